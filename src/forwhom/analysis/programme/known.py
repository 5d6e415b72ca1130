"""What the ledger of evidence lends to the check of a programme: papers, claims, treatments."""

from __future__ import annotations

from forwhom.evidence import Ledger
from forwhom.programme import Known


def known(ledger: Ledger) -> Known:
    """Papers with their lengths, and ids of claims and treatments.

    >>> from forwhom import evidence
    >>> known(evidence.read()).documents["S2"]
    342
    """
    return Known(
        {document.id: document.lines for document in ledger.documents.values()},
        frozenset(ledger.claims),
        frozenset(ledger.vocabulary.sets.get("treatments", {})),
    )
