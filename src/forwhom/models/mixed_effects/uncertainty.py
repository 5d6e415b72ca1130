"""Standard errors and Wald intervals put beside the covariance parameters of a mixed model, and what has none in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from forwhom.kernels.mixed import MixedFit
from forwhom.kernels.mixed_spread import Spread, mixed_spread, wald_interval
from forwhom.models.mixed_effects.grouping import RandomTerm
from forwhom.models.mixed_effects.result import IntervalKind, OtherParameter, Random

BOUNDARY = "the estimate lies on the boundary, where the likelihood is no parabola"
ALIKE = "the data cannot tell it apart from other covariance parameters"
NOT_FITTED = "the search did not end at a maximum"
NO_CURVATURE = "the likelihood has no curvature there"
_KINDS: dict[Literal["log", "fisher-z", "logit"], IntervalKind] = {
    "log": "wald-log",
    "fisher-z": "wald-fisher-z",
    "logit": "wald-logit",
}


def spread_of(fit: MixedFit) -> Spread | None:
    """Standard errors of a fit that has converged, where its derivatives can be computed."""
    if not fit.converged:
        return None
    try:
        return mixed_spread(fit)
    except np.linalg.LinAlgError:
        return None


def with_errors(
    rows: Sequence[Random], terms: Sequence[RandomTerm], found: Spread | None, level: float
) -> tuple[Random, ...]:
    """Rows of `random`, in the order of the terms, with their standard errors and intervals."""
    if found is None:
        return tuple(replace(each, reason=NOT_FITTED) for each in rows)
    made = []
    for each in rows:
        if each.group == "Residual" and not each.term:
            reason = ALIKE if found.residual_alike else ""
            made.append(_placed(each, found.residual, reason, level))
            continue
        which = next(k for k, term in enumerate(terms) if holds(term, each))
        a = terms[which].columns.index(each.term)
        b = a if each.other is None else terms[which].columns.index(each.other)
        se = float(found.sd[which][a] if each.other is None else found.correlation[which][a, b])
        edge, alike = found.boundary[which], found.alike[which]
        reason = BOUNDARY if edge[a, b] else ALIKE if (alike[a, b] or alike[a, a] or alike[b, b]) else ""
        made.append(_placed(each, se, reason, level))
    return tuple(made)


def holds(term: RandomTerm, each: Random) -> bool:
    """Whether this row of `random` is of this term."""
    inside = term.group == each.group and each.term in term.columns
    return inside and (each.other is None or (term.correlated and each.other in term.columns))


def _placed(each: Random, se: float, reason: str, level: float) -> Random:
    value = each.sd if each.other is None else each.correlation
    if reason or value is None or not np.isfinite(se):
        return replace(each, reason=reason or NO_CURVATURE)
    found = other(value, se, "log" if each.other is None else "fisher-z", "", level)
    return replace(each, se=found.se, low=found.low, high=found.high, interval=found.interval)


def other(
    estimate: float, se: float, scale: Literal["log", "fisher-z", "logit"], reason: str, level: float
) -> OtherParameter:
    """A parameter with its Wald interval; with the reason where it has none (se is NaN)."""
    if not np.isfinite(se):
        return OtherParameter(estimate, None, None, None, None, reason or NO_CURVATURE)
    made = wald_interval(estimate, se, scale, level=level)
    return OtherParameter(estimate, se, made.low, made.high, _KINDS[scale])


def serial_of(fit: MixedFit, found: Spread | None, level: float) -> OtherParameter | None:
    """The correlation of residuals; None where they are independent."""
    if fit.rows is None or fit.rows.series is None:
        return None
    se = np.nan if found is None else found.serial
    scale: Literal["logit", "fisher-z"] = "logit" if fit.rows.continuous else "fisher-z"
    return other(fit.rows.rho, se, scale, NOT_FITTED if found is None else BOUNDARY, level)


def alike_words(terms: Sequence[RandomTerm], found: Spread | None) -> tuple[str, ...]:
    """A sentence per random term whose variances and covariances the data cannot tell apart."""
    if found is None:
        return ()
    said = []
    for term, alike in zip(terms, found.alike, strict=True):
        q = len(term.columns)
        names = [term.columns[a] for a in range(q) if alike[a, a]]
        names += [f"{term.columns[b]} with {term.columns[a]}" for a in range(q) for b in range(a) if alike[a, b]]
        if names:
            which = f"the covariance parameters of {term.group} ({', '.join(names)})"
            said.append(
                f"Not identified: {which} cannot be told apart in these data, for example because a column does not vary "
                f"within {term.group}. The estimates shown are one choice of many that fit equally well. Leave out a random effect."
            )
    if found.residual_alike:
        said.append(
            "Not identified: the residual variance cannot be told apart from a variance between groups. "
            "Leave out a random effect."
        )
    return tuple(said)


__all__ = ["ALIKE", "BOUNDARY", "NOT_FITTED", "alike_words", "holds", "other", "serial_of", "spread_of", "with_errors"]
