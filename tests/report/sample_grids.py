"""Made-up grids of the ledger."""

from __future__ import annotations

from forwhom.findings.kinds import GridCell, GridDetail

PLACES = ("P, Table 1, line 10", "P, Methods, paragraph 2, line 44–46")
COLUMNS = (
    ("A long treatment of a long name", "ALT"),
    ("Usual care", "Usual care"),
    ("Nobody spoke of it", "Nobody spoke of it"),
)


def signs() -> GridDetail:
    """Yes, no and not said; a cell without a place."""
    return GridDetail(
        "parts",
        "What two treatments are made of",
        ("Advocacy", "A part with a name that needs several lines on a phone", "Homework"),
        COLUMNS,
        (
            GridCell(0, 0, "yes", "yes", "Weekly", ("a-2001", "b-2002"), 0),
            GridCell(0, 1, "no", "no", "", (), 1),
            GridCell(1, 0, "yes", "yes", "", (), None),
        ),
        PLACES,
        "An own note.",
    )


def words() -> GridDetail:
    """Cells in words, one of them not said."""
    return GridDetail(
        "levels",
        "Theory by package",
        ("Well supported", "Contradicted"),
        (("Well supported", "Well supported"), ("Contradicted", "Contradicted")),
        (
            GridCell(0, 0, "the best of all categories", "", "", (), 0),
            GridCell(1, 1, "problematic and ineffective", "", "", (), 1),
        ),
        PLACES,
        "",
    )
