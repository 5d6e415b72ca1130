"""The folder of a new case: case.toml to fill in."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from zoneinfo import ZoneInfo

from forwhom.problems import Problem, ProblemsFound
from forwhom.programme.case.event_kinds import FROM_LOG, SEVERE
from forwhom.programme.case.opened import PATIENT
from forwhom.programme.case.opening import CASE
from forwhom.programme.model import Alert, Programme

HEAD = """\
# A case: who is treated by which programme, since when, and who is there. `forwhom case check` tells what is missing.
# Names that could tell who the patient is do not belong here.

programme = "{programme}"
start = {start}
zone = "{zone}"

# How the patient reaches help at any hour. Always shown, asked of nothing. Write the numbers of your country.
emergency = []

[people.patient]
roles = ["patient"]
"""
HOURS = """
# Opening hours, for deadlines and for who answers when.
# [hours.clinic]
# monday = ["09:00-17:00"]
# tuesday = ["09:00-12:30", "13:30-17:00"]
# closed = [2026-12-25]
# zone = "America/New_York"   # only where this clock hangs elsewhere
"""
ALERTS = """
# The programme raises these alerts. Each needs somebody who answers: give people the roles it names, or name people here.
# An alert of the same id here takes the place of the programme's.
"""


NO_ALERTS = """
# THE PROGRAMME RAISES NO ALERT. Nobody is told of anything until you write who answers: take the # away and fill in.
"""
PATTERNS = {
    "event": ("severe-event", (*SEVERE, *FROM_LOG), "", "24 h"),
    "missed": ("missed-component", (), "# threshold = 2\n", "72 h"),
    "off-track": ("off-track", ("id of the scale",), "", "24 h"),
    "item": ("risk-item", ("id of the item",), "# threshold = 1\n", "24 h"),
}


def new_case(folder: Path, programme: Programme, name: str, start: str, zone: str) -> Path:
    """Write case.toml of a new case and return its path.

    Raises ProblemsFound for a day or a zone that is none, and where a case is there already; both at once.
    """
    path = folder / CASE
    problems = [*_day(start), *_zone(zone)]
    if path.exists():
        do = "Name another folder, or go on with the case that is there."
        problems.append(Problem("file-exists", do, CASE, found="it is there already"))
    if problems:
        raise ProblemsFound(problems)
    own = name if not name.endswith(".toml") else os.path.relpath(Path(name).resolve(), folder.resolve())
    parts = [HEAD.format(programme=own, start=start, zone=zone)]
    # Where the papers name no roles of staff, the service names its own.
    named = [role.id for role in programme.roles if role.id != PATIENT] or ["therapist", "supervisor"]
    parts += [_person(role) for role in named]
    parts.append(HOURS)
    if programme.alerts:
        parts += [ALERTS, *(_alert(alert) for alert in programme.alerts)]
    there = {alert.on for alert in programme.alerts}
    parts += [NO_ALERTS] if "event" not in there else []
    parts += [_pattern(on, named) for on in PATTERNS if on not in there]
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write("".join(parts))
    return path


def _day(start: str) -> list[Problem]:
    try:
        dt.date.fromisoformat(start)
    except ValueError:
        return [Problem("wrong-day", "Write 2026-03-02.", column="--start", found=f"{start!r} is not a day")]
    return []


def _zone(zone: str) -> list[Problem]:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        return [Problem("unknown-zone", "Write Europe/London.", column="--zone", found=f"{zone!r} is no time zone")]
    return []


def _person(role: str) -> str:
    return f'\n# [people.initials]\n# roles = ["{role}"]\n# reach = "how they are reached"\n'


def _pattern(on: str, staff: list[str]) -> str:
    name, kinds, threshold, within = PATTERNS[on]
    what = ", ".join(f'"{each}"' for each in kinds)
    to = ", ".join(f'"{each}"' for each in staff[:2])
    return (
        f'\n# [[alerts]]\n# id = "{name}"\n# on = "{on}"\n# what = [{what}]\n{threshold}'
        f'# to = [{to}]\n# within = "{within}"\n'
    )


def _alert(alert: Alert) -> str:
    within = f"{alert.within} h" if alert.within is not None else "24 h"
    what = ", ".join(f'"{each}"' for each in alert.what)
    to = ", ".join(f'"{each}"' for each in alert.to)
    threshold = f"# threshold = {alert.threshold:g}\n" if alert.threshold is not None else ""
    return (
        f'\n# [[alerts]]\n# id = "{alert.id}"\n# on = "{alert.on}"\n# what = [{what}]\n{threshold}'
        f'# to = [{to}]\n# within = "{within}"\n'
    )
