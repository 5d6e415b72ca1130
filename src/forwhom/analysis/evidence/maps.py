"""Maps of the ledger as findings: change of the brain by modality, biomarkers, predictors, correlates."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.analysis.asking import Asking, provenance
from forwhom.analysis.evidence import map_words as words
from forwhom.analysis.evidence.asking import LedgerDraft, draft
from forwhom.analysis.evidence.map_cautions import add_cautions, causal
from forwhom.analysis.evidence.map_detail import detail, left_out, map_of, shown
from forwhom.evidence import Ledger, parse
from forwhom.evidence.maps import Map
from forwhom.evidence.samples import treatments_asked
from forwhom.findings import Finding, Method, Record
from forwhom.findings.kinds import BrainMapDetail, MarkersDetail
from forwhom.findings.record import VERSION

QUESTIONS = {
    "biomarkers": "Which biological markers change with treatment, in how many samples?",
    "predictors": "What was measured before treatment and differs by its outcome, in how many samples?",
    "correlates": "What goes with outcome, in how many samples?",
}


def brain(ledger: Ledger, asking: Asking) -> tuple[Finding, ...]:
    """A finding for each modality with results: activation, volume and connectivity are never counted together."""
    return brain_of(ledger, asking)


def brain_of(
    ledger: Ledger, asking: Asking, query: str = "", *, by: str = "sample", parents: bool = False
) -> tuple[Finding, ...]:
    """The same of what a query finds."""
    found = map_of(ledger, query, "brain", by=by, parents=parents)
    modalities = [each for each in found.modalities if shown(found, each)]
    if not modalities:
        question = "Where does the brain change after treatment?"
        made = draft(ledger, asking, "map", question, _method("brain", by, query, parents=parents))
        return (_nothing(made, found, ledger, "change of the brain"),)
    return tuple(_modality(ledger, asking, modality, found, query) for modality in modalities)


def _modality(ledger: Ledger, asking: Asking, modality: str, found: Map, query: str) -> Finding:
    label = words.small(ledger.vocabulary.label("modalities", modality))
    question = f"Where does {label} change after treatment, in how many independent samples?"
    method = _method("brain", found.by, query, parents=found.parents is True)
    made = draft(ledger, asking, f"map.{modality}", question, method)
    lines = shown(found, modality)
    rows = words.rows_of(lines)
    _leave_out(made, found, ledger, modality)
    add_cautions(made, found, lines, rows, ledger)
    says, named = words.told(lines, found, ledger)
    first = words.answer(lines, found, ledger, label)
    statement = f"{first} In all: {words.size(rows, ledger, _asked(query, ledger))}. {says} {causal(rows, ledger)}"
    drawn = BrainMapDetail(label, detail(ledger, found, modality))
    return made.answer(statement, words.estimates(named, found, ledger), drawn)


def biomarkers(ledger: Ledger, asking: Asking) -> Finding:
    """Change of biological markers."""
    return markers_of(ledger, asking, "biomarkers")


def predictors(ledger: Ledger, asking: Asking) -> Finding:
    """What was measured before treatment and differs by its outcome."""
    return markers_of(ledger, asking, "predictors")


def correlates(ledger: Ledger, asking: Asking) -> Finding:
    """What goes with outcome, mostly measured together with it."""
    return markers_of(ledger, asking, "correlates")


def markers_of(
    ledger: Ledger, asking: Asking, of: str, query: str = "", *, by: str = "sample", parents: bool = False
) -> Finding:
    """The same of what a query finds; `of` as in `evidence.maps.counted`."""
    found = map_of(ledger, query, of, by=by, parents=parents)
    made = draft(ledger, asking, of, QUESTIONS[of], _method(of, by, query, parents=parents))
    lines = shown(found)
    if not lines:
        return _nothing(made, found, ledger, of)
    rows = words.rows_of(lines)
    _leave_out(made, found, ledger)
    add_cautions(made, found, lines, rows, ledger)
    says, named = words.told(lines, found, ledger)
    statement = (
        f"{words.answer(lines, found, ledger, of)} In all: {words.size(rows, ledger, _asked(query, ledger))}. {says}"
    )
    if of == "biomarkers":
        statement += f" {causal(rows, ledger)}"
    return made.answer(statement, words.estimates(named, found, ledger), MarkersDetail(of, detail(ledger, found)))


def record_of(ledger: Ledger, asking: Asking, findings: Sequence[Finding]) -> Record:
    """Findings as a record, for a page of their own."""
    from forwhom.analysis.evidence.answer import ledger_card

    return Record(VERSION, ledger_card(ledger), tuple(findings), (), provenance(ledger, asking))


def _leave_out(made: LedgerDraft, of: Map, ledger: Ledger, modality: str | None = None) -> None:
    levels = [line for line in of.lines if line.contrast == "level" and modality in (None, line.place.modality)]
    made.leave_out(len(words.rows_of(levels)), "of levels compared with other people, which are no change", "results")
    for n, why in left_out(of, modality, ledger):
        made.leave_out(n, why, "results")


def _asked(query: str, ledger: Ledger) -> frozenset[str] | None:
    return treatments_asked(parse(query, ledger), ledger)


def _nothing(made: LedgerDraft, of: Map, ledger: Ledger, what: str) -> Finding:
    _leave_out(made, of, ledger)
    return made.not_applicable(
        f"no result on {what} counts here", "Studies with such results in the ledger, or another query."
    )


def _method(of: str, by: str, query: str, *, parents: bool) -> Method:
    options = {
        "counted by": "independent sample: studies that share people are one" if by == "sample" else "study",
        "samples that may be one": "never count as two: two authors, disorder and treatment in common, and nothing that parts them",
        "results that differ within a sample": "count for no direction",
        "concluded signs": "a class of their own: from a state before and after, not tested",
        "told in a discussion only": "not counted",
        "kept apart": "modality, treatment, group of people"
        + (", comparison" if of in ("brain", "biomarkers") else ", outcome"),
        "regions": "as coded, and as part of everything they belong to"
        if parents
        else "as coded, and as part of what the field speaks of as a whole (anterior cingulate, insula …)",
    }
    if of == "brain":
        options["in the statement"] = "of places inside each other the narrowest that more than one sample reports"
    if of in ("predictors", "correlates"):
        options["completion and dropout"] = "one contrast told from two sides: one result, under completion"
    if query:
        options["query"] = query
    return Method("Counting of directions over the ledger", options)
