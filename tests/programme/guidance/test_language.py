"""The language of guidance: what is written is read, what is read is written, and nothing that is typed breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.guidance import Advice, All, Either, Guide, Not, Test, Words, parse, shipped_words
from forwhom.programme.guidance.tokens import RESERVED
from forwhom.programme.guidance.words import Variable

WORDS = shipped_words()


def test_the_rule_of_the_safe_levels() -> None:
    rule, problems = parse(
        "when patient.arousal is high and mentalizing is lost then consider level 1 to 2 and avoid level 3 to 4", WORDS
    )
    assert problems == ()
    assert rule == Guide(
        All((Test("patient.arousal", "is", ("high",)), Test("mentalizing", "is", ("lost",)))),
        (Advice("consider", "level", "1", "2"), Advice("avoid", "level", "3", "4")),
    )


def test_and_binds_closer_than_or() -> None:
    rule, _ = parse(
        "when mentalizing is lost or mentalizing is some and session.opens is yes then avoid level 4", WORDS
    )
    assert rule is not None
    assert isinstance(rule.when, Either)
    assert isinstance(rule.when.of[1], All)
    assert str(rule).startswith("when mentalizing is lost or (mentalizing is some and session.opens is yes) then")


def test_a_rule_may_hold_always_and_is_read_in_any_case() -> None:
    rule, _ = parse("ALWAYS avoid technique\n free-association", WORDS)
    assert str(rule) == "always avoid technique free-association"


@pytest.mark.parametrize(
    ("text", "found", "do"),
    [
        ("wehn mentalizing is lost then avoid level 4", "character 1: 'wehn' where when, always was", "mean 'when'"),
        (
            "when mentalizin is lost then avoid level 4",
            "character 6: 'mentalizin' is no variable",
            "mean 'mentalizing'",
        ),
        ("when mentalizing is lots then avoid level 4", "character 21: 'lots' is no value of", "mean 'lost'"),
        ("when mentalizing is lost", "character 25: the end of the rule where then, and, or", "Correct it"),
        ("when mentalizing lost then avoid level 4", "character 18: 'lost' where is was expected", "Correct it"),
        ("when mentalizing is lost then avoid level 5", "character 43: '5' is no level", "Write one"),
        ("when mentalizing is lost then avoid level 3 to 2", "character 37: 3 to 2 goes down", "lower step"),
        ("when mentalizing is lost then avoid techniqe rewind", "'techniqe' is no action", "mean 'technique'"),
        ("when mentalizing is lost then do level 1", "character 31: 'do' where consider, avoid", "Correct it"),
        ("when patient.attachment is at least mixed then avoid level 4", "have no order", "is one of"),
        ("when treatment.week is between 9 and 3 then avoid level 4", "9 and 3 go down", "lower one first"),
        ("when treatment.week is soon then avoid level 4", "'soon' is no number", "Write one"),
        ("when (mentalizing is lost then avoid level 4", "'then' where ), and, or was expected", "Correct it"),
        ("when mentalizing is lost then avoid setting inpatient to outpatient", "setting has no steps", "one value"),
        ("when mentalizing is lost then avoid level 4 level 3", "'and' or the end of the rule", "Correct it"),
        ("", "character 1: the end of the rule where when, always", "Correct it"),
        ("when " + "(" * 60 + "mentalizing is lost", "too many brackets", "two rules"),
        ("when " + "not " * 5000 + "mentalizing is lost then avoid level 4", "too many brackets", "two rules"),
    ],
)
def test_a_mistake_says_where_what_was_expected_and_what_was_meant(text: str, found: str, do: str) -> None:
    rule, problems = parse(text, WORDS)
    assert rule is None
    assert any(found in each.found and do in each.do for each in problems), problems


def test_all_unknown_words_of_a_rule_are_told_at_once() -> None:
    _, problems = parse("when mentalizin is lost and patient.arousal is hi then avoid techniqe rewind", WORDS)
    assert len(problems) == 3


def any_test(words: Words) -> st.SearchStrategy[Test]:
    def of(variable: Variable) -> st.SearchStrategy[Test]:
        values = st.integers(1, 90).map(str) if variable.kind == "number" else st.sampled_from(variable.values)
        one = values.map(lambda value: (value,))
        made = [
            st.builds(Test, st.just(variable.id), st.sampled_from(["is", "is not"]), one),
            st.builds(Test, st.just(variable.id), st.just("is one of"), st.lists(values, min_size=1).map(tuple)),
        ]
        if variable.kind == "number" or variable.ordered:
            made.append(st.builds(Test, st.just(variable.id), st.sampled_from(["is at least", "is at most"]), one))
            order = (lambda value: int(value)) if variable.kind == "number" else variable.values.index
            pair = st.tuples(values, values).map(lambda two: tuple(sorted(two, key=order)))
            made.append(st.builds(Test, st.just(variable.id), st.just("is between"), pair))
        return st.one_of(made)

    return st.sampled_from(list(words.variables.values())).flatmap(of)


def conditions() -> st.SearchStrategy[object]:
    return st.recursive(
        any_test(WORDS),
        lambda inside: st.one_of(
            inside.map(Not),
            st.lists(inside, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inside, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
        ),
        max_leaves=8,
    )


ADVICE = st.one_of(
    st.builds(Advice, st.sampled_from(["consider", "avoid"]), st.just("level"), st.sampled_from("1234")),
    st.sampled_from([("1", "2"), ("3", "4"), ("1", "4")]).flatmap(
        lambda two: st.builds(
            Advice, st.sampled_from(["consider", "avoid"]), st.just("level"), st.just(two[0]), st.just(two[1])
        )
    ),
    st.builds(
        Advice,
        st.sampled_from(["consider", "avoid"]),
        st.just("technique"),
        st.sampled_from(WORDS.actions["technique"].values),
    ),
)
GUIDES = st.builds(Guide, st.none() | conditions(), st.lists(ADVICE, min_size=1, max_size=3).map(tuple))


@given(GUIDES)
@settings(max_examples=150, deadline=None)
def test_what_is_written_reads_as_the_same_rule(guide: Guide) -> None:
    read, problems = parse(str(guide), WORDS)
    assert problems == ()
    assert read == guide


PIECES = st.sampled_from(
    [
        *sorted(RESERVED),
        *list(WORDS.variables)[:6],
        *WORDS.actions,
        "high",
        "lost",
        "(",
        ")",
        ",",
        "3",
        "²",
        "…",
        "0",
        "-",
    ]
)


@given(st.text() | st.lists(PIECES).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    rule, problems = parse(text, WORDS)
    assert (rule is None) == bool(problems)
    assert rule is None or parse(str(rule), WORDS)[0] == rule
