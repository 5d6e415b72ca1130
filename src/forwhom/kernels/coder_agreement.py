"""Agreement of two codings: kappa plain and weighted, AC1, prevalence- and bias-adjusted kappa, Krippendorff's alpha."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from forwhom.kernels.agreement import Coefficient

Floats = NDArray[np.float64]
Weights = Literal["none", "linear", "quadratic"]
Metric = Literal["nominal", "ordinal", "interval"]


@dataclass(frozen=True, slots=True)
class TwoCoders:
    """Agreement of two coders.

    kappa : Cohen's, weighted where `weights` say so; limits by the large-sample standard error, cut at −1 and 1
    ac1 : Gwet's, unweighted; t limits on n − 1
    adjusted : prevalence- and bias-adjusted kappa, (k × observed − 1) / (k − 1), which depends on nothing but the observed agreement
    se : of kappa; None where it has no interval
    observed, by_chance : shares of (weighted) agreement
    prevalence, bias : indices of Byrt et al. (1993), for two categories; None for more
    table : (k, k) counts, first coder in rows; categories in the order of `categories`
    n : things coded by both; left_out : by one only
    """

    kappa: Coefficient
    ac1: Coefficient
    adjusted: Coefficient
    se: float | None
    observed: float | None
    by_chance: float | None
    prevalence: float | None
    bias: float | None
    table: Floats
    categories: Floats
    n: int
    left_out: int
    level: float


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's alpha.

    alpha : jackknife limits over units, t on units − 1
    observed, expected : disagreement
    units : with at least two codes; left_out : with fewer; codes : in those units
    """

    alpha: Coefficient
    observed: float | None
    expected: float | None
    units: int
    left_out: int
    codes: int
    metric: Metric
    level: float


def two_coders(
    first: ArrayLike,
    second: ArrayLike,
    *,
    categories: ArrayLike | None = None,
    weights: Weights = "none",
    level: float = 0.95,
) -> TwoCoders:
    """Chance-corrected agreement of two coders on the same things.

    first, second : (n,) categories as numbers; NaN where not coded
    categories : all that could have been used, in order; None: those that were. Weights go by their places
    weights : "linear" 1 − |i − j| / (k − 1), "quadratic" 1 − ((i − j) / (k − 1))²
    Sources: Cohen (1960, 1968); Fleiss, Cohen & Everitt (1969, Psychol Bull 72, 323-327), standard error; Gwet (2008, Br J Math
    Stat Psychol 61, 29-48); Byrt, Bishop & Carlin (1993, J Clin Epidemiol 46, 423-429).
    Undefined (nothing varies) is None with the reason, never 0 or 1.

    >>> found = two_coders(np.repeat([1, 1, 0, 0], [20, 5, 10, 15]), np.repeat([1, 0, 1, 0], [20, 5, 10, 15]))
    >>> round(found.kappa.value, 2), round(found.ac1.value, 3), round(found.adjusted.value, 2)
    (0.4, 0.406, 0.4)
    """
    _check_level(level)
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.ndim != 1 or one.shape != two.shape:
        raise ValueError(f"first has shape {one.shape} and second {two.shape}; give one code per thing in each.")
    both = ~(np.isnan(one) | np.isnan(two))
    one, two = one[both], two[both]
    known = np.unique(np.concatenate([one, two])) if categories is None else np.asarray(categories, dtype=np.float64)
    n, left_out = int(one.size), int((~both).sum())
    if not np.isin(np.concatenate([one, two]), known).all():
        raise ValueError("a code is none of the categories.")
    table = np.zeros((known.size, known.size))
    order = {value: place for place, value in enumerate(known.tolist())}
    np.add.at(table, ([order[v] for v in one.tolist()], [order[v] for v in two.tolist()]), 1.0)
    if n < 2 or known.size < 2:
        why = "Fewer than two things are coded by both." if n < 2 else "Both use one category throughout."
        absent = Coefficient(None, why_absent=why)
        agreed = float(np.trace(table)) / n if n else None
        return TwoCoders(absent, absent, absent, None, agreed, None, None, None, table, known, n, left_out, level)
    shares = table / n
    kappa, se, observed, chance = _kappa(shares, n, _weights(known.size, weights), level)
    adjusted = Coefficient((known.size * float(np.trace(shares)) - 1.0) / (known.size - 1.0))
    of_two = known.size == 2
    prevalence = float(abs(shares[1, 1] - shares[0, 0])) if of_two else None
    bias = float(abs(shares[0, 1] - shares[1, 0])) if of_two else None
    return TwoCoders(
        kappa,
        _ac1(shares, n, level),
        adjusted,
        se,
        observed,
        chance,
        prevalence,
        bias,
        table,
        known,
        n,
        left_out,
        level,
    )


def _weights(k: int, weights: Weights) -> Floats:
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(k - 1, 1)
    if weights == "none":
        return np.eye(k)
    return np.asarray(1.0 - apart if weights == "linear" else 1.0 - apart**2)


