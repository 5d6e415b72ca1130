"""A made-up answer about the structure of a scale, with every part."""

from __future__ import annotations

from forwhom.findings.kinds import (
    DriftedItem,
    Interval,
    InvarianceStep,
    ItemDriftDetail,
    Ladder,
    Loading,
    StructureDetail,
    StructureFit,
)

ITEMS = tuple(f"BDI {k}" for k in range(1, 9))
FACETS = (("Cognitive", ITEMS[:4]), ("Somatic and affective", ITEMS[4:]))


def fit(model: str, cfi: float) -> StructureFit:
    return StructureFit(model, "baseline", 97, 31.4, 19, 0.036, cfi, cfi - 0.02, Interval(0.082, 0.022, 0.131), 0.051)


def structure() -> StructureDetail:
    """Two facets beside a general factor; an item that changed its meaning; arms too small to compare."""
    loadings = [
        Loading(item, "general", Interval(0.5 + 0.04 * k, 0.3 + 0.04 * k, 0.7 + 0.04 * k), True)
        for k, item in enumerate(ITEMS)
    ]
    loadings += [Loading(item, name, Interval(0.3, -0.05, 0.65), False) for name, items in FACETS for item in items]
    loadings[-1] = Loading(ITEMS[-1], FACETS[1][0], Interval(None), False)
    steps = (
        InvarianceStep("metric", 5.1, 7, 0.65, -0.001, 0.0, True, (), True),
        InvarianceStep("scalar", 31.0, 7, 0.00006, -0.031, 0.04, False, ("BDI 3",), True),
        InvarianceStep("strict", None, 7, None, None, None, False, ("BDI 3", "BDI 5"), False),
    )
    return StructureDetail(
        "bdi2",
        "baseline",
        False,
        FACETS,
        (fit("2 correlated facets", 0.962), fit("one factor", 0.91), fit("a general factor beside facets", 0.97)),
        "a general factor beside facets",
        tuple(loadings),
        (
            ("omega total", Interval(0.88, 0.84, 0.91)),
            ("omega hierarchical (general factor)", Interval(0.74, 0.66, 0.81)),
            ("explained common variance of the general factor", Interval(0.71)),
        ),
        (
            Ladder(
                "arms",
                "Treatment as usual and Beat the Blues, baseline",
                97,
                None,
                (),
                "the smallest arm has 45 people; 50 are needed",
            ),
            Ladder("occasions", "baseline and 8 months", 97, fit("the same form everywhere", 0.95), steps),
        ),
        True,
    )


def drift() -> ItemDriftDetail:
    """Eight items, one of which moved by itself."""
    shifts = (0.0, -0.1, 0.7, 0.05, 0.1, -0.2, 0.02, 0.0)
    values = (0.9, 0.5, 0.0004, 0.7, 0.5, 0.2, 0.9, 0.97)
    rows = tuple(
        DriftedItem(item, Interval(at, at - 0.3, at + 0.3), p, min(1.0, 8 * p), p < 0.001)
        for item, at, p in zip(ITEMS, shifts, values, strict=True)
    )
    return ItemDriftDetail("bdi2", "baseline", "6 months", 71, rows)
