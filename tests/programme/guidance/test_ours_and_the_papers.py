"""What the paper says, what it only cautions, and what is ours are three things."""

from __future__ import annotations

from itertools import product

import pytest

from forwhom import programme
from forwhom.programme.guidance import advise, parse, parse_all, shipped_words

MBT = programme.shipped("mbt")
GUIDES, _ = parse_all(((rule.id, rule.rule) for rule in MBT.guidance), MBT.words)
RULES = {rule.id: rule for rule in MBT.guidance}
GAPS = {gap.of for gap in MBT.gaps}


def says(**known: str) -> dict[str, list[str]]:
    facts = {name.replace("__", "-").replace("_", "."): value for name, value in known.items()}
    return {each.rule: [str(advice) for advice in each.guide.then] for each in advise(GUIDES, facts, MBT.words).fired}


@pytest.mark.parametrize(
    ("arousal", "mentalizing"), list(product(("low", "workable", "high"), ("lost", "some", "steady")))
)
def test_gate_and_guidance_speak_with_one_voice(arousal: str, mentalizing: str) -> None:
    said = says(patient_arousal=arousal, mentalizing=mentalizing)
    shut = arousal == "high" and mentalizing == "lost"
    assert ("safe-levels" in said) is shut
    assert ("higher-levels" in said) is (mentalizing != "lost")


def test_what_is_only_cautioned_is_no_ban() -> None:
    said = says(patient_transference="yes")
    assert said["past"] == ["be-careful-with technique link-to-past"]
    assert said["transference"][1] == "be-careful-with technique aim-at-insight"
    assert "past" not in says(patient_transference="no")
    banned = [advice for guide in GUIDES.values() for advice in guide.then if advice.verb == "avoid"]
    assert not {"link-to-past", "aim-at-insight"} & {advice.value for advice in banned}


def test_a_caution_stands_against_nothing() -> None:
    words = shipped_words()
    rules, problems = parse_all(
        [
            ("a", "always be-careful-with technique link-to-past"),
            ("b", "always consider technique link-to-past"),
            ("c", "always avoid technique link-to-past"),
        ],
        words,
    )
    assert not problems
    assert [each.rules for each in advise(rules, {}, words).conflicts] == [("b", "c")]
    rule, _ = parse(str(rules["a"]), words)
    assert rule == rules["a"]


def test_a_sudden_other_subject_is_met_with_the_affect_and_closing_down_with_going_back() -> None:
    changed = says(patient_changes__subject="yes", mentalizing="some", patient_arousal="high")
    assert "consider technique affect-focus" in changed["stuck"]
    assert "rewind" not in says(patient_changes__subject="yes", mentalizing="lost")
    assert "stuck" not in says(patient_changes__subject="yes", mentalizing="lost", patient_arousal="high")
    assert "consider technique rewind" in says(patient_certain="yes", mentalizing="lost")["rewind"]


def test_the_setting_leaves_admission_in_danger_alone() -> None:
    for name in ("setting", "setting-cohort"):
        assert "Admission in acute danger is another matter" in RULES[name].why
        assert RULES[name].grade == "reasoned"
    assert "is ours" in RULES["setting-cohort"].why


def test_contact_asks_whether_other_means_were_tried_not_whether_they_helped() -> None:
    assert "did not help" not in RULES["contact"].why


def test_what_is_ours_is_named_and_stands_among_the_gaps() -> None:
    ours = {f"{path}.{key}" for path, fact in MBT.facts() for key in fact.assumed}
    assert ours <= GAPS
    assert {
        "guidance.setting-cohort.rule",
        "guidance.stuck.rule",
        "alerts.severe-event.on",
        "alerts.missed-component.on",
        "duties.group-to-individual.to",
        "duties.individual-to-group.by",
    } <= ours
