"""From folders of TOML to a `Ledger`: every file is read, every problem of every file is told at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import tomli

from forwhom.evidence.file_keys import CLAIM, DOCUMENT, GRID, SEARCH, STUDY, TERM
from forwhom.evidence.keys import SETTLED
from forwhom.evidence.model import Claim, Document, Grid, Ledger, Printed, Search, Settled, Study
from forwhom.evidence.references import reference_problems
from forwhom.evidence.schema import SEE, Found
from forwhom.evidence.vocabulary import Term, Vocabulary, plain
from forwhom.keyed import Keys, Refused, rows, text
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed

SHIPPED = Path(__file__).parent / "ledger"
SETS = (
    "regions", "tasks", "modalities", "treatments", "controls", "disorders", "outcomes", "designs", "dimensions",
    "components", "scopes", "markers", "mechanisms", "instruments",
)  # fmt: skip
FOLDERS = ("studies", "claims", "grids", "searches", "vocabulary")
T = TypeVar("T", Study, Claim, Grid, Search, Document)


def read(*folders: Path | str, shipped: bool = True) -> Ledger:
    """Read the ledger that ships with forwhom, and folders of one's own beside it.

    folders : each laid out like the shipped one; a folder needs none of the parts. Its words are added to the vocabulary.
    shipped : False leaves the shipped studies, claims, grids, searches and documents out; its vocabulary stays.

    Raises `ProblemsFound` with every problem of every file at once. Nothing is kept between calls.

    >>> read().studies["goodman-2014"].citation.year
    2014
    """
    ledger, problems = read_with_problems(*folders, shipped=shipped)
    if problems:
        raise ProblemsFound(problems)
    return ledger


def read_with_problems(*folders: Path | str, shipped: bool = True) -> tuple[Ledger, tuple[Problem, ...]]:
    """What could be read, and every problem on the way."""
    own = tuple(Path(folder) for folder in folders)
    reading = _Reading()
    for folder in own:
        reading.layout(folder)
    reading.words((SHIPPED, *own))
    for folder in ((SHIPPED,) if shipped else ()) + own:
        reading.folder(folder)
    ledger = Ledger(
        studies=reading.studies,
        claims=reading.claims,
        grids=reading.grids,
        vocabulary=reading.vocabulary,
        searches=reading.searches,
        documents=reading.documents,
        settled=tuple(reading.settled),
        folders=((SHIPPED,) if shipped else ()) + own,
        digest=reading.digest.hexdigest(),
    )
    return ledger, (*reading.problems, *reference_problems(ledger))


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.vocabulary = Vocabulary({})
        self.studies: dict[str, Study] = {}
        self.claims: dict[str, Claim] = {}
        self.grids: dict[str, Grid] = {}
        self.searches: dict[str, Search] = {}
        self.documents: dict[str, Document] = {}
        self.settled: list[Settled] = []
        self.digest = hashlib.sha256()

    def layout(self, folder: Path) -> None:
        """Tell of a folder that is not there, and of files that nothing reads."""
        if not folder.is_dir():
            self.problems.append(Problem("no-folder", "Name a folder of a ledger.", str(folder), found="not a folder"))
            return
        for entry in sorted(folder.iterdir()):
            known = entry.name in FOLDERS if entry.is_dir() else entry.name == "documents.toml"
            if not known and not entry.name.startswith(".") and (entry.is_dir() or entry.suffix == ".toml"):
                self.problems.append(
                    Problem(
                        "unknown-file",
                        f"{did_you_mean(entry.name, FOLDERS)}Move or rename it; see {SEE}.",
                        entry.name,
                        found="nothing reads it",
                        possible=listed((*FOLDERS, "documents.toml")),
                    )
                )

    def words(self, folders: Iterable[Path]) -> None:
        """The vocabulary of all folders, as one."""
        sets: dict[str, dict[str, Term]] = {kind: {} for kind in SETS}
        for folder in folders:
            for path, tables in self.files(folder, "vocabulary"):
                file = f"vocabulary/{path.name}"
                if path.stem not in sets:
                    hint = did_you_mean(path.stem, SETS)
                    self.problems.append(
                        Problem(
                            "unknown-file", f"{hint}Rename it.", file, found="no such set", possible=listed(SETS, 20)
                        )
                    )
                    continue
                found = Found(file)
                for name, table in tables.items():
                    term = TERM.build(table, f"[{name}]", found, id=name)
                    if term is not None:
                        sets[path.stem][name] = term
                self.problems += found.problems
        self.vocabulary = Vocabulary(sets, {kind: self._names(kind, terms) for kind, terms in sets.items()})
        self.pointers(sets)

    def pointers(self, sets: Mapping[str, Mapping[str, Term]]) -> None:
        """Words that name words of other sets."""
        for kind, key, of in (
            ("treatments", "form_of", "treatments"),
            ("treatments", "mechanisms", "mechanisms"),
            ("mechanisms", "measures", "outcomes"),
            ("instruments", "measures", "outcomes"),
        ):
            for term in sets[kind].values():
                value = getattr(term, key)
                for name in (value,) if isinstance(value, str) else value:
                    if name and name not in sets[of]:
                        hint = did_you_mean(name, sets[of])
                        do = f"{hint}Name an id of vocabulary/{of}.toml."
                        self._word(kind, term.id, "unknown-word", f"{key} names '{name}', which is not there", do)

    def _names(self, kind: str, terms: Mapping[str, Term]) -> dict[str, str]:
        names: dict[str, str] = {}
        for term in terms.values():
            for each in (term.id, term.label, *term.synonyms):
                other = names.setdefault(plain(each), term.id)
                if other != term.id:
                    self._word(
                        kind, term.id, "two-meanings", f"'{each}' already means {other}", "Keep it in one of them."
                    )
        for term in terms.values():
            for parent in term.parents:
                if parent not in terms:
                    hint = did_you_mean(parent, terms)
                    self._word(
                        kind, term.id, "unknown-word", f"'{parent}' is not there", f"{hint}Name an id of this file."
                    )
            if _circular(term.id, terms):
                self._word(kind, term.id, "circular", "part of itself", "Take one parent away.")
        return names

    def _word(self, kind: str, term: str, code: str, found: str, do: str) -> None:
        self.problems.append(Problem(code, do, f"vocabulary/{kind}.toml", column=f"[{term}]", found=found))

    def folder(self, folder: Path) -> None:
        """Everything but the vocabulary."""
        for path, table in self.files(folder, "studies"):
            self._one(path, "studies", table, STUDY, self.studies)
        for path, table in self.files(folder, "claims"):
            self._claims(path, table)
        for path, table in self.files(folder, "grids"):
            self._one(path, "grids", table, GRID, self.grids)
        for path, table in self.files(folder, "searches"):
            self._one(path, "searches", table, SEARCH, self.searches)
        for path, table in self.parsed([folder / "documents.toml"], folder):
            found = Found(path.name, self.vocabulary)
            for name, entry in table.items():
                self._keep(DOCUMENT.build(entry, f"[{name}]", found, id=name), name, self.documents, found)
            self.problems += found.problems

    def _one(self, path: Path, part: str, table: Mapping[str, Any], keys: Keys, into: dict[str, T]) -> None:
        found = Found(f"{part}/{path.name}", self.vocabulary)
        made = keys.build(table, "", found, file=found.file)
        if made is not None and made.id != path.stem:
            found.add("wrong-id", "id", f"'{made.id}' in a file named {path.name}", f'Write id = "{path.stem}".')
        self._keep(made, table.get("id"), into, found)
        self.problems += found.problems

    def _claims(self, path: Path, table: Mapping[str, Any]) -> None:
        found = Found(f"claims/{path.name}", self.vocabulary)
        made = CLAIMS.build(table, "", found)
        for claim in made.claims if made else ():
            self._keep(replace(claim, document=made.document, file=found.file), claim.id, self.claims, found)
        if made:
            self.settled += made.settled
        self.problems += found.problems

    def _keep(self, made: T | None, name: object, into: dict[str, T], found: Found) -> None:
        if made is None:
            return
        replaces = made.replaces if isinstance(made, Study) else ""
        if replaces and (replaces != made.id or replaces not in into):
            why = "is not its own id" if replaces != made.id else "is in no ledger read before this one"
            do = "Give the file the id of the study whose place it takes; else leave replaces out."
            found.add("wrong-value", "replaces", f"'{replaces}' {why}", do)
        elif name in into and isinstance(made, Study) and not replaces:
            do = f'Give it another id; or, to put it in the place of the other, write replaces = "{name}".'
            found.add("duplicate-id", "id", f"'{name}' is there already", do)
        elif name in into and not replaces:
            found.add("duplicate-id", "id", f"'{name}' is there already", "Give it another id, or leave the other out.")
        else:
            into[str(name)] = made

    def files(self, folder: Path, part: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The parsed files of one part of a folder, by name."""
        inside = folder / part
        return self.parsed(sorted(inside.glob("*.toml")) if inside.is_dir() else [], folder)

    def parsed(self, paths: Sequence[Path], folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Parsed files; one that is no TOML is a problem."""
        for path in paths:
            name = path.relative_to(folder).as_posix()
            try:
                raw = path.read_bytes()
            except FileNotFoundError:
                continue
            self.digest.update(f"{name}\0{len(raw)}\0".encode() + raw)
            try:
                yield path, tomli.loads(raw.decode(), parse_float=Printed)
            except (tomli.TOMLDecodeError, UnicodeDecodeError, Refused) as error:
                self.problems.append(Problem("not-toml", "Correct the TOML.", name, found=str(error)))


class _Claims:
    """A file of claims."""

    def __init__(self, document: str, claims: tuple[Claim, ...] = (), settled: tuple[Settled, ...] = ()) -> None:
        self.document, self.claims, self.settled = document, claims, settled


def _claim(**values: Any) -> Claim:
    return Claim(document="", **values)


CLAIMS = Keys(
    _Claims,
    {"document": text, "claims": rows(Keys(_claim, CLAIM.read, CLAIM.required)), "settled": rows(SETTLED)},
    {"document": "Say whose claims these are."},
)


def _circular(name: str, terms: Mapping[str, Term]) -> bool:
    seen: set[str] = set()
    open_ = list(terms[name].parents)
    while open_:
        each = open_.pop()
        if each == name:
            return True
        if each not in seen and each in terms:
            seen.add(each)
            open_ += terms[each].parents
    return False
