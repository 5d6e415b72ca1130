"""Alerts: raised, sent, acknowledged, escalated; none lost, none sent twice.

An alert follows from what was written, never from what was corrected later, so that no correction takes one back. A person
takes it off the list by acknowledging it. The clock of an alert runs from when it was raised, whether or not somebody sent
it: a chain that was not worked off in time is worked off at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from forwhom.keyed import Keys, text
from forwhom.problems import Problem, listed, short
from forwhom.programme.case.kind import Kind, not_staff
from forwhom.programme.case.log import Entry
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case


UNTOLD = "untold"
"""The rule of an alert on a severe event, or a course off track, that no rule is for: nobody answers it until case.toml names somebody."""
OFF_TRACK = " off track: "
"""Between a scale and the alarms, in what an alert is about."""
EARLIEST = dt.timedelta(minutes=10)
"""How long before an alert its answer may lie, as the clocks of two computers differ."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What an entry says of a message to one of the chain: that it was sent, or could not be delivered."""

    sending: str
    entry: str
    at: dt.datetime
    delivered: bool = True


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Who answered, when, and what they did."""

    entry: str
    by: str
    at: dt.datetime
    did: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert.

    id : rule and entry that raised it, "attempt/e12"; the same whenever the log is replayed
    about : what happened, in few words; no free text of the log
    to : the chain of people
    within, clock : time to answer for each of them, in real time ("") or in opening hours
    corrected : entries that corrected what raised it
    sent : what was said of its messages, in order
    names : people and roles that the chain stood for when it was raised
    """

    id: str
    rule: str
    entry: str
    raised: dt.datetime
    about: str
    to: tuple[str, ...]
    within: dt.timedelta
    clock: str = ""
    sent: tuple[Sent, ...] = ()
    acknowledged: Acknowledged | None = None
    corrected: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def sending(self, person: str) -> str:
        """Id of the message to one of the chain; whoever sends passes it on, so that doubles can be told.

        It names the person, not the place in the chain, so that a change of case.toml leaves nobody untold.
        """
        return f"{self.id}/{person}"

    def message(self, sending: str) -> Sent | None:
        """What was said of the message of this id last; None where nothing was."""
        return next((each for each in reversed(self.sent) if each.sending == sending), None)


