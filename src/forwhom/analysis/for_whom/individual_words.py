"""Individual effects in words: the answer, the method and what a reader must know."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Draft
from forwhom.analysis.for_whom.trial import CHERNOZHUKOV, FOLDS, KENNEDY, REPEATS, Trial
from forwhom.analysis.words import level_words, listed, number, people, percent
from forwhom.findings import Method
from forwhom.kernels.advantage import Advantage, Comparison
from forwhom.kernels.crossfit import CrossFit
from forwhom.kernels.effect_basis import RAREST
from forwhom.kernels.encoding import RARE
from forwhom.kernels.individual_effects import PRIOR_SCALE, ROUGH, TAKEN, IndividualEffects

DERUBEIS = (
    "DeRubeis RJ, et al. The Personalized Advantage Index: translating research on prediction into individualized treatment "
    "recommendations. PLoS ONE 2014;9:e83875."
)
RASMUSSEN = "Rasmussen CE, Williams CKI. Gaussian processes for machine learning. MIT Press, 2006."


def amount(made: Trial, value: float) -> str:
    """An outcome difference as read aloud: points, or percentage points of a binary outcome.

    Signed, without unit.
    """
    return number(100 * value, 0) if made.target.binary else number(value, made.places)


def apart(made: Trial, value: float) -> str:
    """A signed difference in words, "0.8 lower" or "3 percentage points higher"."""
    text = amount(made, abs(value))
    if float(text) == 0:
        return "no different"
    unit = f" percentage point{'' if text == '1' else 's'}" if made.target.binary else ""
    return f"{text}{unit} {_side(value)}"


def _side(value: float) -> str:
    return "lower" if value < 0 else "higher"


def _counted(made: Trial) -> str:
    """What a difference is one of: of a yes or no the risk where it is bad, the share that got there where it is good."""
    if not made.target.binary:
        return "mean"
    return "risk" if made.sign < 0 else "share"


def statement(made: Trial, effects: IndividualEffects, index: Advantage, level: float) -> str:
    """The answer: spread over people, average, how many are sure of a difference, and what the index found."""
    label = made.target.label
    what = {"mean": label, "risk": f"risk of {label}", "share": f"share reaching {label}"}[_counted(made)]
    unit = ", in percentage points" if made.target.binary else ""
    parts = [_ranges(made, effects, k, level) for k in range(len(made.arms) - 1)]
    return (
        f"Expected difference in {what} {made.time_words} ({made.better} is better{unit}), {'. '.join(parts)}. "
        f"{_index(made, index)}"
    )


def _ranges(made: Trial, effects: IndividualEffects, k: int, level: float) -> str:
    low, high = np.quantile(effects.effect[k], [0.1, 0.9])
    sure = int(((effects.low[k] > 0) | (effects.high[k] < 0)).sum())
    return (
        f"{made.arms[k + 1][1]} minus {made.arms[0][1]}: {amount(made, float(low))} to {amount(made, float(high))} over people "
        f"(middle 80 %), average {amount(made, float(effects.average[k]))} ({level_words(level)} "
        f"{amount(made, float(effects.average_low[k]))} to {amount(made, float(effects.average_high[k]))}); a person's own interval "
        f"excludes 0 for {sure:,} of {made.arm.size:,}"
    )


def _index(made: Trial, index: Advantage) -> str:
    """How those fared who by chance got the arm predicted to be better, and what matching alone would bring."""
    if not np.isfinite(index.difference.estimate):
        return "How people fared with the arm predicted to be better for them cannot be told: too few got it, or too few did not."
    verb = {"mean": "scored", "risk": "had a risk", "share": "had a share"}[_counted(made)]
    said = f"Those who by chance got the arm predicted better for them {verb} {_compared(made, index.difference)} than others"
    if np.isfinite(index.matching.estimate):
        said += (
            "; beyond the arms' average difference, following predictions would make the "
            f"{_counted(made)} {_compared(made, index.matching)}"
        )
    return f"{said}."


def _compared(made: Trial, found: Comparison) -> str:
    """A difference and its limits in words, the side named once where both limits are on it."""
    return f"{apart(made, found.estimate)} ({_ends(made, found.low, found.high)})"


def _ends(made: Trial, low: float, high: float) -> str:
    near, far = (low, high) if low > 0 else (high, low)
    if low * high > 0:
        return f"{amount(made, abs(near))} to {amount(made, abs(far))} {_side(far)}"
    below, above = amount(made, abs(low)), amount(made, abs(high))
    return f"{below}{' lower' if float(below) else ''} to {above}{' higher' if float(above) else ''}"


def method_of(made: Trial, fit: CrossFit, level: float) -> Method:
    """What was run, with everything that was fixed in advance."""
    cluster = made.cluster_words
    return Method(
        "Doubly robust learner, cross-fitted; hierarchical normal model of its scores; personalised advantage index",
        {
            "learners": f"{listed(fit.learners)}, their mean; fixed in advance",
            "folds": str(FOLDS),
            "repeats": str(REPEATS),
            "effect of a person": f"average score, {percent(TAKEN)} of what the learners predict out of fold, and a Gaussian process "
            "over the covariates (lines, steps and smooth surfaces in equal parts), predicted from everybody but the person",
            "prior": f"standard deviation of effects half-normal with scale {PRIOR_SCALE:g} outcome standard deviations, integrated "
            f"over; {percent(ROUGH)} of their variance taken as beyond what covariates can tell",
            "interval of a person": f"{level_words(level)} for the mean effect among people with the same covariates, honest on "
            "average over people",
            "covariates": made.features_words,
            "imputation": "mean (numbers) or a level of its own (words), inside the training folds, with an indicator of absence",
            "missing outcomes": "weighted by the inverse of the learned probability of being seen, in the scores; left out "
            "without weights where observed outcomes are compared",
            "index": "indicated arm is the best of all arms by out-of-fold prediction; standard error that of one repeat",
            "allocation": "share of people in each arm, by randomisation",
            "clustering": cluster,
        },
        (KENNEDY, CHERNOZHUKOV, DERUBEIS, RASMUSSEN),
    )


def cautions_of(draft: Draft, made: Trial, fit: CrossFit, effects: IndividualEffects, index: Advantage) -> None:
    """What a reader must know before leaning on a person's number."""
    draft.caution(
        "honest-on-average",
        "Intervals of single people are honest on average over people, not for each: people far from the others, and rare exceptions, "
        "are missed more often. They are for the mean among people with the same baseline values, not for what one "
        "person would have lived through under both arms.",
    )
    draft.caution(
        "people-like-these",
        "Expected differences hold for people who would have entered this study, under the arms as delivered in it; what was not "
        "measured before treatment cannot count.",
    )
    most = int(np.argmax(index.share))
    if index.share[most] > 0.6:
        draft.caution(
            "index-includes-average",
            f"{made.arms[most][1]} is indicated for {percent(float(index.share[most]))} of the people, so comparing those who got the "
            "indicated arm with those who did not is for the most part comparing the arms.",
        )
    absent = int((~made.observed).sum())
    if absent:
        draft.caution(
            "index-observed-only",
            f"The comparison of observed outcomes leaves out the {people(absent)} without one, without weights; the doubly robust "
            "version counts them.",
        )
    if fit.clipped > 0:
        draft.caution(
            "weights-cut",
            f"For {percent(fit.clipped, 1)} of the people seen, the learned probability of being seen was below 0.05 and was raised "
            "to it.",
        )
    pooled = _pooled(made)
    if pooled:
        draft.caution(
            "levels-pooled", f"Levels seen in few people are pooled with each other or with none: {listed(pooled)}."
        )
    if not np.isfinite(effects.shrunken).all():
        draft.caution(
            "many-covariates",
            "There are more than half as many baseline variables as people; expected differences then rest on the prior to a large "
            "part.",
        )


def _pooled(made: Trial) -> list[str]:
    """Categories of which some level has too few people for a column of its own."""
    fewest = max(RARE, RAREST * made.arm.size)
    names = []
    for name, codes in zip(made.features.category_names, made.features.categories.T, strict=True):
        counts = np.bincount(codes[codes >= 0])
        rare = int(((counts > 0) & (counts < fewest)).sum())
        if rare:
            names.append(f"{name} ({rare} of {int((counts > 0).sum())})")
    return names
