"""Who is expected to benefit more from which arm: each person's effect with its interval, and what following it would bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite, is_planned
from forwhom.analysis.for_whom.individual_words import cautions_of, method_of, statement
from forwhom.analysis.for_whom.trial import Target, Trial, describe, fitted, too_little, trial
from forwhom.analysis.words import people
from forwhom.findings import Estimate, Finding
from forwhom.findings.kinds import IndicatedGroup, IndividualContrast, IndividualDetail, Interval, PersonEffect
from forwhom.findings.model import Registered
from forwhom.kernels.advantage import Advantage, Comparison, Group, advantage
from forwhom.kernels.individual_effects import IndividualEffects, individual_effects
from forwhom.study import Study

FEWEST = 20
"""People with an outcome in the smallest arm below which the question is declined: folds hold four of them."""
STRONGEST = 0.5
"""Share of the people for whom the index is given again: those with the larger predicted advantage."""


@dataclass(frozen=True, slots=True)
class Individual:
    """What was found: effects per person, and the index over everybody and over those with the larger advantage."""

    effects: IndividualEffects
    everybody: Advantage
    strongest: Advantage


def individual(study: Study, asking: Asking, target: Target) -> Finding:
    """`for_whom.individual.<target>`: each person's expected difference between arms, and the personalised advantage index."""
    draft = Draft(
        study,
        asking,
        f"for_whom.individual.{target.name}",
        f"How large is each person's expected benefit in {target.label}?",
        registered=_registered(study, target),
    )
    made = trial(study, target)
    if isinstance(made, tuple):
        return draft.not_applicable(*made)
    describe(draft, made)
    if made.smallest_arm < FEWEST:
        return draft.decline(
            f"{people(made.smallest_arm)} with an outcome {made.time_words} in the smallest arm cannot tell one person's "
            "effect from another's",
            f"At least {FEWEST} people with an outcome per arm for an answer at all; some hundreds for one that is useful.",
        )
    if made.usable_features == 0:
        return draft.decline(
            "no baseline variable tells people apart, so everybody's expected difference is the average one",
            "Baseline variables that may matter, best named in the plan as moderators.",
        )
    short = too_little(made)
    if short is not None:
        return draft.decline(*short)
    sd = _spread_within_arms(made)
    try:
        fit = fitted(asking, made)
        found = Individual(
            individual_effects(fit, made.features, sd=sd, level=asking.level),
            advantage(fit, made.outcome, sign=made.sign, level=asking.level),
            advantage(fit, made.outcome, sign=made.sign, level=asking.level, strongest=STRONGEST),
        )
    except ValueError as why:
        return draft.decline(f"effects could not be predicted: {why}", "More people with an outcome in every arm.")
    draft.method = method_of(made, fit, asking.level)
    cautions_of(draft, made, fit, found.effects, found.everybody)
    detail = IndividualDetail(made.target.label, made.better, made.unit, _contrasts(made, found))
    return draft.answer(statement(made, found.effects, found.everybody, asking.level), _estimates(made, found), detail)


def _registered(study: Study, target: Target) -> Registered:
    """Planned only when the plan names both the outcome and the moderators."""
    if not study.plan.moderators:
        return "exploratory"
    return is_planned(study, target.scale.name if target.scale else None, target.informant)


def _spread_within_arms(made: Trial) -> float:
    """Standard deviation of the outcome within arms."""
    parts = [made.outcome[(made.arm == k) & made.observed] for k in range(len(made.arms))]
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in parts)
    return float(np.sqrt(squares / sum(part.size - 1 for part in parts)))


def _contrasts(made: Trial, found: Individual) -> tuple[IndividualContrast, ...]:
    """Every arm against the reference; the groups of the index stand once, with the first."""
    return tuple(_contrast(made, found, k) for k in range(len(made.arms) - 1))


def _contrast(made: Trial, found: Individual, k: int) -> IndividualContrast:
    effects = found.effects
    everyone = zip(made.ids, made.arm.tolist(), effects.effect[k], effects.low[k], effects.high[k], strict=True)
    return IndividualContrast(
        arm=made.arms[k + 1][0],
        reference=made.arms[0][0],
        average=_interval(effects.average[k], effects.average_low[k], effects.average_high[k]),
        shrunken=finite(effects.shrunken[k]),
        people=tuple(
            PersonEffect(id_, made.arms[arm][0], _interval(value, low, high)) for id_, arm, value, low, high in everyone
        ),
        indicated=_groups(found) if k == 0 else (),
    )


