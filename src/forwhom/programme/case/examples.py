"""An example of the data of every kind of entry, as `forwhom case kinds` prints it; tests hold each against its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_AT = "2026-03-09T10:00:00+00:00"
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "deviation.explained": {"entry": "e12", "rule": "gate.state-not-seen"},
    "note.added": {"text": "Asked for another hour"},
    "entry.withdrawn": {},
    "case.changed": {"digest": "0" * 64, "people": {}},
    "phase.entered": {"phase": "formulation", "on": "2026-03-16"},
    "programme.done": {"thing": "agreements.programme-discussed"},
    "treatment.ended": {"how": "completed", "on": "2027-09-01"},
    "session.begun": {"session": "s7", "format": "individual"},
    "session.ended": {"session": "s7"},
    "session.held": {"session": "s7", "format": "individual", "started": _AT, "length": "50 min"},
    "session.missed": {"session": "s8", "format": "group", "planned": _AT},
    "session.state": {"session": "s7", "arousal": "workable", "mentalizing": "some"},
    "session.intervention": {"session": "s7", "level": 2, "technique": "clarification"},
    "session.coded": {
        "session": "s7",
        "therapist_turns": 40,
        "patient_turns": 38,
        "levels": {"1": 18, "2": 15, "3": 5, "4": 2},
        "lost": 6,
        "aroused": 9,
        "deviations": 0,
    },
    "crisis.plan-written": {
        "when": "I cannot cope and want to hurt myself",
        "signs": ["I stop answering messages"],
        "own": [{"id": "walk", "what": "A walk", "for_how_long": "20 min"}],
        "people": [{"id": "sister", "who": "My sister", "reach": "by phone"}],
        "professional": [{"id": "therapist", "who": "My therapist", "person": "ben", "hours": "clinic"}],
        "emergency": ["999"],
    },
    "crisis.plan-signed": {"version": 1, "person": "ben"},
    "crisis.began": {"when": _AT},
    "crisis.step-taken": {"step": "own/walk", "helped": "partly"},
    "crisis.over": {"when": _AT},
    "crisis.emergency-contacted": {"whom": "999", "when": _AT},
    "alert.sent": {"sending": "severe-event/e12/ben"},
    "alert.not-delivered": {"sending": "severe-event/e12/ben"},
    "alert.acknowledged": {"alert": "severe-event/e12", "did": "Called the patient"},
    "event.happened": {"what": "self-harm", "when": _AT, "told_by": "patient"},
    "measure.scored": {"scale": "bdi2", "when": _AT, "score": 21, "occasion": "self-report"},
    "feedback.computed": {"scale": "bdi2", "status": "on track", "latest": _AT},
    "assessment.observed": {"marks": {"too-calm": "present", "turns-hostile": "absent"}},
    "assessment.profiled": {"context": "partner", "degrees": {"pretend": "some"}},
    "assessment.episode": {
        "trigger": "A message without an answer",
        "context": "partner",
        "affect": "rejection",
        "act": "self-harm",
        "voice": "patient",
    },
    "formulation.said": {"point": "pain", "voice": "patient", "text": "Nobody sees it", "own_words": True},
    "formulation.compared": {"point": "pain", "result": "partly"},
    "team.agreed": {"component": "group", "agreed": True, "worries": "Being looked at"},
    "team.item": {"item": "looked-at", "text": "Cannot bear being looked at", "arose": "individual"},
    "team.patient-told": {"items": ["looked-at"], "to": ["group-therapist"], "answer": "agrees"},
    "team.shared": {"items": ["looked-at"], "to": ["cleo"]},
    "team.handed-over": {"to": ["cleo"], "text": "Before the first group", "items": ["looked-at"]},
    "team.note-read": {"note": "e31"},
    "adherence.rated": {"session": "s7", "items": {"humility": 3, "what-questions": 2}},
    "supervision.held": {"therapists": ["ben"], "minutes": 60, "points": ["event/e12"]},
    "training.attended": {"person": "ben", "days": 3, "ended": "2026-01-10", "programme": "mbt"},
    "training.experience": {"person": "ben", "years": 4, "years_disorder": 2},
    "training.supervisor": {"person": "ben", "supervisor": "dana", "since": "2026-02-01"},
}
"""Kind → data. People, sessions and entries are invented."""
BY_ITSELF = ("case.changed", "feedback.computed")
"""Kinds that forwhom writes by itself."""
