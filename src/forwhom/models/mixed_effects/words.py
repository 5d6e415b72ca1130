"""A fitted mixed model in words: what to know before reading on, and the printed summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from forwhom.kernels.mixed import MixedFit
from forwhom.kernels.mixed_parameters import boundaries
from forwhom.models.mixed_effects.design import Design

if TYPE_CHECKING:
    from forwhom.models.mixed_effects.generalised_result import Generalised
    from forwhom.models.mixed_effects.result import Mixed, OtherParameter


def fit_messages(made: Design, fit: MixedFit) -> tuple[str, ...]:
    """Singular fits named, failed searches, a correlation of residuals at its limit."""
    said = []
    for one in boundaries(fit.blocks, fit.whitened):
        term = made.random[one.level]
        if one.zero:
            which = ", ".join(term.columns[index] for index in one.zero)
            said.append(f"Singular fit: between groups of {term.group} the variance of {which} is estimated as 0.")
        elif one.correlation is not None:
            said.append(
                f"Singular fit: between groups of {term.group} the correlation of {term.columns[0]} and {term.columns[1]} is "
                f"estimated as {one.correlation:g}."
            )
        else:
            said.append(
                f"Singular fit: the {len(term.columns)} random effects of {term.group} vary in only {one.rank} directions; "
                "some of their correlations are at the limit."
            )
    if not fit.converged:
        said.append("The search did not reach a maximum: estimates are not to be used. Simplify the random effects.")
    if fit.rows is not None and fit.rows.series is not None:
        rho, least = fit.rows.rho, 0.0 if fit.rows.continuous else -1.0
        if rho > 0.995 or rho < least + 0.005:
            said.append(f"The correlation of neighbouring residuals is estimated at its limit ({rho:.3f}).")
    return tuple(said)


def summary(fit: Mixed) -> str:
    """The printed form."""
    by = "restricted maximum likelihood (REML)" if fit.method == "REML" else "maximum likelihood"
    lines = [f"Linear mixed model by {by}", f"  {fit.formula}", ""]
    groups = ", ".join(f"{count} {name}" for name, count in fit.groups)
    lines.append(f"{fit.n} rows; groups: {groups}")
    lines.append(
        f"log-likelihood {fit.loglik:.4f}   deviance {fit.deviance:.4f}   AIC {fit.aic:.2f}   BIC {fit.bic:.2f}   "
        f"{fit.parameters} parameters"
    )
    lines += ["", "Random effects", *random_lines(fit)]
    if fit.autocorrelation is not None:
        assert fit.serial is not None
        limits = other_limits(fit.serial)
        lines.append(f"  residuals one unit of time apart correlate {fit.autocorrelation:.4f}{limits}")
    words = {"satterthwaite": "Satterthwaite", "kenward-roger": "Kenward-Roger", "normal": "normal distribution"}
    share = f"{100 * fit.level:g} %"
    lines += ["", f"Fixed effects (degrees of freedom: {words[fit.df]}; {share} intervals)"]
    lines += aligned(
        ("", "estimate", "se", "df", "t", "p", "low", "high"),
        [
            (
                each.term,
                f"{each.estimate:.4f}",
                shown(each.se),
                shown(each.df, 1),
                shown(each.t, 2),
                p_value(each.p),
                shown(each.low),
                shown(each.high),
            )
            for each in fit.fixed
        ],
    )
    if fit.profiled:
        lines += ["", f"Profile likelihood intervals of fixed effects ({share}; maximum likelihood)"]
        rows = [(each.term, f"{each.estimate:.4f}", shown(each.low), shown(each.high)) for each in fit.profiled]
        lines += aligned(("", "estimate", "low", "high"), rows)
    if fit.messages:
        lines += ["", *(f"Note: {message}" for message in fit.messages)]
    return "\n".join(lines)


INTERVALS = {
    "profile": "profile likelihood",
    "wald-log": "Wald on the logarithm",
    "wald-fisher-z": "Wald on Fisher's z",
    "wald-logit": "Wald on the logit",
}


def random_lines(fit: Mixed | Generalised) -> list[str]:
    """Standard deviations and correlations with their intervals, and how these were made."""
    rows = []
    for each in fit.random:
        name = each.term if each.other is None else f"{each.term}, {each.other}"
        value = each.sd if each.other is None else each.correlation
        what = "sd" if each.other is None else "correlation"
        variance = shown(each.variance) if each.other is None else ""
        rows.append((each.group, name, what, shown(value), shown(each.se), variance, shown(each.low), shown(each.high)))
    lines = aligned(("", "", "", "estimate", "se", "variance", "low", "high"), rows, left=3)
    kinds = dict.fromkeys(INTERVALS[each.interval] for each in fit.random if each.interval is not None)
    reasons = dict.fromkeys(each.reason for each in fit.random if each.reason)
    if kinds:
        lines.append(f"  {100 * fit.level:g} % intervals: {', '.join(kinds)}")
    lines += [f"  no standard error where {reason}" for reason in reasons]
    return lines


def other_limits(found: OtherParameter) -> str:
    """Standard error and interval of a parameter in brackets; nothing where there is none."""
    if found.interval is None:
        return ""
    ends = f"{shown(found.low)} to {shown(found.high)}, {INTERVALS[found.interval]}"
    return f" (se {shown(found.se)}; {ends})" if found.se is not None else f" ({ends})"


def shown(value: float | None, digits: int = 4) -> str:
    """A number, or a dash where there is none."""
    if value is None:
        return "-"
    return "inf" if value == float("inf") else f"{value:.{digits}f}" if np.isfinite(value) else "-"


def p_value(value: float | None) -> str:
    """A p value as printed."""
    return "-" if value is None else "< .001" if value < 0.001 else f"{value:.3f}"


def aligned(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], left: int = 1) -> list[str]:
    """A table in columns, the first `left` of them words."""
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if k < left else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, *rows]
    ]


__all__ = ["aligned", "fit_messages", "other_limits", "p_value", "random_lines", "shown", "summary"]
