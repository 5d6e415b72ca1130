"""Cross-fitted doubly robust scores and effect predictions from a randomised trial (DR-learner; Kennedy, 2023).

One repeat deals the people into K folds. For every pair of folds the outcome models are learned without both. A person's
score for tests, rules and average effects takes the mean of the models without his or her fold. To learn effects that
are then predicted in fold k, people are scored by the model without their own fold and fold k. So no outcome of fold k has
touched a prediction made in fold k, and no outcome a model used in its own person's score.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.crossfit_folds import make_folds
from forwhom.kernels.crossfit_nuisances import FEWEST_SEEN, Nuisance, Prepared, learn_nuisance, scored
from forwhom.kernels.encoding import Array, Codes, Features, encode, spread
from forwhom.kernels.learners import grow, mean_of, ridge, unchecked

__all__ = ["LEARNERS", "CrossFit", "Features", "Prepared", "cross_fit", "join", "one_repeat", "prepare", "seeds"]

LEARNERS = ("penalised linear", "forest")
EFFECT_TREES = 16
EFFECT_LEAF = 25
EFFECT_SHARE = 0.8

Pairs = dict[tuple[int, int], Nuisance]


@dataclass(frozen=True, slots=True)
class CrossFit:
    """R repeats of K-fold cross-fitting on n people and A arms. Arm 0 is the reference.

    scores : (R, n, A) doubly robust score of each person's mean outcome under each arm, learned without the person's fold
    effects : (R, n, A) predicted effect of each arm against arm 0, out of fold; column 0 is 0; mean of the learners
    forward : (R, n, A) the same, learned from earlier folds only; NaN in the first fold
    by_learner : (L, R, n, A) the learners one by one, named by `learners`
    fold : (R, n) fold of each person
    probability : (n, A) of allocation
    arm, observed : (n,) arm got; True where the outcome was seen
    cluster : (n,) codes, or None
    clipped : share of those observed whose probability of being observed was below 0.05 and raised to it
    """

    scores: Array
    effects: Array
    forward: Array
    by_learner: Array
    learners: tuple[str, ...]
    fold: Codes
    probability: Array
    arm: Codes
    observed: NDArray[np.bool_]
    cluster: Codes | None
    binary: bool
    clipped: float = 0.0


def cross_fit(
    y: Array,
    arm: Codes,
    features: Features,
    *,
    arms: int,
    cluster: Codes | None = None,
    binary: bool = False,
    probability: Array | None = None,
    between: Array | None = None,
    folds: int = 5,
    repeats: int = 10,
    rng: np.random.Generator,
) -> CrossFit:
    """Doubly robust scores and predicted effects, never learned from the person's own fold.

    y : (n,) outcome in raw units (0 or 1 when `binary`), NaN where it was not observed; arm : (n,) 0 … arms − 1
    cluster : (n,) codes, negative for people in none. With two clusters per fold or more a cluster stays in one fold;
        with fewer, people are split and folds do not respect the clusters
    probability : (n, arms) of allocation; None takes the share of each arm in the trial
    between : (n, s) scores at occasions between the start of treatment and the outcome, in time order, NaN where absent.
        Used only for outcomes that were not observed: leaving may then depend on them. No prediction of effects sees them
    folds : 3 or more, balanced over arm by observed or not

    Everything is fixed beforehand, nothing chosen by its result. Outcomes: ridge (logistic) per arm and a forest of
    8 trees on what it leaves over, for every pair of folds left out. Effects: ridge, and a forest of 16 trees with at least 25 people
    to a leaf, on the differences of scores; `effects` is their mean. With fewer than 50 people to learn from, the forest
    predicts the average effect. Absent features take the mean of those learned from, with columns for who was absent.
    `forward` learns its scores' outcome models without the forest, except in the last fold, where it equals `effects`.
    Effects are raw differences arm − arm 0, whether good or bad.
    Raises ValueError in words for shapes that do not fit, and where an arm has fewer than 2 × folds observed outcomes.

    >>> rng = np.random.default_rng(1)
    >>> severity, arm = rng.normal(size=400), rng.permutation(400) % 2
    >>> outcome = 20 - 4 * arm - 3 * arm * severity + rng.normal(size=400)
    >>> features = Features(severity[:, None], np.zeros((400, 0), int), ("severity",))
    >>> fit = cross_fit(outcome, arm, features, arms=2, repeats=2, rng=rng)
    >>> fit.effects.shape, bool(np.corrcoef(fit.effects[0, :, 1], severity)[0, 1] < -0.95)
    ((2, 400, 2), True)
    """
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}. It must be 1 or more.")
    trial = prepare(
        y, arm, features, arms=arms, cluster=cluster, binary=binary, probability=probability,
        between=between, folds=folds,
    )  # fmt: skip
    return join([one_repeat((trial, seed)) for seed in seeds(rng, repeats)])


def seeds(rng: np.random.Generator, repeats: int) -> list[int]:
    """One seed per repeat. `join` of `one_repeat` over them is `cross_fit`, in whatever processes they ran.

    >>> len(seeds(np.random.default_rng(1), 3))
    3
    """
    return [int(seed) for seed in rng.integers(2**63 - 1, size=repeats)]


def prepare(
    y: Array,
    arm: Codes,
    features: Features,
    *,
    arms: int,
    cluster: Codes | None = None,
    binary: bool = False,
    probability: Array | None = None,
    between: Array | None = None,
    folds: int = 5,
) -> Prepared:
    """The trial checked, once for all repeats. Arguments and errors are those of `cross_fit`."""
    y, arm = np.asarray(y, float), np.asarray(arm, dtype=np.intp)
    cluster = None if cluster is None else np.asarray(cluster, dtype=np.intp)
    _check_shapes(y, arm, features, cluster, arms, folds)
    if between is not None and (between.ndim != 2 or between.shape[0] != y.size or np.isinf(between).any()):
        raise ValueError("The scores in between must be finite or NaN, one row per person and one column per occasion.")
    observed = ~np.isnan(y)
    if np.isinf(y).any() or (binary and not np.isin(y[observed], (0.0, 1.0)).all()):
        raise ValueError(
            "A binary outcome holds something other than 0, 1 and NaN. Code the event as 1."
            if binary
            else "The outcome holds infinite values. Mark what was not observed as NaN."
        )
    for code in range(arms):
        seen = int((observed & (arm == code)).sum())
        if seen < 2 * folds:
            raise ValueError(
                f"Arm {code} has {seen} people with an outcome; {folds} folds need at least {2 * folds} in every arm. "
                "Use fewer folds, or leave individual effects unestimated."
            )
    if probability is None:
        share = np.bincount(arm, minlength=arms) / arm.size
        probability = np.tile(share, (arm.size, 1))
    probability = np.asarray(probability, float)
    if probability.shape != (y.size, arms) or not (probability > 0).all():
        raise ValueError(
            f"The allocation probabilities have shape {probability.shape}, or are not all above 0. "
            f"Give one per person and arm, ({y.size}, {arms}), as the trial allocated."
        )
    if not np.allclose(probability.sum(axis=1), 1.0, atol=1e-6):
        raise ValueError("The allocation probabilities of a person do not sum to 1. Give one per arm, as allocated.")
    carried, staying = _stages(observed, between)
    return Prepared(
        np.where(observed, y, 0.0),
        observed,
        arm,
        probability,
        spread(features),
        cluster,
        binary,
        folds,
        carried,
        staying,
    )


def _stages(observed: NDArray[np.bool_], between: Array | None) -> tuple[Array, NDArray[np.bool_]]:
    """Scores in between with the last one carried forward, and who is still there at each occasion and at the outcome."""
    if between is None or observed.all():
        return np.empty((observed.size, 0)), observed[:, None]
    there = np.column_stack([np.isfinite(between), observed])
    staying = np.flip(np.logical_or.accumulate(np.flip(there, axis=1), axis=1), axis=1)
    carried = np.asarray(between, float).copy()
    for j in range(1, carried.shape[1]):
        carried[:, j] = np.where(np.isnan(carried[:, j]), carried[:, j - 1], carried[:, j])
    return carried, staying


def _check_shapes(y: Array, arm: Codes, features: Features, cluster: Codes | None, arms: int, folds: int) -> None:
    n = y.size
    sizes = {
        "arm": arm.shape[0],
        "features.numeric": features.numeric.shape[0],
        "features.categories": features.categories.shape[0],
        "cluster": n if cluster is None else cluster.shape[0],
    }
    wrong = [f"{name} {size}" for name, size in sizes.items() if size != n]
    if wrong:
        raise ValueError(
            f"The outcome has {n} people, but {', '.join(wrong)}. All must hold the same people in one order."
        )
    _check_features(features)
    if arms < 2 or arm.min() < 0 or arm.max() >= arms:
        raise ValueError(f"arms is {arms}; it must be 2 or more, and every arm code from 0 to {arms - 1}.")
    if folds < 3:
        raise ValueError(
            f"folds is {folds}. It must be 3 or more: outcome models are learned without two folds at a time."
        )


def _check_features(features: Features) -> None:
    infinite = [
        name for name, column in zip(features.numeric_names, features.numeric.T, strict=True) if np.isinf(column).any()
    ]
    if infinite:
        raise ValueError(f"Infinite values in {', '.join(infinite)}. Mark what is absent as NaN.")
    for name, codes, levels in zip(features.category_names, features.categories.T, features.levels, strict=True):
        if codes.size and (codes.max() >= len(levels) or codes.min() < -1):
            raise ValueError(f"{name} holds codes outside −1 … {len(levels) - 1}: it has {len(levels)} levels.")


def one_repeat(task: tuple[Prepared, int]) -> CrossFit:
    """One repeat, fixed by the trial and its seed alone; the unit of work where repeats are spread over processes."""
    trial, seed = task
    rng = np.random.default_rng(seed)
    fold = make_folds(trial.arm * 2 + trial.observed, trial.cluster, trial.folds, rng)
    with unchecked():
        pairs: Pairs = {}
        for left, right in combinations(range(trial.folds), 2):
            out = (fold == left) | (fold == right)
            pairs[left, right] = learn_nuisance(trial, np.flatnonzero(~out), np.flatnonzero(out), rng)
        scores, clipped = _scores(trial, fold, pairs)
        effects, forward = _effects(trial, fold, pairs, rng)
    return CrossFit(
        scores=scores[None],
        effects=effects.mean(axis=0)[None],
        forward=forward.mean(axis=0)[None],
        by_learner=effects[:, None],
        learners=LEARNERS,
        fold=fold[None],
        probability=trial.probability,
        arm=trial.arm,
        observed=trial.observed,
        cluster=trial.cluster,
        binary=trial.binary,
        clipped=clipped,
    )


def join(parts: list[CrossFit]) -> CrossFit:
    """Repeats of one trial put together, in the order given."""
    return replace(
        parts[0],
        scores=np.concatenate([part.scores for part in parts]),
        effects=np.concatenate([part.effects for part in parts]),
        forward=np.concatenate([part.forward for part in parts]),
        by_learner=np.concatenate([part.by_learner for part in parts], axis=1),
        fold=np.concatenate([part.fold for part in parts]),
        clipped=float(np.mean([part.clipped for part in parts])),
    )


def _without(pairs: Pairs, one: int, other: int) -> Nuisance:
    return pairs[min(one, other), max(one, other)]


def _scores(trial: Prepared, fold: Codes, pairs: Pairs) -> tuple[Array, float]:
    """Scores (n, A), each from the mean of the models without the person's fold; share of clipped probabilities."""
    scores = np.empty_like(trial.probability)
    clipped = 0
    for own in range(trial.folds):
        rows = np.flatnonzero(fold == own)
        parts = [_without(pairs, own, other) for other in range(trial.folds) if other != own]
        learned = Nuisance.averaged(parts, rows)
        scores[rows] = scored(trial, rows, learned)
        clipped += int(((learned.stay[:, -1] < FEWEST_SEEN) & trial.observed[rows]).sum())
    return scores, clipped / int(trial.observed.sum())


