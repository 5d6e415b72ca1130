"""A moderator in sentences."""

from __future__ import annotations

from forwhom.analysis.asking import Draft
from forwhom.analysis.for_whom.moderator_fit import Moderation
from forwhom.analysis.words import decimals_for, level_words, listed, number, p_value
from forwhom.kernels.johnson_neyman import JohnsonNeyman, Region


def statement(draft: Draft, found: Moderation, adjusted: float | None, tested: int) -> str:
    """The answer: how far the effect moves with the moderator, how sure, and where the effect is told from zero."""
    here, prepared = found.here, found.prepared
    kind = "planned" if prepared.moderator.planned else "exploratory"
    tests = f"{p_value(found.any_arm.p)}, adjusted for {tested} {kind} moderator{'' if tested == 1 else 's'} {p_value(adjusted)}"
    if found.any_arm.df_numerator > 1:
        tests = f"F on {found.any_arm.df_numerator} and {number(found.any_arm.df_denominator, 1)} degrees of freedom, {tests}"
    start = "Exploratory: at" if draft.registered == "exploratory" else "At"
    side = "Lower is better." if here.scale.better == "lower" else "Higher is better."
    sentences = [
        f"{start} {here.occasion(found.at)}, {_moves(draft, found)} ({tests}).",
        _verdict(found, adjusted, tested, draft.asking.level),
    ]
    if prepared.continuous:
        sentences.append(_regions(found, draft.asking.level))
    else:
        sentences += [f"{_by_level(found, k)}." for k in found.effects]
    return " ".join([*sentences, side])


def _moves(draft: Draft, found: Moderation) -> str:
    """How far the difference to the reference moves with the moderator, arm by arm."""
    here, prepared = found.here, found.prepared
    label, reference = prepared.moderator.label, here.arms[0][1]
    if not prepared.continuous and len(prepared.levels) > 2:
        return f"the effects on {here.scale.label} were compared over the {len(prepared.levels)} levels of {prepared.moderator.label}"
    by = (
        f"per standard deviation ({compact(prepared.sd)}) more of {label}"
        if prepared.continuous
        else f"with {label} {prepared.levels[1]} rather than {prepared.levels[0]}"
    )
    parts = []
    for k, (each, *_) in found.interactions.items():
        places = max(here.places, decimals_for(each.se))
        width = f"{number(each.low, places)} to {number(each.high, places)}"
        parts.append(
            f"{number(each.value, places)} {here.scale.unit} ({level_words(draft.asking.level)} {width}) for {here.arms[k][1]}"
        )
    return f"{by}, the difference from {reference} in {here.scale.label} moves by {listed(parts)}"


def _verdict(found: Moderation, adjusted: float | None, tested: int, level: float) -> str:
    """What the test says, without reading an open interval as proof of none."""
    p = found.any_arm.p
    if p is None:
        return "No test of moderation could be made."
    if p >= 1 - level:
        return "Moderation is neither shown nor excluded."
    if adjusted is not None and adjusted < 1 - level:
        return "The effect differs with it by more than chance easily explains" + (
            ", after the adjustment too." if tested > 1 else "."
        )
    return f"By itself that is more than chance easily explains; among {tested} moderators it is not."


def _by_level(found: Moderation, k: int) -> str:
    """Effects in the levels."""
    here, prepared = found.here, found.prepared
    parts = []
    places = max(here.places, decimals_for(max(each.se for each in found.effects[k])))
    for code, (level, each) in enumerate(zip(prepared.levels, found.effects[k], strict=True)):
        n = int(found.counts[[0, k], code].sum())
        width = f"{number(each.low, places)} to {number(each.high, places)}"
        parts.append(f"{level} {number(each.value, places)} ({width}; n = {n})")
    return f"{here.arms[k][1]} − {here.arms[0][1]} by {prepared.moderator.label}: {listed(parts)}"


def _regions(found: Moderation, level: float) -> str:
    """Where along a continuous moderator each arm is told from the reference."""
    first = next(iter(found.along.values()))
    sd = found.prepared.sd
    parts = [region_words(found, k, along.pointwise) for k, along in found.along.items()]
    borders = any(along.pointwise.boundaries for along in found.along.values())
    shown = found.any_arm.p is not None and found.any_arm.p < 1 - level
    warning = " Without moderation shown, such a border says where the study is precise, not who benefits."
    return (
        f"From {compact(float(first.at[0]), sd)} to {compact(float(first.at[-1]), sd)} of {found.prepared.moderator.label} (the middle "
        f"90 % of the people), {listed(parts)}.{warning if borders and not shown else ''}"
    )


def region_words(found: Moderation, k: int, regions: JohnsonNeyman) -> str:
    """Where one arm is told from the reference, in words."""
    here, along = found.here, found.along[k]
    arm, reference, label = here.arms[k][1], here.arms[0][1], found.prepared.moderator.label
    low, high = float(along.at[0]), float(along.at[-1])
    if not regions.regions:
        return f"nowhere does the interval of {arm} − {reference} exclude zero"
    return listed(
        [
            f"{_better(here.scale.better, region, arm, reference)} {_range(region, low, high, found.prepared.sd, label)}"
            for region in regions.regions
        ]
    )


def _better(better: str, region: Region, arm: str, reference: str) -> str:
    good = region.sign == (1 if better == "higher" else -1)
    return f"{arm} does {'better' if good else 'worse'} than {reference}"


def _range(region: Region, low: float, high: float, sd: float, label: str) -> str:
    if region.low <= low and region.high >= high:
        return "everywhere"
    if region.low <= low:
        return f"where {label} is below {compact(region.high, sd)}"
    if region.high >= high:
        return f"where {label} is above {compact(region.low, sd)}"
    return f"where {label} is between {compact(region.low, sd)} and {compact(region.high, sd)}"


def compact(value: float, sd: float = 0.0) -> str:
    """A value of a moderator in about three digits, with a real minus sign; nothing next to its spread is 0.

    >>> compact(-3.1e-15, 1.08), compact(-1.774), compact(1234.6)
    ('0', '−1.77', '1235')
    """
    if abs(value) < 1e-6 * sd:
        return "0"
    return (f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")
