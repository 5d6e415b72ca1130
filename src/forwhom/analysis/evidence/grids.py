"""Grids of the ledger as findings: what treatments are made of, what they have in common, which parts were studied alone."""

from __future__ import annotations

from collections import Counter

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.analysis.evidence.map_detail import abbreviation
from forwhom.analysis.evidence.map_words import capital, joined, number
from forwhom.evidence import Ledger
from forwhom.evidence.grids import Said, label, places, sign, value_words
from forwhom.evidence.model import Grid
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import GridCell, GridDetail

METHOD = Method(
    "Cells as papers tell them, each with its place",
    {
        "without a cell": "not said, which is not the same as no",
        "parts and forms": "nothing is carried from one column to another",
    },
)


def grids(ledger: Ledger, asking: Asking) -> tuple[Finding, ...]:
    """A finding for each grid."""
    return tuple(_grid(grid, ledger, asking) for grid in ledger.grids.values())


def _grid(grid: Grid, ledger: Ledger, asking: Asking) -> Finding:
    made = draft(ledger, asking, f"grid.{grid.id}", f"{grid.title.rstrip('.')}: what is said, and where?", METHOD)
    if not grid.cells:
        return made.not_applicable("the grid has no cell", "Cells with their places in the file of the grid.")
    pairs = len(grid.rows) * len(grid.columns)
    if len(grid.cells) < pairs:
        made.caution(
            "not-said",
            "What is not said is not absent: the paper tells of some parts of some treatments. Two columns can only be compared "
            "in rows where both are said.",
        )
    told = {source.document for cell in grid.cells if (source := cell.source or grid.source)}
    if told and all(name in ledger.documents for name in told):
        labels = joined([ledger.documents[name].label for name in sorted(told)])
        made.caution("one-account", f"All cells are what {labels} says; no other source was read for them.")
    signs = Counter(sign(cell.value) for cell in grid.cells)
    estimates = [Estimate("cells that are said", float(len(grid.cells)), unit="cells", n=pairs)]
    estimates += [
        Estimate(f"cells: {word}", float(signs[key]), unit="cells", n=pairs) for key, word in SIGNS if signs[key]
    ]
    return made.answer(_statement(grid, signs, ledger), estimates, _detail(grid, ledger))


SIGNS = ((True, "yes"), (False, "no"), (None, "in words"))


def _statement(grid: Grid, signs: Counter[bool | None], ledger: Ledger) -> str:
    pairs, said = len(grid.rows) * len(grid.columns), len(grid.cells)
    parts = joined([f"{signs[key]} {word}" for key, word in SIGNS if signs[key]])
    size = f"{number(len(grid.rows), 'row')} by {number(len(grid.columns), 'column')}"
    if said == pairs:
        return f"{size}: every cell is said ({parts}). {_placed(grid)}".strip()
    says = f"{size}: {said} of {number(pairs, 'cell')} {'is' if said == 1 else 'are'} said ({parts}), {pairs - said} not said."
    by_column = Counter(cell.column for cell in grid.cells)
    most = [f"{label(grid, name, ledger)} {by_column[name]}" for name in grid.columns if by_column[name]]
    silent = [label(grid, name, ledger) for name in grid.columns if not by_column[name]]
    says += f" Rows said of each column: {', '.join(most)}."
    if silent:
        says += f" Nothing is said of {joined(silent)}."
    return f"{says} {_placed(grid)}".strip()


def _placed(grid: Grid) -> str:
    known = [cell for cell in grid.cells if Said(grid, cell).source]
    absent = len(grid.cells) - len(known)
    return f"{capital(number(absent, 'cell'))} without a place." if absent else ""


def _detail(grid: Grid, ledger: Ledger) -> GridDetail:
    found = list(places(grid))
    cells = []
    for cell in grid.cells:
        source = Said(grid, cell).source
        cells.append(
            GridCell(
                grid.rows.index(cell.row),
                grid.columns.index(cell.column),
                value_words(cell.value),
                {True: "yes", False: "no", None: ""}[sign(cell.value)],
                cell.note,
                cell.studies,
                found.index(source) if source else None,
            )
        )
    return GridDetail(
        grid.id,
        grid.title,
        tuple(label(grid, each, ledger) for each in grid.rows),
        tuple((label(grid, each, ledger), head(grid, each, ledger)) for each in grid.columns),
        tuple(cells),
        tuple(found),
        grid.note,
    )


def head(grid: Grid, name: str, ledger: Ledger) -> str:
    """The head of a narrow column: the abbreviation of a treatment that has one.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> head(ledger.grids["components"], "tfp", ledger)
    'TFP'
    """
    known = name in ledger.vocabulary.sets.get("treatments", {}) and name not in grid.labels
    return abbreviation(name, ledger) if known else label(grid, name, ledger)
