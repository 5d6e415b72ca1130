"""What a reader must know before leaning on a pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from forwhom.analysis.asking import DraftOf, Fingerprinted
from forwhom.analysis.evidence.doubts import open_about
from forwhom.analysis.evidence.effects import CHANGE_CORRELATION, Effect, EffectSet, checked_column
from forwhom.analysis.evidence.pool import DEPENDENT, GUARDED, INDEPENDENT, ONE, PooledEffect, pool_effects
from forwhom.analysis.evidence.pool_checks import SmallStudyTest
from forwhom.analysis.evidence.pool_words import many, number
from forwhom.analysis.evidence.signs import Sign
from forwhom.analysis.evidence.trial_limits import of_counts
from forwhom.evidence import Ledger
from forwhom.evidence.comparisons import CHANGE, EVENTS

RHOS = (0.2, 0.8)
FEW = 5
UNLIKE = 3.0
"""Spreads of two groups this many times apart may be a standard error taken for a standard deviation."""
COLUMN = 0.05
LARGEST = 3.0
"""Standardised differences beyond this are told."""


def of_pool(made: DraftOf[Fingerprinted], set_: EffectSet, pooled: PooledEffect) -> None:
    """How sure the pool itself is."""
    if pooled.model == ONE:
        made.caution("one-study", "One independent sample is no pool: how studies differ cannot be seen.")
    elif pooled.k == 2:
        made.caution(
            "two-studies", "Two independent samples: limits are very wide, and how studies differ is hardly seen."
        )
    elif pooled.k < FEW:
        made.caution("few-studies", f"{pooled.k} independent samples: the variance between studies is poorly known.")
    if pooled.model == DEPENDENT and pooled.df < 4.0:
        made.caution(
            "few-degrees-of-freedom",
            f"The limits rest on {pooled.df:.2f} degrees of freedom; below 4 they are not to be trusted.",
        )
    if GUARDED in pooled.words:
        made.caution("too-alike", f"{GUARDED} With few samples such likeness is chance, and no certainty.")
    elif pooled.model == DEPENDENT and pooled.narrow and pooled.k < 10:
        made.caution(
            "narrower-than-normal",
            "The samples are so alike that CR2's limits are narrower than normal ones; with few samples that may be chance.",
        )
    if pooled.model == INDEPENDENT and pooled.narrow and pooled.k < 10:
        made.caution(
            "narrower-than-normal",
            "The studies are so alike that Knapp-Hartung's limits are narrower than normal ones; with few studies that may be chance.",
        )
    null = 1.0 if pooled.measure in ("rr", "or") else 0.0
    if pooled.prediction_low is not None and pooled.prediction_high is not None:
        clear = not pooled.low <= null <= pooled.high
        if clear and pooled.prediction_low < null < pooled.prediction_high:
            made.caution(
                "studies-differ",
                "On average there is a difference, but studies differ so much that a new one like these may show none or the opposite.",
            )


def of_dependence(made: DraftOf[Fingerprinted], set_: EffectSet, pooled: PooledEffect) -> None:
    """Effects that share people, and what is assumed of them."""
    by_sample: dict[str, list[Effect]] = {}
    for each in set_.effects:
        by_sample.setdefault(each.comparison.sample, []).append(each)
    several = {name: here for name, here in by_sample.items() if len(here) > 1}
    if not several:
        return
    times = [n for n, here in several.items() if len({(e.comparison.time, e.comparison.months) for e in here}) > 1]
    measures = [
        n for n, here in several.items() if len({(e.comparison.outcome, e.comparison.measure) for e in here}) > 1
    ]
    shared = [
        n for n, here in several.items()
        if len({e.comparison.two.id for e in here}) < len({(e.comparison.one.id, e.comparison.two.id) for e in here})
    ]  # fmt: skip
    parts = [
        f"{words} in {many(len(found), 'sample')}"
        for found, words in (
            (times, "the same people at several times"), (measures, "several outcomes or instruments"),
            (shared, "several treatments against the same comparison group"),
        )
        if found
    ] or [f"one comparison several times in {many(len(several), 'sample')}"]  # fmt: skip
    if pooled.model == ONE:
        made.caution(
            "dependent-effects", f"Effects share people: {'; '.join(parts)}. They are averaged, not counted as several."
        )
        return
    held = "" if GUARDED in pooled.words else " with limits that hold whatever the dependence"
    made.caution(
        "dependent-effects",
        f"Effects share people: {'; '.join(parts)}. They are pooled in three levels{held}. Their "
        f"correlation is not printed and taken as {pooled.rho:g}; {_over_rho(set_, pooled)}.",
    )


def _over_rho(set_: EffectSet, pooled: PooledEffect) -> str:
    """What the pooled value is at other correlations."""
    ends = []
    for rho in RHOS:
        try:
            ends.append(pool_effects(set_.effects, pooled.measure, level=pooled.level, rho=rho, limits=False).estimate)
        except ValueError:
            return f"at {rho:g} the correlations cannot hold together"
    low, high = (number(value, pooled.measure) for value in sorted(ends))
    return f"from {RHOS[0]:g} to {RHOS[1]:g} the pooled value goes from {low} to {high}"


def of_contradictions(made: DraftOf[Fingerprinted], set_: EffectSet) -> None:
    """What nobody settled about the studies; a table of trials has no such thing."""
    if not isinstance(made.of, Ledger):
        return
    for name, says in open_about(made.of, (each.comparison.study for each in set_.effects)).items():
        more = f" And {many(len(says) - 1, 'other contradiction')}." if len(says) > 1 else ""
        made.caution("open-contradiction", f"Open about {name}: {says[0]}{more}")


def of_effects(made: DraftOf[Fingerprinted], set_: EffectSet) -> None:
    """What the effects are made of."""
    effects = set_.effects
    clusters = [each for each in effects if each.comparison.traits.get("allocated") == "clusters"]
    if clusters:
        made.caution(
            "unit-of-analysis",
            f"{_names(clusters)}: groups of people were allocated, and the numbers are counted as if each person had been. The effects' "
            "limits are too narrow, and they weigh too much.",
        )
    parted = [each for each in effects if each.comparison.parted]
    if parted:
        made.caution(
            "number-of-both-groups",
            f"{_names(parted)}: one number of people is printed for both groups together; it is parted in proportion to the groups' sizes.",
        )
    alone = len(effects) == 1 and of_counts(effects[0].comparison, set_.measure, 0.95) is not None
    halves = [each for each in effects if each.half and not alone]
    if halves:
        made.caution(
            "empty-cells",
            f"{_names(halves)}: nobody, or everybody, in a group had the event; 1/2 was added to the four counts.",
        )
    kinds = Counter(each.how for each in effects)
    if set_.measure == "g" and kinds[EVENTS]:
        other = " Other effects here are differences of scores." if set(kinds) - {EVENTS, "or", "log_or"} else ""
        made.caution(
            "events-as-differences",
            f"{many(kinds[EVENTS], 'effect')} made from events by the odds ratio (Chinn, 2000), which takes an event for a "
            f"score cut in two.{other}",
        )
    if kinds[CHANGE]:
        made.caution(
            "assumed-correlation",
            f"{many(kinds[CHANGE], 'effect')} made from changes, with a correlation of start and end of {CHANGE_CORRELATION:g} "
            "that no source gives.",
        )
    outcomes = {each.comparison.outcome_label for each in effects}
    if len(outcomes) > 1:
        made.caution(
            "several-outcomes",
            f"Several outcomes are pooled as one: {', '.join(sorted(outcomes))}. Name one with --outcome.",
        )
    designs = [each for each in effects if each.comparison.traits.get("randomised") == "no"]
    if designs:
        made.caution(
            "not-randomised",
            f"{_names(designs)}: people were not allocated by chance, so groups may have differed from the start.",
        )
    unlike = [each for each in effects if each.how == "means" and _unlike(each)]
    if unlike:
        made.caution(
            "unlike-spreads",
            f"{_names(unlike)}: the two standard deviations are more than {UNLIKE:g} times apart. One of them may be a "
            "standard error; look at the source.",
        )
    huge = [each for each in effects if set_.measure == "g" and abs(each.value) > LARGEST]
    if huge:
        made.caution(
            "very-large-effects",
            f"{_names(huge)}: a standardised difference beyond {LARGEST:g}, larger than treatments make. Standard errors may stand "
            "for standard deviations; look at the source.",
        )
    risk = Counter(str(each.comparison.traits.get("bias", "")) for each in effects)
    known = sum(n for name, n in risk.items() if name)
    if known and risk["high"] > known / 2:
        made.caution(
            "mostly-high-risk", f"{risk['high']} of {known} effects whose risk of bias is rated are at high risk."
        )
    elif not known:
        made.caution("risk-of-bias-not-rated", "No source here rates the risk of bias of any of these effects.")


def of_unused(made: DraftOf[Fingerprinted], set_: EffectSet) -> None:
    """What could not be used, counted and said."""
    for why, n in Counter(each.why for each in set_.unused).items():
        made.leave_out(n, why, of="comparisons")


def of_signs(made: DraftOf[Fingerprinted], found: Sequence[Sign], set_: EffectSet) -> None:
    """Which way the file's column of effects points, and what was turned."""
    whole = [sign for sign in found if not sign.measure and sign.favours in ("positive", "negative", "both")]
    if not whole:
        return
    words = "; ".join(
        f"{sign.label}: {sign.favours} values favour the treatment ({len(sign.fit)} of "
        f"{len(sign.fit) + len(sign.against)} rows"
        f"{f', not {_list(sign.against)}' if sign.against else ''}{f'; {_list(sign.silent)} cannot tell' if sign.silent else ''})"
        if sign.favours != "both"
        else f"{sign.label}: rows disagree about whom its sign favours"
        for sign in whole
    )
    turned = sum(each.turned for each in set_.effects)
    given = sum(each.how == "g" for each in set_.effects)
    differ = {sign.favours for sign in whole} >= {"positive", "negative"}
    head = "The file's column of effects does not have one sign. " if differ else ""
    made.caution(
        "sign-of-the-column",
        f"{head}{words}. Effects are computed anew from the numbers beside it"
        + (
            f", {turned} of them turned because lower scores or fewer events are better"
            if turned and set_.measure == "g"
            else ""
        )
        + (f"; {given} of them have no numbers and are taken as given, by the sign of the other rows" if given else "")
        + ".",
    )
    apart = [
        each for each in set_.effects if set_.measure == "g" and (checked_column(each.comparison, each) or 0.0) > COLUMN
    ]
    if apart:
        made.caution(
            "column-differs",
            f"{_names(apart)}: the column gives an effect that lies more than {COLUMN:g} from the one its numbers give.",
        )


