"""A `Study` from what study.toml says and the tables as they were read."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from forwhom.problems import Problem
from forwhom.study.collect import Collector
from forwhom.study.finish import Limits, check_blank, check_ranges, checked_scales, in_order
from forwhom.study.from_moments import average_moments
from forwhom.study.measures import CELL, ITEM, TRACE, read_block
from forwhom.study.model import Study
from forwhom.study.moments import read_moments
from forwhom.study.persons import Persons, read_persons
from forwhom.study.planned import check_plan
from forwhom.study.repeats import once
from forwhom.study.sheet import Sheet
from forwhom.study.spec import MeasuresSpec, PersonsSpec, StudySpec
from forwhom.study.tables import read_rows

SCORE_KEY = ("id", "scale", "time", "informant")
NO_LIMITS = Limits()
ITEM_KEY = ("id", "instrument", "time", "informant", "item")


def build_study(
    spec: StudySpec, sheets: Mapping[str, Sheet], fingerprint: str, found: Collector, limits: Limits = NO_LIMITS
) -> Study:
    """Build the study; everything wrong goes to `found`, and the study is whole only if nothing stopped the work.

    sheets : where of the block (``"[[tables.measures]] 1"``) → its table; blocks whose table could not be read
        are missing, and what depends on them is left unchecked
    limits : of scores and answers, where instruments know them
    """
    persons = _persons(spec, sheets, found)
    moments = read_moments(spec, sheets, persons, found)
    cells, items = _measures(spec, sheets, persons, moments, found)
    scales = checked_scales(spec, cells, found)
    check_ranges(cells, items, scales, limits, found)
    check_blank(cells, found)
    check_blank(items, found)
    cells = cells.unique(SCORE_KEY, keep="first", maintain_order=True)
    items = items.unique(ITEM_KEY, keep="first", maintain_order=True)
    rows = {kind: read_rows(kind, spec, sheets, persons, found) for kind in ("sessions", "ratings", "events", "scans")}
    frame = persons.frame if persons is not None else pl.DataFrame(schema={"id": pl.String, "arm": pl.String})
    study = Study(
        name=spec.name,
        title=spec.title,
        time_unit=spec.time_unit,
        time_zone=spec.time_zone,
        source=spec.source,
        simulated=spec.simulated,
        arms=spec.arms,
        persons=frame,
        measures=in_order(cells, frame, scales, list(CELL)),
        items=in_order(items, frame, scales, list(ITEM)),
        scales=scales,
        plan=spec.plan,
        published=spec.published,
        fingerprint=fingerprint,
        moments=moments,
        covariates=persons.covariates if persons is not None else (),
        labels=persons.labels if persons is not None else {},
        **rows,
    )
    if persons is not None:
        check_plan(study, spec, found)
    return study


def _persons(spec: StudySpec, sheets: Mapping[str, Sheet], found: Collector) -> Persons | None:
    if spec.persons is None or spec.persons.source.where not in sheets:
        return None
    before = len(found.problems)
    taken, elsewhere = _taken(spec, spec.persons)
    persons = read_persons(spec, sheets[spec.persons.source.where], taken, elsewhere, found)
    broken = any(problem.code == "missing-column" for problem in found.problems[before:])
    return None if broken and persons.frame.is_empty() else persons


def _taken(spec: StudySpec, persons: PersonsSpec) -> tuple[set[str], bool]:
    """Columns of the persons' file that another block uses, and whether one takes all that are left."""
    taken = set(persons.ignore)
    for block in spec.measures:
        if block.source.file == persons.source.file and block.source.sheet == persons.source.sheet:
            taken |= _used(block)
    for other in spec.rows():
        if other.source.file == persons.source.file and other.source.sheet == persons.source.sheet:
            taken |= {*other.columns.values(), *other.values}
    for diary in spec.moments:
        if diary.source.file == persons.source.file and diary.source.sheet == persons.source.sheet:
            named = (diary.timestamp, diary.day, diary.beep, diary.burst)
            taken |= {column for column in named if column is not None}
    all_of_it = [*(diary.source for diary in spec.moments), *(block.source for block in spec.sessions)]
    greedy = any(source.file == persons.source.file for source in all_of_it)
    return taken - {*persons.roles.values(), persons.id}, greedy


def _used(block: MeasuresSpec) -> set[str]:
    named = (block.time, block.date, block.value, block.informant, block.scale_column)
    wide = [column for columns in block.items_at.values() for column in columns]
    return {column for column in (*named, *block.wide, *block.values, *block.items, *wide) if column is not None}


def _measures(
    spec: StudySpec,
    sheets: Mapping[str, Sheet],
    persons: Persons | None,
    moments: pl.DataFrame | None,
    found: Collector,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    scores, items = [pl.DataFrame(schema=CELL | TRACE)], [pl.DataFrame(schema=ITEM | TRACE)]
    for block in spec.measures:
        if block.from_moments:
            scores.append(average_moments(spec, block, moments, persons, found))
        elif block.source.where in sheets:
            _same_rows(spec, block, found)
            these, those = read_block(spec, block, sheets[block.source.where], persons, found)
            scores.append(these)
            items.append(those)
    return (
        once(pl.concat(scores, how="diagonal"), SCORE_KEY, "measures", found, None),
        once(pl.concat(items, how="diagonal"), ITEM_KEY, "measures", found, None),
    )


def _same_rows(spec: StudySpec, block: MeasuresSpec, found: Collector) -> None:
    """Row numbers tell persons apart only within the one file that has no id column."""
    if spec.persons is None or (block.id == "#row") == (spec.persons.id == "#row"):
        return
    found.add(
        Problem(
            "wrong-value",
            'Use id = "#row" in both, for one file, or name the id column in both.',
            spec.file,
            column=f"{block.source.where} id",
            found='one of persons and measures uses id = "#row", the other does not',
        )
    )
