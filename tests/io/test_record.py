"""Files are complete or not there, and a bad file is a problem with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from forwhom.findings.model import Provenance, Record, StudyCard
from forwhom.findings.record import VERSION
from forwhom.io.record import read_record, write_record, write_together
from forwhom.problems import ProblemsFound

RECORD = Record(
    VERSION, StudyCard("s", "S", None, "week", (), (), None, None, 0, {}), (), (), Provenance("f", {"forwhom": "0"})
)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_write_and_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "findings.json"
    write_record(path, RECORD)
    assert read_record(path) == RECORD
    assert names(tmp_path) == {"findings.json"}


def test_written_files_can_be_read_by_others_like_any_file(tmp_path: Path) -> None:
    (tmp_path / "any").write_text("x")
    write_together({tmp_path / "a": "1"})
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_several_files_replace_earlier_ones(tmp_path: Path) -> None:
    write_together({tmp_path / "a": "1", tmp_path / "b": "1"})
    write_together({tmp_path / "a": "2\n", tmp_path / "b": "2−"})
    assert (tmp_path / "a").read_bytes() == b"2\n"
    assert (tmp_path / "b").read_text(encoding="utf-8") == "2−"
    assert names(tmp_path) == {"a", "b"}


def test_nothing_changes_when_one_file_cannot_be_put_in_place(tmp_path: Path) -> None:
    write_together({tmp_path / "a": "old"})
    (tmp_path / "c").mkdir()
    with pytest.raises(IsADirectoryError):
        write_together({tmp_path / "a": "new", tmp_path / "b": "new", tmp_path / "c": "new"})
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == {"a"}


def test_nothing_changes_when_one_text_cannot_be_written(tmp_path: Path) -> None:
    write_together({tmp_path / "a": "old"})
    with pytest.raises(UnicodeEncodeError):
        write_together({tmp_path / "a": "new", tmp_path / "b": "\ud800"})
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == {"a"}


def test_nothing_changes_when_the_renaming_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_together({tmp_path / "a": "old", tmp_path / "b": "old"})
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if self.name.endswith(".part") and Path(target).name == "b":
            raise PermissionError("no")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(PermissionError):
        write_together({tmp_path / "a": "new", tmp_path / "b": "new"})
    monkeypatch.undo()
    assert [(tmp_path / name).read_text() for name in "ab"] == ["old", "old"]
    assert names(tmp_path) == {"a", "b"}


def test_bad_files_are_problems_with_the_name(tmp_path: Path) -> None:
    path = tmp_path / "findings.json"
    with pytest.raises(ProblemsFound) as caught:
        read_record(path)
    assert caught.value.problems[0].code == "missing-file"
    path.write_bytes(b'{"version": "\xff"}')
    with pytest.raises(ProblemsFound) as caught:
        read_record(path)
    assert caught.value.problems[0].code == "not-utf-8"
    path.write_text('{\n "version": ?}')
    with pytest.raises(ProblemsFound) as caught:
        read_record(path)
    assert (caught.value.problems[0].file, caught.value.problems[0].row) == ("findings.json", 2)
