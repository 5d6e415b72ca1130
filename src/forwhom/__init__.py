"""forwhom: what works for whom, how it works, and in what company.

A study folder goes in, findings come out::

    from forwhom import read_study, answer

Importing this package does no work; each name is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forwhom.analysis.answer import answer
    from forwhom.findings import Finding
    from forwhom.io.folder import read_study
    from forwhom.problems import Problem, ProblemsFound
    from forwhom.study import Study

__version__ = "0.1.0"

_WHERE = {
    "Study": "forwhom.study",
    "Finding": "forwhom.findings",
    "Problem": "forwhom.problems",
    "ProblemsFound": "forwhom.problems",
    "read_study": "forwhom.io.folder",
    "answer": "forwhom.analysis.answer",
}

__all__ = ["Finding", "Problem", "ProblemsFound", "Study", "__version__", "answer", "read_study"]


def __getattr__(name: str) -> object:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    if name == "analysis":
        return import_module("forwhom.analysis")
    raise AttributeError(f"forwhom has no {name!r}. It has: {', '.join(sorted(__all__))}, analysis.")


def __dir__() -> list[str]:
    return sorted(__all__)
