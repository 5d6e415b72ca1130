"""The models behind the expected course: occasion means with a covariance, or growth with random start and slope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.one_person.starts import Starts
from forwhom.analysis.outcome.repeated_model import STRUCTURES, Structure
from forwhom.kernels.expected_course import ExpectedCourse, expected_course
from forwhom.kernels.mixed import Level, fit_mixed
from forwhom.kernels.repeated import fit_repeated
from forwhom.kernels.residual_limits import ResidualLimits, residual_limits

MOST_OCCASIONS = 10
"""Scheduled occasions from the start on up to which each has a mean of its own; with more, or with times of people's own, the
course is a curve."""
ENOUGH = 100
"""Later scores of other people from which on a band takes its limits from their residuals; below, from Student's t, scaled to
the spread of the residuals there are."""
MANY = 500
"""People from which on a model's own residuals are used instead of those of people left out once more."""
INNER = 5
BANDS = (0.80, 0.68, 0.50)
"""Shares of people like one that bands hold, the primary one first; fixed in advance."""
SHARES = tuple(sorted(share for level in BANDS for share in ((1.0 - level) / 2.0, (1.0 + level) / 2.0)))
NEAREST = 100
PART = 0.2
"""Limits come from the residuals of the people nearest in start: a fifth of all, a hundred or more."""
_AT_ONCE = 128

Residuals = tuple[np.ndarray, np.ndarray]
Limits = tuple[ResidualLimits, ResidualLimits]


