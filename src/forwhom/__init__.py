"""forwhom: what works for whom, how it works, and in what company.

A study folder goes in, findings come out::

    from forwhom import answer, read_study

    record = answer(read_study("my-study"))

Data frames instead of a folder::

    from forwhom import Study, answer, score_study

    record = answer(score_study(Study.from_frames("my-study", persons, measures, ...)))

Importing this package does no work; each name is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forwhom.analysis.answer import answer
    from forwhom.findings import Finding, Record
    from forwhom.instruments import score_study
    from forwhom.io.folder import read_and_score as read_study
    from forwhom.problems import Problem, ProblemsFound
    from forwhom.study import Study

__version__ = "0.1.0"

_WHERE = {
    "Finding": ("forwhom.findings", "Finding"),
    "Problem": ("forwhom.problems", "Problem"),
    "ProblemsFound": ("forwhom.problems", "ProblemsFound"),
    "Record": ("forwhom.findings", "Record"),
    "Study": ("forwhom.study", "Study"),
    "answer": ("forwhom.analysis.answer", "answer"),
    "read_study": ("forwhom.io.folder", "read_and_score"),
    "score_study": ("forwhom.instruments", "score_study"),
}

__all__ = [
    "Finding",
    "Problem",
    "ProblemsFound",
    "Record",
    "Study",
    "__version__",
    "answer",
    "read_study",
    "score_study",
]


def __getattr__(name: str) -> object:
    if name in _WHERE:
        module, attribute = _WHERE[name]
        return getattr(import_module(module), attribute)
    if name == "analysis":
        return import_module("forwhom.analysis")
    raise AttributeError(f"forwhom has no {name!r}. It has: {', '.join(sorted(__all__))}, analysis.")


def __dir__() -> list[str]:
    return sorted(__all__)
