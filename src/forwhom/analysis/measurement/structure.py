"""Does the declared structure of a scale hold, and does it stay the same scale across arms and over time?"""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.measurement.reliability import NEED_ITEMS, ORDINAL_CATEGORIES
from forwhom.analysis.measurement.structure_items import needed, sheet_of
from forwhom.analysis.words import listed, people
from forwhom.findings import Finding
from forwhom.study import Scale, Study

LEAST_ITEMS = 3


def structure(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`measurement.structure.<scale>`: the declared structure, a general factor against facets, invariance over arms and time."""
    draft = Draft(
        study,
        asking,
        f"measurement.structure.{name or scale.name}",
        f"Do the items of {scale.label} measure what the score says, in every arm and at every occasion?",
    )
    sheet = sheet_of(study, scale, informant)
    if sheet is None:
        return draft.not_applicable(f"the study has {scale.label} scores, not the answers behind them.", NEED_ITEMS)
    if len(sheet.items) < LEAST_ITEMS:
        return draft.not_applicable(
            f"{scale.label} has {len(sheet.items)} item{'s' * (len(sheet.items) != 1)}; a factor needs three.",
            "More items.",
        )
    least = needed(len(sheet.items), len(sheet.facets))
    enough = [t for t in range(len(sheet.times)) if int(sheet.seen(t).sum()) >= least]
    if not enough:
        most = max(int(sheet.seen(t).sum()) for t in range(len(sheet.times)))
        return draft.decline(
            f"{people(most)} answered the {len(sheet.items)} items of {scale.label}, too few to tell one structure from another",
            f"{least} people: five for each loading and residual variance, and at least 100.",
        )
    first = enough[0]
    ordered = sheet.categories <= ORDINAL_CATEGORIES
    matrix = sheet.values[sheet.seen(first), first]
    draft.analysed = matrix.shape[0]
    draft.leave_out(study.persons.height - draft.analysed, f"no item answered at {sheet.occasions[first]}")
    still = [
        sheet.items[k] for k in range(len(sheet.items)) if np.unique(matrix[np.isfinite(matrix[:, k]), k]).size < 2
    ]
    if still:
        return draft.decline(
            f"everybody gave the same answer to {listed(still)} at {sheet.occasions[first]}", "Answers that differ."
        )
    # Studies without items need none of the models, which take a while to import.
    from forwhom.analysis.measurement.structure_answer import answered

    return answered(draft, study, scale, sheet, first, ordered)


__all__ = ["structure"]
