"""What supervision should speak of: deviations of gates, coded sessions, ratings, and of the log itself.

Supervision exists to notice where structure was left and to support keeping to it (S2 line 278). The agenda lists; it judges
nobody. The moment is an argument.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forwhom.programme.case.adherence import CODED, items
from forwhom.programme.case.attendance import attendance
from forwhom.programme.case.coded_session import title
from forwhom.programme.case.event_kinds import KINDS, grave, looks_severe, normal
from forwhom.programme.case.formulation import side_by_side
from forwhom.programme.case.kind import said_of_mbt
from forwhom.programme.case.raters import ratings_of
from forwhom.programme.case.sharing import owed, unread
from forwhom.programme.case.training import hours, may_see_patients, treats

if TYPE_CHECKING:
    from forwhom.programme.case.events import Happened
    from forwhom.programme.case.state import Case

IN_A_ROW = 2
"""Sessions missed in a row from which on it is on the agenda. Ours: the papers give no number."""
SUPERVISE = dt.timedelta(days=28)
"""Time without supervision from which on it is on the agenda. Ours: the papers say that it is given, not how often."""
SELDOM, MOSTLY = 1, 3
"""Rating at or below which a wanted item is on the agenda, at or above which an unwanted one is. Ours."""

ACTS = (
    "self-harm",
    "severe-self-harm",
    "life-threatening-self-harm",
    "suicide-attempt",
    "overdose",
    "violence",
    "binge-eating",
)
"""Kinds of events that are acts: of them supervision asks which feeling came before (S2 line 278). Violence is ours."""

ORDER = ("deviation", "session", "events", "attendance", "rating", "team", "formulation", "training")


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the agenda.

    id : the same whenever the log is replayed; name it in supervision.held to take the point off the agenda
    part : one of `ORDER`
    rule, source : why it is here
    why : the reason that was given, of a deviation
    at : when it arose
    """

    id: str
    part: str
    says: str
    rule: str
    source: str
    at: dt.datetime | None = None
    why: str = ""


def agenda(case: Case, now: dt.datetime) -> tuple[Point, ...]:
    """Everything to speak of that no supervision has spoken of yet, part by part, the newest first."""
    done = {point for held in case.adherence.held for point in held.points}
    found = {point.id: point for point in _all(case, now) if point.id not in done}
    long_ago = dt.datetime.min.replace(tzinfo=dt.UTC)
    newest = sorted(found.values(), key=lambda each: each.at or long_ago, reverse=True)
    return tuple(sorted(newest, key=lambda each: ORDER.index(each.part)))


def _all(case: Case, now: dt.datetime) -> Iterator[Point]:
    yield from _deviations(case)
    yield from _sessions(case)
    yield from _events(case)
    yield from _attendance(case)
    yield from _ratings(case)
    yield from _team(case, now)
    yield from _formulation(case)
    yield from _training(case, now)


def _deviations(case: Case) -> Iterator[Point]:
    at = {entry.id: entry.at for entry in case.log}
    said = {each.entry for each in case.adherence.coded if each.deviations}
    for each in case.deviations:
        if each.rule == CODED and each.entry in said:
            # The coded session says it, with how often.
            continue
        when = at.get(each.entry)
        yield Point(
            f"{each.rule}/{each.entry}", "deviation", each.says, each.rule, each.source or "ours", when, each.why
        )


def _sessions(case: Case) -> Iterator[Point]:
    newest = {each.session: each for each in case.adherence.coded}
    for coded in newest.values():
        if coded.deviations:
            says = f"Session {coded.session}: {_times(coded.deviations)} at level 3 or 4 while the patient was aroused and not mentalizing."
            yield Point(f"session.gate/{coded.entry}", "session", says, "gate", "S2 line 140", coded.at)
        for rule, n in sorted(coded.rules.items()):
            if n:
                words, source = title(rule)
                says = f"Session {coded.session}: {words[:1].lower()}{words[1:]} ({_times(n)})."
                yield Point(f"session.{rule}/{coded.entry}", "session", says, rule, source, coded.at)


def _events(case: Case) -> Iterator[Point]:
    for event in case.events.happened:
        if not _an_act(event.said):
            continue
        says = f"{event.said.what.replace('_', ' ').replace('-', ' ').capitalize()}: which feeling and which context came before it?"
        yield Point(f"event/{event.entry}", "events", says, "events.affect-before-act", "S2 line 278", event.recorded)


def _an_act(said: Happened) -> bool:
    """Whether a feeling may have led to it: the paper speaks of acts such as self-harm, not of what befalls somebody."""
    name = normal(said.what)
    of_no_kind = name not in KINDS or name == "other"
    severe = looks_severe(said.what) or (said.severity != "" and grave(said.what, said.severity))
    return name in ACTS or (of_no_kind and severe)


