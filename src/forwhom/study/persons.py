"""The persons table: one row per person, arms matched, everything else a covariate."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import polars as pl

from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.study.collect import Collector
from forwhom.study.dates import days
from forwhom.study.free_columns import free_column, planned_columns
from forwhom.study.model import Arm
from forwhom.study.sheet import Sheet, as_numbers, is_numeric, text, texts, times
from forwhom.study.spec import ROLES, ROW_NUMBER, PersonsSpec, StudySpec


@dataclass(frozen=True, slots=True)
class Persons:
    """The persons, read.

    frame : as in `Study.persons`, with `start` (Date) where the study gives it
    covariates : names of the columns without a role
    labels : column → value → label, in the order of the levels
    whole : whether every row of the table could be read
    """

    frame: pl.DataFrame
    covariates: tuple[str, ...]
    labels: dict[str, dict[str, str]]
    whole: bool = True

    @property
    def known(self) -> pl.Series | None:
        """The ids there are; None when rows of the table could not be read, so that nobody can be told a stranger."""
        return self.frame["id"] if self.whole else None


def row_numbers(sheet: Sheet) -> pl.Series:
    """Ids for a table without an id column: 1, 2, 3 … in the order of the file."""
    return pl.Series("id", range(1, sheet.height + 1), pl.Int64).cast(pl.String)


def read_persons(spec: StudySpec, sheet: Sheet, taken: Iterable[str], elsewhere: bool, found: Collector) -> Persons:
    """Persons from their sheet.

    taken : columns of the same file that other blocks use, which therefore are no covariates
    elsewhere : another block takes every remaining column of the same file (diary, sessions)
    """
    persons = spec.persons
    assert persons is not None
    where = persons.source.where
    present = {
        role: column
        for role, column in persons.roles.items()
        if sheet.has(column, where, role, spec.file, found) and _free(role, column, persons, spec, found)
    }
    if persons.id != ROW_NUMBER and not sheet.has(persons.id, where, "id", spec.file, found):
        return Persons(pl.DataFrame(schema={"id": pl.String, "arm": pl.String}), (), {})
    for column in persons.ignore:
        sheet.has(column, where, "ignore", spec.file, found)
    ids = row_numbers(sheet) if persons.id == ROW_NUMBER else _ids(sheet, persons, found)
    others = [
        name for name in sheet.frame.columns if name not in {persons.id, *present.values()} and name not in set(taken)
    ]
    if persons.repeated:
        sheet, ids, others = _one_row_each(sheet, ids, present, others, elsewhere, found)
    else:
        _repeated_ids(sheet, ids, persons, spec, found)
    columns = {"id": ids.alias("id"), "arm": _arms(spec, sheet, present.get("arm"), found)}
    columns |= _roles(sheet, present, persons, found)
    arm = present.get("arm", "")
    labels = {"arm": dict(sheet.labels[arm])} if arm in sheet.labels else {}
    covariates, planned = [], planned_columns(spec.plan)
    for name in others:
        public = name if name not in ("id", *ROLES) else f"{name}_"
        if public != name:
            renamed(sheet, name, public, where, name in ROLES, found)
        columns[public] = _covariate(sheet, name, public, planned, found).alias(public)
        covariates.append(public)
        if name in sheet.labels:
            labels[public] = dict(sheet.labels[name])
    frame = pl.DataFrame(list(columns.values())).filter(pl.col("id").is_not_null())
    return Persons(frame, tuple(covariates), labels, sheet.whole)


def renamed(sheet: Sheet, name: str, public: str, where: str, role: bool, found: Collector) -> None:
    """Tell that a column nobody gave the role it is called after is kept under another name."""
    do = f"Nothing, or rename it; plans and findings call it {public}."
    if role:
        do = f'If it plays that role, write {name} = "{name}" in {where}; else nothing.'
    why = f"the column is called like a role nobody gave it; it is kept as {public}"
    found.add(Problem("column-renamed", do, sheet.name, column=name, found=why, severity="notice"))


def _free(role: str, column: str, persons: PersonsSpec, spec: StudySpec, found: Collector) -> bool:
    """One column plays one role, except that randomised may also be the start."""
    users = [other for other, name in persons.roles.items() if name == column]
    if column == persons.id:
        users.insert(0, "id")
    if users[0] == role or {users[0], role} == {"randomised", "start"}:
        return True
    found.add(
        Problem(
            "column-in-two-roles",
            "Name another column for one of them.",
            spec.file,
            column=f"{persons.source.where} {role}",
            found=f"{short(column)} is both {users[0]} and {role}",
        )
    )
    return False


def _ids(sheet: Sheet, persons: PersonsSpec, found: Collector) -> pl.Series:
    ids = texts(sheet, persons.id).values.str.strip_prefix(persons.source.id_prefix)
    blank = sheet.rows.filter(ids.is_null()).to_list()
    found.rows(
        "id-missing",
        "Give the person an id, or delete the row.",
        file=sheet.name,
        column=persons.id,
        rows=blank,
        found="the id is blank",
    )
    return ids


def _repeated_ids(sheet: Sheet, ids: pl.Series, persons: PersonsSpec, spec: StudySpec, found: Collector) -> None:
    numbered = pl.DataFrame({"id": ids, "row": sheet.rows}).drop_nulls("id")
    if not numbered["id"].is_duplicated().any():
        return
    again = numbered.with_columns(first=pl.col("row").first().over("id")).filter(pl.col("row") != pl.col("first"))
    many = again.height > 0.2 * numbered.height
    found.rows(
        "repeated-id",
        f"If the file has several rows per person, write repeated = true in {persons.source.where} of {spec.file}."
        if many
        else "Keep one row per person, or correct the id.",
        file=sheet.name,
        column=persons.id,
        rows=again["row"].to_list(),
        found=[
            f"the person {short(one)} is already in row {first}"
            for one, first in again.select("id", "first").head(21).iter_rows()
        ],
        possible="each id once",
    )


def _one_row_each(
    sheet: Sheet, ids: pl.Series, present: dict[str, str], others: list[str], elsewhere: bool, found: Collector
) -> tuple[Sheet, pl.Series, list[str]]:
    """The one distinct value that is there, per person and column. A column that varies is no person's."""
    wanted = list(dict.fromkeys([*present.values(), *others]))
    values = pl.DataFrame({"#id": ids, **{name: texts(sheet, name).values for name in wanted}})
    known = values.with_row_index("#n").filter(pl.col("#id").is_not_null())
    grouped = known.group_by("#id", maintain_order=True)
    distinct = grouped.agg(pl.col(wanted).drop_nulls().n_unique())
    for role, column in present.items():
        _varying_role(role, column, distinct, sheet, found)
    varies = [name for name in others if (distinct[name] > 1).any()]
    if varies and not elsewhere:
        found.add(
            Problem(
                "column-varies",
                "Nothing, if they change over time; else make them the same in every row of a person.",
                sheet.name,
                column=listed(varies),
                found=f"{'these vary' if len(varies) > 1 else 'varies'} within persons, so no covariate is made of it",
                severity="notice",
            )
        )
    kept = [name for name in wanted if name not in varies or name in present.values()]
    lines = [pl.col("#n").gather(pl.col(name).is_not_null().arg_max()).first().alias(name) for name in kept]
    first = grouped.agg(pl.col("#n").first().alias("#first"), *lines)
    frame = pl.DataFrame([sheet.frame[name].gather(first[name]) for name in kept])
    single = Sheet(
        sheet.name,
        frame,
        sheet.rows.gather(first["#first"]),
        sheet.labels,
        sheet.reasons,
        sheet.missing,
        sheet.decimal,
        sheet.whole,
    )
    return single, first["#id"].alias("id"), [name for name in others if name in kept]


