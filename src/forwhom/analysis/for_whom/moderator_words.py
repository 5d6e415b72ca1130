"""A moderator in sentences."""

from __future__ import annotations

from forwhom.analysis.asking import Draft
from forwhom.analysis.for_whom.moderator_fit import Moderation, Contrasted
from forwhom.analysis.words import decimals_for, level_words, listed, number, p_value
from forwhom.kernels.johnson_neyman import JohnsonNeyman, Region


def statement(draft: Draft, found: Moderation, adjusted: float | None, tested: int) -> str:
    """The answer: how far the effect moves with the moderator, how sure, and where the effect is told from zero."""
    here, prepared = found.here, found.prepared
    kind = "planned" if prepared.moderator.planned else "exploratory"
    p = f"{p_value(found.any_arm.p)}; Holm-adjusted over {tested} {kind} moderator{'' if tested == 1 else 's'} {p_value(adjusted)}"
    start = "Exploratory: at" if draft.registered == "exploratory" else "At"
    parts = []
    for k, each in found.interactions.items():
        if prepared.continuous or len(each) == 1:
            parts.append(_moves(draft, found, k, each[0]))
    body = "; ".join(parts)
    several = found.any_arm.df_numerator > 1
    test = (
        f" (F on {found.any_arm.df_numerator} and {number(found.any_arm.df_denominator, 1)} degrees of freedom)"
        if several
        else ""
    )
    if not parts:
        body = f"{prepared.moderator.label} has {len(prepared.levels)} levels, over which the effects on {here.scale.label} were compared"
    opening = f"{start} {here.occasion(found.at)}, {body}{test}; {p}."
    side = "Lower is better." if here.scale.better == "lower" else "Higher is better."
    ends = [f"{_where(found, k)}." for k in found.effects]
    p_raw = found.any_arm.p
    borders = any(along.pointwise.boundaries for along in found.along.values())
    if borders and (p_raw is None or p_raw >= 1 - draft.asking.level):
        ends.append("Where no moderation is shown, such a border says where the study is precise, not who benefits.")
    return " ".join([opening, _verdict(found, draft.asking.level), *ends, side])


def _moves(draft: Draft, found: Moderation, k: int, each: Contrasted) -> str:
    """One interaction: the difference between two arms, more or less by so many points."""
    here, prepared = found.here, found.prepared
    label, (_, arm), (_, reference) = prepared.moderator.label, here.arms[k], here.arms[0]
    places = max(here.places, decimals_for(each.se))
    by = (
        f"per standard deviation ({compact(prepared.sd)}) more of {label}"
        if prepared.continuous
        else f"with {label} {prepared.levels[1]} than with {prepared.levels[0]}"
    )
    return (
        f"the difference {arm} − {reference} in {here.scale.label} was {number(abs(each.value), places)} {here.scale.unit} "
        f"{'lower' if each.value < 0 else 'higher'} {by} ({level_words(draft.asking.level)} "
        f"{number(each.low, places)} to {number(each.high, places)})"
    )


def _verdict(found: Moderation, level: float) -> str:
    """What the test says, without reading an open interval as proof of none."""
    p = found.any_arm.p
    if p is None:
        return "No test of moderation could be made."
    if p < 1 - level:
        return (
            "The effect differs with it more than chance easily explains, before adjustment for the other moderators."
        )
    return "This does not show that the effect depends on it, nor that it does not: the interval says how much is possible."


def _where(found: Moderation, k: int) -> str:
    """Effects in the levels, or where along the moderator the effect is told from zero."""
    here, prepared = found.here, found.prepared
    arm, reference = here.arms[k][1], here.arms[0][1]
    if prepared.continuous:
        words = region_words(found, k, found.along[k].pointwise)
        return words[0].upper() + words[1:]
    parts = []
    for code, (level, each) in enumerate(zip(prepared.levels, found.effects[k], strict=True)):
        places = max(here.places, decimals_for(each.se))
        n = int(found.counts[[0, k], code].sum())
        parts.append(
            f"{level} {number(each.value, places)} ({number(each.low, places)} to {number(each.high, places)}; n = {n})"
        )
    return f"{arm} − {reference} by {prepared.moderator.label}: {listed(parts)}"


def region_words(found: Moderation, k: int, regions: JohnsonNeyman) -> str:
    """Where one arm is told from the reference, in words."""
    along, here = found.along[k], found.here
    arm, reference, label = here.arms[k][1], here.arms[0][1], found.prepared.moderator.label
    low, high, sd = float(along.at[0]), float(along.at[-1]), found.prepared.sd
    among = f"from {compact(low, sd)} to {compact(high, sd)} of {label}, the middle 90 % of the people"
    if not regions.regions:
        return f"nowhere {among}, does the interval of {arm} − {reference} exclude zero"
    parts = [
        f"{_better(here.scale.better, region, arm, reference)} where {label} is {_range(region, low, high, sd)}"
        for region in regions.regions
    ]
    whole = len(parts) == 1 and regions.everywhere
    return f"{listed(parts)}" + ("" if whole else f" (looked for {among})")


def _better(better: str, region: Region, arm: str, reference: str) -> str:
    good = region.sign == (1 if better == "higher" else -1)
    return f"{arm} does {'better' if good else 'worse'} than {reference}"


def _range(region: Region, low: float, high: float, sd: float) -> str:
    if region.low <= low and region.high >= high:
        return f"anywhere from {compact(low, sd)} to {compact(high, sd)}, the middle 90 % of the people"
    if region.low <= low:
        return f"below {compact(region.high, sd)}"
    if region.high >= high:
        return f"above {compact(region.low, sd)}"
    return f"between {compact(region.low, sd)} and {compact(region.high, sd)}"


def compact(value: float, sd: float = 0.0) -> str:
    """A value of a moderator in about three digits, with a real minus sign; nothing next to its spread is 0.

    >>> compact(-3.1e-15, 1.08), compact(-1.774), compact(1234.6)
    ('0', '−1.77', '1235')
    """
    if abs(value) < 1e-6 * sd:
        return "0"
    return (f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")
