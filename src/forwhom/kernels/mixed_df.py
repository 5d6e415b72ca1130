"""Small-sample degrees of freedom for contrasts of the fixed effects of a mixed model.

Satterthwaite: as lmerTest (Kuznetsova, Brockhoff & Christensen 2017, J Stat Softw 82(13), doi:10.18637/jss.v082.i13),
several rows after Fai & Cornelius (1996). Kenward-Roger: Kenward & Roger (1997, Biometrics 53, 983-997) for covariance
matrices linear in their parameters, with the expected information, as pbkrtest (Halekoh & Hojsgaard 2014, J Stat Softw
59(9), doi:10.18637/jss.v059.i09). Both use exact derivatives and never form the N x N covariance matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forwhom.kernels.mixed import MixedFit
from forwhom.kernels.mixed_derivatives import Criterion, criterion
from forwhom.kernels.mixed_groups import Floats
from forwhom.kernels.mixed_parameters import covariances, layout
from forwhom.kernels.repeated_df import Contrasts, FTest

__all__ = [
    "kenward_roger",
    "kenward_roger_f",
    "parameter_covariance",
    "satterthwaite",
    "satterthwaite_f",
    "unidentified",
]

# Directions of the Hessian flatter than this, relative to the steepest, say nothing about a parameter.
FLAT = 1e-10
# Expected information below this, in units of each parameter's own, is none.
SAME = 1e-10


@dataclass(frozen=True, slots=True)
class _Small:
    """phi, adjusted : (p, p) covariance of the coefficients, plain and adjusted; change : (r, p, p) derivatives of phi
    by r covariance parameters; weight : (r, r) covariance matrix of their estimates."""

    phi: Floats
    adjusted: Floats
    change: Floats
    weight: Floats


def satterthwaite(fit: MixedFit, contrasts: ArrayLike, *, level: float = 0.95) -> Contrasts:
    """Wald t of each row of `contrasts` (k, p) or (p,) with Satterthwaite degrees of freedom.

    A variance estimated as 0 counts as known. Raises ValueError when the fit has not converged.

    >>> from forwhom.kernels.mixed import Level, fit_mixed
    >>> weight = np.array([2.0, 4.0, 5.0, 7.0, 1.0, 2.0])
    >>> fit = fit_mixed(weight, np.ones((6, 1)), [Level(np.ones((6, 1)), np.repeat([0, 1, 2], 2))])
    >>> result = satterthwaite(fit, [1.0])
    >>> result.estimate.round(6), result.df.round(6)
    (array([3.5]), array([2.]))
    """
    rows = _rows(fit, contrasts)
    small = _satterthwaite(fit)
    return _table(fit, rows, fit.beta_cov, _df(rows, small), level, "Satterthwaite, observed information")


def kenward_roger(fit: MixedFit, contrasts: ArrayLike, *, level: float = 0.95) -> Contrasts:
    """Wald t of each row of `contrasts` with Kenward-Roger standard errors and degrees of freedom.

    Raises ValueError when the fit has not converged or was not fitted by REML, on which the method rests.

    >>> from forwhom.kernels.mixed import Level, fit_mixed
    >>> weight = np.array([2.0, 4.0, 5.0, 7.0, 1.0, 2.0])
    >>> fit = fit_mixed(weight, np.ones((6, 1)), [Level(np.ones((6, 1)), np.repeat([0, 1, 2], 2))])
    >>> kenward_roger(fit, [1.0]).df.round(6)
    array([2.])
    """
    rows = _rows(fit, contrasts)
    small = _kenward_roger(fit)
    return _table(fit, rows, small.adjusted, _df(rows, small), level, "Kenward-Roger, expected information")


def satterthwaite_f(fit: MixedFit, contrasts: ArrayLike) -> FTest:
    """Joint F test of the rows of `contrasts` (Fai & Cornelius, 1996). Rows must be linearly independent."""
    rows = _independent(_rows(fit, contrasts))
    small = _satterthwaite(fit)
    values, vectors = np.linalg.eigh(rows @ small.phi @ rows.T)
    turned = vectors.T @ rows
    k = len(rows)
    f = float(np.mean((turned @ fit.beta) ** 2 / values))
    df = _df(turned, small)
    if k == 1 or np.ptp(df) < 1e-8:
        denominator = float(df.mean())
    else:
        # Below 2 the mean of F does not exist, and the published rule falls back to 2.
        total = float(np.sum(df / (df - 2))) if (df > 2).all() else 0.0
        denominator = 2.0 * total / (total - k) if total > k else 2.0
    return _f_test(f, 1.0, k, denominator, "Satterthwaite, observed information")


def kenward_roger_f(fit: MixedFit, contrasts: ArrayLike) -> FTest:
    """Joint scaled F test of the rows of `contrasts` (Kenward & Roger, 1997, section 3). Rows must be independent."""
    rows = _independent(_rows(fit, contrasts))
    small = _kenward_roger(fit)
    k = len(rows)
    inverse = np.linalg.inv(rows @ small.phi @ rows.T)
    # Derivatives of phi, in units of its part along the rows: the paper's Theta Phi P_i Phi up to sign.
    along = inverse @ (rows @ small.change @ rows.T)
    trace = np.einsum("iaa->i", along)
    a1 = float(trace @ small.weight @ trace)
    a2 = float(np.einsum("ij,iab,jba->", small.weight, along, along))
    b = (a1 + 6 * a2) / (2 * k)
    g = ((k + 1) * a1 - (k + 4) * a2) / ((k + 2) * a2)
    below = 3 * k + 2 * (1 - g)
    v0, v1, v2 = 1 + g / below * b, 1 - (k - g) / below * b, 1 - (k + 2 - g) / below * b
    v0 = 0.0 if abs(v0) < 1e-10 else v0
    left = 1 - a2 / k
    # Both factors vanish together where the approximation is exact.
    ratio = 1.0 if max(abs(left), abs(v1)) < 1e-10 else left / v1
    denominator = 4 + (k + 2) / (ratio**2 * v0 / v2 - 1)
    scale = 1.0 if abs(denominator - 2) < 1e-2 else denominator * left / (denominator - 2)
    value = rows @ fit.beta
    wald = float(value @ np.linalg.solve(rows @ small.adjusted @ rows.T, value)) / k
    return _f_test(scale * wald, scale, k, denominator, "Kenward-Roger, expected information")


def _point(fit: MixedFit) -> Criterion:
    if not fit.converged:
        raise ValueError(f"The fit has not converged ({fit.message}): its standard errors mean nothing.")
    if "point" not in fit.kept:
        fit.kept["point"] = criterion(fit.blocks, covariances(fit.blocks, fit.whitened), reml=fit.method == "REML")
    now: Criterion = fit.kept["point"]
    return now


def _satterthwaite(fit: MixedFit) -> _Small:
    """Parameters: Cholesky elements and the residual standard deviation; information from the Hessian."""
    if fit.rows is not None and fit.rows.series is not None:
        weight, change = _numeric(fit)
        return _Small(fit.beta_cov, fit.beta_cov, change, weight)
    now = _point(fit)
    slope = layout(fit.blocks.bases).second @ fit.whitened
    weight = parameter_covariance(fit)
    back = fit.blocks.x_back
    by_element = -fit.sigma2 * now.unscaled @ now.information1 @ now.unscaled
    by_residual = 2.0 * np.sqrt(fit.sigma2) * now.unscaled
    change = np.concatenate((np.tensordot(slope.T, by_element, axes=1), by_residual[None]))
    return _Small(fit.beta_cov, fit.beta_cov, back @ change @ back.T, weight)


def parameter_covariance(fit: MixedFit) -> Floats:
    """Covariance (r, r) of the covariance parameters, twice the inverse Hessian of the deviance; 0 where that is flat.

    Parameters: elements of the whitened Cholesky factors and the residual standard deviation; with autoregressive
    residuals the elements, rho and the log of the residual standard deviation.
    """
    if fit.rows is not None and fit.rows.series is not None:
        return _numeric(fit)[0]
    now = _point(fit)
    x, second = fit.whitened, layout(fit.blocks.bases).second
    slope = second @ x
    df = fit.n_rows - (fit.blocks.n_fixed if fit.method == "REML" else 0)
    sigma = np.sqrt(fit.sigma2)
    n = len(x)
    hessian = np.empty((n + 1, n + 1))
    # The profiled Hessian is that of the full criterion less what profiling sigma out takes away.
    full = now.hessian + df * np.outer(now.rss1, now.rss1) / now.rss**2
    hessian[:n, :n] = slope.T @ full @ slope + np.tensordot(now.gradient, second, axes=1)
    hessian[:n, n] = hessian[n, :n] = -2.0 * (slope.T @ now.rss1) / sigma**3
    hessian[n, n] = 4.0 * df / fit.sigma2
    return _inverse(hessian, FLAT)


def unidentified(fit: MixedFit) -> Floats:
    """Directions (m, r) in which the covariance parameters do not change the (restricted) likelihood at all.

    Parameters: a factor on all of V, then the elements of the whitened T of every level. Empty (0, r) where the data tell
    all of them apart: the usual case.
    """
    scaled, scale = _scaled(_information(fit)[0])
    value, axes = np.linalg.eigh(scaled)
    return np.asarray(axes[:, value < SAME * value[-1]].T / scale)


def _numeric(fit: MixedFit) -> tuple[Floats, Floats]:
    """Covariance of the parameters, and derivatives of the covariance of beta by them."""
    from forwhom.kernels.mixed_df_autoregressive import curvature

    if not fit.converged:
        raise ValueError(f"The fit has not converged ({fit.message}): its standard errors mean nothing.")
    if "numeric" not in fit.kept:
        hessian, change = curvature(fit)
        # Differences leave rounding of about 1e-6 where the surface is flat.
        fit.kept["numeric"] = _inverse(hessian, 1e-5), change
    found: tuple[Floats, Floats] = fit.kept["numeric"]
    return found


def _inverse(hessian: Floats, flat: float) -> Floats:
    """Twice the inverse on the directions that are curved."""
    value, axes = np.linalg.eigh(hessian)
    known = value > flat * value[-1]
    return np.asarray(2.0 * (axes[:, known] / value[known]) @ axes[:, known].T)


def _kenward_roger(fit: MixedFit) -> _Small:
    """Parameters: a factor on all of V and the elements of every covariance matrix, in which V is linear.

    The factor stands for the residual variance. That is a linear change of parameters, to which the method is
    invariant, and it spares every product with V^-1 V^-1.
    """
    if fit.method != "REML":
        raise ValueError("Kenward-Roger needs a fit by REML. Fit with method='REML', or use Satterthwaite.")
    if fit.rows is not None and fit.rows.series is not None:
        raise ValueError("Kenward-Roger is not available with autoregressive residuals. Use Satterthwaite.")
    now = _point(fit)
    expected, first, second, scaled = _information(fit)
    unit, scale = _scaled(expected)
    value, axes = np.linalg.eigh(unit)
    # What the likelihood does not depend on counts as known, as in pbkrtest.
    known = value > SAME * value[-1]
    weight = 2.0 * (axes[:, known] / value[known]) @ axes[:, known].T / np.outer(scale, scale)
    middle = np.einsum("ij,ijab->ab", weight, second) - np.einsum("ij,iab,jbc->ac", weight, first, scaled)
    adjusted = fit.sigma2 * (now.unscaled + 2.0 * now.unscaled @ middle @ now.unscaled)
    change = -fit.sigma2 * scaled @ now.unscaled
    back = fit.blocks.x_back
    adjusted = back @ ((adjusted + adjusted.T) / 2.0) @ back.T
    return _Small(fit.beta_cov, adjusted, back @ change @ back.T, weight)


def _information(fit: MixedFit) -> tuple[Floats, Floats, Floats, Floats]:
    """Expected information (r, r), twice over, and what Kenward and Roger call -P, Q and -Phi P, (r, p, p) and (r, r, p, p)."""
    now = _point(fit)
    n, p = len(now.logdet1), fit.blocks.n_fixed
    information = np.linalg.inv(now.unscaled)
    first = np.concatenate((-information[None], now.information1))
    second = np.empty((n + 1, n + 1, p, p))
    second[0, 0] = information
    second[0, 1:] = second[1:, 0] = -now.information1
    second[1:, 1:] = now.information2 / 2.0
    trace = np.empty((n + 1, n + 1))
    trace[0, 0] = fit.n_rows
    trace[0, 1:] = trace[1:, 0] = now.logdet1
    trace[1:, 1:] = -now.logdet2
    scaled = now.unscaled @ first
    if fit.method == "REML":
        trace += np.einsum("iab,jba->ij", scaled, scaled) - 2.0 * np.einsum("ab,ijba->ij", now.unscaled, second)
    return trace, first, second, scaled


def _scaled(information: Floats) -> tuple[Floats, Floats]:
    """With a diagonal of 1, and by what (r,) its rows and columns were divided; an element of 0 stays."""
    diagonal = np.diagonal(information)
    scale = np.sqrt(np.where(diagonal > SAME * diagonal.max(), diagonal, diagonal.max()))
    return information / np.outer(scale, scale), scale


def _rows(fit: MixedFit, contrasts: ArrayLike) -> Floats:
    rows = np.atleast_2d(np.asarray(contrasts, dtype=np.float64))
    if rows.ndim != 2 or rows.shape[1] != len(fit.beta) or not np.isfinite(rows).all():
        raise ValueError(f"contrasts must be (k, {len(fit.beta)}) finite weights of the fixed effects.")
    if (rows == 0).all(axis=1).any():
        raise ValueError("A contrast of zeros only tests nothing. Leave it out.")
    return rows


def _independent(rows: Floats) -> Floats:
    if np.linalg.matrix_rank(rows) < len(rows):
        raise ValueError("The rows of a joint test must be linearly independent. Leave out those that follow.")
    return rows


def _df(rows: Floats, small: _Small) -> Floats:
    """2 variance^2 / variance of the variance, per row; infinite where the variance depends on nothing estimated."""
    variance = np.einsum("ka,ab,kb->k", rows, small.phi, rows)
    slope = np.einsum("ka,iab,kb->ki", rows, small.change, rows)
    return np.asarray(2.0 * variance**2 / np.einsum("ki,ij,kj->k", slope, small.weight, slope))


def _table(fit: MixedFit, rows: Floats, covariance: Floats, df: Floats, level: float, method: str) -> Contrasts:
    from scipy.special import stdtr, stdtrit

    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}.")
    estimate = rows @ fit.beta
    variance = np.einsum("ka,ab,kb->k", rows, covariance, rows)
    if not ((variance > 0) & (df > 0)).all():
        raise ValueError(
            f"{method}: the adjusted variance of a fixed effect, or its degrees of freedom, is not above 0."
        )
    se = np.sqrt(variance)
    t = estimate / se
    width = stdtrit(df, (1 + level) / 2) * se
    p = 2.0 * stdtr(df, -np.abs(t))
    return Contrasts(estimate, se, df, t, p, estimate - width, estimate + width, level, covariance, method)


def _f_test(f: float, scale: float, numerator: int, denominator: float, method: str) -> FTest:
    from scipy.special import fdtrc

    return FTest(f, scale, numerator, denominator, float(fdtrc(numerator, denominator, f)), method)
