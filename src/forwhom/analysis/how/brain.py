"""Did a brain region change, more in one arm, and together with symptoms? One finding per region, every region counted."""

from __future__ import annotations

from functools import partial

import numpy as np

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.how.brain_numbers import BrainNumbers, CellNumbers, brain_numbers
from forwhom.analysis.how.scans import regions, slug
from forwhom.analysis.outcome.arm_difference import HEDGES, KENWARD_ROGER
from forwhom.analysis.words import level_words, listed, number, p_value, people
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import BrainChange, BrainDetail, BrainSymptom, Interval
from forwhom.findings.model import Registered
from forwhom.study import Study

CITATIONS = (
    KENWARD_ROGER,
    HEDGES,
    "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.",
    "Bonett DG, Wright TA. Sample size requirements for estimating Pearson, Kendall and Spearman correlations. "
    "Psychometrika 2000;65:23-28.",
)
FEW = 20
"""People behind a change below which the finding says how little that is."""


def brain(study: Study, asking: Asking, name: str = "") -> Finding:
    """`how.brain.<region>`: change by arm per condition, modality and hemisphere, and its correlation with symptoms.

    name : the region's name in the id; "" when the study has no scans
    """
    region = next((each for each in regions(study) if slug(each) == name), "")
    draft = Draft(
        study,
        asking,
        f"how.brain.{name}" if name else "how.brain",
        f"Did the {region} change with treatment, and together with symptoms?"
        if region
        else "Did the brain change with treatment, and together with symptoms?",
        registered=_registered(study, region),
    )
    if study.scans is None or not region:
        return draft.not_applicable(
            "the study has no scans.", "[tables.scans]: a value per person, occasion and region."
        )
    numbers = brain_numbers(study, asking)
    mine = [each for each in numbers.cells if each.cell.region == region]
    sides = [each for each in numbers.sides if each.cell.region == region]
    seen = {i for each in mine for i in _seen(each)}
    draft.analysed = len(seen)
    allocated = int((mine[0].cell.here.arm >= 0).sum()) if mine else 0
    draft.leave_out(draft.entered - allocated, "not allocated to an arm")
    draft.leave_out(allocated - len(seen), "not scanned")
    known = [each for each in mine if each.changes]
    if not known:
        why = listed(list(dict.fromkeys(f"{each.cell.label}: {each.why}" for each in mine))) or "no scan has a time"
        return draft.decline(
            f"no change can be estimated for the {region} ({why})",
            "Scans of the same people before and after treatment, at least three per arm; some thirty per arm for a useful width.",
        )
    _cautions(draft, region, mine, known, numbers)
    draft.method = Method(
        "Repeated-measures model per cell (modality, region, hemisphere, condition), baseline constrained equal across arms",
        {
            "tests": "; ".join(dict.fromkeys(each.method for each in known)),
            "multiplicity": f"Holm over all {_family(study, numbers, region)} comparisons of arms in "
            f"{'planned' if region in study.plan.regions else 'unplanned'} regions, conditions, sides and modalities; the correlations "
            "are a family of their own",
            "correlation": "Pearson within arms, Fisher's z with the degrees of freedom left; ranks beside it",
            "symptom": f"change in {numbers.symptom.label} {numbers.occasions}" if numbers.symptom else "none",
        },
        CITATIONS,
    )
    symptom = numbers.symptom
    detail = BrainDetail(
        region=region,
        symptom=symptom.label if symptom else "",
        better=symptom.better if symptom else "",
        unit=symptom.unit if symptom else "",
        changes=tuple(change for each in mine for change in each.changes),
        laterality=tuple(change for each in sides for change in each.changes),
        symptoms=tuple(each.symptom for each in mine if each.symptom is not None),
    )
    return draft.answer(
        _statement(region, detail, asking.level, study), _estimates(detail, asking.level, study), detail
    )


def _registered(study: Study, region: str) -> Registered:
    planned = study.plan.registered is not None and region in study.plan.regions
    return "planned" if planned else "exploratory"


def _seen(numbers: CellNumbers) -> list[int]:
    here = numbers.cell.here
    rows: list[int] = np.flatnonzero(np.isfinite(here.scores).any(axis=1) & (here.arm >= 0)).tolist()
    return rows


def _family(study: Study, numbers: BrainNumbers, region: str) -> int:
    mine = region in study.plan.regions
    return sum(
        1
        for each in numbers.cells
        if (each.cell.region in study.plan.regions) == mine
        for change in each.changes
        if (change.reference is not None) or len(each.cell.here.arms) == 1
    )


def _cautions(
    draft: Draft, region: str, mine: list[CellNumbers], known: list[CellNumbers], numbers: BrainNumbers
) -> None:
    absent = [each for each in mine if not each.changes]
    if absent:
        told = "; ".join(f"{each.cell.label}: {each.why}" for each in absent)
        draft.caution("cells-without-answer", f"Not all places of the {region} could be answered: {told}.")
    fewest = min(change.n for each in known for change in each.changes)
    if fewest < FEW:
        draft.caution(
            "few-scanned",
            f"{people(fewest)} stand behind the smallest comparison. Effects seen in so few people often shrink or vanish in larger "
            "samples.",
        )
    modalities = list(dict.fromkeys(each.cell.modality for each in mine))
    if len(modalities) > 1:
        draft.caution(
            "modalities-apart",
            f"{listed(modalities)} are different things measured in the same place; they are not averaged, and one does not "
            "confirm the other.",
        )
    if len(known[0].cell.here.arms) < 2:
        draft.caution(
            "no-comparison",
            "Without a comparison group, change cannot be told from what time and repeated scanning bring.",
        )
    if numbers.symptom is not None and any(each.symptom is not None for each in mine):
        draft.caution(
            "same-window",
            f"Brain and symptoms changed over the same time ({numbers.occasions}): which came first, or whether either moves the other, "
            "a correlation cannot say.",
        )
    extreme = max((each.symptom.extreme for each in mine if each.symptom is not None), default=0)
    if extreme:
        draft.caution(
            "extreme-changes",
            f"{people(extreme)} changed far more than the others of their arm. With such values the limits of a Pearson correlation hold "
            "less often than they promise (in simulation 70 to 83 % instead of 95); read the correlation of ranks.",
        )
    for each in known:
        for caution in each.cautions:
            draft.caution(caution.code, caution.text)


