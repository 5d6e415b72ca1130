"""Mediation in repeated measures: effects within and between persons, labelled."""

from __future__ import annotations

import numpy as np

from forwhom.kernels.mediation.stacked import Stacked, mediate_stacked
from forwhom.kernels.mediation.within import EFFECTS, PARTS, Parts, mediate_parts
from forwhom.models.mediating.data import Numbers
from forwhom.models.mediating.equations import MOMENTS, RESTRICTED, equations_of_slopes
from forwhom.models.mediating.labels import WORDS, named
from forwhom.models.mediating.result import Effect, Equation, Likelihood, MediationFit, Part, Path, number
from forwhom.models.mediating.roles import Roles
from forwhom.models.mediating.words import assumptions

UNRELIABLE = 0.5
FEW_PERSONS = 50
NAMED: dict[str, Part] = {"within": "within", "between": "between", "observed_between": "observed between"}


def repeated_mediation(
    numbers: Numbers, roles: Roles, *, slopes: str, draws: int, level: float, rng: np.random.Generator
) -> MediationFit:
    """Parts within and between persons; numbers must have one column of treatment.

    Raises ValueError for several arms, and for what the kernels refuse.
    """
    if numbers.x.shape[1] > 1:
        raise ValueError("Parts within persons take a treatment with two values or a number, not several arms.")
    assert numbers.person is not None
    x = numbers.x[:, 0]
    if len(numbers.compared) == 1 and numbers.treated[0, 0] - numbers.control[0] != 1 and np.unique(x).size == 2:
        x = (x - numbers.control[0]) / (numbers.treated[0, 0] - numbers.control[0])
    parts = mediate_parts(x, numbers.m, numbers.y, numbers.person, numbers.c, draws=draws, level=level, rng=rng)
    effects, paths, said = _of_parts(parts, roles, numbers), _paths(parts, roles), _said(parts, roles, numbers)
    model = "Linear models, the same slopes for all persons"
    stacked: Stacked | None = None
    equations: tuple[Equation, ...] = ()
    likelihood = Likelihood(None, None, None, MOMENTS)
    if slopes != "fixed":
        model = "Linear models within persons with random slopes (average a b plus the covariance of a and b)"
        stacked = mediate_stacked(
            x,
            numbers.m[:, 0],
            numbers.y,
            numbers.person,
            numbers.c,
            direct_varies=slopes == "random",
            draws=draws,
            level=level,
            rng=rng,
        )
        effects = _of_stacked(stacked, numbers) + tuple(each for each in effects if each.part != "within")
        paths = _stacked_paths(stacked, roles) + tuple(each for each in paths if each.part != "within")
        said += _stacked_said(stacked)
        equations = equations_of_slopes(stacked, roles)
        likelihood = Likelihood(number(stacked.loglik), None, None, RESTRICTED)
    return MediationFit(
        model=f"{model}; between persons, latent means",
        treatment=roles.treatment,
        mediators=roles.mediators,
        outcome=roles.outcome,
        covariates=roles.covariates,
        compared=numbers.compared,
        effects=effects,
        paths=paths,
        equations=equations,
        likelihood=likelihood,
        sensitivity=(),
        n=parts.n,
        people=parts.persons,
        clusters=None,
        left_out=numbers.left_out,
        interval="bootstrap percentile over persons" + (" (random slopes: Monte Carlo)" if stacked is not None else ""),
        draws=draws,
        lost=max(parts.lost),
        level=level,
        messages=said,
        assumptions=(
            *assumptions(roles, serial=False)[: -1 if len(roles.mediators) == 1 else None],
            "Within persons, mediator and outcome of one row are taken in the order of the model; columns measured at the same "
            "moment cannot show which moved first.",
        ),
        kernel=stacked if stacked is not None else parts,
    )


