"""Whether two rows can be the same result: key by key, as far as both give the key."""

from __future__ import annotations

from collections.abc import Iterator

from forwhom.evidence.model import Ledger, Result, Study
from forwhom.evidence.rounding import agree

WORDS = {
    "region": "regions", "seed": "regions", "target": "regions", "modality": "modalities", "task": "tasks",
    "scope": "scopes", "marker": "markers", "mediator": "mechanisms", "domain": "outcomes",
}  # fmt: skip
EXACT = ("hemisphere", "direction", "significant", "arm", "versus", "better", "statistic", "events", "n", "n_versus")
NUMBERS = ("percent", "mean", "sd", "value", "low", "high", "level", "se", "df", "p", "time")


def differing(a: Result, b: Result, study: Study, ledger: Ledger) -> Iterator[str]:
    """Keys that both rows give and in which they cannot be the same result."""
    for key in EXACT:
        x, y = getattr(a, key), getattr(b, key)
        if x not in ("", None) and y not in ("", None) and x != y:
            yield key
    for key in NUMBERS:
        x, y = getattr(a, key), getattr(b, key)
        if x is not None and y is not None and not agree(x, y):
            yield key
    for key, kind in WORDS.items():
        x, y = getattr(a, key), getattr(b, key)
        if x and y and not _akin(kind, x, y, ledger):
            yield key
    if a.outcome and b.outcome:
        x, y = _domain(a.outcome, study), _domain(b.outcome, study)
        if x and y and not _akin("outcomes", x, y, ledger):
            yield "outcome"


def _domain(outcome: str, study: Study) -> str:
    measure = study.measure(outcome)
    return measure.domain if measure else outcome


def _akin(kind: str, a: str, b: str, ledger: Ledger) -> bool:
    """Whether one is the other, or part of it."""
    return a == b or b in ledger.vocabulary.broader(kind, a) or a in ledger.vocabulary.broader(kind, b)


def apart(a: Result, b: Result, study: Study, ledger: Ledger) -> bool:
    """Whether two rows are about different things: a key of what they speak of differs, or only one of them has it."""
    told = bool(a.region) == bool(b.region) and bool(a.seed or a.target) == bool(b.seed or b.target)
    return not told or bool(set(differing(a, b, study, ledger)) - {"direction", "significant"})
