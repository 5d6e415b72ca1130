"""Does one baseline variable change the effect: arm by moderator in the repeated-measures model."""

from __future__ import annotations

from forwhom.analysis.asking import Asking, Draft, finite, is_planned
from forwhom.analysis.courses import Courses, courses
from forwhom.analysis.for_whom.candidates import Moderator, moderators_of, not_tested
from forwhom.analysis.for_whom.moderator_fit import Along, Contrasted, Moderation, Untested, moderation
from forwhom.analysis.for_whom.moderator_words import compact, region_words, statement
from forwhom.analysis.outcome.arm_difference import CITATIONS, KENWARD_ROGER, SATTERTHWAITE
from forwhom.analysis.roles import caution_roles
from forwhom.analysis.words import favours, number
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import EffectAt, EffectCurve, Interval, LevelEffect, ModeratorDetail
from forwhom.kernels.holm import holm
from forwhom.study import Scale, Study

BENDS = 0.01
"""p of the square below which a straight line is said not to fit."""
JOHNSON_NEYMAN = "Bauer DJ, Curran PJ. Probing interactions in fixed and multilevel regression. Multivariate Behav Res 2005;40:373-400."
HOLM = "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70."


def moderator(
    study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "", column: str = ""
) -> Finding:
    """`for_whom.moderator.<name>`: does the effect of an arm depend on `column` of persons, or on a scale's baseline?

    name : what the id ends in, "<scale>.<column>" or "<scale>.<informant>.<column>"
    """
    family = moderators_of(study, scale)
    one = next(each for each in family if each.name == column)
    planned = one.planned and is_planned(study, scale.name, informant) == "planned"
    draft = Draft(
        study,
        asking,
        f"for_whom.moderator.{name or f'{scale.name}.{column}'}",
        f"Does the effect on {scale.label} depend on {one.label}?",
        registered="planned" if planned else "exploratory",
    )
    here = courses(study, scale, informant)
    found = moderation(study, asking, here, one)
    for caution in found.cautions:
        draft.caution(caution.code, caution.text)
    if isinstance(found, Untested):
        return (
            draft.decline(found.why, found.would_take)
            if found.applicable
            else draft.not_applicable(found.why, found.would_take)
        )
    _population(draft, found)
    adjusted, tested = _adjusted(study, asking, here, family, one)
    draft.method = _method(found, one, tested)
    _cautions(draft, found, one, not_tested(study, scale) if not one.planned else 0)
    caution_roles(draft, {"outcome": [scale.name], "moderator": [one.name]})
    return draft.answer(
        statement(draft, found, adjusted, tested),
        _estimates(draft, found, adjusted, tested),
        _detail(found, one),
    )


def _adjusted(
    study: Study, asking: Asking, here: Courses, family: tuple[Moderator, ...], one: Moderator
) -> tuple[float | None, int]:
    """Holm-adjusted p within the planned, or within the exploratory moderators, and how many of these had a test."""
    mine = [each for each in family if each.planned == one.planned]
    fits = [moderation(study, asking, here, each) for each in mine]
    p = [finite(fit.any_arm.p) if isinstance(fit, Moderation) else None for fit in fits]
    return holm(p)[mine.index(one)], sum(value is not None for value in p)


def _population(draft: Draft, found: Moderation) -> None:
    here, prepared = found.here, found.prepared
    thin = sum(n for _, n in prepared.thin)
    draft.analysed = found.analysed
    draft.leave_out(prepared.absent, f"no value of {prepared.moderator.label}")
    draft.leave_out(thin, f"a level of {prepared.moderator.label} with too few people in an arm")
    rest = draft.entered - found.analysed - prepared.absent - thin
    draft.leave_out(rest, f"not allocated to an arm, or no {here.scale.label} at any occasion used")


