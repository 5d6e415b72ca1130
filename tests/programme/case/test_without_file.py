"""Judged without case.toml: nothing is kept out that would be let in with it, and the alerts are those of the log."""

from __future__ import annotations

from typing import Any

import pytest
from case_rooms import OPENED, PLAN, START, Writer
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom import programme
from forwhom.programme.case.noted import CHANGED, noted
from forwhom.programme.case.recording import Draft, Verdict, at_once, entry_of, proposed_without_file
from forwhom.programme.case.rules import alert_rules

MBT = programme.shipped("mbt")
SAID: tuple[tuple[str, dict[str, Any]], ...] = (
    ("event.happened", {"what": "self-harm"}),
    ("event.happened", {"what": "employment"}),
    ("event.happened", {"what": " "}),
    ("measure.scored", {"scale": "x", "when": START.isoformat(), "items": {"i9": 3}}),
    ("measure.scored", {"scale": "x", "when": "then"}),
    ("crisis.plan-written", PLAN),
    ("crisis.plan-signed", {"person": "pat"}),
    ("crisis.began", {}),
    ("crisis.step-taken", {"step": "own/walk"}),
    ("crisis.step-taken", {"step": "professional/ben"}),
    ("crisis.emergency-contacted", {}),
    ("crisis.over", {}),
)


def without_file(writer: Writer, kind: str, by: str, data: dict[str, Any], corrects: str | None) -> Verdict:
    entry = entry_of(Draft(kind, by, writer.at, data, corrects=corrects), writer.tip)
    return proposed_without_file(writer.programme, tuple(writer.case.log), entry)


@given(
    entered=st.booleans(),
    known=st.booleans(),
    steps=st.lists(
        st.tuples(st.sampled_from(SAID), st.sampled_from(["ben", "pat", "dana"]), st.integers(0, 12)), max_size=10
    ),
)
@settings(max_examples=80, deadline=None)
def test_what_is_let_in_with_the_file_is_let_in_without_it(
    entered: bool, known: bool, steps: list[tuple[tuple[str, dict[str, Any]], str, int]]
) -> None:
    writer = Writer(MBT if known else None)
    if entered:
        rules = alert_rules(writer.programme, OPENED)
        assert writer.say(CHANGED, **noted("0" * 64, OPENED, rules)).written
    for (kind, data), by, back in steps:
        corrects = f"e{back}" if 2 <= back <= len(writer.lines) else None
        assert at_once(kind)
        blind = without_file(writer, kind, by, data, corrects)
        whole = writer.say(kind, by, **data, **({"corrects": corrects} if corrects else {}))
        assert blind.written or not whole.written
        assert not (whole.written and [each for each in blind.problems if each.severity == "error"])
        if entered and whole.written:
            alerts = [[(each.id, each.to) for each in made.case.alerts.all()] for made in (blind, whole)]
            assert alerts[0] == alerts[1]


@pytest.mark.parametrize("by", ["nobody", "ben", ""])
def test_who_recorded_it_is_asked_for_and_not_looked_up(by: str) -> None:
    writer = Writer()
    verdict = without_file(writer, "event.happened", by, {"what": "self-harm"}, None)
    assert verdict.written == bool(by)
    assert [each.code for each in verdict.problems] == ["unknown-person"] * (not by)
