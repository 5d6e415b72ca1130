"""Names and words of the effects a kernel counts by number."""

from __future__ import annotations

import numpy as np

from forwhom.kernels.mediation.linear import Mediation
from forwhom.models.mediating.result import Effect, Path, number

WORDS = {
    "total": "total effect",
    "direct": "direct effect",
    "indirect": "indirect effect",
    "proportion": "proportion mediated",
    "direct_pure": "direct effect, pure (mediator as under control)",
    "direct_total": "direct effect, total (mediator as under treatment)",
    "indirect_pure": "indirect effect, pure (under control)",
    "indirect_total": "indirect effect, total (under treatment)",
    "controlled_direct": "controlled direct effect",
}
INTERVALS = {
    "percentile": "bootstrap percentile",
    "bca": "bootstrap, bias-corrected and accelerated",
    "monte carlo": "Monte Carlo",
}


def named(name: str, mediators: tuple[str, ...]) -> tuple[str, str]:
    """Name and words of a kernel's effect.

    >>> named("indirect_1-indirect_2", ("hope", "fear"))
    ('indirect:hope-fear', 'indirect effect through hope less that through fear')
    """
    if name in WORDS:
        averaged = len(mediators) > 1 and name == "indirect"
        return name, "indirect effect, all mediators together" if averaged else WORDS[name]
    if name.startswith("through_"):
        chain = [mediators[int(each) - 1] for each in name.split("_")[1:]]
        return f"through:{'>'.join(chain)}", f"through {', then '.join(chain)}"
    which = [mediators[int(each.rsplit("_", 1)[1]) - 1] for each in name.split("-")]
    if len(which) == 1:
        return f"indirect:{which[0]}", f"indirect effect through {which[0]}"
    return f"indirect:{which[0]}-{which[1]}", f"indirect effect through {which[0]} less that through {which[1]}"


def effects_of(fit: Mediation, compared: tuple[str, ...], mediators: tuple[str, ...]) -> tuple[Effect, ...]:
    """Every effect of every comparison."""
    made = []
    for row, words in enumerate(compared):
        suffix = f"[{words}]" if len(compared) > 1 else ""
        for column, kernel_name in enumerate(fit.names):
            name, label = named(kernel_name, mediators)
            at = row, column
            estimate = number(fit.estimate[at])
            if estimate is None:
                continue
            made.append(
                Effect(
                    name=name + suffix,
                    label=label,
                    compared=words,
                    part="",
                    estimate=estimate,
                    se=number(fit.se[at]) if kernel_name != "proportion" else None,
                    low=number(fit.low[at]),
                    high=number(fit.high[at]),
                    p=number(fit.p[at]),
                    interval=INTERVALS[fit.interval],
                    joint_p=_joint(fit, row, kernel_name),
                )
            )
    return tuple(made)


def _joint(fit: Mediation, row: int, name: str) -> float | None:
    """Joint significance: the larger p of treatment on the mediator and mediator on the outcome."""
    k, t = fit.columns.m.shape[1], fit.columns.x.shape[1]
    if (
        fit.columns.interaction
        or fit.columns.serial
        or not (name == "indirect" if k == 1 else name.startswith("indirect_"))
    ):
        return None
    if "-" in name or fit.units != fit.n:
        return None
    j = 0 if k == 1 else int(name.rsplit("_", 1)[1]) - 1
    step = fit.treated[row] - fit.control
    if np.count_nonzero(step) != 1:
        return None
    first = fit.mediators[j].p[1 + int(np.flatnonzero(step)[0])]
    second = fit.outcome.p[1 + t + fit.columns.c.shape[1] + j]
    return float(max(first, second))


def paths_of(
    fit: Mediation, names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], outcome: str
) -> tuple[Path, ...]:
    """Coefficients of every regression, constants left out; in serial order mediators have the earlier ones as predictors."""
    x, m, c = names
    products = tuple(f"{one}:{each}" for one in m for each in x) if fit.columns.interaction else ()
    made: list[Path] = []
    tables = [
        (left, ("1", *x, *c, *(m[:j] if fit.chain else ())), each)
        for j, (left, each) in enumerate(zip(m, fit.chain or fit.mediators, strict=True))
    ]
    for left, right, table in [*tables, (outcome, ("1", *x, *c, *m, *products), fit.outcome)]:
        z = not np.isfinite(table.df)
        # With groups drawn whole, standard errors for independent rows would be wrong.
        grouped = fit.units != fit.n
        for j, predictor in enumerate(right):
            if predictor == "1":
                continue
            shown = [
                None if grouped else number(each[j])
                for each in (table.se, table.statistic, table.p, table.low, table.high)
            ]
            df = None if z or grouped else float(table.df)
            made.append(Path(left, predictor, "", float(table.coefficients[j]), shown[0], df, *shown[1:]))
    return tuple(made)


__all__ = ["INTERVALS", "WORDS", "effects_of", "named", "paths_of"]
