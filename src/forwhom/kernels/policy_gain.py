"""What a policy tree would gain over treating everybody alike, cross-fitted, and whether that carries a recommendation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import nctdtr, stdtrit

from forwhom.kernels.cluster_robust import robust_mean
from forwhom.kernels.crossfit import CrossFit, Features
from forwhom.kernels.encoding import Array, Codes
from forwhom.kernels.policy_tree import Rule, indicated, learn_rule

LEAST_PER_ARM = 40
"""Outcomes seen in the smallest arm below which no rule is recommended."""
DEEP_FROM = 800
"""Outcomes seen from which on a rule may ask two questions in a row; below, one."""
LEAST_LEAF, LEAF_SHARE = 10, 0.05
"""Least number, and least share, of people in a leaf."""
POSITIVE_REPEATS, AGREEMENT = 0.9, 0.8
"""Share of repeats that must show a gain; mean share of pairs of repeats that must indicate the same arm to a person."""
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Gain:
    """A mean over people with its interval.

    sd : standard error times the root of n: what one person adds, clustering included
    """

    value: float
    low: float
    high: float
    se: float
    df: float
    sd: float
    n: int

    @property
    def units(self) -> float:
        """What one person adds to the degrees of freedom: 1 without clusters, about clusters per person with them."""
        return (self.df + 1.0) / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class LeftOutGroup:
    """Gain over the better arm without one group (site, therapist): the group whose absence costs most."""

    grouping: int
    group: int
    gain: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A rule, what it gains, and which conditions of a recommendation hold. Gains are in the direction of benefit.

    rule : learned in everybody; whom it concerns and what it says, never how good it is
    indicated : (R, n) arm indicated to each person by a rule learned in the other folds
    contributions : (n, A) each person's score under the cross-fitted rule minus that under each arm, mean over repeats
    over : the gain over treating everybody with each arm
    gain : over the best of them, whichever that is: the smallest value, the smallest of the lower and of the upper limits
    better : the arm that is best for everybody, by mean score
    repeats : (R, 3) gain over that arm in each repeat, with its limits
    positive : share of repeats in which the gain over every arm is above zero
    agreement : mean share of pairs of repeats that indicate the same arm to a person
    without : per grouping, the group without which the gain is smallest
    least : outcomes seen in the smallest arm
    """

    rule: Rule
    depth: int
    min_leaf: int
    indicated: Codes
    contributions: Array
    over: tuple[Gain, ...]
    gain: Gain
    better: int
    repeats: Array
    positive: float
    agreement: float
    without: tuple[LeftOutGroup, ...]
    least: int

    @property
    def enough(self) -> bool:
        """Enough people in every arm."""
        return self.least >= LEAST_PER_ARM

    @property
    def gains(self) -> bool:
        """The gain over every arm has its lower limit above zero."""
        return self.gain.low > 0

    @property
    def stable(self) -> bool:
        """The gain is there, and people are told the same, however the folds fall."""
        return self.positive >= POSITIVE_REPEATS and self.agreement >= AGREEMENT

    @property
    def carried_by_all(self) -> bool:
        """The gain stays above zero without any one group."""
        return all(each.gain > 0 for each in self.without)

    @property
    def differs(self) -> bool:
        """The rule learned in everybody indicates different arms to different people."""
        return not self.rule.constant

    @property
    def recommended(self) -> bool:
        """All conditions hold."""
        return self.enough and self.gains and self.stable and self.carried_by_all and self.differs


