"""From a claim to its verdict. The steps, in order: can it be checked, what do the rules find, what must be added."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from forwhom.evidence.audit.against import differs, nothing_for_it, number
from forwhom.evidence.audit.conditions import Case, conditions
from forwhom.evidence.audit.sides import COUNTS, behind, citations, deciding, sides
from forwhom.evidence.audit.verdicts import Audited, Condition
from forwhom.evidence.checks import Checked, check
from forwhom.evidence.checks.causes import by_limit, told
from forwhom.evidence.checks.citations import counted, rows_for
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.model import Claim, Ledger

TOLD = ("count", "gap", "prevalence")
"""Kinds whose counts the document itself gives; of others a count says how much the claim would need."""
TAKES = {
    "causal": "A trial with arms made by chance that differ in what is named as the cause.",
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
    return tuple(_judge(claim, of[claim.id], ledger) for claim in ledger.claims.values())


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
    made = behind(replace(blank, rows=shown), rows)
    if claim.kind in TOLD and any(claim.expect.get(key) is not None for key in COUNTS):
        made = _counted(made, ledger)
    for rule in ("count-of-claim", "value-of-claim"):
        if rule in open_:
            return differs(made, open_[rule], rows, ledger)
    if claim.expect.get("value") is not None:
        return number(made, ledger, settled)
    if "nothing-behind-claim" in open_:
        return replace(made, why=open_["nothing-behind-claim"].says)
    absence = bool(made.reproduced) and not rows
    elsewhere = bool(claim.cites) and not {row.study.id for row in rows} & set(claim.cites)
    if elsewhere or (not rows and not absence):
        made = replace(made, reproduced=None if made.reproduced is None else False)
        return nothing_for_it(made, against, ledger)
    case = Case(claim, rows, ledger)
    added = (*citations(claim, rows, against, ledger), *conditions(case), *settled)
    limits = by_limit(rows, ledger, claim.cause) if claim.kind == "causal" else {}
    if limits:
        added = (Condition("no-cause", f"As what goes together, not as a cause: {told(limits)}."), *added)
    if claim.kind == "gap":
        added = (*added, Condition("ledger-only", f"As far as the {len(ledger.studies)} studies of the ledger go."))
    return replace(
        made,
        verdict="supported with conditions" if added else "supported",
        why=_reason(made),
        conditions=added,
        downgraded=tuple(limits.items()),
        would_take=made.would_take if limits else "",
    )


def _counted(made: Audited, ledger: Ledger) -> Audited:
    claim = made.claim
    expect = claim.expect
    words = [
        f"{word}{expect[key]}"
        for key, word in (("count", ""), ("at_least", "at least "), ("at_most", "at most "))
        if key in expect
    ]
    n = counted(claim, rows_for(claim, ledger))
    return replace(made, expected=", ".join(words), found=n, reproduced="count-of-claim" not in made.rules)


def _reason(made: Audited) -> str:
    claim = made.claim
    if made.reproduced and claim.by in ("row", "person"):
        return f"The rows give {made.found} {'people' if claim.by == 'person' else 'results' if made.found != 1 else 'result'}."
    if made.reproduced and not made.studies:
        return "The ledger holds none."
    studies = f"{made.studies} {'study' if made.studies == 1 else 'studies'}"
    samples = f"{made.samples} independent {'sample' if made.samples == 1 else 'samples'}"
    people = f", {made.people} people" if made.people else ""
    people += f" in those that tell a number ({made.samples - made.untold})" if people and made.untold else ""
    return f"{studies} of {samples}{people}, {made.basis}."
