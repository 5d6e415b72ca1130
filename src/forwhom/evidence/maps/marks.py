"""What a map is made of: a mark per independent sample, in lines, with every row behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from forwhom.evidence.filters import Row
from forwhom.evidence.maps.words import direction_of, origin
from forwhom.evidence.samples import People, of_rows
from forwhom.evidence.standing import concluded

DIRECTIONS: Mapping[str, tuple[str, ...]] = {
    "brain": ("increase", "decrease", "none"),
    "biomarkers": ("increase", "decrease", "none"),
    "predictors": ("higher", "lower", "none"),
    "correlates": ("positive", "negative", "none"),
}
"""What can be found, by kind of map. Every map has `OTHERS`, too."""

OTHERS = ("concluded", "mixed", "not stated")
"""A sign that was concluded and not tested; results of one sample that differ; no direction in the source."""

CONTRASTS: Mapping[str, str] = {
    "time": "change over time",
    "usual-care": "change against usual care or waiting",
    "other-treatment": "change against another treatment",
    "other-form": "change against another form or part of the treatment",
    "untreated": "against untreated patients",
    "healthy": "change against healthy controls",
    "others": "responders against the others",
    "level": "level, not change",
}
"""With what a change is compared; a level never counts with changes."""

DIFFER = ("study", "region", "task", "side", "arm", "contrast", "scope", "condition", "outcome", "time")


@dataclass(frozen=True, slots=True)
class Place:
    """What a line is about.

    ids : a region, two ends of a connection in the order of the alphabet, a marker, or a predictor in words
    modality : root of its modality; empty where there is none
    group : lobe or system, or the broadest marker
    """

    ids: tuple[str, ...]
    label: str
    modality: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """One independent sample (or one study) in one line.

    direction : one of the map's directions, told by its rows that are no mere conclusion; ``concluded`` where it has no others;
        ``mixed`` where its rows differ, which counts for no side; ``not stated`` where the source gives none
    rows : the results behind it; again : the same results as stated in other places
    group : the first of the units in its line that may be one sample with it; its own where it is known to be separate
    """

    unit: str
    direction: str
    rows: tuple[Row, ...]
    again: tuple[Row, ...] = ()
    group: str = ""

    @property
    def tested(self) -> tuple[Row, ...]:
        """Its rows without signs that were concluded."""
        return tuple(row for row in self.rows if not concluded(row))

    @property
    def studies(self) -> tuple[str, ...]:
        """Studies behind it."""
        return tuple(dict.fromkeys(row.study.id for row in self.rows))

    @property
    def tasks(self) -> tuple[str, ...]:
        """Words of `tasks`; empty where none is stated."""
        return tuple(dict.fromkeys(row.result.task for row in self.rows if row.result.task))

    @property
    def sides(self) -> tuple[str, ...]:
        """Hemispheres; empty where none is stated."""
        return tuple(dict.fromkeys(row.result.hemisphere for row in self.rows if row.result.hemisphere))

    @property
    def people(self) -> People:
        """Patients behind it, both groups of a comparison."""
        return of_rows(self.rows)

    @property
    def n(self) -> int | None:
        """The same as a number, the largest of its studies; None where none gives one."""
        return None if self.people.unknown else self.people.distinct

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts of the documents in which its rows stand: results, discussion …"""
        return tuple(dict.fromkeys(row.result.source.part for row in self.rows))

    @property
    def otherwise(self) -> tuple[Row, ...]:
        """Restatements that give another direction, or another side, than the result they restate."""
        by_id = {row.id: row.result for row in self.rows}
        found = []
        for row in self.again:
            mine, its = row.result, by_id.get(origin(row), row.result)
            turned = mine.direction and mine.direction != its.direction
            if turned or (mine.hemisphere and its.hemisphere and mine.hemisphere != its.hemisphere):
                found.append(row)
        return tuple(found)

    @property
    def differ_by(self) -> tuple[str, ...]:
        """What separates the rows of a mixed mark: study, task, side …; empty where nothing stated does."""
        if self.direction != "mixed":
            return ()
        found = []
        for key in DIFFER:
            seen: dict[str, set[str]] = {}
            for row in self.tested:
                seen.setdefault(_attribute(row, key), set()).add(direction_of(row))
            if len(seen) > 1 and all(len(each) == 1 for each in seen.values()):
                found.append(key)
        return tuple(found)


def direction_of_rows(rows: Iterable[Row]) -> str:
    """The direction that all tested rows share; ``concluded`` without any, ``mixed`` where they differ."""
    directions = {direction_of(row) for row in rows if not concluded(row)} or {"concluded"}
    return directions.pop() if len(directions) == 1 else "mixed"


def _ends(row: Row) -> tuple[str, ...]:
    return tuple(each for each in (row.result.seed or row.result.region, row.result.target) if each)


def _attribute(row: Row, key: str) -> str:
    if key == "study":
        return row.study.id
    if key == "region":
        return row.result.region or f"{row.result.seed}–{row.result.target}"
    return str(getattr(row.result, "hemisphere" if key == "side" else key) or "")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a map: a place, and what is kept apart.

    treatment, scope, contrast, outcome, task, side : empty where the map does not keep it apart, or nothing is stated
    reported : units that report anything on this place under the same treatment, in whatever line
    device : of a part of a line (`parts`): its modality as coded
    """

    place: Place
    treatment: str
    scope: str
    contrast: str
    outcome: str
    task: str
    side: str
    marks: tuple[Mark, ...]
    reported: tuple[str, ...] = ()
    device: str = ""

    def count(self, direction: str) -> int:
        """How many units found this, at least: units that may be one sample count once."""
        return len({mark.group or mark.unit for mark in self.marks if mark.direction == direction})

    def most(self, direction: str) -> int:
        """How many units found this, at most: as if all were separate."""
        return sum(mark.direction == direction for mark in self.marks)

    def how_many(self, direction: str) -> str:
        """In words: "2", or "1 to 2" where two may be one sample."""
        low, high = self.count(direction), self.most(direction)
        return str(high) if low == high else f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class LeftOutRows:
    """Rows that are no part of the map, and why."""

    why: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """What was found where.

    of : brain, biomarkers, predictors, correlates
    by : sample or study
    parents : whether results count at everything their region is part of, too; ``"wholes"``: at the wholes that the vocabulary names
    measured : by (modality, treatment): units that report any result of that modality; the denominator
    left_out : rows the query found that the map does not count
    asked : the same by (modality, treatment, modality as coded, task)
    within : the conditions of the query that the denominators fulfil, too, as typed: "task=n-back"
    """

    of: str
    by: str
    parents: bool | str
    lines: tuple[Line, ...]
    measured: Mapping[tuple[str, str], tuple[str, ...]]
    left_out: tuple[LeftOutRows, ...]
    asked: Mapping[tuple[str, str, str, str], tuple[str, ...]] = field(default_factory=dict)
    within: str = ""

    def label(self, place: Place) -> str:
        """The place in words; of one that holds results of its parts this is said."""
        rows = (row for line in self.lines if line.place == place for mark in line.marks for row in mark.rows)
        if any(set(_ends(row)) != set(place.ids) for row in rows if place.ids != (row.result.marker,) and _ends(row)):
            return f"{place.label} with its parts"
        return place.label

    def silent(self, line: Line) -> tuple[str, ...]:
        """Units measured by this modality that report nothing on the place: not looked at, or not told."""
        every = self.measured.get((line.place.modality, line.treatment), ())
        return tuple(unit for unit in every if unit not in line.reported)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Roots of modality, in the order of the lines."""
        return tuple(dict.fromkeys(line.place.modality for line in self.lines))
