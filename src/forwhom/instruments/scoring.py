"""Instruments applied to a study: scales completed, items scored into measures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from forwhom.instruments.answers import CELL, Answers, answers_of, impossible, keyed, suspicious, twice
from forwhom.instruments.filling import filled, subscale_of
from forwhom.instruments.loading import find, plain
from forwhom.instruments.model import Instrument, Subscale
from forwhom.instruments.placing import place
from forwhom.instruments.scorer import Score, Scores, items_of, score
from forwhom.problems import Problem, errors, raise_if_errors
from forwhom.study.model import Scale, Study

__all__ = ["Score", "Scores", "score", "score_study"]


@dataclass(slots=True)
class _Scored:
    """What has come together so far, scale by scale."""

    scales: dict[str, Scale]
    measures: pl.DataFrame
    keyed: list[pl.DataFrame] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def add(self, *found: Problem) -> None:
        self.problems += [problem for problem in found if problem not in self.problems]


def score_study(study: Study, folder: Path | None = None) -> Study:
    """Complete every scale that names an instrument, and score its items where the study has them.

    folder : the study folder; instruments in its `instruments/` come before shipped ones

    Each declared scale becomes one score: a form with several scores needs one scale per score that is wanted, all of
    them may use the same items. Item rows belong to a scale when their `instrument` is the scale's name, or else a name
    of its instrument. Scores go to `Study.measures`, the answers as they enter each score to `Study.keyed`. Raises
    `ProblemsFound` with everything that is wrong; what is only worth knowing (prorated and unscored answers, cautions
    of the instrument) is added to `Study.notices`.
    """
    so_far = _Scored(dict(study.scales), study.measures)
    for scale in study.scales.values():
        if scale.instrument is None:
            continue
        instrument, wrong = find(scale.instrument, folder, f"[scales.{scale.name}] instrument")
        so_far.add(*wrong)
        part = None if instrument is None else subscale_of(scale, instrument)
        if isinstance(part, Problem):
            so_far.add(part)
        elif instrument is not None and part is not None:
            _apply(study, scale, instrument, part, so_far)
    so_far.add(*_unscored(study, so_far.used))
    raise_if_errors(so_far.problems)
    return replace(
        study,
        scales=so_far.scales,
        measures=so_far.measures,
        keyed=pl.concat(so_far.keyed) if so_far.keyed else study.keyed,
        notices=(*study.notices, *so_far.problems),
        scored=True,
    )


def _apply(study: Study, scale: Scale, instrument: Instrument, part: Subscale, so_far: _Scored) -> None:
    so_far.scales[scale.name] = filled(scale, instrument, part)
    so_far.add(*_cautions(scale, instrument, part))
    rows = _rows(study.items, scale, instrument)
    if rows.is_empty():
        so_far.add(*_given_out_of_range(so_far.measures, so_far.scales[scale.name]))
        return
    so_far.used |= set(rows["instrument"].unique())
    answers, found = _answers(rows, scale, instrument, part)
    so_far.add(*found)
    if answers is None or errors(found):
        return
    result = score(instrument, answers.matrix, coding=scale.coding)[part.name]
    so_far.add(*_counts(result, scale, instrument))
    so_far.keyed.append(keyed(answers, scale, instrument, part))
    so_far.measures, found = _joined(so_far.measures, _measures(answers, result, scale, instrument, part), scale)
    so_far.add(*found)


def _cautions(scale: Scale, instrument: Instrument, part: Subscale) -> list[Problem]:
    found = [f"{instrument.label}: {caution}" for caution in instrument.cautions]
    if part.better == "neither":
        found.append(
            f"{part.label} of {instrument.label} has no better direction of its own; '{scale.better}' is taken"
        )
    elif part.better == "lower" and scale.better == "higher":
        found.append(f"better = 'higher' is kept as declared; {instrument.label} itself scores lower as better")
    return [
        Problem(
            "instrument-caution",
            "Read the scores with this in mind.",
            column=scale.name,
            found=text,
            severity="notice",
        )
        for text in found
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


def _unscored(study: Study, used: set[str]) -> list[Problem]:
    """Items that no scale with an instrument takes up."""
    if study.items.is_empty():
        return []
    taken = {
        plain(name) for scale in study.scales.values() if scale.instrument for name in (scale.name, scale.instrument)
    }
    left = [name for name in study.items["instrument"].unique().sort().to_list() if name not in used]
    return [_left_over(study, name) for name in left if plain(name) not in taken]


def _left_over(study: Study, name: str) -> Problem:
    if name in study.scales:
        stops = _no_scores(study.measures, name)
        found = f"the items of {name} belong to no instrument, so nobody knows how they are scored"
    else:
        stops, found = False, f"no scale in [scales] uses the items of {name}"
    return Problem(
        "items-not-scored",
        f'Write instrument = "…" in [scales.{name}], or describe the form in instruments/{name}.toml.',
        "study.toml",
        column=f"scales.{name}",
        found=found,
        severity="error" if stops else "notice",
    )


def _no_scores(measures: pl.DataFrame, name: str) -> bool:
    return measures.filter((pl.col("scale") == name) & pl.col("value").is_not_null()).is_empty()


def _answers(
    rows: pl.DataFrame, scale: Scale, instrument: Instrument, part: Subscale
) -> tuple[Answers | None, list[Problem]]:
    if part.kind == "given":
        return None, [_no_key(scale, instrument, part)]
    codings = [coding.name for coding in (instrument.coding, *instrument.codings)]
    if scale.coding not in codings and (scale.coding is not None or instrument.ask_coding):
        return None, [_ask_coding(scale, instrument, codings)]
    if scale.items:
        rows = rows.filter(pl.col("item").is_in(scale.items))
    places = place(scale, instrument, part, rows["item"].unique(maintain_order=True).to_list())
    if isinstance(places, Problem):
        return None, [places]
    answers = answers_of(rows, instrument, places.positions)
    found = [*places.notices, *twice(rows, scale), *impossible(answers, scale, instrument)]
    return answers, found or suspicious(answers, scale, instrument)


def _no_key(scale: Scale, instrument: Instrument, part: Subscale) -> Problem:
    return Problem(
        "no-item-key",
        f"Give the scores instead of the items, or describe the key in instruments/{instrument.name}.toml.",
        "study.toml",
        column=f"scales.{scale.name}",
        found=f"no item key of {instrument.label} ({part.label}) is on file, because no two sources confirmed one",
    )


def _ask_coding(scale: Scale, instrument: Instrument, codings: list[str]) -> Problem:
    said = f"; {scale.coding!r} is none of them" if scale.coding else ""
    return Problem(
        "coding-unknown",
        f'Write coding = "…" in [scales.{scale.name}].',
        "study.toml",
        column=f"scales.{scale.name}.coding",
        found=f"answers to {instrument.label} are coded in more than one way{said}",
        possible=", ".join(codings),
    )


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
            f"Correct the scores, or give the range of your scoring: range = […] in [scales.{scale.name}].",
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
    found = (
        ("scores-prorated", prorated, f"{prorated} of {total} scores of {instrument.label} rest on incomplete answers"),
        ("scores-not-formed", unscored, f"{unscored} of {total} incomplete forms of {instrument.label} are not scored"),
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
        if count
    ]


def _measures(answers: Answers, result: Score, scale: Scale, instrument: Instrument, part: Subscale) -> pl.DataFrame:
    return answers.cells.select(*CELL).with_columns(
        scale=pl.lit(scale.name),
        value=pl.Series(result.values).fill_nan(None),
        absent=pl.Series(_reasons(answers, result, set(items_of(instrument, part))), dtype=pl.String),
    )


def _reasons(answers: Answers, result: Score, wanted: set[int]) -> list[str | None]:
    """Why there is no score: the reason all the answers share, or how many were there and how many are needed."""
    reasons: list[str | None] = [None] * len(result.values)
    columns = [item - 1 for item in wanted]
    for person in np.flatnonzero(np.isnan(result.values)).tolist():
        reasons[person] = result.why_absent(person)
        if np.isnan(answers.matrix[person, columns]).all():
            at, absent = answers.cells["position"][person].to_list(), answers.cells["absent"][person].to_list()
            given = {reason for position, reason in zip(at, absent, strict=True) if position in wanted}
            reasons[person] = (given.pop() if len(given) == 1 else None) or "no item answered"
    return reasons


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
    kept = measures.join(new.select(*CELL, "scale"), on=[*CELL, "scale"], how="anti")
    return pl.concat([kept, new.select(pl.col(name) for name in measures.columns)], how="vertical_relaxed"), problems
