"""Items, diary, sessions, ratings, events and scans of a study folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from forwhom.io.folder import check_study, read_study
from forwhom.problems import errors

Make = Callable[..., Path]
Where = tuple[str, str | None, int | None, str | None]


@pytest.fixture
def zoned(tiny_toml: str) -> str:
    return tiny_toml.replace('time_unit = "month"', 'time_unit = "month"\ntime_zone = "Europe/Berlin"')


def where(folder: Path) -> list[Where]:
    return [(problem.code, problem.file, problem.row, problem.column) for problem in errors(check_study(folder))]


DIARY = '\n[tables.moments]\nfile = "diary.csv"\nid = "id"\n'


def test_items_in_long_form(make: Make, tiny_toml: str) -> None:
    block = '[[tables.measures]]\nfile = "items.csv"\nscale = "gad"\ntime = "month"\nitems = ["g1", "g2"]\n'
    toml = tiny_toml + block + '[scales.gad]\ninstrument = "gad-7"\n[missing]\ncodes = { "-9" = "skipped" }\n'
    study = read_study(make(toml, items__csv="id,month,g1,g2\n1,0,1,-9\n2,0,3,0\n"))
    assert study.items.columns == ["id", "instrument", "time", "informant", "item", "value", "absent"]
    assert study.items.select("id", "instrument", "item", "value", "absent").rows() == [
        ("1", "gad", "g1", 1.0, None),
        ("1", "gad", "g2", None, "skipped"),
        ("2", "gad", "g1", 3.0, None),
        ("2", "gad", "g2", 0.0, None),
    ]
    assert study.scales["gad"].items == ("g1", "g2")
    assert where(make(toml, items__csv="id,month,g1,g2\n1,0,1,4\n")) == [("item-out-of-range", "items.csv", 2, "g2")]


def test_items_by_occasion(make: Make, tiny_toml: str) -> None:
    block = """
