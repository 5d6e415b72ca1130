"""Details of dimensional profiles, with simple made-up numbers: to draw, no analysis."""

from __future__ import annotations

from forwhom.findings.kinds import (
    DimensionalProfileDetail,
    DimensionChange,
    DimensionRow,
    Interval,
    PersonDimension,
    PersonDimensionsDetail,
    ProfileRow,
)


def _row(model: str, dimension: str, kind: str, label: str, *, norm: bool = False) -> DimensionRow:
    return DimensionRow(
        model,
        dimension,
        kind,
        label.lower(),
        label,
        "participant",
        not norm,
        "An author (2020). A paper.",
        60,
        Interval(1.4, 1.2, 1.6),
        0.6,
        (0.9, 1.3, 1.8),
        0.0,
        3.0,
        None if norm else 0.25,
        Interval(61.0, 56.0, 66.0) if norm else None,
        0.9 if norm else None,
        "mean 0.9, SD 0.4: invented" if norm else "",
        "higher",
        ((1.5, "a limit somebody published", Interval(0.4, 0.28, 0.53)),) if kind == "severity" else (),
        (DimensionChange("6 months", "Treatment as usual", 25, Interval(-0.2, -0.4, 0.0)),),
    )


def sample() -> DimensionalProfileDetail:
    return DimensionalProfileDetail(
        (
            _row("ICD-11", "Severity", "severity", "Severity scale"),
            _row(
                "ICD-11", "Dissociality", "trait", "Trait scale with a rather long name (rated by partner)", norm=True
            ),
            _row("AMPD (DSM-5)", "Criterion B: antagonism", "trait", "Trait scale"),
        )
    )


def person() -> PersonDimensionsDetail:
    known = ProfileRow("severity", "Severity scale", Interval(1.4, 0.9, 1.9), 0.0, 3.0, 0.7, 0.5, None, "", "higher")
    bare = ProfileRow("trait", "Trait scale", Interval(2.4), 0.0, 3.0, None, None, 1.5, "mean 0.9, SD 0.4", "higher")
    rangeless = ProfileRow("other", "Other scale", Interval(12.0), None, None, 0.3, -0.2, None, "", "higher")
    return PersonDimensionsDetail(
        (
            PersonDimension("ICD-11", "Severity", "severity", True, known, None, Interval(0.9, 0.4, 1.4), "12 months"),
            PersonDimension("ICD-11", "Dissociality", "trait", False, bare, Interval(87.0), None, ""),
            PersonDimension("AMPD (DSM-5)", "Criterion B: antagonism", "trait", True, rangeless, None, None, ""),
        )
    )
