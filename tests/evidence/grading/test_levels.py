"""The rules of the levels, on facts made for them; and on files, where a withdrawn trial lowers the grade."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom import evidence
from forwhom.evidence.grading import (
    LEVELS,
    Evidence,
    Fact,
    evidence_for,
    level_of_package,
    level_of_theory,
    packages,
    would_fall,
    would_rise,
)
from forwhom.evidence.grading.levels import NAMED, NOTHING, UNCOMPARED
from forwhom.evidence.model import Withdrawn

FOR = Fact("a", ("a",), "for", True, True, False, ())
OTHER = replace(FOR, sample="b", studies=("b",), other_team=True)
UNKNOWN = replace(FOR, sample="u", other_team=None)
NONE = replace(OTHER, sample="c", speaks="none")
AGAINST = replace(OTHER, sample="d", speaks="against")
FOLLOWED = replace(OTHER, sample="e", randomised=False, compared=False)
HEAD = replace(AGAINST, sample="f", head_to_head=True)


@pytest.mark.parametrize(
    ("facts", "name", "rule"),
    [
        ((), NOTHING, "package-nothing"),
        ((FOR,), "equivocal", "package-short-of-both"),
        ((FOR, replace(FOR, sample="g")), "equivocal", "package-short-of-both"),
        ((FOR, UNKNOWN), "equivocal", "package-short-of-both"),
        ((FOR, OTHER), "well-supported", "package-two-teams"),
        ((FOR, OTHER, NONE), "well-supported", "package-two-teams"),
        ((FOR, OTHER, AGAINST), "equivocal", "package-short-of-both"),
        ((FOR, OTHER, HEAD), "well-supported", "package-two-teams"),
        ((HEAD,), NOTHING, "package-head-to-head"),
        ((NONE,), "equivocal", "package-short-of-both"),
        ((NONE, AGAINST), "contradicted", "package-none-for"),
        ((NONE, AGAINST, replace(FOR, speaks="mixed")), "equivocal", "package-short-of-both"),
        ((FOLLOWED, replace(FOLLOWED, sample="h")), UNCOMPARED, "package-uncompared"),
        ((FOR, OTHER, NONE, replace(NONE, sample="i")), "equivocal", "package-short-of-both"),
    ],
)
def test_levels_of_a_package(facts: tuple[Fact, ...], name: str, rule: str) -> None:
    level = level_of_package(facts)
    assert (level.name, level.rule) == (name, rule)


CARRIED = Fact("a", ("a",), "for", True, True, None, (), ("t",), ordered=True)


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ((), NOTHING),
        ((CARRIED,), "equivocal"),
        ((CARRIED, replace(CARRIED, sample="b", treatments=("other",), randomised=False)), "well-supported"),
        ((replace(CARRIED, treatments=("x",)), replace(CARRIED, sample="b", treatments=("x",))), "equivocal"),
        ((replace(CARRIED, randomised=False), replace(CARRIED, sample="b", randomised=False)), "equivocal"),
        ((replace(CARRIED, ordered=False), replace(CARRIED, sample="b", ordered=False)), "equivocal"),
        ((replace(CARRIED, speaks="none"), replace(CARRIED, sample="b", speaks="none")), "contradicted"),
        ((replace(CARRIED, speaks="none"), replace(CARRIED, sample="b", speaks="none"), CARRIED), "equivocal"),
    ],
)
def test_levels_of_a_theory(facts: tuple[Fact, ...], name: str) -> None:
    assert level_of_theory(facts, ("m",), "t").name == name


def test_a_theory_without_a_mechanism_has_nothing_to_go_by() -> None:
    assert level_of_theory((CARRIED,), (), "t").rule == "theory-unnamed"


facts_drawn = st.lists(
    st.builds(
        Fact,
        sample=st.text("abc", min_size=1, max_size=2),
        studies=st.just(()),
        speaks=st.sampled_from(["for", "none", "against", "mixed"]),
        randomised=st.booleans(),
        compared=st.just(True),
        other_team=st.sampled_from([True, False, None]),
        rows=st.just(()),
        head_to_head=st.booleans(),
    ),
    max_size=4,
).map(tuple)


@given(facts_drawn)
def test_the_order_of_facts_does_not_matter_and_good_news_never_lowers(facts: tuple[Fact, ...]) -> None:
    def rank(these: tuple[Fact, ...]) -> int:
        return {"well-supported": 2, "contradicted": 0}.get(level_of_package(these).name, 1)

    assert len({level_of_package(each) for each in permutations(facts)}) == 1
    assert rank((*facts, OTHER)) >= rank(facts)
    assert rank((*facts, AGAINST)) <= rank(facts)


@given(facts_drawn)
def test_what_would_lift_it_lifts_it(facts: tuple[Fact, ...]) -> None:
    found = Evidence("t", "d", facts, (), (), (), None)
    news = would_rise(found)[0]
    if level_of_package(facts).name == "well-supported":
        assert news == "nothing: it stands highest already"
    if news == "a randomised comparison in its favour by another team":
        assert level_of_package((*facts, OTHER)).name != level_of_package(facts).name


def test_what_a_well_supported_package_stands_on() -> None:
    found = Evidence("t", "d", (FOR, OTHER), (), (), (), None)
    assert would_rise(found)[0] == "nothing: it stands highest already"
    assert would_fall(found)[0] == "a randomised comparison against it; withdrawal of a or b leaves: equivocal"


def test_what_no_further_sample_can_do_is_said_with_its_reason() -> None:
    """Contradicted takes a package that no sample speaks for: no number of contrary ones makes it that."""
    found = Evidence("t", "d", (FOR,), (), (), (), None)
    many = (FOR, *(replace(AGAINST, sample=f"new {i}") for i in range(9)))
    assert level_of_package(many).name == "equivocal"
    assert would_fall(found) == (
        "no further sample, as long as 1 sample speaks for it: contradicted means that none does; "
        "withdrawal of a leaves: nothing to place it by",
        "nothing, before a mechanism is named as that of its theory",
    )
    assert would_rise(Evidence("t", "d", (FOR, AGAINST), (), (), (), None))[0].startswith(
        "no further sample, while 1 sample"
    )
    low = Evidence("t", "d", (replace(AGAINST, sample="x"), replace(AGAINST, sample="y")), (), (), (), None)
    assert would_fall(low)[0] == "nothing: it stands lowest already"


@given(facts_drawn)
def test_what_is_said_to_be_out_of_reach_is(facts: tuple[Fact, ...]) -> None:
    """No two or three of the further samples lower it where it says that none does; withdrawals leave what they are said to leave."""
    now = level_of_package(facts).name
    text = would_fall(Evidence("t", "d", facts, (), (), (), None))[0]
    if text.startswith("no further sample"):
        news = [(*facts, *(replace(each, sample=f"new {i}") for i in range(3))) for each in (AGAINST, NONE)]
        assert all(level_of_package(each).name != "contradicted" for each in news)
    left = {level_of_package(tuple(f for f in facts if f.sample != s.sample)).name.replace("-", " ") for s in facts}
    if now != "contradicted" and facts:
        assert ("leaves the level as it is" in text) == (left == {now.replace("-", " ")})
        assert all(f"leaves: {name}" in text for name in left - {now.replace("-", " ")})


TRIAL = """
id = "{id}"
sample = "{id}"
{withdrawn}
[citation]
authors = ["{author} A"]
year = 2020
title = "{id}"
[design]
kind = "randomised"
[population]
disorder = ["bpd"]
[[arms]]
id = "t"
label = "T"
role = "treatment"
treatment = "mbt"
[[arms]]
id = "c"
label = "C"
role = "usual_care"
control = "treatment-as-usual"
[[results]]
id = "better"
kind = "statement"
outcome = "depression"
arm = "{arm}"
versus = "{versus}"
direction = "{direction}"
says = "Told."
source = {{ document = "self", place = "Results" }}
[allegiance]
developer = {developer}
[extraction]
by = "test"
date = {date}
"""


def trial(folder: Path, name: str, **changes: str) -> None:
    given = {
        "id": name, "author": "Nobody", "withdrawn": "", "arm": "t", "versus": "c", "direction": "better",
        "developer": "false", "date": "2024-01-01",
    } | changes  # fmt: skip
    (folder / "studies").mkdir(exist_ok=True)
    text = TRIAL.format(**given)
    if given["withdrawn"]:
        text = text.replace(given["withdrawn"], "") + given["withdrawn"]
    (folder / "studies" / f"{name}.toml").write_text(text, encoding="utf-8")


def package(folder: Path) -> tuple[str, str]:
    found = evidence_for(evidence.read(folder, shipped=False), "mbt")
    return level_of_package(found.package).name, str(found.dated)


def test_a_withdrawn_trial_lowers_the_grade_and_moves_its_date(tmp_path: Path) -> None:
    trial(tmp_path, "one", developer="true")
    trial(tmp_path, "two", date="2025-02-03")
    assert package(tmp_path) == ("well-supported", "2025-02-03")
    trial(tmp_path, "two", withdrawn='[withdrawn]\ndate = 2026-05-06\nwhy = "Data could not be found"\n')
    assert package(tmp_path) == ("equivocal", "2026-05-06")
    ledger = evidence.read(tmp_path, shipped=False)
    assert not evidence.rows(ledger, "study=two")
    assert ledger.studies["two"].withdrawn is not None


def test_a_row_of_the_other_arm_is_turned_round(tmp_path: Path) -> None:
    trial(tmp_path, "one", arm="c", versus="t", direction="worse")
    found = evidence_for(evidence.read(tmp_path, shipped=False), "mbt")
    assert [fact.speaks for fact in found.package] == ["for"]


def test_the_developers_are_known_by_name_where_nothing_is_stated(tmp_path: Path) -> None:
    trial(tmp_path, "one", author="Bateman", developer="true")
    path = tmp_path / "studies" / "one.toml"
    path.write_text(path.read_text().replace("[allegiance]\ndeveloper = true\n", ""))
    found = evidence_for(evidence.read(tmp_path, shipped=False), "mbt")
    assert [fact.other_team for fact in found.package] == [False]


def test_the_place_of_mbt_is_the_one_its_developers_give_it() -> None:
    """S2, lines 262 to 272: two trials by the developers, replication wanted, the mechanism equivocal."""
    ledger = evidence.read()
    found = evidence_for(ledger, "mbt")
    assert level_of_package(found.package).name == "equivocal"
    assert level_of_theory(found.theory, found.mechanisms, "mbt").name == "equivocal"
    assert would_rise(found)[0] == "a randomised comparison in its favour by another team"
    assert {"mbt", "dbt", "tfp"} <= set(packages(ledger))
    assert all(
        level_of_package(evidence_for(ledger, name).package).name in (*LEVELS, NOTHING, NAMED, UNCOMPARED)
        for name in packages(ledger)
    )


def test_trials_that_are_named_and_not_coded_are_a_state_of_their_own() -> None:
    found = evidence_for(evidence.read(), "dbt")
    level = level_of_package(found.package, found.told)
    assert (level.name, level.rule) == (NAMED, "package-named")
    assert found.newest == 2006


def test_words_that_name_words_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "treatments.toml").write_text(
        '[new-one]\nlabel = "New"\nform_of = "mbtt"\nmechanisms = ["mentalising"]\n'
    )
    _, problems = evidence.read_with_problems(tmp_path, shipped=False)
    assert [(p.code, p.found) for p in problems] == [
        ("unknown-word", "form_of names 'mbtt', which is not there"),
        ("unknown-word", "mechanisms names 'mentalising', which is not there"),
    ]


def test_what_the_withdrawal_of_a_trial_of_mbt_leaves() -> None:
    """By the rules one randomised sample for it is equivocal, as two of one team are: the page says so, and names what is gone."""
    ledger = evidence.read()
    found = evidence_for(ledger, "mbt")
    assert would_fall(found)[0].endswith("withdrawal of any one sample leaves the level as it is")
    gone = replace(
        ledger.studies["bateman-fonagy-2009"], withdrawn=Withdrawn(date=dt.date(2026, 1, 1), why="Retracted.")
    )
    left = evidence_for(replace(ledger, studies={**ledger.studies, gone.id: gone}), "mbt")
    assert level_of_package(left.package).name == level_of_package(found.package).name == "equivocal"
    assert (found.withdrawn, left.withdrawn) == ((), ("bateman-fonagy-2009",))


def test_a_treatment_whose_theory_nobody_names() -> None:
    """None of the papers says by what TFP works; what was seen to change under it (S2, line 270) is told beside."""
    found = evidence_for(evidence.read(), "tfp")
    level = level_of_theory(found.theory, found.mechanisms, "tfp", found.observed)
    assert (found.mechanisms, level.name) == ((), NOTHING)
    assert level.why.endswith("seen to change under it, and placed under no theory of its own: mentalizing (levy-2006)")
    assert would_rise(found)[1] == would_fall(found)[1] == "nothing, before a mechanism is named as that of its theory"
