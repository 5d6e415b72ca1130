"""Logs of searches as a finding: how many records came from where, and what became of them."""

from __future__ import annotations

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.analysis.evidence.map_words import joined, number
from forwhom.evidence import Ledger
from forwhom.evidence.model import Looked, Search
from forwhom.evidence.searches import absent, flow, steps
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import SearchesDetail, SearchRow, SearchSource

METHOD = Method(
    "Counts of the logs as they are kept",
    {
        "identified": "records of all sources together; not told where one tells no number",
        "duplicates": "the same DOI, PubMed number, or title and year as a study of the ledger or an earlier record",
        "added as drafts": "counted nowhere until they are coded",
    },
)


def searches(ledger: Ledger, asking: Asking) -> Finding:
    """Every log."""
    made = draft(ledger, asking, "searches", "How were the studies found?", METHOD)
    if not ledger.searches:
        return made.not_applicable("no search is logged", "forwhom evidence add --search ID begins a log.")
    rows = tuple(_row(search, ledger) for search in ledger.searches.values())
    lacking = [row for row in rows if row.lacks]
    if lacking:
        told = "; ".join(f"{row.search}: {', '.join(row.lacks)}" for row in lacking)
        made.caution(
            "search-not-repeatable",
            f"It cannot be repeated without day, words and counts ({told}).",
        )
    waiting = [row for row in rows if row.drafts]
    if waiting:
        n = sum(row.drafts or 0 for row in waiting)
        made.caution(
            "drafts-wait",
            f"{number(n, 'study', 'studies')} found by {joined([row.search for row in waiting])} {'is' if n == 1 else 'are'} "
            "not coded: what they report is in no count of this page.",
        )
    statement = f"{number(len(rows), 'search', 'searches')}, {len(rows) - len(lacking)} of which can be repeated. "
    statement += " ".join(f"{row.search}: {_told(row)}." for row in rows)
    estimates = [
        Estimate(f"{row.search}: {words.lower()}", float(n), unit="records")
        for row in rows
        for words, n in row.steps
        if n is not None
    ]
    return made.answer(statement, estimates, SearchesDetail(rows))


def _told(row: SearchRow) -> str:
    """Its numbers in a sentence."""
    told = ", ".join(f"{words.lower()} {'not told' if n is None else n}" for words, n in row.steps)
    now = ((row.coded, "coded"), (row.drafts, "still to be coded"), (row.gone, "no longer in the ledger"))
    became = ", ".join(f"{n} {words}" for n, words in now if n)
    return f"{told} ({became})" if became else told


def _row(search: Search, ledger: Ledger) -> SearchRow:
    found = flow(search, ledger)
    return SearchRow(
        search.id,
        search.question,
        steps(found),
        tuple(map(_source, search.sources)),
        absent(search),
        found.coded,
        found.drafts,
        found.gone,
        str(search.source) if search.source else "",
    )


def _source(source: Looked) -> SearchSource:
    return SearchSource(
        source.name,
        source.date.isoformat() if source.date else "",
        source.count,
        source.terms,
        f"{source.file}, {source.format}, SHA-256 {source.digest[:12]}" if source.digest else "",
        source.duplicates,
        source.incomplete,
        len(source.added) if source.digest else None,
    )
