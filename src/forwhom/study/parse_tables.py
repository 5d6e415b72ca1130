"""[tables.…] of study.toml to the specs of the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forwhom.problems import Problem, did_you_mean, short
from forwhom.study.collect import Collector
from forwhom.study.keys import Keys
from forwhom.study.sheet import LONGEST
from forwhom.study.spec import MAX_MB, ROLES, MeasuresSpec, MomentsSpec, PersonsSpec, RowsSpec, Source

KINDS = ("persons", "measures", "sessions", "moments", "ratings", "events", "scans")

COLUMNS: dict[str, tuple[str, ...]] = {
    "sessions": ("id", "number", "date", "time", "therapist", "format"),
    "ratings": ("group", "perceiver", "target", "trait", "value", "time"),
    "events": ("id", "time", "date", "kind", "severity"),
    "scans": ("id", "time", "date", "modality", "region", "hemisphere", "condition", "value"),
}
"""The roles a column of these tables can play; each is also a key that names the column."""

CONSTANTS: dict[str, tuple[str, ...]] = {
    "sessions": ("format",),
    "ratings": ("group", "trait"),
    "events": ("kind",),
    "scans": ("modality", "region", "hemisphere", "condition"),
}
"""Roles that may be the same text in every row: ``kind_is = "admission"``."""

VALUES: dict[str, tuple[str, ...]] = {
    "ratings": ("trait",),
    "scans": ("region", "hemisphere", "condition", "modality"),
}
"""Roles that a column of values can stand for, where a table has one column each: ``values = { like = "liking" }``."""


def parse_tables(tables: object, file: str, found: Collector) -> dict[str, Any]:
    """The `StudySpec` fields that come from [tables]."""
    keys = Keys(tables if tables is not None else {}, "[tables]", file, found)
    raw = {kind: keys.raw(kind) for kind in KINDS}
    if isinstance(tables, Mapping):
        _unknown_kinds(tables, file, found)
    persons = _persons(raw["persons"], file, found)
    inherited = persons.id if persons else "id"
    specs: dict[str, Any] = {"persons": persons}
    for kind in KINDS[1:]:
        blocks = [
            Keys(block, _where(kind, number, raw[kind]), file, found)
            for number, block in enumerate(_blocks(raw[kind]), start=1)
        ]
        specs[kind] = tuple(_block(kind, block, inherited) for block in blocks)
    return specs


def _unknown_kinds(tables: Mapping[str, Any], file: str, found: Collector) -> None:
    for kind in tables:
        if kind not in KINDS:
            found.add(
                Problem(
                    "unknown-key",
                    f"{did_you_mean(str(kind), KINDS)}Correct or remove it.",
                    file,
                    column=f"[tables.{kind}]",
                    found="unknown table",
                    possible=", ".join(KINDS),
                )
            )


def _blocks(raw: object) -> Sequence[object]:
    if raw is None:
        return []
    return raw if isinstance(raw, (list, tuple)) else [raw]


def _where(kind: str, number: int, raw: object) -> str:
    return f"[[tables.{kind}]] {number}" if isinstance(raw, (list, tuple)) else f"[tables.{kind}]"


def _source(keys: Keys, required: bool = True) -> Source:
    need = f'Name the file, relative to study.toml: {keys.where} file = "data.csv".' if required else ""
    size = keys.number("max_mb")
    if size is not None and size <= 0:
        do = f"Give the largest size in MB a file may have, or leave it out for {MAX_MB:g}."
        keys.problem("wrong-value", "max_mb", f"{size:g} is not above 0", do)
        size = None
    decimal = keys.text("decimal", among=(".", ","))
    separator = keys.text("separator")
    if separator is not None and len(separator.encode()) != 1:
        keys.problem("wrong-value", "separator", f"'{separator}' is not one character", "Give one.", '",", ";", "\\t"')
        separator = None
    return Source(
        file=keys.text("file", required=need) or "",
        where=keys.where,
        separator=separator,
        decimal=decimal,
        encoding=_encoding(keys),
        sheet=keys.text("sheet"),
        max_mb=MAX_MB if size is None else size,
        id_prefix=keys.text("id_prefix") or "",
    )


def _encoding(keys: Keys) -> str | None:
    name = keys.text("encoding")
    if name is None:
        return None
    import codecs

    try:
        return codecs.lookup(name).name
    except LookupError:
        keys.problem(
            "wrong-value", "encoding", f"'{name}' is not known", "Name one that is.", "utf-8, windows-1252, latin-1"
        )
        return None


def _persons(raw: object, file: str, found: Collector) -> PersonsSpec | None:
    if raw is None:
        do = 'Add [tables.persons] with file = "…" and id = "…": one row per person.'
        found.add(Problem("missing-key", do, file, column="[tables.persons]", found="there is no persons table"))
        return None
    if isinstance(raw, (list, tuple)):
        if len(raw) != 1:
            do = "Keep one; a study has one persons table."
            found.add(Problem("wrong-type", do, file, column="[[tables.persons]]", found=f"{len(raw)} persons tables"))
            return None
        raw = raw[0]
    keys = Keys(raw, "[tables.persons]", file, found)
    source = _source(keys)
    identity = keys.text("id", required='Name the column that tells persons apart, or write id = "#row".') or ""
    roles = {role: column for role in ROLES if (column := keys.text(role)) is not None}
    spec = PersonsSpec(source, identity, roles, keys.flag("repeated"), keys.text("date_format"), keys.texts("ignore"))
    keys.finish()
    return spec if source.file and identity else None


def _block(kind: str, keys: Keys, inherited: str) -> MeasuresSpec | MomentsSpec | RowsSpec:
    spec: MeasuresSpec | MomentsSpec | RowsSpec
    if kind == "measures":
        spec = _measures(keys, inherited)
    elif kind == "moments":
        spec = _moments(keys, inherited)
    else:
        spec = _rows(kind, keys, inherited)
    keys.finish()
    return spec


def _measures(keys: Keys, inherited: str) -> MeasuresSpec:
    from_moments = keys.text("from", among=("moments",)) == "moments"
    items = keys.raw("items")
    by_time = isinstance(items, Mapping)
    at_least = keys.number("at_least")
    spec = MeasuresSpec(
        source=_source(keys, required=not from_moments),
        id=keys.text("id") or inherited,
        scale=keys.text("scale"),
        scale_column=keys.text("scale_column"),
        wide=keys.number_by_text("wide"),
        time=keys.text("time"),
        times=keys.number_by_text("times"),
        at=keys.number("at"),
        date=keys.text("date"),
        date_format=keys.text("date_format"),
        value=keys.text("value"),
        values=keys.text_by_text("values"),
        items=() if by_time else keys.texts("items"),
        items_at=keys.texts_by_number("items") if by_time else {},
        instrument=keys.text("instrument"),
        informant=keys.text("informant"),
        informant_is=keys.text("informant_is"),
        occasions=tuple(sorted(keys.numbers("occasions"))),
        tolerance=keys.number("tolerance"),
        windows=_windows(keys),
        repeats=keys.text("repeats", among=("first", "last", "mean")),
        from_moments=from_moments,
        burst=keys.number_by_text("burst"),
        at_least=1 if at_least is None else max(1, int(at_least)),
    )
    _shape(keys, spec)
    _times(keys, spec)
    return spec


def _times(keys: Keys, spec: MeasuresSpec) -> None:
    given: dict[str, list[float]] = {
        "wide": list(spec.wide.values()),
        "times": list(spec.times.values()),
        "at": [] if spec.at is None else [spec.at],
        "items": list(spec.items_at),
        "occasions": list(spec.occasions),
        "window": [each for at, ends in spec.windows.items() for each in (at, *ends)],
        "burst": list(spec.burst.values()),
    }
    for key, times in given.items():
        far = [time for time in times if abs(time) > LONGEST]
        if far:
            keys.problem(
                "time-out-of-range",
                key,
                f"{far[0]:g} is too far off to be a time",
                "Give times in the study's time_unit.",
                f"from {-LONGEST:,.0f} to {LONGEST:,.0f}",
            )


def _windows(keys: Keys) -> dict[float, tuple[float, float]]:
    windows: dict[float, tuple[float, float]] = {}
    for name, pair in keys.mapping("window").items():
        occasion = keys.as_number("window", name)
        numbers = [keys.as_number("window", each) for each in pair] if isinstance(pair, (list, tuple)) else []
        low, high = numbers if len(numbers) == 2 else (None, None)
        if occasion is None or low is None or high is None or low > high:
            keys.problem("wrong-value", "window", f"'{name}' has no range", 'Write window = { "2" = [1.5, 2.5] }.')
        else:
            windows[occasion] = (low, high)
    return windows


def _shape(keys: Keys, spec: MeasuresSpec) -> None:
    """A block is one of: wide, long with one value column, long with several, items long, items wide, diary."""
    forms = {
        "wide": bool(spec.wide),
        "value": spec.value is not None,
        "values": bool(spec.values),
        "items": bool(spec.items or spec.items_at),
    }
    given = [name for name, there in forms.items() if there]
    if len(given) != 1 and not (spec.from_moments and given == ["items"]):
        keys.problem(
            "measures-shape",
            None,
            f"{' and '.join(given)} are both given" if given else "nothing says which columns hold the scores",
            "Keep one of them." if given else "Say which columns hold the scores.",
            'wide = { "bdi_pre" = 0 }, or time = "month" with value = "bdi", or items = ["i1", "i2"]',
        )
    needs_scale = bool(spec.wide or spec.value is not None or (spec.from_moments and spec.items))
    if needs_scale and spec.scale is None and spec.scale_column is None:
        keys.problem("missing-key", "scale", "scale is not given", 'Name the scale these scores are of: scale = "bdi".')
    if (spec.items or spec.items_at) and not spec.from_moments and spec.scale is None and spec.instrument is None:
        keys.problem("missing-key", "scale", "neither scale nor instrument is given", "Name one of them.")
    long_form = bool(spec.value is not None or spec.values or spec.items) and not spec.from_moments
    if long_form and spec.time is None and spec.date is None and spec.at is None:
        keys.problem(
            "missing-key",
            "time",
            "nothing says when",
            "Name the column with the time.",
            'time = "month", date = "visit_date", or at = 0 for a table of one occasion',
        )
    if spec.from_moments and not spec.burst:
        keys.problem("missing-key", "burst", "burst is not given", 'Say when each burst was: burst = { "0" = 0 }.')
    if spec.tolerance is not None and not spec.occasions:
        keys.problem("missing-key", "occasions", "tolerance without occasions", "Add occasions = [0, 2, 8].")


def _moments(keys: Keys, inherited: str) -> MomentsSpec:
    spec = MomentsSpec(
        source=_source(keys),
        id=keys.text("id") or inherited,
        timestamp=keys.text("timestamp"),
        timestamp_format=keys.text("timestamp_format"),
        day=keys.text("day"),
        beep=keys.text("beep"),
        burst=keys.text("burst"),
        partner=keys.text("partner"),
    )
    if spec.timestamp is None and spec.day is None:
        keys.problem(
            "missing-key",
            "timestamp",
            "nothing says when the prompts were",
            "Name the columns.",
            'timestamp = "answered_at", or day = "day", with beep = "beep" where there are several a day',
        )
    return spec


def _rows(kind: str, keys: Keys, inherited: str) -> RowsSpec:
    source = _source(keys)
    columns = {role: column for role in COLUMNS[kind] if (column := keys.text(role)) is not None}
    constants = {role: text for role in CONSTANTS[kind] if (text := keys.text(f"{role}_is")) is not None}
    values = _values(kind, keys)
    times = keys.number_by_text("times") if "time" in COLUMNS[kind] else {}
    if "id" in COLUMNS[kind]:
        columns.setdefault("id", inherited)
    needed: dict[str, tuple[tuple[str, ...], ...]] = {
        "sessions": (("number", "date", "time"),),
        "ratings": (("perceiver",), ("target",)) + (() if values else (("value",), ("trait",))),
        "events": (("time", "date"), ("kind",)),
        "scans": () if values else (("value",),),
    }
    for choices in needed[kind]:
        if not any(role in columns or role in constants for role in choices):
            keys.problem(
                "missing-key",
                choices[0],
                f"{' or '.join(choices)} is not given",
                f'Name the column: {choices[0]} = "…".',
                ", ".join([*choices, *(f"{role}_is" for role in choices if role in CONSTANTS[kind])]),
            )
    if times and "time" not in columns:
        keys.problem(
            "missing-key", "time", "times without time", 'Name the column with the words: time = "session_id".'
        )
    return RowsSpec(source, columns, constants, values, times, keys.text("date_format"))


def _values(kind: str, keys: Keys) -> dict[str, dict[str, str]]:
    """Columns of values side by side, and what each is of: a text names the first role, a table several."""
    if kind not in VALUES:
        return {}
    roles = VALUES[kind]
    made: dict[str, dict[str, str]] = {}
    for column, of in keys.mapping("values").items():
        told = of if isinstance(of, Mapping) else {roles[0]: of}
        if told and all(role in roles and isinstance(text, str) for role, text in told.items()):
            made[column] = {str(role): text for role, text in told.items()}
            continue
        keys.problem(
            "wrong-value",
            "values",
            f'"{column}" = {short(of)}',
            f'Say what the column holds: "{column}" = "…", its {roles[0]}'
            + (f"; or a table with {', '.join(roles)}." if len(roles) > 1 else "."),
        )
    return made
