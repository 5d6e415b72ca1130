"""Pools: beside metafor and clubSandwich, what coincides in special cases, what is said of few and of dependent effects."""

from __future__ import annotations

import importlib.util
import math
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.choosing import Choice, chosen, trait_named
from forwhom.analysis.evidence.effects import Effect, effects_of
from forwhom.analysis.evidence.pool import covariance, people_of, pool_effects
from forwhom.analysis.evidence.pool_checks import leave_out, small_studies
from forwhom.analysis.evidence.pool_moderators import slope, split
from forwhom.analysis.evidence.pool_record import pool_record
from forwhom.analysis.evidence.pooling import Wish, pooled
from forwhom.analysis.evidence.pools import pools
from forwhom.analysis.evidence.recomputed import recomputed
from forwhom.evidence import Ledger
from forwhom.evidence.comparisons import Comparison, Group
from forwhom.findings import Finding
from forwhom.findings.kinds import PoolDetail, RecomputedDetail
from forwhom.findings.record import from_json, to_json
from forwhom.io.metapsy import Trials, read_metapsy
from forwhom.kernels.meta_analysis import random_effects
from forwhom.problems import ProblemsFound

ROOT = Path(__file__).parents[3]
HERE = ROOT / "validation" / "evidence_pool"
METAPSY = "metapsy_borderline_psychotherapy_vs_control.csv"
SECOND_PEAK = {"suicidal behaviour/rd selection estimate"}
"""metafor stops at a lower peak of the likelihood there (README)."""


