"""Made-up answers of the ledger of published evidence."""

from __future__ import annotations

from forwhom.findings.kinds import (
    BrainMapDetail,
    ContradictionRow,
    ContradictionsDetail,
    EvidenceGapsDetail,
    EvidenceMap,
    GapCell,
    MapCount,
    MapMark,
    MapResult,
    MapRow,
    MapSample,
    MarkersDetail,
)

CHANGE = (("increase", "more"), ("decrease", "less"), ("none", "no change"))


def contradictions() -> ContradictionsDetail:
    """One open, one settled."""
    return ContradictionsDetail(
        (
            ContradictionRow(
                "contradiction", "sum-of-arms", "The arms add up to 59, and 60 were randomised.", ("trial (P, Table 1, line 10): DBT: 30",),
                "The flow of participants in the publication.", "open", "",
            ),
            ContradictionRow(
                "contradiction", "within-paper", "It says increase and decrease.",
                ("trial (P, Abstract): increase", "trial (P, Results): decrease"),
                "Reading the study.", "settled", "The results section is right.",
            ),
        )
    )  # fmt: skip


def _mark(sample: str, direction: str, **more: object) -> MapMark:
    result = MapResult(
        "study-of-" + sample, "Amygdala", "left", "Viewing", "change over time", direction, "P, Results, line 5"
    )
    again = MapResult(
        "study-of-" + sample, "Amygdala", "", "", "change over time", "increase", "P, Abstract", again=True
    )
    given: dict[str, object] = {
        "controlled": False, "n": 12, "tasks": ("viewing",), "sides": ("left",), "differs": (), "otherwise": (),
    } | more  # fmt: skip
    return MapMark(sample, direction, results=(result, again), **given)


def _row(
    place: str,
    scope: str,
    marks: tuple[MapMark, ...],
    *,
    group: str = "Limbic system",
    outcome: str = "",
    contrast: str = "",
) -> MapRow:
    label = {"all": "Everybody in the arm", "responders": "Responders"}.get(scope, scope.capitalize())
    return MapRow(
        group, place, "Activation", "A long treatment", "ALT", label, scope, outcome, marks, len(marks), 4, contrast
    )


def _map(directions: tuple[tuple[str, str], ...], rows: tuple[MapRow, ...], contrast: str) -> EvidenceMap:
    counts = tuple(
        MapCount(
            row.place, row.modality, row.treatment, row.scope, contrast, row.outcome,
            tuple(
                str(sum(m.direction == key for m in row.marks))
                for key in (*dict(directions), "concluded", "mixed", "not stated")
            ),
            row.reported, row.measured,
        )
        for row in rows
    )  # fmt: skip
    names = dict.fromkeys(mark.sample for row in rows for mark in row.marks)
    samples = tuple(
        MapSample(name, (f"study-of-{name}",), 12 if i else None, i == 1, ("third",) if i == 1 else ())
        for i, name in enumerate(names)
    )
    return EvidenceMap(directions, "sample", False, rows, counts, samples, ((2, "measured before treatment"),))


def brain_map() -> BrainMapDetail:
    """Every direction, every shape of mark, a sample that differs, one that is stated otherwise, one with a comparison."""
    rows = (
        _row("Amygdala", "all", (
            _mark("first", "decrease"), _mark("second", "increase", controlled=True, n=None),
            _mark("third", "mixed", sides=("left", "right"), differs=("side",)),
        )),
        _row("Amygdala", "all", (_mark("first", "decrease"),), contrast="beside healthy people"),
        _row("Amygdala", "responders", (_mark("first", "none", otherwise=("P, Abstract",)),)),
        _row("Amygdala", "responders", (_mark("third", "concluded", says="loss of a deactivation (concluded, not tested)"),)),
        _row("Anterior cingulate cortex of a very long name that needs several lines", "non-responders",
             (_mark("fourth", "decrease", tasks=(), sides=()),), group="Cingulate cortex"),
        _row("Insula", "more-improved", (_mark("fourth", "increase"),), group="Insula", outcome="Impulsivity"),
        _row("Insula", "less-improved", (_mark("fourth", "mixed"),), group="Insula", outcome="Impulsivity"),
        _row("Insula", "subgroup", (_mark("fourth", "decrease"),), group="Insula"),
    )  # fmt: skip
    return BrainMapDetail("activation", _map(CHANGE, rows, "change over time"))


def predictors() -> MarkersDetail:
    """With outcomes, and a direction nobody states."""
    words = (("higher", "higher"), ("lower", "lower"), ("none", "no difference"))
    rows = (
        _row("Amygdala", "all", (_mark("first", "lower"), _mark("second", "not stated")), outcome="Dropout"),
        _row("Severity", "all", (_mark("third", "higher", tasks=(), sides=()),), group="Clinical", outcome="Response"),
    )
    return MarkersDetail("predictors", _map(words, rows, ""))


def gaps() -> EvidenceGapsDetail:
    """Every level, and cells with nothing."""
    levels = (
        ("randomised", "randomised comparison"), ("comparison", "comparison that was not randomised"),
        ("change", "change in one group"), ("unclear", "design not stated"), ("uncoded", "results not coded"),
        ("nothing", "nothing in the ledger"),
    )  # fmt: skip
    cells = (
        GapCell("bpd", "dbt", "self-harm", "randomised", (("randomised", 2), ("change", 1)), 171, 0, ("a-2001", "b-2002", "c-2003")),
        GapCell("bpd", "mbt", "self-harm", "comparison", (("comparison", 1),), None, 1, ("d-2004",)),
        GapCell("bpd", "mbt", "signs:volume", "change", (("change", 1),), 12, 1, ("e-2005",)),
        GapCell("aspd", "dbt", "self-harm", "uncoded", (("uncoded", 1),), None, 0, ("g-2007",)),
        GapCell("aspd", "mbt", "self-harm", "unclear", (("unclear", 1),), 2, 0, ("f-2006",)),
    )  # fmt: skip
    return EvidenceGapsDetail(
        levels,
        (("bpd", "Borderline personality disorder"), ("aspd", "Antisocial personality disorder")),
        (("dbt", "Dialectical behavior therapy"), ("mbt", "Mentalization-based treatment"), ("x", "Another treatment of a long name")),
        (("dbt", "DBT"), ("mbt", "MBT"), ("x", "Another treatment of a long name")),
        (("self-harm", "Self-harm"), ("signs:volume", "Grey matter volume")),
        cells,
        tuple(GapCell(cell.disorder, cell.treatment, "", cell.level, cell.samples, cell.people, cell.unknown, cell.studies)
              for cell in cells[:2] + cells[3:]),
        ("Mortality", "Dropout"),
    )  # fmt: skip