def recommend(
    fit: CrossFit, features: Features, *, sign: int, level: float = 0.95, groupings: Sequence[Codes] = ()
) -> Recommendation:
    """Learn a policy tree in everybody, and judge it by trees learned without the people they are judged in.

    fit : of n people, A arms and R repeats; its clusters widen the intervals
    features : (n, …) what a rule may ask
    sign : 1 when a higher outcome is better, −1 when a lower one is
    level : of the intervals; a recommendation needs the lower limit of a two-sided interval
    groupings : each (n,) codes of a site or therapist, −1 for none; the gain is computed without each group in turn

    In each repeat and fold a tree is learned on the scores of the other folds and applied to the people of the fold.
    A person's contribution is the score of the arm indicated minus that of an arm given to everybody, averaged over the
    repeats; its mean is the gain, its interval that of `cluster_robust.robust_mean` (Student's t without clusters).
    The better arm for everybody is itself not known, so the gain must hold over every arm (intersection-union).
    The standard error is the mean of those of the single repeats, with their spread added: averaging repeats of the same
    people must not look like more people.

    Source: Zhou, Athey & Wager (2023), Operations Research 71:148-183 (cross-fitted policy trees); Chernozhukov et al.
    (2018), Econometrica J 21:C1-C68, def. 3.3 (repeats); Berger (1982), Technometrics 24:295-300 (intersection-union).

    >>> rng = np.random.default_rng(0)
    >>> age = np.linspace(20, 60, 200)
    >>> people = Features(age[:, None], np.empty((200, 0), dtype=np.intp), ("age",))
    >>> scores = np.stack([np.column_stack([np.zeros(200), np.where(age < 40, 1, -1) + rng.normal(size=200)])] * 2)
    >>> fit = CrossFit(scores, scores, scores, scores[None], ("made up",), np.stack([rng.permutation(200) % 5] * 2),
    ...                np.full((200, 2), 0.5), np.arange(200) % 2, np.ones(200, dtype=bool), None, False)
    >>> answer = recommend(fit, people, sign=1)
    >>> answer.recommended, round(answer.gain.value, 1), round(answer.rule.nodes[0].split.cut)
    (True, 0.5, 40)
    """
    scores = sign * fit.scores
    arms = scores.shape[2]
    depth, min_leaf = settings(fit)
    told = cross_fitted_rules(scores, fit.fold, features, depth=depth, min_leaf=min_leaf)
    single = np.take_along_axis(scores, told[:, :, None], axis=2) - scores
    contributions = single.mean(axis=0)
    per_repeat = [[mean_gain(single[r, :, a], fit.cluster, level) for a in range(arms)] for r in range(told.shape[0])]
    over = tuple(_over_repeats([repeat[a] for repeat in per_repeat], level) for a in range(arms))
    values = np.array([[one.value for one in repeat] for repeat in per_repeat])
    better = int(scores.mean(axis=(0, 1)).argmax())
    return Recommendation(
        rule=learn_rule(scores.mean(axis=0), features, depth=depth, min_leaf=min_leaf),
        depth=depth,
        min_leaf=min_leaf,
        indicated=told,
        contributions=contributions,
        over=over,
        gain=smallest(over),
        better=better,
        repeats=np.array([[repeat[better].value, repeat[better].low, repeat[better].high] for repeat in per_repeat]),
        positive=float((values.min(axis=1) > 0).mean()),
        agreement=_agreement(told, arms),
        without=tuple(_without(contributions, codes, k) for k, codes in enumerate(groupings)),
        least=int(np.bincount(fit.arm[fit.observed], minlength=arms).min()),
    )


def settings(fit: CrossFit) -> tuple[int, int]:
    """Depth of the rule and least leaf, by the number of people and never by what is found."""
    depth = 2 if int(fit.observed.sum()) >= DEEP_FROM else 1
    return depth, max(LEAST_LEAF, int(np.ceil(LEAF_SHARE * fit.arm.size)))


def cross_fitted_rules(scores: Array, fold: Codes, features: Features, *, depth: int, min_leaf: int) -> Codes:
    """(R, n) the arm indicated to each person by a tree learned in the people of the other folds.

    scores : (R, n, A), more is better; fold : (R, n)
    """
    told = np.zeros(fold.shape, dtype=np.intp)
    for r in range(fold.shape[0]):
        for k in np.unique(fold[r]):
            inside, outside = np.flatnonzero(fold[r] == k), np.flatnonzero(fold[r] != k)
            leaf = max(1, round(min_leaf * outside.size / fold.shape[1]))
            rule = learn_rule(scores[r, outside], features.take(outside), depth=depth, min_leaf=leaf)
            told[r, inside] = indicated(rule, features.take(inside))
    return told


def mean_gain(values: Array, cluster: Codes | None, level: float) -> Gain:
    """Mean of each person's contribution with the interval of `cluster_robust.robust_mean`.

    values : (n,); cluster : (n,) codes, or None. Limits are infinite where fewer than two people (clusters) are left.

    >>> round(mean_gain(np.array([1.0, 2.0, 3.0]), None, 0.95).low, 2)
    -0.48
    """
    found, n = robust_mean(values, cluster, level=level), values.size
    return Gain(found.value, found.low, found.high, found.se, found.df, found.se * float(np.sqrt(n)), n)


def smallest(over: Sequence[Gain]) -> Gain:
    """The gain over the best arm, whichever it is: smallest value, lower and upper limit (intersection-union).

    Standard error, degrees of freedom and SD are those of the gain with the smallest value.
    """
    least = min(over, key=lambda one: one.value)
    low, high = min(one.low for one in over), min(one.high for one in over)
    return Gain(least.value, low, high, least.se, least.df, least.sd, least.n)


def lasting(told: Codes, scores: Array, *, sign: int, cluster: Codes | None, level: float) -> tuple[Gain, ...]:
    """Gain over each arm, on the scores of another outcome, of rules already learned.

    told : (R, n) arm indicated by rules learned without the person; scores : (R', n, A) of the other outcome
    The repeats of the two need not be the same: a person's own outcomes entered neither the rules that concern the
    person nor the nuisances of the person's scores.
    """
    mean = sign * scores.mean(axis=0)
    share = np.stack([(told == a).mean(axis=0) for a in range(mean.shape[1])], axis=1)
    by_rule = (share * mean).sum(axis=1)
    return tuple(mean_gain(by_rule - mean[:, a], cluster, level) for a in range(mean.shape[1]))


