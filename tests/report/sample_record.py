"""Records to draw: Beat the Blues with simple numbers in every kind of detail, and extremes.

The numbers are means, t intervals and counts of the real data, simple on purpose: these records exercise the page,
they are no analysis.
"""

from __future__ import annotations

import csv
import importlib.util
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

from forwhom.findings.kinds import (
    ArmDifferenceDetail,
    Band,
    CategoryShare,
    ChangePoint,
    ClusterDetail,
    ContrastRow,
    CrisisPlanDetail,
    DifferencePoint,
    DistributionDetail,
    FlowArm,
    FlowDetail,
    Interval,
    ItemRow,
    ItemsDetail,
    MeanPoint,
    MissingDetail,
    MissingPattern,
    PersonLine,
    PlanStep,
    PrecisionDetail,
    ReliabilityDetail,
    ReliableChangeDetail,
    RiskDetail,
    RiskRow,
    SensitivityDetail,
    SensitivityRow,
    SurvivalCurve,
    TrajectoryDetail,
)
from forwhom.findings.model import (
    Caution,
    Estimate,
    Finding,
    LeftOut,
    Method,
    Population,
    ProblemNote,
    Provenance,
    Record,
    StudyCard,
)


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"report_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


made_up = _beside("sample_for_whom")
bonds = _beside("sample_alliance")
ways = _beside("sample_mediation")
spread_out = _beside("sample_dimensions")
inside = _beside("sample_structure")
scanned = _beside("sample_brain")
known = _beside("sample_evidence")
tables = _beside("sample_grids")
pooled = _beside("sample_pool")
graded = _beside("sample_grade")
treated = _beside("sample_case")
planned_out = _beside("sample_programme")
said = _beside("sample_session")

TIMES = (0.0, 2.0, 3.0, 5.0, 8.0)
LABELS = ("Baseline", "2 months", "3 months", "5 months", "8 months")
ARMS = (("TAU", "Treatment as usual"), ("BtheB", "Beat the Blues"))
SCALE = "bdi2"
MALLINCKRODT = "Mallinckrodt CH, Lane PW, Schnell D, et al. Drug Information Journal 2008;42:303–319."
JACOBSON = "Jacobson NS, Truax P. Journal of Consulting and Clinical Psychology 1991;59:12–19."
MIETTINEN = "Miettinen O, Nurminen M. Statistics in Medicine 1985;4:213–226."
KENWARD = "Kenward MG, Roger JH. Biometrics 1997;53:983–997."
PROVENANCE = Provenance(
    "sha256:5b1d0f0a9c3e4f7788aa00bb11cc22dd33ee44ff5566778899aabbccddeeff00",
    {"forwhom": "0.1.0", "python": "3.11.2", "numpy": "2.4.0", "scipy": "1.17.0", "polars": "2.1.0"},
    20260101,
)


