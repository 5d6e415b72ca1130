"""A case in a few lines for the people at work. A topic adds a function to `PARTS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from forwhom.programme.case.crisis import emergency, signatures

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

Lines = Callable[["Case"], Iterator[str]]


def _phases(case: Case) -> Iterator[str]:
    if case.phases.ended is not None:
        day, how = case.phases.ended
        yield f"Treatment ended on {day}: {how}."
    elif not case.phases.stays:
        yield "No phase has begun."
    else:
        stay = case.phases.stays[-1]
        phase = case.programme.phase(stay.phase) if case.programme is not None else None
        yield f"In {phase.name if phase is not None else stay.phase} since {stay.since}."


def _sessions(case: Case) -> Iterator[str]:
    held, missed = len(case.sessions.held), len(case.sessions.missed)
    yield f"Sessions: {held} held, {missed} missed." + (
        f" Going on: {', '.join(case.sessions.open)}." if case.sessions.open else ""
    )
    closed = [each for each in case.gate.given if each.closed]
    if closed:
        yield f"Interventions above the safe levels: {len(closed)}."


def _crisis(case: Case) -> Iterator[str]:
    current = case.crisis.current
    if current is None:
        yield "There is no crisis plan."
        return
    patient, staff = signatures(case, current)
    signed = (
        "signed by both"
        if patient and staff
        else f"signed by {'the patient' if patient else 'staff' if staff else 'nobody'} only"
    )
    yield f"Crisis plan: version {current.number}, {'not signed' if not (patient or staff) else signed}."
    if case.crisis.began is not None:
        yield f"A crisis is going on since {case.crisis.began.astimezone(case.opened.zone):%Y-%m-%d %H:%M}."


def _alerts(case: Case) -> Iterator[str]:
    made = case.alerts
    if made.open or made.answered:
        yield f"Alerts: {len(made.open)} open, {len(made.answered)} acknowledged."
    for alert in made.open.values():
        to = ", ".join(alert.to) or "NOBODY"
        yield f"  {alert.id}: {alert.about}; to {to}"


def _events(case: Case) -> Iterator[str]:
    events = case.events
    if events.happened:
        yield f"Events: {', '.join(f'{each.said.what}' for each in events.happened[-5:])}."
    if events.scores:
        scales = dict.fromkeys(each.said.scale for each in events.scores)
        yield f"Scores: {', '.join(f'{scale} ({len(case.events.course(scale))})' for scale in scales)}."
    for scale, each in case.feedback.latest.items():
        yield f"Feedback on {scale}: {each.status}."


def _deviations(case: Case) -> Iterator[str]:
    if case.deviations:
        open_ = sum(not each.why for each in case.deviations)
        yield f"Deviations: {len(case.deviations)}, {open_} without a reason."


PARTS: tuple[Lines, ...] = (_phases, _sessions, _crisis, _alerts, _events, _deviations)


def summary(case: Case) -> tuple[str, ...]:
    """The case in lines; how emergency help is reached comes first."""
    return (f"Emergency: {'; '.join(emergency(case))}", *(line for part in PARTS for line in part(case)))
