"""Units and directions: lengths of time that do not fit each other, scales that are good in both directions."""

from __future__ import annotations

from collections.abc import Iterator

from forwhom.evidence.checks.places import of_arm, of_design, of_result, plain, span
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.model import Ledger

DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}


def treatment_outlasts_assessment(ledger: Ledger) -> Iterator[Contradiction]:
    """A treatment of 12 months assessed until week 12, or far longer than the last assessment, confuses units."""
    for study in ledger.studies.values():
        times, unit = study.design.assessments, study.design.unit
        if not times or unit not in DAYS:
            continue
        last = max(times)
        for arm in study.arms:
            length = arm.duration
            if length is None or length.unit not in DAYS:
                continue
            ratio = length.value * DAYS[length.unit] / (last * DAYS[unit]) if last else 0.0
            if ratio > 3 or (ratio > 1.1 and length.value == last):
                said, end = span(length.value, length.unit), span(last, unit)
                yield Contradiction(
                    "unit",
                    f"{arm.label} lasts {said}, and the last assessment is at {end}.",
                    (of_arm(study, arm, said, "duration"), of_design(study, "assessments", f"up to {end}")),
                    "Whether weeks or months are meant, and whether treatment went on after the last assessment.",
                )


def dose_does_not_fit(ledger: Ledger) -> Iterator[Contradiction]:
    """Sessions are those of a week times the weeks, give or take a third for missed weeks."""
    for study in ledger.studies.values():
        for arm in study.arms:
            if arm.sessions is None or arm.per_week is None or arm.duration is None or arm.duration.unit not in DAYS:
                continue
            expected = arm.per_week * arm.duration.value * DAYS[arm.duration.unit] / 7
            if not 0.67 * expected <= arm.sessions <= 1.1 * expected:
                yield Contradiction(
                    "unit",
                    f"{arm.label}: {plain(arm.per_week)} a week for {span(arm.duration.value, arm.duration.unit)} "
                    f"make {expected:.0f} sessions, not {plain(arm.sessions)}.",
                    (of_arm(study, arm, f"{plain(arm.sessions)} sessions", "sessions"),),
                    "Whether sessions were planned or attended, and what counts as one.",
                )


def scale_directions(ledger: Ledger) -> Iterator[Contradiction]:
    """A row, its measure and the domain say the same about which direction is good."""
    domains = ledger.vocabulary.sets.get("outcomes", {})
    for study in ledger.studies.values():
        for measure in study.measures:
            domain = domains.get(measure.domain)
            if domain and domain.better and measure.better and domain.better != measure.better:
                yield Contradiction(
                    "scale-direction",
                    f"{measure.label}: {measure.better} is better, where {domain.label} is better {domain.better}.",
                    (Place(study.id, f"measures.{measure.id}.better", f"{measure.better} is better", measure.source),),
                    "The scoring of the instrument.",
                )
        for result in study.results:
            of = study.measure(result.outcome)
            term = domains.get(result.outcome)
            expected = of.better if of else term.better if term else None
            if result.better and expected and result.better != expected:
                where = Place(study.id, f"measures.{of.id}.better", f"{of.better} is better", of.source) if of else None
                here = of_result(study, result, f"{result.better} is better", "better")
                yield Contradiction(
                    "scale-direction",
                    f"{result.id}: {result.better} is better, where {of.label if of else result.outcome} is better {expected}.",
                    (here, where) if where else (here,),
                    "The scoring of the instrument; whether the sign was turned in the analysis.",
                )
