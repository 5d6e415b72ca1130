"""`forwhom evidence …`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evidence.conftest import make_folder
from typer.testing import CliRunner, Result

from forwhom.cli import app

RECORDS = "TY  - JOUR\nAU  - New, Ann\nPY  - 2020\nTI  - A new trial\nER  -\n"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["evidence", *map(str, words)])


def test_check_lists_contradictions_with_both_places(tmp_path: Path) -> None:
    place = make_folder(tmp_path)
    file = place / "studies/trial.toml"
    file.write_text(file.read_text().replace("n = 31\n", "n = 30\n"))
    done = run("check", "--ledger", place, "--no-shipped")
    assert done.exit_code == 0
    assert "sum-of-arms: The arms add up to 59, and 60 were randomised." in done.output
    assert "trial (P, Table 1, line 10): DBT: 30" in done.output
    assert "Open. To settle it: The flow of participants in the publication." in done.output
    assert "1 study and 0 claims read: 0 problems, 1 contradiction, 1 of them open." in done.output
    found = json.loads(run("check", "--ledger", place, "--no-shipped", "--json").output)
    assert found["contradictions"][0]["places"][1]["source"]["line"] == 10


def test_open_contradictions_fail_when_asked_to(tmp_path: Path) -> None:
    place = make_folder(tmp_path)
    assert run("check", "--ledger", place, "--no-shipped", "--strict").exit_code == 0
    file = place / "studies/trial.toml"
    file.write_text(file.read_text().replace("n = 31\n", "n = 30\n"))
    assert run("check", "--ledger", place, "--no-shipped").exit_code == 0
    assert run("check", "--ledger", place, "--no-shipped", "--strict").exit_code == 1


def test_audit_lists_verdicts_with_their_rows() -> None:
    done = run(
        "audit",
        "rule=count-of-claim,direction-of-claim",
        "inferior",
        "--document",
        "S1",
        "--verdict",
        "contradicted",
        "--rows",
    )
    assert done.exit_code == 0
    assert "s1-ifg-inhibition: contradicted" in done.output
    assert "against rodrigo-2015/inferior-frontal (S1, Results, fNIRS, paragraph 1" in done.output
    assert done.output.rstrip().endswith("5 claims: 5 contradicted. 4 give no number.")
    done = run("audit", "id=s1-structure")
    assert "Only so far: An association, not a cause: how people came into the arms is not told" in done.output
    assert done.output.rstrip().endswith("1 claim of a cause has an association at most behind it. 1 gives no number.")


def test_audit_as_json(tmp_path: Path) -> None:
    found = json.loads(run("audit", "id=s1-fmri", "--json").output)
    assert [(each["verdict"], each["expected"], each["found"]) for each in found] == [
        ("supported with conditions", "7", 7)
    ]
    assert found[0]["section"] == "Results"
    assert found[0]["claim"]["says"] == "Seven of them used fMRI."


def test_an_unknown_verdict_is_wrong_usage() -> None:
    done = run("audit", "--verdict", "contradictd")
    assert (done.exit_code, "Did you mean 'contradicted'?" in done.output) == (2, True)


def test_check_fails_on_a_problem(tmp_path: Path) -> None:
    place = make_folder(tmp_path)
    file = place / "studies/trial.toml"
    file.write_text(file.read_text().replace("n = 31\n", 'n = "31"\n'))
    done = run("check", "--ledger", place, "--no-shipped")
    assert done.exit_code == 1
    assert "[[arms]] dbt n: '31' is written as text." in done.output
    done = run("show", "region=amygdala", "--ledger", place, "--json")
    assert (done.exit_code, json.loads(done.output)[0]["code"]) == (1, "wrong-type")


def test_show_by_filter_and_by_study(tmp_path: Path) -> None:
    place = make_folder(tmp_path)
    done = run("show", "region=amygdala", "direction=decrease", "--ledger", place, "--no-shipped")
    assert "1 result of 1 study in 1 independent sample, 28 people." in done.output
    done = run("show", "region=amygdala", "reappraisal", "--ledger", place, "--no-shipped", "--json")
    assert json.loads(done.output)["rows"][0]["id"] == "trial/amygdala"
    done = run("show", "trial", "--ledger", place)
    assert "Family A, Second B (2020). A trial." in done.output
    assert (
        "• Left, Amygdala, Activation, fMRI, DBT: decrease [cognitive reappraisal of pictures] (P, Results, paragraph 3, line 50)"
        in done.output
    )
    assert json.loads(run("show", "trial", "--ledger", place, "--json").output)["sample"] == "trial"


def test_a_wrong_filter_is_wrong_usage() -> None:
    done = run("show", "regio=amygdala")
    assert done.exit_code == 2
    assert "'regio' is no filter." in done.output
    assert run("search", "region=amigdala").exit_code == 2


def test_search(tmp_path: Path) -> None:
    place = make_folder(tmp_path)
    done = run("search", "amygd", "reappraisal", "--ledger", place, "--no-shipped")
    assert "result  trial/amygdala" in done.output
    assert len(json.loads(run("search", "DBT", "--most", 2, "--json").output)) == 2
    assert "Nothing holds all of it." in run("search", "xylophone").output


def test_add_writes_a_draft_once(tmp_path: Path) -> None:
    place = tmp_path / "mine"
    assert run("add", "somebody-2031", "--ledger", place).exit_code == 0
    assert (place / "studies/somebody-2031.toml").is_file()
    again = run("add", "somebody-2031", "--ledger", place)
    assert (again.exit_code, "it is there already" in again.output) == (1, True)
    assert run("check", "--ledger", place, "--no-shipped").exit_code == 0


def test_a_draft_is_no_contradiction_of_the_ledger(tmp_path: Path) -> None:
    place = make_folder(tmp_path)
    file = place / "studies/trial.toml"
    wrong = file.read_text().replace("analysed = 28\n", "analysed = 32\n")
    file.write_text(wrong)
    assert (
        "1 contradiction" in (counted := run("check", "--ledger", place, "--no-shipped").output)
        or "2 contradictions" in counted
    )
    file.write_text(wrong.replace('sample = "trial"\n', 'sample = "trial"\ndraft = true\n'))
    done = run("check", "--ledger", place, "--no-shipped", "--strict")
    assert done.exit_code == 0
    assert "== Not counted: " in done.output
    assert "0 contradictions" in done.output
    assert "in drafts and withdrawn publications" in done.output


def test_add_from_records_leaves_out_what_is_there(tmp_path: Path) -> None:
    records = tmp_path / "found.ris"
    goodman = "TY  - JOUR\nAU  - Goodman, M\nPY  - 2014\nTI  - x\nDO  - 10.1016/j.jpsychires.2014.06.020\nER  -\n"
    records.write_text(RECORDS + goodman + "TY  - JOUR\nTI  - No year\nER  -\n", encoding="utf-8")
    done = run("add", "--from", records, "--ledger", tmp_path / "mine", "--json")
    found = json.loads(done.output)
    assert [Path(path).name for path in found["written"]] == ["new-2020.toml"]
    assert found["there_already"] == [{"title": "x", "of": "goodman-2014", "by": "doi"}]
    assert found["problems"][0]["found"] == "'No year' has no author, year"
    assert (
        "There already, by title and year: A new trial (new-2020)"
        in run("add", "--from", records, "--ledger", tmp_path / "mine").output
    )


@pytest.mark.parametrize("words", [[], ["x-2020", "--from", "y.ris"]])
def test_add_needs_one_of_the_two(words: list[str], tmp_path: Path) -> None:
    assert run("add", *words, "--ledger", tmp_path).exit_code == 2


def test_an_id_must_be_able_to_name_a_file(tmp_path: Path) -> None:
    done = run("add", "../x", "--ledger", tmp_path)
    assert (done.exit_code, "cannot name a file" in done.output) == (1, True)


def test_an_id_that_ships_is_refused_at_once(tmp_path: Path) -> None:
    done = run("add", "linehan-2006", "--ledger", tmp_path / "mine")
    assert (done.exit_code, "the ledger has 'linehan-2006' already" in done.output) == (1, True)
    assert not (tmp_path / "mine").exists()
    assert "linehan-2006" not in run("add", "--help").output


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["audit", "--document", "S9"], 2, "Possible: S0, S1, S2."),
        (["audit", "kind=cause"], 2, "Did you mean 'causal'?"),
        (["show", "foo"], 1, "No result holds all of it."),
        (["show", "study=goodmn-2014"], 2, "Did you mean 'goodman-2014'?"),
        (["show", "kind=brian"], 2, "Did you mean 'brain'?"),
        (
            ["show", "region=precuneus"],
            2,
            "Nearest by spelling: cuneus (Cuneus). All regions: forwhom evidence words regions.",
        ),
        (["show", "region=amigdala"], 2, "Nearest by spelling: amygdala (Amygdala)."),
        (["words", "foo"], 2, "'foo' is no kind of word"),
        (["search", "xylophone"], 1, "Nothing holds all of it."),
        (["pool", "--treatment", "dbt"], 2, "no comparison has the treatment 'dbt'"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(words: list[str], code: int, told: str) -> None:
    done = run(*words)
    assert (done.exit_code, told in done.output) == (code, True), done.output


def test_a_word_that_means_something_is_no_slip() -> None:
    assert "Did you mean" not in run("pool", "--treatment", "dbt").output


def test_words_list_what_may_be_asked() -> None:
    assert "acc                   Anterior cingulate cortex" in run("words", "region").output
    assert "sessions" in run("words", "traits").output
    assert set(json.loads(run("words", "--json").output)) >= {
        "regions",
        "outcomes",
        "treatments",
        "traits",
        "directions",
    }
    from forwhom.evidence.keys import NEEDED, RESULT_KEYS
    from forwhom.evidence.words import DIRECTIONS, KINDS

    assert set(KINDS) == set(NEEDED) == set(RESULT_KEYS)
    assert set(DIRECTIONS) >= {"increase", "better", "positive", "higher", "none"}


def test_a_page_makes_no_folder(tmp_path: Path) -> None:
    done = run("grade", "--page", tmp_path / "slip" / "x.html")
    assert (done.exit_code, (tmp_path / "slip").exists()) == (2, False)


def test_contradictions_wait_until_files_can_be_read(tmp_path: Path) -> None:
    done = run("check", "--ledger", tmp_path / "nope")
    assert (done.exit_code, "Open." in done.output) == (1, False)


def test_audit_is_short_unless_rows_are_asked_for() -> None:
    short, whole = (run("audit", "--document", "S0", *more).output for more in ((), ("--rows",)))
    assert "for    " not in short
    assert "for    " in whole
    assert len(short) < 0.5 * len(whole)
    assert "--rows tells the conditions" in short
