"""A word, a sign or a p of one result against what else its row, and the numbers of both arms, say of chance and direction."""

from __future__ import annotations

import math
from collections.abc import Iterator

from forwhom.evidence.checks.beside import both_arms, compares, people
from forwhom.evidence.checks.effects import wrong
from forwhom.evidence.checks.places import of_result, plain
from forwhom.evidence.checks.probability import from_events, from_interval, from_means, from_statistic
from forwhom.evidence.checks.spans import Span
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.model import Ledger, Result, Study
from forwhom.evidence.pairing import RATIOS, comparisons
from forwhom.evidence.rounding import half

LIMIT = 0.05
FACTOR = 2.0
"""Usual choices of test (equal or unequal spreads, t or normal, ranks) seldom move a p by more than this factor."""
LARGE = 0.2
"""Between p above this nothing hangs on the difference."""
BOUNDS = (0.05, 0.02, 0.01, 0.005, 0.001, 0.0005, 0.0001)
"""Printed p that often stand for "below" this value."""


def words_against_chance(ledger: Ledger) -> Iterator[Contradiction]:
    """ "None" beside a significant difference; a word for or against an arm beside a p that leaves it to chance."""
    for study in ledger.studies.values():
        for result in study.results:
            word, p = result.direction, result.p
            if word == "none" and result.significant:
                yield Contradiction(
                    "word-against-significance",
                    "It says none, and that the difference is significant.",
                    (of_result(study, result, "none, significant", "direction"),),
                    "The result in the publication: which of the two the row is to tell.",
                )
            elif word == "none" and p is not None and p + half(p) < LIMIT and result.significant is None:
                yield _word(
                    study, result, f"It says none, and p is {plain(p)}.", "a p before correction for many tests"
                )
            elif word in ("better", "worse") and p is not None and p - half(p) > LIMIT and not result.significant:
                says = f"It says {word}, and p is {plain(p)}: chance may do that."
                yield _word(study, result, says, "a trend, or a one-sided test")


def _word(study: Study, result: Result, says: str, maybe: str) -> Contradiction:
    place = of_result(study, result, f"{result.direction}, p {plain(result.p)}", "direction")
    return Contradiction("word-against-p", f"{says} It could be {maybe}.", (place,), "The result in the publication.")


def signs_against_words(ledger: Ledger) -> Iterator[Contradiction]:
    """The sign of an effect, read by the declared direction of its scale, against its word or the means beside it."""
    for one in comparisons(ledger):
        given = one.given
        if given is None or one.sign is None or not given.value:
            continue
        study = ledger.studies[one.study]
        result = next((each for each in study.results if one.id == f"{study.id}/{each.id}"), None)
        if result is None or result.computed or given.statistic in ("f", "p", "nnt"):
            continue
        null = 1.0 if given.statistic in RATIOS else 0.0
        if null and given.low is not None and given.high is not None and not given.low <= null <= given.high:
            continue  # A ratio clear of 1 is the matter of `words_against_numbers`.
        by_sign = one.sign * (1 if given.value > null else -1)
        by_means = _by_means(study, result, one)
        if given.toward is not None and given.toward != by_sign and by_means != given.toward:
            what = f"Its word {result.direction} is against its sign"
            end = "Pools go by the word."
        elif given.toward is None and by_means == -by_sign:
            what, end = "The means of both arms are against its sign", "Pools go by the means."
        else:
            continue
        told = f"{given.statistic} {plain(result.value)}, where {one.better} is better"
        yield Contradiction(
            "sign-against-word",
            f"{what}: {told}. {end}",
            (
                of_result(
                    study,
                    result,
                    f"{result.direction or 'no word'}, {result.statistic} {plain(result.value)}",
                    "direction",
                ),
            ),
            "Whether a positive value is a benefit in the publication; else which arm, or which scale, is meant.",
        )


def _by_means(study: Study, result: Result, one: Comparison) -> int | None:
    """Whom the means favour, seen from the first group of the comparison: +1 or −1."""
    both = both_arms(study, result, "means")
    if (
        both is None
        or both.one.mean is None
        or both.two.mean is None
        or both.one.mean == both.two.mean
        or one.sign is None
    ):
        return None
    turned = one.made.endswith("turned")
    return one.sign * (1 if both.one.mean > both.two.mean else -1) * (-1 if turned else 1)


def printed_p(ledger: Ledger) -> Iterator[Contradiction]:
    """A printed p against the one that the statistic, its interval, or the means and spreads of both arms give."""
    for study in ledger.studies.values():
        for result in study.results:
            p = result.p
            if p is None or not 0 < p <= 1 or not compares(study, result) or result.kind not in ("effect", "statement"):
                continue
            if any(wrong(result)):
                continue  # Told by the rule on effects.
            for made, of in _ways(study, result):
                if made is not None and _apart(p, made, result.printed):
                    yield _p_told(study, result, made, of)
                    break


def _ways(study: Study, result: Result) -> Iterator[tuple[Span | None, str]]:
    n = people(study, result)
    yield from_interval(result, n), "its interval"
    yield from_statistic(result, n), f"its {result.statistic}"
    both = both_arms(study, result, "means")
    yield (from_means(both) if both else None), "the means and spreads of both arms"
    both = both_arms(study, result, "events")
    yield (from_events(both) if both else None), "the events of both arms"


def _apart(p: float, made: Span, printed: str) -> bool:
    """Whether a printed p cannot be one of the span, and something hangs on it."""
    low, high = max(p - half(p), 0.0), p + half(p)
    below = "<" in printed or p in BOUNDS
    reached = high >= made[0]
    if (reached and (low <= made[1] or ">" in printed)) or (below and made[0] <= high):
        return False
    near, middle = made[1] if reached else made[0], math.sqrt(max(made[0], 1e-300) * made[1])
    if min(p, near) > LARGE:
        return False
    other_side = (p < LIMIT) != (middle < LIMIT)
    return other_side or max(p, near) > FACTOR * max(min(p, near), 1e-300)


def _p_told(study: Study, result: Result, made: Span, of: str) -> Contradiction:
    p = result.p or 0.0
    could = [
        "an adjusted or baseline-corrected analysis",
        "other people than those counted here",
        "a slip in one of the numbers",
    ]
    if made[0] / 2 - half(p) <= p <= made[1] / 2 + half(p):
        could.insert(0, "a one-sided test")
    told = f"p is {plain(p)}, and by {of} about {_about(made)}."
    return Contradiction(
        "p-against-numbers",
        f"{told} It could be {', '.join(could[:-1])}, or {could[-1]}.",
        (
            of_result(
                study,
                result,
                f"p {plain(p)}" + (f", {result.statistic} {plain(result.value)}" if result.value is not None else ""),
                "p",
            ),
        ),
        "The test in the publication.",
    )


def _about(span: Span) -> str:
    low, high = (f"{each:.3f}" if each >= 0.001 else "below 0.001" for each in span)
    return low if low == high else f"{low} to {high}"