@dataclass(frozen=True, slots=True)
class CourseModel:
    """One model of everybody's scores from the start on, made from some people and used for others.

    occasions : (q,) times with a mean of their own; empty for growth
    cell : (arms, q) column of `beta` for each mean, −1 where nobody of the arm was seen
    beta, phi : coefficients and their covariance; for growth per arm start, slope on √time, slope on time
    covariance : (q, q) over occasions; for growth (3, 3), zero in the third row: random start and slope on √time
    residual : variance of a score around the person's own curve; 0 for occasions
    horizon : time since the start that a forecast is made for: the last occasion, or when half the people had ended
    df : people behind it less what was estimated of them
    residuals : standardised residuals of the people the model was made from: given the start, and given all earlier scores
    limits : by start, made of the same; None in a model that serves nobody
    """

    occasions: np.ndarray
    cell: np.ndarray
    beta: np.ndarray
    phi: np.ndarray
    covariance: np.ndarray
    residual: float
    horizon: float
    df: float
    residuals: Residuals = (np.empty(0), np.empty(0))
    limits: Limits | None = None

    def moments(self, arm: np.ndarray, elapsed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean (n, m), covariance (n, m, m) and covariance of the estimated mean (n, m, m) at times since the start.

        A time at which the model knows no mean has NaN in the mean.
        """
        if self.occasions.size:
            place = np.abs(elapsed[:, :, None] - (self.occasions - self.occasions[0])).argmin(axis=2)
            column = self.cell[arm[:, None], place]
            mean = np.where(column >= 0, self.beta[column], np.nan)
            spread = self.covariance[place[:, :, None], place[:, None, :]]
            return mean, spread, self.phi[column[:, :, None], column[:, None, :]]
        x = np.stack([np.ones_like(elapsed), np.sqrt(elapsed), elapsed], axis=2)
        mean = np.einsum("imk,ik->im", x, self.beta.reshape(-1, 3)[arm])
        blocks = np.stack([self.phi[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] for k in range(self.beta.size // 3)])
        spread = x @ self.covariance @ x.transpose(0, 2, 1)
        spread = spread + self.residual * np.eye(elapsed.shape[1])
        return mean, spread, x @ blocks[arm] @ x.transpose(0, 2, 1)

    def expect(self, arm: np.ndarray, elapsed: np.ndarray, scores: np.ndarray, *, own: bool = False) -> ExpectedCourse:
        """Conditional course of people at given times, the start in column 0; NaN times are passed over.

        own : True for the people the model was made from: their residuals have covariance V − XΦX' instead of V + XΦX'
        """
        known = np.isfinite(elapsed)
        mean, spread, doubt = self.moments(arm, np.where(known, elapsed, 0.0))
        usable = known & np.isfinite(mean)
        made = expected_course(
            np.where(usable, mean, 0.0), spread - doubt if own else spread + doubt, np.where(usable, scores, np.nan)
        )
        return ExpectedCourse(
            *(
                np.where(usable, getattr(made, name), np.nan)
                for name in ("start_mean", "start_sd", "next_mean", "next_sd", "last_mean", "last_sd")
            )
        )

    def limit(self, share: float, start: np.ndarray, *, updated: bool) -> np.ndarray:
        """Standardised limit below which a score of people with these starts falls with probability `share`."""
        if self.limits is None:
            raise ValueError("This model was made without limits.")
        return self.limits[int(updated)].at(share, start)


def make_model(here: Starts, people: np.ndarray, structure: Structure | None) -> CourseModel:
    """A model from these people (indices). Raises ValueError, with the reason, when it cannot be estimated.

    structure : of the covariance over occasions; None for growth
    Residuals come from five further models, each made without a fifth of these people; of many people, from the model itself,
    whose residuals have covariance V − XΦX': so many parameters less than people no longer make them too small.
    """
    people = people[np.isfinite(here.start[people]) & (here.arm[people] >= 0)]
    people = people[np.argsort(here.arm[people], kind="stable")]
    made = _fit(here, people, structure)
    residuals: list[list[np.ndarray]] = [[], []]
    whose: list[list[np.ndarray]] = [[], []]

    def keep(rows: np.ndarray, found: ExpectedCourse) -> None:
        width = found.start_mean.shape[1] - 2
        score = here.score[rows][:, :width]
        for k, (mean, sd) in enumerate(((found.start_mean, found.start_sd), (found.next_mean, found.next_sd))):
            spread = sd[:, 1 : width + 1]
            z = (score - mean[:, 1 : width + 1]) / np.where(spread > 0, spread, np.nan)
            known = np.isfinite(z)
            residuals[k].append(z[known])
            whose[k].append(np.broadcast_to(rows[:, None], z.shape)[known])

    if people.size >= MANY:
        in_batches(here, made, people[here.later[people] > 0], keep, own=True)
    else:
        place = np.arange(people.size) % INNER
        for part in range(INNER):
            without = _fit(here, people[place != part], structure)
            left = people[place == part]
            in_batches(here, without, left[here.later[left] > 0], keep)
    start_z, next_z = (np.concatenate(parts) if parts else np.empty(0) for parts in residuals)
    by_start, by_all = (np.concatenate(parts) if parts else np.empty(0, dtype=np.intp) for parts in whose)
    return replace(
        made,
        residuals=(start_z, next_z),
        limits=(_limits(here, made, start_z, by_start), _limits(here, made, next_z, by_all)),
    )


def _limits(here: Starts, model: CourseModel, residuals: np.ndarray, person: np.ndarray) -> ResidualLimits:
    nearest = max(NEAREST, int(np.ceil(PART * np.unique(person).size)))
    return residual_limits(residuals, here.start[person], person, SHARES, nearest=nearest, enough=ENOUGH, df=model.df)


def _fit(here: Starts, people: np.ndarray, structure: Structure | None) -> CourseModel:
    return _growth(here, people) if structure is None else _by_occasion(here, people, structure)


def in_batches(
    here: Starts,
    model: CourseModel,
    people: np.ndarray,
    keep: Callable[[np.ndarray, ExpectedCourse], None],
    *,
    own: bool = False,
) -> None:
    """Expected courses at people's own times, those with alike many scores together so that little is computed in vain.

    `keep` gets the people and their courses: the start, their later measurements, and last of all the horizon.
    """
    people = people[np.argsort(here.later[people], kind="stable")]
    for first in range(0, people.size, _AT_ONCE):
        rows = people[first : first + _AT_ONCE]
        width = int(here.later[rows].max())
        elapsed = np.column_stack(
            [np.zeros(rows.size), here.elapsed[rows][:, :width], np.full(rows.size, model.horizon)]
        )
        scores = np.column_stack([here.start[rows], here.score[rows][:, :width], np.full(rows.size, np.nan)])
        keep(rows, model.expect(here.arm[rows], elapsed, scores, own=own))


def _by_occasion(here: Starts, people: np.ndarray, structure: Structure) -> CourseModel:
    """A mean per arm and occasion, at the start one for all arms where that lies before treatment."""
    q, arms = here.occasions.size, len(here.arms)
    table = np.full((people.size, q), np.nan)
    table[:, 0] = here.start[people]
    row, column = np.nonzero(np.isfinite(here.score[people]))
    table[row, np.searchsorted(here.occasions, here.time[people][row, column])] = here.score[people][row, column]
    person, occasion = np.nonzero(np.isfinite(table))
    arm = here.arm[people][person]
    shared = bool(here.occasions[0] <= 0)
    code = occasion * arms + np.where(shared & (occasion == 0), 0, arm)
    present, column = np.unique(code, return_inverse=True)
    cell = np.full((arms, q), -1, dtype=np.intp)
    for c, value in enumerate(present.tolist()):
        j, k = divmod(value, arms)
        cell[slice(None) if shared and j == 0 else k, j] = c
    fit = fit_repeated(table[person, occasion], np.eye(present.size)[column], person, occasion, q, covariance=structure)
    if not fit.converged:
        raise ValueError(fit.message)
    pairs = int((np.isfinite(table[:, 1:]).any(axis=1)).sum())
    return CourseModel(
        occasions=here.occasions,
        cell=cell,
        beta=fit.beta,
        phi=fit.beta_cov,
        covariance=fit.covariance,
        residual=0.0,
        horizon=float(here.occasions[-1] - here.occasions[0]),
        df=float(max(pairs - arms - 1, 1)),
    )


def _growth(here: Starts, people: np.ndarray) -> CourseModel:
    """A curve in √time and time per arm; people differ in start and in slope on √time."""
    times = np.column_stack([np.zeros(people.size), here.elapsed[people]])
    scores = np.column_stack([here.start[people], here.score[people]])
    person, place = np.nonzero(np.isfinite(scores))
    elapsed, y = times[person, place], scores[person, place]
    root = np.sqrt(elapsed)
    arm = here.arm[people][person]
    basis = np.column_stack([np.ones_like(root), root, elapsed])
    x = np.column_stack([basis * (arm == k)[:, None] for k in range(len(here.arms))])
    fit = fit_mixed(y, x, (Level(basis[:, :2], person, label="person"),))
    if not fit.converged:
        raise ValueError(fit.message)
    tau = np.zeros((3, 3))
    tau[:2, :2] = fit.tau[0]
    ended = np.nanmax(np.where(np.isfinite(times), times, -np.inf), axis=1)
    several = ended > 0
    return CourseModel(
        occasions=np.empty(0),
        cell=np.empty((0, 0), dtype=np.intp),
        beta=fit.beta,
        phi=fit.beta_cov,
        covariance=tau,
        residual=float(fit.sigma2),
        horizon=float(np.median(ended[several])) if several.any() else 0.0,
        df=float(max(int(several.sum()) - 3 * len(here.arms), 1)),
    )


def structures_to_try(here: Starts) -> tuple[tuple[Structure | None, str], ...]:
    """Models in the order in which they are tried; the kind follows from the design of the study, not from the scores."""
    if 1 < here.occasions.size <= MOST_OCCASIONS:
        return STRUCTURES
    return ((None, "random start and slope on the square root of time"),)