@cache
def btheb() -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Ids, arm names, and scores of persons by occasions (NaN where absent)."""
    with (Path(__file__).parent / "btheb.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = ("bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m")
    scores = np.array([[float(row[c]) if row[c] else np.nan for c in columns] for row in rows])
    return tuple(row["id"] for row in rows), np.array([row["treatment"] for row in rows]), scores


def finding(id_: str, question: str, statement: str, detail: object = None, **more: object) -> Finding:
    return replace(
        Finding(
            id=id_,
            status="answered",
            question=question,
            statement=statement,
            population=Population(100, 97, (LeftOut(3, "no score after baseline"),)),
            method=Method("Descriptive statistics", {"interval": "t"}, ()),
            registered="exploratory",
            provenance=PROVENANCE,
            detail=detail,
        ),
        **more,
    )


def mean_interval(values: np.ndarray) -> Interval:
    values = values[np.isfinite(values)]
    half = 2.0 * values.std(ddof=1) / np.sqrt(values.size)
    return Interval(float(values.mean()), float(values.mean() - half), float(values.mean() + half))


def share_interval(k: int, n: int) -> Interval:
    p = k / n
    half = 1.96 * np.sqrt(p * (1 - p) / n) + 0.5 / n
    return Interval(p, float(max(0.0, p - half)), float(min(1.0, p + half)))


def flow() -> Finding:
    _, arm, scores = btheb()
    seen = {name: tuple(int(np.isfinite(scores[arm == name, k]).sum()) for k in range(5)) for name, _ in ARMS}
    arms = tuple(
        FlowArm(
            name,
            label,
            int((arm == name).sum()),
            seen[name],
            (("no follow-up received", seen[name][0] - seen[name][1]), ("left later", seen[name][1] - seen[name][4])),
        )
        for name, label in ARMS
    )
    detail = FlowDetail(
        107,
        (("did not meet the criteria", 5), ("declined", 2)),
        tuple(zip(TIMES, LABELS, strict=True)),
        arms,
        tuple(seen[name][1] for name, _ in ARMS),
    )
    return finding(
        "outcome.flow",
        "Who entered, who was seen, and who left?",
        "Of 100 people allocated, 97 were seen at 2 months and 52 at 8 months.",
        detail,
        method=Method("Participant flow", {"occasion counted when": "the score is present"}, ()),
        registered="planned",
    )


def missing() -> Finding:
    _, arm, scores = btheb()
    observed = np.isfinite(scores)
    patterns: dict[tuple[bool, ...], list[int]] = {}
    for k, row in enumerate(observed):
        counts = patterns.setdefault(tuple(map(bool, row)), [0, 0])
        counts[0 if arm[k] == "TAU" else 1] += 1
    detail = MissingDetail(
        SCALE,
        tuple(zip(TIMES, LABELS, strict=True)),
        ("TAU", "BtheB"),
        tuple(MissingPattern(pattern, tuple(counts)) for pattern, counts in patterns.items()),
        tuple(tuple(int(n) for n in observed[arm == name].sum(axis=0)) for name, _ in ARMS),
        tuple(int((arm == name).sum()) for name, _ in ARMS),
        (("no reason recorded", int((~observed).sum())),),
        True,
    )
    return finding(
        "outcome.missing.bdi2",
        "Whose BDI-II scores are missing?",
        "At 8 months 48 % of the scores are missing; once gone, nobody returned.",
        detail,
        cautions=(Caution("much-missing", "Almost half of the scores at 8 months are missing."),),
    )


def arm_difference() -> Finding:
    _, arm, scores = btheb()
    sd = float(np.nanstd(scores[:, 0], ddof=1))
    means, differences, estimates = [], [], []
    for k, time in enumerate(TIMES):
        by_arm = {name: scores[arm == name, k] for name, _ in ARMS}
        for name, _ in ARMS:
            here = mean_interval(by_arm[name])
            means.append(MeanPoint(name, time, here, here.value, int(np.isfinite(by_arm[name]).sum())))
        if k == 0:
            continue
        a, b = (by_arm[name][np.isfinite(by_arm[name])] for name in ("BtheB", "TAU"))
        value, se = float(a.mean() - b.mean()), float(np.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size))
        raw = Interval(value, value - 2 * se, value + 2 * se)
        g = Interval(value / sd, (value - 2 * se) / sd, (value + 2 * se) / sd)
        p, df, primary = (0.0312, 0.004, 0.0491, 0.00002)[k - 1], a.size + b.size - 2.4, time == 8
        differences.append(DifferencePoint("BtheB", "TAU", time, raw, g, p, df, primary))
        name = f"difference at {LABELS[k]}, Beat the Blues − Treatment as usual"
        shared = {
            "level": 0.95,
            "n": int(a.size + b.size),
            "arm": "BtheB",
            "reference": "TAU",
            "time": time,
            "scale": SCALE,
        }
        way = "below 0 favours Beat the Blues"
        estimates += [
            Estimate(
                name,
                raw.value,
                raw.low,
                raw.high,
                interval="t, Kenward-Roger",
                unit="BDI-II points",
                direction=way,
                se=se,
                df=df,
                p=p,
                **shared,
            ),
            Estimate(
                f"standardised {name}",
                g.value,
                g.low,
                g.high,
                interval="t",
                unit="baseline SD",
                direction=way,
                **shared,
            ),
        ]
    detail = ArmDifferenceDetail(SCALE, "lower", "month", tuple(means), tuple(differences), "unstructured", ARMS)
    last = differences[-1].raw
    return finding(
        "outcome.arm_difference.bdi2",
        "Did the arms differ in depression (BDI-II)?",
        f"At 8 months, people in Beat the Blues scored {abs(last.value or 0):.1f} BDI-II points lower than people in "
        f"Treatment as usual (95 % interval from {abs(last.low or 0):.1f} lower to {last.high or 0:.1f} higher).",
        detail,
        estimates=tuple(estimates),
        registered="planned",
        method=Method(
            "Mixed model for repeated measures, baseline constrained equal across arms",
            {
                "covariance over occasions": "unstructured",
                "estimation": "restricted maximum likelihood",
                "degrees of freedom": "Kenward-Roger",
                "covariates": "none",
                "population": "everyone allocated with at least one score, in the arm allocated to",
            },
            (MALLINCKRODT, KENWARD),
        ),
        cautions=(Caution("much-missing", "Almost half of the scores at 8 months are missing."),),
    )


def trajectory() -> Finding:
    ids, arm, scores = btheb()
    lines = []
    for k, name in enumerate(ids):
        there = np.flatnonzero(np.isfinite(scores[k]))
        values = tuple(float(v) for v in scores[k, there])
        lines.append(PersonLine(name, str(arm[k]), tuple(TIMES[i] for i in there), values, values))
    bands = []
    for name, label in ARMS:
        grid = tuple(float(t) for t in np.linspace(0, 8, 33))
        points = [mean_interval(scores[arm == name, k]) for k in range(5)]
        curve = [np.interp(grid, TIMES, [getattr(p, part) for p in points]) for part in ("value", "low", "high")]
        bands.append(Band(name, label, grid, *(tuple(float(v) for v in part) for part in curve)))
    detail = TrajectoryDetail(SCALE, "lower", "month", 0.0, 63.0, tuple(lines), tuple(bands))
    return finding(
        "outcome.trajectory.bdi2",
        "How did each person's depression (BDI-II) change?",
        "Scores fell in both arms, most in the first two months; people differ widely.",
        detail,
        method=Method("Linear growth model (mixed model)", {"random effects": "intercept and slope"}, (KENWARD,)),
    )


def reliable_change() -> Finding:
    ids, arm, scores = btheb()
    points = []
    for k, name in enumerate(ids):
        before = scores[k, 0]
        later = scores[k][np.isfinite(scores[k])]
        if later.size < 2:
            continue
        after, threshold = later[-1], 8.5
        change = after - before
        category = (
            "deteriorated"
            if change > threshold
            else "unchanged"
            if change >= -threshold
            else "recovered"
            if after < 14 <= before
            else "improved"
        )
        points.append(
            ChangePoint(name, str(arm[k]), float(before), float(after), float(change / threshold * 1.96), category)
        )
    shares = []
    for name, label in ARMS:
        here = [p.category for p in points if p.arm == name]
        for category in ("recovered", "improved", "unchanged", "deteriorated"):
            k = here.count(category)
            shares.append(CategoryShare(name, label, category, k, len(here), share_interval(k, len(here))))
    detail = ReliableChangeDetail(
        SCALE,
        "lower",
        "baseline",
        "the last visit",
        8.5,
        14.0,
        "cut-off c",
        0.0,
        63.0,
        tuple(points),
        tuple(shares),
    )
    estimates = tuple(
        Estimate(
            f"{s.category}, {s.label}",
            s.share.value,
            s.share.low,
            s.share.high,
            0.95,
            "exact (Clopper-Pearson)",
            "proportion",
            n=s.n,
            arm=s.arm,
        )
        for s in shares
    )
    return finding(
        "outcome.reliable_change.bdi2",
        "Who changed reliably on the BDI-II, and who got worse?",
        "Half of the people improved reliably; three got reliably worse.",
        detail,
        estimates=estimates,
        method=Method(
            "Reliable and clinically significant change",
            {"change counted as reliable": "more than 8.5 points", "cut-off": "14.0, cut-off c"},
            (JACOBSON,),
        ),
    )


def leaving() -> Finding:
    _, arm, scores = btheb()
    rows, curves = [], []
    for name, label in ARMS:
        present = np.isfinite(scores[arm == name])
        n = int(present.shape[0])
        still = present.sum(axis=0)
        gone = n - int(still[-1])
        rows.append(RiskRow(name, label, gone, n, share_interval(gone, n)))
        s = [float(x) / n for x in still[1:]]
        curves.append(
            SurvivalCurve(
                name,
                label,
                TIMES[1:],
                tuple(s),
                tuple(max(0.0, x - 0.1) for x in s),
                tuple(min(1.0, x + 0.1) for x in s),
                (n, *(int(x) for x in still[1:-1])),
            )
        )
    difference = (rows[1].risk.value or 0) - (rows[0].risk.value or 0)
    contrasts = (
        ContrastRow("risk difference", "BtheB", "TAU", Interval(difference, difference - 0.19, difference + 0.2)),
        ContrastRow("risk ratio", "BtheB", "TAU", Interval(1.08, 0.72, 1.64)),
        ContrastRow(
            "number needed to treat", "BtheB", "TAU", Interval(28.3, None, None), "harm 4.2 to ∞ to benefit 6.5"
        ),
    )
    estimates = (
        Estimate(
            "risk difference",
            difference,
            difference - 0.19,
            difference + 0.2,
            0.95,
            "Miettinen-Nurminen",
            "proportion",
            "above 0: more leave in Beat the Blues",
            100,
            arm="BtheB",
            reference="TAU",
        ),
        Estimate("number needed to harm", 28.3, 5.1, None, 0.95, "Miettinen-Nurminen, to infinity", "people"),
        Estimate("hazard ratio", None, unit="ratio", why_absent="no times of leaving are recorded"),
    )
    return finding(
        "outcome.leaving",
        "Who left before the end?",
        "46 % of Treatment as usual and 50 % of Beat the Blues left before 8 months.",
        RiskDetail("leaving", tuple(rows), contrasts, tuple(curves), "month"),
        estimates=estimates,
        method=Method("Risk of leaving per arm, Kaplan-Meier curves", {"intervals": "exact"}, (MIETTINEN,)),
    )


def sensitivity() -> Finding:
    def row(words: str, delta: float | None, value: float) -> SensitivityRow:
        return SensitivityRow(words, delta, Interval(value, value - 4.0, value + 4.0), 0.05)

    rows = (
        row("missing at random", 0.0, -4.6),
        row("jump to reference", None, -3.2),
        row("copy reference", None, -3.6),
        row("last score carried forward on average", None, -4.1),
    )
    curve = tuple(row(f"worse by {d} points", float(d), -4.6 + 0.45 * d) for d in range(-6, 13))
    detail = SensitivityDetail(
        SCALE,
        "lower",
        "BtheB",
        "TAU",
        8.0,
        "month",
        rows,
        curve,
        1.35,
        "The conclusion changes when missing scores in Beat the Blues are 1.4 points worse than expected",
    )
    return finding(
        "outcome.missing_sensitivity.bdi2",
        "How much would the missing have to differ to change the conclusion?",
        "The conclusion changes when missing scores in Beat the Blues are 1.4 points worse than expected.",
        detail,
        estimates=(Estimate("tipping point", 1.35, unit="BDI-II points"),),
        registered="planned",
    )


def measurement() -> tuple[Finding, ...]:
    _, _, scores = btheb()
    edges = (*(float(e) for e in range(0, 64, 5)), 65.0)
    occasions = []
    for k, label in enumerate(LABELS):
        here = scores[np.isfinite(scores[:, k]), k]
        counts = tuple(int(n) for n in np.histogram(here, edges)[0])
        occasions.append(
            (label, int(here.size), float(here.mean()), float(here.std(ddof=1)), float((here == 0).mean()), 0.0, counts)
        )
    reliability = ReliabilityDetail(
        SCALE,
        (
            ("alpha", "norm sample", Interval(0.93), 500),
            ("test-retest (ICC)", "Treatment as usual, 2 to 3 months", Interval(0.81, 0.66, 0.90), 45),
            ("omega", "baseline", Interval(None), 0),
        ),
    )
    rng = np.random.default_rng(1)
    items = []
    for k in range(9):
        p = rng.dirichlet(np.array([4.0, 3, 2, 1]) if k % 2 else np.array([1.0, 3, 4, 2]))
        items.append(
            ItemRow(
                f"item {k + 1}",
                k in (2, 5),
                98,
                float(p @ [0, 1, 2, 3]),
                0.9,
                float(0.3 + 0.05 * k),
                0.88,
                None,
                float(p[0]),
                float(p[3]),
                tuple((float(c), float(x)) for c, x in enumerate(p)),
            )
        )
    return (
        finding(
            "measurement.distribution.bdi2",
            "Do BDI-II scores use the scale, or pile up at its ends?",
            "Scores use the lower two thirds of the scale; 4 % stand at the lowest possible score at 8 months.",
            DistributionDetail(SCALE, 0.0, 63.0, edges, tuple(occasions)),
        ),
        finding(
            "measurement.reliability.bdi2",
            "How reliable is the BDI-II here?",
            "Test-retest reliability over one month was 0.81 (95 % interval 0.66 to 0.90).",
            reliability,
            estimates=(Estimate("ICC(2,1)", 0.81, 0.66, 0.9, 0.95, "F", "correlation", n=45),),
            cautions=(Caution("retest-under-usual-care", "Real change between the visits lowers these coefficients."),),
        ),
        finding(
            "measurement.items.bdi2",
            "How do the items work?",
            "Items 1 and 2 are weak.",
            ItemsDetail(SCALE, "baseline", tuple(items)),
        ),
        finding(
            "measurement.precision.bdi2",
            "How precise is one person's score?",
            "One score is precise to about ± 4 points.",
            PrecisionDetail(
                SCALE, (("alpha, norm sample", 0.93, 10.6, 2.8, 7.8), ("test-retest", 0.81, 10.6, 4.6, 12.8))
            ),
        ),
        finding(
            "measurement.clustering.bdi2",
            "How alike are people of one therapist or site?",
            "Little: the intraclass correlation of sites is 0.03 (95 % interval 0.00 to 0.14).",
            ClusterDetail(
                SCALE,
                (("site", 9, 11.1, Interval(0.03, 0.0, 0.14)), ("therapist", 21, 4.8, Interval(0.08, 0.01, None))),
            ),
        ),
        finding(
            "measurement.structure.phq9",
            "Do the items measure one thing?",
            "No answer: the study holds scores, not items.",
            status="declined",
            would_take="A table with one column per item.",
            population=Population(100, 0),
            method=Method("none"),
        ),
        finding(
            "measurement.structure.bdi2",
            "Do the items of BDI-II measure what the score says, in every arm and at every occasion?",
            "At baseline, 2 correlated facets described the items roughly.",
            inside.structure(),
        ),
        finding(
            "measurement.item_drift.bdi2",
            "Do single items of BDI-II move by themselves over time?",
            "Between baseline and 6 months, 1 of 8 items moved by itself.",
            inside.drift(),
        ),
    )


def events() -> Finding:
    return finding(
        "outcome.events.self_harm",
        "Did fewer people harm themselves?",
        "Not applicable: the study has no table of events.",
        status="not_applicable",
        population=Population(100, 0),
        method=Method("none"),
    )


def interaction(name: str, value: float, p: float, **more: object) -> Estimate:
    return Estimate(
        f"interaction with {name}",
        value,
        value - 3.0,
        value + 3.0,
        0.95,
        "t, Kenward-Roger",
        "BDI-II points per SD",
        n=97,
        p=p,
        arm="BtheB",
        reference="TAU",
        time=8.0,
        scale=SCALE,
        **more,
    )


def for_whom(arms: tuple[str, ...] = ("BtheB",)) -> tuple[Finding, ...]:
    """The chapter on what works for whom, without a recommendation."""

    def one(kind: str, question: str, statement: str, detail: object, **more: object) -> Finding:
        return finding(f"for_whom.{kind}", question, statement, detail, **more)

    return (
        one(
            "heterogeneity.bdi2", "Do effects differ between people?", "It cannot be told.", made_up.heterogeneity(arms)
        ),
        one(
            "moderator.bdi2.age",
            "Does age moderate the effect?",
            "No: 2.1 points per SD (95 % interval −0.9 to 5.1).",
            made_up.moderator(arms),
            estimates=(interaction("age", 2.1, 0.16),),
            registered="planned",
        ),
        one(
            "moderator.bdi2.drug",
            "Does taking an antidepressant moderate the effect?",
            "It cannot be told.",
            made_up.by_level(arms),
            estimates=(interaction("drug", -4.1, 0.31),),
        ),
        one("composite_moderator.bdi2", "Do all moderators together?", "Effect size 0.12.", made_up.composite()),
        one("individual.bdi2", "Who is expected to gain more?", "From −9 to 3 points.", made_up.individual(arms)),
        one(
            "recommendation.bdi2",
            "Can a recommendation be made?",
            "No recommendation can be made: the gain over Beat the Blues for everyone is 0.8 points (95 % interval −1.1 to 2.7).",
            made_up.no_recommendation(),
            status="declined",
            would_take="About 1,500 people for 80 % power to show a gain of d 0.2.",
        ),
        one("fair_use.bdi2", "Is the rule fair?", "Widths are large.", made_up.fair_use()),
        one("dimensional.profile", "Is the effect general or specific?", "Specific.", made_up.dimensional()),
    )


def alliance() -> tuple[Finding, ...]:
    """The dimensional profile; the alliance, its ruptures, and sudden changes."""
    return (
        finding("measurement.profile", "Which dimensional profile?", "Severity scale 1.4.", spread_out.sample()),
        finding("one_person.dimensions", "Which dimensional profile?", "Severity scale 1.4.", spread_out.person()),
        finding("how.mediation.coping.bdi2", "Does earlier change carry later change?", "It may.", ways.mediation()),
        finding("how.mechanisms.bdi2", "Which mechanism carries change?", "Coping may.", ways.mechanisms()),
        finding("how.temporal_order.coping.bdi2", "Which changes first?", "Coping.", ways.order()),
        finding("how.alliance", "How does the alliance develop?", "It grew.", bonds.alliance()),
        finding(
            "how.ruptures", "How often does the alliance break?", "0.4 ruptures per 10 sessions.", bonds.ruptures()
        ),
        finding("how.sudden_change.bdi2", "Does BDI-II change suddenly?", "In 20 %.", bonds.sudden_change()),
        finding("how.roles", "Which variables play more than one part?", "Two.", scanned.roles()),
        finding("how.brain.amygdala", "Did the amygdala change?", "Not beyond chance.", scanned.region()),
        finding("how.brain_prediction.activation", "Do scans foretell the outcome?", "No.", scanned.prediction()),
    )


def one_person() -> tuple[Finding, ...]:
    """The answers of one person's page."""

    def one(kind: str, question: str, statement: str, detail: object, **more: object) -> Finding:
        return finding(f"one_person.{kind}", question, statement, detail, **more)

    return (
        one(
            "profile",
            "What was the person like before treatment?",
            "BDI-II 29, above 84 % of the sample.",
            made_up.profile(),
        ),
        one(
            "course.bdi2",
            "Is the course as expected?",
            "No: the last score, 31, lies above the band expected at the start (14 to 28).",
            made_up.course(),
        ),
        one("on_track.bdi2", "Is the person on track?", "Off track by the rule chosen in advance.", made_up.on_track()),
        one(
            "change.bdi2", "How much has changed so far?", "Worse by 9 points, which is reliable.", made_up.own_change()
        ),
        one(
            "benefit.bdi2", "What would each arm be expected to add?", "−5.2 points (−10.7 to 0.3).", made_up.benefit()
        ),
    )


