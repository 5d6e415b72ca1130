"""A Study from data frames of any library, through the same checks as a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import polars as pl

from forwhom.frames import as_polars
from forwhom.problems import Problem, raise_if_errors
from forwhom.study.build import build_study
from forwhom.study.collect import Collector
from forwhom.study.model import Scale, Study
from forwhom.study.parse import parse_spec
from forwhom.study.plan import Plan
from forwhom.study.sheet import Sheet, text, typed_sheet

KINDS = ("measures", "sessions", "moments", "ratings", "events", "scans")
ARGUMENTS = "Study.from_frames"


def study_from_frames(
    name: str,
    persons: Any,
    measures: Any = (),
    *,
    arms: Mapping[str, str] | Sequence[str] | None = None,
    scales: Mapping[str, Scale | Mapping[str, Any]] | None = None,
    plan: Plan | Mapping[str, Any] | None = None,
    missing: Mapping[str, str] | Sequence[str] | None = None,
    sessions: Any = None,
    moments: Any = None,
    ratings: Any = None,
    events: Any = None,
    scans: Any = None,
    title: str | None = None,
    time_unit: str | None = None,
    time_zone: str | None = None,
    source: str | None = None,
    simulated: bool = False,
) -> Study:
    """See `Study.from_frames`."""
    found = Collector()
    frames: dict[str, tuple[Sheet, Any]] = {}
    tables: dict[str, Any] = {"persons": _persons(persons, arms, frames, found)}
    given = dict(zip(KINDS, (measures, sessions, moments, ratings, events, scans), strict=True))
    for kind, blocks in given.items():
        listed = _blocks(blocks)
        many = len(listed) > 1
        tables[kind] = [
            _block(kind, block, f"{kind}[{number}]" if many else kind, frames, found)
            for number, block in enumerate(listed)
        ]
    doc: dict[str, Any] = {
        "study": _given(
            name=name,
            title=title,
            time_unit=time_unit,
            time_zone=time_zone,
            source=source,
            simulated=simulated or None,
        ),
        "tables": {kind: blocks for kind, blocks in tables.items() if blocks},
        **_given(
            arms=dict(arms) if isinstance(arms, Mapping) else {each: each for each in arms} if arms else None,
            scales=scales,
            plan=plan,
            missing={"codes": missing} if missing else None,
        ),
    }
    spec = parse_spec(doc, found, ARGUMENTS)
    sheets = {
        block.where: replace(frames[block.file][0], missing=spec.missing)
        for block in spec.sources()
        if block.file in frames
    }
    study = build_study(spec, sheets, _fingerprint(doc, frames), found)
    raise_if_errors(found.problems)
    return replace(study, notices=found.problems, set_aside=found.set_aside)


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _blocks(blocks: Any) -> list[Any]:
    if blocks is None:
        return []
    return list(blocks) if isinstance(blocks, (list, tuple)) else [blocks]


def _persons(persons: Any, arms: object, frames: dict[str, tuple[Sheet, Any]], found: Collector) -> dict[str, Any]:
    block = _block("persons", persons, "persons", frames, found)
    columns = frames["persons"][0].frame.columns if "persons" in frames else []
    block.setdefault("id", "id")
    if not isinstance(persons, Mapping):
        roles = ("therapist", "site", "group", "partner", "role", "left", "left_reason", "randomised", "start")
        block |= {role: role for role in roles if role in columns}
        if arms and "arm" in columns:
            block["arm"] = "arm"
    return block


def _block(kind: str, block: Any, name: str, frames: dict[str, tuple[Sheet, Any]], found: Collector) -> dict[str, Any]:
    """The keys of a block, its frame put into `frames`; a bare frame is in the columns of `Study`."""
    keys = dict(block) if isinstance(block, Mapping) else {"frame": block}
    bare = not isinstance(block, Mapping)
    frame = keys.pop("frame", None)
    name = str(keys.pop("name", name))
    if frame is None and keys.get("from") == "moments":
        return keys
    same = next((known for known, (_, original) in frames.items() if original is frame), None)
    sheet = frames[same][0] if same is not None else _sheet(frame, name, found)
    keys["file"] = name = same or name
    if sheet is None:
        return keys
    frames[name] = (sheet, frame)
    if bare and kind != "persons":
        keys |= _usual(kind, sheet.frame.columns)
    return keys


def _usual(kind: str, columns: Sequence[str]) -> dict[str, str]:
    """Roles of a bare frame: its columns are named as in `Study`."""
    if kind == "measures":
        keys = {"id": "id", "scale_column": "scale", "time": "time", "value": "value"}
        return keys | ({"informant": "informant"} if "informant" in columns else {})
    usual = {
        "sessions": ("id", "number", "date", "time", "therapist", "format"),
        "moments": ("id", "day", "beep", "burst", "partner"),
        "ratings": ("group", "perceiver", "target", "trait", "value", "time"),
        "events": ("id", "time", "kind", "severity"),
        "scans": ("id", "time", "modality", "region", "hemisphere", "condition", "value"),
    }[kind]
    keys = {role: role for role in usual if role in columns}
    if kind == "moments" and "moment" in columns:
        keys["timestamp"] = "moment"
    return keys


def _sheet(frame: Any, name: str, found: Collector) -> Sheet | None:
    plain = as_polars(frame)
    if plain is None:
        do = "Give a pandas, polars, pyarrow or other data frame."
        found.add(Problem("not-a-frame", do, name, found=f"{type(frame).__name__} is not a data frame"))
        return None
    if plain.height == 0:
        found.add(Problem("empty-table", "Check that it is the right frame.", name, found="the frame has no rows"))
        return None
    # Mixed Python objects are kept as the text they print as, so that the checks can name them.
    mixed = [text(plain[column]) for column, kind in plain.schema.items() if kind == pl.Object]
    return typed_sheet(name, plain.with_columns(mixed))


def _fingerprint(doc: Mapping[str, Any], frames: Mapping[str, tuple[Sheet, Any]]) -> str:
    """sha256 over the arguments and the frames' contents as text, in the order of their names."""
    digest = hashlib.sha256(repr(_plain(doc)).encode())
    for name in sorted(frames):
        frame = frames[name][0].frame
        digest.update(f"{name}\0".encode())
        digest.update(frame.select(text(frame[column]) for column in frame.columns).write_csv().encode())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (Scale, Plan)):
        return _plain(asdict(value))
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


__all__ = ["study_from_frames"]
