"""What the rows say instead: another count, another number, the opposite, something narrower, or nothing."""

from __future__ import annotations

from dataclasses import replace

from forwhom.evidence.audit.conditions import Case, conditions, restated, same_lines
from forwhom.evidence.audit.near import NARROWER, SUBJECT, WIDER, instead, nearest, retold
from forwhom.evidence.audit.sides import behind, citations, deciding, ways
from forwhom.evidence.audit.verdicts import Audited, Condition, Deciding
from forwhom.evidence.checks.citations import rows_for
from forwhom.evidence.checks.values import numbers_for
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.filters import Row
from forwhom.evidence.model import Claim, Ledger


def differs(made: Audited, why: Contradiction, rows: tuple[Row, ...], ledger: Ledger) -> Audited:
    """Contradicted by a count or a number: with the studies that make the difference."""
    claim = made.claim
    named = claim.expect.get("studies")
    cited = dict.fromkeys((*(named if isinstance(named, tuple) else ()), *claim.cites))
    here = {row.study.id for row in rows}
    more: list[str] = []
    near: tuple[Deciding, ...] = ()
    untold: list[str] = []
    contrary: list[str] = []
    extra: list[str] = []
    named_ = bool(cited and claim.query)
    if named_:
        for name in (name for name in cited if name not in here and name in ledger.studies):
            here_, keys = nearest(claim, ledger.studies[name], ledger)
            near += deciding(here_[:3], "near", ledger)
            but = instead(here_[0], keys, ledger) if here_ else ""
            (untold if but.startswith("not told") else contrary).append(f"{name} ({but})" if but else name)
        extra = [_also(name, claim, rows, ledger) for name in sorted(here - set(cited))]
        more += [f"{claim.document} counts {each} too" for each in (*contrary, *untold)]
        more += [f"{each} reports it too, and {claim.document} does not count it" for each in extra]
    told = [row for name in cited if name in ledger.studies for row in retold(claim, ledger.studies[name], ledger)]
    if claim.query and not rows:
        wide = [row for row in rows_for(claim, ledger, without=("direction",)) if row.result.direction]
        near += deciding(wide[:6], "against", ledger)
        more += [
            f"{row.study.id} reports {row.result.direction}" for row in {row.study.id: row for row in wide}.values()
        ]
        if told and not wide:
            why_ = f"Told of {' and '.join(cited)} where it is claimed, and by no report of results."
            takes = claim.needs or f"The publication of {' and '.join(cited)}."
            return replace(made, why=why_, rows=deciding(told, "near", ledger), would_take=takes)
    if named_:
        if untold and not contrary and not extra:
            why_ = f"The rows give {len(here)} of {len(cited)}; of the rest it is not told: {', '.join(untold)}."
            return replace(made, why=why_, rows=(*made.rows, *near), reproduced=False)
        if (contrary or untold) and not extra and isinstance(claim.expect.get("count"), int):
            lead = f"Of the {len(cited)} that it counts, {len(contrary)} {'do' if len(contrary) > 1 else 'does'} not: {', '.join(contrary)}"
            lead += f"; of {len(untold)} it is not told: {', '.join(untold)}" if untold else ""
            return replace(made, verdict="contradicted", why=f"{lead}.", rows=(*made.rows, *near), would_take="")
        if extra and not contrary and not untold and claim.by == "study":
            lead = f"The rows hold the {len(cited)} that {claim.document} counts, and {len(extra)} more: {', '.join(extra)}."
            return replace(made, verdict="contradicted", why=lead, would_take="")
    text = why.says if not more else f"{why.says} {'; '.join(more)}."
    return replace(made, verdict="contradicted", why=text, rows=(*made.rows, *near), would_take="")


def _also(name: str, claim: Claim, rows: tuple[Row, ...], ledger: Ledger) -> str:
    """A study that was not counted, with of whom its result is where that is not everybody."""
    mine = [row for row in rows if row.study.id == name]
    scopes = dict.fromkeys(row.result.scope for row in mine)
    if "scope" in claim.query or "" in scopes or "all" in scopes:
        return name
    return f"{name} ({', '.join(ledger.vocabulary.label('scopes', each).lower() for each in scopes)})"


def number(made: Audited, ledger: Ledger, settled: tuple[Condition, ...]) -> Audited:
    """A number the ledger gives too, or gives none for."""
    given = numbers_for(made.claim, ledger)
    if not given:
        return replace(made, why="The ledger gives no number for it.")
    claim, places = made.claim, [each.place for each in given]
    where = tuple(
        Deciding("for", place.of, ledger.studies[place.of].sample, place.key, place.said, place.source or claim.source)
        for place in places
    )
    added = [*settled]
    if all(same_lines(each.source, claim) for each in where):
        who = f"{claim.document} itself"
        added.append(Condition("own-words", f"Second-hand: the ledger has it only from {who}, where it is claimed."))
    elif all(each.source.document == claim.document for each in where):
        added.append(Condition("own-account", restated(claim)))
    names = ", ".join(dict.fromkeys(each.place.of for each in given))
    return replace(
        made,
        verdict="supported with conditions" if added else "supported",
        why=f"The ledger gives the number: {names}.",
        conditions=tuple(added),
        rows=made.rows or where,
        studies=len({each.study for each in where}),
        samples=len({each.sample for each in where}),
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
        if here and (keys == ("outcome",) or not set(keys) & set(SUBJECT)):
            near += here
            failed |= dict.fromkeys(keys)
        told += retold(claim, ledger.studies[name], ledger)
    rows = deciding(near[:6], "near", ledger)
    if near and set(failed) <= set(NARROWER):
        dropped = {*failed, *(("outcome",) if WIDER in failed else ())}
        wide = replace(claim, query={k: v for k, v in claim.query.items() if k.rstrip("!=<>") not in dropped})
        added = (*citations(claim, tuple(near), (), ledger), *conditions(Case(wide, near, ledger)))
        why = f"What the cited study reports is not quite the same: {instead(near[0], tuple(failed), ledger)}."
        if WIDER in failed:
            added = (Condition("outcome", "Reported of a broader outcome than the claim names."), *added)
        shown = deciding(near, "for", ledger)
        made = replace(made, verdict="supported with conditions", why=why, conditions=added, rows=shown, would_take="")
        return behind(made, near, ledger)
    names = " and ".join(claim.cites)
    if told:
        why = f"Told of {names} where it is claimed, and by no report of results."
    else:
        why = f"No result of {names} in the ledger says it." if names else "No result in the ledger says it."
        if near:
            why += f" What is reported instead: {instead(near[0], tuple(failed), ledger)}."
    return replace(
        made,
        why=why,
        rows=(*rows, *deciding(told, "near", ledger)),
        would_take=claim.needs or f"The publication of {names}." if names else made.would_take,
    )
