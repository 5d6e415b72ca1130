"""Cases as a study: what leaves, what never leaves, and that the study can be asked."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from case_topics import SMALL, Log, held, missed
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_cases import NAMES, live, replayed

from forwhom.analysis.answer import answer
from forwhom.analysis.programme.export import Exported, export
from forwhom.analysis.programme.exported_scales import exported_scale
from forwhom.io.case_export import KEYS, pseudonyms, write_study
from forwhom.io.folder import read_and_score
from forwhom.problems import ProblemsFound, errors
from forwhom.programme import shipped
from forwhom.programme.case.pseudonyms import Pseudonyms

MBT = shipped("mbt")


def keys(number: int) -> Pseudonyms:
    return Pseudonyms(f"key {number}".encode(), b"shared")


@pytest.fixture(scope="module")
def thirty() -> Exported:
    return export([(replayed(i, MBT), keys(i)) for i in range(30)], simulated=True)


def table(exported: Exported, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported.files[name])))


def test_the_study_has_no_problem_and_answers_what_carried_change(thirty: Exported, tmp_path: Path) -> None:
    write_study(tmp_path / "study", thirty.files)
    study = read_and_score(tmp_path / "study")
    assert not errors(study.notices)
    assert study.persons.height == 30
    assert study.sessions is not None
    assert study.sessions.height == thirty.sessions > 500
    record = answer(study, questions=["how.mediation", "how.alliance", "outcome.change"])
    status = {finding.id: finding.status for finding in record.findings}
    assert status["how.mediation.stance.bsl_23"] == "answered"
    assert status["how.alliance"] == "answered"
    assert status["outcome.change.bsl_23"] == "answered"
    assert {finding.registered for finding in record.findings} == {"exploratory"}


def test_no_name_no_id_no_text_and_no_date_is_in_any_exported_byte(thirty: Exported, tmp_path: Path) -> None:
    write_study(tmp_path / "study", thirty.files)
    written = {path.name: path.read_bytes() for path in (tmp_path / "study").iterdir()}
    assert set(written) == {"study.toml", "persons.csv", "sessions.csv", "events.csv", "measures.csv"}
    parts = {part for name in NAMES for part in name.split()}
    for name, raw in written.items():
        text = raw.decode().casefold()
        for part in parts:
            assert part.casefold() not in text, f"{part} is in {name}"
        assert "2026" not in text
        assert "told by" not in text
    case = replayed(0, MBT)
    for word in (*case.opened.people, case.log[0].id):
        assert not any(word.encode() in raw for raw in written.values())


def test_the_replayed_log_and_the_live_case_give_the_same_bytes() -> None:
    some = range(4)
    first = export([(replayed(i, MBT), keys(i)) for i in some])
    again = export([(live(i, MBT), keys(i)) for i in some])
    assert first == again


def test_the_order_of_cases_does_not_matter() -> None:
    cases = [(replayed(i, MBT), keys(i)) for i in range(5)]
    assert export(cases) == export(cases[::-1])


def test_a_therapist_of_two_cases_is_one_and_keys_decide_the_pseudonyms(thirty: Exported) -> None:
    assert len({row["therapist"] for row in table(thirty, "persons.csv")}) == 4
    assert len({row["id"] for row in table(thirty, "persons.csv")}) == 30
    case = replayed(0, MBT)
    one, other = (export([(case, Pseudonyms(key, b"s"))]) for key in (b"a", b"b"))
    assert table(one, "persons.csv")[0]["id"] != table(other, "persons.csv")[0]["id"]
    assert table(one, "persons.csv")[0]["therapist"] == table(other, "persons.csv")[0]["therapist"]


def test_process_columns_are_shares_of_what_was_coded() -> None:
    log = Log()
    held(log, "a", 1)
    held(log, "g", 3, "group", "gus")
    missed(log, "b", 8)
    held(log, "c", 15)
    log.add(
        "session.coded", session="a", therapist_turns=20, patient_turns=10, levels={"1": 6, "2": 2, "4": 2}, lost=3, aroused=5,
        deviations=1,
    )  # fmt: skip
    log.add("adherence.rated", "sue", session="c", items={"humility": 4, "patience": 2, "tells-feelings": 1})
    log.add("adherence.rated", "ida", session="c", items={"humility": 1, "patience": 1, "tells-feelings": 4})
    log.add("measure.scored", scale="srs", score=31.5, when="2026-03-17T10:00:00+00:00", occasion="c")
    rows = table(export([(log.case(SMALL), keys(1))]), "sessions.csv")
    first, second = rows
    assert [first[f"level_{n}"] for n in (1, 2, 3, 4)] == ["0.6", "0.2", "0.0", "0.2"]
    assert (first["level_3_or_4"], first["lost_mentalizing"], first["aroused"]) == ("0.2", "0.3", "0.5")
    assert (first["gate_deviations"], first["stance"], first["srs"]) == ("1", "", "")
    assert (second["stance"], second["adherence"], second["level_1"], second["srs"]) == ("3.0", "3.0", "", "31.5")
    assert (second["stance_own"], second["adherence_own"], first["stance_own"]) == ("1.0", "0.667", "")
    assert [row["session"] for row in rows] == ["1", "2"]
    assert [row["other_sessions"] for row in rows] == ["0", "1"]
    assert [row["missed_sessions"] for row in rows] == ["0", "1"]


def test_what_is_unknown_stays_behind_and_is_told() -> None:
    log = Log()
    held(log, "a", 1)
    for scale, score in (("phq-9", 12), ("phq-9", 99), ("own mood", 3)):
        log.add("measure.scored", scale=scale, score=score, when="2026-03-02T10:00:00+00:00")
    log.add("measure.scored", scale="phq-9", when="2026-03-03T10:00:00+00:00")
    log.add("event.happened", what="shouted at Marmaduke")
    case = log.case(SMALL)
    made = export([(case, keys(1))])
    assert [row["value"] for row in table(made, "measures.csv")] == ["12"]
    assert [row["kind"] for row in table(made, "events.csv")] == ["other"]
    told = " ".join(notice.found for notice in made.notices)
    for part in ("outside the range", "not on file", "could not be made", "in no list"):
        assert part in told
    more = export([(case, keys(1))], better={"own mood": "higher"}, event_kinds=["shouted at Marmaduke"])
    assert {row["scale"] for row in table(more, "measures.csv")} == {"phq_9", "own_mood"}


def test_scores_near_an_occasion_of_the_programme_get_its_month() -> None:
    log = Log()
    held(log, "a", 1)
    for when in ("2026-03-07", "2026-09-10", "2027-02-20"):
        log.add("measure.scored", scale="bsl-23", score=2, when=f"{when}T10:00:00+00:00")
        log.add("measure.scored", scale="phq-9", score=9, when=f"{when}T10:00:00+00:00")
    log.add("measure.scored", scale="phq-9", score=9, when="2026-05-01T10:00:00+00:00")
    rows = table(export([(log.case(MBT), keys(1))]), "measures.csv")
    assert [row["month"] for row in rows if row["scale"] == "bsl_23"] == ["0.0", "6.0", "12.0"]
    assert [row["month"] for row in rows if row["scale"] == "phq_9"][1] == "1.98"


def test_one_case_twice_and_none_are_refused() -> None:
    case = replayed(0, MBT)
    for cases in ([], [(case, keys(1)), (case, keys(1))]):
        with pytest.raises(ProblemsFound):
            export(cases)


def test_every_scale_is_known_by_instrument_or_by_direction() -> None:
    assert exported_scale("BSL 23", {}) is not None
    assert exported_scale("lpfs-bf-2/nonsense", {}) is None
    assert exported_scale("", {}) is None


FILES = {"study.toml": "# mine\n", "persons.csv": "id\n", "events.csv": "id\n"}


def test_keys_stay_in_the_case_folders_and_are_kept(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    drawn = pseudonyms(folders[:1])
    first = drawn.names[0]
    assert not (folders[0] / KEYS).exists(), "nothing is written before the study is"
    write_study(tmp_path / "study", FILES, drawn)
    both = pseudonyms(folders)
    write_study(tmp_path / "study", FILES, both)
    assert both.names[0] == first
    assert both.names[1].staff("ida") == first.staff("ida")
    assert both.names[1].patient("x") != first.patient("x")
    assert (folders[1] / KEYS).stat().st_mode & 0o077 == 0
    assert pseudonyms(folders).names == both.names
    assert not pseudonyms(folders).new
    (folders[0] / KEYS).write_text("{}")
    with pytest.raises(ProblemsFound, match="no keys"):
        pseudonyms(folders)


def test_an_export_that_is_refused_writes_nothing(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(ProblemsFound):
        write_study(tmp_path / "file" / "study", FILES, pseudonyms(folders))
    (folders[0] / "case.toml").write_text("")
    with pytest.raises(ProblemsFound, match="folder of a case"):
        write_study(folders[0], FILES, pseudonyms(folders))
    drawn = pseudonyms(folders)
    (folders[1] / KEYS).mkdir()
    with pytest.raises(ProblemsFound):
        write_study(tmp_path / "study", FILES, drawn)
    assert not (tmp_path / "study").exists()
    assert not (folders[0] / KEYS).exists()


@given(moments=st.lists(st.integers(0, 90), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_every_event_of_a_case_is_an_event_of_the_study(moments: list[int]) -> None:
    """Two of one kind at one moment are two, and seconds keep them in order."""
    log = Log()
    for second in moments:
        at = dt.datetime(2026, 3, 9, 12, 0, tzinfo=dt.UTC) + dt.timedelta(seconds=second)
        log.add("event.happened", what="self-harm", when=at.isoformat())
    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder), export([(log.case(SMALL), keys(1))]).files)
        study = read_and_score(Path(folder))
    assert study.events is not None
    assert not study.set_aside
    assert study.events.height == len(moments)
    assert study.events["time"].n_unique() == len(set(moments))
    assert study.events["time"].is_sorted()


def test_a_study_of_somebody_else_and_a_case_folder_are_never_written_over(tmp_path: Path) -> None:
    files = {"study.toml": "# mine\n", "persons.csv": "id\n", "events.csv": "id\n"}
    write_study(tmp_path, files)
    write_study(tmp_path, {name: files[name] for name in ("study.toml", "persons.csv")})
    assert not (tmp_path / "events.csv").exists()
    (tmp_path / "study.toml").write_text("[study]\n")
    with pytest.raises(ProblemsFound, match="another study"):
        write_study(tmp_path, files)
    (tmp_path / "case.toml").write_text("")
    with pytest.raises(ProblemsFound, match="folder of a case"):
        write_study(tmp_path, files)


def test_made_up_people_stay_made_up_and_are_no_study_with_people_who_exist() -> None:
    log = Log()
    held(log, "s1", 1)
    real = log.case()
    made_up = replace(real, opened=replace(real.opened, simulated=True))
    one, other = Pseudonyms(b"a" * 32, b"s" * 32), Pseudonyms(b"b" * 32, b"s" * 32)
    assert "simulated = true" in export([(made_up, one)]).files["study.toml"]
    assert "simulated" not in export([(real, one)]).files["study.toml"]
    with pytest.raises(ProblemsFound, match="1 of 2 cases is simulated"):
        export([(real, one), (made_up, other)])
    assert "simulated = true" in export([(real, one), (made_up, other)], simulated=True).files["study.toml"]