def _attendance(case: Case) -> Iterator[Point]:
    for each in attendance(case):
        if each.in_a_row >= IN_A_ROW:
            says = (
                f"{each.name}: {each.in_a_row} sessions missed in a row. Effective treatments work on staying in "
                "treatment; the paper gives no number."
            )
            started = [s.started for s in case.sessions.done if s.format == each.component and s.missed_by]
            yield Point(
                f"attendance.{each.component}/{max(started).date().isoformat()}",
                "attendance",
                says,
                "attendance.in-a-row",
                "S2 lines 75, 276; the number is ours",
                max(started),
            )
        if each.required and each.agreed is not True:
            told = "has not been agreed on" if each.agreed is None else "was not agreed to"
            says = f"{each.name} is a required component and {told}."
            yield Point(f"attendance.agreement/{each.component}", "attendance", says, "agreement", "S2 line 158")


def _ratings(case: Case) -> Iterator[Point]:
    """Of the newest rated session: wanted items seen seldom, unwanted ones often; raters who lie far apart.

    What the therapist of the session said of it counts where nobody else rated it, and is named as such.
    """
    if not case.adherence.rated:
        return
    newest = case.adherence.rated[-1]
    others, own = (ratings_of(case, newest.session, of) for of in ("others", "own"))
    whose = "" if others else "By the therapist's own rating, "
    for item in items(case):
        said = _said(others or own, item.id)
        by_own = _said(own, item.id)
        name = item.label or item.says or item.id
        mean = sum(said) / len(said) if said else None
        if mean is not None and (mean <= SELDOM if item.wanted else mean >= MOSTLY):
            how = "seldom or not" if item.wanted else "mostly or throughout"
            says = f"{whose}“{name}” was seen {how} ({mean:g} of 4)."
            yield Point(
                f"rating.{item.id}/{newest.session}", "rating", f"Session {newest.session}: {says}", item.id,
                str(item.source or "ours"), newest.at,
            )  # fmt: skip
        apart = _apart(said if others else [], by_own, name)
        if apart:
            says = f"Session {newest.session}: {apart}"
            yield Point(f"raters.{item.id}/{newest.session}", "rating", says, "raters-differ", "ours", newest.at)


def _said(ratings: dict[str, dict[str, int | None]], item: str) -> list[int]:
    return [value for rated in ratings.values() if (value := rated.get(item)) is not None]


def _apart(others: list[int], own: list[int], name: str) -> str:
    """Raters more than a step apart: others among themselves, else the therapist's own rating from theirs; "" for none."""
    if others and max(others) - min(others) > 1:
        return f"raters differ on “{name}” ({min(others)} and {max(others)} of 4)."
    mean = sum(others) / len(others) if others else None
    if mean is not None and own and max(abs(each - mean) for each in own) > 1:
        mine = ", ".join(map(str, own))
        return f"the therapist's own rating of “{name}” ({mine} of 4) is far from that of others ({mean:g})."
    return ""


def _team(case: Case, now: dt.datetime) -> Iterator[Point]:
    for each in owed(case, now):
        first = "" if each.told else " The patient has not been told yet that it is shared."
        first = " The patient objects." if each.objects else first
        says = f"{each.to} does not know of {each.item}.{first}"
        at = case.team.items[each.item].at
        yield Point(f"team.owed/{each.item}/{each.to}", "team", says, each.rule, each.source, at)
    for note, who in unread(case):
        says = f"The hand-over note of {note.at.date().isoformat()} was not read by {', '.join(who)}."
        yield Point(f"team.unread/{note.entry}", "team", says, "hand-over", "ours", note.at)


def _formulation(case: Case) -> Iterator[Point]:
    for side in side_by_side(case):
        if side.compared is not None and side.outdated:
            says = f"“{side.point.label}” was compared before one of the two said something new."
            yield Point(
                f"formulation.outdated/{side.compared.entry}",
                "formulation",
                says,
                "two voices",
                "S2 line 92",
                side.compared.at,
            )
        elif side.result == "one voice":
            silent, spoke = ("patient", side.therapist) if side.patient is None else ("therapist", side.patient)
            says = f"“{side.point.label}”: the {silent}'s view is missing."
            name = f"formulation.voice/{side.point.id}/{silent}"
            yield Point(name, "formulation", says, "two voices", "S2 line 92", spoke.at if spoke else None)


def _training(case: Case, now: dt.datetime) -> Iterator[Point]:
    day = now.astimezone(case.opened.zone).date()
    for person in case.opened.people.values():
        led = [each for each in case.sessions.held if each.leader == person.id]
        if person.is_patient or not led or not treats(case.programme, person.roles):
            continue
        for refusal in may_see_patients(case.training, person.id, person.roles, case.programme, day):
            says = f"{refusal.says} {person.id} has led {len(led)} session{'' if len(led) == 1 else 's'}."
            yield Point(f"{refusal.rule}/{person.id}", "training", says, refusal.rule, refusal.source)
        last = hours(case, person.id).last
        since = last or min(each.started for each in led)
        if now - since > SUPERVISE:
            ago = f"The last supervision was {(now - last).days} days ago" if last else "No supervision is recorded"
            source = said_of_mbt(case.programme, "S2 line 144; the time is ours")
            name = f"training.overdue/{person.id}/{since.date().isoformat()}"
            yield Point(name, "training", f"{ago} for {person.id}.", "supervision", source)


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"
