"""Is the scale the same scale in every arm, and at the end what it was at the start?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forwhom.analysis.measurement.structure_items import Sheet, merged, needed
from forwhom.analysis.measurement.structure_models import Facets, structure_fit
from forwhom.analysis.words import listed
from forwhom.findings.kinds import InvarianceStep, Ladder
from forwhom.models.structural.climbing import Climb, Climbed, climb, over_groups, over_occasions
from forwhom.models.structural.invariance import Step
from forwhom.problems import ProblemsFound

GROUP = 50
"""Persons in an arm below which arms are not compared (besides what the items need in all)."""


def across_arms(
    sheet: Sheet, occasion: int, arm: np.ndarray, labels: Sequence[str], ordered: bool
) -> tuple[Ladder, tuple[str, ...]]:
    """The ladder over arms at one occasion, and the items whose categories had to be merged.

    arm : (n,) arm of each person in the sheet, −1 where none
    """
    where = f"{listed(labels)}, {sheet.occasions[occasion]}"
    used = sheet.seen(occasion) & (arm >= 0)
    sizes = [int((used & (arm == k)).sum()) for k in range(len(labels))]
    least = max(GROUP, needed(len(sheet.items), len(sheet.facets)) // 2)
    if min(sizes) < least:
        return _absent(
            "arms", where, sum(sizes), f"the smallest arm has {min(sizes)} people with answers; {least} are needed"
        ), ()
    parts = [sheet.values[used & (arm == k), occasion] for k in range(len(labels))]
    parts, changed = merged(parts) if ordered else (parts, ())
    names = [f"x{i + 1}" for i in range(len(sheet.items))]
    stacked = np.concatenate(parts)
    data: dict[str, np.ndarray] = {name: stacked[:, i] for i, name in enumerate(names)}
    data["arm"] = np.repeat(np.arange(len(labels)), [part.shape[0] for part in parts]).astype(float)
    factors = {f"f{j + 1}": [names[i] for i in own] for j, (_, own) in enumerate(_factors(sheet))}
    try:
        fit, steps, _ = over_groups(factors, data, "arm", ordered=ordered, robust=not ordered)
        found = climb("arms", fit, steps, {name: name for name in names}, ordered=ordered)
    except ProblemsFound as why:
        return _absent("arms", where, sum(sizes), _because(why, sheet)), ()
    return _ladder("arms", where, found, sheet, names), tuple(sheet.items[i] for i in changed)


def over_time(sheet: Sheet, first: int, last: int, ordered: bool) -> tuple[Ladder, tuple[str, ...]]:
    """The ladder over two occasions, everybody together, residuals of an item correlated over them."""
    where = f"{sheet.occasions[first]} and {sheet.occasions[last]}"
    both = sheet.seen(first) & sheet.seen(last)
    least = needed(len(sheet.items), len(sheet.facets))
    if int(both.sum()) < least:
        return _absent(
            "occasions", where, int(both.sum()), f"{int(both.sum())} people answered at both; {least} are needed"
        ), ()
    used = sheet.seen(first) | sheet.seen(last)
    parts = [sheet.values[used, occasion] for occasion in (first, last)]
    parts, changed = merged(parts) if ordered else (parts, ())
    names = [[f"x{i + 1}_{t + 1}" for i in range(len(sheet.items))] for t in range(2)]
    data = {name: parts[t][:, i] for t in range(2) for i, name in enumerate(names[t])}
    factors = {
        f"f{j + 1}": [[names[t][i] for i in own] for t in range(2)] for j, (_, own) in enumerate(_factors(sheet))
    }
    item_of = {name: names[0][i] for t in range(2) for i, name in enumerate(names[t])}
    try:
        fit, steps, _ = over_occasions(factors, data, ordered=ordered, robust=not ordered)
        found = climb("occasions", fit, steps, item_of, ordered=ordered)
    except ProblemsFound as why:
        return _absent("occasions", where, int(used.sum()), _because(why, sheet)), ()
    return _ladder("occasions", where, found, sheet, names[0]), tuple(sheet.items[i] for i in changed)


def _factors(sheet: Sheet) -> Facets:
    return sheet.facets or (("all", tuple(range(len(sheet.items)))),)


def _because(why: ProblemsFound, sheet: Sheet) -> str:
    """The first problem in the words of the scale's items."""
    problem = why.problems[0]
    column = problem.column or ""
    for i in range(len(sheet.items), 0, -1):
        for name in (f"x{i}_1", f"x{i}_2", f"x{i}"):
            column = column.replace(name, sheet.items[i - 1])
    return f"{column}: {problem.found}" if column else problem.found


def _absent(across: str, where: str, n: int, why: str) -> Ladder:
    return Ladder(across, where, n, None, (), why)


def _ladder(across: str, where: str, found: Climbed, sheet: Sheet, names: Sequence[str]) -> Ladder:
    item = dict(zip(names, sheet.items, strict=True))
    fit = found.first.fit
    if not fit.converged:
        return _absent(across, where, fit.n, "the model found no solution")
    return Ladder(
        across,
        where,
        fit.n,
        structure_fit(fit, "the same form everywhere", where),
        tuple(_step(each, item) for each in found.steps),
    )


def _step(each: Climb, item: dict[str, str]) -> InvarianceStep:
    step: Step = each.step
    difference = step.difference
    return InvarianceStep(
        step.name,
        None if difference is None else difference.chisq,
        0 if difference is None else difference.df,
        None if difference is None else difference.p,
        step.cfi,
        step.rmsea,
        each.held,
        tuple(item[name] for name in each.released),
        each.accepted is not None,
    )


__all__ = ["across_arms", "over_time"]
