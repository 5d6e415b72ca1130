"""Conditions: what is true of every row behind a claim and not said by it. One function, one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from forwhom.evidence.audit.verdicts import Condition
from forwhom.evidence.checks.causes import ONE_GROUP, PATIENTS, compared
from forwhom.evidence.checks.citations import OPPOSITE, rows_for
from forwhom.evidence.checks.counts import counted, of_the_region_itself
from forwhom.evidence.checks.places import SECOND_HAND
from forwhom.evidence.checks.searches import searches_that_do_not_add_up
from forwhom.evidence.favours import READ
from forwhom.evidence.filters import Row
from forwhom.evidence.index import said
from forwhom.evidence.model import Claim, Ledger, Source
from forwhom.evidence.samples import leavers, of_rows
from forwhom.evidence.standing import concluded, concluded_words

FEW = 20
"""Fewer people than a trial would call a pilot."""
STAYED = 0.8
"""A loss of more than a fifth is the usual mark of one that can turn a result."""
CHANGE = ("brain", "biomarker", "statement", "effect", "process", "events", "means")


@dataclass(frozen=True, slots=True)
class Case:
    """A claim with the rows for it."""

    claim: Claim
    rows: Sequence[Row]
    ledger: Ledger

    @property
    def studies(self) -> tuple[str, ...]:
        """Ids of the studies, in the order of the rows."""
        return tuple(dict.fromkeys(row.study.id for row in self.rows))

    @property
    def direction(self) -> str:
        """Which way the claim says it goes; empty for a claim of what there is."""
        return str(self.claim.expect.get("direction") or self.claim.query.get("direction") or "")

    @property
    def inventory(self) -> bool:
        """Whether it only counts what there is: no direction, no region, no outcome."""
        return self.claim.kind in ("count", "gap", "prevalence") and not self.direction

    def asks(self, *keys: str) -> bool:
        """Whether the query names one of the keys itself."""
        return any(key.rstrip("!=<>") in keys for key in self.claim.query)


def conditions(case: Case) -> tuple[Condition, ...]:
    """Everything a reader must add."""
    rules = RULES if case.rows else (search_not_repeatable,)
    return tuple(condition for rule in rules for condition in rule(case))


def only_some_people(case: Case) -> Iterator[Condition]:
    """Results of responders, completers or another part of the arm."""
    if case.asks("scope") and case.claim.query.get("scope") != "all":
        return
    whole = {row.study.id for row in case.rows if row.result.scope in ("", "all")}
    parts: dict[str, set[str]] = {}
    for row in case.rows:
        if row.study.id not in whole:
            parts.setdefault(row.study.id, set()).add(row.result.scope)
    if not parts:
        return
    word = case.ledger.vocabulary.label
    who = {
        name: " and ".join(sorted(word("scopes", each).lower() for each in scopes)) for name, scopes in parts.items()
    }
    if len(set(who.values())) == 1 and not whole:
        yield Condition("scope", f"Shown for {next(iter(who.values()))} only, not for everybody treated.")
    else:
        told = "; ".join(f"{name}: {scope}" for name, scope in who.items())
        yield Condition(
            "scope", f"Not shown for everybody treated in {len(parts)} of {len(case.studies)} studies ({told})."
        )


def samples(case: Case) -> Iterator[Condition]:
    """One sample behind a general sentence; more studies than samples."""
    claim, names = case.claim, {row.study.sample for row in case.rows}
    if case.asks("sample", "study", "part") or claim.by in ("row", "person", "sample"):
        return
    if len(case.studies) > len(names):
        yield Condition("shared-people", f"{_n(len(case.studies), 'study')} of {_n(len(names), 'independent sample')}.")
    elif len(names) == 1 and claim.expect.get("count") != 1 and not case.inventory:
        designs = {
            each for row in case.rows for each in case.ledger.vocabulary.broader("designs", row.study.design.kind)
        }
        what = "synthesis" if "synthesis" in designs else "sample"
        yield Condition(f"one-{what}", f"One {what}: {case.studies[0]}.")


def one_side(case: Case) -> Iterator[Condition]:
    """One hemisphere, where the claim speaks of the region."""
    sides = {row.result.hemisphere for row in case.rows if row.result.region}
    if not case.asks("hemisphere") and case.direction and len(sides) == 1 and sides <= {"left", "right"}:
        yield Condition("hemisphere", f"On the {sides.pop()} side only.")


def tasks(case: Case) -> Iterator[Condition]:
    """One task, or tasks that differ."""
    if case.asks("task") or not case.direction:
        return
    word = case.ledger.vocabulary.label
    found = dict.fromkeys(row.result.task for row in case.rows if row.result.task)
    names = [word("tasks", each).lower() for each in found if each != "structural-scan"]
    if len(names) == 1:
        yield Condition("task", f"With one task: {names[0]}.")
    elif names:
        yield Condition("task", f"The tasks differ: {', '.join(names)}.")


def no_comparison(case: Case) -> Iterator[Condition]:
    """No patients without the treatment, where a change is put down to it."""
    told = [row for row in case.rows if row.result.kind in CHANGE and row.result.direction]
    treated = [row for row in told if row.arm is not None and row.arm.role in ("treatment", "active_control")]
    if not case.direction or not treated or case.asks("versus", "role", "control"):
        return
    with_whom = {compared(row) for row in treated}
    arms = {row.study.id: sum(arm.role in PATIENTS for arm in row.study.arms) for row in treated}
    if "patients" in with_whom:
        return
    if all(row.result.scope == "responders-vs-non-responders" for row in treated):
        yield Condition(
            "comparator", "Responders compared with non-responders, not with patients without the treatment."
        )
    elif "healthy" in with_whom:
        yield Condition("comparator", "Compared with healthy people, not with patients without the treatment.")
    elif max(arms.values()) > 1:
        yield Condition("comparator", "Told of the arm by itself, not against the other arm.")
    elif all(row.study.design.kind in ONE_GROUP for row in treated):
        yield Condition("comparator", "Before against after, with nobody to compare.")
    else:
        yield Condition("comparator", "With whom it is compared is not told.")


def developers(case: Case) -> Iterator[Condition]:
    """All by those who developed the treatment."""
    if case.asks("developer") or case.inventory:
        return
    made = [row.study.allegiance.developer if row.study.allegiance else None for row in case.rows]
    if made and all(made):
        yield Condition("developers", "Only from studies by those who developed the treatment.")


def few_people(case: Case) -> Iterator[Condition]:
    """Few people behind all of it."""
    behind = of_rows(case.rows)
    if not case.inventory and not behind.at_least and 0 < behind.distinct < FEW:
        yield Condition("few-people", f"{_n(behind.distinct, 'person')} behind it.")


def lost_people(case: Case) -> Iterator[Condition]:
    """Many who began are not in the results."""
    if case.inventory:
        return
    for row in {row.study.id: row for row in case.rows}.values():
        arm = row.arm
        if leavers(row.result):
            began = f"{arm.n} began; " if arm and arm.n else ""
            yield Condition(
                "never-began",
                f"{row.study.id}: how many are compared is not told: {began}of those who never began no number is told.",
            )
        elif arm and arm.n and arm.analysed and arm.analysed < STAYED * arm.n:
            yield Condition("lost-people", f"{row.study.id}: {arm.analysed} of {arm.n} who began are in the results.")


def told_twice(case: Case) -> Iterator[Condition]:
    """Rows from the very lines that claim it, from the claiming document, or from a discussion only."""
    claim = case.claim
    if claim.document == "self":
        return
    elsewhere = {row.study.id for row in case.rows if not same_lines(row.result.source, claim)}
    own = len(case.studies) - len(elsewhere)
    who = f"{claim.document} itself, where it is claimed"
    if own and not elsewhere:
        yield Condition("own-words", f"Second-hand: the ledger has it only from {who}.")
    elif own:
        yield Condition(
            "own-words", f"Second-hand for {own} of {len(case.studies)} studies: the ledger has it only from {who}."
        )
    elif all(row.result.source.document == claim.document for row in case.rows):
        yield Condition("own-account", restated(claim))
    elif all(row.result.source.part in SECOND_HAND for row in case.rows):
        part = case.rows[0].result.source.part
        yield Condition("retold", f"Second-hand: told in {'an' if part[0] in 'ai' else 'a'} {part} only.")


def restated(claim: Claim) -> str:
    """What is said of a claim that only its own document stands behind."""
    return f"Restated: the ledger has it from {claim.document} alone."


def part_of_region(case: Case) -> Iterator[Condition]:
    """A count that holds for the region itself, and not with its parts."""
    claim, exact = case.claim, case.claim.expect.get("count")
    itself = of_the_region_itself(claim, tuple(case.rows))
    if not isinstance(exact, int) or not claim.cites or counted(claim, itself) != exact:
        return
    names = {row.study.id for row in itself}
    for row in {row.study.id: row for row in case.rows if row.study.id not in names}.values():
        yield Condition(
            "part-of-region",
            f"{row.study.id} reports {case.ledger.vocabulary.label('regions', row.result.region).lower()}: with what is part of "
            f"the region the count is {counted(claim, tuple(case.rows))}.",
        )


def other_measure(case: Case) -> Iterator[Condition]:
    """A device is counted, and of some studies nothing is reported that is usually measured with it."""
    device = case.ledger.vocabulary.find("modalities", case.claim.query.get("instrument", ""))
    if device is None:
        return
    for name in case.studies:
        told = dict.fromkeys(row.result.modality for row in case.rows if row.study.id == name and row.result.modality)
        if told and not any(device in case.ledger.vocabulary.broader("modalities", each) for each in told):
            shown = ", ".join(case.ledger.vocabulary.label("modalities", each).lower() for each in told)
            yield Condition("other-measure", f"{name} reports {shown} only.")


def other_results(case: Case) -> Iterator[Condition]:
    """Other studies find the opposite."""
    against = OPPOSITE.get(case.direction, ())
    if not against or case.claim.cites or "direction" not in case.claim.query:
        return
    others = [
        row
        for row in rows_for(case.claim, case.ledger, without=("direction",))
        if row.result.direction in against and row.study.id not in case.studies
    ]
    for name in dict.fromkeys(row.study.id for row in others):
        here = [row for row in others if row.study.id == name]
        ways = sorted({concluded_words(row) if concluded(row) else row.result.direction for row in here})
        yield Condition("other-results", f"Not everywhere: {name} reports {' and '.join(ways)}.")


def both_ways(case: Case) -> Iterator[Condition]:
    """A study behind it reports the opposite of the same thing too: at another time, with another task, of others, against another arm."""
    other = OPPOSITE.get(case.direction, ())[:1]
    if case.direction == "none" or not other:
        return
    mine = {(row.study.id, *_subject(row)) for row in case.rows}
    opposed: dict[str, list[Row]] = {}
    for row in rows_for(case.claim, case.ledger, without=("direction",)):
        if row.result.direction in other and (row.study.id, *_subject(row)) in mine:
            opposed.setdefault(row.study.id, []).append(row)
    for name, rows in opposed.items():
        more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
        yield Condition("both-ways", f"{name} reports {other[0]} too: {said(rows[0], case.ledger)}{more}.")


def _subject(row: Row) -> tuple[str, ...]:
    """What a row is about, whatever the time, the task and of whom."""
    result = row.result
    measure = row.study.measure(result.outcome)
    outcome = result.domain or (measure.domain if measure else "") or result.outcome
    return (result.region, result.seed, result.target, result.marker, result.mediator, outcome, result.condition)


def only_concluded(case: Case) -> Iterator[Condition]:
    """A sign that was concluded from states before and after."""
    signs = {row.study.id: concluded_words(row) for row in case.rows if concluded(row)}
    if signs and case.direction and all(concluded(row) for row in case.rows if row.study.id in signs):
        told = "; ".join(f"{name}: {words}" for name, words in signs.items())
        yield Condition("concluded", f"No test of the change is told ({told}).")


def read_from_numbers(case: Case) -> Iterator[Condition]:
    """A direction that nobody states, read from two printed numbers."""
    read = {row.study.id: row for row in case.rows if row.result.kind in READ and row.result.direction}
    told = {row.study.id for row in case.rows if row.result.direction and row.result.kind not in READ}
    for name, row in read.items():
        if name not in told:
            result = row.result
            first = f"mean {result.mean!r}" if result.mean is not None else said(row, case.ledger).partition(": ")[2]
            yield Condition(
                "from-numbers",
                f"{name}: read from the printed numbers ({first.split(' [')[0]} {result.contrast}); no test of the difference is told.",
            )


def nothing_found(case: Case) -> Iterator[Condition]:
    """No difference found is not a difference shown to be absent."""
    if case.direction == "none" and all(row.result.low is None for row in case.rows):
        yield Condition(
            "not-found", "No difference was found; without an interval that does not show that there is none."
        )


def no_number(case: Case) -> Iterator[Condition]:
    """A size or a certainty in words."""
    if case.claim.kind != "effect":
        return
    numbers = ("p", "value", "percent", "events", "mean", "low")
    if all(getattr(row.result, key) is None for row in case.rows for key in numbers):
        yield Condition("no-number", "Told in words; neither statistic nor interval nor p is given.")


def by_whom(case: Case) -> Iterator[Condition]:
    """A comparison of arms that chance did not make."""
    if case.claim.kind != "comparison":
        return
    kinds = dict.fromkeys(
        row.study.design.kind
        for row in case.rows
        if "experimental" not in case.ledger.vocabulary.broader("designs", row.study.design.kind)
    )
    if kinds:
        names = ", ".join(case.ledger.vocabulary.label("designs", kind).lower() for kind in kinds)
        yield Condition("not-by-chance", f"Arms not randomised: {names}.")


def search_not_repeatable(case: Case) -> Iterator[Condition]:
    """What a document found is as complete as its search."""
    claim = case.claim
    if not case.inventory or case.asks("sample", "study") or claim.query.get("document") != claim.document:
        return
    of = {
        search.id
        for search in case.ledger.searches.values()
        if search.source and search.source.document == claim.document
    }
    if any(each.places[0].of in of for each in searches_that_do_not_add_up(case.ledger)):
        yield Condition("search", "What it rests on was found by a search that cannot be repeated.")


RULES: tuple[Callable[[Case], Iterator[Condition]], ...] = (
    only_some_people,
    samples,
    few_people,
    lost_people,
    one_side,
    tasks,
    no_comparison,
    by_whom,
    developers,
    other_results,
    both_ways,
    only_concluded,
    read_from_numbers,
    nothing_found,
    no_number,
    part_of_region,
    other_measure,
    told_twice,
    search_not_repeatable,
)


def same_lines(source: Source | None, claim: Claim) -> bool:
    """Whether something stands on the very lines of the claim."""
    if source is None or source.document != claim.document or source.line is None or claim.line is None:
        return False
    return source.line <= (claim.to or claim.line) and claim.line <= (source.to or source.line)


def _n(n: int, one: str) -> str:
    many = {"study": "studies", "person": "people"}.get(one, one + "s")
    return f"{n} {one if n == 1 else many}"
