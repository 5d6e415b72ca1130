"""Groupings of a mixed model: which rows belong together, and what varies between groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from forwhom.kernels.mixed_groups import Level
from forwhom.models.mixed_effects.coding import independent, model_columns
from forwhom.models.mixed_effects.formula import Bar, Formula, Terms
from forwhom.models.mixed_effects.grammar import columns_in
from forwhom.models.mixed_effects.rows import problem
from forwhom.models.mixed_effects.variables import FACTOR, Floats, Ints, Variable, joint_groups
from forwhom.problems import Problem


@dataclass(frozen=True, slots=True)
class RandomTerm:
    """The random effects of one grouping that covary with each other.

    group : of the grouping, as lme4 names it ("id", "therapist:clinic"); columns : what varies ("(Intercept)", "month")
    Z : (N, q) its columns; codes : (N,) group of each row; labels : word of each code
    correlated : False for independent effects (two bars)
    terms : what the columns are made of, for new rows
    """

    group: str
    columns: tuple[str, ...]
    Z: Floats
    codes: Ints
    labels: tuple[str, ...]
    correlated: bool
    terms: tuple[Terms, ...]
    factors: tuple[str, ...]

    @property
    def level(self) -> Level:
        """As the kernels take it."""
        return Level(self.Z, self.codes, self.correlated, self.group)


def group_columns(bar_factors: Sequence[str], formula: Formula) -> list[str]:
    """Names of the columns that make a grouping; factor(x) groups by x."""
    return [columns_in(formula.nodes[text])[0] for text in bar_factors]


def grouping_problems(bar: Bar, used: pl.DataFrame) -> list[Problem]:
    """Groupings that are no columns."""
    wrong = []
    for text in bar.group:
        name = text if text in used.columns else text.partition("(")[2].rstrip(")").strip()
        plain = text in used.columns or text.partition("(")[0] in FACTOR
        if not plain or name not in used.columns:
            wrong.append(problem("model-group", f"{text} is no column to group by", "Group by a column, a:b or a/b."))
        elif used[name].dtype.is_nested() or used[name].dtype == pl.Object:
            wrong.append(problem("model-group", f"it holds {used[name].dtype}", "Give identifiers.", name))
    return wrong


def random_terms(formula: Formula, used: pl.DataFrame, variables: Mapping[str, Variable]) -> list[RandomTerm]:
    """Random terms of all bars; independent numeric effects of one grouping share one term."""
    made: list[RandomTerm] = []
    seen: dict[tuple[str, ...], tuple[Ints, tuple[str, ...]]] = {}
    singles: dict[tuple[str, ...], list[Terms]] = {}
    correlated: list[tuple[Bar, Terms]] = []
    for bar in formula.bars:
        key = tuple(sorted(bar.group))
        for terms in [bar.columns] if bar.correlated else _split(bar.columns):
            one_column = model_columns(terms, variables, used.height).values.shape[1] == 1
            if one_column:
                singles.setdefault(key, []).append(terms)
            else:
                correlated.append((bar, terms))
    named = {tuple(sorted(bar.group)): bar for bar in reversed(formula.bars)}
    plans: list[tuple[Bar, tuple[Terms, ...], bool]] = [(bar, (terms,), True) for bar, terms in correlated]
    plans += [(named[key], tuple(dict.fromkeys(found)), len(found) == 1) for key, found in singles.items()]
    for bar, parts, joint in plans:
        if bar.group not in seen:
            columns = [used[name] for name in group_columns(bar.group, formula)]
            seen[bar.group] = joint_groups(columns)
        codes, labels = seen[bar.group]
        coded = [model_columns(terms, variables, used.height) for terms in parts]
        names = tuple(name for each in coded for name in each.names)
        z = np.hstack([each.values for each in coded])
        made.append(RandomTerm(bar.name, names, z, codes, labels, joint, parts, bar.group))
    return made


def _split(terms: Terms) -> list[Terms]:
    """(a + b || g) as lme4 reads it: (1 | g) + (0 + a | g) + (0 + b | g)."""
    constant = [Terms((), True)] if terms.intercept else []
    return [*constant, *(Terms((term,), False) for term in terms.terms)]


def random_problems(random: Sequence[RandomTerm], n_rows: int | None) -> list[Problem]:
    """Groupings that cannot be estimated. n_rows : where a residual variance must be told apart, else None."""
    wrong = []
    for one in random:
        q, groups = len(one.columns), len(one.labels)
        size = np.sqrt(np.einsum("ij,ij->j", one.Z, one.Z))
        if groups < 2:
            found = f"{one.group} has {groups} group only: nothing varies between groups"
            wrong.append(problem("model-group", found, "Take this random effect out."))
        elif n_rows is not None and n_rows <= groups * q:
            found = (
                f"{one.group} has {groups} groups with {q} random effect{'s' if q > 1 else ''} each, and there are only "
                f"{n_rows} rows: they cannot be told apart from the residual"
            )
            wrong.append(problem("model-group", found, "Take a random effect out."))
        elif (size == 0).any() or len(independent(one.Z)) < q:
            found = f"({' + '.join(one.columns)} | {one.group}): its columns are combinations of each other"
            wrong.append(problem("model-group", found, "Take one of them out."))
    for position, one in enumerate(random):
        for other in random[:position]:
            if np.array_equal(one.codes, other.codes) and set(one.columns) & set(other.columns):
                both = ", ".join(sorted(set(one.columns) & set(other.columns)))
                found = f"{both} varies twice between the same groups ({other.group}, {one.group})"
                wrong.append(problem("model-group", found, "Keep one of the two, for example by 0 + in the other."))
    return wrong


def is_nested(random: Sequence[RandomTerm]) -> bool:
    """Whether every grouping is constant within the groups of the one before."""
    for inner, outer in pairwise(random):
        of_group = np.zeros(len(inner.labels), dtype=np.int64)
        of_group[inner.codes] = outer.codes
        if not np.array_equal(of_group[inner.codes], outer.codes):
            return False
    return True


def new_codes(term: RandomTerm, formula: Formula, frame: pl.DataFrame) -> Ints:
    """Groups of new rows (M,); -1 for groups that were not in the fit."""
    names = group_columns(term.factors, formula)
    if any(name not in frame.columns for name in names):
        return np.full(frame.height, -1)
    codes, labels = joint_groups([frame[name] for name in names])
    place = {label: index for index, label in enumerate(term.labels)}
    known = np.array([place.get(label, -1) for label in labels] + [-1])
    return np.asarray(known[codes])
