"""The gap map as a finding: which designs looked at which outcome under which treatment, and what nobody looked at."""

from __future__ import annotations

from collections import Counter

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.analysis.evidence.map_detail import abbreviation
from forwhom.analysis.evidence.map_words import joined, number, small
from forwhom.evidence import Ledger
from forwhom.evidence.maps import LEVELS, UNNAMED, Cell, Gaps
from forwhom.evidence.maps import gaps as gaps_of
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import EvidenceGapsDetail, GapCell

QUESTION = "Which treatments were tested on which outcomes, by which designs, and what is missing?"
SIGNS = "signs:"


def gaps(ledger: Ledger, asking: Asking) -> Finding:
    """The whole ledger."""
    return gaps_of_query(ledger, asking)


def gaps_of_query(ledger: Ledger, asking: Asking, query: str = "") -> Finding:
    """What a query finds."""
    options = {
        "treatments": "packages; their forms and parts count with them",
        "outcomes": "broadest domains; one that belongs to two counts in both",
        "a randomised comparison": "two groups of patients in one result; change in one arm of a trial is none",
    }
    if query:
        options["query"] = query
    made = draft(
        ledger, asking, "gaps", QUESTION, Method("Best design of each disorder, treatment and outcome", options)
    )
    found = gaps_of(ledger, query)
    for each in found.left_out:
        made.leave_out(len(each.rows), each.why, "results")
    if not found.cells:
        return made.not_applicable("no result on an outcome of treatment", "Studies of treatment in the ledger.")
    made.caution(
        "gap-of-the-ledger",
        "Nothing means nothing in this ledger, which holds what its documents tell. A study that is not coded leaves a gap here.",
    )
    unplaced = _unplaced(found, ledger)
    if unplaced and not query:
        made.caution(
            "trials-not-placed",
            f"These studies of treatment are in the ledger without a result that says in which arm: {'; '.join(unplaced)}. Where "
            "they belong the map shows no coded result, and that is no gap.",
        )
    main = _main(found)
    levels = Counter(
        found.cell(main, treatment, outcome).level for treatment in found.treatments for outcome in _named(found)
    )
    estimates = [
        Estimate(f"{ledger.vocabulary.label('disorders', main)}, cells with: {word}", float(levels[key]), unit="cells")
        for key, word in LEVELS.items()
    ]
    return made.answer(_statement(found, main, levels, ledger), estimates, _detail(found, main, ledger))


def _unplaced(found: Gaps, ledger: Ledger) -> tuple[str, ...]:
    """Studies with an arm of treatment, or none that is named, behind no cell: id with what they treat."""
    behind = {row.study.id for cell in found.cells.values() for row in cell.rows}
    told = []
    for study in ledger.studies.values():
        words = dict.fromkeys(
            ledger.vocabulary.label("treatments", arm.treatment) for arm in study.arms if arm.treatment
        )
        clinical = any(result.kind in ("events", "means", "effect", "statement", "process") for result in study.results)
        if study.counts and study.id not in behind and clinical and (words or not study.arms):
            told.append(f"{study.id} ({', '.join(words) or 'arms not named'})")
    return tuple(told)


def _main(found: Gaps) -> str:
    """The disorder with most filled cells."""
    many = Counter(key[0] for key in found.cells)
    return max(found.disorders, key=lambda each: many[each])


def _named(found: Gaps) -> tuple[str, ...]:
    return tuple(each for each in found.outcomes if each != UNNAMED)


def _statement(found: Gaps, main: str, levels: Counter[str], ledger: Ledger) -> str:
    named = _named(found)
    cells = len(found.treatments) * len(named)
    told = [f"{levels[key]} {small(words)}" for key, words in LEVELS.items() if key != "nothing" and levels[key]]
    says = (
        f"{ledger.vocabulary.label('disorders', main)}: of {cells} pairs of {number(len(found.treatments), 'treatment')} and "
        f"{number(len(named), 'outcome')}, {levels['nothing']} hold no coded result. The best design of the others: {joined(told)}."
    )
    signs = [each for each in found.outcomes if each.startswith(SIGNS)]
    if signs:
        trials = {key for key, cell in found.cells.items() if key[2] in signs and cell.level == "randomised"}
        says += (
            f" Change of the brain or of markers has a randomised comparison for {number(len(trials), 'pair')}."
            if trials
            else " Change of the brain or of markers has no randomised comparison under any treatment."
        )
    if found.never:
        names = [small(found.labels[each]) for each in found.never]
        says += f" Outcomes that no study of treatment here reports: {joined(names)}."
    return says


def _detail(found: Gaps, main: str, ledger: Ledger) -> EvidenceGapsDetail:
    word = ledger.vocabulary.label
    disorders = (main, *(each for each in found.disorders if each != main))
    over = [found.over(disorder, treatment) for disorder in disorders for treatment in found.treatments]
    return EvidenceGapsDetail(
        tuple(LEVELS.items()),
        tuple((each, word("disorders", each)) for each in disorders),
        tuple((each, word("treatments", each)) for each in found.treatments),
        tuple((each, abbreviation(each, ledger)) for each in found.treatments),
        tuple((each, found.labels[each]) for each in found.outcomes),
        tuple(_cell(cell) for cell in found.cells.values()),
        tuple(_cell(cell) for cell in over if cell.rows),
        tuple(found.labels[each] for each in found.never),
    )


def _cell(cell: Cell) -> GapCell:
    people = cell.people
    known = people is not None and len(people.unknown) < len(people.samples)
    return GapCell(
        cell.disorder,
        cell.treatment,
        cell.outcome,
        cell.level,
        tuple((level, len(samples)) for level, samples in cell.at.items()),
        people.distinct if people and known else None,
        len(people.unknown) if people else 0,
        tuple(dict.fromkeys(row.study.id for row in cell.rows)),
    )
