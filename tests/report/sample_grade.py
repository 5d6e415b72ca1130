"""Made-up grades, certainties, and a study beside what is published."""

from __future__ import annotations

from forwhom.findings.kinds import (
    CertaintyDetail,
    CertaintyRow,
    CertaintyStep,
    ClaimCondition,
    ClaimRow,
    ClaimsDetail,
    GradeDetail,
    GradedTreatment,
    Interval,
    PublishedDetail,
    PublishedEffect,
    SectionVerdicts,
)

LEVELS = ("well-supported", "equivocal", "contradicted")


def grade() -> GradeDetail:
    """Every cell that holds one, two or nothing; a long name."""
    rows = tuple(
        GradedTreatment(
            name, theory, package, "2 samples looked", "3 samples randomised", "theory-rule", "package-rule",
            ("a trial", ""), ("", "withdrawal of one"), ("named-2001",), ("one-2001", "two-2002"), "2026-01-02",
        )
        for name, theory, package in (
            ("Mentalization-based treatment", "equivocal", "well-supported"),
            ("Dialectical behavior therapy in an intensive outpatient programme", "equivocal", "well-supported"),
            ("Another", "contradicted", "contradicted"),
            ("A third", "nothing to place it by", "equivocal"),
            ("A fourth", "nothing to place it by", "nothing to place it by"),
        )
    )  # fmt: skip
    return GradeDetail(LEVELS, rows)


def certainty() -> CertaintyDetail:
    """One that fell, one that stayed."""
    fell = (
        CertaintyStep("imprecision", -1, "52 events (fewer than 300)", "More people"),
        CertaintyStep("inconsistency", 0, "", ""),
    )
    return CertaintyDetail(
        (
            CertaintyRow("MBT", "Self-harm", "Usual care", "Risk ratio 0.39 (0.24 to 0.64)", 1, 134, "high", "moderate", fell,
                "2026-01-02",
            ),
            CertaintyRow("MBT", "Functioning", "", "Printed as better, without a number", 2, None, "low", "low", (), ""),
        )
    )  # fmt: skip


def published(*, ratio: bool = True) -> PublishedDetail:
    """Ratios with a prediction interval; an effect without an upper limit."""
    rows = (
        PublishedEffect("Able 2001", Interval(0.5, 0.2, 1.25), 0.6),
        PublishedEffect("Baker et al. 2010", Interval(0.11, 0.01, None), 0.1),
        PublishedEffect("Cole & Dunn 2015", Interval(1.9, 0.9, 4.0), 0.3),
    )
    return PublishedDetail(
        "risk ratio" if ratio else "standardised difference", ratio, "suicide attempt", "Beat the Blues", "Treatment as usual",
        "favours Beat the Blues", "favours Treatment as usual", rows, Interval(0.48, 0.3, 0.77), Interval(0.8, 0.6, 1.1),
        Interval(0.8, 0.4, 1.6), Interval(0.8, 0.3, 2.1), Interval(-0.5, -1.2, 0.2), 0.2, 300, 3,
    )  # fmt: skip


VERDICTS = ("supported", "supported with conditions", "contradicted", "not checkable")


def claims() -> ClaimsDetail:
    """Every verdict; a section of one claim, one of none that count."""
    rows = tuple(
        ClaimRow(
            f"c{i}", "Discussion" if i else "Abstract", "Discussion, paragraph 1", 472 if i else None, "count", "Two studies found less.",
            verdict, "1 study of 1 sample.", (ClaimCondition("one-sample", "Only one sample."),) if i == 1 else (),
            ("for one-2001/row (P, Results): less",) if i < 3 else (), 1, 1, 12 if i else None,
            i == 0, i == 2, ("no-control",) if i == 1 else (),
            "2 studies" if i == 2 else "", 1 if i == 2 else None, "Reading the study." if i == 3 else "",
        )
        for i, verdict in enumerate(VERDICTS)
    )  # fmt: skip
    sections = (SectionVerdicts("Abstract", (1, 0, 0, 0)), SectionVerdicts("Discussion", (0, 1, 1, 1)))
    return ClaimsDetail("P", "A paper of a long name that says much", VERDICTS, sections, rows)
