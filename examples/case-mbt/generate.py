"""Write log.jsonl of the example case. Nobody in it exists. The same file every time, byte for byte.

python examples/case-mbt/generate.py [--out FOLDER]
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from forwhom import programme
from forwhom.io.case import append, read_case
from forwhom.programme.case import Case, replay
from forwhom.programme.case.log import Entry, LogRead
from forwhom.programme.case.recording import Draft, entry_of, proposed

HERE = Path(__file__).parent


class Case_:
    """The case as it is written, one entry after the other; a refusal stops the script unless it is asked for."""

    def __init__(self, folder: Path) -> None:
        files = read_case(folder)
        assert files.opened is not None, files.problems
        self.folder, self.opened = folder, files.opened
        self.state: Case = replay(programme.shipped("mbt"), files.opened, files.log.entries)

    def at(self, when: str) -> dt.datetime:
        """A time on the clock of the service."""
        at = dt.datetime.fromisoformat(when).replace(tzinfo=self.opened.zone)
        return at.replace(tzinfo=dt.timezone(at.utcoffset() or dt.timedelta(0)))

    def say(
        self, when: str, by: str, kind: str, /, why: str = "", over: str = "", corrects: str | None = None, **data: Any
    ) -> str:
        """Record one entry and give its id."""
        draft = Draft(kind, by, self.at(when), data, "", why, (over,) if over else (), corrects)

        def make(log: LogRead) -> Entry:
            verdict = proposed(self.state, entry_of(draft, log.tip))
            assert verdict.written, (kind, verdict.problems, verdict.refusals)
            self.state = verdict.case
            return verdict.entry

        entry = append(self.folder, make)
        assert entry is not None
        return entry.id


def assessment(case: Case_) -> None:
    """Assessment and formulation, with both agreements."""
    case.say("2026-03-02T10:00", "ama", "phase.entered", phase="assessment", on="2026-03-02")
    case.say("2026-03-02T10:00", "ama", "session.begun", session="a1", format="assessment-interview")
    case.say("2026-03-02T11:00", "ama", "session.ended", session="a1")
    case.say(
        "2026-03-02T11:10",
        "ama",
        "measure.scored",
        scale="bdi2",
        when="2026-03-02T09:40:00+00:00",
        score=31,
        items={"bdi-9": 1},
        occasion="start",
    )
    case.say(
        "2026-03-09T11:05",
        "ama",
        "assessment.observed",
        marks={
            "close-fast": "present",
            "slow-recovery": "present",
            "lost-when-probed": "present",
            "calm-body-tense": "absent",
        },
    )
    case.say(
        "2026-03-09T11:10",
        "ama",
        "assessment.profiled",
        context="group",
        degrees={"psychic-equivalence": "marked", "hypermentalizing": "some"},
    )
    case.say(
        "2026-03-09T11:15",
        "ama",
        "assessment.episode",
        trigger="Nobody answered a message",
        context="partner",
        strategy="hyperactivating",
        act="self-harm",
    )
    case.say("2026-03-16T10:00", "ama", "phase.entered", phase="formulation")
    for point in ("sensitivity", "modes", "too-real-or-empty", "pain", "reasons", "diagnosis", "areas"):
        for voice, text in (("patient", "In the patient's words."), ("therapist", "As the assessor sees it.")):
            case.say("2026-03-16T10:30", "ama", "formulation.said", point=point, voice=voice, text=text)
    case.say("2026-03-16T11:00", "ama", "team.agreed", component="diagnosis-discussed", agreed=True)
    case.say("2026-03-16T11:00", "ama", "team.agreed", component="individual", agreed=True)
    case.say(
        "2026-03-16T11:01", "ama", "team.agreed", component="group", agreed=True, worries="To be looked at by everybody"
    )
    case.say(
        "2026-03-16T11:05",
        "ama",
        "team.item",
        item="looked-at",
        text="Afraid of being looked at in the group",
        arose="assessment",
        duty="pass-on-fear",
    )
    case.say(
        "2026-03-16T11:06",
        "ama",
        "team.patient-told",
        items=["looked-at"],
        to=["cleo"],
        answer="agrees",
        wish="Not in front of the others",
    )
    case.say("2026-03-17T09:30", "ama", "team.shared", items=["looked-at"], to=["cleo"])


def preparation(case: Case_) -> None:
    """The group of twelve weeks, then the crisis plan: a first version with a gap, a second that is signed by both."""
    case.say("2026-03-23T09:00", "cleo", "phase.entered", phase="psycho-education")
    for week in range(12):
        day = dt.date(2026, 3, 25) + dt.timedelta(weeks=week)
        started = case.at(f"{day}T18:00").isoformat()
        if week in (4,):
            case.say(
                f"{day}T18:30",
                "cleo",
                "session.missed",
                session=f"p{week + 1}",
                format="psycho-education-group",
                planned=started,
                by="patient",
                notice=True,
            )
        else:
            case.say(
                f"{day}T19:35",
                "cleo",
                "session.held",
                session=f"p{week + 1}",
                format="psycho-education-group",
                started=started,
                length="1 h 30 min",
            )
    case.say("2026-06-15T10:00", "ama", "phase.entered", phase="crisis-plan")
    case.say("2026-06-15T10:55", "ama", "team.agreed", component="programme-discussed", agreed=True)
    plan: dict[str, Any] = {
        "when": "I cannot think any more and everything has to happen now",
        "signs": ["I read one message over and over", "I stop answering my sister"],
        "own": [
            {"id": "walk", "what": "Walk to the river and back", "for_how_long": "40 minutes"},
            {"id": "cold", "what": "Cold water in my face", "for_how_long": "5 minutes"},
            {"id": "music", "what": "My list of songs, with headphones"},
        ],
        "professional": [{"id": "ben", "who": "Ben, my therapist", "person": "ben", "hours": "clinic"}],
    }
    case.say("2026-06-15T11:00", "ama", "crisis.plan-written", **plan)
    plan["people"] = [{"id": "sister", "who": "My sister", "reach": "by phone, after six"}]
    case.say("2026-06-17T10:00", "ama", "crisis.plan-written", **plan)
    case.say("2026-06-17T10:10", "ama", "crisis.plan-signed", person="patient")
    case.say("2026-06-17T10:10", "ama", "crisis.plan-signed")


def treatment(case: Case_) -> None:
    """Individual and group therapy: a closed gate, a crisis, an alert that goes up the chain, two missed sessions."""
    case.say("2026-06-22T09:00", "ben", "phase.entered", phase="treatment")
    case.say("2026-06-23T10:00", "ben", "session.begun", session="i1", format="individual")
    case.say("2026-06-23T10:03", "ben", "session.state", session="i1", arousal="high", mentalizing="lost")
    case.say("2026-06-23T10:04", "ben", "session.intervention", session="i1", level=1, technique="empathy")
    case.say(
        "2026-06-23T10:20",
        "ben",
        "session.intervention",
        session="i1",
        level=4,
        over="gate.aroused-not-mentalizing",
        why="I named my own silence too early; taken to supervision",
    )
    state = case.say("2026-06-23T10:35", "ben", "session.state", session="i1", arousal="high", mentalizing="some")
    case.say("2026-06-23T10:36", "ben", "session.intervention", session="i1", level=3)
    case.say("2026-06-23T10:50", "ben", "session.ended", session="i1")
    case.say(
        "2026-06-23T11:15",
        "ben",
        "session.state",
        corrects=state,
        why="Pressed the wrong key",
        session="i1",
        arousal="workable",
        mentalizing="some",
    )
    held = dt.date(2026, 6, 25)
    case.say(
        f"{held}T19:35",
        "cleo",
        "session.held",
        session="g1",
        format="group",
        started=case.at(f"{held}T18:00").isoformat(),
        length="1 h 30 min",
    )
    # Saturday night: own means, the sister, then the practitioner, who does not answer at that hour.
    case.say("2026-06-27T22:10", "patient", "crisis.began")
    case.say("2026-06-27T22:10", "patient", "crisis.step-taken", step="own/walk", helped="partly")
    case.say("2026-06-27T23:00", "patient", "crisis.step-taken", step="own/music", helped="no")
    case.say("2026-06-27T23:20", "patient", "crisis.step-taken", step="people/sister", helped="yes")
    case.say("2026-06-28T11:00", "patient", "crisis.over")
    harm = case.say(
        "2026-06-29T09:05",
        "cleo",
        "event.happened",
        what="self-harm",
        when="2026-06-28T00:30:00+01:00",
        told_by="patient",
    )
    alert = f"severe-event/{harm}"
    case.say("2026-06-29T09:06", "dana", "alert.sent", sending=f"{alert}/ben")
    case.say("2026-06-29T11:06", "dana", "alert.sent", sending=f"{alert}/dana")
    case.say(
        "2026-06-29T11:20", "dana", "alert.acknowledged", alert=alert, did="Spoke with Ben; the patient is seen at two"
    )
    case.say(
        "2026-06-30T10:55",
        "ben",
        "session.missed",
        session="i2",
        format="individual",
        planned=case.at("2026-06-30T10:00").isoformat(),
        by="patient",
        notice=False,
    )
    case.say(
        "2026-07-07T10:55",
        "ben",
        "session.missed",
        session="i3",
        format="individual",
        planned=case.at("2026-07-07T10:00").isoformat(),
        by="patient",
        notice=False,
    )
    case.say(
        "2026-07-08T14:00",
        "ben",
        "measure.scored",
        scale="bdi2",
        when="2026-07-08T13:50:00+01:00",
        score=38,
        items={"bdi-9": 2},
        occasion="4 months",
    )


def main() -> None:
    """Write the case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    if folder != HERE:
        shutil.copy(HERE / "case.toml", folder / "case.toml")
    (folder / "log.jsonl").unlink(missing_ok=True)
    case = Case_(folder)
    assessment(case)
    preparation(case)
    treatment(case)


if __name__ == "__main__":
    main()
