"""Mediation in repeated measures: the part within persons and the part between them, kept apart.

Within: deviations from the person's own mean. Between: covariances of the persons' latent means, that is, of observed means
less what the variation within persons puts into them, as in two-level structural equations (Preacher, Zyphur & Zhang 2010,
Psychol Methods 15, 209-233; the estimator is that of Muthén 1994, Sociol Methods Res 22, 376-398). Regressions on observed
means mix the two parts (Lüdtke et al. 2008, Psychol Methods 13, 203-229); they are given beside it. Slopes are the
same for all persons here; in `stacked` they differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from forwhom.kernels.mediation.columns import Floats
from forwhom.kernels.mediation.drawing import sums
from forwhom.kernels.mediation.intervals import percentile
from forwhom.kernels.mediation.paths import eliminate
from forwhom.kernels.mediation.within_moments import Moments, moments, per_person

FEWEST_PERSONS = 5
PRESENT = 0.01
"""Least share of the variance that lies between persons for a variable to be part of the model between them."""
LOST = 0.05
"""Largest share of draws without a solution for which an interval is given."""
PARTS = ("within", "between", "observed_between")
EFFECTS = ("total", "direct", "indirect")


@dataclass(frozen=True, slots=True)
class Parts:
    """Effects within and between persons, per unit of the treatment, in units of the outcome.

    names : (e,) "within_total", "within_direct", "within_indirect", with several mediators "within_indirect_1" …; then
        the same for "between" (latent means) and "observed_between" (means as observed)
    estimate, se, low, high, p : (e,), NaN where there is none; `reasons` says why
    slopes : per part (1 + k, 1 + k): rows mediators, then outcome; columns treatment, then mediators given treatment
    draws : (b, e), persons drawn with replacement; lost : draws without a solution, per part
    reliability : (2 + k,) of the persons' observed means of treatment, mediators and outcome: latent by observed variance
    persons, n : persons and rows; reasons : (part, sentence)
    """

    names: tuple[str, ...]
    estimate: Floats
    se: Floats
    low: Floats
    high: Floats
    p: Floats
    slopes: tuple[Floats, ...]
    draws: Floats = field(repr=False)
    lost: tuple[int, ...]
    reliability: Floats
    persons: int
    n: int
    level: float
    reasons: tuple[tuple[str, str], ...]

    def of(self, name: str) -> tuple[float, float, float, float, float]:
        """Estimate, standard error, interval and p of one effect."""
        at = self.names.index(name)
        estimate, se, low, high, p = (float(each[at]) for each in (self.estimate, self.se, self.low, self.high, self.p))
        return estimate, se, low, high, p


def mediate_parts(
    treatment: ArrayLike,
    mediators: ArrayLike,
    outcome: ArrayLike,
    person: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    draws: int = 2000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Parts:
    """Indirect effects within and between persons, with fixed slopes and percentile intervals over persons.

    treatment, outcome : (n,); mediators : (n,) or (n, k); person : (n,) labels; covariates : (n, p), each in the parts it
        varies in; no absent values
    A treatment that does not vary within persons (an arm) can only be carried by the part between them (2-1-1); one whose
    person means do not differ (randomised occasions) only by the part within. What cannot be has NaN and a reason.
    Raises ValueError with fewer than five persons, too few rows, constant columns and absent values.

    >>> rng = np.random.default_rng(1)
    >>> person = np.repeat(np.arange(60), 8)
    >>> level = rng.normal(size=60)[person]
    >>> x = level + rng.normal(size=480)
    >>> m = 0.5 * x + rng.normal(size=480)
    >>> y = 0.5 * m + level + rng.normal(size=480)
    >>> made = mediate_parts(x, m, y, person, draws=200, rng=rng)
    >>> bool(abs(made.of("within_indirect")[0] - 0.25) < 0.06)
    True
    """
    data, k, unit, persons = _checked(treatment, mediators, outcome, covariates, person)
    n, d = data.shape
    scale = data.std(axis=0)
    each = per_person((data - data.mean(axis=0)) / scale, unit, persons)
    point, drawn = moments(each.sum(axis=0)[None], d), moments(sums(each, draws, rng), d)
    outer = [0, *range(d - 1 - k, d)]
    made = [_part(name, point, drawn, k, scale[outer]) for name in PARTS]
    values = np.concatenate([each.values for each in made], axis=1)
    spread = percentile(values, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        reliability = np.diagonal(point.latent[0]) / np.diagonal(point.observed[0])
    single = tuple(f"indirect_{j + 1}" for j in range(k)) if k > 1 else ()
    return Parts(
        names=tuple(f"{part}_{word}" for part in PARTS for word in EFFECTS + single),
        estimate=np.concatenate([each.estimate for each in made]),
        se=spread.se,
        low=spread.low,
        high=spread.high,
        p=np.where(np.isnan(spread.se), np.nan, spread.p),
        slopes=tuple(each.slopes for each in made),
        draws=values,
        lost=tuple(each.lost for each in made),
        reliability=np.clip(reliability, 0.0, 1.0)[outer],
        persons=persons,
        n=n,
        level=level,
        reasons=tuple((each.name, each.reason) for each in made if each.reason),
    )


def _checked(
    treatment: ArrayLike, mediators: ArrayLike, outcome: ArrayLike, covariates: ArrayLike | None, person: ArrayLike
) -> tuple[Floats, int, np.ndarray, int]:
    """(n, d) treatment, covariates, mediators, outcome; number of mediators; codes of persons and their number."""
    x, y = (np.asarray(each, dtype=np.float64) for each in (treatment, outcome))
    m = np.asarray(mediators, dtype=np.float64)
    m = m[:, None] if m.ndim == 1 else m
    c = np.empty((y.size, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    c = c[:, None] if c.ndim == 1 else c
    if x.shape != y.shape or y.ndim != 1 or len(m) != y.size or len(c) != y.size:
        raise ValueError("treatment and outcome must be (n,), mediators and covariates (n, columns) of the same n.")
    data = np.column_stack([x, c, m, y])
    if not np.isfinite(data).all():
        raise ValueError("There are absent or infinite values. Leave those rows out, and say how many.")
    labels, unit = np.unique(np.asarray(person), return_inverse=True)
    wrong = []
    if unit.shape != y.shape:
        raise ValueError(f"person must be (n,) with n = {y.size}.")
    if labels.size < FEWEST_PERSONS:
        wrong.append(f"{labels.size} persons are too few: it takes {FEWEST_PERSONS} to draw them with replacement.")
    if y.size - labels.size < data.shape[1]:
        wrong.append(
            f"{y.size} rows of {labels.size} persons are too few to tell apart what is within and between them."
        )
    if not (np.ptp(data, axis=0) > 0).all():
        wrong.append("A column is constant.")
    if wrong:
        raise ValueError(" ".join(wrong))
    return data, m.shape[1], unit, labels.size


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    estimate: Floats
    values: Floats
    slopes: Floats
    lost: int
    reason: str


def _part(name: str, point: Moments, drawn: Moments, k: int, scale: Floats) -> _Part:
    """One part of the model; scale (2 + k,) of treatment, mediators, outcome."""
    which = "latent" if name == "between" else name.split("_", maxsplit=1)[0]
    at, of_draws = getattr(point, which), getattr(drawn, which)
    effects = len(EFFECTS) + (k if k > 1 else 0)
    empty = np.full(effects, np.nan), np.full((len(of_draws), effects), np.nan), np.full((1 + k, 1 + k), np.nan)
    kept, reason = _present(name, point, k)
    if reason:
        return _Part(name, *empty, 0, reason)
    grid = np.ix_(range(len(at)), kept, kept)
    made, good, slopes = _effects(at[grid], k)
    if not good[0]:
        return _Part(
            name, *empty, 0, "Its covariance matrix leaves no unique regression: the persons' means say too little."
        )
    values, fine, _ = _effects(of_draws[np.ix_(range(len(of_draws)), kept, kept)], k)
    values[~fine] = np.nan
    lost = int((~fine).sum())
    if lost > LOST * len(values):
        values[:] = np.nan
        reason = f"{lost} of {len(values)} draws of persons have no solution, so no interval is given."
    per_unit = scale[-1] / scale[0]
    own = slopes[0] * scale[1:, None] / np.array([scale[0], *scale[1:-1]])
    return _Part(name, made[0] * per_unit, values * per_unit, own, lost, reason)


def _present(name: str, point: Moments, k: int) -> tuple[list[int], str]:
    """Columns that vary in a part; a sentence when treatment, mediators or outcome do not."""
    within, latent = np.diagonal(point.within[0]), np.diagonal(point.latent[0])
    d = within.size
    varies = within > 0 if name == "within" else latent > PRESENT * (within + np.maximum(latent, 0))
    words = {0: "treatment", d - 1: "outcome"} | {d - 1 - k + j: f"mediator {j + 1}" for j in range(k)}
    still = [word for place, word in sorted(words.items()) if not varies[place]]
    if not still:
        return [place for place in range(d) if varies[place]], ""
    who = " and ".join(still)
    how = "not vary within persons" if name == "within" else "not differ between persons beyond chance"
    return [], f"There is no such effect: {who} {'do' if len(still) > 1 else 'does'} {how}."


def _effects(covariance: Floats, k: int) -> tuple[Floats, np.ndarray, Floats]:
    """(b, effects), flags, and (b, 1 + k, 1 + k) slopes from covariances ordered treatment, covariates, mediators, outcome."""
    d = covariance.shape[1]
    a = np.ascontiguousarray(np.moveaxis(covariance, 0, -1))
    start = np.array([a[j, j] for j in range(d)])
    good = np.asarray((start > 0).all(axis=0))
    m = slice(d - 1 - k, d - 1)
    for j in range(m.start):
        eliminate(a, j, good, start[j])
    first, total = a[0, m].copy(), a[0, -1].copy()
    for j in range(m.start, d - 1):
        eliminate(a, j, good, start[j])
    good &= a[-1, -1] > 0
    direct, second = a[0, -1], a[m, -1]
    single = first * second
    slopes = np.zeros((1 + k, 1 + k, covariance.shape[0]))
    slopes[:k, 0], slopes[k, 0], slopes[k, 1:] = first, direct, second
    made = [total, direct, single.sum(axis=0), *(single if k > 1 else [])]
    return np.stack(made, axis=1), good, np.moveaxis(slopes, -1, 0)


__all__ = ["EFFECTS", "PARTS", "Parts", "mediate_parts"]
