"""What stands at a moment: which alerts wait for whom, what is to be sent, what is late. The moment is an argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from forwhom.programme.case.alerts import OFF_TRACK, UNTOLD, Alert
from forwhom.programme.case.clocks import deadline
from forwhom.programme.case.event_kinds import raises
from forwhom.programme.case.rules import AlertRule, people_of

if TYPE_CHECKING:
    from forwhom.programme.case.opened import Opened
    from forwhom.programme.case.state import Case

State = Literal["raised", "sent", "escalated", "unanswered", "nobody reached", "no responder", "acknowledged"]


@dataclass(frozen=True, slots=True)
class ToSend:
    """A message that is due and was not sent.

    sending : its id; a service that sends passes it on, so that the same message that comes twice can be told
    since : when the turn of the person began
    answer_by : when the turn ends and the next of the chain is told; where that is over, as long from now as a turn is, so
        that nobody is given a time to answer that has passed
    """

    sending: str
    alert: str
    to: str
    about: str
    since: dt.datetime
    answer_by: dt.datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an alert stands.

    state : "raised" (nothing sent yet), "sent", "escalated" (the first of the chain has not answered in time, or could not be
        reached), "unanswered" (nor has anybody else), "nobody reached" (no message could be delivered), "no responder",
        "acknowledged"
    waiting_for : everybody whose turn has come, in order, but for those whom the message did not reach
    answer_by : when the time of the last of them ends, counted from the message where that came late; None when it is nobody's
    late : whether anybody's time to answer has passed
    """

    alert: Alert
    state: State
    waiting_for: tuple[str, ...] = ()
    answer_by: dt.datetime | None = None
    late: bool = False
    to_send: tuple[ToSend, ...] = ()


Turns = tuple[tuple[dt.datetime, dt.datetime], ...]
"""When the turn of each of a chain begins and ends, in UTC."""


def turns(alert: Alert, opened: Opened, now: dt.datetime | None = None) -> Turns:
    """When the turn of each of the chain begins and ends, in UTC.

    A turn ends at its deadline, or when its message could not be delivered. The first begins when the alert was raised; where
    that is said to lie in the future, when the first message was sent, or now: a wrong year must not put help off.
    """
    made: list[tuple[dt.datetime, dt.datetime]] = []
    begins = min(
        each.astimezone(dt.UTC) for each in (alert.raised, *(each.at for each in alert.sent), now or alert.raised)
    )
    for person in alert.to:
        ends = _full_turn(alert, person, opened, begins)
        message = alert.message(alert.sending(person))
        if message is not None and not message.delivered:
            ends = max(begins, min(ends, message.at.astimezone(dt.UTC)))
        made.append((begins, ends))
        begins = ends
    return tuple(made)


def _full_turn(alert: Alert, person: str, opened: Opened, begins: dt.datetime) -> dt.datetime:
    """When the turn of somebody ends whom the message reaches."""
    return _until(opened, person, begins, deadline(opened, begins, alert.within, _clock(alert, person, opened)))


def _until_when(alert: Alert, i: int, plan: Turns, opened: Opened, asked: dt.datetime) -> dt.datetime:
    """Until when somebody who is asked at a moment is to answer: the end of the turn, or as long again where that is over."""
    ends = _full_turn(alert, alert.to[i], opened, plan[i][0])
    return ends if asked < ends else _full_turn(alert, alert.to[i], opened, asked)


def _clock(alert: Alert, person: str, opened: Opened) -> str:
    """Whose opening hours a turn is counted in: where a rule goes by opening hours, those of the person who has some."""
    own = opened.people[person].hours if person in opened.people else ""
    return own if alert.clock and own in opened.hours else alert.clock


def _until(opened: Opened, person: str, begins: dt.datetime, ends: dt.datetime) -> dt.datetime:
    """When a turn ends: not after the last day of the person, and at once for somebody who was taken out of case.toml."""
    if person not in opened.people:
        return begins
    last = opened.people[person].until
    if last is None:
        return ends
    gone = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), opened.zone).astimezone(dt.UTC)
    return max(begins, min(ends, gone))


