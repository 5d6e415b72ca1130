"""A case on disk: case.toml, and log.jsonl that is only added to, one writer at a time."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import IO, Any

import tomli

from forwhom.problems import Problem, ProblemsFound
from forwhom.programme.case.log import LOG, Aside, Entry, LogRead, digest, line, read_log
from forwhom.programme.case.opened import Opened
from forwhom.programme.case.opening import CASE, read_opened

ASIDE = "log.aside.jsonl"
MOST_SHOWN = 160
"""Letters of a line kept aside that a message shows."""
WAIT = 10.0
"""Seconds a writer waits for another one."""


@dataclass(frozen=True, slots=True)
class CaseFiles:
    """A case as it lies in its folder.

    opened : None when case.toml cannot be used
    digest : SHA-256 of case.toml
    table : case.toml as it is, so that emergency help can be shown whatever else is wrong with it
    """

    folder: Path
    opened: Opened | None
    log: LogRead
    problems: tuple[Problem, ...]
    table: dict[str, Any]
    digest: str = ""


def read_case(folder: Path) -> CaseFiles:
    """Read a case; every problem of both files is there, none is raised.

    Raises ProblemsFound where the folder holds neither case.toml nor a log, or the log cannot be read.
    """
    path = folder / CASE
    if not path.is_file() and not (folder / LOG).is_file():
        do = "Name the folder of a case, or make one: forwhom case new FOLDER --programme mbt."
        raise ProblemsFound([Problem("no-case", do, CASE, found=f"{folder.name or folder} holds no case.toml")])
    raw, table, problems = _toml(path)
    opened, more = read_opened(table) if not problems else (None, ())
    log = read_log_file(folder / LOG)
    aside = kept_aside(folder, log.aside)
    return CaseFiles(folder, opened, log, (*problems, *more, *log.problems, *aside), table, digest(raw))


def kept_aside(folder: Path, told: tuple[Aside, ...] = ()) -> tuple[Problem, ...]:
    """A problem for every line that was kept aside: what it was to say stands nowhere else, so it is told until somebody saw to it.

    told : lines that are in the log still, and told there
    """
    try:
        lines = (folder / ASIDE).read_bytes().splitlines()
    except OSError:
        return ()
    there = {digest(each.raw) for each in told}
    do = "Record again what it was to say, if that was not done; then take the line out of the file."
    made = []
    for row, raw in enumerate(lines, 1):
        try:
            kept = json.loads(raw)
            text, known = str(kept.get("text", "it is no text")), kept.get("digest")
        except (ValueError, AttributeError, RecursionError):
            text, known = raw.decode(errors="replace"), None
        if raw.strip() and known not in there:
            found = f"a line of the log that could not be read was kept aside: {shortened(text)}"
            made.append(Problem("kept-aside", do, ASIDE, row, found=found))
    return tuple(made)


def shortened(text: str) -> str:
    """A line from its kind on, where what it says stands.

    >>> shortened('{"seq": 7, "kind": "event.happened", "data": {"what": "suicid')
    '… "kind": "event.happened", "data": {"what": "suicid'
    """
    bare = " ".join(text.split())
    start = max(bare.find('"kind"'), 0)
    shown = bare[start : start + MOST_SHOWN]
    return f"{'… ' if start else ''}{shown}{'…' if start + MOST_SHOWN < len(bare) else ''}"


def _toml(path: Path) -> tuple[bytes, dict[str, Any], tuple[Problem, ...]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        do = "Put back the copy of it, or make it readable; the log beside it is whole without it."
        return b"", {}, (Problem("no-case", do, path.name, found=f"it cannot be read: {error.strerror or error}"),)
    try:
        return raw, tomli.loads(raw.decode()), ()
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        return raw, {}, (Problem("not-toml", "Correct the TOML.", path.name, found=str(error)),)


def read_log_file(path: Path) -> LogRead:
    """The log, or an empty one where there is none yet."""
    try:
        with path.open("rb") as file, _locked(file, alone=False):
            return read_log(file.read())
    except FileNotFoundError:
        return read_log(b"")
    except OSError as error:
        do = "Look whether log.jsonl is a file that may be read."
        raise ProblemsFound([Problem("cannot-read", do, LOG, found=str(error.strerror or error))]) from error


def append(folder: Path, make: Callable[[LogRead], Entry | None]) -> Entry | None:
    """Add one entry, with nobody else writing in between.

    make : from the log as it stands to the entry that follows it; None writes nothing. It is called once, under the lock

    The line is on the disk when this returns. Lines that are no entries are copied to log.aside.jsonl; of these only an
    unfinished last line leaves the log. Raises ProblemsFound where the file cannot be written or stays locked; then nothing
    of the entry is left in it.
    """
    path = folder / LOG
    new = not path.exists()
    try:
        # Without a buffer, so that a line that could not be written is not written later, when the file is closed.
        with path.open("a+b", buffering=0) as file, _locked(file, alone=True):
            file.seek(0)
            raw = file.readall()
            log = read_log(raw)
            entry = make(log)
            if entry is None:
                return None
            _write(file, _whole(file, raw, log, copied=_copied(folder, log.aside)), line(entry))
    except OSError as error:
        do = "Look whether the disk is full and the file may be written; nothing was recorded."
        raise ProblemsFound([Problem("cannot-write", do, LOG, found=str(error.strerror or error))]) from error
    if new:
        _sync_folder(folder)
    return entry


def _copied(folder: Path, aside: tuple[Aside, ...]) -> bool:
    """Whether lines that are no entries are copied; where they cannot be, the entry is written all the same."""
    try:
        keep_aside(folder, aside)
    except OSError:
        return False
    return True


def _whole(file: FileIO, raw: bytes, log: LogRead, *, copied: bool) -> int:
    """Where the next line begins, after the last line is whole again, or ends where it could not be copied."""
    if copied and any(each.unfinished for each in log.aside):
        end = raw.rfind(b"\n") + 1
        file.truncate(end)
        return end
    if not log.whole or (raw and not raw.endswith(b"\n")):
        file.write(b"\n")
        return len(raw) + 1
    return len(raw)


def _write(file: FileIO, start: int, text: str) -> None:
    try:
        rest = text.encode() + b"\n"
        while rest:
            rest = rest[file.write(rest) or 0 :]
        os.fsync(file.fileno())
    except OSError:
        # A line that is only partly there would be told as damaged for ever.
        os.ftruncate(file.fileno(), start)
        raise


def keep_aside(folder: Path, aside: tuple[Aside, ...]) -> None:
    """Copy lines that are no entries to log.aside.jsonl, each once."""
    path = folder / ASIDE
    there = path.read_bytes() if path.exists() else b""
    new = [each for each in aside if digest(each.raw).encode() not in there]
    if not new:
        return
    with path.open("ab") as file:
        if there and not there.endswith(b"\n"):
            file.write(b"\n")
        file.writelines(json.dumps(_kept(each), ensure_ascii=False).encode() + b"\n" for each in new)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(folder)


def _kept(each: Aside) -> dict[str, object]:
    # The digest comes last: a copy that was itself interrupted is made again.
    try:
        raw = {"text": each.raw.decode()}
    except UnicodeDecodeError:
        raw = {"base64": base64.b64encode(each.raw).decode()}
    return {"row": each.row, "unfinished": each.unfinished, **raw, "digest": digest(each.raw)}


def _sync_folder(folder: Path) -> None:
    """Make a new file's name last; not every system lets a folder be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


@contextmanager
def _locked(file: IO[bytes] | FileIO, *, alone: bool) -> Iterator[None]:
    """Hold the file: alone to write, with other readers to read."""
    until = time.monotonic() + WAIT
    while not _try_lock(file, alone):
        if time.monotonic() > until:
            do = "Wait until the other program has finished, and try again; nothing was recorded."
            raise ProblemsFound([Problem("locked", do, LOG, found="another program is writing to the log")])
        time.sleep(0.02)
    try:
        yield
    finally:
        _unlock(file)


try:
    import fcntl

    def _try_lock(file: IO[bytes] | FileIO, alone: bool) -> bool:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: IO[bytes] | FileIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

except ImportError:  # pragma: no cover - Windows
    import msvcrt

    # Far behind any log: Windows locks bytes, and locked bytes cannot be read.
    _PLACE = 1 << 40

    def _try_lock(file: IO[bytes] | FileIO, alone: bool) -> bool:
        here = file.tell()
        file.seek(_PLACE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows only
        except OSError:
            return False
        finally:
            file.seek(here)
        return True

    def _unlock(file: IO[bytes] | FileIO) -> None:
        here = file.tell()
        file.seek(_PLACE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]  # Windows only
        file.seek(here)
