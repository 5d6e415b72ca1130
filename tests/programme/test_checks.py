"""The check of a programme: every mistake that is planted is found, and all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme import Known, check, check_file
from forwhom.programme.reading import CATALOGUE, from_table

KNOWN = Known({"S2": 342}, {"s2-eighteen-months"}, {"mbt"})
SOURCE = 'source = { document = "S2", line = 86 }\n'
HEAD = f"""id = "own"
title = "Own"
disorder = "any"
length = {{ value = 10, unit = "week" }}
{SOURCE}
"""
ONE = f"""[[phases]]
id = "one"
begins = {{ value = 0, unit = "week" }}
length = {{ value = 4, unit = "week" }}
{SOURCE}
"""
TWO = f"""[[phases]]
id = "two"
after = "one"
length = {{ value = 6, unit = "week" }}
{SOURCE}
"""
GOOD = HEAD + ONE + TWO


def codes(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    return [(each.code, each.column or "") for each in check_file(file, KNOWN)[1]]


def test_a_small_programme_is_right(tmp_path: Path) -> None:
    assert codes(tmp_path, GOOD) == []


SESSION = f"""[[sessions]]
id = "s"
phases = ["one"]
format = "group"
minutes = 60
every = {{ value = 1, unit = "week" }}
led_by = ["t"]
{SOURCE}
[[roles]]
id = "t"
{SOURCE}
"""
RULE = f"""[[guidance]]
id = "r"
rule = "when mentalizing is lost then avoid level 3 to 4"
why = "…"
grade = "advised"
{SOURCE}
"""


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        (HEAD + ONE + TWO.replace("value = 6", "value = 5"), "hole", "phases"),
        (HEAD + ONE + TWO.replace("value = 6", "value = 7"), "too-long", "[[phases]] two"),
        (HEAD + ONE + TWO.replace('after = "one"', 'begins = { value = 5, unit = "week" }'), "hole", "[[phases]] two"),
        (
            HEAD + ONE + TWO.replace('after = "one"', 'begins = { value = 3, unit = "week" }'),
            "phases-overlap",
            "[[phases]] two",
        ),
        (HEAD + ONE + TWO.replace('"one"', '"on"'), "unknown-name", "[[phases]] two after"),
        (HEAD + ONE + TWO.replace('"one"', '"two"'), "unreachable", "[[phases]] two"),
        (HEAD + ONE.replace("length = { value = 4", "#") + TWO, "unreachable", "[[phases]] two"),
        (GOOD.replace("length = { value = 10", "#").replace("length = { value = 6", "#"), "no-end", "[[phases]] two"),
        (HEAD + ONE + 'move_on = ["plans.crisis"]\n' + TWO, "unknown-name", "[[phases]] one move_on"),
        (
            HEAD + ONE + 'move_on = ["plans.crisis"]\n' + TWO + f'[[plans]]\nid = "crisis"\nphase = "two"\n{SOURCE}',
            "unreachable",
            "[[phases]] one move_on",
        ),
        (GOOD + SESSION.replace('"one"', '"oen"'), "unknown-name", "[[sessions]] s phases"),
        (GOOD + SESSION.replace("minutes = 60", "minutes = 100000"), "too-long", "[[sessions]] s"),
        (GOOD + SESSION.replace("value = 1", "value = 5"), "too-long", "[[sessions]] s"),
        (GOOD + SESSION.replace("minutes = 60\n", ""), "no-gap", "[[sessions]] s minutes"),
        (GOOD + SESSION + 'assumed = ["minutes"]\n', "unknown-name", "[[roles]] t assumed"),
        (GOOD + SESSION.replace('led_by = ["t"]', 'led_by = ["u"]'), "unknown-name", "[[sessions]] s led_by"),
        (
            GOOD + f'[[assessments]]\nid = "a"\nat = [0, 12]\nunit = "week"\n{SOURCE}',
            "after-the-end",
            "[[assessments]] a at",
        ),
        (
            GOOD + f'[[assessments]]\nid = "a"\nat = [4, 0]\nunit = "week"\n{SOURCE}',
            "wrong-order",
            "[[assessments]] a at",
        ),
        (
            GOOD + f'[[assessments]]\nid = "a"\nat = [0, 1]\nunit = "week"\nwindow = 4\n{SOURCE}',
            "windows-meet",
            "[[assessments]] a window",
        ),
        (GOOD + f'[[assessments]]\nid = "a"\n{SOURCE}', "no-occasion", "[[assessments]] a"),
        (GOOD.replace("line = 86", "line = 343"), "no-such-line", "source"),
        (GOOD.replace('"S2"', '"S9"'), "unknown-name", "source"),
        (GOOD.replace(", line = 86", ""), "no-line", "source"),
        (GOOD + '[[modules]]\nid = "m"\n', "no-source", "[[modules]] m source"),
        (HEAD + 'claim = "s2-eighteen-month"\n' + ONE + TWO, "unknown-claim", "claim"),
        (HEAD + 'treatment = "mtb"\n' + ONE + TWO, "unknown-name", "treatment"),
        (GOOD + RULE.replace("lost", "lots"), "unknown-name", "[[guidance]] r rule"),
        (GOOD + RULE.replace("is lost", "is lost and mentalizing is some"), "never-holds", "[[guidance]] r rule"),
        (GOOD + RULE.replace("is lost", "is one of lost, some, steady"), "always-holds", "[[guidance]] r rule"),
        (
            GOOD + RULE.replace("avoid level 3 to 4", "avoid level 3 and consider level 3"),
            "contradicts-itself",
            "[[guidance]] r rule",
        ),
        (
            GOOD + RULE + f'[[gates]]\nid = "g"\nrule = "x"\nshuts = ["level 3"]\n{SOURCE}',
            "gate-without-rule",
            "[[gates]] g rule",
        ),
        (GOOD + RULE + f'[[gates]]\nid = "g"\nshuts = ["level 3"]\n{SOURCE}', "missing-key", "[[gates]] g rule"),
        (
            GOOD + RULE + f'[[gates]]\nid = "g"\nrule = "r"\nshuts = ["level 1"]\n{SOURCE}',
            "gate-without-rule",
            "[[gates]] g shuts",
        ),
        (
            GOOD + '[[gaps]]\nwhat = "…"\nneeded_for = "…"\nof = "phases.one.length"\n',
            "no-gap",
            "[[gaps]] phases.one.length",
        ),
        (
            GOOD + '[[gaps]]\nwhat = "…"\nneeded_for = "…"\nof = "phases.x.length"\n',
            "unknown-name",
            "[[gaps]] phases.x.length",
        ),
        (HEAD + ONE + 'assumed = ["length"]\n' + TWO, "no-gap", "[[phases]] one length"),
        (GOOD + ONE, "duplicate-id", "[[phases]] one"),
        (HEAD.replace('id = "own"', 'id = "other"') + ONE + TWO, "wrong-id", "id"),
        (HEAD, "no-phases", "phases"),
        (GOOD + RULE.replace("lost", "lots").replace("advised", "sure"), "unknown-name", "[[guidance]] r rule"),
        (GOOD + RULE.replace("lost", "lots").replace("advised", "sure"), "wrong-value", "[[guidance]] r grade"),
        (GOOD + "titel = 1\n", "unknown-key", "[[phases]] two titel"),
    ],
)
def test_a_planted_mistake_is_found(tmp_path: Path, text: str, code: str, at: str) -> None:
    assert (code, at) in codes(tmp_path, text)


def test_mistakes_of_every_kind_are_told_together(tmp_path: Path) -> None:
    text = (
        HEAD
        + ONE.replace('"one"', '"one"\nlenght = 3')
        + TWO.replace("value = 6", "value = 7")
        + SESSION.replace('"one"', '"x"')
        + RULE.replace("lost", "lots")
    )
    found = {code for code, _ in codes(tmp_path, text)}
    assert {"unknown-key", "unknown-name"} <= found
    # The phase with a wrong key could not be read; that it is followed is no second mistake.
    assert ("unknown-name", "[[phases]] two after") not in codes(tmp_path, text)


@pytest.mark.parametrize("raw", [b"id = ", b"\xff\xfe", b"", b"phases = 3\nvariables = 1", b"[[phases]]\nid = 3"])
def test_no_file_breaks_it(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes(raw)
    assert check_file(file, KNOWN)[1]
    assert check_file(tmp_path / "nothing.toml", KNOWN)[1][0].code == "no-file"


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**6), st.text(max_size=8), st.sampled_from(["one", "month", "length"])
)
KEYS = st.sampled_from(
    (
        *("id", "phases", "length", "begins", "after", "value", "unit", "at", "window", "move_on", "assessments"),
        *(
            "sessions",
            "every",
            "minutes",
            "guidance",
            "rule",
            "why",
            "grade",
            "gates",
            "shuts",
            "gaps",
            "of",
            "assumed",
        ),
        *("variables", "actions", "x"),
    )
)
TABLES = st.recursive(
    LEAVES, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(KEYS, inside, max_size=5), max_leaves=25
)


@given(st.dictionaries(KEYS, TABLES, max_size=8))
@settings(max_examples=200, deadline=None)
def test_no_table_breaks_it(table: dict[str, object]) -> None:
    made, problems = from_table(table, "own.toml")
    assert problems
    check(made, KNOWN)


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ('id = "psycho-education"\nlabel', 'id = "x"\nlabel'),
        ('id = "safe-levels"\nlabel = "Safe levels"', 'id = "x"'),
        ('of = "phases.assessment.length"', ""),
    ],
)
def test_a_shipped_file_needs_its_phases_rules_and_gaps(tmp_path: Path, there: str, instead: str) -> None:
    text = (CATALOGUE / "mbt.toml").read_text(encoding="utf-8")
    assert there in text
    file = tmp_path / "mbt.toml"
    file.write_text(text.replace(there, instead), encoding="utf-8")
    assert check_file(file)[1]
