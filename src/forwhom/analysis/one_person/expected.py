"""What was expected of everybody, each from models and neighbours that did not know them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.course_model import BANDS, CourseModel, in_batches, make_model, structures_to_try
from forwhom.analysis.one_person.starts import Starts
from forwhom.analysis.outcome.repeated_model import Structure
from forwhom.analysis.words import people
from forwhom.kernels.expected_course import ExpectedCourse

FOLDS = 10
"""Models made per division of the people: each leaves out a tenth of them and serves those."""
DIVISIONS = 5
"""Times the people are divided anew; what is expected is the mean over them, since a single one leaves more to chance."""
LEAST = 20
"""People with a start and a later score below which no course is expected of anybody."""
LEAST_IN_ARM = 5
BAND = BANDS[0]
"""Share of people like this one that the primary band holds: what its limits leave outside is the published red warning."""
NAMES = ("start_mean", "start_sd", "next_mean", "next_sd", "last_mean", "last_sd")


@dataclass(frozen=True, slots=True)
class Division:
    """One division of the people into folds, with what was expected of everybody by models of the other folds.

    models : one per fold; fold : (n,) whose model serves whom, −1 for people nothing can be expected of
    course : (n, m) means and standard deviations at each person's own later measurements (`Starts.time`), NaN elsewhere;
        `last_*` hold the forecast for the horizon given the scores up to and including that measurement
    """

    models: tuple[CourseModel, ...]
    fold: np.ndarray
    course: ExpectedCourse

    def boundary(self, share: float, start: np.ndarray, *, updated: bool = False) -> np.ndarray:
        """(n, m) score below which a share of people like each one is expected at each later measurement."""
        limit = np.full(self.fold.size, np.nan)
        for k, model in enumerate(self.models):
            mine = self.fold == k
            limit[mine] = model.limit(share, start[mine], updated=updated)
        mean, sd = (
            (self.course.next_mean, self.course.next_sd) if updated else (self.course.start_mean, self.course.start_sd)
        )
        return mean + limit[:, None] * sd

    def serving(self, row: int) -> CourseModel:
        """The model that did not know this person."""
        return self.models[int(self.fold[row])]


@dataclass(frozen=True, slots=True)
class Expected:
    """Cross-validated expectations for everybody of one scale: the mean over several divisions of the people.

    known : (n,) False for people nothing can be expected of
    start : (n,) as in `Starts`
    structure : words
    simplified : why a simpler model was used than the first choice, empty when it was not
    """

    divisions: tuple[Division, ...]
    known: np.ndarray
    start: np.ndarray
    structure: str
    simplified: str = ""

    def mean(self, *, updated: bool = False) -> np.ndarray:
        """(n, m) expected score at each later measurement, given the start or all scores before."""
        name = "next_mean" if updated else "start_mean"
        mean: np.ndarray = np.mean([getattr(each.course, name) for each in self.divisions], axis=0)
        return mean

    def boundaries(self, share: float, *, updated: bool = False) -> np.ndarray:
        """(r, n, m) the boundary by each division."""
        return np.stack([each.boundary(share, self.start, updated=updated) for each in self.divisions])

    def boundary(self, share: float, *, updated: bool = False) -> np.ndarray:
        """(n, m) score below which a share of people like each one is expected at each later measurement."""
        mean: np.ndarray = self.boundaries(share, updated=updated).mean(axis=0)
        return mean


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
    folds = _folds(here, asking)
    folds[:, ~usable] = -1
    failed = ""
    for structure, words in structures_to_try(here):
        try:
            divisions = tuple(_division(here, fold, structure) for fold in folds)
        except ValueError as why:
            failed = failed or f"{words} could not be estimated: {str(why).rstrip('.')}"
            continue
        return Expected(divisions, usable, here.start, words, failed)
    return f"no model of the course could be estimated ({failed})", "More people with several later scores."


def people_have(n: int) -> str:
    """How many people have something."""
    return f"only {people(n)} {'has' if n == 1 else 'have'}"


def _folds(here: Starts, asking: Asking) -> np.ndarray:
    """(r, n) fold of each person in each division, balanced within arms; by a generator of the scale's own."""
    n = here.arm.size
    rng = asking.rng(f"one_person.folds.{here.name}")
    folds = np.empty((DIVISIONS, n), dtype=np.intp)
    for fold in folds:
        order = rng.permutation(n)
        fold[order[np.argsort(here.arm[order], kind="stable")]] = np.arange(n) % min(FOLDS, n)
    return folds


def _division(here: Starts, fold: np.ndarray, structure: Structure | None) -> Division:
    """The models of one division, and everybody's expected course at their own times from the model of their fold."""
    models = tuple(make_model(here, np.flatnonzero(fold != k), structure) for k in range(int(fold.max()) + 1))
    made = ExpectedCourse(*(np.full(here.time.shape, np.nan) for _ in NAMES))
    for k, model in enumerate(models):

        def keep(rows: np.ndarray, found: ExpectedCourse) -> None:
            width = found.start_mean.shape[1] - 2
            for name in NAMES:
                getattr(made, name)[rows, :width] = getattr(found, name)[:, 1 : width + 1]

        in_batches(here, model, np.flatnonzero((fold == k) & (here.later > 0)), keep)
    # Residuals are in the limits; without them the models are small enough to be sent about.
    none = (np.empty(0), np.empty(0))
    return Division(tuple(replace(model, residuals=none) for model in models), fold, made)
