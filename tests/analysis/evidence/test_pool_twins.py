"""Samples that may be one: told by check and pool, with the pooled value of each alone; trials that are alike by chance are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from analysis.evidence.test_pool_people import HEAD, write

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.pooling import pooled
from forwhom.evidence.comparisons import Comparison, Given, Group
from forwhom.evidence.pairing import comparisons
from forwhom.evidence.twins import twins

MEANS = """
[[results]]
id = "{arm}12"
kind = "means"
outcome = "sev"
arm = "{arm}"
time = 12
mean = {mean}
sd = {sd}
source = {{ document = "self", place = "Table 2" }}
"""


def study(folder: Path, name: str, author: str, means: tuple[str, str], n: int = 20, settled: str = "") -> Path:
    text = HEAD.format(id=name, author=author, one=f"n = {n}", two=f"n = {n}")
    rows = (
        MEANS.format(arm=arm, mean=mean, sd=sd) for arm, mean, sd in zip("ab", means, ("0.70", "0.80"), strict=True)
    )
    return write(folder, f"studies/{name}.toml", text + "".join(rows) + settled)


@pytest.mark.parametrize(
    ("author", "second", "n", "rule"),
    [
        ("M", ("2.10", "3.10"), 20, "one-sample-or-two"),
        ("Q", ("2.10", "3.10"), 20, "same-numbers"),
        ("Q", ("2.10", "3.20"), 20, ""),  # one number differs
        ("Q", ("2.10", "3.10"), 21, ""),  # other people
        ("M", ("2.60", "3.20"), 20, "one-sample-or-two"),  # an author and the sizes in common
    ],
)
def test_the_pool_says_what_stays_with_each_alone(
    tmp_path: Path, author: str, second: tuple[str, str], n: int, rule: str
) -> None:
    study(tmp_path, "m-2011", "M", ("2.10", "3.10"))
    study(tmp_path, f"{author.lower()}-2012", author, second, n)
    read = evidence.read(tmp_path, shipped=False)
    assert [each.rule for each in evidence.check(read).contradictions] == [rule] * bool(rule)
    found = pooled(read, Asking(), "x", comparisons(read))
    told = [each.text for each in found.cautions if each.code == "may-be-one-sample"]
    assert len(told) == bool(rule)
    assert ("1 to 2 independent samples, 40 to 80 people" in found.statement) == bool(rule)
    if rule:
        assert "M 2011 and " in told[0]
        assert "with M 2011 alone of them 1.30 (0.62 to 1.99)" in told[0]


def test_what_is_settled_or_separate_is_no_caution(tmp_path: Path) -> None:
    study(tmp_path, "m-2011", "M", ("2.10", "3.10"))
    study(tmp_path, "q-2012", "Q", ("2.10", "3.10"))
    read = evidence.read(tmp_path, shipped=False)
    (found,) = evidence.check(read).contradictions
    study(
        tmp_path,
        "q-2012",
        "Q",
        ("2.10", "3.10"),
        settled=f'[[settled]]\ncontradiction = "{found.id}"\nhow = "Both registers."\nby = "me"\ndate = 2026-11-23\n',
    )
    read = evidence.read(tmp_path, shipped=False)
    made = pooled(read, Asking(), "x", comparisons(read))
    assert "may-be-one-sample" not in {each.code for each in made.cautions}
    apart = replace(read, studies={k: replace(v, separate=("m-2011", "q-2012")) for k, v in read.studies.items()})
    assert {each.rule for each in evidence.check(apart).contradictions} == set()


def row(name: str, one: Group, two: Group, **more: object) -> Comparison:
    made = Comparison(f"row {name}", name, name, name, "x", "X", "M", one, two, better="lower", where=f"row {name}")
    return replace(made, **more)


def events(name: str, a: float, n: float, c: float, m: float, **more: object) -> Comparison:
    return row(
        name, Group(f"{name}/1", "dbt", "DBT", n, events=a), Group(f"{name}/2", "tau", "TAU", m, events=c), **more
    )


def test_a_table_of_trials_is_looked_through_too() -> None:
    pair = [events("one", 16, 71, 36, 63), events("two", 16, 71, 36, 63), events("three", 9, 70, 20, 66)]
    (found,) = twins(pair)
    assert (found.studies, found.results) == (("one", "two"), (("row one", "row two"),))


def test_events_that_are_alike_by_chance_are_not_told() -> None:
    assert twins([events("one", 3, 12, 5, 12), events("two", 3, 12, 5, 12)]) == ()
    assert twins([events("one", 0, 71, 0, 63), events("two", 0, 71, 0, 63)]) == ()
    both = [events(name, a, 12, 5, 12, id=f"{name}/{a}", outcome=f"o{a}") for name in ("one", "two") for a in (3, 4)]
    assert len(twins(both)) == 1
    printed = [
        row(n, Group("a", "", "", 20), Group("b", "", "", 20), given=Given("d", 0.5, 0.1, 0.9)) for n in ("u", "v")
    ]
    assert twins(printed) == ()
    assert (
        twins([replace(each, sample="s") for each in (events("one", 16, 71, 36, 63), events("two", 16, 71, 36, 63))])
        == ()
    )


def test_three_that_may_be_one_are_one_group(tmp_path: Path) -> None:
    for name, author in (("m-2011", "M"), ("q-2012", "Q"), ("z-2013", "Z")):
        study(tmp_path, name, author, ("2.10", "3.10"))
    study(tmp_path, "w-2014", "W", ("2.50", "3.40"), n=33)
    read = evidence.read(tmp_path, shipped=False)
    made = pooled(read, Asking(), "x", comparisons(read))
    told = [each.text for each in made.cautions if each.code == "may-be-one-sample"]
    assert len(told) == 1
    assert told[0].startswith("M 2011, Q 2011 and Z 2011 may be one sample")
    assert "2 to 4 independent samples, 106 to 186 people" in made.statement


def test_no_pair_of_the_shipped_ledger_has_the_same_numbers() -> None:
    assert twins(comparisons(evidence.read())) == ()
