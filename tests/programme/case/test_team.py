"""The team: nothing is passed on before the patient knows; both components; missed sessions."""

from __future__ import annotations

import datetime as dt

from case_topics import PEOPLE, START, Log, held, missed
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.case.attendance import attendance
from forwhom.programme.case.rules import AlertRule
from forwhom.programme.case.sharing import owed, unread


def noted(arose: str = "individual", duty: str = "tell-group") -> Log:
    log = Log()
    log.add("team.item", item="looked-at", text="Cannot bear being looked at", arose=arose, duty=duty)
    return log


def test_sharing_waits_until_the_patient_was_told() -> None:
    log = noted()
    log.add("team.shared", items=["looked-at"], to=["gus"])
    assert [each.rule for each in log.case().deviations] == ["team.tell-first"]
    log = noted()
    log.add(
        "team.patient-told", items=["looked-at"], to=["group-therapist"], answer="unsure", wish="Not in front of all"
    )
    log.add("team.shared", items=["looked-at"], to=["gus"])
    case = log.case()
    assert not case.deviations
    assert set(case.team.items["looked-at"].shared) == {"gus"}


def test_told_for_one_is_not_told_for_another_and_an_objection_counts() -> None:
    log = noted()
    log.add("team.patient-told", items=["looked-at"], to=["gus"], answer="objects")
    log.add("team.handed-over", to=["gus", "sue"], text="Before the first group", items=["looked-at"])
    case = log.case()
    assert [each.rule for each in case.deviations] == ["team.tell-first", "team.patient-objects"]
    assert "sue" in case.deviations[0].says
    assert "gus" in case.deviations[1].says


def test_who_must_still_be_told_by_duty_and_by_guidance() -> None:
    assert [(each.to, each.rule, each.source, each.told) for each in owed(noted().case())] == [
        ("gus", "duties.tell-group", "S2 line 158", False)
    ]
    log = Log()
    log.add("team.item", "gus", item="walked-out", text="…", arose="group")
    assert [(each.to, each.rule, each.source) for each in owed(log.case())] == [
        ("ida", "guidance.from-group", "S2 line 194")
    ]
    log.add("team.patient-told", "gus", items=["walked-out"], to=["ida"], answer="agrees")
    assert owed(log.case())[0].told
    log.add("team.shared", "gus", items=["walked-out"], to=["ida"])
    assert not owed(log.case())


def test_notes_are_unread_until_each_has_read_them() -> None:
    log = Log()
    note = log.add("team.handed-over", to=["gus", "sue"], text="…")
    log.add("team.note-read", "gus", note=note)
    assert [who for _, who in unread(log.case())] == [("sue",)]
    log.add("team.note-read", "sue", note=note)
    assert not unread(log.case())
    log.add("team.note-read", note="e77")
    assert log.case().problems[0].code == "unknown-note"


def test_strangers_and_unknown_items_are_problems() -> None:
    log = noted()
    log.add("team.shared", items=["looked-ta", "looked-at"], to=["guss"])
    log.add("team.item", item="looked-at", text="again")
    case = log.case()
    assert [each.code for each in case.problems] == ["unknown-item", "unknown-person", "duplicate-id"]
    assert not case.team.items["looked-at"].shared


STEP = st.sampled_from(["told gus", "told role", "told sue", "objects", "share gus", "share sue", "over gus", "item"])


@settings(max_examples=80, deadline=None)
@given(st.lists(STEP, max_size=12))
def test_no_path_shares_what_the_patient_was_not_told_without_a_deviation(steps: list[str]) -> None:
    log = Log()
    log.add("team.item", item="x", text="…")
    for step in steps:
        what, _, who = step.partition(" ")
        if what == "told":
            log.add("team.patient-told", items=["x"], to=[{"role": "group-therapist"}.get(who, who)], answer="agrees")
        elif what == "objects":
            log.add("team.patient-told", items=["x"], to=["gus"], answer="objects")
        elif what == "share":
            log.add("team.shared", items=["x"], to=[who])
        elif what == "over":
            log.add("team.shared", items=["x"], to=["gus"], overrules=["team.tell-first"], why="Danger")
    case = log.case()
    told: dict[str, str] = {}
    for entry in log.entries:
        if entry.kind == "team.patient-told":
            for name in entry.data["to"]:
                told["gus" if name == "group-therapist" else name] = entry.data["answer"]
        if entry.kind == "team.shared" and told.get(entry.data["to"][0]) != "agrees":
            assert any(each.entry == entry.id for each in case.deviations)


def test_attendance_counts_in_the_order_of_time_not_of_the_log() -> None:
    log = Log()
    missed(log, "s3", 21)
    held(log, "s1", 7)
    missed(log, "s2", 14)
    missed(log, "g1", 3, "group", "service")
    log.add("team.agreed", component="individual", agreed=True)
    individual, group = attendance(log.case())
    assert (individual.held, individual.missed, individual.in_a_row, individual.agreed) == (1, 2, 2, True)
    assert individual.share == 1 / 3
    assert (group.held, group.missed, group.not_offered, group.in_a_row, group.agreed) == (0, 0, 1, 0, None)
    assert group.share is None
    assert group.required


def test_missed_sessions_raise_the_alert_that_the_case_asks_for() -> None:
    rule = AlertRule("away", "missed", ("individual-therapist",), dt.timedelta(hours=8), ("group",), 2)
    log = Log()
    missed(log, "g1", 3, "group")
    assert not log.case(alerts=(rule,)).alerts.open
    missed(log, "g2", 10, "group")
    raised = list(log.case(alerts=(rule,)).alerts.open.values())
    assert [(each.rule, each.to) for each in raised] == [("away", ("ida",))]
    assert PEOPLE["ida"].roles == ("individual-therapist",)
    assert START.tzinfo is not None
