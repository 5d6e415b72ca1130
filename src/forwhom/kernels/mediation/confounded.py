"""Indirect effects as functions of the correlation of two errors, for many fits at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forwhom.kernels.mediation.columns import Floats
from forwhom.kernels.mediation.effects import carried, linked
from forwhom.kernels.mediation.linear import Mediation
from forwhom.kernels.mediation.paths import Paths


@dataclass(frozen=True, slots=True)
class Confounded:
    """effect(rho) = plain - rho * spread / sqrt(1 - rho^2 inflation) * pull, per fit (b,)."""

    plain: Floats
    spread: Floats
    inflation: Floats
    pull: Floats

    def effect(self, rho: Floats) -> Floats:
        """(b, g)"""
        with np.errstate(invalid="ignore", divide="ignore"):
            bent = rho * self.spread[:, None] / np.sqrt(1 - rho**2 * self.inflation[:, None])
        return np.asarray(self.plain[:, None] - bent * self.pull[:, None])

    def zero(self) -> float:
        """Correlation at which the first fit's effect is 0."""
        if self.pull[0] == 0:
            return float("nan")
        need = self.plain[0] / self.pull[0]
        return float(need / np.sqrt(self.spread[0] ** 2 + need**2 * self.inflation[0]))


def of_unordered(
    fit: Mediation, paths: Paths, step: Floats, mediator: int, single: int | None, plain: Floats
) -> Confounded:
    """Errors of the mediators given treatment and covariates correlate; that of one is tied to the outcome's as well.

    single : mediator whose effect is meant, None for all together; step (t,) standardised
    """
    inverse = np.linalg.inv(paths.residual)
    own = paths.residual[:, mediator, mediator]
    column = np.sqrt(own)[:, None] * inverse[:, :, mediator]
    shift = paths.ax @ step
    pull = (column * shift).sum(axis=1) if single is None else column[:, single] * shift[:, single]
    return Confounded(plain, _of_outcome(fit, paths), own * inverse[:, mediator, mediator], _scaled(fit, pull))


def of_chain(
    fit: Mediation,
    paths: Paths,
    step: Floats,
    mediator: int,
    other: int | None,
    chain: tuple[int, ...] | None,
    slope: Floats,
    plain: Floats,
) -> Confounded:
    """Mediators in order: every one has an error of its own, given the earlier ones, and two of all errors are tied.

    other : the later mediator, or None for the outcome; chain : the path meant, None for all together
    slope : (b, k) of the outcome on the mediators. With e_j and the outcome's error tied by rho the regression of the
    outcome shifts its slope on mediator i by rho s_u / (s_j sqrt(1 - rho^2)) (I - D)_ji, D holding what mediators do to later ones.
    """
    roots = np.diagonal(np.linalg.cholesky(paths.residual), axis1=1, axis2=2)
    row = np.eye(len(paths.ax[0]))[mediator] - paths.among[:, mediator]
    shift = paths.ax @ step
    if other is None:
        spread = _of_outcome(fit, paths)
        pull = (shift * row).sum(axis=1) if chain is None else carried(paths, chain, shift) * row[:, chain[-1]]
    else:
        assert chain is not None
        spread = roots[:, other]
        place = list(pairwise(chain)).index((mediator, other)) + 1
        pull = carried(paths, chain[:place], shift) * linked(paths, chain[place:]) * slope[:, chain[-1]]
    return Confounded(plain, spread, np.ones(len(paths)), _scaled(fit, pull / roots[:, mediator]))


def _of_outcome(fit: Mediation, paths: Paths) -> Floats:
    """Residual deviation of the outcome with the mediators' divisor, as in the likelihood, since only the ratio counts."""
    before, after = fit.columns.before.shape[1], fit.columns.of_outcome.shape[1]
    return np.asarray(np.sqrt(paths.error * (fit.n - after) / (fit.n - before)))


def _scaled(fit: Mediation, pull: Floats) -> Floats:
    assert fit.scale is not None
    return np.asarray(pull * fit.scale.y[1])


__all__ = ["Confounded", "of_chain", "of_unordered"]
