"""The answer about a scale's structure: models at one occasion, ladders over arms and time, what is printed of them."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Draft, finite
from forwhom.analysis.courses import arm_codes
from forwhom.analysis.measurement.reliability import ORDINAL_CATEGORIES, RHEMTULLA
from forwhom.analysis.measurement.structure_invariance import across_arms, over_time
from forwhom.analysis.measurement.structure_items import FEW, Sheet, merged
from forwhom.analysis.measurement.structure_models import (
    Fitted,
    correlated,
    general_above,
    general_beside,
    one_factor,
)
from forwhom.analysis.measurement.structure_sources import CHEUNG, HU, MEREDITH, MUTHEN, REISE, WU, YUAN
from forwhom.analysis.measurement.structure_words import statement, step_words
from forwhom.analysis.words import listed
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import Interval, Ladder, StructureDetail
from forwhom.problems import ProblemsFound
from forwhom.study import Scale, Study

LEAST_ITEMS = 3
"""Items a facet needs to stand beside a general factor."""


def answered(draft: Draft, study: Study, scale: Scale, sheet: Sheet, first: int, ordered: bool) -> Finding:
    """The finding, or why the declared structure cannot be fitted.

    first : the occasion; ordered : items taken as ordered answers
    """
    matrix = sheet.values[sheet.seen(first), first]
    fits, declined = _fits(draft, sheet, matrix, sheet.occasions[first], ordered)
    if not fits:
        return draft.decline(declined, "More people, fewer items, or categories that more people choose.")
    ladders = _ladders(draft, study, sheet, first, ordered)
    return _answer(draft, scale, sheet, first, ordered, fits, ladders)


def _fits(draft: Draft, sheet: Sheet, matrix: np.ndarray, occasion: str, ordered: bool) -> tuple[list[Fitted], str]:
    """The declared structure first; nothing, and why, where that cannot be fitted."""
    level = draft.asking.level

    def every(answers: np.ndarray) -> list[Fitted]:
        if not sheet.facets:
            return [one_factor(answers, sheet.items, occasion, ordered, level)]
        made = [correlated(answers, sheet.items, sheet.facets, occasion, ordered, level)]
        made.append(one_factor(answers, sheet.items, occasion, ordered, level))
        return made

    try:
        fits = every(matrix)
    except ProblemsFound as why:
        if not ordered:
            return [], why.problems[0].found
        (matrix,), changed = merged([matrix])
        try:
            fits = every(matrix)
        except ProblemsFound as again:
            return [], again.problems[0].found
        _merged(draft, [sheet.items[k] for k in changed])
    if not fits[0].fit.converged:
        return [], "the model of the declared structure found no solution"
    fits = [each for each in fits if each.fit.converged]
    fits += _general(sheet, matrix, occasion, ordered, level)
    for each in fits:
        for message in each.fit.messages:
            if "improper" in message or "not positive definite" in message:
                draft.caution("improper-solution", f"{each.name}: {_named(message, sheet)}")
    return fits, ""


def _general(sheet: Sheet, matrix: np.ndarray, occasion: str, ordered: bool, level: float) -> list[Fitted]:
    """A general factor beside facets of three items or more, and above three facets or more, where these find solutions."""
    wanted = []
    if sheet.facets and min(len(own) for _, own in sheet.facets) >= LEAST_ITEMS:
        wanted.append(general_beside)
    if len(sheet.facets) >= LEAST_ITEMS:
        wanted.append(general_above)
    made = []
    for each in wanted:
        try:
            found = each(matrix, sheet.items, sheet.facets, occasion, ordered, level)
        except ProblemsFound:
            continue
        if found.fit.converged:
            made.append(found)
    return made


def _named(message: str, sheet: Sheet) -> str:
    for i in range(len(sheet.items), 0, -1):
        message = message.replace(f"x{i} ", f"{sheet.items[i - 1]} ")
    return message


def _merged(draft: Draft, items: list[str] | tuple[str, ...]) -> None:
    if items:
        draft.caution(
            "categories-merged",
            f"Categories that fewer than {FEW} people chose were merged with their neighbour in {listed(sorted(set(items)))}.",
        )


def _ladders(draft: Draft, study: Study, sheet: Sheet, first: int, ordered: bool) -> tuple[Ladder, ...]:
    """Over arms at the first and the last occasion, and over time between them."""
    made: list[Ladder] = []
    merged_items: list[str] = []
    codes, arms = arm_codes(study)
    last = len(sheet.times) - 1
    if len(arms) > 1:
        for occasion in dict.fromkeys((first, last)):
            labels = [label for _, label in arms]
            ladder, changed = across_arms(sheet, occasion, codes[sheet.persons], labels, ordered)
            made.append(ladder)
            merged_items += changed
    if last > first:
        ladder, changed = over_time(sheet, first, last, ordered)
        made.append(ladder)
        merged_items += changed
    _merged(draft, merged_items)
    return tuple(made)


def _answer(
    draft: Draft,
    scale: Scale,
    sheet: Sheet,
    first: int,
    ordered: bool,
    fits: list[Fitted],
    ladders: tuple[Ladder, ...],
) -> Finding:
    beside = next((each for each in fits if each.name == "a general factor beside facets"), None)
    shown = beside or fits[0]
    shares = [share for each in fits for share in each.shares]
    changed = any(each.across == "occasions" and _means_changed(each) for each in ladders)
    draft.caution_clusters()
    if np.isnan(sheet.values[sheet.seen(first), first]).any():
        how = (
            "each correlation is from those who answered both, right only if they are missing completely at random"
            if ordered
            else "every answer is used, taken as missing at random"
        )
        draft.caution("items-absent", f"Some answers are absent at {sheet.occasions[first]}: {how}.")
    for each in ladders:
        if each.why_absent:
            draft.caution(
                "invariance-unknown", f"Over {each.across} ({each.where}): not compared, as {each.why_absent}."
            )
    estimator = (
        "diagonally weighted least squares on polychoric correlations, mean- and variance-adjusted tests"
        if ordered
        else "maximum likelihood, robust standard errors and scaled tests"
    )
    draft.method = Method(
        "Confirmatory factor analysis",
        {
            "declared structure": fits[0].name,
            "items treated as": f"{'ordered' if ordered else 'continuous'} ({sheet.categories} categories; ordered up to "
            f"{ORDINAL_CATEGORIES})",
            "estimation": estimator,
            "a step of invariance holds unless": "CFI falls by more than 0.010 or RMSEA rises by more than 0.015, and the "
            "difference test has p < 0.05",
            "not held": "the item whose equality costs most is released, up to half of the items",
            "residuals over time": "of the same item, correlated",
        },
        ((MUTHEN, RHEMTULLA, WU) if ordered else (YUAN,)) + (HU, MEREDITH, CHEUNG) + ((REISE,) if sheet.facets else ()),
    )
    detail = StructureDetail(
        scale.name,
        sheet.occasions[first],
        ordered,
        tuple((label, tuple(sheet.items[k] for k in own)) for label, own in sheet.facets),
        tuple(each.row for each in fits),
        shown.name,
        shown.loadings,
        tuple(shares),
        ladders,
        changed,
    )
    return draft.answer(
        statement(scale, detail, draft.asking.level), _estimates(draft, scale, sheet, first, detail), detail
    )


def _means_changed(ladder: Ladder) -> bool:
    """Whether some item needed a mean (or loading, or threshold) of its own at one of the occasions."""
    return any(not step.held and step.step != "strict" for step in ladder.steps)


def _estimates(draft: Draft, scale: Scale, sheet: Sheet, first: int, detail: StructureDetail) -> list[Estimate]:
    made: list[Estimate] = []

    def add(name: str, interval: Interval, kind: str, unit: str, n: int, **more: float | None) -> None:
        level = None if interval.low is None else more.pop("level", draft.asking.level)
        made.append(
            Estimate(
                name,
                finite(interval.value),
                finite(interval.low),
                finite(interval.high),
                level,
                kind if interval.low is not None else "none: descriptive",
                unit,
                n=n,
                scale=scale.name,
                why_absent="not defined for this model" if interval.value is None else None,
                **{key: value for key, value in more.items() if key != "level"},  # type: ignore[arg-type]  # numbers alone
            )
        )

    for row in detail.fits:
        where = f"of {row.model} at {row.occasion}"
        add(f"RMSEA {where}", row.rmsea, "noncentral chi-square", "index", row.n, level=0.90, p=row.p, df=float(row.df))
        for label, value in (("CFI", row.cfi), ("TLI", row.tli), ("SRMR", row.srmr)):
            add(f"{label} {where}", Interval(value), "", "index", row.n)
    for label, interval in detail.shares:
        add(
            label,
            interval,
            "delta method",
            "proportion" if "correlation" not in label else "correlation",
            detail.fits[0].n,
        )
    for loading in detail.loadings:
        add(f"loading of {loading.item} on {loading.factor}", loading.value, "normal", "standardised", detail.fits[0].n)
    for ladder in detail.ladders:
        for step in ladder.steps:
            name = f"change of CFI with {step_words(step.step, detail.ordered)}, {ladder.across}: {ladder.where}"
            made.append(
                Estimate(
                    name,
                    finite(step.cfi),
                    interval="none: descriptive",
                    unit="index",
                    direction="below 0: fits worse",
                    n=ladder.n,
                    p=finite(step.p),
                    df=float(step.df),
                    scale=scale.name,
                    why_absent="not defined for this model" if step.cfi is None else None,
                )
            )
    return made


__all__ = ["answered"]
