"""Agreement of repeated measurements of the same people: raters, or two occasions of one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri, ndtri

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient with its limits; None with the reason in `why_absent` when it cannot be computed."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why_absent: str | None = None


@dataclass(frozen=True, slots=True)
class IntraclassCorrelations:
    """The six intraclass correlations of Shrout & Fleiss; McGraw & Wong's names in brackets.

    one_way : ICC(1,1) [ICC(1)], each person rated by other raters
    agreement : ICC(2,1) [ICC(A,1)], same raters for all, their mean differences count as disagreement
    consistency : ICC(3,1) [ICC(C,1)], same raters for all, their mean differences do not count
    *_average : the same for the average of the k ratings, ICC(1,k), ICC(2,k), ICC(3,k)
    mean_square_* : between persons, between raters (or occasions), residual, within persons
    n : persons with every rating; left_out : persons with one absent; k : ratings a person
    """

    one_way: Coefficient
    agreement: Coefficient
    consistency: Coefficient
    one_way_average: Coefficient
    agreement_average: Coefficient
    consistency_average: Coefficient
    mean_square_persons: float
    mean_square_raters: float
    mean_square_residual: float
    mean_square_within: float
    n: int
    left_out: int
    k: int
    level: float


@dataclass(frozen=True, slots=True)
class Retest:
    """Stability of a score over two occasions.

    pearson : correlation, Fisher's z limits; blind to a shift of the mean
    agreement : ICC(2,1); a shift of the mean counts against it
    consistency : ICC(3,1); it does not
    mean_change, sd_change : second minus first, raw points
    sem : standard error of measurement from the residual between the occasions, sd_change / sqrt(2)
    smallest_detectable_change : quantile at `level` times sd_change
    sd_first, sd_second : raw points
    n : persons with both; left_out : with one absent
    """

    pearson: Coefficient
    agreement: Coefficient
    consistency: Coefficient
    mean_change: float
    sd_change: float
    sem: float
    smallest_detectable_change: float
    sd_first: float
    sd_second: float
    n: int
    left_out: int
    level: float


def intraclass_correlations(ratings: ArrayLike, *, level: float = 0.95) -> IntraclassCorrelations:
    """Intraclass correlations of n persons by k ratings, with F intervals.

    ratings : (n, k), NaN where absent; persons with an absent rating are left out and counted
    Source: Shrout & Fleiss (1979); McGraw & Wong (1996, Tables 4 and 7), the agreement form with
    their Satterthwaite degrees of freedom. Negative values are returned as they are.

    >>> table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> icc = intraclass_correlations(table)
    >>> round(icc.one_way.value, 2), round(icc.agreement.value, 2), round(icc.consistency.value, 2)
    (0.17, 0.29, 0.71)
    """
    _check_level(level)
    matrix = np.asarray(ratings, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] < 2:
        raise ValueError(f"ratings has shape {matrix.shape}; give persons in rows and at least 2 ratings in columns.")
    if np.isinf(matrix).any():
        raise ValueError("ratings holds an infinite value; use NaN where a rating is absent.")
    used = matrix[~np.isnan(matrix).any(axis=1)]
    n, k = used.shape
    if n < 2:
        raise ValueError(f"{n} person(s) have every rating; at least 2 are needed.")
    persons, raters, residual, within = _mean_squares(used)
    tail = (1.0 - level) / 2.0
    one = _one_ratio(persons, within, n - 1.0, n * (k - 1.0), k, tail)
    consistency = _one_ratio(persons, residual, n - 1.0, (n - 1.0) * (k - 1.0), k, tail)
    agreement = _agreement(persons, raters, residual, n, k, tail)
    return IntraclassCorrelations(
        one_way=one[0],
        agreement=agreement[0],
        consistency=consistency[0],
        one_way_average=one[1],
        agreement_average=agreement[1],
        consistency_average=consistency[1],
        mean_square_persons=persons,
        mean_square_raters=raters,
        mean_square_residual=residual,
        mean_square_within=within,
        n=n,
        left_out=matrix.shape[0] - n,
        k=k,
        level=level,
    )


def retest_reliability(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Retest:
    """Test-retest reliability of one scale from two occasions between which nothing should change.

    first, second : (n,) raw points, same people, same order; NaN where absent
    Sources: Fisher (1921) for the limits of r; McGraw & Wong (1996) for the intraclass correlations;
    de Vet et al. (2006) for the standard error of measurement and the smallest detectable change.

    >>> retest = retest_reliability([10, 12, 9, 15, 20, 8], [11, 12, 10, 14, 22, 9])
    >>> round(retest.pearson.value, 3), round(retest.agreement.value, 3), round(retest.sem, 2)
    (0.976, 0.969, 0.73)
    """
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.ndim != 1 or one.shape != two.shape:
        raise ValueError(f"first has shape {one.shape} and second {two.shape}; give one score a person in each.")
    pairs = np.column_stack([one, two])
    icc = intraclass_correlations(pairs, level=level)
    used = pairs[~np.isnan(pairs).any(axis=1)]
    change = used[:, 1] - used[:, 0]
    sd_change = float(change.std(ddof=1))
    sd_first, sd_second = (float(sd) for sd in used.std(axis=0, ddof=1))
    return Retest(
        pearson=_pearson(used, level),
        agreement=icc.agreement,
        consistency=icc.consistency,
        mean_change=float(change.mean()),
        sd_change=sd_change,
        sem=sd_change / float(np.sqrt(2.0)),
        smallest_detectable_change=float(ndtri(0.5 + level / 2.0)) * sd_change,
        sd_first=sd_first,
        sd_second=sd_second,
        n=icc.n,
        left_out=icc.left_out,
        level=level,
    )


def _mean_squares(used: Floats) -> tuple[float, float, float, float]:
    """Mean squares between persons, between raters, residual, and within persons."""
    n, k = used.shape
    centred = used - used.mean()
    of_persons, of_raters = centred.mean(axis=1), centred.mean(axis=0)
    residual = centred - of_persons[:, None] - of_raters[None, :]
    between = k * float(of_persons @ of_persons)
    raters = n * float(of_raters @ of_raters)
    rest = float((residual**2).sum())
    return (
        between / (n - 1),
        raters / (k - 1),
        rest / ((n - 1) * (k - 1)),
        (raters + rest) / (n * (k - 1)),
    )


def _one_ratio(
    signal: float, noise: float, df1: float, df2: float, k: int, tail: float
) -> tuple[Coefficient, Coefficient]:
    """Single and average forms that depend on the data through one F ratio."""
    if not signal + (k - 1) * noise > 0.0:
        absent = Coefficient(None, why_absent="The ratings do not vary between persons.")
        return absent, absent
    value = (signal - noise) / (signal + (k - 1) * noise)
    if not signal > 0.0:
        single = Coefficient(value, why_absent="The persons' averages do not vary, so no interval can be given.")
        return single, Coefficient(None, why_absent="The persons' averages do not vary.")
    average = (signal - noise) / signal
    if not noise > 0.0:
        why = "The ratings of a person do not differ, so no interval can be given."
        return Coefficient(value, why_absent=why), Coefficient(average, why_absent=why)
    ratio = signal / noise
    low = ratio / float(fdtri(df1, df2, 1.0 - tail))
    high = ratio * float(fdtri(df2, df1, 1.0 - tail))
    return (
        Coefficient(value, (low - 1.0) / (low + k - 1.0), (high - 1.0) / (high + k - 1.0)),
        Coefficient(average, 1.0 - 1.0 / low, 1.0 - 1.0 / high),
    )


def _agreement(
    persons: float, raters: float, residual: float, n: int, k: int, tail: float
) -> tuple[Coefficient, Coefficient]:
    denominator = persons + (k - 1) * residual + k * (raters - residual) / n
    of_average = persons + (raters - residual) / n
    if not denominator > 0.0 or not of_average > 0.0:
        absent = Coefficient(None, why_absent="The ratings do not vary.")
        return absent, absent
    value = (persons - residual) / denominator
    average = (persons - residual) / of_average
    if not value < 1.0 or not residual > 0.0 or not persons > 0.0:
        why = "One of the variance components is zero, so no interval can be given."
        return Coefficient(value, why_absent=why), Coefficient(average, why_absent=why)
    # McGraw & Wong (1996, Table 7): a and b weigh the two error mean squares, v is their joint df.
    a = k * value / (n * (1.0 - value))
    b = 1.0 + k * value * (n - 1.0) / (n * (1.0 - value))
    v = (a * raters + b * residual) ** 2 / (
        (a * raters) ** 2 / (k - 1.0) + (b * residual) ** 2 / ((n - 1.0) * (k - 1.0))
    )
    error = k * raters + (k * n - k - n) * residual
    lower = float(fdtri(n - 1.0, v, 1.0 - tail))
    upper = float(fdtri(v, n - 1.0, 1.0 - tail))
    low = n * (persons - lower * residual) / (lower * error + n * persons)
    high = n * (upper * persons - residual) / (error + n * upper * persons)
    if not low <= value <= high:
        why = "The approximate limits do not enclose the value: too few persons for the difference between raters."
        return Coefficient(value, why_absent=why), Coefficient(average, why_absent=why)
    return (
        Coefficient(value, low, high),
        Coefficient(average, k * low / (1.0 + (k - 1.0) * low), k * high / (1.0 + (k - 1.0) * high)),
    )


def _pearson(used: Floats, level: float) -> Coefficient:
    n = used.shape[0]
    centred = used - used.mean(axis=0)
    squares = (centred**2).sum(axis=0)
    if not (squares > 0.0).all():
        return Coefficient(None, why_absent="One of the occasions does not vary.")
    r = float(np.clip(centred[:, 0] @ centred[:, 1] / np.sqrt(squares[0] * squares[1]), -1.0, 1.0))
    if n < 4:
        return Coefficient(r, why_absent=f"Fisher's interval needs at least 4 persons; there are {n}.")
    if abs(r) >= 1.0:
        return Coefficient(r, why_absent="The correlation is perfect, so no interval can be given.")
    half = float(ndtri(0.5 + level / 2.0)) / float(np.sqrt(n - 3.0))
    z = float(np.arctanh(r))
    return Coefficient(r, float(np.tanh(z - half)), float(np.tanh(z + half)))


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; give a share between 0 and 1, e.g. 0.95.")
