"""How certain each outcome of a treatment is: the body of evidence behind it, brought to the rules of `evidence.grading`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.analysis.evidence.effects import Effect, effects_of, suited
from forwhom.analysis.evidence.pool import RHO, PooledEffect, pool_effects
from forwhom.analysis.evidence.pool_redundant import without_redundant
from forwhom.analysis.evidence.pool_words import CALLED, limits, number
from forwhom.analysis.evidence.verdicts import verdicts
from forwhom.evidence import Ledger, Row, Study
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.filters import of_study
from forwhom.evidence.grading import Body, Certainty, certainty, evidence_for, package_of, packages
from forwhom.evidence.grading.certainty import NOT_ASSESSED, TELLABLE
from forwhom.evidence.pairing import comparisons
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import CertaintyDetail, CertaintyRow, CertaintyStep
from forwhom.kernels import meta_analysis as kernel

METHOD = Method(
    "Certainty per outcome, after GRADE, by counted rules",
    {
        "begins": "high for randomised evidence, low for other",
        "times": "the end of treatment, or else the first after the start",
        "addition": "a step down where every sample is the developers' own",
    },
    (
        "Guyatt GH, Oxman AD, Vist GE, et al. (2008). BMJ, 336, 924-926.",
        "Guyatt GH, Oxman AD, Kunz R, et al. (2011). Journal of Clinical Epidemiology, 64, 1283-1293.",
    ),
)
DOMAINS = ("randomisation", "deviations", "missing", "measurement", "reporting")
WORST = ("low", "some", "not stated", "high")
LARGE = {"rr": 2.0, "or": 4.0, "g": 0.8}
"""From where an effect is called large, and below its inverse for ratios."""


@dataclass(slots=True)
class _Outcome:
    """What speaks of one outcome against one kind of comparison."""

    studies: list[Study] = field(default_factory=list)
    numbers: list[Comparison] = field(default_factory=list)
    directions: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)


def certainties(ledger: Ledger, asking: Asking) -> Finding:
    """A row per treatment, outcome and what it was compared with."""
    made = draft(ledger, asking, "certainty", "How certain is what is known of each outcome?", METHOD)
    found = comparisons(ledger)
    rows = tuple(row for name in packages(ledger) for row in _of_package(name, ledger, asking.level, found))
    if not rows:
        return made.decline("no study of the ledger compares treatments on an outcome", "Results with arm and versus.")
    made.caution(
        "ledger-is-no-search",
        "The levels rest on the studies that the ledger holds, mostly as other papers tell of them. Trials that nobody coded "
        "count nowhere; a systematic search may place a treatment elsewhere.",
    )
    return made.answer(_statement(rows), _estimates(rows), CertaintyDetail(rows))


def _of_package(treatment: str, ledger: Ledger, level: float, found: tuple[Comparison, ...]) -> Iterator[CertaintyRow]:
    numbers = verdicts(found, treatment, ledger, level=level)
    facts = {fact.sample: fact for fact in evidence_for(ledger, treatment, numbers=numbers).package}
    label = ledger.vocabulary.label("treatments", treatment)
    for (outcome, against), spoken in _outcomes(treatment, ledger, found).items():
        studies = {study.id: study for study in spoken.studies}
        pooled, effects = _pooled(spoken.numbers, level)
        samples = {study.sample for study in studies.values()}
        teams = [facts[name].other_team for name in samples if name in facts]
        body = Body(
            randomised=all(
                "randomised" in ledger.vocabulary.broader("designs", s.design.kind) for s in studies.values()
            ),
            samples=len(samples),
            people=pooled.people if pooled else _people(studies.values()),
            events=_events(effects),
            estimated=pooled is not None,
            crosses=_crosses(pooled.low, pooled.high, pooled.measure) if pooled else None,
            agree=_agree(spoken.directions, effects, pooled),
            i2=pooled.i2 if pooled and pooled.k > 1 else None,
            prediction_crosses=_crosses(pooled.prediction_low, pooled.prediction_high, pooled.measure)
            if pooled
            else None,
            risks=_risks(studies.values()),
            other_disorder=len({study.population.disorder for study in studies.values()}) > 1,
            against=against,
            developers_only=True
            if teams and all(team is False for team in teams)
            else None
            if None in teams
            else False,
            by_names=any(facts[name].by_names for name in samples if name in facts),
            asymmetry=_asymmetry(effects, pooled),
            large=_large(pooled),
        )
        days = [study.extraction.date for study in studies.values() if study.extraction]
        dated = max(days).isoformat() if days else ""
        yield _row(
            label,
            outcome,
            against,
            body,
            certainty(body),
            _effect(pooled, spoken.directions),
            dated,
            _when(effects, spoken),
        )


def _outcomes(treatment: str, ledger: Ledger, found: tuple[Comparison, ...]) -> dict[tuple[str, str], _Outcome]:
    """Comparisons with numbers, and rows with a printed direction, by outcome and what the treatment was compared with."""
    grouped: dict[tuple[str, str], _Outcome] = {}
    told: set[tuple[str, str]] = set()
    studies = {study.id: study for study in ledger.studies.values() if study.counts}
    for one in found:
        if one.study in studies and one.treatments and package_of(one.treatments[0], ledger) == treatment:
            here = grouped.setdefault((one.outcome_label, _against(one.two.word, one.two.label, ledger)), _Outcome())
            here.numbers.append(one)
            here.studies.append(studies[one.study])
            told.add((one.study, one.outcome_label))
    for study in studies.values():
        arms = {arm.id for arm in study.arms if package_of(arm.treatment, ledger) == treatment}
        for row in of_study(study) if arms else ():
            result, other = row.result, study.arm(row.result.versus)
            speaks = result.kind == "statement" and result.direction in ("better", "worse", "none")
            if not speaks or result.arm not in arms or other is None or result.mediator or result.same_as:
                continue
            word = _outcome_word(row, ledger)
            if (study.id, word) in told:
                continue
            key = (word, _against(other.control or other.treatment, other.label, ledger))
            here = grouped.setdefault(key, _Outcome())
            here.studies.append(study)
            here.directions.append(result.direction)
            if result.time is not None and study.design.unit:
                here.times.append(f"{result.time:g} {study.design.unit}{'' if result.time == 1 else 's'}")
    return grouped


def _agree(directions: list[str], effects: tuple[Effect, ...], pooled: PooledEffect | None) -> bool:
    """Whether no sample says better where another says worse, by words or by limits that exclude none."""
    said = {word for word in directions if word != "none"}
    if pooled is not None:
        grouped: dict[str, list[Effect]] = {}
        for each in effects:
            grouped.setdefault(each.comparison.sample, []).append(each)
        for mine in grouped.values():
            one = pool_effects(mine, pooled.measure, level=pooled.level, limits=False)
            if _crosses(one.low, one.high, one.measure) is False:
                said.add("above" if one.estimate > _null(one.measure) else "below")
    return len(said) <= 1


def _outcome_word(row: Row, ledger: Ledger) -> str:
    measure = row.study.measure(row.result.outcome)
    word = row.result.domain or (measure.domain if measure else row.result.outcome)
    return ledger.vocabulary.label("outcomes", word) if word else "outcomes not named"


def _against(word: str, label: str, ledger: Ledger) -> str:
    for kind in ("controls", "treatments"):
        if word in ledger.vocabulary.sets.get(kind, {}):
            return ledger.vocabulary.label(kind, word)
    return label


def _pooled(numbers: list[Comparison], level: float) -> tuple[PooledEffect | None, tuple[Effect, ...]]:
    """At the end of treatment, or else at the first occasion a sample states: later ones would count people again."""
    kept = [one for mine in _by_sample(numbers).values() for one in _at_one_time(mine)]
    if not kept:
        return None, ()
    measure = suited(kept)
    effects, _ = without_redundant(effects_of(kept, measure).effects, RHO)
    return (pool_effects(effects, measure, level=level, limits=False), effects) if effects else (None, ())


def _by_sample(numbers: list[Comparison]) -> dict[str, list[Comparison]]:
    grouped: dict[str, list[Comparison]] = {}
    for one in numbers:
        grouped.setdefault(one.sample, []).append(one)
    return grouped


def _at_one_time(numbers: list[Comparison]) -> list[Comparison]:
    post = [one for one in numbers if one.time == "post"]
    if post:
        return post
    first = min((one.months for one in numbers if one.months is not None), default=None)
    return [one for one in numbers if one.months == first]


def _people(studies: Iterable[Study]) -> int | None:
    """Randomised or analysed, each sample once by its largest study; None where one does not say."""
    most: dict[str, int | None] = {}
    for study in studies:
        n = study.design.randomised or study.design.analysed
        most[study.sample] = max(filter(None, (n, most.get(study.sample))), default=None)
    known = [n for n in most.values() if n is not None]
    return sum(known) if known and len(known) == len(most) else None


def _events(effects: Iterable[Effect]) -> int | None:
    """People with the event, each group once by its largest number."""
    groups: dict[str, float] = {}
    for each in effects:
        for group in (each.comparison.one, each.comparison.two):
            if group.events is None:
                return None
            groups[group.id] = max(groups.get(group.id, 0.0), group.events)
    return round(sum(groups.values())) if groups else None


def _crosses(low: float | None, high: float | None, measure: str) -> bool | None:
    return None if low is None or high is None else low <= _null(measure) <= high


def _null(measure: str) -> float:
    return 1.0 if measure in ("rr", "or") else 0.0


def _risks(studies: Iterable[Study]) -> tuple[tuple[str, str], ...]:
    """The worst of each domain; a study without a coding has said nothing."""
    coded = [study.bias for study in studies]
    return tuple(
        (name, max((getattr(bias, name) if bias else "not stated" for bias in coded), key=WORST.index))
        for name in DOMAINS
    )


def _asymmetry(effects: tuple[Effect, ...], pooled: PooledEffect | None) -> float | None:
    """p of Egger's test where small samples show *more* benefit; None where they show less, or it was not made."""
    if pooled is None or pooled.k < TELLABLE or pooled.k != len(effects):
        return None
    test = kernel.egger([each.value for each in effects], [each.variance for each in effects])
    better_is_up = pooled.measure == "g" or effects[0].comparison.sign == 1
    return test.p if test.slope is not None and (test.slope > 0) == better_is_up else None