[[tables.measures]]
file = "items.csv"
instrument = "gad-7"
[tables.measures.items]
"0" = ["g1_t0", "g2_t0"]
"12" = ["g1_t1", "g2_t1"]
[scales.gad]
instrument = "gad-7"
"""
    study = read_study(make(tiny_toml + block, items__csv="id,g1_t0,g2_t0,g1_t1,g2_t1\n1,0,1,2,3\n"))
    own = study.items.filter(pl.col("id") == "1")
    assert own.select("time", "item", "value").rows() == [
        (0.0, "gad-7_1", 0.0), (0.0, "gad-7_2", 1.0), (12.0, "gad-7_1", 2.0), (12.0, "gad-7_2", 3.0),
    ]  # fmt: skip
    assert study.scales["gad"].items == ("gad-7_1", "gad-7_2")


def test_items_nobody_can_score(make: Make, tiny_toml: str) -> None:
    block = '[[tables.measures]]\nfile = "items.csv"\nscale = "own"\nat = 0\nitems = ["a", "b"]\n[scales.own]\nbetter = "lower"\n'
    assert where(make(tiny_toml + block, items__csv="id,a,b\n1,0,1\n")) == [
        ("no-scoring", "study.toml", None, "[scales.own] instrument")
    ]


def test_a_diary_with_zones_of_its_own(make: Make, tiny_toml: str) -> None:
    rows = "id,when,sad\n1,2024-01-01T12:00:00+02:00,3\n1,2024-01-01T12:00:00Z,4\n2,2024-06-01 08:30:00-0500,\n"
    study = read_study(make(tiny_toml + DIARY + 'timestamp = "when"\n', diary__csv=rows))
    assert study.moments is not None
    assert study.moments.schema == {"id": pl.String, "moment": pl.Datetime("us", "UTC"), "sad": pl.Float64}
    assert [moment.hour for moment in study.moments["moment"]] == [10, 12, 13]


def test_a_diary_in_the_clock_time_of_the_study(make: Make, zoned: str) -> None:
    rows = "id,when,sad\n1,2024-01-01 12:00,3\n1,01.07.2024 12:00,4\n"
    study = read_study(make(zoned + DIARY + 'timestamp = "when"\n', diary__csv=rows))
    assert study.moments is not None
    assert study.moments["moment"].to_list() == [
        dt.datetime(2024, 1, 1, 11, tzinfo=dt.UTC),
        dt.datetime(2024, 7, 1, 10, tzinfo=dt.UTC),
    ]


def test_unix_seconds(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml + DIARY + 'timestamp = "when"\ntimestamp_format = "unix"\n'
    study = read_study(make(toml, diary__csv="id,when,sad\n1,1700000000,3\n"))
    assert study.moments is not None
    assert study.moments["moment"].item() == dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.UTC)


def test_a_timestamp_without_zone(make: Make, tiny_toml: str) -> None:
    rows = "id,when,sad\n1,2024-01-01 12:00,3\n1,2024-01-02 12:00,4\n"
    folder = make(tiny_toml + DIARY + 'timestamp = "when"\n', diary__csv=rows)
    assert where(folder) == [("timestamp-without-zone", "diary.csv", 2, "when")]
    assert check_study(folder)[0].count == 2


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2024-03-31 02:30", "time-does-not-exist"),
        ("2024-10-27 02:30", "time-is-ambiguous"),
        ("31/03/2024 12:30", "not-a-timestamp"),
        ("noon", "not-a-timestamp"),
    ],
)
def test_clock_times_that_are_none(make: Make, zoned: str, cell: str, code: str) -> None:
    rows = f"id,when,sad\n1,2024-03-31 03:30,3\n1,{cell},4\n"
    assert where(make(zoned + DIARY + 'timestamp = "when"\n', diary__csv=rows)) == [(code, "diary.csv", 3, "when")]


def test_prompts_that_repeat(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml + DIARY + 'day = "day"\nbeep = "beep"\n'
    study = read_study(make(toml, diary__csv="id,day,beep,sad\n1,1,1,3\n1,1,1,3\n1,1,2,3\n"))
    assert study.moments is not None
    assert study.moments.height == 2
    assert [(aside.table, aside.rows) for aside in study.set_aside] == [("moments", (3,))]
    assert where(make(toml, diary__csv="id,day,beep,sad\n1,1,1,3\n1,1,1,4\n")) == [
        ("two-prompts", "diary.csv", 3, None)
    ]


MEAN = """
[[tables.measures]]
from = "moments"
scale = "mood"
items = ["sad", "worry"]
burst = { a = 0, b = 2 }
at_least = 2
[scales.mood]
better = "lower"
"""


def test_diary_bursts_become_scores(make: Make, tiny_toml: str) -> None:
    """A prompt counts when all its items are answered; too few answered prompts leave a reason."""
    rows = (
        "id,burst,day,beep,sad,worry\n"
        "1,a,1,1,1,3\n1,a,1,2,3,5\n1,a,1,3,7,\n"  # mean of 2 and 4; the third is incomplete
        "1,b,1,1,1,1\n1,b,1,2,,\n"
        "2,a,1,1,2,2\n2,a,1,2,4,4\n"
    )
    toml = tiny_toml + DIARY + 'day = "day"\nbeep = "beep"\nburst = "burst"\n' + MEAN
    study = read_study(make(toml, diary__csv=rows))
    mood = study.measures.filter((pl.col("scale") == "mood") & (pl.col("id") != "3"))
    assert mood.select("id", "time", "value", "absent").rows() == [
        ("1", 0.0, 3.0, None),
        ("1", 2.0, None, "fewer than 2 prompts answered"),
        ("2", 0.0, 3.0, None),
        ("2", 2.0, None, "no row recorded"),
    ]


def test_diary_items_must_be_numbers_and_bursts_exist(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml + DIARY + 'day = "day"\nbeep = "beep"\nburst = "burst"\n' + MEAN
    found = where(make(toml, diary__csv="id,burst,day,beep,sad,worry\n1,a,1,1,x,3\n"))
    assert found == [
        ("not-a-number", "diary.csv", 2, "sad"),
        ("unknown-burst", "study.toml", None, "[[tables.measures]] 2 burst"),
    ]


def test_sessions(make: Make, tiny_toml: str) -> None:
    block = '[tables.sessions]\nfile = "s.csv"\nnumber = "n"\ntherapist = "who"\n'
    study = read_study(make(tiny_toml + block, s__csv="id,n,who,alliance,note\n1,1,A,5.5,x\n1,2,B,6,y\n"))
    assert study.sessions is not None
    assert study.sessions.columns == ["id", "number", "therapist", "alliance", "note"]
    assert study.sessions.schema["number"] == pl.Int64
    assert study.sessions["alliance"].to_list() == [5.5, 6.0]


def test_ratings_with_a_column_per_trait(make: Make, tiny_toml: str) -> None:
    block = '[[tables.ratings]]\nfile = "r.csv"\nperceiver = "p"\ntarget = "t"\nvalues = { like = "liking" }\n'
    study = read_study(make(tiny_toml + block, r__csv="p,t,like\n1,2,5\n1,x,6\n2,1,\n"))
    assert study.ratings is not None
    assert study.ratings.rows() == [
        ("all", "1", "2", "liking", 5.0), ("all", "1", "x", "liking", 6.0), ("all", "2", "1", "liking", None),
    ]  # fmt: skip
    assert [(notice.code, notice.count) for notice in study.notices] == [("target-not-a-person", 1)]
    assert where(make(tiny_toml + block, r__csv="p,t,like\n9,2,5\n1,2,5\n1,2,6\n")) == [
        ("unknown-person", "r.csv", 2, "p"),
        ("two-ratings", "r.csv", 4, None),
    ]


def test_events_of_one_kind(make: Make, tiny_toml: str) -> None:
    block = '[[tables.events]]\nfile = "e.csv"\ntime = "t"\nkind_is = "admission"\n[plan]\nevents = ["admission"]\n'
    study = read_study(make(tiny_toml + block, e__csv="id,t\n1,2\n1,4.5\n2,\n"))
    assert study.events is not None
    assert study.events.rows() == [
        ("1", 2.0, "admission", None), ("1", 4.5, "admission", None), ("2", None, "admission", None),
    ]  # fmt: skip
    assert study.set_aside == ()


def test_a_planned_event_that_never_happened_is_a_notice(make: Make, tiny_toml: str) -> None:
    block = '[tables.events]\nfile = "e.csv"\ntime = "t"\nkind = "k"\n[plan]\nevents = ["death"]\n'
    study = read_study(make(tiny_toml + block, e__csv="id,t,k\n1,2,admission\n"))
    assert [notice.code for notice in study.notices] == ["event-never-happened"]


def test_scans(make: Make, tiny_toml: str) -> None:
    block = '[tables.scans]\nfile = "s.csv"\ntime = "t"\nregion = "roi"\nvalue = "beta"\nmodality_is = "fMRI"\n'
    study = read_study(make(tiny_toml + block, s__csv="id,t,roi,beta\n1,0,amygdala,0.5\n"))
    assert study.scans is not None
    assert study.scans.rows() == [("1", 0.0, "fMRI", "amygdala", None, None, 0.5)]


@pytest.mark.parametrize("kind", ["sessions", "moments", "events", "scans"])
def test_a_person_of_any_table_must_be_known(make: Make, tiny_toml: str, kind: str) -> None:
    keys = {
        "sessions": 'number = "n"', "moments": 'day = "n"\nbeep = "n2"', "events": 'time = "n"\nkind_is = "x"',
        "scans": 'value = "n"',
    }[kind]  # fmt: skip
    block = f'[tables.{kind}]\nfile = "t.csv"\nid = "id"\n{keys}\n'
    assert where(make(tiny_toml + block, t__csv="id,n,n2\n1,1,1\n99,1,1\n")) == [("unknown-person", "t.csv", 3, "id")]


@pytest.mark.parametrize(
    ("block", "column"),
    [
        ('[tables.events]\nfile = "t.csv"\ntime = "n"\n', "[tables.events] kind"),
        (
            '[tables.ratings]\nfile = "t.csv"\nperceiver = "id"\nvalue = "n"\ntrait_is = "x"\n',
            "[tables.ratings] target",
        ),
        ('[tables.moments]\nfile = "t.csv"\n', "[tables.moments] timestamp"),
        ('[[tables.measures]]\nfile = "t.csv"\nscale = "bdi"\n', "[[tables.measures]] 2"),
        ('[[tables.measures]]\nfile = "t.csv"\nscale = "bdi"\nvalue = "n"\n', "[[tables.measures]] 2 time"),
        ('[[tables.measures]]\nfile = "t.csv"\ntime = "n"\nvalue = "n"\n', "[[tables.measures]] 2 scale"),
    ],
)
def test_a_block_that_says_too_little(make: Make, tiny_toml: str, block: str, column: str) -> None:
    found = errors(check_study(make(tiny_toml + block, t__csv="id,n\n1,1\n")))
    assert column in [problem.column for problem in found]


SESSIONS = '[tables.sessions]\nfile = "s.csv"\nnumber = "n"\n'


@pytest.mark.parametrize(
    ("cell", "code"), [("1.5", "not-a-whole-number"), ("-1", "number-too-low"), ("x", "not-a-number")]
)
def test_session_numbers_count(make: Make, tiny_toml: str, cell: str, code: str) -> None:
    assert where(make(tiny_toml + SESSIONS, s__csv=f"id,n\n1,1\n1,{cell}\n")) == [(code, "s.csv", 3, "n")]


@pytest.mark.parametrize(
    ("block", "header", "row", "other", "code"),
    [
        (SESSIONS, "id,n,alliance", "1,1,5", "1,1,6", "two-sessions"),
        ('[tables.sessions]\nfile = "s.csv"\ndate = "d"\n', "id,d,x", "1,2024-01-01,5", "1,2024-01-01,6", "two-sessions"),
        ('[tables.scans]\nfile = "s.csv"\ntime = "t"\nregion = "r"\nvalue = "v"\n',
         "id,t,r,v", "1,0,acc,5", "1,0,acc,6", "two-scans"),
        ('[tables.scans]\nfile = "s.csv"\nvalue = "v"\n', "id,v", "1,5", "1,6", "two-scans"),
        ('[tables.ratings]\nfile = "s.csv"\nperceiver = "id"\ntarget = "t"\nvalues = { v = "liking" }\n',
         "id,t,v", "1,2,5", "1,2,6", "two-ratings"),
    ],
    ids=["numbered", "dated", "scans", "bare-scans", "ratings"],
)  # fmt: skip
def test_rows_of_one_key(make: Make, tiny_toml: str, block: str, header: str, row: str, other: str, code: str) -> None:
    """Absent parts of the key are equal: rows that differ are errors, exact repetitions are set aside."""
    assert where(make(tiny_toml + block, s__csv=f"{header}\n{row}\n{other}\n")) == [(code, "s.csv", 3, None)]
    study = read_study(make(tiny_toml + block, s__csv=f"{header}\n{row}\n{row}\n"))
    assert [(aside.rows, aside.why) for aside in study.set_aside] == [((3,), "repeats an earlier row exactly")]


def test_a_rating_is_named_by_perceiver_and_target(make: Make, tiny_toml: str) -> None:
    block = '[tables.ratings]\nfile = "s.csv"\nperceiver = "id"\ntarget = "t"\nvalues = { v = "liking" }\n'
    found = check_study(make(tiny_toml + block, s__csv="id,t,v\n1,2,5\n1,2,6\n"))
    assert found[0].found == "the rating of '2' by '1' (liking) is already in row 2, with other values"


def test_sessions_of_which_nothing_says_when_stay(make: Make, tiny_toml: str) -> None:
    study = read_study(make(tiny_toml + SESSIONS, s__csv="id,n,x\n1,,5\n1,,6\n1,,5\n"))
    assert study.sessions is not None
    assert study.sessions.height == 3


def test_repeated_events_are_set_aside_once(make: Make, tiny_toml: str) -> None:
    block = '[tables.events]\nfile = "s.csv"\ntime = "t"\nkind = "k"\nseverity = "how"\n'
    rows = "id,t,k,how\n1,2,fall,mild\n1,2,fall,mild\n1,2,fall,severe\n1,,fall,mild\n1,,fall,mild\n"
    study = read_study(make(tiny_toml + block, s__csv=rows))
    assert study.events is not None
    assert study.events.height == 4
    assert [aside.rows for aside in study.set_aside] == [(3,)]
    assert "repeated-row" in {problem.code for problem in study.notices}


def test_sessions_dated_against_their_numbers_are_noticed(make: Make, tiny_toml: str) -> None:
    block = '[tables.sessions]\nfile = "s.csv"\nnumber = "n"\ntime = "t"\n'
    study = read_study(make(tiny_toml + block, s__csv="id,n,t\n1,1,5\n1,2,4\n1,3,6\n2,1,1\n2,2,1\n2,3,\n"))
    (notice,) = study.notices
    assert (notice.code, notice.row, notice.column, notice.count) == ("sessions-out-of-order", 3, "n", 1)
    assert "1 person" in (notice.found or "")
    assert "session 2 lies before session 1" in (notice.found or "")
