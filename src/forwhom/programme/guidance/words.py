"""The words that guidance is written in: what may be known of a case, and what may be advised. Typed, with allowed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import tomli

from forwhom.keyed import Found, Keys, count, flag, number, one_of, text, texts
from forwhom.problems import ProblemsFound

SHIPPED = Path(__file__).with_name("vocabulary.toml")
VariableKind = Literal["word", "yes-no", "number"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One thing that may be known of patient, therapist, session or treatment.

    kind : a word out of `values`, yes or no, or a number from `low` to `high` in `unit`
    ordered : the values go from less to more, so that "at least" means something
    """

    id: str
    label: str
    kind: VariableKind
    values: tuple[str, ...] = ()
    ordered: bool = False
    unit: str = ""
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def possible(self) -> str:
        """What may be said of it.

        >>> Variable("treatment.week", "…", "number", low=0).possible
        'a number from 0'
        """
        if self.kind == "number":
            low = "" if self.low is None else f" from {self.low:g}"
            return f"a number{low}{'' if self.high is None else f' to {self.high:g}'}"
        return ", ".join(self.values)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that may be advised: a word out of `values`, or a step from `low` to `high` of a ladder.

    alone : two different values cannot both be followed, so that to advise both is a conflict
    """

    id: str
    label: str
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    alone: bool = False
    note: str = ""

    @property
    def possible(self) -> str:
        """What may follow it."""
        return f"{self.low} to {self.high}" if self.low is not None else ", ".join(self.values)


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary: variables and actions by id."""

    variables: Mapping[str, Variable] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)


def _variable(**given: Any) -> Variable:
    if "values" in given:
        return Variable(kind="word", **given)
    kind = given.pop("kind")
    return Variable(kind=kind, values=("yes", "no") if kind == "yes-no" else (), **given)


VARIABLE = Keys(
    _variable,
    {
        "label": text,
        "kind": one_of("word", "yes-no", "number"),
        "values": texts,
        "ordered": flag,
        "unit": text,
        "low": number,
        "high": number,
        "note": text,
    },
    {"label": "Say in a few words what it means."},
)
ACTION = Keys(
    Action,
    {"label": text, "values": texts, "low": count, "high": count, "alone": flag, "note": text},
    {"label": "Say in a few words what it means."},
)


def read_words(table: Mapping[str, Any], found: Found) -> Words:
    """Words of a file: [variables.NAME] and [actions.NAME]; what is wrong is told to `found`."""
    variables: dict[str, Variable] = {}
    for name, row in table.get("variables", {}).items():
        at = f"[variables.{name}]"
        _named(name, at, found)
        if isinstance(row, Mapping) and not ("values" in row or row.get("kind") in ("yes-no", "number")):
            found.add("missing-key", at, "nothing says what it may be", 'Write values = ["a", "b"] or kind = "yes-no".')
            continue
        made = VARIABLE.build({k: v for k, v in row.items() if k != "kind" or "values" not in row}, at, found, id=name)
        if made is not None:
            variables[name] = made
    actions: dict[str, Action] = {}
    for name, row in table.get("actions", {}).items():
        at = f"[actions.{name}]"
        _named(name, at, found)
        if isinstance(row, Mapping) and ("values" in row) == ("low" in row and "high" in row):
            found.add("missing-key", at, "nothing says what it may be", 'Write values = ["a", "b"], or low and high.')
            continue
        made = ACTION.build(row, at, found, id=name)
        if made is not None:
            actions[name] = made
    return Words(variables, actions)


def _named(name: str, at: str, found: Found) -> None:
    from forwhom.programme.guidance.tokens import NAME, RESERVED

    if not NAME.fullmatch(name) or name in RESERVED:
        found.add("wrong-name", at, f"'{name}' cannot stand in a rule", "Write small letters, dots and hyphens.")


@cache
def shipped_words() -> Words:
    """The vocabulary that ships with forwhom.

    >>> shipped_words().variables["patient.arousal"].values
    ('low', 'workable', 'high')
    """
    found = Found(SHIPPED.name)
    words = read_words(tomli.loads(SHIPPED.read_text(encoding="utf-8")), found)
    if found.problems:
        raise ProblemsFound(found.problems)
    return words
