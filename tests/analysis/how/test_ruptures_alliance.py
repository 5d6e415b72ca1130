"""Alliance, ruptures and sudden changes of a study: what is answered, what is refused in words, and no session judged by a later one."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from forwhom.analysis.asking import Asking
from forwhom.analysis.how.alliance import alliance
from forwhom.analysis.how.ruptures import ruptures
from forwhom.analysis.how.session_table import alliance as alliance_of
from forwhom.analysis.how.session_table import null_courses, session_table
from forwhom.analysis.how.sudden_change import sudden_change
from forwhom.analysis.how.sudden_table import sudden_names
from forwhom.findings import Estimate, Finding
from forwhom.findings.kinds import AllianceDetail, RupturesDetail, SuddenChangeDetail
from forwhom.kernels.ruptures import score_drops
from forwhom.study import Study
from forwhom.study.plan import SuddenChange

ASK = Asking()


def _made() -> ModuleType:
    spec = spec_from_file_location("sessions_study", Path(__file__).parent / "sessions_study.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def study() -> Study:
    made: Study = _made().sessions_study(70, 30, leave=3.0, harm=6.0)
    return made


@pytest.fixture(scope="module")
def found(study: Study) -> Finding:
    return ruptures(study, ASK)


def estimate(finding: Finding, *words: str) -> Estimate:
    (one,) = [each for each in finding.estimates if all(word in each.name for word in words)]
    return one


def plan(study: Study, **changes: object) -> Study:
    return replace(study, plan=replace(study.plan, ruptures=replace(study.plan.ruptures, **changes)))


def test_rates_stand_beside_chance_and_the_plan_makes_it_planned(found: Finding) -> None:
    assert (found.status, found.registered) == ("answered", "planned")
    detail = found.detail
    assert isinstance(detail, RupturesDetail)
    assert [rate.arm for rate in detail.rates] == ["TAU", "MBT"]
    for rate in detail.rates:
        assert rate.expected.value is not None
        assert rate.rate.value == pytest.approx(10 * rate.ruptures / rate.sessions)
    assert "where noise alone would give" in found.statement
    assert "rupture-by-chance" in {caution.code for caution in found.cautions}
    assert sum(block.sessions for block in detail.blocks) == sum(rate.sessions for rate in detail.rates)


def test_codes_agree_and_judge_the_criterion(found: Finding) -> None:
    agreement = estimate(found, "presence of ruptures", "Cohen's kappa")
    assert agreement.value is not None
    assert 0.5 < agreement.value < 1
    assert estimate(found, "intensity of ruptures").unit == "intraclass correlation"
    assert 0 < (estimate(found, "sensitivity").value or 0) < 1
    assert (estimate(found, "specificity").value or 0) > 0.9
    assert estimate(found, "coded as repaired").value is not None


def test_a_repair_in_a_later_session_counts_up_to_the_window(study: Study) -> None:
    """One person per case: rupture in session 2; repairs coded where named; how many sessions there were."""
    cases = {
        "1": (10, {2}), "2": (10, {3}), "3": (10, {7}), "4": (10, {8}), "5": (10, {1}), "6": (10, set()),
        "7": (6, set()), "8": (7, set()), "9": (3, {3}),
    }  # fmt: skip
    rows = [
        {
            "id": who,
            "number": t,
            "rater_a": float(t == 2),
            "repair_a": None if who == "6" and t == 4 else float(t in repaired),
        }
        for who, (most, repaired) in cases.items()
        for t in range(1, most + 1)
    ]
    # Nobody coded repairs in the sessions of the tenth.
    rows += [{"id": "10", "number": t, "rater_a": float(t == 2), "repair_a": None} for t in range(1, 11)]
    coded = replace(
        plan(study, column=None, criterion=None, codes=("rater_a",)), sessions=pl.DataFrame(rows).sample(fraction=1.0, shuffle=True, seed=1)
    )  # fmt: skip
    finding = ruptures(coded, ASK)
    share = estimate(finding, "coded as repaired in their session or one of the next 5")
    # Repaired: 1, 2, 3 and 9; not: 4, 5, 6 and 8; open: 7.
    assert (share.value, share.n) == (pytest.approx(0.5), 8)
    assert isinstance(finding.detail, RupturesDetail)
    (said,) = [each.says for each in finding.detail.relations if "coded as repaired" in each.what]
    assert said == (
        "of 8 coded ruptures that can be told; 1 open when sessions ended; 1 without a repair had sessions nobody coded for one"
    )


def test_leaving_and_outcome_follow_what_was_planted(study: Study) -> None:
    """Lasting ruptures were made to raise leaving and depression; falls of the score see them."""
    drop = ruptures(plan(study, criterion="score_drop", drop=1.2), ASK)
    odds = estimate(drop, "leaving afterwards")
    assert odds.value is not None
    assert odds.value > 1.5
    assert odds.p is not None
    assert odds.p < 0.05
    harm = estimate(drop, "later outcome", "unresolved rupture against no rupture")
    assert harm.value is not None
    assert harm.value > 1
    assert "a fall of at least 1.20 points" in drop.method.options["rupture by the fall of the score"]
    assert {"rate ratio", "points"} <= {e.unit for e in drop.estimates if e.name.startswith("diagnosis")}


def test_without_a_criterion_both_are_shown_and_said_to_differ(study: Study) -> None:
    both = ruptures(plan(study, criterion=None), ASK)
    assert both.registered == "exploratory"
    assert isinstance(both.detail, RupturesDetail)
    assert [name for name, _ in both.detail.criteria] == ["own control chart", "fall of the score"]
    assert both.statement.endswith("the criteria differ.")
    assert "criteria-differ" in {caution.code for caution in both.cautions}


def test_sessions_after_the_mark_do_not_touch_the_relation_to_the_outcome(study: Study) -> None:
    """Scores and ratings after month 6 changed: what stands before it says the same of the later outcome."""
    assert study.sessions is not None
    late = study.sessions.with_columns(
        pl.when(pl.col("time") > 6)
        .then(pl.lit(1.0) + (pl.col("number") % 3))
        .otherwise(pl.col("alliance"))
        .alias("alliance")
    )
    for each in (study, plan(study, criterion="score_drop", drop=1.2)):
        one = estimate(ruptures(each, ASK), "later outcome", "unresolved rupture against no rupture")
        two = estimate(
            ruptures(replace(each, sessions=late), ASK), "later outcome", "unresolved rupture against no rupture"
        )
        assert (one.value, one.low, one.n) == (two.value, two.low, two.n)


def test_direction_turns_everything(study: Study) -> None:
    assert study.sessions is not None
    turned = replace(
        study,
        sessions=study.sessions.with_columns((8 - pl.col("alliance")).alias("alliance")),
        scales=study.scales | {"alliance": replace(study.scales["alliance"], better="lower")},
    )
    one, two = ruptures(study, ASK).detail, ruptures(turned, ASK).detail
    assert isinstance(one, RupturesDetail)
    assert isinstance(two, RupturesDetail)
    assert [rate.ruptures for rate in one.rates] == [rate.ruptures for rate in two.rates]
    assert two.people[0].values == pytest.approx([8 - v for v in one.people[0].values])


def test_what_is_not_known_is_refused_with_the_key_to_write(study: Study) -> None:
    unsaid = replace(study, scales={name: scale for name, scale in study.scales.items() if name != "alliance"})
    for ask in (ruptures, alliance):
        finding = ask(unsaid, ASK)
        assert finding.status == "declined"
        assert finding.would_take == '[scales.alliance] better = "higher" (or "lower") in study.toml.'
        none = ask(replace(study, sessions=None), ASK)
        assert none.status == "not_applicable"
    unnamed = replace(unsaid, plan=replace(study.plan, ruptures=None), scales={"bdi": study.scales["bdi"]})
    assert "named as the alliance" in ruptures(unnamed, ASK).statement
    assert study.sessions is not None
    timeless = replace(study, sessions=study.sessions.drop("time"))
    absent = estimate(ruptures(timeless, ASK), "later outcome", "unresolved rupture")
    assert "no time" in (absent.why_absent or "")
    staying = replace(study, persons=study.persons.drop("left"))
    assert "nobody's leaving" in (estimate(ruptures(staying, ASK), "leaving afterwards").why_absent or "")


def test_codes_alone_are_an_answer(study: Study) -> None:
    assert study.sessions is not None
    bare = replace(plan(study, column=None, criterion=None), sessions=study.sessions.drop("alliance", "alliance_t"))
    finding = ruptures(bare, ASK)
    assert finding.status == "answered"
    assert finding.statement.startswith("Raters found a rupture in")


def test_few_or_constant_ratings_are_refused(study: Study) -> None:
    assert study.sessions is not None
    short = replace(study, sessions=study.sessions.filter(pl.col("number") <= 2))
    assert ruptures(short, ASK).status == "declined"
    flat = replace(study, sessions=study.sessions.with_columns(pl.lit(5.0).alias("alliance")))
    for ask in (ruptures, alliance):
        finding = ask(flat, ASK)
        assert finding.status in ("answered", "declined"), finding.statement
        assert "nan" not in to_text(finding)


def to_text(finding: Finding) -> str:
    return f"{finding.statement} {[(e.value, e.low, e.high, e.p) for e in finding.estimates]}".lower()


def test_the_same_asking_gives_the_same_numbers(study: Study, found: Finding) -> None:
    again = ruptures(study, ASK)
    assert again.estimates == found.estimates
    assert again.detail == found.detail


def test_the_sentence_tells_repair_beside_noise_leaving_outcome_moderation_and_kappa(study: Study) -> None:
    drop = ruptures(plan(study, criterion="score_drop", drop=1.2), ASK)
    said = drop.statement
    for words in (
        "were repaired within 5 sessions (",
        "falls that are noise: ",
        "After a session with an unresolved rupture the odds of leaving were ",
        "each rupture not repaired went with ",
        "with diagnosis: ",
        "Cohen's kappa of 2 raters on the presence of ruptures: ",
    ):
        assert words in said, said
    odds = estimate(drop, "leaving afterwards")
    assert f"{odds.value:.2f} times those after one without ({odds.low:.2f} to {odds.high:.2f}" in said
    assert "rupture-false-alarms" in {caution.code for caution in drop.cautions}
    assert isinstance(drop.detail, RupturesDetail)
    everybody = drop.detail.repairs[0]
    assert everybody.expected.value is not None
    assert everybody.share.value is not None
    table = session_table(alliance_of(study))
    assert table is not None
    back = known = 0
    for made in null_courses(table, ASK.rng("how.ruptures score_drop line"), "line"):
        found = score_drops(made, 1.2)
        back += int(found.repaired.sum())
        known += int((found.repaired | found.unrepaired).sum())
    assert everybody.expected.value == pytest.approx(back / known)


def test_ruptures_not_repaired_by_the_mark_are_counted_where_few_are_open(study: Study) -> None:
    drop = ruptures(plan(study, criterion="score_drop", drop=1.2), ASK)
    each = estimate(drop, "later outcome", "per rupture not repaired by then")
    assert each.low is not None
    assert each.low > 0


def test_codes_alone_tell_leaving_outcome_moderation_and_are_planned(study: Study) -> None:
    """Codes lead to the planted harm without any rating of the alliance."""
    assert study.sessions is not None
    bare = replace(plan(study, column=None, criterion=None), sessions=study.sessions.drop("alliance", "alliance_t"))
    finding = ruptures(bare, ASK)
    assert finding.registered == "planned"
    odds = estimate(finding, "leaving afterwards", "raters' codes")
    assert odds.value is not None
    assert odds.value > 1
    assert estimate(finding, "rate of ruptures by diagnosis", "raters' codes").value is not None
    assert estimate(finding, "per rupture not repaired by then, raters' codes").value is not None
    for words in ("were repaired (", "the odds of leaving", "Cohen's kappa of 2 raters"):
        assert words in finding.statement, finding.statement


def test_episodes_of_codes_end_with_a_coded_repair_or_a_session_without() -> None:
    from forwhom.analysis.how.rupture_coded import episodes

    nan = float("nan")
    rows = np.array([[0, -1, -1, 0, 0.5, 0], [0, 0, -0.5, 0, -1, nan]])
    with_repairs, without = episodes(rows, repairs=True), episodes(np.where(rows > 0, 0, rows), repairs=False)
    assert with_repairs.person.tolist() == [0, 1, 1]
    assert with_repairs.onset.tolist() == [1, 2, 4]
    assert with_repairs.duration.tolist() == [3, 0, 0]
    assert with_repairs.returned.tolist() == [True, True, False]
    assert with_repairs.unresolved[0].tolist() == [False, True, True, True, False, False]
    assert without.duration.tolist() == [2, 1, 0]
    assert without.unresolved[0].tolist() == [False, True, True, False, False, False]


def test_constant_and_short_ratings_are_refused_in_the_reader_s_words(study: Study) -> None:
    assert study.sessions is not None
    flat = replace(study, sessions=study.sessions.with_columns(pl.lit(5.0).alias("alliance")))
    for ask in (ruptures, alliance):
        finding = ask(flat, ASK)
        assert finding.status == "declined"
        assert finding.statement == "No answer: nobody's ratings of Alliance (patient) vary."
    short = ruptures(replace(study, sessions=study.sessions.filter(pl.col("number") <= 5)), ASK)
    assert short.status == "declined"
    assert "after more than 5 sessions" in short.statement
    assert "at least 6 sessions" in (short.would_take or "")


# ── alliance ─────────────────────────────────────────────────────────────────────────────────────


def test_growth_shares_and_relations_of_the_alliance(study: Study) -> None:
    finding = alliance(study, ASK)
    assert finding.status == "answered"
    assert isinstance(finding.detail, AllianceDetail)
    assert {what for what, _ in finding.detail.shares} == {"people", "therapists"}
    assert 0 < sum(share.value or 0 for _, share in finding.detail.shares) < 1
    groups = {relation.group for relation in finding.detail.relations}
    assert groups == {"Later outcome", "Session to session", "Other forms"}
    assert (estimate(finding, "correlation within people").value or 0) > 0.4
    between = estimate(finding, "of it between therapists")
    assert between.value is not None


def test_early_alliance_without_an_assessment_in_between_is_refused(study: Study) -> None:
    ends = replace(study, measures=study.measures.filter(pl.col("time") != 6))
    finding = alliance(ends, ASK)
    assert "what came first cannot be told" in (estimate(finding, "later outcome").why_absent or "")


def test_a_symptom_that_follows_the_alliance_is_seen_to(study: Study) -> None:
    """Moods made of the alliance one session earlier: the path is there, its reciprocal is not."""
    rng = np.random.default_rng(3)
    rows, people = [], 60
    for i in range(people):
        bond, mood = 0.0, 0.0
        for t in range(25):
            mood = -0.4 * bond + 0.2 * mood + rng.normal(0, 1)
            bond = 0.3 * bond + rng.normal(0, 1)
            rows.append({"id": str(i + 1), "number": t + 1, "alliance": 5 + bond, "mood": 20 + mood})
    made = replace(study, sessions=pl.DataFrame(rows))
    made = replace(made, scales={k: replace(v, low=None, high=None) for k, v in made.scales.items()})
    finding = alliance(made, ASK)
    forth, back = (estimate(finding, words) for words in ("(patient), then Mood", "session, then Alliance"))
    assert forth.high is not None
    assert forth.high < -0.2
    assert back.low is not None
    assert back.high is not None
    assert back.low < 0 < back.high


# ── sudden changes ───────────────────────────────────────────────────────────────────────────────


def test_sudden_gains_stand_beside_chance(study: Study) -> None:
    assert sudden_names(study) == ("mood",)
    finding = sudden_change(study, ASK, "mood")
    assert (finding.status, finding.registered) == ("answered", "planned")
    assert isinstance(finding.detail, SuddenChangeDetail)
    gains = [share for share in finding.detail.shares if share.kind == "gain"]
    assert sum(share.people_with for share in gains) > 8
    assert finding.detail.points == pytest.approx(1.96 * np.sqrt(2 * 0.1) * 8.0)
    step = {a.step: a.mean.value for a in finding.detail.aligned if a.kind == "gain"}
    assert (step[0] or 0) - (step[1] or 0) > 7
    assert estimate(finding, "the same difference in null courses").value is not None


def test_sudden_changes_need_a_direction_and_a_smallest_step(study: Study) -> None:
    unsaid = replace(study, scales={k: v for k, v in study.scales.items() if k != "mood"})
    assert (
        sudden_change(unsaid, ASK, "mood").would_take == '[scales.mood] better = "lower" (or "higher") in study.toml.'
    )
    bare = replace(study, scales=study.scales | {"mood": replace(study.scales["mood"], reliability=None)})
    finding = sudden_change(bare, ASK, "mood")
    assert finding.status == "declined"
    assert "points" in (finding.would_take or "")
    assert (
        sudden_change(replace(study, sessions=None, plan=replace(study.plan, sudden_change=None)), ASK).status
        == "not_applicable"
    )


def _with_gains(study: Study, lasting: int, seed: int) -> Study:
    """Half of 60 people fall by 8 points after session 8 of 20, for so many sessions; noise of 2 points."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(60):
        noise = 0.0
        for t in range(20):
            noise = 0.3 * noise + rng.normal(0, 2.0)
            low = 8.0 if i % 2 and 8 <= t < 8 + lasting else 0.0
            rows.append({"id": str(i + 1), "number": t + 1, "mood": float(np.clip(30 + noise - low, 0, 60))})
    plan_ = replace(study.plan, sudden_change=SuddenChange("mood", 7.0))
    return replace(study, sessions=pl.DataFrame(rows), plan=plan_)


