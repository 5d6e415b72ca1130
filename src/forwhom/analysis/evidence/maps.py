"""Maps of the ledger as findings: change of the brain by modality, biomarkers, predictors, correlates."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.analysis.asking import Asking, provenance
from forwhom.analysis.evidence import map_words as words
from forwhom.analysis.evidence.asking import LedgerDraft, draft
from forwhom.analysis.evidence.map_cautions import add_cautions, causal
from forwhom.analysis.evidence.map_detail import detail, left_out, maps, shown
from forwhom.evidence import Ledger
from forwhom.evidence.maps import Map
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
    together, apart = maps(ledger, query, "brain", by=by, parents=parents)
    modalities = [each for each in together.modalities if shown(together, each)]
    if not modalities:
        question = "Where does the brain change after treatment?"
        made = draft(ledger, asking, "map", question, _method("brain", by, query, parents=parents))
        return (_nothing(made, together, ledger, "change of the brain"),)
    rolled = words.rolled(ledger, query, "brain", by)
    return tuple(_modality(ledger, asking, modality, (together, apart, rolled), query) for modality in modalities)


def _modality(ledger: Ledger, asking: Asking, modality: str, three: tuple[Map, Map, Map], query: str) -> Finding:
    together, apart, rolled = three
    label = words.small(ledger.vocabulary.label("modalities", modality))
    question = f"Where does {label} change after treatment, in how many independent samples?"
    method = _method("brain", together.by, query, parents=together.parents)
    made = draft(ledger, asking, f"map.{modality}", question, method)
    lines = shown(together, modality)
    rows = words.rows_of(lines)
    _leave_out(made, together, ledger, modality)
    add_cautions(made, "brain", lines, rows, ledger)
    says, named = words.told(lines, rolled, together, ledger)
    statement = f"{words.capital(label)} after treatment: {words.size(rows)}. {says} {causal(rows, ledger)}"
    drawn = BrainMapDetail(label, detail(ledger, together, apart, modality))
    return made.answer(statement, words.estimates(named, rolled, ledger), drawn)


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
    together, apart = maps(ledger, query, of, by=by, parents=parents)
    made = draft(ledger, asking, of, QUESTIONS[of], _method(of, by, query, parents=parents))
    lines = shown(together)
    if not lines:
        return _nothing(made, together, ledger, of)
    rows = words.rows_of(lines)
    _leave_out(made, together, ledger)
    add_cautions(made, of, lines, rows, ledger)
    says, named = words.told(lines, together, together, ledger)
    statement = f"{words.capital(of)}: {words.size(rows)}. {says}"
    if of == "biomarkers":
        statement += f" {causal(rows, ledger)}"
    drawn = MarkersDetail(of, detail(ledger, together, apart))
    return made.answer(statement, words.estimates(named, together, ledger), drawn)


def record_of(ledger: Ledger, asking: Asking, findings: Sequence[Finding]) -> Record:
    """Findings as a record, for a page of their own."""
    from forwhom.analysis.evidence.answer import ledger_card

    return Record(VERSION, ledger_card(ledger), tuple(findings), (), provenance(ledger, asking))


def _leave_out(made: LedgerDraft, of: Map, ledger: Ledger, modality: str | None = None) -> None:
    levels = [line for line in of.lines if line.contrast == "level" and modality in (None, line.place.modality)]
    made.leave_out(len(words.rows_of(levels)), "of levels compared with other people, which are no change", "results")
    for n, why in left_out(of, modality, ledger):
        made.leave_out(n, why, "results")


def _nothing(made: LedgerDraft, of: Map, ledger: Ledger, what: str) -> Finding:
    _leave_out(made, of, ledger)
    return made.not_applicable(
        f"no result on {what} counts here", "Studies with such results in the ledger, or another query."
    )


def _method(of: str, by: str, query: str, *, parents: bool) -> Method:
    options = {
        "counted by": "independent sample: studies that share people are one" if by == "sample" else "study",
        "results that differ within a sample": "count for no direction",
        "kept apart": "modality, treatment, group of people" + (", outcome" if of != "brain" else ""),
        "regions": "as coded, and as part of what they belong to" if parents else "as coded",
    }
    if of == "brain":
        options["in the statement"] = (
            "narrower regions count as part of broader ones; the narrowest in more than one sample are named"
        )
    if query:
        options["query"] = query
    return Method("Counting of directions over the ledger", options)