def three_arms() -> Record:
    """The chapter on what works for whom with three arms."""
    base = record()
    arms = (*ARMS, ("third", "Coaching by telephone"))
    recommended = finding(
        "for_whom.recommendation.other",
        "Can a recommendation be made on another scale?",
        "Beat the Blues for those above 24 points who are below 35.",
        made_up.recommendation(),
    )
    findings = (*for_whom(("BtheB", "third")), recommended)
    return replace(base, study=replace(base.study, arms=arms), findings=findings)


def person() -> Record:
    """The page of one person."""
    base = record()
    return replace(base, findings=one_person(), problems=(), person="12")


def published() -> tuple[Finding, ...]:
    """The ledger's answers."""
    return (
        finding("evidence.contradictions", "What does not agree?", "Two contradictions.", known.contradictions()),
        finding("evidence.map.activation", "Where?", "Less in one of four samples.", known.brain_map()),
        finding("evidence.predictors", "What foretells?", "Nothing in more than one.", known.predictors()),
        finding("evidence.gaps", "What is missing?", "Most.", known.gaps()),
        finding("evidence.grid.parts", "What are treatments made of?", "Three of nine cells are said.", tables.signs()),
        finding("evidence.grid.levels", "Theory by package?", "Two of four cells are said.", tables.words()),
        finding("evidence.searches", "How were the studies found?", "Two searches.", tables.searches()),
        finding("evidence.pool.all.severity", "Together?", "0.42 on average.", pooled.scores()),
        finding("evidence.pool.mbt.suicidality", "Together?", "A ratio of 0.31.", pooled.ratios()),
        finding("evidence.pool.tfp.severity", "Together?", "One study.", pooled.one()),
        finding("evidence.recomputed", "What follows?", "A ratio of 0.39.", pooled.recomputed()),
        finding("evidence.grade", "How well supported?", "One of five treatments.", graded.grade()),
        finding("evidence.claims.p", "What holds?", "One of four.", graded.claims()),
        finding("evidence.certainty", "How certain?", "One moderate, one low.", graded.certainty()),
        finding("evidence.published.self_harm", "How does it compare?", "Compatible.", graded.published()),
        finding("evidence.published.bdi2", "How does it compare?", "Compatible.", graded.published(ratio=False)),
        *of_a_case(),
        *of_a_programme(),
        *of_a_session(),
    )


