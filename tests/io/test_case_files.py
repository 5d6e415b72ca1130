"""A case on disk: one writer at a time, nothing lost when one is interrupted."""

from __future__ import annotations

import base64
import json
import multiprocessing
from pathlib import Path

import pytest
from case_rooms import note, write_notes
from case_rooms import write_note as write

from forwhom.io import case as files
from forwhom.io.case import ASIDE, append, read_case, read_log_file
from forwhom.problems import ProblemsFound
from forwhom.programme.case import Entry
from forwhom.programme.case.log import LOG, LogRead, line
from forwhom.programme.case.recording import entry_of


def test_entries_follow_each_other(tmp_path: Path) -> None:
    written = [write(tmp_path, f"{i}") for i in range(5)]
    read = read_log_file(tmp_path / LOG)
    assert list(read.entries) == written
    assert not read.problems
    assert [each.seq for each in read.entries] == [1, 2, 3, 4, 5]


def test_an_interrupted_write_at_any_byte_loses_nothing(tmp_path: Path) -> None:
    write(tmp_path, "first")
    first = (tmp_path / LOG).read_bytes()
    write(tmp_path, "second, with ü")
    whole = (tmp_path / LOG).read_bytes()
    for cut in range(len(first), len(whole) + 1):
        (tmp_path / LOG).write_bytes(whole[:cut])
        (tmp_path / ASIDE).unlink(missing_ok=True)
        write(tmp_path, "third")
        read = read_log_file(tmp_path / LOG)
        assert not read.problems
        texts = [each.data["text"] for each in read.entries]
        if cut >= len(whole) - 1:
            assert texts == ["first", "second, with ü", "third"]
            assert not (tmp_path / ASIDE).exists()
        else:
            assert texts == ["first", "third"]
            kept = (tmp_path / ASIDE).read_text("utf-8").splitlines() if (tmp_path / ASIDE).exists() else []
            assert len(kept) == (cut > len(first))
            for each in kept:
                row = json.loads(each)
                assert row["unfinished"]
                raw = row["text"].encode() if "text" in row else base64.b64decode(row["base64"])
                assert first + raw == whole[:cut]


def test_damaged_lines_stay_and_are_copied_once(tmp_path: Path) -> None:
    write(tmp_path, "first")
    with (tmp_path / LOG).open("ab") as file:
        file.write(b"\xff\xfe damaged\n")
    before = (tmp_path / LOG).read_bytes()
    write(tmp_path, "second")
    write(tmp_path, "third")
    assert (tmp_path / LOG).read_bytes().startswith(before)
    assert len((tmp_path / ASIDE).read_text("utf-8").splitlines()) == 1
    read = read_log_file(tmp_path / LOG)
    assert [each.code for each in read.problems] == ["damaged-line"]
    assert len(read.entries) == 3


def test_a_line_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "first")
    before = (tmp_path / LOG).read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ProblemsFound, match="No space left"):
        write(tmp_path, "second")
    assert (tmp_path / LOG).read_bytes() == before


def test_nothing_is_written_where_nothing_is_to_be(tmp_path: Path) -> None:
    write(tmp_path)
    before = (tmp_path / LOG).read_bytes()
    assert append(tmp_path, lambda log: None) is None
    assert (tmp_path / LOG).read_bytes() == before


def test_a_writer_waits_and_then_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WAIT", 0.05)

    def twice(log: LogRead) -> Entry:
        with pytest.raises(ProblemsFound, match="another program"):
            write(tmp_path, "inside")
        return entry_of(note("outside"), log.tip)

    append(tmp_path, twice)
    assert [each.data["text"] for each in read_log_file(tmp_path / LOG).entries] == ["outside"]


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_notes, args=(tmp_path, name)) for name in "ab"]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    read = read_log_file(tmp_path / LOG)
    assert not read.problems
    assert sorted(each.data["text"] for each in read.entries) == sorted(
        f"{name}{i}" for name in "ab" for i in range(10)
    )
    assert [each.seq for each in read.entries] == list(range(1, 21))


def test_a_folder_without_a_case_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match="forwhom case new"):
        read_case(tmp_path)


def test_every_problem_of_both_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(
        'programme = "mbt"\nstart = 2026-03-02\nzone = "Europe/Atlantis"\nemergency = ["999"]\n'
    )
    (tmp_path / LOG).write_text("{\nnonsense\n")
    read = read_case(tmp_path)
    assert {each.code for each in read.problems} == {"unknown-zone", "missing-key", "damaged-line"}
    assert read.opened is None
    assert read.table["emergency"] == ["999"]
    (tmp_path / "case.toml").write_text("programme = ")
    assert {each.code for each in read_case(tmp_path).problems} == {"not-toml", "damaged-line"}


def test_bytes_on_disk_are_the_line(tmp_path: Path) -> None:
    entry = write(tmp_path, "ü")
    assert (tmp_path / LOG).read_bytes() == line(entry).encode() + b"\n"