def test_the_share_reversed_stands_beside_what_noise_reverses(study: Study) -> None:
    """Lasting gains are called reversed as often as noise does it; gains of four sessions more often."""
    for lasting, many in ((12, False), (4, True)):
        finding = sudden_change(_with_gains(study, lasting, 5), ASK, "mood")
        seen = estimate(finding, "sudden gains: sudden gains reversed later")
        noise = estimate(finding, "sudden gains: the same in courses where all of them last")
        assert noise.low is not None
        assert noise.high is not None
        assert seen.value is not None
        assert noise.p is not None
        assert (noise.p < 0.05) is many, (lasting, seen, noise)
        if not many:
            assert noise.low <= seen.value <= noise.high
        assert "had all lasted, noise would make" in finding.statement


def test_no_reversal_of_losses_is_told_as_one_of_gains(study: Study) -> None:
    made = _with_gains(study, 12, 5)
    assert made.sessions is not None
    rising = made.sessions.with_columns((60 - pl.col("mood")).alias("mood"))
    finding = sudden_change(replace(made, sessions=rising), ASK, "mood")
    assert isinstance(finding.detail, SuddenChangeDetail)
    gains = sum(share.changes for share in finding.detail.shares if share.kind == "gain")
    assert f"Of {gains} gains" in finding.statement or "gains with later sessions" not in finding.statement


