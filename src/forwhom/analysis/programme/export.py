"""Cases as a study folder: persons, sessions, events and measures, with the study.toml that says what they are."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forwhom.analysis.programme.exported_rows import EVENTS, FROM_CASE, PROCESS, CaseRows, Row, case_rows
from forwhom.analysis.programme.exported_scales import Better, ExportedScale
from forwhom.problems import Problem, ProblemsFound
from forwhom.programme.case.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from forwhom.programme.case import Case

MECHANISMS = ("stance", "lost_mentalizing", "level_3_or_4")
"""Process columns that the study asks about as carriers of change, where they are recorded."""
ALLIANCE = ("wai_sr", "srs")
PROCESS_SCALES: dict[str, tuple[str, Better, tuple[float, float]]] = {
    "stance": ("Therapist's stance, rated by others", "higher", (0, 4)),
    "adherence": ("Adherence, rated by others", "higher", (0, 4)),
    "stance_own": ("Therapist's stance, the therapist's own rating", "higher", (0, 4)),
    "adherence_own": ("Adherence, the therapist's own rating", "higher", (0, 4)),
    "lost_mentalizing": ("Share of patient turns with lost mentalizing", "lower", (0, 1)),
    "aroused": ("Share of patient turns with arousal", "lower", (0, 1)),
}
"""Label, direction and range of process columns. Arousal: the papers want neither too much nor none; less is coded as better."""


@dataclass(frozen=True, slots=True)
class Exported:
    """The files of a study folder by name, and what stays behind."""

    files: Mapping[str, str]
    notices: tuple[Problem, ...]
    persons: int
    sessions: int
    events: int
    measures: int


def export(
    cases: Sequence[tuple[Case, Pseudonyms]],
    *,
    better: Mapping[str, Better] | None = None,
    event_kinds: Iterable[str] = (),
    simulated: bool = False,
) -> Exported:
    """A study folder of one or many cases.

    better : direction of scales that have no instrument on file; without it their scores stay behind
    event_kinds : kinds of events that may leave under their own name, beside the fixed list and those of the programmes' alerts
    simulated : nobody of the cases exists, whatever their case.toml says; without it the study is simulated where all cases are

    Ids are keyed pseudonyms, times are months from the first day of treatment. No name, text or date of a case goes into any
    file. The same cases in any order give the same files. Raises ProblemsFound where there is no case, where two are the
    same, or where some exist and some do not.
    """
    simulated = simulated or _simulated([case for case, _ in cases])
    kinds = frozenset((*EVENTS, *event_kinds, *_alerted(case for case, _ in cases)))
    form = _main_format(case for case, _ in cases)
    rows = sorted((case_rows(case, names, better or {}, kinds, form) for case, names in cases), key=_who)
    _distinct(rows)
    scales = {name: scale for each in rows for name, scale in each.scales.items()}
    in_sessions = sorted({name for each in rows for name in each.in_sessions})
    persons = _kept([each.person for each in rows], ("id",))
    if len({row.get("programme") for row in persons}) == 1:
        persons = [{name: value for name, value in row.items() if name != "programme"} for row in persons]
    sessions = [row for each in rows for row in each.sessions]
    events = [row for each in rows for row in each.events]
    measures = [row for each in rows for row in each.measures]
    columns = ("id", "session", "month", "therapist", *PROCESS, *in_sessions)
    tables = {
        "persons.csv": persons,
        "sessions.csv": _kept(sessions, columns, order=True),
        "events.csv": events,
        "measures.csv": measures,
    }
    files = {name: _table(table) for name, table in tables.items() if table}
    files = {"study.toml": _toml(files, tables, scales, simulated, len(rows)), **files}
    return Exported(files, _notices(rows), len(persons), len(sessions), len(events), len(measures))


def _simulated(cases: Sequence[Case]) -> bool:
    """Whether nobody of the cases exists; people who exist and people who do not are never one study."""
    made_up = sum(case.opened.simulated for case in cases)
    if 0 < made_up < len(cases):
        found = f"{made_up} of {len(cases)} cases {'is' if made_up == 1 else 'are'} simulated"
        raise ProblemsFound(
            [Problem("mixed", "Export them apart, or say --simulated where all are made up.", found=found)]
        )
    return 0 < made_up == len(cases)


def _alerted(cases: Iterable[Case]) -> set[str]:
    """Kinds of events that the programmes' alerts name; those of case.toml are words of one service and stay there."""
    alerts = (alert for case in cases if case.programme is not None for alert in case.programme.alerts)
    return {what for alert in alerts if alert.on == "event" for what in alert.what}


def _main_format(cases: Iterable[Case]) -> str:
    """The format whose sessions get rows: individual where there is any, else the most frequent."""
    held = Counter(each.format for case in cases for each in case.sessions.held)
    return "individual" if held["individual"] or not held else max(sorted(held), key=lambda name: held[name])


def _who(rows: CaseRows) -> str:
    return str(rows.person["id"])


def _distinct(rows: Sequence[CaseRows]) -> None:
    if not rows:
        raise ProblemsFound([Problem("no-case", "Name the folder of a case.", found="there is no case to export")])
    twice = [name for name, n in Counter(map(_who, rows)).items() if n > 1]
    if twice:
        do = "Name each case once; a copy of a case has the key of the first."
        raise ProblemsFound([Problem("duplicate-case", do, found=f"{len(twice)} pseudonyms stand for two cases")])


