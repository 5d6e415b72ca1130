"""Column names to scale and occasion: bdi.pre, bdi_2m, phq9_w12, T1_bdi, physt3, depress2, BDI_fu6."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["pre", "post", "follow", "unit", "wave", "number"]

SEPARATOR = r"[ ._\-]+"
GAP = r"[ ._\-]*"
UNITS = {
    "day": ("d", "day", "days", "tag", "tage"),
    "week": ("w", "wk", "wks", "week", "weeks", "woche", "wochen"),
    "month": ("m", "mo", "mon", "mos", "mth", "mths", "month", "months", "monat", "monate"),
    "year": ("y", "yr", "yrs", "year", "years", "jahr", "jahre"),
}
UNIT_OF = {word: unit for unit, words in UNITS.items() for word in words}
PRE = r"pre|baseline|basel|base|bl|screening|intake|admission|entry|before|vor|prä|prae"
POST = r"post|end|eot|post[ ._\-]?treatment|endpoint|discharge|after|nach|termination"
FOLLOW = r"(?:fu|fup|follow[ ._\-]?up|kat|katamnese)"
WAVE = r"(?:t|time|tp|timepoint|wave|visit|v|occ|occasion|session|ses|s|zp)"
UNIT = "|".join(sorted(UNIT_OF, key=len, reverse=True))
NUMBER = r"\d{1,4}"

TOKENS: tuple[tuple[Kind, str], ...] = (
    ("pre", rf"(?:{PRE})"),
    ("post", rf"(?:{POST})"),
    ("follow", rf"{FOLLOW}{GAP}(?P<n>{NUMBER})?{GAP}(?P<u>{UNIT})?"),
    ("follow", rf"(?P<n>{NUMBER}){GAP}(?P<u>{UNIT})?{GAP}{FOLLOW}"),
    ("unit", rf"(?P<n>{NUMBER}){GAP}(?P<u>{UNIT})"),
    ("unit", rf"(?P<u>{UNIT}){GAP}(?P<n>{NUMBER})"),
    ("wave", rf"{WAVE}{GAP}(?P<n>{NUMBER})"),
    ("number", rf"(?P<n>{NUMBER})"),
)
"""Spellings of an occasion, the plainest first; each must match to the end of the token."""

# Without a separator only these are safe: a unit of one letter would find occasions in ordinary words.
GLUED = (
    ("pre", r"(?:pre|baseline)"),
    ("post", r"post"),
    ("follow", rf"(?:fu|fup)(?P<n>{NUMBER})?(?P<u>m|w|mo)?"),
    ("unit", rf"(?P<n>{NUMBER})(?P<u>m|mo|w|wk|d|y)"),
    ("wave", rf"t(?P<n>{NUMBER})"),
    ("number", rf"(?P<n>{NUMBER})"),
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a name says about the time: its kind, a number and a unit where it has them."""

    kind: Kind
    number: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """Columns that are one scale at several times."""

    stem: str
    columns: dict[str, Occasion]


def read_occasion(token: str) -> Occasion | None:
    """What a token or a cell says about the time.

    >>> read_occasion("6 months")
    Occasion(kind='unit', number=6.0, unit='month')
    >>> read_occasion("Baseline").kind
    'pre'
    """
    for kind, pattern in TOKENS:
        if match := re.fullmatch(pattern, token.strip().casefold()):
            return _occasion(kind, match)
    return None


def _occasion(kind: Kind, match: re.Match[str]) -> Occasion:
    said = match.groupdict()
    number = float(said["n"]) if said.get("n") else None
    return Occasion(kind, number, UNIT_OF.get(said.get("u") or ""))


def splits(name: str) -> list[tuple[str, str, Occasion]]:
    """Every way to read a name as (side, stem, occasion).

    >>> [(stem, found.number) for _, stem, found in splits("phq9_w12")]
    [('phq9', 12.0), ('phq9_w', 12.0)]
    """
    low, found = name.casefold(), []
    for kind, pattern in TOKENS:
        if match := re.fullmatch(rf"(?P<stem>.*?[^ ._\-]){SEPARATOR}{pattern}", low):
            found.append(("suffix", match["stem"], _occasion(kind, match)))
        if kind != "number" and (match := re.fullmatch(rf"{pattern}{SEPARATOR}(?P<stem>[^ ._\-].*)", low)):
            found.append(("prefix", match["stem"], _occasion(kind, match)))
    for glued, pattern in GLUED:
        if match := re.fullmatch(rf"(?P<stem>.*?[a-zäöü]){pattern}", low):
            found.append(("glued", match["stem"], _occasion(glued, match)))  # type: ignore[arg-type]  # one of the kinds in GLUED
        if glued == "wave" and (match := re.fullmatch(rf"{pattern}(?P<stem>[a-zäöü].*)", low)):
            found.append(("front", match["stem"], _occasion("wave", match)))
    # A number glued to a separator-less stem such as bdi_2 is read once, as the suffix.
    return [each for place, each in enumerate(found) if each not in found[:place]]


