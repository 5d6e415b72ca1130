"""A log of 100,000 entries: reading, replaying, showing, one more entry; and that time grows with the length alone."""

from __future__ import annotations

import datetime as dt
import json
import random
import time
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from forwhom import programme
from forwhom.programme.case import Entry, Opened, Person, line, read_log, replay
from forwhom.programme.case.log import digest
from forwhom.programme.case.recording import Draft, entry_of, proposed
from forwhom.programme.case.showing import to_json

STAFF = {"pat": ("patient",), "ben": ("individual-therapist",), "dana": ("supervisor",), "cleo": ("group-therapist",)}
OPENED = Opened(
    "mbt",
    dt.date(2026, 3, 2),
    ZoneInfo("Europe/London"),
    {name: Person(name, roles) for name, roles in STAFF.items()},
    emergency=("999",),
)


def text(n: int, seed: int = 1) -> str:
    """A log of sessions with states and interventions, scores, events, alerts and, each hundredth, a correction."""
    rng = random.Random(seed)
    at = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    lines: list[str] = []
    states: list[str] = []
    previous, session, harmed = None, 0, ""
    for seq in range(1, n + 1):
        at += dt.timedelta(minutes=1)
        place, corrects = seq % 20, None
        kind, data = (
            "session.state",
            {"session": f"s{session}", "arousal": rng.choice(["low", "high"]), "mentalizing": "some"},
        )
        if place == 1:
            session += 1
            kind, data = "session.begun", {"session": f"s{session}", "format": "individual"}
        elif place == 0:
            kind, data = "session.ended", {"session": f"s{session}"}
        elif place == 15:
            kind, data = "measure.scored", {"scale": "bdi2", "when": at.isoformat(), "score": 20, "items": {"bdi-9": 1}}
        elif place == 16 and seq % 100 == 16:
            kind, data, harmed = "event.happened", {"what": "self-harm"}, f"severe-event/e{seq}"
        elif place == 17 and harmed:
            kind, data, harmed = "alert.acknowledged", {"alert": harmed}, ""
        elif place == 18 and seq % 100 == 18 and states:
            corrects = states[-1]
        elif place % 2 and place > 1:
            kind, data = "session.intervention", {"session": f"s{session}", "level": rng.choice([1, 2, 3])}
        elif place != 16:
            states = [f"e{seq}"]
        entry = Entry(seq, f"e{seq}", at, "ben", kind, "", data, corrects=corrects, previous=previous)
        lines.append(line(entry))
        previous = digest(lines[-1].encode())
    return "".join(f"{each}\n" for each in lines)


def main() -> None:
    """Print what each step takes."""
    mbt = programme.shipped("mbt")
    for n in (1_000, 10_000, 100_000):
        raw = text(n).encode()
        marks = [time.perf_counter()]
        read = read_log(raw)
        marks.append(time.perf_counter())
        case = replay(mbt, OPENED, read.entries)
        marks.append(time.perf_counter())
        shown = to_json(case)
        marks.append(time.perf_counter())
        draft = Draft("event.happened", "ben", read.entries[-1].at, {"what": "self-harm"})
        assert proposed(case, entry_of(draft, replace(read.tip))).written
        marks.append(time.perf_counter())
        took = [b - a for a, b in pairwise(marks)]
        assert not read.problems
        assert not case.problems, case.problems[:3]
        names = ("read", "replay", "show", "one more")
        said = ", ".join(f"{name} {each:.3f} s" for name, each in zip(names, took, strict=True))
        print(f"{n:>7} entries, {len(raw) / 1e6:.1f} MB: {said}; {len(json.loads(shown)['deviations'])} deviations")


if __name__ == "__main__":
    main()
