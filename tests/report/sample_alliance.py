"""Details on alliance, ruptures and sudden changes, with simple made-up numbers: to draw, no analysis."""

from __future__ import annotations

import math

from forwhom.findings.kinds import (
    AlignedMean,
    AllianceDetail,
    Band,
    Interval,
    PersonSessions,
    Relation,
    RepairShare,
    RuptureRate,
    RupturesDetail,
    SessionBlock,
    SuddenChangeDetail,
    SuddenShare,
)

ARMS = (("TAU", "Treatment as usual"), ("BtheB", "Beat the Blues"))


def relations(*groups: str) -> tuple[Relation, ...]:
    made = []
    for group in groups:
        made.append(Relation(group, "first", Interval(1.4, 0.7, 2.5), "odds ratio", 1.0, 0.31, 78, "above 1: more"))
        made.append(Relation(group, "second", Interval(-2.1, -5.0, 0.8), "points", 0.0, 0.15, 70, "below 0 is better"))
        made.append(Relation(group, "third", Interval(0.12, 0.05, 0.2), "share", None, None, 300, "of sessions"))
        made.append(Relation(group, "fourth", Interval(None), "points", 0.0, None, 3, "", "too few people"))
    return tuple(made)


def alliance() -> AllianceDetail:
    times = tuple(float(t) for t in range(1, 22))
    curves = tuple(
        Band(arm, label, times, tuple(5 + 0.02 * (k + 1) * t for t in times), tuple(4.7 + 0.02 * t for t in times),
             tuple(5.4 + 0.05 * t for t in times))
        for k, (arm, label) in enumerate(ARMS)
    )  # fmt: skip
    shares = (("people", Interval(0.4, 0.3, 0.5)), ("therapists", Interval(0.0)))
    return AllianceDetail(
        "Alliance", "points", "higher", curves, shares, relations("Later outcome", "Session to session", "Other forms")
    )


def ruptures() -> RupturesDetail:
    people = tuple(
        PersonSessions(
            str(k), ARMS[k % 2][0], tuple(float(t) for t in range(1, 21)), tuple(5 + math.sin(t * (k + 1)) for t in range(20)),
            3.2, 5.1, 7.0, (3, 9), (5,),
        )
        for k in range(6)
    )  # fmt: skip
    rates = tuple(
        RuptureRate(criterion, arm, Interval(0.4, 0.2, 0.7), Interval(0.3, 0.2, 0.4), 0.35, 30, 800, 40, 22)
        for criterion in ("own control chart", "fall of the score")
        for arm, _ in ARMS
    )
    repairs = (
        RepairShare("own control chart", "", Interval(0.8, 0.7, 0.9), 40, 10, 3, 2.0, Interval(0.95, 0.8, 1.0)),
        RepairShare("own control chart", "TAU", Interval(None), 0, 0, 3, None, Interval(None)),
    )
    blocks = tuple(
        SessionBlock(arm, first, first + 3, Interval(0.1 * first, 0.0, 0.2 * first), 0.3, 90)
        for arm, _ in ARMS
        for first in range(2, 20, 4)
    )
    return RupturesDetail(
        "Alliance", "points", "higher", (("own control chart", "below the limits"), ("fall of the score", "a fall")), rates, repairs,
        blocks, people, relations("Rate", "Leaving afterwards", "Later outcome", "Diagnosis and severity", "Human codes"),
    )  # fmt: skip


def sudden_change() -> SuddenChangeDetail:
    shares = tuple(
        SuddenShare(kind, arm, Interval(0.2, 0.1, 0.35), Interval(0.15, 0.08, 0.25), 8, 40, 9)
        for kind in ("gain", "loss")
        for arm, _ in ARMS
    )
    around = tuple(
        AlignedMean(kind, step, Interval(20.0 - 8 * (step > 0), 17.0 - 8 * (step > 0), 23.0 - 8 * (step > 0)), 15)
        for kind in ("gain", "loss")
        for step in range(-2, 4)
    )
    timing = tuple((kind, session, 1 + session % 3) for kind in ("gain", "loss") for session in range(3, 12))
    return SuddenChangeDetail(
        "bdi2", "BDI-II", "points", "lower", 7.0, shares, around, timing, relations("Sudden gains", "Later outcome")
    )
