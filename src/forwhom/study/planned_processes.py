"""The plan's mechanisms, ruptures, sudden changes and regions refer to columns: each must exist and hold numbers."""

from __future__ import annotations

import polars as pl

from forwhom.problems import Problem, listed
from forwhom.study.collect import Collector
from forwhom.study.known import check_known
from forwhom.study.model import Study
from forwhom.study.spec import StudySpec

ROLES = ("id", "number", "date", "time", "therapist", "format", "moment", "day", "beep", "burst", "partner")
"""Columns of sessions and moments that say who, when and with whom: no process."""


def check_processes(study: Study, spec: StudySpec, found: Collector) -> None:
    """Report every name that refers to nothing, and windows in sessions where sessions have no number."""
    plan, scales = study.plan, tuple(study.scales)
    sessions = _columns(study.sessions)
    people = (*study.covariates, *(c for c in ("therapist", "site", "group", "role") if c in study.persons.columns))
    anywhere = (*scales, *people, *sessions, *_columns(study.moments))
    mechanisms = [("mechanisms", each.name) for each in plan.mechanisms]
    check_known(mechanisms, anywhere, "scale or column", "the tables", spec, found)
    carried = [(f"mechanisms {each.name} outcomes", name) for each in plan.mechanisms for name in each.outcomes]
    check_known(carried, scales, "scale", "[scales]", spec, found)
    _numbered(study, spec, found)
    if plan.ruptures is not None:
        alliance = [("ruptures column", plan.ruptures.column)] if plan.ruptures.column else []
        codes = [(f"ruptures {key}", name) for key in ("codes", "repair_codes") for name in getattr(plan.ruptures, key)]
        named = [*alliance, *codes]
        check_known(named, sessions, "column of sessions", "[tables.sessions]", spec, found)
        _numeric([name for _, name in named], study, spec, "[plan.ruptures]", found)
    if plan.sudden_change is not None:
        changed = [("sudden_change name", plan.sudden_change.name)]
        check_known(changed, (*scales, *sessions), "scale or column of sessions", "the tables", spec, found)
        _numeric([plan.sudden_change.name], study, spec, "[plan.sudden_change]", found)
    seen = () if study.scans is None else tuple(study.scans["region"].drop_nulls().unique().sort())
    check_known([("regions", name) for name in plan.regions], seen, "region of scans", "[tables.scans]", spec, found)


def _columns(frame: pl.DataFrame | None) -> tuple[str, ...]:
    return () if frame is None else tuple(name for name in frame.columns if name not in ROLES)


def _numbered(study: Study, spec: StudySpec, found: Collector) -> None:
    asked = [
        each.name
        for each in study.plan.mechanisms
        if any(window is not None and window.unit == "session" for window in (each.window, each.outcome_window))
    ]
    if not asked or (study.sessions is not None and "number" in study.sessions.columns):
        return
    found.add(
        Problem(
            "missing-key",
            'Name the column that counts the sessions: [tables.sessions] number = "…"; or give the window in time.',
            spec.file,
            column="[plan] mechanisms",
            found=f"the window of {listed(asked)} is in sessions, and no session has a number",
        )
    )


def _numeric(names: list[str], study: Study, spec: StudySpec, where: str, found: Collector) -> None:
    if study.sessions is None:
        return
    for name in names:
        if name in study.sessions.columns and not study.sessions.schema[name].is_numeric():
            found.add(
                Problem(
                    "not-a-number",
                    "Correct its values, or name another column.",
                    spec.file,
                    column=where,
                    found=f"'{name}' of the sessions is no column of numbers",
                )
            )
