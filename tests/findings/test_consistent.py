"""Lists that belong together must be equally long, and the refusal names the finding and the field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forwhom.findings import kinds
from forwhom.findings.consistent import inconsistencies
from forwhom.findings.kinds import (
    Band,
    DistributionDetail,
    FlowArm,
    FlowDetail,
    Interval,
    MissingDetail,
    MissingPattern,
    PersonLine,
    RecommendationDetail,
    RiskDetail,
    RuleNode,
    SurvivalCurve,
    TrajectoryDetail,
)
from forwhom.findings.model import Finding, Method, Population, Provenance, Record, StudyCard
from forwhom.findings.record import VERSION, from_json, to_json
from forwhom.problems import ProblemsFound

NOTHING = Provenance("f", {"forwhom": "0"}, 2**63)
LINE = PersonLine("1", None, (0.0, 1.0), (5.0, 4.0), (5.0, 4.0))
BAND = Band(None, "All", (0.0, 1.0), (5.0, 4.0), (4.0, 3.0), (6.0, 5.0))
TRAJECTORY = TrajectoryDetail("s", "lower", "week", None, None, (LINE,), (BAND,))
ONE = ("baseline", 3, 1.0, 1.0, 0.0, 0.0, (1, 2))
DISTRIBUTION = DistributionDetail("s", 0.0, 2.0, (0.0, 1.0, 2.0), (ONE,))
FLOW = FlowDetail(3, (), ((0.0, "baseline"),), (FlowArm("a", "A", 3, (3,), ()),), (3,))
MISSING = MissingDetail(
    "s", ((0.0, "baseline"),), ("a",), (MissingPattern((True,), (3,)),), ((3,),), (3,), (), monotone=True
)
CURVE = SurvivalCurve(None, "All", (0.0, 1.0), (1.0, 0.5), (1.0, 0.2), (1.0, 0.9), (3, 2))
RISK = RiskDetail("x", (), (), (CURVE,))
RULE = (
    RuleNode(0, -1, "", "age below 35", None, 9, Interval(None)),
    RuleNode(1, 0, "yes", "", "a", 4, Interval(1.0, 0.5, 1.5)),
    RuleNode(2, 0, "no", "", "b", 5, Interval(0.0)),
)
RECOMMENDATION = RecommendationDetail("x", "lower", "points", RULE, (), (), (), (), ())


def rule(*nodes: RuleNode) -> RecommendationDetail:
    return replace(RECOMMENDATION, rule=nodes)


def record(detail: kinds.Detail, **changes: object) -> Record:
    card = StudyCard("s", "S", None, "week", (), (), None, None, 3, {})
    finding = Finding("outcome.x", "answered", "Q?", "S.", Population(3, 3), Method("m"), "planned", NOTHING)
    return Record(VERSION, card, (replace(finding, detail=detail, **changes),), (), NOTHING)


@pytest.mark.parametrize(
    "detail", [TRAJECTORY, DISTRIBUTION, FLOW, MISSING, RISK, RECOMMENDATION, rule(), rule(RULE[0])]
)
def test_what_fits_is_accepted(detail: kinds.Detail) -> None:
    assert inconsistencies(record(detail)) == ()


BROKEN: list[tuple[kinds.Detail, str]] = [
    (replace(TRAJECTORY, lines=(replace(LINE, values=(5.0,)),)), "detail.lines[0].values"),
    (replace(TRAJECTORY, lines=(replace(LINE, fitted=(5.0,)),)), "detail.lines[0].fitted"),
    (replace(TRAJECTORY, bands=(replace(BAND, values=(5.0,)),)), "detail.bands[0].values"),
    (replace(TRAJECTORY, bands=(replace(BAND, low=()),)), "detail.bands[0].low"),
    (replace(TRAJECTORY, bands=(replace(BAND, high=(1.0, 2.0, 3.0)),)), "detail.bands[0].high"),
    (replace(TRAJECTORY, lines=(replace(LINE, values=(5.0, 1e200)),)), "detail.lines[0].values[1]"),
    (replace(DISTRIBUTION, occasions=((*ONE[:6], (1, 2, 3)),)), "detail.occasions[0][6]"),
    (replace(DISTRIBUTION, occasions=((*ONE[:6], (1, -2)),)), "detail.occasions[0][6][1]"),
    (replace(DISTRIBUTION, edges=(0.0, 2.0, 1.0)), "detail.edges"),
    (replace(FLOW, arms=(replace(FLOW.arms[0], seen=()),)), "detail.arms[0].seen"),
    (replace(FLOW, analysed=()), "detail.analysed"),
    (replace(FLOW, entered=10**400), "detail.entered"),
    (replace(MISSING, observed=()), "detail.observed"),
    (replace(MISSING, observed=((3, 3),)), "detail.observed[0]"),
    (replace(MISSING, totals=(3, 3)), "detail.totals"),
    (replace(MISSING, patterns=(MissingPattern((True, True), (3,)),)), "detail.patterns[0].observed"),
    (replace(MISSING, patterns=(MissingPattern((True,), ()),)), "detail.patterns[0].counts"),
    (replace(RISK, curves=(replace(CURVE, at_risk=(3,)),)), "detail.curves[0].at_risk"),
    (replace(RISK, curves=(replace(CURVE, survival=(1.0,)),)), "detail.curves[0].survival"),
    (rule(*RULE[1:]), "detail.rule[0].parent"),
    (rule(RULE[0], RULE[1], replace(RULE[2], node=1)), "detail.rule[2].node"),
    (rule(RULE[0], RULE[1], replace(RULE[2], parent=7)), "detail.rule[2].parent"),
    (rule(RULE[0], RULE[1], replace(RULE[2], parent=2)), "detail.rule[2].parent"),
    (rule(RULE[0], RULE[1], replace(RULE[2], branch="yes")), "detail.rule[2].branch"),
    (rule(RULE[0], RULE[1], replace(RULE[2], branch="")), "detail.rule[2].branch"),
    (rule(replace(RULE[0], n=-1)), "detail.rule[0].n"),
    (rule(replace(RULE[0], branch="yes")), "detail.rule[0].branch"),
]


@pytest.mark.parametrize(("detail", "where"), BROKEN, ids=[where for _, where in BROKEN])
def test_what_does_not_fit_is_refused_by_name(detail: kinds.Detail, where: str) -> None:
    with pytest.raises(ProblemsFound) as caught:
        from_json(to_json(record(detail)))
    problem = caught.value.problems[0]
    assert problem.code == "record-field"
    assert problem.column == f"record.findings[0].{where}"
    assert "outcome.x" in problem.found


def test_one_finding_per_id() -> None:
    twice = record(FLOW)
    twice = replace(twice, findings=twice.findings * 2)
    assert [problem.column for problem in inconsistencies(twice)] == ["record.findings"]


def test_counts_that_no_number_can_hold() -> None:
    huge = record(FLOW, population=Population(10**400, 3))
    assert [problem.column for problem in inconsistencies(huge)] == ["record.findings[0].population.entered"]
    text = to_json(record(TRAJECTORY)).replace("[5.0, 4.0]", f"[5.0, {10**400}]")
    with pytest.raises(ProblemsFound, match="finite number"):
        from_json(text)
