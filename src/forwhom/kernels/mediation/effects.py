"""Effects from coefficients: closed forms of linear models with interaction of treatment and mediator.

With x* the treatment of one arm and x that of the other, averaged over the covariates of the people
(VanderWeele & Vansteelandt 2009, Stat Interface 2, 457-468; Valeri & VanderWeele 2013, Psychol Methods 18, 137-150):

    direct(x*)   = E[Y(x1, M(x*))] - E[Y(x0, M(x*))]      pure at x* = x0, total at x* = x1
    indirect(x)  = E[Y(x, M(x1))] - E[Y(x, M(x0))]        pure at x = x0, total at x = x1
    total        = direct(x0) + indirect(x1) = direct(x1) + indirect(x0)

In linear models these do not depend on whether covariates are averaged over people or held at their means.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from forwhom.kernels.mediation.columns import Columns, Floats
from forwhom.kernels.mediation.paths import Paths, Scale

PLAIN = ("total", "direct", "indirect", "proportion")
SPLIT = ("direct_pure", "direct_total", "indirect_pure", "indirect_total", "controlled_direct")


def effect_names(k: int, *, split: bool, serial: bool = False, interaction: bool = False) -> tuple[str, ...]:
    """Names of the effects in their order; mediators are counted from 1.

    split : pure and total parts differ (interaction, or a model that is not linear)

    >>> effect_names(2, split=False)
    ('total', 'direct', 'indirect', 'proportion', 'indirect_1', 'indirect_2', 'indirect_1-indirect_2')
    >>> effect_names(2, split=False, serial=True)[4:]
    ('through_1', 'through_2', 'through_1_2')
    """
    made = PLAIN + (SPLIT if split else ())
    if k == 1:
        return made
    if serial:
        return made + tuple("through_" + "_".join(str(j + 1) for j in chain) for chain in chains(k))
    single = tuple(f"indirect_{j + 1}" for j in range(k))
    return made + single + tuple(f"{single[i]}-{single[j]}" for i, j in combinations(range(k), 2))


def chains(k: int) -> list[tuple[int, ...]]:
    """Every way through k mediators in their order: shorter ones first.

    >>> chains(2)
    [(0,), (1,), (0, 1)]
    """
    return [chain for size in range(1, k + 1) for chain in combinations(range(k), size)]


def linear_effects(
    of: Columns, scale: Scale, at: Paths, control: Floats, treated: Floats, mediator_at: Floats
) -> Floats:
    """(b, effects) in units of the outcome, in the order of `effect_names`.

    control, treated : (t,) treatment compared; mediator_at : (k,) mediators of the controlled direct effect; own units
    """
    x0, x1 = ((each - scale.x[0]) / scale.x[1] for each in (control, treated))
    fixed = (mediator_at - scale.m[0]) / scale.m[1]
    step = x1 - x0
    mean0 = at.a0 + at.ax @ x0 + np.einsum("bkp,bp->bk", at.ac, at.c)
    shift = at.ax @ step
    slope0 = at.ym + at.yxm @ x0
    slope1 = at.ym + at.yxm @ x1
    straight = at.yx @ step
    bend = at.yxm @ step
    direct0 = straight + (bend * mean0).sum(axis=1)
    direct1 = straight + (bend * (mean0 + shift)).sum(axis=1)
    indirect0, indirect1 = (slope0 * shift).sum(axis=1), (slope1 * shift).sum(axis=1)
    total = direct0 + indirect1
    indirect = (indirect0 + indirect1) / 2
    made = [total, total - indirect, indirect]
    if of.interaction:
        made += [direct0, direct1, indirect0, indirect1, straight + bend @ fixed]
    k = of.m.shape[1]
    if k > 1:
        slope = (slope0 + slope1) / 2
        if of.serial:
            made += [_through(at, chain, shift, slope) for chain in chains(k)]
        else:
            single = [slope[:, j] * shift[:, j] for j in range(k)]
            made += single + [single[i] - single[j] for i, j in combinations(range(k), 2)]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = indirect / total
    scaled = [each * scale.y[1] for each in made]
    return np.stack([*scaled[:3], share, *scaled[3:]], axis=1)


def _through(at: Paths, chain: tuple[int, ...], shift: Floats, slope: Floats) -> Floats:
    return carried(at, chain, shift) * slope[:, chain[-1]]


def carried(at: Paths, chain: tuple[int, ...], shift: Floats) -> Floats:
    """(b,) what treatment does to the last mediator of a chain: to the first not by way of earlier ones, then link by link."""
    return _alone(at, shift)[:, chain[0]] * linked(at, chain)


def linked(at: Paths, chain: tuple[int, ...]) -> Floats:
    """(b,) product of the links from mediator to mediator; 1 without any."""
    made = np.ones(len(at))
    for earlier, later in pairwise(chain):
        made = made * at.among[:, later, earlier]
    return made


def _alone(at: Paths, shift: Floats) -> Floats:
    """(b, k) what treatment does to each mediator given the earlier ones."""
    return np.asarray(shift - np.einsum("bij,bj->bi", at.among, shift))


__all__ = ["carried", "chains", "effect_names", "linear_effects", "linked"]
