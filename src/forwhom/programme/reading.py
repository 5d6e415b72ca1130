"""From a TOML file to a `Programme`; every problem of the file at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import tomli

from forwhom.keyed import Found, Keys, Read
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed
from forwhom.programme.guidance.words import Words, read_words, shipped_words
from forwhom.programme.keys import PROGRAMME, SEE
from forwhom.programme.model import Programme

CATALOGUE = Path(__file__).parent / "catalogue"


def names() -> tuple[str, ...]:
    """Programmes that ship with forwhom.

    >>> names()
    ('dbt-inpatient', 'dbt-outpatient', 'mbt', 'scm')
    """
    return tuple(sorted(path.stem for path in CATALOGUE.glob("*.toml")))


@cache
def shipped(name: str) -> Programme:
    """A programme of the catalogue.

    Raises `ProblemsFound` for a name that is not there.

    >>> str(shipped("mbt").length)
    '18 months'
    """
    if name not in names():
        raise ProblemsFound([_unknown(name)])
    return read(CATALOGUE / f"{name}.toml")


def read(path: Path | str) -> Programme:
    """A programme from its file. Raises `ProblemsFound` with everything that cannot be read.

    What can be read but not be right is found by `programme.check`.
    """
    programme, problems = read_with_problems(path)
    if programme is None or problems:
        raise ProblemsFound(problems)
    return programme


def named_or_read(name: Path | str) -> Programme:
    """A shipped programme by its name, or one's own by its file. Raises `ProblemsFound`."""
    if str(name) in names():
        return shipped(str(name))
    path = Path(name)
    if not path.exists() and path.suffix != ".toml":
        raise ProblemsFound([_unknown(str(name))])
    return read(path)


def read_with_problems(path: Path | str) -> tuple[Programme | None, tuple[Problem, ...]]:
    """The programme, or None where nothing could be made of the file, and every problem on the way."""
    programme, _, problems = read_partly(path)
    return programme, problems


def read_partly(path: Path | str) -> tuple[Programme | None, dict[str, Any], tuple[Problem, ...]]:
    """What could be read of a file, its tables as they stand there, and every problem on the way."""
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = error.strerror or "cannot be read"
        return None, {}, (Problem("no-file", "Name the file of a programme.", path.name, found=what),)
    try:
        table = tomli.loads(raw.decode("utf-8-sig"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        found = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        return None, {}, (Problem("not-toml", "Correct the TOML.", path.name, found=found),)
    programme, problems = from_table(table, path.name)
    if programme.id and programme.id != path.stem:
        do = f'Write id = "{path.stem}", or rename the file.'
        found = f"'{programme.id}' in a file named {path.name}"
        problems = (*problems, Problem("wrong-id", do, path.name, column="id", found=found))
    return programme, table, problems


def from_table(table: dict[str, Any], file: str) -> tuple[Programme, tuple[Problem, ...]]:
    """A programme from parsed TOML; what is wrong in one fact does not keep the others from being read."""
    found = Found(file, see=SEE)
    for key in ("variables", "actions"):
        if not isinstance(table.get(key, {}), dict):
            found.add("wrong-type", key, "not a table", f"Write [{key}.NAME] above each.")
    own = read_words({key: table[key] for key in ("variables", "actions") if isinstance(table.get(key), dict)}, found)
    words = shipped_words()
    words = Words({**words.variables, **own.variables}, {**words.actions, **own.actions})
    rest = {key: value for key, value in table.items() if key not in ("variables", "actions")}
    kept: dict[str, Any] = {}
    readers = {key: _keeping(read, key, kept) for key, read in PROGRAMME.read.items()}
    keys = Keys(Programme, readers, PROGRAMME.required)
    programme = keys.build(rest, "", found, words=words, file=file)
    if not isinstance(programme, Programme):
        kept = {"id": "", "title": "", "disorder": "", **kept}
        programme = Programme(**kept, words=words, file=file)
    return programme, tuple(found.problems)


def _keeping(read: Read, key: str, kept: dict[str, Any]) -> Read:
    """The reader, with what it read kept for a programme of which other keys are wrong."""

    def reader(value: Any, where: str, found: Found) -> Any:
        made = read(value, where, found)
        if made is not None:
            kept[key] = made
        return made

    return reader


def _unknown(name: str) -> Problem:
    hint = did_you_mean(name, names())
    return Problem(
        "unknown-programme",
        f"{hint}Name one of them, or the .toml file of your own.",
        found=f"'{name}' is no programme",
        possible=listed(names()),
    )
