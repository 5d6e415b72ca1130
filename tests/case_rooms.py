"""A case for tests: people, hours, alert rules, and a log that is written as `forwhom case record` writes it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from forwhom.io.case import append
from forwhom.programme.case import Case, Entry, Opened, Person, line, replay
from forwhom.programme.case.hours import Hours
from forwhom.programme.case.log import Tip, digest
from forwhom.programme.case.recording import Draft, Verdict, entry_of, proposed
from forwhom.programme.case.rules import AlertRule
from forwhom.programme.model import Programme

LONDON = ZoneInfo("Europe/London")
NINE_TO_FIVE = ((dt.time(9), dt.time(17)),)
CLINIC = Hours(dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), NINE_TO_FIVE))
PEOPLE = {
    "pat": Person("pat", ("patient",)),
    "ben": Person("ben", ("individual-therapist",), reach="12"),
    "dana": Person("dana", ("supervisor",)),
    "eli": Person("eli", ("psychiatrist",)),
}
RULES = (
    AlertRule("severe", "event", ("ben", "supervisor", "eli"), dt.timedelta(hours=2), ("self-harm", "suicide-attempt")),
    AlertRule("missed", "missed", ("ben", "dana"), dt.timedelta(hours=8), ("individual", "group"), 2, clock="clinic"),
    AlertRule("risk", "item", ("ben",), dt.timedelta(hours=4), ("i9",), 2, clock="clinic"),
    AlertRule("track", "off-track", ("dana",), dt.timedelta(days=1)),
)
OPENED = Opened("mbt", dt.date(2026, 3, 2), LONDON, PEOPLE, {"clinic": CLINIC}, RULES, ("999",))
START = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
PLAN = {
    "when": "I cannot cope",
    "signs": ["I stop answering"],
    "own": [{"id": "walk", "what": "A walk"}, {"id": "music", "what": "Music", "for_how_long": "20 min"}],
    "people": [{"id": "gran", "who": "Grandmother", "reach": "by phone"}],
    "professional": [{"id": "ben", "who": "Ben", "person": "ben", "hours": "clinic"}],
}


@dataclass
class Writer:
    """A log in memory; `say` writes what is not refused and gives the verdict."""

    programme: Programme | None = None
    opened: Opened = OPENED
    at: dt.datetime = START
    lines: list[str] = field(default_factory=list)
    case: Case = None
    tip: Tip = field(default_factory=Tip)

    def __post_init__(self) -> None:
        self.case = replay(self.programme, self.opened, ())

    def say(self, kind: str, by: str = "ben", after: dt.timedelta = dt.timedelta(minutes=1), **more: Any) -> Verdict:
        self.at += after
        of = {key: more.pop(key) for key in ("why", "overrules", "corrects", "id", "role") if key in more}
        verdict = proposed(self.case, entry_of(Draft(kind, by, self.at, more, **of), self.tip))
        if verdict.written:
            self.keep(verdict.entry)
            self.case = verdict.case
        return verdict

    def keep(self, entry: Entry) -> None:
        text = line(entry)
        self.lines.append(text)
        self.tip = Tip(entry.seq, len(self.lines), digest(text.encode()), entry.at)

    def force(self, kind: str, by: str = "ben", **more: Any) -> Case:
        """Write whatever it is, as a hand that edits the log would."""
        of = {key: more.pop(key) for key in ("why", "overrules", "corrects", "id", "role") if key in more}
        self.at += dt.timedelta(minutes=1)
        entry = entry_of(Draft(kind, by, self.at, more, **of), self.tip)
        self.keep(entry)
        self.case = replay(self.programme, self.opened, (*self.case.log, entry))
        return self.case

    @property
    def text(self) -> str:
        return "".join(f"{each}\n" for each in self.lines)


def without(opened: Opened, name: str) -> Opened:
    return replace(opened, people={key: each for key, each in opened.people.items() if key != name})


def note(text: str = "…") -> Draft:
    return Draft("note.added", "ben", START, {"text": text})


def write_note(folder: Path, text: str = "…") -> Entry:
    entry = append(folder, lambda log: entry_of(note(text), log.tip))
    assert entry is not None
    return entry


def write_notes(folder: Path, name: str) -> None:
    """Ten notes; importable, so that another process can do it."""
    for i in range(10):
        write_note(folder, f"{name}{i}")
