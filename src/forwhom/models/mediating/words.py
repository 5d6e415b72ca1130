"""What a mediation fit says in words: its model, what to know before reading on, what is assumed, the summary."""

from __future__ import annotations

import numpy as np

from forwhom.kernels.mediation.linear import Mediation
from forwhom.models.mediating.data import Numbers
from forwhom.models.mediating.result import Effect, Equation, Likelihood, MediationFit, Path
from forwhom.models.mediating.roles import Roles

FEW_UNITS = 20
"""Below this many groups, intervals from drawing groups are known to be too narrow."""
FEW_ROWS = 50
TINY_SHARE = 0.01


def described(roles: Roles, interaction: bool, serial: bool) -> str:
    """The model in a sentence."""
    parts = [f"{roles.binary_outcome or 'linear'} model of the outcome"]
    parts.append(
        f"{roles.binary_mediator or 'linear'} model of {'each' if len(roles.mediators) > 1 else 'the'} mediator"
    )
    if interaction:
        parts.append("treatment by mediator interaction")
    if serial:
        parts.append(f"mediators in the order {', '.join(roles.mediators)}")
    made = ", ".join(parts)
    return made[0].upper() + made[1:]


def assumptions(roles: Roles, *, serial: bool, sensitivity: bool = False) -> tuple[str, ...]:
    """What must hold for the effects to be causal ones."""
    given = " given the covariates" if roles.covariates else ""
    made = [
        f"Nothing unmeasured causes both treatment and outcome, or treatment and mediator{given} (randomisation sees to it).",
        f"Nothing unmeasured causes both mediator and outcome{given}, and nothing that treatment changes does. Randomisation "
        f"does not see to that{'; how strong such a cause would have to be is given under sensitivity' if sensitivity else ''}.",
        "The mediator was measured before the outcome, and after treatment had begun.",
    ]
    if len(roles.mediators) > 1 and serial:
        made.append("The order of the mediators is the order in which they act; the data cannot tell it from another.")
    elif len(roles.mediators) > 1:
        made.append(
            "The joint indirect effect holds whatever moves what among the mediators. The effect through one of them is "
            "interventional: what would happen if its distribution alone were shifted as treatment shifts it. It does not say "
            "by which way it came to shift, and is a path of its own only if the mediators do not move each other."
        )
    return tuple(made)


def messages(fit: Mediation, numbers: Numbers, roles: Roles, effects: tuple[Effect, ...]) -> tuple[str, ...]:
    """What is doubtful with a fit."""
    made = list(numbers.said)
    unclear = [each.compared for each in effects if each.name.split("[")[0] == "total" and _covers(each)]
    if unclear:
        where = f" ({'; '.join(unclear)})" if len(numbers.compared) > 1 else ""
        made.append(
            f"The total effect is not told apart from 0{where}: the proportion mediated divides by it and means little. "
            "Read the indirect effect itself."
        )
    if numbers.x.shape[1] == 1 and len(numbers.compared) == 1 and "one unit" in numbers.compared[0]:
        made.append("The treatment is a number: effects are those of one unit, from its mean to one above.")
    if fit.lost:
        made.append(f"{fit.lost} of {fit.lost + len(fit.draws)} draws gave no solution and are not in the intervals.")
    if fit.units != fit.n:
        made.append(f"{fit.units} groups are drawn whole; standard errors of single paths are not given.")
        if fit.units < FEW_UNITS:
            made.append(
                f"Intervals from {fit.units} groups are too narrow; from {FEW_UNITS} on they can be trusted more."
            )
    elif fit.n < FEW_ROWS:
        made.append(
            f"With {fit.n} rows, intervals of indirect effects are rough, and bootstrap intervals somewhat too narrow."
        )
    two = [
        name
        for name, link, values in (
            *((name, roles.binary_mediator, numbers.m[:, j]) for j, name in enumerate(roles.mediators)),
            (roles.outcome, roles.binary_outcome, numbers.y),
        )
        if link is None and np.unique(values).size == 2
    ]
    made += [
        f"{name} has two values and is modelled as a number; name it as binary for a logit or probit model."
        for name in two
    ]
    if len(roles.mediators) > 1 and (roles.binary_outcome is not None):
        made.append("Effects through single mediators need not add up to the joint one, since risks are not linear.")
    if fit.paths is None:
        made.append("Sensitivity to unmeasured confounding is worked out for linear models only.")
    return tuple(made)


