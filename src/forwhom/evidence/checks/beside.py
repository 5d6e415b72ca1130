"""Numbers of both arms of a result that stand in the same file: what an effect, a word or a p of theirs is held against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forwhom.evidence.arm_numbers import COMPARED, numbers
from forwhom.evidence.model import Arm, Result, Study

PATIENTS = ("treatment", *COMPARED)


@dataclass(frozen=True, slots=True)
class Both:
    """Rows of one outcome and time, one of each arm, with the numbers of people that each may be of."""

    one: Result
    two: Result
    ns: tuple[tuple[int, ...], tuple[int, ...]]

    @property
    def n(self) -> tuple[int, int] | None:
        """The likeliest number of each: the row's own, else those analysed, else those who began."""
        return (self.ns[0][0], self.ns[1][0]) if self.ns[0] and self.ns[1] else None


def compares(study: Study, result: Result) -> bool:
    """Whether a row is of two arms of patients, of everybody in them, as it was measured."""
    arms = study.arm(result.arm), study.arm(result.versus)
    plain = result.scope in ("", "all") and not result.adjusted and not result.contrast and not result.computed
    return plain and all(arm is not None and arm.role in PATIENTS for arm in arms)


def outcome_of(study: Study, outcome: str) -> str:
    """The measure that a word of the vocabulary means in this study, where it has one of that domain only."""
    if study.measure(outcome) is not None:
        return outcome
    here = [measure.id for measure in study.measures if measure.domain == outcome]
    return here[0] if len(here) == 1 else outcome


def both_arms(study: Study, result: Result, kind: str, time: float | None = None) -> Both | None:
    """The rows of a kind, events or means, of both arms of a result; None where they are absent or more than one.

    time : another time than the row's, such as 0. A row that gives no time is of the only time at which both are told.
    """
    of = [_rows(study, result, kind, arm) for arm in (result.arm, result.versus)]
    at = result.time if time is None else time
    if at is None:
        shared = {each.time for each in of[0]} & {each.time for each in of[1]} - {0}
        if len(shared) != 1:
            return None
        at = next(iter(shared))
    pair = [[each for each in rows if each.time == at] for rows in of]
    if any(len(rows) != 1 for rows in pair):
        return None
    one, two = pair[0][0], pair[1][0]
    return Both(one, two, (_ns(one, study.arm(result.arm)), _ns(two, study.arm(result.versus))))


def _rows(study: Study, result: Result, kind: str, arm: str) -> list[Result]:
    outcome = outcome_of(study, result.outcome)
    return [
        each
        for each in study.results
        if each.kind == kind
        and each.arm == arm
        and each.id != result.id
        and not (each.same_as or each.computed or each.adjusted or each.versus)
        and each.scope in ("", "all")
        and each.condition == result.condition
        and outcome_of(study, each.outcome) == outcome
    ]


def _ns(row: Result, arm: Arm | None) -> tuple[int, ...]:
    if row.n:
        return (row.n,)
    known = (arm.analysed, arm.n) if arm else ()
    return tuple(dict.fromkeys(n for n in known if n))


def people(study: Study, result: Result) -> tuple[int, int] | None:
    """People in the two arms of a row."""
    told = numbers(study, result)
    return (told.one, told.two) if told.one and told.two else None


def comparing(study: Study) -> Iterator[Result]:
    """Effects between two arms of patients that are the first statement of their result."""
    for result in study.results:
        if result.kind == "effect" and result.value is not None and compares(study, result):
            yield result
