"""Rows of a study from one case: pseudonyms, numbers, words of fixed lists; no text of the log, no date."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forwhom.analysis.programme.exported_scales import Better, ExportedScale, exported_scale
from forwhom.programme.case.adherence import items
from forwhom.programme.case.assessment import verdict
from forwhom.programme.case.event_kinds import KINDS
from forwhom.programme.case.noted import ever
from forwhom.programme.case.pseudonyms import Pseudonyms
from forwhom.programme.case.raters import Whose, mean

if TYPE_CHECKING:
    from forwhom.programme.case import Case
    from forwhom.programme.case.events import Score
    from forwhom.programme.case.sessions import Session

MONTH = 365.25 / 12
TO_THE_SECOND = 7
"""Decimals of a month that tell two seconds apart."""
EVENTS = tuple(each for each in KINDS if each != "other")
"""Kinds of events that may leave a case, beside those that the programme's alerts name. Any other becomes "other"."""
FROM_CASE = ("crisis-plan-step", "emergency-contact", "missed-session")
PROCESS = (
    "level_1", "level_2", "level_3", "level_4", "level_3_or_4", "lost_mentalizing", "aroused", "gate_deviations", "stance",
    "adherence", "stance_own", "adherence_own", "other_sessions", "missed_sessions",
)  # fmt: skip
"""Columns of sessions, where they are recorded."""
Row = dict[str, str | float | int | None]


@dataclass(frozen=True, slots=True)
class CaseRows:
    """The rows of one case.

    scales : of the measures and of the sessions
    in_sessions : names of those whose scores stand in the rows of sessions
    left_out : why something stays behind → how often
    """

    person: Row
    sessions: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    measures: list[Row] = field(default_factory=list)
    scales: dict[str, ExportedScale] = field(default_factory=dict)
    in_sessions: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)


def case_rows(
    case: Case, names: Pseudonyms, better: Mapping[str, Better], kinds: frozenset[str], form: str
) -> CaseRows:
    """Every row of a case.

    better : direction of scales without an instrument; kinds : more kinds of events that may leave
    form : the format of the sessions that get a row; others are counted in them
    """
    patient = next((person.id for person in case.opened.people.values() if person.is_patient), "patient")
    who = names.patient(patient)
    rows = CaseRows(_person(case, who, names, form))
    scores = _scores(case, better, rows)
    rows.sessions.extend(_sessions(case, who, names, form, scores, rows))
    rows.measures.extend(_measures(case, who, scores, rows))
    rows.events.extend(_events(case, who, kinds, rows))
    return rows


def month(case: Case, at: dt.datetime | dt.date, digits: int = 2) -> float:
    """Months from the first day of treatment, rounded: two decimals are some seven hours."""
    start = dt.datetime.combine(case.opened.start, dt.time(), case.opened.zone)
    if not isinstance(at, dt.datetime):
        at = dt.datetime.combine(at, dt.time(), case.opened.zone)
    return round((at - start).total_seconds() / 86400 / MONTH, digits)


def _held(case: Case, form: str) -> list[Session]:
    held = (each for each in case.sessions.held if each.format == form)
    return sorted(held, key=lambda each: (each.started, each.id))


def _person(case: Case, who: str, names: Pseudonyms, form: str) -> Row:
    held, known = _held(case, form), ever(case)
    led = Counter(name for each in held if (name := each.leader) in known)
    # What is learned during treatment describes nobody at its start.
    said = verdict(case, held[0].started.astimezone(case.opened.zone).date() if held else None)
    ended = case.phases.ended
    stopped = ended is not None and ended[1] != "completed"
    return {
        "id": who,
        "programme": case.programme.id if case.programme is not None else "own",
        "therapist": names.staff(max(sorted(led), key=lambda name: led[name])) if led else None,
        "attachment": said.strategy if said is not None and said.behind else None,
        "left_month": month(case, ended[0]) if ended is not None and stopped else None,
        "left_reason": ended[1] if ended is not None and stopped else None,
    }


def _scores(case: Case, better: Mapping[str, Better], rows: CaseRows) -> list[tuple[Score, ExportedScale]]:
    kept = []
    for score in case.events.scores:
        scale = exported_scale(score.said.scale, better)
        if scale is None:
            rows.left_out["scores of a scale that is not on file and whose direction was not given"] += 1
        elif score.said.score is None:
            rows.left_out["scores that could not be made"] += 1
        elif not scale.fits(score.said.score):
            rows.left_out["scores outside the range of their scale"] += 1
        else:
            kept.append((score, scale))
            rows.scales[scale.name] = scale
    return sorted(kept, key=lambda each: (each[0].said.when, each[1].name))


def _sessions(
    case: Case, who: str, names: Pseudonyms, form: str, scores: list[tuple[Score, ExportedScale]], rows: CaseRows
) -> list[Row]:
    made: list[Row] = []
    before: dt.datetime | None = None
    known = ever(case)
    for number, session in enumerate(_held(case, form), start=1):
        by = session.leader
        row: Row = {
            "id": who,
            "session": number,
            "month": month(case, session.started),
            "therapist": names.staff(by) if by in known else None,
        }
        row |= _coding(case, session.id) | _rating(case, session.id) | _between(case, form, before, session.started)
        for score, scale in scores:
            if score.said.occasion == session.id:
                row[scale.name] = score.said.score
                rows.in_sessions.add(scale.name)
        made.append(row)
        before = session.started
    return made


