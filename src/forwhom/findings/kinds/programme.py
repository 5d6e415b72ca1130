"""Kinds of a programme's page: its time line, common features, guidance, gaps. Times are weeks from the first day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProgrammeSpan:
    """One row of the time line.

    part : Phases, Sessions, Assessments, To work out
    begins, ends : weeks; of sessions and assessments from the first to the last
    marks : weeks at which something takes place; empty where it goes on, or where nobody says how often
    windows : weeks around each mark, in its order; empty where none is planned
    ours : its time rests on a value that no paper states
    says : what a reader should know, in a few words
    """

    part: str
    label: str
    begins: float
    ends: float
    marks: tuple[float, ...]
    windows: tuple[tuple[float, float], ...]
    ours: bool
    says: str
    source: str


@dataclass(frozen=True, slots=True)
class ProgrammeTimelineDetail:
    """Everything of a programme that has a time. `weeks`: its whole length."""

    weeks: float
    spans: tuple[ProgrammeSpan, ...]


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A common feature: its status, facts that say so, what the rule asks beside them, what the ledger tells beside it."""

    label: str
    status: str
    rule: str
    facts: tuple[str, ...]
    lacks: tuple[str, ...]
    told: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class CommonFeaturesDetail:
    """Seven features that effective treatments tend to share."""

    rows: tuple[FeatureRow, ...]


@dataclass(frozen=True, slots=True)
class GuidanceRow:
    """A rule: its text, why, where it stands, its grade, and how its claim stands in the ledger."""

    id: str
    label: str
    rule: str
    why: str
    source: str
    grade: str
    standing: str
    reason: str


@dataclass(frozen=True, slots=True)
class GuidanceDetail:
    """The if-then guidance of a programme, weakened rules first."""

    rows: tuple[GuidanceRow, ...]


@dataclass(frozen=True, slots=True)
class GapRow:
    """What the papers do not say, and what it is needed for."""

    what: str
    needed_for: str


@dataclass(frozen=True, slots=True)
class ProgrammeGapsDetail:
    """Everything that planning needs and the papers leave open."""

    rows: tuple[GapRow, ...]
