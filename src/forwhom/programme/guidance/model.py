"""A rule of guidance as a tree, and as text again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Compare = Literal["is", "is not", "is one of", "is at least", "is at most", "is between"]
Verb = Literal["consider", "avoid", "be-careful-with"]
"""`be-careful-with`: a caution. It forbids nothing, so it never stands against what another rule considers."""


@dataclass(frozen=True, slots=True)
class Test:
    """A question to one variable: ``patient.arousal is high``. `values` as written; two for "is between"."""

    variable: str
    compare: Compare
    values: tuple[str, ...]

    __test__ = False

    def __str__(self) -> str:
        """As written."""
        if self.compare == "is between":
            return f"{self.variable} is between {self.values[0]} and {self.values[1]}"
        return f"{self.variable} {self.compare} {', '.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    of: Condition

    def __str__(self) -> str:
        """As written."""
        return f"not {_inside(self.of)}"


@dataclass(frozen=True, slots=True)
class All:
    """Every one of two or more."""

    of: tuple[Condition, ...]

    def __str__(self) -> str:
        """As written."""
        return " and ".join(_inside(each) for each in self.of)


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of two or more."""

    of: tuple[Condition, ...]

    def __str__(self) -> str:
        """As written."""
        return " or ".join(_inside(each) for each in self.of)


Condition = Test | Not | All | Either


@dataclass(frozen=True, slots=True)
class Advice:
    """What to consider, to avoid, or to be careful with: ``avoid level 3 to 4``. `to` is the last step of a ladder, else ""."""

    verb: Verb
    action: str
    value: str
    to: str = ""

    def __str__(self) -> str:
        """As written."""
        return f"{self.verb} {self.what}"

    @property
    def what(self) -> str:
        """Without the verb."""
        return f"{self.action} {self.value}{f' to {self.to}' if self.to else ''}"

    @property
    def steps(self) -> range:
        """Steps of a ladder; empty for words."""
        return range(int(self.value), int(self.to or self.value) + 1) if self.value[:1].isdecimal() else range(0)


@dataclass(frozen=True, slots=True)
class Guide:
    """A rule. `when` None: it always holds."""

    when: Condition | None
    then: tuple[Advice, ...]

    def __str__(self) -> str:
        """The rule as text; reading it gives the same rule.

        >>> str(Guide(Test("mentalizing", "is", ("lost",)), (Advice("avoid", "level", "3", "4"),)))
        'when mentalizing is lost then avoid level 3 to 4'
        """
        then = " and ".join(map(str, self.then))
        return f"always {then}" if self.when is None else f"when {self.when} then {then}"


def tests_of(condition: Condition | None) -> Iterator[Test]:
    """Every test of a condition, from left to right."""
    open_: list[Condition] = [] if condition is None else [condition]
    while open_:
        each = open_.pop()
        if isinstance(each, Test):
            yield each
        elif isinstance(each, Not):
            open_.append(each.of)
        else:
            open_ += reversed(each.of)


def _inside(condition: Condition) -> str:
    return f"({condition})" if isinstance(condition, (All, Either)) else str(condition)