@cache
def compare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("evidence_pool_compare", HERE / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def ledger() -> Ledger:
    return evidence.read()


@pytest.fixture
def metapsy(shared_data: Path) -> Trials:
    path = shared_data / "g_meta" / METAPSY
    if not path.is_file():
        pytest.skip("no such table here")
    return read_metapsy(path, ledger().vocabulary)


@pytest.fixture(scope="module")
def synthetic() -> Trials:
    return read_metapsy(HERE / "synthetic.csv", ledger().vocabulary)


def within(name: str, ours: float, theirs: float) -> bool:
    """The optimiser of metafor stops about 1e-8 from the peak, farther in flat ones; see the README."""
    loose = "selection" in name or "filled" in name
    return abs(ours - theirs) <= (5e-4 if loose else 2e-6 if " df" in name else 1e-6) * max(1.0, abs(theirs))


def check(path: Path, name: str) -> None:
    found = list(compare().pairs(path, compare().reference()["tables"][name]))
    assert len(found) > 150
    assert [each for each in found if not within(*each) and each[0] not in SECOND_PEAK] == []


def test_the_made_up_table_beside_metafor() -> None:
    check(HERE / "synthetic.csv", "synthetic")


def test_the_metapsy_table_beside_metafor(shared_data: Path) -> None:
    path = shared_data / "g_meta" / METAPSY
    if not path.is_file():
        pytest.skip("no such table here")
    check(path, "metapsy")


# ── effects by hand ──────────────────────────────────────────────────────────────────────────────


def made(
    k: int,
    value: float = 0.4,
    *,
    sample: str = "",
    control: str = "c",
    measure: str = "bsl",
    months: float = 12.0,
    **traits: str | float,
) -> Effect:
    sample = sample or f"s{k}"
    n = 20.0 + 3 * k
    one = Comparison(
        f"e{k}", sample, sample, f"Study {sample}", "bpd-severity", "BPD severity", measure, Group(f"{sample}/t{k}", "dbt", "DBT", n),
        Group(f"{sample}/{control}", "tau", "TAU", n), "lower", "outcome", time="post", months=months, treatments=("dbt",), traits=traits,
    )  # fmt: skip
    return Effect(one, value, 2 / n + 0.01, 1 / n, "means")


def same_people(first: Effect, **more: object) -> Effect:
    return replace(first, comparison=replace(first.comparison, id="again", **more))


VALUES = (0.1, 0.5, 0.9, 0.4, 0.7, 0.2, 0.3, 0.6)


def many(n: int = 8, **traits: str | float) -> list[Effect]:
    return [made(k, VALUES[k % 8], **traits) for k in range(n)]


def test_independent_effects_are_random_effects_with_knapp_hartung() -> None:
    effects = many()
    ours = pool_effects(effects, "g")
    theirs = random_effects([e.value for e in effects], [e.variance for e in effects])
    assert (ours.estimate, ours.low, ours.tau2, ours.model, ours.k) == (
        theirs.estimate,
        theirs.low[0],
        theirs.tau2,
        "random effects",
        8,
    )
    assert ours.people == sum(round(2 * (20 + 3 * k)) for k in range(8))


def test_one_study_is_its_effect_and_two_effects_of_one_people_are_no_two() -> None:
    first = made(1, 0.6)
    alone = pool_effects([first], "g")
    assert (alone.estimate, alone.model, alone.tau2, alone.prediction_low) == (0.6, "one study", None, None)
    both = pool_effects([first, same_people(first, measure="bdi")], "g", rho=0.8)
    assert both.k == 1
    assert both.se == pytest.approx(math.sqrt(first.variance * 0.9))
    assert both.people == alone.people


def test_two_samples_give_a_very_wide_interval_and_no_prediction() -> None:
    two = pool_effects(many(2), "g")
    assert (two.k, two.prediction_low) == (2, None)
    assert two.high - two.low > 3.0


def test_ratios_are_shown_as_ratios() -> None:
    log, ratio = pool_effects(many(), "g"), pool_effects(many(), "rr")
    assert (ratio.estimate, ratio.low, ratio.prediction_high) == pytest.approx(
        (math.exp(log.estimate), math.exp(log.low), math.exp(log.prediction_high or 0))
    )
    assert (ratio.centre, ratio.se, ratio.tau2) == (log.centre, log.se, log.tau2)


def test_what_effects_have_in_common() -> None:
    first = made(1, 0.5, sample="s")
    again = same_people(first, measure="bdi")
    other = made(2, 0.3, sample="s")
    found = covariance([first, again, other, made(3)], 0.5)
    assert found[0, 1] == pytest.approx(0.5 * first.variance)
    people = [e.comparison.people or 0.0 for e in (first, other)]
    shared = math.sqrt(first.shared * other.shared) + 0.15 / (2 * math.sqrt(people[0] * people[1]))
    assert found[0, 2] == pytest.approx(shared)
    assert found[1, 2] == pytest.approx(0.5 * shared)
    assert (found[3, :3] == 0).all()
    assert np.linalg.eigvalsh(found)[0] > 0


def test_copies_of_an_effect_weigh_hardly_more_than_the_effect() -> None:
    effects = many()
    alone = pool_effects(effects, "g")
    copies = [*effects, *(same_people(effects[2], measure=f"m{i}") for i in range(4))]
    ours = pool_effects(copies, "g", rho=0.9)
    naive = random_effects([e.value for e in copies], [e.variance for e in copies]).estimate
    assert ours.model == "three-level"
    assert abs(ours.estimate - alone.estimate) < 0.25 * abs(naive - alone.estimate)
    assert people_of(copies) == alone.people


def test_the_order_of_effects_is_irrelevant() -> None:
    effects = [*many(), same_people(many()[3], measure="bdi")]
    first, second = pool_effects(effects, "g"), pool_effects(effects[::-1], "g")
    assert (second.estimate, second.low, second.df) == pytest.approx((first.estimate, first.low, first.df), rel=1e-6)
    assert second.weights[::-1] == pytest.approx(first.weights, rel=1e-5)


def test_one_left_out_is_the_pool_of_the_others() -> None:
    effects = [*many(), same_people(many()[3], measure="bdi")]
    whole = pool_effects(effects, "g")
    found = leave_out(effects, whole, rho=0.5)
    rest = pool_effects([e for e in effects if e.comparison.sample != "s3"], "g")
    assert len(found) == 8
    assert found[3].pooled.estimate == pytest.approx(rest.estimate)
    assert leave_out(effects[:2], whole, rho=0.5) == ()


def test_small_study_tests_decline_below_ten_samples() -> None:
    assert all("too few" in test.declined for test in small_studies(many(9), "g", rho=0.5, level=0.95))
    assert not small_studies(many(10), "g", rho=0.5, level=0.95)[0].declined


def test_levels_are_tested_from_four_samples_on_and_shown_below() -> None:
    few = [*many(4, format="ind"), *(made(10 + k, 0.2, format="grp") for k in range(3))]
    found = split(few, "g", "format", rho=0.5, level=0.95)
    assert [(name, one.k) for name, one in found.levels] == [("grp", 3), ("ind", 4)]
    assert found.declined == "fewer than two levels have 4 samples"
    more = split([*few, made(20, 0.1, format="grp"), made(21)], "g", "format", rho=0.5, level=0.95)
    assert (more.tested, more.df1, more.unknown, more.declined) == (("grp", "ind"), 1, 1, "")


def test_a_slope_is_found_where_there_is_one_and_declined_below_six() -> None:
    rising = [made(k, 0.1 + 0.01 * 5 * k, sessions=float(5 * k)) for k in range(8)]
    found = slope(rising, "g", "sessions", rho=0.5, level=0.95)
    assert found.slope is not None
    assert found.slope / found.step == pytest.approx(0.01, rel=1e-3)
    assert slope(rising[:5], "g", "sessions", rho=0.5, level=0.95).declined == "5 samples state it, 6 are needed"
    flat = [made(k, 0.1 * k, sessions=10.0) for k in range(8)]
    assert slope(flat, "g", "sessions", rho=0.5, level=0.95).declined == "all samples have the same value"


def test_severity_is_compared_within_one_instrument_only() -> None:
    mixed = [made(k, 0.1 * k, baseline=30.0 + k, measure="bsl" if k < 7 else "bdi") for k in range(10)]
    found = slope(mixed, "g", "baseline", rho=0.5, level=0.95)
    assert (found.k, found.unknown) == (7, 3)
    assert found.note.startswith("scores of bsl only")


# ── findings ─────────────────────────────────────────────────────────────────────────────────────


def codes(finding: Finding) -> set[str]:
    return {caution.code for caution in finding.cautions}


def of(trials: Trials, *words: str, **wish: object) -> Finding:
    kept = chosen(trials.comparisons, Choice(*words), ledger().vocabulary)
    return pooled(trials, Asking(), "x", kept, Wish(**wish))


def test_the_real_table_says_which_way_its_column_points(metapsy: Trials) -> None:
    text = {c.code: c.text for c in of(metapsy).cautions}["sign-of-the-column"]
    assert text.startswith("The file's column of effects does not have one sign.")
    assert (
        "Borderline symptom severity: negative values favour the treatment (28 of 29 rows, not row 15; row 2 cannot tell)"
        in text
    )
    assert (
        "Suicidal behaviour: positive values favour the treatment (21 of 21 rows; row 18, row 40, row 43 cannot tell)"
        in text
    )


def test_the_real_table_pooled(metapsy: Trials) -> None:
    finding = of(metapsy, "BPD severity")
    assert "28 independent samples (30 effects), 1890 people" in finding.statement
    assert "0.45 (95 % interval 0.25 to 0.65)" in finding.statement
    assert "from −0.41 to 1.30, so it may lie on either side" in finding.statement
    assert {"dependent-effects", "studies-differ", "mostly-high-risk", "unlike-spreads", "sign-of-the-column"} <= codes(
        finding
    )
    suicidal = of(metapsy, "suicidality")
    assert [(left.n, left.of) for left in suicidal.population.left_out] == [(3, "comparisons")]
    assert "empty-cells" in codes(suicidal)


def test_everything_hard_in_the_made_up_table_is_said(synthetic: Trials) -> None:
    finding = of(synthetic, "BPD severity", by=("format",), moderators=("sessions",))
    text = {c.code: c.text for c in finding.cautions}
    assert "the same people at several times in 3 samples" in text["dependent-effects"]
    assert "several outcomes or instruments in 4 samples" in text["dependent-effects"]
    assert "several treatments against the same comparison group in 1 sample" in text["dependent-effects"]
    assert "study-level-moderators" in text
    assert from_json(
        to_json(
            pool_record(
                ledger(), Choice("BPD severity"), Wish(), table=synthetic, name="x", comparisons=synthetic.comparisons
            )
        )
    )


def test_few_studies_are_said_in_words(synthetic: Trials) -> None:
    names = [f"Study {letter}" for letter in "ADEH"]
    rows = [
        c for c in synthetic.comparisons if c.outcome == "bpd-severity" and c.label[:7] in names and c.time == "post"
    ]
    for n, code, word in (
        (1, "one-study", "One study shows nothing"),
        (2, "two-studies", "very uncertain"),
        (4, "few-studies", "In a new study"),
    ):
        finding = pooled(synthetic, Asking(), "x", rows[:n])
        assert code in codes(finding)
        assert word in finding.statement


def test_nothing_to_pool_is_declined_with_every_reason(synthetic: Trials) -> None:
    rows = [replace(c, better=None) for c in synthetic.comparisons[:1]]
    finding = pooled(synthetic, Asking(), "x", rows)
    assert finding.status == "declined"
    assert "nothing declares which direction is good for bpdsi" in (finding.reason or "")
    assert pooled(synthetic, Asking(), "x", ()).status == "declined"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"traits": {"allocated": "clusters"}}, "unit-of-analysis"), ({"traits": {"randomised": "no"}}, "not-randomised"),
        ({"traits": {}}, "risk-of-bias-not-rated"), ({"outcome_label": "Another"}, "several-outcomes"),
    ],
)  # fmt: skip
def test_what_effects_are_made_of_is_said(synthetic: Trials, change: dict[str, object], code: str) -> None:
    rows = [c for c in synthetic.comparisons if c.outcome == "bpd-severity"]
    rows = (
        [rows[0], replace(rows[1], **change)]
        if code == "several-outcomes"
        else [replace(c, **change) for c in rows[:4]]
    )
    assert code in codes(pooled(synthetic, Asking(), "x", rows))


