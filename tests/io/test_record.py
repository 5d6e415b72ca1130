"""Files are complete or not there, and a bad file is a problem with its name."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from forwhom.findings.model import Provenance, Record, StudyCard
from forwhom.findings.record import VERSION
from forwhom.io.record import check_writable, read_record, write_record, write_together
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
    with pytest.raises(ProblemsFound) as caught:
        write_together({tmp_path / "a": "new", tmp_path / "new" / "b": "new", tmp_path / "c": "new"})
    assert [(problem.code, problem.file) for problem in caught.value.problems] == [
        ("cannot-write", str(tmp_path / "c"))
    ]
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == {"a"}
    assert not (tmp_path / "new").exists()


def test_nothing_changes_when_one_text_cannot_be_written(tmp_path: Path) -> None:
    write_together({tmp_path / "a": "old"})
    with pytest.raises(UnicodeEncodeError):
        write_together({tmp_path / "a": "new", tmp_path / "b": "\ud800"})
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == {"a"}


@pytest.mark.parametrize("links", [True, False])
def test_nothing_changes_when_the_renaming_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    write_together({tmp_path / "a": "old", tmp_path / "b": "old"})
    replace = os.replace

    def failing(source: Path, target: Path) -> None:
        if source.name.endswith(".part") and Path(target).name == "b":
            raise PermissionError(errno.EACCES, "Permission denied")
        replace(source, target)

    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "replace", failing)
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(ProblemsFound, match="no permission"):
        write_together({tmp_path / "a": "new", tmp_path / "b": "new", tmp_path / "c": "new"})
    monkeypatch.undo()
    assert [(tmp_path / name).read_text() for name in "ab"] == ["old", "old"]
    assert names(tmp_path) == {"a", "b"}


KILLED = """
import os, sys
from pathlib import Path
from forwhom.io.record import write_together
folder, step, when = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
real, calls = getattr(os, step), 0
def dying(*arguments):
    global calls
    calls += 1
    if calls == when:
        os._exit(9)
    result = real(*arguments)
    if calls == -when:
        os._exit(9)
    return result
setattr(os, step, dying)
write_together({folder / name: "new " + name for name in "abc"})
"""


@pytest.mark.parametrize(
    ("step", "when"), [(s, w) for s in ("replace", "link", "fsync") for w in (1, 2, 3, -1, -2, -3)]
)
def test_a_kill_leaves_whole_files_and_the_next_run_cleans_up(tmp_path: Path, step: str, when: int) -> None:
    old = {name: f"old {name}" for name in "abc"}
    write_together({tmp_path / name: text for name, text in old.items()})
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), step, str(when)], check=False)
    assert run.returncode == 9
    left = [(tmp_path / name).read_text() for name in "abc"]
    new = abs(when) - (1 if when > 0 else 0) if step == "replace" else None
    for k, (name, text) in enumerate(zip("abc", left, strict=True)):
        assert text in (f"old {name}", f"new {name}")
        if new is not None:
            assert text.startswith("new" if k < new else "old")
    assert [text[:3] for text in left] == sorted(text[:3] for text in left), "files must change in the order given"
    write_together({tmp_path / "a": "third"})
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", "c"}


def test_files_of_a_living_run_are_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        host = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
        (tmp_path / f".forwhom-{host}-{living.pid}-abc.part").write_text("x")
        (tmp_path / ".forwhom-00000000-1-abc.part").write_text("of another machine")
        write_together({tmp_path / "a": "1"})
        assert len(list(tmp_path.iterdir())) == 3
        living.communicate(b"\n")
    write_together({tmp_path / "a": "2"})
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_together({tmp_path / "link": "new"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def impossible(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "file").write_text("x")
    (tmp_path / "holds" / "report.html").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    return {
        "below a file": tmp_path / "file" / "report.html",
        "far below a file": tmp_path / "file" / "a" / "b" / "report.html",
        "a folder": tmp_path / "holds" / "report.html",
        "proc": Path("/proc/x/report.html"),
        "in proc": Path("/proc/report.html"),
        "long": tmp_path / ("x" * 300),
        "pipe": tmp_path / "pipe",
        "loop": tmp_path / "loop" / "report.html",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_what_cannot_be_written_is_a_problem_before_and_after(tmp_path: Path) -> None:
    paths = impossible(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    refusals: list[Callable[[Path], None]] = [
        lambda path: check_writable([path]),
        lambda path: write_together({tmp_path / "first": "x", path: "x"}),
    ]
    for name, path in paths.items():
        for refuse in refusals:
            with pytest.raises(ProblemsFound) as caught:
                refuse(path)
            (problem,) = caught.value.problems
            assert (problem.code, problem.file) == ("cannot-write", str(path)), name
            assert problem.found.startswith("cannot be written: ")
            assert "Errno" not in problem.found
            assert ("below a file" in name) == problem.found.endswith(f"({tmp_path / 'file'})"), name
            assert problem.do
    with pytest.raises(ProblemsFound) as caught:
        check_writable(paths.values())
    assert len(caught.value.problems) == len(paths)
    assert sorted(tmp_path.rglob("*")) == before


def test_permission_denied_is_said_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", denied)
    monkeypatch.setattr("tempfile.mkstemp", denied)
    with pytest.raises(ProblemsFound, match="no permission"):
        check_writable([tmp_path / "a"])
    with pytest.raises(ProblemsFound, match="no permission"):
        write_together({tmp_path / "a": "x"})


def test_a_folder_that_may_not_be_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.stat

    def closed(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if "closed" in self.parts[:-1]:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return real(self, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", closed)
    path = tmp_path / "closed" / "x" / "report.html"
    with pytest.raises(ProblemsFound, match="no permission"):
        check_writable([path])
    with pytest.raises(ProblemsFound, match="no permission"):
        write_together({path: "x"})


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    check_writable([tmp_path / "a", tmp_path / "new" / "deep" / "b"])
    assert [path.name for path in tmp_path.rglob("*")] == ["a"]


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


def test_a_folder_is_tried_once_and_every_path_in_it_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    original = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **given: (made.append(given), original(**given))[1])
    paths = [tmp_path / f"new/{k}.html" for k in range(100)]
    check_writable(paths)
    assert len(made) == 1
    for k in (7, 9):
        paths[k].mkdir(parents=True)
    with pytest.raises(ProblemsFound) as found:
        check_writable(paths)
    assert [problem.file for problem in found.value.problems] == [str(paths[7]), str(paths[9])]
