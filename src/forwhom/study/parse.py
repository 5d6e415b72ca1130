"""study.toml, already read as a dict, to a `StudySpec`; every mistake in it becomes a Problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forwhom.problems import Problem, did_you_mean, short
from forwhom.study.collect import Collector
from forwhom.study.keys import Keys
from forwhom.study.model import Arm
from forwhom.study.parse_plan import parse_plan
from forwhom.study.parse_published import parse_published
from forwhom.study.parse_scales import parse_scales
from forwhom.study.parse_tables import parse_tables
from forwhom.study.spec import StudySpec

UNITS = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 365.25 / 12,
    "year": 365.25,
}
"""Days in a unit of time. Other units (session, wave, occasion) have no length."""

NAME = 'Give the study a short name: [study] name = "my-study".'

OTHER_UNITS = ("session", "wave", "occasion")


def parse_spec(doc: Mapping[str, Any], found: Collector, file: str = "study.toml") -> StudySpec:
    """What the document says. Parts that are wrong are left out and reported in `found`."""
    top = Keys(doc, "study.toml", file, found)
    study = _study_keys(top.raw("study"), file, found)
    arms = _arms(top.raw("arms"), file, found)
    missing = _missing(top.raw("missing"), file, found)
    scales = parse_scales(top.raw("scales"), file, found)
    tables = parse_tables(top.raw("tables"), file, found)
    plan = parse_plan(top.raw("plan"), file, found)
    published = parse_published(top.raw("published"), arms, file, found)
    for key in doc:
        if key not in (known := ("study", "arms", "missing", "tables", "scales", "plan", "published")):
            found.add(
                Problem(
                    "unknown-key",
                    f"{did_you_mean(str(key), known)}Correct or remove it.",
                    file,
                    column=f"[{key}]",
                    found="unknown table",
                    possible=", ".join(f"[{name}]" for name in known),
                )
            )
    return StudySpec(
        **study, **tables, file=file, arms=arms, missing=missing, scales=scales, plan=plan, published=published
    )


def _study_keys(table: object, file: str, found: Collector) -> dict[str, Any]:
    keys = Keys(table if table is not None else {}, "[study]", file, found)
    name = keys.text("name", required=NAME) or ""
    if isinstance(given := keys.raw("name"), str) and not given.strip():
        keys.problem("wrong-value", "name", "the name is empty", NAME)
    values = {
        "name": name,
        "title": keys.text("title") or name,
        "time_unit": _time_unit(keys),
        "time_zone": _time_zone(keys),
        "source": keys.text("source"),
        "simulated": keys.flag("simulated"),
    }
    keys.finish()
    return values


def _time_unit(keys: Keys) -> str:
    unit = keys.text("time_unit")
    if unit is None:
        return "occasion"
    known = (*UNITS, *OTHER_UNITS)
    singular = unit.strip().casefold().removesuffix("s")
    if singular in known:
        return singular
    keys.problem(
        "wrong-value",
        "time_unit",
        f"{short(unit)} is not known",
        f"{did_you_mean(unit, known)}Choose one.",
        ", ".join(known),
    )
    return "occasion"


def _time_zone(keys: Keys) -> str | None:
    zone = keys.text("time_zone")
    if zone is None:
        return None
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        hint = did_you_mean(zone, sorted(zoneinfo.available_timezones()))
        keys.problem(
            "wrong-value",
            "time_zone",
            f"{short(zone)} is not a time zone",
            f"{hint}Give its IANA name.",
            "Europe/Berlin, Europe/London, America/New_York, UTC …",
        )
        return None
    return zone


def _arms(table: object, file: str, found: Collector) -> tuple[Arm, ...]:
    if table is None:
        return ()
    if not isinstance(table, Mapping):
        Keys(table, "[arms]", file, found)
        return ()
    keys = Keys({"arms": table}, "[arms]", file, found)
    return tuple(Arm(name.strip(), label) for name, label in keys.text_by_text("arms").items())


def _missing(table: object, file: str, found: Collector) -> dict[str, str]:
    if table is None:
        return {}
    keys = Keys(table, "[missing]", file, found)
    codes = keys.raw("codes")
    if isinstance(codes, (list, tuple)):
        meanings = dict.fromkeys((str(code).strip() for code in codes), "")
    else:
        meanings = {code.strip(): meaning for code, meaning in keys.text_by_text("codes").items()}
    keys.finish()
    return meanings
