"""Files with several rows per person: a diary, or scores with a column for the time."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from forwhom.io.guess_names import read_occasion, times_of
from forwhom.io.guess_roles import TIMES, hint, some, tokens, varies
from forwhom.io.guess_scales import ScaleGuess, of_instrument, scale_guess
from forwhom.study.sheet import Sheet, as_numbers, texts

SCALES = ("scale", "measure", "instrument", "questionnaire", "outcome", "test", "skala", "fragebogen")
VALUES = ("value", "score", "total", "sum", "result", "wert", "summe")
INFORMANTS = ("informant", "rater", "reporter", "source", "perspective")
CLOCK = r"^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[T ]+\d{1,2}:\d{2}"
ZONED = r"(Z|[+-]\d{2}:?\d{2})$"
PROMPTS = 8
"""Rows per person from which moments are prompts of a diary and not visits."""


@dataclass(frozen=True, slots=True)
class Long:
    """Columns that say, row by row, which scale a value is of and who answered."""

    scale_column: str | None = None
    informant: str | None = None


def diary_columns(sheet: Sheet, identity: str, numeric: list[str], said: list[str], check: list[str]) -> dict[str, str]:
    """Day and beep, or many days with several answers each, or many moments: answers to prompts of a diary."""
    found: dict[str, str] = {}
    words = {"day": ("day", "dayno"), "beep": ("beep", "prompt", "beepno"), "burst": ("burst", "period", "phase")}
    for role, names in words.items():
        for name in sheet.frame.columns:
            if role not in found and hint(name, names) is not None and not _is_clock(sheet, name):
                found[role] = name
    each = sheet.height / max(1, texts(sheet, identity).values.n_unique())
    if "day" not in found:
        return _by_clock(sheet, identity, each, found, said, check)
    if "beep" not in found:
        answers = [name for name in numeric if name not in (identity, *found.values())]
        if each < 15 or sum(varies(sheet, identity, name) for name in answers[:6]) < 3:
            return _by_clock(sheet, identity, each, {}, said, check)
    named = " and ".join(found[role] for role in ("day", "beep") if role in found)
    said.append(
        f"{named} look{'s' if 'beep' not in found else ''} like a diary, so a row is a prompt: [tables.moments]."
    )
    return found


def _is_clock(sheet: Sheet, name: str) -> bool:
    """Whether a column holds dates with a time of day."""
    if isinstance(sheet.frame[name].dtype, pl.Datetime):
        return True
    shown = texts(sheet, name).values.drop_nulls()
    return len(shown) > 0 and bool(shown.str.contains(CLOCK).mean() > 0.9)  # type: ignore[operator]  # a share


def _by_clock(
    sheet: Sheet, identity: str, each: float, found: dict[str, str], said: list[str], check: list[str]
) -> dict[str, str]:
    clocks = [name for name in sheet.frame.columns if _is_clock(sheet, name) and varies(sheet, identity, name)]
    if not clocks or each < PROMPTS:
        return {}
    # The prompt itself is what all prompts have; the answer to it may be absent.
    name = min(clocks, key=lambda clock: texts(sheet, clock).values.null_count())
    said.append(f"{name} has a date and a time in every row, so a row is a prompt of a diary: [tables.moments].")
    if not texts(sheet, name).values.drop_nulls().str.contains(ZONED).all():
        check.append(f"Where were the clocks of {name}? Write time_zone in [study].")
    if others := [clock for clock in clocks if clock != name]:
        check.append(f"{some(others)} could be the moment of the prompt too.")
    return {"timestamp": name, **{role: found[role] for role in ("burst",) if role in found}}


def clock_columns(sheet: Sheet, free: list[str]) -> list[str]:
    """What to check about dates with a time in a file of which nothing else says when."""
    clocks = [name for name in free if _is_clock(sheet, name)]
    if not clocks:
        return []
    return [
        f'{some(clocks)} holds dates with times. If a row is a prompt of a diary, write timestamp = "{clocks[0]}" in '
        f'[tables.moments]; if it is a visit, write date = "{clocks[0]}" in [[tables.measures]].'
    ]


def long_scales(
    sheet: Sheet, identity: str, time: str, varying: list[str], others: list[str], said: list[str], check: list[str]
) -> tuple[list[ScaleGuess], Long]:
    """(the scales, the columns that say row by row what a value is of).

    varying : columns of numbers that change within persons; others : columns that are no numbers
    """
    informant = _within(sheet, [identity, time], others, INFORMANTS)
    scale = _within(sheet, [identity, time], [name for name in others if name != informant], SCALES)
    values = varying if len(varying) == 1 else [name for name in varying if hint(name, VALUES) is not None]
    if informant is not None:
        said.append(f"{informant} says who answered: its name says so, and it differs within a person's time.")
    if scale is not None and len(values) == 1:
        scales = _per_level(sheet, scale, values[0])
        said.append(f"{time} is the time: the ids repeat and it changes within persons.")
        said.append(f"{scale} names the scale of each row, {values[0]} has its score.")
        rest = [name for name in varying if name != values[0]]
        check += [f"{some(rest)} changes too and was left out: is it a score?"] if rest else []
        return scales, Long(scale, informant)
    if scale is not None:
        check.append(f"{scale} may name the scale of each row: then write scale_column and value in a measures block.")
    scales = [scale_guess(sheet, name, value=name) for name in varying]
    say_long(time, scales, said)
    return scales, Long(None, informant)


def _within(sheet: Sheet, key: list[str], names: list[str], words: tuple[str, ...]) -> str | None:
    """The column called like one of `words` whose few values differ among rows of one key."""
    ranked = []
    for place, name in enumerate(names):
        word, shown = hint(name, words), texts(sheet, name).values
        if word is None or not 2 <= shown.drop_nulls().n_unique() <= 40:
            continue
        rows = pl.DataFrame({**{f"#{n}": texts(sheet, each).values for n, each in enumerate(key)}, "value": shown})
        differ = rows.drop_nulls().group_by(pl.exclude("value")).agg(pl.col("value").n_unique())
        if (differ["value"] > 1).any():
            ranked.append((word, place, name))
    return min(ranked)[2] if ranked else None


def _per_level(sheet: Sheet, column: str, value: str) -> list[ScaleGuess]:
    """A scale for each value of the column, called exactly like it."""
    cells = pl.DataFrame(
        {"#level": texts(sheet, column).values, "value": as_numbers(texts(sheet, value).values, sheet.decimal),
         "row": sheet.rows.cast(pl.Int64)}
    ).with_columns(pl.lit(value).alias("column"))  # fmt: skip
    levels = cells["#level"].drop_nulls().unique(maintain_order=True)
    known = cells.filter(pl.col("value").is_finite())
    return [
        of_instrument(ScaleGuess(level, level, value=value), known.filter(pl.col("#level") == level))
        for level in levels
    ]


def time_column(sheet: Sheet, identity: str, free: list[str]) -> str | None:
    """The column that says when, by its name and because it changes within persons."""
    ranked = []
    for place, name in enumerate(free):
        word = hint(name, TIMES)
        if word is not None and varies(sheet, identity, name):
            ranked.append((len(tokens(name)) > 2, word, place, name))
    return min(ranked)[3] if ranked else None


def long_times(
    sheet: Sheet, time: str, said: list[str], check: list[str]
) -> tuple[dict[str, float], tuple[float, ...], str]:
    """(text → time where the column is text, the occasions where they are few, the unit)."""
    shown = texts(sheet, time).values.drop_nulls()
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


def say_long(time: str, scales: list[ScaleGuess], said: list[str]) -> None:
    """What was thought of a file with a column per scale."""
    names = [scale.value or "" for scale in scales]
    said.append(f"{time} is the time: the ids repeat and it changes within persons.")
    if names:
        said.append(f"{some(names)} {'are scores' if len(names) > 1 else 'is a score'}: numbers that change over time.")
