"""What the ledger's files need beside `forwhom.keyed`: words of a vocabulary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from forwhom import keyed
from forwhom.evidence.vocabulary import Vocabulary
from forwhom.keyed import Read, Refused, texts
from forwhom.problems import did_you_mean, listed, short

SEE = "docs/design/evidence-ledger.md"


@dataclass(slots=True)
class Found(keyed.Found):
    """Problems of one file, with the vocabulary its words come from."""

    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary({}))
    see: str = field(default=SEE, kw_only=True)


def word(kind: str) -> Read:
    """A word of one set of the vocabulary, by id, label or synonym; kept as its id."""

    def reader(value: Any, where: str, found: keyed.Found) -> str:
        vocabulary = found.vocabulary if isinstance(found, Found) else Vocabulary({})
        term = vocabulary.find(kind, value) if isinstance(value, str) else None
        if term is not None:
            return term
        known = vocabulary.sets.get(kind, {})
        hint = did_you_mean(str(value), vocabulary.names.get(kind, known))
        raise Refused(
            "unknown-word",
            f"{short(value)} is no word of the vocabulary of {kind}",
            f"{hint}Correct it, or add it to vocabulary/{kind}.toml.",
            listed(known, 12),
        )

    return reader


def words(kind: str) -> Read:
    """Words of one set of the vocabulary."""
    read = word(kind)

    def reader(value: Any, where: str, found: keyed.Found) -> tuple[str, ...]:
        return tuple(read(each, where, found) for each in texts(value, where, found))

    return reader
