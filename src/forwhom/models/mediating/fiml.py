"""Linear mediation with every observed value of mediators and outcome, by the structural equation engine."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mediation.effects import chains
from forwhom.kernels.mediation.intervals import percentile
from forwhom.models.mediating.data import Numbers
from forwhom.models.mediating.equations import equations_of_paths, likelihood_of_paths
from forwhom.models.mediating.labels import named
from forwhom.models.mediating.result import Effect, MediationFit, Path, number
from forwhom.models.mediating.roles import Roles
from forwhom.models.mediating.words import assumptions
from forwhom.models.structural.model import sem
from forwhom.models.structural.result import Sem

Array = NDArray[np.float64]


def fiml_mediation(
    numbers: Numbers, roles: Roles, *, serial: bool, draws: int, level: float, rng: np.random.Generator
) -> MediationFit:
    """Effects from a path model by full information maximum likelihood, intervals by draws of its coefficients.

    Raises ProblemsFound for what the engine refuses, ValueError when it does not settle.
    """
    x, m, c = (list(each) for each in numbers.names)
    t, k = len(x), len(m)
    columns = {f"x{i}": numbers.x[:, i] for i in range(t)} | {f"c{i}": numbers.c[:, i] for i in range(len(c))}
    columns |= {f"m{i}": numbers.m[:, i] for i in range(k)} | {"y": numbers.y}
    fit = sem(_syntax(t, len(c), k, serial), columns, missing="fiml", level=level)
    if not fit.converged:
        raise ValueError(f"The model with missing values did not settle. {' '.join(fit.messages)}")
    theta, covariance = fit.kernel.theta, fit.kernel.covariance
    root = np.linalg.cholesky(covariance)
    place = {each.label: each.free for each in fit.model.parameters if each.label and each.free is not None}
    sample = np.vstack([theta, theta + rng.standard_normal((draws, theta.size)) @ root.T])
    effects: list[Effect] = []
    for row, words in enumerate(numbers.compared):
        step = numbers.treated[row] - numbers.control
        made = _effects(sample, place, step, k, serial)
        spread = percentile(np.column_stack([each[1:] for each in made.values()]), level)
        suffix = f"[{words}]" if len(numbers.compared) > 1 else ""
        for j, (kernel_name, values) in enumerate(made.items()):
            name, label = named(kernel_name, roles.mediators)
            p = None if kernel_name == "proportion" else number(spread.p[j])
            se = None if kernel_name == "proportion" else number(spread.se[j])
            limits = number(spread.low[j]), number(spread.high[j])
            effects.append(Effect(name + suffix, label, words, "", float(values[0]), se, *limits, p, "Monte Carlo"))
    shown = {f"x{i}": each for i, each in enumerate(x)} | {f"m{i}": each for i, each in enumerate(m)}
    shown |= {f"c{i}": each for i, each in enumerate(c)} | {"y": roles.outcome}
    absent = int(np.isnan(np.column_stack([numbers.m, numbers.y])).any(axis=1).sum())
    return MediationFit(
        model="Linear models, every observed value (FIML)"
        + (f", mediators in the order {', '.join(m)}" if serial else ""),
        treatment=roles.treatment,
        mediators=roles.mediators,
        outcome=roles.outcome,
        covariates=roles.covariates,
        compared=numbers.compared,
        effects=tuple(effects),
        paths=_paths(fit, shown),
        equations=equations_of_paths(fit, shown),
        likelihood=likelihood_of_paths(fit),
        sensitivity=(),
        n=fit.n,
        people=None,
        clusters=None,
        left_out=numbers.left_out,
        interval="Monte Carlo",
        draws=draws,
        lost=0,
        level=level,
        messages=(
            *numbers.said,
            *fit.messages,
            f"{absent} rows without a mediator or the outcome are used by what they have, as missing at random.",
            "Sensitivity to unmeasured confounding is worked out for rows without missing values only.",
        ),
        assumptions=assumptions(roles, serial=serial),
        kernel=None,
    )


def _syntax(t: int, c: int, k: int, serial: bool) -> str:
    covariates = "".join(f" + c{i}" for i in range(c))
    lines = []
    for j in range(k):
        earlier = "".join(f" + d{j}_{i}*m{i}" for i in range(j)) if serial else ""
        lines.append(f"m{j} ~ " + " + ".join(f"a{j}_{i}*x{i}" for i in range(t)) + earlier + covariates)
    right = " + ".join([*(f"b{j}*m{j}" for j in range(k)), *(f"e{i}*x{i}" for i in range(t))])
    lines.append(f"y ~ {right}{covariates}")
    if not serial:
        lines += [f"m{i} ~~ m{j}" for j in range(k) for i in range(j)]
    return "\n".join(lines)


def _effects(sample: Array, place: dict[str, int], step: Array, k: int, serial: bool) -> dict[str, Array]:
    """(1 + draws,) per effect, by the kernel's names."""

    def of(label: str) -> Array:
        return np.asarray(sample[:, place[label]])

    t = step.size
    first = [sum((step[i] * of(f"a{j}_{i}") for i in range(t)), np.zeros(len(sample))) for j in range(k)]
    last = [of(f"b{j}") for j in range(k)]
    direct = sum((step[i] * of(f"e{i}") for i in range(t)), np.zeros(len(sample)))
    single: dict[str, Array] = {}
    if serial:
        for chain in chains(k):
            product = first[chain[0]] * last[chain[-1]]
            for earlier, later in pairwise(chain):
                product = product * of(f"d{later}_{earlier}")
            single["through_" + "_".join(str(j + 1) for j in chain)] = product
    else:
        single = {f"indirect_{j + 1}": first[j] * last[j] for j in range(k)}
    indirect = sum(single.values(), np.zeros(len(sample)))
    made = {
        "total": direct + indirect,
        "direct": direct,
        "indirect": indirect,
        "proportion": indirect / (direct + indirect),
    }
    if k > 1:
        made |= single
        names = [] if serial else list(single)
        made |= {f"{one}-{two}": single[one] - single[two] for i, one in enumerate(names) for two in names[i + 1 :]}
    return made


def _paths(fit: Sem, shown: dict[str, str]) -> tuple[Path, ...]:
    return tuple(
        Path(shown[each.left], shown[each.right], "", each.estimate, each.se, None, each.z, each.p, each.low, each.high)
        for each in fit.parameters
        if each.operator == "~"
    )


__all__ = ["fiml_mediation"]
