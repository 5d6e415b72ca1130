"""Instruments applied to a study: scales completed, items scored into measures."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forwhom.instruments.filling import filled, subscale_of
from forwhom.instruments.loading import find, plain
from forwhom.instruments.model import Instrument, Subscale
from forwhom.instruments.placing import place
from forwhom.instruments.scoring import Score, coding_of, out_of_range, score
from forwhom.problems import Problem, errors, raise_if_errors
from forwhom.study.model import Scale, Study

CELL = ("id", "time", "informant")


def score_study(study: Study, folder: Path | None = None) -> Study:
    """Complete every scale that names an instrument, and score its items where the study has them.

    folder : the study folder; instruments in its `instruments/` come before shipped ones

    Each declared scale becomes one score: a form with several scores needs one scale per score that is wanted, all of
    them may use the same items. Item rows belong to a scale when their `instrument` is the scale's name, or else a name
    of its instrument. Raises `ProblemsFound` with everything that is wrong; what is only worth knowing (prorated and
    unscored answers, cautions of the instrument) is added to `Study.notices`.
    """
    scales = dict(study.scales)
    measures = study.measures
    problems: list[Problem] = []
    for name, scale in study.scales.items():
        if scale.instrument is None:
            continue
        instrument, wrong = find(scale.instrument, folder)
        problems += [problem for problem in wrong if problem not in problems]
        if instrument is None:
            continue
        part = subscale_of(scale, instrument)
        if isinstance(part, Problem):
            problems.append(part)
            continue
        scales[name] = filled(scale, instrument, part)
        problems += _cautions(scale, instrument)
        rows = _rows(study.items, scale, instrument)
        if rows.is_empty():
            problems += _given_out_of_range(measures, scales[name])
            continue
        scored, found = _scored(rows, scale, instrument, part)
        problems += found
        if scored is not None:
            measures, found = _joined(measures, scored, scale)
            problems += found
    raise_if_errors(problems)
    return replace(study, scales=scales, measures=measures, notices=(*study.notices, *problems))


def _cautions(scale: Scale, instrument: Instrument) -> list[Problem]:
    return [
        Problem(
            "instrument-caution",
            "Read the scores with this in mind.",
            column=scale.name,
            found=f"{instrument.label}: {caution}",
            severity="notice",
        )
        for caution in instrument.cautions
    ]


def _rows(items: pl.DataFrame, scale: Scale, instrument: Instrument) -> pl.DataFrame:
    if items.is_empty():
        return items
    own = items.filter(pl.col("instrument") == scale.name)
    if not own.is_empty():
        return own
    known = {plain(spelling) for spelling in (instrument.name, *instrument.aliases, scale.instrument or "")}
    used = [name for name in items["instrument"].unique().to_list() if name is not None and plain(name) in known]
    return items.filter(pl.col("instrument").is_in(used))


def _scored(
    rows: pl.DataFrame, scale: Scale, instrument: Instrument, part: Subscale
) -> tuple[pl.DataFrame | None, list[Problem]]:
    if instrument.ask_coding and scale.coding is None:
        return None, [_ask_coding(scale, instrument)]
    if scale.coding is not None and scale.coding not in (c.name for c in (instrument.coding, *instrument.codings)):
        return None, [_ask_coding(scale, instrument)]
    names = rows["item"].unique(maintain_order=True).to_list()
    if scale.items:
        rows = rows.filter(pl.col("item").is_in(scale.items))
    places = place(scale, instrument, part, names)
    if isinstance(places, Problem):
        return None, [places]
    problems = list(places.notices)
    problems += _twice(rows, scale)
    cells = (
        rows.with_columns(position=pl.col("item").replace_strict(places.positions, return_dtype=pl.Int64))
        .group_by(CELL, maintain_order=True)
        .agg("position", "value", "absent")
        .with_row_index("cell")
    )
    long = cells.explode("position", "value", "absent")
    answers = np.full((cells.height, instrument.k), np.nan)
    at = long["cell"].to_numpy(), long["position"].to_numpy() - 1
    answers[at] = long["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    problems += _answers_out_of_range(answers, scale, instrument, places.positions)
    if errors(problems):
        return None, problems
    result = score(instrument, answers, coding=scale.coding)[part.name]
    problems += _counts(result, scale, instrument)
    frame = cells.select(*CELL).with_columns(
        scale=pl.lit(scale.name),
        value=pl.Series(result.values).fill_nan(None),
        absent=pl.Series(_reasons(result, cells, part, instrument), dtype=pl.String),
    )
    return frame, problems


def _ask_coding(scale: Scale, instrument: Instrument) -> Problem:
    return Problem(
        "coding-unknown",
        f'Write coding = "…" in [scales.{scale.name}].',
        "study.toml",
        column=f"scales.{scale.name}.coding",
        found=f"answers to {instrument.label} are coded in more than one way"
        + (f", {scale.coding!r} is none of them" if scale.coding else ""),
        possible=", ".join(c.name for c in (instrument.coding, *instrument.codings)),
    )


def _twice(rows: pl.DataFrame, scale: Scale) -> list[Problem]:
    twice = int(rows.select(pl.struct(*CELL, "item").is_duplicated().sum()).item())
    if not twice:
        return []
    return [
        Problem(
            "two-answers",
            "Keep one answer per person, time, informant and item.",
            column=scale.name,
            found="the same item answered twice",
            count=twice,
        )
    ]


def _answers_out_of_range(
    answers: NDArray[np.float64], scale: Scale, instrument: Instrument, positions: dict[str, int]
) -> list[Problem]:
    bad = out_of_range(instrument, answers, scale.coding)
    problems = []
    for name, position in positions.items():
        wrong = bad[:, position - 1]
        if not wrong.any():
            continue
        seen = sorted(set(answers[wrong, position - 1].tolist()))
        limits = coding_of(instrument, position, scale.coding)
        others = [c.name for c in (instrument.coding, *instrument.codings) if c.name != limits.name]
        hint = f", or declare coding = one of {', '.join(others)} in [scales.{scale.name}]" if others else ""
        problems.append(
            Problem(
                "item-out-of-range",
                f"Correct the answers, or list their code as missing{hint}.",
                column=name,
                found=f"{', '.join(f'{value:g}' for value in seen[:5])} in item {position} of {instrument.label}",
                possible=f"{limits.low:g} to {limits.high:g}" + (f" by {limits.step:g}" if limits.step != 1 else ""),
                count=int(wrong.sum()),
            )
        )
    return problems


def _given_out_of_range(measures: pl.DataFrame, scale: Scale) -> list[Problem]:
    if scale.low is None or scale.high is None or measures.is_empty():
        return []
    own = measures.filter(pl.col("scale") == scale.name)
    wrong = own.filter((pl.col("value") < scale.low - 1e-6) | (pl.col("value") > scale.high + 1e-6))
    if wrong.is_empty():
        return []
    return [
        Problem(
            "value-out-of-range",
            "Correct the scores, or give the range of your scoring in [scales].",
            column=scale.name,
            found=", ".join(f"{value:g}" for value in wrong["value"].unique().sort().head(5)),
            possible=f"{scale.low:g} to {scale.high:g} ({scale.label})",
            count=wrong.height,
        )
    ]


def _counts(result: Score, scale: Scale, instrument: Instrument) -> list[Problem]:
    total = len(result.values)
    prorated = int(result.prorated.sum())
    unscored = int(np.sum(np.isnan(result.values) & (result.answered > 0)))
    found = []
    if prorated:
        found.append(
            (
                "scores-prorated",
                prorated,
                f"{prorated} of {total} scores of {instrument.label} formed from incomplete answers",
            )
        )
    if unscored:
        found.append(
            (
                "scores-not-formed",
                unscored,
                f"{unscored} of {total} incomplete answers to {instrument.label} not scored",
            )
        )
    return [
        Problem(
            code,
            "Nothing to do: counted for the report.",
            column=scale.name,
            found=f"{text}. {result.rule}",
            severity="notice",
            count=count,
        )
        for code, count, text in found
    ]


def _reasons(result: Score, cells: pl.DataFrame, part: Subscale, instrument: Instrument) -> list[str | None]:
    """Why there is no score: the reason all the answers share, or how many were there and how many are needed."""
    wanted = set(_items(part, instrument))
    reasons: list[str | None] = []
    for person, (positions, absent) in enumerate(
        zip(cells["position"].to_list(), cells["absent"].to_list(), strict=True)
    ):
        why = result.why_absent(person)
        if why == "no item answered":
            given = Counter(reason for position, reason in zip(positions, absent, strict=True) if position in wanted)
            why = next(iter(given)) or why if len(given) == 1 else why
        reasons.append(why)
    return reasons


def _items(part: Subscale, instrument: Instrument) -> tuple[int, ...]:
    return part.items or tuple(item for name in part.of for item in _items(instrument.scores[name], instrument))


def _joined(measures: pl.DataFrame, scored: pl.DataFrame, scale: Scale) -> tuple[pl.DataFrame, list[Problem]]:
    """Measures with the new scores; a score the study already gave must agree with its items."""
    mine = (pl.col("scale") == scale.name) & pl.col("value").is_not_null()
    given = measures.filter(mine).select(*CELL, given="value")
    both = scored.join(given, on=CELL, how="inner").filter((pl.col("value") - pl.col("given")).abs() > 1e-6)
    problems = []
    if not both.is_empty():
        problems.append(
            Problem(
                "score-contradicts-items",
                "Leave out the scores or the items, or correct them.",
                column=scale.name,
                found="the score in the file is not the score of its items",
                count=both.height,
            )
        )
    new = scored.join(given, on=CELL, how="anti")
    replaced = measures.join(new.select(*CELL, "scale"), on=[*CELL, "scale"], how="anti")
    new = new.select(measures.columns) if set(measures.columns) == set(new.columns) else new
    return pl.concat([replaced, new], how="diagonal_relaxed"), problems
