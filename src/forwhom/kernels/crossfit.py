"""Cross-fitted doubly robust scores and effect predictions from a randomised trial.

One repeat deals the people into K folds. For every pair of folds {k, l} the outcome models are learned without both.
A person of fold l is scored for use by others (tests, rules, average effects) with the mean of the models without l;
to learn effects that are then predicted in fold k, the same person is scored with the model without {k, l}. So no
outcome of fold k has touched any prediction made in fold k, and no person's own outcome any model in his or her score.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.crossfit_folds import make_folds
from forwhom.kernels.crossfit_nuisances import Nuisance, learn_nuisance, scored
from forwhom.kernels.encoding import Array, Codes, Features, Raw, encode, spread
from forwhom.kernels.learners import forest, forest_mean, ridge, unchecked

__all__ = ["CrossFit", "Features", "Prepared", "cross_fit", "join", "one_repeat", "prepare"]

LEARNERS = ("penalised linear", "forest")
EFFECT_TREES = 16
EFFECT_LEAF = 20
CLIP = 0.05


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
    clipped : share of people with an observed outcome whose probability of being observed was raised to 0.05
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked trial, ready for repeats; made by `prepare`.

    y : (n,) 0 where not observed; raw : the features as columns; probability : (n, A)
    """

    y: Array
    observed: NDArray[np.bool_]
    arm: Codes
    probability: Array
    raw: Raw
    cluster: Codes | None
    binary: bool
    folds: int


def cross_fit(
    y: Array,
    arm: Codes,
    features: Features,
    *,
    arms: int,
    cluster: Codes | None = None,
    binary: bool = False,
    probability: Array | None = None,
    folds: int = 5,
    repeats: int = 10,
    rng: np.random.Generator,
) -> CrossFit:
    """Doubly robust scores and predicted effects, never learned from the person's own fold."""
    trial = prepare(y, arm, features, arms=arms, cluster=cluster, binary=binary, probability=probability, folds=folds)
    seeds = rng.integers(2**63 - 1, size=repeats)
    return join([one_repeat((trial, int(seed))) for seed in seeds])


def prepare(
    y: Array,
    arm: Codes,
    features: Features,
    *,
    arms: int,
    cluster: Codes | None = None,
    binary: bool = False,
    probability: Array | None = None,
    folds: int = 5,
) -> Prepared:
    """Check the trial once for all repeats. Arguments and errors as for `cross_fit`."""
    y = np.asarray(y, float)
    arm = np.asarray(arm, dtype=np.intp)
    observed = ~np.isnan(y)
    if folds < 3:
        raise ValueError(f"folds is {folds}. It must be 3 or more: effects are learned without two folds at a time.")
    for code in range(arms):
        seen = int((observed & (arm == code)).sum())
        if seen < 2 * folds:
            raise ValueError(
                f"Arm {code} has {seen} people with an outcome; {folds} folds need at least {2 * folds}. "
                "Use fewer folds, or do not estimate individual effects in so small an arm."
            )
    if probability is None:
        probability = np.broadcast_to(np.bincount(arm, minlength=arms) / arm.size, (arm.size, arms)).copy()
    cluster = None if cluster is None else np.asarray(cluster, dtype=np.intp)
    return Prepared(np.where(observed, y, 0.0), observed, arm, probability, spread(features), cluster, binary, folds)