def of_a_crisis() -> CrisisPlanDetail:
    """Every part, one without a way to reach it, one not written down."""
    return CrisisPlanDetail(
        2, 3, "2026-03-02", ("Call 999",), "When the signs come", ("I stop answering",), (PlanStep("Walk to the river"),),
        (PlanStep("Sister", "07700 900000"),), (PlanStep("Duty worker", "01632 960000", "weekdays 9:00 to 17:00"),), ("patient",),
        ("therapist",), (("who else knows", "Somebody must answer", "S2 line 88"),),
    )  # fmt: skip


def of_a_case() -> tuple[Finding, ...]:
    """What the page of a case says."""
    names = (
        "alerts",
        "formulation",
        "strategies",
        "profile",
        "triggers",
        "advice",
        "team",
        "stance",
        "agenda",
        "training",
    )
    made = tuple(finding(f"case.{name}", f"What of the {name}?", "This.", getattr(treated, name)()) for name in names)
    return (*made, finding("case.crisis", "What to do in a crisis?", "Begin with own means.", of_a_crisis()))


def of_a_session() -> tuple[Finding, ...]:
    """What the page of a session says."""
    return tuple(
        finding(f"session.{name}", f"What of the {name}?", "This.", getattr(said, name)()) for name in said.NAMES
    )


