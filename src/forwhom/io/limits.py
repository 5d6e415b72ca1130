"""Limits of scores and answers that known instruments set, so that a value outside is reported with its row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from forwhom.study.finish import Limits
from forwhom.study.model import Scale
from forwhom.study.spec import StudySpec

if TYPE_CHECKING:
    from forwhom.instruments import Instrument


def limits_of(spec: StudySpec, folder: Path | None) -> Limits:
    """(limits of each scale's score, limits of each scale's or instrument's answers), where an instrument knows them.

    What is wrong with the instrument itself is reported when the scales are completed, not here.
    """
    scores: dict[str, tuple[float, float]] = {}
    answers: dict[str, tuple[float, float]] = {}
    named = [scale for scale in spec.scales.values() if scale.instrument is not None]
    if not named:
        return Limits(scores, answers)
    from forwhom.instruments import find

    for scale in named:
        instrument, _ = find(scale.instrument or "", folder)
        if instrument is None:
            continue
        if scale.low is None and (ends := _score(scale, instrument)) is not None:
            scores[scale.name] = ends
        if (ends := _answers(scale, instrument)) is not None:
            answers[scale.name] = answers[scale.instrument or ""] = ends
    return Limits(scores, answers)


def _score(scale: Scale, instrument: Instrument) -> tuple[float, float] | None:
    name = scale.subscale or instrument.default_score
    score = instrument.scores.get(name) if name is not None else None
    if score is None and len(instrument.scores) == 1:
        score = next(iter(instrument.scores.values()))
    if score is None or score.low is None or score.high is None:
        return None
    return score.low, score.high


def _answers(scale: Scale, instrument: Instrument) -> tuple[float, float] | None:
    """The widest range of any item; the scorer holds each item to its own."""
    named = {coding.name: coding for coding in instrument.codings}
    if scale.coding in named:
        return named[scale.coding].low, named[scale.coding].high
    if instrument.ask_coding or instrument.k == 0:
        return None
    every = [instrument.coding, *instrument.item_codings.values()]
    return min(coding.low for coding in every), max(coding.high for coding in every)
