"""What was expected of everybody, each from models and neighbours that did not know them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.course_model import CourseModel, in_batches, make_model, structures_to_try
from forwhom.analysis.one_person.starts import Starts
from forwhom.analysis.words import people
from forwhom.kernels.expected_course import ExpectedCourse

FOLDS = 10
"""Models made per scale: each leaves out a tenth of the people and serves them."""
LEAST = 20
"""People with a start and a later score below which no course is expected of anybody."""
LEAST_IN_ARM = 5
BAND = 0.80
"""Share of people like this one that a band holds; fixed in advance: its upper tenth is the published red warning."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Cross-validated expectations for everybody of one scale.

    models : one per fold; fold : (n,) whose model serves whom, −1 for people nothing can be expected of
    course : (n, m) means and standard deviations at each person's own later measurements, (`Starts.time`), NaN elsewhere;
        `last_*` hold the forecast for the horizon given the scores up to and including that measurement
    structure : words
    simplified : why a simpler model was used than the first choice, empty when it was not
    """

    models: tuple[CourseModel, ...]
    fold: np.ndarray
    course: ExpectedCourse
    structure: str
    simplified: str = ""

    def limits(self, share: float, *, updated: bool = False) -> np.ndarray:
        """(n,) standardised limit of each person, from the people of the other folds; NaN where there is none."""
        by_fold = np.array([model.limit(share, updated=updated) for model in self.models] + [np.nan])
        limits: np.ndarray = by_fold[self.fold]
        return limits

    def boundary(self, share: float, *, updated: bool = False) -> np.ndarray:
        """(n, m) score below which a share of people like each one is expected at each later measurement."""
        limit = self.limits(share, updated=updated)[:, None]
        if updated:
            return self.course.next_mean + limit * self.course.next_sd
        return self.course.start_mean + limit * self.course.start_sd


def expected(here: Starts, asking: Asking) -> Expected | tuple[str, str]:
    """Models of ten folds of people and what they expect of those left out; or why there are none, and what it would take.

    The folds are drawn before any score is looked at, so a person's own scores have no part in what is expected of them.
    """
    usable = np.isfinite(here.start) & (here.arm >= 0)
    pairs = usable & (here.later > 0)
    if pairs.sum() < LEAST:
        return (
            f"{'nobody has' if not pairs.any() else people_have(int(pairs.sum()))} a score at the start and a later one, and an "
            f"expected course is learned from {LEAST} people or more",
            f"{LEAST} people or more with scores at the start and later.",
        )
    thin = [label for k, (_, label) in enumerate(here.arms) if (pairs & (here.arm == k)).sum() < LEAST_IN_ARM]
    if thin:
        return (
            f"fewer than {LEAST_IN_ARM} people of {', '.join(thin)} have scores at the start and later",
            "More people.",
        )
    fold = _folds(here, asking)
    fold[~usable] = -1
    failed = ""
    for structure, words in structures_to_try(here):
        try:
            models = tuple(make_model(here, np.flatnonzero(fold != k), structure) for k in range(int(fold.max()) + 1))
        except ValueError as why:
            failed = failed or f"{words} could not be estimated: {str(why).rstrip('.')}"
            continue
        return Expected(models, fold, _courses(here, models, fold), words, failed)
    return f"no model of the course could be estimated ({failed})", "More people with several later scores."


def people_have(n: int) -> str:
    """How many people have something."""
    return f"only {people(n)} {'has' if n == 1 else 'have'}"


def _folds(here: Starts, asking: Asking) -> np.ndarray:
    """(n,) fold of each person, balanced within arms; by a generator of the scale's own."""
    n = here.arm.size
    rng = asking.rng(f"one_person.folds.{here.name}")
    order = rng.permutation(n)
    order = order[np.argsort(here.arm[order], kind="stable")]
    fold = np.empty(n, dtype=np.intp)
    fold[order] = np.arange(n) % min(FOLDS, n)
    return fold


def _courses(here: Starts, models: tuple[CourseModel, ...], fold: np.ndarray) -> ExpectedCourse:
    """Everybody's expected course at their own times, from the model of their fold."""
    made = ExpectedCourse(*(np.full(here.time.shape, np.nan) for _ in range(6)))
    for k, model in enumerate(models):

        def keep(rows: np.ndarray, found: ExpectedCourse) -> None:
            width = found.start_mean.shape[1] - 2
            for name in ("start_mean", "start_sd", "next_mean", "next_sd", "last_mean", "last_sd"):
                getattr(made, name)[rows, :width] = getattr(found, name)[:, 1 : width + 1]

        in_batches(here, model, np.flatnonzero((fold == k) & (here.later > 0)), keep)
    return made
