"""Courses: the scores of one scale as a table of persons by occasions, with arms and clusters as codes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.words import at_time, decimals
from forwhom.study import SELF, Scale, Study

MAX_OCCASIONS = 40
SHARE_AT_OCCASION = 0.10
NOBODY = ("none", "no", "nobody", "no therapist", "waitlist", "waiting list", "control", "-", "n/a")
"""Words in a column of therapists, sites or groups that stand for none; taken as the name of one they would be a cluster."""


@dataclass(frozen=True, slots=True)
class Courses:
    """Scores of one scale by one informant.

    ids : (n,) every person of the study, in the study's order
    arm : (n,) index into `arms`, −1 when not allocated; all 0 in a study of one arm
    arms : (label, name) per arm; one entry labelled "everyone" when there are none
    times : (m,) scheduled occasions in rising order
    scores : (n, m) NaN where absent
    baseline : index of the last occasion before treatment (time 0 or earlier; else the first)
    long_person, long_time, long_value : every observed score, person as a row of `ids`
    scheduled : False when people were seen at times of their own
    """

    scale: Scale
    ids: tuple[str, ...]
    arm: np.ndarray
    arms: tuple[tuple[str, str], ...]
    times: np.ndarray
    scores: np.ndarray
    baseline: int
    time_unit: str
    long_person: np.ndarray
    long_time: np.ndarray
    long_value: np.ndarray
    scheduled: bool
    informant: str

    @property
    def places(self) -> int:
        """Decimals that scores of this scale deserve."""
        values = self.scores[:, self.baseline] if self.scheduled else self.long_value
        return decimals(float(np.nanstd(values))) if np.isfinite(values).sum() > 1 else 2

    @property
    def has_baseline(self) -> bool:
        """True when the first occasion lies at or before time 0, that is before treatment."""
        return self.times.size > 0 and bool(self.times[0] <= 0)

    @property
    def allocated(self) -> np.ndarray:
        """(n,) True for people in an arm."""
        return self.arm >= 0

    @property
    def before(self) -> np.ndarray:
        """(m,) True at occasions before treatment."""
        return self.times <= 0

    def target(self, study: Study) -> int:
        """Index of the occasion the answer is about: the planned one where it exists, else the last."""
        primary = study.plan.primary
        if primary is not None:
            planned = np.flatnonzero(self.times == primary.at)
            if planned.size:
                return int(planned[0])
        return int(self.times.size - 1)

    def occasion(self, index: int) -> str:
        """An occasion in words."""
        return at_time(float(self.times[index]), self.time_unit)

    def baseline_sd(self) -> tuple[float, int]:
        """Standard deviation at baseline pooled within arms, and its degrees of freedom (NaN, 0 if none)."""
        squares, df = 0.0, 0
        for k in range(len(self.arms)):
            values = self.scores[self.arm == k, self.baseline]
            values = values[np.isfinite(values)]
            if values.size > 1:
                squares += float(((values - values.mean()) ** 2).sum())
                df += values.size - 1
        return (float(np.sqrt(squares / df)), df) if df else (float("nan"), 0)


def informants(study: Study, scale: str) -> tuple[str, ...]:
    """Who answered this scale; the participant first."""
    names = study.measures.filter(pl.col("scale") == scale)["informant"].unique().to_list()
    return tuple(sorted((str(name) for name in names), key=lambda name: (name != SELF, name)))


def arm_codes(study: Study) -> tuple[np.ndarray, tuple[tuple[str, str], ...]]:
    """Each person's arm as an index, −1 when not allocated, and the arms as (name, label)."""
    if not study.arms:
        return np.zeros(study.persons.height, dtype=np.intp), (("", "Everyone"),)
    index = {arm.name: k for k, arm in enumerate(study.arms)}
    names = study.persons["arm"].to_list() if "arm" in study.persons.columns else [None] * study.persons.height
    codes = np.array([index.get(str(name), -1) if name is not None else -1 for name in names], dtype=np.intp)
    return codes, tuple((arm.name, arm.label) for arm in study.arms)


