"""Made-up pools: effects of score differences with everything a pool may hold, and a few ratios."""

from __future__ import annotations

import math

from forwhom.findings.kinds import (
    Interval,
    PoolDetail,
    PoolLevel,
    PoolRow,
    PoolSign,
    PoolSlope,
    PoolSplit,
    PoolTest,
    PoolUnused,
    PoolWithout,
    RecomputedDetail,
    RecomputedRow,
)

EDGES = (1.645, 1.96, 2.576)


def _row(k: int, at: float, se: float, *, log: bool = False) -> PoolRow:
    ends = (at, at - 1.96 * se, at + 1.96 * se)
    effect = Interval(*(math.exp(v) if log else v for v in ends))
    arms = ("Dialectical behavior therapy against Treatment as usual", "MBT against GT")[k % 2]
    people = None if k == 2 else 20 + 7 * k
    return PoolRow(
        f"Author {chr(65 + k)}, {2001 + k}",
        arms,
        "bpdsi, post, 12 months",
        effect,
        at,
        se,
        0.1,
        people,
        "means",
        f"s{k}",
    )


def scores() -> PoolDetail:
    """Ten effects, levels, a regression, tests with and without an answer, rows of a file against its own convention."""
    rows = tuple(_row(k, 0.1 * k - 0.1 + 0.05 * (k % 3), 0.15 + 0.05 * (k % 5)) for k in range(10))
    levels = (
        PoolLevel("developers", 4, 5, 300, Interval(0.6, 0.2, 1.0)),
        PoolLevel("others", 6, 6, None, Interval(0.3, -4.0, 4.6)),
    )
    line = tuple((float(x), 0.1 + 0.01 * x, 0.01 * x - 0.2, 0.4 + 0.01 * x) for x in range(10, 60, 5))
    points = tuple((10.0 + 5 * k, row.effect.value or 0.0, 0.1) for k, row in enumerate(rows))
    nothing = Interval(None)
    return PoolDetail(
        "BPD severity", "2 treatments against 2 kinds of comparison", "standardised difference", False, 0.0,
        ("favours the comparison", "favours the treatment"), rows, Interval(0.42, 0.2, 0.64), Interval(0.42, -0.3, 1.1), 0.42, EDGES,
        10, None, "three-level",
        (
            PoolSplit("who made the study", levels, 0.21, 0.1, ("developers", "others"), 0, ""),
            PoolSplit("risk of bias", levels[:1], None, None, (), 6, "fewer than two levels have 4 samples"),
        ),
        (
            PoolSlope("number of sessions", 10.0, 10, 0, Interval(0.1, -0.02, 0.22), 0.09, 0.3, line, points, "", ""),
            PoolSlope(
                "mean score at the start of treatment", 1.0, 2, 8, nothing, None, None, (), (), "scores of bpdsi only",
                "2 samples state it, 6 are needed",
            ),
        ),
        (
            PoolTest("Egger's regression", "less precise studies tell larger values", 0.04, nothing, ""),
            PoolTest("Trim and fill", "2 studies with low values would make the funnel even", None, Interval(0.3, 0.1, 0.5), ""),
            PoolTest("Selection model", "", None, nothing, "no study lies in one of the intervals of p"),
        ),
        tuple(PoolWithout(row.study, Interval(0.4 + 0.01 * k, 0.2, 0.6)) for k, row in enumerate(rows)),
        (
            PoolSign("BPD severity", "", "negative", 9, ("row 5",), ("row 2",)),
            PoolSign("BPD severity", "whoqol-bref", "positive", 1, (), ()),
            PoolSign("Suicidal behaviour", "", "unknown", 0, (), ("row 9",)),
        ),
        (PoolUnused("Author Z, 1999", "row 12", "it gives no numbers of both groups and no effect"),),
    )  # fmt: skip


def ratios() -> PoolDetail:
    """Three risk ratios, limits far beyond the plot."""
    rows = tuple(_row(k, at, se, log=True) for k, (at, se) in enumerate(((-2.2, 0.7), (-0.1, 0.2), (-2.0, 1.5))))
    return PoolDetail(
        "Suicidal behaviour", "MBT against GT", "risk ratio", True, 1.0, ("favours MBT", "favours GT"), rows,
        Interval(0.31, 0.01, 7.3), Interval(0.31, 0.001, 120.0), math.log(0.31), EDGES, 3, 252, "random effects", (), (), (), (), (), (),
    )  # fmt: skip


def one() -> PoolDetail:
    """A single study: no pool, no funnel."""
    row = _row(1, 0.55, 0.2)
    nothing = Interval(0.55)
    return PoolDetail(
        "BPD severity", "TFP against experts", "standardised difference", False, 0.0, ("favours experts", "favours TFP"), (row,),
        row.effect, nothing, 0.55, EDGES, 1, 104, "one study", (), (), (), (), (), (),
    )  # fmt: skip


def recomputed() -> RecomputedDetail:
    """A trial that agrees, and one without events in one group."""
    return RecomputedDetail(
        (
            RecomputedRow(
                "Author A 2009", "Episodes", ("MBT", "SCM"), ((16, 71), (36, 63)), "16 of 71 is the one number printed as 23 %",
                Interval(0.39, 0.24, 0.63), Interval(0.22, 0.1, 0.46), Interval(-0.35, -0.49, -0.18), "NNTB 2.9 (95 % CI 2.1 to 5.5)",
                "MBT 23 % against SCM 57 %", "agrees", "it tells a significant difference", "S2, Text",
            ),
            RecomputedRow(
                "Author B 2010", "Deaths", ("DBT", "TAU"), ((0, 20), (0, 18)), "", Interval(None), Interval(None),
                Interval(0.0, -0.18, 0.16), "no difference", "", "prints no such number", "the source prints the shares alone", "self",
            ),
        )
    )  # fmt: skip
