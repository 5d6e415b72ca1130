"""From a formula and a table to the arrays of a mixed model, with everything that is wrong named at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from forwhom.kernels.mixed_groups import Level
from forwhom.models.frames import frame_of
from forwhom.models.mixed_effects.beside import elsewhere, said_of_text, texts
from forwhom.models.mixed_effects.coding import CONSTANT, independent, model_columns
from forwhom.models.mixed_effects.formula import Formula, parse
from forwhom.models.mixed_effects.grammar import columns_in
from forwhom.models.mixed_effects.grouping import (
    RandomTerm,
    grouping_problems,
    is_nested,
    new_codes,
    random_problems,
    random_terms,
)
from forwhom.models.mixed_effects.response import Response, response_of
from forwhom.models.mixed_effects.rows import Kind, complete, problem, unknown, weights_of
from forwhom.models.mixed_effects.variables import Floats, Ints, Learned, Variable, is_truth, variable
from forwhom.problems import Problem, ProblemsFound, raise_if_errors


@dataclass(frozen=True, slots=True)
class Design:
    """A mixed model as arrays with their labels. Rows with an absent value are left out.

    formula : as parsed; response : text of the outcome; y : (N,) outcome (for "binary" the share of successes)
    X : (N, p) fixed effects of full rank; terms : (p,) their names as in R; assign : (p,) index into `fixed_terms`, -1
        for the constant; fixed_terms : names of the terms of the formula ("month:arm")
    random : random effects, those with most groups first; nested : every grouping lies within the one before
    weights : (N,) precision weights or, for "binary", numbers of trials; None when all are 1
    offset : (N,) or None
    rows : (N,) index of the rows used; n_given : rows of the table; left_out : (reason, rows)
    dropped : columns left out as combinations of others; extra : (N,) further columns asked for, e.g. times
    even : (p, p) coefficients under coding that sums to 0 = even @ coefficients; None where a term's own coefficients are
        what its hypothesis of type III is about
    learned : levels and numbers by which new rows are coded; messages : what to know
    """

    formula: Formula
    response: str
    y: Floats
    X: Floats
    terms: tuple[str, ...]
    assign: Ints
    fixed_terms: tuple[str, ...]
    random: tuple[RandomTerm, ...]
    nested: bool
    weights: Floats | None
    offset: Floats | None
    rows: Ints
    n_given: int
    left_out: tuple[tuple[str, int], ...]
    dropped: tuple[str, ...]
    extra: Mapping[str, Floats]
    even: Floats | None
    learned: Learned = field(repr=False)
    messages: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[Level, ...]:
        """The random effects as the kernels take them, innermost grouping first."""
        return tuple(one.level for one in self.random)

    def new_columns(self, data: Any) -> tuple[Floats, list[Floats], list[Ints], Floats]:
        """X, and per random term Z and codes (-1: a group not seen), and the offset, for new rows (M).

        Raises ProblemsFound for columns that are not there and levels that were not seen; absent values become NaN.
        """
        return _new_columns(self, data)


def design(
    formula: str | Formula,
    data: Any,
    *,
    weights: str | None = None,
    levels: Mapping[str, Sequence[str]] | None = None,
    reference: Mapping[str, str] | None = None,
    extra: Sequence[str] = (),
    outcome: Kind = "number",
    also: Sequence[Problem] = (),
) -> Design:
    """Make the arrays of a mixed model.

    formula : of lme4; data : data frame of any library, or mapping of names to columns
    weights : column of weights above 0
    levels : order of a factor's levels, the first being the reference; reference : only the first level. Otherwise levels
        are in the order an Enum declares, else sorted (numbers as numbers, words by code point)
    extra : further numeric columns to hand over, in which nothing may be absent
    outcome : "number"; "binary" also takes True/False, a factor of two levels (the second counts as success) and
        cbind(successes, failures); "count" whole numbers from 0
    also : what is wrong already, to be raised together with what is found here

    Raises ProblemsFound with everything that is wrong.

    >>> made = design("y ~ t * arm + (t | id)", {"y": [1., 2, 2, 5, 1, 3, 2, 4, 4], "t": [0, 1, 2] * 3,
    ...                                          "arm": list("aaabbbaaa"), "id": [1, 1, 1, 2, 2, 2, 3, 3, 3]})
    >>> made.terms, made.random[0].columns, made.nested
    (('(Intercept)', 't', 'armb', 't:armb'), ('(Intercept)', 't'), True)
    """
    frame = frame_of(data)
    try:
        parsed = parse(formula, _effects(frame, weights, extra)) if isinstance(formula, str) else formula
    except ProblemsFound as why:
        raise ProblemsFound([*also, *why.problems]) from None
    learned = Learned({name: tuple(map(str, given)) for name, given in (levels or {}).items()}, dict(reference or {}))
    first = [*also, *unknown(parsed, frame, weights, extra, learned), *texts(parsed, frame, outcome)]
    if first:
        named = {each.column for each in first}
        rest = elsewhere(parsed, frame, weights, learned, outcome)
        raise_if_errors([*first, *(each for each in rest if each.found.partition(":")[0] not in named)])
    used, rows, left_out = complete(parsed, frame, weights, extra, outcome)
    variables, wrong = _variables(parsed, used, learned)
    answer: Response | None = None
    try:
        answer = response_of(parsed.nodes[parsed.response], used, learned, outcome)
    except ValueError as why:
        wrong.append(problem("model-outcome", f"{parsed.response}: {why}", "Correct the outcome."))
    trusted = weights_of(used, weights, wrong)
    further = {name: used[name].cast(pl.Float64).to_numpy() for name in extra}
    raise_if_errors(wrong)
    assert answer is not None
    fixed = model_columns(parsed.fixed, variables, used.height)
    kept = independent(fixed.values)
    if not kept:
        wrong.append(
            problem("model-fixed", "the model has no fixed effect", "Keep the constant: leave out - 1 or 0 +.")
        )
    wrong += [problem for bar in parsed.bars for problem in grouping_problems(bar, used)]
    raise_if_errors(wrong)
    random = tuple(sorted(random_terms(parsed, used, variables), key=lambda one: -len(one.labels)))
    wrong += random_problems(random, used.height if outcome == "number" else None)
    raise_if_errors(wrong)
    dropped = tuple(name for index, name in enumerate(fixed.names) if index not in set(kept))
    offset = (
        sum((_column(variables[text]) for text in parsed.offsets), np.zeros(used.height)) if parsed.offsets else None
    )
    both = [each for each in (trusted, answer.trials) if each is not None]
    return Design(
        formula=parsed,
        response=parsed.response,
        y=answer.y,
        X=np.ascontiguousarray(fixed.values[:, kept]) if dropped else fixed.values,
        terms=tuple(fixed.names[index] for index in kept),
        assign=fixed.term[kept],
        fixed_terms=tuple(":".join(term) for term in parsed.fixed.terms),
        random=random,
        nested=is_nested(random),
        weights=np.prod(both, axis=0) if both else None,
        offset=offset,
        rows=rows,
        n_given=frame.height,
        left_out=left_out,
        dropped=dropped,
        extra=further,
        even=None if dropped else _even(parsed, variables, fixed.values),
        learned=learned,
        messages=(
            *answer.messages,
            *_dot(parsed),
            *said_of_text(parsed, frame),
            *_said(random, dropped, left_out, frame.height, used.height),
        ),
    )


def _effects(frame: pl.DataFrame, weights: str | None, extra: Sequence[str]) -> list[str]:
    """Columns that can be effects where the formula says `.`."""
    return [name for name in frame.columns if name != weights and name not in extra]


def _variables(formula: Formula, used: pl.DataFrame, learned: Learned) -> tuple[dict[str, Variable], list[Problem]]:
    """Every variable of the fixed effects, the random effects' columns and the offsets."""
    texts = dict.fromkeys(
        text
        for terms in (formula.fixed, *(bar.columns for bar in formula.bars))
        for term in terms.terms
        for text in term
    )
    made: dict[str, Variable] = {}
    wrong: list[Problem] = []
    for text in (*texts, *formula.offsets):
        try:
            one = variable(formula.nodes[text], used, learned)
        except ValueError as why:
            wrong.append(problem("model-variable", f"{text}: {why}", "Correct the formula or the column."))
            continue
        made[text] = one
        wrong += _variable_problems(one, text in formula.offsets)
    return made, wrong


