"""Structure of a scale: simulated answers whose truth is known, real items, and what is too little to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forwhom.analysis.answer import answer
from forwhom.analysis.asking import Asking
from forwhom.analysis.measurement.meaning import with_meaning
from forwhom.analysis.measurement.structure import structure
from forwhom.analysis.measurement.structure_items import merged, needed, sheet_of
from forwhom.findings import Finding
from forwhom.findings.kinds import StructureDetail
from forwhom.findings.record import from_json, to_json
from forwhom.report.picture import Names
from forwhom.report.pictures import drawn
from forwhom.study import SELF, Scale, Study

ASKING = Asking()
Make = Callable[..., Study]
SCHEMA = ["id", "scale", "time", "informant", "item", "value", "reversed", "low", "high"]


def keyed(values: np.ndarray, times: list[float], items: list[str], scale: str) -> pl.DataFrame:
    """values : (n, occasions, items)."""
    rows = [
        (str(i + 1), scale, time, SELF, item, None if np.isnan(v) else float(v), False, 0.0, 6.0)
        for i in range(values.shape[0])
        for t, time in enumerate(times)
        for item, v in zip(items, values[i, t], strict=True)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def answers(shift: float, cuts: list[float] | None, n: int = 260, k: int = 6) -> np.ndarray:
    """One factor at two occasions; the third item's mean moves by `shift` beyond the factor."""
    rng = np.random.default_rng(3)
    f = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1, 0.6], [0.6, 1]]).T - [0, 0.8]
    own = rng.standard_normal((n, k))
    y = 0.8 * f[:, :, None] + 0.4 * own[:, None] + 0.5 * rng.standard_normal((n, 2, k))
    y[:, 1, 2] += shift
    return np.round(3 + y, 1) if cuts is None else np.digitize(y, cuts).astype(float)