def one_repeat(task: tuple[Prepared, int]) -> CrossFit:
    """One repeat, fixed by the trial and the seed: the unit of work when repeats run in several processes."""
    trial, seed = task
    rng = np.random.default_rng(seed)
    arms = trial.probability.shape[1]
    fold = make_folds(trial.arm * 2 + trial.observed, trial.cluster, trial.folds, rng)
    n = trial.arm.size
    with unchecked():
        pairs: dict[tuple[int, int], Nuisance] = {}
        for k in range(trial.folds):
            for l in range(k):  # noqa: E741
                learn = np.flatnonzero((fold != k) & (fold != l))
                use = np.flatnonzero((fold == k) | (fold == l))
                pairs[l, k] = learn_nuisance(trial, learn, use, rng)
        scores = np.empty((n, arms))
        clipped = 0
        for l in range(trial.folds):  # noqa: E741
            rows = np.flatnonzero(fold == l)
            parts = [pairs[min(k, l), max(k, l)] for k in range(trial.folds) if k != l]
            mean = np.mean([part.mean[rows] for part in parts], axis=0)
            seen = np.mean([part.seen[rows] for part in parts], axis=0)
            clipped += int((seen[trial.observed[rows], trial.arm[rows][trial.observed[rows]]] < CLIP).sum())
            scores[rows] = scored(trial, rows, mean, seen, CLIP)
        out = np.zeros((2, n, arms))
        forward = np.full((2, n, arms), np.nan)
        for k in range(trial.folds):
            rows = np.flatnonzero(fold == k)
            learn = np.flatnonzero(fold != k)
            gamma = np.empty((n, arms))
            for l in range(trial.folds):  # noqa: E741
                if l != k:
                    inside = np.flatnonzero(fold == l)
                    part = pairs[min(k, l), max(k, l)]
                    gamma[inside] = scored(trial, inside, part.mean[inside], part.seen[inside], CLIP)
            out[:, rows] = learn_effects(trial, gamma, learn, rows, rng)
            if k == trial.folds - 1:
                forward[:, rows] = out[:, rows]
            elif k > 0:
                learn = np.flatnonzero(fold < k)
                forward[:, rows] = learn_effects(trial, earlier_scores(trial, fold, k, rng), learn, rows, rng)
    return CrossFit(
        scores[None],
        out.mean(axis=0)[None],
        forward.mean(axis=0)[None],
        out[:, None],
        LEARNERS,
        fold[None],
        trial.probability,
        trial.arm,
        trial.observed,
        trial.cluster,
        trial.binary,
        clipped / int(trial.observed.sum()),
    )


def earlier_scores(trial: Prepared, fold: Codes, k: int, rng: np.random.Generator) -> Array:
    """Scores of the people of folds before k from outcome models of those folds alone (halves of the first for k = 1)."""
    part = fold
    parts = range(k)
    if k == 1:
        first = np.flatnonzero(fold == 0)
        half = make_folds((trial.arm * 2 + trial.observed)[first], None, 2, rng)
        part = np.full(fold.size, 2)
        part[first] = half
        parts = range(2)
    gamma = np.empty((fold.size, trial.probability.shape[1]))
    within = np.isin(part, np.arange(len(parts)))
    for l in parts:  # noqa: E741
        use = np.flatnonzero(part == l)
        learned = learn_nuisance(trial, np.flatnonzero(within & (part != l)), use, rng, with_forest=False)
        gamma[use] = scored(trial, use, learned.mean[use], learned.seen[use], CLIP)
    return gamma


def learn_effects(trial: Prepared, gamma: Array, learn: Codes, rows: Codes, rng: np.random.Generator) -> Array:
    """(2, rows, A): effects against arm 0 by ridge and by forest on the scores of `learn` (DR-learner)."""
    x = encode(trial.raw, learn)
    target = gamma[learn, 1:] - gamma[learn, :1]
    intercept, slope = ridge(x[learn], target)
    predicted = np.zeros((2, rows.size, gamma.shape[1]))
    predicted[0, :, 1:] = intercept + x[rows] @ slope
    small = x.astype(np.float32)
    grown = forest(small[learn], target, rng, trees=EFFECT_TREES, leaf=EFFECT_LEAF, share=0.5, features=None)
    predicted[1, :, 1:] = forest_mean(grown, small[rows], target.mean(axis=0))
    return predicted


def join(parts: list[CrossFit]) -> CrossFit:
    """Repeats put together, in the order given."""
    first = parts[0]
    return replace(
        first,
        scores=np.concatenate([part.scores for part in parts]),
        effects=np.concatenate([part.effects for part in parts]),
        forward=np.concatenate([part.forward for part in parts]),
        by_learner=np.concatenate([part.by_learner for part in parts], axis=1),
        fold=np.concatenate([part.fold for part in parts]),
        clipped=float(np.mean([part.clipped for part in parts])),
    )
