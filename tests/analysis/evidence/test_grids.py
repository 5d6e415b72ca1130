"""Grids as findings: what is said is counted, what is not said is no "no"."""

from __future__ import annotations

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.grids import grids
from forwhom.findings import Finding
from forwhom.findings.kinds import GridDetail


def shipped() -> dict[str, Finding]:
    return {finding.id: finding for finding in grids(evidence.read(), Asking())}


def test_a_finding_for_each_grid_with_every_cell_and_its_place() -> None:
    ledger, found = evidence.read(), shipped()
    assert list(found) == [f"evidence.grid.{name}" for name in ledger.grids]
    for name, grid in ledger.grids.items():
        detail = found[f"evidence.grid.{name}"].detail
        assert isinstance(detail, GridDetail)
        assert len(detail.cells) == len(grid.cells)
        for cell, drawn in zip(grid.cells, detail.cells, strict=True):
            assert (grid.rows[drawn.row], grid.columns[drawn.column]) == (cell.row, cell.column)
            assert drawn.place is not None
            assert detail.places[drawn.place] == str(cell.source)


def test_what_is_not_said_is_told_as_such() -> None:
    finding = shipped()["evidence.grid.components"]
    assert finding.statement is not None
    assert "44 of 208 cells are said (44 yes), 164 not said." in finding.statement
    assert {caution.code for caution in finding.cautions} == {"not-said", "one-account"}
    whole = shipped()["evidence.grid.common-features"]
    assert "every cell is said" in str(whole.statement)
    assert "not-said" not in {caution.code for caution in whole.cautions}
