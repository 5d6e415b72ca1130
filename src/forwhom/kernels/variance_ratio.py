"""Is the outcome more spread out under one arm: the log ratio of standard deviations, without assuming normal outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from forwhom.kernels.cluster_robust import cluster_codes

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
FEWEST = 4
"""People per arm below which leaving one out leaves no spread to speak of."""


@dataclass(frozen=True, slots=True)
class VarianceRatio:
    """Log ratio of the standard deviations of two arms, first over second.

    value : ln(SD1 / SD0), corrected for its bias; above 0 the first arm varies more
    se, df, low, high, p : two-sided, by `method`; df is infinite where limits are normal
    se_normal : what the standard error would be if outcomes were normal and independent (Nakagawa et al., 2015)
    sd : (SD of the first arm, of the second), residual ones with covariates; n : people in each
    """

    value: float
    se: float
    df: float
    low: float
    high: float
    level: float
    p: float
    se_normal: float
    sd: tuple[float, float]
    n: tuple[int, int]
    method: str


def variance_ratio(
    y: ArrayLike,
    first: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> VarianceRatio:
    """lnVR of two arms (Nakagawa et al., 2015, eq. 11) with an interval that does not assume normal outcomes.

    y : (n,) outcome, finite; first : (n,) True in the first arm; covariates : (n, q) to be regressed out within each arm
    cluster : (n,) codes of people treated together, −1 in none

    lnVR = ln(s1 / s0) + 1 / (2 df1) − 1 / (2 df0). Its normal variance 1 / (2 df1) + 1 / (2 df0) is wrong for skewed or
    bounded questionnaire scores. Independent people: Bonett (2006), from the kurtosis pooled over arms about trimmed
    means, normal limits. Clusters: whole clusters left out one by one (Miller, 1968), t.
    Raises ValueError with fewer than four people, or no spread, in an arm.

    >>> made = variance_ratio([1.0, 2.0, 4.0, 8.0, 2.0, 3.0, 3.5, 4.0], [True] * 4 + [False] * 4)
    >>> round(made.value, 2), round(made.se_normal, 2)
    (1.29, 0.58)
    """
    outcome, inside = np.asarray(y, dtype=np.float64), np.asarray(first, dtype=bool)
    if outcome.ndim != 1 or outcome.shape != inside.shape:
        raise ValueError(f"y has shape {outcome.shape} and first {inside.shape}; both must be (n,).")
    extra = np.empty((outcome.size, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    if extra.ndim != 2 or extra.shape[0] != outcome.size:
        raise ValueError(f"covariates have shape {extra.shape}; ({outcome.size}, q) is needed.")
    if not (np.isfinite(outcome).all() and np.isfinite(extra).all()):
        raise ValueError("y and covariates must be finite; leave out people with absent values first.")
    design = np.column_stack([np.ones(outcome.size), extra])
    parts = [_Arm(outcome[m], design[m]) for m in (inside, ~inside)]
    value = parts[0].log_sd - parts[1].log_sd
    if cluster is None:
        variance, df, method = _bonett(parts), np.inf, "Bonett, pooled kurtosis"
    else:
        variance, df = _without_clusters(outcome, design, inside, cluster_codes(cluster, outcome.size))
        method = "jackknife over clusters, t"
    se = float(np.sqrt(variance))
    normal = np.isinf(df)
    half = float(ndtri(0.5 + level / 2.0) if normal else stdtrit(df, 0.5 + level / 2.0)) * se
    tail = float(ndtr(-abs(value) / se) if normal else stdtr(df, -abs(value) / se))
    return VarianceRatio(
        value, se, float(df), value - half, value + half, level, 2.0 * tail,
        float(np.sqrt(sum(1.0 / (2.0 * part.df) for part in parts))),
        (parts[0].sd, parts[1].sd), (parts[0].n, parts[1].n), method,
    )  # fmt: skip


class _Arm:
    """Residual spread of one arm."""

    __slots__ = ("df", "log_sd", "n", "residual", "sd", "squares")

    def __init__(self, y: Array, x: Array) -> None:
        self.n = int(y.size)
        self.df = self.n - x.shape[1]
        if self.df < FEWEST - 1:
            raise ValueError(f"{self.n} people in an arm are too few for a spread; at least {FEWEST - 1 + x.shape[1]}.")
        q = np.linalg.svd(x, full_matrices=False)
        basis = q[0][:, q[1] > 1e-10 * q[1][0]]
        self.df = self.n - basis.shape[1]
        self.residual = y - basis @ (basis.T @ y)
        self.squares = float(self.residual @ self.residual)
        if not self.squares > 1e-20 * max(1.0, float(y @ y)):
            raise ValueError("everybody in an arm has the same outcome, so there is no spread to compare.")
        self.sd = float(np.sqrt(self.squares / self.df))
        self.log_sd = float(np.log(self.sd)) + 1.0 / (2.0 * self.df)

    def fourth(self) -> float:
        """Sum of fourth powers about the mean trimmed by 1 / (2 sqrt(n − 4)) at each end (Bonett, 2006)."""
        cut = int(self.n / (2.0 * np.sqrt(max(self.n - 4.0, 1.0))))
        inner = np.sort(self.residual)[cut : self.n - cut] if 2 * cut < self.n else self.residual
        return float(((self.residual - inner.mean()) ** 4).sum())


def _bonett(parts: list[_Arm]) -> float:
    """Variance of ln(s1 / s0): a quarter of the sum of (kurtosis − (n − 3) / n) / df over the arms."""
    n = sum(part.n for part in parts)
    kurtosis = n * sum(part.fourth() for part in parts) / sum(part.squares for part in parts) ** 2
    return float(sum(max(kurtosis - (part.n - 3.0) / part.n, 1e-6) / part.df for part in parts)) / 4.0


def _without_clusters(y: Array, x: Array, first: NDArray[np.bool_], codes: Codes) -> tuple[float, float]:
    """Variance of the log ratio from leaving clusters out one by one, and its degrees of freedom."""
    n_clusters = int(codes.max()) + 1
    if n_clusters < 3:
        raise ValueError(f"{n_clusters} clusters are too few to leave them out one by one; at least 3 are needed.")
    logs = np.empty(n_clusters)
    for c in range(n_clusters):
        keep = codes != c
        logs[c] = _Arm(y[keep & first], x[keep & first]).log_sd - _Arm(y[keep & ~first], x[keep & ~first]).log_sd
    variance = (n_clusters - 1.0) / n_clusters * float(((logs - logs.mean()) ** 2).sum())
    return variance, n_clusters - 1.0
