"""A small case for the tests of its topics: people, a programme in miniature, entries in order."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from forwhom.programme.case.log import Entry
from forwhom.programme.case.opened import Opened, Person
from forwhom.programme.case.state import Case, replay
from forwhom.programme.guidance import shipped_words
from forwhom.programme.model import Duty, Item, Programme, Role, Rule, Session, Source

START = dt.datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/London"))
PEOPLE = {
    "p1": Person("p1", ("patient",)),
    "ida": Person("ida", ("individual-therapist",)),
    "gus": Person("gus", ("group-therapist",)),
    "sue": Person("sue", ("supervisor",)),
}
SMALL = Programme(
    id="mbt",
    title="In miniature",
    disorder="bpd",
    words=shipped_words(),
    roles=(
        Role(id="individual-therapist", training_days=3, experience_years=2, source=Source("S2", line=144)),
        Role(id="group-therapist", training_days=3),
    ),
    sessions=(
        Session(id="individual", format="individual", required=True),
        Session(id="group", format="group", required=True),
    ),
    adherence=(
        Item(id="humility", label="Humility", of="stance", source=Source("S2", line=100)),
        Item(id="patience", label="Patience", of="stance"),
        Item(id="tells-feelings", label="Tells the patient what they feel", of="technique", wanted=False),
    ),
    duties=(Duty(id="tell-group", says="…", to=("group-therapist",), source=Source("S2", line=158)),),
    guidance=(
        Rule(
            id="from-group",
            rule="when problem.arose-in is group then consider share-with individual-therapist",
            why="…",
            grade="expert",
            source=Source("S2", line=194),
        ),
        Rule(
            id="gradual",
            rule="when patient.attachment is one of hyperactivating, mixed then avoid relationship-focus early",
            why="…",
            grade="expert",
            source=Source("S2", line=40),
        ),
    ),
)


def opened(**more: Any) -> Opened:
    return Opened("mbt", START.date(), ZoneInfo("Europe/London"), PEOPLE, **more)


class Log:
    """Entries, an hour apart unless said otherwise."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, kind: str, by: str = "ida", at: dt.datetime | None = None, /, **data: Any) -> str:
        n = len(self.entries) + 1
        extra = {key: data.pop(key) for key in ("overrules", "why", "corrects") if key in data}
        at = at or START + dt.timedelta(hours=n)
        self.entries.append(Entry(n, f"e{n}", at, by, kind, data=data, **extra))
        return f"e{n}"

    def case(self, programme: Programme | None = SMALL, **more: Any) -> Case:
        return replay(programme, opened(**more), self.entries)


def held(log: Log, session: str, day: int, form: str = "individual", by: str = "ida") -> None:
    at = START + dt.timedelta(days=day)
    log.add("session.held", by, at, session=session, format=form, started=at.isoformat(), length="50 min", with_=by)


def missed(log: Log, session: str, day: int, form: str = "individual", by: str = "patient") -> None:
    at = START + dt.timedelta(days=day)
    log.add("session.missed", "ida", at, session=session, format=form, planned=at.isoformat(), by=by)