def _covers(each: Effect) -> bool:
    return each.low is not None and each.high is not None and each.low <= 0 <= each.high


def summary(fit: MediationFit) -> str:
    """See `MediationFit.summary`."""
    who = f"{fit.n:,} rows" + (f" of {fit.people:,} persons" if fit.people is not None else "")
    who += f" in {fit.clusters:,} groups" if fit.clusters is not None else ""
    covariates = f", given {', '.join(fit.covariates)}" if fit.covariates else ""
    lines = [
        f"Mediation: {fit.treatment} → {', '.join(fit.mediators)} → {fit.outcome}{covariates}",
        fit.model,
        f"{who}, intervals: {fit.interval}, {fit.draws:,} draws",
        *(f"Left out: {rows:,} rows, {reason}." for reason, rows in fit.left_out),
        *(f"! {message}" for message in fit.messages),
    ]
    for compared in fit.compared:
        lines += ["", *_effects([each for each in fit.effects if each.compared == compared], compared, fit.level)]
    lines += ["", *_paths(fit.paths, fit.level)]
    lines += ["", *_equations(fit.equations, fit.likelihood)]
    if fit.sensitivity:
        lines += ["", "Sensitivity to an unmeasured common cause"]
        several = len(fit.compared) > 1
        lines += [f"{f'{each.compared}: ' if several else ''}{each.words}" for each in fit.sensitivity]
    lines += ["", "For these effects to be causal", *(f"- {each}" for each in fit.assumptions)]
    return "\n".join(lines)


def _effects(effects: list[Effect], compared: str, level: float) -> list[str]:
    width = max(34, len(compared) + 2, *(len(_titled(each)) + 2 for each in effects))
    made = [f"{compared:<{width}}{'estimate':>10}{'se':>9}  {f'{100 * level:g} % interval':>20}{'p':>8}{'joint p':>9}"]
    made += [
        f"{_titled(each):<{width}}{_shown(each.estimate):>10}{_shown(each.se):>9}  {_between(each.low, each.high):>20}"
        f"{_p(each.p):>8}{_p(each.joint_p):>9}".rstrip()
        for each in effects
    ]
    return made


def _titled(each: Effect) -> str:
    return f"{each.part}: {each.label}" if each.part else each.label


def _paths(paths: tuple[Path, ...], level: float) -> list[str]:
    if not paths:
        return []
    named = [f"{each.part + ': ' if each.part else ''}{each.left} ~ {each.right}" for each in paths]
    width = max(34, *(len(each) + 2 for each in named))
    made = [f"{'Paths':<{width}}{'estimate':>10}{'se':>9}  {f'{100 * level:g} % interval':>20}{'p':>8}"]
    for name, each in zip(named, paths, strict=True):
        made.append(
            f"{name:<{width}}{_shown(each.estimate):>10}{_shown(each.se):>9}  {_between(each.low, each.high):>20}"
            f"{_p(each.p):>8}".rstrip()
        )
    return made


def _equations(equations: tuple[Equation, ...], likelihood: Likelihood) -> list[str]:
    made: list[str] = []
    if equations:
        named = [f"{each.part + ': ' if each.part else ''}{each.left} ({each.link})" for each in equations]
        width = max(34, *(len(each) + 2 for each in named))
        made = [f"{'Equations':<{width}}{'residual SD':>12}{'R²':>8}{'log-lik.':>12}{'parameters':>12}{'AIC':>11}"]
        made += [
            f"{name:<{width}}{_shown(each.residual_sd):>12}{_shown(each.r2):>8}{_two(each.loglik):>12}"
            f"{'' if each.parameters is None else each.parameters:>12}{_two(each.aic):>11}".rstrip()
            for name, each in zip(named, equations, strict=True)
        ]
    if likelihood.loglik is None:
        return [*made, f"Log-likelihood: {likelihood.words}."]
    line = f"Log-likelihood {_two(likelihood.loglik)}"
    if likelihood.parameters is not None:
        line += f", {likelihood.parameters} parameters, AIC {_two(likelihood.aic)}"
    return [*made, f"{line}: {likelihood.words}."]


def _two(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{_shown(low)}, {_shown(high)}]"


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < 0.1 else f"{value:.3f}"


def _p(value: float | None) -> str:
    return "" if value is None else "< .001" if value < 0.001 else f"{value:.3f}"


__all__ = ["assumptions", "described", "messages", "summary"]
