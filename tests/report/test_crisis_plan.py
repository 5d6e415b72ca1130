"""The printed crisis plan: emergency first, nothing unescaped, nothing loaded."""

from __future__ import annotations

import re

import pytest
from case_rooms import PLAN, Writer

from forwhom.analysis.programme.crisis import crisis_record
from forwhom.findings.record import from_json, to_json
from forwhom.report.crisis_plan import render_plan


def page(writer: Writer) -> str:
    return render_plan(crisis_record(writer.case, writer.at))


def test_emergency_comes_first_and_texts_are_escaped() -> None:
    writer = Writer()
    writer.say("crisis.plan-written", **{**PLAN, "signs": ["<script>alert(1)</script>"]})
    text = page(writer)
    body = text[text.index("<body>") :]
    assert body.index("999") < body.index("My crisis plan") < body.index("A walk")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert not re.search(r'(src|href)="', text)
    assert "Not signed yet by the patient and a therapist" in text


def test_the_record_gives_the_same_page_again() -> None:
    writer = Writer()
    writer.say("crisis.plan-written", **PLAN)
    record = crisis_record(writer.case, writer.at)
    assert render_plan(from_json(to_json(record))) == render_plan(record)


def test_a_case_without_a_plan_has_no_page() -> None:
    with pytest.raises(ValueError, match="no crisis plan"):
        page(Writer())
