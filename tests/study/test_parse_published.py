"""[published]: what is read, and every mistake in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from forwhom.io.folder import check_study, read_study

TOML = """
[study]
name = "s"
[arms]
TAU = "Usual care"
CBT = "CBT"
[tables.persons]
file = "p.csv"
id = "id"
arm = "arm"
{more}
"""


def folder(path: Path, more: str) -> Path:
    (path / "study.toml").write_text(TOML.format(more=more), encoding="utf-8")
    (path / "p.csv").write_text("id,arm\n1,TAU\n2,CBT\n", encoding="utf-8")
    return path


def test_words_and_places_are_kept(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    more = '[published]\ntreatments = { CBT = "cbt" }\noutcomes = { bdi = "depression" }\nledgers = ["ours"]\n'
    study = read_study(folder(tmp_path, more))
    assert study.published is not None
    assert (study.published.treatments, study.published.outcomes) == ({"CBT": "cbt"}, {"bdi": "depression"})
    assert study.published.ledgers == (str(tmp_path / "ours"),)


def test_the_fingerprint_knows_the_published_files(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    study = folder(tmp_path, '[published]\nledgers = ["ours"]\n')
    before = read_study(study).fingerprint
    (tmp_path / "ours" / "documents.toml").write_text("")
    assert read_study(study).fingerprint != before


@pytest.mark.parametrize(
    ("more", "column", "found"),
    [
        ('[published]\ntreatment = "cbt"\n', "[published] treatment", "unknown key"),
        ('[published]\ntreatments = { CTB = "cbt" }\n', "[published] treatments CTB", "'CTB' is no arm"),
        ('[published]\nledgers = ["none"]\n', "[published] ledgers", "there is no none"),
        ('[published]\ndatabases = ["none.csv"]\n', "[published] databases", "there is no none.csv"),
    ],
)
def test_mistakes_are_told_with_their_key(tmp_path: Path, more: str, column: str, found: str) -> None:
    problems = check_study(folder(tmp_path, more))

    assert [(problem.column, problem.found) for problem in problems] == [(column, found)]
