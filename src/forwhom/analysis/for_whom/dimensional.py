"""General or specific: is one common effect behind the scales of a profile, or do scales differ in theirs?"""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite, is_planned
from forwhom.analysis.courses import arm_codes
from forwhom.analysis.for_whom.dimensional_fit import (
    FEW_ARM,
    MIN_ARM,
    Contrast,
    Stacked,
    contrast,
    fit_profile,
    stacked,
)
from forwhom.analysis.for_whom.profiles import profiles
from forwhom.analysis.outcome.arm_difference import KENWARD_ROGER, SATTERTHWAITE
from forwhom.analysis.words import level_words, listed, number, p_value, people
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import DimensionalContrast, DimensionalDetail, Interval, ScaleEffect
from forwhom.kernels.repeated_df import Contrasts
from forwhom.study import Study

ZELLNER = (
    "Zellner A. An efficient method of estimating seemingly unrelated regressions and tests for aggregation bias. J Am Stat Assoc "
    "1962;57:348-368."
)
O_BRIEN = "O'Brien PC. Procedures for comparing samples with multiple endpoints. Biometrics 1984;40:1079-1087."
UNIT = "baseline SD"


def dimensional(study: Study, asking: Asking, profile: str = "") -> Finding:
    """`for_whom.dimensional.<profile>`: is the effect general over the scales of a profile, or specific to some?

    profile : a name of `profiles(study)`; empty for a study without any
    """
    there = {each.name: each for each in profiles(study)}
    one = there.get(profile)
    draft = Draft(
        study,
        asking,
        f"for_whom.dimensional.{profile}" if profile else "for_whom.dimensional",
        f"Is the effect on the {one.label if one else 'scales'} general or specific to some scales?",
    )
    if one is None:
        return draft.not_applicable(
            "no two scales form a profile.", "Two planned outcomes, or two subscales of one instrument."
        )
    if profile == "outcomes" and all(is_planned(study, scale.name) == "planned" for scale, _ in one.scales):
        draft.registered = "planned"
    arms = arm_codes(study)[1]
    if len(arms) < 2:
        return draft.not_applicable("the study has one arm.", "A comparison group, best of all by randomisation.")
    data = stacked(study, draft, one)
    if isinstance(data, tuple):
        return draft.not_applicable(*data)
    if one.totals:
        draft.caution("totals-left-out", f"{listed(one.totals)}: left out, being made of the other scales.")
    smallest = _population(draft, data)
    if smallest < MIN_ARM:
        return draft.decline(
            f"{people(smallest)} in the smallest arm have a score on one of the scales at {data.time_words}",
            f"At least {MIN_ARM} people per arm on every scale; some fifty for a useful width.",
        )
    if smallest < FEW_ARM:
        draft.caution("few-people", f"{people(smallest)} stand in the smallest arm.")
    fit = fit_profile(study, draft, data)
    if len(fit) == 2:
        return draft.decline(*fit)
    model, infer, cell, structure, cluster_words = fit
    found = [contrast(model, infer, cell, k, asking.level, data.relative) for k in range(1, len(arms))]
    draft.method = Method(
        "Joint model of the scales (seemingly unrelated analyses of covariance)",
        {
            "scales": listed([scale.label for scale in data.scales]),
            "occasion": data.time_words,
            "covariance of the scales": structure,
            "covariates": "each scale's own baseline" + "".join(f", {name}" for name in study.plan.covariates),
            "standardiser": "each scale's standard deviation at baseline, pooled within arms; its own uncertainty is in the "
            "intervals and the test (delta method)",
            "common effect": "weighted by the inverse of the covariance of the scales' effects; the equal-weight mean beside it",
            "degrees of freedom": infer.words,
            "clustering": cluster_words,
            "reading": "specific: the effects are not equal by the F test; general: the common effect is told from zero and no interval of "
            "a scale's departure from it reaches half of it; otherwise it cannot be told",
            "missing scores": "taken as missing at random given the other scales, baseline and arm",
        },
        (ZELLNER, O_BRIEN, KENWARD_ROGER if infer.words == "Kenward-Roger" else SATTERTHWAITE),
    )
    draft.caution(
        "reliability-differs",
        "A less reliable scale shows a smaller standardised effect of the same change, so scales of unequal reliability can look specific.",
    )
    for each in found:
        if (each.weights < 0).any():
            draft.caution(
                "negative-weights",
                f"For {arms[each.arm][1]} the most precise common effect gives {_negative(data, each.weights)} a weight below zero, as "
                "happens when scales are highly correlated; read the equal-weight mean.",
            )
    return draft.answer(
        _statement(draft, data, found, arms, asking.level),
        [row for each in found for row in _estimates(data, each, arms, asking.level, infer.words, draft.analysed)],
        _detail(profile, data, found, arms),
    )


def reading(found: Contrast, level: float) -> str:
    """ "specific", "general" or "cannot tell"."""
    if found.test.p is None:
        return "cannot tell"
    if found.test.p < 1 - level:
        return "specific"
    common = abs(float(found.common.estimate[0]))
    apart = bool(found.common.low[0] > 0 or found.common.high[0] < 0)
    widest = float(np.max(np.abs([found.deviations.low, found.deviations.high])))
    return "general" if apart and widest < common / 2 else "cannot tell"


