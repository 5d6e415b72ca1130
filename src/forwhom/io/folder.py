"""A study folder to a Study: study.toml and its tables, every problem at once."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from forwhom.instruments import score_study
from forwhom.io.limits import limits_of
from forwhom.io.tables import locate, read_sheet
from forwhom.io.why import why
from forwhom.problems import Problem, ProblemsFound, listed, raise_if_errors
from forwhom.study.build import build_study
from forwhom.study.collect import Collector
from forwhom.study.model import Study
from forwhom.study.parse import parse_spec
from forwhom.study.published import Published
from forwhom.study.sheet import Sheet
from forwhom.study.spec import StudySpec

FILE = "study.toml"
BOM = b"\xef\xbb\xbf"


def read_study(folder: Path | str) -> Study:
    """The study in `folder`. Scores from items and facts from instruments are filled in afterwards.

    Raises `ProblemsFound` with everything that is wrong. Notices and rows set aside go with the study.
    """
    study, found = _read(Path(folder))
    raise_if_errors(found.problems)
    if study is None:
        raise ProblemsFound(found.problems)
    return replace(study, notices=found.problems, set_aside=found.set_aside)


def read_and_score(folder: Path | str) -> Study:
    """The study in `folder`, scored: what a report is made from.

    Raises `ProblemsFound` with everything that is wrong, in the tables and in what its instruments ask for.
    """
    study, found = _read(Path(folder))
    if study is None:
        raise ProblemsFound(found.problems)
    whole = replace(study, notices=found.problems, set_aside=found.set_aside)
    try:
        whole = score_study(whole, Path(folder))
    except ProblemsFound as more:
        # Values outside an instrument's range were found in the tables already, with file and row.
        told = {"value-out-of-range"} & {problem.code for problem in found.problems}
        new = (problem for problem in more.problems if problem.code not in told)
        raise ProblemsFound(dict.fromkeys((*found.problems, *new))) from None
    raise_if_errors(whole.notices)
    return whole


def check_study(folder: Path | str) -> tuple[Problem, ...]:
    """Everything that is wrong with the folder, notices included; never raises for bad input."""
    return _read(Path(folder))[1].problems


def _read(folder: Path) -> tuple[Study | None, Collector]:
    found = Collector()
    content = _study_toml(folder, found)
    if content is None:
        return None, found
    doc = parse_toml(content, found)
    if doc is None:
        return None, found
    spec = parse_spec(doc, found)
    spec = replace(spec, published=_beside(spec.published, folder, found))
    sheets, paths = _sheets(spec, folder, found)
    mark = fingerprint(content, paths | _published_files(spec.published), folder)
    return build_study(spec, sheets, mark, found, limits_of(spec, folder)), found


def _study_toml(folder: Path, found: Collector) -> bytes | None:
    try:
        if not folder.is_dir():
            what = "this is a file" if folder.is_file() else "there is no such folder"
            do = "Give the folder that holds study.toml; forwhom new makes one from a data file."
            found.add(Problem("no-study", do, str(folder), found=what))
            return None
        path = folder / FILE
        if not path.is_file():
            do = "Give the folder that holds study.toml; forwhom new makes one from a data file."
            there = listed(sorted(each.name for each in folder.iterdir()))
            found.add(Problem("no-study", do, str(folder), found="there is no study.toml in it", possible=there))
            return None
        return path.read_bytes()
    except (OSError, ValueError) as error:
        do = "Check that you may read the folder."
        found.add(Problem("no-study", do, str(folder), found=f"cannot be read: {why(error)}"))
        return None


def parse_toml(content: bytes, found: Collector) -> Mapping[str, Any] | None:
    """The document, or None with the line where it stops being TOML."""
    try:
        return tomllib.loads(content.removeprefix(BOM).decode())
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        do = "Save study.toml as UTF-8."
        found.add(Problem("wrong-encoding", do, FILE, line, found=f"the byte at offset {error.start} is not UTF-8"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        line = int(place[1]) if place else content.count(b"\n") + 1
        what = re.sub(r"\s*\(at .*\)$", "", str(error))
        do = "Correct the line; text needs quotes, and column names with a dot need them too."
        found.add(Problem("not-toml", do, FILE, line, found=f"not TOML: {what[:80]}"))
    return None


def _sheets(spec: StudySpec, folder: Path, found: Collector) -> tuple[dict[str, Sheet], dict[str, Path]]:
    """Each block's table, read once per file and way of reading it."""
    sheets: dict[str, Sheet] = {}
    paths: dict[str, Path] = {}
    read: dict[object, Sheet | None] = {}
    for source in spec.sources():
        same = replace(source, where="")
        if same not in read:
            path = locate(source, folder, found, [other.file for other in spec.sources() if other.file != source.file])
            read[same] = read_sheet(path, source, found) if path is not None else None
            if path is not None and read[same] is not None:
                paths[source.name] = path
        if (sheet := read[same]) is not None:
            sheets[source.where] = replace(sheet, missing=spec.missing)
    return sheets, paths


def _beside(published: Published | None, folder: Path, found: Collector) -> Published | None:
    """Ledgers and databases by their place beside study.toml; what is not there is a problem."""
    if published is None:
        return None
    places: dict[str, tuple[str, ...]] = {}
    for key, names, there in (
        ("ledgers", published.ledgers, Path.is_dir),
        ("databases", published.databases, Path.is_file),
    ):
        paths = [Path(os.path.expandvars(name)) for name in names]
        paths = [path if path.is_absolute() else folder / path for path in paths]
        for name, path in zip(names, paths, strict=True):
            if not there(path):
                what = "a folder" if key == "ledgers" else "a file"
                do = f"Name {what}, from the folder of study.toml."
                found.add(Problem("missing-file", do, FILE, column=f"[published] {key}", found=f"there is no {name}"))
        places[key] = tuple(map(str, paths))
    return replace(published, ledgers=places["ledgers"], databases=places["databases"])


def _published_files(published: Published | None) -> dict[str, Path]:
    """Every file that [published] names, for the fingerprint."""
    if published is None:
        return {}
    files = [Path(name) for name in published.databases]
    files += [path for name in published.ledgers for path in sorted(Path(name).rglob("*.toml"))]
    return {f"published/{i}/{path.name}": path for i, path in enumerate(files) if path.is_file()}


def fingerprint(content: bytes, paths: Mapping[str, Path], folder: Path) -> str:
    """sha256 over study.toml, every table in the order of its name, and the study's own instruments.

    Each part is preceded by its name and its length, so that bytes cannot move from one file to the next unnoticed.
    The tables are opened a second time for it, since their readers take paths: a file that another program changes
    between the reading and the hashing, within one run, is not noticed.
    """
    digest = hashlib.sha256()
    own: Iterable[Path] = sorted((folder / "instruments").glob("*.toml")) if (folder / "instruments").is_dir() else ()
    _feed(digest, FILE, len(content))
    digest.update(content)
    named = [*sorted(paths.items()), *((f"instruments/{each.name}", each) for each in own)]
    for name, path in named:
        try:
            _feed(digest, name, path.stat().st_size)
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError:
            continue
    return digest.hexdigest()


def _feed(digest: Any, name: str, size: int) -> None:
    digest.update(f"{name}\0{size}\0".encode())
