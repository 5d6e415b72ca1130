"""How well a graded response model fits: items, all of it, and pairs of items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forwhom.kernels.graded_groups import GradedGroups
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
    rows: list[ItemFitRow] = []
    said: list[str] = []
    complete = [codes[np.isfinite(codes).all(axis=1)] for codes in found.codes]
    for g, codes in enumerate(complete):
        place = found.places[g]
        where = f" in {place}" if place else ""
        if codes.shape[0] < FEWEST_COMPLETE:
            said.append(
                f"Item fit{where} is not tested: {codes.shape[0]} persons answered every item, {FEWEST_COMPLETE} are needed."
            )
            continue
        absent = found.codes[g].shape[0] - codes.shape[0]
        if absent:
            said.append(f"Tests of fit{where} leave out {absent} persons with absent answers.")
        rows += _items(found, fit, g, codes)
    overall = None
    if found.labels:
        said.append("Overall fit (C2) is given for one group only.")
    elif complete[0].shape[0] >= FEWEST_COMPLETE:
        overall = overall_fit(complete[0], fit.slope[0], fit.step[0])
        if overall.chisq is None:
            said.append("Overall fit (C2) has no degree of freedom left, or moments that determine one another.")
    return tuple(rows), overall, _pairs(found, fit), tuple(said)


def _items(found: Answered, fit: GradedGroups, g: int, codes: np.ndarray) -> list[ItemFitRow]:
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
