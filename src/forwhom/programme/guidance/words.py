"""The words that guidance is written in: what may be known of a case, and what may be advised. Typed, with allowed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import tomli

from forwhom.keyed import Found, Keys, count, flag, number, one_of, text, texts
from forwhom.problems import ProblemsFound, short
from forwhom.programme.guidance.tokens import NAME, RESERVED

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
    kind = "word" if "values" in given else given.pop("kind")
    values = given.pop("values", ("yes", "no") if kind == "yes-no" else ())
    return Variable(**{**given, "kind": kind, "values": values})


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
        said = isinstance(row, Mapping) and (("values" in row) != (row.get("kind") in ("yes-no", "number")))
        if _right(name, f"[variables.{name}]", row, said, 'Write values = ["a", "b"] or kind = "yes-no".', found):
            made = VARIABLE.build(row, f"[variables.{name}]", found, id=name)
            variables |= {name: made} if made is not None else {}
    actions: dict[str, Action] = {}
    for name, row in table.get("actions", {}).items():
        said = isinstance(row, Mapping) and (("values" in row) != ("low" in row and "high" in row))
        if _right(name, f"[actions.{name}]", row, said, 'Write values = ["a", "b"], or low and high.', found):
            made = ACTION.build(row, f"[actions.{name}]", found, id=name)
            actions |= {name: made} if made is not None else {}
    return Words(variables, actions)


def _right(name: str, at: str, row: Any, said: bool, do: str, found: Found) -> bool:
    """Whether names can stand in a rule, and the row says what it may be."""
    before = len(found.problems)
    if isinstance(row, Mapping) and not said:
        found.add("missing-key", at, "nothing says what it may be, or two things do", do)
    values = row.get("values") if isinstance(row, Mapping) else None
    for each in (name, *(values if isinstance(values, list) else ())):
        if isinstance(each, str) and (not NAME.fullmatch(each) or each in RESERVED):
            found.add(
                "wrong-name", at, f"{short(each)} cannot stand in a rule", "Write small letters, dots and hyphens."
            )
    return len(found.problems) == before


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
