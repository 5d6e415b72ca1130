"""A word for whom an effect favours against the numbers of the same study: its ratio, its means or its events."""

from __future__ import annotations

from collections.abc import Iterator

from forwhom.evidence.arm_numbers import people_in
from forwhom.evidence.checks.places import of_result, plain
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.favours import favours
from forwhom.evidence.filters import of_study
from forwhom.evidence.model import Ledger, Result, Study
from forwhom.evidence.pairing import comparisons

WORDS = {"better": 1, "worse": -1}


def words_against_numbers(ledger: Ledger) -> Iterator[Contradiction]:
    """Every "better" or "worse" of one arm against another, beside the numbers of both on that outcome at that time."""
    by_study: dict[str, list[Comparison]] = {}
    for each in comparisons(ledger):
        by_study.setdefault(each.study, []).append(each)
    for name, here in by_study.items():
        study = ledger.studies[name]
        for row in of_study(study):
            result = row.result
            word = WORDS.get(result.direction)
            if word is None or not result.arm or not result.versus:
                continue
            for each in here:
                way = _way(each, study, result)
                if way == -word:
                    yield Contradiction(
                        "direction-against-numbers",
                        f"It says {result.direction}, and the numbers of {each.outcome_label} favour the other arm ({_said(each)}).",
                        (of_result(study, result, result.direction, "direction"),),
                        "The direction of the scale, and which arm the words are about.",
                    )
                    break


def _way(one: Comparison, study: Study, result: Result) -> int | None:
    """+1 when the numbers favour the arm of the row, −1 the other; None when they are of something else or do not tell."""
    arms = [people_in(study, arm) for name in (result.arm, result.versus) if (arm := study.arm(name))]
    if one.sign is None or sorted(arms) != sorted((one.one.id, one.two.id)):
        return None
    turn = 1 if one.one.id == arms[0] else -1
    own = one.id == f"{study.id}/{result.id}"
    measure = study.measure(result.outcome)
    outcome = result.domain or (measure.domain if measure else "") or result.outcome
    beside = not own and one.given is None and outcome == one.outcome and result.time == _time(one, study)
    way = favours(one) if own or beside else None
    return None if way is None else turn * way


def _time(one: Comparison, study: Study) -> float | None:
    return next((each.time for each in study.results if one.id == f"{study.id}/{each.id}"), None)


def _said(one: Comparison) -> str:
    if one.given is not None:
        return f"{one.given.statistic} {plain(one.given.value)}"
    if one.one.mean is not None:
        return f"mean {plain(one.one.mean)} against {plain(one.two.mean)}"
    return f"{plain(one.one.events)} of {plain(one.one.n)} against {plain(one.two.events)} of {plain(one.two.n)}"
