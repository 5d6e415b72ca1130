"""A study folder made of text, for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forwhom.io.folder import check_study
from forwhom.problems import Problem

Make = Callable[..., Path]

TOML = """
[study]
name = "tiny"
time_unit = "month"
[arms]
TAU = "Usual care"
CBT = "CBT"
[tables.persons]
file = "persons.csv"
id = "id"
arm = "arm"
[[tables.measures]]
file = "scores.csv"
id = "id"
time = "month"
value = "bdi"
scale = "bdi"
[scales.bdi]
better = "lower"
range = [0, 63]
"""
PERSONS = "id,arm,age\n1,TAU,30\n2,CBT,40\n3,CBT,50\n"
SCORES = "id,month,bdi\n1,0,20\n1,3,15\n2,0,22\n2,3,\n3,0,24\n3,3,10\n"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a small, clean study folder; texts or bytes given by file name replace or add files, None leaves one out."""

    def write(toml: str = TOML, /, **files: str | bytes | None) -> Path:
        folder = tmp_path / "study"
        folder.mkdir(exist_ok=True)
        given = {"persons.csv": PERSONS, "scores.csv": SCORES} | {
            name.replace("__", "."): content for name, content in files.items()
        }
        (folder / "study.toml").write_text(toml, encoding="utf-8")
        for name, content in given.items():
            if isinstance(content, bytes):
                (folder / name).write_bytes(content)
            elif content is not None:
                (folder / name).write_text(content, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def problems(make: Make) -> Callable[..., tuple[Problem, ...]]:
    """The problems of such a folder."""
    return lambda *toml, **files: check_study(make(*toml, **files))


@pytest.fixture
def tiny_toml() -> str:
    """The study.toml of the small, clean folder."""
    return TOML
