"""[scales.x] of study.toml to `Scale`s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from forwhom.problems import Problem, short
from forwhom.study.collect import Collector
from forwhom.study.keys import Keys
from forwhom.study.model import ReliabilityKind, Scale

NUMBERS = (
    "step",
    "reliability",
    "reliability_sd",
    "norm_mean",
    "norm_sd",
    "clinical_mean",
    "clinical_sd",
    "cutoff",
    "smallest_worthwhile",
)
SPREADS = ("step", "norm_sd", "clinical_sd", "smallest_worthwhile")


def parse_scales(table: object, file: str, found: Collector) -> dict[str, Scale]:
    """Every declared scale by name. What an instrument will fill in stays None."""
    if table is None:
        return {}
    if not isinstance(table, Mapping):
        Keys(table, "[scales]", file, found)
        return {}
    return {str(name): parse_scale(str(name), each, file, found) for name, each in table.items()}


def parse_scale(name: str, table: object, file: str, found: Collector) -> Scale:
    """One scale. Without `better` and without an instrument nobody knows what improvement is."""
    if isinstance(table, Scale):
        return table
    keys = Keys(table, f"[scales.{name}]", file, found)
    low, high = _range(keys)
    values: dict[str, Any] = {key: keys.number(key) for key in NUMBERS}
    scale = Scale(
        name=name,
        label=keys.text("label") or name,
        better=_better(keys),  # type: ignore[arg-type]  # one of the two, or a problem
        low=low,
        high=high,
        unit=keys.text("unit") or "points",
        reliability_kind=keys.text("reliability_kind", among=get_args(ReliabilityKind)),  # type: ignore[arg-type]  # one of these
        instrument=keys.text("instrument"),
        subscale=keys.text("subscale"),
        items=keys.texts("items"),
        source=keys.text("source"),
        coding=keys.text("coding"),
        numbering=keys.text("numbering"),
        **values,
    )
    _check(keys, values)
    keys.finish()
    return scale


def _better(keys: Keys) -> str:
    """The direction; with an instrument and none given, "lower" stands in until the instrument says its own."""
    better = keys.text("better")
    if better in ("lower", "higher"):
        return better
    if better is None and "instrument" in keys:
        return "lower"
    keys.problem(
        "direction-unknown",
        "better",
        "the direction is not answered yet" if better is None or better.startswith("?") else f"{short(better)}",
        'Say which direction is better: better = "lower" for symptoms, better = "higher" for functioning. '
        'Or name a known questionnaire: instrument = "phq-9".',
        '"lower", "higher"',
    )
    return "lower"


def _range(keys: Keys) -> tuple[float | None, float | None]:
    limits = keys.numbers("range")
    if not limits:
        return None, None
    if len(limits) == 2 and limits[0] < limits[1]:
        return limits[0], limits[1]
    keys.problem(
        "wrong-value",
        "range",
        f"{list(limits)} is not a range",
        "Give the lowest and the highest possible score.",
        "range = [0, 63]",
    )
    return None, None


def _check(keys: Keys, values: Mapping[str, float | None]) -> None:
    reliability = values["reliability"]
    if reliability is not None and not 0 < reliability < 1:
        keys.problem(
            "wrong-value", "reliability", f"{reliability:g} is not between 0 and 1", "Give the coefficient of the norm."
        )
    for key in SPREADS:
        value = values[key]
        if value is not None and value <= 0:
            keys.problem("wrong-value", key, f"{value:g} is not above 0", "Correct or remove it.")


def unused_direction(name: str, file: str) -> Problem:
    """A scale that measures use and nothing declares."""
    return Problem(
        "scale-not-declared",
        f'Add [scales.{name}] with better = "lower" or better = "higher", or with instrument = "…".',
        file,
        column=f"[scales.{name}]",
        found=f"measures use the scale '{name}', which is not declared",
    )
