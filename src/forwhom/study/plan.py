"""The plan: what was decided before the data were seen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Unit = Literal["time", "session"]
MechanismKind = Literal["common", "specific"]
RuptureCriterion = Literal["control_chart", "score_drop"]


@dataclass(frozen=True, slots=True)
class Primary:
    """The primary outcome: which scale, at which time (in the study's time unit)."""

    scale: str
    at: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """A responder definition somebody insists on: a score, or a share of the person's own baseline."""

    scale: str
    score: float | None = None
    reduction: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when something may change: `start` to `end`, both included, in session numbers or the study's time unit."""

    start: float
    end: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Mechanism:
    """Something that is thought to carry the effect of treatment.

    name : a scale, or a numeric column of sessions
    family : the class of mechanisms it belongs to, e.g. "emotion regulation", "mentalizing", "alliance"
    kind : "common" to all treatments or "specific" to one; None when nobody said
    window : in which it is expected to change; outcome_window : in which the outcome follows. None: the analysis
        takes the occasions, and says which
    outcomes : the scales it should carry; empty for the primary and the planned outcomes
    """

    name: str
    family: str = ""
    kind: MechanismKind | None = None
    window: Window | None = None
    outcome_window: Window | None = None
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruptures:
    """How ruptures of the alliance are told.

    column : the alliance, a numeric column of sessions
    criterion : "control_chart" (below the limits of the person's own sessions) or "score_drop" (a fall from one session to
        the next); None when the plan leaves it open
    drop : the smallest fall that counts, in points of the column; None for the published share of its spread
    codes, repair_codes : columns of sessions with human codes (0 none, higher more intense), one per rater
    """

    column: str | None = None
    criterion: RuptureCriterion | None = None
    drop: float | None = None
    codes: tuple[str, ...] = ()
    repair_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuddenChange:
    """How sudden gains and losses are told: on which scale or column of sessions, and the smallest change that counts.

    points : in raw points; None for the reliable change of the scale
    """

    name: str
    points: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided beforehand. Findings outside it are marked exploratory.

    registered : day of registration; None when there was none
    outcomes : planned scales beside the primary one
    covariates : baseline columns of persons in every planned outcome model
    events : kinds that make up the planned composite, e.g. ("suicide_attempt", "admission")
    good_events : kinds that are good for the patient, e.g. ("remission",); every other kind is bad
    subgroups : columns for fair-use checks (gender, age, minority status)
    mechanisms : what is thought to carry the effect; ruptures, sudden_change : how these are told
    regions : brain regions named beforehand
    """

    registered: dt.date | None = None
    primary: Primary | None = None
    outcomes: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    mechanisms: tuple[Mechanism, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    events: tuple[str, ...] = ()
    good_events: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()
    ruptures: Ruptures | None = None
    sudden_change: SuddenChange | None = None
    regions: tuple[str, ...] = ()
