"""The facts a grade rests on: one per independent sample, gathered from the rows of the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from forwhom.evidence.filters import Row, of_study
from forwhom.evidence.model import Arm, Ledger, Study
from forwhom.evidence.samples import CONTROLS
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed, short

Speaks = Literal["for", "none", "against", "mixed"]
COMMON = ("generalist-family", "supportive")
"""Treatments that stand for good care without a package of its own: to do better than these speaks for a package."""
MECHANISTIC = ("brain", "biomarker", "prediction", "association", "process")
"""Kinds of rows that say nothing of whether patients got better."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one independent sample says of a treatment, or of its mechanism.

    speaks : for it, no difference, against it, or mixed where its rows disagree
    randomised : the comparison was made by chance; compared : there was a group to compare with
    other_team : True where the ledger says that the treatment's developers did not make the study, False where they did,
        None where nothing says so; by_names : that it was they follows from the names of the authors only
    ordered : of a mechanism: its change came before the outcome's and carried it
    head_to_head : the other arm was a treatment of its own, so that a difference, or none, says little of whether either works
    treatments : packages the fact is about
    rows : ``study/result`` behind it
    """

    sample: str
    studies: tuple[str, ...]
    speaks: Speaks
    randomised: bool
    compared: bool
    other_team: bool | None
    rows: tuple[str, ...]
    treatments: tuple[str, ...] = ()
    ordered: bool = False
    head_to_head: bool = False
    by_names: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a sample's own numbers say of a treatment, computed by somebody who knows numbers.

    outcomes : (study, word of the outcome) the numbers are of: printed words on these count no more
    """

    sample: str
    head_to_head: bool
    speaks: Speaks
    studies: tuple[str, ...]
    rows: tuple[str, ...]
    outcomes: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the grade of one treatment in one group of disorders rests on.

    package : did patients do better than in another arm, or than before; by sample
    told : samples that are only named as evidence, without a comparison that could be read
    mechanisms : by what the treatment works, as its theory has it
    theory : did these change, and carry the outcome; by sample, in any treatment
    dated : the day the newest file behind it was coded; newest : year of the newest publication behind it
    observed : mechanisms seen to change under it, in words with their studies; withdrawn : studies of it that count nowhere
    """

    treatment: str
    disorder: str
    package: tuple[Fact, ...]
    told: tuple[str, ...]
    mechanisms: tuple[str, ...]
    theory: tuple[Fact, ...]
    dated: dt.date | None
    newest: int | None = None
    observed: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


def packages(ledger: Ledger, disorder: str = "personality-disorder") -> tuple[str, ...]:
    """Treatments whose outcome any study in the disorder tells of, forms under their package, in the vocabulary's order."""
    seen = {
        package_of(arm.treatment, ledger)
        for study in _studies(ledger, disorder)
        for arm in study.arms
        if arm.treatment and arm.role not in CONTROLS and any(_of_outcome(row, arm) for row in of_study(study))
    }
    return tuple(name for name in ledger.vocabulary.sets.get("treatments", {}) if name in seen)


def package_named(ledger: Ledger, word: str, disorder: str = "personality-disorder") -> str:
    """The label of the package a word means, where the ledger tells of its outcome.

    Raises `ProblemsFound` for a word that is no treatment, or one without an outcome.
    """
    found = ledger.vocabulary.find("treatments", word)
    names = packages(ledger, disorder)
    if found is None or package_of(found, ledger) not in names:
        what = (
            f"{short(word)} is no treatment of the ledger"
            if found is None
            else f"nothing tells of the outcome of {found}"
        )
        hint = "" if found else did_you_mean(word, ledger.vocabulary.names.get("treatments", {}))
        do = f"{hint}Choose one."
        raise ProblemsFound([Problem("unknown-word", do, column="treatment", found=what, possible=listed(names, 20))])
    return ledger.vocabulary.label("treatments", package_of(found, ledger))


def package_of(treatment: str, ledger: Ledger) -> str:
    """The package a form belongs to; a part of a package (its skills group alone) is a treatment of its own."""
    term = ledger.vocabulary.sets.get("treatments", {}).get(treatment)
    return package_of(term.form_of, ledger) if term and term.form_of else treatment


