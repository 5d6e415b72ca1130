"""The real studies: what each folder must read to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from forwhom.io.folder import read_study
from forwhom.study import Study


@pytest.fixture
def real(root: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Study]:
    """Reads a folder of validation/studies, its data where the tests find them."""
    monkeypatch.setenv("FORWHOM_SHARED_DATA", str(shared_data))
    return lambda name: read_study(root / "validation" / "studies" / name)


def present(study: Study, scale: str) -> dict[float, int]:
    own = study.measures.filter((pl.col("scale") == scale) & pl.col("value").is_not_null())
    return dict(own.group_by("time").len().sort("time").iter_rows())


def test_beat_the_blues(root: Path) -> None:
    study = read_study(root / "examples" / "beat-the-blues")
    assert dict(study.persons.group_by("arm").len().iter_rows()) == {"BtheB": 52, "TAU": 48}
    assert [arm.name for arm in study.arms] == ["TAU", "BtheB"]
    assert study.covariates == ("drug", "length")
    assert present(study, "bdi2") == {0.0: 100, 2.0: 97, 3.0: 73, 5.0: 58, 8.0: 52}
    assert study.measures.height == 500
    assert study.notices == ()


def test_jobs_ii(root: Path) -> None:
    study = read_study(root / "examples" / "jobs-ii")
    assert dict(study.persons.group_by("arm").len().iter_rows()) == {"0": 299, "1": 600}
    assert present(study, "depression") == {0.0: 899, 1.0: 899}
    assert "comply" not in study.covariates
    assert study.persons["id"][0] == "1"


def test_bcrp(real: Callable[[str], Study]) -> None:
    study = real("bcrp")
    assert study.persons.height == 252
    assert [arm.name for arm in study.arms] == ["3", "1", "2"]
    assert present(study, "cesd") == present(study, "physical") == {0.0: 252, 9.0: 224}


def test_enrichd(real: Callable[[str], Study]) -> None:
    study = real("enrichd")
    assert study.persons.height == 557
    assert study.persons["arm"].unique().to_list() == ["CBT"]
    aside = {each.why: each.count for each in study.set_aside}
    assert aside == {
        "repeats an earlier row exactly": 122,
        "the first value of the same person and time is used": 31,
    }
    assert study.measures.height == 7117 - 122 - 31


def test_geschwind(real: Callable[[str], Study]) -> None:
    study = real("geschwind")
    assert dict(study.persons.group_by("arm").len().iter_rows()) == {"0": 66, "1": 63, None: 1}
    assert study.moments is not None
    assert study.moments.height == 28600
    assert study.covariates == ("neuroticism",)
    who = study.persons["id"][0]
    own = study.measures.filter((pl.col("scale") == "negative_affect") & (pl.col("id") == who)).sort("time")
    raw = study.moments.filter(pl.col("id") == who).with_columns(
        pl.mean_horizontal("worry", "fearful", "sad", ignore_nulls=False).alias("mean")
    )
    by_hand = [raw.filter(pl.col("burst") == burst)["mean"].mean() for burst in ("0", "1")]
    assert own["value"].to_list() == pytest.approx(by_hand, rel=1e-12)
    few = study.measures.filter(pl.col("value").is_null())
    assert set(few["absent"]) == {"fewer than 20 prompts answered"}
