"""[plan] of study.toml, what it says of processes: mechanisms and their windows, ruptures, sudden changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from forwhom.problems import short
from forwhom.study.collect import Collector
from forwhom.study.keys import Keys
from forwhom.study.plan import Mechanism, MechanismKind, RuptureCriterion, Ruptures, SuddenChange, Unit, Window

WRITTEN: dict[str, Unit] = {"sessions": "session", "time": "time"}
"""How a window is written, and the unit it is in."""


def mechanisms(value: object, file: str, found: Collector) -> tuple[Mechanism, ...]:
    """Names, or tables with a name; both may stand in one list."""
    if value is None:
        return ()
    entries = value if isinstance(value, (list, tuple)) else [value]
    made = [_mechanism(each, number, file, found) for number, each in enumerate(entries, start=1)]
    named: dict[str, Mechanism] = {}
    for number, each in enumerate(made, start=1):
        if each is None:
            continue
        if each.name in named:
            keys = Keys({}, f"[plan] mechanisms {number}", file, found)
            keys.problem("wrong-value", "name", f"'{each.name}' is named twice", "Name each mechanism once.")
        named.setdefault(each.name, each)
    return tuple(named.values())


def _mechanism(value: object, number: int, file: str, found: Collector) -> Mechanism | None:
    if isinstance(value, Mechanism):
        return value
    if isinstance(value, str):
        return Mechanism(value)
    keys = Keys(value, f"[plan] mechanisms {number}", file, found)
    name = keys.text("name", required='Name the scale or the column of sessions: name = "alliance".')
    made = Mechanism(
        name=name or "",
        family=keys.text("family") or "",
        kind=cast("MechanismKind | None", keys.text("kind", among=get_args(MechanismKind))),
        window=_window(keys, "window"),
        outcome_window=_window(keys, "outcome_window"),
        outcomes=keys.texts("outcomes"),
    )
    keys.finish()
    if (made.window is None) != (made.outcome_window is None):
        absent = "window" if made.window is None else "outcome_window"
        keys.problem(
            "missing-key",
            absent,
            f"{absent} is not given",
            "Give both windows, or neither: an order in time needs two.",
            "window = { sessions = [1, 5] }, outcome_window = { sessions = [5, 10] }",
        )
        return None
    return made if name is not None else None


def _window(keys: Keys, key: str) -> Window | None:
    value = keys.raw(key)
    if value is None or isinstance(value, Window):
        return value
    example = f"{key} = {{ sessions = [1, 5] }} or {key} = {{ time = [0, 6] }}"
    units = [name for name in WRITTEN if isinstance(value, Mapping) and name in value]
    if not isinstance(value, Mapping) or len(units) != 1 or len(value) != 1:
        do = "Say in which unit: numbers of sessions, or the study's time."
        keys.problem("wrong-value", key, f"{short(value)} is not a window", do, example)
        return None
    (name,) = units
    limits = Keys(value, f"{keys.where} {key}", keys.file, keys.found).numbers(name)
    if len(limits) != 2 or limits[0] >= limits[1]:
        do = "Give the first and the last: two numbers, the first smaller."
        keys.problem("wrong-value", key, f"{short(value[name])} is not a window", do, example)
        return None
    return Window(limits[0], limits[1], WRITTEN[name])


def ruptures(value: object, file: str, found: Collector) -> Ruptures | None:
    """[plan.ruptures]."""
    if value is None or isinstance(value, Ruptures):
        return value
    keys = Keys(value, "[plan.ruptures]", file, found)
    made = Ruptures(
        column=keys.text("column"),
        criterion=cast("RuptureCriterion | None", keys.text("criterion", among=get_args(RuptureCriterion))),
        drop=_above_zero(keys, "drop"),
        codes=keys.texts("codes"),
        repair_codes=keys.texts("repair_codes"),
    )
    keys.finish()
    if made.column is None and not made.codes:
        do = "Name the column of sessions that holds the alliance (column), or the raters' codes (codes)."
        keys.problem("missing-key", "column", "neither column nor codes is given", do)
        return None
    if made.criterion is not None and made.column is None:
        do = "Name the column the criterion is applied to."
        keys.problem("missing-key", "column", "column is not given", do)
    return made


def sudden_change(value: object, file: str, found: Collector) -> SuddenChange | None:
    """[plan.sudden_change], or only the name of the scale."""
    if value is None or isinstance(value, SuddenChange):
        return value
    if isinstance(value, str):
        return SuddenChange(value)
    keys = Keys(value, "[plan.sudden_change]", file, found)
    name = keys.text("name", required='Name the scale or the column of sessions: name = "bdi2".')
    points = _above_zero(keys, "points")
    keys.finish()
    return SuddenChange(name, points) if name is not None else None


def _above_zero(keys: Keys, key: str) -> float | None:
    value = keys.number(key)
    if value is not None and value <= 0:
        keys.problem(
            "wrong-value", key, f"{value:g} is not above 0", "Give the smallest change that counts, in points."
        )
        return None
    return value
