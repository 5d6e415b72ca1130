"""What one row says of another: arms, measures, documents, studies that must be there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import chain

from forwhom.evidence.drafts import identities
from forwhom.evidence.filters import parse
from forwhom.evidence.keys import PARTS
from forwhom.evidence.model import Arm, Claim, Duration, Grid, Ledger, Result, Search, Source, Study
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed

DOCUMENT = "document of documents.toml"


def reference_problems(ledger: Ledger) -> tuple[Problem, ...]:
    """Every name that leads nowhere, in all files."""
    found = tuple(
        chain(
            *(_study(study, ledger) for study in ledger.studies.values()),
            _publications(ledger),
            *(_claim(claim, ledger) for claim in ledger.claims.values()),
            *(_grid(grid, ledger) for grid in ledger.grids.values()),
            *(_search(search, ledger) for search in ledger.searches.values()),
        )
    )
    return _one_cause_once(found)


def _one_cause_once(found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """A document that a file names in every row is absent once: the first place, with how many there are."""
    alike: dict[tuple[str | None, str], list[Problem]] = {}
    for each in found:
        if each.code == "unknown-name" and each.found.endswith(DOCUMENT):
            alike.setdefault((each.file, each.found), []).append(each)
    first = {id(same[0]): replace(same[0], count=len(same)) for same in alike.values()}
    later = {id(each) for same in alike.values() for each in same[1:]}
    return tuple(first.get(id(each), each) for each in found if id(each) not in later)


def _publications(ledger: Ledger) -> Iterator[Problem]:
    """One publication has one file, and one label in a document has one publication."""
    seen: dict[str, str] = {}
    for study in ledger.studies.values():
        labels = [f"label in {name}: {label}" for name, label in study.citation.cited_as.items()]
        for identity in (*identities(study.citation), *labels):
            other = seen.setdefault(identity, study.id)
            if other != study.id:
                yield Problem(
                    "duplicate-study",
                    "Keep one file for one publication, or correct the citation.",
                    study.file,
                    column="[citation]",
                    found=f"{other} has the same {identity.partition(':')[0]}",
                )
                break
        for document in study.citation.cited_as:
            if document not in ledger.documents:
                yield _unknown(study.file, "[citation] cited_as", document, list(ledger.documents), DOCUMENT)


def _unknown(file: str, key: str, name: str, known: Collection[str], what: str) -> Problem:
    return Problem(
        "unknown-name",
        f"{did_you_mean(name, known)}Correct it, or add it.",
        file,
        column=key,
        found=f"'{name}' is no {what}",
        possible=listed(known),
    )


def _study(study: Study, ledger: Ledger) -> Iterator[Problem]:
    arms = {arm.id for arm in study.arms}
    measures = {measure.id for measure in study.measures}
    results = {result.id for result in study.results}
    for rows, key in ((study.arms, "arms"), (study.measures, "measures"), (study.results, "results")):
        yield from _twice([row.id for row in rows], study.file, key)
    for result in study.results:
        yield from _result(result, study, arms, measures, results, ledger)
    for key, source in _sources(study):
        yield from _source(source, study.file, key, ledger)
    for arm in study.arms:
        yield from _arm(arm, study)
    for measure in study.measures:
        if measure.low is not None and measure.high is not None and measure.low >= measure.high:
            yield Problem(
                "wrong-value",
                "low and high are the ends of the scale, the smaller one first: correct them, or leave them out.",
                study.file,
                column=f"[[measures]] {measure.id} low, high",
                found=f"the scale runs from {measure.low:g} to {measure.high:g}",
            )
    if not study.draft and "not-coded" in (study.design.kind, *study.population.disorder):
        yield Problem(
            "not-coded",
            "Code design and disorder, or write draft = true.",
            study.file,
            found="design or disorder is not coded, and the file is no draft",
        )
    for stated in study.stated:
        if fact(study, stated.what) is None:
            yield Problem(
                "unknown-fact",
                "Name a key that this file gives: design.randomised, population.age_mean, arms.<id>.n …",
                study.file,
                column=f"[[stated]] {stated.what}",
                found="leads to nothing",
            )


def _twice(names: list[str], file: str, key: str) -> Iterator[Problem]:
    for name in dict.fromkeys(name for name in names if names.count(name) > 1) if len(set(names)) < len(names) else ():
        yield Problem(
            "duplicate-id", "Give each its own id.", file, column=f"[[{key}]] {name}", found=f"'{name}' twice"
        )


def _result(
    result: Result, study: Study, arms: set[str], measures: set[str], results: set[str], ledger: Ledger
) -> Iterator[Problem]:
    at = f"[[results]] {result.id}"
    for key, name in (("arm", result.arm), ("versus", result.versus)):
        if name and name not in arms:
            yield _unknown(study.file, f"{at} {key}", name, sorted(arms), "arm of this study")
    if result.outcome and result.outcome not in measures and result.outcome not in ledger.vocabulary.sets["outcomes"]:
        known = [*sorted(measures), *ledger.vocabulary.sets["outcomes"]]
        yield _unknown(study.file, f"{at} outcome", result.outcome, known, "measure of this study and no outcome")
    if result.same_as and (result.same_as not in results or result.same_as == result.id):
        yield _unknown(study.file, f"{at} same_as", result.same_as, sorted(results - {result.id}), "other result")
    if (
        result.modality == "connectivity"
        and result.kind == "brain"
        and not (result.seed or result.target or result.region)
    ):
        yield Problem(
            "missing-key", "Write seed and target.", study.file, column=at, found="connectivity from nowhere to nowhere"
        )
    if result.kind == "brain" and result.modality != "connectivity" and not result.region:
        yield Problem("missing-key", "Write region.", study.file, column=at, found="no region")
    if result.kind == "events" and result.events is None and result.percent is None:
        yield Problem("missing-key", "Write events, percent, or both.", study.file, column=at, found="neither is given")


def _arm(arm: Arm, study: Study) -> Iterator[Problem]:
    if arm.role == "treatment" and not arm.treatment:
        yield Problem(
            "missing-key",
            "Write treatment, a word of vocabulary/treatments.toml.",
            study.file,
            column=f"[[arms]] {arm.id}",
            found="a treatment arm without its treatment",
        )


def _sources(study: Study) -> Iterator[tuple[str, Source]]:
    for key, part in (
        ("[design]", study.design),
        ("[population]", study.population),
        ("[allegiance]", study.allegiance),
    ):
        if part is not None and part.source is not None:
            yield key, part.source
    for arm in study.arms:
        if arm.source is not None:
            yield f"[[arms]] {arm.id}", arm.source
    for measure in study.measures:
        if measure.source is not None:
            yield f"[[measures]] {measure.id}", measure.source
    for result in study.results:
        yield f"[[results]] {result.id}", result.source
    for stated in study.stated:
        yield f"[[stated]] {stated.what}", stated.source


def _source(source: Source, file: str, key: str, ledger: Ledger) -> Iterator[Problem]:
    """A place in a document of the ledger, or in the study itself (document "self")."""
    if source.part not in PARTS:
        yield Problem(
            "unknown-part",
            f"{did_you_mean(source.part, PARTS)}Begin place with the part of the document.",
            file,
            column=f"{key} source",
            found=f"'{source.place}' does not begin with a part",
            possible=listed(PARTS),
        )
    document = ledger.documents.get(source.document)
    if document is None:
        if source.document != "self":
            known = [*ledger.documents, "self"]
            yield _unknown(file, f"{key} source", source.document, known, DOCUMENT)
        return
    last = source.to or source.line
    if document.lines is not None and last is not None and not 1 <= last <= document.lines:
        yield Problem(
            "no-such-line",
            "Look up the line.",
            file,
            column=f"{key} source",
            found=f"line {last} of {source.document}",
            possible=f"1 to {document.lines}",
        )


def _claim(claim: Claim, ledger: Ledger) -> Iterator[Problem]:
    at = f"[[claims]] {claim.id}"
    yield from _source(claim.source, claim.file, at, ledger)
    for name in claim.cites:
        if name not in ledger.studies:
            yield _unknown(claim.file, f"{at} cites", name, list(ledger.studies), "study of the ledger")
    for query in (claim.query, *(part.query for part in claim.parts)):
        try:
            parse(query, ledger)
        except ProblemsFound as found:
            yield from (replace(each, file=claim.file, column=f"{at} query {each.column}") for each in found.problems)
    if claim.each and claim.each not in claim.query:
        yield _unknown(claim.file, f"{at} each", claim.each, list(claim.query), "key of the query")
    for name in claim.excludes:
        from forwhom.evidence.checks.causes import LIMITS

        if name not in LIMITS:
            yield _unknown(claim.file, f"{at} excludes", name, list(LIMITS), "rule on causes")
    if claim.kind == "count" and not (claim.query and claim.expect):
        yield Problem(
            "missing-key",
            "Write query and expect = { count = 2 }.",
            claim.file,
            column=at,
            found="a count to count nothing",
        )


def _grid(grid: Grid, ledger: Ledger) -> Iterator[Problem]:
    for cell in grid.cells:
        at = f"[[cells]] {cell.row}, {cell.column}"
        if cell.row not in grid.rows:
            yield _unknown(grid.file, at, cell.row, grid.rows, "row of the grid")
        if cell.column not in grid.columns:
            yield _unknown(grid.file, at, cell.column, grid.columns, "column of the grid")
        for name in cell.studies:
            if name not in ledger.studies:
                yield _unknown(grid.file, at, name, list(ledger.studies), "study of the ledger")
        if cell.source is not None:
            yield from _source(cell.source, grid.file, at, ledger)
    yield from _twice([f"{cell.row}, {cell.column}" for cell in grid.cells], grid.file, "cells")
    known = (*grid.rows, *grid.columns)
    for name in grid.labels:
        if name not in known:
            yield _unknown(grid.file, "labels", name, known, "row or column of the grid")


def _search(search: Search, ledger: Ledger) -> Iterator[Problem]:
    for name in search.studies:
        if name not in ledger.studies:
            yield _unknown(search.file, "studies", name, list(ledger.studies), "study of the ledger")
    if search.source is not None:
        yield from _source(search.source, search.file, "source", ledger)


def fact(study: Study, path: str) -> object | None:
    """The value a dotted path leads to: ``design.randomised``, ``arms.dbt.n``; None when it leads nowhere."""
    first, *rest = path.split(".")
    if first in ("arms", "measures") and len(rest) == 2:
        row = study.arm(rest[0]) if first == "arms" else study.measure(rest[0])
        value = getattr(row, rest[1], None)
        return f"{value.value:g} {value.unit}" if isinstance(value, Duration) else value
    if first in ("design", "population") and len(rest) == 1:
        return getattr(getattr(study, first), rest[0], None)
    return None
