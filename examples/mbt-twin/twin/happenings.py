"""What happens outside the scores: attempts, severe self-harm, admissions; leaving; scores that go missing."""

from __future__ import annotations

import numpy as np
import polars as pl

from twin.design import MONTHS, WEEKS_PER_MONTH, Design, stream
from twin.people import People, draw_people
from twin.therapy import Therapy

KINDS = ("severe_self_harm", "suicide_attempt", "admission")
SHARES = (0.5, 0.2, 0.3)
END = MONTHS[-1]
REASONS = ("no longer wanted therapy", "moved away", "not reached")


def proneness(people: People) -> np.ndarray:
    """(n,) log of how often events happen to a person, relative to the usual."""
    return 0.25 * people.z_diagnoses + 0.20 * (people.attempts - 1.1)


def hazards(design: Design) -> tuple[float, float]:
    """Events a month of a usual person under SCM and MBT, such that the arms' shares with an event are the design's."""
    log = proneness(draw_people(200_000, 0))
    found = []
    for risk in (design.risk_scm, design.risk_mbt):
        low, high = 1e-6, 5.0
        for _ in range(60):
            middle = (low * high) ** 0.5
            share = float(-np.expm1(-END * middle * np.exp(log)).mean())
            low, high = (middle, high) if share < risk else (low, middle)
        found.append((low * high) ** 0.5)
    return found[0], found[1]


def draw_events(names: list[str], people: People, arm: np.ndarray, design: Design, seed: int) -> pl.DataFrame:
    """A row per event of the 18 months, for everybody randomised: records were checked, leaving hides none."""
    rng = stream(seed, "events")
    rate = np.array(hazards(design))[np.maximum(arm, 0)] * np.exp(proneness(people))
    rows = []
    for i in np.flatnonzero(arm >= 0):
        month = rng.exponential(1 / rate[i])
        while month < END:
            kind = str(rng.choice(KINDS, p=SHARES))
            rows.append((names[i], round(float(month), 2), kind, int(1 + rng.binomial(2, 0.4))))
            month += rng.exponential(1 / rate[i])
    return pl.DataFrame(
        rows, schema={"id": pl.String, "month": pl.Float64, "kind": pl.String, "severity": pl.Int64}, orient="row"
    )


def leaving(therapy: Therapy, randomised: np.ndarray, seed: int) -> tuple[np.ndarray, list[str | None]]:
    """(n,) month of leaving therapy, NaN for those who stayed, and the reason."""
    rng = stream(seed, "leaving")
    month = np.where((therapy.left >= 0) & randomised, np.round(therapy.left / WEEKS_PER_MONTH, 2), np.nan)
    reasons = rng.choice(REASONS, size=month.size, p=[0.6, 0.15, 0.25])
    return month, [str(why) if np.isfinite(when) else None for when, why in zip(month, reasons, strict=True)]


def assessed(bsl: np.ndarray, left: np.ndarray, randomised: np.ndarray, design: Design, seed: int) -> np.ndarray:
    """(n, 4) who came to which assessment.

    bsl : (n, 4) mean scores. Before leaving, assessments are missed by chance and, more often, after a bad score; after it
    some people come all the same, alike whatever their state.
    """
    rng = stream(seed, "missing")
    draws = rng.random((bsl.shape[0], len(MONTHS)))
    comes_back = rng.random(bsl.shape[0]) < design.seen_again
    seen = np.zeros(bsl.shape, dtype=bool)
    seen[:, 0] = True
    last = bsl[:, 0].copy()
    for k in range(1, len(MONTHS)):
        odds = design.missing / (1 - design.missing) * np.exp(design.missing_by_score * (last - 2.0))
        gone = np.isfinite(left) & (left <= MONTHS[k])
        seen[:, k] = randomised & (draws[:, k] >= odds / (1 + odds)) & (~gone | comes_back)
        last = np.where(seen[:, k], bsl[:, k], last)
    return seen
