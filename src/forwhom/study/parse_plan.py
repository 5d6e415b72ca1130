"""[plan] of study.toml to a `Plan`."""

from __future__ import annotations

from forwhom.study.collect import Collector
from forwhom.study.keys import Keys
from forwhom.study.parse_process import mechanisms, ruptures, sudden_change
from forwhom.study.plan import Plan, Primary, Threshold


def parse_plan(table: object, file: str, found: Collector) -> Plan:
    """What was decided beforehand. Whether it refers to things that exist is checked when the data are known."""
    if table is None:
        return Plan()
    if isinstance(table, Plan):
        return table
    keys = Keys(table, "[plan]", file, found)
    plan = Plan(
        registered=keys.date("registered"),
        primary=_primary(keys.raw("primary"), file, found),
        outcomes=keys.texts("outcomes"),
        covariates=keys.texts("covariates"),
        moderators=keys.texts("moderators"),
        mechanisms=mechanisms(keys.raw("mechanisms"), file, found),
        thresholds=_thresholds(keys.raw("thresholds"), file, found),
        events=keys.texts("events"),
        good_events=keys.texts("good_events"),
        subgroups=keys.texts("subgroups"),
        ruptures=ruptures(keys.raw("ruptures"), file, found),
        sudden_change=sudden_change(keys.raw("sudden_change"), file, found),
        regions=keys.texts("regions"),
    )
    keys.finish()
    return plan


def _primary(table: object, file: str, found: Collector) -> Primary | None:
    if table is None:
        return None
    keys = Keys(table, "[plan] primary", file, found)
    scale = keys.text("scale", required='Name the scale: primary = { scale = "bdi2", at = 8 }.')
    at = keys.number("at")
    if at is None and "at" not in keys:
        keys.problem("missing-key", "at", "at is not given", 'Say when: primary = { scale = "bdi2", at = 8 }.')
    keys.finish()
    return Primary(scale, at) if scale is not None and at is not None else None


def _thresholds(tables: object, file: str, found: Collector) -> tuple[Threshold, ...]:
    if tables is None:
        return ()
    blocks = tables if isinstance(tables, (list, tuple)) else [tables]
    thresholds = [_threshold(each, number, file, found) for number, each in enumerate(blocks, start=1)]
    return tuple(each for each in thresholds if each is not None)


def _threshold(table: object, number: int, file: str, found: Collector) -> Threshold | None:
    keys = Keys(table, f"[[plan.thresholds]] {number}", file, found)
    scale = keys.text("scale", required="Name the scale the threshold belongs to.")
    score, reduction = keys.number("score"), keys.number("reduction")
    label = keys.text("label") or ""
    keys.finish()
    if (score is None) == (reduction is None):
        keys.problem(
            "wrong-value",
            None,
            "neither score nor reduction is given" if score is None else "both score and reduction are given",
            "Give one: score = 10 (points), or reduction = 0.5 (half of the person's own baseline).",
        )
        return None
    if reduction is not None and not 0 < reduction <= 1:
        keys.problem("wrong-value", "reduction", f"{reduction:g} is not a share", "Write 50 % as reduction = 0.5.")
        return None
    return Threshold(scale, score, reduction, label) if scale is not None else None
