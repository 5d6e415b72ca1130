"""Where nobody is told: alerts that reach nobody, and rules whose people have all left."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from forwhom.problems import Problem, listed
from forwhom.programme.case.crisis_plan import gone
from forwhom.programme.case.due import standings
from forwhom.programme.case.rules import chain

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

NOBODY = ("no responder", "nobody reached")
"""States of an alert that nobody gets."""
_FILE = "case.toml"


def untold(case: Case, now: dt.datetime) -> tuple[Problem, ...]:
    """What reaches nobody at a moment, beside what `opened_problems` tells of case.toml at any time.

    An alert that nobody gets, and a rule of which everybody has left, are problems; a contact of the crisis plan who is not
    there is a notice, as the plan is written anew with the patient.
    """
    return (*_alerts(case, now), *_rules(case, now), *_plan(case, now))


def _alerts(case: Case, now: dt.datetime) -> tuple[Problem, ...]:
    does = {
        "no responder": "Tell somebody yourself, and name somebody in case.toml who is there.",
        "nobody reached": "Reach somebody another way, then record alert.acknowledged; or send it again.",
    }
    return tuple(
        Problem("alert-to-nobody", does[each.state], None, None, f"alert {each.alert.id}", _says(each.state))
        for each in standings(case, now)
        if each.state in NOBODY
    )


def _says(state: str) -> str:
    return "it waits and nobody answers it" if state == "no responder" else "it waits and no message reached anybody"


def _rules(case: Case, now: dt.datetime) -> tuple[Problem, ...]:
    today = case.opened.day(now)
    do = 'Name somebody who is there: a role, or to = ["a person"] in [[alerts]].'
    there = [each.id for each in case.opened.people.values() if not each.is_patient and each.there(today)]
    return tuple(
        Problem(
            "nobody-at-work",
            do,
            _FILE,
            None,
            f"alert {rule.id}",
            f"of {listed(rule.to)} nobody is at work in the case",
            listed(there),
        )
        for rule in case.rules
        if rule.to and not chain(rule, case.opened, today)
    )


def _plan(case: Case, now: dt.datetime) -> tuple[Problem, ...]:
    current = case.crisis.current
    if current is None:
        return ()
    return tuple(
        Problem(
            "contact-gone", each.why, None, None, f"crisis plan, {each.part}", each.says.rstrip("."), severity="notice"
        )
        for each in gone(current.plan, case.opened, case.opened.day(now))
    )
