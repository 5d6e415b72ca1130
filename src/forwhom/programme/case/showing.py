"""The state of a case as plain values, the same to the last byte for the same log."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any
from zoneinfo import ZoneInfo

from forwhom.programme.case.crisis import emergency
from forwhom.programme.case.state import Case

_BESIDE = ("programme", "opened", "log", "rules", "noted")


def to_json(case: Case) -> str:
    """The whole state; keys in a fixed order, no trailing spaces, one newline at the end."""
    return json.dumps(as_data(case), ensure_ascii=False, indent=2) + "\n"


def as_data(case: Case) -> dict[str, Any]:
    """The state by topic. The log itself is not repeated: its length and its last entry stand for it."""
    last = case.log[-1] if case.log else None
    head: dict[str, Any] = {
        "emergency": list(emergency(case)),
        "programme": case.opened.programme,
        "start": case.opened.start.isoformat(),
        "zone": case.opened.zone.key,
        "entries": len(case.log),
        "last": None if last is None else {"id": last.id, "at": last.at.isoformat()},
    }
    return head | {each.name: plain(getattr(case, each.name)) for each in fields(case) if each.name not in _BESIDE}


def plain(value: Any) -> Any:
    """Values that JSON has.

    >>> plain({("a", "b"): dt.timedelta(hours=26)})
    {'a/b': '1 d 2 h'}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {"/".join(map(str, key)) if isinstance(key, tuple) else str(key): plain(of) for key, of in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted((plain(each) for each in value), key=str)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(each) for each in value]
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return length(value)
    return value.key if isinstance(value, ZoneInfo) else value


def length(value: dt.timedelta) -> str:
    """A length of time, as case.toml writes it.

    >>> length(dt.timedelta(minutes=90)), length(dt.timedelta(0))
    ('1 h 30 min', '0 min')
    """
    minutes = int(value.total_seconds() // 60)
    parts = ((minutes // 1440, "d"), (minutes % 1440 // 60, "h"), (minutes % 60, "min"))
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 min"
