"""What a map is made of: a mark per independent sample, in lines, with every row behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forwhom.evidence.filters import Row
from forwhom.evidence.maps.words import origin
from forwhom.evidence.samples import of_rows

DIRECTIONS: Mapping[str, tuple[str, ...]] = {
    "brain": ("increase", "decrease", "none"),
    "biomarkers": ("increase", "decrease", "none"),
    "predictors": ("higher", "lower", "none"),
    "correlates": ("positive", "negative", "none"),
}
"""What can be found, by kind of map. Every map has two more: ``mixed`` and ``not stated``."""

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

    direction : one of the map's directions; ``mixed`` where its rows differ, which counts for no side;
        ``not stated`` where the source gives none
    rows : the results behind it; again : the same results as stated in other places
    """

    unit: str
    direction: str
    rows: tuple[Row, ...]
    again: tuple[Row, ...] = ()

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
    def n(self) -> int | None:
        """People behind it, the largest of its studies; None where none gives a number."""
        people = of_rows(self.rows)
        return None if people.unknown else people.distinct

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
            for row in self.rows:
                seen.setdefault(_attribute(row, key), set()).add(row.result.direction or "not stated")
            if len(seen) > 1 and all(len(each) == 1 for each in seen.values()):
                found.append(key)
        return tuple(found)


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

    def count(self, direction: str) -> int:
        """How many units found this."""
        return sum(mark.direction == direction for mark in self.marks)


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
    parents : whether results count at everything their region is part of too
    measured : by (modality, treatment): units that report any result of that modality; the denominator
    left_out : rows the query found that the map does not count
    """

    of: str
    by: str
    parents: bool
    lines: tuple[Line, ...]
    measured: Mapping[tuple[str, str], tuple[str, ...]]
    left_out: tuple[LeftOutRows, ...]

    def silent(self, line: Line) -> tuple[str, ...]:
        """Units measured by this modality that report nothing on the place: not looked at, or not told."""
        every = self.measured.get((line.place.modality, line.treatment), ())
        return tuple(unit for unit in every if unit not in line.reported)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Roots of modality, in the order of the lines."""
        return tuple(dict.fromkeys(line.place.modality for line in self.lines))
