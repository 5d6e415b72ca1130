"""Independent samples: studies that share people count once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from forwhom.evidence.arm_numbers import group_of, numbers
from forwhom.evidence.filters import Query, Row
from forwhom.evidence.model import Arm, Ledger, Result, Study

LEFT = ("completion", "dropout")
"""Outcomes that compare those who stayed with those who left: both are behind such a result, not those who stayed alone."""
CONTROLS = ("healthy", "usual_care", "waitlist", "active_control")


@dataclass(frozen=True, slots=True)
class Sample:
    """People who were studied together, in one or more studies.

    most : of each arm the largest number any of its studies gives, added; None where none gives one
    summed : what adding up the studies would make of them
    at_least : whether there were more people than the number: a group of the comparison gives none, or the largest numbers of the
        arms stand in different studies
    had : those of them who had the treatment; None where no arm tells
    had_at_least : whether more had it
    """

    id: str
    studies: tuple[str, ...]
    most: int | None
    summed: int
    at_least: bool = False
    had: int | None = None
    had_at_least: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """How many people stand behind studies or rows.

    distinct : the people of each sample, added; more are possible where the studies of a sample do not lie within each other
    summed : all studies added, as if no two shared anybody
    unknown : samples none of whose studies gives a number
    treatments : what those had who had the treatment, as the arms name it; () where it was asked for
    """

    samples: tuple[Sample, ...]
    distinct: int
    summed: int
    unknown: tuple[str, ...]
    treatments: tuple[str, ...] = ()

    @property
    def at_least(self) -> bool:
        """Whether there were more people than `distinct`: a sample, or a group of one, gives no number."""
        return bool(self.unknown) or any(sample.at_least for sample in self.samples)

    @property
    def had(self) -> int:
        """Those who had the treatment, as far as arms tell."""
        return sum(sample.had or 0 for sample in self.samples)

    @property
    def had_at_least(self) -> bool:
        """Whether more had it."""
        return any(sample.had is None or sample.had_at_least for sample in self.samples)

    @property
    def of_whom(self) -> str:
        """For a sentence, after the number of people: how many had the treatment; "" where all had it, or none is known to."""
        if not self.had or (self.had == self.distinct and self.had_at_least == self.at_least):
            return ""
        least = "at least " if self.had_at_least else ""
        return (
            f"of whom {least}{self.had} had {'the treatment' if len(self.treatments) < 2 else 'one of the treatments'}"
        )

    def __str__(self) -> str:
        """For a sentence: "at least 29 people"; "number of people not stated" where no sample gives one."""
        if not self.distinct:
            return "number of people not stated"
        return f"{'at least ' if self.at_least else ''}{self.distinct} {'person' if self.distinct == 1 else 'people'}"

    @property
    def told(self) -> str:
        """The same with those who had the treatment: "134 people, of whom 71 had the treatment"."""
        return f"{self}, {self.of_whom}" if self.of_whom else str(self)


@dataclass(slots=True)
class _Counted:
    """What one study tells of the people behind its rows.

    arms : people of each arm of patients, by the word that names it in every paper of the sample
    whole : everybody, where a row tells a number of no arm
    more : there were more people than these
    had : arms that had the treatment; lacks : one of them, or everybody's arm, gives no number
    """

    study: Study
    arms: dict[str, int] = field(default_factory=dict)
    whole: int = 0
    more: bool = False
    had: dict[str, str] = field(default_factory=dict)
    lacks: bool = False

    @property
    def most(self) -> int:
        return max(self.whole, sum(self.arms.values()))


def people(numbers_: Iterable[tuple[Study, int | None]]) -> People:
    """From studies with a number of people each to samples with their people: the largest number of each sample."""
    return _people(_Counted(study, whole=n or 0, lacks=True) for study, n in numbers_)


def _people(counted: Iterable[_Counted]) -> People:
    grouped: dict[str, list[_Counted]] = {}
    for each in counted:
        grouped.setdefault(each.study.sample, []).append(each)
    samples = tuple(_sample(name, here) for name, here in grouped.items())
    words = dict.fromkeys(word for here in grouped.values() for each in here for word in each.had.values())
    return People(
        samples=samples,
        distinct=sum(sample.most or 0 for sample in samples),
        summed=sum(sample.summed for sample in samples),
        unknown=tuple(sample.id for sample in samples if sample.most is None),
        treatments=tuple(words),
    )


def _sample(name: str, studies: list[_Counted]) -> Sample:
    """Of each arm the largest number of its studies, added."""
    merged = _same_arms(studies)
    largest: dict[str, int] = {}
    treated: set[str] = set()
    for each in studies:
        for word, n in each.arms.items():
            at = merged[word]
            largest[at] = max(largest.get(at, 0), n)
        treated |= {merged[word] for word in each.had if word in each.arms}
    had = sum(largest[word] for word in treated)
    most = max(sum(largest.values()), *(each.most for each in studies))
    # A study of the sample that counts everybody makes good for one that does not.
    whole = any(each.most == most and not each.more for each in studies)
    guessed = len(set(merged.values())) < len(merged)
    tells = any(
        not each.lacks and sum(n for word, n in each.arms.items() if word in each.had) == had for each in studies
    )
    return Sample(
        name,
        tuple(dict.fromkeys(each.study.id for each in studies)),
        most or None,
        sum(each.most for each in studies),
        not whole or guessed,
        had or None,
        not tells or guessed,
    )


def _same_arms(studies: list[_Counted]) -> dict[str, str]:
    """Each arm's word with the word it is counted under.

    Arms of two studies of one sample that are called differently are only counted as two where a study has both: else they may be
    the same people, and the larger number stands.
    """
    own = [_arms(each.study) for each in studies]
    roles = {word: compared for here in own for word, compared in here.items()}
    merged: dict[str, str] = {}
    for word in dict.fromkeys(word for each in studies for word in each.arms):
        apart = {other for here in own if word in here for other in here}
        home = next(
            (
                to
                for to in dict.fromkeys(merged.values())
                if roles.get(to) == roles.get(word)
                and not any(other in apart for other, at in merged.items() if at == to)
            ),
            word,
        )
        merged[word] = home
    return merged


def _arms(study: Study) -> dict[str, bool]:
    """Words of the arms of patients, and whether they are compared with."""
    return {group_of(study, arm): arm.role in CONTROLS for arm in study.arms if arm.role != "healthy"}


def of_treatment(ledger: Ledger, treatment: str = "", studies: Iterable[str] | None = None) -> People:
    """People who had a treatment (or one of its family; "" any), drafts and what was withdrawn left out.

    studies : only these

    >>> from forwhom import evidence
    >>> of_treatment(evidence.read(), "dbt", ["schmitt-2016", "goodman-2014"]).distinct
    43
    """
    chosen = None if studies is None else set(studies)
    words = None if not treatment else having(ledger, [treatment])
    made = []
    for study in ledger.studies.values():
        arms = [arm for arm in study.arms if _has(arm, words)]
        if not study.counts or (chosen is not None and study.id not in chosen) or not arms:
            continue
        told = {group_of(study, arm): arm.n if arm.n is not None else arm.analysed for arm in arms}
        known = {word: n for word, n in told.items() if n is not None}
        had = {group_of(study, arm): arm.treatment for arm in arms}
        lacks = len(known) < len(told)
        made.append(_Counted(study, known, 0, lacks, had, lacks))
    return _people(made)


def having(ledger: Ledger, treatments: Iterable[str]) -> frozenset[str]:
    """Words of treatments that are one of these, or part of one."""
    wanted = set(treatments)
    terms = ledger.vocabulary.sets.get("treatments", {})
    return frozenset(word for word in terms if wanted & set(ledger.vocabulary.broader("treatments", word)))


def treatments_asked(query: Query, ledger: Ledger) -> frozenset[str] | None:
    """What a query asks for by ``treatment=``; None where it asks for none."""
    words = [
        word for each in query.conditions if each.key == "treatment" and each.operator == "=" for word in each.values
    ]
    return having(ledger, words) if words else None


def _has(arm: Arm, words: Collection[str] | None) -> bool:
    return arm.role == "treatment" if words is None else arm.treatment in words


def of_rows(rows: Iterable[Row], treatments: Collection[str] | None = None) -> People:
    """People behind rows: patients, each once. A comparison is of both its groups, a result of two arms of both.

    treatments : what those have who count as having the treatment (`having`); None counts the arms of treatment

    Where the arms of a comparison give no number, the number of the whole trial stands. Results of those who stayed
    against those who left rest on everybody who began, and on those who never began, whom nobody counts. Healthy people
    who were compared with are not counted.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> str(of_rows(evidence.rows(ledger, "study=rodrigo-2015 outcome=completion")))
    'at least 29 people'
    >>> of_rows(evidence.rows(ledger, "study=bateman-fonagy-2009 kind=statement")).told
    '134 people, of whom 71 had the treatment'
    """
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.study.id, []).append(row)
    made = _people(_behind(each, treatments) for each in grouped.values())
    return made if treatments is None else replace(made, treatments=())


def _behind(rows: list[Row], treatments: Collection[str] | None) -> _Counted:
    """The largest number in each arm, and whether a group gives none."""
    made = _Counted(rows[0].study)
    lacks, never_counted = False, False
    for row in rows:
        told, whole, more = _groups(row)
        if leavers(row.result):
            never_counted |= more
        else:
            lacks |= more
        made.whole = max(made.whole, whole, _total(row) or 0)
        for arm in (row.study.arm(row.result.arm), row.study.arm(row.result.versus)):
            if arm is not None and arm.role != "healthy" and _has(arm, treatments):
                made.had[group_of(row.study, arm)] = arm.treatment
        for name, n in told.items():
            made.arms[name] = max(made.arms.get(name, 0), n)
    everybody = max((_total(row) or 0 for row in rows), default=0)
    made.more = never_counted or (lacks and not everybody)
    made.lacks = not made.had or never_counted or any(word not in made.arms for word in made.had)
    return made


def _groups(row: Row) -> tuple[dict[str, int], int, bool]:
    """People of each group of patients that a row compares, of a row without an arm its people, and whether a group gives no number."""
    result = row.result
    arm = row.study.arm(result.arm)  # A comparison may be looked at from its other side.
    if leavers(result):
        return _with_leavers(row, arm)
    if arm is None:
        return {}, result.n or 0, result.n is None or _worse_than_untold(result)
    other = row.study.arm(result.versus)
    parts = numbers(row.study, result)
    patients = [(each, n) for each, n in ((arm, parts.one), (other, parts.two)) if each and each.role != "healthy"]
    told = {group_of(row.study, each): n for each, n in patients if n is not None}
    lacks = len(told) < len(patients) or _worse_than_untold(result)
    of_both = parts.both or 0 if len(patients) == 2 else 0
    return told, of_both, lacks and not of_both


def _worse_than_untold(result: Result) -> bool:
    """Worse than whom is not told."""
    return result.kind == "statement" and result.direction == "worse" and not result.versus


def _with_leavers(row: Row, arm: Arm | None) -> tuple[dict[str, int], int, bool]:
    """Those who stayed and those who left are of one arm; everybody who began, where no number is with the result."""
    result, other = row.result, row.study.arm(row.result.versus)
    lacks = result.n_versus is None
    if arm is None:
        return {}, (result.n or 0) + (result.n_versus or 0), lacks or result.n is None
    if other is not None and other.role != "healthy":
        parts = numbers(row.study, result)
        both = ((arm, parts.one), (other, parts.two))
        told = {group_of(row.study, each): n for each, n in both if n is not None}
        return told, parts.both or 0, lacks or len(told) < 2
    n = arm.n if result.n is None else result.n + (result.n_versus or 0)
    return ({} if n is None else {group_of(row.study, arm): n}), 0, lacks or n is None


def leavers(result: Result) -> bool:
    """Whether it compares those who stayed with those who left, or never began."""
    return result.outcome in LEFT or result.domain in LEFT


def _total(row: Row) -> int | None:
    """Everybody in the trial, where a row compares all the arms of patients it has."""
    patients = {arm.id for arm in row.study.arms if arm.role != "healthy"}
    if not row.result.versus or patients != {row.result.arm, row.result.versus}:
        return None
    return row.study.design.analysed or row.study.design.randomised
