"""Is a scale the same scale in every group? Configural, metric, scalar and strict invariance in one call."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from forwhom.kernels.sem.indices import Difference, Indices, chisq_difference
from forwhom.models.frames import frame_of
from forwhom.models.structural.model import sem
from forwhom.models.structural.result import Missing, Sem

StepName = Literal["configural", "metric", "scalar", "strict"]
LADDER: tuple[tuple[StepName, tuple[str, ...]], ...] = (
    ("configural", ()),
    ("metric", ("loadings",)),
    ("scalar", ("loadings", "intercepts")),
    ("strict", ("loadings", "intercepts", "residuals")),
)


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
    """Every step. indices : which CFI and RMSEA are compared: "plain", "scaled" or "robust"."""

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
    missing: Missing = "fiml",
    robust: bool = False,
    std_lv: bool = False,
) -> Invariance:
    """Fit the ladder: the same form, then equal loadings, then intercepts (latent means of later groups free), then
    residual variances (Meredith, 1993). Differences are scaled after Satorra and Bentler (2001) when `robust`.

    syntax, data, missing, robust, std_lv : as for `sem`; group : the column of groups

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
    fits = [
        (name, equal, sem(syntax, frame, group=group, missing=missing, robust=robust, std_lv=std_lv, group_equal=equal))
        for name, equal in LADDER
    ]
    every = [fit for _, _, fit in fits]
    kind = "plain"
    if robust and all(fit.scaled for fit in every):
        kind = "robust" if all(fit.robust_fit for fit in every) else "scaled"
    steps: list[Step] = []
    for name, equal, fit in fits:
        if not steps:
            steps.append(Step(name, equal, fit, None, None, None, None))
            continue
        before = steps[-1].fit
        tests = [(each.fit.chisq, each.fit.df, each.scaling) for each in (fit, before)]
        # A step that found no solution has no chi-square to compare.
        settled = fit.converged and before.converged
        difference = (
            chisq_difference(tests[0], tests[1])
            if settled
            else Difference(None, fit.fit.df - before.fit.df, None, robust)
        )
        now, then = _used(fit, kind), _used(before, kind)
        steps.append(
            Step(
                name,
                equal,
                fit,
                difference,
                _less(now.cfi, then.cfi),
                _less(now.rmsea, then.rmsea),
                fit.srmr - before.srmr,
            )
        )
    return Invariance(group, kind, tuple(steps))


def _used(fit: Sem, kind: str) -> Indices:
    chosen = {"robust": fit.robust_fit, "scaled": fit.scaled}.get(kind)
    return chosen if chosen is not None else fit.fit


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


__all__ = ["Invariance", "Step", "invariance"]
