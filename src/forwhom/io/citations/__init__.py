"""Records of literature databases as citations: RIS, BibTeX, PubMed XML and NBIB."""

from __future__ import annotations

from pathlib import Path

from forwhom.evidence.model import Citation
from forwhom.io.citations.bibtex import bibtex
from forwhom.io.citations.fields import Fields, to_citation
from forwhom.io.citations.pubmed import pubmed
from forwhom.io.citations.tagged import nbib, ris
from forwhom.problems import Problem, ProblemsFound

FORMATS = {".ris": "RIS", ".bib": "BibTeX", ".bibtex": "BibTeX", ".xml": "PubMed XML", ".nbib": "NBIB"}
READERS = {".ris": ris, ".bib": bibtex, ".bibtex": bibtex, ".xml": pubmed, ".nbib": nbib}

__all__ = ["FORMATS", "READERS", "read_citations"]


def read_citations(path: Path) -> tuple[tuple[Citation, ...], tuple[Problem, ...]]:
    """Citations of one file, with a problem for every record that has no title, author or year.

    Raises `ProblemsFound` when the file cannot be read at all.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        problem = Problem(
            "unknown-format", "Export the records in one of these formats.", path.name,
            found=f"'{path.suffix}' is not known", possible=", ".join(READERS),
        )  # fmt: skip
        raise ProblemsFound([problem])
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ProblemsFound([Problem("no-file", "Name a file.", path.name, found=str(error.strerror))]) from None
    except UnicodeDecodeError:
        problem = Problem("wrong-encoding", "Save it as UTF-8.", path.name, found="the text is not UTF-8")
        raise ProblemsFound([problem]) from None
    try:
        records = reader(text)
    except ValueError as error:
        raise ProblemsFound([Problem("not-read", "Export the file again.", path.name, found=str(error))]) from None
    if not records:
        raise ProblemsFound([Problem("no-records", "Export the file again.", path.name, found="no record in it")])
    citations: list[Citation] = []
    problems: list[Problem] = []
    for i, fields in enumerate(records, 1):
        made = to_citation(fields)
        if isinstance(made, Citation):
            citations.append(made)
        else:
            problems.append(_incomplete(path, i, fields, made))
    return tuple(citations), tuple(problems)


def _incomplete(path: Path, i: int, fields: Fields, absent: str) -> Problem:
    name = fields.get("title", [""])[0][:40] or "no title"
    return Problem(
        "incomplete-record",
        "Complete it in the file, or write the study by hand with forwhom evidence add.",
        path.name,
        column=f"record {i}",
        found=f"'{name}' has no {absent}",
        severity="notice",
    )