def repeated(names: Iterable[str]) -> list[Repeated]:
    """Columns that belong together, each in one group; names that say the time outright come before plain numbers."""
    names = list(names)
    groups: dict[tuple[str, str, bool], dict[str, Occasion]] = defaultdict(dict)
    for name in names:
        for side, stem, occasion in splits(name):
            plain = occasion.kind == "number"
            groups[side if side in ("prefix", "front") else "suffix", stem, plain].setdefault(name, occasion)
    ranked = sorted(
        groups.items(), key=lambda item: (item[0][2], -_different(item[1]), names.index(next(iter(item[1]))))
    )
    used: set[str] = set()
    found = []
    for (_, stem, plain), columns in ranked:
        free = _one_each({name: occasion for name, occasion in columns.items() if name not in used})
        if not free or (plain and not _plausible(free)):
            continue
        group = _with_base(Repeated(_spelled(stem, free), free), names, used)
        if len(group.columns) > 1:
            used |= set(group.columns)
            found.append(group)
    return sorted(found, key=lambda group: names.index(next(iter(group.columns))))


def _different(columns: dict[str, Occasion]) -> int:
    return len(set(columns.values()))


def _one_each(columns: dict[str, Occasion]) -> dict[str, Occasion]:
    """The first column of each occasion."""
    first: dict[Occasion, str] = {}
    for name, at in columns.items():
        first.setdefault(at, name)
    return {name: at for at, name in first.items()}


def _plausible(columns: dict[str, Occasion]) -> bool:
    """Plain numbers: 1 to 5 or more in a row are the items of a questionnaire, not its occasions."""
    numbers = sorted(int(at.number or 0) for at in columns.values())
    in_a_row = len(numbers) >= 5 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    glued = all(re.search(r"[^\d ._\-]\d+$", name) for name in columns)
    return not in_a_row and not (glued and max(numbers) > 9)


def _spelled(stem: str, columns: dict[str, Occasion]) -> str:
    """The stem in the spelling of the file."""
    name = next(iter(columns))
    place = name.casefold().find(stem)
    return name[place : place + len(stem)] if place >= 0 else stem


def _with_base(group: Repeated, names: list[str], used: set[str]) -> Repeated:
    """bdi beside bdi_post, or phq9_0 beside phq9_12w, is the score before, unless a column says so already."""
    starts = any(at.kind == "pre" or at.number == 0 for at in group.columns.values())
    if starts or any(at.kind == "number" for at in group.columns.values()):
        return group
    stem, zero = group.stem.casefold(), Occasion("number", 0.0)
    free = [name for name in names if name not in used and name not in group.columns]
    plain = [name for name in free if name.casefold() == stem]
    numbered = [name for name in free if any(part == stem and at == zero for _, part, at in splits(name))]
    if not plain + numbered:
        return group
    return Repeated(group.stem, {(plain + numbered)[0]: Occasion("pre"), **group.columns})


def item_families(names: Iterable[str]) -> dict[str, list[str]]:
    """Names that count from 1 without a gap, five or more, by their stem: the items of a questionnaire.

    >>> list(item_families(["age", "phq1", "phq2", "phq3", "phq4", "phq5"]))
    ['phq']
    """
    numbered: dict[str, dict[int, str]] = defaultdict(dict)
    for name in names:
        if match := re.fullmatch(r"(?P<stem>.*?)(?:[ ._\-]+(?:item|i|q|f))?[ ._\-]*(?P<n>\d{1,3})r?", name.casefold()):
            numbered[match["stem"]].setdefault(int(match["n"]), name)
    return {
        stem: [each[number] for number in sorted(each)]
        for stem, each in numbered.items()
        if len(each) >= 5 and sorted(each) == list(range(1, len(each) + 1))
    }


def times_of(occasions: Iterable[Occasion]) -> tuple[dict[Occasion, float], str, str]:
    """(time of each occasion, unit, what to check about it) for all occasions of a file together."""
    every = list(dict.fromkeys(occasions))
    units = {at.unit for at in every if at.unit}
    kinds = {at.kind for at in every}
    unclear = [at for at in every if at.kind == "post" or (at.kind == "follow" and at.number is None)]
    if unclear or ("follow" in kinds and kinds & {"wave", "number"}):
        return (
            _in_turn(every),
            "occasion",
            "the names say the order but not the times: write the real times and time_unit",
        )
    if units:
        unit = min(units, key=lambda each: DAYS[each])
        times = {at: _in_unit(at, unit) for at in every}
        why = "" if not kinds & {"wave", "number"} else f"columns without a unit were read as {unit}s"
        return times, unit, why
    if "follow" in kinds:
        return {at: at.number or 0.0 for at in every}, "month", "the unit of the follow-ups is guessed to be months"
    times = {at: at.number or 0.0 for at in every}
    why = "the names give numbers but no unit: write the real times and time_unit if you know them"
    if min(times.values(), default=0.0) > 0:
        # Only what lies at or before time 0 is held equal across the arms.
        why += "; if the first measurement was before treatment began, write 0 as its time"
    return times, "wave", why


DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}


def _in_unit(at: Occasion, unit: str) -> float:
    if at.number is None:
        return 0.0
    return at.number if at.unit in (None, unit) else round(at.number * DAYS[at.unit] / DAYS[unit], 1)


def _in_turn(every: list[Occasion]) -> dict[Occasion, float]:
    """0, 1, 2 … in the order before, during, after, follow-up."""
    stage = {"pre": 0, "unit": 1, "wave": 1, "number": 1, "post": 2, "follow": 3}
    ordered = sorted(every, key=lambda at: (stage[at.kind], DAYS.get(at.unit or "", 30.0) * (at.number or 0.0)))
    return {at: float(place) for place, at in enumerate(ordered)}
