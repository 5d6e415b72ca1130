"""A study beside what is published: which effects are taken, what is said, what is declined; and the study as a draft."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from pathlib import Path

import pytest

from forwhom import evidence
from forwhom.analysis.answer import answer
from forwhom.analysis.evidence.as_draft import as_draft
from forwhom.evidence.beside import Beside
from forwhom.evidence.pairing import comparisons
from forwhom.findings import Finding, Record
from forwhom.findings.kinds import PublishedDetail
from forwhom.findings.record import from_json, to_json
from forwhom.io.beside import read_beside
from forwhom.io.folder import read_and_score
from forwhom.kernels import meta_analysis as kernel
from forwhom.report.render import render
from forwhom.study import Study

HEAD = """
id = "{name}"
sample = "{name}"
[citation]
authors = ["{name} A"]
year = 2010
title = "{name}"
[design]
kind = "randomised"
unit = "month"
[population]
disorder = ["{disorder}"]
[[arms]]
id = "cbt"
label = "CBT"
role = "treatment"
treatment = "cbt"
n = {n}
duration = {{ value = 3, unit = "month" }}
[[arms]]
id = "tau"
label = "Usual care"
role = "usual_care"
control = "treatment-as-usual"
n = {n}
[[measures]]
id = "bdi"
label = "BDI"
domain = "depression"
better = "lower"
"""
ROW = """
[[results]]
id = "bdi-{arm}"
kind = "means"
outcome = "bdi"
arm = "{arm}"
time = 3
mean = {mean}
sd = {sd}
n = {n}
source = {{ document = "self", place = "Results" }}
"""
TRIALS = {
    "able": (10.0, 14.0, 8.0, 40),
    "baker": (12.0, 13.0, 9.0, 60),
    "cole": (9.0, 15.0, 7.5, 25),
    "dunn": (11.0, 12.5, 10.0, 80),
}


def ledger(
    folder: Path, trials: dict[str, tuple[float, float, float, int]] | None = None, disorder: str = "depression"
) -> Path:
    (folder / "studies").mkdir(parents=True)
    for name, (one, two, sd, n) in (TRIALS if trials is None else trials).items():
        text = HEAD.format(name=name, n=n, disorder=disorder)
        text += ROW.format(arm="cbt", mean=one, sd=sd, n=n) + ROW.format(arm="tau", mean=two, sd=sd, n=n)
        (folder / "studies" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def study(root: Path, folder: Path, more: str) -> Study:
    """Beat the Blues with [published]."""
    folder.mkdir(exist_ok=True)
    source = root / "examples" / "beat-the-blues"
    for file in source.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    toml = folder / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + more, encoding="utf-8")
    return read_and_score(folder)


WORDS = """
[published]
treatments = { BtheB = "cbt" }
controls = { TAU = "TAU" }
outcomes = { bdi2 = "depression" }
ledgers = ["ledger"]
"""


def asked(made: Study, *questions: str) -> Record:
    assert made.published is not None
    return answer(made, questions=questions or ["evidence"], beside=read_beside(made.published))


def only(record: Record) -> Finding:
    (found,) = record.findings
    return found


def test_the_pool_is_the_kernels_and_the_comparison_counts_every_error(root: Path, tmp_path: Path) -> None:
    ledger(tmp_path / "study" / "ledger")
    record = asked(study(root, tmp_path / "study", WORDS))
    found = only(record)
    assert (found.id, found.status) == ("evidence.published.bdi2", "answered")
    made = [kernel.hedges_g(two, sd, n, one, sd, n) for one, two, sd, n in TRIALS.values()]
    fit = kernel.random_effects([float(each.value[0]) for each in made], [float(each.variance[0]) for each in made])
    detail = found.detail
    assert isinstance(detail, PublishedDetail)
    assert detail.pooled.value == pytest.approx(fit.estimate)
    assert (detail.pooled.low, detail.pooled.high) == pytest.approx((fit.low[0], fit.high[0]))
    assert (detail.prediction.low, detail.prediction.high) == pytest.approx((fit.prediction_low, fit.prediction_high))
    assert detail.own.value == pytest.approx(0.13298466568245212)
    spread = math.sqrt(0.20366956076321735**2 + float(fit.se[0]) ** 2 + (fit.tau2 or 0.0))
    assert detail.difference.value == pytest.approx(0.13298466568245212 - fit.estimate)
    assert detail.difference.high is not None
    assert detail.difference.value is not None
    assert detail.difference.high - detail.difference.value == pytest.approx(spread * 3.182446, rel=1e-5)
    assert "compatible with these" in found.statement
    assert "not proof that it is the same" in found.statement
    assert (detail.samples, detail.people) == (4, 410)


def test_a_result_far_away_is_said_to_be_worse(root: Path, tmp_path: Path) -> None:
    large = dict.fromkeys(("able", "baker", "cole", "dunn", "eves"), (5.0, 25.0, 8.0, 90))
    ledger(tmp_path / "study" / "ledger", large)
    found = only(asked(study(root, tmp_path / "study", WORDS)))
    assert "The new result is worse than these make likely" in found.statement


def test_other_treatments_disorders_and_the_trial_itself_are_left_out(root: Path, tmp_path: Path) -> None:
    ledger(tmp_path / "study" / "ledger")
    more = WORDS + 'disorder = "depression"\nwithout = ["able", "baker"]\n'
    found = only(asked(study(root, tmp_path / "study", more)))
    assert isinstance(found.detail, PublishedDetail)
    assert [row.label.split(" ")[0] for row in found.detail.rows] == ["cole", "dunn"]
    assert not any(caution.code == "may-be-itself" for caution in found.cautions)
    none = only(asked(study(root, tmp_path / "study", WORDS.replace('"cbt"', '"mbt"'))))
    assert none.status == "declined"
    assert "nothing published that was read compares Mentalization-based treatment" in none.statement


def test_one_published_study_is_said_to_be_one(root: Path, tmp_path: Path) -> None:
    ledger(tmp_path / "study" / "ledger", {"able": TRIALS["able"]})
    found = only(asked(study(root, tmp_path / "study", WORDS)))
    assert {"one-published", "standardised-otherwise"} <= {caution.code for caution in found.cautions}
    assert isinstance(found.detail, PublishedDetail)
    assert found.detail.prediction.low is None
    assert found.detail.p is None
    assert "cannot say what results are likely in a new study" in found.statement
    assert "compatible" not in found.statement


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"cbt"', '"cbtt"'), "'cbtt' is no word of the ledger's treatments"),
        (('"depression"', '"sadness"'), "'sadness' is no word of the ledger's outcomes"),
        (('"TAU" }', '"tao" }'), "'tao' is no word of the ledger's controls"),
        (("bdi2 =", "bdi =",), "'bdi' under [published] outcomes is neither a scale nor a kind of event"),
        (("BtheB =", "TAU =",), "[published] treatments does not name the arm BtheB"),
    ],
)  # fmt: skip
def test_words_that_are_not_known_are_declined_with_those_there_are(
    root: Path, tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    ledger(tmp_path / "study" / "ledger")
    found = only(asked(study(root, tmp_path / "study", WORDS.replace(*change))))
    assert found.status == "declined"
    assert words in found.statement


def test_a_study_that_says_nothing_is_told_how(root: Path) -> None:
    record = answer(read_and_score(root / "examples" / "beat-the-blues"), questions=["evidence"])
    found = only(record)
    assert (found.id, found.status) == ("evidence.published", "not_applicable")
    assert "[published]" in (found.would_take or "")


def test_events_stand_beside_events(root: Path) -> None:
    made = read_and_score(root / "examples" / "mbt-twin")
    record = asked(made, "evidence.published.composite")
    found = only(record)
    assert isinstance(found.detail, PublishedDetail)
    assert found.detail.ratio
    assert found.detail.pooled.value == pytest.approx((16 / 71) / (36 / 63))
    assert found.detail.own.value == pytest.approx((18 / 71) / (33 / 63))
    assert from_json(to_json(record)) == record
    assert "Bateman" in render(record)


def test_a_trial_in_a_table_and_in_the_ledger_counts_once(shared_data: Path, root: Path) -> None:
    made = read_and_score(root / "examples" / "mbt-twin")
    assert made.published is not None
    table = str(shared_data / "g_meta" / "metapsy_borderline_psychotherapy_vs_control.csv")
    both = read_beside(dataclasses.replace(made.published, databases=(table,)))
    alone = comparisons(both.ledger)
    assert [each.study for each in alone] == ["bateman-fonagy-2009"]
    assert sum("Bateman" in each.label for each in both.comparisons) == 2
    assert not any(each.study == "bateman-fonagy-2009" for each in both.comparisons)


def test_the_draft_is_a_file_of_the_ledger_that_counts_nowhere(root: Path, tmp_path: Path) -> None:
    ledger(tmp_path / "study" / "ledger")
    made = study(root, tmp_path / "study", WORDS)
    record = asked(made)
    assert made.published is not None
    beside: Beside = read_beside(made.published)
    name, text = as_draft(made, record, beside, dt.date(2026, 3, 4))
    (tmp_path / "mine" / "studies").mkdir(parents=True)
    path = tmp_path / "mine" / "studies" / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    read = evidence.read(tmp_path / "mine", shipped=False)
    draft = read.studies["beat-the-blues"]
    assert (draft.draft, draft.counts) == (True, False)
    assert [(arm.id, arm.treatment, arm.control, arm.n) for arm in draft.arms] == [
        ("tau", "", "treatment-as-usual", 48),
        ("btheb", "cbt", "", 52),
    ]
    effect = next(result for result in draft.results if result.kind == "effect")
    assert (effect.statistic, effect.direction) == ("g", "better")
    assert effect.value == pytest.approx(0.1330, abs=1e-4)
    means = [(r.arm, float(r.mean or 0), r.n, r.same_as) for r in draft.results if r.kind == "means"]
    assert means == [("tau", 13.6, 25, ""), ("btheb", pytest.approx(8.8519, abs=1e-4), 27, "bdi2-btheb-g")]
    # Coded as evidence, its effect is counted once.
    coded = text.replace("draft = true", "draft = false").replace('kind = "not-coded"', 'kind = "randomised"')
    path.write_text(
        coded.replace('["not-coded"]', '["depression"]').replace("authors = []", 'authors = ["Proudfoot J"]')
    )
    whole = evidence.read(tmp_path / "mine", shipped=False)
    assert [each.kind for each in comparisons(whole)] == ["given"]
    assert evidence.check(whole).contradictions == ()
