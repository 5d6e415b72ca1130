"""How well treatments are supported: theory by package."""

from __future__ import annotations

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.analysis.evidence.verdicts import verdicts
from forwhom.evidence import Ledger
from forwhom.evidence.grading import (
    LEVELS,
    Evidence,
    evidence_for,
    level_of_package,
    level_of_theory,
    packages,
    would_fall,
    would_rise,
)
from forwhom.evidence.pairing import comparisons
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import GradeDetail, GradedTreatment

METHOD = Method(
    "Theory by package, three levels each, by rules that count independent samples",
    {
        "package": "well supported: two randomised samples for it, one of another team, none against, more than "
        "without a difference; contradicted: two without "
        "a difference or against, none for it",
        "theory": "well supported: in two samples the mechanism changed before the outcome and carried it, one randomised, one "
        "under this treatment; contradicted: it did not change in two randomised samples and in none it did",
        "a sample with numbers speaks": "by the mean of its effects and its interval, whatever the words beside them",
    },
    (
        "David D, Montgomery GH (2011). Clinical Psychology: Science and Practice, 18, 89-99.",
        "Chambless DL, Hollon SD (1998). Journal of Consulting and Clinical Psychology, 66, 7-18.",
        "Kazdin AE (2007). Annual Review of Clinical Psychology, 3, 1-27.",
    ),
)
DISORDER = "personality-disorder"


def grade(ledger: Ledger, asking: Asking) -> Finding:
    """Place every treatment whose outcome the ledger tells of."""
    made = draft(ledger, asking, "grade", "How well are treatments and their theories supported?", METHOD)
    numbers = comparisons(ledger)
    rows = tuple(
        _row(evidence_for(ledger, name, numbers=verdicts(numbers, name, ledger, level=asking.level)), ledger)
        for name in packages(ledger)
    )
    if not rows:
        return made.decline("the ledger tells of no treatment's outcome", "Files of studies that compare treatments.")
    made.caution(
        "ledger-is-no-search",
        "The levels rest on the studies that the ledger holds, mostly as other papers tell of them. Trials that nobody coded "
        "count nowhere; a systematic search may place a treatment elsewhere.",
    )
    return made.answer(_statement(rows), _estimates(rows), GradeDetail(LEVELS, rows))


def _row(evidence: Evidence, ledger: Ledger) -> GradedTreatment:
    theory = level_of_theory(evidence.theory, evidence.mechanisms, evidence.treatment, evidence.observed)
    package = level_of_package(evidence.package, evidence.told)
    term = ledger.vocabulary.sets["treatments"][evidence.treatment]
    names = dict.fromkeys(name for fact in (*evidence.package, *evidence.theory) for name in fact.studies)
    return GradedTreatment(
        treatment=ledger.vocabulary.label("treatments", evidence.treatment),
        theory=theory.name,
        package=package.name,
        theory_why=theory.why,
        package_why=package.why,
        theory_rule=theory.rule,
        package_rule=package.rule,
        rise=would_rise(evidence),
        fall=would_fall(evidence),
        told=evidence.told,
        withdrawn=evidence.withdrawn,
        studies=tuple(names),
        dated=evidence.dated.isoformat() if evidence.dated else "",
        newest=evidence.newest,
        short=next((word for word in term.synonyms if word.isupper()), term.label),
    )


def _statement(rows: tuple[GradedTreatment, ...]) -> str:
    """How many are well supported; then the nine cells, and what stands outside, by why."""
    well = [
        sum(level == LEVELS[0] for level in levels)
        for levels in zip(*((r.package, r.theory) for r in rows), strict=True)
    ]
    placed = [row for row in rows if row.package in LEVELS and row.theory in LEVELS]
    parts = [
        f"{row.treatment} stands with theory {_words(row.theory)} and package {_words(row.package)}" for row in placed
    ]
    half = [row for row in rows if row.package in LEVELS and row.theory not in LEVELS]
    for level in LEVELS:
        names = [row.short for row in half if row.package == level]
        if names:
            parts.append(f"the package of {_and(names)} is {_words(level)}, of the theory nothing is known here")
    outside = dict.fromkeys(row.package for row in rows if row.package not in LEVELS)
    parts += [f"{_and([row.short for row in rows if row.package == state])}: {state}" for state in outside]
    text = "; ".join(parts)
    first = (
        f"Of {len(rows)} treatments, {well[0] or 'none'} as a package and {well[1] or 'none'} by theory "
        f"{'is' if max(well) < 2 else 'are'} well supported by what is coded; {len(placed) or 'none'} can be placed on both."
    )
    return f"{first} {text[:1].upper()}{text[1:]}."


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _estimates(rows: tuple[GradedTreatment, ...]) -> list[Estimate]:
    factors = (("package", [row.package for row in rows]), ("theory", [row.theory for row in rows]))
    return [
        Estimate(
            f"treatments whose {factor} is {_words(level)}", float(found.count(level)), unit="treatments", n=len(rows)
        )
        for factor, found in factors
        for level in LEVELS
    ]


def _words(level: str) -> str:
    return level.replace("-", " ")
