"""Which column of the study is which item of the form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from forwhom.instruments.model import Instrument, Subscale
from forwhom.problems import Problem
from forwhom.study.model import Scale

# formr and others mark reverse-keyed items by a final R.
_NUMBER = re.compile(r"(\d+)\s*_?[rR]?$")


@dataclass(frozen=True, slots=True)
class Places:
    """Position on the form of each item name; `missing` are positions that were not asked at all."""

    positions: dict[str, int]
    notices: tuple[Problem, ...] = ()


def place(scale: Scale, instrument: Instrument, score: Subscale, names: Sequence[str]) -> Places | Problem:
    """Find the position of every item name.

    names : item names that occur in the data
    The order in `scale.items` counts. Without it, or under another numbering, the number at the end of the name does.
    """
    listed = scale.items or tuple(names)
    carried = [_carried(name) for name in listed]
    if scale.numbering not in (None, "position"):
        return _by_numbering(scale, instrument, listed, carried)
    if scale.items:
        return _by_order(scale, instrument, score, carried)
    if None not in carried and len(set(carried)) == len(carried):
        numbers = [number for number in carried if number is not None]
        if all(1 <= number <= instrument.k for number in numbers) and not _ambiguous(instrument, numbers):
            return Places(dict(zip(listed, numbers, strict=True)))
        if instrument.numberings:
            return _ask_numbering(scale, instrument)
    return _problem(
        scale,
        "items",
        f"cannot tell which of the {instrument.k} items of {instrument.label} {_some(listed)} are",
        f'List all {instrument.k} item columns in the order of the form: items = ["…"] in [scales.{scale.name}].',
    )


def _by_order(scale: Scale, instrument: Instrument, score: Subscale, carried: Sequence[int | None]) -> Places | Problem:
    listed = scale.items
    if len(listed) == len(score.items) != instrument.k and scale.subscale is not None:
        taken = Problem(
            "items-of-subscale-only",
            "Nothing to do if that is so; otherwise list all items of the form.",
            "study.toml",
            column=f"scales.{scale.name}.items",
            found=f"{len(listed)} columns taken as the items of {score.label} in the order of {instrument.label}",
            severity="notice",
        )
        return Places(dict(zip(listed, sorted(score.items), strict=True)), (taken,))
    if len(listed) != instrument.k:
        return _problem(
            scale,
            "items",
            f"{len(listed)} item columns; {instrument.label} has {instrument.k}",
            "List every item of the form in its order.",
        )
    numbers = [number for number in carried if number is not None]
    in_order = numbers == sorted(numbers)
    if instrument.numberings and scale.numbering is None and len(numbers) == instrument.k and not in_order:
        return _ask_numbering(scale, instrument)
    notices: tuple[Problem, ...] = ()
    if len(set(numbers)) == instrument.k and not in_order:
        notices = (
            Problem(
                "items-out-of-order",
                "Check that they are listed in the order of the printed form: it counts, not their numbers.",
                "study.toml",
                column=f"scales.{scale.name}.items",
                found="the numbers in the item names do not rise",
                severity="notice",
            ),
        )
    return Places({name: position for position, name in enumerate(listed, 1)}, notices)


def _by_numbering(
    scale: Scale, instrument: Instrument, listed: Sequence[str], carried: Sequence[int | None]
) -> Places | Problem:
    table = instrument.numberings.get(scale.numbering or "")
    if table is None:
        return _ask_numbering(scale, instrument)
    at = {number: position for position, number in enumerate(table, 1)}
    strange = [name for name, number in zip(listed, carried, strict=True) if number not in at]
    if strange:
        return _problem(
            scale,
            "numbering",
            f"{_some(strange)} carry no number of the {scale.numbering} numbering",
            "Correct the names or the numbering.",
        )
    return Places({name: at[number] for name, number in zip(listed, carried, strict=True) if number is not None})


def _ambiguous(instrument: Instrument, numbers: Sequence[int]) -> bool:
    return bool(instrument.numberings) and set(numbers) != set(range(1, instrument.k + 1))


def _ask_numbering(scale: Scale, instrument: Instrument) -> Problem:
    return Problem(
        "numbering-unknown",
        f'Write numbering = "…" in [scales.{scale.name}].',
        "study.toml",
        column=f"scales.{scale.name}.numbering",
        found=f"the items of {instrument.label} are numbered in more than one way"
        + (f", {scale.numbering!r} is none of them" if scale.numbering else ""),
        possible=", ".join(["position", *instrument.numberings]),
    )


def _carried(name: str) -> int | None:
    match = _NUMBER.search(name)
    return int(match.group(1)) if match else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")


def _problem(scale: Scale, key: str, found: str, do: str) -> Problem:
    return Problem("items-unplaced", do, "study.toml", column=f"scales.{scale.name}.{key}", found=found)