def _varying_role(role: str, column: str, distinct: pl.DataFrame, sheet: Sheet, found: Collector) -> None:
    who = distinct.filter(pl.col(column) > 1)["#id"].to_list()
    if who:
        found.add(
            Problem(
                "role-varies",
                f"Make {column} the same in every row of a person, or name another column as {role}.",
                sheet.name,
                column=column,
                found=f"{role} differs between the rows of the same person: {listed(who)}",
                count=len(who),
            )
        )


def _arms(spec: StudySpec, sheet: Sheet, column: str | None, found: Collector) -> pl.Series:
    assert spec.persons is not None
    nobody = pl.Series("arm", [None], pl.String).new_from_index(0, sheet.height)
    if column is None:
        if len(spec.arms) == 1:
            return pl.Series("arm", [spec.arms[0].name]).new_from_index(0, sheet.height)
        if spec.arms and "arm" not in spec.persons.roles:
            do = f'Name the column: arm = "…" in {spec.persons.source.where}.'
            found.add(
                Problem(
                    "missing-key",
                    do,
                    spec.file,
                    column=f"{spec.persons.source.where} arm",
                    found="[arms] are declared, and no column says who is in which",
                )
            )
        return nobody
    values = texts(sheet, column).values
    labels = sheet.labels.get(column, {})
    if not spec.arms:
        _ask_for_arms(spec, sheet, column, values, labels, found)
        return nobody
    known = _spellings(spec.arms, labels)
    matched = values.replace_strict(known, default=None, return_dtype=pl.String).alias("arm")
    wrong = values.is_not_null() & matched.is_null()
    names = [arm.name for arm in spec.arms]
    found.rows(
        "unknown-arm",
        "Add it to [arms], or correct it here.",
        file=sheet.name,
        column=column,
        rows=sheet.rows.filter(wrong).to_list(),
        found=[f"{short(value)} is not an arm" for value in values.filter(wrong).head(21)],
        possible=listed(names),
    )
    _notice_unallocated(sheet, column, values, found)
    return matched


def _spellings(arms: Iterable[Arm], labels: dict[str, str] | object) -> dict[str, str]:
    """Every text in the data that means an arm: its key, its number as 1 or 1.0, its SPSS code or label."""
    known: dict[str, str] = {}
    arms = tuple(arms)
    pairs = dict(labels) if isinstance(labels, dict) else {}
    for arm in arms:
        known[arm.name] = arm.name
        number = as_numbers(pl.Series([arm.name])).item()
        if number is not None and number == int(number):
            known.setdefault(str(int(number)), arm.name)
            known.setdefault(f"{int(number)}.0", arm.name)
    for arm in arms:
        for code, label in pairs.items():
            if arm.name in (code, label):
                known.setdefault(code, arm.name)
                known.setdefault(label, arm.name)
    return known


