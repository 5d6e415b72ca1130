"""Pools where words and numbers can go wrong: directions, turned rows, alike samples, too many arms, results told twice."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest
from evidence.conftest import make_folder

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.effects import effects_of, suited
from forwhom.analysis.evidence.pool import pool_effects
from forwhom.analysis.evidence.pool_checks import small_studies
from forwhom.analysis.evidence.pool_redundant import FOLLOWS, TWICE, without_redundant
from forwhom.analysis.evidence.pool_words import statement
from forwhom.analysis.evidence.pooling import pooled
from forwhom.evidence.arm_numbers import people_in
from forwhom.evidence.comparisons import Comparison, Given, Group
from forwhom.evidence.pairing import comparisons
from forwhom.io.metapsy import read_metapsy
from forwhom.kernels.meta_analysis import pet_peese


def events(study: str, a: float, n1: float, c: float, n2: float, **more: object) -> Comparison:
    one, two = Group(f"{study}/1", "mbt", "MBT", n1, events=a), Group(f"{study}/2", "tau", "TAU", n2, events=c)
    return made(study, one, two, **more)


def made(study: str, one: Group, two: Group, **more: object) -> Comparison:
    plain = Comparison("", study, study, study, "x", "X", "", one, two, better="lower")
    return replace(plain, **{"id": f"{study}/{one.id}{two.id}{more}", **more})


def means(study: str, arm: str, m1: float, control: str, m2: float, n: float = 40, **more: object) -> Comparison:
    return made(
        study, Group(f"{study}/{arm}", arm, arm, n, m1, 10.0), Group(f"{study}/{control}", control, control, n, m2, 10.0), **more
    )  # fmt: skip


def test_a_printed_ratio_among_events_stays_a_ratio() -> None:
    printed = made("p", Group("a", "", "", 50), Group("b", "", "", 50), given=Given("rr", 0.5, 0.3, 0.9))
    odds = made("q", Group("a", "", "", 50), Group("b", "", "", 50), given=Given("or", 0.5, 0.3, 0.9))
    assert suited([events("s", 3, 40, 9, 40), printed]) == "rr"
    assert suited([events("s", 3, 40, 9, 40), odds]) == "or"
    assert suited([events("s", 3, 40, 9, 40), means("t", "mbt", 3, "tau", 4)]) == "g"
    assert len(effects_of([events("s", 3, 40, 9, 40), printed], "rr").effects) == 2


def test_a_level_in_per_cent_leaves_out_its_row_alone() -> None:
    printed = made("p", Group("a", "", "", 50), Group("b", "", "", 50), given=Given("rr", 0.5, 0.3, 0.9, level=95))
    found = effects_of([events("s", 3, 40, 9, 40), printed], "rr")
    assert len(found.effects) == 1
    assert "0.95" in found.unused[0].why


def test_equal_ratios_at_several_times_are_no_certainty() -> None:
    rows = [events(s, 8, n, 20, n, months=m) for s, n in (("a", 50), ("b", 50), ("c", 50)) for m in (6.0, 12.0, 18.0)]
    found = pool_effects(effects_of(rows, "rr").effects, "rr")
    assert found.estimate == pytest.approx(0.4)
    assert found.low < 0.36
    assert found.high > 0.45
    assert any("hardly a width" in words for words in found.words)


def test_two_treatments_and_two_controls_are_pooled_without_what_follows() -> None:
    four = [means("z", a, m, c, w) for a, m in (("mbt", 30), ("dbt", 31)) for c, w in (("tau", 35), ("wl", 39))]
    rows = [*four, *(means(f"s{i}", "mbt", 30 + i, "tau", 36) for i in range(4))]
    kept, out = without_redundant(effects_of(rows, "g").effects, 0.5)
    assert [(each.comparison.one.word, each.comparison.two.word, each.why) for each in out] == [
        ("dbt", "wl", f"z: {FOLLOWS}")
    ]
    assert math.isfinite(pool_effects(kept, "g").estimate)


def test_a_result_told_twice_counts_once() -> None:
    numbers = means("s", "mbt", 30, "tau", 35)
    printed = made(
        "s", Group("s/mbt", "mbt", "", 40), Group("s/tau", "tau", "", 40), given=Given("g", -0.5, -0.94, -0.05), id="printed"
    )  # fmt: skip
    again = means("s", "mbt", 30, "tau", 35, id="again")
    kept, out = without_redundant(effects_of([printed, numbers, again], "g").effects, 0.5)
    assert [each.comparison.id for each in kept] == [numbers.id]
    assert {each.why for each in out} == {f"s: {TWICE}"}
    other = means("s", "mbt", 28, "tau", 35, id="other instrument")
    assert len(without_redundant(effects_of([numbers, other], "g").effects, 0.5)[0]) == 2


def test_small_studies_with_less_benefit_are_no_sign_of_results_kept_back() -> None:
    sizes = (15, 18, 20, 24, 30, 60, 100, 150, 200, 235)
    less = [means(f"s{i}", "mbt", 40 - 0.03 * n, "tau", 40.0, n=n) for i, n in enumerate(sizes)]
    more = [means(f"s{i}", "mbt", 40 - 150 / n, "tau", 40.0, n=n) for i, n in enumerate(sizes)]
    for rows, flatters in ((less, False), (more, True)):
        tests = small_studies(effects_of(rows, "g").effects, "g", rho=0.5, level=0.95)
        assert (
            next(test.flatters for test in tests if test.p is not None and test.p < 0.1 and not test.thin) is flatters
        )


def test_a_selection_model_on_one_study_says_so() -> None:
    rows = [means(f"s{i}", "mbt", 40 - (12 if i == 0 else 0.5 * (i % 3)), "tau", 40.0) for i in range(12)]
    tests = small_studies(effects_of(rows, "g").effects, "g", rho=0.5, level=0.95)
    (one,) = (test for test in tests if test.name == "Selection model")
    assert one.thin
    assert "1 of 12" in one.says


def test_how_studies_differ_stands_in_the_text() -> None:
    rows = [means(f"s{i}", "mbt", 30 + 3 * i, "tau", 45) for i in range(5)]
    found = pool_effects(effects_of(rows, "g").effects, "g")
    text = statement(found, "X", "a against b", 1)
    assert "τ²" in text
    assert "I²" in text
    assert f"Q {found.q:.1f}" in text


def test_rows_with_the_control_first_are_turned(tmp_path: Path) -> None:
    head = ["study", "condition_arm1", "condition_arm2", "instrument", "outcome_type", ".g", ".g_se"]
    head += [f"{name}_arm{i}" for i in (1, 2) for name in ("mean", "sd", "n")]
    path = tmp_path / "t.csv"
    with path.open("w", newline="") as out:
        write = csv.writer(out)
        write.writerow(head)
        write.writerow(["A", "dbt", "tau", "GAF", "msd", "1.0", "0.3", 60, 10, 40, 50, 10, 41])
        write.writerow(["B", "tau", "dbt", "GAF", "msd", "-1.0", "0.3", 50, 10, 41, 60, 10, 40])
        write.writerow(["C", "tau", "wl", "GAF", "msd", "-1.0", "0.3", 50, 10, 41, 60, 10, 40])
    trials = read_metapsy(path, evidence.read().vocabulary)
    one, two, three = trials.comparisons
    assert (two.one.mean, two.two.mean, two.given) == (one.one.mean, one.two.mean, one.given)
    assert three.absent
    assert "arms-turned" in {each.code for each in trials.notices}


def test_a_difference_of_means_with_its_interval_gives_the_same_as_the_means() -> None:
    numbers = means("s", "mbt", 30, "tau", 35)
    half = 1.9908470688 * 10.0 * math.sqrt(2 / 40)
    printed = made(
        "s", Group("a", "", "", 40), Group("b", "", "", 40), given=Given("md", -5.0, -5.0 - half, -5.0 + half)
    )
    one, two = effects_of([numbers, printed], "g").effects
    assert two.value == pytest.approx(one.value, rel=1e-8)
    assert two.variance == pytest.approx(one.variance, rel=1e-8)
    hazard = made("s", Group("a", "", "", 40), Group("b", "", "", 40), given=Given("hr", 0.5, 0.3, 0.9))
    assert "hr" in effects_of([hazard], "g").unused[0].why
    assert suited([events("s", 3, 40, 9, 40), hazard]) == "rr"


def test_decimal_commas_hold_for_what_moderates(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    head = "study;condition_arm1;condition_arm2;mean_age;n_sessions_ig;percent_women;mean_arm1;sd_arm1;n_arm1;mean_arm2;sd_arm2;n_arm2"
    path.write_text(f"{head}\nA;dbt;tau;31,5;10,5;80,2;60,1;10,5;40;50,2;10,1;41\n", "utf-8")
    traits = read_metapsy(path, evidence.read().vocabulary).comparisons[0].traits
    assert (traits["age"], traits["sessions"], traits["women"]) == (31.5, 10.5, 80.2)


def test_peese_is_taken_only_for_an_effect_in_the_hoped_direction() -> None:
    y, v = (
        [1.7 - 0.5 * s for s in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)],
        [s**2 for s in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)],
    )
    y = [value + (0.05 if i % 2 else -0.05) for i, value in enumerate(y)]
    assert pet_peese(y, v, alternative="greater").chosen == "PEESE"
    assert pet_peese(y, v, alternative="less").chosen == "PET"


NAMED_OTHERWISE = """id = "again"
sample = "trial"
[citation]
authors = ["Family A"]
year = 2021
title = "The trial again"
[design]
kind = "randomised"
assessments = [0, 12]
unit = "week"
[population]
disorder = ["bpd"]
[[arms]]
id = "mentalizing"
label = "Mentalizing"
role = "treatment"
treatment = "dbt"
n = 28
duration = { value = 12, unit = "week" }
[[arms]]
id = "usual"
label = "Usual"
role = "usual_care"
control = "treatment-as-usual"
n = 27
[[measures]]
id = "severity"
label = "Severity"
domain = "bpd-severity"
better = "lower"
[[results]]
id = "difference"
kind = "effect"
outcome = "severity"
arm = "mentalizing"
versus = "usual"
time = 12
statistic = "g"
value = -0.45
low = -0.97
high = 0.08
source = { document = "P", place = "Results, paragraph 2", line = 40 }
"""


def test_arms_that_papers_of_one_sample_name_differently_are_the_same_people(tmp_path: Path) -> None:
    place = make_folder(tmp_path, {"studies/again.toml": NAMED_OTHERWISE})
    here = [each for each in comparisons(evidence.read(place, shipped=False)) if each.given is not None]
    assert len(here) == 2
    assert here[0].one.id == here[1].one.id == "trial/dbt"
    assert here[0].two.id == here[1].two.id
    kept, gone = without_redundant(effects_of(here, "g").effects, 0.5)
    assert (len(kept), [TWICE in each.why for each in gone]) == (1, [True])


def test_two_arms_of_one_treatment_are_two_groups(tmp_path: Path) -> None:
    more = NAMED_OTHERWISE.replace(
        "[[measures]]", '[[arms]]\nid = "short"\nlabel = "Short"\nrole = "treatment"\ntreatment = "dbt"\n[[measures]]'
    )
    ledger = evidence.read(make_folder(tmp_path, {"studies/again.toml": more}), shipped=False)
    assert [people_in(ledger.studies["again"], arm) for arm in ledger.studies["again"].arms] == [
        "trial/mentalizing", "trial/treatment-as-usual", "trial/short",
    ]  # fmt: skip


def test_an_open_contradiction_about_a_study_is_a_caution(tmp_path: Path) -> None:
    def cautions(ledger: evidence.Ledger) -> dict[str, str]:
        return {each.code: each.text for each in pooled(ledger, Asking(), "x", comparisons(ledger)).cautions}

    assert "open-contradiction" not in cautions(evidence.read(make_folder(tmp_path), shipped=False))
    file = tmp_path / "studies/trial.toml"
    file.write_text(file.read_text().replace("n = 31\n", "n = 30\n"))
    assert cautions(evidence.read(tmp_path, shipped=False))["open-contradiction"] == (
        "Open about trial: The arms add up to 59, and 60 were randomised."
    )
    shipped = cautions(evidence.read())["open-contradiction"]
    assert shipped.startswith("Open about bateman-fonagy-2009: What counts as an outcome")