def _labels(study: Study) -> dict[str, str]:
    return {arm.name: arm.label for arm in study.arms}


def _about(change: BrainChange, labels: dict[str, str]) -> str:
    arm = labels.get(change.arm, "everyone")
    return arm if change.reference is None else f"{arm} − {labels.get(change.reference, change.reference)}"


def _estimates(detail: BrainDetail, level: float, study: Study) -> list[Estimate]:
    labels = _labels(study)
    made: list[Estimate] = []
    both = (*detail.changes, *detail.laterality)
    for change in sorted(both, key=lambda change: change.reference is None):
        made += _of_change(change, _about(change, labels), level)
    better = "lower" if detail.better == "lower" else "higher"
    towards = f"above 0: goes with a rise in {detail.symptom} ({better} is better)"
    for each in detail.symptoms:
        made += _of_symptom(each, f"correlation with change in {detail.symptom}, {each.cell}", towards, level)
    return made


def _of_change(change: BrainChange, about: str, level: float) -> list[Estimate]:
    alone = change.reference is None
    name = f"{'change' if alone else 'difference in change'}, {change.cell}, {about}"
    one = partial(Estimate, arm=change.arm, reference=change.reference, n=change.n)
    unit = f"units of {change.modality or 'the scan'}"
    sign = "above 0: rose" if alone else "above 0: rose more than in the reference"
    standard, none = f"{name}, in baseline standard deviations (Hedges g)", "no spread at baseline"
    absent = none if change.standardised.value is None else None
    return [
        one(name, *_limits(change.effect), level, "t, small-sample df", unit, sign, p=change.p),
        one(
            standard, *_limits(change.standardised), level, "t, small-sample df", "baseline SD", sign, why_absent=absent
        ),
    ]


def _of_symptom(each: BrainSymptom, name: str, towards: str, level: float) -> list[Estimate]:
    one = partial(Estimate, n=each.n)
    return [
        one(name, *_limits(each.r), level, "Fisher z", "correlation", towards, p=each.p),
        one(f"{name}, of ranks", *_limits(each.rank), level, "Bonett & Wright", "correlation", towards),
    ]


def _limits(interval: Interval) -> tuple[float | None, float | None, float | None]:
    return interval.value, interval.low, interval.high


def _statement(region: str, detail: BrainDetail, level: float, study: Study) -> str:
    """What stands after adjustment, else the width of what was looked at."""
    labels = _labels(study)
    arms = [c for c in detail.changes if c.reference is not None] or list(detail.changes)
    what = "changed more in one arm than in another" if arms[0].reference is not None else "changed"
    clear = [c for c in arms if c.holm is not None and c.holm < 1 - level]
    parts = [
        f"{c.cell}: {_about(c, labels)} {number(c.standardised.value, 2)} baseline SD "
        f"({level_words(level)} {number(c.standardised.low, 2)} to {number(c.standardised.high, 2)}; adjusted {p_value(c.holm)})"
        for c in clear
    ]
    shown = min(arms, key=lambda c: c.p if c.p is not None else 2.0)
    of = f"{len(arms)} {'comparison' if len(arms) == 1 else 'comparisons'}"
    first = (
        f"The {region} {what} beyond chance in {len(clear)} of {of}: {'; '.join(parts)}."
        if clear
        else f"No {'difference in change' if arms[0].reference is not None else 'change'} stands out "
        f"in {of} in the {region} after adjustment for all regions looked at; the clearest is {shown.cell}, {_about(shown, labels)}: "
        f"{number(shown.standardised.value, 2)} baseline SD ({level_words(level)} {number(shown.standardised.low, 2)} to "
        f"{number(shown.standardised.high, 2)}; adjusted {p_value(shown.holm)}). This does not show that nothing changed."
    )
    return " ".join(part for part in (first, _symptom_words(detail, level)) if part)


def _symptom_words(detail: BrainDetail, level: float) -> str:
    if not detail.symptoms:
        return f"Too few people have both scans and {detail.symptom} for a correlation." if detail.symptom else ""
    best = min(detail.symptoms, key=lambda each: each.p if each.p is not None else 2.0)
    r = best.r
    head = (
        f"Of {len(detail.symptoms)} correlations with change in {detail.symptom}, the strongest ({best.cell}) is "
        if len(detail.symptoms) > 1
        else f"Its change and that in {detail.symptom} correlate "
    )
    return (
        f"{head}{number(r.value, 2)} ({level_words(level)} {number(r.low, 2)} to {number(r.high, 2)}, {people(best.n)}; adjusted "
        f"{p_value(best.holm)}; without the one person who moves it most {number(best.least, 2)} or {number(best.most, 2)})."
    )
