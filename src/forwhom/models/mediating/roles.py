"""Which column plays which part, and everything that is wrong with that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from forwhom.problems import Problem

Link = Literal["logit", "probit"]


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of columns; person and cluster None where there are none."""

    treatment: str
    mediators: tuple[str, ...]
    outcome: str
    covariates: tuple[str, ...]
    person: str | None
    cluster: str | None
    binary_mediator: Link | None
    binary_outcome: Link | None

    @property
    def named(self) -> list[tuple[str, str]]:
        """(role, column), in the order of the model."""
        made = [("treatment", self.treatment), *(("mediator", each) for each in self.mediators)]
        made += [("outcome", self.outcome), *(("covariate", each) for each in self.covariates)]
        made += [("person", self.person)] if self.person is not None else []
        return made + ([("cluster", self.cluster)] if self.cluster is not None else [])


def as_names(given: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several."""
    return (given,) if isinstance(given, str) else tuple(given)


def check_roles(frame: pl.DataFrame, roles: Roles) -> list[Problem]:
    """Columns that are not there, play two parts, or hold what their part cannot take."""
    wrong: list[Problem] = []
    if not roles.mediators:
        wrong.append(Problem("mediation-role", "Name at least one mediator.", found="there is no mediator"))
    seen: dict[str, str] = {}
    for role, name in roles.named:
        if name not in frame.columns:
            wrong.append(
                Problem(
                    "mediation-column",
                    f"Correct the name of the {role}.",
                    column=name,
                    found="there is no such column",
                    possible=", ".join(frame.columns[:30]),
                )
            )
        elif name in seen and {role, seen[name]} != {"person", "cluster"}:
            wrong.append(
                Problem(
                    "mediation-role",
                    "Give every variable one part in the model.",
                    column=name,
                    found=f"it is {seen[name]} and {role} at once",
                )
            )
        else:
            why = _unusable(frame[name], role, roles)
            if why:
                wrong.append(
                    Problem("mediation-column", f"Choose another {role}, or correct it.", column=name, found=why)
                )
        seen.setdefault(name, role)
    return wrong


def _unusable(column: pl.Series, role: str, roles: Roles) -> str:
    values = present(column)
    if values.len() == 0:
        return "it has no value"
    if role in ("person", "cluster"):
        return ""
    if is_number(column) and np.isinf(values.cast(pl.Float64).to_numpy()).any():
        return "it holds infinite values"
    distinct = values.n_unique()
    if distinct == 1:
        return f"every value is {values[0]}"
    link = {"mediator": roles.binary_mediator, "outcome": roles.binary_outcome}.get(role)
    if link is not None and distinct != 2:
        return f"it has {distinct} values, where a {link} model takes two"
    if role in ("mediator", "outcome") and link is None and not is_number(column):
        return "it holds no numbers"
    if role in ("treatment", "covariate") and not is_number(column) and distinct > MOST_LEVELS:
        return f"it is text with {distinct} different values"
    return ""


MOST_LEVELS = 12
"""Text with more different values than this is no factor."""


def is_number(column: pl.Series) -> bool:
    """Whether the values are numbers or truth values."""
    return bool(column.dtype.is_numeric() or column.dtype == pl.Boolean)


def present(column: pl.Series) -> pl.Series:
    """Values that are there."""
    values = column.drop_nulls()
    return values.drop_nans() if values.dtype.is_float() else values


__all__ = ["MOST_LEVELS", "Link", "Roles", "as_names", "check_roles", "is_number", "present"]
