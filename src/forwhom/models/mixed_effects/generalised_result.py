"""A fitted generalised mixed model with its labels, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl

from forwhom.kernels.glmm import GlmmFit
from forwhom.models.mixed_effects.design import Design
from forwhom.models.mixed_effects.labelled import Deviation, deviations, linear_predictor, named
from forwhom.models.mixed_effects.result import OtherParameter, ProfileInterval, Random, plain
from forwhom.models.mixed_effects.variables import Floats

RATIOS = {"logit": "odds ratio", "cloglog": "hazard ratio", "log": "rate ratio"}


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One fixed effect, or one contrast of them, given the random effects.

    estimate : on the scale of the link (log odds, log rate) per unit of the column; z, p : Wald test, two-sided
    ratio : exp(estimate): odds ratio, rate ratio or (cloglog) hazard ratio, with its interval; None for probit
    se, z, p, low, high and the ends of the ratio are None where the fit gives none
    """

    term: str
    estimate: float
    se: float | None
    z: float | None
    p: float | None
    low: float | None
    high: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


@dataclass(frozen=True, slots=True)
class PopulationMean:
    """Share of persons, or mean count, when everybody had this value; or a difference of two such.

    value : of the column ("MBT"), or "MBT - TAU"; mean : integrated over the random effects; low, high : delta method
    typical : of a person whose random effects are 0; None for a difference
    """

    value: str
    mean: float
    se: float | None
    low: float | None
    high: float | None
    typical: float | None


@dataclass(frozen=True, slots=True)
class Generalised:
    """A fitted generalised linear mixed model.

    formula : as written; family, link, quadrature_points (1: Laplace); level : of the intervals
    fixed : coefficients given the random effects; random : standard deviations and correlations, scale of the link
    profiled : profile intervals of the fixed effects; empty unless asked
    shape : of a negative binomial (variance = mean + mean^2 / shape), None elsewhere; dispersion : the same with its
        standard error and interval
    n : rows used; groups : (grouping, number of groups); left_out : (reason, rows); dropped : columns left out
    loglik : with all constants; deviance : -2 loglik; parameters : fixed effects, variances, covariances, shape
    converged; singular : an estimate lies on the boundary; messages : what to know before reading on
    """

    formula: str
    family: Literal["binomial", "poisson", "negative_binomial"]
    link: Literal["logit", "probit", "cloglog", "log"]
    quadrature_points: int
    level: float
    fixed: tuple[Coefficient, ...]
    random: tuple[Random, ...]
    profiled: tuple[ProfileInterval, ...]
    shape: float | None
    dispersion: OtherParameter | None
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
    kernel: GlmmFit = field(repr=False)
    rows: pl.DataFrame = field(repr=False)

    def __getitem__(self, term: str) -> Coefficient:
        """One fixed effect by its name. Raises KeyError, naming what there is."""
        return named(self.fixed, term)

    @property
    def random_effects(self) -> tuple[Deviation, ...]:
        """Every group's deviation in every random effect (conditional mode), with its conditional standard deviation."""
        from forwhom.kernels.glmm_effects import glmm_effects

        return deviations(self.design, glmm_effects(self.kernel))

    def predict(self, data: Any = None, *, random: bool = True, scale: Literal["mean", "link"] = "mean") -> Floats:
        """Probability or count of each row (M,), of the rows used when no data are given; NaN where a value is absent.

        random : with the groups' deviations; groups that the fit has not seen count as average
        scale : "link" for log odds, log counts
        """
        from forwhom.kernels.glmm_effects import glmm_effects
        from forwhom.kernels.glmm_families import inverse_link

        effects = glmm_effects(self.kernel) if random else None
        eta = linear_predictor(self.design, self.kernel.beta, effects, data)
        return np.asarray(eta if scale == "link" else inverse_link(self.link, eta)[0])

    def contrast(self, weights: Mapping[str, float] | Sequence[Mapping[str, float]]) -> tuple[Coefficient, ...]:
        """Weighted sums of fixed effects: {"arm": 1, "month:arm": 6} is the log odds ratio of arms at month 6."""
        from forwhom.models.mixed_effects.generalised import coefficients
        from forwhom.models.mixed_effects.hypotheses import rows_of

        asked = [weights] if isinstance(weights, Mapping) else list(weights)
        labels = [" + ".join(f"{weight:g} {term}" for term, weight in one.items()) for one in asked]
        return coefficients(self.kernel, rows_of(self, asked), labels, self.level)

    def population_means(self, by: str, *, at: Mapping[str, Any] | None = None) -> tuple[PopulationMean, ...]:
        """Shares or counts of a population by the values of a column, and their differences from the first.

        by : a factor, or a column of few values, e.g. "arm"; at : values held for everybody, e.g. {"month": 6}
        The other columns stay as they are in the rows used, so that arms are compared in the same persons.
        """
        from forwhom.models.mixed_effects.populations import population_means

        return population_means(self, by, at or {})

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; absent and infinite numbers are None."""
        return {
            "model": "mixed",
            "formula": self.formula,
            "family": self.family,
            "link": self.link,
            "quadrature_points": self.quadrature_points,
            "level": self.level,
            "converged": self.converged,
            "singular": self.singular,
            "messages": list(self.messages),
            "n": self.n,
            "groups": [{"group": name, "n": count} for name, count in self.groups],
            "left_out": [{"reason": reason, "rows": rows} for reason, rows in self.left_out],
            "dropped": list(self.dropped),
            "ratio": RATIOS.get(self.link),
            "fixed": [plain(each) for each in self.fixed],
            "random": [plain(each) for each in self.random],
            "profiled": [plain(each) for each in self.profiled],
            "shape": self.shape,
            "dispersion": None if self.dispersion is None else plain(self.dispersion),
            "loglik": self.loglik,
            "deviance": self.deviance,
            "aic": self.aic,
            "bic": self.bic,
            "parameters": self.parameters,
        }

    def summary(self) -> str:
        """The fit as text."""
        from forwhom.models.mixed_effects.generalised_words import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()


__all__ = ["RATIOS", "Coefficient", "Generalised", "PopulationMean"]
