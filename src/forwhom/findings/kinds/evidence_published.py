"""Kinds of the chapter on what is known: a study's own effect beside what is published."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number


@dataclass(frozen=True, slots=True)
class PublishedEffect:
    """One published effect: of which study, its value with limits, its share of the pool (0 to 1)."""

    label: str
    effect: Interval
    weight: float


@dataclass(frozen=True, slots=True)
class PublishedDetail:
    """The study's own effect, the published ones, their pool, and where a new study would lie.

    measure : in words; ratio : whether it is one (no difference at 1, drawn on the log scale), else no difference at 0
    treatment, control : the study's arms; below, above : whom values on either side of no difference favour
    prediction : where the true effect of a new study lies; expected : where its *result* would, its own error included
    difference : of the study from the pool, on the scale of the analysis (logs of ratios); p of one as large, None
        below four samples
    people : behind the published effects; None where a source does not say; samples : independent ones
    """

    measure: str
    ratio: bool
    outcome: str
    treatment: str
    control: str
    below: str
    above: str
    rows: tuple[PublishedEffect, ...]
    own: Interval
    pooled: Interval
    prediction: Interval
    expected: Interval
    difference: Interval
    p: Number
    people: int | None
    samples: int