def test_few_gains_are_not_said_to_be_more_than_chance_and_the_ends_cannot_be_tested(study: Study) -> None:
    made = _with_gains(study, 12, 5)
    assert made.sessions is not None
    keep = [str(k) for k in (1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 17, 19)]
    few = sudden_change(replace(made, sessions=made.sessions.filter(pl.col("id").is_in(keep))), ASK, "mood")
    assert "Gains of 1 person are too few to set against chance (p = " in few.statement
    early = made.sessions.with_columns(
        pl.when(pl.col("number") == 1).then(50.0).otherwise(pl.col("mood")).alias("mood")
    )
    (ends,) = [
        c.text for c in sudden_change(replace(made, sessions=early), ASK, "mood").cautions if c.code == "sudden-ends"
    ]
    assert "60 people had a gain of that size there" in ends


def test_limits_of_the_alliance_show_their_sign_and_therapists_their_width(study: Study) -> None:
    finding = alliance(study, ASK)
    assert isinstance(finding.detail, AllianceDetail)
    told = estimate(finding, "later outcome", "per standard deviation")
    assert told.low is not None
    assert "(0.0 to" not in finding.statement
    assert "to 0.0," not in finding.statement
    (share,) = [share for what, share in finding.detail.shares if what == "therapists"]
    assert share.high is not None
    assert f"to {100 * share.high:.0f} %) lies between therapists" in finding.statement


def test_enrichd_has_no_more_sudden_gains_than_noise(root: Path, shared_data: Path) -> None:
    from forwhom.io.folder import read_and_score

    del shared_data
    study = read_and_score(root / "validation/studies/enrichd")
    assert sudden_names(study) == ("bdi",)
    finding = sudden_change(study, ASK, "bdi")
    found, expected = finding.estimates[:2]
    assert (found.n, round((found.value or 0) * 557)) == (557, 138)
    assert expected.value == pytest.approx(0.227, abs=0.01)
    assert "sudden-uneven" in {caution.code for caution in finding.cautions}
