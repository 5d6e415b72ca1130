"""Two statements of the size of one result, in one study: the effect against the numbers of both arms, a number against another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from forwhom.evidence.checks.beside import Both, both_arms, comparing, outcome_of
from forwhom.evidence.checks.places import of_result, plain
from forwhom.evidence.checks.restated import rule_for, settle
from forwhom.evidence.checks.spans import (
    Span,
    adjusted_difference,
    inverse,
    meets,
    of_shares,
    shares,
    sizes_of,
    standardised,
    written,
)
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.model import Ledger, Printed, Result, Study
from forwhom.evidence.naming import row_named
from forwhom.evidence.same_result import NUMBERS, differing

STANDARDISED = ("g", "d", "smd")
OF_SHARES = ("rr", "or", "rd", "nnt", "log_rr", "log_or")
APART = 2.5
"""A choice of spread or an adjustment seldom makes a difference this many times larger or smaller where chance made the arms."""
LEAST = 0.2
"""Standardised differences nearer than this are never told as opposite."""
HOW = "The effect in the publication: whether it is adjusted or of changes, and by which spread it is standardised."


def effects_against_numbers(ledger: Ledger) -> Iterator[Contradiction]:
    """An effect of two arms beside their events, means and spreads, of the same outcome at the same time."""
    for study in ledger.studies.values():
        for result in comparing(study):
            if result.statistic in OF_SHARES:
                yield from _against_events(study, result)
            elif result.statistic in (*STANDARDISED, "md"):
                yield from _against_means(study, result, _by_chance(study, ledger))


def _against_events(study: Study, result: Result) -> Iterator[Contradiction]:
    both = both_arms(study, result, "events")
    span = of_shares(result.statistic, both) if both else None
    if both is None or span is None or result.value is None:
        return
    printed = result.value
    if result.statistic == "rd":  # printed as a share or as a per cent, and often without its sign
        spans = [sizes_of(span), (100 * sizes_of(span)[0], 100 * sizes_of(span)[1])]
        if any(meets(_unsigned(printed), each) for each in spans):
            return
    elif meets(printed, span):
        return
    name, turned = result.statistic.replace("_", " ").upper(), inverse(result.statistic, span)
    what = f"The {name} is {plain(printed)}, and the numbers of both arms give {written(span)}."
    if result.statistic not in ("rd", "nnt") and meets(printed, turned):
        what += " It would be right for the other arm against this one."
    yield _told(
        "size-against-numbers",
        what,
        study,
        result,
        both,
        "The numbers in the publication; an adjusted effect has adjusted.",
    )


def _against_means(study: Study, result: Result, by_chance: bool) -> Iterator[Contradiction]:
    both, before = both_arms(study, result, "means"), both_arms(study, result, "means", 0)
    if both is None or result.value is None:
        return
    raw = result.statistic == "md"
    span = adjusted_difference(both, before) if raw else standardised(both, before)
    if span is None:
        return
    printed, span = _unsigned(result.value), sizes_of(span)
    if meets(printed, span):
        return
    far = max(span[0] / printed if printed else APART, printed / span[1] if span[1] else APART)
    opposite = by_chance and far >= APART and (raw or min(abs(printed - end) for end in span) >= LEAST)
    name = "difference of means" if raw else result.statistic
    what = f"The {name} is {plain(printed)}, and the means of both arms give {written(span)}."
    yield _told("size-against-numbers" if opposite else "size-differs", what, study, result, both, HOW)


def _unsigned(printed: float) -> float:
    """The number without its sign, as it was printed."""
    return Printed(printed.text.lstrip("-+")) if isinstance(printed, Printed) else abs(printed)


def _by_chance(study: Study, ledger: Ledger) -> bool:
    return "randomised" in ledger.vocabulary.broader("designs", study.design.kind)


def _told(rule: str, what: str, study: Study, result: Result, both: Both, how: str) -> Contradiction:
    said = f"{result.statistic} {plain(result.value)}"
    return Contradiction(
        rule,
        what,
        (of_result(study, result, said, "value"), *(_numbers(study, row) for row in (both.one, both.two))),
        how,
    )


def _numbers(study: Study, row: Result) -> Place:
    arm = study.arm(row.arm)
    parts = [("mean", row.mean), ("SD", row.sd), ("SE", row.se), ("n =", row.n)]
    said = [f"{word} {plain(value)}" for word, value in parts if value is not None]
    if row.kind == "events":
        said = [f"{row.events} of {row.n or 'its people'}"] if row.events is not None else [f"{plain(row.percent)} %"]
    return of_result(study, row, f"{arm.label if arm else row.arm}: {', '.join(said)}", "numbers")


def same_result_other_size(ledger: Ledger) -> Iterator[Contradiction]:
    """Rows nobody tied that state one result of one arm, or of two, in two places with different numbers."""
    for study in ledger.studies.values():
        groups: dict[tuple[object, ...], list[Result]] = defaultdict(list)
        for result in study.results:
            if result.kind in ("events", "means", "effect") and result.outcome and not result.computed:
                groups[_subject(study, result)].append(result)
        for rows in groups.values():
            for a, b in combinations(rows, 2):
                yield from _two(study, a, b, ledger)


def _subject(study: Study, result: Result) -> tuple[object, ...]:
    return (
        result.kind, outcome_of(study, result.outcome), result.arm, result.versus, result.time, result.scope or "all",
        result.statistic, result.adjusted, result.condition, result.contrast,
    )  # fmt: skip


def _two(study: Study, a: Result, b: Result, ledger: Ledger) -> Iterator[Contradiction]:
    if (a.n is not None and b.n is not None and a.n != b.n) or a.n_versus != b.n_versus:
        return  # Other people.
    tied = a.same_as == b.id or b.same_as == a.id
    keys = [] if tied else [key for key in differing(a, b, study, ledger) if key in (*NUMBERS, "events")]
    said = [_key_said(each, keys) for each in (a, b)]
    if not keys and a.kind == "events" and not _one_share(study, a, b):
        said = [_events_said(each) for each in (a, b)]
    elif not keys:
        return
    # Two numbers in one table are two results more often than one.
    elsewhere = a.source.part != b.source.part or a.source.document != b.source.document
    yield Contradiction(
        rule_for(a.source, b.source) if elsewhere else "size-differs",
        f"{row_named(a, study, ledger)}: {said[0]} in one place and {said[1]} in another.",
        (of_result(study, a, said[0], "numbers"), of_result(study, b, said[1], "numbers")),
        settle(a.source, b.source)
        if elsewhere
        else "Whether both rows are of one result: then same_as; else what tells them apart.",
    )


def _key_said(row: Result, keys: list[str]) -> str:
    return ", ".join(f"{key} {plain(value)}" for key in keys if (value := getattr(row, key)) is not None)


def _events_said(row: Result) -> str:
    return f"{row.events} of {row.n}" if row.events is not None else f"{plain(row.percent)} %"


def _one_share(study: Study, a: Result, b: Result) -> bool:
    """Whether people counted in one row can be the per cent of the other."""
    spans: list[Span] = []
    for row in (a, b):
        arm = study.arm(row.arm)
        known = (row.n,) if row.n else (a.n, b.n, arm.analysed if arm else None, arm.n if arm else None)
        found = shares(row, [n for n in known if n])
        if found is None:
            return True
        spans.append(found)
    return spans[0][0] <= spans[1][1] + 1e-9 and spans[1][0] <= spans[0][1] + 1e-9
