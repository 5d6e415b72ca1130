"""What a data file probably holds: who is who, which arm, which scales at which times, and why it was thought so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from forwhom.io.guess_long import Long, clock_columns, diary_columns, long_scales, long_times, time_column
from forwhom.io.guess_names import Occasion, Repeated, item_families, repeated, times_of
from forwhom.io.guess_roles import arm_column, id_column, is_numbers, missing_codes, other_roles, some, varies
from forwhom.io.guess_scales import ScaleGuess, columns_of, scale_guess, strays
from forwhom.problems import short
from forwhom.study.sheet import Sheet, texts


@dataclass(frozen=True, slots=True)
class Guess:
    """What was guessed about a file.

    said : what was guessed and why, one sentence each
    to_check : what only the user can know
    """

    file: Path
    sheet: str | None
    id: str
    repeated: bool
    arm: str | None
    arms: dict[str, str]
    roles: dict[str, str]
    time_unit: str
    time: str | None
    times: dict[str, float]
    occasions: tuple[float, ...]
    diary: dict[str, str]
    scales: tuple[ScaleGuess, ...]
    covariates: tuple[str, ...]
    missing: dict[str, str]
    said: tuple[str, ...]
    to_check: tuple[str, ...]
    encoding: str | None = None
    long: Long = field(default_factory=Long)


def guess(path: Path, sheet: Sheet, chosen_sheet: str | None = None, encoding: str | None = None) -> Guess:
    """Guess everything a study.toml needs from one table."""
    said: list[str] = []
    check: list[str] = []
    missing = missing_codes(sheet, said, check)
    sheet = replace(sheet, missing=missing)
    numeric = [name for name in sheet.frame.columns if is_numbers(sheet, name)]
    # One stray word must not take a column out of its family: it stays, and the word is named.
    blank = [name for name in sheet.frame.columns if texts(sheet, name).values.null_count() == sheet.height]
    mostly = [name for name in sheet.frame.columns if name in (*numeric, *blank) or strays(sheet, name)]
    identity, many = id_column(sheet, said, check)
    taken: set[str | None] = {identity}
    diary = diary_columns(sheet, identity, numeric, said, check) if many else {}
    arm, arms = arm_column(sheet, identity, taken, many, said, check)
    taken |= {arm, *diary.values()}
    roles = other_roles(sheet, taken, said)
    taken |= set(roles.values())
    free = [name for name in sheet.frame.columns if name not in taken]
    time = times = None
    occasions: tuple[float, ...] = ()
    unit, long = "month", Long()
    scales: list[ScaleGuess] = []
    if many and not diary and (time := time_column(sheet, identity, free)):
        times, occasions, unit = long_times(sheet, time, said, check)
        varying = [name for name in free if name in mostly and name != time and varies(sheet, identity, name)]
        varying = [name for name in varying if texts(sheet, name).values.drop_nulls().n_unique() > 2]
        others = [name for name in free if name != time and name not in numeric]
        scales, long = long_scales(sheet, identity, time, varying, others, said, check)
    elif many and not diary:
        check.append("Persons have several rows, and no column looks like a time: say what a row is in [tables].")
        check += clock_columns(sheet, free)
    elif not many:
        scales, unit = _wide([name for name in free if name in mostly], sheet, said, check)
    used = {time, long.scale_column, long.informant, *(name for scale in scales for name in columns_of(scale))}
    covariates = tuple(name for name in free if name not in used)
    if many:
        covariates = tuple(name for name in covariates if not varies(sheet, identity, name))
    _say_scales(scales, covariates, said, check)
    if empty := [name for name in blank if name in used or name in covariates]:
        check.append(f"{some(empty)} {'have' if len(empty) > 1 else 'has'} no value at all.")
    _say_strays(sheet, [name for name in mostly if name in used or name in covariates], check)
    return Guess(
        path, chosen_sheet, identity, many, arm, arms, roles, unit, time, times or {}, occasions, diary,
        tuple(scales), covariates, missing, tuple(said), tuple(check), encoding, long,
    )  # fmt: skip


def _say_strays(sheet: Sheet, names: list[str], check: list[str]) -> None:
    for name in names:
        if cells := strays(sheet, name):
            row, cell = cells[0]
            more = f" ({len(cells)} such cells)" if len(cells) > 1 else ""
            check.append(
                f"Row {row} of {name} has {short(cell)} in a column of numbers{more}: correct it, or write in [missing] "
                "what it stands for."
            )


def _wide(names: list[str], sheet: Sheet, said: list[str], check: list[str]) -> tuple[list[ScaleGuess], str]:
    families = item_families(names)
    at_once = {name for family in families.values() for name in family}
    groups = [
        group
        for group in repeated([name for name in names if name not in at_once])
        # A scale has more than two values; two are a yes or no, of which nobody is better or worse.
        if max(texts(sheet, name).values.drop_nulls().n_unique() for name in group.columns) > 2
    ]
    groups, by_time = _items_by_time(groups)
    families, occasions_of = _families_by_time(families)
    by_time |= occasions_of
    every = [at for group in groups for at in group.columns.values()]
    every += [at for occasions in by_time.values() for at in occasions]
    times, unit, why = times_of(every) if every else ({}, "occasion", "")
    scales = []
    for group in groups:
        wide = dict(sorted(((name, times[at]) for name, at in group.columns.items()), key=lambda pair: pair[1]))
        scales.append(scale_guess(sheet, group.stem, wide=wide))
        said.append(f"{some(list(wide))} are {group.stem} at {some([f'{time:g}' for time in wide.values()])}.")
    if every and why:
        check.append(f"Times: {why}.")
    for stem, occasions in by_time.items():
        items = {times[at]: columns for at, columns in occasions.items()}
        scales.append(scale_guess(sheet, stem, items=dict(sorted(items.items()))))
    for stem, family in families.items():
        scales.append(scale_guess(sheet, stem, items={0.0: family}))
        check.append(f"{some(family)} look like items at one time; it was taken to be 0.")
    return scales, unit


def _items_by_time(groups: list[Repeated]) -> tuple[list[Repeated], dict[str, dict[Occasion, list[str]]]]:
    """Groups such as phq_1, phq_2 …, each at the same times, are the items of one questionnaire."""
    by_stem = {group.stem: group for group in groups}
    found: dict[str, dict[Occasion, list[str]]] = {}
    for stem, members in item_families(by_stem).items():
        at = {tuple(sorted(map(repr, by_stem[member].columns.values()))) for member in members}
        if len(at) != 1:
            continue
        found[stem] = {
            occasion: [_at(by_stem[member], occasion) for member in members]
            for occasion in by_stem[members[0]].columns.values()
        }
        groups = [group for group in groups if group.stem not in members]
    return groups, found


def _families_by_time(
    families: dict[str, list[str]],
) -> tuple[dict[str, list[str]], dict[str, dict[Occasion, list[str]]]]:
    """Families such as T1_phq9 and T2_phq9, of as many items each, are one questionnaire at several times."""
    found: dict[str, dict[Occasion, list[str]]] = {}
    for group in repeated(families):
        if len({len(families[member]) for member in group.columns}) == 1:
            found[group.stem] = {at: families[member] for member, at in group.columns.items()}
    used = {columns[0] for occasions in found.values() for columns in occasions.values()}
    return {stem: family for stem, family in families.items() if family[0] not in used}, found


def _at(group: Repeated, occasion: Occasion) -> str:
    return next(name for name, at in group.columns.items() if at == occasion)


def _say_scales(scales: list[ScaleGuess], covariates: tuple[str, ...], said: list[str], check: list[str]) -> None:
    for scale in scales:
        if scale.instrument:
            said.append(f"{scale.stem} is the instrument {scale.instrument}: direction and range come from there.")
            check.append(f"Is {scale.stem} really {scale.instrument}?")
        elif scale.items:
            check.append(f'Which questionnaire is {scale.stem}? Name it: instrument = "…" in [scales.{scale.name}].')
        check += [scale.almost] if scale.almost else []
        check += (
            [] if scale.instrument else [f"{scale.stem}: is lower or higher better? Answer in [scales.{scale.name}]."]
        )
    if covariates:
        said.append(f"{some(list(covariates))} {'are covariates' if len(covariates) > 1 else 'is a covariate'}.")
    if not scales:
        check.append("No repeated scores were found. Describe them in a [[tables.measures]] block.")
