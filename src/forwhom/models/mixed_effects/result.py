"""A fitted mixed model with its labels, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from forwhom.kernels.mixed import MixedFit
from forwhom.models.mixed_effects.design import Design
from forwhom.models.mixed_effects.labelled import Deviation, deviations, linear_predictor, named
from forwhom.models.mixed_effects.variables import Floats

if TYPE_CHECKING:
    from forwhom.kernels.mixed_effects import GroupEffects

Df = Literal["satterthwaite", "kenward-roger", "normal"]
IntervalKind = Literal["profile", "wald-log", "wald-fisher-z", "wald-logit"]


@dataclass(frozen=True, slots=True)
class Fixed:
    """One fixed effect, or one contrast of them.

    estimate : in units of the outcome per unit of the column; se, df, t, p, low, high : None where the fit gives none
    df : infinite where the normal distribution is used; p : two-sided
    """

    term: str
    estimate: float
    se: float | None
    df: float | None
    t: float | None
    p: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Random:
    """One parameter of the random part: a standard deviation (other is None) or a correlation of two effects.

    group : grouping, "Residual" for the residual; term, other : the effects ("" for the residual)
    variance, sd : of a standard deviation's row; covariance, correlation : of a correlation's row (None where a
        variance is 0)
    se : of the sd or the correlation, by the delta method from the curvature of the criterion fitted; None where that is
        no parabola, and `reason` says why
    low, high : of the sd or the correlation; interval : how they were made: "profile" (likelihood; restricted for REML),
        "wald-log" (of a sd, on its logarithm), "wald-fisher-z" (of a correlation); None where there is no interval
    """

    group: str
    term: str
    other: str | None
    variance: float | None
    sd: float | None
    covariance: float | None
    correlation: float | None
    low: float | None = None
    high: float | None = None
    se: float | None = None
    interval: IntervalKind | None = None
    reason: str = ""


def standard_deviations(made: Design, taus: Sequence[Floats]) -> tuple[Random, ...]:
    """Standard deviations and correlations of every random term. taus : a covariance matrix per term"""
    rows = []
    for one, tau in zip(made.random, taus, strict=True):
        sd = np.sqrt(np.diagonal(tau))
        for a, name in enumerate(one.columns):
            rows.append(Random(one.group, name, None, float(tau[a, a]), float(sd[a]), None, None))
        if not one.correlated:
            continue
        for a, name in enumerate(one.columns):
            for b in range(a):
                both = float(sd[a] * sd[b])
                # Rounding may carry a correlation on the boundary past it.
                r = min(1.0, max(-1.0, float(tau[a, b]) / both)) if both > 0 else None
                rows.append(Random(one.group, one.columns[b], name, None, None, float(tau[a, b]), r))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class OtherParameter:
    """A parameter beside fixed and random effects: the correlation of residuals, the shape of a negative binomial.

    se, low, high, interval, reason : as of `Random`; "wald-logit" for a correlation that lies between 0 and 1
    """

    estimate: float
    se: float | None
    low: float | None
    high: float | None
    interval: IntervalKind | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FTest:
    """A joint test. term : what is tested; f with df1 and df2 degrees of freedom; p. None where the method breaks down."""

    term: str
    f: float | None
    df1: int
    df2: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class ProfileInterval:
    """Profile likelihood interval of a fixed effect; None where the profile does not come down."""

    term: str
    estimate: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Mixed:
    """A fitted linear mixed model.

    formula : as written; method : "REML" or "ML"; df : degrees of freedom of the tests; level : of the intervals
    fixed : fixed effects; random : standard deviations and correlations, the residual last
    profiled : profile intervals of the fixed effects (from the likelihood, not the restricted one); empty unless asked
    autocorrelation : of residuals one unit of time apart, None where independent; serial : the same with its interval
    n : rows used; groups : (grouping, number of groups); left_out : (reason, rows); dropped : columns left out
    loglik : restricted for REML; deviance : -2 loglik; parameters : fixed effects, variances, covariances
    converged; singular : an estimate lies on the boundary; messages : what to know before reading on
    """

    formula: str
    method: Literal["REML", "ML"]
    df: Df
    level: float
    fixed: tuple[Fixed, ...]
    random: tuple[Random, ...]
    profiled: tuple[ProfileInterval, ...]
    autocorrelation: float | None
    serial: OtherParameter | None
    n: int
    groups: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    dropped: tuple[str, ...]
    loglik: float
    deviance: float
    aic: float
    bic: float
    parameters: int
    converged: bool
    singular: bool
    messages: tuple[str, ...]
    design: Design = field(repr=False)
    kernel: MixedFit = field(repr=False)

    def __getitem__(self, term: str) -> Fixed:
        """One fixed effect by its name. Raises KeyError, naming what there is."""
        return named(self.fixed, term)

    @property
    def autocorrelation_interval(self) -> tuple[float | None, float | None]:
        """Ends of the interval of the correlation of residuals; None where there is none."""
        return (None, None) if self.serial is None else (self.serial.low, self.serial.high)

    @property
    def random_effects(self) -> tuple[Deviation, ...]:
        """Every group's deviation in every random effect, with its conditional standard deviation."""
        return deviations(self.design, self._effects())

    def _effects(self) -> tuple[GroupEffects, ...]:
        from forwhom.kernels.mixed_effects import random_effects

        return random_effects(self.kernel)

    def predict(self, data: Any = None, *, random: bool = True) -> Floats:
        """Expected outcome of each row (M,), of the rows used when no data are given; NaN where a value is absent.

        random : with the groups' deviations; groups that the fit has not seen count as average
        """
        return linear_predictor(self.design, self.kernel.beta, self._effects() if random else None, data)

    def anova(self) -> tuple[FTest, ...]:
        """F test of every term of the formula (type III: each given all others, factors averaged evenly)."""
        from forwhom.models.mixed_effects.hypotheses import term_tests

        return term_tests(self)

    def contrast(self, weights: Mapping[str, float] | Sequence[Mapping[str, float]]) -> tuple[Fixed, ...]:
        """Weighted sums of fixed effects: {"month": 1, "month:armMBT": 1} is the slope in arm MBT."""
        from forwhom.models.mixed_effects.hypotheses import contrasts

        return contrasts(self, [weights] if isinstance(weights, Mapping) else weights)

    def joint_test(self, weights: Sequence[Mapping[str, float]]) -> FTest:
        """F test that several weighted sums of fixed effects are all 0."""
        from forwhom.models.mixed_effects.hypotheses import joint

        return joint(self, weights)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; absent and infinite numbers are None."""
        return {
            "model": "mixed",
            "formula": self.formula,
            "family": "gaussian",
            "method": self.method,
            "df": self.df,
            "level": self.level,
            "converged": self.converged,
            "singular": self.singular,
            "messages": list(self.messages),
            "n": self.n,
            "groups": [{"group": name, "n": count} for name, count in self.groups],
            "left_out": [{"reason": reason, "rows": rows} for reason, rows in self.left_out],
            "dropped": list(self.dropped),
            "fixed": [plain(each) for each in self.fixed],
            "random": [plain(each) for each in self.random],
            "profiled": [plain(each) for each in self.profiled],
            "autocorrelation": None if self.serial is None else plain(self.serial),
            "terms": [plain(each) for each in self.anova()] if self.converged else [],
            "loglik": self.loglik,
            "deviance": self.deviance,
            "aic": self.aic,
            "bic": self.bic,
            "parameters": self.parameters,
        }

    def summary(self) -> str:
        """The fit as text."""
        from forwhom.models.mixed_effects.words import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()


def plain(value: Any) -> dict[str, Any]:
    """A row as plain values; numbers that are not finite are None."""
    return {
        key: None if isinstance(each, float) and not abs(each) < float("inf") else each
        for key, each in asdict(value).items()
    }


__all__ = [
    "Deviation",
    "Df",
    "FTest",
    "Fixed",
    "IntervalKind",
    "Mixed",
    "OtherParameter",
    "ProfileInterval",
    "Random",
    "plain",
]
