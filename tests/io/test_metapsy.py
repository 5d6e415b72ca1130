"""Tables of trials: what they must be, every problem at once with its row, words and numbers as coders write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from forwhom import evidence
from forwhom.evidence import Vocabulary
from forwhom.io.metapsy import read_metapsy
from forwhom.io.metapsy_rows import counted
from forwhom.problems import ProblemsFound

ROW = {
    "study": "A, 2001", "condition_arm1": "dbt", "condition_arm2": "TAU", "outcome_domain": "BPD severity", "instrument": "bpdsi",
    "time": "post", "time_weeks": "26", "mean_arm1": "10.5", "sd_arm1": "4", "n_arm1": "20", "mean_arm2": "14", "sd_arm2": "5",
    "n_arm2": "22", "event_arm1": "", "totaln_arm1": "", "event_arm2": "", "totaln_arm2": "", ".g": "", ".g_se": "",
    "n_sessions_ig": "40", "full_ref": "Linehan M (2001). A trial.", "overall_RoB": "some concerns",
}  # fmt: skip


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return evidence.read().vocabulary


def table(folder: Path, *rows: dict[str, str], without: tuple[str, ...] = (), separator: str = ",") -> Path:
    head = [name for name in ROW if name not in without]
    text = io.StringIO()
    writer = csv.DictWriter(text, head, extrasaction="ignore", delimiter=separator)
    writer.writeheader()
    writer.writerows({**ROW, **row} for row in rows)
    path = folder / "trials.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def problems(path: Path, words: Vocabulary) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(ProblemsFound) as found:
        read_metapsy(path, words)
    return [(each.code, each.row, each.column) for each in found.value.problems if each.severity == "error"]


def test_words_become_terms_and_numbers_numbers(tmp_path: Path, words: Vocabulary) -> None:
    one = read_metapsy(table(tmp_path, {}), words).comparisons[0]
    assert (one.outcome, one.treatments[:2], one.controls[0]) == (
        "bpd-severity",
        ("dbt", "cbt-family"),
        "treatment-as-usual",
    )
    assert (one.better, one.declared_by, one.time, one.where) == ("lower", "instrument", "post", "row 2")
    assert (one.one.mean, one.two.n, one.people) == (10.5, 22.0, 42.0)
    assert (one.traits["sessions"], one.traits["bias"], one.traits["allegiance"]) == (
        40.0,
        "some",
        "developer among the authors",
    )
    assert one.months == pytest.approx(5.98, abs=0.01)


def test_every_problem_at_once_with_row_and_column(tmp_path: Path, words: Vocabulary) -> None:
    path = table(
        tmp_path,
        {"mean_arm1": "ten", "sd_arm2": "-1"},
        {"event_arm1": "9", "totaln_arm1": "8"},
        {"study": "", ".g": "0.3"},
        {"n_arm1": "0"},
    )
    assert problems(path, words) == [
        ("not-a-number", 2, "mean_arm1"), ("value-out-of-range", 2, "sd_arm2"), ("events-above-n", 3, "event_arm1"),
        ("no-standard-error", 4, ".g_se"), ("empty-cell", 4, "study"), ("value-out-of-range", 5, "n_arm1"),
    ]  # fmt: skip


def test_a_row_of_other_length_is_told(tmp_path: Path, words: Vocabulary) -> None:
    path = table(tmp_path, {})
    path.write_text(path.read_text() + "B,dbt\n", encoding="utf-8")
    assert problems(path, words) == [("ragged-row", 3, None)]


def test_a_file_of_another_format_is_told_with_what_is_there(tmp_path: Path, words: Vocabulary) -> None:
    path = table(tmp_path, {}, without=("condition_arm2", "sd_arm1", "totaln_arm2", ".g_se"))
    assert problems(path, words) == [("missing-column", 1, "condition_arm2"), ("no-effects", 1, None)]


def test_a_table_of_arms_is_no_table_of_comparisons(shared_data: Path, words: Vocabulary) -> None:
    path = shared_data / "g_meta" / "metadat_lopez2019_cbt_components.csv"
    if not path.is_file():
        pytest.skip("no such table here")
    found = problems(path, words)
    assert [code for code, _, _ in found] == ["missing-column", "missing-column", "no-effects"]


def test_no_file_no_rows_wrong_bytes(tmp_path: Path, words: Vocabulary) -> None:
    assert problems(tmp_path / "none.csv", words) == [("file-missing", None, None)]
    assert problems(table(tmp_path), words) == [("empty-table", None, None)]
    path = tmp_path / "latin.csv"
    path.write_bytes("study\nPié\n".encode("latin-1"))
    assert problems(path, words) == [("wrong-encoding", 2, None)]


def test_decimal_commas_and_semicolons(tmp_path: Path, words: Vocabulary) -> None:
    path = table(tmp_path, {"mean_arm1": "10,5", "sd_arm1": "4,25"}, separator=";")
    assert read_metapsy(path, words).comparisons[0].one.mean == 10.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40", 40.0), ("12.5", 12.5), ("60 to 104", 82.0), ("6-10", 8.0), ("approx. 140", 140.0),
        ("92 (weekly sessions + groups)", 92.0), ("varied", None), ("5 days/ week (390 days)", None), ("", None),
    ],
)  # fmt: skip
def test_numbers_of_sessions_as_coders_write_them(text: str, value: float | None) -> None:
    assert counted(text)[0] == value


def test_numbers_read_loosely_are_said_once(tmp_path: Path, words: Vocabulary) -> None:
    trials = read_metapsy(
        table(tmp_path, {"n_sessions_ig": "6 to 10"}, {"n_sessions_ig": "8 to 12"}, {"n_sessions_ig": "?"}), words
    )
    assert [(each.code, each.count, each.row) for each in trials.notices] == [
        ("number-in-words", 2, 2),
        ("number-in-words", 1, 4),
    ]
    assert "sessions" not in trials.comparisons[2].traits


def test_they_are_said_once_beside_a_problem_too(tmp_path: Path, words: Vocabulary) -> None:
    rows = ({"n_sessions_ig": "6 to 10"}, {"n_sessions_ig": "8 to 12"}, {"mean_arm1": "many"})
    with pytest.raises(ProblemsFound) as found:
        read_metapsy(table(tmp_path, *rows), words)
    assert [(each.severity, each.count) for each in found.value.problems] == [("error", 1), ("notice", 2)]


def test_authors_that_are_cut_off_leave_allegiance_open(tmp_path: Path, words: Vocabulary) -> None:
    rows = (
        {"full_ref": "Koons, ... & Bastian (2001). T"},
        {"full_ref": "Smith, J (2001). On Linehan's therapy"},
        {"condition_arm1": "mixed"},
    )
    found = [each.traits.get("allegiance") for each in read_metapsy(table(tmp_path, *rows), words).comparisons]
    assert found == [None, "not matched", None]


@pytest.mark.parametrize(
    ("instrument", "better", "by"),
    [
        ("whoqol-bref", "higher", "instrument"),
        ("an unknown scale", "lower", "outcome"),
        ("GAF", "higher", "instrument"),
    ],
)
def test_the_direction_is_that_of_the_instrument_else_of_the_outcome(
    tmp_path: Path, words: Vocabulary, instrument: str, better: str, by: str
) -> None:
    one = read_metapsy(table(tmp_path, {"instrument": instrument}), words).comparisons[0]
    assert (one.better, one.declared_by) == (better, by)


def test_response_is_a_good_event_and_an_unknown_outcome_declares_nothing(tmp_path: Path, words: Vocabulary) -> None:
    events = {
        "mean_arm1": "",
        "event_arm1": "5",
        "totaln_arm1": "20",
        "event_arm2": "3",
        "totaln_arm2": "20",
        "outcome_domain": "response",
    }
    good, unknown = read_metapsy(
        table(tmp_path, events, {"outcome_domain": "weather", "instrument": ""}), words
    ).comparisons
    assert good.better == "higher"
    assert (unknown.better, unknown.sign) == (None, None)


def test_what_was_measured_is_that_of_the_instrument_where_no_column_says_it(tmp_path: Path, words: Vocabulary) -> None:
    rows = [{"outcome_domain": "", "instrument": name} for name in ("phq-9", "HAM-A", "phq-9", "an unknown scale")]
    trials = read_metapsy(table(tmp_path, *rows), words)
    assert [each.outcome for each in trials.comparisons] == ["depression", "anxiety", "depression", "outcome"]
    assert "psychiatric-symptoms" in trials.comparisons[0].outcomes
    assert [(each.code, each.row, each.count) for each in trials.notices] == [
        ("outcome-of-instrument", 2, 2),
        ("outcome-of-instrument", 3, 1),
    ]


def test_tables_of_other_databases(tmp_path: Path, words: Vocabulary) -> None:
    """No outcome_domain; the form of numbers in outcome_type; effects of the paper beside computed ones, or alone."""
    head = (
        "study,outcome_type,instrument,condition_arm1,condition_arm2,mean_arm1,sd_arm1,n_arm1,mean_arm2,sd_arm2,n_arm2,"
        "precalc_g,precalc_g_se"
    )
    rows = "\nA,msd,bdi-2,cbt,wl,10,5,20,14,5,20,NA,NA\nB,response,hdrs,cbt,cau,NA,NA,NA,NA,NA,NA,0.4,0.2\n"
    path = tmp_path / "other.csv"
    path.write_text(head + rows, encoding="utf-8")
    first, second = read_metapsy(path, words).comparisons
    assert (first.kind, first.outcome, first.better, first.controls[0]) == (
        "means",
        "depression",
        "lower",
        "waiting-list",
    )
    assert (second.kind, second.outcome) == ("given", "response")
    path.write_text(
        head + ",.g,.g_se" + rows.replace("NA,NA\nB", "NA,NA,-0.8,0.3\nB").replace("0.4,0.2", "0.4,0.2,0.5,0.2"),
        encoding="utf-8",
    )
    given = [each.given.value for each in read_metapsy(path, words).comparisons if each.given]
    assert given == [-0.8, 0.5]


@pytest.mark.parametrize(
    ("cells", "column", "found"),
    [
        ({"n_arm1": "22.5"}, "n_arm1", "22.5 people"),
        ({"overall_RoB": "hihg"}, "overall_RoB", "'hihg' is no risk of bias"),
        ({"time": "soon"}, "time", "'soon' is no time"),
        ({"condition_arm2": "dbt"}, "condition_arm2", "both arms are 'dbt'"),
        ({"sd_arm2": ""}, "sd_arm2", "sd_arm2 absent beside mean_arm1"),
    ],
)
def test_what_looks_wrong_is_told_by_row_and_column(
    tmp_path: Path, words: Vocabulary, cells: dict[str, str], column: str, found: str
) -> None:
    clean, told = (read_metapsy(table(tmp_path, {}, row), words).notices for row in ({}, cells))
    assert clean == ()
    assert [(each.row, each.column, each.found.startswith(found)) for each in told] == [(3, column, True)]


@pytest.mark.parametrize(("name", "text"), [("mean_age", "abc"), ("percent_women", "140")])
def test_a_trait_that_cannot_be_is_told_and_left_out(tmp_path: Path, words: Vocabulary, name: str, text: str) -> None:
    path = table(tmp_path, {})
    head, row = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{head},{name}\n{row},{text}\n", encoding="utf-8")
    trials = read_metapsy(path, words)
    assert [(each.row, each.column) for each in trials.notices] == [(2, name)]
    assert not {"age", "women"} & set(trials.comparisons[0].traits)


def test_a_file_that_is_no_table_is_told_as_that(tmp_path: Path, words: Vocabulary) -> None:
    path = tmp_path / "audit.txt"
    path.write_text("s0-good-for-average: not checkable\n  Psychotherapy works.\n", encoding="utf-8")
    assert problems(path, words) == [("no-table", 1, None)]
