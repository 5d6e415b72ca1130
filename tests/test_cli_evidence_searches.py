"""`forwhom evidence add --search` and `--from`, and what `show` prints of logs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from forwhom.cli import app

RIS = (
    "TY  - JOUR\nAU  - New, Ann\nPY  - 2020\nTI  - A new trial\nER  -\n"
    "TY  - JOUR\nAU  - Goodman, M\nPY  - 2014\nTI  - Other words\nDO  - 10.1016/j.jpsychires.2014.06.020\nER  -\n"
    "TY  - JOUR\nAU  - New, Ann\nPY  - 2020\nTI  - A new trial.\nER  -\n"
    "TY  - JOUR\nAU  - Nobody, N\nTI  - Without a year\nER  -\n"
)
BIB = (
    "@article{x, author = {Other, Oda}, year = 2021, title = {Another trial}}\n"
    "@article{y, author={New, Ann}, year=2020, title={A new trial}}"
)


def run(command: str, place: Path, *words: object) -> Result:
    env = {"COLUMNS": "300"}
    return CliRunner().invoke(app, ["evidence", command, *map(str, words), "--ledger", str(place)], env=env)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    (tmp_path / "records.ris").write_text(RIS, encoding="utf-8")
    (tmp_path / "more.bib").write_text(BIB, encoding="utf-8")
    return tmp_path


DETAILS = (
    "--search",
    "mine",
    "--question",
    "What?",
    "--database",
    "PubMed",
    "--terms",
    "a AND b",
    "--date",
    "2026-11-20",
)


def test_an_import_is_logged_with_its_counts(records: Path) -> None:
    place = records / "own"
    done = run("add", place, "--from", records / "records.ris", *DETAILS)
    assert done.exit_code == 0, done.output
    assert "Identified: 4. Duplicates: 2. Incomplete records: 1. Added as drafts: 1 (1 still a draft)." in done.output
    (found,) = json.loads(run("show", place, "mine", "--json").output)
    (source,) = found["sources"]
    assert (source["count"], source["duplicates"], source["incomplete"], source["added"]) == (4, 2, 1, ["new-2020"])
    assert source["duplicate_of"] == ["goodman-2014", "new-2020"]
    assert (source["file"], source["format"], source["date"]) == ("records.ris", "RIS", "2026-11-20")
    assert found["not_repeatable"] == []
    assert "Added as drafts: 1" in run("show", place, "searches").output


def test_the_same_input_gives_the_same_log(records: Path) -> None:
    texts = []
    for name in ("one", "two"):
        for file in ("records.ris", "more.bib"):
            assert run("add", records / name, "--from", records / file, *DETAILS).exit_code == 0
        texts.append((records / name / "searches/mine.toml").read_bytes())
    assert texts[0] == texts[1]
    assert str(records).encode() not in texts[0]
    again = run("add", records / "one", "--from", records / "records.ris", *DETAILS)
    assert again.exit_code == 0
    assert "has this file already: nothing is logged a second time." in again.output
    assert (records / "one/searches/mine.toml").read_bytes() == texts[0]


def test_a_second_source_goes_into_the_same_log_and_sees_the_first(records: Path) -> None:
    place = records / "own"
    run("add", place, "--from", records / "records.ris", *DETAILS)
    run("add", place, "--from", records / "more.bib", "--search", "mine", "--database", "Embase")
    (found,) = json.loads(run("show", place, "search=mine", "--json").output)
    assert found["flow"]["identified"] == 6
    assert found["flow"]["duplicates"] == 3
    assert found["sources"][1]["duplicate_of"] == ["new-2020"]
    assert found["not_repeatable"] == ["Embase without terms and date"]


def test_an_import_without_a_search_is_logged_too(records: Path) -> None:
    run("add", records / "own", "--from", records / "more.bib")
    (found,) = json.loads(run("show", records / "own", "imports", "--json").output)
    assert (found["sources"][0]["name"], found["flow"]["added"]) == ("more.bib", 2)


def test_a_log_is_begun_and_gone_on_with_by_hand(tmp_path: Path) -> None:
    place = tmp_path / "own"
    begun = run("add", place, "--search", "mine", "--question", "What?")
    assert begun.exit_code == 0
    assert run("add", place, "--search", "mine").output.startswith("There already")
    run("add", place, "--search", "mine", "--database", "Embase", "--count", 12, "--date", "2026-01-31", "--terms", "x")
    (found,) = json.loads(run("show", place, "mine", "--json").output)
    assert [(each["name"], each["count"]) for each in found["sources"]] == [("Embase", 12)]
    assert found["question"] == "What?"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("somebody-2031", "--search", "mine"), 2),
        (("somebody-2031", "--terms", "x"), 2),
        (("--search", "mine", "--terms", "x"), 2),
        (("--search", "mine", "--database", "Embase", "--date", "31.1.2026"), 2),
        (("--search", "mine", "--database", "Embase", "--date", "2999-01-31"), 2),
        (("--search", "s1"), 1),
        (("--search", "Mine"), 1),
    ],
)
def test_what_makes_no_sense_writes_nothing(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    assert run("add", tmp_path / "own", *words).exit_code == code
    assert not (tmp_path / "own").exists()


def test_a_count_is_not_given_beside_a_file(records: Path) -> None:
    assert run("add", records / "own", "--from", records / "more.bib", "--count", 3).exit_code == 2


def test_a_log_whose_sources_stand_in_one_line_is_left_as_it_is(records: Path) -> None:
    file = records / "own/searches/mine.toml"
    file.parent.mkdir(parents=True)
    file.write_text('id = "mine"\nquestion = "q"\nsources = []\n')
    done = run("add", records / "own", "--from", records / "more.bib", "--search", "mine")
    assert done.exit_code == 1
    assert "Write its sources as [[sources]] tables." in done.output
    assert not (records / "own/studies").exists()


def test_a_title_of_two_years_is_two_studies_and_a_duplicate_is_of_its_own_year(tmp_path: Path) -> None:
    one = "TY  - JOUR\nAU  - New, Ann\nPY  - {}\nTI  - A new trial\nER  -\n"
    (tmp_path / "a.ris").write_text(one.format(2020) + one.format(2021) + one.format(2020), encoding="utf-8")
    run("add", tmp_path / "own", "--from", tmp_path / "a.ris")
    (found,) = json.loads(run("show", tmp_path / "own", "imports", "--json").output)
    assert found["sources"][0]["added"] == ["new-2020", "new-2021"]
    assert found["sources"][0]["duplicate_of"] == ["new-2020"]


def test_a_search_that_is_not_there() -> None:
    done = CliRunner().invoke(app, ["evidence", "show", "search=s2"])
    assert done.exit_code == 2
    assert "Possible: s1." in done.output
