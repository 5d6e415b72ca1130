"""What the rows say instead: another count, another number, the opposite, something narrower, or nothing."""

from __future__ import annotations

from dataclasses import replace

from forwhom.evidence.audit.conditions import Case, conditions
from forwhom.evidence.audit.near import NARROWER, SUBJECT, nearest, retold
from forwhom.evidence.audit.sides import behind, citations, deciding, ways
from forwhom.evidence.audit.verdicts import Audited, Condition, Deciding
from forwhom.evidence.checks.citations import rows_for
from forwhom.evidence.checks.values import numbers_for
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.filters import Row
from forwhom.evidence.model import Ledger


def differs(made: Audited, why: Contradiction, rows: tuple[Row, ...], ledger: Ledger) -> Audited:
    """Contradicted by a count or a number: with the studies that make the difference."""
    claim = made.claim
    named = claim.expect.get("studies")
    cited = dict.fromkeys((*(named if isinstance(named, tuple) else ()), *claim.cites))
    here = {row.study.id for row in rows}
    more: list[str] = []
    near: tuple[Deciding, ...] = ()
    if cited and claim.query:
        for name in (name for name in cited if name not in here and name in ledger.studies):
            instead, keys = nearest(claim, ledger.studies[name], ledger)
            near += deciding(instead[:3], "near", ledger)
            more.append(
                f"{name} is counted by {claim.document}" + (f", and differs in {' and '.join(keys)}" if keys else "")
            )
        more += [f"{name} reports it too, and is not counted" for name in sorted(here - set(cited))]
    if claim.query and not rows:
        wide = [row for row in rows_for(claim, ledger, without=("direction",)) if row.result.direction]
        near += deciding(wide[:6], "against", ledger)
        more += [
            f"{row.study.id} reports {row.result.direction}" for row in {row.study.id: row for row in wide}.values()
        ]
    text = why.says if not more else f"{why.says} {'; '.join(more)}."
    return replace(made, verdict="contradicted", why=text, rows=(*made.rows, *near), would_take="")


def number(made: Audited, ledger: Ledger, settled: tuple[Condition, ...]) -> Audited:
    """A number the ledger gives too, or gives none for."""
    given = numbers_for(made.claim, ledger)
    if not given:
        return replace(made, why=made.claim.note or "The ledger gives no number for it.")
    where = tuple(
        Deciding("for", each.place.of, "", each.place.key, each.place.said, each.place.source or made.claim.source)
        for each in given
    )
    own = all(each.source.document == made.claim.document and each.source.line == made.claim.line for each in where)
    added = [*settled]
    if own:
        added.append(
            Condition(
                "own-words",
                f"Second-hand: the ledger has it only from {made.claim.document} itself, where it is claimed.",
            )
        )
    names = ", ".join(dict.fromkeys(each.place.of for each in given))
    return replace(
        made,
        verdict="supported with conditions" if added else "supported",
        why=f"The ledger gives the number: {names}.",
        conditions=tuple(added),
        rows=where if not made.rows else made.rows,
        would_take="",
    )


def nothing_for_it(made: Audited, against: tuple[Row, ...], ledger: Ledger) -> Audited:
    """No row for it: the cited studies report the opposite, something narrower, or nothing of it."""
    claim = made.claim
    if against:
        why = "; ".join(f"{name} reports {way}" for name, way in ways(against))
        return replace(made, verdict="contradicted", why=f"{why}.", would_take="")
    near: list[Row] = []
    failed: dict[str, None] = {}
    told: list[Row] = []
    for name in (name for name in claim.cites if name in ledger.studies):
        here, keys = nearest(claim, ledger.studies[name], ledger)
        if here and not set(keys) & set(SUBJECT):
            near += here
            failed |= dict.fromkeys(keys)
        told += retold(claim, ledger.studies[name], ledger)
    rows = deciding(near[:6], "near", ledger)
    if near and set(failed) <= set(NARROWER):
        wide = replace(claim, query={k: v for k, v in claim.query.items() if k.rstrip("!=<>") not in failed})
        added = (*citations(claim, tuple(near), (), ledger), *conditions(Case(wide, near, ledger)))
        why = "A study it cites reports it more narrowly than the claim does."
        shown = deciding(near, "for", ledger)
        made = replace(made, verdict="supported with conditions", why=why, conditions=added, rows=shown, would_take="")
        return behind(made, near)
    names = " and ".join(claim.cites)
    if told:
        why = f"Told of {names} where it is claimed, and by no report of results."
    else:
        why = f"No result of {names} in the ledger says it." if names else "No result in the ledger says it."
        if near:
            why += f" What is reported differs in {' and '.join(failed)}."
    return replace(
        made,
        why=why,
        rows=(*rows, *deciding(told, "near", ledger)),
        would_take=claim.needs or f"The publication of {names}." if names else made.would_take,
    )
