"""Sources: every fact has a place in a paper that is there, and every claim is one of the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from forwhom.problems import Problem, did_you_mean, listed
from forwhom.programme.checks.names import problem
from forwhom.programme.known import OWN, Known
from forwhom.programme.model import Programme, Source


def sources(programme: Programme, known: Known) -> Iterator[Problem]:
    """Facts without a source, lines beyond the document, claims and treatments that the ledger does not know."""
    yield from _placed(programme, "source", programme.source, known)
    yield from _claim(programme, "claim", programme.claim, known)
    if programme.treatment and programme.treatment not in known.treatments:
        do = f"{did_you_mean(programme.treatment, known.treatments)}Write a word of vocabulary/treatments.toml."
        yield problem(programme, "treatment", f"'{programme.treatment}' is no treatment of the ledger", do)
    for path, fact in programme.facts():
        yield from _placed(programme, f"{path} source", fact.source, known)
        yield from _claim(programme, f"{path} claim", fact.claim, known)


def _placed(programme: Programme, at: str, source: Source | None, known: Known) -> Iterator[Problem]:
    if source is None:
        do = (
            f'Write source = {{ document = "S2", place = "…", line = 90 }}, or document = "{OWN}" for what you decided.'
        )
        yield problem(programme, at, "no source is given", do, code="no-source")
        return
    if source.document == OWN:
        return
    if source.document not in known.documents:
        names = [*known.documents, OWN]
        do = f"{did_you_mean(source.document, names)}Correct it, or add it to documents.toml of a ledger."
        yield problem(programme, at, f"'{source.document}' is no document of the ledger", do, listed(names))
        return
    last = known.documents[source.document]
    if source.line is None:
        do = "Look it up, and write line = 90."
        yield problem(programme, at, f"no line of {source.document} is given", do, code="no-line")
    elif source.to is not None and source.to < source.line:
        found = f"lines {source.line} to {source.to} go backwards"
        yield problem(programme, at, found, "Write the earlier line first.", code="no-such-line")
    elif (last is not None and not 1 <= max(source.line, source.to or 0) <= last) or source.line < 1:
        found = f"line {source.to or source.line} of {source.document}"
        yield problem(programme, at, found, "Look up the line.", f"1 to {last}", code="no-such-line")


def _claim(programme: Programme, at: str, claim: str, known: Known) -> Iterator[Problem]:
    if claim and claim not in known.claims:
        do = f"{did_you_mean(claim, known.claims)}Name a claim of the ledger, or take it away."
        yield problem(programme, at, f"'{claim}' is no claim of the ledger", do, code="unknown-claim")
