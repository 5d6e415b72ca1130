"""The findings record as a file, and writing files so that each is always whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from platform import node

from forwhom.findings.model import Record
from forwhom.findings.record import from_json, to_json
from forwhom.problems import Problem, ProblemsFound

_OURS = re.compile(r"\.forwhom-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-\w+\.(part|before)")
_STRAY_AFTER = 24 * 3600.0
"""Seconds after which a temporary file of an unknown process counts as left behind."""


def read_record(path: Path) -> Record:
    """Read findings.json.

    Raises ProblemsFound, with the file's name in each problem: no such file, not UTF-8, not JSON, not a record.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        do = "Give the findings.json that forwhom wrote."
        raise ProblemsFound([Problem("not-utf-8", do, path.name, found=f"byte {error.start} is not UTF-8")]) from error
    except OSError as error:
        found = f"cannot be read: {error.strerror}"
        raise ProblemsFound([Problem("missing-file", "Check the path.", str(path), found=found)]) from error
    try:
        return from_json(text)
    except ProblemsFound as found:
        raise ProblemsFound(replace(problem, file=path.name) for problem in found.problems) from None


def write_record(path: Path, record: Record) -> None:
    """Write findings.json, complete or not at all."""
    write_together({path: to_json(record)})


# ── before the work ──────────────────────────────────────────────────────────────────────────────


def check_writable(paths: Iterable[Path]) -> None:
    """Refuse early what `write_together` could not write; leaves nothing behind.

    Raises ProblemsFound with one "cannot-write" per path that is a folder, lies below a file, or where a file cannot
    be made. A disk that is too full shows only when it is written to. A folder is tried once however many paths it holds.
    """
    problems = []
    tried: set[Path] = set()
    for path in paths:
        try:
            _try(path, tried)
        except OSError as error:
            problems.append(_cannot_write(path, error))
    if problems:
        raise ProblemsFound(problems)


def _try(path: Path, tried: set[Path]) -> None:
    target = _target(path)
    folder = target.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if folder not in tried:
        with tempfile.TemporaryFile(dir=folder):
            tried.add(folder)


def _target(path: Path) -> Path:
    """The file itself where the path is a link to it; refuses what is no ordinary file."""
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a device or a pipe, not an ordinary file", str(path))
    return target


