"""What the rows say instead: another count, another number, the opposite, something narrower, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from forwhom.evidence.audit.conditions import Case, conditions, restated, same_lines
from forwhom.evidence.audit.sides import behind, citations, deciding, ways
from forwhom.evidence.audit.verdicts import Audited, Condition, Deciding, Side
from forwhom.evidence.checks.citations import rows_for, rows_left_out
from forwhom.evidence.checks.counts import cited_or_named
from forwhom.evidence.checks.values import numbers_for, numbers_left_out
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.filters import Row
from forwhom.evidence.left_out import left_out, named, standing_of, takes
from forwhom.evidence.model import Claim, Ledger, Study
from forwhom.evidence.near import NARROWER, OF, SUBJECT, WIDER, instead, nearest, retold


@dataclass(slots=True)
class _ByName:
    """How the studies that a claim names stand to its count.

    contrary : report otherwise, or nothing of it; untold : do not tell what it takes; gone : withdrawn or drafts
    extra : report it and are not counted; near : what the first two report instead
    """

    contrary: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    gone: tuple[Study, ...] = ()
    near: tuple[Deciding, ...] = ()

    def told(self, document: str) -> list[str]:
        return [
            *(f"{document} counts {each} too" for each in (*self.contrary, *self.untold)),
            *(f"{document} counts {each.id} too, which is {standing_of(each)}" for each in self.gone),
            *(f"{each} reports it too, and {document} does not count it" for each in self.extra),
        ]


def _by_name(claim: Claim, rows: tuple[Row, ...], ledger: Ledger) -> _ByName:
    cited = cited_or_named(claim)
    found = _ByName(gone=left_out(cited, ledger))
    here = {row.study.id for row in rows}
    for name in cited:
        study = ledger.studies.get(name)
        if name in here or study is None or not study.counts:
            continue
        alike, keys = nearest(claim, study, ledger)
        found.near += deciding(alike[:3], "near", ledger)
        but = instead(alike[0], keys, ledger) if alike else ""
        (found.untold if but.startswith("not told") else found.contrary).append(f"{name} ({but})" if but else name)
    found.extra = [_also(name, claim, rows, ledger) for name in sorted(here - set(cited))]
    return found


def differs(made: Audited, why: Contradiction, rows: tuple[Row, ...], ledger: Ledger) -> Audited:
    """Contradicted by a count or a number: with the studies that make the difference, and what these report first."""
    claim, cited = made.claim, cited_or_named(made.claim)
    named_ = bool(cited and claim.query)
    by_name = _by_name(claim, rows, ledger) if named_ else _ByName()
    more, near = by_name.told(claim.document), by_name.near
    if claim.query and not rows:
        told = [row for name in cited if name in ledger.studies for row in retold(claim, ledger.studies[name], ledger)]
        wide = [row for row in rows_for(claim, ledger, without=("direction",)) if row.result.direction]
        near += deciding(wide[:6], "against", ledger)
        more += [
            f"{row.study.id} reports {row.result.direction}" for row in {row.study.id: row for row in wide}.values()
        ]
        if told and not wide:
            why_ = f"Told of {' and '.join(cited)} where it is claimed, and by no report of results."
            takes_ = claim.needs or f"The publication of {' and '.join(cited)}."
            return replace(made, why=why_, rows=deciding(told, "near", ledger), would_take=takes_)
    lead = _led(claim, by_name, len({row.study.id for row in rows}), len(cited)) if named_ else ""
    extra = {each.split(" ")[0] for each in by_name.extra}
    first = tuple(row for row in made.rows if row.study in extra)
    shown = (*near, *first, *(row for row in made.rows if row.study not in extra))
    if named_ and by_name.untold and not by_name.contrary and not by_name.extra:
        return replace(made, why=lead, rows=shown, reproduced=False)
    if why.rule == "value-of-claim":
        given = (place for place in why.places if place.of in ledger.studies and place.source)
        shown = tuple(_where(place, "against", ledger) for place in given)
    text = lead or (why.says if not more else f"{why.says} {'; '.join(more)}.")
    return replace(made, verdict="contradicted", why=text, rows=shown, would_take="")


def _led(claim: Claim, found: _ByName, here: int, cited: int) -> str:
    """The reason in one sentence, where all of the difference is of one kind; empty else."""
    contrary, untold, extra = found.contrary, found.untold, found.extra
    also = f"; {named(found.gone)} counts nowhere" if len(found.gone) == 1 else ""
    also = also or (f"; {named(found.gone)} count nowhere" if found.gone else "")
    if untold and not contrary and not extra:
        return f"The rows give {here} of {cited}; of the rest it is not told: {', '.join(untold)}{also}."
    if contrary and not extra and isinstance(claim.expect.get("count"), int):
        lead = f"Of the {cited} that it counts, {len(contrary)} {'do' if len(contrary) > 1 else 'does'} not: {', '.join(contrary)}"
        return lead + (f"; of {len(untold)} it is not told: {', '.join(untold)}" if untold else "") + f"{also}."
    if extra and not contrary and not untold and claim.by == "study":
        lead = (
            f"The rows hold {f'{here - len(extra)} of ' if found.gone else ''}the {cited} that {claim.document} counts"
        )
        return f"{lead}, and {len(extra)} more: {', '.join(extra)}{also}."
    return ""


def hangs(made: Audited, lost: tuple[Study, ...]) -> Audited:
    """Not checkable: it hangs on studies that are withdrawn or drafts, which neither support nor contradict anything."""
    verb = "counts" if len(lost) == 1 else "count"
    why = f"The ledger gives it only with {named(lost)}, which {verb} nowhere."
    if not made.rows:
        why = f"Nothing is left that tests it: {named(lost)} {verb} nowhere."
    return replace(made, why=why, reproduced=None, would_take=made.claim.needs or takes(lost))


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
        lost = {each.place.of: ledger.studies[each.place.of] for each in numbers_left_out(made.claim, ledger)}
        if lost:
            return hangs(made, tuple(lost.values()))
        return replace(made, why="The ledger gives no number for it.")
    claim, places = made.claim, [each.place for each in given]
    where = tuple(_where(place, "for", ledger, claim) for place in places)
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


def _where(place: Place, side: Side, ledger: Ledger, claim: Claim | None = None) -> Deciding:
    source = place.source or (claim.source if claim else None)
    assert source is not None
    return Deciding(side, place.of, ledger.studies[place.of].sample, place.key, place.said, source)


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
    gone = left_out(claim.cites, ledger)
    if near and failed and set(failed) <= set(NARROWER):
        dropped = {OF[key] for key in failed}
        wide = replace(claim, query={k: v for k, v in claim.query.items() if k.rstrip("!=<>") not in dropped})
        added = (*citations(claim, tuple(near), (), ledger), *conditions(Case(wide, near, ledger)))
        why = f"What the cited study reports is not quite the same: {instead(near[0], tuple(failed), ledger)}."
        if WIDER in failed:
            added = (Condition("outcome", "Reported of a broader outcome than the claim names."), *added)
        shown = deciding(near, "for", ledger)
        made = replace(made, verdict="supported with conditions", why=why, conditions=added, rows=shown, would_take="")
        return behind(made, near, ledger)
    names = " and ".join(name for name in claim.cites if name not in {study.id for study in gone})
    if gone and not names:
        every = "The study it cites counts" if len(gone) == 1 else "The studies it cites count"
        return replace(made, why=f"{every} nowhere: {named(gone)}.", rows=(), would_take=claim.needs or takes(gone))
    if told:
        why = f"Told of {names} where it is claimed, and by no report of results."
    else:
        why = f"No result of {names} in the ledger says it." if names else "No result in the ledger says it."
        if near:
            why += f" What is reported instead: {instead(near[0], tuple(failed), ledger)}."
    if gone:
        why += f" It also cites what counts nowhere: {named(gone)}."
    elif not claim.cites and (out := {row.study.id: row.study for row in rows_left_out(claim, ledger)}):
        why += f" Left out: {named(out.values())}."
    return replace(
        made,
        why=why,
        rows=(*rows, *deciding(told, "near", ledger)),
        would_take=claim.needs or f"The publication of {names}." if names else made.would_take,
    )