def of_a_programme() -> tuple[Finding, ...]:
    """What the page of a programme says."""
    names = ("timeline", "features", "guidance", "gaps")
    return tuple(
        finding(f"programme.{name}", f"What of the {name}?", "This.", getattr(planned_out, name)()) for name in names
    )


def record() -> Record:
    """Beat the Blues with every kind of detail."""
    card = StudyCard(
        "beat-the-blues",
        "Computerised CBT for depression in primary care",
        "Proudfoot J, Ryden C, Everitt B, et al. British Journal of Psychiatry 2004;185:46–54. R package HSAUR3, GPL-2.",
        "month",
        ARMS,
        ({"name": SCALE, "label": "BDI-II", "better": "lower", "range": "0 to 63", "source": "Beck 1996"},),
        "2003-05-01",
        "BDI-II at 8 months",
        100,
        {"persons": 100, "measures": 500},
    )
    findings = (
        *measurement(),
        flow(),
        missing(),
        arm_difference(),
        trajectory(),
        reliable_change(),
        leaving(),
        sensitivity(),
        events(),
        *for_whom(),
        *alliance(),
        *one_person(),
        *published(),
    )
    problems = (
        ProblemNote(
            "3 rows have no score at any follow-up; they are kept and counted as missing.", "btheb.csv", 3, "notice"
        ),
    )
    return Record("1.0", card, findings, problems, PROVENANCE)


