"""Instruments by name, alias and study folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from forwhom.instruments import find, instrument, names
from forwhom.problems import ProblemsFound

OWN = """
name = "{name}"
label = "Mine"
title = "A form of our own"
items = 2
key_sources = ["us"]
[coding]
low = 0
high = 1
[score.total]
kind = "sum"
better = "lower"
items = "1-2"
[[sources]]
id = "us"
what = "key"
where = "our protocol"
tag = "V"
"""


def study_folder(tmp_path: Path, name: str, text: str | None = None) -> Path:
    (tmp_path / "instruments").mkdir(exist_ok=True)
    (tmp_path / "instruments" / f"{name}.toml").write_text(text or OWN.format(name=name), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("spelling", ["phq-9", "PHQ9", "Phq 9", "PHQ_9"])
def test_spelling_does_not_matter(spelling: str) -> None:
    assert instrument(spelling).name == "phq-9"


@pytest.mark.parametrize(("alias", "name"), [("BDI2", "bdi-ii"), ("PID5BF", "pid-5-bf"), ("PID5BF+M", "pid5bf-m"),
                                             ("HAMD-17", "hrsd-17"), ("ADS-L", "ces-d")])  # fmt: skip
def test_aliases(alias: str, name: str) -> None:
    assert instrument(alias).name == name


def test_a_near_miss_is_answered_with_what_was_possible() -> None:
    found, problems = find("phq-99")
    assert found is None
    assert problems[0].code == "unknown-instrument"
    assert problems[0].possible.startswith("phq-9")
    assert "bdi-ii" not in problems[0].possible
    assert problems[0].do.startswith("Did you mean phq-9")
    with pytest.raises(ProblemsFound):
        instrument("something else entirely")


def test_a_form_with_two_item_orders_must_be_chosen() -> None:
    found, problems = find("RSES")
    assert found is None
    assert "rses-a" in problems[0].possible
    assert "rses-b" in problems[0].possible


def test_own_instruments_are_added_and_come_first(tmp_path: Path) -> None:
    folder = study_folder(tmp_path, "ours")
    assert instrument("ours", folder).label == "Mine"
    assert "ours" in names(folder)
    assert "ours" not in names()
    assert instrument("phq-9", study_folder(tmp_path, "phq-9")).k == 2
    assert instrument("phq-9").k == 9


def test_a_broken_own_instrument_is_reported_and_stops_nobody_else(tmp_path: Path) -> None:
    folder = study_folder(tmp_path, "broken", "items = 3")
    found, problems = find("phq-9", folder)
    assert found is not None
    assert {problem.file for problem in problems} == {"instruments/broken.toml"}


def test_an_own_instrument_that_is_no_text(tmp_path: Path) -> None:
    folder = study_folder(tmp_path, "latin")
    (folder / "instruments" / "latin.toml").write_bytes(b"label = '\xe4'")
    assert [problem.code for problem in find("phq-9", folder)[1]] == ["instrument-unreadable"]


def test_a_folder_without_instruments(tmp_path: Path) -> None:
    assert find("phq-9", tmp_path)[1] == ()
