"""The plan refers to scales, times and columns: each must exist."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from forwhom.problems import Problem, did_you_mean, listed
from forwhom.study.collect import Collector
from forwhom.study.known import check_known
from forwhom.study.model import Study
from forwhom.study.planned_processes import check_processes
from forwhom.study.spec import StudySpec


def check_plan(study: Study, spec: StudySpec, found: Collector) -> None:
    """Report every name in the plan that refers to nothing."""
    plan, scales = study.plan, tuple(study.scales)
    columns = (*study.covariates, *(c for c in ("therapist", "site", "group", "role") if c in study.persons.columns))
    named = [("outcomes", name) for name in plan.outcomes] + [("thresholds", each.scale) for each in plan.thresholds]
    if plan.primary is not None:
        named.insert(0, ("primary", plan.primary.scale))
    check_known(named, scales, "scale", "[scales]", spec, found)
    people = [(key, name) for key in ("covariates", "subgroups") for name in getattr(plan, key)]
    check_known(people, columns, "column of persons", "the persons table", spec, found)
    moderators = [("moderators", name) for name in plan.moderators]
    check_known(moderators, (*columns, *scales), "column of persons or scale", "the persons table", spec, found)
    check_processes(study, spec, found)
    kinds = tuple(study.events["kind"].drop_nulls().unique().sort()) if study.events is not None else ()
    _known_events("events", plan.events, kinds, study.events is not None, spec, found)
    _known_events("good_events", plan.good_events, kinds, study.events is not None, spec, found)
    good = [name for name in plan.events if name in plan.good_events]
    if good and len(good) < len(plan.events):
        found.add(
            Problem(
                "plan-mixed-events",
                "Plan the good kinds or the bad ones; a composite of both says nothing of the patient.",
                spec.file,
                column="[plan] events",
                found=f"{listed(good)} {'is' if len(good) == 1 else 'are'} good for the patient, the other planned kinds are not",
            )
        )
    _primary_time(study, spec, found)


def _known_events(
    key: str, names: Iterable[str], kinds: tuple[str, ...], table: bool, spec: StudySpec, found: Collector
) -> None:
    """A planned kind that never happened is a result, not a mistake; without a table nobody could have seen it."""
    for name in names:
        if table and name in kinds:
            continue
        found.add(
            Problem(
                "plan-unknown" if not table else "event-never-happened",
                "Add [tables.events], or take events out of the plan."
                if not table
                else f"{did_you_mean(name, kinds)}Correct it if it is misspelt; nothing to do if it never happened.",
                spec.file,
                column=f"[plan] {key}",
                found=f"'{name}' is planned, and there is no events table" if not table else f"no event is a '{name}'",
                possible=listed(kinds),
                severity="notice" if table else "error",
            )
        )


def _primary_time(study: Study, spec: StudySpec, found: Collector) -> None:
    primary = study.plan.primary
    if primary is None or primary.scale not in study.scales:
        return
    of_scale = study.measures.filter(pl.col("scale") == primary.scale)
    if of_scale.is_empty():
        of_scale = study.items
    times = of_scale["time"].unique().sort().to_list()
    if not times or primary.at in times:
        return
    many = len(times) > 15
    found.add(
        Problem(
            "plan-unknown",
            "Correct at, or declare occasions in the measures block so that irregular times become occasions."
            if many
            else "Correct at.",
            spec.file,
            column="[plan] primary",
            found=f"'{primary.scale}' is not measured at {primary.at:g}",
            possible=listed([f"{time:g}" for time in times], 15),
        )
    )
