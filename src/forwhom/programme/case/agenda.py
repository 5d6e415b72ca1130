"""What there is to do in a case at a moment, beside its alerts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forwhom.programme.calendar import calendar
from forwhom.programme.case.conditions import conditions, end_of
from forwhom.programme.case.crisis import signatures
from forwhom.programme.case.crisis_plan import missing
from forwhom.programme.case.phases import local_day

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

OPEN_TOO_LONG = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do.

    what : a short name of its kind
    on : the day it is due; None when it is due whenever somebody can
    late : whether that day has passed
    """

    what: str
    says: str
    on: dt.date | None = None
    late: bool = False


def agenda(case: Case, now: dt.datetime) -> tuple[ToDo, ...]:
    """What there is to do, what is late first."""
    if case.phases.ended is not None:
        found = (*_unexplained(case), *_crisis(case), *_ended(case))
    else:
        found = (
            *_unexplained(case),
            *_crisis(case),
            *_plan(case, now),
            *_phase(case, now),
            *_occasions(case, now),
            *_sessions(case, now),
        )
    return tuple(sorted(found, key=lambda each: (not each.late, each.what == "for research", each.on or dt.date.max)))


def _unexplained(case: Case) -> Iterator[ToDo]:
    for each in case.deviations:
        if not each.why:
            yield ToDo(
                "reason missing",
                f"Entry {each.entry} was made against a rule, and no reason is given. {each.says} [{each.rule}]",
                late=True,
            )


def _ended(case: Case) -> Iterator[ToDo]:
    """After a treatment that was broken off somebody must still be there for the patient. Ours: the papers say nothing of it."""
    on, how = case.phases.ended or (None, "completed")
    if how != "completed":
        says = (
            f"Treatment ended on {on} ({how}). Settle who is there for the patient now, and whether the crisis plan stands. "
            "This is ours; the paper says nothing of how treatment ends."
        )
        yield ToDo("ending", says)


def _crisis(case: Case) -> Iterator[ToDo]:
    began = case.crisis.began
    if began is not None:
        since = began.astimezone(case.opened.zone).date()
        yield ToDo("crisis", f"A crisis is going on since {since}. Where it is over, record crisis.over.")


def _plan(case: Case, now: dt.datetime) -> Iterator[ToDo]:
    current = case.crisis.current
    if current is None:
        yield from _no_plan(case, now)
        return
    for each in missing(current.plan, case.opened, case.opened.day(now)):
        yield ToDo("crisis plan", f"{each.says} {each.why}")
    for who, signed in zip(("the patient", "a therapist"), signatures(case, current), strict=True):
        if not signed:
            yield ToDo("crisis plan", f"Version {current.number} is not signed by {who}.")


def _no_plan(case: Case, now: dt.datetime) -> Iterator[ToDo]:
    """That there is none is said from the first day; it is late once the phase after the one that makes it has begun."""
    plans = {plan.id: plan.phase for plan in case.programme.plans} if case.programme is not None else {}
    if not plans.get("crisis") or case.programme is None:
        yield ToDo("crisis plan", "There is no crisis plan.")
        return
    order = [phase.id for phase in case.programme.phases]
    phase = case.programme.phase(plans["crisis"])
    made_in = order.index(phase.id) if phase is not None else len(order)
    begun = [order.index(stay.phase) for stay in case.phases.stays if stay.phase in order]
    planned = calendar(case.programme, case.opened.start, case.opened.zone).dues
    due = next((each.last for each in planned if (each.kind, each.id) == ("plan", "crisis")), None)
    today = now.astimezone(case.opened.zone).date()
    late = max(begun, default=-1) > made_in or (due is not None and today > due)
    name = phase.name if phase is not None else "its phase"
    says = f"There is no crisis plan. The programme makes it in: {name}. Until then, emergency help is what there is."
    yield ToDo("crisis plan", says, due, late)


def _phase(case: Case, now: dt.datetime) -> Iterator[ToDo]:
    today = now.astimezone(case.opened.zone).date()
    phase = case.programme.phase(case.phases.now or "") if case.programme is not None else None
    if phase is None:
        if case.programme is not None and case.programme.phases:
            first = case.programme.phases[0]
            yield ToDo(
                "phase", f"No phase has begun. The first is {first.name}.", case.opened.start, today > case.opened.start
            )
        return
    ends = end_of(case, phase)
    late = ends is not None and today > ends
    for each in conditions(case, phase, today):
        if not each.met and each.thing != "length":
            yield ToDo("phase", f"{phase.name} asks for: {each.name} ({each.lacks}).", ends, late)
    if late:
        yield ToDo("phase", f"The time of {phase.name} is over.", ends, late)


def _occasions(case: Case, now: dt.datetime) -> Iterator[ToDo]:
    """Assessments and reviews whose window has begun and of which nothing within it is recorded."""
    if case.programme is None:
        return
    today = now.astimezone(case.opened.zone).date()
    done: dict[str, list[dt.date]] = {}
    for path, days in case.phases.days.items():
        done.setdefault(path.removeprefix("assessments."), []).extend(days)
    for score in case.events.scores:
        done.setdefault(score.said.occasion, []).append(local_day(case, score.said.when))
    trial = {each.id for each in case.programme.assessments if each.trial}
    missed: dict[str, list[str]] = {}
    for due in calendar(case.programme, case.opened.start, case.opened.zone).dues:
        met = any(due.first <= each <= due.last for each in done.get(due.id, ()))
        if due.on is not None and due.id in trial and due.first <= today and not met:
            missed.setdefault(due.label.partition(" (")[0], []).append(str(due.on))
        elif due.on is not None and due.kind != "phase" and due.first <= today and not met:
            ours = " The day is ours; the paper states none." if due.assumed or due.ours else ""
            path = f"assessments.{due.id}"
            how = f" [{path}]" if case.programme.thing(path) is not None else ""
            says = f"{due.label}, due on {due.on}, until {due.last}.{ours}{how}"
            yield ToDo(due.kind, says, due.last, today > due.last)
    if missed:
        told = "; ".join(f"{label} ({', '.join(days)})" for label, days in missed.items())
        says = f"The trial of the paper measured, the treatment itself does not ask for it, and nothing is recorded: {told}."
        yield ToDo("for research", says)


def _sessions(case: Case, now: dt.datetime) -> Iterator[ToDo]:
    for session in case.sessions.open.values():
        if now - session.started > OPEN_TOO_LONG:
            began = session.started.astimezone(case.opened.zone).date()
            yield ToDo("session", f"Session {session.id} has begun and nobody has ended it.", began, True)