def _large(pooled: PooledEffect | None) -> bool:
    if pooled is None or pooled.measure not in LARGE or _crosses(pooled.low, pooled.high, pooled.measure):
        return False
    limit, size = LARGE[pooled.measure], pooled.estimate
    return abs(size) > limit if pooled.measure == "g" else size > limit or size < 1 / limit


def _when(effects: tuple[Effect, ...], spoken: _Outcome) -> str:
    """The time of the effects: months after the start, or as printed."""
    months = sorted({each.comparison.months for each in effects if each.comparison.months is not None})
    times = [f"{month:g} months" for month in months] if effects else list(dict.fromkeys(spoken.times))
    return " and ".join((times[0], times[-1])) if len(times) > 1 else "".join(times)


def _effect(pooled: PooledEffect | None, directions: list[str]) -> str:
    if pooled is not None:
        words = f"{CALLED[pooled.measure]} {number(pooled.estimate, pooled.measure)}"
        return f"{words[:1].upper()}{words[1:]} ({limits(pooled.low, pooled.high, pooled.measure)})"
    said = sorted(set(directions))
    return f"Printed as {' and '.join('no different' if word == 'none' else word for word in said)}, without a number"


def _row(
    treatment: str, outcome: str, against: str, body: Body, found: Certainty, effect: str, dated: str, when: str
) -> CertaintyRow:
    steps = tuple(CertaintyStep(step.domain, step.steps, step.why, step.change) for step in found.steps)
    return CertaintyRow(
        treatment, outcome, against, effect, body.samples, body.people, found.began, found.name, steps, dated, when
    )


def _statement(rows: tuple[CertaintyRow, ...]) -> str:
    names = ("high", "moderate", "low", "very low", NOT_ASSESSED)
    counts = {name: sum(row.name == name for row in rows) for name in names}
    told = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
    head = f"Of {len(rows)} comparisons on an outcome the certainty is: {told}."
    best = min(rows, key=lambda row: names.index(row.name))
    if best.name == NOT_ASSESSED:
        return f"{head} No number is coded that one could be certain of."
    return f"{head} The most certain: {best.treatment} against {best.against}, {best.outcome} ({best.effect[:1].lower()}{best.effect[1:]})."


def _estimates(rows: tuple[CertaintyRow, ...]) -> list[Estimate]:
    return [
        Estimate(
            f"outcomes of {name} certainty", float(sum(row.name == name for row in rows)), unit="results", n=len(rows)
        )
        for name in ("high", "moderate", "low", "very low", NOT_ASSESSED)
    ]
