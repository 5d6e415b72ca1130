"""From a claim to its verdict. The steps, in order: can it be checked, what do the rules find, what must be added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from forwhom.evidence.audit.against import differs, hangs, nothing_for_it, number
from forwhom.evidence.audit.conditions import Case, conditions
from forwhom.evidence.audit.parts import by_each, recommended, with_further
from forwhom.evidence.audit.sides import COUNTS, TELLING, behind, citations, deciding, only_named, sides
from forwhom.evidence.audit.verdicts import Audited, Condition
from forwhom.evidence.checks import Checked, check
from forwhom.evidence.checks.causes import by_limit, told
from forwhom.evidence.checks.citations import rows_for, rows_left_out
from forwhom.evidence.checks.counts import counted, hanging, miscounted, of_the_region_itself, searched
from forwhom.evidence.checks.values import hanging_values
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.filters import Row
from forwhom.evidence.left_out import named
from forwhom.evidence.model import Claim, Ledger

TOLD = ("count", "gap", "prevalence")
"""Kinds whose counts the document itself gives; of others a count says how much the claim would need."""
TAKES = {
    "causal": "A randomised trial whose arms differ in what is named as the cause.",
    "comparison": "A study that compares the two, by chance if possible.",
    "prevalence": "The studies or reviews it rests on, with their numbers.",
    "effect": "The number, with its interval, from the study it rests on.",
    "direction": "The study it rests on.",
    "count": "The studies it counts.",
    "gap": "A search that can be repeated.",
}


def audit(ledger: Ledger, checked: Checked | None = None) -> tuple[Audited, ...]:
    """Judge every claim of the ledger, in its order.

    checked : what ``evidence.check`` found, where it is at hand

    >>> from forwhom import evidence
    >>> found = {each.claim.id: each.verdict for each in audit(evidence.read())}
    >>> found["s1-ifg-inhibition"]
    'contradicted'
    """
    of: dict[str, list[Contradiction]] = defaultdict(list)
    for each in (checked or check(ledger)).contradictions:
        if each.places[0].key.startswith("claims."):
            of[each.places[0].of].append(each)
    return tuple(judged(claim, of[claim.id], ledger) for claim in ledger.claims.values())


def judged(claim: Claim, found: list[Contradiction], ledger: Ledger) -> Audited:
    """One claim: a compound one by its parts, any other as it stands; then what it says beside its query."""
    if claim.kind == "recommendation":
        return recommended(claim, ledger)
    each = claim.each or ("study" if _lists_studies(claim) else "")
    parted = each and "," in claim.query.get(each, "")
    made = by_each(replace(claim, each=each), found, ledger, _judge) if parted else _judge(claim, found, ledger)
    return with_further(replace(made, claim=claim, alone=_alone(made)), ledger)


def _lists_studies(claim: Claim) -> bool:
    """Whether it says how something came out of studies that its query and its citations name alike: then of every one."""
    named_ = {each.strip() for each in claim.query.get("study", "").split(",")}
    return claim.kind in TELLING and named_ == set(claim.cites) and not any(key in claim.expect for key in COUNTS)


def _alone(made: Audited) -> bool:
    """Whether every row for it is the claiming document's own account."""
    own = {row.source.document == made.claim.document != "self" for row in made.rows if row.side == "for"}
    return own == {True} and made.verdict.startswith("supported")