def _method(found: Moderation, one: Moderator, tested: int) -> Method:
    model = "Analysis of covariance over the occasions after treatment began" if found.ancova else (
        "Mixed model for repeated measures" + (", baseline constrained equal across arms" if found.here.has_baseline else "")
    )  # fmt: skip
    options = {
        "moderator": f"{one.label}: main effect at every occasion, arm by moderator after treatment began"
        + (", linear" if found.prepared.continuous else ", each level against the commonest"),
        "covariance": found.structure,
        "degrees of freedom": found.small_sample,
        "clustering": found.clustering,
        "people": "complete in the moderator; scores taken as missing at random given the observed ones, arm and moderator",
        "adjustment": f"Holm, over {tested} {'planned' if one.planned else 'exploratory'} moderators of this outcome",
    }
    if found.ancova:
        options["baseline"] = "a moderator and no outcome, because given itself it has no spread left"
    if found.prepared.continuous:
        options["effect curve"] = (
            "5th to 95th percentile of the moderator, limits for each value by itself, one t quantile along the curve"
        )
    cited = KENWARD_ROGER if found.small_sample == "Kenward-Roger" else SATTERTHWAITE
    return Method(
        f"{model}, with arm by moderator",
        options,
        (CITATIONS[0], cited, HOLM, *([JOHNSON_NEYMAN] if found.prepared.continuous else [])),
    )


def _cautions(draft: Draft, found: Moderation, one: Moderator, beyond: int) -> None:
    if one.planned and draft.registered == "exploratory":
        draft.caution(
            "plan-undated",
            "The plan names this moderator, but no day of registration for this outcome shows that it did so before the data.",
        )
    if beyond:
        draft.caution(
            "moderators-not-tested",
            f"{beyond} further baseline columns were not tested one by one; name those that matter in the plan.",
        )
    for k, along in found.along.items():
        _, label = found.here.arms[k]
        if along.bend is not None and along.bend.p is not None and along.bend.p < BENDS:
            draft.caution(
                "bends",
                f"The effect of {label} bends along {one.label} (square by arm: p = {along.bend.p:.2g}), so the straight line "
                "shown may mislead, above all at its ends.",
            )
        if along.pointwise.regions:
            draft.caution(
                "region-pointwise",
                "The region holds for each value by itself. With limits that hold for all values at once: "
                f"{region_words(found, k, along.simultaneous)}.",
            )
    if not found.prepared.continuous and len(found.prepared.levels) > 2:
        draft.caution(
            "levels-many", "Effects within single levels are not adjusted for how many there are; the F test is."
        )


def _estimates(draft: Draft, found: Moderation, adjusted: float | None, tested: int) -> list[Estimate]:
    here, prepared, asking = found.here, found.prepared, draft.asking
    label = prepared.moderator.label
    unit, occasion = f"{here.scale.label} {here.scale.unit}", here.occasion(found.at)
    time, kind = float(here.times[found.at]), f"t, {found.small_sample}"

    def row(name: str, each: Contrasted, k: int, n: int, scale: float = 1.0, unit: str = unit) -> Estimate:
        code, arm = here.arms[k]
        return Estimate(
            f"{name} at {occasion}, {arm} − {here.arms[0][1]}", finite(each.value / scale), finite(each.low / scale),
            finite(each.high / scale), asking.level, kind, unit, favours(here.scale, arm, here.arms[0][1]), n=n,
            se=finite(each.se / scale), df=finite(each.df), p=finite(each.p), arm=code, reference=here.arms[0][0], time=time,
            scale=here.scale.name,
        )  # fmt: skip

    made: list[Estimate] = []
    for k, each in found.interactions.items():
        if prepared.continuous:
            sd = prepared.sd
            made.append(
                row(f"moderation by {label} per standard deviation ({compact(sd)})", each[0], k, found.analysed)
            )
            made.append(
                row(f"moderation by {label} per unit", each[0], k, found.analysed, sd, f"{unit} per unit of {label}")
            )
            continue
        made += [
            row(f"moderation by {label}, {level} against {prepared.levels[0]},", one, k, found.analysed)
            for level, one in zip(prepared.levels[1:], each, strict=True)
        ]
    if found.any_arm.df_numerator > 1:
        made.insert(0, _omnibus(found, label, occasion, time))
    made.append(
        Estimate(
            f"p of moderation by {label}, Holm-adjusted over {tested} "
            f"{'planned' if prepared.moderator.planned else 'exploratory'} moderator{'' if tested == 1 else 's'}",
            adjusted,
            interval="none: a p value",
            unit="p",
            p=adjusted,
            n=found.analysed,
            time=time,
            scale=here.scale.name,
        )
    )
    names = ("one SD below the mean", "the mean", "one SD above the mean") if prepared.continuous else prepared.levels
    for k, effects in found.effects.items():
        for code, (level, one) in enumerate(zip(names, effects, strict=True)):
            n = int(found.counts[[0, k], code if not prepared.continuous else 0].sum())
            value = (
                f" ({compact(prepared.mean + (code - 1) * prepared.sd, prepared.sd)})" if prepared.continuous else ""
            )
            made.append(row(f"effect with {label}: {level}{value}", one, k, n))
    made += [
        Estimate(
            f"effect with {label}: {level} at {occasion}",
            None,
            unit=unit,
            n=n,
            time=time,
            scale=here.scale.name,
            why_absent="too few people of this level in an arm",
        )
        for level, n in prepared.thin
    ]
    for k, along in found.along.items():
        made += _along_estimates(found, k, along, time)
    return made


