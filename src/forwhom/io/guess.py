"""What a data file probably holds: who is who, which arm, which scales at which times, and why it was thought so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from forwhom.io.guess_names import Occasion, Repeated, item_families, read_occasion, repeated, times_of
from forwhom.io.guess_roles import (
    TIMES,
    arm_column,
    hint,
    id_column,
    is_numbers,
    missing_codes,
    other_roles,
    some,
    tokens,
    varies,
)
from forwhom.study.sheet import Sheet, as_numbers, text


@dataclass(frozen=True, slots=True)
class ScaleGuess:
    """A scale and where its values are: columns by time (wide), one column (long), or items by time."""

    name: str
    stem: str
    wide: dict[str, float] = field(default_factory=dict)
    value: str | None = None
    items: dict[float, list[str]] = field(default_factory=dict)
    instrument: str | None = None
    low: float | None = None
    high: float | None = None


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


def guess(path: Path, sheet: Sheet, chosen_sheet: str | None = None) -> Guess:
    """Guess everything a study.toml needs from one table."""
    said: list[str] = []
    check: list[str] = []
    missing = missing_codes(sheet, said, check)
    numeric = [name for name in sheet.frame.columns if is_numbers(sheet, name, missing)]
    identity, many = id_column(sheet, said, check)
    taken: set[str | None] = {identity}
    diary = _diary(sheet, identity, numeric, said) if many else {}
    arm, arms = arm_column(sheet, identity, taken, many, said, check)
    taken |= {arm, *diary.values()}
    roles = other_roles(sheet, taken, said)
    taken |= set(roles.values())
    free = [name for name in sheet.frame.columns if name not in taken]
    time = times = None
    occasions: tuple[float, ...] = ()
    unit = "month"
    if diary:
        scales: list[ScaleGuess] = []
    elif many and (time := _time(sheet, identity, free)):
        times, occasions, unit = _long_times(sheet, time, said, check)
        varying = [name for name in free if name in numeric and name != time and varies(sheet, identity, name)]
        varying = [name for name in varying if text(sheet.frame[name]).drop_nulls().n_unique() > 2]
        scales = [scale_guess(sheet, name, missing, value=name) for name in varying]
        _say_long(time, scales, said)
    elif many:
        scales = []
        check.append("Persons have several rows, and no column looks like a time: say what a row is in [tables].")
    else:
        scales, unit = _wide([name for name in free if name in numeric], sheet, missing, said, check)
    used = {time, *(name for scale in scales for name in columns_of(scale))}
    covariates = tuple(name for name in free if name not in used)
    if many:
        covariates = tuple(name for name in covariates if not varies(sheet, identity, name))
    _say_scales(scales, covariates, said, check)
    return Guess(
        path, chosen_sheet, identity, many, arm, arms, roles, unit, time, times or {}, occasions, diary,
        tuple(scales), covariates, missing, tuple(said), tuple(check),
    )  # fmt: skip


def columns_of(scale: ScaleGuess) -> list[str]:
    """The columns a guessed scale uses."""
    return [*scale.wide, *([scale.value] if scale.value else []), *(c for group in scale.items.values() for c in group)]


def _diary(sheet: Sheet, identity: str, numeric: list[str], said: list[str]) -> dict[str, str]:
    """Day and beep, or many days with several answers each: answers to prompts of a diary."""
    found: dict[str, str] = {}
    words = {"day": ("day", "dayno"), "beep": ("beep", "prompt", "beepno"), "burst": ("burst", "period", "phase")}
    for role, names in words.items():
        for name in sheet.frame.columns:
            if role not in found and hint(name, names) is not None:
                found[role] = name
    if "day" not in found:
        return {}
    if "beep" not in found:
        each_day = sheet.height / max(1, text(sheet.frame[identity]).n_unique())
        answers = [name for name in numeric if name not in (identity, *found.values())]
        if each_day < 15 or sum(varies(sheet, identity, name) for name in answers[:6]) < 3:
            return {}
    named = " and ".join(found[role] for role in ("day", "beep") if role in found)
    said.append(
        f"{named} look{'s' if 'beep' not in found else ''} like a diary, so a row is a prompt: [tables.moments]."
    )
    return found


def _time(sheet: Sheet, identity: str, free: list[str]) -> str | None:
    ranked = []
    for place, name in enumerate(free):
        word = hint(name, TIMES)
        if word is not None and varies(sheet, identity, name):
            ranked.append((len(tokens(name)) > 2, word, place, name))
    return min(ranked)[3] if ranked else None


def _long_times(
    sheet: Sheet, time: str, said: list[str], check: list[str]
) -> tuple[dict[str, float], tuple[float, ...], str]:
    """(text → time where the column is text, the occasions where they are few, the unit)."""
    shown = text(sheet.frame[time]).drop_nulls()
    levels = shown.unique(maintain_order=True).to_list()
    unit = next((u for u in ("month", "week", "day", "year") if u in time.casefold()), None)
    values = as_numbers(pl.Series(levels, dtype=pl.String), sheet.decimal)
    if values.null_count() == 0:
        occasions = tuple(sorted(values.to_list())) if len(levels) <= 12 else ()
        if unit is None:
            check.append(f"In which unit is {time}? Write it in time_unit.")
        return {}, occasions, unit or "occasion"
    read = {level: read_occasion(re.sub(r"_arm_\d+$", "", level)) for level in levels[:30]}
    known = {level: at for level, at in read.items() if at is not None}
    if len(known) == len(levels):
        times, found, why = times_of(known.values())
        if why:
            check.append(why[0].upper() + why[1:] + ".")
        by_text = {level: times[at] for level, at in known.items()}
        return by_text, tuple(sorted(set(by_text.values()))), found
    said.append(f"The values of {time} were numbered in the order in which they first occur.")
    check.append(f"When was each of {some(levels)}? Write the times, and time_unit.")
    return (
        {level: float(place) for place, level in enumerate(levels)},
        tuple(map(float, range(len(levels)))),
        "occasion",
    )


def _say_long(time: str, scales: list[ScaleGuess], said: list[str]) -> None:
    names = [scale.value or "" for scale in scales]
    said.append(f"{time} is the time: the ids repeat and it changes within persons.")
    if names:
        said.append(f"{some(names)} {'are scores' if len(names) > 1 else 'is a score'}: numbers that change over time.")


def _wide(
    names: list[str], sheet: Sheet, missing: dict[str, str], said: list[str], check: list[str]
) -> tuple[list[ScaleGuess], str]:
    families = item_families(names)
    at_once = {name for family in families.values() for name in family}
    groups = [
        group
        for group in repeated([name for name in names if name not in at_once])
        # A scale has more than two values; two are a yes or no, of which nobody is better or worse.
        if max(text(sheet.frame[name]).drop_nulls().n_unique() for name in group.columns) > 2
    ]
    groups, by_time = _items_by_time(groups)
    every = [at for group in groups for at in group.columns.values()]
    every += [at for occasions in by_time.values() for at in occasions]
    times, unit, why = times_of(every) if every else ({}, "occasion", "")
    scales = []
    for group in groups:
        wide = dict(sorted(((name, times[at]) for name, at in group.columns.items()), key=lambda pair: pair[1]))
        scales.append(scale_guess(sheet, group.stem, missing, wide=wide))
        said.append(f"{some(list(wide))} are {group.stem} at {some([f'{time:g}' for time in wide.values()])}.")
    if every and why:
        check.append(f"Times: {why}.")
    for stem, occasions in by_time.items():
        items = {times[at]: columns for at, columns in occasions.items()}
        scales.append(scale_guess(sheet, stem, missing, items=dict(sorted(items.items()))))
    for stem, family in families.items():
        scales.append(scale_guess(sheet, stem, missing, items={0.0: family}))
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


def _at(group: Repeated, occasion: Occasion) -> str:
    return next(name for name, at in group.columns.items() if at == occasion)


def scale_guess(sheet: Sheet, stem: str, missing: dict[str, str], **where: Any) -> ScaleGuess:
    """A scale with the known instrument its name points to, if the values fit it."""
    name = re.sub(r"[^0-9a-z]+", "_", stem.casefold()).strip("_") or "score"
    made = ScaleGuess(name if name[0].isalpha() else f"scale_{name}", stem, **where)
    shown = [text(sheet.frame[column]) for column in columns_of(made)]
    values = pl.concat(
        [as_numbers(each.filter(~each.is_in(list(missing))), sheet.decimal) for each in shown]
    ).drop_nulls()
    values = values.filter(values.is_finite())
    low, high = (float(values.min()), float(values.max())) if len(values) else (None, None)  # type: ignore[arg-type]
    questions = max((len(group) for group in made.items.values()), default=None)
    return ScaleGuess(
        made.name, stem, made.wide, made.value, made.items, known_instrument(stem, low, high, questions), low, high
    )


def known_instrument(stem: str, low: float | None, high: float | None, items: int | None) -> str | None:
    """The name of a known questionnaire that is called like this and can have these values (or this many items)."""
    try:
        from forwhom.instruments import find
    except ImportError:
        return None
    spellings = [stem, *([f"{stem}{items}", f"{stem}-{items}"] if items else [])]
    for spelling in spellings:
        found, _ = find(spelling)
        if found is None or (found.default_score is None and len(found.scores) != 1):
            continue
        if items is not None:
            if items == found.k:
                return str(found.name)
            continue
        score = found.scores[found.default_score] if found.default_score else next(iter(found.scores.values()))
        inside = (low is None or score.low is None or score.low <= low) and (
            high is None or score.high is None or high <= score.high
        )
        if inside:
            return str(found.name)
    return None


def _say_scales(scales: list[ScaleGuess], covariates: tuple[str, ...], said: list[str], check: list[str]) -> None:
    for scale in scales:
        if scale.instrument:
            said.append(f"{scale.stem} is the instrument {scale.instrument}: direction and range come from there.")
            check.append(f"Is {scale.stem} really {scale.instrument}?")
        elif scale.items:
            check.append(f'Which questionnaire is {scale.stem}? Name it: instrument = "…" in [scales.{scale.name}].')
        check += (
            [] if scale.instrument else [f"{scale.stem}: is lower or higher better? Answer in [scales.{scale.name}]."]
        )
    if covariates:
        said.append(f"{some(list(covariates))} {'are covariates' if len(covariates) > 1 else 'is a covariate'}.")
    if not scales:
        check.append("No repeated scores were found. Describe them in a [[tables.measures]] block.")