def _coding(case: Case, session: str) -> Row:
    """Shares of turns at each level; from a coded session, else from what was recorded while it went on."""
    coded = case.adherence.newest_coding(session)
    given = [each for each in case.gate.given if each.session == session]
    levels = {int(level): n for level, n in coded.levels.items()} if coded else Counter(each.level for each in given)
    row: Row = {}
    with_level = sum(levels.values())
    if with_level:
        row |= {f"level_{level}": _part(levels.get(level, 0), with_level) for level in (1, 2, 3, 4)}
        row["level_3_or_4"] = _part(levels.get(3, 0) + levels.get(4, 0), with_level)
        row["gate_deviations"] = coded.deviations if coded else sum(each.closed for each in given)
    if coded is not None and coded.patient_turns:
        row["lost_mentalizing"] = _part(coded.lost, coded.patient_turns)
        row["aroused"] = _part(coded.aroused, coded.patient_turns)
    return row


def _rating(case: Case, session: str) -> Row:
    """Means over the ratings of others, and apart from them over those of the therapist of the session."""
    groups = (
        ("stance", tuple(item.id for item in items(case, "stance"))),
        ("adherence", tuple(item.id for item in items(case))),
    )
    of: tuple[tuple[str, Whose], ...] = (("", "others"), ("_own", "own"))
    means = {f"{name}{end}": mean(case, session, ids, whose) for end, whose in of for name, ids in groups}
    return {name: round(each, 3) for name, each in means.items() if each is not None}


def _between(case: Case, form: str, after: dt.datetime | None, until: dt.datetime) -> Row:
    """Sessions of other formats, and sessions missed, since the session before."""
    since = [each for each in case.sessions.done if each.started < until and (after is None or each.started >= after)]
    others = sum(not each.missed_by and each.format != form for each in since)
    return {"other_sessions": others, "missed_sessions": sum(each.missed_by == "patient" for each in since)}


def _part(n: int, of: int) -> float:
    return round(n / of, 4)


def _measures(case: Case, who: str, scores: list[tuple[Score, ExportedScale]], rows: CaseRows) -> list[Row]:
    """Scores of no session; two of one scale at one time are the last that was recorded."""
    ids = {each.id for each in case.sessions.held}
    by: dict[tuple[str, float], float | None] = {}
    for score, scale in sorted(scores, key=lambda each: each[0].recorded):
        if score.said.occasion in ids:
            continue
        when = month(case, score.said.when)
        if (scale.name, when) in by:
            rows.left_out["scores that another of the same scale and time replaces"] += 1
        by[scale.name, when] = score.said.score
    planned = _planned(case)
    made: list[Row] = []
    for name in sorted({scale for scale, _ in by}):
        times = _moved([when for scale, when in by if scale == name], planned)
        made += [{"id": who, "scale": name, "month": times[t], "value": by[name, t]} for t in sorted(times)]
    return made


def _planned(case: Case) -> dict[int, float]:
    """Months of the programme's assessments of outcome → how far a score may be from them, in months."""
    found = case.programme.assessments if case.programme is not None else ()
    return {
        at: (each.window or 0) / MONTH
        for each in found
        if each.kind == "outcome" and each.unit == "month"
        for at in each.at
    }


MOSTLY = 0.8
"""Share of the scores of a scale that must lie at the programme's occasions for them to be told as such."""


def _moved(times: list[float], planned: Mapping[int, float]) -> dict[float, float]:
    """Each time → the month of the occasion it belongs to, where most times of the scale belong to one.

    Of two that belong to the same occasion the nearer one is moved, and the other stays.

    >>> _moved([-0.1, 6.2, 12.0], {0: 0.46, 6: 0.46, 12: 0.46})
    {-0.1: 0.0, 6.2: 6.0, 12.0: 12.0}
    >>> _moved([0.0, 1.0, 2.1], {0: 0.46, 6: 0.46})
    {0.0: 0.0, 1.0: 1.0, 2.1: 2.1}
    """
    near: dict[int, float] = {}
    belong = 0
    for time in times:
        at = next((at for at, room in planned.items() if abs(time - at) <= room), None)
        if at is None:
            continue
        belong += 1
        if at not in near or abs(time - at) < abs(near[at] - at):
            near[at] = time
    moved = {time: float(at) for at, time in near.items()} if times and belong >= MOSTLY * len(times) else {}
    taken = set(moved.values())
    return {time: moved.get(time, time if time not in taken else time + 0.01) for time in sorted(times)}


def _events(case: Case, who: str, kinds: frozenset[str], rows: CaseRows) -> list[Row]:
    """A row each, in the order of time; `number` keeps two of one kind and moment apart."""
    made: list[tuple[dt.datetime, str]] = []
    for event in case.events.happened:
        kind = event.said.what if event.said.what in kinds else "other"
        if kind == "other":
            rows.left_out["names of events that are in no list; the events stay, as other"] += 1
        made.append((event.said.when or event.recorded, kind))
    made += [(each.at, "crisis-plan-step") for each in case.crisis.taken]
    made += [(each.at, "emergency-contact") for each in case.crisis.called]
    made += [(each.started, "missed-session") for each in case.sessions.missed if each.missed_by == "patient"]
    return [
        {"id": who, "number": number, "month": month(case, at, TO_THE_SECOND), "kind": kind}
        for number, (at, kind) in enumerate(sorted(made), start=1)
    ]
