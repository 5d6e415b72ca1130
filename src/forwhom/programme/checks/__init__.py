"""Rules over a programme: what cannot be right is told, all of it at once."""

from __future__ import annotations

from pathlib import Path

from forwhom.problems import Problem
from forwhom.programme.checks.names import Names, names_of, naming_nothing, twice
from forwhom.programme.checks.rules import gates, guidance, unread_rules
from forwhom.programme.checks.silence import unsaid
from forwhom.programme.checks.sources import sources
from forwhom.programme.checks.time import appointments, phases
from forwhom.programme.known import Known
from forwhom.programme.model import Programme
from forwhom.programme.reading import read_partly

__all__ = ["check", "check_file"]


def check(programme: Programme, known: Known | None = None, names: Names | None = None) -> tuple[Problem, ...]:
    """Every problem of a programme.

    known : what sources and claims may name; None leaves these checks out
    names : ids by kind, where more were written than could be read

    >>> from forwhom import programme
    >>> check(programme.shipped("mbt"))
    ()
    """
    names = names or names_of(programme)
    return (
        *twice(programme),
        *naming_nothing(programme, names),
        *phases(programme),
        *appointments(programme),
        *unsaid(programme, names),
        *guidance(programme),
        *gates(programme, names),
        *(sources(programme, known) if known is not None else ()),
    )


def check_file(path: Path | str, known: Known | None = None) -> tuple[Programme | None, tuple[Problem, ...]]:
    """What could be read of a file, and every problem: of its keys, and of what they say together."""
    programme, raw, problems = read_partly(path)
    if programme is None:
        return None, problems
    return programme, (*problems, *unread_rules(programme, raw), *check(programme, known, names_of(programme, raw)))
