"""The words a query may use, with how a reader sees them; and what to say of a word that is not there."""

from __future__ import annotations

from collections.abc import Mapping

from forwhom.evidence.model import Ledger
from forwhom.evidence.vocabulary import Vocabulary
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed, nearest, short

DIRECTIONS = {
    "increase": "More after, or more than in the others",
    "decrease": "Less after, or less than in the others",
    "positive": "An association: both rise together",
    "negative": "An association: one rises where the other falls",
    "higher": "A prediction: a higher level before, in those with the outcome",
    "lower": "A prediction: a lower level before, in those with the outcome",
    "better": "Better than the other arm",
    "worse": "Worse than the other arm",
    "none": "Looked for, and not found",
}
KINDS = {
    "events": "How many people had an event",
    "means": "A mean",
    "effect": "A difference between arms",
    "association": "Two things that go together",
    "brain": "Activity, volume or connectivity",
    "biomarker": "A marker of the body",
    "prediction": "What before treatment went with an outcome",
    "process": "What happened in sessions",
    "statement": "Told in words",
}
"""Kinds of results, and the directions they may have."""
TRAITS = {
    "sessions": "Number of sessions (dose)",
    "months": "Months after the start (follow-up)",
    "year": "Year of publication",
    "women": "Share of women",
    "age": "Mean age",
    "baseline": "Mean before treatment (severity)",
    "format": "Individual, group and the like",
    "bias": "Risk of bias",
    "instrument": "Instrument",
    "treatment": "Treatment",
    "control": "With what it was compared",
    "randomised": "Whether arms were randomised",
    "allegiance": "Whether those who developed the treatment made the study",
    "setting": "Inpatient, outpatient and the like",
    "country": "Country",
}
"""What a pooled analysis can be split or regressed by, where sources state it."""


def words(ledger: Ledger, kind: str = "") -> Mapping[str, Mapping[str, str]]:
    """Every word of a kind (regions, outcomes, treatments …) with its label; of all kinds where none is named.

    Raises `ProblemsFound` for a kind that is not there.

    >>> from forwhom import evidence
    >>> words(evidence.read(), "region")["regions"]["acc"]
    'Anterior cingulate cortex'
    """
    sets = {name: {each.id: each.label for each in terms.values()} for name, terms in ledger.vocabulary.sets.items()}
    sets |= {
        "traits": TRAITS,
        "directions": DIRECTIONS,
        "kinds": KINDS,
        "studies": {study.id: study.citation.title for study in ledger.studies.values()},
        "documents": {document.id: document.label for document in ledger.documents.values()},
    }
    if not kind:
        return sets
    name = kind.casefold()
    found = next((each for each in (name, f"{name}s", f"{name[:-1]}ies") if each in sets), None)
    if found is None:
        do = f"{did_you_mean(kind, sets)}Choose one."
        raise ProblemsFound(
            [
                Problem(
                    "unknown-word",
                    do,
                    column="KIND",
                    found=f"{short(kind)} is no kind of word",
                    possible=listed(sets, 30),
                )
            ]
        )
    return {found: sets[found]}


def not_known(key: str, word: str, kind: str, vocabulary: Vocabulary) -> Problem:
    """A word that the ledger does not have: the nearest by spelling, which may be another thing, and where all stand."""
    names = vocabulary.names.get(kind, {})
    near = nearest(word, names)
    meant = names[near] if near else ""
    hint = f"Nearest by spelling: {meant} ({vocabulary.label(kind, meant)}). " if meant else ""
    return Problem(
        "unknown-word",
        f"{hint}All {kind}: forwhom evidence words {kind}.",
        column=key,
        found=f"{short(word)} is not known",
    )
