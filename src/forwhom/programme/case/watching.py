"""Which entries raise an alert."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forwhom.problems import Problem, short
from forwhom.programme.case.alerts import Alert, Alerts, Answer, Attendance, Sending, put, taken_back, worked
from forwhom.programme.case.assessment import Told
from forwhom.programme.case.crisis import Began, Emergency
from forwhom.programme.case.event_kinds import CRISIS, EMERGENCY, looks_severe, normal, raises
from forwhom.programme.case.events import Happened, Measured
from forwhom.programme.case.feedback import Computed
from forwhom.programme.case.log import LOG, Entry
from forwhom.programme.case.rows import Rows
from forwhom.programme.case.rules import AlertRule
from forwhom.programme.case.sessions import Begun, Held, Missed

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

HISTORY = dt.timedelta(days=7)
"""An act that an assessment tells of counts as an event unless it lies further back than this: ours."""
_ATTENDANCE = (Begun, Held, Missed)
_RAISES = (Happened, Told, Began, Emergency, Measured, Computed, *_ATTENDANCE)


def watch(case: Case, entry: Entry, said: Any, root: str | None) -> Case:
    """The case with what an entry means for its alerts, as it was written.

    root : the entry that it corrects; None for an entry of its own
    """
    made = case.alerts
    if root is not None:
        made = taken_back(made, entry, root)
        made = replace(made, withdrawn=made.withdrawn | {root})
    if isinstance(said, _ATTENDANCE):
        made = _attended(made, said, root or entry.id)
    if isinstance(said, _RAISES) or root is not None:
        for rule in case.rules:
            made = _by_rule(made, rule, entry, said, root or entry.id)
    if root is None and isinstance(said, (Sending, Answer)):
        made = worked(case, made, entry, said)
    return case if made is case.alerts else replace(case, alerts=made)


def _by_rule(made: Alerts, rule: AlertRule, entry: Entry, said: Any, name: str) -> Alerts:
    if rule.on == "missed":
        return _runs(made, rule, entry, said, name)
    about = _about(rule, entry, said)
    return _raised(made, rule, entry, name, about) if about else made


def happening(entry: Entry, said: Any) -> str:
    """The kind of event an entry tells of, in its own words; "" for none."""
    if isinstance(said, Happened):
        return said.what
    if isinstance(said, Told):
        past = said.on is not None and entry.at.date() - said.on > HISTORY
        return said.act if looks_severe(said.act) and not past else ""
    if isinstance(said, Emergency):
        return EMERGENCY
    return CRISIS if entry.kind == "crisis.began" else ""


def silent(case: Case, entry: Entry, said: Any) -> tuple[Problem, ...]:
    """A notice where an entry looks severe and no rule tells anybody."""
    what = happening(entry, said)
    if not what or normal(what) == CRISIS or not looks_severe(what):
        return ()
    if any(rule.on == "event" and rule.to and raises(rule, what) for rule in case.rules):
        return ()
    do = "Tell somebody yourself, and write [[alerts]] for it in case.toml."
    found = f"{short(what)} looks severe and no alert tells anybody"
    return (Problem("nobody-told", do, LOG, entry.row, "what", found, severity="notice"),)


def _about(rule: AlertRule, entry: Entry, said: Any) -> str:
    """What raised the rule, "" when nothing did."""
    if rule.on == "event":
        what = happening(entry, said)
        return what if what and raises(rule, what) else ""
    if rule.on == "item" and isinstance(said, Measured):
        found = [_item(item, value) for item, value in said.items.items() if rule.meant(item) and rule.crossed(value)]
        return "; ".join(found)
    if rule.on == "off-track" and isinstance(said, Computed) and said.alarms and rule.meant(said.scale):
        return f"{said.scale} off track: {'; '.join(said.alarms)}"
    return ""


def _item(item: str, value: float | None) -> str:
    return f"item {item} left unanswered" if value is None else f"item {item} at {value:g}"


def _raised(made: Alerts, rule: AlertRule, entry: Entry, name: str, about: str, of: str = "") -> Alerts:
    id_ = f"{rule.id}/{of}/{name}" if of else f"{rule.id}/{name}"
    # A correction that still crosses the threshold is the alert that was raised before.
    if entry.corrects is not None and made.find(id_) is not None:
        return made
    return put(made, Alert(id_, rule.id, name, entry.since, about, rule.to, rule.within, rule.clock))


def _attended(made: Alerts, said: Any, name: str) -> Alerts:
    rows: Rows[Attendance] = made.attended.get(said.format, Rows())
    new = rows.plus(Attendance(name, isinstance(said, Missed)))
    return replace(made, attended={**made.attended, said.format: new}, withdrawn=made.withdrawn - {name})


def _runs(made: Alerts, rule: AlertRule, entry: Entry, said: Any, name: str) -> Alerts:
    need = int(rule.threshold or 1)
    # A correction may close a gap in the run of another format too.
    formats = (said.format,) if entry.corrects is None and isinstance(said, _ATTENDANCE) else tuple(made.attended)
    for format_ in formats:
        key = f"{rule.id}/{format_}"
        rows = made.attended[format_]
        if rule.meant(format_) and _run(made, rows, made.told.get(key, 0), need) >= need:
            made = _raised(made, rule, entry, name, f"{need} missed in a row: {format_}", format_)
            made = replace(made, told={**made.told, key: len(rows)})
    return made


def _run(made: Alerts, rows: Rows[Attendance], told: int, need: int) -> int:
    """How many of the latest sessions were missed in a row since the last alert of the rule; counting ends at `need`."""
    run = 0
    for i in range(len(rows) - 1, told - 1, -1):
        if rows[i].entry in made.withdrawn:
            continue
        if not rows[i].missed or run >= need:
            break
        run += 1
    return run
