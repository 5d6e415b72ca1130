"""Questions of a table picked by their names: those to the ledger, to a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed


class Named(Protocol):
    """A question of a table."""

    @property
    def name(self) -> str: ...


Q = TypeVar("Q", bound=Named)


def by_name(questions: Sequence[Q], names: Iterable[str], *, chapter: str, to: str) -> tuple[Q, ...]:
    """The questions of these names, each once, in the order asked; all when none is named.

    chapter : with which every name begins, and which may be left out: "case" for "case.team"
    to : who is asked, for the message

    Raises ProblemsFound listing every name that is no question.
    """
    asked = dict.fromkeys(name if name.startswith(f"{chapter}.") else f"{chapter}.{name}" for name in names)
    known = {question.name: question for question in questions}
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise ProblemsFound(
            Problem(
                "unknown-question",
                f"{did_you_mean(name, known)}Name a question to {to}.",
                found=f"'{name}' is no question to {to}",
                possible=listed(known, 20),
            )
            for name in unknown
        )
    return tuple(known[name] for name in asked) or tuple(questions)


__all__ = ["by_name"]
