"""What a row is counted under: its modality, contrast, outcome, and the package its treatment belongs to."""

from __future__ import annotations

from forwhom.evidence.filters import Query, Row, parse, rows
from forwhom.evidence.index import Index
from forwhom.evidence.model import Ledger

FAMILY = "-family"
"""End of the ids of treatments that are families of packages."""
REVERSED = {"dropout": "completion"}
"""Outcomes that tell another one from its other side: one contrast, told in two ways, is one result."""
TURNED = {"higher": "lower", "lower": "higher", "positive": "negative", "negative": "positive"}


WORDS = {
    "activation": ("more", "less", "no change"),
    "volume": ("more", "less", "no change"),
    "connectivity": ("stronger", "weaker", "no change"),
    "predictors": ("higher", "lower", "no difference"),
    "correlates": ("more with more", "more with less", "unrelated"),
    "": ("increase", "decrease", "no change"),
}
"""Words for the three directions, by modality or kind of map."""
CONTRAST_WORDS = {
    "time": "over time",
    "usual-care": "against usual care or waiting",
    "other-treatment": "against another treatment",
    "other-form": "against another form or part",
    "untreated": "against untreated patients",
    "healthy": "beside healthy people",
    "others": "against the others",
    "level": "as a level, no change",
}
"""With what a change is compared, in a sentence."""


def words_of(of: str, modality: str = "") -> tuple[str, str, str]:
    """Words for the three directions of a map.

    >>> words_of("brain", "connectivity"), words_of("predictors")
    (('stronger', 'weaker', 'no change'), ('higher', 'lower', 'no difference'))
    """
    return WORDS.get(of) or WORDS.get(modality) or WORDS[""]


AMOUNT = {"activation": "activity", "volume": "volume", "connectivity": "coupling"}


def goes_with(direction: str, modality: str, outcome: str) -> str:
    """A correlation in words; the sign is that of the two scores.

    >>> goes_with("negative", "activation", "affective lability"), goes_with("none", "", "severity")
    ('more activity with less affective lability', 'unrelated to severity')
    """
    if direction not in ("positive", "negative"):
        return f"unrelated to {outcome}" if direction == "none" else f"direction not stated for {outcome}"
    what = AMOUNT.get(modality, "")
    more = "stronger" if modality == "connectivity" else "more"
    return " ".join(
        part for part in (more, what, "with", "more" if direction == "positive" else "less", outcome) if part
    )


def package(treatment: str, ledger: Ledger) -> str:
    """The package a treatment is a form or a part of: the broadest term below a family or a root with parts.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> package("dbt-mindfulness", ledger), package("mbt-outpatient", ledger), package("medication", ledger)
    ('dbt', 'mbt', 'medication')
    """
    terms = ledger.vocabulary.sets.get("treatments", {})
    word = treatment
    while word in terms:
        above = [each for each in terms[word].parents if each in terms and terms[each].parents]
        above = [each for each in above if not each.endswith(FAMILY)]
        if not above:
            break
        word = above[0]
    return word


def root(kind: str, word: str, ledger: Ledger) -> str:
    """The broadest term above a word, by first parents.

    >>> from forwhom import evidence
    >>> root("modalities", "fnirs", evidence.read())
    'activation'
    """
    terms = ledger.vocabulary.sets.get(kind, {})
    seen: set[str] = set()
    while word in terms and terms[word].parents and word not in seen:
        seen.add(word)
        word = terms[word].parents[0]
    return word


def above(kind: str, word: str, ledger: Ledger) -> tuple[str, ...]:
    """The word, then every broader one."""
    return ledger.vocabulary.broader(kind, word) if word else ()


def outcome_of(row: Row) -> str:
    """Domain of a row's outcome, a word of `outcomes`; the measure's id where it has none, empty without outcome."""
    measure = row.study.measure(row.result.outcome)
    return row.result.domain or (measure.domain if measure else "") or row.result.outcome


def reversed_outcome(row: Row) -> bool:
    """Whether its outcome is told from the other side: higher in those who dropped out is lower in those who stayed."""
    return row.result.kind in ("prediction", "association") and outcome_of(row) in REVERSED


def mapped_outcome(row: Row) -> str:
    """The outcome under which a row counts in a map.

    >>> from forwhom import evidence
    >>> row, *_ = evidence.rows(evidence.read(), "study=rodrigo-2015 outcome=dropout region=medial-pfc")
    >>> mapped_outcome(row), row.result.direction, direction_of(row)
    ('completion', 'higher', 'lower')
    """
    word = outcome_of(row)
    return REVERSED[word] if reversed_outcome(row) else word


def direction_of(row: Row) -> str:
    """Its direction as the map counts it, turned where its outcome is; ``not stated`` where there is none."""
    word = row.result.direction or "not stated"
    return TURNED.get(word, word) if reversed_outcome(row) else word


def outcome_label(row: Row, ledger: Ledger) -> str:
    """How a reader should see it."""
    word = outcome_of(row)
    measure = row.study.measure(word)
    return measure.label if measure else ledger.vocabulary.label("outcomes", word)


def contrast_of(row: Row, ledger: Ledger) -> str:
    """With what a change is compared: a key of `CONTRASTS`.

    A scope such as ``responders-vs-non-responders`` is a comparison within the arm. A `contrast` that has the word level,
    or begins with patients against, compares levels and no changes.
    """
    if "-vs-" in row.result.scope:
        return "others"
    versus = row.study.arm(row.result.versus)
    words = row.result.contrast.casefold()
    if words.startswith("patients against") or "level" in words.replace(",", " ").split():
        return "level"
    if versus is None:
        return "time"
    if row.arm and versus.treatment and package(versus.treatment, ledger) == package(row.arm.treatment, ledger):
        return "other-form"
    return {"healthy": "healthy", "usual_care": "usual-care", "waitlist": "usual-care", "patients": "untreated"}.get(
        versus.role, "other-treatment"
    )


def scope_of(row: Row, ledger: Ledger) -> str:
    """Of whom in the arm; a comparison within the arm is of those named first."""
    scope = row.result.scope or "all"
    if "-vs-" in scope:
        term = ledger.vocabulary.sets.get("scopes", {}).get(scope)
        return term.parents[0] if term and term.parents else scope.split("-vs-")[0]
    return scope


def origin(row: Row) -> str:
    """Id of the result a restatement leads back to; its own where it restates nothing."""
    names = {each.id: each.same_as for each in row.study.results}
    name, steps = row.result.id, len(names)
    while names.get(name) and steps:
        name, steps = names[name], steps - 1
    return f"{row.study.id}/{name}"


def asked_for(ledger: Ledger, query: str | Query) -> tuple[Query, tuple[Row, ...]]:
    """A query and its rows, free words included.

    Raises `ProblemsFound` with every unknown filter and word.
    """
    asked = query if isinstance(query, Query) else parse(query, ledger)
    chosen = rows(ledger, asked)
    if asked.words:
        hits = {hit.id for hit in Index(ledger).search(asked, most=1_000_000)}
        chosen = tuple(row for row in chosen if row.id in hits)
    return asked, chosen
