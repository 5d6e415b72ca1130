"""Likelihood-ratio test of two mixed models, one within the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.models.mixed_effects.generalised_result import Generalised
from forwhom.models.mixed_effects.model import refitted
from forwhom.models.mixed_effects.result import Mixed
from forwhom.problems import Problem, raise_if_errors


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which of two nested models the data need.

    smaller, larger : formulas; statistic : fall of the deviance, with df more parameters in the larger model; p from
        chi-square
    p_boundary : from the 50:50 mixture of chi-square with df - 1 and df (Stram & Lee 1994), where the larger model adds
        one random effect with its covariances; None elsewhere
    aic, bic : of both, by the same method; method : of the fits compared; messages : what was done
    """

    smaller: str
    larger: str
    statistic: float
    df: int
    p: float
    p_boundary: float | None
    aic: tuple[float, float]
    bic: tuple[float, float]
    method: str
    messages: tuple[str, ...]


def compare(one: Mixed | Generalised, other: Mixed | Generalised) -> Comparison:
    """Test the smaller of two nested models of the same rows, given in any order, both of one family.

    Fits by REML that differ in fixed effects are fitted again by maximum likelihood, which is said; with the same fixed
    effects they are compared as they are. Raises ProblemsFound when the models cannot be nested.
    """
    smaller, larger = sorted((one, other), key=lambda fit: fit.parameters)
    _check(smaller, larger)
    said: list[str] = []
    same_fixed = len(smaller.fixed) == len(larger.fixed)
    if isinstance(smaller, Generalised) or isinstance(larger, Generalised):
        return _tested(smaller, larger, same_fixed, _approximation(smaller), said)
    if not same_fixed and "REML" in (smaller.method, larger.method):
        said.append(
            "Both models were fitted again by maximum likelihood: restricted likelihoods of different fixed effects cannot be compared."
        )
        smaller, larger = refitted(smaller, "ML"), refitted(larger, "ML")
    elif smaller.method != larger.method:
        said.append("The model fitted by REML was fitted again by maximum likelihood.")
        smaller, larger = refitted(smaller, "ML"), refitted(larger, "ML")
    return _tested(smaller, larger, same_fixed, larger.method, said)


def _approximation(fit: Mixed | Generalised) -> str:
    """How the likelihood was computed: fits can be compared where this is the same."""
    if isinstance(fit, Generalised):
        how = "Laplace" if fit.quadrature_points == 1 else f"{fit.quadrature_points} quadrature points"
        return f"{fit.family}, {fit.link}, {how}"
    return fit.method


def _tested(
    smaller: Mixed | Generalised, larger: Mixed | Generalised, same_fixed: bool, method: str, said: list[str]
) -> Comparison:
    """The likelihood-ratio test of two fits by the same method."""
    from scipy.special import chdtrc

    df = larger.parameters - smaller.parameters
    statistic = max(0.0, smaller.deviance - larger.deviance)
    p = float(chdtrc(df, statistic))
    boundary = None
    more_variances = _standard_deviations(larger) - _standard_deviations(smaller)
    if same_fixed and _one_effect_more(smaller, larger):
        lower = float(chdtrc(df - 1, statistic)) if df > 1 else float(statistic == 0.0)
        boundary = 0.5 * (lower + p)
        said.append(
            "A variance of 0 lies on the boundary, where chi-square is conservative: p_boundary takes the mixture."
        )
    elif more_variances > 0:
        said.append("Variances of 0 lie on the boundary: p from chi-square is conservative.")
    return Comparison(
        smaller.formula,
        larger.formula,
        statistic,
        df,
        p,
        boundary,
        (smaller.aic, larger.aic),
        (smaller.bic, larger.bic),
        method,
        tuple(said),
    )


def _standard_deviations(fit: Mixed | Generalised) -> int:
    return sum(each.other is None for each in fit.random)


def _one_effect_more(smaller: Mixed | Generalised, larger: Mixed | Generalised) -> bool:
    """Whether the larger model adds one random effect, and else only its correlations with others."""
    there = {(each.group, each.term, each.other) for each in smaller.random}
    extra = [each for each in larger.random if (each.group, each.term, each.other) not in there]
    kept = len(smaller.random) + len(extra) == len(larger.random)
    added = [each for each in extra if each.other is None]
    serial = _serial(smaller) == _serial(larger)
    if not kept or not serial or len(added) != 1:
        return False
    return all(each.group == added[0].group and added[0].term in (each.term, each.other) for each in extra)


def _serial(fit: Mixed | Generalised) -> bool:
    return isinstance(fit, Mixed) and fit.autocorrelation is not None


def _check(smaller: Mixed | Generalised, larger: Mixed | Generalised) -> None:
    wrong = []
    ways = [_approximation(fit) for fit in (smaller, larger)]
    if ways[0] != ways[1] and not (isinstance(smaller, Mixed) and isinstance(larger, Mixed)):
        found = f"the likelihoods are of different kinds ({ways[0]}; {ways[1]})"
        wrong.append(Problem("model-compare", "Fit both with the same family, link and points.", found=found))
    if not np.array_equal(smaller.design.rows, larger.design.rows) or not np.array_equal(
        smaller.design.y, larger.design.y
    ):
        found = f"the models use different rows ({smaller.n} and {larger.n})"
        wrong.append(
            Problem(
                "model-compare", "Leave the same rows out of both: give a table without absent values.", found=found
            )
        )
    elif smaller.parameters == larger.parameters:
        found = "both models have the same number of parameters"
        wrong.append(Problem("model-compare", "Compare their AIC or BIC instead.", found=found))
    elif not _within(smaller.design.X, larger.design.X):
        found = "the fixed effects of the smaller model are no part of those of the larger"
        wrong.append(Problem("model-compare", "Compare AIC or BIC of fits by maximum likelihood instead.", found=found))
    wrong += [
        Problem("model-compare", "Simplify it.", found=f"{fit.formula} has not converged")
        for fit in (smaller, larger)
        if not fit.converged
    ]
    raise_if_errors(wrong)


def _within(small: np.ndarray, large: np.ndarray) -> bool:
    """Whether every column of one is a combination of columns of the other."""
    left = small - large @ np.linalg.lstsq(large, small, rcond=None)[0]
    return bool((np.abs(left).max(axis=0) <= 1e-7 * np.maximum(np.abs(small).max(axis=0), 1e-300)).all())


__all__ = ["Comparison", "compare"]
