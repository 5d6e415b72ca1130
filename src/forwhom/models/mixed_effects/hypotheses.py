"""Tests of fixed effects of a fitted mixed model: contrasts, joint tests, terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from forwhom.kernels.mixed import MixedFit
from forwhom.models.mixed_effects.result import Df, Fixed, FTest
from forwhom.models.mixed_effects.variables import Floats, Ints
from forwhom.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from forwhom.models.mixed_effects.generalised_result import Generalised
    from forwhom.models.mixed_effects.result import Mixed


def rows_of(fit: Mixed | Generalised, weights: Sequence[Mapping[str, float]]) -> Floats:
    """Weights (k, p) in the order of the fixed effects. Raises ProblemsFound naming unknown terms."""
    names = {term.replace(" ", ""): index for index, term in enumerate(fit.design.terms)}
    unknown = dict.fromkeys(term for one in weights for term in one if term.replace(" ", "") not in names)
    wrong = [
        Problem(
            "model-contrast",
            "Name fixed effects as they are in the fit.",
            found=f"{term!r} is no fixed effect",
            possible=", ".join(fit.design.terms),
        )
        for term in unknown
    ]
    if not weights or any(not any(one.values()) for one in weights):
        wrong.append(Problem("model-contrast", "Give weights other than 0.", found="a contrast has no weights"))
    if wrong:
        raise ProblemsFound(wrong)
    rows = np.zeros((len(weights), len(fit.design.terms)))
    for row, one in zip(rows, weights, strict=True):
        for term, weight in one.items():
            row[names[term.replace(" ", "")]] += weight
    return rows


def contrasts(fit: Mixed, weights: Sequence[Mapping[str, float]]) -> tuple[Fixed, ...]:
    """Estimate, test and interval of each weighted sum."""
    labels = [" + ".join(f"{weight:g} {term}" for term, weight in one.items()) for one in weights]
    rows = rows_of(fit, weights)
    try:
        return table(fit.kernel, rows, labels, fit.df, fit.level)
    except (ValueError, np.linalg.LinAlgError):
        return model_based(fit.kernel, rows, labels)


def table(fit: MixedFit, rows: Floats, labels: Sequence[str], df: Df, level: float) -> tuple[Fixed, ...]:
    """Rows of weights as labelled estimates; without tests when the fit has not converged."""
    from forwhom.kernels.mixed_df import kenward_roger, satterthwaite

    if not fit.converged:
        return tuple(
            Fixed(label, float(row @ fit.beta), None, None, None, None, None, None)
            for label, row in zip(labels, rows, strict=True)
        )
    if df == "normal":
        return _normal(fit, rows, labels, level)
    made = (kenward_roger if df == "kenward-roger" else satterthwaite)(fit, rows, level=level)
    columns = (made.estimate, made.se, made.df, made.t, made.p, made.low, made.high)
    return tuple(Fixed(label, *values) for label, values in zip(labels, np.column_stack(columns).tolist(), strict=True))


def model_based(fit: MixedFit, rows: Floats, labels: Sequence[str]) -> tuple[Fixed, ...]:
    """Estimates with model-based standard errors only, where degrees of freedom cannot be computed."""
    se = np.sqrt(np.einsum("ka,ab,kb->k", rows, fit.beta_cov, rows))
    values = zip(labels, (rows @ fit.beta).tolist(), se.tolist(), strict=True)
    return tuple(Fixed(label, estimate, error, None, None, None, None, None) for label, estimate, error in values)


def _normal(fit: MixedFit, rows: Floats, labels: Sequence[str], level: float) -> tuple[Fixed, ...]:
    from scipy.special import ndtr, ndtri

    estimate = rows @ fit.beta
    se = np.sqrt(np.einsum("ka,ab,kb->k", rows, fit.beta_cov, rows))
    z = estimate / se
    width = float(ndtri((1 + level) / 2)) * se
    columns = (estimate, se, np.full(len(se), np.inf), z, 2 * ndtr(-np.abs(z)), estimate - width, estimate + width)
    return tuple(Fixed(label, *values) for label, values in zip(labels, np.column_stack(columns).tolist(), strict=True))


def joint(fit: Mixed, weights: Sequence[Mapping[str, float]]) -> FTest:
    """F test that several weighted sums are all 0."""
    rows = rows_of(fit, weights)
    if np.linalg.matrix_rank(rows) < len(rows):
        found = "the contrasts of a joint test depend on each other"
        raise ProblemsFound([Problem("model-contrast", "Leave those out that follow from others.", found=found)])
    return _f_test(fit, rows, "joint test")


def term_tests(fit: Mixed) -> tuple[FTest, ...]:
    """F test of every term: hypotheses of type III, which do not depend on the reference levels."""
    design = fit.design
    turned = np.eye(len(fit.fixed)) if design.even is None else design.even
    tests = []
    for index, term in enumerate(design.fixed_terms):
        own = np.flatnonzero(design.assign == index)
        if own.size:
            tests.append(_f_test(fit, _basis(turned[own], own, design.X, len(design.fixed_terms) == 1), term))
    return tuple(tests)


def _basis(rows: Floats, own: Ints, x: Floats, alone: bool) -> Floats:
    """The same hypothesis in the rows lmerTest takes: F is the same for all, its denominator is not (Fai & Cornelius).

    Each coefficient of the term given those of other terms; where the term is alone, orthogonal in X (type I, Doolittle).
    """
    block = rows[:, own]
    if np.linalg.cond(block) > 1e8:
        return rows
    rows = np.asarray(np.linalg.solve(block, rows))
    if not alone or len(own) == 1:
        return rows
    root = np.asarray(np.linalg.qr(x, mode="r"))[np.ix_(own, own)]
    return np.asarray((root / np.diagonal(root)[:, None]) @ rows)


def _f_test(fit: Mixed, rows: Floats, term: str) -> FTest:
    from forwhom.kernels.mixed_df import kenward_roger_f, satterthwaite_f

    if fit.df == "normal":
        from scipy.special import chdtrc

        value = rows @ fit.kernel.beta
        f = float(value @ np.linalg.solve(rows @ fit.kernel.beta_cov @ rows.T, value)) / len(rows)
        return FTest(term, f, len(rows), float("inf"), float(chdtrc(len(rows), f * len(rows))))
    try:
        made = (kenward_roger_f if fit.df == "kenward-roger" else satterthwaite_f)(fit.kernel, rows)
    except (ValueError, np.linalg.LinAlgError):
        return FTest(term, None, len(rows), None, None)
    return FTest(term, made.f, made.df_numerator, made.df_denominator, made.p)


__all__ = ["contrasts", "joint", "model_based", "rows_of", "table", "term_tests"]