def _ask_for_arms(
    spec: StudySpec, sheet: Sheet, column: str, values: pl.Series, labels: object, found: Collector
) -> None:
    levels = values.drop_nulls().unique(maintain_order=True).to_list()
    named = labels if isinstance(labels, dict) else {}
    lines = "; ".join(f'"{level}" = "{named.get(level, level)}"' for level in levels[:8])
    found.add(
        Problem(
            "arms-not-declared",
            f"Add [arms], the reference first, one line each: {lines}.",
            spec.file,
            column="[arms]",
            found=f"{column} of {sheet.name} says who is in which arm, and [arms] is not there",
            possible=listed(levels),
        )
    )


def _notice_unallocated(sheet: Sheet, column: str, values: pl.Series, found: Collector) -> None:
    blank = sheet.rows.filter(values.is_null()).to_list()
    if blank:
        who = "1 person has" if len(blank) == 1 else f"{len(blank)} persons have"
        found.add(
            Problem(
                "not-allocated",
                "Nothing, if they were not allocated; else fill it in.",
                sheet.name,
                blank[0],
                column,
                f"{who} no arm and {'is' if len(blank) == 1 else 'are'} shown as not allocated",
                severity="notice",
                count=len(blank),
            )
        )


def _roles(sheet: Sheet, present: dict[str, str], persons: PersonsSpec, found: Collector) -> dict[str, pl.Series]:
    columns: dict[str, pl.Series] = {}
    for role in ("therapist", "site", "group", "partner", "role", "left_reason"):
        if role in present:
            columns[role] = _labelled(sheet, present[role]).alias(role)
    if "left" in present:
        columns["left"] = times(sheet, present["left"], found).values.alias("left")
    for role in ("randomised", "start"):
        if role in present:
            columns[role] = days(sheet, present[role], persons.date_format, found).values.alias(role)
    if "start" not in columns and "randomised" in columns:
        columns["start"] = columns["randomised"].alias("start")
    return columns


def _labelled(sheet: Sheet, column: str) -> pl.Series:
    """Text, or the labels where every value that occurs has one."""
    values = texts(sheet, column).values
    labels = dict(sheet.labels.get(column, {}))
    if labels and values.drop_nulls().is_in(list(labels)).all():
        return values.replace(labels)
    return values


def _covariate(sheet: Sheet, column: str, public: str, planned: Collection[str], found: Collector) -> pl.Series:
    """Labels where every value has one; else numbers where every value is one; else text."""
    raw, shown = texts(sheet, column).values, _labelled(sheet, column)
    named = column in sheet.labels and raw.drop_nulls().is_in(list(sheet.labels[column])).all()
    if named and not (shown.equals(raw) and is_numeric(sheet, column)):
        return shown
    return free_column(sheet, column, public, planned, found)


def match_persons(
    ids: pl.Series, rows: pl.Series, name: str, column: str, known: pl.Series | None, found: Collector
) -> pl.Series:
    """Which rows belong to a person of the study; the others become Problems. `known` None: cannot be told."""
    there = ids.is_not_null()
    found.rows(
        "id-missing",
        "Give the id, or delete the row.",
        file=name,
        column=column,
        rows=rows.filter(~there).to_list(),
        found="the id is blank",
    )
    if known is None:
        return there
    stranger = there & ~ids.is_in(known.implode()).fill_null(False)
    if stranger.any():
        everyone = known.to_list()
        found.rows(
            "unknown-person",
            "Add the person to the persons table, or correct the id here.",
            file=name,
            column=column,
            rows=rows.filter(stranger).to_list(),
            found=[
                f"{short(one)} is not in the persons table. {did_you_mean(one, everyone)}".rstrip()
                for one in ids.filter(stranger).head(21)
            ],
            possible=listed(everyone, 6),
        )
    return there & ~stranger


def text_ids(sheet: Sheet, column: str, prefix: str = "") -> pl.Series:
    """Ids of any table, spelled as in the persons table.

    prefix : text in front of the ids that is no part of them
    """
    if column == ROW_NUMBER:
        return row_numbers(sheet)
    ids = text(sheet.frame[column]).alias("id")
    return ids.str.strip_prefix(prefix) if prefix else ids


def since_start(ids: pl.Series, on: pl.Series, persons: pl.DataFrame, days_in_unit: float) -> pl.Series:
    """Days since each person's start, in the study's unit; null where either day is unknown.

    ids, on : (n,) text and Date; persons : with id and start (Date)
    """
    starts = persons.unique("id", keep="first", maintain_order=True)
    began = ids.replace_strict(starts["id"], starts["start"], default=None, return_dtype=pl.Date)
    return ((on - began).dt.total_days().cast(pl.Float64) / days_in_unit).alias("time")
