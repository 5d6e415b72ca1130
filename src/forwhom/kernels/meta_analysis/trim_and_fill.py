"""How many studies would make the funnel even, and the pooled effect with them (Duval & Tweedie, 2000)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from forwhom.kernels.meta_analysis import checks
from forwhom.kernels.meta_analysis.effects import Array
from forwhom.kernels.meta_analysis.heterogeneity import Method, sets_of, tau2_of, weighted
from forwhom.kernels.meta_analysis.random_effects import RandomEffects, Test, random_effects
from forwhom.kernels.meta_analysis.small_studies import FEWEST

Estimator = Literal["L0", "R0", "Q0"]
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class TrimAndFill:
    """Studies filled in, and what the pooled effect would be with them.

    missing, missing_se : number of studies and its standard error; p : that there is none, only for R0
    side : "left" when studies with low effects seem absent
    filled_y, filled_v : (missing,) the mirrored studies; adjusted : the fit with them. None with `problem`.
    It assumes that asymmetry comes from suppressed extreme effects only: a look at how much could hang on it, no correction.
    """

    missing: int | None
    missing_se: float | None
    p: float | None
    side: str | None
    filled_y: Array
    filled_v: Array
    adjusted: RandomEffects | None
    estimator: str
    k: int
    problem: str = ""


def trim_and_fill(
    y: ArrayLike,
    v: ArrayLike,
    *,
    estimator: Estimator = "L0",
    side: Literal["left", "right"] | None = None,
    test: Test = "knapp-hartung",
    method: Method = "REML",
    level: float = 0.95,
    least: int = FEWEST,
) -> TrimAndFill:
    """Trim studies from the fuller side until the estimated number stands still, then mirror them.

    side : where studies seem absent; None takes the side that the regression on the standard error points to
    Same steps as metafor's trimfill. Refuses below `least` studies, and when the number does not settle.

    >>> y = [0.9, 0.8, 0.7, 0.75, 0.6, 0.5, 0.45, 0.4, 0.42, 0.35]
    >>> v = [0.2, 0.16, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03]
    >>> made = trim_and_fill(y, v)
    >>> made.missing, made.side, round(made.adjusted.estimate, 2)
    (4, 'left', 0.42)
    """
    effect, variance = checks.effects_and_variances(y, v)
    if estimator not in ("L0", "R0", "Q0") or side not in (None, "left", "right"):
        raise ValueError(f"estimator {estimator!r}, side {side!r}: possible are L0, R0, Q0 and left, right.")
    k = effect.size
    if k < max(least, 3):
        return _refused(
            estimator, k, f"{k} studies are too few to see whether a funnel is even; {max(least, 3)} are needed"
        )
    where = side or _side(effect, variance, method)
    mirror = -1.0 if where == "right" else 1.0
    order = np.argsort(mirror * effect, kind="stable")
    ordered, spread = mirror * effect[order], variance[order]
    missing, before, se, centred, centre = 0, -1, 0.0, ordered, 0.0
    for _ in range(_ROUNDS):
        if missing == before:
            break
        before = missing
        if k - missing < 1:
            return _refused(estimator, k, "the number of absent studies does not settle")
        centre = _centre(ordered[: k - missing], spread[: k - missing], method)
        centred = ordered - centre
        found, se = _missing(centred, estimator)
        if not np.isfinite(found):
            return _refused(estimator, k, "this estimator has no value for these effects")
        missing = max(0, round(found))
    else:
        return _refused(estimator, k, "the number of absent studies does not settle")
    last = slice(k - missing, k)
    filled_y, filled_v = mirror * (centre - centred[last]), spread[last]
    adjusted = random_effects(
        np.concatenate([effect, filled_y]), np.concatenate([variance, filled_v]), test=test, method=method, level=level
    )
    p = 0.5 ** (missing + 1) if estimator == "R0" else None
    return TrimAndFill(missing, se, p, where, filled_y, filled_v, adjusted, estimator, k)


def _side(y: Array, v: Array, method: str) -> str:
    se = np.sqrt(v)
    if np.ptp(se) <= 1e-10 * se.max():
        return "left"
    basis = np.linalg.qr(np.column_stack([np.ones(y.size), se]))[0]
    sets = sets_of(y, v, basis)
    fitted = basis @ weighted(sets, tau2_of(sets, method)).beta[0]
    small, large = int(se.argmax()), int(se.argmin())
    return "right" if fitted[small] < fitted[large] else "left"


def _centre(y: Array, v: Array, method: str) -> float:
    """Pooled effect of the studies that are left."""
    sets = sets_of(y, v, np.ones((y.size, 1)))
    tau2 = tau2_of(sets, method) if y.size > 1 else np.zeros(1)
    return float(weighted(sets, tau2).beta[0, 0])


def _missing(centred: Array, estimator: str) -> tuple[float, float]:
    """Estimated number of studies, and its standard error (Duval & Tweedie, 2000, eq. 9-14)."""
    k = centred.size
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        negative = ranks[centred < 0]
        if negative.size == 0:
            return float("nan"), float("nan")
        found = k - float(negative.max()) - 1.0
        return found, float(np.sqrt(2.0 * max(0.0, found) + 2.0))
    total = float(ranks[centred > 0].sum())
    if estimator == "L0":
        found = (4.0 * total - k * (k + 1.0)) / (2.0 * k - 1.0)
        return found, 4.0 * _rank_sd(k, found) / (2.0 * k - 1.0)
    inside = 2.0 * k**2 - 4.0 * total + 0.25
    if inside < 0.0:
        return float("nan"), float("nan")
    found = k - 0.5 - float(np.sqrt(inside))
    below = (k - 0.5) ** 2 - found * (2.0 * k - found - 1.0)
    return found, 2.0 * _rank_sd(k, found) / float(np.sqrt(below)) if below > 0 else float("nan")


def _rank_sd(k: int, missing: float) -> float:
    """Standard deviation of the sum of positive ranks."""
    m = missing
    variance = (
        k * (k + 1.0) * (2.0 * k + 1.0)
        + 10.0 * m**3
        + 27.0 * m**2
        + 17.0 * m
        - 18.0 * k * m**2
        - 18.0 * k * m
        + 6.0 * k**2 * m
    ) / 24.0
    return float(np.sqrt(max(variance, 0.0)))


def _refused(estimator: str, k: int, why: str) -> TrimAndFill:
    return TrimAndFill(None, None, None, None, np.empty(0), np.empty(0), None, estimator, k, why)