def _omnibus(found: Moderation, label: str, occasion: str, time: float) -> Estimate:
    test = found.any_arm
    return Estimate(
        f"any moderation by {label} at {occasion} (F)",
        finite(test.f),
        interval="none: a test statistic",
        unit=f"F on {test.df_numerator} and {number(test.df_denominator, 1)} degrees of freedom",
        why_absent=test.problem or None,
        p=finite(test.p),
        df=finite(test.df_denominator),
        n=found.analysed,
        time=time,
        scale=found.here.scale.name,
    )


def _along_estimates(found: Moderation, k: int, along: Along, time: float) -> list[Estimate]:
    code, arm = found.here.arms[k]
    label, reference = found.prepared.moderator.label, found.here.arms[0]
    made = [
        Estimate(
            f"value of {label} at which a limit of the effect crosses zero, {arm} − {reference[1]}",
            finite(value),
            interval="none: a boundary of Johnson and Neyman",
            unit=label,
            arm=code,
            reference=reference[0],
            time=time,
            scale=found.here.scale.name,
        )
        for value in along.pointwise.boundaries
    ]
    if along.bend is not None:
        made.append(
            Estimate(
                f"bend of the effect along {label} (F of the square), {arm} − {reference[1]}",
                finite(along.bend.f),
                interval="none: a test statistic",
                unit=f"F on 1 and {number(along.bend.df_denominator, 1)} degrees of freedom",
                p=finite(along.bend.p),
                df=finite(along.bend.df_denominator),
                arm=code,
                reference=reference[0],
                time=time,
                scale=found.here.scale.name,
                why_absent=along.bend.problem or None,
            )
        )
    return made


def _detail(found: Moderation, one: Moderator) -> ModeratorDetail:
    here, prepared = found.here, found.prepared
    reference = here.arms[0][0]
    curves = tuple(
        EffectCurve(
            here.arms[k][0],
            reference,
            tuple(
                EffectAt(float(at), Interval(finite(value), finite(low), finite(high)))
                for at, value, low, high in zip(along.at, along.value, along.low, along.high, strict=True)
            ),
            tuple((region.low, region.high) for region in along.pointwise.regions),
        )
        for k, along in found.along.items()
    )
    levels = tuple(
        LevelEffect(
            here.arms[k][0],
            reference,
            level,
            int(found.counts[[0, k], code].sum()),
            Interval(finite(effect.value), finite(effect.low), finite(effect.high)),
        )
        for k, effects in found.effects.items()
        if not prepared.continuous
        for code, (level, effect) in enumerate(zip(prepared.levels, effects, strict=True))
    )
    return ModeratorDetail(
        outcome=here.scale.label,
        better=here.scale.better,
        unit=f"{here.scale.label} {here.scale.unit}",
        moderator=one.label,
        time=here.occasion(found.at),
        curves=curves,
        levels=levels,
        observed=() if prepared.numbers is None else tuple(float(v) for v in prepared.numbers[prepared.keep]),
    )
