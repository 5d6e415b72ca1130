"""Which entries raise an alert."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forwhom.problems import Problem, short
from forwhom.programme.case.alerts import (
    OFF_TRACK,
    UNTOLD,
    Alert,
    Alerts,
    Answer,
    Attendance,
    Sending,
    put,
    taken_back,
    worked,
)
from forwhom.programme.case.assessment import Told
from forwhom.programme.case.crisis import Began, Emergency
from forwhom.programme.case.event_kinds import CRISIS, EMERGENCY, grave, looks_severe, normal, raises
from forwhom.programme.case.events import Happened, Measured
from forwhom.programme.case.feedback import Computed
from forwhom.programme.case.log import LOG, Entry
from forwhom.programme.case.rows import Rows
from forwhom.programme.case.rules import UNSAID, AlertRule, chain
from forwhom.programme.case.sessions import Begun, Held, Missed

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

MANY = 20
"""Sessions looked back at, for each that a run needs, so that a long log stays quick."""
SILENT = "nobody-told"
"""Code of the notice that an entry looks severe and no rule tells anybody."""
_NOBODY = AlertRule(UNTOLD, "event", (), UNSAID)
CORRECTED = "/corrected-"
"""Before the correction in the id of an alert that is told anew."""
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
        made = _attended(made, normal(said.format), said, entry, root or entry.id)
    if isinstance(said, _RAISES) or root is not None:
        day = case.opened.day(entry.since)
        for rule in case.rules:
            there = replace(rule, to=chain(rule, case.opened, day))
            made = _by_rule(case, made, there, entry, said, root or entry.id)
        what = _unheard(case, entry, said)
        waiting = [each for each in made.open.values() if each.entry == root]
        if what and waiting:
            # Who has an alert open on what was corrected is told of the correction.
            made = _told_anew(made, max(waiting, key=_order), entry, what)
        elif what:
            made = _raised(made, _NOBODY, entry, root or entry.id, what, "", ())
    if isinstance(said, Answer | Sending):
        made = worked(case, made, entry, said, root or entry.id)
    return case if made is case.alerts else replace(case, alerts=made)


def _by_rule(case: Case, made: Alerts, rule: AlertRule, entry: Entry, said: Any, name: str) -> Alerts:
    if rule.on == "missed":
        format_ = normal(said.format) if isinstance(said, _ATTENDANCE) else ""
        return _runs(made, rule, entry, format_, name, rule.to)
    if rule.on == "off-track":
        return _off_track(made, rule, entry, said, name)
    about = _about(case, rule, entry, said)
    return _raised(made, rule, entry, name, about, "", rule.to) if about else made


def _off_track(made: Alerts, rule: AlertRule, entry: Entry, said: Any, name: str) -> Alerts:
    """One score raises a rule once, however often it is judged, until it or one before it is recorded anew or corrected."""
    if not isinstance(said, Computed | Measured) or not rule.meant(said.scale):
        return made
    key = f"{rule.id}/{normal(said.scale)}"
    told = made.told.get(key, frozenset())
    if isinstance(said, Measured):
        as_before = frozenset(each for each in told if each < _moment(said.when))
        return made if as_before == told else replace(made, told={**made.told, key: as_before})
    # What a correction says is told by the rule for corrections.
    if not said.alarms or (entry.corrects is None and _moment(said.latest) in told):
        return made
    made = _raised(made, rule, entry, name, f"{said.scale}{OFF_TRACK}{'; '.join(said.alarms)}", "", rule.to)
    return replace(made, told={**made.told, key: told | {_moment(said.latest)}})


def _moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


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


def _counts_severe(case: Case, entry: Entry, said: Any) -> bool:
    """Whether what an entry tells of counts as severe."""
    what = happening(entry, said)
    if not isinstance(said, Happened):
        return what != "" and looks_severe(what)
    own = [each for rule in case.rules if rule.on == "event" for each in rule.what]
    return grave(what, said.severity, own)


def _unheard(case: Case, entry: Entry, said: Any) -> str:
    """What happened that counts as severe, or course that is off track, that no rule is for; "" for nothing."""
    if isinstance(said, Computed):
        watched = any(rule.on == "off-track" and rule.meant(said.scale) for rule in case.rules)
        return f"{said.scale}{OFF_TRACK}{'; '.join(said.alarms)}" if said.alarms and not watched else ""
    what = happening(entry, said)
    if normal(what) == CRISIS or not _counts_severe(case, entry, said):
        return ""
    return "" if any(rule.on == "event" and raises(rule, what, severe=True) for rule in case.rules) else what


def silent(case: Case, entry: Entry, said: Any) -> tuple[Problem, ...]:
    """A notice where an entry counts as severe and no rule tells anybody."""
    what = happening(entry, said)
    if normal(what) == CRISIS or not _counts_severe(case, entry, said):
        return ()
    if any(rule.on == "event" and rule.to and raises(rule, what, severe=True) for rule in case.rules):
        return ()
    do = "Tell somebody yourself, and write [[alerts]] for it in case.toml."
    found = f"{short(what)} counts as severe and no alert tells anybody"
    return (Problem(SILENT, do, LOG, entry.row, "what", found, severity="notice"),)


def _about(case: Case, rule: AlertRule, entry: Entry, said: Any) -> str:
    """What raised the rule, "" when nothing did."""
    if rule.on == "event":
        what = happening(entry, said)
        return what if what and raises(rule, what, severe=_counts_severe(case, entry, said)) else ""
    if rule.on == "item" and isinstance(said, Measured):
        found = [_item(item, value) for item, value in said.items.items() if rule.meant(item) and rule.crossed(value)]
        return "; ".join(found)
    return ""


def _item(item: str, value: float | None) -> str:
    return f"item {item} left unanswered" if value is None else f"item {item} at {value:g}"


def _raised(made: Alerts, rule: AlertRule, entry: Entry, name: str, about: str, of: str, to: tuple[str, ...]) -> Alerts:
    id_ = f"{rule.id}/{of}/{name}" if of else f"{rule.id}/{name}"
    if entry.corrects is not None and made.find(id_) is not None:
        # A correction that still crosses the threshold is the alert that was raised before. What says something else is told anew:
        # whoever was told, or has answered, knows the words of before alone.
        before = [each for each in made.all() if each.id == id_ or each.id.startswith(f"{id_}{CORRECTED}")]
        last = max(before, key=_order)
        if of or last.about == about:
            return made
        if last.acknowledged is None and not last.sent:
            return put(made, replace(last, about=about))
        id_ = f"{id_}{CORRECTED}{entry.id}"
    return put(made, Alert(id_, rule.id, name, entry.since, about, to, rule.within, rule.clock, names=rule.names))


def _told_anew(made: Alerts, alert: Alert, entry: Entry, about: str) -> Alerts:
    """The alerts with an open one that says now what a correction says; beside it, where somebody was told the words of before."""
    if alert.about == about:
        return made
    if not alert.sent:
        return put(made, replace(alert, about=about))
    name = f"{alert.id.partition(CORRECTED)[0]}{CORRECTED}{entry.id}"
    return put(made, replace(alert, id=name, about=about, raised=entry.since, sent=(), corrected=()))


def _order(alert: Alert) -> tuple[dt.datetime, int]:
    """Alerts of one entry in the order in which they were raised, whatever the clocks: one that was corrected more often came earlier."""
    return alert.raised, -len(alert.corrected)


def _attended(made: Alerts, format_: str, said: Any, entry: Entry, name: str) -> Alerts:
    missed = isinstance(said, Missed)
    at = said.planned if isinstance(said, Missed) else said.started if isinstance(said, Held) else entry.at
    new = Attendance(name, missed, at, said.by if isinstance(said, Missed) else "")
    rows = {key: _without(each, name) for key, each in made.attended.items()} if entry.corrects else dict(made.attended)
    there: Rows[Attendance] = rows.get(format_, Rows())
    # Nearly always the newest comes last; one that is recorded late is put where its time belongs.
    late = bool(there) and there[-1].at > at
    rows[format_] = Rows.of(sorted((*there, new), key=lambda each: each.at)) if late else there.plus(new)
    return replace(made, attended=rows, withdrawn=made.withdrawn - {name})


def _without(rows: Rows[Attendance], name: str) -> Rows[Attendance]:
    return Rows.of(each for each in rows if each.entry != name) if any(each.entry == name for each in rows) else rows


def _runs(made: Alerts, rule: AlertRule, entry: Entry, format_: str, name: str, to: tuple[str, ...]) -> Alerts:
    need = int(rule.threshold or 1)
    # A correction may close a gap in the run of another format too.
    formats = tuple(made.attended) if entry.corrects is not None else (format_,) if format_ else ()
    for each in formats:
        key = f"{rule.id}/{each}"
        if not rule.meant(each):
            continue
        told = made.told.get(key, frozenset())
        run = _run(made, made.attended[each], told, need, None if entry.corrects is not None else name)
        if run:
            # The entry that a correction takes the place of may have closed a run before.
            by = name if made.find(f"{rule.id}/{each}/{name}") is None else run[-1]
            made = _raised(made, rule, entry, by, _in_a_row(made.attended[each], run, each), each, to)
            made = replace(made, told={**made.told, key: told | set(run)})
    return made


def _in_a_row(rows: Rows[Attendance], run: tuple[str, ...], format_: str) -> str:
    """What a run is told as: a session that the service called off is not one that the patient missed."""
    others = sum(row.by != "patient" for row in rows if row.entry in run)
    return f"{len(run)} missed in a row: {format_}" + (f" ({others} of them not by the patient)" if others else "")


def _run(made: Alerts, rows: Rows[Attendance], told: frozenset[str], need: int, name: str | None) -> tuple[str, ...]:
    """The sessions missed in a row that no alert was raised for, once there are `need` of them; else none.

    name : the session that was recorded now, around which to look; None looks at all
    """
    run: list[str] = []
    for each in rows if name is None else _around(rows, name, need):
        if each.entry in made.withdrawn:
            continue
        run = [*run, each.entry] if each.missed and each.entry not in told else []
        if len(run) >= need:
            return tuple(run)
    return ()


def _around(rows: Rows[Attendance], name: str, need: int) -> tuple[Attendance, ...]:
    """The sessions that may belong to a run with one of them; all where it does not lie at the end."""
    if rows[-1].entry != name:
        return tuple(rows)
    start = len(rows) - 1
    held = 0
    while start > 0 and held < 1 and len(rows) - start < MANY * need:
        start -= 1
        held += not rows[start].missed
    return rows[start:]
