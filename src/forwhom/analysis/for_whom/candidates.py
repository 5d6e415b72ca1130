"""Which baseline variables may moderate an effect, and their values person by person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.courses import Courses, courses, informants
from forwhom.analysis.words import listed, people
from forwhom.kernels.crossfit import Features
from forwhom.study import Scale, Study

MOST_EXPLORATORY = 30
"""Exploratory moderators tested one by one; beyond these the plan has to name them."""
MOST_LEVELS = 0.5
"""A column of words in which more than this share of the people have a value of their own describes nobody (an id, a remark)."""


@dataclass(frozen=True, slots=True)
class Moderator:
    """A baseline variable an effect may depend on.

    name : the column of persons, or the scale whose baseline score it is
    planned : named by the plan
    of_scale : True for a baseline score
    """

    name: str
    label: str
    planned: bool
    of_scale: bool


@dataclass(frozen=True, slots=True)
class Values:
    """A baseline variable person by person.

    numbers : (n,) NaN where absent; None for a category
    codes : (n,) of the levels, −1 where absent; None for numbers
    levels : the commonest first
    """

    numbers: np.ndarray | None
    codes: np.ndarray | None
    levels: tuple[str, ...] = ()

    @property
    def known(self) -> np.ndarray:
        """(n,) True where there is a value."""
        if self.numbers is not None:
            known: np.ndarray = np.isfinite(self.numbers)
            return known
        assert self.codes is not None
        return self.codes >= 0


def moderators_of(study: Study, scale: Scale | None) -> tuple[Moderator, ...]:
    """Planned moderators in the plan's order, then exploratory ones: the scale's own baseline and every other covariate.

    scale : of the outcome; None for events
    Columns that say nothing (one value, or almost a value per person) are left out.
    """
    planned = study.plan.moderators
    made = [
        Moderator(name, f"baseline {study.scales[name].label}", True, True)
        if name in study.scales and name not in study.persons.columns
        else Moderator(name, name, True, False)
        for name in planned
    ]
    own = []
    if scale is not None and scale.name not in planned and _baseline(study, scale) is not None:
        own = [Moderator(scale.name, f"baseline {scale.label}", False, True)]
    others = [
        Moderator(column, column, False, False)
        for column in study.covariates
        if column not in planned and _informative(study.persons[column])
    ]
    return (*made, *own, *others[: MOST_EXPLORATORY - len(own)])


def not_tested(study: Study, scale: Scale | None) -> int:
    """How many exploratory columns were left out because there are too many."""
    shown = sum(not each.planned and not each.of_scale for each in moderators_of(study, scale))
    there = sum(
        column not in study.plan.moderators and _informative(study.persons[column]) for column in study.covariates
    )
    return there - shown


def values_of(study: Study, moderator: Moderator) -> Values:
    """A moderator's values; words as codes with the commonest level first."""
    if moderator.of_scale:
        scores = _baseline(study, study.scales[moderator.name])
        return Values(np.full(study.persons.height, np.nan) if scores is None else scores, None)
    return column_values(study.persons[moderator.name])


def column_values(series: pl.Series) -> Values:
    """A column of persons as numbers, or as codes of its levels."""
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        numbers = series.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)
        return Values(np.where(np.isfinite(numbers), numbers, np.nan), None)
    texts = [None if value is None else str(value) for value in series.to_list()]
    counts = Counter(text for text in texts if text is not None)
    levels = tuple(sorted(counts, key=lambda text: (-counts[text], text)))
    place = {text: code for code, text in enumerate(levels)}
    return Values(None, np.array([-1 if text is None else place[text] for text in texts], dtype=np.intp), levels)


def features_of(study: Study, scale: Scale | None) -> tuple[Features, str]:
    """What predictions of individual effects may use, and in words what that is.

    Where the plan names moderators: these, the planned covariates and the outcome's baseline. Otherwise every
    informative covariate and the baseline score of every scale. Chosen by the plan, never by the outcome.
    """
    plan = study.plan
    if plan.moderators:
        columns = [c for c in dict.fromkeys((*plan.moderators, *plan.covariates)) if c in study.persons.columns]
        wanted = [name for name in plan.moderators if name in study.scales and name not in study.persons.columns]
        scales = list(dict.fromkeys([*([scale.name] if scale is not None else []), *wanted]))
        words = "planned moderators and covariates" + (", the outcome at baseline" if scale is not None else "")
    else:
        columns = list(study.covariates)
        scales = list(study.scales)
        words = "every baseline column and the baseline of every scale, as the plan names no moderators"
    numeric: list[np.ndarray] = []
    names: list[str] = []
    categories: list[np.ndarray] = []
    category_names: list[str] = []
    levels: list[tuple[str, ...]] = []
    for column in columns:
        if not _informative(study.persons[column]):
            continue
        values = column_values(study.persons[column])
        if values.numbers is not None:
            numeric.append(values.numbers)
            names.append(column)
        elif values.codes is not None:
            categories.append(values.codes)
            category_names.append(column)
            levels.append(values.levels)
    for name in scales:
        scores = _baseline(study, study.scales[name])
        if scores is not None:
            numeric.append(scores)
            names.append(f"baseline {study.scales[name].label}")
    n = study.persons.height
    return (
        Features(
            np.column_stack(numeric) if numeric else np.empty((n, 0)),
            np.column_stack(categories) if categories else np.empty((n, 0), dtype=np.intp),
            tuple(names),
            tuple(category_names),
            tuple(levels),
        ),
        words,
    )


def absent_words(features: Features) -> str:
    """How many people lack which baseline variable; empty when none does."""
    gaps = [
        f"{name} ({people(count)})"
        for name, count in (
            *zip(features.numeric_names, (~np.isfinite(features.numeric)).sum(axis=0).tolist(), strict=True),
            *zip(features.category_names, (features.categories < 0).sum(axis=0).tolist(), strict=True),
        )
        if count
    ]
    return listed(gaps)


def _informative(series: pl.Series) -> bool:
    """Whether a column can tell people apart without being a name for each."""
    known = series.drop_nulls()
    if known.n_unique() < 2 or series.dtype.is_temporal():
        return False
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return True
    return known.n_unique() <= MOST_LEVELS * len(known)


def _baseline(study: Study, scale: Scale) -> np.ndarray | None:
    """Each person's last score at or before time 0, NaN where there is none; None when nobody has one."""
    if study.measures.filter(pl.col("scale") == scale.name).is_empty():
        return None
    here: Courses = courses(study, scale, informants(study, scale.name)[0])
    if here.scheduled:
        scores = here.scores[:, here.baseline] if here.has_baseline else np.full(len(here.ids), np.nan)
    else:
        scores = np.full(len(here.ids), np.nan)
        before = here.long_time <= 0
        scores[here.long_person[before]] = here.long_value[before]
    return scores if np.isfinite(scores).sum() > 1 and np.nanstd(scores) > 0 else None