@dataclass(frozen=True, slots=True)
class Attendance:
    """A session as it was written, for runs of missed ones; `at` is when it took place or was to, `by` who missed it."""

    entry: str
    missed: bool
    at: dt.datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts nobody has acknowledged, by id, and those somebody has.

    attended : sessions by format in the order of their time, as they were written; `withdrawn` : those that count no more
    told : what an alert was raised for and raises no other: missed sessions by rule and format, times of scores by rule and scale
    """

    open: Mapping[str, Alert] = field(default_factory=dict)
    answered: Rows[Alert] = field(default_factory=Rows)
    attended: Mapping[str, Rows[Attendance]] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    told: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def all(self) -> Iterator[Alert]:
        """Every alert that was ever raised."""
        yield from self.open.values()
        yield from self.answered

    def find(self, name: str) -> Alert | None:
        """An alert by its id."""
        return self.open.get(name) or next((each for each in self.answered if each.id == name), None)


@dataclass(frozen=True, slots=True)
class Sending:
    """Data of alert.sent and alert.not-delivered: the id of the message, as `forwhom case due` gives it."""

    sending: str

    @property
    def alert(self) -> str:
        """The alert it belongs to."""
        return self.sending.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """Data of alert.acknowledged."""

    alert: str
    did: str = ""


def worked(case: Case, made: Alerts, entry: Entry, said: Sending | Answer, name: str) -> Alerts:
    """The alerts after an entry about one of them; one that does not fit changes nothing.

    name : the entry, or the one that it corrects
    """
    alert = made.find(said.alert)
    if alert is None or fits(case, entry, said):
        return made
    if isinstance(said, Answer):
        if alert.acknowledged is not None:
            return made
        rest = {name: each for name, each in made.open.items() if name != alert.id}
        answered = replace(alert, acknowledged=Acknowledged(name, entry.by, entry.at, said.did))
        return replace(made, open=rest, answered=made.answered.plus(answered))
    delivered = entry.kind != NOT_DELIVERED
    there = alert.message(said.sending)
    if there is not None and delivered and there.delivered:
        return made
    # A message that failed may be sent anew; its time counts from then.
    return put(made, replace(alert, sent=(*alert.sent, Sent(said.sending, name, entry.since, delivered))))


def put(made: Alerts, alert: Alert) -> Alerts:
    """The alerts with one of them changed."""
    if alert.id in made.open or alert.acknowledged is None:
        return replace(made, open={**made.open, alert.id: alert})
    return replace(made, answered=Rows.of(alert if each.id == alert.id else each for each in made.answered))


def taken_back(made: Alerts, entry: Entry, root: str) -> Alerts:
    """The alerts after a correction: marked on the alert it concerns; an acknowledgement that was withdrawn, or
    that was meant for another alert, opens it again; what was said of a message by mistake is not said of it.
    """
    for alert in tuple(made.all()):
        sent = tuple(each for each in alert.sent if each.entry != root)
        if sent != alert.sent and entry.kind in UNSAYS:
            made = put(made, replace(alert, sent=sent))
            continue
        if alert.acknowledged is not None and alert.acknowledged.entry == root and entry.kind in TAKES_BACK:
            rest = Rows.of(each for each in made.answered if each.id != alert.id)
            made = put(replace(made, answered=rest), replace(alert, acknowledged=None))
        elif alert.entry == root:
            made = put(made, replace(alert, corrected=(*alert.corrected, entry.id)))
    return made


NOT_DELIVERED = "alert.not-delivered"
TAKES_BACK = frozenset({"entry.withdrawn", "alert.acknowledged"})
UNSAYS = frozenset({"entry.withdrawn", "alert.sent", NOT_DELIVERED})


def fits(case: Case, entry: Entry, said: Any) -> tuple[Problem, ...]:
    """Whether the alert is there, and whether it was not sent already."""
    alert = case.alerts.find(said.alert)
    if alert is None:
        known = listed(case.alerts.open) or "none is open"
        found = f"there is no alert {short(said.alert)}"
        do = "Name an alert of `forwhom case due`."
        return (Problem("unknown-alert", do, column="alert", found=found, possible=known),)
    if isinstance(said, Answer):
        return (*not_staff(case, entry, "acknowledges an alert", alert.raised), *_before_raised(alert, entry))
    person = said.sending.rpartition("/")[2]
    if outside := not_staff(case, entry, "says what became of a message"):
        return outside
    known_as = case.opened.people.get(person)
    if (known_as is None and person not in alert.to) or (known_as is not None and known_as.is_patient):
        found = f"{short(person)} is {'the patient' if known_as is not None else 'nobody of the case'}"
        known = listed(alert.sending(each) for each in alert.to)
        return (Problem("unknown-sending", "Name one of them.", column="sending", found=found, possible=known),)
    return ()


def _before_raised(alert: Alert, entry: Entry) -> tuple[Problem, ...]:
    if entry.since >= alert.raised - EARLIEST:
        return ()
    found = f"{entry.since.isoformat()} lies before the alert was raised, {alert.raised.isoformat()}"
    return (Problem("before-raised", "Give the time at which it was answered.", column="at", found=found),)


def _sent_before(case: Case, entry: Entry, said: Sending) -> tuple[Problem, ...]:
    """As `fits`; and no message that was delivered is sent twice."""
    wrong = fits(case, entry, said)
    alert = case.alerts.find(said.alert)
    if not wrong and alert is not None:
        there = alert.message(said.sending)
        if there is not None and there.delivered and there.entry != entry.id:
            found = f"{short(said.sending, 60)} was sent already"
            return (Problem("sent-already", "Do not send it again.", column="sending", found=found),)
    return wrong


def _unchanged(case: Case, entry: Entry, said: Any) -> Case:
    # `watch` has applied it, as it was written.
    return case


_ALERT = {"alert": "Name the alert; `forwhom case due` lists them."}
_SENDING = Keys(Sending, {"sending": text}, {"sending": "Name the message, such as attempt/e12/anna."})
KINDS = {
    "alert.sent": Kind("An alert was sent to one of its chain", _SENDING, _unchanged, fits=_sent_before, staff=True),
    NOT_DELIVERED: Kind(
        "A message could not be delivered; the next of the chain is told at once",
        _SENDING,
        _unchanged,
        fits=fits,
        staff=True,
    ),
    "alert.acknowledged": Kind(
        "Somebody takes care of an alert",
        Keys(Answer, {"alert": text, "did": text}, _ALERT),
        _unchanged,
        fits=fits,
        staff=True,
    ),
}