def test_changes_events_and_alike_studies_are_said() -> None:
    def change(i: int) -> Comparison:
        a, b = (Group(f"{i}/{x}", "", x, 30.0 + i, change=-m, sd_change=6.0) for x, m in (("a", 5.0), ("b", 2.0)))
        return Comparison(f"{i}", f"{i}", f"{i}", f"S{i}", "x", "X", "m", a, b, "lower")

    def events(i: int) -> Comparison:
        a, b = (Group(f"{i}/{x}", "", x, 30.0, events=e) for x, e in (("a", 5.0), ("b", 9.0)))
        return Comparison(f"{i}", f"{i}", f"{i}", f"S{i}", "x", "X", "m", a, b, "lower")

    found = codes(pooled(ledger(), Asking(), "x", [*map(change, range(3)), events(9)], Wish("g")))
    assert {"assumed-correlation", "events-as-differences"} <= found
    assert "narrower-than-normal" in codes(pooled(ledger(), Asking(), "x", list(map(change, range(5)))))


def test_unknown_words_are_all_told_with_the_nearest(synthetic: Trials) -> None:
    with pytest.raises(ProblemsFound) as found:
        pool_record(
            ledger(),
            Choice("BPD severty", "dbtt"),
            Wish(by=("fromat",)),
            table=synthetic,
            name="x",
            comparisons=synthetic.comparisons,
        )
    told = [(each.code, each.do.split("?")[0]) for each in found.value.problems]
    assert told == [
        ("nothing-to-pool", "Did you mean 'BPD severity'"), ("nothing-to-pool", "Did you mean 'dbt'"),
        ("unknown-trait", "Did you mean 'format'"),
    ]  # fmt: skip


