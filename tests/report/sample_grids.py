"""Made-up grids of the ledger."""

from __future__ import annotations

from forwhom.findings.kinds import GridCell, GridDetail, SearchesDetail, SearchRow, SearchSource

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


def searches() -> SearchesDetail:
    """An import with every step, and a search of which hardly anything is told."""
    source = SearchSource("PubMed", "2026-11-20", 12, "dbt AND fmri", "a.nbib, NBIB, SHA-256 0f0f0f0f0f0f", 3, 1, 8)
    told = (
        ("Identified", 12),
        ("Duplicates", 3),
        ("Incomplete records", 1),
        ("Screened", 9),
        ("Excluded", 4),
        ("Included", 5),
        ("Added as drafts", 8),
    )
    silent = SearchSource("A database of a long name that nobody dates", "", None, "", "", None, None, None)
    return SearchesDetail(
        (
            SearchRow("mine", "Which trials image the brain after treatment of borderline personality disorder?", told,
                      (source,), (), 5, 2, 1, ""),
            SearchRow("theirs", "", (("Identified", None), ("Duplicates", None), ("Included", 9)), (silent,),
                      ("A database without terms and date and count",), None, None, None, "P, Methods, line 4"),
        )
    )  # fmt: skip
