"""What else is wrong, when something is: the columns that are there are still looked at, so that all is said at once."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from forwhom.models.mixed_effects.formula import Formula
from forwhom.models.mixed_effects.grammar import Name, columns_in
from forwhom.models.mixed_effects.grouping import grouping_problems
from forwhom.models.mixed_effects.response import response_of
from forwhom.models.mixed_effects.rows import Kind, problem, weights_of
from forwhom.models.mixed_effects.variables import Learned, variable
from forwhom.problems import Problem

# From this share of numbers on, a column of text is one of numbers with mistakes.
MOSTLY = 0.5


def elsewhere(
    formula: Formula, frame: pl.DataFrame, weights: str | None, learned: Learned, outcome: Kind
) -> list[Problem]:
    """Problems of the outcome, of variables, groupings and weights whose columns are there."""
    wrong: list[Problem] = []
    known = Learned(dict(learned.levels), learned.reference)
    effects = dict.fromkeys(
        text for terms in (formula.fixed, *(bar.columns for bar in formula.bars)) for t in terms.terms for text in t
    )
    for text in dict.fromkeys([formula.response, *effects, *formula.offsets]):
        node = formula.nodes[text]
        needed = columns_in(node)
        if any(name not in frame.columns for name in needed):
            continue
        there = frame.drop_nulls(needed)
        try:
            if text == formula.response:
                response_of(node, there, known, outcome)
            else:
                variable(node, there, known)
        except ValueError as why:
            is_outcome = text == formula.response
            code, do = (
                ("model-outcome", "Correct the outcome.")
                if is_outcome
                else ("model-variable", "Correct the formula or the column.")
            )
            wrong.append(problem(code, f"{text}: {why}", do))
    groups = {name for bar in formula.bars for text in bar.group for name in columns_in(formula.nodes[text])}
    if groups <= set(frame.columns):
        wrong += [each for bar in formula.bars for each in grouping_problems(bar, frame)]
    if weights in frame.columns and frame[weights].dtype.is_numeric():
        weights_of(frame.drop_nulls(weights), weights, wrong)
    return wrong


def texts(formula: Formula, frame: pl.DataFrame, outcome: Kind) -> list[Problem]:
    """The outcome as text, where it must be a number: how many values, and the row of the first."""
    node = formula.nodes[formula.response]
    if outcome == "binary" or not isinstance(node, Name) or node.name not in frame.columns:
        return []
    found = text_in(frame[node.name])
    return [] if found is None else [replace(found, code="model-outcome", column=node.name)]


def text_in(column: pl.Series) -> Problem | None:
    """Text among numbers in a column; None when it has no text, or hardly any number."""
    if column.dtype != pl.String:
        return None
    # Mostly there are few different values, and none a number.
    if column.unique().str.strip_chars().cast(pl.Float64, strict=False).is_null().all():
        return None
    there = column.is_not_null()
    bad = there & column.str.strip_chars().cast(pl.Float64, strict=False).is_null()
    count = int(bad.sum())
    if not count or count > MOSTLY * int(there.sum()):
        return None
    at = int(bad.arg_max() or 0)
    first = str(column[at])
    shown = first if len(first) <= 20 else f"{first[:19]}…"
    found = f"{count} value{'s are' if count > 1 else ' is'} text among numbers, first {shown!r}"
    # The header is line 1.
    return Problem("model-column", "Correct the value, or leave it empty.", row=at + 2, found=found, count=count)


def said_of_text(formula: Formula, frame: pl.DataFrame) -> tuple[str, ...]:
    """Factors that look like numbers with mistakes."""
    said = []
    effects = dict.fromkeys(
        text for terms in (formula.fixed, *(bar.columns for bar in formula.bars)) for t in terms.terms for text in t
    )
    for text in effects:
        node = formula.nodes[text]
        found = text_in(frame[node.name]) if isinstance(node, Name) else None
        if found is not None:
            said.append(
                f"{text} counts as a factor: {found.found} (row {found.row}). Correct it if {text} is a number."
            )
    return tuple(said)


__all__ = ["elsewhere", "said_of_text", "text_in", "texts"]
