"""Cells of grids: what a paper says of a row and a column, with its place. A pair without a cell is not said, which is no "no"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from forwhom.evidence.filters import Condition, Query, parse, split_words
from forwhom.evidence.model import Cell, Grid, Ledger
from forwhom.evidence.vocabulary import plain
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed, short

NOT_SAID = "not said"
"""What stands where a grid has no cell."""
YES, NO = ("yes", "true"), ("no", "false")


@dataclass(frozen=True, slots=True)
class Said:
    """One cell in its grid."""

    grid: Grid
    cell: Cell

    @property
    def id(self) -> str:
        """``grid/row/column``."""
        return f"{self.grid.id}/{self.cell.row}/{self.cell.column}"

    @property
    def sign(self) -> bool | None:
        """True where the paper says that it has it, False that it has not; None for another value."""
        return sign(self.cell.value)

    @property
    def source(self) -> str:
        """Where it stands; the place of the whole grid where the cell names none."""
        source = self.cell.source or self.grid.source
        return str(source) if source else ""


def sign(value: object) -> bool | None:
    """Whether a value says yes or no.

    >>> sign(True), sign("yes"), sign("in part")
    (True, True, None)
    """
    word = str(value).casefold()
    return True if word in YES else False if word in NO else None


def value_words(value: object) -> str:
    """A value as a reader should see it: yes, no, or what the cell says."""
    known = sign(value)
    return str(value) if known is None else "yes" if known else "no"


def label(grid: Grid, name: str, ledger: Ledger) -> str:
    """A row or column in words: the grid's own, else the vocabulary's, else its name.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> label(ledger.grids["components"], "advocacy", ledger), label(ledger.grids["components"], "agency", ledger)
    ('Advocacy', 'Agency')
    """
    if name in grid.labels:
        return grid.labels[name]
    sets = ledger.vocabulary.sets
    found = next((terms[name].label for kind in KINDS if name in (terms := sets.get(kind, {}))), None)
    return found or (name if " " in name or not name.islower() else name.replace("-", " ").capitalize())


KINDS = ("components", "treatments", "controls", "outcomes", "mechanisms")
"""Sets of words that rows and columns of grids may come from."""


def said_of(each: Said, ledger: Ledger) -> str:
    """A cell as a line: row, column, what is said, with its note."""
    about = f"{label(each.grid, each.cell.row, ledger)}, {label(each.grid, each.cell.column, ledger)}"
    note = f" ({each.cell.note.rstrip('.')})" if each.cell.note else ""
    return f"{about}: {value_words(each.cell.value)}{note}"


def places(grid: Grid) -> dict[str, str]:
    """The places that its cells name, each with the letters a table calls it by: A, B … Z, AA …"""
    found = dict.fromkeys(each for cell in grid.cells if (each := Said(grid, cell).source))
    return {place: letters(i) for i, place in enumerate(found)}


def letters(i: int) -> str:
    """The i-th name of a place, from 0.

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    return (letters(i // 26 - 1) if i >= 26 else "") + chr(ord("A") + i % 26)


Values = Callable[[Said, Ledger], Iterable[str]]


def _names(kind: str) -> Values:
    """Its row and column with everything that they are part of, as far as they are words of this kind."""

    def values(each: Said, ledger: Ledger) -> Iterable[str]:
        terms = ledger.vocabulary.sets.get(kind, {})
        for name in (each.cell.row, each.cell.column):
            term = name if name in terms else ledger.vocabulary.find(kind, name)
            yield from ledger.vocabulary.broader(kind, term) if term else ()
        if kind == "components" and any(word in each.grid.kind for word in PARTS):
            yield from (each.cell.row, label(each.grid, each.cell.row, ledger))

    return values


CELL_FILTERS: Mapping[str, Values] = {
    "grid": lambda each, ledger: (each.grid.id,),
    "component": _names("components"),
    "treatment": _names("treatments"),
    "row": lambda each, ledger: (each.cell.row, label(each.grid, each.cell.row, ledger)),
    "column": lambda each, ledger: (each.cell.column, label(each.grid, each.cell.column, ledger)),
    "value": lambda each, ledger: (value_words(each.cell.value),),
    "study": lambda each, ledger: each.cell.studies,
    "document": lambda each, ledger: (source.document,) if (source := each.cell.source or each.grid.source) else (),
}
"""What a query on cells compares with. A broader word finds what is part of it."""

PARTS = ("component", "feature", "module")
"""Words in the kind of a grid whose rows are parts of treatments."""
ASKING = ("grid", "component", "row", "column")
"""Filters that make a query one on cells."""


def asks_for_cells(query: str) -> bool:
    """Whether a query is one on cells: it names a grid, a component, a row or a column.

    >>> asks_for_cells("component=advocacy"), asks_for_cells("region=amygdala advocacy")
    (True, False)
    """
    try:
        return any(key in ASKING for key, _, _ in filter(None, map(split_words, _parts(query))))
    except ValueError:
        return False


def _parts(query: str) -> list[str]:
    import shlex

    return shlex.split(query)


def cells(ledger: Ledger, query: str | Query = "") -> tuple[Said, ...]:
    """Every cell that fulfils all conditions and holds all words of a query.

    Raises `ProblemsFound` with every filter and word that no grid has.

    >>> from forwhom import evidence
    >>> [each.id for each in cells(evidence.read(), "component=advocacy")]
    ['components/advocacy/scm']
    """
    asked = query if isinstance(query, Query) else parse(query, ledger, CELL_FILTERS)
    every = tuple(Said(grid, cell) for grid in ledger.grids.values() for cell in grid.cells)
    wrong = [problem for each in asked.conditions for problem in _wrong(each, every, ledger)]
    if wrong:
        raise ProblemsFound(wrong)
    words = [plain(word) for word in asked.words]
    return tuple(
        each
        for each in every
        if all(_holds(condition, each, ledger) for condition in asked.conditions)
        and all(word in _text(each, ledger) for word in words)
    )


def _text(each: Said, ledger: Ledger) -> str:
    """Everything a free word may be found in: labels, ids, synonyms, note, studies."""
    names = (each.cell.row, each.cell.column)
    terms = [terms[name] for name in names for kind in KINDS if name in (terms := ledger.vocabulary.sets.get(kind, {}))]
    synonyms = " ".join(word for term in terms for word in term.synonyms)
    return plain(f"{each.grid.title} {said_of(each, ledger)} {' '.join((*names, *each.cell.studies))} {synonyms}")


def _holds(condition: Condition, each: Said, ledger: Ledger) -> bool:
    here = {plain(value) for value in CELL_FILTERS[condition.key](each, ledger)}
    met = bool(here & {plain(word) for word in condition.values})
    return met if condition.operator == "=" else bool(here) and not met


def _wrong(condition: Condition, every: tuple[Said, ...], ledger: Ledger) -> Iterable[Problem]:
    """Words that no grid has, and operators that compare numbers."""
    key = condition.key
    if condition.operator not in ("=", "!="):
        yield Problem("wrong-query", "Use = or !=.", column=key, found=f"{condition.operator} compares numbers")
        return
    held = ledger.grids if key == "grid" else (value for each in every for value in CELL_FILTERS[key](each, ledger))
    there: dict[str, str] = {}
    for name in held:
        there.setdefault(plain(name), name)
    known = tuple(there.values())
    for word in condition.values:
        if plain(word) not in there:
            do = f"{did_you_mean(word, known)}Choose one."
            yield Problem(
                "unknown-word", do, column=key, found=f"{short(word)} is in no grid", possible=listed(known, 30)
            )
