"""Instruments by name: those that ship, and those in the `instruments/` folder of a study."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from forwhom.instruments.model import Instrument
from forwhom.instruments.parsing import parse
from forwhom.problems import Problem, ProblemsFound

FOLDER = "instruments"


class _File(Protocol):
    @property
    def name(self) -> str: ...

    def read_text(self, encoding: str | None = None) -> str: ...


def plain(name: str) -> str:
    """A name without case, spaces and punctuation: what two spellings of one instrument share.

    A plus sign stays: it tells the PID5BF+M from the PID-5-BF.

    >>> plain("BDI-II") == plain("bdi ii"), plain("PID5BF+M")
    (True, 'pid5bfplusm')
    """
    return "".join(letter for letter in name.casefold().replace("+", "plus") if letter.isalnum())


def names(folder: Path | None = None) -> tuple[str, ...]:
    """Names of all instruments, in alphabetical order; those of the study folder included."""
    return tuple(sorted({*_shipped(), *(path.stem for path in _own_files(folder))}))


def find(
    name: str, folder: Path | None = None, where: str = "instrument"
) -> tuple[Instrument | None, tuple[Problem, ...]]:
    """The instrument with this name or alias, and the problems in the way of having it.

    name : in any spelling that differs only in case, spaces and punctuation
    folder : the study folder; a file in its `instruments/` comes before a shipped one of the same name
    where : how the user finds the key that names it, e.g. ``"[scales.bdi] instrument"``
    """
    problems: list[Problem] = []
    own: list[Instrument] = []
    for path in _own_files(folder):
        instrument, wrong = _read(path)
        problems += wrong
        if instrument is not None:
            own.append(instrument)
    for instrument in own:
        if plain(name) in _known_as(instrument):
            return instrument, tuple(problems)
    shipped = _find_shipped(plain(name))
    if shipped is not None:
        return shipped, tuple(problems)
    spellings = [n for i in own for n in (i.name, *i.aliases)] + list(_spellings())
    close = get_close_matches(plain(name), sorted({plain(s) for s in spellings}), n=4, cutoff=0.6)
    near = [next(s for s in spellings if plain(s) == match) for match in close]
    more = f"any of the {len(names(folder))} on file, which forwhom.instruments.names() lists"
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    unknown = Problem(
        "unknown-instrument",
        f"{hint}Correct the name, leave `instrument` out, or add {FOLDER}/{name}.toml to the study folder.",
        "study.toml",
        column=where,
        found=f"{name!r} is not on file",
        possible=", ".join([*near, more]),
    )
    return None, (*problems, unknown)


def instrument(name: str, folder: Path | None = None) -> Instrument:
    """The instrument with this name or alias. Raises `ProblemsFound` when there is none, or when its file is wrong.

    >>> instrument("PHQ9").scores["total"].high
    27.0
    """
    found, problems = find(name, folder)
    if found is None:
        raise ProblemsFound(problems)
    return found


def _own_files(folder: Path | None) -> tuple[Path, ...]:
    return () if folder is None else tuple(sorted((folder / FOLDER).glob("*.toml")))


def _read(path: Path) -> tuple[Instrument | None, tuple[Problem, ...]]:
    where = f"{FOLDER}/{path.name}"
    try:
        content = path.read_bytes()
    except OSError:
        do = "Check that you may read it."
        return None, (Problem("instrument-unreadable", do, where, found="the file cannot be opened"),)
    try:
        toml = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"the byte at offset {error.start} is not UTF-8"
        return None, (Problem("instrument-unreadable", "Save it as UTF-8 text.", where, line, found=found),)
    return parse(toml, where)


def _known_as(found: Instrument) -> set[str]:
    return {plain(spelling) for spelling in (found.name, *found.aliases)}


@lru_cache(maxsize=1)
def _shipped() -> dict[str, _File]:
    """Name to file; nothing is parsed."""
    catalogue = files("forwhom.instruments") / "catalogue"
    return {file.name.removesuffix(".toml"): file for file in catalogue.iterdir() if file.name.endswith(".toml")}


@lru_cache(maxsize=256)
def _parsed(name: str) -> Instrument:
    found, problems = parse(_shipped()[name].read_text(encoding="utf-8"), f"{name}.toml")
    if found is None:
        raise ProblemsFound(problems)
    return found


@lru_cache(maxsize=256)
def _find_shipped(spelling: str) -> Instrument | None:
    """By file name first: only an alias costs the reading of the whole catalogue."""
    for name in _shipped():
        if plain(name) == spelling:
            return _parsed(name)
    return next((_parsed(name) for name in sorted(_shipped()) if spelling in _known_as(_parsed(name))), None)


def _spellings() -> tuple[str, ...]:
    return tuple(spelling for name in sorted(_shipped()) for spelling in (name, *_parsed(name).aliases))
