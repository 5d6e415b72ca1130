"""forwhom new: what is guessed, what is asked, and that the result reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest

from forwhom.io.folder import check_study, read_study
from forwhom.io.guess_names import repeated, splits
from forwhom.io.new import guess_study, write_study
from forwhom.problems import ProblemsFound, errors


@pytest.mark.parametrize(
    ("names", "times", "unit"),
    [
        (["bdi.pre", "bdi.2m", "bdi.3m"], [0, 2, 3], "month"),
        (["bdi_2m", "bdi_8m"], [2, 8], "month"),
        (["phq9_w0", "phq9_w12"], [0, 12], "week"),
        (["T1_bdi", "T2_bdi"], [1, 2], "wave"),
        (["bdi_t0", "bdi_t1", "bdi_t2"], [0, 1, 2], "wave"),
        (["BDI_pre", "BDI_post", "BDI_fu6"], [0, 1, 2], "occasion"),
        (["depress1", "depress2"], [1, 2], "wave"),
        (["physt1", "physt3"], [1, 3], "wave"),
        (["score.0", "score.6"], [0, 6], "wave"),
        (["bdi_baseline", "bdi_6months", "bdi_12months"], [0, 6, 12], "month"),
        (["bdi_week_4", "bdi_week_8"], [4, 8], "week"),
        (["hamd_d0", "hamd_d30"], [0, 30], "day"),
        (["pre_bdi", "post_bdi"], [0, 1], "occasion"),
        (["bdi", "bdi_6m"], [0, 6], "month"),
        (["bdi_pre", "bdi_w12", "bdi_6m"], [0, 12, 26.1], "week"),
        (["bdi_pre", "bdi_fu6", "bdi_fu12"], [0, 6, 12], "month"),
        (["BDI T1", "BDI T2"], [1, 2], "wave"),
        (["bdiPre", "bdiPost"], [0, 1], "occasion"),
    ],
    ids=lambda each: each[0] if isinstance(each, list) and isinstance(each[0], str) else "",
)
def test_wide_columns(tmp_path: Path, names: list[str], times: list[float], unit: str) -> None:
    data = pl.DataFrame(
        {"id": [1, 2, 3], "age": [30, 41, 52], **{name: [10, 12 + i, 20] for i, name in enumerate(names)}}
    )
    data.write_csv(tmp_path / "d.csv")
    guess = guess_study(tmp_path / "d.csv")
    assert guess.id == "id"
    assert [scale.wide for scale in guess.scales] == [dict(zip(names, times, strict=True))]
    assert guess.time_unit == unit
    assert guess.covariates == ("age",)


def test_a_plain_zero_is_the_score_before() -> None:
    """phq9_0 beside phq9_12w belongs to the family; phq9_1 beside a unit, or age_0 alone, does not."""
    found = repeated(["id", "age_0", "phq9_0", "phq9_12w", "phq9_24w", "gad_1", "gad_3m", "gad_6m"])
    assert {group.stem: list(group.columns) for group in found} == {
        "phq9": ["phq9_0", "phq9_12w", "phq9_24w"],
        "gad": ["gad_3m", "gad_6m"],
    }
    assert [at.kind for at in found[0].columns.values()] == ["pre", "unit", "unit"]


@pytest.mark.parametrize(("names", "asked"), [(["T1_bdi", "T2_bdi"], True), (["T0_bdi", "T1_bdi"], False)])
def test_a_first_wave_may_be_the_baseline(tmp_path: Path, names: list[str], asked: bool) -> None:
    pl.DataFrame({"id": [1, 2, 3], **{name: [10, 12, 20] for name in names}}).write_csv(tmp_path / "d.csv")
    said = " ".join(guess_study(tmp_path / "d.csv").to_check)
    assert ("before treatment began, write 0 as its time" in said) == asked


def test_several_scales_and_lonely_columns() -> None:
    groups = repeated(["physt1", "cesdt1", "physt3", "cesdt3", "negsoct1", "age", "comorbid"])
    assert [(group.stem, list(group.columns)) for group in groups] == [
        ("phys", ["physt1", "physt3"]),
        ("cesd", ["cesdt1", "cesdt3"]),
    ]


def test_items_are_no_occasions() -> None:
    assert repeated([f"phq{n}" for n in range(1, 10)]) == []
    assert splits("age") == []


def finished(folder: Path, data: Path) -> str:
    """Write the study, answer every open question, and check it."""
    path = write_study(folder, guess_study(data))
    text = path.read_text(encoding="utf-8")
    open_questions = [problem.code for problem in check_study(folder)]
    assert open_questions == ["direction-unknown"] * text.count('better = "?"')
    path.write_text(text.replace('better = "?"', 'better = "lower"'), encoding="utf-8")
    assert errors(check_study(folder)) == ()
    return text


def test_beat_the_blues(root: Path, tmp_path: Path) -> None:
    data = root / "examples" / "beat-the-blues" / "btheb_computer_cbt.csv"
    guess = guess_study(data)
    assert (guess.id, guess.arm, guess.time_unit) == ("id", "treatment", "month")
    assert list(guess.arms) == ["TAU", "BtheB"]
    assert guess.covariates == ("drug", "length")
    text = finished(tmp_path / "own", data)
    assert tomllib.loads(text)["scales"]["bdi"]["better"] == "?"
    assert (tmp_path / "own" / data.name).read_bytes() == data.read_bytes()
    assert (
        read_study(tmp_path / "own")
        .measures["value"]
        .equals(read_study(root / "examples" / "beat-the-blues").measures["value"])
    )


def test_jobs_ii(root: Path, tmp_path: Path) -> None:
    data = root / "examples" / "jobs-ii" / "jobs2_mediation.csv"
    guess = guess_study(data)
    assert (guess.id, guess.arm) == ("#row", "treat")
    finished(tmp_path / "own", data)


def test_bcrp(shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "a_rct" / "bcrp_breast_cancer_recovery.csv"
    guess = guess_study(data)
    assert (guess.id, guess.arm, list(guess.arms)) == ("#row", "cond", ["1", "2", "3"])
    assert [scale.name for scale in guess.scales] == ["phys", "cesd"]
    finished(tmp_path / "own", data)


def test_a_long_file_with_known_instruments(tmp_path: Path) -> None:
    rows = [
        (i, arm, week, 20 - week - i % 5, 5 + week % 5, 30 + i)
        for i, arm in enumerate("ABABABAB")
        for week in (0, 6, 12)
    ]
    names = ["patient_id", "arm", "week", "phq9", "mood", "age"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(tmp_path / "long.csv")
    guess = guess_study(tmp_path / "long.csv")
    assert (guess.id, guess.repeated, guess.time, guess.time_unit) == ("patient_id", True, "week", "week")
    assert guess.occasions == (0.0, 6.0, 12.0)
    text = finished(tmp_path / "own", tmp_path / "long.csv")
    assert "repeated = true" in text


def test_a_known_instrument_needs_no_answer(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1, 2, 3], "phq9_pre": [20, 11, 9], "phq9_3m": [3, 4, 5]}).write_csv(tmp_path / "d.csv")
    guess = guess_study(tmp_path / "d.csv")
    assert [scale.instrument for scale in guess.scales] == ["phq-9"]
    assert any("really phq-9" in line for line in guess.to_check)
    assert 'instrument = "phq-9"' in finished(tmp_path / "own", tmp_path / "d.csv")


def test_values_outside_an_instrument_are_not_taken_for_it(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1, 2, 3], "phq9_pre": [20, 11, 60], "phq9_3m": [3, 4, 5]}).write_csv(tmp_path / "d.csv")
    assert [scale.instrument for scale in guess_study(tmp_path / "d.csv").scales] == [None]


def test_items_of_a_known_instrument(tmp_path: Path) -> None:
    items = {f"gad7_{n}_t{t}": [n % 4, t, 3, 1] for t in (0, 1) for n in range(1, 8)}
    pl.DataFrame({"id": ["a", "b", "c", "d"], **items}).write_csv(tmp_path / "d.csv")
    guess = guess_study(tmp_path / "d.csv")
    assert [scale.instrument for scale in guess.scales] == ["gad-7"]
    assert {time: len(columns) for time, columns in guess.scales[0].items.items()} == {0.0: 7, 1.0: 7}
    finished(tmp_path / "own", tmp_path / "d.csv")


def test_items_at_one_time(tmp_path: Path) -> None:
    data = pl.DataFrame({"id": ["a", "b", "c"], **{f"phq{n}": [n % 4, 0, 3] for n in range(1, 10)}})
    data.write_csv(tmp_path / "d.csv")
    scale = guess_study(tmp_path / "d.csv").scales[0]
    assert (scale.name, scale.instrument) == ("phq", "phq-9")
    assert scale.items == {0.0: [f"phq{n}" for n in range(1, 10)]}
    finished(tmp_path / "own", tmp_path / "d.csv")


def test_missing_codes_are_seen(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("id,x_t1,x_t2\n1,5,-99\n2,NA,6\n3,4,5\n", encoding="utf-8")
    guess = guess_study(tmp_path / "d.csv")
    assert guess.missing == {"NA": "", "-99": ""}
    finished(tmp_path / "own", tmp_path / "d.csv")


def test_spss_labels_name_the_arms(tmp_path: Path) -> None:
    import pyreadstat

    data = pl.DataFrame(
        {"ID": [float(n) for n in range(1, 13)], "group": [0.0, 1.0] * 6,
         "bdi_t0": [20.0 + n for n in range(12)], "bdi_t1": [10.0 + n for n in range(12)]}
    )  # fmt: skip
    pyreadstat.write_sav(
        data.to_pandas(), str(tmp_path / "d.sav"), variable_value_labels={"group": {0: "Waitlist", 1: "MBT"}}
    )
    guess = guess_study(tmp_path / "d.sav")
    assert guess.arms == {"0": "Waitlist", "1": "MBT"}
    assert "[arms]" in finished(tmp_path / "own", tmp_path / "d.sav")


def test_a_diary(shared_data: Path, tmp_path: Path) -> None:
    guess = guess_study(shared_data / "a_rct" / "geschwind_mindfulness_rct_esm.csv")
    assert guess.diary == {"day": "day", "beep": "beep", "burst": "period"}
    assert (guess.id, guess.arm) == ("id", "mindfulness_arm")


def test_a_data_file_inside_the_folder_stays_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "d.csv").write_text("id,x_t1,x_t2\n1,5,9\n2,3,6\n3,4,5\n", encoding="utf-8")
    write_study(tmp_path, guess_study(tmp_path / "data" / "d.csv"))
    assert not (tmp_path / "d.csv").exists()
    assert (
        tomllib.loads((tmp_path / "study.toml").read_text(encoding="utf-8"))["tables"]["persons"]["file"]
        == "data/d.csv"
    )


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("id,x_t1,x_t2\n1,5,9\n2,3,6\n", encoding="utf-8")
    guess = guess_study(tmp_path / "d.csv")
    own = tmp_path / "own"
    own.mkdir()
    (own / "d.csv").write_text("other\n", encoding="utf-8")
    with pytest.raises(ProblemsFound) as raised:
        write_study(own, guess)
    assert [problem.code for problem in raised.value.problems] == ["file-exists"]
    (own / "d.csv").unlink()
    (own / "study.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(ProblemsFound) as raised:
        write_study(own, guess)
    assert [problem.code for problem in raised.value.problems] == ["study-exists"]
    assert [each.name for each in own.iterdir()] == ["study.toml"]
    assert (own / "study.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"\xff\xfe\x00", b"a,a\n1,2\n"])
def test_a_file_that_is_no_table(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "d.csv").write_bytes(content)
    with pytest.raises(ProblemsFound):
        guess_study(tmp_path / "d.csv")
    with pytest.raises(ProblemsFound):
        guess_study(tmp_path / "nowhere.csv")


def test_strange_names_stay_inside_their_strings(tmp_path: Path) -> None:
    name = 'say "hi"\n[evil] # x.csv'
    (tmp_path / name).write_text('"id","a ""q"" t1","a ""q"" t2"\n1,2,5\n2,3,7\n3,1,6\n', encoding="utf-8")
    text = finished(tmp_path / "own", tmp_path / name)
    assert set(tomllib.loads(text)) == {"study", "tables", "scales"}
