"""Effects when outcome or mediator is binary: differences of means, integrated over the mediator and the people.

Definitions are those of `effects`. Expectations are exact (two values of a binary mediator, the closed form of a probit
outcome) or by Gauss-Hermite quadrature (a logit outcome of linear mediators), where Imai, Keele & Tingley (2010, Psychol
Methods 15, 309-334) draw mediators at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import expit, ndtr

from forwhom.kernels.mediation.binary import Link, mean_of
from forwhom.kernels.mediation.columns import Floats

NODES = 25


@dataclass(frozen=True, slots=True)
class People:
    """Covariates of distinct people (u, p), and of b fits how often each counts (b, u); columns as the fits have them."""

    c: Floats
    weight: Floats


@dataclass(frozen=True, slots=True)
class Models:
    """Coefficients of b fits: mediators a0 (b, k), ax (b, k, t), ac (b, k, p), residual (b, k, k) when linear;
    outcome y0 (b,), yx (b, t), yc (b, p), ym (b, k), yxm (b, k, t).

    error_with : (b, k) covariance of the outcome's error with the mediators'; None for none (probit only)
    """

    mediator: Link
    outcome: Link
    a0: Floats
    ax: Floats
    ac: Floats
    residual: Floats
    y0: Floats
    yx: Floats
    yc: Floats
    ym: Floats
    yxm: Floats
    error_with: Floats | None = None

    def expected(self, people: People, x: Floats, mediators_at: Floats) -> Floats:
        """(b,) mean outcome at treatment x (t,) with mediator j as it is under treatment mediators_at[j], (k, t)."""
        slope = self.ym + self.yxm @ x
        base = self.y0 + self.yx @ x
        mean = self.a0 + np.einsum("bkt,kt->bk", self.ax, mediators_at)
        if self.mediator != "linear":
            share = mean_of(mean + self.ac[:, 0] @ people.c.T, self.mediator)
            plain = base[:, None] + self.yc @ people.c.T
            low, high = mean_of(plain, self.outcome), mean_of(plain + slope, self.outcome)
            return _averaged(low + share * (high - low), people)
        of_c = self.yc + np.einsum("bk,bkp->bp", slope, self.ac)
        eta = (base + (slope * mean).sum(axis=1))[:, None] + of_c @ people.c.T
        variance = np.einsum("bi,bij,bj->b", slope, self.residual, slope)
        if self.error_with is not None:
            variance = variance + 2 * (slope * self.error_with).sum(axis=1)
        return _averaged(_smeared(eta, variance, self.outcome), people)

    def fixed(self, people: People, x: Floats, m: Floats) -> Floats:
        """(b,) mean outcome at treatment x with every mediator held at m (k,)."""
        slope = self.ym + self.yxm @ x
        eta = (self.y0 + self.yx @ x + slope @ m)[:, None] + self.yc @ people.c.T
        return _averaged(mean_of(eta, self.outcome), people)


def _averaged(values: Floats, people: People) -> Floats:
    return np.asarray((values * people.weight).sum(axis=1) / people.weight.sum(axis=1))


def _smeared(eta: Floats, variance: Floats, link: Link) -> Floats:
    """(b, u) mean of the inverse link over a normal deviate of the linear predictor."""
    if link == "linear":
        return eta
    if link == "probit":
        return np.asarray(ndtr(eta / np.sqrt(1 + variance)[:, None]))
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    spread = np.sqrt(variance)[:, None]
    made = np.zeros_like(eta)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        made += weight * expit(eta + node * spread)
    return made


def integrated_effects(models: Models, people: People, control: Floats, treated: Floats, fixed: Floats) -> Floats:
    """(b, effects) in the order of `effect_names(k, split=True)`; control, treated (t,) and fixed (k,) as the fits have them.

    A single mediator's effect shifts it alone, the others as under the arm the people are in; averaged over both arms.
    Without a linear outcome these need not add up to the joint effect.
    """
    k = models.ym.shape[1]
    low, high = np.tile(control, (k, 1)), np.tile(treated, (k, 1))
    y00, y01 = (models.expected(people, control, at) for at in (low, high))
    y10, y11 = (models.expected(people, treated, at) for at in (low, high))
    total, pure, full = y11 - y00, y01 - y00, y11 - y10
    indirect = (pure + full) / 2
    held = models.fixed(people, treated, fixed) - models.fixed(people, control, fixed)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = indirect / total
    made = [total, total - indirect, indirect, share, y10 - y00, y11 - y01, pure, full, held]
    if k > 1:
        single = []
        for j in range(k):
            up, down = low.copy(), high.copy()
            up[j], down[j] = treated, control
            gained = models.expected(people, control, up) - y00 + y11 - models.expected(people, treated, down)
            single.append(gained / 2)
        made += single + [single[i] - single[j] for i, j in combinations(range(k), 2)]
    return np.stack(made, axis=1)


__all__ = ["Models", "People", "integrated_effects"]