@pytest.fixture
def two_occasions(make_study: Make) -> Callable[..., Study]:
    def make(shift: float, cuts: list[float] | None = None, n: int = 260) -> Study:
        values = answers(shift, cuts, n)
        scale = Scale("y", "Score", "lower", 0, 36, 1)
        study = make_study(
            values.sum(axis=2), [0.0, 3.0], ["a", "b"] * (n // 2), arms=(("a", "Usual"), ("b", "New")), scale=scale
        )
        return replace(study, keyed=keyed(values, [0.0, 3.0], [f"q{k}" for k in range(6)], "y"), scored=True)

    return make


def detail_of(finding: Finding) -> StructureDetail:
    assert finding.status == "answered", finding.statement
    assert isinstance(finding.detail, StructureDetail)
    return finding.detail


@pytest.mark.parametrize("cuts", [None, [-1.0, 0.0, 1.0]])
def test_an_item_that_changed_its_meaning_is_named(
    two_occasions: Callable[..., Study], cuts: list[float] | None
) -> None:
    study = two_occasions(1.0, cuts)
    finding = structure(study, ASKING, study.scales["y"])
    detail = detail_of(finding)
    assert detail.ordered == (cuts is not None)
    assert detail.meaning_changed
    time = next(each for each in detail.ladders if each.across == "occasions")
    scalar = next(step for step in time.steps if step.step == "scalar")
    assert (scalar.held, scalar.reached, scalar.released) == (False, True, ("q2",))
    assert "q2 could differ" in finding.statement
    assert "change of meaning" in finding.statement
    assert [each.across for each in detail.ladders] == ["arms", "arms", "occasions"]


def test_a_scale_that_stays_the_same_says_so(two_occasions: Callable[..., Study]) -> None:
    study = two_occasions(0.0)
    finding = structure(study, ASKING, study.scales["y"])
    detail = detail_of(finding)
    assert not detail.meaning_changed
    assert detail.fits[0].model == "one factor"
    # Loadings of 0.8 beside 0.41 of residual variance: 0.8 / sqrt(1.05) = 0.78; omega 23.04 / (23.04 + 2.46).
    assert [each.value.value for each in detail.loadings] == pytest.approx([0.78] * 6, abs=0.08)
    assert dict(detail.shares)["omega total of one factor"].value == pytest.approx(0.90, abs=0.03)


def test_answers_about_change_carry_the_caution(two_occasions: Callable[..., Study]) -> None:
    wanted = ["measurement.structure", "outcome.arm_difference", "outcome.missing"]
    told = answer(two_occasions(1.0), questions=wanted)
    codes = {each.id: {caution.code for caution in each.cautions} for each in told.findings}
    assert "meaning-changed" in codes["outcome.arm_difference.y"]
    assert "meaning-changed" not in codes["outcome.missing.y"]
    quiet = answer(two_occasions(0.0), questions=wanted)
    assert all(caution.code != "meaning-changed" for each in quiet.findings for caution in each.cautions)
    assert with_meaning(quiet.findings) is quiet.findings
    assert from_json(to_json(told)) == told


def test_items_nobody_could_compare_are_not_passed_over_in_silence(two_occasions: Callable[..., Study]) -> None:
    wanted = ["measurement.structure", "outcome.arm_difference", "outcome.reliable_change", "outcome.missing"]
    told = answer(two_occasions(0.0, n=90), questions=wanted)
    texts = {each.id: [c.text for c in each.cautions if c.code == "meaning-unchecked"] for each in told.findings}
    assert next(each for each in told.findings if each.id == "measurement.structure.y").status == "declined"
    assert texts["outcome.arm_difference.y"] == [
        "Whether the items mean the same over time and in every arm could not be checked (measurement.structure.y)."
    ]
    assert texts["outcome.missing.y"] == []
    # Compared over time and not between arms: said by the answer that compares arms, and by no other.
    whole = answer(two_occasions(0.0), questions=wanted).findings
    (tested,) = (each for each in whole if isinstance(each.detail, StructureDetail))
    detail = detail_of(tested)
    ladders = tuple(replace(each, why_absent="too few") if each.across == "arms" else each for each in detail.ladders)
    absent = replace(tested, detail=replace(detail, ladders=ladders))
    told_of = {
        each.id: [c.text for c in each.cautions if c.code == "meaning-unchecked"]
        for each in with_meaning(tuple(absent if each is tested else each for each in whole))
    }
    assert told_of["outcome.arm_difference.y"] == [
        "Whether the items mean the same in every arm could not be checked (measurement.structure.y)."
    ]
    assert not any(texts for name, texts in told_of.items() if name != "outcome.arm_difference.y")


def test_the_picture_shows_every_loading_and_every_step(two_occasions: Callable[..., Study]) -> None:
    study = two_occasions(1.0)
    finding = structure(study, ASKING, study.scales["y"])
    picture = drawn(finding.detail, Names())
    assert picture is not None
    assert all(f"q{k}" in str(getattr(picture, "narrow", "")) for k in range(6))
    captions = [table.caption for table in getattr(picture, "tables", ())]
    assert captions[0] == "Fit, baseline"
    assert captions[-1] == "Invariance over time: baseline and 3 months"


def bfi_study(make_study: Make, data: Path, n: int, traits: str = "ACENO") -> tuple[Study, Scale]:
    """All items as one scale with the traits as its facets, one occasion, two arms by lot."""
    table = pl.read_csv(data / "b_questionnaires" / "bfi_items.csv", infer_schema_length=None, null_values=["NA"]).head(
        n
    )
    turned = {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}
    items = [f"{trait}{i}" for trait in traits for i in range(1, 6)]
    columns = [(7 - table[c] if c in turned else table[c]).cast(pl.Float64).fill_null(float("nan")) for c in items]
    values = np.column_stack([column.to_numpy() for column in columns])
    scale = Scale("y", "Score", "lower", 25, 150, 1, instrument="bfi")
    study = make_study(np.nanmean(values, axis=1)[:, None], [0.0], [None] * len(values), arms=(), scale=scale)
    rows = keyed(values[:, None], [0.0], items, "y")
    parts = [rows.filter(pl.col("item").str.starts_with(t)).with_columns(scale=pl.lit(t)) for t in traits]
    scales = {"y": scale} | {t: replace(scale, name=t, label=t) for t in traits}
    whole = pl.concat([rows, *parts]) if len(traits) > 1 else rows
    return replace(study, keyed=whole, scales=scales, scored=True), scale


def test_twelve_people_and_twenty_five_items_are_declined_with_the_number(make_study: Make, shared_data: Path) -> None:
    study, scale = bfi_study(make_study, shared_data, 12)
    finding = structure(study, ASKING, scale)
    assert finding.status == "declined"
    assert "12 people" in finding.statement
    assert finding.would_take is not None
    assert finding.would_take.startswith(f"{needed(25, 5)} people")


def test_facets_are_set_against_a_general_factor(make_study: Make, shared_data: Path) -> None:
    study, scale = bfi_study(make_study, shared_data, 900, "CN")
    detail = detail_of(structure(study, ASKING, scale))
    assert [label for label, _ in detail.facets] == ["C", "N"]
    assert [fit.model for fit in detail.fits] == ["2 correlated facets", "one factor", "a general factor beside facets"]
    cfi = [fit.cfi or 0.0 for fit in detail.fits]
    assert cfi[0] > cfi[1] + 0.2  # conscientiousness and neuroticism are no one factor
    shares = {name: interval.value or 0.0 for name, interval in detail.shares}
    assert shares["omega hierarchical (general factor)"] < shares["omega total"]
    assert 0 < shares["explained common variance of the general factor"] < 1


def test_one_trait_of_the_bfi(make_study: Make, shared_data: Path) -> None:
    study, scale = bfi_study(make_study, shared_data, 2800, "A")
    finding = structure(study, ASKING, scale)
    detail = detail_of(finding)
    assert not detail.ordered  # six categories
    assert detail.ladders == ()
    assert dict(detail.shares)["omega total of one factor"].value == pytest.approx(0.71, abs=0.01)
    assert detail.fits[0].rmsea.low is not None


def test_no_items_few_items_and_items_all_alike(make_study: Make, two_occasions: Callable[..., Study]) -> None:
    plain = make_study(np.ones((30, 1)), [0.0], [None] * 30, arms=())
    assert structure(plain, ASKING, plain.scales["y"]).status == "not_applicable"
    study = two_occasions(0.0)
    assert study.keyed is not None
    few = replace(study, keyed=study.keyed.filter(pl.col("item").is_in(["q0", "q1"])))
    assert structure(few, ASKING, study.scales["y"]).status == "not_applicable"
    same = study.keyed.with_columns(value=pl.when(pl.col("item") == "q1").then(2.0).otherwise(pl.col("value")))
    declined = structure(replace(study, keyed=same), ASKING, study.scales["y"])
    assert declined.status == "declined"
    assert "same answer to q1" in declined.statement
    small = structure(two_occasions(0.0, None, 60), ASKING, study.scales["y"])
    assert (small.status, "60 people" in small.statement) == ("declined", True)


def test_categories_few_chose_are_merged_towards_the_middle() -> None:
    column = np.array([1.0] * 2 + [2.0] * 30 + [3.0] * 30 + [4.0] * 3 + [np.nan])
    (made,), changed = merged([column[:, None]])
    assert changed == (0,)
    assert sorted(set(made[np.isfinite(made)])) == [1.0, 2.0]
    assert made[0, 0] == made[5, 0]
    assert made[-2, 0] == made[40, 0]
    assert np.isnan(made[-1, 0])
    plain, none = merged([np.repeat([1.0, 2.0, 3.0], 10)[:, None]])
    assert none == ()
    assert plain[0].max() == 3.0


def test_the_sheet_keeps_people_apart(two_occasions: Callable[..., Study]) -> None:
    study = two_occasions(0.0)
    sheet = sheet_of(study, study.scales["y"], None)
    assert sheet is not None
    assert sheet.values.shape == (260, 2, 6)
    assert sheet.values[4, 1].sum() == pytest.approx(
        study.measures.filter((pl.col("id") == "5") & (pl.col("time") == 3.0))["value"][0]
    )