def _variable_problems(one: Variable, is_offset: bool) -> list[Problem]:
    if one.levels is not None:
        if is_offset:
            return [problem("model-variable", f"{one.name}: an offset must be a number", "Correct the formula.")]
        if one.codes is not None and (one.codes < 0).any():
            return [
                problem(
                    "model-levels",
                    f"{one.name}: {int((one.codes < 0).sum())} rows hold a level that is not among {', '.join(one.levels[:20])}",
                    "Add it to the levels, or leave those rows out.",
                )
            ]
        if len(one.levels) < 2:
            level = one.levels[0] if one.levels else "none"
            found = f"{one.name} has one level only ({level}) in the rows used"
            return [problem("model-levels", found, "Take it out of the model.")]
        return []
    values = one.values
    assert values is not None
    bad = int((~np.isfinite(values)).any(axis=1).sum())
    if bad:
        found = f"{one.name} has no finite value in {bad} rows"
        return [problem("model-variable", found, "Leave those rows out, or transform the variable in another way.")]
    return []


def _column(one: Variable) -> Floats:
    assert one.values is not None
    return one.values[:, 0]


def _even(formula: Formula, variables: Mapping[str, Variable], x: Floats) -> Floats | None:
    """From coefficients to those of even coding, which spans the same space; None when no factor is in an interaction."""
    terms = formula.fixed.terms
    if not any(variables[name].levels is not None for term in terms if len(term) > 1 for name in term):
        return None
    other = model_columns(formula.fixed, variables, len(x), even=True).values
    made = np.linalg.lstsq(other.T @ other, other.T @ x, rcond=None)[0]
    return np.where(np.abs(made) < 1e-10, 0.0, made)


