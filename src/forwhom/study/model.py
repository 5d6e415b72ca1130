"""Study: what was planned and what was observed. No files, no statistics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from forwhom.problems import Problem
from forwhom.study.plan import Plan
from forwhom.study.published import Published

Better = Literal["lower", "higher"]
ReliabilityKind = Literal["alpha", "omega", "retest", "other"]

SELF = "self"
"""The informant when a table names none: the participant."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A treatment arm. `name` is the value in the data, `label` what people read."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """What a score means: direction, range, reliability and norms, each with its source.

    All scores in raw scale points. None where not known: no number is ever assumed.

    low, high : limits of the possible score
    step : smallest difference between two possible scores (1 for a sum of integers)
    reliability : `reliability_kind` says which coefficient; `reliability_sd` is the standard deviation of the same
        people, without which a standard error of measurement would mix two populations
    norm_mean, norm_sd : of the functional (general) population
    clinical_mean, clinical_sd : of the dysfunctional (clinical) population
    cutoff : published score that separates the two, where one is published
    items : names of the item columns, when the study has items
    coding : which of the instrument's codings the answers are in, e.g. "0-3", where it has several
    numbering : which numbers the item names carry, e.g. "full-form", where the instrument has several
    """

    name: str
    label: str
    better: Better
    low: float | None = None
    high: float | None = None
    step: float | None = None
    unit: str = "points"
    reliability: float | None = None
    reliability_kind: ReliabilityKind | None = None
    reliability_sd: float | None = None
    norm_mean: float | None = None
    norm_sd: float | None = None
    clinical_mean: float | None = None
    clinical_sd: float | None = None
    cutoff: float | None = None
    smallest_worthwhile: float | None = None
    instrument: str | None = None
    subscale: str | None = None
    items: tuple[str, ...] = ()
    source: str | None = None
    coding: str | None = None
    numbering: str | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """Rows that were read and cannot be used: how many, from where, and why."""

    table: str
    file: str
    rows: tuple[int, ...]
    why: str

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Study:
    """One study, read and checked.

    Frames, each with `id` as text wherever a person is meant:

    persons : id, arm (null when not allocated), then therapist, site, group, partner, role where they
        exist, `left` (time of leaving) and `left_reason` where they exist, and every further column
        as a covariate. One row per person, in the order of the file.
    measures : id, scale, time (f64, study time unit), informant, value (f64, null when absent),
        absent (reason as text, null when there is a value). One row per expected cell.
    items : id, instrument, time, informant, item, value, absent. Raw answers, before reversal.
    scored : scales that name an instrument have its facts, and items have become scores.
    keyed : the answers as they enter each scale, made by scoring: id, scale, time, informant, item, value (in the
        scale's direction), reversed, low, high. None when the study has no items.
    sessions : id, number (i64) and/or date, then process columns.
    moments : id, moment (UTC datetime) or day, beep; burst, partner where they exist; item columns.
    ratings : group, perceiver, target, trait, value.
    events : id, time, kind, severity.
    scans : id, time, modality, region, hemisphere, condition, value.
    simulated : no such people exist; every page made from the study says so.
    published : what its arms and scales are called in the ledger of evidence.
    """

    name: str
    title: str
    time_unit: str
    time_zone: str | None
    source: str | None
    arms: tuple[Arm, ...]
    persons: pl.DataFrame
    measures: pl.DataFrame
    items: pl.DataFrame
    scales: dict[str, Scale]
    plan: Plan
    fingerprint: str
    sessions: pl.DataFrame | None = None
    moments: pl.DataFrame | None = None
    ratings: pl.DataFrame | None = None
    events: pl.DataFrame | None = None
    scans: pl.DataFrame | None = None
    keyed: pl.DataFrame | None = None
    scored: bool = False
    covariates: tuple[str, ...] = ()
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    notices: tuple[Problem, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    simulated: bool = False
    published: Published | None = None

    @property
    def reference(self) -> Arm | None:
        """The first arm, against which the others are compared."""
        return self.arms[0] if self.arms else None

    @classmethod
    def from_frames(cls, name: str, persons: Any, measures: Any = (), **options: Any) -> Study:
        """A study from data frames of any library Narwhals or Arrow knows: pandas, polars, pyarrow, modin …

        The same checks as for a folder; `Problem.file` is the frame's name ("persons", "measures", "measures[1]" …)
        and `Problem.row` counts from 2, as if the frame were a sheet with a header.

        persons : a frame with the columns of `Study.persons`, or a dict with ``"frame"`` and the keys of
            ``[tables.persons]``: ``{"frame": df, "id": "pid", "arm": "treatment"}``
        measures : a long frame with the columns of `Study.measures`, or a dict with ``"frame"`` and the keys of a
            ``[[tables.measures]]`` block, or a list of these
        options : arms (name to label, the reference first, or a list of names), scales (name to `Scale` or to a dict
            with the keys of ``[scales.x]``), plan (`Plan` or dict), missing (codes, or code to reason), sessions,
            moments, ratings, events, scans (as measures), title, time_unit, time_zone, source, simulated

        Raises `ProblemsFound` with everything that is wrong.

        >>> people = pl.DataFrame({"pid": [1, 2], "treatment": ["TAU", "CBT"], "pre": [20, 21], "post": [19, None]})
        >>> study = Study.from_frames(
        ...     "two", {"frame": people, "id": "pid", "arm": "treatment"},
        ...     {"frame": people, "id": "pid", "scale": "bdi", "wide": {"pre": 0, "post": 3}},
        ...     arms={"TAU": "Usual care", "CBT": "CBT"}, scales={"bdi": {"better": "lower", "range": [0, 63]}})
        >>> study.measures.select("id", "time", "value", "absent").rows()[-1]
        ('2', 3.0, None, 'no value recorded')
        """
        from forwhom.study.frames import study_from_frames

        return study_from_frames(name, persons, measures, **options)