def power(gains: Sequence[float], sds: Sequence[float], n: float, level: float = 0.95, *, units: float = 1.0) -> float:
    """Probability that the lower limits of all gains are above zero with n people.

    gains : true gain over each arm; sds : what one person adds
    units : what one person adds to the degrees of freedom (`Gain.units`): with clusters their number grows with n, each of
        the size it has; below one degree of freedom nothing can be shown
    Gains over different arms are taken as independent, as they are with two arms: each comes from the people who are
    told the other arm. Noncentral t.

    >>> round(power([0.2], [1.41], 400), 2), round(power([0.2], [1.41], 400, units=0.02), 2)
    (0.81, 0.68)
    """
    df = units * n - 1.0
    if n < 3 or df < 1.0 or min(gains) <= 0:
        return 0.0
    quantile = float(stdtrit(df, (1 + level) / 2))
    chance = 1.0
    for gain, sd in zip(gains, sds, strict=True):
        chance *= 1.0 - float(nctdtr(df, gain / sd * np.sqrt(n), quantile)) if sd > 0 else 1.0
    return chance


def needed(
    gains: Sequence[float], sds: Sequence[float], level: float = 0.95, wanted: float = POWER, *, units: float = 1.0
) -> int | None:
    """Smallest n with the wanted power, or None when a gain is not above zero (or ten million would not do).

    >>> needed([0.2], [1.41]), needed([0.2], [1.41], units=0.02)
    (393, 495)
    """
    low, high = 2, 10_000_000
    if power(gains, sds, high, level, units=units) < wanted:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        enough = power(gains, sds, middle, level, units=units) >= wanted
        low, high = (low, middle) if enough else (middle, high)
    return high


def gains_worth(scores: Array, better: int, least: float) -> tuple[float, ...]:
    """Gain over each arm of a rule that gains `least` over the better one: `least` and what the better arm has on it.

    scores : (n, A), more is better
    """
    mean = scores.mean(axis=0)
    return tuple(float(least + mean[better] - mean[a]) for a in range(scores.shape[1]))


def otherwise_sds(scores: Array, better: int, cluster: Codes | None, share: float = 0.5) -> tuple[float, ...]:
    """What one person adds to the gain over each arm when this share of people is not told the better arm.

    scores : (n, A). The others are told one other arm, whichever makes most of it. Mean squares of differences of scores,
    their variance inflated by clustering.
    """
    arms = scores.shape[1]

    def square(one: int, other: int) -> float:
        apart = mean_gain(scores[:, one] - scores[:, other], cluster, 0.95)
        return apart.sd**2 + apart.value**2 if one != other else 0.0

    told = [k for k in range(arms) if k != better]
    return tuple(
        float(np.sqrt(max((1 - share) * square(better, a) + share * square(k, a) for k in told))) for a in range(arms)
    )


def _over_repeats(each: Sequence[Gain], level: float) -> Gain:
    """One gain from repeats on the same people: mean value; mean squared error of one repeat plus the spread of repeats."""
    values = np.array([one.value for one in each])
    spread = float(values.var(ddof=1)) if values.size > 1 else 0.0
    se = float(np.sqrt(np.mean([one.se**2 for one in each]) + spread))
    value, df, n = float(values.mean()), float(np.mean([one.df for one in each])), each[0].n
    half = float(stdtrit(df, (1 + level) / 2)) * se if np.isfinite(se) else np.inf
    return Gain(value, value - half, value + half, se, df, se * float(np.sqrt(n)), n)


def _agreement(told: Codes, arms: int) -> float:
    """Mean over people of the share of pairs of repeats that indicate the same arm."""
    repeats = told.shape[0]
    if repeats < 2:
        return 1.0
    times = np.stack([(told == a).sum(axis=0) for a in range(arms)])
    return float((times * (times - 1)).sum(axis=0).mean() / (repeats * (repeats - 1)))


def _without(contributions: Array, codes: Codes, grouping: int) -> LeftOutGroup:
    """The group whose absence leaves the smallest gain over the best arm."""
    total, n = contributions.sum(axis=0), contributions.shape[0]
    least = LeftOutGroup(grouping, -1, np.inf)
    for group in np.unique(codes[codes >= 0]):
        mine = codes == group
        if mine.all():
            continue
        gain = float(((total - contributions[mine].sum(axis=0)) / (n - int(mine.sum()))).min())
        if gain < least.gain:
            least = LeftOutGroup(grouping, int(group), gain)
    return least
