"""A gate of one's own: rules replaced, added and left out."""

from __future__ import annotations

from typing import Any

import pytest

from forwhom.problems import ProblemsFound
from forwhom.programme.session import Transcript, Turn, check, gate_rules
from forwhom.programme.session.hand import read_coding
from forwhom.programme.session.own_gate import differences, own_gate

SILENCE = (
    '[[rules]]\nid = "{}"\ncheck = "long-silence"\ngrade = "deviation"\ntitle = "Silent"\nsays = "x"\nsource = "ours"\n'
    "seconds = {}\n"
)
CLOSED = [
    {"turn": 1, "who": "P", "mentalizing": "lost", "arousal": "high"},
    {"turn": 2, "who": "T", "level": 4},
]


def _moments(texts: dict[str, str], turns: list[dict[str, Any]], silence: float = 0.0) -> list[tuple[str, str]]:
    coding = read_coding({"name": "s", "coder": "anna"}, turns, "s.toml")
    times = (Turn(1, "P", "patient", "so", 0.0, 1.0), Turn(2, "T", "therapist", "yes", 1.0 + silence, 5.0 + silence))
    return [(m.rule, m.grade) for m in check(coding, Transcript("s", times), own_gate(texts)).moments]


def test_a_rule_with_a_known_id_takes_its_place() -> None:
    rules = own_gate({"a.toml": SILENCE.format("MBT-SILENCE-1", 20)})
    assert [rule.id for rule in rules] == [rule.id for rule in gate_rules()]
    assert ("MBT-SILENCE-1", "deviation") in _moments({"a.toml": SILENCE.format("MBT-SILENCE-1", 20)}, CLOSED, 30)
    assert not [m for m in _moments({}, CLOSED, 30) if m[0] == "MBT-SILENCE-1"]
    assert differences(rules) == (("MBT-SILENCE-1",), (), ())


def test_rules_are_added_and_left_out_and_later_files_change_earlier_ones() -> None:
    files = {
        "a.toml": 'without = ["MBT-GATE-1"]\n' + SILENCE.format("OURS-1", 5),
        "b.toml": SILENCE.format("OURS-1", 90),
    }
    rules = own_gate(files)
    assert differences(rules) == ((), ("OURS-1",), ("MBT-GATE-1",))
    assert rules[-1].seconds == 90
    assert ("OURS-1", "deviation") in _moments({"a.toml": files["a.toml"]}, CLOSED, 30)
    assert not [m for m in _moments(files, CLOSED, 30) if m[0] in ("OURS-1", "MBT-GATE-1")]


def test_the_shipped_gate_is_untouched() -> None:
    assert own_gate({}) == gate_rules()
    assert differences(gate_rules()) == ((), (), ())


def test_moments_are_found_by_what_is_checked_whatever_the_id() -> None:
    text = 'without = ["MBT-GATE-1"]\n' + SILENCE.format("OURS-1", 5).replace("long-silence", "safe-levels")
    checked = check(read_coding({"name": "s", "coder": "a"}, CLOSED, "s"), None, own_gate({"a.toml": text}))
    assert [moment.rule for moment in checked.of("safe-levels")] == ["OURS-1"]


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        ({"a.toml": 'without = ["MBT-GATE-9"]'}, ["unknown-rule"]),
        ({"a.toml": "without = 3"}, ["wrong-type"]),
        ({"a.toml": "[[rules"}, ["not-toml"]),
        ({"a.toml": 'rule = 1\nwithout = ["X"]', "b.toml": "["}, ["unknown-rule", "unknown-key", "not-toml"]),
        ({"a.toml": SILENCE.format("A", 1) + SILENCE.format("A", 2)}, ["duplicate-id"]),
        ({"a.toml": SILENCE.format("A", 1).replace("long-silence", "silence")}, ["wrong-value"]),
        ({"a.toml": SILENCE.format("A", -5) + "share = 60\n"}, ["wrong-value", "wrong-value"]),
        ({"a.toml": SILENCE.format("A", 1).replace("long-silence", "loss-unanswered")}, ["wrong-value"]),
    ],
)
def test_everything_that_is_wrong_is_said_at_once(texts: dict[str, str], codes: list[str]) -> None:
    with pytest.raises(ProblemsFound) as found:
        own_gate(texts)
    assert sorted(problem.code for problem in found.value.problems) == sorted(codes)
