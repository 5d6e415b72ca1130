"""Sensitivity to an unmeasured common cause of mediator and outcome, in words."""

from __future__ import annotations

import numpy as np

from forwhom.kernels.mediation.linear import Mediation
from forwhom.kernels.mediation.sensitivity import EValue, Sensitivity, e_value, sensitivity
from forwhom.models.mediating.labels import named
from forwhom.models.mediating.result import Confounding, number


def confounding_of(fit: Mediation, compared: tuple[str, ...], mediators: tuple[str, ...]) -> tuple[Confounding, ...]:
    """Of every indirect effect that goes through one mediator; of all together, for mediators in order."""
    if fit.paths is None:
        return ()
    k = len(mediators)
    made = []
    for row, words in enumerate(compared):
        for j, mediator in enumerate(mediators):
            name = f"indirect_{j + 1}" if k > 1 and not fit.columns.serial else "indirect"
            curve = sensitivity(fit, effect=name, mediator=j, compared=row)
            estimate, _, low, high, _ = fit.of(name, row)
            ratio = e_value(estimate, low, high, sd=float(fit.columns.y.std(ddof=1)))
            label = named(name, mediators)[0]
            made.append(
                Confounding(
                    effect=label if len(compared) == 1 else f"{label}[{words}]",
                    compared=words,
                    mediator=mediator,
                    rho_zero=number(curve.rho_zero),
                    rho_from=number(curve.rho_from),
                    rho_to=number(curve.rho_to),
                    covers=curve.covers,
                    r2_residual=number(curve.r2_residual),
                    r2_total=number(curve.r2_total),
                    e_value=ratio.estimate,
                    e_value_limit=ratio.limit,
                    words=_words(curve, ratio, mediator),
                    curve=curve,
                )
            )
    return tuple(made)


def _words(curve: Sensitivity, ratio: EValue, mediator: str) -> str:
    if not np.isfinite(curve.rho_zero):
        return f"No correlation of the errors of {mediator} and the outcome would make this effect 0."
    share = 100 * np.sqrt(curve.r2_total)
    made = (
        f"An unmeasured common cause of {mediator} and the outcome that correlates their errors by {curve.rho_zero:.2f} "
        f"would make this effect 0; it would explain {share:.0f} % of the variance of each (or more of one and less of the other). "
    )
    nearest = curve.rho_from if curve.rho_zero > 0 else curve.rho_to
    if curve.covers:
        made += "The interval covers 0 already without one"
    elif np.isfinite(nearest):
        made += f"From a correlation of {nearest:.2f} on the interval covers 0"
    else:
        made += "The interval covers 0 for every correlation on that side"
    made += f". E-value {ratio.estimate:.2f}"
    made += f", of the interval {ratio.limit:.2f}." if ratio.limit > 1 else "."
    return made


__all__ = ["confounding_of"]