def _kept(rows: list[Row], columns: Sequence[str], *, order: bool = False) -> list[Row]:
    """Rows with the columns in which anybody has a value."""
    names = list(columns) if order else list(dict.fromkeys((*columns, *(name for row in rows for name in row))))
    used = [name for name in names if any(row.get(name) is not None for row in rows)]
    return [{name: row.get(name) for name in used} for row in rows]


def _table(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    return text.getvalue()


def _notices(rows: Sequence[CaseRows]) -> tuple[Problem, ...]:
    total: Counter[str] = Counter()
    for each in rows:
        total.update(each.left_out)
    do = "Name instruments as forwhom knows them, give --better for own scales and --event for own kinds of events."
    return tuple(
        Problem("left-out", do, found=f"{n} {why}", severity="notice", count=n) for why, n in sorted(total.items())
    )


def _toml(
    files: Mapping[str, str],
    tables: Mapping[str, list[Row]],
    scales: Mapping[str, ExportedScale],
    simulated: bool,
    n: int,
) -> str:
    people, sessions = tables["persons.csv"][0], (tables["sessions.csv"] or [{}])[0]
    lines = [
        "# Made by forwhom case export: people under pseudonyms, times in months from the first day of treatment.",
        "# A score near an occasion of the programme has the month of that occasion, where most scores of its scale are near one.",
        "# Nobody was allocated by chance: a comparison of programmes needs [arms], and good reasons.",
        "",
        "[study]",
        'name = "cases"',
        f'title = "{n} case{"" if n == 1 else "s"}, exported from {"its log" if n == 1 else "their logs"}"',
        'time_unit = "month"',
        *(["simulated = true"] if simulated else []),
        "",
        "[tables.persons]",
        'file = "persons.csv"',
        'id = "id"',
        *(['therapist = "therapist"'] if "therapist" in people else []),
        *(['left = "left_month"', 'left_reason = "left_reason"'] if "left_month" in people else []),
        "",
    ]
    if "measures.csv" in files:
        lines += [
            "[[tables.measures]]",
            'file = "measures.csv"',
            'time = "month"',
            'scale_column = "scale"',
            'value = "value"',
            "",
        ]
    if "sessions.csv" in files:
        lines += ["[tables.sessions]", 'file = "sessions.csv"', 'number = "session"', 'time = "month"']
        lines += [*(['therapist = "therapist"'] if "therapist" in sessions else []), ""]
    if "events.csv" in files:
        lines += ["[tables.events]", 'file = "events.csv"', 'time = "month"', 'kind = "kind"', ""]
    for name in sorted(scales):
        lines += _scale(scales[name])
    for name, (label, better, (low, high)) in PROCESS_SCALES.items():
        if name in sessions:
            source = "forwhom case: ratings and codings of sessions; the scale is ours and untested"
            lines += [f"[scales.{name}]", f'label = "{label}"', f'better = "{better}"', f"range = [{low:g}, {high:g}]"]
            lines += [f'source = "{source}"', ""]
    return "\n".join([*lines, *_plan(tables, sessions)])


def _scale(scale: ExportedScale) -> list[str]:
    lines = [f"[scales.{scale.name}]"]
    if scale.instrument:
        lines += [f"instrument = {json.dumps(scale.instrument)}", f"subscale = {json.dumps(scale.subscale)}"]
    else:
        lines += [f'better = "{scale.better}"', 'source = "recorded in the cases; no instrument on file"']
    return [*lines, ""]


def _plan(tables: Mapping[str, list[Row]], sessions: Row) -> list[str]:
    """What the study asks about; without a day of registration all of it is exploratory."""
    alliance = next((name for name in ALLIANCE if name in sessions), None)
    mechanisms = [name for name in (*MECHANISMS, alliance) if name and name in sessions]
    there = {str(row["kind"]) for row in tables["events.csv"]}
    # What the log itself counts is no outcome, and a good event is none of a bad composite.
    outside = {*FROM_CASE, "other", "remission", "employment"}
    events = sorted(there - outside)
    lines = ["[plan]"]
    windows = _windows(tables["measures.csv"])
    lines += [f"mechanisms = {json.dumps(mechanisms)}"] if mechanisms and not windows else []
    lines += [f"events = {json.dumps(events)}"] if events else []
    good = sorted(there & {"remission", "employment"})
    lines += [f"good_events = {json.dumps(good)}"] if good else []
    lines += ["", "[plan.ruptures]", f'column = "{alliance}"'] if alliance else []
    for name in mechanisms if windows else ():
        lines += ["", "[[plan.mechanisms]]", f'name = "{name}"', *windows]
    return [*lines, ""]


def _windows(measures: list[Row]) -> list[str]:
    """When mechanisms are to change, and when the outcome is to follow: the halves of the median person's time.

    Only times are looked at, never scores.
    """
    last: dict[str, float] = {}
    for row in measures:
        last[str(row["id"])] = max(float(row["month"] or 0), last.get(str(row["id"]), 0))
    whole = math.ceil(sorted(last.values())[len(last) // 2]) if last else 0
    middle = math.ceil(whole / 2)
    if middle >= whole:
        return []
    return [f"window = {{ time = [0, {middle}] }}", f"outcome_window = {{ time = [{middle}, {whole}] }}"]
