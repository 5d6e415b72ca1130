"""Who should get what: a rule a clinician can read, or the reason why none can be recommended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.for_whom.rule_plan import Planned, planned
from forwhom.analysis.for_whom.ruled import (
    CLUSTERED,
    IMBENS,
    aloud,
    amount,
    asked_of,
    between,
    no_rule_possible,
    question,
    ruled,
)
from forwhom.analysis.for_whom.trial import CHERNOZHUKOV, FOLDS, REPEATS, Target, Trial, describe, trial
from forwhom.analysis.words import listed, people, percent
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import (
    Interval,
    PolicyValue,
    RecommendationDetail,
    RuleCondition,
    RuleNode,
)
from forwhom.kernels.crossfit import CrossFit, cross_fit
from forwhom.kernels.policy_gain import (
    AGREEMENT,
    DEEP_FROM,
    LEAST_PER_ARM,
    POSITIVE_REPEATS,
    Gain,
    Recommendation,
    lasting,
    mean_gain,
    smallest,
)
from forwhom.kernels.policy_tree import indicated, leaves
from forwhom.study import Study

LUEDTKE_PER_ARM = 300
"""Per arm, the number from which multivariable treatment rules become dependable in simulations (Luedtke et al., 2019)."""
LATER_REPEATS = 3
CITATIONS = (
    "Zhou Z, Athey S, Wager S. Offline multi-action policy learning: generalization and optimization. Oper Res "
    "2023;71:148-183.",
    "Athey S, Wager S. Policy learning with observational data. Econometrica 2021;89:133-161.",
    CHERNOZHUKOV,
    "Berger RL. Multiparameter hypothesis testing and acceptance sampling. Technometrics 1982;24:295-300.",
    "Luedtke A, Sadikova E, Kessler RC. Sample size requirements for multivariate models to predict between-patient "
    "differences in best treatments of major depressive disorder. Clin Psychol Sci 2019;7:445-461.",
    IMBENS,
)


def recommendation(study: Study, asking: Asking, target: Target) -> Finding:
    """`for_whom.recommendation.<target>`: a rule where every condition holds, else which one failed and what it would take."""
    draft = Draft(
        study,
        asking,
        f"for_whom.recommendation.{target.name}",
        f"Who should get which treatment, judged by {target.label}?",
    )
    made = trial(study, target)
    if not isinstance(made, Trial):
        return draft.not_applicable(*made)
    describe(draft, made)
    why = no_rule_possible(made)
    if why is not None:
        return draft.decline(*why)
    fit, found = ruled(asking, made)
    draft.method = _method(made, found)
    here = _Here(study, asking, made, fit, found)
    conditions = _conditions(here)
    plan = planned(made, fit, found, asking.level)
    later = _later(here) if found.recommended else ()
    detail = RecommendationDetail(
        outcome=target.label,
        better=made.better,
        unit=made.unit,
        rule=_nodes(here) if found.recommended else (),
        conditions=conditions,
        values=_values(here),
        repeats=tuple(Interval(*(finite(v) for v in row)) for row in found.repeats),
        later=tuple((words, _interval(gain)) for words, gain in later),
        power=plan.points,
    )
    estimates = _estimates(here, plan, later)
    if not found.recommended:
        return draft.decline(
            "no rule that gives different people different treatments can be recommended, because "
            f"{'; and '.join(_failures(here))}. The answer for everybody is the average effect: {_average_words(here)}",
            plan.words,
            estimates,
            detail,
        )
    _cautions(draft, here)
    return draft.answer(_statement(here, later), estimates, detail)


@dataclass(frozen=True, slots=True)
class _Here:
    """What every part of the answer needs."""

    study: Study
    asking: Asking
    made: Trial
    fit: CrossFit
    found: Recommendation

    @property
    def level(self) -> float:
        return self.asking.level

    @property
    def better(self) -> str:
        """The label of the better arm for everybody."""
        return self.made.arms[self.found.better][1]

    def average(self, arm: int, reference: int) -> Gain:
        """Doubly robust difference of means, arm minus reference, in outcome units."""
        scores = self.fit.scores.mean(axis=0)
        return mean_gain(scores[:, arm] - scores[:, reference], self.fit.cluster, self.level)


def _conditions(here: _Here) -> tuple[RuleCondition, ...]:
    """Every condition with its number; fixed before any outcome is seen."""
    made, found = here.made, here.found
    repeats = found.repeats.shape[0]
    positive = round(found.positive * repeats)
    held = [k for k, gain in enumerate(found.over) if gain.low <= 0]
    over = f"the cross-fitted gain over {here.better} for everybody is {between(made, found.over[found.better], here.level)}"
    others = [k for k in held if k != found.better]
    if others:
        parts = [f"{between(made, found.over[k], here.level)} over {made.arms[k][1]}" for k in others]
        over += f"; {listed(parts)} for everybody"
    return (
        RuleCondition(
            f"At least {LEAST_PER_ARM} outcomes in every arm", found.enough, f"{found.least} in the smallest arm"
        ),
        RuleCondition("Gain over every single arm with its lower limit above zero", found.gains, over),
        RuleCondition(
            f"Stable over repeats (gain in {percent(POSITIVE_REPEATS)}, people told the same in {percent(AGREEMENT)})",
            found.stable,
            f"a gain in {positive} of {repeats} repeats, and two repeats tell a person the same in {percent(found.agreement)} of cases",
        ),
        RuleCondition(
            "Not carried by one site or therapist",
            found.carried_by_all if found.without else None,
            _carried_words(here),
        ),
        RuleCondition("Different treatments for different people", found.differs, _differs_words(here)),
    )


def _failures(here: _Here) -> list[str]:
    """Why there is no rule, in words, one phrase per condition that does not hold."""
    found = here.found
    reasons = []
    if not found.enough:
        reasons.append(
            f"the smallest arm has only {found.least} outcomes ({LEAST_PER_ARM} are the least to look for a rule in)"
        )
    if not found.gains:
        reasons.append(_not_shown(here))
    if not found.stable:
        reasons.append(
            "what it indicates, or what it gains, changes with the way people are split to learn and to judge it"
        )
    if not found.carried_by_all and found.gain.value > 0:
        reasons.append(f"the gain hangs on one group ({_carried_words(here)})")
    if not found.differs:
        reasons.append(_differs_words(here))
    return reasons


def _not_shown(here: _Here) -> str:
    """Over which arms the gain is not above zero: the better one first, whose gain is "the gain seen" of the plan."""
    made, found = here.made, here.found
    open_ = sorted((k for k, gain in enumerate(found.over) if gain.low <= 0), key=lambda k: k != found.better)
    first, *others = open_
    words = (
        f"its gain over giving everybody {made.arms[first][1]} is not shown to be above zero: "
        f"{between(made, found.over[first], here.level)}"
    )
    if others:
        words += f", nor is that over {listed([f'{made.arms[k][1]}: {between(made, found.over[k], here.level)}' for k in others])}"
    return words


def _carried_words(here: _Here) -> str:
    groupings = here.made.groupings
    if not groupings:
        return "no sites, therapists or groups are recorded, so this could not be checked"
    parts = [
        f"{amount(here.made, each.gain)} without {groupings[each.grouping].name} "
        f"{groupings[each.grouping].groups[each.group]}"
        for each in here.found.without
        if each.group >= 0
    ]
    first = "" if here.found.gain.value > 0 else "there is no gain that could be carried; "
    return f"{first}leaving out one at a time, the smallest gain is {listed(parts)}"


def _differs_words(here: _Here) -> str:
    rule, made = here.found.rule, here.made
    if rule.constant:
        arm = next(node.arm for node in rule.nodes if node.split is None)
        return f"the rule learned in everybody indicates {made.arms[arm][1]} to all"
    told = np.bincount(indicated(rule, made.features), minlength=len(made.arms))
    parts = [f"{label} to {people(int(told[k]))}" for k, (_, label) in enumerate(made.arms) if told[k]]
    return f"the rule learned in everybody indicates {listed(parts)}"


def _average_words(here: _Here) -> str:
    """Average effects of every arm against the reference, in words."""
    made = here.made
    parts = []
    for k in range(1, len(made.arms)):
        gain = here.average(k, 0)
        parts.append(
            f"{made.arms[k][1]} minus {made.arms[0][1]} {between(made, gain, here.level)} {made.time_words} ({made.better} is better)"
        )
    refer = f"; see outcome.arm_difference.{made.target.scale.name}" if made.target.scale and made.sd else ""
    return listed(parts) + refer


def _interval(gain: Gain) -> Interval:
    return Interval(finite(gain.value), finite(gain.low), finite(gain.high))


def _values(here: _Here) -> tuple[PolicyValue, ...]:
    """What policies are worth: everybody the same arm, and each by the cross-fitted rule; gains over the better arm."""
    made, found, fit = here.made, here.found, here.fit
    scores = fit.scores.mean(axis=0)
    rows = []
    for k, (_, label) in enumerate(made.arms):
        value = mean_gain(scores[:, k], fit.cluster, here.level)
        against = mean_gain(made.sign * (scores[:, k] - scores[:, found.better]), fit.cluster, here.level)
        gain = Interval(None) if k == found.better else _interval(against)
        rows.append(PolicyValue(f"{label} for everybody", _interval(value), gain))
    by_rule = made.sign * found.contributions[:, found.better] + scores[:, found.better]
    value = mean_gain(by_rule, fit.cluster, here.level)
    return (*rows, PolicyValue("by the rule", _interval(value), _interval(found.gain)))


def _nodes(here: _Here) -> tuple[RuleNode, ...]:
    """The rule, with the cross-fitted gain of the people in each leaf that is told another arm than the better one."""
    made, found = here.made, here.found
    at = leaves(found.rule, made.features)
    inside: list[np.ndarray] = [at == k for k in range(len(found.rule.nodes))]
    for k in range(len(found.rule.nodes) - 1, 0, -1):
        parent = found.rule.nodes[k].parent
        inside[parent] = inside[parent] | inside[k]
    rows = []
    for k, node in enumerate(found.rule.nodes):
        effect = Interval(None)
        if node.split is None and node.arm == found.better:
            effect = Interval(0.0)
        elif node.split is None:
            cluster = None if here.fit.cluster is None else here.fit.cluster[inside[k]]
            effect = _interval(mean_gain(found.contributions[inside[k], found.better], cluster, here.level))
        rows.append(
            RuleNode(
                node=k,
                parent=node.parent,
                branch="" if node.parent < 0 else "yes" if node.yes else "no",
                says="" if node.split is None else question(here.study, made, node.split),
                arm=made.arms[node.arm][0] if node.split is None else None,
                n=int(inside[k].sum()),
                effect=effect,
            )
        )
    return tuple(rows)


def _later(here: _Here) -> tuple[tuple[str, Gain], ...]:
    """The gain of the same cross-fitted rules on the outcome at each later occasion."""
    made = here.made
    rows = []
    for words, outcome, seen_between in made.later:
        seen = np.bincount(made.arm[np.isfinite(outcome)], minlength=len(made.arms))
        if seen.min() < 2 * FOLDS:
            continue
        fit = cross_fit(
            outcome,
            made.arm,
            made.features,
            arms=len(made.arms),
            cluster=made.cluster,
            binary=made.counted,
            between=seen_between,
            folds=FOLDS,
            repeats=LATER_REPEATS,
            rng=here.asking.rng(f"for_whom.recommendation.{made.target.name} {words}"),
        )
        over = lasting(here.found.indicated, fit.scores, sign=made.sign, cluster=fit.cluster, level=here.level)
        rows.append((words, smallest(over)))
    return tuple(rows)


def _estimates(here: _Here, plan: Planned, later: tuple[tuple[str, Gain], ...]) -> list[Estimate]:
    """Gains, average effects and numbers needed."""
    made, found = here.made, here.found
    scale = made.target.scale.name if made.target.scale else None
    kind = "t" if here.fit.cluster is None else "t, cluster robust (CR2)"

    def one(name: str, gain: Gain, direction: str, **more: object) -> Estimate:
        return Estimate(
            name=name,
            value=finite(gain.value),
            low=finite(gain.low),
            high=finite(gain.high),
            level=here.level,
            interval=kind,
            unit=made.unit,
            direction=direction,
            n=gain.n,
            se=finite(gain.se),
            df=finite(gain.df),
            scale=scale,
            **more,  # type: ignore[arg-type]  # keywords of several types
        )

    good = "above 0: the rule is better"
    rows = [one("gain of the rule over the better arm for everybody, cross-fitted", found.gain, good)]
    for k, (code, label) in enumerate(made.arms):
        rows.append(one(f"gain of the rule over {label} for everybody", found.over[k], good, arm=code))
    for words, gain in later:
        rows.append(one(f"gain of the rule over the better arm for everybody at {words}", gain, good))
    for k in range(1, len(made.arms)):
        (code, label), (reference, reference_label) = made.arms[k], made.arms[0]
        side = "above" if made.sign > 0 else "below"
        rows.append(
            one(
                f"average difference, {label} − {reference_label}, doubly robust",
                here.average(k, 0),
                f"{side} 0 favours {label}",
                arm=code,
                reference=reference,
            )
        )
    for name, wanted in (
        ("people for 80 % power to show the gain seen", plan.seen),
        (f"people for 80 % power to show a gain of {amount(made, plan.small_gain)}", plan.small),
    ):
        absent = None if wanted is not None else "the gain seen is not above zero over every arm"
        rows.append(
            Estimate(
                name=name,
                value=wanted,
                interval="none: computed from the spread seen",
                unit="people, all arms together",
                scale=scale,
                why_absent=absent,
            )
        )
    return rows


def _statement(here: _Here, later: tuple[tuple[str, Gain], ...]) -> str:
    made, found = here.made, here.found
    lasts = f" {_lasts(here, *later[-1])}" if later else ""
    return (
        f"{aloud(here.study, made, found.rule)}. This rule was learned in everybody; rules learned the same way, each judged in people "
        f"it was not learned from, gain {between(made, found.gain, here.level)} in {made.target.label} {made.time_words} "
        f"({made.better} is better) over giving everybody the better arm ({here.better}).{lasts} A new trial should confirm it before "
        "anybody is refused a treatment by it."
    )


def _lasts(here: _Here, words: str, gain: Gain) -> str:
    """Whether the gain is still there at a later occasion."""
    told = f"{between(here.made, gain, here.level)}"
    if gain.low > 0:
        return f"At {words} the gain lasts: it is {told}."
    if gain.high < 0:
        return f"At {words} the gain is lost, and turned round: it is {told}."
    if gain.value <= 0:
        return f"At {words} no gain is seen any more: it is {told}; this study does not show that it lasts."
    return f"At {words} it is {told}, which does not show that it lasts."


def _cautions(draft: Draft, here: _Here) -> None:
    made, found = here.made, here.found
    draft.caution(
        "needs-replication",
        "The rule comes from one study, which did not plan it, and was checked within this study only; it needs a trial of its own.",
    )
    if found.least < LUEDTKE_PER_ARM:
        draft.caution(
            "few-for-a-rule",
            f"The smallest arm has {found.least} outcomes; rules become dependable from some {LUEDTKE_PER_ARM} per arm on (Luedtke "
            "et al., 2019). The interval is honest, but the cut-points may lie elsewhere.",
        )
    draft.caution(
        "leaf-gains",
        "The gain within a leaf is cross-fitted, but where the leaves lie was chosen in the same people.",
    )
    if not made.groupings:
        draft.caution(
            "sites-not-recorded",
            "No sites, therapists or groups are recorded: whether one of them carries the gain could not be checked.",
        )
    fills = [
        f"{name} ({'mean' if node.split.numeric else 'commonest level'})"
        for name in asked_of(made, found.rule)
        for node in found.rule.nodes
        if node.split is not None and _name(made, node.split.numeric, node.split.column) == name
    ]
    if any(_absent(made, name) for name in asked_of(made, found.rule)):
        draft.caution(
            "rule-absent", f"Where the rule's variable is not known, it takes: {listed(list(dict.fromkeys(fills)))}."
        )


def _name(made: Trial, numeric: bool, column: int) -> str:
    return (made.features.numeric_names if numeric else made.features.category_names)[column]


def _absent(made: Trial, name: str) -> bool:
    features = made.features
    if name in features.numeric_names:
        return not bool(np.isfinite(features.numeric[:, features.numeric_names.index(name)]).all())
    return bool((features.categories[:, features.category_names.index(name)] < 0).any())


def _method(made: Trial, found: Recommendation) -> Method:
    interval = "Student's t" if made.cluster is None else CLUSTERED
    questions = "one question" if found.depth == 1 else "up to two questions in a row"
    return Method(
        "Policy tree on doubly robust scores, cross-fitted gain over the best single arm",
        {
            "rule": f"{questions} (two from {DEEP_FROM} outcomes on), at least {found.min_leaf} people in a leaf, exact search over "
            "thresholds at evenly spaced ranks and over one level against the rest",
            "what a rule may ask": made.features_words,
            "cross-fitting": f"{FOLDS} folds, {REPEATS} repeats; the rule is learned without the people it is judged in",
            "interval": f"{interval}; standard error of one repeat with the spread of repeats added, so that repeats do not count "
            "as people; over every arm (intersection-union)",
            "conditions": "fixed in advance, all needed",
            "absent baseline values": "mean, or commonest level, of the people the rule is learned in",
            "gain": "of rules learned in four fifths of the people; the rule shown is learned in everybody",
            "clustering": made.cluster_words,
            "standardiser": "none, raw units" if made.sd is None else f"SD {made.sd:.3g} for the gain of d 0.2",
        },
        CITATIONS,
    )
