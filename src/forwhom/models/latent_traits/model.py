"""Graded response models: a table and the names of items in, a labelled fit out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from forwhom.kernels.graded_groups import GradedGroups, fit_groups
from forwhom.kernels.graded_response import empirical_reliability
from forwhom.kernels.graded_scores import marginal_reliability, person_scores
from forwhom.models.frames import frame_of
from forwhom.models.latent_traits.checks import checked
from forwhom.models.latent_traits.data import Answered, answered
from forwhom.models.latent_traits.result import GradedFit, ItemParameters, PersonScores, Population, Scores, Value
from forwhom.models.latent_traits.words import messages
from forwhom.problems import Problem, ProblemsFound

Array = NDArray[np.float64]


def graded_response(
    data: Any,
    items: Sequence[str],
    *,
    group: str | None = None,
    free: Sequence[str] = (),
    scores: Scores = "eap",
    checks: bool = True,
    level: float = 0.95,
) -> GradedFit:
    """Fit a graded response model (Samejima, 1969) by marginal maximum likelihood.

    data : data frame (polars, pandas, pyarrow …) or mapping of names to columns; absent answers null or NaN, which are taken as
        missing at random
    items : columns with whole numbers, one per answer; answers nobody gave are closed up
    group : column of groups with a common scale: items act alike in all of them, the first (in sorted order) has mean 0 and standard
        deviation 1, the others their own
    free : items with parameters of their own in every group
    scores : "eap" expected a posteriori, "map" its mode, "ml" maximum likelihood (none for people at the end of every item), "wle"
        Warm's weighted likelihood
    checks : item fit, overall fit and residual correlations as well

    Standard errors are from the observed information; those of scores take the items as known. The trait points the way most
    items do. Raises ProblemsFound with everything that is wrong with the columns, and for too few persons.

    >>> rng = np.random.default_rng(1)
    >>> latent = 1.5 * rng.standard_normal((500, 1)) + rng.logistic(size=(500, 6))
    >>> data = {f"q{j + 1}": np.digitize(latent[:, j], [-1.0, 1.0]) for j in range(6)}
    >>> fit = graded_response(data, list(data))
    >>> fit.converged, fit.n, round(fit["q1"].slope.estimate, 1), round(fit.reliability, 2)
    (True, 500, 1.5, 0.75)
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1.")
    found = answered(frame_of(data), items, group)
    unknown = [name for name in free if name not in found.items]
    if unknown or (free and group is None):
        what = f"{', '.join(unknown)} is no item here" if unknown else "items are free, but there are no groups"
        raise ProblemsFound([Problem("item-free", "Free only items that are named, between groups.", found=what)])
    fit = fitted(found, [found.items.index(name) for name in free])
    z = float(ndtri((1 + level) / 2))
    tests, overall, pairs, said = checked(found, fit) if checks else ((), None, (), ())
    n = sum(each.shape[0] for each in found.codes)
    q = fit.theta.size
    parameters = item_parameters(found, fit, z)
    return GradedFit(
        items=parameters,
        populations=populations(found, fit, z),
        marginal_reliability=marginal_reliability(fit.slope[0], fit.step[0]),
        item_fit=tests,
        overall=overall,
        pairs=pairs,
        persons=_persons(found, fit, scores, z),
        n=n,
        left_out=found.left_out,
        level=level,
        loglik=fit.loglik,
        aic=2 * q - 2 * fit.loglik,
        bic=q * float(np.log(n)) - 2 * fit.loglik,
        free=q,
        converged=fit.converged,
        messages=(*messages(found, fit, parameters, scores), *said),
        kernel=fit,
    )


def fitted(
    found: Answered, free: Sequence[int] = (), start: GradedGroups | None = None, *, errors: bool = True
) -> GradedGroups:
    """Run the kernel; what it refuses becomes a Problem."""
    try:
        return fit_groups(found.codes, free=free, start=start, errors=errors)
    except ValueError as why:
        do = "Join rare answers of that item, or leave its parameters equal in all groups."
        raise ProblemsFound([Problem("model-refused", do, found=str(why).rstrip("."))]) from None


def value_of(estimate: float, variance: float, z: float) -> Value:
    """With a normal interval; none where the variance is not positive."""
    if not variance > 0:
        return Value(estimate, None, None, None)
    se = float(np.sqrt(variance))
    return Value(estimate, se, estimate - z * se, estimate + z * se)


def item_parameters(found: Answered, fit: GradedGroups, z: float) -> tuple[ItemParameters, ...]:
    """One row per item, and per group where its parameters differ."""
    made = []
    covariance = fit.covariance if fit.converged else np.full_like(fit.covariance, np.nan)
    for j, name in enumerate(found.items):
        groups = range(len(found.codes)) if j in fit.free else range(1)
        for g in groups:
            where = fit.place[g][fit.layout.place[j][fit.layout.used[j]]]
            own = covariance[np.ix_(where, where)]
            a = float(fit.slope[g, j])
            locations = []
            for s in range(where.size - 1):
                b = float(fit.location[g, j, s])
                # Delta method for b = -d / a.
                turn = np.array([-b / a, -1 / a])
                at = [0, 1 + s]
                locations.append(value_of(b, float(turn @ own[np.ix_(at, at)] @ turn), z))
            codes = [found.codes[g]] if j in fit.free else list(found.codes)
            counts = sum(np.bincount(c[np.isfinite(c[:, j]), j].astype(int), minlength=where.size) for c in codes)
            label = found.labels[g] if j in fit.free else None
            slope = value_of(a, float(own[0, 0]), z)
            counted = tuple(int(each) for each in np.atleast_1d(counts))
            made.append(ItemParameters(name, label, slope, tuple(locations), found.values[j], sum(counted), counted))
    return tuple(made)


def populations(found: Answered, fit: GradedGroups, z: float) -> tuple[Population, ...]:
    """Mean and standard deviation of the trait by group; the interval of a standard deviation is made on the log scale."""
    made = []
    for g, place in enumerate(found.places):
        mean, sd = Value(float(fit.mean[g]), None, None, None), Value(float(fit.sd[g]), None, None, None)
        if fit.spread[g, 0] >= 0 and fit.converged:
            variance = np.diagonal(fit.covariance)[fit.spread[g]]
            mean = value_of(mean.estimate, float(variance[0]), z)
            if variance[1] > 0:
                width = float(np.sqrt(variance[1]))
                s = sd.estimate
                sd = Value(s, s * width, s * float(np.exp(-z * width)), s * float(np.exp(z * width)))
        reliable = empirical_reliability(fit.trait[g], fit.trait_se[g])
        made.append(Population(place or None, int(found.codes[g].shape[0]), mean, sd, reliable))
    return tuple(made)


def _persons(found: Answered, fit: GradedGroups, scores: Scores, z: float) -> PersonScores:
    trait, se = (np.full(found.height, np.nan) for _ in range(2))
    for g, rows in enumerate(found.rows):
        if scores == "eap":
            trait[rows], se[rows] = fit.trait[g], fit.trait_se[g]
        else:
            spread = {"mean": float(fit.mean[g]), "sd": float(fit.sd[g])}
            trait[rows], se[rows] = person_scores(found.codes[g], fit.slope[g], fit.step[g], scores, **spread)
    return PersonScores(scores, trait, se, trait - z * se, trait + z * se)


__all__ = ["fitted", "graded_response", "item_parameters", "populations", "value_of"]
