"""What study.toml says, as types: which file holds what, and what the values mean. No data yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forwhom.study.model import Arm, Scale
from forwhom.study.plan import Plan
from forwhom.study.published import Published

ROW_NUMBER = "#row"
"""The id of a table without an id column: one row per person, numbered from 1."""

NO_VALUE = "no value recorded"
"""The reason of a blank cell, and of a missing code declared without a meaning."""

NO_ROW = "no row recorded"
"""The reason of an expected occasion for which the table has no row."""

MAX_MB = 200.0
"""Size above which a file is taken for one opened by mistake, unless its block says max_mb."""

ROLES = ("arm", "therapist", "site", "group", "partner", "role", "left", "left_reason", "randomised", "start")
"""What a column of the persons table can be besides the id."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table comes from and how its text is to be read; None is sniffed.

    file : as written in study.toml, relative to its folder
    where : how the user finds the block, e.g. ``"[tables.persons]"``
    max_mb : size above which the file is refused as opened by mistake
    id_prefix : text in front of this table's ids that is no part of them, such as "sub-"
    """

    file: str
    where: str = ""
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    max_mb: float = MAX_MB
    id_prefix: str = ""

    @property
    def name(self) -> str:
        """The file as people read it: without the variable in front that says on which machine it lies where.

        >>> Source("${SHARED:-../data}/trial.csv").name
        'trial.csv'
        """
        if not self.file.startswith("$"):
            return self.file
        head, _, rest = self.file.partition("}/" if self.file.startswith("${") else "/")
        return rest or head


@dataclass(frozen=True, slots=True)
class PersonsSpec:
    """The persons table. `roles` maps a role of `ROLES` to its column; `ignore` are columns left out."""

    source: Source
    id: str
    roles: Mapping[str, str] = field(default_factory=dict)
    repeated: bool = False
    date_format: str | None = None
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasuresSpec:
    """One block of measures: scores or items, wide or long, or averaged from the diary.

    scale : the scale all values belong to; `scale_column` names a column that says so row by row
    wide : column → time
    values : long form with a column per scale, column → scale
    items : the item columns of the long form, in the order of the questionnaire
    items_at : time → item columns of the wide form, in the order of the questionnaire
    times : text of the time column → time
    occasions, tolerance, windows : how irregular times become occasions; empty keeps them raw
    repeats : what to do with several values of a person at one time: "first", "last" or "mean"; None is a Problem
    burst : burst of the diary → time, for ``from = "moments"``
    """

    source: Source
    id: str
    scale: str | None = None
    scale_column: str | None = None
    wide: Mapping[str, float] = field(default_factory=dict)
    time: str | None = None
    times: Mapping[str, float] = field(default_factory=dict)
    at: float | None = None
    date: str | None = None
    date_format: str | None = None
    value: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    items_at: Mapping[float, tuple[str, ...]] = field(default_factory=dict)
    instrument: str | None = None
    informant: str | None = None
    informant_is: str | None = None
    occasions: tuple[float, ...] = ()
    tolerance: float | None = None
    windows: Mapping[float, tuple[float, float]] = field(default_factory=dict)
    repeats: str | None = None
    from_moments: bool = False
    burst: Mapping[str, float] = field(default_factory=dict)
    at_least: int = 1

    def scales(self) -> tuple[str, ...]:
        """The scales this block names."""
        return tuple(dict.fromkeys([*([self.scale] if self.scale else []), *self.values.values()]))


@dataclass(frozen=True, slots=True)
class MomentsSpec:
    """Diary answers: a timestamp, or day and beep."""

    source: Source
    id: str
    timestamp: str | None = None
    timestamp_format: str | None = None
    day: str | None = None
    beep: str | None = None
    burst: str | None = None
    partner: str | None = None


@dataclass(frozen=True, slots=True)
class RowsSpec:
    """A table of one row per event of some kind: sessions, ratings, events or scans.

    columns : role → column
    constants : role → the same text in every row (``kind_is = "admission"``)
    values : value column → what its values are of, role by role: the trait of a rating; region, hemisphere … of a scan
    times : text of the time column → time
    """

    source: Source
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    date_format: str | None = None


@dataclass(frozen=True, slots=True)
class StudySpec:
    """Everything study.toml says."""

    name: str
    title: str
    file: str
    time_unit: str = "occasion"
    time_zone: str | None = None
    source: str | None = None
    simulated: bool = False
    arms: tuple[Arm, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    persons: PersonsSpec | None = None
    measures: tuple[MeasuresSpec, ...] = ()
    sessions: tuple[RowsSpec, ...] = ()
    moments: tuple[MomentsSpec, ...] = ()
    ratings: tuple[RowsSpec, ...] = ()
    events: tuple[RowsSpec, ...] = ()
    scans: tuple[RowsSpec, ...] = ()
    scales: Mapping[str, Scale] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    published: Published | None = None

    def sources(self) -> tuple[Source, ...]:
        """Every table's source, in the order of the blocks."""
        sources = [self.persons.source] if self.persons else []
        sources += [block.source for block in self.measures]
        sources += [block.source for block in self.moments]
        sources += [block.source for block in self.rows()]
        return tuple(source for source in sources if source.file)

    def rows(self) -> tuple[RowsSpec, ...]:
        """The blocks of sessions, ratings, events and scans."""
        return (*self.sessions, *self.ratings, *self.events, *self.scans)