def _kappa(shares: Floats, n: int, weights: Floats, level: float) -> tuple[Coefficient, float | None, float, float]:
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed = float((weights * shares).sum())
    chance = float((weights * np.outer(rows, columns)).sum())
    if not 1.0 - chance > 1e-12:
        why = "Both coders give one category throughout, so chance alone would agree fully."
        return Coefficient(None, why_absent=why), None, observed, chance
    value = float(np.clip((observed - chance) / (1.0 - chance), -1.0, 1.0))
    if (rows > 0).sum() == 1 or (columns > 0).sum() == 1:
        who = "One coder gives" if (rows > 0).sum() != (columns > 0).sum() else "Each coder gives"
        why = f"{who} one category throughout, so nothing could agree beyond chance."
        return Coefficient(None, why_absent=why), None, observed, chance
    # Fleiss, Cohen & Everitt (1969, equation 13).
    mean_weights = np.add.outer(weights @ columns, weights.T @ rows)
    inside = weights * (1.0 - chance) - mean_weights * (1.0 - observed)
    variance = float((shares * inside**2).sum()) - (observed * chance - 2.0 * chance + observed) ** 2
    se = float(np.sqrt(max(variance, 0.0) / n)) / (1.0 - chance) ** 2
    # The variance is a difference of two near numbers: what rounding leaves of it is no width.
    if not variance > 1e-12 or observed > 1.0 - 1e-12:
        why = f"The coders {'agree on everything' if observed > 0.5 else 'never agree'}, so no interval can be given."
        return Coefficient(value, why_absent=why), None, observed, chance
    half = float(ndtri(0.5 + level / 2.0)) * se
    return Coefficient(value, max(-1.0, value - half), min(1.0, value + half)), se, observed, chance


def _ac1(shares: Floats, n: int, level: float) -> Coefficient:
    k = shares.shape[0]
    used = (shares.sum(axis=1) + shares.sum(axis=0)) / 2.0
    chance = float((used * (1.0 - used)).sum()) / (k - 1.0)
    agreed = float(np.trace(shares))
    value = (agreed - chance) / (1.0 - chance)
    # Gwet (2008): the linearised value of each thing; things of one cell of the table share theirs.
    of_cell = (np.eye(k) - chance) / (1.0 - chance)
    chance_of_cell = np.add.outer(1.0 - used, 1.0 - used) / (2.0 * (k - 1.0))
    linear = of_cell - 2.0 * (1.0 - value) * (chance_of_cell - chance) / (1.0 - chance)
    variance = float((shares * (linear - value) ** 2).sum()) / (n - 1.0)
    if not variance > 1e-24 or agreed > 1.0 - 1e-12:
        return Coefficient(value, why_absent="The coders agree on everything, so no interval can be given.")
    half = float(stdtrit(n - 1, 0.5 + level / 2.0)) * float(np.sqrt(variance))
    return Coefficient(value, max(-1.0, value - half), min(1.0, value + half))


def krippendorff_alpha(codes: ArrayLike, *, metric: Metric = "nominal", level: float = 0.95) -> Alpha:
    """Krippendorff's alpha of any number of coders, absent codes allowed.

    codes : (units, coders) categories or values as numbers; NaN where not coded
    metric : "nominal", "ordinal" (by the number of codes between) or "interval" (squared differences)
    Source: Krippendorff (2011, Computing Krippendorff's alpha-reliability). Limits: jackknife leaving out a unit at a time.

    >>> found = krippendorff_alpha([[1, 1], [0, 0], [1, 0], [1, 1], [0, 0], [0, 0]])
    >>> round(found.alpha.value, 3)
    0.686
    """
    _check_level(level)
    matrix = np.asarray(codes, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] < 2:
        raise ValueError(f"codes has shape {matrix.shape}; give units in rows and at least 2 coders in columns.")
    paired = (~np.isnan(matrix)).sum(axis=1) >= 2
    used = matrix[paired]
    values = np.unique(used[~np.isnan(used)])
    counts = (used[:, :, None] == values).sum(axis=1).astype(np.float64)
    units, left_out = int(used.shape[0]), int((~paired).sum())
    # Pairs within each unit, a unit's codes counted as often as it has others to be compared with.
    per_unit = counts.sum(axis=1)
    pairs = (counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(values.size)) / (
        per_unit[:, None, None] - 1.0
    )
    total = pairs.sum(axis=0)
    rest = (units, left_out, int(per_unit.sum()), metric, level)
    value, observed, expected = _alpha(total, values, metric)
    if value is None:
        why = "All codes are one value, so nothing could agree beyond chance." if units else "No unit has two codes."
        return Alpha(Coefficient(None, why_absent=why), observed, expected, *rest)
    left = [_alpha(total - pairs[u], values, metric)[0] for u in range(units)]
    if units < 3 or None in left:
        why = "Too few units vary for an interval."
        return Alpha(Coefficient(value, why_absent=why), observed, expected, *rest)
    apart = np.array(left, dtype=np.float64)
    se = float(np.sqrt((units - 1) / units * ((apart - apart.mean()) ** 2).sum()))
    if not se > 1e-12:
        return Alpha(
            Coefficient(value, why_absent="The coders agree on everything, so no interval can be given."),
            observed,
            expected,
            *rest,
        )
    half = float(stdtrit(units - 1, 0.5 + level / 2.0)) * se
    return Alpha(Coefficient(value, max(-1.0, value - half), min(1.0, value + half)), observed, expected, *rest)


def _alpha(pairs: Floats, values: Floats, metric: Metric) -> tuple[float | None, float | None, float | None]:
    """Alpha with observed and expected disagreement, from the coincidences."""
    of_value = pairs.sum(axis=1)
    n = float(of_value.sum())
    if n < 2.0:
        return None, None, None
    apart = _distances(of_value, values, metric)
    observed = float((pairs * apart).sum()) / n
    expected = float((np.outer(of_value, of_value) * apart).sum()) / (n * (n - 1.0))
    return (1.0 - observed / expected if expected > 1e-15 else None), observed, expected


def _distances(of_value: Floats, values: Floats, metric: Metric) -> Floats:
    if metric == "nominal":
        return 1.0 - np.eye(values.size)
    if metric == "interval":
        return np.asarray(np.subtract.outer(values, values) ** 2)
    middle = np.cumsum(of_value) - of_value / 2.0
    return np.asarray(np.subtract.outer(middle, middle) ** 2)


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; give a share between 0 and 1, e.g. 0.95.")
