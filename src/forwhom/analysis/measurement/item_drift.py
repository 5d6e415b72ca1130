"""Do single items move by themselves over time? Asked where people are too few for a model of all items."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.measurement.reliability import NEED_ITEMS
from forwhom.analysis.measurement.structure_items import Sheet, needed, sheet_of
from forwhom.analysis.words import listed, number, people
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import DriftedItem, Interval, ItemDriftDetail
from forwhom.kernels.item_drift import LEAST_ITEMS, LEAST_PEOPLE, ItemDrift
from forwhom.study import Scale, Study

SHEALY = (
    "Shealy R, Stout W. A model-based standardization approach that separates true bias/DIF from group ability differences and "
    "detects test bias/DTF as well as item bias/DIF. Psychometrika 1993;58:159-194."
)
HOLM = "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70."


def item_drift(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`measurement.item_drift.<scale>`: items that moved by themselves between the first and the last occasion."""
    about = name or scale.name
    draft = Draft(
        study,
        asking,
        f"measurement.item_drift.{about}",
        f"Do single items of {scale.label} move by themselves over time?",
    )
    sheet = sheet_of(study, scale, informant)
    if sheet is None:
        return draft.not_applicable(f"the study has {scale.label} scores, not the answers behind them.", NEED_ITEMS)
    if len(sheet.times) < 2:
        return draft.not_applicable(
            f"the items of {scale.label} were answered at one occasion only.", "Items at two occasions."
        )
    if len(sheet.items) < LEAST_ITEMS:
        return draft.not_applicable(
            f"{scale.label} has {len(sheet.items)} items; others to compare an item with need {LEAST_ITEMS}.",
            "More items.",
        )
    both = sheet.seen(0) & sheet.seen(len(sheet.times) - 1)
    count, whole = int(both.sum()), needed(len(sheet.items), len(sheet.facets))
    if count >= whole:
        return draft.not_applicable(
            f"there are people enough to compare all items at once (measurement.structure.{about})."
        )
    where = f"{sheet.occasions[0]} and {sheet.occasions[-1]}"
    if count < LEAST_PEOPLE:
        return draft.decline(f"{people(count)} answered items of {scale.label} at {where}", f"{LEAST_PEOPLE} people.")
    return _answered(draft, scale, sheet, both, whole)


def _answered(draft: Draft, scale: Scale, sheet: Sheet, both: np.ndarray, whole: int) -> Finding:
    # Studies that ask nothing of items need not load the kernel's work.
    from forwhom.kernels.item_drift import item_drift as kernel

    try:
        found = kernel(sheet.values[both][:, [0, -1]], level=draft.asking.level)
    except ValueError as why:
        return draft.decline(
            f"the numbers do not allow it: {why}", "Items that differ, and go together, at both occasions."
        )
    draft.analysed = found.people
    where = f"{sheet.occasions[0]} and {sheet.occasions[-1]}"
    draft.leave_out(draft.entered - found.people, f"no item answered at one of {where}")
    draft.caution_clusters()
    draft.caution(
        "weaker-than-a-model",
        f"This test stands in for a model of all items, which needs {whole} people: it finds an item that moves by itself, not a "
        "loading that changed, and not items that all moved together for another reason than what the scale measures.",
    )
    draft.method = Method(
        "Differential item functioning over occasions, given the other items",
        {
            "model of an item": "cubic in the true score that the other items foretell, and occasion",
            "true score": "mean of the other items drawn towards its occasion's mean by their alpha",
            "errors": "robust to the pairing of a person's two answers (CR3), t",
            "an item is named": f"when p adjusted for {len(sheet.items)} items (Holm) is below {1 - draft.asking.level:.2g}",
            "then": "named items no longer speak for the scale, and all are tested again",
        },
        (SHEALY, HOLM),
    )
    detail = _detail(scale, sheet, found)
    estimates = [
        Estimate(
            f"shift of {each.item} beyond the other items",
            each.shift.value,
            each.shift.low,
            each.shift.high,
            draft.asking.level,
            "t, CR3",
            "points of the item",
            "above 0: higher later than the other items foretell",
            found.people,
            p=each.p,
            df=float(found.df),
            scale=scale.name,
        )
        for each in detail.items
    ]
    return draft.answer(_statement(scale, detail, draft.asking.level), estimates, detail)


def _detail(scale: Scale, sheet: Sheet, found: ItemDrift) -> ItemDriftDetail:
    rows = tuple(
        DriftedItem(
            item,
            Interval(finite(found.shift[k]), finite(found.low[k]), finite(found.high[k])),
            finite(found.p[k]),
            finite(found.adjusted[k]),
            bool(found.flagged[k]),
        )
        for k, item in enumerate(sheet.items)
    )
    return ItemDriftDetail(scale.name, sheet.occasions[0], sheet.occasions[-1], found.people, rows)


def _statement(scale: Scale, detail: ItemDriftDetail, level: float) -> str:
    where = f"Between {detail.first} and {detail.last}"
    moved = [each for each in detail.items if each.named]
    if not moved:
        widest = max(max(abs(each.shift.low or 0.0), abs(each.shift.high or 0.0)) for each in detail.items)
        return (
            f"{where}, no item of {scale.label} moved by itself beyond chance ({len(detail.items)} items, {people(detail.n)}); "
            f"shifts up to {number(widest, 2)} points of an item are not ruled out ({100 * level:g} % intervals)."
        )
    told = [
        f"{each.item} ({number(each.shift.value, 2)}, {number(each.shift.low, 2)} to {number(each.shift.high, 2)})"
        for each in moved
    ]
    return (
        f"{where}, {len(moved)} of {len(detail.items)} items of {scale.label} moved by {'itself' if len(moved) == 1 else 'themselves'} "
        f"({people(detail.n)}): {listed(told)} points of the item beyond what the other items foretell. Change in the score may be partly "
        "a change of meaning."
    )


__all__ = ["item_drift"]
