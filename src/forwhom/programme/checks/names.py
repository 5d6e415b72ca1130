"""Names: none twice, none that leads nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from forwhom.problems import Problem, did_you_mean, listed
from forwhom.programme.keys import SEE
from forwhom.programme.model import PARTS, Programme

Names = Mapping[str, Collection[str]]
"""Ids by kind of fact."""
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def names_of(programme: Programme, raw: Mapping[str, Any] | None = None) -> dict[str, list[str]]:
    """Ids by kind; with those of a file's tables that could not be read."""
    found = {part: [fact.id for fact in getattr(programme, part)] for part in PARTS[:-1]}
    for part, ids in found.items():
        rows = (raw or {}).get(part, ())
        written = [row.get("id") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        ids += [name for name in written if isinstance(name, str) and name not in ids]
    return found


def problem(programme: Programme, at: str, found: str, do: str, possible: str = "", code: str = "") -> Problem:
    """A problem of this programme's file; `at` is a path such as "phases.assessment", told as the file has it."""
    return Problem(code or "unknown-name", do, programme.file, column=written(at), found=found, possible=possible)


def written(at: str) -> str:
    """A path as a reader of the file finds it.

    >>> written("phases.one.length"), written("phases.one move_on"), written("gaps phases.x.y"), written("source")
    ('[[phases]] one length', '[[phases]] one move_on', '[[gaps]] phases.x.y', 'source')
    """
    first, _, rest = at.partition(" ")
    if first == "gaps":
        return f"[[gaps]] {rest}"
    part, dot, name = first.partition(".")
    return f"[[{part}]] {name.replace('.', ' ')}{f' {rest}' if rest else ''}" if dot else at


def twice(programme: Programme) -> Iterator[Problem]:
    """Ids that are there twice, or that cannot be one."""
    for name, count in Counter(path for path, _ in programme.facts()).items():
        if count > 1:
            yield problem(programme, name, f"there {count} times", "Give each its own id.", code="duplicate-id")
        if not ID.fullmatch(name.partition(".")[2]):
            do = "Write small letters, digits and hyphens."
            yield problem(programme, name, "the id cannot be one", do, code="wrong-id")


def naming_nothing(programme: Programme, names: Names) -> Iterator[Problem]:
    """Phases, roles, sessions and conditions that are named and not there."""
    for at, wanted, part, what in _references(programme):
        if wanted not in names[part]:
            hint = did_you_mean(wanted, names[part])
            found = f"'{wanted}' is no {what} of this programme"
            yield problem(programme, at, found, f"{hint}Correct it, or add it to [[{part}]].", listed(names[part]))
    for phase in programme.phases:
        for path in phase.move_on:
            part, _, name = path.partition(".")
            if path == "length" or name in names.get(part, ()):
                continue
            known = ["length", *(f"{each}.{one}" for each in MOVES for one in names[each])]
            do = f"{did_you_mean(path, known)}Name what must be there; see {SEE}."
            yield problem(programme, f"phases.{phase.id} move_on", f"'{path}' names nothing", do, listed(known, 8))


MOVES = ("assessments", "plans", "agreements", "modules", "sessions")
"""Kinds of facts that a phase may wait for."""


def _references(programme: Programme) -> Iterator[tuple[str, str, str, str]]:
    for phase in programme.phases:
        yield from _each(f"phases.{phase.id} after", [phase.after] if phase.after else [], "phases", "phase")
    for session in programme.sessions:
        yield from _each(f"sessions.{session.id} phases", session.phases, "phases", "phase")
        yield from _each(f"sessions.{session.id} led_by", session.led_by, "roles", "role")
    for assessment in programme.assessments:
        at = f"assessments.{assessment.id}"
        yield from _each(f"{at} phase", [assessment.phase] if assessment.phase else [], "phases", "phase")
        yield from _each(f"{at} by", assessment.by, "roles", "role")
    for plan in programme.plans:
        yield from _each(f"plans.{plan.id} phase", [plan.phase], "phases", "phase")
        yield from _each(f"plans.{plan.id} by", plan.by, "roles", "role")
    for agreement in programme.agreements:
        yield from _each(f"agreements.{agreement.id} phase", [agreement.phase], "phases", "phase")
        yield from _each(f"agreements.{agreement.id} between", agreement.between, "roles", "role")
    for module in programme.modules:
        yield from _each(
            f"modules.{module.id} session", [module.session] if module.session else [], "sessions", "kind of session"
        )
    for duty in programme.duties:
        yield from _each(f"duties.{duty.id} by", duty.by, "roles", "role")
        yield from _each(f"duties.{duty.id} to", duty.to, "roles", "role")
    for alert in programme.alerts:
        yield from _each(f"alerts.{alert.id} to", alert.to, "roles", "role")
        if alert.on == "missed":
            yield from _each(f"alerts.{alert.id} what", alert.what, "sessions", "kind of session")


def _each(at: str, wanted: Iterable[str], part: str, what: str) -> Iterator[tuple[str, str, str, str]]:
    for name in wanted:
        yield at, name, part, what
