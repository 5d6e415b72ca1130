"""Scores and items of a case that their instrument does not have, where the instrument is on file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from forwhom.analysis.programme.exported_scales import exported_scale
from forwhom.instruments import Instrument, find
from forwhom.problems import Problem, short
from forwhom.programme.case import Case
from forwhom.programme.case.watching import SILENT

_LAST = re.compile(r"(\d+)\D*$")
_LOG = "log.jsonl"


def out_of_range(scale: str, score: float | None, items: Mapping[str, float | None]) -> tuple[Problem, ...]:
    """What lies outside the range of an instrument on file; nothing for a scale that is not.

    A score is an error. An item is a notice: one that is too high still raises its alert, and nothing keeps it back.

    >>> [each.possible for each in out_of_range("bdi2", 999.0, {})], out_of_range("our own", 999.0, {})
    (['0 to 63'], ())
    """
    instrument, _ = find(scale.partition("/")[0])
    return (*_score(instrument, scale, score), *_items(instrument, items)) if instrument is not None else ()


def safety_untold(case: Case, scale: str, items: Mapping[str, float | None]) -> tuple[Problem, ...]:
    """A notice per item that, by its instrument, asks for a person's attention, and that no alert rule of the case is for.

    A rule of the case that is for the item decides, whatever its threshold: the service has thought of it.
    """
    instrument, _ = find(scale.partition("/")[0])
    asks = {each.item: each.threshold for each in instrument.safety} if instrument is not None else {}
    rules = [rule for rule in case.rules if rule.on == "item" and rule.to]
    told = []
    for name, value in items.items():
        number = _LAST.search(name)
        limit = asks.get(int(number[1])) if number is not None else None
        if limit is None or (value is not None and value < limit) or any(rule.meant(name) for rule in rules):
            continue
        answer = "left unanswered" if value is None else f"at {value:g}"
        found = f"item {short(name)} {answer} asks for a person's attention, and no alert tells anybody"
        do = 'Tell somebody yourself, and write [[alerts]] with on = "item" in case.toml.'
        told.append(Problem(SILENT, do, None, None, "items", found, severity="notice"))
    return tuple(told)


def scores_out_of_range(case: Case) -> tuple[Problem, ...]:
    """The same for everything that a case has recorded, each with its line in the log."""
    rows = {entry.id: entry.row for entry in case.log}
    return tuple(
        replace(wrong, file=_LOG, row=rows.get(each.entry))
        for each in case.events.scores
        for wrong in out_of_range(each.said.scale, each.said.score, each.said.items)
    )


def _score(instrument: Instrument, scale: str, score: float | None) -> Iterator[Problem]:
    known = exported_scale(scale, {})
    if known is None or score is None or known.fits(score):
        return
    # The range on file is that of one coding; where others are in use, only what none of them reaches is wrong.
    n = max(len(instrument.scores[known.subscale].items), 1)
    if any(n * each.low <= score <= n * each.high for each in instrument.codings):
        return
    found = f"{short(scale)} at {score:g}"
    do = "Look at the sheet again, and add up anew."
    yield Problem("score-out-of-range", do, None, None, "score", found, _span(known.low, known.high))


def _items(instrument: Instrument, items: Mapping[str, float | None]) -> Iterator[Problem]:
    for name, value in items.items():
        number = _LAST.search(name)
        if value is None or number is None or not 1 <= int(number[1]) <= instrument.k:
            continue
        codings = (instrument.coding_of(int(number[1])), *instrument.codings)
        low, high = min(each.low for each in codings), max(each.high for each in codings)
        if not low <= value <= high:
            do = "Look at the sheet again; alerts go by the number as it is."
            found, span = f"item {short(name)} at {value:g}", _span(low, high)
            yield Problem("item-out-of-range", do, None, None, "items", found, span, severity="notice")


def _span(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"{high:g} at most" if high is not None else f"{low:g} at least"
    return f"{low:g} to {high:g}"