def evidence_for(
    ledger: Ledger, treatment: str, disorder: str = "personality-disorder", numbers: Sequence[Numbers] = ()
) -> Evidence:
    """Gather the facts on one treatment.

    numbers : what samples' own numbers say (`analysis.evidence.verdicts`); on the outcomes they are of, printed words count
        no more. Without them rows speak by their printed direction.

    >>> from forwhom import evidence
    >>> mbt = evidence_for(evidence.read(), "mbt")
    >>> [(fact.sample, fact.speaks, fact.other_team) for fact in mbt.package if fact.randomised]
    [('mbt-day-hospital-trial', 'for', False), ('mbt-outpatient-trial', 'for', False)]
    """
    studies = list(_studies(ledger, disorder))
    package, told = _package(studies, treatment, ledger, numbers)
    term = ledger.vocabulary.sets.get("treatments", {}).get(treatment)
    mechanisms = term.mechanisms if term else ()
    theory = _theory(studies, mechanisms, ledger)
    behind = {name for fact in (*package, *theory) for name in fact.studies}
    days = [s.extraction.date for s in studies if s.id in behind and s.extraction]
    days += [s.withdrawn.date for s in ledger.studies.values() if s.withdrawn and _about(s, treatment, ledger)]
    years = [study.citation.year for study in studies if study.id in behind]
    newest = max(years, default=None)
    return Evidence(
        treatment, disorder, package, told, mechanisms, theory, max(days, default=None), newest,
        observed=_observed(studies, treatment, ledger),
        withdrawn=tuple(s.id for s in ledger.studies.values() if s.withdrawn and _about(s, treatment, ledger)),
    )  # fmt: skip


def _observed(studies: Iterable[Study], treatment: str, ledger: Ledger) -> tuple[str, ...]:
    """Mechanisms that rows of its own arms tell a change of, each with the studies."""
    seen: dict[str, dict[str, None]] = {}
    for study in studies:
        for row in of_study(study):
            mine = row.arm is not None and package_of(row.arm.treatment, ledger) == treatment
            if mine and row.result.mediator and row.result.direction not in ("", "none") and not row.result.same_as:
                label = ledger.vocabulary.label("mechanisms", row.result.mediator)
                seen.setdefault(label[:1].lower() + label[1:], {})[study.id] = None
    return tuple(f"{label} ({', '.join(names)})" for label, names in seen.items())


def _studies(ledger: Ledger, disorder: str) -> Iterator[Study]:
    for study in ledger.studies.values():
        words = {wide for each in study.population.disorder for wide in ledger.vocabulary.broader("disorders", each)}
        if study.counts and disorder in words:
            yield study


def _about(study: Study, treatment: str, ledger: Ledger) -> bool:
    return any(package_of(arm.treatment, ledger) == treatment for arm in study.arms)


def _of_outcome(row: Row, arm: Arm) -> bool:
    result = row.result
    outcome = result.kind not in MECHANISTIC and not result.mediator and not result.same_as
    return outcome and arm.id in (result.arm, result.versus)


def _package(
    studies: Sequence[Study], treatment: str, ledger: Ledger, numbers: Sequence[Numbers]
) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """Comparisons by sample, those with another package apart; samples that are named without a comparison."""
    mine: dict[tuple[str, bool], list[tuple[Study, Row, Speaks, bool]]] = {}
    told: dict[str, None] = {}
    counted = {pair for each in numbers for pair in each.outcomes}
    for study in studies:
        arms = {arm.id for arm in study.arms if package_of(arm.treatment, ledger) == treatment}
        for row in of_study(study):
            if not arms or row.result.kind in MECHANISTIC or row.result.mediator or row.result.same_as:
                continue
            if (study.id, _outcome(row)) in counted:
                continue
            here, there = row.result.arm, row.result.versus
            speaks = _speaks(row, here in arms)
            if speaks is None and not there and (not here or here in arms) and _only_named(row):
                told.setdefault(study.sample)
            if speaks is None or {here, there} <= arms or (here and not arms & {here, there}):
                continue
            if there:
                other = study.arm(there if here in arms else here)
                apart = other is not None and of_its_own(other.treatment, ledger)
                mine.setdefault((study.sample, apart), []).append((study, row, speaks, True))
            elif here and not _randomised(study, ledger) and _known(study, ledger):
                mine.setdefault((study.sample, False), []).append((study, row, speaks, False))
            else:
                told.setdefault(study.sample)
    by_id = {study.id: study for study in studies}
    measured = {(each.sample, each.head_to_head): each for each in numbers if by_id.keys() & set(each.studies)}
    facts = tuple(
        _fact(sample, apart, mine.get((sample, apart), []), treatment, ledger, measured.get((sample, apart)), by_id)
        for sample, apart in dict.fromkeys((*mine, *measured))
    )
    seen = {fact.sample for fact in facts}
    return facts, tuple(name for name in told if name not in seen)


def _only_named(row: Row) -> bool:
    """Named as evidence of an effect, and neither outcome nor direction is told."""
    return row.result.kind == "statement" and not row.result.outcome and not row.result.domain


def of_its_own(treatment: str, ledger: Ledger) -> bool:
    """Whether a word is a treatment, and no usual or common care."""
    if treatment not in ledger.vocabulary.sets.get("treatments", {}):
        return False
    return not set(COMMON) & set(ledger.vocabulary.broader("treatments", treatment))


def _outcome(row: Row) -> str:
    """The word of a row's outcome, as comparisons have it."""
    measure = row.study.measure(row.result.outcome)
    return row.result.domain or (measure.domain if measure else "") or row.result.outcome


def _known(study: Study, ledger: Ledger) -> bool:
    """The source says how the study was made."""
    return bool({"observational", "experimental"} & set(ledger.vocabulary.broader("designs", study.design.kind)))


