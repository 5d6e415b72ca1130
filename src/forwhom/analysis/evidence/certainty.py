"""How certain each outcome of a treatment is: the body of evidence behind it, brought to the rules of `evidence.grading`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.analysis.evidence.effects import Effect, effects_of, suited
from forwhom.analysis.evidence.pool import PooledEffect, pool_effects
from forwhom.analysis.evidence.pool_words import CALLED, limits, number
from forwhom.evidence import Arm, Ledger, Row, Study
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.filters import of_study
from forwhom.evidence.grading import Body, Certainty, certainty, evidence_for, package_of, packages
from forwhom.evidence.pairing import comparisons
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import CertaintyDetail, CertaintyRow, CertaintyStep
from forwhom.kernels import meta_analysis as kernel

METHOD = Method(
    "Certainty per outcome, after GRADE, by counted rules",
    {
        "begins": "high for randomised evidence, low for other",
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

    rows: list[Row] = field(default_factory=list)
    numbers: list[Comparison] = field(default_factory=list)
    directions: list[str] = field(default_factory=list)


def certainties(ledger: Ledger, asking: Asking) -> Finding:
    """A row per treatment, outcome and what it was compared with."""
    made = draft(ledger, asking, "certainty", "How certain is what is known of each outcome?", METHOD)
    rows = tuple(row for name in packages(ledger) for row in _of_package(name, ledger, asking.level))
    if not rows:
        return made.decline("no study of the ledger compares treatments on an outcome", "Results with arm and versus.")
    made.caution(
        "ledger-is-no-search",
        "The levels rest on the studies that the ledger holds, mostly as other papers tell of them. Trials that nobody coded "
        "count nowhere; a systematic search may place a treatment elsewhere.",
    )
    return made.answer(_statement(rows), _estimates(rows), CertaintyDetail(rows))


def _of_package(treatment: str, ledger: Ledger, level: float) -> Iterator[CertaintyRow]:
    facts = {fact.sample: fact for fact in evidence_for(ledger, treatment).package if not fact.head_to_head}
    label = ledger.vocabulary.label("treatments", treatment)
    for (outcome, against), found in _outcomes(treatment, ledger, set(facts)).items():
        studies = {row.study.id: row.study for row in found.rows}
        pooled, effects = _pooled(found.numbers, level)
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
            agree=len({word for word in found.directions if word != "none"}) <= 1,
            i2=pooled.i2 if pooled and pooled.k > 1 else None,
            prediction_crosses=_crosses(pooled.prediction_low, pooled.prediction_high, pooled.measure)
            if pooled
            else None,
            risks=_risks(studies.values()),
            against=against,
            developers_only=True
            if teams and all(team is False for team in teams)
            else None
            if None in teams
            else False,
            asymmetry=_asymmetry(effects, pooled),
            large=_large(pooled),
        )
        days = [study.extraction.date for study in studies.values() if study.extraction]
        dated = max(days).isoformat() if days else ""
        yield _row(label, outcome, against, body, certainty(body), _effect(pooled, found.directions), dated)


def _outcomes(treatment: str, ledger: Ledger, samples: set[str]) -> dict[tuple[str, str], _Outcome]:
    """Rows with a direction, and comparisons with numbers, by outcome and what the treatment was compared with."""
    grouped: dict[tuple[str, str], _Outcome] = {}
    kept = [study for study in ledger.studies.values() if study.counts and study.sample in samples]
    by_row = {each.id: each for each in comparisons(ledger)}
    for study in kept:
        arms = {arm.id for arm in study.arms if package_of(arm.treatment, ledger) == treatment}
        for row in of_study(study):
            result = row.result
            numbers = by_row.get(row.id)
            told = result.kind == "statement" and result.versus and result.direction in ("better", "worse", "none")
            if result.arm not in arms or result.mediator or result.same_as or not (numbers or told):
                continue
            other = study.arm(result.versus) if result.versus else _other(study, arms)
            if other is None:
                continue
            key = (_outcome_word(row, ledger), _against(other.control or other.treatment, other.label, ledger))
            here = grouped.setdefault(key, _Outcome())
            here.rows.append(row)
            if told:
                here.directions.append(result.direction)
            if numbers is not None:
                here.numbers.append(numbers)
    return grouped


def _other(study: Study, arms: set[str]) -> Arm | None:
    return next((arm for arm in study.arms if arm.id not in arms and arm.role != "healthy"), None)


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
    if not numbers:
        return None, ()
    effects = effects_of(numbers, suited(numbers)).effects
    return (pool_effects(effects, suited(numbers), level=level, limits=False), effects) if effects else (None, ())


def _people(studies: Iterable[Study]) -> int | None:
    """Randomised or analysed, each sample once by its largest study; None where one does not say."""
    most: dict[str, int | None] = {}
    for study in studies:
        n = study.design.randomised or study.design.analysed
        most[study.sample] = max(filter(None, (n, most.get(study.sample))), default=None)
    known = [n for n in most.values() if n is not None]
    return sum(known) if known and len(known) == len(most) else None


def _events(effects: Iterable[Effect]) -> int | None:
    pairs = [(each.comparison.one.events, each.comparison.two.events) for each in effects]
    if not pairs or any(None in pair for pair in pairs):
        return None
    return round(sum((one or 0.0) + (two or 0.0) for one, two in pairs))


def _crosses(low: float | None, high: float | None, measure: str) -> bool | None:
    if low is None or high is None:
        return None
    return low <= (1.0 if measure in ("rr", "or") else 0.0) <= high


def _risks(studies: Iterable[Study]) -> tuple[tuple[str, str], ...]:
    """The worst of each domain; a study without a coding has said nothing."""
    coded = [study.bias for study in studies]
    return tuple(
        (name, max((getattr(bias, name) if bias else "not stated" for bias in coded), key=WORST.index))
        for name in DOMAINS
    )


def _asymmetry(effects: tuple[Effect, ...], pooled: PooledEffect | None) -> float | None:
    if pooled is None or pooled.k < 10 or pooled.k != len(effects):
        return None
    return kernel.egger([each.value for each in effects], [each.variance for each in effects]).p


def _large(pooled: PooledEffect | None) -> bool:
    if pooled is None or pooled.measure not in LARGE or _crosses(pooled.low, pooled.high, pooled.measure):
        return False
    limit, size = LARGE[pooled.measure], pooled.estimate
    return abs(size) > limit if pooled.measure == "g" else size > limit or size < 1 / limit


def _effect(pooled: PooledEffect | None, directions: list[str]) -> str:
    if pooled is not None:
        words = f"{CALLED[pooled.measure]} {number(pooled.estimate, pooled.measure)}"
        return f"{words[:1].upper()}{words[1:]} ({limits(pooled.low, pooled.high, pooled.measure)})"
    said = sorted(set(directions))
    return f"Printed as {' and '.join('no different' if word == 'none' else word for word in said)}, without a number"


def _row(
    treatment: str, outcome: str, against: str, body: Body, found: Certainty, effect: str, dated: str
) -> CertaintyRow:
    steps = tuple(CertaintyStep(step.domain, step.steps, step.why, step.change) for step in found.steps)
    return CertaintyRow(
        treatment, outcome, against, effect, body.samples, body.people, found.began, found.name, steps, dated
    )


def _statement(rows: tuple[CertaintyRow, ...]) -> str:
    names = ("high", "moderate", "low", "very low")
    counts = {name: sum(row.name == name for row in rows) for name in names}
    told = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
    # Among equals the one with a number says more.
    best = min(rows, key=lambda row: (names.index(row.name), row.effect.startswith("Printed")))
    head = f"Of {len(rows)} comparisons on an outcome the certainty is: {told}."
    return f"{head} The most certain: {best.treatment} against {best.against}, {best.outcome} ({best.effect[:1].lower()}{best.effect[1:]})."


def _estimates(rows: tuple[CertaintyRow, ...]) -> list[Estimate]:
    return [
        Estimate(
            f"outcomes of {name} certainty", float(sum(row.name == name for row in rows)), unit="results", n=len(rows)
        )
        for name in ("high", "moderate", "low", "very low")
    ]
