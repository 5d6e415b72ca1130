"""Tables of a map: counts with contrasts apart, every result with its place, what was left out."""

from __future__ import annotations

from forwhom.findings.kinds import EvidenceMap, MapRow
from forwhom.report.numbers import DASH
from forwhom.report.picture import Table, table


def tables(shown: EvidenceMap) -> tuple[Table, ...]:
    """Counts, the same by device and task, results, what is left out."""
    found = [_counts(shown), _results(shown)]
    if any(row.parts for row in shown.counts):
        found.insert(1, _parts(shown))
    if shown.left_out:
        found.append(_left_out(shown))
    return tuple(found)


def _counts(shown: EvidenceMap) -> Table:
    outcome = any(row.outcome for row in shown.counts)
    contrast = any(row.contrast for row in shown.counts)
    modality = len({row.modality for row in shown.counts}) > 1
    head = [
        "Place",
        *(["Measured by"] * modality),
        "Treatment",
        "In whom",
        *(["Outcome"] * outcome),
        *(["Compared"] * contrast),
    ]
    text_columns = tuple(range(len(head)))
    noun = "studies" if shown.by == "study" else "samples"
    head += [
        *(words.capitalize() for _, words in shown.directions),
        "Concluded, not tested",
        "Differs",
        "Not stated",
        f"{noun.capitalize()} that report it",
    ]
    rows = [
        [
            row.place,
            *([row.modality or DASH] * modality),
            row.treatment,
            row.scope,
            *([row.outcome or DASH] * outcome),
            *([row.contrast or DASH] * contrast),
            *(DASH if n == "0" else n for n in row.counts),
            f"{row.reported} of {row.measured}",
        ]
        for row in shown.counts
    ]
    return table(f"How many {noun} found what", head, rows, text_columns)


def _parts(shown: EvidenceMap) -> Table:
    """What each device with each task found, and in how many of those asked so."""
    noun = "studies" if shown.by == "study" else "samples"
    head = ["Place", "Treatment", "In whom", "Compared", f"Found, and in how many of the {noun} asked so"]
    rows = [
        [
            row.place,
            row.treatment,
            f"{row.scope}: {row.outcome}" if row.outcome else row.scope,
            row.contrast or DASH,
            each,
        ]
        for row in shown.counts
        for each in row.parts
    ]
    return table("By device and task", head, rows, tuple(range(len(head))))


def _results(shown: EvidenceMap) -> Table:
    head = ["Place", "Sample", "Study", "In whom", "What", "Side", "Task", "Compared", "Found", "Where it stands"]
    rows = [
        [
            row.place, mark.sample, each.study, _whom(row), each.what, each.side or DASH, each.task or DASH, each.contrast or DASH,
            each.direction + (" (stated again)" if each.again else ""), each.place,
        ]
        for row in shown.rows
        for mark in row.marks
        for each in mark.results
    ]  # fmt: skip
    return table("Every result behind the marks", head, rows, tuple(range(len(head))))


def _whom(row: MapRow) -> str:
    return f"{row.scope}: {row.outcome}" if row.outcome else row.scope


def _left_out(shown: EvidenceMap) -> Table:
    return table(
        "Results that are not counted", ["Results", "Which"], [[str(n), why] for n, why in shown.left_out], (1,)
    )
