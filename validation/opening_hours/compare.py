"""Deadlines in opening hours beside pandas' CustomBusinessHour, on the clock of the wall: python validation/opening_hours/compare.py"""

from __future__ import annotations

import datetime as dt
import json
import platform
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from pandas.tseries.offsets import CustomBusinessHour

from forwhom.programme.case.hours import DAYS, Hours

ZONES = ("Europe/London", "America/New_York", "Australia/Sydney", "Asia/Kathmandu")
CLOSED = (dt.date(2026, 4, 3), dt.date(2026, 4, 6), dt.date(2026, 12, 25))


def main() -> None:
    """Draw starts and lengths, store what pandas says, and say how many agree."""
    rng = random.Random(20260101)
    hours = Hours(
        {day: ((dt.time(9), dt.time(12, 30)), (dt.time(13, 30), dt.time(17))) for day in DAYS[:5]}, frozenset(CLOSED)
    )
    offset = CustomBusinessHour(start=["09:00", "13:30"], end=["12:30", "17:00"], holidays=list(CLOSED))
    rows, same = [], 0
    for _ in range(400):
        zone = ZoneInfo(rng.choice(ZONES))
        at = dt.datetime(2026, 1, 1) + dt.timedelta(minutes=rng.randrange(525_600))
        minutes = rng.randrange(60, 3000, 60)
        wall = (pd.Timestamp(at) + (minutes // 60) * offset).to_pydatetime()
        made = hours.after(at.replace(tzinfo=zone), dt.timedelta(minutes=minutes), zone)
        assert made is not None
        same += made.astimezone(zone).replace(tzinfo=None) == wall
        rows.append([zone.key, at.isoformat(), minutes, wall.isoformat()])
    stored = {"versions": {"pandas": pd.__version__, "python": platform.python_version()}, "rows": rows}
    Path(__file__).with_name("deadlines.json").write_text(json.dumps(stored, indent=0) + "\n", encoding="utf-8")
    print(f"{same} of {len(rows)} deadlines agree to the minute")


if __name__ == "__main__":
    main()
