"""Mediation: a table and the parts its columns play in, labelled effects out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from forwhom.kernels.mediation.generalized import mediate_binary
from forwhom.kernels.mediation.linear import Interval, Mediation, mediate
from forwhom.models.frames import frame_of
from forwhom.models.mediating.confounding import confounding_of
from forwhom.models.mediating.data import Numbers, numbers_of
from forwhom.models.mediating.equations import equations_of, likelihood_of
from forwhom.models.mediating.fiml import fiml_mediation
from forwhom.models.mediating.labels import INTERVALS, effects_of, paths_of
from forwhom.models.mediating.repeated import repeated_mediation
from forwhom.models.mediating.result import MediationFit
from forwhom.models.mediating.roles import Link, Roles, as_names, check_roles
from forwhom.models.mediating.words import assumptions, described, messages
from forwhom.problems import Problem, ProblemsFound

Missing = Literal["listwise", "fiml"]
Slopes = Literal["fixed", "random", "random-ab"]


def mediation(
    data: Any,
    *,
    treatment: str,
    mediator: str | Sequence[str],
    outcome: str,
    covariates: str | Sequence[str] = (),
    interaction: bool = False,
    serial: bool = False,
    binary_outcome: Link | None = None,
    binary_mediator: Link | None = None,
    control: object = None,
    arms: bool = False,
    mediator_at: float | Sequence[float] | None = None,
    cluster: str | None = None,
    person: str | None = None,
    within: bool = False,
    slopes: Slopes = "fixed",
    missing: Missing = "listwise",
    interval: Interval | None = None,
    draws: int = 2000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> MediationFit:
    """Direct and indirect effects of a treatment on an outcome, with intervals and sensitivity to confounding.

    data : data frame (polars, pandas, pyarrow …) or mapping of names to columns; absent values null or NaN
    treatment : two values, text with several (each against `control`, by default the first in sorted order), or a number
        (one unit more than its mean); arms : numbers are labels of arms
    mediator : one or several columns; several at once are modelled jointly, `serial` puts them in causal order
    covariates : in every model; text becomes indicators. Effects are averaged over the people's covariates
    interaction : treatment by mediator in the outcome's model; direct and indirect effects then have a pure and a total part
    binary_outcome, binary_mediator : "logit" or "probit"; effects are differences of risk
    mediator_at : where the controlled direct effect holds the mediators; by default their means (0 for a binary one)
    cluster : column of groups (therapists) that are drawn whole
    person : column of persons with several rows. With `within` the parts within and between persons are separated, by
        slopes that are "fixed", "random" (average a b plus the covariance of a and b) or "random-ab" (the same, but one
        direct effect for everybody); without it persons are drawn whole
    missing : "listwise", or "fiml", which takes every observed value of mediators and outcome (linear, no interaction)
    interval : "percentile" (default), "bca" or "monte carlo"; FIML and random slopes have Monte Carlo intervals
    Rows left out are counted in the fit. Raises ProblemsFound with everything that is wrong.

    >>> rng = np.random.default_rng(1)
    >>> arm = np.repeat(["control", "therapy"], 60)
    >>> hope = 0.8 * (arm == "therapy") + rng.normal(size=120)
    >>> table = {"arm": arm, "hope": hope, "symptoms": 20 - 2 * hope + rng.normal(size=120)}
    >>> fit = mediation(table, treatment="arm", mediator="hope", outcome="symptoms", draws=500, rng=rng)
    >>> fit["indirect"].compared, bool(fit["indirect"].high < 0)
    ('therapy against control', True)
    """
    frame = frame_of(data)
    roles = Roles(
        treatment, as_names(mediator), outcome, as_names(covariates), person, cluster, binary_mediator, binary_outcome
    )
    wrong = check_roles(frame, roles) + _together(
        roles, interaction, serial, within, slopes, missing, interval, draws, level
    )
    if wrong:
        raise ProblemsFound(wrong)
    keep = frozenset({*roles.mediators, outcome}) if missing == "fiml" else frozenset[str]()
    numbers = numbers_of(frame, roles, control=control, arms=arms, keep=keep)
    try:
        if within:
            return repeated_mediation(numbers, roles, slopes=slopes, draws=draws, level=level, rng=rng)
        if missing == "fiml":
            return fiml_mediation(numbers, roles, serial=serial, draws=draws, level=level, rng=rng)
        return _single_level(
            numbers, roles, interaction, serial, mediator_at, interval or "percentile", draws, level, rng
        )
    except ValueError as why:
        raise ProblemsFound([_problem(str(why), numbers)]) from None


def _together(
    roles: Roles,
    interaction: bool,
    serial: bool,
    within: bool,
    slopes: Slopes,
    missing: Missing,
    interval: Interval | None,
    draws: int,
    level: float,
) -> list[Problem]:
    """Arguments that do not go together, or are no values."""
    binary = roles.binary_mediator is not None or roles.binary_outcome is not None
    grouped = roles.cluster is not None or roles.person is not None
    several = len(roles.mediators) > 1
    found = [
        (not 0 < level < 1, "the level of an interval lies between 0 and 1"),
        (draws < 1, "there must be at least one draw"),
        (missing not in ("listwise", "fiml"), f"missing values are treated 'listwise' or by 'fiml', not by {missing!r}"),
        (slopes not in ("fixed", "random", "random-ab"), f"slopes are 'fixed', 'random' or 'random-ab', not {slopes!r}"),
        (interval not in (None, *INTERVALS), f"an interval is one of {', '.join(INTERVALS)}, not {interval!r}"),
        (roles.binary_mediator is not None and several, "a binary mediator must be the only one"),
        (binary and serial, "mediators in order are modelled for linear models only"),
        (serial and not several, "an order takes two mediators or more"),
        (within and roles.person is None, "parts within persons take the column of persons"),
        (within and (interaction or serial or binary), "parts within persons are linear, without interaction or order"),
        (within and missing == "fiml", "parts within persons take rows without missing values"),
        (within and slopes != "fixed" and several, "random slopes are modelled for one mediator at a time"),
        (not within and slopes != "fixed", "random slopes belong to parts within persons"),
        (missing == "fiml" and (interaction or binary), "FIML is for linear models without interaction"),
        (missing == "fiml" and grouped, "FIML takes rows as independent"),
        (missing == "fiml" and interval not in (None, "monte carlo"), "FIML has Monte Carlo intervals"),
        (within and interval not in (None, "percentile" if slopes == "fixed" else "monte carlo"), "parts within persons "
         "have percentile intervals with fixed slopes and Monte Carlo intervals with random ones"),
        (grouped and not within and interval == "monte carlo", "Monte Carlo draws take rows as independent"),
        (roles.person is not None and roles.cluster is not None and not within, "name either persons or a cluster to be drawn whole"),
        (within and roles.cluster is not None, "parts within persons draw persons; a second grouping is not modelled"),
    ]  # fmt: skip
    return [
        Problem("mediation-model", "Change or leave out one of the options.", found=why[0].upper() + why[1:])
        for bad, why in found
        if bad
    ]


def _single_level(
    numbers: Numbers,
    roles: Roles,
    interaction: bool,
    serial: bool,
    mediator_at: float | Sequence[float] | None,
    interval: Interval,
    draws: int,
    level: float,
    rng: np.random.Generator,
) -> MediationFit:
    grouped = numbers.cluster if numbers.cluster is not None else numbers.person
    binary = roles.binary_mediator is not None or roles.binary_outcome is not None
    shared: dict[str, Any] = {
        "interaction": interaction,
        "control": numbers.control,
        "treated": numbers.treated,
        "mediator_at": mediator_at,
        "cluster": grouped,
        "interval": interval,
        "draws": draws,
        "level": level,
        "rng": rng,
    }
    x, m, y, c = numbers.x, numbers.m, numbers.y, numbers.c
    fit: Mediation
    if binary:
        shared["mediator_link"] = roles.binary_mediator or "linear"
        shared["outcome_link"] = roles.binary_outcome or "linear"
        fit = mediate_binary(x, m, y, c, **shared)
    else:
        fit = mediate(x, m, y, c, serial=serial, **shared)
    effects = effects_of(fit, numbers.compared, roles.mediators)
    return MediationFit(
        model=described(roles, interaction, serial),
        treatment=roles.treatment,
        mediators=roles.mediators,
        outcome=roles.outcome,
        covariates=roles.covariates,
        compared=numbers.compared,
        effects=effects,
        paths=paths_of(fit, numbers.names, roles.outcome),
        equations=equations_of(fit, numbers.names, roles.outcome),
        likelihood=likelihood_of(fit),
        sensitivity=confounding_of(fit, numbers.compared, roles.mediators, roles.outcome),
        n=fit.n,
        people=None,
        clusters=fit.units if grouped is not None else None,
        left_out=numbers.left_out,
        interval=INTERVALS[interval],
        draws=draws,
        lost=fit.lost,
        level=level,
        messages=messages(fit, numbers, roles, effects),
        assumptions=assumptions(roles, serial=serial, sensitivity=fit.paths is not None),
        kernel=fit,
    )


def _problem(why: str, numbers: Numbers) -> Problem:
    """A kernel's refusal with the columns' names."""
    for word, names in zip(("treatment column", "mediator", "covariate"), numbers.names, strict=True):
        for j in range(len(names), 0, -1):
            why = re.sub(rf"\b{word} {j}\b", names[j - 1], why, flags=re.IGNORECASE)
    return Problem(
        "mediation-model",
        f"Change the model, or look at the rows that were used: there are {numbers.y.size}.",
        found=why,
    )


__all__ = ["Missing", "Slopes", "mediation"]
