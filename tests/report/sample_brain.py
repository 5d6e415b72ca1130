"""Made-up answers about the brain and about variables with several parts."""

from __future__ import annotations

from forwhom.findings.kinds import (
    BrainChange,
    BrainDetail,
    BrainPredictionDetail,
    BrainSymptom,
    Interval,
    RoleRow,
    RolesDetail,
)

PLACES = (("activation", "left", "negative"), ("activation", "right", "negative"), ("volume", "", ""))


def _change(modality: str, side: str, condition: str, arm: str, reference: str | None, at: float) -> BrainChange:
    cell = " ".join(part for part in (side, "amygdala", condition, f"({modality})") if part)
    raw, standard = Interval(0.3 * at, 0.3 * at - 0.2, 0.3 * at + 0.2), Interval(at, at - 0.6, at + 0.6)
    return BrainChange(cell, modality, side, condition, arm, reference, raw, standard, 0.03, 0.21, 31)


def region() -> BrainDetail:
    """Both kinds of scans, both sides, and what goes with symptoms; one correlation without limits."""
    changes = [
        _change(*place, arm, reference, -0.4 + 0.2 * k)
        for k, place in enumerate(PLACES)
        for arm, reference in (("TAU", None), ("BtheB", None), ("BtheB", "TAU"))
    ]
    points = tuple((("TAU", "BtheB")[i % 2], 0.1 * i - 1.2, 4.0 - 0.5 * i + 3 * (i % 3)) for i in range(24))
    symptoms = (
        BrainSymptom("left amygdala, negative (activation)", "activation", Interval(0.41, 0.02, 0.69),
                     Interval(0.37, -0.05, 0.68), 0.33, 0.47, 0.04, 0.12, 24, 1, points),
        BrainSymptom("amygdala (volume)", "volume", Interval(0.1), Interval(None), None, None, None, None, 24, 0, points[:3]),
    )  # fmt: skip
    laterality = (_change("activation", "left minus right", "negative", "BtheB", "TAU", -0.3),)
    return BrainDetail("amygdala", "BDI-II", "lower", "points", tuple(changes), laterality, symptoms)


def prediction() -> BrainPredictionDetail:
    """Regions that make predictions worse, as they mostly do."""
    chance = tuple(-0.3 + 0.004 * i for i in range(100))
    people = tuple((("TAU", "BtheB")[i % 2], 10.0 + i, 14.0 + 0.5 * i) for i in range(20))
    predictors = ("left amygdala, negative (activation)", "right amygdala, negative (activation)")
    return BrainPredictionDetail(
        "activation", "BDI-II at 8 months", predictors, -0.06, 0.31, 0.62, 0.62, 0.4, 0.36, chance, people
    )


def roles() -> RolesDetail:
    """One variable in three parts, one in two that never meet."""
    return RolesDetail(
        (
            RoleRow(
                "anger",
                "Aggressiveness",
                ("outcome", "moderator", "mechanism"),
                ("outcome and moderator: chance works twice",),
            ),
            RoleRow("wai", "Alliance", ("moderator", "mechanism"), ()),
        )
    )
