"""Details on mechanisms and order in time, with simple made-up numbers: to draw, no analysis."""

from __future__ import annotations

from forwhom.findings.kinds import (
    CarriedContrast,
    Interval,
    LaggedPath,
    MechanismInArm,
    MechanismRow,
    MechanismsDetail,
    MediationDetail,
    TemporalOrderDetail,
    WindowSpan,
)

A, B = "BtheB", "TAU"


def wide(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half)


def paths() -> tuple[LaggedPath, ...]:
    made = []
    for variant in ("person means taken out", "person trends taken out"):
        made.append(LaggedPath("Coping", "BDI-II", variant, wide(-0.9, 0.4), wide(-0.22, 0.1), 0.001))
        made.append(LaggedPath("BDI-II", "Coping", variant, wide(-0.01, 0.03), wide(-0.04, 0.12), 0.6))
    return tuple(made)


def mediation() -> MediationDetail:
    return MediationDetail(
        mechanism="Coping",
        outcome="BDI-II",
        better="lower",
        unit="points",
        mechanism_unit="points",
        windows=(
            WindowSpan("mechanism", "Coping", 1, 5, "session", "from session 1 to session 5"),
            WindowSpan("outcome", "BDI-II", 5, 10, "session", "from session 5 to session 10"),
        ),
        contrasts=(CarriedContrast(A, B, wide(1.2, 0.5), wide(-1.1, 0.7), wide(-0.4, 0.5), wide(-0.6, 1.2), wide(-2.1, 1.4), 0.002),),
        path=wide(-0.9, 0.4),
        path_p=0.001,
        arms=(MechanismInArm(B, 48, wide(0.1, 0.4), None), MechanismInArm(A, 52, wide(1.3, 0.4), wide(-0.8, 0.6))),
        correlation=-0.3,
        correlation_from=-0.12,
        within=paths(),
    )  # fmt: skip


def mechanisms() -> MechanismsDetail:
    row = MechanismRow(
        "Coping",
        "coping",
        "specific",
        "specific",
        A,
        B,
        wide(0.7, 0.3),
        wide(-0.3, 0.1),
        wide(-1.1, 0.7),
        wide(-0.9, 0.8),
        0.002,
        0.004,
    )
    other = MechanismRow(
        "Alliance", "", "", "not told", A, B, wide(0.1, 0.3), wide(-0.2, 0.1), wide(-0.1, 0.3), Interval(None), 0.5, 0.5
    )
    return MechanismsDetail(
        "BDI-II", "lower", "points", (row, other), (("Coping", "Alliance", 0.31),), (("Insight", "not measured"),)
    )


def order() -> TemporalOrderDetail:
    fit = (("CFI", "0.98"), ("RMSEA", "0.03 (0.00 to 0.06)"))
    return TemporalOrderDetail("Coping", "BDI-II", 16, "session-level lagged paths", "first", paths(), -0.5, fit)
