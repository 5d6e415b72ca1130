"""Independent samples: studies that share people count once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forwhom.evidence.filters import Row
from forwhom.evidence.model import Arm, Ledger, Result, Study

CONTROLS = ("healthy", "usual_care", "waitlist", "active_control")
LEFT = ("completion", "dropout")
"""Outcomes that compare those who stayed with those who left: both are behind such a result, not those who stayed alone."""


@dataclass(frozen=True, slots=True)
class Sample:
    """People who were studied together, in one or more studies.

    most : the largest number any of its studies gives; None where none gives one
    summed : what adding up the studies would make of them
    at_least : whether there were more people than the number: a group of the comparison gives none
    """

    id: str
    studies: tuple[str, ...]
    most: int | None
    summed: int
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """How many people stand behind studies or rows.

    distinct : the largest of each sample, added; fewer people are possible where the parts of a sample overlap less
        than fully, more where they are not nested
    summed : all studies added, as if no two shared anybody
    unknown : samples none of whose studies gives a number
    """

    samples: tuple[Sample, ...]
    distinct: int
    summed: int
    unknown: tuple[str, ...]

    @property
    def at_least(self) -> bool:
        """Whether there were more people than `distinct`: a sample, or a group of one, gives no number."""
        return bool(self.unknown) or any(sample.at_least for sample in self.samples)

    def __str__(self) -> str:
        """For a sentence: "at least 29 people"; "number of people not stated" where no sample gives one."""
        if not self.distinct:
            return "number of people not stated"
        return f"{'at least ' if self.at_least else ''}{self.distinct} {'person' if self.distinct == 1 else 'people'}"


def treated(study: Study, treatment: str = "", ledger: Ledger | None = None) -> int | None:
    """People in the arms of treatment (of one treatment or family); None where an arm gives no number."""
    arms = [arm for arm in study.arms if arm.role not in CONTROLS]
    if treatment and ledger is not None:
        arms = [arm for arm in study.arms if treatment in ledger.vocabulary.broader("treatments", arm.treatment)]
    numbers = [arm.n if arm.n is not None else arm.analysed for arm in arms]
    known = [n for n in numbers if n is not None]
    return sum(known) if known and len(known) == len(numbers) else None


def people(numbers: Iterable[tuple[Study, int | None]]) -> People:
    """From studies with a number of people each to samples with their people."""
    return _people((study, n, False) for study, n in numbers)


def _people(numbers: Iterable[tuple[Study, int | None, bool]]) -> People:
    grouped: dict[str, dict[str, int | None]] = {}
    more: dict[str, dict[str, bool]] = {}
    for study, n, at_least in numbers:
        here = grouped.setdefault(study.sample, {})
        before = here.get(study.id)
        here[study.id] = n if before is None else before if n is None else max(before, n)
        more.setdefault(study.sample, {})[study.id] = at_least
    samples = []
    for name, studies in grouped.items():
        most = max((n for n in studies.values() if n is not None), default=None)
        # A study of the sample that counts everybody makes good for one that does not.
        whole = any(n == most and not more[name][study] for study, n in studies.items())
        samples.append(Sample(name, tuple(studies), most, sum(n for n in studies.values() if n is not None), not whole))
    return People(
        samples=tuple(samples),
        distinct=sum(sample.most or 0 for sample in samples),
        summed=sum(sample.summed for sample in samples),
        unknown=tuple(sample.id for sample in samples if sample.most is None),
    )


def of_treatment(ledger: Ledger, treatment: str, studies: Iterable[str] | None = None) -> People:
    """People who had a treatment (or one of its family), drafts and what was withdrawn left out.

    studies : only these

    >>> from forwhom import evidence
    >>> of_treatment(evidence.read(), "dbt", ["schmitt-2016", "goodman-2014"]).distinct
    43
    """
    chosen = None if studies is None else set(studies)
    return people(
        (study, treated(study, treatment, ledger))
        for study in ledger.studies.values()
        if study.counts
        and (chosen is None or study.id in chosen)
        and any(treatment in ledger.vocabulary.broader("treatments", arm.treatment) for arm in study.arms)
    )


def of_rows(rows: Iterable[Row]) -> People:
    """People behind rows: patients, each once. A comparison is of both its groups, a result of two arms of both.

    Where the arms of a comparison give no number, the number of the whole trial stands. Results of those who stayed
    against those who left rest on everybody who began, and on those who never began, whom nobody counts. Healthy people
    who were compared with are not counted.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> str(of_rows(evidence.rows(ledger, "study=rodrigo-2015 outcome=completion")))
    'at least 29 people'
    >>> of_rows(evidence.rows(ledger, "study=bateman-fonagy-2009 kind=statement")).distinct
    134
    """
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.study.id, []).append(row)
    return _people((each[0].study, *_behind(each)) for each in grouped.values())


def _behind(rows: list[Row]) -> tuple[int | None, bool]:
    """The largest number in each arm, added, and whether a group gives none."""
    arms: dict[str, int] = {}
    whole, lacks, never_counted = 0, False, False
    for row in rows:
        told, more = _groups(row)
        if leavers(row.result):
            never_counted |= more
        else:
            lacks |= more
        whole = max(whole, sum(told.values()))
        for name, n in told.items():
            arms[name] = max(arms.get(name, 0), n)
    everybody = max((_total(row) or 0 for row in rows), default=0)
    most = max(whole, sum(arms.values()), everybody)
    return most or None, never_counted or (lacks and not everybody)


def _groups(row: Row) -> tuple[dict[str, int], bool]:
    """People of each group of patients that a row compares, and whether one of them gives no number."""
    told: dict[str, int] = {}
    result = row.result
    arm = row.study.arm(result.arm)  # A comparison may be looked at from its other side.
    with_leavers = leavers(result)
    n = result.n if result.n is not None or arm is None else arm.n if with_leavers else arm.analysed or arm.n
    lacks = n is None or (with_leavers and result.n_versus is None)
    if n is not None:
        told[arm.id if arm else ""] = n
    other = row.study.arm(result.versus)
    if other is not None and other.role != "healthy":
        against = result.n_versus or other.analysed or other.n
        if against is not None and not _holds_both(result, arm):
            told[other.id] = against
        lacks |= against is None
    elif result.kind == "statement" and result.direction == "worse" and not result.versus:
        lacks = True  # Worse than whom is not told.
    elif with_leavers and result.n_versus is not None:
        told["left"] = result.n_versus
    return told, lacks


def leavers(result: Result) -> bool:
    """Whether it compares those who stayed with those who left, or never began."""
    return result.outcome in LEFT or result.domain in LEFT


def _holds_both(result: Result, arm: Arm | None) -> bool:
    """Whether the number of a row is that of both arms together: more than its own arm has."""
    known = [n for n in (arm.n, arm.analysed) if n is not None] if arm else []
    return result.n is not None and bool(known) and result.n > max(known) and result.n_versus is None


def _total(row: Row) -> int | None:
    """Everybody in the trial, where a row compares all the arms of patients it has."""
    patients = {arm.id for arm in row.study.arms if arm.role != "healthy"}
    if not row.result.versus or patients != {row.result.arm, row.result.versus}:
        return None
    return row.study.design.analysed or row.study.design.randomised
