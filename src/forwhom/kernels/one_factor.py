"""One common factor behind a correlation matrix: by maximum likelihood or by least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Floats = NDArray[np.float64]

_ITERATIONS = 200
_GRADIENT = 1e-9
# A unique variance this close to zero is a factor that one item defines alone.
_IMPROPER = 1e-4


@dataclass(frozen=True, slots=True)
class OneFactor:
    """A one-factor solution of a correlation matrix.

    loadings : (k,) with a sum of 0 or above; unique : (k,) unique variances
    converged : the gradient reached zero
    improper : items whose unique variance is zero or negative (Heywood case), as column numbers from 0
    """

    loadings: Floats
    unique: Floats
    converged: bool
    improper: tuple[int, ...]

    @property
    def implied(self) -> Floats:
        """Correlation matrix the model implies."""
        return np.outer(self.loadings, self.loadings) + np.diag(self.unique)


@dataclass(frozen=True, slots=True)
class FactorFit:
    """How well one factor describes the items: maximum likelihood chi-square and two sizes of misfit."""

    chi_square: float
    df: int
    p: float | None
    rmsea: float | None
    srmr: float


def maximum_likelihood(correlation: Floats) -> OneFactor:
    """One factor by maximum likelihood (Joreskog, 1967), unique variances free to turn negative.

    correlation : (k, k) positive definite, k >= 3. Newton's method, or Fisher scoring where
        it does not apply, on loadings and unique variances.
    Raises ValueError for fewer than three items: one factor is then not identified.

    >>> loadings = np.array([0.8, 0.7, 0.6, 0.5])
    >>> exact = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    >>> maximum_likelihood(exact).loadings.round(6)
    array([0.8, 0.7, 0.6, 0.5])
    """
    k = _identified(correlation)
    loadings = _start(correlation)
    unique = np.clip(1.0 - loadings**2, 0.05, 0.95)
    inverse, value = _discrepancy(correlation, loadings, unique)
    converged = False
    for _ in range(_ITERATIONS):
        gradient = likelihood_gradient(correlation, inverse, loadings)
        if np.abs(gradient).max() < _GRADIENT:
            converged = True
            break
        step = _descent(correlation, inverse, loadings, gradient)
        size, moved = 1.0, False
        while size > 1e-6 and not moved:
            try:
                tried = loadings + size * step[:k], unique + size * step[k:]
                new_inverse, new_value = _discrepancy(correlation, *tried)
                moved = new_value <= value + 1e-12 * abs(value)
            except np.linalg.LinAlgError:
                moved = False
            if not moved:
                size /= 2.0
        if not moved:
            break
        (loadings, unique), inverse, value = tried, new_inverse, new_value
    return _solution(loadings, unique, converged)


def least_squares(correlation: Floats) -> OneFactor:
    """One factor by unweighted least squares on the off-diagonal (minimum residual; Harman & Jones, 1966).

    correlation : (k, k), k >= 3; it need not be positive definite, which suits polychoric correlations.

    >>> loadings = np.array([0.8, 0.7, 0.6, 0.5])
    >>> least_squares(np.outer(loadings, loadings) + np.diag(1 - loadings**2)).loadings.round(6)
    array([0.8, 0.7, 0.6, 0.5])
    """
    k = _identified(correlation)
    loadings = _start(correlation)
    value = _off_diagonal_loss(correlation, loadings)
    damping, converged = 0.0, False
    for _ in range(_ITERATIONS):
        residual = correlation - np.outer(loadings, loadings)
        np.fill_diagonal(residual, 0.0)
        gradient = -residual @ loadings
        if np.abs(gradient).max() < _GRADIENT:
            converged = True
            break
        hessian = least_squares_hessian(correlation, loadings)
        lowest = float(np.linalg.eigvalsh(hessian)[0])
        ridge = max(damping, 1e-6 - lowest if lowest < 1e-6 else 0.0)
        tried = loadings - np.linalg.solve(hessian + ridge * np.eye(k), gradient)
        new_value = _off_diagonal_loss(correlation, tried)
        if new_value <= value * (1.0 + 1e-12) + 1e-300:
            loadings, value, damping = tried, new_value, damping / 10.0 if damping > 1e-8 else 0.0
        else:
            damping = max(10.0 * damping, 1e-3)
            if damping > 1e8:
                break
    return _solution(loadings, 1.0 - loadings**2, converged)


def factor_fit(correlation: Floats, factor: OneFactor, n: int) -> FactorFit:
    """Fit of a maximum likelihood solution; chi-square is n times the discrepancy, as lavaan counts it."""
    k = correlation.shape[0]
    implied = factor.implied
    _, log_implied = np.linalg.slogdet(implied)
    _, log_observed = np.linalg.slogdet(correlation)
    distance = float(log_implied - log_observed + np.trace(np.linalg.solve(implied, correlation)) - k)
    chi_square = max(n * distance, 0.0)
    df = k * (k - 3) // 2
    residual = (correlation - implied)[np.tril_indices(k)]
    return FactorFit(
        chi_square=chi_square,
        df=df,
        p=float(chdtrc(df, chi_square)) if df > 0 else None,
        rmsea=float(np.sqrt(max(chi_square / n - df / n, 0.0) / df)) if df > 0 else None,
        srmr=float(np.sqrt(np.mean(residual**2))),
    )


def likelihood_gradient(correlation: Floats, inverse: Floats, loadings: Floats) -> Floats:
    """Gradient of half the ML discrepancy by (loadings, unique variances); inverse of the implied matrix."""
    misfit = inverse - inverse @ correlation @ inverse
    return np.concatenate([misfit @ loadings, 0.5 * np.diag(misfit)])


def expected_information(inverse: Floats, loadings: Floats) -> Floats:
    """Expected second derivatives of half the ML discrepancy, (2k, 2k)."""
    towards = inverse @ loadings
    of_loadings = float(loadings @ towards) * inverse + np.outer(towards, towards)
    mixed = inverse * towards[None, :]
    return np.block([[of_loadings, mixed], [mixed.T, 0.5 * inverse**2]])


def observed_information(correlation: Floats, inverse: Floats, loadings: Floats) -> Floats:
    """Second derivatives of half the ML discrepancy as they are, also when the model does not hold."""
    weighted = inverse @ correlation @ inverse
    misfit = inverse - weighted
    g, m = inverse @ loadings, weighted @ loadings
    of_loadings = np.outer(m, g) + np.outer(g, m)
    of_loadings += float(loadings @ m) * inverse + float(loadings @ g) * weighted
    mixed = weighted * g[None, :] + inverse * m[None, :]
    of_unique = inverse * weighted
    twice = np.block([[of_loadings, mixed], [mixed.T, of_unique]])
    hessian = twice - expected_information(inverse, loadings)
    k = len(loadings)
    hessian[:k, :k] += misfit
    return hessian


def least_squares_hessian(correlation: Floats, loadings: Floats) -> Floats:
    """Second derivatives of half the sum of squared residuals below the diagonal, (k, k)."""
    hessian = 2.0 * np.outer(loadings, loadings) - correlation
    squares = loadings**2
    np.fill_diagonal(hessian, squares.sum() - squares)
    return hessian


def _identified(correlation: Floats) -> int:
    k = int(correlation.shape[0])
    if correlation.shape != (k, k) or k < 3:
        raise ValueError(f"correlation has shape {correlation.shape}; one factor needs a square matrix of 3 or more.")
    return k


def _start(correlation: Floats) -> Floats:
    values, vectors = np.linalg.eigh(correlation)
    first = vectors[:, -1] * np.sqrt(max(float(values[-1]), 0.1))
    return np.asarray(np.clip(0.9 * first, -0.95, 0.95) * (1.0 if first.sum() >= 0.0 else -1.0))


def _discrepancy(correlation: Floats, loadings: Floats, unique: Floats) -> tuple[Floats, float]:
    """Inverse of the implied matrix and half of log det + trace; LinAlgError unless positive definite."""
    implied = np.outer(loadings, loadings) + np.diag(unique)
    factor = np.linalg.cholesky(implied)
    half_inverse = np.linalg.inv(factor)
    inverse = half_inverse.T @ half_inverse
    value = float(np.log(np.diag(factor)).sum()) + 0.5 * float((correlation * inverse).sum())
    return inverse, value


def _descent(correlation: Floats, inverse: Floats, loadings: Floats, gradient: Floats) -> Floats:
    """Newton's step where the likelihood curves upward, otherwise the scoring step."""
    try:
        factor = np.linalg.cholesky(observed_information(correlation, inverse, loadings))
    except np.linalg.LinAlgError:
        return np.asarray(-np.linalg.lstsq(expected_information(inverse, loadings), gradient, rcond=None)[0])
    return np.asarray(-np.linalg.solve(factor.T, np.linalg.solve(factor, gradient)))


def _off_diagonal_loss(correlation: Floats, loadings: Floats) -> float:
    residual = correlation - np.outer(loadings, loadings)
    np.fill_diagonal(residual, 0.0)
    return 0.25 * float((residual**2).sum())


def _solution(loadings: Floats, unique: Floats, converged: bool) -> OneFactor:
    if loadings.sum() < 0.0:
        loadings = -loadings
    improper = tuple(int(j) for j in np.flatnonzero(unique < _IMPROPER))
    return OneFactor(loadings, unique, converged, improper)
