"""Profile likelihood intervals put beside the estimates of a fitted mixed model."""

from __future__ import annotations

from dataclasses import replace

from forwhom.kernels.mixed_profile import Interval, profile_correlation, profile_fixed, profile_residual, profile_sd
from forwhom.models.mixed_effects.model import refitted
from forwhom.models.mixed_effects.result import IntervalKind, Mixed, ProfileInterval, Random
from forwhom.models.mixed_effects.uncertainty import ALIKE

SERIAL = (
    "With correlated residuals only their correlation has a profile interval here; those of standard deviations and "
    "correlations of random effects are Wald intervals."
)


def with_profiles(fit: Mixed) -> Mixed:
    """The fit with intervals of its standard deviations, correlations and fixed effects."""
    if fit.autocorrelation is not None:
        from forwhom.kernels.mixed_autoregressive import profile_correlation as of_residuals

        limits = of_residuals(fit.kernel, crossed=not fit.design.nested, level=fit.level)
        assert fit.serial is not None
        serial = replace(fit.serial, low=limits[0], high=limits[1], interval="profile")
        return replace(fit, serial=serial, messages=(*fit.messages, SERIAL))
    random = tuple(each if each.reason == ALIKE else _placed(each, _interval(fit, each)) for each in fit.random)
    ml = fit if fit.method == "ML" else refitted(fit, "ML")
    fixed = []
    for index, each in enumerate(ml.fixed):
        found = profile_fixed(ml.kernel, index, level=fit.level)
        fixed.append(ProfileInterval(each.term, each.estimate, found.low, found.high))
    return replace(fit, random=random, profiled=tuple(fixed))


def _interval(fit: Mixed, each: Random) -> Interval:
    if each.group == "Residual" and each.term == "":
        return profile_residual(fit.kernel, level=fit.level)
    for which, term in enumerate(fit.design.random):
        if term.group != each.group or each.term not in term.columns or (each.other and each.other not in term.columns):
            continue
        at = term.columns.index(each.term)
        if each.other is None:
            return profile_sd(fit.kernel, which, at, level=fit.level)
        return profile_correlation(fit.kernel, which, at, term.columns.index(each.other), level=fit.level)
    raise AssertionError(each)


def _placed(each: Random, found: Interval) -> Random:
    """A correlation that no value is excluded for on one side ends at that limit."""
    low, high = found.low, found.high
    if each.other is not None and each.correlation is not None:
        low, high = -1.0 if low is None else low, 1.0 if high is None else high
    kind: IntervalKind | None = None if low is None and high is None else "profile"
    return replace(each, low=low, high=high, interval=kind)


__all__ = ["with_profiles"]
