"""A fitted mediation model with its labels."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from forwhom.kernels.mediation.linear import Mediation
from forwhom.kernels.mediation.sensitivity import Sensitivity
from forwhom.kernels.mediation.stacked import Stacked
from forwhom.kernels.mediation.within import Parts

Part = Literal["", "within", "between", "observed between"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect, in units of the outcome (of risk, for a binary one; "proportion" has no unit).

    name : "total", "direct", "indirect", "proportion", "direct_pure" …, "indirect:m1", "indirect:m1-m2", "through:m1>m2";
        in repeated measures with the part before it, "within:indirect"; with several comparisons the comparison after it,
        "indirect[B against A]"
    label : the same in words; compared : which values of the treatment; part : "" but in repeated measures
    se, low, high, p : None where there is none; interval : kind of the interval, "" where there is none
    joint_p : larger p of the two paths of a single indirect effect (joint significance); None for others
    """

    name: str
    label: str
    compared: str
    part: Part
    estimate: float
    se: float | None
    low: float | None
    high: float | None
    p: float | None
    interval: str
    joint_p: float | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """One coefficient of a regression: the outcome's or a mediator's on a predictor.

    df : None for z; part as in `Effect`; statistic, p and limits are None where only draws give a standard error
    """

    left: str
    right: str
    part: Part
    estimate: float
    se: float | None
    df: float | None
    statistic: float | None
    p: float | None
    low: float | None
    high: float | None

    @property
    def name(self) -> str:
        """As read: "y~m"."""
        return f"{self.left}~{self.right}"


@dataclass(frozen=True, slots=True)
class Equation:
    """How well the regression of one mediator or of the outcome fits.

    left, right : the variable and its predictors (constant left out); part : as in `Effect`; n : rows
    link : "linear", "logit" or "probit"; parameters : coefficients, constant, and the residual variance of a linear one;
        None where the likelihood is not of single equations
    loglik, aic : 2 parameters - 2 loglik, lower is better; None where `Likelihood.words` says why, and for FIML and random
        slopes, whose equations share one likelihood
    residual_sd, r2 : of linear ones, None otherwise; the residual variance is divided by n - coefficients (FIML: by maximum
        likelihood)
    """

    left: str
    right: tuple[str, ...]
    part: Part
    link: str
    n: int
    parameters: int | None
    loglik: float | None
    aic: float | None
    residual_sd: float | None
    r2: float | None


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Log-likelihood of the whole model, its parameters and Akaike's criterion; words : of what it is, or why there is none."""

    loglik: float | None
    parameters: int | None
    aic: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Confounding:
    """How strong an unmeasured common cause of one mediator and the outcome, or the next mediator, would have to be.

    effect : which indirect effect, by its name in `MediationFit.effects`; label : the same in words; compared : as there
    mediator, other : the two variables with a common cause; other is the outcome, or the next mediator of a chain
    rho_zero, rho_from, rho_to, r2_residual, r2_total : see the kernel's `Sensitivity`; None where there is none
    e_value, e_value_limit : mediational E-values of the effect and of its limit nearest 0; None for two mediators, for which
        there is none
    words : the same in sentences; curve : the effect at every correlation
    """

    effect: str
    label: str
    compared: str
    mediator: str
    other: str
    rho_zero: float | None
    rho_from: float | None
    rho_to: float | None
    covers: bool
    r2_residual: float | None
    r2_total: float | None
    e_value: float | None
    e_value_limit: float | None
    words: str
    curve: Sensitivity | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class MediationFit:
    """Effects of a treatment on an outcome, through mediators and past them.

    model : what was fitted, in words; effects, paths, equations, likelihood, sensitivity : see there
    n : rows used; people : persons, in repeated measures; clusters : groups drawn whole, None without
    left_out : (reason, rows); interval, draws, lost : kind of interval, draws asked for, and those without a solution
    messages : what to know before reading on; assumptions : what makes the effects causal ones
    """

    model: str
    treatment: str
    mediators: tuple[str, ...]
    outcome: str
    covariates: tuple[str, ...]
    compared: tuple[str, ...]
    effects: tuple[Effect, ...]
    paths: tuple[Path, ...]
    equations: tuple[Equation, ...]
    likelihood: Likelihood
    sensitivity: tuple[Confounding, ...]
    n: int
    people: int | None
    clusters: int | None
    left_out: tuple[tuple[str, int], ...]
    interval: str
    draws: int
    lost: int
    level: float
    messages: tuple[str, ...]
    assumptions: tuple[str, ...]
    kernel: Mediation | Parts | Stacked | None = field(repr=False)

    def __getitem__(self, name: str) -> Effect:
        """One effect by its name.

        Raises KeyError, naming what there is.
        """
        for each in self.effects:
            if each.name == name:
                return each
        raise KeyError(f"{name!r} is no effect. There are: {', '.join(each.name for each in self.effects)}")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; absent numbers are None."""
        return {
            "model": "mediation",
            "description": self.model,
            "treatment": self.treatment,
            "mediators": list(self.mediators),
            "outcome": self.outcome,
            "covariates": list(self.covariates),
            "compared": list(self.compared),
            "effects": [asdict(each) for each in self.effects],
            "paths": [{"name": each.name, **asdict(each)} for each in self.paths],
            "equations": [asdict(each) for each in self.equations],
            "loglik": self.likelihood.loglik,
            "parameters": self.likelihood.parameters,
            "aic": self.likelihood.aic,
            "likelihood": self.likelihood.words,
            "sensitivity": [
                {name: getattr(each, name) for name in Confounding.__slots__ if name != "curve"}
                for each in self.sensitivity
            ],
            "n": self.n,
            "people": self.people,
            "clusters": self.clusters,
            "left_out": [{"reason": reason, "rows": rows} for reason, rows in self.left_out],
            "interval": self.interval,
            "draws": self.draws,
            "lost_draws": self.lost,
            "level": self.level,
            "messages": list(self.messages),
            "assumptions": list(self.assumptions),
        }

    def summary(self) -> str:
        """The fit as text: what was fitted, effects, paths, sensitivity, what to know."""
        from forwhom.models.mediating.words import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()


def number(value: float) -> float | None:
    """A number, or None for NaN and infinity."""
    return float(value) if -float("inf") < value < float("inf") else None


__all__ = ["Confounding", "Effect", "Equation", "Likelihood", "MediationFit", "Part", "Path", "number"]
