"""Whom a pool counts, and what it may not choose by: numbers of two groups, signs that cannot be told, what a missing direction takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.effects import NO_SIGN, effects_of
from forwhom.analysis.evidence.pooling import pooled
from forwhom.analysis.evidence.signs import directed, signs
from forwhom.evidence.comparisons import Comparison, Given, Group
from forwhom.evidence.pairing import comparisons
from forwhom.evidence.samples import of_rows
from forwhom.findings import Finding

HEAD = """
id = "{id}"
sample = "{id}"
[citation]
authors = ["{author} A"]
year = 2011
title = "T {id}"
[design]
kind = "randomised"
assessments = [0, 12]
unit = "week"
[population]
disorder = ["bpd"]
[[arms]]
id = "a"
label = "DBT"
role = "treatment"
treatment = "dbt"
{one}
[[arms]]
id = "b"
label = "TAU"
role = "usual_care"
control = "treatment-as-usual"
{two}
[[measures]]
id = "sev"
label = "BSL"
instrument = "BSL-23"
domain = "bpd-severity"
better = "lower"
"""
EFFECT = """
[[results]]
id = "es"
kind = "effect"
outcome = "sev"
arm = "a"
versus = "b"
time = 12
statistic = "d"
value = -0.5
{numbers}
source = {{ document = "self", place = "Results, paragraph 1" }}
"""


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def ledger(folder: Path, numbers: str, one: str = "n = 20", two: str = "n = 20") -> evidence.Ledger:
    text = HEAD.format(id="m-2011", author="M", one=one, two=two) + EFFECT.format(numbers=numbers)
    return evidence.read(write(folder, "studies/m-2011.toml", text), shipped=False)


@pytest.mark.parametrize(
    ("numbers", "one", "two", "groups", "people"),
    [
        ("n = 40", "n = 20", "n = 20", (20, 20), 40),  # both together
        ("", "n = 20", "n = 20", (20, 20), 40),
        ("n = 20\nn_versus = 18", "n = 20", "n = 20", (20, 18), 38),  # arm by arm
        ("n = 36", "n = 20\nanalysed = 19", "n = 20\nanalysed = 17", (19, 17), 36),  # those analysed add up
        ("n = 60", "n = 40", "n = 20", (40, 20), 60),
        ("n = 30", "n = 40", "n = 20", (20, 10), 30),  # in proportion
        ("n = 31", "n = 20", "", (20, 11), 31),  # one arm tells none
        ("n = 80", "n = 20", "n = 20", (20, 20), 40),  # more than both had: never more people than the arms
    ],
)
def test_n_of_two_groups_is_read_one_way(
    tmp_path: Path, numbers: str, one: str, two: str, groups: tuple[int, int], people: int
) -> None:
    read = ledger(tmp_path, numbers, one, two)
    (made,) = comparisons(read)
    assert (made.one.n, made.two.n) == groups
    assert of_rows(evidence.rows(read)).distinct == people
    found = pooled(read, Asking(), "x", [made])
    assert f", {people} people" in found.statement
    assert found.population.analysed == people


def test_the_effect_is_that_of_metafor(tmp_path: Path) -> None:
    """escalc(measure="SMD", di=0.5, n1i=20, n2i=20), metafor 3.8.1: 0.4900552, 0.1030019."""
    (effect,) = effects_of(comparisons(ledger(tmp_path, "n = 40")), "g").effects
    assert effect.value == pytest.approx(0.4900552011, abs=1e-9)
    assert effect.variance == pytest.approx(0.1030019263, abs=1e-9)


def test_the_check_tells_a_number_above_both_arms_and_one_of_one_arm(tmp_path: Path) -> None:
    rules = {
        n: {each.rule for each in evidence.check(ledger(tmp_path, f"n = {n}")).contradictions} for n in (20, 36, 40, 41)
    }
    assert rules == {20: {"n-of-one-arm"}, 36: set(), 40: set(), 41: {"more-than-before"}}


def test_a_number_that_was_parted_is_a_caution(tmp_path: Path) -> None:
    read = ledger(tmp_path, "n = 30", "n = 40", "n = 20")
    codes = [each.code for each in pooled(read, Asking(), "x", comparisons(read)).cautions]
    assert "number-of-both-groups" in codes


# ── nothing is chosen by its result ──────────────────────────────────────────────────────────────


def row(at: int, g: float, **more: object) -> Comparison:
    one, two = Group(f"{at}/1", "dbt", "DBT", 20), Group(f"{at}/2", "tau", "TAU", 20)
    made = Comparison(
        f"row {at}", f"s{at}", f"s{at}", f"s{at}", "x", "X", "M", one, two, better="lower", where=f"row {at}",
        given=Given("g", g, se=0.3),
    )  # fmt: skip
    return replace(made, **more)


def with_means(each: Comparison, first: float, second: float) -> Comparison:
    return replace(
        each, one=replace(each.one, mean=first, sd=1.0), two=replace(each.two, mean=second, sd=1.0)
    )  # fmt: skip


def used(rows: list[Comparison]) -> list[str]:
    return [each.comparison.id for each in effects_of(directed(rows, signs(rows)), "g").effects]


def test_a_column_without_a_sign_leaves_out_its_zeros_too() -> None:
    rows = [row(1, 0.0), row(2, 0.4), row(3, -0.2), row(4, 0.0)]
    assert used(rows) == []
    assert {each.why for each in effects_of(rows, "g").unused} == {NO_SIGN}


def test_a_column_with_a_sign_takes_its_zeros_too() -> None:
    rows = [with_means(row(1, -0.5), 2.0, 2.5), row(2, 0.0), row(3, -0.2), row(4, 0.1)]
    assert used(rows) == ["row 1", "row 2", "row 3", "row 4"]
    values = {each.comparison.id: each.value for each in effects_of(directed(rows, signs(rows)), "g").effects}
    assert (values["row 2"], values["row 3"], values["row 4"]) == (0.0, 0.2, -0.1)


def test_a_column_whose_rows_disagree_takes_none() -> None:
    rows = [with_means(row(1, -0.5), 2.0, 2.5), with_means(row(2, 0.5), 2.0, 2.5), row(3, 0.0), row(4, 0.3)]
    assert used(rows) == ["row 1", "row 2"]


def test_words_of_direction_are_not_taken_where_others_have_none() -> None:
    """Of an undeclared scale "better" would be kept and "none" left out."""

    def printed(
        at: int, value: float, toward: int | None, statistic: str = "d", better: str | None = None
    ) -> Comparison:
        given = Given(statistic, value, toward=toward)
        return row(at, 0.0, given=given, better=better, where=f"paper {at}", id=f"p{at}")

    assert used([printed(1, 0.6, 1), printed(2, 0.1, None)]) == []
    assert used([printed(1, 0.6, 1), printed(2, 0.1, -1)]) == ["p1", "p2"]
    assert used([printed(1, 0.6, 1), printed(2, 0.1, None, better="lower")]) == ["p1", "p2"]
    assert used([printed(1, 9.0, 1, "f", "lower"), printed(2, 0.4, None, "f", "lower")]) == []
    other = replace(printed(2, 0.1, None), measure="another scale")
    assert used([printed(1, 0.6, 1), other]) == ["p1"]


def test_what_a_missing_direction_takes_is_told() -> None:
    read = evidence.read()

    def ask(*rows: Comparison) -> Finding:
        return pooled(read, Asking(), "x", rows)

    scores = with_means(row(1, 0.4, better=None, measure="HOPE-9"), 2.0, 3.0)
    told = ask(scores).would_take or ""
    assert "scores of HOPE-9: in vocabulary/instruments.toml [hope-9]" in told
    assert "Studies that state" not in told
    happened = replace(scores, id="e", one=Group("a", "", "", 20, events=3), two=Group("b", "", "", 20, events=9))
    told = ask(scores, happened).would_take or ""
    assert "events of X: in vocabulary/outcomes.toml [x]" in told
    nothing = replace(row(3, 0.0), given=None)
    assert "Studies that state means" in (ask(nothing).would_take or "")
    assert "Studies that state means" in (ask(nothing, scores).would_take or "")


def test_the_way_that_is_told_works(tmp_path: Path) -> None:
    folder = write(tmp_path, "vocabulary/instruments.toml", '[hope-9]\nlabel = "HOPE-9"\nbetter = "higher"\n')
    read = evidence.read(folder)
    assert read.vocabulary.sets["instruments"][read.vocabulary.find("instruments", "HOPE-9") or ""].better == "higher"


def test_who_made_the_study_is_told_as_what_it_is(shared_data: Path) -> None:
    """In a table surnames are matched: no match is no proof of independence, and those not told are named."""
    from forwhom.analysis.evidence.pool_moderators import SURNAMES, split
    from forwhom.io.metapsy import read_metapsy

    table = read_metapsy(
        shared_data / "g_meta/metapsy_borderline_psychotherapy_vs_control.csv", evidence.read().vocabulary
    )
    rows = directed(table.comparisons, signs(table.comparisons))
    found = split(effects_of(rows, "g").effects, "g", "allegiance", rho=0.5, level=0.95)
    assert [name for name, _ in found.levels] == ["developer among the authors", "not matched"]
    assert found.unknown > 0
    assert found.note == SURNAMES