# ── extremes ─────────────────────────────────────────────────────────────────────────────────────

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)> & \"quoted\" 'single' ]]> <!-- \u2028"


def nasty() -> Record:
    """Every text of the record tries to break out of the page."""
    from dataclasses import fields, is_dataclass

    literal = {"status", "registered", "version", "better", "about"}

    def spoil(value: object, name: str = "") -> object:
        if isinstance(value, str):
            return (
                value if name in literal else (f"{value}{NASTY}" if name != "id" or "." not in value else value + "<x>")
            )
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: spoil(getattr(value, f.name), f.name) for f in fields(value)})
        if isinstance(value, tuple):
            return tuple(spoil(item) for item in value)
        if isinstance(value, dict):
            return {
                key if key in {"name", "label", "better"} else key + NASTY: spoil(v, key) for key, v in value.items()
            }
        return value

    return spoil(record())


def wide(persons: int = 1500, arms: int = 6, occasions: int = 40, seed: int = 3) -> Record:
    """Six arms with long labels, forty occasions, many persons."""
    rng = np.random.default_rng(seed)
    labels = (
        "Waiting list with monthly telephone calls",
        "Mentalization-based treatment, day hospital",
        "Dialectical behaviour therapy, outpatient programme",
        "Transference-focused psychotherapy twice weekly",
        "Schema therapy, combined individual and group",
        "Structured clinical management by general psychiatric teams",
    )[:arms]
    names = tuple((f"arm{k}", label) for k, label in enumerate(labels))
    times = tuple(float(t) for t in np.arange(occasions) * 2)
    told = tuple((t, f"Week {t:.0f}" if t else "Baseline") for t in times)
    lines, points = [], []
    for k in range(persons):
        start, slope = rng.normal(40, 9), rng.normal(-0.2 - 0.04 * (k % arms), 0.15)
        kept = np.flatnonzero(rng.random(occasions) > 0.15)
        values = tuple(
            float(v)
            for v in np.clip(np.round(start + slope * np.array(times)[kept] + rng.normal(0, 4, kept.size)), 0, 100)
        )
        lines.append(PersonLine(f"P{k + 1:04d}", f"arm{k % arms}", tuple(times[i] for i in kept), values, values))
        if len(values) > 1:
            change = values[-1] - values[0]
            category = (
                "recovered"
                if change < -25
                else "improved"
                if change < -10
                else "deteriorated"
                if change > 10
                else "unchanged"
            )
            points.append(ChangePoint(f"P{k + 1:04d}", f"arm{k % arms}", values[0], values[-1], change / 5, category))
    bands, means, differences, shares = [], [], [], []
    for k, (name, label) in enumerate(names):
        curve = [40 - (0.2 + 0.04 * k) * t for t in times]
        bands.append(Band(name, label, times, tuple(curve), tuple(v - 2 for v in curve), tuple(v + 2 for v in curve)))
        for t, v in zip(times, curve, strict=True):
            means.append(MeanPoint(name, t, Interval(v, v - 2, v + 2), v + 0.5, persons // arms))
            if k and t:
                d = Interval(-0.04 * k * t, -0.04 * k * t - 3, None if k == 5 else -0.04 * k * t + 3)
                differences.append(DifferencePoint(name, "arm0", t, d, Interval(None), None, None, t == times[-1]))
        here = [p.category for p in points if p.arm == name]
        for category in ("recovered", "improved", "unchanged", "deteriorated"):
            c, n = here.count(category), max(len(here), 1)
            shares.append(CategoryShare(name, label, category, c, n, share_interval(c, n)))
    flow_arms = tuple(
        FlowArm(
            name,
            label,
            persons // arms,
            tuple(max(3, persons // arms - 4 * i) for i in range(occasions)),
            (("moved away", 3), ("a reason that takes many words to tell, as reasons in trials often do", 12)),
        )
        for name, label in names
    )
    patterns = tuple(
        MissingPattern(
            tuple(bool(b) for b in rng.random(occasions) > 0.3), tuple(int(n) for n in rng.integers(0, 9, arms))
        )
        for _ in range(60)
    )
    arm_names = tuple(name for name, _ in names)
    totals = tuple(persons // arms for _ in names)
    observed = tuple(arm.seen for arm in flow_arms)
    base = record()
    curves = tuple(
        SurvivalCurve(
            n,
            la,
            times[1:],
            tuple(1 - 0.012 * i for i in range(1, occasions)),
            tuple(0.95 - 0.012 * i for i in range(1, occasions)),
            tuple(min(1.0, 1.04 - 0.012 * i) for i in range(1, occasions)),
            tuple(250 - 5 * i for i in range(1, occasions)),
        )
        for n, la in names
    )
    many = tuple(
        Estimate(
            f"difference at week {p.time:.0f}, {dict(names)[p.arm]} − {labels[0]}",
            p.raw.value,
            p.raw.low,
            p.raw.high,
            0.95,
            "t",
            "points",
            arm=p.arm,
            reference="arm0",
            time=p.time,
        )
        for p in differences
    )
    findings = (
        finding("outcome.flow", "Flow?", "Flow.", FlowDetail(persons, (), told, flow_arms, totals)),
        finding(
            "outcome.missing.z",
            "Missing?",
            "Missing.",
            MissingDetail("z", told, arm_names, patterns, observed, totals, (), False),
        ),
        finding(
            "outcome.arm_difference.z",
            "Arms?",
            "Arms.",
            ArmDifferenceDetail("z", "lower", "week", tuple(means), tuple(differences), "CS", names),
            estimates=many,
        ),
        finding(
            "outcome.trajectory.z",
            "Courses?",
            "Courses.",
            TrajectoryDetail("z", "lower", "week", 0.0, 100.0, tuple(lines), tuple(bands)),
        ),
        finding(
            "outcome.reliable_change.z",
            "Change?",
            "Change.",
            ReliableChangeDetail(
                "z", "lower", "baseline", "week 78", 10.0, None, "", None, None, tuple(points), tuple(shares)
            ),
        ),
        finding(
            "outcome.leaving",
            "Leaving?",
            "Leaving.",
            RiskDetail(
                "leaving",
                tuple(RiskRow(n, la, 12, 250, share_interval(12, 250)) for n, la in names),
                (),
                curves,
                "week",
            ),
        ),
    )
    card = replace(
        base.study,
        arms=names,
        title="A trial of six treatments with rather long names for everything",
        time_unit="week",
        scales=({"name": "z", "label": "Zanarini Rating Scale for Borderline Personality Disorder"},),
        persons=persons,
        primary=None,
    )
    return replace(base, study=card, findings=findings)


def one_arm() -> Record:
    """Nobody was allocated: arm None everywhere, no plan, no limits, nothing to compare."""
    base = record()
    card = replace(base.study, arms=(), registered=None, primary=None, source=None, scales=(), tables={})
    lines = tuple(replace(line, arm=None) for line in trajectory().detail.lines)
    band = Band(None, "", (0.0, 8.0), (22.0, 12.0), (20.0, 9.0), (24.0, 15.0))
    change = reliable_change().detail
    points = tuple(replace(point, arm=None) for point in change.points)
    n = len(points)
    shares = tuple(
        CategoryShare(None, "", c, sum(p.category == c for p in points), n, Interval(None))
        for c in ("improved", "unchanged")
    )
    curve = SurvivalCurve(None, "", (1.0, 4.0), (0.9, 0.7), (), (), (100, 60))
    findings = (
        finding(
            "outcome.trajectory.x",
            "Courses?",
            "Courses.",
            TrajectoryDetail("x", "higher", "", None, None, lines, (band,)),
        ),
        finding(
            "outcome.trajectory.empty", "None?", "None.", TrajectoryDetail("x", "lower", "week", None, None, (), ())
        ),
        finding(
            "outcome.reliable_change.x",
            "Change?",
            "Change.",
            replace(change, points=points, shares=shares, cutoff=None),
        ),
        finding("outcome.reliable_change.empty", "None?", "None.", replace(change, points=(), shares=())),
        finding(
            "outcome.leaving",
            "Leaving?",
            "Leaving.",
            RiskDetail("leaving", (RiskRow("", "Everyone", 30, 100, Interval(None)),), (), (curve,), ""),
        ),
        finding(
            "outcome.arm_difference.x",
            "Arms?",
            "Means only.",
            ArmDifferenceDetail(
                "x",
                "higher",
                "week",
                (MeanPoint("", 0.0, Interval(1.0), None, 3), MeanPoint("", 1.0, Interval(None), None, 0)),
                (),
                "",
                (("", "Everyone"),),
            ),
        ),
        finding(
            "measurement.distribution.x",
            "Scores?",
            "Scores.",
            DistributionDetail("x", None, None, (0.0, 1.0), (("Baseline", 0, None, None, None, None, (0,)),)),
        ),
        finding("outcome.flow", "Flow?", "Flow.", FlowDetail(5, (), (), (FlowArm("", "Everyone", 5, (), ()),), (5,))),
        finding(
            "outcome.missing.x",
            "Missing?",
            "None.",
            MissingDetail("x", ((0.0, "Baseline"),), ("",), (MissingPattern((True,), (5,)),), ((5,),), (5,), (), True),
        ),
        finding(
            "outcome.missing_sensitivity.x",
            "Tipping?",
            "None.",
            SensitivityDetail("x", "lower", "a", "b", 1.0, "week", (), (), None, ""),
        ),
        finding("measurement.reliability.x", "Reliable?", "None.", ReliabilityDetail("x", ())),
        finding("measurement.items.x", "Items?", "None.", ItemsDetail("x", "baseline", ())),
    )
    return replace(base, study=card, findings=findings, problems=(), provenance=Provenance("x", {}, None))


def empty() -> Record:
    """No findings at all."""
    return replace(record(), findings=(), problems=())
