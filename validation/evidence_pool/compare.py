"""Ours beside metafor and clubSandwich: the largest difference of each number, ``python compare.py [METAPSY.csv]``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forwhom import evidence
from forwhom.analysis.evidence.choosing import Choice, chosen
from forwhom.analysis.evidence.effects import Effect, effects_of
from forwhom.analysis.evidence.pool import composites, pool_effects
from forwhom.analysis.evidence.pool_checks import leave_out, small_studies
from forwhom.analysis.evidence.pool_moderators import slope, split
from forwhom.io.metapsy import read_metapsy
from forwhom.kernels import meta_analysis as kernel

HERE = Path(__file__).parent
Found = tuple[str, float, float]
"""Name of a number, ours, theirs."""


def reference() -> dict[str, Any]:
    """The stored values."""
    found: dict[str, Any] = json.loads((HERE / "reference.json").read_text(encoding="utf-8"))
    return found


def pairs(path: Path, stored: dict[str, Any]) -> Iterator[Found]:
    """Every number of a table beside the stored one."""
    words = evidence.read().vocabulary
    trials = read_metapsy(path, words)
    for name, theirs in stored.items():
        outcome, measure = name.split("/")
        set_ = effects_of(chosen(trials.comparisons, Choice(outcome), words), measure)
        rows = [int(each.comparison.where.removeprefix("row ")) for each in set_.effects]
        assert rows == theirs["rows"], f"{name}: rows {rows} and {theirs['rows']}"
        yield from _each(f"{name} yi", [e.value for e in set_.effects], theirs["yi"])
        yield from _each(f"{name} vi", [e.variance for e in set_.effects], theirs["vi"])
        yield from _pool(name, measure, set_.effects, theirs)


def _each(name: str, ours: list[float], theirs: list[float]) -> Iterator[Found]:
    assert len(ours) == len(theirs), name
    yield from ((name, a, b) for a, b in zip(ours, theirs, strict=True))


def _pool(name: str, measure: Any, effects: tuple[Effect, ...], theirs: dict[str, Any]) -> Iterator[Found]:
    one = pool_effects(effects, measure)
    there = theirs["pooled"]
    assert (one.k, one.effects) == (there["k"], there["effects"])
    to = np.log if measure in ("rr", "or") else float
    yield f"{name} estimate", one.centre, there["estimate"]
    yield f"{name} se", one.se, there["se"]
    yield f"{name} df", one.df, there["df"]
    yield f"{name} low", float(to(one.low)), there["low"]
    yield f"{name} high", float(to(one.high)), there["high"]
    for ours, value in zip((one.prediction_low, one.prediction_high), there["prediction"], strict=True):
        assert ours is not None
        yield f"{name} prediction", float(to(ours)), value
    for part in ("between", "within"):
        if part in there:
            yield f"{name} variance {part}", getattr(one, part), there[part]
    yield from _each(
        f"{name} one left out", [w.pooled.centre for w in leave_out(effects, one, rho=0.5)], theirs["without"]
    )
    yield from _small(name, measure, effects, theirs["small"])
    year = slope(effects, measure, "year", rho=0.5, level=0.95)
    assert year.slope is not None
    yield f"{name} slope by year", year.slope / year.step, theirs["year"]["slope"]
    yield f"{name} p of year", float(year.p or 0.0), theirs["year"].get("p_each", theirs["year"]["p"])
    if theirs["format"]:
        parts = split(effects, measure, "format", rho=0.5, level=0.95)
        yield f"{name} F of format", float(parts.statistic or 0.0), theirs["format"]["f"]
        yield f"{name} p of format", float(parts.p or 0.0), theirs["format"]["p"]


def _small(name: str, measure: Any, effects: tuple[Effect, ...], theirs: dict[str, Any]) -> Iterator[Found]:
    egger, rank, fill, _, selection = small_studies(effects, measure, rho=0.5, level=0.95)
    to = np.log if measure in ("rr", "or") else float
    if egger.declined:
        return
    yield f"{name} Egger slope", float(egger.statistic or 0.0), theirs["egger"]["slope"]
    yield f"{name} Egger p", float(egger.p or 0.0), theirs["egger"]["p"]
    yield f"{name} rank tau", float(rank.statistic or 0.0), theirs["rank"]["tau"]
    yield f"{name} rank p", float(rank.p or 0.0), theirs["rank"]["p"]
    if not fill.declined:
        yield f"{name} filled", float(fill.statistic or 0.0), theirs["fill"]["missing"]
        yield f"{name} estimate with filled", float(to(fill.adjusted)), theirs["fill"]["estimate"]
    y, v, _ = composites(effects, 0.5)
    pet = kernel.pet_peese(y, v)
    yield f"{name} PET", float(pet.pet.limit or 0.0), theirs["pet"]
    yield f"{name} PEESE", float(pet.peese.limit or 0.0), theirs["peese"]
    if not selection.declined and theirs["selection"]:
        yield f"{name} selection estimate", float(to(selection.adjusted)), theirs["selection"]["estimate"]


def main() -> None:
    """Print the largest difference of each number."""
    stored = reference()
    paths = [HERE / "synthetic.csv", *map(Path, sys.argv[1:])]
    for path, (name, tables) in zip(paths, stored["tables"].items(), strict=False):
        worst: dict[str, tuple[float, float, float]] = {}
        for label, ours, theirs in pairs(path, tables):
            apart = abs(ours - theirs)
            if label not in worst or apart > worst[label][0]:
                worst[label] = (apart, ours, theirs)
        print(f"{name}:")
        for label, (apart, ours, theirs) in worst.items():
            print(f"  {label:<48} {apart:9.1e}  ours {ours:12.7f}  theirs {theirs:12.7f}")


if __name__ == "__main__":
    main()
