"""Whatever is recorded of these topics in whatever order: nothing fails, and the live case is the replayed one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from case_topics import SMALL, START, Log, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.analysis.programme.case_page import case_record
from forwhom.findings.record import to_json as record_json
from forwhom.programme.case.formulation import every_version
from forwhom.programme.case.showing import to_json
from forwhom.programme.case.state import after, replay
from forwhom.programme.case.supervising import agenda

NAMES = st.sampled_from(["a", "b", "e1", "e2", "nobody"])
WHO = st.sampled_from(["ida", "gus", "sue", "p1", "stranger"])
DAYS = st.sampled_from(["2026-01-05", "2026-03-10", "2026-04-01"])
FORMS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "assessment.observed": st.fixed_dictionaries(
        {"marks": st.dictionaries(st.sampled_from(["too-calm", "close-fast", "x"]), st.sampled_from(["present", "absent", "not observed"]))}
    ),
    "assessment.profiled": st.fixed_dictionaries(
        {"context": st.sampled_from(["partner", "x"]), "degrees": st.just({"pretend": "some"}), "on": DAYS}
    ),
    "assessment.episode": st.fixed_dictionaries({"trigger": st.text(max_size=4), "context": st.sampled_from(["group", "x"])}),
    "formulation.said": st.fixed_dictionaries(
        {"point": st.sampled_from(["pain", "x"]), "voice": st.sampled_from(["patient", "therapist"]), "text": st.text(max_size=3)}
    ),
    "formulation.compared": st.fixed_dictionaries({"point": st.just("pain"), "result": st.sampled_from(["agreed", "open"])}),
    "team.agreed": st.fixed_dictionaries({"component": st.sampled_from(["group", "individual", "y"]), "agreed": st.booleans()}),
    "team.item": st.fixed_dictionaries({"item": NAMES, "text": st.just("…"), "arose": st.sampled_from(["group", "x"])}),
    "team.patient-told": st.fixed_dictionaries(
        {"items": st.lists(NAMES, max_size=2), "to": st.lists(WHO, max_size=2), "answer": st.sampled_from(["agrees", "objects"])}
    ),
    "team.shared": st.fixed_dictionaries({"items": st.lists(NAMES, max_size=2), "to": st.lists(WHO, max_size=2)}),
    "team.handed-over": st.fixed_dictionaries({"to": st.lists(WHO, max_size=2), "text": st.just("…")}),
    "team.note-read": st.fixed_dictionaries({"note": NAMES}),
    "session.held": st.fixed_dictionaries(
        {"session": NAMES, "format": st.sampled_from(["individual", "group"]), "started": st.just(START.isoformat()),
         "length": st.just("50 min")}
    ),
    "adherence.rated": st.fixed_dictionaries(
        {"session": NAMES, "items": st.dictionaries(st.sampled_from(["humility", "tells-feelings", "x"]), st.none() | st.integers(0, 5))}
    ),
    "session.coded": st.fixed_dictionaries(
        {"session": NAMES, "therapist_turns": st.integers(0, 3), "patient_turns": st.integers(0, 3), "levels": st.just({"1": 1}),
         "lost": st.integers(0, 2)}
    ),
    "supervision.held": st.fixed_dictionaries({"therapists": st.lists(WHO, max_size=2), "minutes": st.integers(0, 90)}),
    "training.attended": st.fixed_dictionaries({"person": WHO, "days": st.integers(-1, 4), "ended": DAYS}),
    "training.experience": st.fixed_dictionaries({"person": WHO, "years": st.integers(0, 3)}),
    "training.supervisor": st.fixed_dictionaries({"person": WHO, "supervisor": WHO, "since": DAYS}),
    "entry.withdrawn": st.just({}),
}  # fmt: skip
ENTRY = st.sampled_from(sorted(FORMS)).flatmap(
    lambda kind: st.tuples(st.just(kind), WHO, FORMS[kind], st.none() | st.sampled_from(["e1", "e2", "e3"]))
)


@settings(max_examples=80, deadline=None)
@given(st.lists(ENTRY, max_size=14))
def test_anything_in_any_order(some: list[tuple[str, str, dict[str, Any], str | None]]) -> None:
    log = Log()
    for kind, who, data, corrects in some:
        # Nobody can correct what is not there yet.
        there = corrects is not None and int(corrects[1:]) <= len(log.entries)
        log.add(kind, who, **data, **({"corrects": corrects} if there else {}))
    whole = replay(SMALL, opened(), log.entries)
    live = replay(SMALL, opened(), ())
    for entry in log.entries:
        live = after(live, entry)
    assert to_json(live) == to_json(whole)
    now = START + dt.timedelta(days=90)
    points = agenda(whole, now)
    assert len({point.id for point in points}) == len(points)
    said = [entry for entry in log.entries if entry.kind == "formulation.said"]
    assert len(every_version(whole)) == len(said)
    record = case_record(whole, now)
    assert not [c for finding in record.findings for c in finding.cautions if c.code == "fault"]
    assert record_json(record)
