"""Details for whom and for one person, with simple made-up numbers: to draw, no analysis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forwhom.findings.kinds import (
    AlarmRule,
    ArmBenefit,
    ArmLine,
    BenefitDetail,
    CalibrationGroup,
    CompositeModeratorDetail,
    CompositeWeight,
    CourseDetail,
    CoursePoint,
    DimensionalContrast,
    DimensionalDetail,
    EffectAt,
    EffectCurve,
    ExpectedPoint,
    FairUseDetail,
    HeterogeneityDetail,
    HeterogeneityTest,
    IndicatedGroup,
    IndividualContrast,
    IndividualDetail,
    Interval,
    LevelEffect,
    ModeratorDetail,
    OnTrackDetail,
    OwnChangeDetail,
    PersonEffect,
    PolicyValue,
    PowerPoint,
    ProfileDetail,
    ProfileRow,
    RecommendationDetail,
    RuleCondition,
    RuleNode,
    ScaleEffect,
    Standing,
    SubgroupRow,
    TargetingPoint,
)

A, B, C = "BtheB", "TAU", "third"
OUTCOME, UNIT = "BDI-II at 8 months", "BDI-II points"


def wide(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half)


def heterogeneity(arms: tuple[str, ...] = (A,)) -> HeterogeneityDetail:
    tests = [
        HeterogeneityTest(
            "Interaction of arm with all planned moderators", "", "", Interval(1.42), 0.21, "F on 4 and 71."
        ),
    ]
    calibration, targeting = [], []
    for k, arm in enumerate(arms):
        tests += [
            HeterogeneityTest(
                "Calibration of predicted effects",
                arm,
                B,
                Interval(0.55, -0.35, 1.45),
                0.11,
                "1: predicted well; 0: not.",
            ),
            HeterogeneityTest(
                "Rank-weighted effect (AUTOC)", arm, B, Interval(0.9, -0.6, 2.4), 0.24, "Above 0: targeting pays."
            ),
            HeterogeneityTest(
                "Rank-weighted effect (Qini)", arm, B, Interval(0.4, -0.2, 1.0), 0.0003, "Above 0: targeting pays."
            ),
            HeterogeneityTest("Variance ratio", arm, B, Interval(1.2, 0.7, 2.1), None, "1: alike."),
        ]
        calibration += [CalibrationGroup(arm, B, -6.0 + 2.1 * g + k, wide(-5.0 + 1.3 * g, 4.4), 20) for g in range(5)]
        targeting += [
            TargetingPoint(arm, B, s / 20, wide((1 - s / 20) * (2.0 - k), 2.6 * (1 - s / 22))) for s in range(1, 21)
        ]
    return HeterogeneityDetail(OUTCOME, "lower", UNIT, tuple(tests), tuple(calibration), tuple(targeting))


def moderator(arms: tuple[str, ...] = (A,)) -> ModeratorDetail:
    ages = tuple(float(x) for x in np.random.default_rng(1).gamma(9, 5, 100).round())
    curves = []
    for k, arm in enumerate(arms):
        points = tuple(
            EffectAt(float(x), wide(-9 + 0.2 * float(x) + 2 * k, 3.2 + abs(float(x) - 44) * 0.12))
            for x in np.linspace(min(ages), max(ages), 31)
        )
        curves.append(EffectCurve(arm, B, points, ((min(ages), 27.5),) if not k else ()))
    return ModeratorDetail(OUTCOME, "lower", UNIT, "age", "at 8 months", tuple(curves), (), ages)


def by_level(arms: tuple[str, ...] = (A,)) -> ModeratorDetail:
    levels = tuple(
        LevelEffect(arm, B, level, n, wide(value, half))
        for arm in arms
        for level, n, value, half in (("taking an antidepressant", 44, -1.1, 6.1), ("taking none", 56, -5.2, 5.0))
    )
    return ModeratorDetail(OUTCOME, "lower", UNIT, "antidepressant", "at 8 months", (), levels, ())


def composite() -> CompositeModeratorDetail:
    weights = tuple(
        CompositeWeight(name, wide(w, 0.3), wide(w / 2, 0.2))
        for name, w in (("age", 0.35), ("BDI-II before", -0.22), ("length of episode", 0.08), ("antidepressant", 0.4))
    )
    at = [float(x) for x in np.linspace(-2.5, 2.5, 21)]
    lines = (
        ArmLine(B, tuple(EffectAt(x, wide(14 - 1.5 * x, 2.5 + abs(x))) for x in at)),
        ArmLine(A, tuple(EffectAt(x, wide(12 + 2.5 * x, 2.5 + abs(x))) for x in at)),
    )
    return CompositeModeratorDetail(OUTCOME, "lower", UNIT, A, B, weights, Interval(0.12, -0.08, 0.31), lines)


def individual(arms: tuple[str, ...] = (A,), people: int = 97) -> IndividualDetail:
    contrasts = []
    for k, arm in enumerate(arms):
        rng = np.random.default_rng(k)
        effects = rng.normal(-3.5 + 2 * k, 2.2, people)
        who = tuple(
            PersonEffect(str(i + 1), (B, *arms)[i % (len(arms) + 1)], wide(float(e), 5 + float(rng.random()) * 2))
            for i, e in enumerate(effects)
        )
        indicated = (
            IndicatedGroup("got the arm indicated", 46, wide(11.9, 3.1)),
            IndicatedGroup("got the other arm", 51, wide(14.2, 3.3)),
        )
        contrasts.append(IndividualContrast(arm, B, wide(-3.5 + 2 * k, 3.4), 0.62, who, indicated if not k else ()))
    return IndividualDetail(OUTCOME, "lower", UNIT, tuple(contrasts))


RULE = (
    RuleNode(0, -1, "", "BDI-II before above 24", None, 97, Interval(None)),
    RuleNode(1, 0, "yes", "age below 35", None, 45, Interval(None)),
    RuleNode(2, 1, "yes", "", A, 20, wide(4.1, 3.6)),
    RuleNode(3, 1, "no", "", B, 25, wide(1.0, 4.4)),
    RuleNode(4, 0, "no", "", B, 52, wide(0.0, 2.0)),
)
CONDITIONS = (
    RuleCondition(
        "The gain over the better arm for everyone has a lower bound above zero",
        False,
        "Gain 0.8 points (−1.1 to 2.7).",
    ),
    RuleCondition("The rule is stable over repeats", False, "The first question is the same in 4 of 10 repeats."),
    RuleCondition(
        "No site or therapist carries the gain", True, "Without any one site the gain stays between 0.5 and 1.0."
    ),
)
VALUES = (
    PolicyValue("All Treatment as usual", wide(15.2, 2.1), wide(-3.5, 3.1)),
    PolicyValue("All Beat the Blues", wide(11.7, 2.1), Interval(0.0)),
    PolicyValue("By the rule", wide(10.9, 2.3), wide(0.8, 1.9)),
)


def recommendation() -> RecommendationDetail:
    met = tuple(replace(c, met=True) for c in CONDITIONS)
    gains = tuple(wide(2.1 + 0.3 * np.sin(k), 1.7) for k in range(10))
    gains = tuple(Interval(float(g.value or 0), float(g.low or 0), float(g.high or 0)) for g in gains)
    return RecommendationDetail(
        OUTCOME,
        "lower",
        UNIT,
        RULE,
        met,
        (*VALUES[:2], PolicyValue("By the rule", wide(9.6, 2.0), wide(2.1, 1.6))),
        gains,
        (("at 14 months", wide(1.2, 2.2)), ("at 20 months", wide(0.6, 2.8))),
        (),
    )


def no_recommendation() -> RecommendationDetail:
    power = tuple(
        PowerPoint(gain, n, min(0.99, 0.05 + n / most))
        for gain, most in (("the gain seen (0.8 points)", 3200), ("a gain of d 0.2", 1300))
        for n in (100, 200, 400, 800, 1200, 2000, 3000)
    )
    gains = tuple(wide(0.8 + 0.4 * (k % 3 - 1), 1.9) for k in range(10))
    return RecommendationDetail(OUTCOME, "lower", UNIT, (), CONDITIONS, VALUES, gains, (), power)


def fair_use() -> FairUseDetail:
    rows = tuple(
        SubgroupRow(variable, level, n, ((A, share), (B, 1 - share)), wide(gain, half), wide(bias, half))
        for variable, level, n, share, gain, half, bias in (
            ("Gender", "women", 60, 0.44, 2.3, 2.2, 0.2),
            ("Gender", "men", 37, 0.31, 1.6, 3.1, -0.5),
            ("Minority status", "yes", 12, 0.25, 0.9, 6.2, 2.4),
            ("Age", "60 or older", 15, 0.1, 0.2, 5.1, -1.0),
        )
    )
    return FairUseDetail(OUTCOME, "lower", UNIT, True, rows)


def dimensional() -> DimensionalDetail:
    scales = tuple(
        ScaleEffect(name, label, wide(value, 0.25), wide(value - 0.35, 0.2))
        for name, label, value in (("a", "Anxiety", 0.4), ("d", "Depression", 0.62), ("h", "Hostility", -0.05))
    )
    return DimensionalDetail("the profile", (DimensionalContrast(A, B, scales, wide(0.35, 0.18), 0.004),))


# ── one person ───────────────────────────────────────────────────────────────────────────────────


def profile() -> ProfileDetail:
    def row(name: str, label: str, score: float, z: float, norm: float | None, severe: str = "higher") -> ProfileRow:
        return ProfileRow(
            name,
            label,
            wide(score, 3.1),
            0.0,
            63.0,
            0.84,
            z,
            norm,
            "German community" if norm else "",
            severe,
            wide(z, 0.4),
        )

    rows = (
        row("bdi2", "BDI-II", 29.0, 0.6, 1.9),
        row("anx", "Anxiety", 14.0, -0.3, 0.8),
        row("hos", "Hostility", 20.0, 1.4, None),
    )
    return ProfileDetail(rows, (("Arm", "Beat the Blues"), ("Age", "43"), ("Antidepressant", "yes")))


def course(times: tuple[float, ...] = (0.0, 2.0, 3.0, 5.0)) -> CourseDetail:
    values = (29.0, 24.0, 27.0, 31.0)
    points = tuple(
        CoursePoint(
            t,
            v,
            wide(29 - 1.6 * t, 8.0) if t else Interval(29.0),
            wide(28 - t, 6.0) if t else Interval(None),
            ("expected recovery", "nearest neighbours") if t == 5 else (),
        )
        for t, v in zip(times, values, strict=False)
    )
    start = tuple(ExpectedPoint(t, wide(29 - 1.6 * t, 4 + 0.7 * t)) for t in np.linspace(0, 8, 17).tolist())
    ahead = tuple(ExpectedPoint(t, wide(30 - 0.9 * (t - 5), 3 + 1.2 * (t - 5))) for t in np.linspace(5, 8, 7).tolist())
    return CourseDetail(
        "12",
        "bdi2",
        "lower",
        "month",
        0.8,
        0.0,
        63.0,
        points,
        start,
        ahead,
        8.5,
        0.79,
        0.81,
        280,
        ((9.0, 16.0, 0.78, 0.8, 140), (17.0, 49.0, 0.8, 0.82, 140)),
    )


def on_track() -> OnTrackDetail:
    def rule(
        name: str, *, primary: bool, event: str, sensitivity: float, false: float, on: Standing | None
    ) -> AlarmRule:
        return AlarmRule(
            name,
            "Warns when a score lies beyond the band.",
            primary,
            event,
            97,
            9,
            7,
            22,
            Interval(sensitivity, max(sensitivity - 0.25, 0), min(sensitivity + 0.15, 1)),
            Interval(sensitivity - 0.2, max(sensitivity - 0.45, 0), sensitivity),
            Interval(sensitivity - 0.3, max(sensitivity - 0.5, 0), sensitivity),
            Interval(false, false - 0.06, false + 0.08),
            Interval(false - 0.02, false - 0.06, false + 0.05),
            Interval(0.32, 0.16, 0.53),
            Interval(3.0, 2.0, 5.0),
            on,
            None if on in {None, "no alarm"} else 3.0 if on == "back inside" else 5.0,
            None if on is None else 1.0,
        )

    names = ("Expected recovery", "Nearest neighbours", "Reliable change", "Forecast")
    standings: tuple[Standing | None, ...] = ("alarm", "no alarm", "back inside", None)
    rules = [
        rule(name, primary=not k, event="reliable worsening", sensitivity=0.9 - 0.1 * k, false=0.2 - 0.04 * k, on=on)
        for k, (name, on) in enumerate(zip(names, standings, strict=True))
    ]
    rules.append(rule(names[0], primary=True, event="no reliable improvement", sensitivity=0.6, false=0.1, on="alarm"))
    caught = tuple(
        (name, n, min(1.0, 0.2 * n + 0.1 * (2 - k))) for k, name in enumerate(names[:3]) for n in (1, 2, 3, 4)
    )
    return OnTrackDetail(
        "bdi2", "month", tuple(rules), caught, (("caught by the end", 1.0), ("caught by the third session", 0.85))
    )


def own_change() -> OwnChangeDetail:
    points = ((2.0, -5.0, "unchanged"), (3.0, -2.0, "unchanged"), (5.0, 9.0, "deteriorated"))
    return OwnChangeDetail("bdi2", "lower", "month", 8.5, points)


def benefit(arms: tuple[str, ...] = (A,), people: int = 97) -> BenefitDetail:
    others = tuple(float(v) for v in np.random.default_rng(5).normal(-3.5, 2.2, people))
    return BenefitDetail(
        OUTCOME,
        "lower",
        UNIT,
        tuple(ArmBenefit(arm, B, wide(-5.2 + k, 5.5), wide(-3.5, 3.4), others) for k, arm in enumerate(arms)),
        "The study recommends nothing person by person.",
    )
