"""How far a person has come since the start, and whether that is more than measurement error."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.one_person.basis import Basis, Error
from forwhom.analysis.one_person.shared import Shared, absent_here
from forwhom.analysis.outcome.change import JACOBSON
from forwhom.analysis.words import higher_lower, number
from forwhom.analysis.yardstick import NO_YARDSTICK
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import OwnChangeDetail
from forwhom.kernels.change import classify

WORDS = {
    "recovered": "reliably better, and now in the functional range",
    "improved": "reliably better",
    "unchanged": "no more than measurement error may bring",
    "deteriorated": "reliably worse",
}


def own_change(shared: Shared, basis: Basis, row: int) -> Finding:
    """`one_person.change.<scale>`: change from the start at every later score, with its category."""
    here = basis.here
    draft = shared.draft(
        f"change.{here.name}", f"Has {here.label} changed in this person by more than measurement error?"
    )
    draft.entered = draft.analysed = 1
    declined = absent_here(shared, basis, row, draft)
    if declined is not None:
        return declined
    error = basis.error
    if not isinstance(error, Error):
        return draft.decline(error, NO_YARDSTICK.format(scale=here.scale.name))
    if not here.later[row]:
        return draft.decline("only the score at the start is known so far", "A later score.")
    for caution in error.cautions:
        draft.caution(caution.code, caution.text)
    level, scale = shared.asking.level, here.scale
    draft.method = Method(
        "Reliable change from the start",
        {
            "standard deviation": error.yardstick.sd_words,
            "reliability": error.yardstick.reliability_words,
            "change counted as reliable": f"more than {number(error.threshold, 2)} {scale.unit}",
            "cut-off": number(error.cutoff, 2) if error.cutoff is not None else "none",
        },
        (JACOBSON,),
    )
    seen = np.isfinite(here.score[row])
    score, time = here.score[row, seen], here.time[row, seen]
    start = np.full(score.size, here.start[row])
    kinds = classify(start, score, better=scale.better, threshold=error.threshold, cutoff=error.cutoff).category
    points = tuple((float(t), float(y - start[0]), str(kind)) for t, y, kind in zip(time, score, kinds, strict=True))
    last_time, last_change, last_kind = points[-1]
    estimate = Estimate(
        f"change from the start to {here.when(last_time)}",
        last_change,
        last_change - error.threshold,
        last_change + error.threshold,
        level,
        "measurement error of a difference",
        scale.unit,
        "below 0 is better" if scale.better == "lower" else "above 0 is better",
        1,
        time=last_time,
        scale=scale.name,
    )
    statement = (
        f"At {here.when(last_time)}, {here.label} was {higher_lower(last_change, min(here.places, 2), scale.unit)} than at the start: "
        f"{WORDS[last_kind]} (reliable is more than {number(error.threshold, min(here.places, 2))} {scale.unit})."
    )
    detail = OwnChangeDetail(scale.name, scale.better, here.time_unit, error.threshold, points)
    return draft.answer(statement, [estimate], detail)