def _negative(data: Stacked, weights: np.ndarray) -> str:
    return listed([scale.label for scale, weight in zip(data.scales, weights, strict=True) if weight < 0])


def _population(draft: Draft, data: Stacked) -> int:
    """Counts people; returns the fewest with a score on any scale in any arm."""
    here = data.here
    seen = np.isfinite(here.scores) & here.allocated[:, None]
    draft.analysed = int(seen.any(axis=1).sum())
    draft.leave_out(int((~here.allocated).sum()), "not allocated to an arm")
    draft.leave_out(
        int((here.allocated & ~seen.any(axis=1)).sum()), f"no score on any of the scales at {data.time_words}"
    )
    return min(int(seen[here.arm == k].sum(axis=0).min()) for k in range(len(here.arms)))


def _statement(
    draft: Draft, data: Stacked, found: list[Contrast], arms: tuple[tuple[str, str], ...], level: float
) -> str:
    start = "Exploratory: at" if draft.registered == "exploratory" else "At"
    scales = f"{len(data.scales)} scales" + (
        f" ({listed([scale.label for scale in data.scales])})" if len(data.scales) <= 4 else ""
    )
    parts = [_one(data, each, arms, level) for each in found]
    return f"{start} {data.time_words} over {scales}, {'; '.join(parts)}. In baseline standard deviations; above 0 is better."


def _one(data: Stacked, each: Contrast, arms: tuple[tuple[str, str], ...], level: float) -> str:
    """One contrast in words."""
    label, reference = arms[each.arm][1], arms[0][1]
    common, equal = each.common, each.equal
    test = each.test
    says = {
        "specific": "the effect is specific to some of them",
        "general": "one general effect describes them",
        "cannot tell": "the data cannot tell a general from a specific effect",
    }[reading(each, level)]
    apart = [
        f"{scale.label} {number(float(each.deviations.estimate[j]), 2)} from the common effect"
        for j, scale in enumerate(data.scales)
        if (p := each.adjusted[j]) is not None and p < 1 - level
    ]
    f = (
        "no test of equal effects"
        if test.f is None
        else f"equal effects: F on {test.df_numerator} and {number(test.df_denominator, 1)} degrees of freedom "
        f"{number(test.f, 2)}, {p_value(test.p)}"
    )
    return (
        f"the common effect of {label} against {reference} was {number(float(common.estimate[0]), 2)} ({level_words(level)} "
        f"{number(float(common.low[0]), 2)} to {number(float(common.high[0]), 2)}; weighting all scales equally "
        f"{number(float(equal.estimate[0]), 2)}), and {says} ({f}{'; ' + listed(apart) if apart else ''})"
    )


def _estimates(
    data: Stacked, each: Contrast, arms: tuple[tuple[str, str], ...], level: float, words: str, n: int
) -> list[Estimate]:
    (code, label), (reference, reference_label) = arms[each.arm], arms[0]
    pair = f"{label} − {reference_label}"

    def row(name: str, of: Contrasts, j: int, scale: str | None, direction: str) -> Estimate:
        return Estimate(
            f"{name} at {data.time_words}, {pair}", finite(of.estimate[j]), finite(of.low[j]), finite(of.high[j]), level, f"t, {words}",
            UNIT, direction, n=n, se=finite(of.se[j]), df=finite(of.df[j]), p=finite(of.p[j]), arm=code, reference=reference,
            time=data.time, scale=scale,
        )  # fmt: skip

    better = f"above 0 favours {label}"
    made = [
        row("common effect", each.common, 0, None, better),
        row("mean effect, all scales weighted equally,", each.equal, 0, None, better),
        Estimate(
            f"equal effects on all scales (F) at {data.time_words}, {pair}", finite(each.test.f), interval="none: a test statistic",
            unit=f"F on {each.test.df_numerator} and {number(each.test.df_denominator, 1)} degrees of freedom", p=finite(each.test.p),
            df=finite(each.test.df_denominator), n=n, arm=code, reference=reference, time=data.time,
            why_absent=each.test.problem or None,
        ),
    ]  # fmt: skip
    several = len(data.scales) > 2
    for j, scale in enumerate(data.scales):
        made.append(row(f"effect on {scale.label}", each.effects, j, scale.name, better))
        adjusted = each.adjusted[j]
        made.append(
            row(
                f"{scale.label} less the common effect" + (f" (Holm-adjusted {p_value(adjusted)})" if several else ""),
                each.deviations,
                j,
                scale.name,
                f"above 0: {label} does more here than in common",
            )
        )
    return made


def _detail(profile: str, data: Stacked, found: list[Contrast], arms: tuple[tuple[str, str], ...]) -> DimensionalDetail:
    def interval(of: Contrasts, j: int) -> Interval:
        return Interval(finite(of.estimate[j]), finite(of.low[j]), finite(of.high[j]))

    return DimensionalDetail(
        profile,
        tuple(
            DimensionalContrast(
                arms[each.arm][0],
                arms[0][0],
                tuple(
                    ScaleEffect(scale.name, scale.label, interval(each.effects, j), interval(each.deviations, j))
                    for j, scale in enumerate(data.scales)
                ),
                interval(each.common, 0),
                finite(each.test.p),
            )
            for each in found
        ),
    )
