"""Logs of searches: what was looked for where, how many records came, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.evidence.drafts import quoted
from forwhom.evidence.model import Ledger, Looked, Search

LOG = "imports"
"""The log of imports that name no search."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How many records are left at each step; None where a step is not told.

    identified : records of all sources together; None where a source tells no number
    partial : whether the duplicates are those of imports only, as a source logged by hand tells none
    added : studies written as drafts, of which `coded` are coded today, `drafts` still drafts, `gone` no longer there
    """

    identified: int | None
    duplicates: int | None
    partial: bool
    incomplete: int | None
    screened: int | None
    excluded: int | None
    included: int | None
    added: int | None
    coded: int | None
    drafts: int | None
    gone: int | None


def flow(search: Search, ledger: Ledger) -> Flow:
    """The numbers of one search; what became of its drafts is looked up in the ledger.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> found = flow(ledger.searches["s1"], ledger)
    >>> found.identified, found.included
    (None, 9)
    """
    imports = imported(search)
    added = [name for source in imports for name in source.added]
    there = [ledger.studies[name] for name in added if name in ledger.studies]
    drafts = sum(study.draft for study in there)
    return Flow(
        identified=_sum([source.count for source in search.sources]),
        duplicates=search.duplicates if search.duplicates is not None else _sum([each.duplicates for each in imports]),
        partial=bool(imports) and search.duplicates is None and any(each.duplicates is None for each in search.sources),
        incomplete=_sum([each.incomplete for each in imports]),
        screened=search.screened,
        excluded=search.excluded,
        included=search.included,
        added=len(added) if imports else None,
        coded=len(there) - drafts if imports else None,
        drafts=drafts if imports else None,
        gone=len(added) - len(there) if imports else None,
    )


def finished(search: Search, ledger: Ledger) -> bool:
    """Whether what it found is in the ledger: of an import the number included is told, and no draft of it is left to be coded."""
    found = flow(search, ledger)
    return found.added is None or (found.included is not None and not found.drafts)


def imported(search: Search) -> tuple[Looked, ...]:
    """The sources whose records came from a file."""
    return tuple(source for source in search.sources if source.digest)


def _sum(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None


def absent(search: Search) -> tuple[str, ...]:
    """What nobody can repeat the search without: a source's terms, day and count."""
    if not search.sources:
        return ("no source is named",)
    found = []
    for source in search.sources:
        what = [key for key in ("terms", "date", "count") if getattr(source, key) in (None, "")]
        if what:
            found.append(f"{source.name} without {' and '.join(what)}")
    return tuple(found)


def scaffold_log(name: str, question: str = "", *, example: bool = True) -> str:
    """The text of a new log; what is filled in by hand is a comment.

    >>> import tomli
    >>> tomli.loads(scaffold_log("bpd-imaging", "Which trials image the brain?"))["question"]
    'Which trials image the brain?'
    """
    lines = [
        f"id = {quoted(name)}",
        f"question = {quoted(question)}  # what the search looks for, in a sentence",
        'by = ""',
        "# screened = 0  # records whose title and abstract were read",
        "# excluded = 0  # of these",
        "# included = 0  # studies that are left",
        "# studies = []  # their ids",
        "",
    ]
    return "\n".join([*lines, *(EXAMPLE if example else ())]) + ("" if not example else "\n")


EXAMPLE = (
    "# One table for each source. forwhom evidence add --from FILE --search ID appends them.",
    "# [[sources]]",
    '# name = "PubMed"',
    '# terms = "…"  # as typed',
    "# date = 2026-01-31",
    "# count = 0  # records found",
    '# filters = ""  # language, years …',
)


def source_text(source: Looked) -> str:
    """One source as it stands in a log. The same source gives the same text.

    >>> print(source_text(Looked("PubMed", "dbt AND fmri", count=3)), end="")
    [[sources]]
    name = "PubMed"
    terms = "dbt AND fmri"
    count = 3
    """
    lines = ["[[sources]]", f"name = {quoted(source.name)}", f"terms = {quoted(source.terms)}"]
    if source.date is not None:
        lines.append(f"date = {source.date.isoformat()}")
    for key in ("count", "filters", "file", "digest", "format", "incomplete", "duplicates"):
        value = getattr(source, key)
        if value not in (None, ""):
            lines.append(f"{key} = {quoted(value) if isinstance(value, str) else value}")
    for key in ("duplicate_of", "added"):
        names = getattr(source, key)
        if names or (source.digest and key == "added"):
            lines.append(f"{key} = [{', '.join(map(quoted, names))}]")
    return "\n".join(lines) + "\n"


def with_source(text: str, source: Looked) -> str:
    """A log with one source more, at its end; what is there is not touched."""
    return f"{text.rstrip()}\n\n{source_text(source)}"


def source_words(source: Looked) -> str:
    """One source as a line: where, when, how many, with which words; of an import what became of its records.

    >>> source_words(Looked("PubMed", "", count=2))
    'PubMed, day not told: 2 records; terms not told'
    """
    day = source.date.isoformat() if source.date else "day not told"
    records = "number not told" if source.count is None else _count(source.count, "record")
    parts = [f"{source.name}, {day}: {records}"]
    if source.digest:
        known = f" (there as {', '.join(dict.fromkeys(source.duplicate_of))})" if source.duplicate_of else ""
        parts.append(f"{_count(source.duplicates or 0, 'duplicate')} left out{known}")
        parts.append(f"{source.incomplete or 0} incomplete")
        parts.append(f"{_count(len(source.added), 'draft')} added")
    parts.append(f"terms: {source.terms}" if source.terms else "terms not told")
    if source.filters:
        parts.append(f"filters: {source.filters}")
    if source.digest:
        parts.append(f"from {source.file}, {source.format}, SHA-256 {source.digest[:12]}")
    return "; ".join(parts)


def flow_words(search: Search, ledger: Ledger) -> str:
    """The numbers of a search in one sentence.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> flow_words(ledger.searches["s1"], ledger)
    'Identified: not told. Duplicates: not told. Included: 9.'
    """
    found = flow(search, ledger)
    told = [f"{words}: {'not told' if number is None else number}." for words, number in steps(found)]
    if found.added:
        still = "still a draft" if found.drafts == 1 else "still drafts"
        now = [(found.coded, "coded"), (found.drafts, still), (found.gone, "no longer in the ledger")]
        told[-1] = f"{told[-1][:-1]} ({', '.join(f'{n} {words}' for n, words in now if n)})."
    return " ".join(told)


def steps(found: Flow) -> tuple[tuple[str, int | None], ...]:
    """The steps that a reader expects, and those that are told."""
    every = (
        ("Identified", found.identified, True),
        ("Duplicates in imports" if found.partial else "Duplicates", found.duplicates, True),
        ("Incomplete records", found.incomplete, False),
        ("Screened", found.screened, False),
        ("Excluded", found.excluded, False),
        ("Included", found.included, found.added is None),
        ("Added as drafts", found.added, False),
    )
    return tuple((words, number) for words, number, always in every if always or number is not None)


def _count(n: int, one: str) -> str:
    return f"{n} {one if n == 1 else one + 's'}"
