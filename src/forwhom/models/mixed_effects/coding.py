"""Columns of terms: treatment contrasts or indicators, and products of them, named and ordered as R's model.matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forwhom.models.mixed_effects.formula import Term, Terms
from forwhom.models.mixed_effects.variables import Floats, Ints, Variable

CONSTANT = "(Intercept)"


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of a model matrix.

    values : (N, p); names : of the columns; term : (p,) index of each one's term, -1 for the constant
    """

    values: Floats
    names: tuple[str, ...]
    term: Ints


def model_columns(terms: Terms, variables: Mapping[str, Variable], n_rows: int, *, even: bool = False) -> Columns:
    """The columns of these terms.

    A factor in an interaction has one column less than levels when what remains without it stands in an earlier term, as
    in R; without a constant the first factor has all its levels. even : contrasts sum to 0 over levels instead of
    comparing with the first, which is what hypotheses of type III are about.
    """
    parts: list[Floats] = []
    names: list[str] = []
    index: list[int] = []
    if terms.intercept:
        parts.append(np.ones((n_rows, 1)))
        names.append(CONSTANT)
        index.append(-1)
    full = _full_sets(terms, variables)
    for position, term in enumerate(terms.terms):
        values, own = _product(term, variables, full, even)
        parts.append(values)
        names += own
        index += [position] * len(own)
    values = np.hstack(parts) if parts else np.zeros((n_rows, 0))
    return Columns(values, tuple(names), np.array(index, dtype=np.int64))


def _full_sets(terms: Terms, variables: Mapping[str, Variable]) -> set[tuple[Term, str]]:
    """Factors that are coded by all their levels, with the term in which they are."""
    full: set[tuple[Term, str]] = set()
    for position, term in enumerate(terms.terms):
        earlier = [frozenset(each) for each in terms.terms[:position]]
        full |= {(term, name) for name in term if not _within({*term} - {name}, earlier)}
    if not terms.intercept:
        factors = ((term, name) for term in terms.terms for name in term if variables[name].levels is not None)
        full |= set(list(factors)[:1])
    return full


def _within(factors: set[str], earlier: list[frozenset[str]]) -> bool:
    """Whether these factors stand together in an earlier term, so that contrasts suffice."""
    return not factors or any(factors <= each for each in earlier)


def _product(
    term: Term, variables: Mapping[str, Variable], full: set[tuple[Term, str]], even: bool
) -> tuple[Floats, list[str]]:
    """Products of the columns of the term's variables; those of the first vary fastest."""
    values: Floats | None = None
    names: list[str] = []
    for name in term:
        own, own_names = _single(variables[name], (term, name) in full, even)
        if values is None:
            values, names = own, own_names
            continue
        values = (own[:, :, None] * values[:, None, :]).reshape(len(values), -1)
        names = [f"{before}:{after}" for after in own_names for before in names]
    assert values is not None
    return values, names


def _single(one: Variable, full: bool, even: bool) -> tuple[Floats, list[str]]:
    if one.levels is None or one.codes is None:
        assert one.values is not None
        return one.values, [f"{one.name}{suffix}" for suffix in one.suffix]
    first = 0 if full else 1
    if even and not full:
        last = (one.codes == len(one.levels) - 1).astype(np.float64)
        values = (one.codes[:, None] == np.arange(len(one.levels) - 1)).astype(np.float64) - last[:, None]
        return values, [f"{one.name}{k + 1}" for k in range(len(one.levels) - 1)]
    values = (one.codes[:, None] == np.arange(first, len(one.levels))).astype(np.float64)
    return values, [f"{one.name}{level}" for level in one.levels[first:]]


def independent(x: Floats) -> list[int]:
    """Columns that are no linear combination of earlier ones, as R's pivoting finds them (relative residual 1e-7)."""
    kept = list(range(x.shape[1]))
    size = np.sqrt(np.einsum("ij,ij->j", x, x))
    if x.shape[1] == 0 or _clearly_independent(x, size):
        return kept
    while kept:
        if len(kept) > len(x):
            kept = kept[: len(x)]
        left = np.abs(np.diagonal(np.linalg.qr(x[:, kept], mode="r")))
        bad = np.flatnonzero(left <= 1e-7 * np.maximum(size[kept], 1e-300))
        if not bad.size:
            break
        # The direction of a dependent column is rounding: those after it are judged without it.
        del kept[int(bad[0])]
    return kept


def _clearly_independent(x: Floats, size: Floats) -> bool:
    """Cheaply, from cross-products: nothing is near dependence."""
    if (size == 0).any():
        return False
    gram = (x.T @ x) / np.outer(size, size)
    return bool(np.linalg.eigvalsh(gram)[0] > 1e-6)