def test_a_broader_word_takes_its_parts_and_traits_have_names(synthetic: Trials) -> None:
    words = ledger().vocabulary
    families = {
        c.one.word
        for c in chosen(synthetic.comparisons, Choice(treatment="cognitive and behavioural therapies"), words)
    }
    assert families == {"dbt"}
    assert {c.time for c in chosen(synthetic.comparisons, Choice(time="follow-up"), words)} == {"follow-up"}
    assert [trait_named(name, synthetic.comparisons) for name in ("dose", "severity", "Risk-of-bias")] == [
        "sessions",
        "baseline",
        "bias",
    ]


# ── the ledger ───────────────────────────────────────────────────────────────────────────────────


def test_the_ledger_has_one_pool_of_one_trial() -> None:
    (finding,) = pools(ledger(), Asking())
    assert finding.id == "evidence.pool.mbt.severe-parasuicidal"
    assert {"one-study", "risk-of-bias-not-rated"} <= codes(finding)
    assert isinstance(finding.detail, PoolDetail)
    assert finding.detail.sides[0] == "favours MBT, outpatient"


def test_the_mbt_trial_recomputed_beside_metafor() -> None:
    theirs = compare().reference()["trial"]
    finding = recomputed(ledger(), Asking())
    assert isinstance(finding.detail, RecomputedDetail)
    (row,) = finding.detail.rows
    assert math.log(row.ratio.value or 0) == pytest.approx(theirs["rr"]["yi"])
    assert math.log(row.odds.value or 0) == pytest.approx(theirs["or"]["yi"])
    assert row.difference.value == pytest.approx(theirs["rd"]["yi"])
    assert row.number == "NNTB 2.9 (95 % CI 2.1 to 5.5)"
    assert (row.verdict, row.events) == ("agrees", ((16, 71), (36, 63)))
    made_ = effects_of(evidence_comparisons(), "rr").effects[0]
    assert made_.variance == pytest.approx(theirs["rr"]["vi"])


