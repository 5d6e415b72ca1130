"""Made-up answers about a programme: phases stated and ours, sessions without a frequency, rules of every standing."""

from __future__ import annotations

from forwhom.findings.kinds import (
    CommonFeaturesDetail,
    FeatureRow,
    GapRow,
    GuidanceDetail,
    GuidanceRow,
    ProgrammeGapsDetail,
    ProgrammeSpan,
    ProgrammeTimelineDetail,
)


def timeline() -> ProgrammeTimelineDetail:
    """Every part, with long names."""
    weekly = tuple(float(week) for week in range(2, 14))
    return ProgrammeTimelineDetail(
        14.0,
        (
            ProgrammeSpan("Phases", "Assessment", 0, 2, (), (), True, "", "S2 line 90"),
            ProgrammeSpan(
                "Phases", "Treatment in a group that has a rather long name", 2, 14, (), (), False, "", "S2 line 162"
            ),
            ProgrammeSpan("Sessions", "Group", 2, 13, weekly, (), False, "12 times, every week", "S2 line 266"),
            ProgrammeSpan("Sessions", "Interview", 0, 1, (0.0, 1.0), (), True, "2 times", "S2 line 54"),
            ProgrammeSpan("Sessions", "Skills", 2, 14, (), (), False, "how often is not stated", "S1 line 353"),
            ProgrammeSpan(
                "Assessments", "Symptoms", 0, 16, (0.0, 14.0), ((0.0, 2.0), (12.0, 16.0)), False, "self", "S2 line 268"
            ),
            ProgrammeSpan("Assessments", "Review", 5, 9, (7.0,), ((5.0, 9.0),), True, "", "S2 line 268"),
            ProgrammeSpan("To work out", "Crisis plan", 13, 14, (), (), False, "by patient, assessor", "S2 line 162"),
        ),
    )


def features() -> CommonFeaturesDetail:
    """Met, partly, not met, not stated."""
    return CommonFeaturesDetail(
        (
            FeatureRow(
                "Well structured", "met", "A manual.", ("A manual (S2 line 266)",), (), ("Said of it.",), "S2 line 74"
            ),
            FeatureRow(
                "Coherent", "partly", "A theory.", ("A theory (S2 line 26)",), ("that it is told",), (), "S2 line 77"
            ),
            FeatureRow("Long", "not met", "Months.", ("12 weeks in all (S1 line 135)",), (), (), "S2 line 78"),
            FeatureRow("Tied in", "not stated", "A tie.", (), ("a tie to other services",), (), "S2 line 80"),
        )
    )


def guidance() -> GuidanceDetail:
    """A weakened rule, one with support, one that nobody tested."""
    rule = "when mentalizing is lost then avoid level 3 to 4"
    return GuidanceDetail(
        (
            GuidanceRow("a", "Setting", rule, "Because.", "S2 line 40", "observed", "weakened", "No support any more."),
            GuidanceRow(
                "b", "Levels", rule, "Because.", "S2 line 140", "reasoned", "supported with conditions", "One study."
            ),
            GuidanceRow("c", "Past", rule, "Because.", "S2 line 146", "advised", "untested", "Nothing tests it."),
        )
    )


def gaps() -> ProgrammeGapsDetail:
    """One."""
    return ProgrammeGapsDetail((GapRow("How long the assessment takes", "Dates of what follows"),))
