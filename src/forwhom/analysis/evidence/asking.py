"""What every question to the ledger needs."""

from __future__ import annotations

from forwhom.analysis.asking import Asking, DraftOf
from forwhom.evidence import Ledger
from forwhom.findings import Method

LedgerDraft = DraftOf[Ledger]


def draft(ledger: Ledger, asking: Asking, name: str, question: str, method: Method) -> LedgerDraft:
    """A finding on the ledger in the making; `name` is its id after ``"evidence."``."""
    return DraftOf(ledger, asking, f"evidence.{name}", question, method=method)
