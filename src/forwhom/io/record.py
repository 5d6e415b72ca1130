"""The findings record as a file, and writing files all or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from forwhom.findings.model import Record
from forwhom.findings.record import from_json, to_json
from forwhom.problems import Problem, ProblemsFound


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


def write_together(texts: Mapping[Path, str]) -> None:
    """Write several files as UTF-8, all or none.

    Each text first goes to a temporary file in its own folder (made if it is not there); only when all are on the disk
    are they renamed into place. When a renaming fails, those already renamed get their earlier content back.

    Raises OSError of the step that failed, after putting everything back.
    """
    waiting: dict[Path, Path] = {}
    kept: dict[Path, Path | None] = {}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[path] = _written_beside(path, text)
        for path, temporary in waiting.items():
            kept[path] = _kept_beside(path)
            temporary.replace(path)
    except BaseException:
        _put_back(waiting, kept)
        raise
    for earlier in kept.values():
        if earlier is not None:
            with contextlib.suppress(OSError):
                earlier.unlink()


def _written_beside(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner only; a report is meant to be read like any other file of the folder.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _kept_beside(path: Path) -> Path | None:
    """The earlier file under another name; None when there was none."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give the name of a file")
    if not path.exists():
        return None
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".before", dir=path.parent)
    os.close(handle)
    earlier = Path(name)
    try:
        path.replace(earlier)
    except BaseException:
        earlier.unlink(missing_ok=True)
        raise
    return earlier


def _put_back(waiting: Mapping[Path, Path], kept: Mapping[Path, Path | None]) -> None:
    for temporary in waiting.values():
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    for path, earlier in kept.items():
        with contextlib.suppress(OSError):
            if earlier is not None:
                earlier.replace(path)
            else:
                path.unlink(missing_ok=True)
