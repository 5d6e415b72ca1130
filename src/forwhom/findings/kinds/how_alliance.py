"""Kinds of the chapter on how it works: alliance, ruptures and repairs, sudden gains and losses."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number
from forwhom.findings.kinds.outcome import Band


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation, with what the number means.

    group : what it belongs to, e.g. "Leaving"; unit : "odds ratio", "rate ratio", "share", or what a difference is counted in
    neutral : the value that stands for no relation (0 or 1); None where there is none
    says : direction in words; why_absent : instead of a value
    """

    group: str
    what: str
    estimate: Interval
    unit: str
    neutral: Number
    p: Number
    n: int
    says: str
    why_absent: str = ""


@dataclass(frozen=True, slots=True)
class RuptureRate:
    """How often one criterion finds a rupture in one arm, and how often it would with nothing but a trend and noise.

    rate : ruptures per 10 sessions; expected : the same of null courses, mean with the range of 95 % of them
    shuffled : mean of the person's own ratings in random order
    """

    criterion: str
    arm: str
    rate: Interval
    expected: Interval
    shuffled: Number
    ruptures: int
    sessions: int
    people: int
    people_with: int


@dataclass(frozen=True, slots=True)
class RepairShare:
    """What became of the ruptures of one criterion in one arm (`arm` is "" for all).

    share : of those that can be told, back within the sessions a repair may take; expected : the same of the ruptures that null
        courses make, with the range of 95 % of the sets that have one
    median : sessions until half are back (Kaplan-Meier); None where fewer than half come back
    """

    criterion: str
    arm: str
    share: Interval
    repaired: int
    unrepaired: int
    open: int
    median: Number
    expected: Interval


@dataclass(frozen=True, slots=True)
class SessionBlock:
    """Ruptures per 10 sessions among sessions `first` to `last` of one arm, by the leading criterion."""

    arm: str
    first: int
    last: int
    rate: Interval
    expected: Number
    sessions: int


@dataclass(frozen=True, slots=True)
class PersonSessions:
    """One person's sessions with the limits of the own control chart; marks are positions in `sessions`.

    low, centre, high : limits in points of the scale; None where the person has too few sessions
    falls, repairs : sessions at which a rupture was found, and at which the alliance was back
    """

    id: str
    arm: str
    sessions: tuple[float, ...]
    values: tuple[float, ...]
    low: Number
    centre: Number
    high: Number
    falls: tuple[int, ...]
    repairs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RupturesDetail:
    """Ruptures and repairs. alliance : label; unit, better : of its points; criteria : (name, in words), the leading one first"""

    alliance: str
    unit: str
    better: str
    criteria: tuple[tuple[str, str], ...]
    rates: tuple[RuptureRate, ...]
    repairs: tuple[RepairShare, ...]
    blocks: tuple[SessionBlock, ...]
    people: tuple[PersonSessions, ...]
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class AllianceDetail:
    """Level and growth of the alliance per arm, where its variance lies, and what it goes with.

    curves : mean course per arm by session; shares : (part of the variance, its share)
    """

    alliance: str
    unit: str
    better: str
    curves: tuple[Band, ...]
    shares: tuple[tuple[str, Interval], ...]
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class SuddenShare:
    """People of one arm with a sudden change of one kind ("gain", "loss"), and the share expected of a trend and noise."""

    kind: str
    arm: str
    share: Interval
    expected: Interval
    people_with: int
    people: int
    changes: int


@dataclass(frozen=True, slots=True)
class AlignedMean:
    """Mean score of the people with a first change of one kind, `step` sessions after the one before it (0, 1 is the change)."""

    kind: str
    step: int
    mean: Interval
    n: int


@dataclass(frozen=True, slots=True)
class SuddenChangeDetail:
    """Sudden gains and losses of one scale. points : smallest step that counts; timing : (kind, session before it, changes)."""

    scale: str
    label: str
    unit: str
    better: str
    points: float
    shares: tuple[SuddenShare, ...]
    aligned: tuple[AlignedMean, ...]
    timing: tuple[tuple[str, int, int], ...]
    relations: tuple[Relation, ...]
