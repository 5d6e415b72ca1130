"""What linear and generalised mixed models answer alike: terms by name, groups' deviations, the linear predictor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from forwhom.models.mixed_effects.design import Design
from forwhom.models.mixed_effects.variables import Floats, Ints


class HasTerm(Protocol):
    """A row of a table of coefficients."""

    @property
    def term(self) -> str: ...


T = TypeVar("T", bound=HasTerm)


class Effects(Protocol):
    """One level's conditional modes: group (G,) codes, mode (G, q), covariance (G, q, q)."""

    @property
    def group(self) -> Ints: ...
    @property
    def mode(self) -> Floats: ...
    @property
    def covariance(self) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Deviation:
    """How one group deviates from the average group.

    value : conditional mode; of a linear model the best linear unbiased prediction
    sd : its conditional standard deviation given fixed effects and variances
    """

    grouping: str
    group: str
    term: str
    value: float
    sd: float


def named(fixed: tuple[T, ...], term: str) -> T:
    """One fixed effect by its name, spaces aside. Raises KeyError, naming what there is."""
    for each in fixed:
        if each.term.replace(" ", "") == term.replace(" ", ""):
            return each
    raise KeyError(f"{term!r} is no fixed effect. There are: {', '.join(each.term for each in fixed)}")


def deviations(design: Design, effects: Iterable[Effects]) -> tuple[Deviation, ...]:
    """Every group's deviation in every random effect; effects : per level, as the design orders them."""
    made: list[Deviation] = []
    for term, found in zip(design.random, effects, strict=True):
        sd = np.sqrt(np.maximum(np.einsum("gqq->gq", found.covariance), 0.0))
        for code, values, spread in zip(found.group.tolist(), found.mode.tolist(), sd.tolist(), strict=True):
            made += [
                Deviation(term.group, term.labels[code], name, value, width)
                for name, value, width in zip(term.columns, values, spread, strict=True)
            ]
    return tuple(made)


def linear_predictor(design: Design, beta: Floats, effects: Iterable[Effects] | None, data: Any = None) -> Floats:
    """Linear predictor of each row (M,), of the rows used when no data are given; NaN where a value is absent.

    effects : per level, None for the average group; groups that the fit has not seen count as average
    """
    if data is None:
        x, zs, codes = design.X, [one.Z for one in design.random], [one.codes for one in design.random]
        offset = design.offset if design.offset is not None else np.zeros(len(x))
    else:
        x, zs, codes, offset = design.new_columns(data)
    eta = x @ beta + offset
    if effects is None:
        return np.asarray(eta)
    for z, code, found in zip(zs, codes, effects, strict=True):
        eta += np.where(code >= 0, np.einsum("nq,nq->n", z, found.mode[code]), 0.0)
    return np.asarray(eta)


__all__ = ["Deviation", "deviations", "linear_predictor", "named"]
