"""How well every equation of a mediation model fits, and the log-likelihood of the whole."""

from __future__ import annotations

import numpy as np

from forwhom.kernels.mediation.likelihood import joint_likelihood
from forwhom.kernels.mediation.linear import Mediation
from forwhom.kernels.mediation.stacked import Stacked
from forwhom.models.mediating.result import Equation, Likelihood, number
from forwhom.models.mediating.roles import Roles
from forwhom.models.structural.result import Sem

GROUPED = (
    "none: it would take rows as independent, and groups of rows are drawn whole because they are not. A mixed model or "
    "structural equations have one"
)
MOMENTS = "none: slopes within and between persons come from moments, not from a likelihood"
RESTRICTED = "restricted, of mediator and outcome in one mixed model of deviations within persons"


def equations_of(
    fit: Mediation, names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], outcome: str
) -> tuple[Equation, ...]:
    """Of every mediator and of the outcome. Without log-likelihoods where rows are not independent."""
    x, m, c = names
    first = tuple((*x, *c, *(m[:j] if fit.chain else ())) for j in range(len(m)))
    products = tuple(f"{one}:{each}" for one in m for each in x) if fit.columns.interaction else ()
    tables = [*zip(m, first, fit.chain or fit.mediators, strict=True), (outcome, (*x, *c, *m, *products), fit.outcome)]
    grouped = fit.units != fit.n
    return tuple(
        Equation(
            left=left,
            right=right,
            part="",
            link=table.link,
            n=table.n,
            parameters=table.parameters,
            loglik=None if grouped else number(table.loglik),
            aic=None if grouped else number(table.aic),
            residual_sd=float(np.sqrt(table.variance)) if table.link == "linear" else None,
            r2=number(table.r2),
        )
        for left, right, table in tables
    )


def likelihood_of(fit: Mediation) -> Likelihood:
    """Of mediators and outcome together."""
    if fit.units != fit.n:
        return Likelihood(None, None, None, GROUPED)
    loglik, parameters = joint_likelihood(fit)
    words = "of mediators and outcome together, given treatment and covariates"
    return Likelihood(number(loglik), parameters, number(2 * parameters - 2 * loglik), words)


def equations_of_paths(fit: Sem, shown: dict[str, str]) -> tuple[Equation, ...]:
    """Of a path model; its equations share one likelihood. shown : names of columns by those of the syntax."""
    made = []
    for each in fit.parameters:
        if each.operator == "~~" and each.left == each.right and each.left.startswith(("m", "y")):
            right = tuple(shown[one.right] for one in fit.parameters if one.operator == "~" and one.left == each.left)
            r2 = None if each.standardised is None else 1 - each.standardised
            sd = float(np.sqrt(each.estimate)) if each.estimate > 0 else None
            made.append(Equation(shown[each.left], right, "", "linear", fit.n, len(right) + 2, None, None, sd, r2))
    return tuple(made)


def likelihood_of_paths(fit: Sem) -> Likelihood:
    """Of a path model."""
    return Likelihood(
        fit.loglik,
        fit.free,
        fit.aic,
        "of every observed value of mediators and outcome, given treatment and covariates",
    )


def equations_of_slopes(fit: Stacked, roles: Roles) -> tuple[Equation, ...]:
    """Of random slopes within persons: residual deviations; shares explained have no one meaning there."""
    (mediator,) = roles.mediators
    right = (roles.treatment, *roles.covariates)
    sides = ((mediator, right), (roles.outcome, (*right, mediator)))
    return tuple(
        Equation(left, of, "within", "linear", fit.n, None, None, None, float(np.sqrt(variance)), None)
        for (left, of), variance in zip(sides, fit.sigma2, strict=True)
    )


__all__ = [
    "MOMENTS",
    "RESTRICTED",
    "equations_of",
    "equations_of_paths",
    "equations_of_slopes",
    "likelihood_of",
    "likelihood_of_paths",
]
