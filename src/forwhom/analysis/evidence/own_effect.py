"""The effect of a study of one's own, on the scale on which published effects are pooled."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.analysis.asking import Asking
from forwhom.analysis.courses import arm_codes
from forwhom.analysis.outcome.arm_difference import arm_difference
from forwhom.analysis.outcome.events import COMPOSITE, event_kinds, events
from forwhom.evidence.comparisons import EVENTS, GIVEN
from forwhom.findings import Finding
from forwhom.findings.kinds import ArmDifferenceDetail, RiskDetail
from forwhom.kernels import meta_analysis as kernel
from forwhom.study import Study


@dataclass(frozen=True, slots=True)
class OwnEffect:
    """g (above 0 is better for the arm) or log risk ratio of the arm against the reference, with its variance.

    kind : which published comparisons it can stand beside: "events" or "given"
    good : of events, whether more of them is good
    counted : of events, those of the arm, its people, those of the reference, its people
    finding : id of the finding it is taken from; when : in words
    """

    value: float
    variance: float
    kind: str
    good: bool
    finding: str
    when: str
    analysed: int
    counted: tuple[int, int, int, int] | None = None


def own_effect(study: Study, asking: Asking, name: str, arm: int) -> OwnEffect | str:
    """Of the scale or the kind of event `name`, in one arm against the first; words where there is none."""
    if name in study.scales:
        return _of_scale(study, asking, name, arm)
    if name == COMPOSITE or name in event_kinds(study):
        return _of_events(study, asking, name, arm)
    return f"'{name}' under [published] outcomes is neither a scale nor a kind of event of the study"


def _of_scale(study: Study, asking: Asking, name: str, arm: int) -> OwnEffect | str:
    scale = study.scales[name]
    found = arm_difference(study, asking, scale, None, name)
    detail = found.detail
    if found.status != "answered" or not isinstance(detail, ArmDifferenceDetail):
        return _why(found)
    code = arm_codes(study)[1][arm][0]
    points = [each for each in detail.differences if each.arm == code and each.reference == study.arms[0].name]
    point = next((each for each in points if each.primary), points[-1] if points else None)
    if point is None:
        return "the arms are not compared on it"
    estimate = next(
        (
            each
            for each in found.estimates
            if each.arm == code and each.time == point.time and "Hedges g" in each.name and each.value is not None
        ),
        None,
    )
    if estimate is None or estimate.value is None or estimate.se is None:
        return "it has no spread at baseline to standardise on"
    sign = 1.0 if scale.better == "higher" else -1.0
    when = estimate.name.partition(" at ")[2].partition(" in ")[0]
    return OwnEffect(sign * estimate.value, estimate.se**2, GIVEN, True, found.id, when, found.population.analysed)


def _of_events(study: Study, asking: Asking, name: str, arm: int) -> OwnEffect | str:
    found = events(study, asking, name)
    detail = found.detail
    if not isinstance(detail, RiskDetail):
        return _why(found)
    rows = {row.arm: row for row in detail.rows}
    one, two = rows.get(study.arms[arm].name), rows.get(study.arms[0].name)
    if one is None or two is None:
        return "an arm has nobody followed"
    made = kernel.log_risk_ratio(one.events, one.n, two.events, two.n)
    if made.problem[0]:
        return made.problem[0]
    return OwnEffect(
        float(made.value[0]),
        float(made.variance[0]),
        EVENTS,
        detail.good,
        found.id,
        "over the time followed",
        one.n + two.n,
        (one.events, one.n, two.events, two.n),
    )


def _why(found: Finding) -> str:
    return found.reason or "the study gives no answer on it"
