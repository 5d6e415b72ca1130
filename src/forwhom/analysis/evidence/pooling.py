"""One pool as a finding: effects chosen, pooled by the model their dependence asks for, looked at from every side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from forwhom.analysis.asking import Asking, DraftOf, Fingerprinted
from forwhom.analysis.evidence import pool_cautions as cautions
from forwhom.analysis.evidence.effects import EffectSet, Measure, effects_of, suited
from forwhom.analysis.evidence.pool import DEPENDENT, INDEPENDENT, ONE, RHO, PooledEffect, people_of, pool_effects
from forwhom.analysis.evidence.pool_checks import SmallStudyTest, leave_out, small_studies
from forwhom.analysis.evidence.pool_detail import detail, estimates
from forwhom.analysis.evidence.pool_moderators import Slope, Split, is_number, slope, split
from forwhom.analysis.evidence.pool_redundant import without_redundant
from forwhom.analysis.evidence.pool_remedies import would_take
from forwhom.analysis.evidence.pool_twins import fewest, one_or_two, told
from forwhom.analysis.evidence.pool_words import CALLED, many, statement
from forwhom.analysis.evidence.signs import Sign, directed, signs
from forwhom.analysis.evidence.trial_limits import METHODS, NEWCOMBE, SCORE
from forwhom.evidence.comparisons import Comparison
from forwhom.findings import Finding, Method

ALWAYS = ("allegiance", "bias")
"""Traits by which every pool is split where they are stated."""
CITATIONS = (
    "Viechtbauer W (2010). Journal of Statistical Software, 36(3).",
    "Knapp G, Hartung J (2003). Statistics in Medicine, 22, 2693-2710.",
    "Higgins JPT, Thompson SG, Spiegelhalter DJ (2009). Journal of the Royal Statistical Society A, 172, 137-159.",
)
TRIAL = {
    SCORE: "score interval of Miettinen and Nurminen (1985), from the counts",
    NEWCOMBE: "Newcombe's interval (1998, method 10), from the counts",
}
"""How limits of one trial's events are made."""
DEPENDENT_CITATIONS = (
    "Van den Noortgate W et al. (2013). Behavior Research Methods, 45, 576-594.",
    "Pustejovsky JE, Tipton E (2018). Journal of Business & Economic Statistics, 36, 672-683.",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """How a pool is to be made.

    measure : g, rr, or, rd; None takes what uses the numbers as they are (`effects.suited`)
    by : traits whose levels are pooled beside each other; moderators : traits that are regressed on
    rho : assumed correlation of effects on the same people
    """

    measure: Measure | None = None
    by: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    rho: float = RHO


def pooled(
    of: Fingerprinted,
    asking: Asking,
    name: str,
    comparisons: Sequence[Comparison],
    wish: Wish | None = None,
    *,
    column: Sequence[Sign] | None = None,
) -> Finding:
    """Pool the effects of comparisons.

    of : what they were read from; name : the finding's id after ``"evidence.pool."``
    column : which way the source's column of effects points, told from all its rows (`signs`); None tells it from these
    Declined when no comparison gives an effect, with every reason.
    """
    wish = wish or Wish()
    outcome, against, called = _about(comparisons)
    question = f"What do studies together say on {outcome}, {against}?"
    made: DraftOf[Fingerprinted] = DraftOf(of, asking, f"evidence.pool.{name}", question)
    found = signs(comparisons) if column is None else tuple(column)
    measure = wish.measure or suited(comparisons)
    every = effects_of(directed(comparisons, found), measure)
    kept, redundant = without_redundant(every.effects, wish.rho)
    set_ = EffectSet(measure, kept, (*every.unused, *redundant))
    cautions.of_unused(made, set_)
    if not set_.effects:
        why = "; ".join(dict.fromkeys(each.why for each in set_.unused)) or "there is no comparison"
        return made.decline(why, would_take(set_.unused))
    try:
        one = pool_effects(set_.effects, measure, level=asking.level, rho=wish.rho)
    except ValueError as why:
        return made.decline(str(why), "Another assumed correlation (--rho), or one effect per sample.")
    return _answer(made, set_, one, wish, found, (outcome, against), called)


def _answer(
    made: DraftOf[Fingerprinted], set_: EffectSet, one: PooledEffect, wish: Wish, found: Sequence[Sign], words: tuple[str, str],
    called: tuple[str, str],
) -> Finding:  # fmt: skip
    effects, level, sign = set_.effects, made.asking.level, set_.effects[0].comparison.sign
    made.entered = people_of(effects) or 0
    made.analysed = one.people or 0
    made.method = _method(one, wish, made)
    without = leave_out(effects, one, rho=wish.rho)
    tests: tuple[SmallStudyTest, ...] = ()
    if one.k > 1:
        tests = small_studies(effects, set_.measure, rho=wish.rho, level=level)
    splits, slopes = _why_differ(set_, wish, level)
    doubled = one_or_two(made.of, effects)
    cautions.of_pool(made, set_, one)
    for each in doubled:
        made.caution("may-be-one-sample", told(each, effects, one, wish.rho))
    cautions.of_dependence(made, set_, one)
    cautions.of_signs(made, found, set_)
    cautions.of_effects(made, set_)
    cautions.of_contradictions(made, set_)
    cautions.of_tests(made, tests)
    cautions.of_moderators(
        made, sum(len(each.levels) > 1 for each in splits) + sum(not each.declined for each in slopes)
    )
    shown = detail(
        set_, one, words, called, splits=splits, slopes=slopes, tests=tests, without=without, signs=found
    )  # fmt: skip
    return made.answer(
        statement(one, *words, sign, fewest(effects, doubled)), estimates(one, sign, splits, slopes, without), shown
    )


def _why_differ(set_: EffectSet, wish: Wish, level: float) -> tuple[list[Split], list[Slope]]:
    """Levels and slopes that were asked for, and the splits that are always shown."""
    splits, slopes = [], []
    for trait in dict.fromkeys((*wish.by, *wish.moderators, *ALWAYS)):
        if trait in wish.moderators and is_number(set_.effects, trait):
            slopes.append(slope(set_.effects, set_.measure, trait, rho=wish.rho, level=level))
            continue
        one = split(set_.effects, set_.measure, trait, rho=wish.rho, level=level)
        if one.levels and (trait in (*wish.by, *wish.moderators) or len(one.levels) > 1):
            splits.append(one)
    return splits, slopes


def _method(one: PooledEffect, wish: Wish, made: DraftOf[Fingerprinted]) -> Method:
    options = {
        "effect": CALLED[one.measure],
        "samples": many(one.k, "independent sample"),
        "level": f"{100 * made.asking.level:g} %",
    }
    citations: tuple[str, ...] = CITATIONS
    if one.model == INDEPENDENT:
        name = "Random-effects meta-analysis: REML, Knapp-Hartung"
        options["prediction interval"] = "t with samples less 1 degrees of freedom"
    elif one.model == DEPENDENT:
        name = "Three-level meta-analysis (effects within samples): REML, limits by CR2 with Satterthwaite's degrees of freedom"
        options |= {
            "correlation of effects on the same people": f"{wish.rho:g}, assumed",
            "prediction interval": "variance between and within samples, t with samples less 1 degrees of freedom",
        }
        citations = (*CITATIONS, *DEPENDENT_CITATIONS)
    else:
        name, citations = "The effect of one independent sample", ()
        options["limits"] = TRIAL.get(one.limits, "normal")
    if one.model != ONE and one.measure in METHODS:
        options["limits of each trial"] = f"{TRIAL[METHODS[one.measure]]}; its weight is that of its variance"
    if one.measure == "g":
        options["sign"] = "above 0 is better for the treatment, by the declared direction of each scale"
    return Method(name, options, citations)


def _about(comparisons: Sequence[Comparison]) -> tuple[str, str, tuple[str, str]]:
    """Outcome, what against what, and what the sides are called."""
    outcomes = list(dict.fromkeys(each.outcome_label for each in comparisons))
    outcome = outcomes[0] if len(outcomes) == 1 else "several outcomes together"
    treatments = list(dict.fromkeys(str(each.traits.get("treatment") or each.one.label) for each in comparisons))
    controls = list(dict.fromkeys(str(each.traits.get("control") or each.two.label) for each in comparisons))
    one = treatments[0] if len(treatments) == 1 else "treatment"
    two = controls[0] if len(controls) == 1 else "comparison"
    against = f"{one if len(treatments) == 1 else many(len(treatments), 'treatment')} against " + (
        _lower(two) if len(controls) == 1 else f"{len(controls)} kinds of comparison"
    )
    return (
        outcome,
        against,
        (one if len(treatments) == 1 else "the treatment", two if len(controls) == 1 else "the comparison"),
    )


def _lower(words: str) -> str:
    """Words inside a sentence; abbreviations and names keep their capitals."""
    return words if words[1:2].isupper() or words.isupper() else words[:1].lower() + words[1:]


def slug(*words: str) -> str:
    """Part of an id.

    >>> slug("MBT", "Suicidal behaviour"), slug("", "")
    ('mbt.suicidal-behaviour', 'all.all')
    """
    return ".".join(re.sub(r"[^a-z0-9]+", "-", word.casefold()).strip("-") or "all" for word in words)
