"""Alerts: who is told when, by what; corrections and a changed case.toml lose none."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from case_rooms import LONDON, OPENED, START, Writer, without

from forwhom import programme
from forwhom.programme.case import Person, replay
from forwhom.programme.case.due import standing, standings, to_send
from forwhom.programme.case.recording import Draft, entry_of, proposed
from forwhom.programme.case.rules import AlertRule

HOUR = dt.timedelta(hours=1)


def harmed(writer: Writer) -> str:
    return f"severe/{writer.say('event.happened', what='self-harm').entry.id}"


def sendings(writer: Writer, after: dt.timedelta) -> list[str]:
    return [each.sending for each in to_send(writer.case, writer.at + after)]


def test_the_chain_is_told_one_after_the_other_and_each_once() -> None:
    writer = Writer()
    alert = harmed(writer)
    assert sendings(writer, 0 * HOUR) == [f"{alert}/ben"]
    assert sendings(writer, 2 * HOUR) == [f"{alert}/ben", f"{alert}/dana"]
    assert writer.say("alert.sent", sending=f"{alert}/ben").written
    again = writer.say("alert.sent", sending=f"{alert}/ben")
    assert [each.code for each in again.problems] == ["sent-already"]
    assert sendings(writer, 5 * HOUR) == [f"{alert}/dana", f"{alert}/eli"]
    state = standing(writer.case.alerts.open[alert], OPENED, writer.at + 3 * HOUR)
    assert (state.state, state.waiting_for, state.late) == ("escalated", ("ben", "dana"), True)
    assert standing(writer.case.alerts.open[alert], OPENED, writer.at + 9 * HOUR).state == "unanswered"
    assert writer.say("alert.acknowledged", by="eli", alert=alert, did="Seen").written
    assert sendings(writer, 90 * HOUR) == []
    kept = writer.case.alerts.find(alert)
    assert kept is not None
    assert kept.acknowledged is not None
    assert kept.acknowledged.by == "eli"
    assert kept.acknowledged.at.tzinfo is not None


def test_the_turn_ends_when_a_message_cannot_be_delivered() -> None:
    writer = Writer()
    alert = harmed(writer)
    writer.say("alert.sent", sending=f"{alert}/ben")
    assert sendings(writer, 0 * HOUR) == []
    writer.say("alert.not-delivered", sending=f"{alert}/ben")
    assert sendings(writer, 0 * HOUR) == [f"{alert}/dana"]
    assert standing(writer.case.alerts.open[alert], OPENED, writer.at).state == "escalated"


def test_a_message_that_failed_is_sent_anew_and_nobody_reached_is_said() -> None:
    writer = Writer()
    alert = harmed(writer)
    for who in ("ben", "dana", "eli"):
        writer.say("alert.sent", sending=f"{alert}/{who}")
        writer.say("alert.not-delivered", sending=f"{alert}/{who}")
    (stands,) = standings(writer.case, writer.at)
    assert (stands.state, stands.waiting_for, stands.late) == ("nobody reached", (), True)
    assert [each.to for each in stands.to_send] == ["ben", "dana", "eli"]
    assert writer.say("alert.sent", sending=f"{alert}/dana").written
    assert not writer.say("alert.sent", sending=f"{alert}/dana").written
    (stands,) = standings(writer.case, writer.at)
    assert stands.waiting_for == ("dana",)
    assert [each.to for each in stands.to_send if each.to == "dana"] == []
    assert replay(None, OPENED, writer.case.log) == writer.case


def test_whoever_is_asked_late_has_a_time_to_answer_that_has_not_passed() -> None:
    writer = Writer()
    alert = harmed(writer)
    for who in ("ben", "dana", "eli"):
        writer.say("alert.sent", sending=f"{alert}/{who}")
        writer.say("alert.not-delivered", sending=f"{alert}/{who}")
    for later, expected in ((1 * HOUR, None), (30 * HOUR, 32 * HOUR)):
        now = writer.at + later
        (stands,) = standings(writer.case, now)
        promised = {each.to: each.answer_by for each in stands.to_send}
        assert all(now < each <= now + 2 * HOUR for each in promised.values())
        assert expected is None or promised["dana"] == writer.at + expected
        again = writer.at
        writer.at = now
        assert writer.say("alert.sent", sending=f"{alert}/dana", after=0 * HOUR).written
        (stands,) = standings(writer.case, now)
        assert (stands.waiting_for, stands.answer_by) == (("dana",), promised["dana"]), "as it was promised"
        writer.say("alert.not-delivered", sending=f"{alert}/dana", after=0 * HOUR)
        writer.at = again


def test_a_chain_that_nobody_worked_off_is_told_at_once_with_time_to_answer() -> None:
    writer = Writer()
    harmed(writer)
    for later in (0 * HOUR, 3 * HOUR, 30 * HOUR):
        now = writer.at + later
        messages = to_send(writer.case, now)
        assert all(each.answer_by > now for each in messages)
        assert [each.to for each in messages] == ["ben", "dana", "eli"][: int(later / (2 * HOUR)) + 1]


def test_a_message_that_failed_is_due_again_when_the_next_does_not_answer() -> None:
    writer = Writer()
    alert = harmed(writer)
    writer.say("alert.not-delivered", sending=f"{alert}/ben")
    for who in ("dana", "eli"):
        writer.say("alert.sent", sending=f"{alert}/{who}")
    assert sendings(writer, 0 * HOUR) == []
    assert sendings(writer, 5 * HOUR) == [f"{alert}/ben"]


def test_a_sender_whose_clock_is_behind_still_sends_the_first() -> None:
    writer = Writer()
    alert = harmed(writer)
    assert [each.sending for each in to_send(writer.case, writer.at - 24 * HOUR)] == [f"{alert}/ben"]


def test_no_correction_takes_an_alert_back() -> None:
    writer = Writer()
    alert = harmed(writer)
    event = alert.partition("/")[2]
    writer.say("event.happened", corrects=event, what="admission")
    assert writer.case.alerts.open[alert].corrected == (writer.case.log[-1].id,)
    writer.say("entry.withdrawn", corrects=event)
    assert set(writer.case.alerts.open) == {alert}
    assert [each.said.what for each in writer.case.events.happened] == []


def test_a_correction_raises_what_it_tells_once() -> None:
    writer = Writer()
    told = writer.say("event.happened", what="remission").entry.id
    assert not writer.case.alerts.open
    writer.say("event.happened", corrects=told, what="self-harm")
    writer.say("event.happened", corrects=told, what="suicide-attempt")
    assert set(writer.case.alerts.open) == {f"severe/{told}"}


def test_what_no_rule_is_for_waits_for_nobody_until_a_rule_or_an_answer() -> None:
    writer = Writer()
    told = writer.say("event.happened", what="admission").entry.id
    (each,) = standings(writer.case, writer.at)
    assert (each.alert.id, each.alert.about, each.state) == (f"untold/{told}", "admission", "no responder")
    rule = AlertRule("late", "event", ("eli",), HOUR, what=("admission",), names=("eli",))
    named = replace(writer.case, rules=(*writer.case.rules, rule))
    assert [(each.to, each.about) for each in to_send(named, writer.at)] == [("eli", "admission")]
    assert not writer.say("alert.acknowledged", by="pat", alert=f"untold/{told}").written
    assert writer.say("alert.acknowledged", by="eli", alert=f"untold/{told}", did="Rang her").written
    assert standings(writer.case, writer.at) == ()


def test_naming_somebody_else_reaches_an_alert_that_waits_already() -> None:
    writer = Writer()
    alert = harmed(writer)
    assert writer.say("alert.sent", sending=f"{alert}/ben").written
    rules = tuple(replace(rule, names=("cleo",)) if rule.id == "severe" else rule for rule in writer.case.rules)
    cleo = Person("cleo", ("supervisor",))
    now = replace(writer.case, rules=rules, opened=replace(OPENED, people={**OPENED.people, "cleo": cleo}))
    assert [each.to for each in to_send(now, writer.at + 2 * HOUR)] == ["cleo"], "after ben, who was told"
    gone = replace(now, opened=replace(OPENED, people={"cleo": cleo}))
    assert [each.to for each in to_send(gone, writer.at + 2 * HOUR)] == ["cleo"]
    nobody = replace(writer.case, rules=tuple(replace(rule, names=("gone",)) for rule in writer.case.rules))
    assert [each.to for each in to_send(nobody, writer.at + 2 * HOUR)] == ["dana"], (
        "whoever it was meant for still answers"
    )


def test_a_message_that_was_recorded_as_sent_by_mistake_is_to_be_sent() -> None:
    writer = Writer()
    alert = harmed(writer)
    first = writer.say("alert.sent", sending=f"{alert}/ben").entry.id
    assert writer.say("entry.withdrawn", corrects=first, why="Was not sent").written
    assert sendings(writer, 0 * HOUR) == [f"{alert}/ben"]
    wrong = writer.say("alert.sent", sending=f"{alert}/ben").entry.id
    assert writer.say("alert.sent", corrects=wrong, sending=f"{alert}/dana").written
    assert sendings(writer, 0 * HOUR) == [f"{alert}/ben"], "dana was told, ben was not"
    assert sendings(writer, 3 * HOUR) == [f"{alert}/ben"]
    told = writer.say("alert.sent", sending=f"{alert}/ben").entry.id
    failed = writer.say("alert.not-delivered", sending=f"{alert}/ben").entry.id
    assert writer.say("entry.withdrawn", corrects=failed).written
    assert sendings(writer, 3 * HOUR) == []
    assert writer.say("entry.withdrawn", corrects=told).written
    assert sendings(writer, 0 * HOUR) == [f"{alert}/ben"]


def test_one_score_raises_an_alert_once_however_often_it_is_judged() -> None:
    writer = Writer()
    judged = {"scale": "bdi2", "status": "off track", "alarms": ["expected course"]}
    first = writer.say("measure.scored", scale="bdi2", when="2026-03-01T10:00:00+00:00", score=30).entry.id
    one = writer.say("feedback.computed", latest="2026-03-01T10:00:00+00:00", **judged)
    again = writer.say("feedback.computed", latest="2026-03-01T11:00:00+01:00", **judged)
    assert [each.code for each in again.problems] == ["judged-before"]
    assert set(writer.case.alerts.open) == {f"track/{one.entry.id}"}
    assert writer.say(
        "measure.scored", corrects=first, scale="bdi2", when="2026-03-01T10:00:00+00:00", score=50
    ).written
    writer.say("feedback.computed", latest="2026-03-01T10:00:00+00:00", **judged)
    assert len(writer.case.alerts.open) == 2, "a corrected score is another one"
    writer.say("measure.scored", scale="bdi2", when="2026-02-01T10:00:00+00:00", score=9)
    writer.say("feedback.computed", latest="2026-03-01T10:00:00+00:00", **judged)
    assert len(writer.case.alerts.open) == 3, "and so is one that another comes before"
    writer.say("measure.scored", scale="bdi2", when="2026-03-08T10:00:00+00:00", score=40)
    writer.say("feedback.computed", latest="2026-03-01T10:00:00+00:00", **judged)
    assert len(writer.case.alerts.open) == 3
    writer.say("feedback.computed", latest="2026-03-08T10:00:00+00:00", **judged)
    assert len(writer.case.alerts.open) == 4


def test_a_corrected_judgement_that_says_something_else_is_told_anew_once_the_first_was_answered() -> None:
    writer = Writer()
    judged = {"scale": "bdi2", "status": "off track", "latest": "2026-03-01T10:00:00+00:00"}
    one = writer.say("feedback.computed", alarms=["expected course"], **judged).entry.id
    assert writer.say("alert.acknowledged", by="dana", alert=f"track/{one}", did="Seen").written
    writer.say("feedback.computed", corrects=one, alarms=["expected course"], **judged)
    assert not writer.case.alerts.open
    writer.say("feedback.computed", corrects=one, alarms=["reliable worsening"], **judged)
    assert [each.about for each in writer.case.alerts.open.values()] == ["bdi2 off track: reliable worsening"]


def test_an_acknowledgement_that_is_withdrawn_opens_the_alert_again_and_sends_nothing_twice() -> None:
    writer = Writer()
    alert = harmed(writer)
    writer.say("alert.sent", sending=f"{alert}/ben")
    said = writer.say("alert.acknowledged", alert=alert).entry.id
    assert alert not in writer.case.alerts.open
    writer.say("entry.withdrawn", corrects=said)
    assert alert in writer.case.alerts.open
    assert sendings(writer, 0 * HOUR) == []


@pytest.mark.parametrize("by", ["pat", "nobody"])
def test_only_staff_take_an_alert_off_the_list(by: str) -> None:
    writer = Writer()
    alert = harmed(writer)
    assert not writer.say("alert.acknowledged", by=by, alert=alert).written
    writer.force("alert.acknowledged", by=by, alert=alert)
    assert alert in writer.case.alerts.open
    assert [each.code for each in writer.case.problems if each.code == "not-staff"] == ["not-staff"]
    rule = ("alert.not-staff",)
    assert not writer.say("alert.acknowledged", by=by, alert=alert, overrules=rule, why="I am fine").written
    writer.force("alert.acknowledged", by=by, alert=alert, overrules=rule, why="I am fine")
    assert alert in writer.case.alerts.open


def test_an_item_is_judged_by_its_threshold_and_silence_counts() -> None:
    writer = Writer()
    when = writer.at.isoformat()
    for items, raised in (({"i9": 1}, 0), ({"i9": 2}, 1), ({"i9": None}, 2), ({"i8": 3}, 2)):
        writer.say("measure.scored", scale="bdi2", when=when, score=10, items=items)
        assert len(writer.case.alerts.open) == raised
    about = [each.about for each in writer.case.alerts.open.values()]
    assert about == ["item i9 at 2", "item i9 left unanswered"]
    quiet = replace(
        OPENED, alerts=(AlertRule("low", "item", ("ben",), HOUR, ("mood",), 3, below=True, unanswered=False),)
    )
    writer = Writer(opened=quiet)
    for value, raised in ((4, 0), (None, 0), (3, 1)):
        writer.say("measure.scored", scale="x", when=when, items={"mood": value})
        assert len(writer.case.alerts.open) == raised


def test_an_item_is_known_however_its_id_is_written() -> None:
    rule = AlertRule("risk", "item", ("ben",), HOUR, ("bdi-9",), 1)
    for name in ("BDI-9", "bdi_9", "Bdi 9"):
        writer = Writer(opened=replace(OPENED, alerts=(rule,)))
        writer.say("measure.scored", scale="bdi2", when=writer.at.isoformat(), items={name: 3})
        assert len(writer.case.alerts.open) == 1, name


def test_a_total_without_the_items_of_a_rule_is_told() -> None:
    rule = AlertRule("risk", "item", ("ben",), HOUR, ("bdi-9", "x7"), 1)
    writer = Writer(opened=replace(OPENED, alerts=(rule,)))

    def codes(scale: str, **items: int) -> list[str]:
        made = writer.say("measure.scored", scale=scale, when=writer.at.isoformat(), score=30, items=items)
        assert made.written
        return [each.code for each in made.problems]

    assert codes("bdi2") == ["risk-item-missing"]
    assert codes("bdi2", **{"bdi-3": 1, "bdi-9": 0}) == []
    assert codes("bdi2", bdi9=3) == ["risk-item-missing", "unknown-item"]
    assert codes("own") == []
    assert codes("own", x7=0) == []
    assert codes("own") == ["risk-item-missing"]


def test_missed_sessions_count_in_a_row_and_again_after_an_alert() -> None:
    writer = Writer()

    def session(n: int, *, missed: bool = True, format_: str = "individual") -> str:
        if missed:
            return writer.say("session.missed", session=f"m{n}", format=format_, planned=writer.at.isoformat()).entry.id
        return writer.say(
            "session.held", session=f"m{n}", format=format_, started=writer.at.isoformat(), length="50 min"
        ).entry.id

    session(1)
    session(2, format_="group")
    assert not writer.case.alerts.open
    held = session(3, missed=False)
    session(4)
    assert not writer.case.alerts.open
    writer.say("entry.withdrawn", corrects=held, why="It was another patient")
    assert set(writer.case.alerts.open) == {f"missed/individual/{held}"}
    session(5)
    assert len(writer.case.alerts.open) == 1
    session(6)
    assert len(writer.case.alerts.open) == 2


def attended(writer: Writer, name: str, day: int, *, missed: bool = True, format_: str = "individual") -> None:
    at = f"2026-07-{day:02}T10:00:00+01:00"
    if missed:
        verdict = writer.say("session.missed", session=name, format=format_, planned=at)
    else:
        verdict = writer.say("session.held", session=name, format=format_, started=at, length="50 min")
    assert verdict.written


def test_missed_in_a_row_goes_by_the_time_of_the_sessions() -> None:
    writer = Writer(at=dt.datetime(2026, 8, 1, 10, tzinfo=LONDON))
    attended(writer, "m1", 8)
    attended(writer, "h1", 1, missed=False)
    attended(writer, "m2", 15)
    assert [each.about for each in writer.case.alerts.open.values()] == ["2 missed in a row: individual"]
    writer = Writer(at=dt.datetime(2026, 8, 1, 10, tzinfo=LONDON))
    attended(writer, "m3", 15)
    attended(writer, "h2", 8, missed=False)
    attended(writer, "m1", 1)
    assert not writer.case.alerts.open
    # Recorded late, it closes the run from before.
    attended(writer, "m2", 2)
    assert len(writer.case.alerts.open) == 1
    # An alert that was raised stays when a session held between is recorded later.
    attended(writer, "h3", 1, missed=False)
    assert len(writer.case.alerts.open) == 1


def test_formats_count_together_however_they_are_written_and_unknown_ones_are_told() -> None:
    writer = Writer(programme.shipped("mbt"), at=dt.datetime(2026, 8, 1, 10, tzinfo=LONDON))
    attended(writer, "m1", 1, format_="individual")
    attended(writer, "m2", 8, format_="Individual")
    assert any(each.rule == "missed" for each in writer.case.alerts.all())
    planned = "2026-07-09T10:00:00+01:00"
    told = writer.say("session.missed", session="x", format="individual-session", planned=planned)
    assert told.written
    assert "Did you mean 'individual'?" in next(each.do for each in told.problems if each.code == "unknown-format")
    attended(writer, "p1", 1, format_="psycho-education-group")
    attended(writer, "p2", 8, format_="psycho-education-group")
    assert any("psycho-education-group" in each.about for each in writer.case.alerts.all())


def test_a_deadline_in_opening_hours() -> None:
    writer = Writer(at=dt.datetime(2026, 3, 27, 16, tzinfo=LONDON))
    writer.say("measure.scored", scale="bdi2", when=writer.at.isoformat(), items={"i9": 3})
    (only,) = standings(writer.case, writer.at)
    assert only.answer_by is not None
    assert only.answer_by.astimezone(LONDON).isoformat() == "2026-03-30T12:01:00+01:00"


def test_a_person_who_leaves_the_case_leaves_nobody_untold() -> None:
    writer = Writer()
    alert = harmed(writer)
    writer.say("alert.sent", sending=f"{alert}/ben")
    again = replay(None, without(OPENED, "ben"), writer.case.log)
    assert [each.to for each in to_send(again, writer.at)] == ["dana"]
    nobody = replace(OPENED, alerts=(replace(OPENED.alerts[0], to=("night-nurse",)),))
    (left,) = standings(replay(None, nobody, writer.case.log), writer.at)
    assert (left.state, left.late) == ("no responder", True)


def test_people_come_and_go_and_alerts_follow() -> None:
    last = START.date() + dt.timedelta(days=1)
    people = {
        **OPENED.people,
        "ben": replace(OPENED.people["ben"], until=last),
        "cleo": Person("cleo", ("individual-therapist",), since=last + dt.timedelta(days=1)),
    }
    rules = (AlertRule("severe", "event", ("individual-therapist", "dana"), dt.timedelta(days=5), ("self-harm",)),)
    writer = Writer(opened=replace(OPENED, people=people, alerts=rules))
    alert = harmed(writer)
    assert sendings(writer, 0 * HOUR) == [f"{alert}/ben"]
    writer.say("alert.sent", sending=f"{alert}/ben")
    # His turn ends with his last day, long before five days are over; who came after him is at the end of the chain.
    assert sendings(writer, 48 * HOUR) == [f"{alert}/dana"]
    assert sendings(writer, 8 * 24 * HOUR) == [f"{alert}/dana", f"{alert}/cleo"]
    writer.at += 3 * 24 * HOUR
    assert not writer.say("alert.acknowledged", by="ben", alert=alert).written
    assert harmed(writer) in {each.alert for each in to_send(writer.case, writer.at) if each.to == "cleo"}


def test_who_answered_before_leaving_has_answered() -> None:
    people = {**OPENED.people, "ben": replace(OPENED.people["ben"], until=START.date())}
    writer = Writer()
    alert = harmed(writer)
    writer.say("alert.acknowledged", by="ben", alert=alert)
    assert not replay(None, replace(OPENED, people=people), writer.case.log).alerts.open


def test_an_alert_says_nothing_of_the_free_text_of_an_entry() -> None:
    writer = Writer()
    writer.say("event.happened", what="self-harm", note="in the kitchen, after the call")
    assert all("kitchen" not in each.about for each in writer.case.alerts.all())


def test_off_track_raises_for_whom_it_is_set() -> None:
    writer = Writer()
    when = writer.at.isoformat()
    writer.say("feedback.computed", scale="bdi2", status="on track", latest=when)
    assert not writer.case.alerts.open
    writer.say(
        "feedback.computed", scale="bdi2", status="off track", latest=when, alarms=["expected recovery, 80 % band"]
    )
    (alert,) = writer.case.alerts.open.values()
    assert alert.to == ("dana",)
    assert "off track" in alert.about


def test_a_correction_that_says_something_else_after_the_answer_is_told_anew() -> None:
    writer = Writer()
    event = writer.say("event.happened", what="self-harm").entry.id
    writer.say("alert.acknowledged", by="eli", alert=f"severe/{event}", did="Seen")
    same = writer.say("event.happened", corrects=event, what="self-harm").entry.id
    assert not writer.case.alerts.open
    worse = writer.say("event.happened", corrects=event, what="suicide-attempt").entry.id
    (alert,) = writer.case.alerts.open.values()
    assert (alert.id, alert.about) == (f"severe/{event}/corrected-{worse}", "suicide-attempt")
    assert same != worse
    assert sendings(writer, 0 * HOUR) == [f"{alert.id}/ben"]


def test_an_acknowledgement_that_named_the_wrong_alert_silences_it_no_longer() -> None:
    writer = Writer()
    first, second = harmed(writer), harmed(writer)
    slip = writer.say("alert.acknowledged", by="eli", alert=first, did="Called").entry.id
    assert list(writer.case.alerts.open) == [second]
    writer.say("alert.acknowledged", by="eli", corrects=slip, alert=second, did="Called")
    assert list(writer.case.alerts.open) == [first]
    writer.say("alert.acknowledged", by="eli", corrects=slip, alert=first, did="Called")
    assert list(writer.case.alerts.open) == [second]
    writer.say("entry.withdrawn", by="eli", corrects=slip, why="Nobody was called")
    assert sorted(writer.case.alerts.open) == sorted((first, second))


def test_a_worse_correction_reaches_whoever_was_told_the_milder_words() -> None:
    writer = Writer()
    alert = harmed(writer)
    event = alert.rpartition("/")[2]
    unsent = writer.say("event.happened", corrects=event, what="overdose")
    assert unsent.written
    assert [each.about for each in writer.case.alerts.open.values()] == ["overdose"], (
        "nobody was told the words of before"
    )
    writer.say("alert.sent", sending=f"{alert}/ben")
    worse = writer.say("event.happened", corrects=event, what="suicide-attempt").entry.id
    anew = f"{alert}/corrected-{worse}"
    assert sendings(writer, 0 * HOUR) == [f"{anew}/ben"]
    writer.say("event.happened", corrects=event, what="suicide-attempt")
    assert len(writer.case.alerts.open) == 2, "the same words are told once"
    writer.say("alert.acknowledged", by="eli", alert=alert, did="Scratches")
    assert [each.about for each in writer.case.alerts.open.values()] == ["suicide-attempt"]
    assert replay(None, OPENED, writer.case.log) == writer.case


def test_nobody_answers_an_alert_before_it_was_raised() -> None:
    writer = Writer()
    alert = harmed(writer)
    raised = writer.at
    for at, written in ((raised - 24 * HOUR, False), (raised - HOUR / 12, True)):
        draft = Draft("alert.acknowledged", "ben", at, {"alert": alert, "did": "Called"}, clock=raised)
        verdict = proposed(writer.case, entry_of(draft, writer.tip))
        assert verdict.written is written
        assert written or [each.code for each in verdict.problems] == ["before-raised"]


def test_a_message_to_the_patient_is_none_of_the_alert() -> None:
    writer = Writer()
    alert = harmed(writer)
    assert not writer.say("alert.sent", sending=f"{alert}/pat").written
    (stands,) = standings(writer.case, writer.at)
    assert stands.state == "raised"


def test_the_turn_of_somebody_taken_out_of_the_case_is_over_at_once() -> None:
    writer = Writer()
    alert = harmed(writer)
    writer.say("alert.sent", sending=f"{alert}/ben")
    gone = replace(writer.case, opened=without(writer.case.opened, "ben"))
    assert [each.to for each in to_send(gone, writer.at)] == ["dana"]


def test_a_course_off_track_that_no_rule_is_for_waits_for_somebody() -> None:
    writer = Writer()
    writer.case = replace(writer.case, rules=tuple(rule for rule in writer.case.rules if rule.on != "off-track"))
    when = writer.at.isoformat()
    judged = {"scale": "bdi2", "status": "off track", "latest": when, "alarms": ["expected recovery, 80 % band"]}
    writer.say("feedback.computed", **{**judged, "alarms": []})
    assert not writer.case.alerts.open
    said = writer.say("feedback.computed", **judged)
    (alert,) = writer.case.alerts.open.values()
    assert (alert.id, alert.to) == (f"untold/{said.entry.id}", ())
    named = AlertRule("course", "off-track", ("dana",), HOUR, what=("bdi2",), names=("dana",))
    (stands,) = standings(replace(writer.case, rules=(*writer.case.rules, named)), writer.at)
    assert [each.to for each in stands.to_send] == ["dana"]
