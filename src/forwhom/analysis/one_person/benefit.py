"""What each treatment is expected to bring one person, as the study's own answers say, and what it recommends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forwhom.analysis.asking import Asking
from forwhom.analysis.words import decimals_for, level_words, number
from forwhom.findings import Estimate, Finding, LeftOut, Method, Population
from forwhom.findings.kinds import ArmBenefit, BenefitDetail, IndividualContrast, IndividualDetail, RecommendationDetail
from forwhom.study import Study

if TYPE_CHECKING:
    from forwhom.analysis.one_person.shared import Shared

INDIVIDUAL, RECOMMENDATION = "for_whom.individual", "for_whom.recommendation"
MOST_OTHERS = 200
"""Expected differences of others kept for the picture, evenly spaced in rank."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What the study recommends.

    verdict : one sentence; more : the rule, or why there is none and what it would take
    """

    verdict: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Benefit:
    """The study's answers for one outcome, ready to be looked up person by person.

    individual : without its detail; rows : id to (contrast, its place in it)
    """

    name: str
    label: str
    individual: Finding
    contrasts: tuple[IndividualContrast, ...]
    others: tuple[tuple[float, ...], ...]
    places: tuple[dict[str, int], ...]
    unit: str
    better: str
    advice: Advice


def prepare_benefits(study: Study, asking: Asking) -> tuple[Benefit, ...]:
    """Ask the study about individual effects and recommendations, once for everybody."""
    from forwhom.analysis.answer import ask
    from forwhom.analysis.questions import tasks

    todo = {task.id: task for task in tasks(study) if task.question.name in (INDIVIDUAL, RECOMMENDATION)}
    made = []
    for name, task in todo.items():
        if task.question.name != INDIVIDUAL or task.target is None:
            continue
        found = ask(study, asking, task)
        further = todo.get(name.replace(INDIVIDUAL, RECOMMENDATION))
        advice = advice_of(ask(study, asking, further) if further is not None else None)
        made.append(individual_benefit(task.target.name, task.target.label, found, advice))
    return tuple(made)


def individual_benefit(name: str, label: str, found: Finding, advice: Advice) -> Benefit:
    """One outcome's answers, ready to be looked up."""
    detail = found.detail if isinstance(found.detail, IndividualDetail) else None
    contrasts = detail.contrasts if detail is not None else ()
    return Benefit(
        name,
        label,
        replace(found, detail=None),
        contrasts,
        tuple(_others(each) for each in contrasts),
        tuple({person.id: i for i, person in enumerate(each.people)} for each in contrasts),
        detail.unit if detail is not None else "",
        detail.better if detail is not None else "lower",
        advice,
    )


def _others(contrast: IndividualContrast) -> tuple[float, ...]:
    """Everybody's expected difference in rising order, of many people some, evenly spaced in rank."""
    values = sorted(each.effect.value for each in contrast.people if each.effect.value is not None)
    if len(values) <= MOST_OTHERS:
        return tuple(values)
    return tuple(values[round(i * (len(values) - 1) / (MOST_OTHERS - 1))] for i in range(MOST_OTHERS))


def advice_of(found: Finding | None) -> Advice:
    """What the study's answer on a recommendation comes to; nothing is read out of its sentences."""
    if found is None:
        return Advice("The study was not asked for a recommendation.")
    where = f"{found.id} in the study's report"
    if found.status == "answered":
        return Advice(f"The study recommends a rule: see {where}.", found.statement)
    if found.status == "not_applicable":
        return Advice(f"No recommendation: {found.reason or found.statement}.")
    unmet = (
        [f"{each.condition}: {each.says}" for each in found.detail.conditions if each.met is False]
        if isinstance(found.detail, RecommendationDetail)
        else []
    )
    why = f"not met are {' · '.join(unmet)}" if unmet else found.reason or found.statement
    take = f" It would take: {found.would_take}" if found.would_take else ""
    return Advice(f"The study can recommend no rule: see {where}.", f"Why no rule is recommended: {why}.{take}")


def benefit(shared: Shared, basis: Benefit, row: int) -> Finding:
    """`one_person.benefit.<outcome>`: expected difference of each arm from the reference, for this person."""
    draft = shared.draft(
        f"benefit.{basis.name}", f"Which treatment is expected to help this person more in {basis.label}?"
    )
    whole = basis.individual
    draft.method, draft.registered = _method(whole), whole.registered
    for caution in whole.cautions:
        draft.caution(caution.code, caution.text)
    _population(draft.left_out, whole.population)
    draft.entered, draft.analysed = whole.population.entered, whole.population.analysed
    person = shared.ids[row]
    labels = dict(shared.card.arms)
    arms, estimates = [], []
    for contrast, others, places in zip(basis.contrasts, basis.others, basis.places, strict=True):
        if person not in places:
            continue
        effect = contrast.people[places[person]].effect
        arms.append(ArmBenefit(contrast.arm, contrast.reference, effect, contrast.average, others))
        estimates.append(
            Estimate(
                f"expected difference for this person, {labels.get(contrast.arm, contrast.arm)} − "
                f"{labels.get(contrast.reference, contrast.reference)}",
                effect.value,
                effect.low,
                effect.high,
                shared.asking.level,
                whole.method.options.get("interval", "see method"),
                basis.unit,
                "below 0 is better" if basis.better == "lower" else "above 0 is better",
                whole.population.analysed,
                arm=contrast.arm,
                reference=contrast.reference,
                why_absent=None if effect.value is not None else "not computed for this person",
            )
        )
    advice = basis.advice
    told = advice.more or advice.verdict
    detail = BenefitDetail(basis.label, basis.better, basis.unit, tuple(arms), told) if arms else None
    if whole.status != "answered":
        why = whole.reason or whole.statement
        if whole.status == "not_applicable":
            return draft.not_applicable(why, whole.would_take)
        return draft.decline(f"{why}. {advice.verdict}", whole.would_take or "More people.", estimates, detail)
    if detail is None:
        return draft.decline(
            "this person is not among those whose expected effect was computed (not allocated to an arm)",
            "The arm this person is in.",
        )
    return draft.answer(_statement(shared, basis, arms), estimates, detail)


def _method(whole: Finding) -> Method:
    return Method(
        whole.method.name,
        {
            **whole.method.options,
            "own data": "a person's own outcome has no part in what is expected of them",
        },
        whole.method.citations,
    )


def _population(left_out: list[LeftOut], population: Population) -> None:
    left_out.extend(population.left_out)


def _statement(shared: Shared, basis: Benefit, arms: list[ArmBenefit]) -> str:
    labels = dict(shared.card.arms)
    parts = []
    for each in arms:
        low, high = each.effect.low, each.effect.high
        places = decimals_for((high - low) / 4 if low is not None and high is not None else None)
        interval = f"{level_words(shared.asking.level)} {number(low, places)} to {number(high, places)}"
        if low is not None and high is not None and low <= 0 <= high:
            interval += ", which includes no difference"
        average = number(each.average.value, places)
        if each.average.low is not None and each.average.high is not None:
            average += f" ({number(each.average.low, places)} to {number(each.average.high, places)})"
        parts.append(
            f"{labels.get(each.arm, each.arm)} against {labels.get(each.reference, each.reference)} "
            f"{number(each.effect.value, places)} ({interval}); on average {average}"
        )
    better = "Below" if basis.better == "lower" else "Above"
    return (
        f"Expected for this person in {basis.label}: {'; '.join(parts)}. {better} 0 is better. {basis.advice.verdict}"
    )
