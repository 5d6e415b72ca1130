"""The keys of pseudonyms, which stay in the case folder, and a study folder written whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from forwhom.io.record import check_writable, write_together
from forwhom.problems import Problem, ProblemsFound
from forwhom.programme.case.opening import CASE
from forwhom.programme.case.pseudonyms import Pseudonyms

KEYS = "pseudonyms.json"
BYTES = 32


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pseudonyms of each case, in the order of the folders.

    new : files of keys that are not there yet → what they are to hold; `write_study` writes them with the study
    """

    names: tuple[Pseudonyms, ...]
    new: Mapping[Path, Mapping[str, str]] = field(default_factory=dict)


def pseudonyms(folders: Iterable[Path], fresh: Callable[[int], bytes] = secrets.token_bytes) -> Drawn:
    """The pseudonyms of each case, in the order of the folders; keys that are not there are drawn, and nothing is written.

    fresh : gives that many random bytes

    Every case has a key of its own for the patient, and one for staff that all cases exported together share: cases that have
    none take that of the others. Where cases have different ones, a therapist of two cases could not be told to be one, so
    the first in alphabetical order is used for all of them in this export. The files stay in the case folders and are readable
    by their owner only. Raises ProblemsFound for files that are no keys.
    """
    places = tuple(folders)
    problems: list[Problem] = _twice(places)
    kept = [_read(folder, problems) for folder in places]
    if problems:
        raise ProblemsFound(problems)
    known = sorted({keys["staff"] for keys in kept if keys})
    staff = known[0] if known else fresh(BYTES).hex()
    whole = [keys or {"patient": fresh(BYTES).hex(), "staff": staff} for keys in kept]
    names = tuple(Pseudonyms(bytes.fromhex(keys["patient"]), bytes.fromhex(staff)) for keys in whole)
    new = {folder / KEYS: keys for folder, keys, was in zip(places, whole, kept, strict=True) if was is None}
    return Drawn(names, new)


def _twice(folders: tuple[Path, ...]) -> list[Problem]:
    seen: set[Path] = set()
    problems = []
    for folder in folders:
        if folder.resolve() in seen:
            problems.append(Problem("duplicate-case", "Name each case once.", str(folder), found="it is named twice"))
        seen.add(folder.resolve())
    return problems


def _read(folder: Path, problems: list[Problem]) -> dict[str, str] | None:
    path = folder / KEYS
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        table = None
    if isinstance(table, dict) and all(_is_key(table.get(name)) for name in ("patient", "staff")):
        return {name: table[name] for name in ("patient", "staff")}
    do = "Put back the copy of it; a new key gives everybody a new pseudonym."
    problems.append(Problem("no-keys", do, KEYS, found="it holds no keys of pseudonyms"))
    return None


def _is_key(value: object) -> bool:
    try:
        return isinstance(value, str) and len(bytes.fromhex(value)) == BYTES
    except ValueError:
        return False


def _write(path: Path, keys: Mapping[str, str]) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(dict(keys), indent=2) + "\n")
    except OSError as error:
        do = "Make the case folder writable: the key must stay in it."
        raise ProblemsFound([Problem("cannot-write", do, KEYS, found=str(error.strerror or error))]) from error


def write_study(folder: Path, files: Mapping[str, str], keys: Drawn | None = None) -> tuple[Path, ...]:
    """Write a study folder, and the keys that were drawn for it, all or none; an earlier export in it is replaced, anything else is not.

    Raises ProblemsFound where the folder holds a study that no export made, a case, or cannot be written.
    """
    study = folder / "study.toml"
    if (folder / CASE).exists():
        do = "Name another folder: a study that leaves the house must not lie beside its keys."
        raise ProblemsFound([Problem("case-folder", do, str(folder), found="this is the folder of a case")])
    if study.exists() and not study.read_text(encoding="utf-8", errors="replace").startswith(_first_line(files)):
        do = "Name another folder, or take the study away yourself."
        raise ProblemsFound([Problem("study-exists", do, "study.toml", found="the folder holds another study")])
    paths = {folder / name: text for name, text in files.items()}
    check_writable(paths)
    with _kept(keys.new if keys is not None else {}):
        write_together(paths)
    for name in ("persons.csv", "sessions.csv", "events.csv", "measures.csv"):
        # A table of the earlier export that this one has not would be taken for part of it.
        if name not in files:
            (folder / name).unlink(missing_ok=True)
    return tuple(paths)


@contextmanager
def _kept(new: Mapping[Path, Mapping[str, str]]) -> Iterator[None]:
    """Write keys, and take them away again where what they are for is not written."""
    made: list[Path] = []
    try:
        for path, keys in new.items():
            _write(path, keys)
            made.append(path)
        yield
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _first_line(files: Mapping[str, str]) -> str:
    return files["study.toml"].partition("\n")[0]
