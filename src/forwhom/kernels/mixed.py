"""The linear mixed model, by profiled (restricted) maximum likelihood.

    y = X beta + sum over levels of Z_l b_l + e,   b_l of each group ~ N(0, tau_l),   e ~ N(0, sigma2)

Model and criterion are those of lme4 (Bates, Maechler, Bolker & Walker 2015, J Stat Softw 67(1),
doi:10.18637/jss.v067.i01). The rows are read once; after that the cost of an evaluation depends on the number of
groups that differ in design, not on the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mixed_blocks import make_blocks
from forwhom.kernels.mixed_crossed import make_crossed
from forwhom.kernels.mixed_derivatives import criterion
from forwhom.kernels.mixed_groups import Floats, Level
from forwhom.kernels.mixed_parameters import (
    AnyBlocks,
    boundary_words,
    covariances,
    factors,
    minimise,
    moments,
    theta_to_x,
    vector,
)
from forwhom.kernels.mixed_rows import Rows

__all__ = ["Level", "MixedFit", "fit_crossed", "fit_mixed"]

Method = Literal["REML", "ML"]


@dataclass(frozen=True, slots=True)
class MixedFit:
    """A fitted mixed model.

    beta : (p,) fixed effects, in units of y per unit of X; beta_cov : (p, p) their covariance matrix
    sigma2 : residual variance; tau : per level (q, q) covariance matrix of the random effects
    theta : elements of the Cholesky factors of tau / sigma2, column by column, levels as given (lme4's theta)
    deviance : -2 log-likelihood (restricted for REML), the criterion minimised; loglik : -deviance / 2
    n_rows, n_groups : rows, and groups per level (rows coded -1 at a level are in none)
    converged : no step lowers the criterion by more than rounding; iterations : Newton steps
    gradient_norm : largest absolute slope of the criterion in the whitened parameters
    singular : an estimate lies on the boundary (a variance of 0, a correlation of -1 or 1); message says which
    method : "REML" or "ML"; n_parameters : fixed effects, variances and covariances together
    blocks, whitened : cross-products per group and the optimiser's parameters, for what is computed from a fit
    shift : what weights and correlated residuals add to the deviance; rows : these, None where there are none
    kept : derivatives at the estimates, once computed
    """

    beta: Floats
    beta_cov: Floats
    sigma2: float
    tau: tuple[Floats, ...]
    theta: Floats
    deviance: float
    loglik: float
    n_rows: int
    n_groups: tuple[int, ...]
    converged: bool
    iterations: int
    gradient_norm: float
    singular: bool
    message: str
    method: Method
    n_parameters: int
    blocks: AnyBlocks = field(repr=False, compare=False)
    whitened: Floats = field(repr=False, compare=False)
    shift: float = 0.0
    rows: Rows | None = field(default=None, repr=False, compare=False)
    # Not an argument, so that a changed copy starts empty.
    kept: dict[str, Any] = field(init=False, default_factory=dict, repr=False, compare=False)


def fit_mixed(
    y: NDArray[np.floating],
    X: NDArray[np.floating],
    levels: Sequence[Level],
    *,
    method: Method = "REML",
    start: NDArray[np.floating] | None = None,
) -> MixedFit:
    """Fit a linear mixed model with one or more nested grouping factors.

    y : (N,) outcome; X : (N, p) fixed effects, the constant included; no absent values
    levels : innermost grouping first (patient, then therapist); every outer factor constant within inner groups
    method : "REML" for estimates and tests; "ML" to compare models that differ in X
    start : theta to start from; by default moments of the data

    Raises ValueError when levels are not nested, columns are collinear, or groups are too few or too small.
    Source: Bates et al. (2015). Compared with lme4 and nlme in validation/mixed.

    >>> weight = np.array([2.0, 4.0, 5.0, 7.0, 1.0, 2.0])
    >>> batch = np.array([0, 0, 1, 1, 2, 2])
    >>> fit = fit_mixed(weight, np.ones((6, 1)), [Level(np.ones((6, 1)), batch)])
    >>> fit.beta.round(3), round(fit.sigma2, 3), fit.tau[0].round(3)
    (array([3.5]), 1.5, array([[4.5]]))
    """
    return _fitted(make_blocks(y, X, tuple(levels)), method, start)


def fit_crossed(
    y: NDArray[np.floating],
    X: NDArray[np.floating],
    levels: Sequence[Level],
    *,
    method: Method = "REML",
    start: NDArray[np.floating] | None = None,
) -> MixedFit:
    """Fit a linear mixed model whose grouping factors may be crossed, in any arrangement.

    y, X, method, start : as for `fit_mixed`; levels : the one with most groups first. Time grows with the cube of the
    number of random effects of the other levels. Where levels are nested the same numbers as of `fit_mixed`.

    >>> score = np.array([3.0, 5.0, 4.0, 6.0, 8.0, 6.0, 1.0, 4.0, 5.0])
    >>> rater, person = np.tile([0, 1, 2], 3), np.repeat([0, 1, 2], 3)
    >>> one = np.ones((9, 1))
    >>> fit = fit_crossed(score, one, [Level(one, person), Level(one, rater)])
    >>> fit.beta.round(3), [tau.round(3).item() for tau in fit.tau]
    (array([4.667]), [2.722, 1.056])
    """
    return _fitted(make_crossed(y, X, tuple(levels)), method, start)


def _fitted(blocks: AnyBlocks, method: Method, start: NDArray[np.floating] | None) -> MixedFit:
    if method not in ("REML", "ML"):
        raise ValueError(f"method must be 'REML' or 'ML', not {method!r}.")
    x = moments(blocks) if start is None else theta_to_x(blocks, np.asarray(start, dtype=np.float64))
    reml = method == "REML"
    found = minimise(blocks, x, reml=reml)
    now = criterion(blocks, covariances(blocks, found.x), reml=reml, order=0)
    sigma2 = now.rss / (blocks.n_rows - blocks.n_fixed if reml else blocks.n_rows)
    roots = [back @ factor for back, factor in zip(blocks.back, factors(blocks, found.x), strict=True)]
    words = boundary_words(blocks, found.x)
    if not found.converged:
        words.append(f"the search stopped after {found.iterations} steps without reaching a minimum")
    return MixedFit(
        beta=blocks.x_back @ now.beta + blocks.y_shift,
        beta_cov=sigma2 * blocks.x_back @ now.unscaled @ blocks.x_back.T,
        sigma2=sigma2,
        tau=tuple(sigma2 * root @ root.T for root in roots),
        theta=vector(blocks, roots),
        deviance=found.value,
        loglik=-found.value / 2,
        n_rows=blocks.n_rows,
        n_groups=tuple(int(grouping.real.sum()) for grouping in blocks.groupings),
        converged=found.converged,
        iterations=found.iterations,
        gradient_norm=float(np.abs(found.gradient).max()),
        singular=bool(words) and found.converged,
        message="; ".join(words),
        method=method,
        n_parameters=blocks.n_fixed + len(found.x) + 1,
        blocks=blocks,
        whitened=found.x,
    )
