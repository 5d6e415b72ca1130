"""Is a scale the same scale in every group? Configural, metric, scalar and strict invariance in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scipy.special import chdtrc

from forwhom.kernels.sem.dwls import DwlsFit, shifted_difference
from forwhom.kernels.sem.indices import Difference, Indices, chisq_difference
from forwhom.models.frames import frame_of
from forwhom.models.structural.measurement_text import StepName
from forwhom.models.structural.model import sem
from forwhom.models.structural.result import Missing, Sem

LADDER: tuple[tuple[StepName, tuple[str, ...]], ...] = (
    ("configural", ()),
    ("metric", ("loadings",)),
    ("scalar", ("loadings", "intercepts")),
    ("strict", ("loadings", "intercepts", "residuals")),
)
ORDERED_LADDER: tuple[tuple[StepName, tuple[str, ...]], ...] = (
    ("configural", ()),
    ("thresholds", ("thresholds",)),
    ("metric", ("thresholds", "loadings")),
    ("scalar", ("thresholds", "loadings")),
    ("strict", ("thresholds", "loadings", "residuals")),
)
"""With ordered answers. Until the scalar step the responses behind them have means of their own in later groups."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the ladder.

    equal : what is equal across groups; fit : the model
    difference : chi-square difference from the step before, None for the first
    cfi, rmsea, srmr : change from the step before, positive where the index is higher; None where an index is absent
    """

    name: StepName
    equal: tuple[str, ...]
    fit: Sem
    difference: Difference | None
    cfi: float | None
    rmsea: float | None
    srmr: float | None


@dataclass(frozen=True, slots=True)
class Invariance:
    """Every step. group : what it is across; indices : which CFI and RMSEA are compared: "plain", "scaled" or "robust"."""

    group: str
    indices: str
    steps: tuple[Step, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "group": self.group,
            "indices": self.indices,
            "steps": [
                {
                    "name": step.name,
                    "equal": list(step.equal),
                    "difference": asdict(step.difference) if step.difference else None,
                    "change": {"cfi": step.cfi, "rmsea": step.rmsea, "srmr": step.srmr},
                    "fit": step.fit.as_dict(),
                }
                for step in self.steps
            ],
        }

    def __str__(self) -> str:
        head = (
            f"{'':<12}{'chi-square':>11}{'df':>5}{'CFI':>8}{'RMSEA':>8}{'SRMR':>8}{'difference':>12}{'df':>4}{'p':>8}"
        )
        lines = [f"Invariance across {self.group} ({self.indices} CFI and RMSEA)", head]
        for step in self.steps:
            used, d = _used(step.fit, self.indices), step.difference
            tail = "" if d is None or d.chisq is None or d.p is None else f"{d.chisq:>12.3f}{d.df:>4}{d.p:>8.3f}"
            shown = "".join(f"{'–' if value is None else format(value, '.3f'):>8}" for value in (used.cfi, used.rmsea))
            lines.append(
                f"{step.name:<12}{step.fit.fit.chisq:>11.3f}{step.fit.fit.df:>5}{shown}{step.fit.srmr:>8.3f}{tail}"
            )
            lines += [f"  ! {message}" for message in step.fit.messages]
        return "\n".join(lines)


def invariance(
    syntax: str,
    data: Any,
    group: str,
    *,
    missing: Missing | None = None,
    robust: bool = False,
    std_lv: bool = False,
    ordered: Sequence[str] | bool = (),
) -> Invariance:
    """Fit the ladder: the same form, then equal loadings, then intercepts (latent means of later groups free), then
    residual variances (Meredith, 1993). Differences are scaled after Satorra and Bentler (2001) when `robust`.

    syntax, data, missing, robust, std_lv, ordered : as for `sem`; group : the column of groups

    With ordered answers thresholds come first (Wu & Estabrook, 2016), in the theta parameterisation, where the fewest categories
    allow it: with three, equal thresholds cannot be tested alone, and with two only all of thresholds, loadings and means of the
    responses together. Differences are then adjusted after Satorra (2000).

    Raises ProblemsFound as `sem` does.

    >>> import numpy as np
    >>> rng = np.random.default_rng(2)
    >>> trait = rng.standard_normal(400)
    >>> data = {f"x{i}": trait + rng.standard_normal(400) for i in range(1, 5)} | {"arm": ["a", "b"] * 200}
    >>> found = invariance("f =~ x1 + x2 + x3 + x4", data, "arm")
    >>> [step.fit.fit.df for step in found.steps]
    [4, 7, 10, 14]
    """
    frame = frame_of(data)

    def fit(text: str, equal: tuple[str, ...], theta: bool = False) -> Sem:
        return sem(
            text,
            frame,
            group=group,
            missing=missing,
            robust=robust,
            std_lv=std_lv,
            group_equal=equal,
            ordered=ordered,
            parameterisation="theta" if theta else "delta",
        )

    first = fit(syntax, (), theta=bool(ordered))
    if not first.ordered:
        return climbed(
            group, [("configural", (), first), *((name, equal, fit(syntax, equal)) for name, equal in LADDER[1:])]
        )
    apart = f"{syntax}\n{_own_means(first)}"
    made: list[tuple[StepName, tuple[str, ...], Sem]] = [("configural", (), first)]
    for name, equal in ORDERED_LADDER[1:]:
        if name in untestable(first):
            continue
        made.append((name, equal, fit(apart if name in ("thresholds", "metric") else syntax, equal, theta=True)))
    return climbed(group, made)


def untestable(fit: Sem) -> tuple[StepName, ...]:
    """Steps that the number of categories does not allow to be tested alone (Wu & Estabrook, 2016)."""
    least = min(size for _, size in fit.model.sizes)
    return ("thresholds", "metric") if least == 2 else ("thresholds",) if least == 3 else ()


def _own_means(fit: Sem) -> str:
    """Responses have means of their own in later groups, and factors have none."""
    later = ", ".join(["0", *["NA"] * (fit.model.groups - 1)])
    lines = [f"{name} ~ c({later})*1" for name in fit.ordered]
    return "\n".join([*lines, *(f"{name} ~ 0*1" for name in fit.model.latent)])


def climbed(across: str, fits: Sequence[tuple[StepName, tuple[str, ...], Sem]]) -> Invariance:
    """Each fit against the one before.

    across : what the ladder is about; fits : (step, what is equal, fit), in order
    """
    every = [fit for _, _, fit in fits]
    kind = "plain"
    if all(fit.scaled for fit in every):
        kind = "robust" if all(fit.robust_fit for fit in every) else "scaled"
    steps: list[Step] = []
    for name, equal, fit in fits:
        if not steps:
            steps.append(Step(name, equal, fit, None, None, None, None))
            continue
        before = steps[-1].fit
        now, then = _used(fit, kind), _used(before, kind)
        change = fit.srmr - before.srmr
        difference = differing(fit, before)
        steps.append(Step(name, equal, fit, difference, _less(now.cfi, then.cfi), _less(now.rmsea, then.rmsea), change))
    return Invariance(across, kind, tuple(steps))


def differing(narrow: Sem, wide: Sem) -> Difference:
    """Chi-square difference of nested fits, adjusted or scaled where they are; no value where one found no solution.

    narrow : the one with more degrees of freedom
    """
    df = narrow.fit.df - wide.fit.df
    if isinstance(narrow.kernel, DwlsFit) and isinstance(wide.kernel, DwlsFit):
        chisq, df = shifted_difference(narrow.kernel, wide.kernel)
        return Difference(chisq, df, None if chisq is None else float(chdtrc(df, chisq)), True)
    if not (narrow.converged and wide.converged):
        return Difference(None, df, None, narrow.robust)
    tests = [(each.fit.chisq, each.fit.df, each.scaling) for each in (narrow, wide)]
    return chisq_difference(tests[0], tests[1])


def _used(fit: Sem, kind: str) -> Indices:
    chosen = {"robust": fit.robust_fit, "scaled": fit.scaled}.get(kind)
    return chosen if chosen is not None else fit.fit


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


__all__ = ["Invariance", "Step", "climbed", "differing", "invariance", "untestable"]
