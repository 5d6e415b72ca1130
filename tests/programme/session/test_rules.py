"""Rules as data: every one has a source, and every mistake in a file is told."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from forwhom.problems import ProblemsFound
from forwhom.programme.session import code, rule_set, shipped
from forwhom.programme.session.gate import CHECKS, gate_rules, read_gate
from forwhom.programme.session.rules import SHIPPED
from forwhom.programme.session.steps import STEPS
from forwhom.programme.session.structure import KINDS
from forwhom.programme.session.turns import Transcript, Turn

SOURCE = re.compile(r"(ours|S2 lines? \d+( to \d+)?(, \d+( to \d+)?)*)$")


def test_every_code_rule_and_gate_has_a_source_in_the_paper_or_says_that_it_is_ours() -> None:
    rules = shipped()
    every = [*rules.codes.values(), *rules.rules, *rules.structures, *gate_rules()]
    assert [each.id for each in every if not SOURCE.match(each.source)] == []


def test_whose_the_words_are_is_told_apart_from_the_source_of_the_code() -> None:
    rules = {rule.id: rule for rule in shipped().rules}
    assert rules["T-EMP-HARD"].whose_words == "ours"
    assert rules["T-TELL-MUST"].whose_words == "some of S2 line 121"
    assert rules["T-MARK-I"].whose_words == "some of S2 line 123 and some of the printed session"
    assert [rule.id for rule in rules.values() if rule.wording != "ours" and not SOURCE.match(rule.wording)] == []


def test_every_code_can_be_given_and_every_kind_is_used() -> None:
    rules = shipped()
    given = {rule.code for rule in (*rules.rules, *rules.structures)}
    assert set(rules.codes) == given
    assert {rule.kind for rule in rules.structures} == set(KINDS)
    assert {rule.check for rule in gate_rules()} == set(CHECKS)
    assert {name for step in STEPS for name in step.codes} <= set(rules.codes)


def test_limits_that_are_ours_are_marked() -> None:
    for rule in gate_rules():
        assert bool(rule.turns or rule.share or rule.least or rule.seconds) == (rule.limit_source == "ours"), rule.id


CODES = '[[codes]]\nid = "x"\nlabel = "X"\nwho = "patient"\nkind = "sign"\nsays = "…"\nsource = "ours"\nlost = 0.9\n'


def test_rules_of_ones_own_are_read_and_used() -> None:
    words = '\n[words]\nbeast = ["wolf"]\n'
    rule = '[[rules]]\nid = "P-X"\ncode = "x"\nwho = "patient"\npatterns = ["<beast>"]\nweight = 0.9\nsource = "ours"'
    made = code(Transcript("s", (Turn(1, "P", "patient", "A wolf!"),)), rule_set({"own.toml": CODES + rule + words}))
    assert made.turns[0].codes == {"x"}
    assert made.turns[0].mentalizing == "lost"


def test_everything_wrong_in_a_file_is_told_at_once() -> None:
    wrong = (
        CODES
        + '[[rules]]\nid = "A"\ncode = "y"\nwho = "patient"\npatterns = ["a"]\nweight = 0.5\nsource = "ours"\n'
        + '[[rules]]\nid = "A"\ncode = "x"\nwho = "therapist"\npatterns = ["b"]\nweight = 0.5\nsource = "ours"\n'
    )
    with pytest.raises(ProblemsFound) as found:
        rule_set({"own.toml": wrong})
    assert sorted(problem.code for problem in found.value.problems) == ["duplicate-id", "unknown-code", "wrong-who"]
    with pytest.raises(ProblemsFound) as found:
        rule_set(
            {"own.toml": CODES + '[[rules]]\nid = "A"\ncode = "x"\nwho = "nobody"\npatterns = ["(a"]\nweight = 7\n'}
        )
    assert {problem.code for problem in found.value.problems} == {"wrong-value", "wrong-pattern", "missing-key"}
    with pytest.raises(ProblemsFound, match="not TOML"):
        rule_set({"own.toml": "[[rules"})
    with pytest.raises(ProblemsFound):
        read_gate("gate.toml", {"rules": [{"id": "A", "check": "nothing"}]})


def test_a_mode_is_one_of_the_three() -> None:
    with pytest.raises(ProblemsFound, match="teleologic") as found:
        rule_set({"own.toml": CODES + 'mode = "teleologic"\n'})
    assert "teleological" in str(found.value)


def test_leaving_rules_out_changes_the_digest() -> None:
    rules = shipped()
    less = rules.without(["P-JUST", "P-JUST-ENDS"])
    assert less.digest != rules.digest
    assert "just" not in code(Transcript("s", (Turn(1, "P", "patient", "I just know."),)), less).turns[0].codes


def test_nothing_hides_words_of_danger() -> None:
    own = '[[shields]]\nid = "S-X"\ncodes = ["risk-words"]\nkind = "before"\npatterns = ["banana"]\nnear = 5\nsource = "ours"\n'
    folder = files("forwhom.programme.session").joinpath("rules")
    texts = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in SHIPPED}
    with pytest.raises(ProblemsFound) as found:
        rule_set(texts | {"own.toml": own})
    assert [each.code for each in found.value.problems] == ["danger-shielded"]
