"""A fitted structural equation model with its labels, and what is printed and written of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from forwhom.kernels.sem.dwls import DwlsFit
from forwhom.kernels.sem.fit import SemFit
from forwhom.kernels.sem.indices import Indices
from forwhom.models.structural.table import Kind, Model

Missing = Literal["fiml", "listwise", "pairwise"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One parameter.

    left, operator, right : as in the syntax; `:=` for defined ones
    group : label of its group; None without groups and for defined ones
    label : "" where there is none; equal labels are equal parameters
    estimate : in the units of the data
    se, z, p, low, high : None where the value is fixed or taken as given, and where the fit gives none
    standardised : with every variable at variance 1 (lavaan's std.all); None where a variance is not positive
    standardised_se, standardised_low, standardised_high : by the delta method, or from the draws, at the level of the fit; None
        where the value is certain by construction, such as a variance that is 1. Fixed parameters may have them, as their
        standardised value is estimated
    """

    left: str
    operator: str
    right: str
    group: str | None
    label: str
    estimate: float
    se: float | None
    z: float | None
    p: float | None
    low: float | None
    high: float | None
    standardised: float | None
    free: bool
    standardised_se: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None

    @property
    def name(self) -> str:
        """As read: "f=~x1", "y~1", "indirect:=a*b"."""
        return f"{self.left}{self.operator}{self.right}"


@dataclass(frozen=True, slots=True)
class Sem:
    """A fitted structural equation model.

    syntax : the model as written; kind : "sem", "growth" or "plain"
    missing : "fiml" (every observed value used), "listwise" or "pairwise"; robust : robust standard errors and tests
    level : of the intervals; intervals : "normal" or "bootstrap percentile"
    parameters : of the syntax and those added by default, group by group; defined : those made of others by :=
    n : persons used; groups : (label, persons), sorted by label; left_out : (reason, rows)
    fit : plain chi-square and indices; scaled : from the scaled test (robust only)
    robust_fit : robust CFI, TLI and RMSEA (with missing values, robust or not: those complete data would have given); None
        where their correction is not defined
    scaling, shift : of the scaled test (shift with ordered answers only); srmr : with means, or of correlations if ordered
    loglik, aic, bic : given the predictors taken as given (fixed x); None with ordered answers, which are not fitted by
        likelihood; free : number of free parameters
    estimator : "ML", or "DWLS" with `ordered` answers; parameterisation : of these
    converged : False also when the model is not identified; messages : what to know before reading on
    """

    syntax: str
    kind: Kind
    missing: Missing
    robust: bool
    level: float
    intervals: str
    parameters: tuple[Estimate, ...]
    defined: tuple[Estimate, ...]
    n: int
    groups: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    patterns: int
    free: int
    fit: Indices
    scaled: Indices | None
    robust_fit: Indices | None
    scaling: float | None
    srmr: float
    loglik: float | None
    aic: float | None
    bic: float | None
    converged: bool
    messages: tuple[str, ...]
    model: Model = field(repr=False)
    kernel: SemFit | DwlsFit = field(repr=False)
    estimator: Literal["ML", "DWLS"] = "ML"
    ordered: tuple[str, ...] = ()
    parameterisation: Literal["delta", "theta"] | None = None
    shift: float | None = None

    def __getitem__(self, name: str) -> Estimate:
        """One parameter by its name ("f=~x1") or label; of the first group that has it.

        Raises KeyError, naming what there is.
        """
        for each in (*self.parameters, *self.defined):
            if name.replace(" ", "") in (each.name, each.label) or (each.operator == ":=" and each.left == name):
                return each
        raise KeyError(f"{name!r} is no parameter. There are: {', '.join(each.name for each in self.parameters)}")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; absent numbers are None."""
        return {
            "model": "sem",
            "syntax": self.syntax,
            "kind": self.kind,
            "estimator": self.estimator,
            "ordered": list(self.ordered),
            "parameterisation": self.parameterisation,
            "missing": self.missing,
            "robust": self.robust,
            "level": self.level,
            "intervals": self.intervals,
            "converged": self.converged,
            "messages": list(self.messages),
            "n": self.n,
            "groups": [{"group": label, "n": n} for label, n in self.groups],
            "left_out": [{"reason": reason, "rows": rows} for reason, rows in self.left_out],
            "patterns_of_missing_values": self.patterns,
            "free_parameters": self.free,
            "parameters": [_plain(each) for each in self.parameters],
            "defined": [_plain(each) for each in self.defined],
            "loglik": _number(self.loglik),
            "aic": _number(self.aic),
            "bic": _number(self.bic),
            "srmr": _number(self.srmr),
            "fit": _plain(self.fit),
            "scaled_fit": _plain(self.scaled) if self.scaled else None,
            "robust_fit": _plain(self.robust_fit) if self.robust_fit else None,
            "scaling": _number(self.scaling),
            "shift": _number(self.shift),
        }

    def summary(self) -> str:
        """The fit as text: what was fitted, how well, every parameter."""
        from forwhom.models.structural.words import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()


def _plain(value: Estimate | Indices) -> dict[str, Any]:
    return {key: _number(each) for key, each in asdict(value).items()}


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not abs(value) < float("inf") else value
