"""Ruptures as each criterion tells them, with how many of them noise alone would make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forwhom.analysis.asking import Asking
from forwhom.analysis.how.session_table import SessionTable, null_courses
from forwhom.analysis.words import number, percent
from forwhom.kernels.control_chart import BEYOND, WARNING
from forwhom.kernels.ruptures import SHORT_OF, WITHIN, Episodes, below_limits, score_drops
from forwhom.kernels.session_courses import within_sd
from forwhom.study.plan import Ruptures

LEAST = 6
"""Rated sessions for limits of the person's own."""
CHART, DROP = "control_chart", "score_drop"
LABELS = {CHART: "own control chart", DROP: "fall of the score"}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One published way of telling ruptures. drop : points, of a fall of the score."""

    name: str
    words: str
    drop: float | None = None

    @property
    def label(self) -> str:
        """In two words."""
        return LABELS[self.name]

    @property
    def repairs(self) -> bool:
        """Told from the same ratings."""
        return True

    def find(self, table: np.ndarray, *, so_far: bool = False) -> Episodes:
        """Ruptures of a table; with `so_far` no session is judged by later ones."""
        if self.drop is not None:
            return score_drops(table, self.drop)
        return below_limits(table, least=LEAST, so_far=so_far)


class Telling(Protocol):
    """Whatever tells ruptures: a criterion, or raters. drop : points, of a fall of the score."""

    @property
    def name(self) -> str:
        """The word of the plan."""
        ...

    @property
    def label(self) -> str:
        """In two words."""
        ...

    @property
    def words(self) -> str:
        """In full."""
        ...

    @property
    def drop(self) -> float | None:
        """Points, where it is a fall of the score."""
        ...

    @property
    def repairs(self) -> bool:
        """Whether it tells repairs too."""
        ...

    def find(self, table: np.ndarray, *, so_far: bool = False) -> Episodes:
        """Ruptures of a table; with `so_far` no session is judged by later ones."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a criterion finds.

    events, sessions : (n,) ruptures and sessions at which one could be found, per person
    by_line, by_order : (draws, n) ruptures of null courses
    null_back, null_known : (draws, n) of those `by_line`, repaired ones, and those of which it can be told
    """

    criterion: Telling
    episodes: Episodes
    events: np.ndarray
    sessions: np.ndarray
    by_line: np.ndarray
    by_order: np.ndarray
    onsets_by_line: np.ndarray
    null_back: np.ndarray
    null_known: np.ndarray


def criteria(table: SessionTable, plan: Ruptures | None) -> tuple[Criterion, ...]:
    """The planned criterion, or both where the plan leaves it open: the control chart first."""
    drop = plan.drop if plan is not None else None
    spread = within_sd(table.table)
    unit = table.process.unit
    made = [
        Criterion(
            CHART,
            f"a session below the limits of the person's own sessions: {BEYOND:g} sigma below their mean, or the second of three "
            f"neighbours {WARNING:g} sigma below; sigma is the mean difference of neighbouring sessions over 1.128",
        )
    ]
    if drop is not None or spread > 0:
        size = drop if drop is not None else spread
        source = "as planned" if drop is not None else "one standard deviation of the ratings within people"
        words = f"a fall of at least {number(size, 2)} {unit} from one session to the next ({source})"
        made.append(Criterion(DROP, words, size))
    chosen = plan.criterion if plan is not None else None
    return tuple(each for each in made if chosen is None or each.name == chosen)


def repair_words(criterion: Telling) -> str:
    """When a rupture counts as repaired."""
    if criterion.name == CHART:
        goal = "back at the person's mean, or at the level of the session before where that was lower,"
    else:
        goal = f"back to the level of the session before, but for {percent(SHORT_OF)} of the criterion,"
    return f"{goal} within {WITHIN} sessions"


def told(table: SessionTable, criterion: Criterion, asking: Asking, name: str) -> Told:
    """What the criterion finds in the ratings and in null courses of the same people."""
    episodes = criterion.find(table.table)
    n, m = table.table.shape
    counted = {}
    onsets = np.zeros((n, m))
    draws = 0
    back: list[np.ndarray] = []
    known: list[np.ndarray] = []
    for kind in ("line", "order"):
        parts = []
        for made in null_courses(table, asking.rng(f"{name} {criterion.name} {kind}"), kind):
            found = criterion.find(made)
            parts.append(found.per_person.reshape(-1, n))
            if kind == "line":
                draws += len(made) // n
                back.append(np.bincount(found.person[found.repaired], minlength=len(made)).reshape(-1, n))
                known.append(
                    np.bincount(found.person[found.repaired | found.unrepaired], minlength=len(made)).reshape(-1, n)
                )
                np.add.at(onsets, (found.person % n, found.onset), 1.0)
        counted[kind] = np.vstack(parts)
    return Told(
        criterion,
        episodes,
        episodes.per_person,
        episodes.at_risk.sum(axis=1),
        counted["line"],
        counted["order"],
        onsets / draws,
        np.vstack(back),
        np.vstack(known),
    )
