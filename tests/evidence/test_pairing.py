"""Comparisons from the rows of the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from forwhom import evidence
from forwhom.evidence import Printed
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.pairing import comparisons, events_of

HEAD = """
id = "trial"
sample = "people"
[citation]
authors = ["Author A", "Author B", "Author C"]
year = 2010
title = "A made-up trial"
[design]
kind = "{kind}"
assessments = [0, 12, 24]
unit = "month"
[population]
disorder = ["bpd"]
[[arms]]
id = "dbt"
label = "DBT"
role = "treatment"
treatment = "dbt"
n = 40
duration = {{ value = 12, unit = "month" }}
per_week = 1
[[arms]]
id = "tau"
label = "TAU"
role = "usual_care"
control = "treatment-as-usual"
n = 41
[[arms]]
id = "hc"
label = "Healthy"
role = "healthy"
n = 40
[[measures]]
id = "bsl"
label = "BSL"
instrument = "BSL-23"
domain = "bpd-severity"
better = "lower"
"""
SOURCE = 'source = { document = "self", place = "Table 1" }\n'


def row(name: str, **keys: object) -> str:
    lines = "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())
    return f'[[results]]\nid = "{name}"\n{lines}{SOURCE}'


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def made(folder: Path, *rows: str, kind: str = "randomised") -> tuple[Comparison, ...]:
    (folder / "studies").mkdir(exist_ok=True)
    (folder / "studies" / "trial.toml").write_text(HEAD.format(kind=kind) + "".join(rows), encoding="utf-8")
    return comparisons(evidence.read(folder, shipped=False))


def means(name: str, arm: str, mean: float, time: int = 12, **more: object) -> str:
    return row(name, kind="means", outcome="bsl", arm=arm, mean=mean, time=time, **{"sd": 5.5, **more})


def test_the_mbt_trial_of_the_ledger() -> None:
    (one,) = comparisons(evidence.read())
    assert (one.one.events, one.one.n, one.two.events, one.two.n) == (16, 71, 36, 63)
    assert (one.better, one.declared_by, one.time, one.traits["allegiance"]) == (
        "lower",
        "measure",
        "post",
        "developers",
    )


@pytest.mark.parametrize(
    ("percent", "n", "found"),
    [
        ("23", 71, (16,)),
        ("57", 63, (36,)),
        ("22.5", 71, (16,)),
        ("23.5", 71, ()),
        ("100", 8, (8,)),
        ("0", 8, (0,)),
        ("50", 401, (199, 200, 201, 202)),
    ],
)
def test_counts_that_are_printed_as_a_per_cent(percent: str, n: int, found: tuple[int, ...]) -> None:
    assert events_of(Printed(percent), n) == found


def test_means_of_a_treated_and_a_control_arm_at_one_time(tmp_path: Path) -> None:
    (one,) = made(
        tmp_path, means("a", "dbt", 1.5), means("b", "tau", 2.0), means("c", "hc", 0.2), means("d", "tau", 2.2, time=24),
        means("e", "dbt", 3.0, time=0), means("f", "tau", 3.0, time=0),
    )  # fmt: skip
    assert (one.kind, one.one.mean, one.two.mean, one.one.n, one.two.n) == ("means", 1.5, 2.0, 40, 41)
    assert (one.label, one.sample, one.months, one.measure) == ("Author et al. 2010", "people", 12.0, "BSL-23")
    assert one.traits["sessions"] == pytest.approx(52.2, abs=0.1)


def test_a_standard_error_becomes_a_spread_and_one_without_either_is_told(tmp_path: Path) -> None:
    with_se = means("b", "tau", 2.0).replace("sd = 5.5", "se = 0.5")
    (one,) = made(tmp_path, means("a", "dbt", 1.5), with_se)
    assert one.two.sd == pytest.approx(0.5 * 41**0.5)
    (two,) = made(tmp_path, means("a", "dbt", 1.5), means("b", "tau", 2.0).replace("sd = 5.5\n", ""))
    assert two.absent == "the spread in TAU is absent"


def test_a_per_cent_of_several_counts_gives_no_events(tmp_path: Path) -> None:
    keys = {"kind": "events", "outcome": "suicide-attempt", "time": 24}
    (one,) = made(
        tmp_path, row("a", arm="dbt", percent=23, n=400, **keys), row("b", arm="tau", percent=50, n=40, **keys)
    )
    assert one.absent == "23 % of 400 could be 90 to 94 people"
    assert one.time == "follow-up"


def test_what_is_stated_again_or_of_responders_is_left_out(tmp_path: Path) -> None:
    again = means("c", "dbt", 1.5, same_as="a").replace("Table 1", "Abstract")
    found = made(
        tmp_path, means("a", "dbt", 1.5), means("b", "tau", 2.0), again, means("d", "dbt", 1.0, scope="responders")
    )
    assert [each.id for each in found] == ["trial/a"]


def test_an_effect_between_arms_keeps_its_direction(tmp_path: Path) -> None:
    effect = row(
        "a",
        kind="effect",
        outcome="bsl",
        arm="dbt",
        versus="tau",
        statistic="d",
        value=-0.4,
        low=-0.8,
        high=0.0,
        direction="better",
        time=12,
    )
    (one,) = made(tmp_path, effect, kind="cluster-randomised")
    assert one.given is not None
    assert (one.given.statistic, one.given.value, one.given.toward, one.kind) == ("d", -0.4, 1, "given")
    assert one.traits["allocated"] == "clusters"


def test_the_instrument_tells_the_direction_before_the_outcome(tmp_path: Path) -> None:
    gaf = '[[measures]]\nid = "gaf"\nlabel = "GAF"\ninstrument = "GAF"\ndomain = "bpd-severity"\n'
    rows = [
        row(a, kind="means", outcome="gaf", arm=a, mean=m, sd=8.0, time=12) for a, m in (("dbt", 60.0), ("tau", 50.0))
    ]
    (one,) = made(tmp_path, gaf, *rows)
    assert (one.better, one.declared_by) == ("higher", "instrument")


@pytest.mark.parametrize(
    ("statistic", "given", "value", "low"),
    [("g", 1.56, -1.56, -2.0), ("rr", 2.0, 0.5, 0.4), ("log_rr", 0.7, -0.7, -0.9)],
)
def test_a_printed_effect_of_the_control_is_turned(
    tmp_path: Path, statistic: str, given: float, value: float, low: float
) -> None:
    high = {"g": 2.0, "rr": 2.5, "log_rr": 0.9}[statistic]
    (one,) = made(
        tmp_path,
        row("x", kind="effect", outcome="bsl", arm="tau", versus="dbt", statistic=statistic, value=given, low=0.3, high=high,
            time=12, direction="worse"),
    )  # fmt: skip
    assert (one.one.word, one.two.word) == ("dbt", "treatment-as-usual")
    assert one.given is not None
    assert (one.given.value, one.given.low, one.given.toward) == (pytest.approx(value), pytest.approx(low), 1)
    assert "turned" in one.made
