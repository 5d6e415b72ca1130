"""The printed form of a generalised mixed model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forwhom.models.mixed_effects.generalised_result import RATIOS
from forwhom.models.mixed_effects.words import aligned, other_limits, p_value, random_lines, shown

if TYPE_CHECKING:
    from forwhom.models.mixed_effects.generalised_result import Generalised, PopulationMean

FAMILIES = {
    "binomial": "a binary outcome",
    "poisson": "counts (Poisson)",
    "negative_binomial": "counts (negative binomial)",
}


def summary(fit: Generalised) -> str:
    """What was fitted, the random effects, coefficients with ratios, notes."""
    points = fit.quadrature_points
    by = "Laplace's approximation" if points == 1 else f"adaptive quadrature with {points} points"
    lines = [f"Mixed model of {FAMILIES[fit.family]}, {fit.link} link, maximum likelihood by {by}"]
    groups = ", ".join(f"{count} {name}" for name, count in fit.groups)
    lines += [f"  {fit.formula}", "", f"{fit.n} rows; groups: {groups}"]
    lines.append(
        f"log-likelihood {fit.loglik:.4f}   deviance {fit.deviance:.4f}   AIC {fit.aic:.2f}   BIC {fit.bic:.2f}   "
        f"{fit.parameters} parameters"
    )
    if fit.shape is not None:
        limits = other_limits(fit.dispersion) if fit.dispersion is not None else ""
        lines.append(f"shape {fit.shape:.4g}{limits}: variance = mean + mean^2 / shape, given the random effects")
    lines += ["", f"Random effects (scale of the {fit.link})", *random_lines(fit)]
    share = f"{100 * fit.level:g} %"
    ratio = RATIOS.get(fit.link)
    lines += ["", f"Fixed effects, given the random effects (z tests; {share} intervals)"]
    head = ("", "estimate", "se", "z", "p", "low", "high", *((ratio, "low", "high") if ratio else ()))
    rows = []
    for each in fit.fixed:
        row = (
            shown(each.estimate),
            shown(each.se),
            shown(each.z, 2),
            p_value(each.p),
            shown(each.low),
            shown(each.high),
        )
        ends = (shown(each.ratio, 3), shown(each.ratio_low, 3), shown(each.ratio_high, 3)) if ratio else ()
        rows.append((each.term, *row, *ends))
    lines += aligned(head, rows)
    if fit.profiled:
        lines += ["", f"Profile likelihood intervals of fixed effects ({share})"]
        profiled = [(each.term, shown(each.estimate), shown(each.low), shown(each.high)) for each in fit.profiled]
        lines += aligned(("", "estimate", "low", "high"), profiled)
    if fit.messages:
        lines += ["", *(f"Note: {message}" for message in fit.messages)]
    return "\n".join(lines)


def population_lines(fit: Generalised, by: str, means: Sequence[PopulationMean]) -> list[str]:
    """Shares or counts of the population by the values of a column."""
    what = "Share of persons" if fit.family == "binomial" else "Mean count"
    lines = [f"{what} by {by}, over the random effects and everybody's other values ({100 * fit.level:g} % intervals)"]
    rows = [
        (each.value, shown(each.mean), shown(each.se), shown(each.low), shown(each.high), shown(each.typical))
        for each in means
    ]
    return lines + aligned(("", "mean", "se", "low", "high", "typical person"), rows)


__all__ = ["population_lines", "summary"]