def of_tests(made: DraftOf[Fingerprinted], tests: Sequence[SmallStudyTest]) -> None:
    """Whether small studies tell larger effects, and where nothing was tested."""
    clear = [test for test in tests if test.p is not None and test.p < 0.10 and not test.thin]
    flattered = [test for test in clear if test.flatters is not False]
    if flattered:
        made.caution(
            "small-study-effects",
            f"{_tests(flattered)}. Results kept back may make that, and so may sicker people or more intense treatment in "
            "small studies.",
        )
    other = [test for test in clear if test.flatters is False]
    if other:
        made.caution(
            "small-studies-less-benefit",
            f"{_tests(other)}. That is the opposite of what keeping back disappointing results makes: small studies are not the "
            "more favourable ones here. They may have treated or measured other people, or less intensely.",
        )


def _tests(tests: Sequence[SmallStudyTest]) -> str:
    return "; ".join(
        f"{test.name}: {test.says} (p {'below 0.01' if (test.p or 0.0) < 0.005 else f'= {test.p:.2f}'})"
        for test in tests
    )


def of_moderators(made: DraftOf[Fingerprinted], n: int) -> None:
    """Study-level moderators are no experiment."""
    if n:
        more = f" {n} traits were looked at and none was corrected for that." if n > 1 else ""
        made.caution(
            "study-level-moderators",
            f"Studies were not allocated to these traits, and they differ in much else: a relation over studies is "
            "observational and need not "
            f"hold for people within a study.{more}",
        )


def _unlike(one: Effect) -> bool:
    sds = [group.sd for group in (one.comparison.one, one.comparison.two) if group.sd]
    return len(sds) == 2 and max(sds) / min(sds) > UNLIKE


def _names(effects: Sequence[Effect]) -> str:
    return _list(list(dict.fromkeys(each.comparison.label for each in effects)))


def _list(names: Sequence[str]) -> str:
    names = list(names)
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
