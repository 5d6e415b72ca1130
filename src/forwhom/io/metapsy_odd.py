"""Cells of a table of trials that can be read and look wrong: told by row and column, and kept out of what they would spoil."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from forwhom.problems import listed, short

Notice = tuple[str, str, str, str]
"""Code, what to do, column, what was found."""
Value = Callable[[str], float | None]
TIMES = ("post", "posttreatment", "posttest", "followup", "fu", "during", "mid", "baseline", "pre")
WORDY = ("mean_age", "percent_women")
"""Columns of numbers that no effect needs."""


def share_of_women(value: float | None) -> float | None:
    """A share, or a per cent; None where it can be neither."""
    return value if value is not None and 0 <= value <= 100 else None


def odd(row: Mapping[str, str], value: Value, risks: Mapping[str, str]) -> Iterator[Notice]:
    """Everything in a row that looks wrong and stops nothing."""
    for arm in ("arm1", "arm2"):
        for name in (f"n_{arm}", f"totaln_{arm}", f"rand_{arm}", f"n_change_{arm}", f"event_{arm}"):
            number = value(name)
            if number is not None and number != int(number):
                do = "People are whole; a number made smaller for clusters, or filled in, is taken as it is."
                yield "not-whole", do, name, f"{number:g} people"
    for name in WORDY:
        if row.get(name) and value(name) is None:
            yield (
                "not-a-number",
                "Give a number, or leave the cell empty.",
                name,
                f"{short(row[name])} is no number and is left out",
            )
    women = value("percent_women")
    if women is not None and share_of_women(women) is None:
        yield (
            "value-out-of-range",
            "Give 0 to 1, or 0 to 100.",
            "percent_women",
            f"{women:g} is no share and is left out",
        )
    risk = row.get("overall_RoB", "")
    if risk and risk.casefold() not in risks:
        do = f"Use one of: {listed(risks)}."
        yield "unknown-word", do, "overall_RoB", f"{short(risk)} is no risk of bias and is left out"
    time = row.get("time", "")
    known = re.sub("[- _]", "", time.casefold()).startswith(TIMES) or any(each.isdigit() for each in time)
    if time and not known:
        do = "Use post or follow-up, or a time with its number."
        yield "unknown-word", do, "time", f"{short(time)} is no time; it is taken as a word of its own"
    arms = [(row[f"condition_arm{i}"].casefold(), row.get(f"multi_arm{i}", "").casefold()) for i in (1, 2)]
    if arms[0] == arms[1]:
        do = "Name what differs, in condition_arm or in multi_arm."
        yield "equal-arms", do, "condition_arm2", f"both arms are {short(row['condition_arm1'])}"
    yield from _half(row, value)


def _half(row: Mapping[str, str], value: Value) -> Iterator[Notice]:
    """Numbers of one arm beside none, or not all, of the other."""
    for forms in (("mean", "sd", "n"), ("event", "totaln")):
        columns = [f"{name}_arm{i}" for i in (1, 2) for name in forms]
        absent = [name for name in columns if value(name) is None]
        given = [name for name in columns if value(name) is not None and not name.startswith(("n_", "totaln_"))]
        if given and absent:
            do = "Give it, or the row can give no effect."
            yield "half-given", do, absent[0], f"{', '.join(absent)} absent beside {', '.join(given)}"