def _effects(trial: Prepared, fold: Codes, pairs: Pairs, rng: np.random.Generator) -> tuple[Array, Array]:
    """Effects out of fold and forward, each (L, n, A)."""
    n, arms = trial.probability.shape
    effects, forward = np.zeros((len(LEARNERS), n, arms)), np.full((len(LEARNERS), n, arms), np.nan)
    for k in range(trial.folds):
        rows = np.flatnonzero(fold == k)
        gamma = np.zeros((n, arms))
        for own in range(trial.folds):
            if own != k:
                inside, model = np.flatnonzero(fold == own), _without(pairs, own, k)
                gamma[inside] = scored(trial, inside, Nuisance.averaged([model], inside))
        effects[:, rows] = _learn_effects(trial, gamma, np.flatnonzero(fold != k), rows, rng)
        if k == trial.folds - 1:
            forward[:, rows] = effects[:, rows]
        elif k > 0:
            earlier = np.flatnonzero(fold < k)
            forward[:, rows] = _learn_effects(trial, _earlier_scores(trial, fold, k, rng), earlier, rows, rng)
    return effects, forward


def _earlier_scores(trial: Prepared, fold: Codes, k: int, rng: np.random.Generator) -> Array:
    """Scores of the people in folds before k, from outcome models of those folds alone; the first fold is halved for k = 1."""
    part, parts = np.where(fold < k, fold, -1), k
    if k == 1:
        first = np.flatnonzero(fold == 0)
        part[first] = make_folds((trial.arm * 2 + trial.observed)[first], None, 2, rng)
        parts = 2
    gamma = np.zeros_like(trial.probability)
    for own in range(parts):
        use, learn = np.flatnonzero(part == own), np.flatnonzero((part >= 0) & (part != own))
        if not trial.observed[learn].any():
            learn = np.flatnonzero(part >= 0)  # a fold of one cluster: still nothing of fold k or later
        model = learn_nuisance(trial, learn, use, rng, forest=False)
        gamma[use] = scored(trial, use, Nuisance.averaged([model], use))
    return gamma


def _learn_effects(trial: Prepared, gamma: Array, learn: Codes, rows: Codes, rng: np.random.Generator) -> Array:
    """Effects against arm 0 of the people `rows`, (L, rows, A), learned from the scores of the people `learn`."""
    x = encode(trial.raw, learn)
    target = gamma[learn, 1:] - gamma[learn, :1]
    predicted = np.zeros((len(LEARNERS), rows.size, gamma.shape[1]))
    intercept, slope = ridge(x[learn], target)
    predicted[0, :, 1:] = intercept + x[rows] @ slope
    small = x.astype(np.float32)
    trees = grow(small[learn], target, rng, trees=EFFECT_TREES, leaf=EFFECT_LEAF, share=EFFECT_SHARE)
    predicted[1, :, 1:] = mean_of(trees, small[rows], target.mean(axis=0))
    return predicted
