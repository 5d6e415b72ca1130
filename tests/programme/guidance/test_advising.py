"""What rules say: unknown is not false, more knowledge takes nothing back, conflicts are told."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom import programme
from forwhom.programme.guidance import Guide, advise, parse_all, read_facts, shipped_words
from forwhom.programme.guidance.evaluating import truth
from forwhom.programme.guidance.model import tests_of as asked_by

WORDS = shipped_words()
MBT = parse_all(((rule.id, rule.rule) for rule in programme.shipped("mbt").guidance), programme.shipped("mbt").words)[0]


def rules(*texts: str) -> dict[str, Guide]:
    made, problems = parse_all([(f"r{i}", text) for i, text in enumerate(texts, 1)], WORDS)
    assert problems == ()
    return made


def test_unknown_waits_and_says_for_what() -> None:
    made = rules("when patient.arousal is high and mentalizing is lost then avoid level 4")
    (waiting,) = advise(made, {"patient.arousal": "high"}, WORDS).waiting
    assert waiting.needs == ("mentalizing",)
    assert waiting.asks == ("mentalizing is lost",)
    assert waiting.because == ("patient.arousal = high",)


def test_one_false_part_is_enough_and_one_true_part_too() -> None:
    made = rules(
        "when patient.arousal is high and mentalizing is lost then avoid level 4",
        "when patient.arousal is low or mentalizing is lost then avoid level 4",
    )
    found = advise(made, {"patient.arousal": "low"}, WORDS)
    assert found.silent == ("r1",)
    assert [each.rule for each in found.fired] == ["r2"]


def test_the_opposite_of_unknown_is_unknown() -> None:
    found = advise(rules("when not mentalizing is lost then avoid level 4"), {}, WORDS)
    assert [each.rule for each in found.waiting] == ["r1"]


def test_order_and_numbers() -> None:
    made = rules(
        "when mentalizing is at least some then avoid level 4",
        "when treatment.week is between 2 and 4 then avoid level 4",
        "when treatment.week is at most 9 and mentalizing is one of lost, steady then avoid level 4",
    )
    assert [each.rule for each in advise(made, {"mentalizing": "steady", "treatment.week": "10"}, WORDS).fired] == [
        "r1"
    ]
    assert [each.rule for each in advise(made, {"mentalizing": "lost", "treatment.week": "4"}, WORDS).fired] == [
        "r2",
        "r3",
    ]


def test_conflicts_are_told_once_per_pair_of_advice() -> None:
    made = rules(
        "always consider level 1 to 3",
        "always avoid level 3 to 4",
        "always consider setting inpatient",
        "always consider setting community",
        "always consider technique rewind",
        "always consider technique empathy",
    )
    found = [(each.rules, each.says) for each in advise(made, {}, WORDS).conflicts]
    assert found == [
        (("r1", "r2"), "consider level 1 to 3 stands against avoid level 3 to 4"),
        (("r3", "r4"), "consider setting inpatient and consider setting community cannot both be followed"),
    ]


def test_the_opening_moment_of_the_gate() -> None:
    found = advise(MBT, {"patient.arousal": "high", "mentalizing": "lost"}, WORDS)
    by_rule = {each.rule: [str(advice) for advice in each.guide.then] for each in found.fired}
    assert by_rule["safe-levels"] == ["consider level 1 to 2", "avoid level 3 to 4"]
    assert "higher-levels" in found.silent


def test_no_state_lets_the_gate_of_mbt_and_its_opposite_hold_together() -> None:
    """Every state of arousal and mentalizing, known or not."""
    for arousal, mentalizing in product([None, "low", "workable", "high"], [None, "lost", "some", "steady"]):
        facts = {k: v for k, v in (("patient.arousal", arousal), ("mentalizing", mentalizing)) if v}
        fired = {each.rule for each in advise(MBT, facts, WORDS).fired}
        assert not {"safe-levels", "higher-levels"} <= fired
        assert ("safe-levels" in fired) == (arousal == "high" and mentalizing == "lost")


def test_facts_are_read_with_every_problem_at_once() -> None:
    facts, problems = read_facts(
        ["patient.arousal=high; mentalizing=?", "mentalizin=lost, x, patient.arousal=low"], WORDS
    )
    assert facts == {"patient.arousal": "high"}
    assert [each.code for each in problems] == ["unknown-name", "no-value", "two-values"]


FACTS = st.fixed_dictionaries(
    {},
    optional={
        each.id: st.integers(1, 80).map(str) if each.kind == "number" else st.sampled_from(each.values)
        for each in WORDS.variables.values()
    },
)


@given(FACTS, FACTS)
@settings(max_examples=100, deadline=None)
def test_to_know_more_takes_nothing_back(known: dict[str, str], more: dict[str, str]) -> None:
    before = advise(MBT, known, WORDS)
    after = advise(MBT, {**more, **known}, WORDS)
    assert {each.rule for each in before.fired} <= {each.rule for each in after.fired}
    assert set(before.silent) <= set(after.silent)
    assert len(after.fired) + len(after.waiting) + len(after.silent) == len(MBT)


@given(FACTS)
@settings(max_examples=50, deadline=None)
def test_a_waiting_rule_is_settled_by_what_it_asks_for_and_by_nothing_else(known: dict[str, str]) -> None:
    for each in advise(MBT, known, WORDS).waiting:
        assert each.needs
        assert not set(each.needs) & set(known)
        condition = each.guide.when
        assert condition is not None
        values = {name: WORDS.variables[name].values or ("1", "80") for name in each.needs}
        found = {
            truth(condition, {**known, **dict(zip(values, chosen, strict=True))}, WORDS)
            for chosen in product(*values.values())
        }
        assert None not in found


def test_no_state_of_knowledge_brings_two_rules_of_mbt_into_conflict() -> None:
    """Every pair of rules that speak of one action, in every state of what both ask."""
    words = programme.shipped("mbt").words
    names = list(MBT)
    tried = 0
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            pair = {one: MBT[one], other: MBT[other]}
            if not {each.action for each in MBT[one].then} & {each.action for each in MBT[other].then}:
                continue
            asked = sorted({test.variable for guide in pair.values() for test in asked_by(guide.when)})
            for values in product(*(words.variables[name].values for name in asked)):
                assert advise(pair, dict(zip(asked, values, strict=True)), words).conflicts == (), (one, other, values)
                tried += 1
    assert tried > 1000
