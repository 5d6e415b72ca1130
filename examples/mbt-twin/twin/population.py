"""What would be seen in a population: both arms for everybody, nothing missing, averaged over very many people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.course import course, draw_noise
from twin.design import Design
from twin.happenings import END, SHARES, hazards, proneness
from twin.people import People, draw_people
from twin.scores import bsl_items, draw_answering, gaf_ratings, lpfs_items, rated_mentalizing
from twin.therapy import draw_therapy

CHUNK = 10_000
FIRST_SEED = 9_000_000
"""Populations draw from seeds of their own: no shipped or validated trial shares numbers with them."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over people, and its Monte Carlo standard error."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Population:
    """One column per quantity, a row per person; `arms` of 0 (SCM) and 1 (MBT)."""

    people: People
    scores: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]
    crossed: np.ndarray
    severity: tuple[np.ndarray, np.ndarray]
    therapist: np.ndarray
    left: np.ndarray
    alpha: dict[str, np.ndarray]

    def effect(self, scale: str, occasion: int) -> np.ndarray:
        """(n,) score under MBT − under SCM."""
        difference: np.ndarray = self.scores[1][scale][:, occasion] - self.scores[0][scale][:, occasion]
        return difference


def draw_population(design: Design, size: int) -> Population:
    """`size` people, in chunks."""
    chunks = [_chunk(design, min(CHUNK, size - start), FIRST_SEED + start) for start in range(0, size, CHUNK)]
    joined = {
        name: np.concatenate([getattr(chunk.people, name) for chunk in chunks]) for name in People.__dataclass_fields__
    }
    both = tuple(
        {name: np.concatenate([chunk.scores[k][name] for chunk in chunks]) for name in chunks[0].scores[k]}
        for k in (0, 1)
    )
    severity = tuple(np.concatenate([chunk.severity[k] for chunk in chunks]) for k in (0, 1))
    return Population(
        People(**joined),
        (both[0], both[1]),
        np.concatenate([chunk.crossed for chunk in chunks]),
        (severity[0], severity[1]),
        np.concatenate([chunk.therapist for chunk in chunks]),
        np.concatenate([chunk.left for chunk in chunks]),
        {name: sum(chunk.alpha[name] for chunk in chunks) / len(chunks) for name in chunks[0].alpha},
    )


def _chunk(design: Design, size: int, seed: int) -> Population:
    people = draw_people(size, seed)
    therapy = draw_therapy(size, design, seed)
    noise = draw_noise(size, None, design, seed)
    answering = draw_answering(size, seed)
    none, all_of_them = np.zeros(size, dtype=int), np.ones(size, dtype=int)
    courses = [course(people, therapy, noise, arm, design) for arm in (none, all_of_them)]
    crossed = course(people, therapy, noise, all_of_them, design, carrier=none)
    scores = []
    alpha: dict[str, np.ndarray] = {}
    for each in courses:
        bsl, lpfs = bsl_items(each.severity, answering), lpfs_items(each.severity, answering)
        if not alpha:
            alpha = {"bsl23": np.cov(bsl[:, 0].T), "lpfs": np.cov(lpfs[:, 0].T)}
        scores.append(
            {
                "bsl23": bsl.mean(axis=2),
                "lpfs": lpfs.sum(axis=2, dtype=float),
                "lpfs_self": lpfs[:, :, :6].sum(axis=2, dtype=float),
                "lpfs_interpersonal": lpfs[:, :, 6:].sum(axis=2, dtype=float),
                "gaf": gaf_ratings(each.severity, answering),
                "reflective_functioning": rated_mentalizing(each.mentalizing),
                "ders16": np.clip(np.rint(each.regulation), 16, 80),
                "mentalizing_change": (each.mentalizing[:, 1] - each.mentalizing[:, 0])[:, None],
            }
        )
    other = bsl_items(crossed.severity, answering)[:, 3].mean(axis=1)
    severity = (courses[0].severity, courses[1].severity)
    return Population(people, (scores[0], scores[1]), other, severity, noise.therapist, therapy.left >= 0, alpha)


def mean(values: np.ndarray) -> Mean:
    """Mean and standard error over people."""
    return Mean(float(values.mean()), float(values.std() / np.sqrt(values.size)))


def slope(values: np.ndarray, on: np.ndarray) -> Mean:
    """Least-squares slope of `values` on `on`, with its standard error over people."""
    x = on - on.mean()
    b = float(x @ values / (x @ x))
    rest = values - values.mean() - b * x
    return Mean(b, float(np.sqrt(((x * rest) ** 2).sum()) / (x @ x)))


def intraclass(made: Population, scale: str, occasion: int) -> Mean:
    """Share of the variance of a score under SCM and MBT, given the score before treatment, that lies between therapists."""
    shares = []
    for k in (0, 1):
        y, start = made.scores[k][scale][:, occasion], made.scores[k][scale][:, 0]
        rest = y - y.mean() - slope(y, start).value * (start - start.mean())
        shares.append(float(np.cov(rest, made.therapist)[0, 1] ** 2 / rest.var()))
    n = made.therapist.size
    return Mean(float(np.mean(shares)), float(np.mean([2 * np.sqrt(share / n) for share in shares])))


def cronbach(covariance: np.ndarray) -> float:
    """Alpha of a covariance matrix of items."""
    k = covariance.shape[0]
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum()))


def event_shares(design: Design) -> tuple[dict[str, float], dict[str, float]]:
    """Share with an event within the 18 months, any and by kind, under SCM and under MBT."""
    log = proneness(draw_people(400_000, 1))
    made = []
    for rate in hazards(design):
        parts = {"composite": 1.0, "severe_self_harm": SHARES[0], "suicide_attempt": SHARES[1], "admission": SHARES[2]}
        made.append({kind: float(-np.expm1(-END * rate * part * np.exp(log)).mean()) for kind, part in parts.items()})
    return made[0], made[1]


def code_prevalences(design: Design) -> tuple[float, float]:
    """Share of sessions held in which a rupture begins, and in which one is repaired."""
    seen = [draw_therapy(20_000, design, FIRST_SEED + k) for k in range(5)]
    held = sum(int(each.held.sum()) for each in seen)
    begins = sum(int((each.rupture > 0).sum()) for each in seen)
    return begins / held, sum(int(each.repair.sum()) for each in seen) / held


def either(share: float, hit: float, false: float) -> float:
    """Share that at least one of two independent raters codes."""
    return share * (1 - (1 - hit) ** 2) + (1 - share) * (1 - (1 - false) ** 2)


def agreement(share: float, hit: float, false: float) -> float:
    """Kappa of two independent raters."""
    codes = share * hit + (1 - share) * false
    same = share * (hit**2 + (1 - hit) ** 2) + (1 - share) * (false**2 + (1 - false) ** 2)
    chance = codes**2 + (1 - codes) ** 2
    return (same - chance) / (1 - chance)
