"""Cases of people who do not exist, full of names, for the tests of the export."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np

from forwhom.programme import Programme
from forwhom.programme.case.log import Entry
from forwhom.programme.case.opened import Opened, Person
from forwhom.programme.case.state import Case, after, replay

NAMES = ("Zebulon Quirk", "Ottoline Vantongeren", "zq-patient", "therapist-otto", "Marmaduke", "Nether Wallop")
"""Names, ids and places that must never leave a case folder."""
ZONE = ZoneInfo("Europe/London")


def synthetic_case(number: int, programme: Programme | None, *, sessions: int = 24) -> tuple[Opened, tuple[Entry, ...]]:
    """One case: weekly sessions with coding, rating and alliance; symptoms every month; events; names everywhere."""
    rng = np.random.default_rng(number)
    start = dt.datetime(2026, 1, 5, 9, tzinfo=ZONE) + dt.timedelta(days=int(rng.integers(0, 60)))
    patient, therapist = f"{NAMES[2]}-{number}", f"{NAMES[3]}-{number % 4}"
    people = {
        patient: Person(patient, ("patient",), NAMES[0], f"{NAMES[5]} 12"),
        therapist: Person(therapist, ("individual-therapist",), NAMES[1]),
        f"{NAMES[3]}-rater": Person(f"{NAMES[3]}-rater", ("supervisor",), NAMES[1]),
    }
    opened = Opened("mbt", start.date(), ZONE, people)
    entries: list[Entry] = []

    def add(kind: str, at: dt.datetime, /, *, by: str = therapist, **data: object) -> None:
        n = len(entries) + 1
        entries.append(Entry(n, f"{NAMES[4]}-{n}", at, by, kind, data=data, why=f"told by {NAMES[0]}"))

    level = float(rng.normal(2.2, 0.4))
    add("assessment.observed", start, marks={"close-fast": "present", "too-intense": "present", "idealises": "present"})
    add("formulation.said", start, point="pain", voice="patient", text=f"{NAMES[4]} never saw it")
    add("team.item", start, item=f"about-{NAMES[4]}", text=f"{NAMES[4]} waits outside")
    for week in range(sessions):
        at = start + dt.timedelta(weeks=week, days=1)
        name = f"{NAMES[4]}-s{week}"
        if week and rng.random() < 0.1:
            add("session.missed", at, session=name, format="individual", planned=at.isoformat())
            continue
        lost = int(rng.binomial(30, min(0.8, max(0.05, level / 5))))
        add(
            "session.held",
            at,
            session=name,
            format="individual",
            started=at.isoformat(),
            length="50 min",
            with_=therapist,
        )
        add(
            "session.coded", at, session=name, therapist_turns=30, patient_turns=30,
            levels={"1": 12, "2": 9, "3": int(rng.integers(0, 6)), "4": int(rng.integers(0, 3))}, lost=lost, aroused=lost // 2,
            deviations=int(rng.integers(0, 2)),
        )  # fmt: skip
        add(
            "adherence.rated",
            at,
            by=f"{NAMES[3]}-rater",
            session=name,
            items={"humility": int(rng.integers(1, 5)), "patience": int(rng.integers(1, 5))},
        )
        alliance = float(np.clip(np.round(rng.normal(42 + week / 3, 5)), 12, 60))
        add("measure.scored", at, scale="wai-sr", score=alliance, when=at.isoformat(), occasion=name)
        level += float(rng.normal(-0.06, 0.08)) + 0.02 * (lost / 30 - 0.3)
        if week % 4 == 0:
            score = float(np.clip(np.round(level + rng.normal(0, 0.2), 2), 0, 4))
            add("measure.scored", at, scale="bsl-23", score=score, when=at.isoformat())
            add("measure.scored", at, scale=f"{NAMES[4]} scale", score=1.0, when=at.isoformat())
        if rng.random() < 0.08:
            add("event.happened", at, what="self-harm", when=at.isoformat(), note=f"at {NAMES[5]}")
        if rng.random() < 0.05:
            add("event.happened", at, what=f"called {NAMES[4]}", when=at.isoformat())
    if number % 7 == 0:
        add("treatment.ended", start + dt.timedelta(weeks=sessions), how="dropout")
    assert programme is None or programme.id == "mbt"
    return opened, tuple(entries)


def replayed(number: int, programme: Programme | None) -> Case:
    """A synthetic case, replayed from its log."""
    opened, entries = synthetic_case(number, programme)
    return replay(programme, opened, entries)


def live(number: int, programme: Programme | None) -> Case:
    """The same case, entry by entry as it is recorded."""
    opened, entries = synthetic_case(number, programme)
    case = replay(programme, opened, ())
    for entry in entries:
        case = after(case, entry)
    return case
