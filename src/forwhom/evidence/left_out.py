"""Studies that count nowhere, withdrawn or still a draft: how they are named, and what it would take."""

from __future__ import annotations

from collections.abc import Iterable

from forwhom.evidence.model import Ledger, Study


def left_out(names: Iterable[str], ledger: Ledger) -> tuple[Study, ...]:
    """Those of the named studies that the ledger holds and does not count."""
    found = (ledger.studies.get(name) for name in dict.fromkeys(names))
    return tuple(study for study in found if study is not None and not study.counts)


def standing_of(study: Study) -> str:
    """Why a study counts nowhere: ``"withdrawn"``, ``"a draft"``; empty for one that counts."""
    return "withdrawn" if study.withdrawn is not None else "a draft" if study.draft else ""


def named(studies: Iterable[Study]) -> str:
    """The studies, each with why it counts nowhere: ``one-2009 (withdrawn), two-2012 (a draft)``."""
    return ", ".join(f"{study.id} ({standing_of(study)})" for study in studies)


def takes(studies: Iterable[Study]) -> str:
    """What it would take to test what hangs on them."""
    kinds = dict.fromkeys(standing_of(study) for study in studies)
    told = {"withdrawn": "Another study of it in place of the one withdrawn.", "a draft": "The draft finished."}
    return " ".join(told[kind] for kind in kinds)
