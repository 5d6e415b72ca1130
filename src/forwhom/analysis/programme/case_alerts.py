"""Alerts of a case that nobody has acknowledged."""

from __future__ import annotations

import datetime as dt

from forwhom.analysis.asking import Asking
from forwhom.analysis.programme.case_asking import CaseAsked, draft, many
from forwhom.findings import Finding
from forwhom.findings.kinds import AlertRow, AlertsDetail
from forwhom.programme.case.due import Standing, standings, stands


def open_alerts(of: CaseAsked) -> tuple[Standing, ...]:
    """Alerts that wait, late ones first."""
    found = (each for each in standings(of.case, of.now) if each.state != "acknowledged")
    return tuple(sorted(found, key=lambda standing: not standing.late))


def alerts(of: CaseAsked, asking: Asking) -> Finding:
    """`case.alerts`: what nobody has acknowledged, and for whom it waits."""
    made = draft(of, asking, "alerts", "Which alerts wait, and for whom?", "Followed from the log and the alert rules")
    made.caution(
        "page-of-its-time", "This page shows what waited when it was written. `forwhom case due` shows what waits now."
    )
    found = open_alerts(of)
    if not found:
        return made.answer("No alert waits.", (), AlertsDetail(()))
    late = sum(each.late for each in found)
    told = f"{many(len(found), 'alert')} {'waits' if len(found) == 1 else 'wait'}"
    told += f", {late} of them late. " if late else ". "
    told += " ".join(f"{each.alert.about[:1].upper()}{each.alert.about[1:]}: {_whom(each)}." for each in found[:4])
    rows = tuple(
        AlertRow(
            each.alert.about,
            stands(each),
            each.late,
            ", ".join(each.waiting_for) or "nobody",
            _clock(of, each.answer_by),
            _clock(of, each.alert.raised),
            each.alert.id,
        )
        for each in found
    )
    return made.answer(told, (), AlertsDetail(rows))


def _whom(each: Standing) -> str:
    return f"waits for {' and '.join(each.waiting_for)}" if each.waiting_for else "NOBODY answers it"


def _clock(of: CaseAsked, at: dt.datetime | None) -> str:
    return f"{at.astimezone(of.case.opened.zone):%Y-%m-%d %H:%M}" if at is not None else ""
