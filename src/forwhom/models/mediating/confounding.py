"""Sensitivity to an unmeasured common cause of mediator and outcome, or of two mediators in order, in words."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from forwhom.kernels.mediation.effects import chains
from forwhom.kernels.mediation.linear import Mediation
from forwhom.kernels.mediation.sensitivity import EValue, Sensitivity, e_value, sensitivity
from forwhom.models.mediating.labels import named
from forwhom.models.mediating.result import Confounding, number


def confounding_of(
    fit: Mediation, compared: tuple[str, ...], mediators: tuple[str, ...], outcome: str
) -> tuple[Confounding, ...]:
    """Of every indirect effect through one mediator; for mediators in order, of the joint effect and of every chain.

    A chain has one bound for its last mediator and the outcome, and one for every two neighbours in it.
    """
    if fit.paths is None:
        return ()
    return tuple(
        _one(fit, row, name, mediator, other, compared, mediators, outcome)
        for row in range(len(compared))
        for name, mediator, other in _bounds(len(mediators), serial=fit.columns.serial)
    )


def _bounds(k: int, *, serial: bool) -> list[tuple[str, int, int | None]]:
    """(effect, mediator, later mediator or None for the outcome)"""
    if k == 1:
        return [("indirect", 0, None)]
    if not serial:
        return [(f"indirect_{j + 1}", j, None) for j in range(k)]
    made: list[tuple[str, int, int | None]] = [("indirect", j, None) for j in range(k)]
    for chain in chains(k):
        name = "through_" + "_".join(str(j + 1) for j in chain)
        made += [(name, *pair) for pair in pairwise(chain)]
        made.append((name, chain[-1], None))
    return made


def _one(
    fit: Mediation,
    row: int,
    kernel_name: str,
    mediator: int,
    other: int | None,
    compared: tuple[str, ...],
    mediators: tuple[str, ...],
    outcome: str,
) -> Confounding:
    curve = sensitivity(fit, effect=kernel_name, mediator=mediator, other=other, compared=row)
    ratio = None
    if other is None:
        estimate, _, low, high, _ = fit.of(kernel_name, row)
        ratio = e_value(estimate, low, high, sd=float(fit.columns.y.std(ddof=1)))
    name, label = named(kernel_name, mediators)
    if kernel_name.startswith("through_"):
        label = f"effect {label}"
    elif len(mediators) > 1 and kernel_name == "indirect":
        label = "indirect effect of all mediators together"
    first, second = mediators[mediator], outcome if other is None else mediators[other]
    return Confounding(
        effect=name if len(compared) == 1 else f"{name}[{compared[row]}]",
        label=label,
        compared=compared[row],
        mediator=first,
        other=second,
        rho_zero=number(curve.rho_zero),
        rho_from=number(curve.rho_from),
        rho_to=number(curve.rho_to),
        covers=curve.covers,
        r2_residual=number(curve.r2_residual),
        r2_total=number(curve.r2_total),
        e_value=None if ratio is None else ratio.estimate,
        e_value_limit=None if ratio is None else ratio.limit,
        words=_words(curve, ratio, label, first, second),
        curve=curve,
    )


def _words(curve: Sensitivity, ratio: EValue | None, label: str, first: str, second: str) -> str:
    if not np.isfinite(curve.rho_zero):
        return f"No correlation of the errors of {first} and {second} would bring the {label} to 0."
    share = 100 * np.sqrt(curve.r2_total)
    explained = f"{share:.0f}" if share >= 1 else "less than 1"
    made = (
        f"An unmeasured common cause of {first} and {second} that correlates their errors by {_rho(curve.rho_zero)} "
        f"would bring the {label} to 0; it would explain {explained} % of the variance of each (or more of one and less of the other). "
    )
    nearest = curve.rho_from if curve.rho_zero > 0 else curve.rho_to
    if curve.covers:
        made += "The interval covers 0 already without one"
    elif np.isfinite(nearest):
        made += f"From a correlation of {_rho(nearest)} on the interval covers 0"
    else:
        made += "The interval covers 0 for every correlation on that side"
    if ratio is None:
        return f"{made}."
    made += f". E-value {ratio.estimate:.2f}"
    made += f", of the interval {ratio.limit:.2f}." if ratio.limit > 1 else "."
    return made


def _rho(value: float) -> str:
    return f"{value:.2f}" if abs(value) >= 0.01 else f"{value:.1g}"


__all__ = ["confounding_of"]
