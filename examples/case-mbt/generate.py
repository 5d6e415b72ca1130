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
VOICES = {
    "sensitivity": (
        "When somebody stares at me I know that they despise me. Then I have to get out.",
        "Being looked at, and being left without an answer, are moments in which it becomes hard to think.",
    ),
    "modes": ("Then it is simply so.", "What is feared is taken for fact. With the partner only what is done counts."),
    "too-real-or-empty": (
        "At night nothing means anything.",
        "Either everything is too real, or nothing has a meaning.",
    ),
    "pain": ("Nobody sees how bad it is.", "I saw it late, because little of it shows."),
    "reasons": (
        "I want to stop ending up in hospital.",
        "A wish for steadier relationships, after two years of crises.",
    ),
    "diagnosis": ("A word for what I always was.", "A way to say what can be worked on together."),
    "areas": ("The group. All those eyes.", "The first groups, and every break of the therapy."),
}
"""What both say at first; made up, like all of it."""


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
        on="2026-01-20",
        context="partner",
        strategy="hyperactivating",
        act="self-harm",
    )
    case.say("2026-03-16T10:00", "ama", "phase.entered", phase="formulation")
    for point, texts in VOICES.items():
        for voice, text in zip(("patient", "therapist"), texts, strict=True):
            own = voice == "patient"
            case.say("2026-03-16T10:30", "ama", "formulation.said", point=point, voice=voice, text=text, own_words=own)
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


def supervision(case: Case_) -> None:
    """Training on record, a second look of the therapist, rated and coded sessions, what the team owes each other."""
    for person in ("ben", "cleo"):
        case.say(
            "2026-07-08T16:00", "dana", "training.attended", person=person, days=3, ended="2025-11-14", programme="mbt"
        )
        case.say(
            "2026-07-08T16:00", "dana", "training.supervisor", person=person, supervisor="dana", since="2025-12-01"
        )
    case.say("2026-07-08T16:00", "dana", "training.experience", person="ben", years=4, years_disorder=2)
    marks = {
        "starts-well-then-betrayed": "present", "own-part-unseen": "present", "too-calm": "absent", "lives-apart": "absent",
        "slow-recovery": "present", "close-fast": "absent", "withdraws-under-stress": "present",
    }  # fmt: skip
    case.say("2026-07-14T11:00", "ben", "assessment.observed", marks=marks)
    degrees = {"psychic-equivalence": "some", "pretend": "some", "others-minds": "none", "slow-recovery": "some"}
    case.say("2026-07-14T11:00", "ben", "assessment.profiled", context="therapist", degrees=degrees)
    for at, on, more in (
        ("2026-07-14T11:05", "2026-06-28", {"affect": "emptiness", "act": "self-harm", "mode": "teleological"}),
        ("2026-07-14T11:06", "2026-05-02", {"affect": "rejection", "act": "overdose"}),
    ):
        case.say(
            at, "ben", "assessment.episode", trigger="Nobody answered a message", context="partner", on=on,
            strategy="hyperactivating", **more,
        )  # fmt: skip
    degrees = {"psychic-equivalence": "some", "others-minds": "marked"}
    case.say("2026-07-15T19:50", "cleo", "assessment.profiled", context="group", degrees=degrees)
    for n in range(3):
        case.say(
            f"2026-07-15T19:5{n + 1}", "cleo", "assessment.episode", trigger="Being looked at", context="group", affect="shame",
            strategy="deactivating", act="leaving" if n else "none", voice="therapist" if n else "patient",
        )  # fmt: skip
    sessions(case)
    said = "When nobody answers I think I am nothing to them, and it is hard to wonder what else it may be."
    case.say(
        "2026-09-29T11:00",
        "ben",
        "formulation.compared",
        point="sensitivity",
        result="partly",
        text="Looks: yes. What others think is open.",
    )
    case.say(
        "2026-09-29T11:10", "ben", "formulation.said", point="sensitivity", voice="patient", text=said, own_words=True
    )
    case.say("2026-09-29T11:11", "ben", "formulation.compared", point="pain", result="agreed")
    text = "Left the group when another patient talked on and on"
    case.say(
        "2026-09-30T19:40", "cleo", "team.item", item="walked-out", text=text, arose="group", duty="group-to-individual"
    )
    why = "Supervision was on the same evening; the patient is told at the next session"
    case.say(
        "2026-09-30T20:00", "cleo", "team.shared", why=why, over="team.tell-first", items=["walked-out"], to=["dana"]
    )
    case.say("2026-10-01T09:00", "cleo", "team.handed-over", to=["ben"], text="Please ask how the group was.")


def sessions(case: Case_) -> None:
    """Ten weeks of both components; every other individual session rated, one of them by two."""
    items = ("humility", "patience", "legitimise", "what-questions", "says-unclear")
    ratings = {
        4: (1, 2, 2, 1, 2),
        6: (2, 2, 2, 1, 2),
        8: (2, 3, 2, 2, 2),
        10: (3, 2, 2, 2, 3),
        12: (3, 3, 3, 2, 2),
        13: (3, 3, 3, 3, 2),
    }
    for n in range(4, 14):
        day = dt.date(2026, 7, 21) + dt.timedelta(weeks=n - 4)
        started = case.at(f"{day}T10:00").isoformat()
        case.say(
            f"{day}T10:55",
            "ben",
            "session.held",
            session=f"i{n}",
            format="individual",
            started=started,
            length="50 min",
            with_="ben",
        )
        if n in ratings:
            rated = dict(zip(items, ratings[n], strict=True)) | {"tells-feelings": 3 if n < 6 else 1}
            case.say(f"{day}T17:00", "dana", "adherence.rated", session=f"i{n}", items=rated)
            levels = {"1": 15, "2": 14, "3": n // 3, "4": 1}
            case.say(
                f"{day}T17:10", "dana", "session.coded", session=f"i{n}", therapist_turns=40, patient_turns=41, levels=levels,
                lost=18 - n, aroused=9, deviations=int(n == 12), rules={"MBT-PAST-1": 1} if n == 8 else {},
            )  # fmt: skip
        if n == 12:
            case.say(
                f"{day}T17:30",
                "ben",
                "adherence.rated",
                session="i12",
                items=dict(zip(items, (4, 3, 3, 3, 4), strict=True)),
            )
        if n == 9:
            case.say(f"{day}T18:00", "dana", "supervision.held", therapists=["ben", "cleo"], minutes=60)
        group = day + dt.timedelta(days=2)
        planned = case.at(f"{group}T18:00").isoformat()
        if n >= 12:
            case.say(
                f"{group}T18:30",
                "cleo",
                "session.missed",
                session=f"g{n}",
                format="group",
                planned=planned,
                by="patient",
                notice=False,
            )
        else:
            case.say(
                f"{group}T19:35",
                "cleo",
                "session.held",
                session=f"g{n}",
                format="group",
                started=planned,
                length="1 h 30 min",
                with_="cleo",
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
    supervision(case)


if __name__ == "__main__":
    main()
