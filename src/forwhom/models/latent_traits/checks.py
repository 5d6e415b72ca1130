"""How well a graded response model fits: items, all of it, and pairs of items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forwhom.kernels.graded_groups import GradedGroups, fit_groups
from forwhom.kernels.graded_item_fit import summed_score_fit
from forwhom.kernels.graded_overall_fit import OverallFit, overall_fit, residual_correlations
from forwhom.kernels.holm import holm
from forwhom.models.latent_traits.data import Answered
from forwhom.models.latent_traits.result import ItemFitRow, Pair

FEWEST_COMPLETE = 100
"""Persons with every item answered that tests of fit take."""

Checked = tuple[tuple[ItemFitRow, ...], OverallFit | None, tuple[Pair, ...], tuple[str, ...]]


def checked(found: Answered, fit: GradedGroups) -> Checked:
    """S-X2 by item and group, C2, Q3 by pair, and in words what could not be had."""
    found, fit = _oriented(found, fit)
    pairs = _pairs(found, fit)
    absent = sum(int((~np.isfinite(codes).all(axis=1)).sum()) for codes in found.codes)
    whole = _complete(found) if absent else found
    few = [g for g, codes in enumerate(whole.codes) if codes.shape[0] < FEWEST_COMPLETE]
    if few:
        told = ", ".join(f"{whole.codes[g].shape[0]}{f' in {whole.labels[g]}' if whole.labels else ''}" for g in few)
        why = f"Fit is not tested: {told} persons answered every item, {FEWEST_COMPLETE} are needed."
        return (), None, pairs, (why,)
    said: list[str] = []
    if absent:
        try:
            fit = fit_groups(whole.codes, free=fit.free, errors=False)
        except ValueError:
            fit = replace(fit, converged=False)
        if not fit.converged:
            return (), None, pairs, ("Fit is not tested: the persons with every item answered cannot be fitted alone.",)
        said.append(
            f"Tests of fit leave out {absent} persons with absent answers, and are of the model fitted to the others."
        )
    rows = [row for g in range(len(whole.codes)) for row in _items(whole, fit, g)]
    if whole.labels:
        return tuple(rows), None, pairs, (*said, "Overall fit (C2) is given for one group only.")
    overall = overall_fit(whole.codes[0], fit.slope[0], fit.step[0])
    if overall.chisq is None:
        said.append("Overall fit (C2) has no degree of freedom left, or moments that determine one another.")
    return tuple(rows), overall, pairs, tuple(said)


def _complete(found: Answered) -> Answered:
    """Persons with every item answered; answers none of them gave are closed up."""
    codes = [each[np.isfinite(each).all(axis=1)] for each in found.codes]
    together = np.vstack(codes)
    used = [np.unique(together[:, j]) for j in range(together.shape[1])]
    closed = [np.column_stack([np.searchsorted(own, each[:, j]) for j, own in enumerate(used)]) for each in codes]
    values = tuple(tuple(own[int(k)] for k in kept) for own, kept in zip(found.values, used, strict=True))
    return replace(found, codes=tuple(each.astype(float) for each in closed), values=values)


def _items(found: Answered, fit: GradedGroups, g: int) -> list[ItemFitRow]:
    codes = found.codes[g]
    made = summed_score_fit(codes, fit.slope[g], fit.step[g], mean=float(fit.mean[g]), sd=float(fit.sd[g]))
    adjusted = holm([each.p for each in made])
    n = codes.shape[0]
    return [
        ItemFitRow(name, found.places[g] or None, each.chisq, each.df, each.p, adjusted[k], each.rmsea, n)
        for k, (name, each) in enumerate(zip(found.items, made, strict=True))
    ]


def _pairs(found: Answered, fit: GradedGroups) -> tuple[Pair, ...]:
    """Of all groups: mean over the groups weighted by persons."""
    size = np.array([codes.shape[0] for codes in found.codes], dtype=float)
    q3 = (
        sum(
            n * residual_correlations(codes, fit.slope[g], fit.step[g], fit.trait[g])
            for g, (n, codes) in enumerate(zip(size, found.codes, strict=True))
        )
        / size.sum()
    )
    items = len(found.items)
    pairs = [(i, j) for i in range(items) for j in range(i + 1, items) if np.isfinite(q3[i, j])]
    centre = float(np.mean([q3[pair] for pair in pairs])) if pairs else 0.0
    made = [Pair(found.items[i], found.items[j], float(q3[i, j]), float(q3[i, j]) - centre) for i, j in pairs]
    return tuple(sorted(made, key=lambda pair: -pair.q3))


def _oriented(found: Answered, fit: GradedGroups) -> tuple[Answered, GradedGroups]:
    """Items of negative slope (in the first group) turned around: sums and residual correlations need one direction."""
    against = fit.slope[0] < 0
    if not against.any():
        return found, fit
    top = np.array([len(values) - 1 for values in found.values], dtype=float)
    step = fit.step.copy()
    for j in np.flatnonzero(against):
        own = int(top[j])
        step[:, j, :own] = -step[:, j, :own][:, ::-1]
    codes = tuple(np.where(against, top - each, each) for each in found.codes)
    return replace(found, codes=codes), replace(fit, slope=np.where(against, -fit.slope, fit.slope), step=step)
