"""One list of kinds of events; what looks severe is told to somebody, or it is said that it was not."""

from __future__ import annotations

import datetime as dt

import pytest
from case_rooms import OPENED, Writer

from forwhom import programme
from forwhom.analysis.programme.exported_rows import EVENTS
from forwhom.programme.assessment import catalogue
from forwhom.programme.case.event_kinds import KINDS, SEVERE, looks_severe, raises
from forwhom.programme.case.opened import Opened


@pytest.fixture
def mbt() -> Writer:
    shipped = programme.shipped("mbt")
    return Writer(shipped, Opened("mbt", OPENED.start, OPENED.zone, OPENED.people, emergency=("999",)))


@pytest.mark.parametrize(
    "what",
    [
        *SEVERE,
        *(
            "suicide attempt",
            "suicide-atempt",
            "Self-harm",
            "selfharm",
            "Overdose",
            "taken to hospital",
            "tried to kill",
        ),
    ],
)
def test_what_is_severe_or_looks_it_raises_an_alert(mbt: Writer, what: str) -> None:
    assert mbt.say("event.happened", what=what).written
    assert len(mbt.case.alerts.open) == 1


def test_an_unknown_kind_is_told_with_what_may_be_meant(mbt: Writer) -> None:
    told = mbt.say("event.happened", what="suicide-atempt")
    assert told.written
    assert [each.code for each in told.problems] == ["unknown-event"]
    assert "suicide-attempt" in told.problems[0].do
    assert mbt.say("event.happened", what="Missed bus", severity="mild").written
    assert len(mbt.case.alerts.open) == 1
    for unsure in ("Missed bus", "Selbstverletzung", "fell from the roof"):
        told = mbt.say("event.happened", what=unsure)
        assert "severity=mild" in told.problems[0].do
        assert mbt.case.alerts.open[f"severe-event/{told.entry.id}"].about == unsure
    known = mbt.say("event.happened", what="overdose", severity="mild")
    assert f"severe-event/{known.entry.id}" in mbt.case.alerts.open, "a kind of the list is as grave as the list says"
    assert mbt.say("event.happened", what="remission").problems == ()
    for kind in ("other", "relapse"):
        said = mbt.say("event.happened", what=kind, severity="severe")
        assert f"severe-event/{said.entry.id}" in mbt.case.alerts.open, (
            "whoever records it knows best that it is severe"
        )
        quiet = mbt.say("event.happened", what=kind, severity="minor")
        assert f"severe-event/{quiet.entry.id}" not in mbt.case.alerts.open
    for empty in ("", "  "):
        assert not mbt.say("event.happened", what=empty).written


def test_a_note_that_reads_as_severe_is_told(mbt: Writer) -> None:
    assert [each.code for each in mbt.say("event.happened", what="other", note="jumped off a wall").problems] == [
        "note-looks-severe"
    ]
    for quiet in ({"note": "a new flat"}, {"note": "jumped for joy", "severity": "mild"}):
        assert mbt.say("event.happened", what="other", **quiet).problems == ()


def test_a_crisis_emergency_and_a_severe_act_raise_an_alert(mbt: Writer) -> None:
    mbt.say("crisis.began", by="pat")
    mbt.say("crisis.emergency-contacted", by="pat")
    mbt.say("assessment.episode", trigger="…", context="group", act="suicide-attempt")
    mbt.say("assessment.episode", trigger="…", context="group", act="leaving")
    long_ago = (mbt.at.date() - dt.timedelta(days=8)).isoformat()
    mbt.say("assessment.episode", trigger="…", context="group", act="overdose", on=long_ago)
    mbt.say("crisis.over", by="pat")
    assert [each.about for each in mbt.case.alerts.all()] == ["crisis-began", "emergency-contacted", "suicide-attempt"]


def test_what_looks_severe_and_tells_nobody_is_said() -> None:
    writer = Writer()
    for kind, more in (("event.happened", {"what": "overdose"}), ("crisis.emergency-contacted", {})):
        verdict = writer.say(kind, **more)
        assert verdict.written
        assert [each.code for each in verdict.problems] == ["nobody-told"]
    assert writer.say("event.happened", what="self-harm").problems == ()


def test_one_list_for_alerts_acts_and_export() -> None:
    looked = catalogue("mbt")
    assert looked is not None
    assert {each.id for each in looked.acts} <= {*KINDS, "none"}
    assert set(EVENTS) == set(KINDS) - {"other"}
    shipped = programme.shipped("mbt")
    (rule,) = (each for each in Writer(shipped).case.rules if each.id == "severe-event")
    assert all(raises(rule, each) for each in KINDS if looks_severe(each))