def _speaks(row: Row, is_treated: bool) -> Speaks | None:
    """From the treated arm's side: a row may stand on the other arm's."""
    words: dict[str, Speaks] = {"better": "for", "worse": "against", "none": "none"}
    speaks = words.get(row.result.direction)
    if speaks in ("for", "against") and not is_treated:
        return "against" if speaks == "for" else "for"
    return speaks


def _fact(
    sample: str, apart: bool, rows: list[tuple[Study, Row, Speaks, bool]], treatment: str, ledger: Ledger,
    numbers: Numbers | None, by_id: dict[str, Study],
) -> Fact:  # fmt: skip
    compared = [each for each in rows if each[3]]
    counted = compared or ([] if numbers else rows)
    studies = {study.id: study for study, *_ in counted}
    said = {speaks for *_, speaks, _ in counted}
    if numbers is not None:
        studies |= {name: by_id[name] for name in numbers.studies if name in by_id}
        said.add(numbers.speaks)
    both = bool(compared) or numbers is not None
    other_team, by_names = _other_team(studies.values(), treatment, ledger)
    return Fact(
        sample=sample,
        studies=tuple(studies),
        speaks=_together(said),
        randomised=both and any(_randomised(study, ledger) for study in studies.values()),
        compared=both,
        other_team=other_team,
        rows=(*(numbers.rows if numbers else ()), *(row.id for _, row, *_ in counted)),
        treatments=(treatment,),
        head_to_head=apart,
        by_names=by_names,
    )


def _together(said: set[Speaks]) -> Speaks:
    """Better in some outcomes and no different in others is better; better and worse is mixed."""
    if "mixed" in said or {"for", "against"} <= said:
        return "mixed"
    return "for" if "for" in said else "against" if "against" in said else "none"


def _randomised(study: Study, ledger: Ledger) -> bool:
    return "randomised" in ledger.vocabulary.broader("designs", study.design.kind)


def _other_team(studies: Iterable[Study], treatment: str, ledger: Ledger) -> tuple[bool | None, bool]:
    """By the allegiance the file states, else by the names of the developers among the authors; whether by names only."""
    found: list[bool | None] = []
    stated_by_file = False
    for study in studies:
        stated = study.allegiance.developer if study.allegiance else None
        if stated is None:
            term = ledger.vocabulary.sets.get("treatments", {}).get(treatment)
            names = {author.split(" ")[0].casefold() for author in study.citation.authors}
            makers = {name.casefold() for name in (term.developers if term else ())}
            stated = True if names & makers else None
        else:
            stated_by_file = True
        found.append(stated)
    if any(found):
        return False, not stated_by_file
    return (True if found and all(each is False for each in found) else None), False


def _theory(studies: Iterable[Study], mechanisms: tuple[str, ...], ledger: Ledger) -> tuple[Fact, ...]:
    """What samples say of the mechanisms, whatever the treatment."""
    words = ledger.vocabulary.sets.get("mechanisms", {})
    measured = {outcome for name in mechanisms if name in words for outcome in words[name].measures}
    mine: dict[str, list[tuple[Study, Row]]] = {}
    for study in studies:
        for row in of_study(study):
            result = row.result
            measure = study.measure(result.outcome)
            domain = result.domain or (measure.domain if measure else result.outcome)
            by_name = any(name in ledger.vocabulary.broader("mechanisms", result.mediator) for name in mechanisms)
            if result.same_as or not (
                by_name or (domain in measured and result.kind in ("statement", "effect", "means"))
            ):
                continue
            mine.setdefault(study.sample, []).append((study, row))
    made = (_of_mechanism(sample, rows, ledger) for sample, rows in mine.items())
    return tuple(fact for fact in made if fact is not None)


def _of_mechanism(sample: str, rows: list[tuple[Study, Row]], ledger: Ledger) -> Fact | None:
    """A mechanism that rises in one arm and not in another speaks for it; the arms of one sample are one fact."""
    studies = {study.id: study for study, _ in rows}
    moved = [
        row for _, row in rows if row.result.direction in ("better", "increase", "decrease", "positive", "negative")
    ]
    still = [row for _, row in rows if row.result.direction == "none"]
    ordered = [row for row in moved if len(row.result.sessions) >= 4 and row.result.outcome]
    if not moved and not still:
        return None
    arms = {row.result.arm for _, row in rows if row.result.arm}
    compared = len(arms) > 1 or any(row.result.versus for _, row in rows)
    return Fact(
        sample=sample,
        studies=tuple(studies),
        speaks="for" if moved else "none",
        randomised=compared and any(_randomised(study, ledger) for study in studies.values()),
        compared=compared,
        other_team=None,
        rows=tuple(row.id for _, row in rows),
        treatments=tuple(
            dict.fromkeys(package_of(r.arm.treatment, ledger) for r in moved or still if r.arm and r.arm.treatment)
        ),
        ordered=bool(ordered),
    )
