"""What is published beside a study: a ledger, and every comparison of arms that can be pooled."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.model import Ledger
from forwhom.problems import Problem


@dataclass(frozen=True, slots=True)
class Beside:
    """A ledger with the comparisons of its rows and of tables of trials.

    comparisons : a trial that is in a table and in the ledger stands here once, as the table has it
    notices : what is to be known about the tables
    """

    ledger: Ledger
    comparisons: tuple[Comparison, ...]
    notices: tuple[Problem, ...] = ()