def courses(study: Study, scale: Scale, informant: str | None = None) -> Courses:
    """The courses of one scale. `informant` defaults to the participant, else the first there is."""
    who = informant or informants(study, scale.name)[0]
    rows = study.measures.filter((pl.col("scale") == scale.name) & (pl.col("informant") == who))
    ids = tuple(study.persons["id"].to_list())
    place = {person: i for i, person in enumerate(ids)}
    person = np.array([place[name] for name in rows["id"].to_list()], dtype=np.intp)
    time = rows["time"].to_numpy().astype(float)
    value = rows["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)
    arm, arms = arm_codes(study)
    # Scores of people in no arm are in no analysis; the flow counts them.
    seen = np.isfinite(value) & np.isfinite(time) & (arm[person] >= 0)
    person, time, value = person[seen], time[seen], value[seen]
    times, column = np.unique(time, return_inverse=True)
    people = max(np.unique(person).size, 1)
    shares = np.bincount(column, minlength=times.size) / people
    scheduled = 0 < times.size <= MAX_OCCASIONS and bool(np.median(shares) >= SHARE_AT_OCCASION)
    scores = np.full((len(ids), times.size if scheduled else 0), np.nan)
    if scheduled:
        scores[person, column] = value
    before = np.flatnonzero(times <= 0)
    order = np.lexsort((time, person))
    return Courses(
        scale=scale,
        ids=ids,
        arm=arm,
        arms=arms,
        times=times if scheduled else np.empty(0),
        scores=scores,
        baseline=int(before[-1]) if before.size and scheduled else 0,
        time_unit=study.time_unit,
        long_person=person[order],
        long_time=time[order],
        long_value=value[order],
        scheduled=scheduled,
        informant=who,
    )


def column_codes(study: Study, column: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """A grouping column of persons (therapist, site) as codes, −1 where absent, and the groups' names."""
    if column not in study.persons.columns:
        return np.full(study.persons.height, -1, dtype=np.intp), ()
    values = [
        None if v is None or str(v).strip().lower() in NOBODY else str(v) for v in study.persons[column].to_list()
    ]
    names = tuple(sorted({v for v in values if v is not None}))
    index = {name: i for i, name in enumerate(names)}
    return np.array([-1 if v is None else index[v] for v in values], dtype=np.intp), names


@dataclass(frozen=True, slots=True)
class Covariates:
    """Baseline columns ready for a model: numbers, and indicators of categories against the commonest level.

    Every column has mean 0 over the people used, so that a model's arm means are those of the average person.
    An absent covariate takes the mean (White & Thompson, 2005: no bias in a randomised comparison).

    matrix : (n, c)
    absent : (n,) True where at least one covariate was absent
    """

    matrix: np.ndarray
    names: tuple[str, ...]
    absent: np.ndarray


def covariates(study: Study, columns: tuple[str, ...], used: np.ndarray) -> Covariates:
    """The planned covariates as a design matrix; a category's reference is its commonest level.

    used : (n,) True for the people in the analysis, over whom columns are centred and absences filled
    """
    parts: list[np.ndarray] = []
    names: list[str] = []
    absent = np.zeros(used.size, dtype=bool)
    for column in columns:
        series = study.persons[column]
        if series.dtype.is_numeric() or series.dtype == pl.Boolean:
            values = series.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)
            absent |= ~np.isfinite(values)
            parts.append(_centred(values, used))
            names.append(column)
            continue
        texts = [None if v is None else str(v) for v in series.to_list()]
        gap = np.array([v is None for v in texts])
        absent |= gap
        counts = Counter(v for v, inside in zip(texts, used, strict=True) if inside and v is not None)
        for level in sorted(counts, key=lambda v: (-counts[v], v))[1:]:
            parts.append(_centred(np.where(gap, np.nan, np.array([float(v == level) for v in texts])), used))
            names.append(f"{column}: {level}")
    kept = [i for i, part in enumerate(parts) if np.ptp(part[used]) > 0] if used.any() else []
    matrix = np.column_stack([parts[i] for i in kept]) if kept else np.empty((used.size, 0))
    return Covariates(matrix, tuple(names[i] for i in kept), absent)


def _centred(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    known = np.isfinite(values) & used
    if not known.any():
        return np.zeros(values.size)
    mean = values[known].mean()
    centred: np.ndarray = np.where(np.isfinite(values), values, mean) - mean
    return centred
