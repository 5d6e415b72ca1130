"""What every question to a case needs."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forwhom.analysis.asking import Asking, DraftOf
from forwhom.analysis.programme.guidance import Standing, standings
from forwhom.findings import Method

if TYPE_CHECKING:
    from forwhom.evidence import Ledger
    from forwhom.programme.case import Case


@dataclass(frozen=True, slots=True)
class CaseAsked:
    """A case, and the moment it is asked for.

    stands : how the rules of the programme's guidance stand in the ledger, by id; none where no ledger was asked
    """

    case: Case
    now: dt.datetime
    fingerprint: str
    stands: Mapping[str, Standing] = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        """The calendar day where the patient is treated."""
        return self.now.astimezone(self.case.opened.zone).date()


def asked(case: Case, now: dt.datetime, ledger: Ledger | None = None) -> CaseAsked:
    """A case to be asked; its fingerprint is that of the replayed state."""
    from forwhom.programme.case.showing import to_json

    stands = standings(case.programme, ledger) if ledger is not None and case.programme is not None else {}
    return CaseAsked(case, now, hashlib.sha256(to_json(case).encode()).hexdigest(), stands)


CaseDraft = DraftOf[CaseAsked]


def draft(of: CaseAsked, asking: Asking, name: str, question: str, method: str, **options: str) -> CaseDraft:
    """A finding on a case in the making; `name` is its id after ``"case."``."""
    return DraftOf(of, asking, f"case.{name}", question, method=Method(method, options))


def day(at: dt.datetime | dt.date | None, of: CaseAsked) -> str:
    """A calendar day for a reader; "" for none."""
    if isinstance(at, dt.datetime):
        at = at.astimezone(of.case.opened.zone).date()
    return at.isoformat() if at is not None else ""


def many(n: int, one: str, more: str = "") -> str:
    """A number with its noun.

    >>> many(1, "mark"), many(3, "mark"), many(0, "child", "children")
    ('1 mark', '3 marks', '0 children')
    """
    return f"{n} {one if n == 1 else more or one + 's'}"
