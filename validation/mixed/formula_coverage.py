"""Coverage of 95 % intervals and type I error at 12 to 400 people: tests of fixed effects, profiles of variances.

python formula_coverage.py [--draws 2000] [--profiles 400] [--seed 20260101] > formula_coverage.csv

Two arms, four occasions, random intercept (sd 3) and slope (sd 0.5; correlation -0.2), residual sd 2, no effect of arm; the
second design adds therapists (sd 1, one for every six people), the third has residuals with correlation 0.4 and no slopes.
Each cell counts how often the interval of the difference in slopes holds 0 (its complement is the type I error), and how
often profile intervals hold the true standard deviations.
"""

from __future__ import annotations

import argparse
import csv
import sys

import numpy as np
import polars as pl

from forwhom import models
from forwhom.models.mixed_effects.hypotheses import table as tested
from forwhom.models.mixed_effects.profiled import with_profiles
from forwhom.models.mixed_effects.result import Mixed
from forwhom.problems import ProblemsFound

PEOPLE = (12, 40, 100, 400)
SD, SLOPE, RESIDUAL, THERAPIST, RHO = 3.0, 0.5, 2.0, 1.0, 0.4


def simulated(rng: np.random.Generator, people: int, design: str) -> pl.DataFrame:
    """One trial in long form."""
    person, time = np.repeat(np.arange(people), 4), np.tile(np.arange(4.0), people)
    root = np.linalg.cholesky([[SD**2, -0.2 * SD * SLOPE], [-0.2 * SD * SLOPE, SLOPE**2]])
    own = rng.standard_normal((people, 2)) @ root.T
    noise = rng.standard_normal((people, 4))
    if design == "serial":
        own[:, 1] = 0.0
        for k in range(1, 4):
            noise[:, k] = RHO * noise[:, k - 1] + np.sqrt(1 - RHO**2) * noise[:, k]
    y = 20.0 - time + own[person, 0] + own[person, 1] * time + RESIDUAL * noise.ravel()
    therapist = person // 6
    if design == "therapists":
        y = y + THERAPIST * rng.standard_normal(therapist.max() + 1)[therapist]
    treat = (person % 2).astype(float)
    return pl.DataFrame({"y": y, "time": time, "treat": treat, "id": person, "therapist": therapist})


FORMULA = {
    "growth": "y ~ time * treat + (time | id)",
    "therapists": "y ~ time * treat + (time | id) + (1 | therapist)",
    "serial": "y ~ time * treat + (1 | id)",
}
TRUE = {
    ("id", "(Intercept)"): SD,
    ("id", "time"): SLOPE,
    ("therapist", "(Intercept)"): THERAPIST,
    ("Residual", ""): RESIDUAL,
}


def tally(counts: dict[tuple[str, ...], list[int]], key: tuple[str, ...], low: float, true: float, high: float) -> None:
    """One interval more: how many there are, how many hold the truth, lie above it, lie below it."""
    kept = counts.setdefault(key, [0, 0, 0, 0])
    kept[0] += 1
    kept[1] += low <= true <= high
    kept[2] += low > true
    kept[3] += high < true


def cell(design: str, people: int, draws: int, profiles: int, seed: int) -> list[dict[str, object]]:
    """All intervals of one design at one number of people."""
    rng = np.random.default_rng([seed, people, sorted(FORMULA).index(design)])
    counts: dict[tuple[str, ...], list[int]] = {}
    refused = singular = 0
    for draw in range(draws):
        table = simulated(rng, people, design)
        given = {"ar1": "time"} if design == "serial" else {}
        try:
            fit = models.mixed(FORMULA[design], table, **given)
        except ProblemsFound:
            refused += 1
            continue
        singular += fit.singular
        for df in ("satterthwaite", "normal") if design == "serial" else ("satterthwaite", "kenward-roger", "normal"):
            if not fit.converged:
                continue
            effect = tested(fit.kernel, np.eye(4)[3:], ["effect"], df, 0.95)[0]
            tally(counts, (df, "time:treat"), effect.low, 0.0, effect.high)
        if draw < profiles and fit.converged:
            profiled(fit, counts)
    return [
        {
            "design": design,
            "people": people,
            "method": method,
            "parameter": parameter,
            "draws": kept[0],
            "coverage": round(kept[1] / kept[0], 4),
            "above": round(kept[2] / kept[0], 4),
            "below": round(kept[3] / kept[0], 4),
            "singular": round(singular / draws, 4),
            "refused": refused,
        }
        for (method, parameter), kept in counts.items()
    ]


def profiled(fit: Mixed, counts: dict[tuple[str, ...], list[int]]) -> None:
    """Profile intervals of one fit."""
    found = with_profiles(fit)
    if found.autocorrelation is not None:
        low, high = found.autocorrelation_interval
        tally(counts, ("profile", "rho"), -1.0 if low is None else low, RHO, 1.0 if high is None else high)
        return
    for each in found.random:
        if each.other is None:
            true = TRUE[each.group, each.term]
            tally(
                counts, ("profile", f"sd {each.group} {each.term}".strip()), each.low or 0.0, true, each.high or np.inf
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--profiles", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20260101)
    chosen = parser.parse_args()
    rows = [
        row
        for design in FORMULA
        for people in PEOPLE
        for row in cell(design, people, chosen.draws, chosen.profiles, chosen.seed)
    ]
    writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