def _of_parts(parts: Parts, roles: Roles, numbers: Numbers) -> tuple[Effect, ...]:
    made = []
    for kernel_name, *values in zip(parts.names, parts.estimate, parts.se, parts.low, parts.high, parts.p, strict=True):
        part = next(each for each in sorted(PARTS, key=len, reverse=True) if kernel_name.startswith(f"{each}_"))
        name, label = named(kernel_name.removeprefix(f"{part}_"), roles.mediators)
        estimate, se, low, high, p = (number(each) for each in values)
        if estimate is not None:
            kind = "" if low is None else "bootstrap percentile over persons"
            prefix = NAMED[part].replace(" ", "_")
            made.append(
                Effect(f"{prefix}:{name}", label, numbers.compared[0], NAMED[part], estimate, se, low, high, p, kind)
            )
    return tuple(made)


def _paths(parts: Parts, roles: Roles) -> tuple[Path, ...]:
    """Slopes of every part; only draws would give their standard errors, which effects have."""
    made = []
    for part, slopes in zip(PARTS, parts.slopes, strict=True):
        if np.isnan(slopes).any():
            continue
        rows = [*roles.mediators, roles.outcome]
        for i, left in enumerate(rows):
            right = [roles.treatment, *(roles.mediators if i == len(roles.mediators) else ())]
            made += [
                Path(left, each, NAMED[part], float(slopes[i, j]), None, None, None, None, None, None)
                for j, each in enumerate(right)
            ]
    return tuple(made)


def _said(parts: Parts, roles: Roles, numbers: Numbers) -> tuple[str, ...]:
    made = list(numbers.said)
    for part, reason in parts.reasons:
        words = reason
        for j, name in enumerate(roles.mediators):
            words = words.replace(f"mediator {j + 1}", name)
        words = words.replace("treatment", roles.treatment, 1).replace("outcome", roles.outcome, 1)
        made.append(
            f"{NAMED[part].capitalize()} persons: {words}" if part != "observed_between" else f"Observed means: {words}"
        )
    made.append(
        "The part between persons is that of latent means; means as observed hold chance, which draws that part towards the "
        "one within persons, and are shown for comparison."
    )
    for name, share in zip([roles.treatment, *roles.mediators, roles.outcome], parts.reliability, strict=True):
        if 0 < share < UNRELIABLE:
            made.append(f"Means of {name} hold more chance than difference between persons (reliability {share:.2f}).")
    for part, lost in zip(PARTS, parts.lost, strict=True):
        if lost:
            made.append(f"{NAMED[part].capitalize()}: {lost} of {len(parts.draws)} draws gave no solution.")
    if parts.persons < FEW_PERSONS:
        made.append(f"Intervals from {parts.persons} persons are rough, and somewhat too narrow.")
    return tuple(made)


def _of_stacked(fit: Stacked, numbers: Numbers) -> tuple[Effect, ...]:
    words = {**WORDS, "indirect_of_average": "product of the average slopes alone"}
    made = []
    for name, *values in zip(fit.names, fit.estimate, fit.se, fit.low, fit.high, fit.p, strict=True):
        estimate, se, low, high, p = (number(each) for each in values)
        assert estimate is not None
        kind = "" if low is None else "Monte Carlo"
        made.append(
            Effect(f"within:{name}", words[name], numbers.compared[0], "within", estimate, se, low, high, p, kind)
        )
    return tuple(made)


def _stacked_paths(fit: Stacked, roles: Roles) -> tuple[Path, ...]:
    (mediator,) = roles.mediators
    rows = (
        (mediator, roles.treatment, fit.a),
        (roles.outcome, roles.treatment, fit.c),
        (roles.outcome, mediator, fit.b),
    )
    made = [Path(left, right, "within", value, None, None, None, None, None, None) for left, right, value in rows]
    se = number(fit.covariance_se)
    made.append(
        Path(
            f"slope of {mediator}",
            f"slope of {roles.outcome}",
            "within",
            fit.covariance,
            se,
            None,
            None,
            None,
            None,
            None,
        )
    )
    return tuple(made)


def _stacked_said(fit: Stacked) -> tuple[str, ...]:
    if not np.isnan(fit.covariance_se):
        return ()
    why = fit.message or "the information about the variances is not positive definite"
    return (
        f"The random slopes cannot all be told apart ({why}): the covariance of the slopes has no standard error, and the "
        "indirect effect with it no interval. Take slopes 'random-ab' (one direct effect for everybody), or 'fixed'.",
    )


__all__ = ["EFFECTS", "repeated_mediation"]