def evidence_comparisons() -> tuple[Comparison, ...]:
    from forwhom.evidence.pairing import comparisons

    return comparisons(ledger())


def test_a_printed_ratio_that_does_not_follow_from_the_events_differs(tmp_path: Path) -> None:
    source = (evidence.SHIPPED / "studies" / "bateman-fonagy-2009.toml").read_text(encoding="utf-8")
    row = (
        '\n[[results]]\nid = "rr"\nkind = "effect"\noutcome = "episode"\narm = "mbt"\nversus = "scm"\ntime = 18\n'
        'statistic = "rr"\nvalue = {}\nsource = {{ document = "S2", place = "Text" }}\n'
    )
    for value, verdict in (("0.39", "agrees"), ("0.45", "differs")):
        folder = tmp_path / value
        (folder / "studies").mkdir(parents=True)
        text = source.replace(
            'id = "bateman-fonagy-2009"', 'id = "bateman-fonagy-2009"\nreplaces = "bateman-fonagy-2009"'
        )
        (folder / "studies" / "bateman-fonagy-2009.toml").write_text(
            text.replace("\n[[stated]]", row.format(value) + "\n[[stated]]", 1), encoding="utf-8"
        )
        finding = recomputed(evidence.read(folder), Asking())
        assert isinstance(finding.detail, RecomputedDetail)
        assert finding.detail.rows[0].verdict == verdict
        assert ("differs in Bateman" in finding.statement) == (verdict == "differs")
