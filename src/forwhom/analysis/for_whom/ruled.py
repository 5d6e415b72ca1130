"""The rule behind the recommendation and its fair use: learned once per outcome, and said in words."""

from __future__ import annotations

from collections import deque

import numpy as np

from forwhom.analysis.asking import Asking
from forwhom.analysis.for_whom.trial import Trial, fitted, too_little
from forwhom.analysis.words import level_words, listed, number
from forwhom.kernels.crossfit import CrossFit
from forwhom.kernels.policy_gain import Gain, Recommendation, recommend
from forwhom.kernels.policy_tree import Rule, Split
from forwhom.study import Study

FEW_VALUES = 6
"""A numeric variable with no more distinct values than this is spoken of value by value where the values have labels."""
CLUSTERED = "t, cluster robust (CR2, Satterthwaite's degrees of freedom with the correlation within clusters estimated)"
IMBENS = "Imbens GW, Kolesar M. Robust standard errors in small samples: some practical advice. Rev Econ Stat 2016;98:701-712."
_made: deque[tuple[CrossFit, float, Recommendation]] = deque(maxlen=4)


def ruled(asking: Asking, made: Trial) -> tuple[CrossFit, Recommendation]:
    """The cross-fit of one outcome, and the rule with its conditions; made once, whoever asks first."""
    fit = fitted(asking, made)
    for known, level, found in _made:
        if known is fit and level == asking.level:
            return fit, found
    found = recommend(
        fit,
        made.features,
        sign=made.sign,
        level=asking.level,
        groupings=tuple(each.codes for each in made.groupings),
    )
    _made.append((fit, asking.level, found))
    return fit, found


def question(study: Study, made: Trial, split: Split) -> str:
    """What a node asks: "age below 35", "drug is Yes"."""
    features = made.features
    if not split.numeric:
        name = features.category_names[split.column]
        level = features.levels[split.column][int(split.cut)]
        return f"{name} is {study.labels.get(name, {}).get(level, level)}"
    name = features.numeric_names[split.column]
    values = features.numeric[:, split.column]
    distinct = np.unique(values[np.isfinite(values)])
    labels = study.labels.get(name, {})
    below = [f"{value:g}" for value in distinct[distinct < split.cut]]
    if distinct.size == 2 or (distinct.size <= FEW_VALUES and all(f"{value:g}" in labels for value in distinct)):
        return f"{name} is {' or '.join(labels.get(value, value) for value in below)}"
    return f"{name} below {split.cut:g}".replace("-", "−")


def aloud(study: Study, made: Trial, rule: Rule) -> str:
    """The rule as a sentence part: "Beat the Blues where age below 35, Treatment as usual for the others"."""
    paths: dict[int, list[str]] = {}
    for k, node in enumerate(rule.nodes):
        if node.split is not None:
            continue
        asked: list[str] = []
        at = k
        while rule.nodes[at].parent >= 0:
            above = rule.nodes[rule.nodes[at].parent].split
            assert above is not None
            words = question(study, made, above)
            asked.insert(0, words if rule.nodes[at].yes else f"not ({words})")
            at = rule.nodes[at].parent
        paths.setdefault(node.arm, []).append(" and ".join(asked))
    last = max(paths, key=lambda arm: (len(paths[arm]), arm))
    parts = [f"{made.arms[arm][1]} where {' or where '.join(where)}" for arm, where in paths.items() if arm != last]
    return f"{', '.join(parts)}, and {made.arms[last][1]} for the others" if parts else f"{made.arms[last][1]} for all"


def asked_of(made: Trial, rule: Rule) -> tuple[str, ...]:
    """Names of the variables a rule asks for, each once."""
    names = [
        (made.features.numeric_names if node.split.numeric else made.features.category_names)[node.split.column]
        for node in rule.nodes
        if node.split is not None
    ]
    return tuple(dict.fromkeys(names))


def unit_of(made: Trial) -> str:
    """Unit in sentences."""
    return "percentage points" if made.target.binary else made.unit


def amount(made: Trial, value: float, *, unit: bool = True) -> str:
    """A gain or effect with its unit; shares in percentage points."""
    text = number(100 * value, 1) if made.target.binary else number(value, made.places)
    return f"{text} {unit_of(made)}" if unit else text


def between(made: Trial, gain: Gain, level: float) -> str:
    """ "0.8 points (95 % interval −0.3 to 1.9)"."""
    if not np.isfinite(gain.low):
        return amount(made, gain.value)
    limits = f"{amount(made, gain.low, unit=False)} to {amount(made, gain.high, unit=False)}"
    return f"{amount(made, gain.value)} ({level_words(level)} {limits})"


def no_rule_possible(made: Trial) -> tuple[str, str] | None:
    """Why no rule can even be looked for, and what it would take; None when one can."""
    if made.usable_features == 0:
        return (
            "nothing is known of people before treatment that could tell them apart",
            "Baseline variables in the persons table, or a baseline score.",
        )
    if made.smallest_arm < LEAST_FOR_FOLDS:
        few = listed(
            [
                label
                for k, (_, label) in enumerate(made.arms)
                if int((made.observed & (made.arm == k)).sum()) < LEAST_FOR_FOLDS
            ]
        )
        return (
            f"fewer than {LEAST_FOR_FOLDS} people have an outcome in {few}, too few to learn a rule in some and judge it in others",
            "At least 40 people with an outcome per arm to look for a rule; several hundred to find one.",
        )
    return too_little(made)


LEAST_FOR_FOLDS = 10
"""People with an outcome per arm that five folds need."""
