"""The keys of whole files: a study, claims, a grid, a search, the documents, a set of words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forwhom.evidence.keys import (
    ALLEGIANCE,
    ARM,
    AT,
    BETTER,
    BIAS,
    CITATION,
    DESIGN,
    EXTRACTION,
    MEASURE,
    POPULATION,
    RESULTS,
    SETTLED,
    STATED,
    WITHDRAWN,
)
from forwhom.evidence.model import Cell, Claim, Document, Grid, Looked, Part, Result, Search, Study
from forwhom.evidence.schema import SEE
from forwhom.evidence.vocabulary import Term
from forwhom.keyed import (
    Found,
    Keys,
    Read,
    Refused,
    count,
    date,
    flag,
    inside,
    mapping,
    one_of,
    required,
    rows,
    scalar,
    text,
    texts,
)
from forwhom.problems import did_you_mean, listed, short


def results(value: Any, where: str, found: Found) -> tuple[Result, ...]:
    """Rows of [[results]]: the kind says which keys there are."""
    if not isinstance(value, list):
        raise Refused("wrong-type", f"{short(value)} is not a list of tables", f"Write [[{where}]] above each.")
    made: list[Result] = []
    for i, table in enumerate(value, 1):
        name = table.get("id") if isinstance(table, Mapping) else None
        at = f"[[{where}]] {name if isinstance(name, str) else i}"
        kind = table.get("kind") if isinstance(table, Mapping) else None
        keys = RESULTS.get(kind) if isinstance(kind, str) else None
        if keys is None:
            hint = did_you_mean(str(kind), RESULTS)
            found.add("wrong-value", f"{at} kind", f"{short(kind)} is not known", f"{hint}Choose one.", listed(RESULTS))
            continue
        result = keys.build(table, at, found)
        if result is not None:
            made.append(result)
    return tuple(made)


STUDY = Keys(
    Study,
    {
        "id": text,
        "sample": text,
        "draft": flag,
        "replaces": text,
        "separate": texts,
        "citation": inside(CITATION),
        "design": inside(DESIGN),
        "population": inside(POPULATION),
        "arms": rows(ARM),
        "measures": rows(MEASURE),
        "results": results,
        "stated": rows(STATED),
        "bias": inside(BIAS),
        "allegiance": inside(ALLEGIANCE),
        "extraction": inside(EXTRACTION),
        "settled": rows(SETTLED),
        "withdrawn": inside(WITHDRAWN),
    },
    {
        **required(("id", "citation", "design", "population"), f"A study file needs it; see {SEE}."),
        "sample": "Name the sample; studies that share people name the same one.",
    },
)

CLAIM_KINDS = ("count", "direction", "effect", "causal", "comparison", "prevalence", "gap", "recommendation")
EXPECT: tuple[str, ...] = ("count", "direction", "value", "low", "high", "studies", "at_least", "at_most", "of")


def expected(value: Any, where: str, found: Found) -> dict[str, Any]:
    """What a claim needs; `studies` may be a list of ids."""
    if not isinstance(value, Mapping):
        raise Refused("wrong-type", f"{short(value)} is not a table", "Write { count = 2 }.")
    for key in value:
        if key not in EXPECT:
            hint = did_you_mean(str(key), EXPECT)
            raise Refused("unknown-key", f"{short(key)} is not known", f"{hint}Correct or remove it.", listed(EXPECT))
    return {k: (texts if isinstance(v, list) else scalar)(v, where, found) for k, v in value.items()}


PART = Keys(
    Part,
    {"says": text, "query": mapping(text)},
    required(("says", "query"), "A part of a claim needs says, in our own words, and a query."),
)
_CLAIM: dict[str, Read] = {
    "id": text,
    "place": text,
    "line": count,
    "to": count,
    "says": text,
    "kind": one_of(*CLAIM_KINDS),
    "query": mapping(text),
    "by": one_of("study", "sample", "row", "person"),
    "expect": expected,
    "cites": texts,
    "quantified": flag,
    "cause": text,
    "each": text,
    "parts": rows(PART),
    "excludes": texts,
    "needs": text,
    "note": text,
}
CLAIM = Keys(Claim, _CLAIM, required(("id", "place", "says", "kind"), "A claim needs id, place, says and kind."))
CELL = Keys(
    Cell,
    {"row": text, "column": text, "value": scalar, "studies": texts, "note": text, "source": AT},
    required(("row", "column", "value"), "A cell needs row, column and value."),
)
GRID = Keys(
    Grid,
    {
        "id": text,
        "title": text,
        "kind": text,
        "rows": texts,
        "columns": texts,
        "cells": rows(CELL),
        "labels": mapping(text),
        "note": text,
        "source": AT,
    },
    required(("id", "title", "kind", "rows", "columns"), "A grid needs id, title, kind, rows and columns."),
)
LOOKED = Keys(
    Looked,
    {
        "name": text,
        "terms": text,
        "date": date,
        "count": count,
        "filters": text,
        "file": text,
        "digest": text,
        "format": text,
        "incomplete": count,
        "duplicates": count,
        "duplicate_of": texts,
        "added": texts,
    },
    required(("name", "terms"), "Say where was searched, and with which terms."),
)
SEARCH = Keys(
    Search,
    {
        "id": text,
        "question": text,
        "by": text,
        "sources": rows(LOOKED),
        "duplicates": count,
        "screened": count,
        "excluded": count,
        "included": count,
        "studies": texts,
        "source": AT,
        "note": text,
    },
    required(("id", "question"), "A search needs id and question."),
)
DOCUMENT = Keys(
    Document,
    {
        "label": text,
        "authors": texts,
        "year": count,
        "title": text,
        "journal": text,
        "doi": text,
        "text": text,
        "lines": count,
        "note": text,
    },
    {"label": "Name the paper in a few words."},
)
TERM = Keys(
    Term,
    {
        "label": text,
        "parents": texts,
        "synonyms": texts,
        "developers": texts,
        "better": BETTER,
        "form_of": text,
        "whole": flag,
        "mechanisms": texts,
        "measures": texts,
        "note": text,
    },
    {"label": "Give the word as a reader should see it."},
)
