"""The dimensional profile of the sample and of one person: what is drawn on, both informants, and declining."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from forwhom.analysis.asking import Asking
from forwhom.analysis.dimensions import places, t_scores
from forwhom.analysis.measurement.profile import profile
from forwhom.analysis.one_person.person import person
from forwhom.analysis.one_person.shared import prepare
from forwhom.findings.kinds import DimensionalProfileDetail, Interval, PersonDimensionsDetail
from forwhom.findings.record import from_json, to_json
from forwhom.instruments import instrument, names
from forwhom.instruments.domains import personality_models
from forwhom.report.picture import Names
from forwhom.report.pictures import drawn
from forwhom.study import SELF, Scale, Study

Make = Callable[..., Study]
SCALES = (
    Scale("pds", "PDS-ICD-11", "lower", 0, 32, 1, instrument="PDS-ICD-11"),
    Scale("na", "PID5BF+M negative affectivity", "lower", 0, 3, instrument="pid5bf-m", subscale="negative_affectivity",
          reliability=0.85, reliability_sd=0.6, reliability_kind="omega", source="invented"),
    Scale("ant", "PID-5-BF antagonism", "lower", 0, 3, instrument="pid-5-bf", subscale="antagonism", norm_mean=0.6, norm_sd=0.4,
          source="invented"),
    Scale("mood", "Mood", "lower", 0, 63, 1),
)  # fmt: skip


@pytest.fixture
def study(make_study: Make) -> Study:
    """Sixty people, two arms, three occasions; antagonism also rated by a partner."""
    rng = np.random.default_rng(7)
    times = [0.0, 6.0, 12.0]
    base = make_study(np.zeros((60, 3)), times, ["a", "b"] * 30, arms=(("a", "Usual"), ("b", "New")))
    rows = []
    for scale, centre, spread in zip(SCALES, (15.0, 1.8, 0.9, 25.0), (4.0, 0.5, 0.4, 8.0), strict=True):
        for who in (SELF, "partner") if scale.name == "ant" else (SELF,):
            values = (
                centre
                + 0.4 * (who == "partner")
                + spread * rng.standard_normal((60, 1))
                - np.array([0, 0.2, 0.4]) * spread
            )
            values = np.clip(values + 0.3 * spread * rng.standard_normal((60, 3)), scale.low, scale.high)
            rows += [
                {
                    "id": str(i + 1),
                    "scale": scale.name,
                    "time": t,
                    "informant": who,
                    "value": float(values[i, j]),
                    "absent": None,
                }
                for i in range(60)
                for j, t in enumerate(times)
                if not (scale.name == "na" and i < 6)
            ]
    return replace(
        base, measures=pl.DataFrame(rows, schema=base.measures.schema), scales={scale.name: scale for scale in SCALES}
    )


def detail_of(study: Study) -> DimensionalProfileDetail:
    found = profile(study, Asking())
    assert found.status == "answered"
    assert isinstance(found.detail, DimensionalProfileDetail)
    return found.detail


def test_every_score_the_table_names_exists() -> None:
    for model in personality_models():
        for dimension in model.dimensions:
            for each in dimension.scores:
                assert each.instrument in names()
                assert each.score in instrument(each.instrument).scores, (each.instrument, each.score)
                assert each.source


def test_each_scale_stands_where_it_belongs(study: Study) -> None:
    found = [(p.model.name, p.dimension.name, p.scale.name, p.how.own) for p in places(study.scales.values())]
    assert found == [
        ("icd-11", "severity", "pds", True),
        ("icd-11", "negative_affectivity", "na", True),
        ("icd-11", "dissociality", "ant", False),
        ("ampd", "negative_affectivity", "na", True),
        ("ampd", "antagonism", "ant", True),
    ]


def test_means_errors_limits_and_change_are_those_of_the_scores(study: Study) -> None:
    rows = {(row.model, row.scale, row.informant): row for row in detail_of(study).rows}
    pds, na = rows["ICD-11", "pds", SELF], rows["ICD-11", "na", SELF]
    here = study.measures.filter((pl.col("scale") == "pds") & (pl.col("time") == 0))["value"].to_numpy()
    assert pds.mean.value == pytest.approx(here.mean())
    assert pds.quartiles == pytest.approx(tuple(np.quantile(here, (0.25, 0.5, 0.75))))
    assert {limit: share.value for limit, _, share in pds.beyond}[12.0] == pytest.approx((here >= 12).mean())
    assert na.n == 54
    assert na.sem == pytest.approx(0.6 * np.sqrt(0.15))
    assert [(each.occasion, each.arm) for each in pds.changes] == [
        (f"{when} months", arm) for when in (6, 12) for arm in ("Usual", "New")
    ]
    later = study.measures.filter((pl.col("scale") == "pds") & (pl.col("time") == 12))["value"].to_numpy()
    assert pds.changes[2].change.value == pytest.approx((later - here)[::2].mean())


def test_no_category_where_none_is_published_and_norms_only_where_they_are(study: Study) -> None:
    rows = {(row.model, row.scale, row.informant): row for row in detail_of(study).rows}
    assert rows["ICD-11", "na", SELF].beyond == ()
    assert rows["ICD-11", "na", SELF].t is None
    t = rows["AMPD (DSM-5)", "ant", SELF].t
    assert t is not None
    assert t.value == pytest.approx(50 + 10 * (rows["AMPD (DSM-5)", "ant", SELF].mean.value - 0.6) / 0.4)
    assert t_scores(SCALES[0], Interval(3.0)) is None


def test_both_informants_are_shown(study: Study) -> None:
    labels = [row.label for row in detail_of(study).rows if row.scale == "ant" and row.model == "ICD-11"]
    assert labels == ["PID-5-BF antagonism", "PID-5-BF antagonism (rated by partner)"]
    partner = next(row for row in detail_of(study).rows if row.informant == "partner")
    assert (partner.t, partner.norm_mean, partner.beyond) == (None, None, ())


def test_cautions_say_what_is_borrowed_and_not_known(study: Study) -> None:
    codes = {caution.code: caution.text for caution in profile(study, Asking()).cautions}
    assert "PID-5-BF antagonism" in codes["domain-of-other-model"]
    assert "PDS-ICD-11" in codes["norms-absent"]
    assert "PDS-ICD-11" in codes["no-error"]


def test_without_such_an_instrument_it_declines_with_those_that_would_do(make_study: Make) -> None:
    plain = make_study(np.zeros((20, 2)), [0.0, 1.0], [None] * 20, arms=())
    found = profile(plain, Asking())
    assert found.status == "declined"
    assert found.would_take is not None
    assert all(label in found.would_take for label in ("PDS-ICD-11", "LPFS-BF 2.0", "PID5BF+M"))


def test_the_picture_shows_every_dimension(study: Study) -> None:
    picture = drawn(detail_of(study), Names())
    assert picture is not None
    assert all(word in str(picture.wide) for word in ("Severity", "Dissociality", "Criterion B: antagonism"))
    assert len(picture.tables) == 4


def test_one_person_has_the_same_dimensions_with_limits(study: Study) -> None:
    shared = prepare(study, Asking(), benefit=False)
    record = person(shared, 10)
    assert from_json(to_json(record)) == record
    found = {finding.id: finding for finding in record.findings}["one_person.dimensions"]
    assert found.status == "answered"
    assert isinstance(found.detail, PersonDimensionsDetail)
    assert [(r.model, r.row.scale) for r in found.detail.rows] == [
        ("ICD-11", "pds"), ("ICD-11", "na"), ("ICD-11", "ant"), ("ICD-11", "ant"),
        ("AMPD (DSM-5)", "na"), ("AMPD (DSM-5)", "ant"), ("AMPD (DSM-5)", "ant"),
    ]  # fmt: skip
    na = found.detail.rows[1]
    # The lower limit would lie below the lowest possible score.
    half = 1.959964 * 0.6 * np.sqrt(0.15)
    assert na.row.score.value < half
    assert na.row.score.low == 0.0
    assert na.row.score.high == pytest.approx(na.row.score.value + half, abs=1e-6)
    assert na.last is not None
    assert "12 months" in na.last_when
    assert drawn(found.detail, Names()) is not None
    # The first six were not asked; their page says so of that dimension by leaving it out.
    other = {finding.id: finding for finding in person(shared, 0).findings}["one_person.dimensions"].detail
    assert isinstance(other, PersonDimensionsDetail)
    assert "na" not in [each.row.scale for each in other.rows]


def test_a_page_without_dimensions_does_not_ask(make_study: Make) -> None:
    rng = np.random.default_rng(1)
    plain = make_study(rng.normal(30, 5, (30, 2)).clip(0, 63), [0.0, 1.0], [None] * 30, arms=())
    found = person(prepare(plain, Asking(), benefit=False), 0)
    assert "one_person.dimensions" not in [finding.id for finding in found.findings]


def test_severity_is_named_for_each_model_and_said_to_be_absent(study: Study) -> None:
    told = profile(study, Asking()).statement
    assert "ICD-11: severity (PDS-ICD-11) " in told
    assert "AMPD (DSM-5): severity was not measured; traits" in told
    lpfs = Scale("pds", "LPFS-BF 2.0", "lower", 0, 32, 1, instrument="lpfs-bf-2")
    found = profile(replace(study, scales={**study.scales, "pds": lpfs}), Asking())
    assert "ICD-11: severity (LPFS-BF 2.0) " in found.statement
    assert "level of personality functioning (LPFS-BF 2.0) " in found.statement
    assert any(c.code == "domain-of-other-model" and "LPFS-BF 2.0" in c.text for c in found.cautions)


def test_the_picture_and_the_sentence_give_the_same_number(study: Study) -> None:
    found = profile(study, Asking())
    assert isinstance(found.detail, DimensionalProfileDetail)
    made = drawn(found.detail, Names())
    assert made is not None
    m = found.detail.rows[0].mean
    for svg in (made.wide, made.narrow):
        assert f"{m.value:.1f} ({m.low:.1f} to {m.high:.1f})" in svg
        assert "0\u00a0to\u00a032" in svg