def _said(
    random: Sequence[RandomTerm], dropped: Sequence[str], left: Sequence[tuple[str, int]], given: int, used: int
) -> tuple[str, ...]:
    said = []
    if left:
        why = "; ".join(f"{rows} {reason}" for reason, rows in left)
        said.append(f"{given - used} of {given} rows were left out: {why}.")
    if dropped:
        said.append(f"Left out as combinations of other columns, or constant: {', '.join(dropped)}.")
    for name in dict.fromkeys(one.group for one in random):
        one = next(each for each in random if each.group == name)
        size = np.bincount(one.codes)
        if len(one.labels) < 5:
            said.append(f"{name} has only {len(one.labels)} groups: its variance is hardly known.")
        elif (size == 1).mean() > 0.5:
            said.append(f"{int((size == 1).sum())} of {len(one.labels)} groups of {name} have a single row.")
    return tuple(said)


def _dot(formula: Formula) -> tuple[str, ...]:
    return (f"'.' stands for {', '.join(formula.every)}.",) if formula.every else ()


def _new_columns(made: Design, data: Any) -> tuple[Floats, list[Floats], list[Ints], Floats]:
    frame = frame_of(data)
    formula = made.formula
    wrong: list[Problem] = []
    texts = dict.fromkeys(
        text for terms in (formula.fixed, *(bar.columns for bar in formula.bars)) for t in terms.terms for text in t
    )
    need = dict.fromkeys(name for text in (*texts, *formula.offsets) for name in columns_in(formula.nodes[text]))
    wrong += [
        problem("model-column", "there is no such column", "Predictions need it.", name, ", ".join(frame.columns[:30]))
        for name in need
        if name not in frame.columns
    ]
    raise_if_errors(wrong)
    variables: dict[str, Variable] = {}
    for text in (*texts, *formula.offsets):
        try:
            variables[text] = one = variable(formula.nodes[text], frame, made.learned)
        except ValueError as why:
            wrong.append(problem("model-variable", f"{text}: {why}", "Correct the table."))
            continue
        column = columns_in(formula.nodes[text])[0]
        if (
            one.codes is not None
            and not is_truth(formula.nodes[text])
            and ((one.codes < 0) & frame[column].is_not_null().to_numpy()).any()
        ):
            found = f"{text} holds a level that the fit has not seen"
            wrong.append(problem("model-levels", found, "Leave those rows out.", column, ", ".join(one.levels or ())))
    raise_if_errors(wrong)
    fixed = model_columns(formula.fixed, variables, frame.height)
    absent = np.zeros(frame.height, dtype=bool)
    for one in variables.values():
        absent |= one.absent
    x = fixed.values[:, [fixed.names.index(name) for name in made.terms]].copy()
    x[absent] = np.nan
    zs, codes = [], []
    for term in made.random:
        zs.append(np.hstack([model_columns(part, variables, frame.height).values for part in term.terms]))
        codes.append(new_codes(term, formula, frame))
    offset = sum((_column(variables[text]) for text in formula.offsets), np.zeros(frame.height))
    return x, zs, codes, offset


__all__ = ["CONSTANT", "Design", "RandomTerm", "design"]
