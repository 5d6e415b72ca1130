"""Independent samples: studies that share people count once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forwhom.evidence.filters import Row
from forwhom.evidence.model import Ledger, Study

CONTROLS = ("healthy", "usual_care", "waitlist", "active_control")


@dataclass(frozen=True, slots=True)
class Sample:
    """People who were studied together, in one or more studies.

    most : the largest number any of its studies gives; None where none gives one
    summed : what adding up the studies would make of them
    """

    id: str
    studies: tuple[str, ...]
    most: int | None
    summed: int


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
    grouped: dict[str, dict[str, int | None]] = {}
    for study, n in numbers:
        here = grouped.setdefault(study.sample, {})
        before = here.get(study.id)
        here[study.id] = n if before is None else before if n is None else max(before, n)
    samples = tuple(
        Sample(
            id=name,
            studies=tuple(studies),
            most=max((n for n in studies.values() if n is not None), default=None),
            summed=sum(n for n in studies.values() if n is not None),
        )
        for name, studies in grouped.items()
    )
    return People(
        samples=samples,
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
    """People behind rows. Arms of one study add up: a result of two groups is of both."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.study.id, []).append(row)
    return people((each[0].study, _behind(each)) for each in grouped.values())


def _behind(rows: list[Row]) -> int | None:
    """The largest number in each arm, added; a row of both arms together may give more."""
    arms: dict[str, int] = {}
    whole: int | None = None
    for row in rows:
        if row.n is None:
            continue
        whole = max(whole or 0, row.n)
        if row.arm is not None:
            known = [n for n in (row.arm.n, row.arm.analysed) if n is not None]
            part = min([row.n, max(known)]) if known else row.n
            arms[row.arm.id] = max(arms.get(row.arm.id, 0), part)
    return None if whole is None else max(whole, sum(arms.values()))