_WORDS = {
    errno.EISDIR: ("there is a folder of this name", "Remove or rename that folder, or write somewhere else."),
    errno.EEXIST: ("a file stands where a folder is needed", "Give a folder, or a path that is not below a file."),
    errno.ENOTDIR: ("a file stands where a folder is needed", "Give a folder, or a path that is not below a file."),
    errno.EACCES: ("you have no permission to write there", "Choose a folder you may write to."),
    errno.EPERM: ("you have no permission to write there", "Choose a folder you may write to."),
    errno.EROFS: ("the place is read-only", "Choose a folder you may write to."),
    errno.ENOSPC: ("the disk is full", "Make room, or choose a folder on another disk."),
    errno.EDQUOT: ("your share of the disk is used up", "Make room, or choose a folder on another disk."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name."),
    errno.ENOENT: ("no file can be made there", "Choose a folder you may write to."),
}


def _cannot_write(path: Path, error: OSError) -> Problem:
    words, do = _WORDS.get(error.errno or 0, (error.strerror or str(error), "Choose another place to write to."))
    where = ""
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        with contextlib.suppress(OSError):
            where = next((f" ({folder})" for folder in path.parents if folder.is_file()), "")
    return Problem("cannot-write", do, str(path), found=f"cannot be written: {words}{where}")


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Run:
    """What one call has done so far, so that it can be undone."""

    folders: list[Path] = field(default_factory=list)
    waiting: dict[Path, Path] = field(default_factory=dict)
    earlier: dict[Path, Path | None] = field(default_factory=dict)


def write_together(texts: Mapping[Path, str]) -> None:
    """Write several files as UTF-8, all or none.

    All texts first go to temporary files beside their places and onto the disk. Then each takes its place in the order
    given, in one step per file. When a step fails, those already in place get their earlier content back. When the
    process is killed, every file is whole, old or new; only between two steps can the first be new and the next old.
    Give findings.json before report.html: the page names the SHA-256 of its record, and ``forwhom draw`` mends it.
    Temporary files that a killed run left are removed by the next run that writes there.

    Raises ProblemsFound ("cannot-write"), after putting everything back; UnicodeEncodeError for a text that is none.
    """
    content = {path: text.encode("utf-8") for path, text in texts.items()}
    run = _Run()
    seen: set[Path] = set()
    at = next(iter(content), Path())
    try:
        for path, data in content.items():
            at = path
            target = _target(path)
            if target.parent not in seen:
                seen.add(target.parent)
                _make_folder(target.parent, run)
                _remove_strays(target.parent)
            run.waiting[target] = _written_beside(target, data)
        for path, (target, temporary) in zip(content, run.waiting.items(), strict=True):
            at = path
            run.earlier[target] = _kept_beside(target)
            temporary.replace(target)
    except OSError as error:
        _put_back(run)
        raise ProblemsFound([_cannot_write(at, error)]) from error
    except BaseException:
        _put_back(run)
        raise
    for earlier in run.earlier.values():
        if earlier is not None:
            _forget(earlier)
    for folder in seen:
        _onto_disk(folder)


def _make_folder(folder: Path, run: _Run) -> None:
    missing = []
    while not folder.exists() and folder != folder.parent:
        missing.append(folder)
        folder = folder.parent
    for folder in reversed(missing):
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            run.folders.append(folder)


def _temporary(folder: Path, suffix: str) -> tuple[int, Path]:
    """A new file whose name says which process it belongs to."""
    handle, name = tempfile.mkstemp(prefix=f".forwhom-{_host()}-{os.getpid()}-", suffix=suffix, dir=folder)
    return handle, Path(name)


def _host() -> str:
    return hashlib.sha256(node().encode("utf-8", "replace")).hexdigest()[:8]


def _written_beside(target: Path, data: bytes) -> Path:
    handle, temporary = _temporary(target.parent, ".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner only; a report is meant to be read like any other file of the folder.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
    except BaseException:
        _forget(temporary)
        raise
    return temporary


def _kept_beside(target: Path) -> Path | None:
    """The earlier file under a second name, while it keeps its own; None when there was none."""
    if not target.exists():
        return None
    handle, earlier = _temporary(target.parent, ".before")
    os.close(handle)
    try:
        earlier.unlink()
        try:
            os.link(target, earlier)
        except OSError:  # not every file system has links
            shutil.copy2(target, earlier)
    except BaseException:
        _forget(earlier)
        raise
    return earlier


def _put_back(run: _Run) -> None:
    for temporary in run.waiting.values():
        _forget(temporary)
    for target, earlier in run.earlier.items():
        with contextlib.suppress(OSError):
            if earlier is not None:
                earlier.replace(target)
                # Replacing a file by another name of itself does nothing and keeps both names.
                earlier.unlink(missing_ok=True)
            else:
                target.unlink(missing_ok=True)
    for folder in reversed(run.folders):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _forget(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _onto_disk(folder: Path) -> None:
    """The new names too, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_strays(folder: Path) -> None:
    """Temporary files of runs that were killed."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            named = _OURS.fullmatch(path.name)
            if named and _left_behind(path, named["host"], int(named["pid"])):
                _forget(path)


def _left_behind(path: Path, host: str, pid: int) -> bool:
    if pid == os.getpid() and host == _host():
        return False
    # On Windows signal 0 would end the process instead of asking for it.
    if host == _host() and os.name == "posix":
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):
            pass
    try:
        return time.time() - path.lstat().st_ctime > _STRAY_AFTER
    except OSError:
        return False
