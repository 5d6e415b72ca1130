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
    known = dict.fromkeys(study.id for studies in found.uncoded.values() for study in studies)
    if known:
        made.caution(
            "trials-not-coded",
            f"These studies compare treatments, and the ledger holds no result of theirs that the map can place: {', '.join(known)}. "
            "Where they belong the map shows them, and that is no gap of research.",
        )
    unplaced = _unplaced(found, ledger)
    if unplaced and not query:
        made.caution("trials-not-placed", f"In no cell, as no arm is coded: {'; '.join(unplaced)}.")
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
    """Studies of effects without any arm: id."""
    behind = {row.study.id for cell in found.cells.values() for row in cell.rows}
    clinical = ("events", "means", "effect", "statement", "process")
    return tuple(
        study.id
        for study in ledger.studies.values()
        if study.counts
        and study.id not in behind
        and not study.arms
        and any(result.kind in clinical for result in study.results)
    )


def _main(found: Gaps) -> str:
    """The disorder with most filled cells."""
    many = Counter(key[0] for key in found.cells)
    return max(found.disorders, key=lambda each: many[each])


def _named(found: Gaps) -> tuple[str, ...]:
    return tuple(each for each in found.outcomes if each != UNNAMED)


EMPTY = ("uncoded", "nothing")


def _statement(found: Gaps, main: str, levels: Counter[str], ledger: Ledger) -> str:
    named = _named(found)
    cells = len(found.treatments) * len(named)
    told = [f"{levels[key]} {small(words)}" for key, words in LEVELS.items() if key not in EMPTY and levels[key]]
    says = (
        f"{ledger.vocabulary.label('disorders', main)}: {levels['nothing']} of {cells} pairs of treatment and outcome hold nothing; "
        f"{levels['randomised']} {'has' if levels['randomised'] == 1 else 'have'} a randomised comparison."
    )
    says += (
        f" Of the {cells} pairs ({number(len(found.treatments), 'treatment')}, {number(len(named), 'outcome')}), the best design is: "
        f"{joined(told)}."
    )
    if levels["uncoded"]:
        studies = {study.id for (disorder, _), each in found.uncoded.items() if disorder == main for study in each}
        says += (
            f" {levels['uncoded']} more are open, not empty: {number(len(studies), 'study', 'studies')} of these treatments "
            f"{'is' if len(studies) == 1 else 'are'} in the ledger without coded results."
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
        says += f" Nothing at all is coded on: {joined(names)}."
    return says


def _detail(found: Gaps, main: str, ledger: Ledger) -> EvidenceGapsDetail:
    word = ledger.vocabulary.label
    disorders = (main, *(each for each in found.disorders if each != main))
    over = [found.over(disorder, treatment) for disorder in disorders for treatment in found.treatments]
    cells = [found.cell(*pair, outcome) for pair in found.uncoded for outcome in found.outcomes]
    open_ = [cell for cell in cells if cell.level == "uncoded"]
    return EvidenceGapsDetail(
        tuple(LEVELS.items()),
        tuple((each, word("disorders", each)) for each in disorders),
        tuple((each, word("treatments", each)) for each in found.treatments),
        tuple((each, abbreviation(each, ledger)) for each in found.treatments),
        tuple((each, found.labels[each]) for each in found.outcomes),
        tuple(_cell(cell) for cell in (*found.cells.values(), *open_)),
        tuple(_cell(cell) for cell in over if cell.level != "nothing"),
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
        tuple(dict.fromkeys(row.study.id for row in cell.rows)) or cell.uncoded,
        people is not None and people.at_least,
    )