def _groups(found: Individual) -> tuple[IndicatedGroup, ...]:
    rows: list[IndicatedGroup] = []
    for index, words in ((found.everybody, ""), (found.strongest, ", larger half of predicted advantage")):
        for group, name in ((index.got, "got the indicated arm"), (index.other, "got another arm")):
            rows.append(IndicatedGroup(name + words, round(group.n), _of_group(group)))
    return tuple(rows)


def _of_group(group: Group) -> Interval:
    return _interval(group.mean, group.low, group.high)


def _interval(value: float, low: float, high: float) -> Interval:
    return Interval(finite(value), finite(low), finite(high))


def _estimates(made: Trial, found: Individual) -> list[Estimate]:
    rows: list[Estimate] = []
    scale = made.target.scale.name if made.target.scale else None
    effects, n = found.effects, made.arm.size
    t = "t" if made.cluster is None else "t, clustered"
    mean_by = "t" if made.cluster is None else "t, cluster robust (CR2)"
    for k, (arm, label) in enumerate(made.arms[1:]):
        pair = f"{label} − {made.arms[0][1]}"
        side = f"{'below' if made.sign < 0 else 'above'} 0 favours {label}"
        shared = {"arm": arm, "reference": made.arms[0][0], "scale": scale, "n": n}
        rows.append(
            Estimate(
                f"average expected difference {made.time_words}, {pair}",
                finite(effects.average[k]), finite(effects.average_low[k]), finite(effects.average_high[k]),
                effects.level, mean_by, made.unit, side, se=finite(effects.average_se[k]), df=finite(effects.average_df[k]),
                **shared,  # type: ignore[arg-type]  # keywords of several types
            )
        )  # fmt: skip
        ends = np.quantile(effects.effect[k], [0.1, 0.9])
        for end, words in zip(ends, ("10 % of people lie below", "90 % of people lie below"), strict=True):
            rows.append(
                Estimate(
                    f"expected difference that {words}, {pair}", finite(end), unit=made.unit, direction=side,
                    interval="none: a quantile of the expected differences", **shared,  # type: ignore[arg-type]  # keywords of several types
                )
            )  # fmt: skip
        sure = (effects.low[k] > 0) | (effects.high[k] < 0)
        rows.append(
            Estimate(
                f"share of people whose interval excludes no difference, {pair}", float(sure.mean()), unit="proportion",
                interval="none: a count of intervals", **shared,  # type: ignore[arg-type]  # keywords of several types
            )
        )  # fmt: skip
        rows.append(
            Estimate(
                f"share of the spread between people that was shrunken away, {pair}", finite(effects.shrunken[k]),
                unit="proportion", interval="none: a description of the method",
                why_absent=None if np.isfinite(effects.shrunken[k]) else "too many baseline variables for an unpenalised fit",
                **shared,  # type: ignore[arg-type]  # keywords of several types
            )
        )  # fmt: skip
    for index, whom in ((found.everybody, "everybody"), (found.strongest, "larger half of predicted advantage")):
        for compared, name in (
            (index.difference, "outcome of people who got the indicated arm − of those who did not"),
            (index.robust, "the same, doubly robust"),
            (index.matching, "following the predictions beyond the arms' average difference"),
        ):
            rows.append(_compared(made, compared, f"{name}, {whom}", t, effects.level))
    rows += [
        Estimate(
            f"share of people for whom {label} is indicated", float(found.everybody.share[k]), unit="proportion",
            interval="none: a count of predictions", arm=arm, scale=scale, n=n,
        )
        for k, (arm, label) in enumerate(made.arms)
    ]  # fmt: skip
    return rows


def _compared(made: Trial, found: Comparison, name: str, made_by: str, level: float) -> Estimate:
    side = f"{'below' if made.sign < 0 else 'above'} 0 speaks for following the predictions"
    absent = None if np.isfinite(found.estimate) else "in no repeat were there two people on either side"
    return Estimate(
        name, finite(found.estimate), finite(found.low), finite(found.high), None if absent else level, made_by, made.unit,
        side, se=finite(found.se), df=finite(found.df), scale=made.target.scale.name if made.target.scale else None,
        why_absent=absent,
    )  # fmt: skip
