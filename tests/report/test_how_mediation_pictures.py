"""Pictures of mediation, mechanisms and order in time: they say their numbers, and stand whatever a detail holds."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from forwhom.findings.kinds import Interval, MediationDetail, WindowSpan
from forwhom.report.picture import Names, Picture
from forwhom.report.pictures import drawn

NAMES = Names({"TAU": "Treatment as usual", "BtheB": "Beat the Blues"}, {"bdi2": "BDI-II"})


@pytest.fixture(scope="module")
def sample() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_mediation", Path(__file__).parent / "sample_mediation.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _picture(detail: object) -> Picture:
    made = drawn(detail, NAMES)
    assert isinstance(made, Picture)
    return made


def test_the_paths_and_the_windows_are_told(sample: ModuleType) -> None:
    made = _picture(sample.mediation())
    for words in ("1.2 (0.7 to 1.7)", "−1.1 (−1.8 to −0.4)", "from session 5 to session 10"):
        assert words in made.describe
        assert words in made.wide or words in made.narrow
    assert made.tables[0].rows[1][2] == "−1.1"


def test_one_arm_has_no_treatment_in_its_picture(sample: ModuleType) -> None:
    made = _picture(replace(sample.mediation(), contrasts=()))
    assert "Beat the Blues" not in made.wide
    assert "association in time" in made.wide


def test_windows_on_different_clocks_are_told_in_words(sample: ModuleType) -> None:
    detail: MediationDetail = sample.mediation()
    later = WindowSpan("outcome", "BDI-II", 2, 8, "month", "from 2 months to 8 months")
    made = _picture(replace(detail, windows=(detail.windows[0], later)))
    assert "BDI-II: from 2 months to 8 months" in made.wide


@pytest.mark.parametrize("windows", [(), "one"])
def test_a_detail_without_its_windows_is_drawn_all_the_same(sample: ModuleType, windows: object) -> None:
    detail: MediationDetail = sample.mediation()
    kept = () if windows == () else detail.windows[:1]
    assert "<svg" in _picture(replace(detail, windows=kept, within=())).wide


def test_absent_numbers_are_said_to_be_absent(sample: ModuleType) -> None:
    detail = sample.order()
    gone = tuple(replace(path, standard=Interval(None)) for path in detail.paths)
    made = _picture(replace(detail, paths=gone, verdict="open"))
    assert "cannot be told" in made.wide
    assert "could not be computed" in made.wide
    assert "None" not in made.wide
    assert "nan" not in made.wide


def test_mechanisms_say_kind_and_adjusted_p(sample: ModuleType) -> None:
    made = _picture(sample.mechanisms())
    assert "declared specific" in made.wide
    assert "0.004 adjusted" in made.wide
    assert [row[0] for row in made.tables[-1].rows] == ["Insight"]
