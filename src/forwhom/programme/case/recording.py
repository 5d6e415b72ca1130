"""Whether an entry may be written now: what is wrong with it, what refuses it, and the case after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from forwhom.keyed import Found
from forwhom.problems import Problem, errors
from forwhom.programme.case.adherence import CODED
from forwhom.programme.case.crisis import NEVER_REFUSED
from forwhom.programme.case.gate import AGAIN, REWRITTEN
from forwhom.programme.case.kind import Refusal
from forwhom.programme.case.log import Entry, Tip
from forwhom.programme.case.opened import stand_in
from forwhom.programme.case.state import KINDS, Case, after, replay
from forwhom.programme.case.watching import SILENT
from forwhom.programme.model import Programme


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to record; see `Entry`. An empty id takes one from the number in the log.

    clock : what the computer's clock says; kept with the entry where `at` lies after it
    """

    kind: str
    by: str
    at: dt.datetime
    data: Mapping[str, Any]
    role: str = ""
    why: str = ""
    overrules: tuple[str, ...] = ()
    corrects: str | None = None
    id: str = ""
    clock: dt.datetime | None = None


def at_once(kind: str) -> bool:
    """Whether a kind is written whatever is wrong with case.toml: events, scores with their items of risk, crises."""
    return kind.startswith(("crisis.", "event.")) or kind == "measure.scored"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would happen if the entry were written.

    written : whether it may be
    case : the case after it
    problems : what is wrong with it; never a hindrance for emergency
    refusals : rules that refuse it and are not overruled with a reason
    """

    written: bool
    entry: Entry
    case: Case
    problems: tuple[Problem, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def entry_of(draft: Draft, tip: Tip) -> Entry:
    """The entry that a draft would be, after the last line of the log."""
    seq = tip.seq + 1
    return Entry(
        seq,
        legible(draft.id) or f"e{seq}",
        draft.at,
        legible(draft.by),
        legible(draft.kind),
        legible(draft.role),
        legible(draft.data),
        legible(draft.why),
        draft.overrules,
        draft.corrects if draft.corrects is None else legible(draft.corrects),
        tip.digest,
        draft.clock if draft.clock is not None and draft.at > draft.clock else None,
        tip.row + 1,
    )


def proposed(case: Case, entry: Entry) -> Verdict:
    """Judge an entry before it is written.

    A refusal is overruled by an entry that names the rule in `overrules` and says `why`. What belongs to an emergency is
    never refused, whatever is wrong with it.
    """
    before = set(case.problems)
    made = after(case, entry)
    problems = [each for each in made.problems if each not in before]
    if entry.overrules and not entry.why.strip():
        do = "Say why: the reason is kept with the entry."
        problems.append(Problem("no-reason", do, None, None, "why", "a rule is overruled without a reason"))
    refusals = _refusals(case, made, entry)
    free = entry.kind in NEVER_REFUSED
    problems = [replace(each, file=None, row=None, severity="notice" if free else each.severity) for each in problems]
    return Verdict(free or not (errors(problems) or refusals), entry, made, tuple(problems), () if free else refusals)


def legible(value: Any) -> Any:
    r"""Text that can be written down: a byte of the command line that was no UTF-8 as Windows-1252, half a sign as \ufffd.

    >>> legible("Zo\udceb"), legible({"whom": ["\ud83d"]})
    ('Zoë', {'whom': ['\ufffd']})
    """
    if isinstance(value, str):
        return value if value.isascii() else "".join(map(_legible, value))
    if isinstance(value, Mapping):
        return {legible(key): legible(each) for key, each in value.items()}
    return [legible(each) for each in value] if isinstance(value, list) else value


def _legible(sign: str) -> str:
    if not "\ud800" <= sign <= "\udfff":
        return sign
    return (
        sign.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        if "\udc80" <= sign <= "\udcff"
        else "\ufffd"
    )


WHO = ("unknown-person", "unknown-role", "not-staff")
"""Problems of who is there, which only case.toml can settle."""


def proposed_without_file(programme: Programme | None, log: Iterable[Entry], entry: Entry) -> Verdict:
    """As `proposed`, where case.toml cannot be used: by the people and rules that the log was told last.

    Nothing hinders an entry but what is wrong with the entry itself. `Verdict.case` knows the alerts of those rules; they are
    raised once case.toml can be used, and by the rules of that time where the log was told none.
    """
    case = replay(programme, stand_in(entry.at), log)
    found = proposed(case, entry)
    who = WHO if entry.by.strip() else ()
    # Before the log was told of anybody, nobody can be said to be unknown.
    mute = (SILENT, *(who if case.noted is None else ()))
    told = (each for each in found.problems if each.code not in mute)
    problems = tuple(replace(each, severity="notice") if each.code in who else each for each in told)
    refusals = found.refusals if programme is not None else ()
    return replace(found, written=not (errors(problems) or refusals), problems=problems, refusals=refusals)


def _refusals(case: Case, made: Case, entry: Entry) -> tuple[Refusal, ...]:
    """Rules that refuse the entry itself, or the one it corrects; a correction that shows another entry in a new light is no
    reason to keep the truth out."""
    # A deviation that has its reason is none for what is said in its place now.
    known = {(each.entry, each.rule) for each in case.deviations if not each.why.strip()}
    mine = {entry.id, next((root for root, by in made.corrected.items() if by == entry.id), entry.id)}
    return tuple(
        _again(case, entry, Refusal(each.rule, each.says, each.source))
        for each in made.deviations
        if each.entry in mine and each.rule != CODED and not each.why.strip() and (each.entry, each.rule) not in known
    )


def _again(case: Case, entry: Entry, refusal: Refusal) -> Refusal:
    """The refusal as its rule words it, with what would be allowed instead."""
    kind = KINDS.get(entry.kind)
    if entry.corrects is not None:
        return replace(refusal, instead=AGAIN) if refusal.rule == REWRITTEN else refusal
    if kind is None:
        return refusal
    found = Found("")
    said = kind.keys.build(entry.data, "", found)
    worded = () if found.problems else kind.allowed(case, entry, said)
    return next((each for each in worded if each.rule == refusal.rule), refusal)