def _judge(claim: Claim, found: list[Contradiction], ledger: Ledger) -> Audited:
    blank = Audited(
        claim,
        "not checkable",
        "",
        unquantified=claim.quantified is False,
        rules=tuple(dict.fromkeys(each.rule for each in found)),
        would_take=claim.needs or TAKES[claim.kind],
    )
    open_ = {each.rule: each for each in found if each.status == "open"}
    settled = tuple(Condition("settled", f"Settled: {each.how}") for each in found if each.status == "settled")
    facts = "." in str(claim.expect.get("of", ""))
    if not claim.query and not facts:
        return replace(blank, why="The ledger holds nothing that tests it.")
    rows, against = sides(claim, ledger)
    shown = (*deciding(rows, "for", ledger), *deciding(against, "against", ledger))
    made = behind(replace(blank, rows=shown), rows, ledger)
    if claim.kind in TOLD and any(claim.expect.get(key) is not None for key in COUNTS):
        made = _counted(made, ledger)
    lost = hanging(claim, rows_for(claim, ledger), ledger) or hanging_values(claim, ledger)
    if lost:
        return hangs(made, lost)
    for rule in ("count-of-claim", "value-of-claim"):
        if rule in open_:
            return differs(made, open_[rule], rows, ledger)
    if claim.expect.get("value") is not None:
        return number(made, ledger, settled)
    if "nothing-behind-claim" in open_:
        return replace(made, why=open_["nothing-behind-claim"].says)
    absence = bool(made.reproduced) and not rows
    if absence and not searched(ledger):
        nothing = _uncounted(claim, ledger)
        right = None if miscounted(claim, rows) else made.reproduced
        return replace(made, why=ABSENT + nothing, reproduced=right, would_take=claim.needs or TAKES["gap"])
    elsewhere = bool(claim.cites) and not {row.study.id for row in rows} & set(claim.cites)
    if not rows and not against and (bare := only_named(claim, ledger)):
        names = ", ".join(dict.fromkeys(row.study.id for row in bare))
        why = f"Named as evidence, and no result is told: {names}."
        return replace(made, why=why, rows=deciding(bare, "near", ledger), reproduced=None)
    if elsewhere or (not rows and not absence):
        made = replace(made, reproduced=None if made.reproduced is None else False)
        return nothing_for_it(made, against, ledger)
    case = Case(claim, rows, ledger)
    added = (*citations(claim, rows, against, ledger), *conditions(case), *settled)
    limits = by_limit(rows, ledger, claim.cause) if claim.kind == "causal" else {}
    open_still = [rule for rule in claim.excludes if rule in limits]
    if open_still:
        why = f"It says that this is ruled out, and the design leaves it open: {told({rule: limits[rule] for rule in open_still}, ledger)}."
        return replace(
            made, verdict="contradicted", why=why, downgraded=tuple(limits.items()), would_take=made.would_take
        )
    if "cause-not-varied" in limits and not _measured(claim.cause, rows, ledger):
        why = f"What is named as the cause ({claim.cause.replace('-', ' ')}) was neither varied nor measured."
        near = tuple(replace(row, side="near") for row in made.rows)
        return replace(made, why=why, rows=near, downgraded=tuple(limits.items()))
    if limits:
        added = (Condition("no-cause", f"An association, not a cause: {told(limits, ledger)}."), *added)
    if claim.kind == "gap":
        added = (*added, Condition("ledger-only", f"As far as the {len(ledger.studies)} studies of the ledger go."))
    return replace(
        made,
        verdict="supported with conditions" if added else "supported",
        why=_reason(made) + _uncounted(claim, ledger, without=()),
        conditions=added,
        downgraded=tuple(limits.items()),
        would_take=made.would_take if limits else "",
    )


ABSENT = "The ledger holds none, and no search that can be repeated stands behind it: that it holds none does not show that there is none."


def _measured(cause: str, rows: Sequence[Row], ledger: Ledger) -> bool:
    """Whether the cause is what a row observed on the way to the outcome."""
    word = ledger.vocabulary.find("mechanisms", cause)
    return word is not None and any(
        word in ledger.vocabulary.broader("mechanisms", row.result.mediator) for row in rows
    )


def _uncounted(claim: Claim, ledger: Ledger, *, without: tuple[str, ...] = ("direction",)) -> str:
    """Studies that would report it too, and count nowhere."""
    gone = {row.study.id: row.study for row in rows_left_out(claim, ledger, without=without)}
    return f" Not counted: {named(gone.values())}." if gone else ""


def _counted(made: Audited, ledger: Ledger) -> Audited:
    claim = made.claim
    expect = claim.expect
    words = [
        f"{word}{expect[key]}"
        for key, word in (("count", ""), ("at_least", "at least "), ("at_most", "at most "))
        if key in expect
    ]
    rows = rows_for(claim, ledger)
    n = counted(claim, rows)
    itself = of_the_region_itself(claim, rows)
    if "count-of-claim" not in made.rules and claim.cites and n != expect.get("count") == counted(claim, itself):
        n = counted(claim, itself)
    return replace(made, expected=", ".join(words), found=n, reproduced="count-of-claim" not in made.rules)


def _reason(made: Audited) -> str:
    claim = made.claim
    if made.reproduced and claim.by in ("row", "person"):
        return f"The rows give {made.found} {'people' if claim.by == 'person' else 'results' if made.found != 1 else 'result'}."
    if made.reproduced and not made.studies:
        return "The ledger holds none."
    studies = f"{made.studies} {'study' if made.studies == 1 else 'studies'}"
    many = str(made.samples) if made.samples_least in (0, made.samples) else f"{made.samples_least} to {made.samples}"
    samples = f"{many} independent {'sample' if made.samples == 1 else 'samples'}"
    least = "at least " if made.at_least else ""
    people = f", {least}{made.people} people" if made.people else ""
    people += f" in those that tell a number ({made.samples - made.untold})" if people and made.untold else ""
    people += f", {made.of_whom}" if made.of_whom else ""
    return f"{studies} of {samples}{people}, {made.basis}."