def at_work(alert: Alert, opened: Opened, now: dt.datetime) -> Alert:
    """The alert with the chain as it stands now: who left or answers no more and was not told is out, who came since is at its end."""
    today = opened.day(now)
    named = people_of(alert.names, opened, today)

    def told(name: str) -> bool:
        return alert.message(alert.sending(name)) is not None

    def there(name: str) -> bool:
        return name in opened.people and opened.people[name].there(today)

    # Where nobody who is named now is there, whoever it was meant for still answers.
    answers = named if any(map(there, named)) else tuple(filter(there, alert.to))
    to = (*(each for each in alert.to if told(each) or each in answers), *answers)
    return replace(alert, to=tuple(dict.fromkeys(to)))


def as_named_now(alert: Alert, rules: Iterable[AlertRule]) -> Alert:
    """The alert with the people whom its rule names now, so that naming somebody in case.toml reaches what waits already.

    What no rule was for goes by the first rule that is for such events now.
    """
    for rule in rules:
        if rule.id == alert.rule:
            return replace(alert, names=rule.names or rule.to)
        if alert.rule == UNTOLD and _is_for(rule, alert):
            return replace(alert, names=rule.names or rule.to, within=rule.within, clock=rule.clock)
    return alert


def _is_for(rule: AlertRule, alert: Alert) -> bool:
    """Whether a rule is for what no rule was for when it was recorded."""
    scale, off_track, _ = alert.about.partition(OFF_TRACK)
    if off_track:
        return rule.on == "off-track" and rule.meant(scale)
    return rule.on == "event" and raises(rule, alert.about, severe=True)


def standing(alert: Alert, opened: Opened, now: dt.datetime) -> Standing:
    """Where an alert stands now."""
    if alert.acknowledged is not None:
        return Standing(alert, "acknowledged")
    alert = at_work(alert, opened, now)
    today = opened.day(now)
    # Whoever was told and has left can neither see to it nor say so.
    if not any(name in opened.people and opened.people[name].there(today) for name in alert.to):
        return Standing(alert, "no responder", late=True)
    plan = turns(alert, opened, now)
    # The first is told at once, even where the clock of the machine that asks is behind.
    begun = [i for i, (begins, _) in enumerate(plan) if i == 0 or begins <= now]
    over = plan[-1][1] <= now
    failed = {
        i for i in begun if (sent := alert.message(alert.sending(alert.to[i]))) is not None and not sent.delivered
    }
    to_send = tuple(
        ToSend(
            alert.sending(alert.to[i]),
            alert.id,
            alert.to[i],
            alert.about,
            plan[i][0],
            _until_when(alert, i, plan, opened, now),
        )
        for i in begun
        # Once everybody has had a turn, a message that failed is all that is left to try: it is due again.
        if alert.message(alert.sending(alert.to[i])) is None or (over and i in failed)
    )
    last = begun[-1]
    state: State = "sent" if any(alert.message(alert.sending(name)) for name in alert.to) else "raised"
    if last:
        state = "escalated"
    if over:
        state = "nobody reached" if len(failed) == len(plan) else "unanswered"
    waiting = tuple(alert.to[i] for i in begun if i not in failed)
    asked = ((i, alert.message(alert.sending(alert.to[i]))) for i in begun if i not in failed)
    late_ones = (_until_when(alert, i, plan, opened, sent.at) for i, sent in asked if sent is not None)
    until = max((plan[last][1], *late_ones))
    return Standing(alert, state, waiting, until, plan[0][1] <= now or bool(failed), to_send)


def stands(each: Standing) -> str:
    """Where an alert stands, in words. Where nobody was sent it, nobody has left it unanswered."""
    if not each.alert.sent and each.state in ("raised", "escalated", "unanswered"):
        return "not sent yet" if each.state == "raised" else "nobody was sent it yet"
    return each.state


def standings(case: Case, now: dt.datetime) -> tuple[Standing, ...]:
    """Every alert that nobody has acknowledged, the oldest first."""
    found = [standing(as_named_now(each, case.rules), case.opened, now) for each in case.alerts.open.values()]
    return tuple(sorted(found, key=lambda each: (each.alert.raised, each.alert.id)))


def to_send(case: Case, now: dt.datetime) -> tuple[ToSend, ...]:
    """Every message that is due, the oldest first. Asking again gives the same until `alert.sent` is recorded."""
    return tuple(message for each in standings(case, now) for message in each.to_send)


def late(found: Iterable[Standing]) -> tuple[Standing, ...]:
    """Those whose time to answer has passed."""
    return tuple(each for each in found if each.late)
