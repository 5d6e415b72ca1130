"""What questionnaires and raters make of a course: answers to items, ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.course import Course
from twin.design import stream
from twin.people import People

BSL, LPFS, PID = 23, 12, 36
CUTS = np.array([-1.35, -0.50, 0.30, 1.15])
"""Between the five answers of BSL-23, for a person of mean severity before treatment."""
CUTS_LPFS = np.array([-1.2, -0.1, 1.0])
CUTS_PID = np.array([-0.6, 0.4, 1.3])
DOMAINS = 6


@dataclass(frozen=True, slots=True)
class Scores:
    """Observed without gaps: (n, 4, items) answers of BSL-23 (0 to 4) and LPFS-BF 2.0 (1 to 4), (n, 36) of PID5BF+M (0 to 3)
    before treatment, (n, 4) GAF (1 to 100), reflective functioning (−1 to 9), DERS-16 (16 to 80).
    """

    bsl: np.ndarray
    lpfs: np.ndarray
    pid: np.ndarray
    gaf: np.ndarray
    mentalizing: np.ndarray
    regulation: np.ndarray


@dataclass(frozen=True, slots=True)
class Answering:
    """How each person answers, the same in either arm."""

    bsl: np.ndarray
    bsl_own: np.ndarray
    lpfs: np.ndarray
    facets: np.ndarray
    gaf: np.ndarray
    gaf_own: np.ndarray


def draw_answering(size: int, seed: int, occasions: int = 4) -> Answering:
    """Noise of answers; `occasions` counted from the last."""
    rng = stream(seed, "answers")
    return Answering(
        rng.standard_normal((size, occasions, BSL), dtype=np.float32),
        rng.standard_normal((size, 1, BSL), dtype=np.float32),
        rng.standard_normal((size, occasions, LPFS), dtype=np.float32),
        rng.standard_normal((size, 2)),
        rng.standard_normal((size, occasions)),
        rng.standard_normal((size, 1)),
    )


def bsl_items(severity: np.ndarray, noise: Answering) -> np.ndarray:
    """(n, t, 23) one factor; items differ in loading and difficulty, and each person has a way with each item."""
    loading = np.linspace(0.62, 0.84, BSL)[np.argsort(np.arange(BSL) * 7 % BSL)]
    shift = np.linspace(-0.5, 0.5, BSL)
    own = np.sqrt(1 - loading**2)
    latent = severity[:, :, None] * loading + own * (np.sqrt(0.7) * noise.bsl + np.sqrt(0.3) * noise.bsl_own)
    return (latent[..., None] > (CUTS + shift[:, None])).sum(axis=-1, dtype=np.int8)


def lpfs_items(severity: np.ndarray, noise: Answering) -> np.ndarray:
    """(n, t, 12) a general factor, which is S, and two facets (items 1 to 6, 7 to 12) that treatment leaves alone."""
    general = np.tile(np.linspace(0.58, 0.72, 6), 2)
    facet = np.repeat([0.35, 0.40], 6)
    own = np.sqrt(1 - general**2 - facet**2)
    latent = severity[:, :, None] * general + np.repeat(noise.facets, 6, axis=1)[:, None, :] * facet + own * noise.lpfs
    shift = np.linspace(-0.3, 0.3, LPFS)
    return 1 + (latent[..., None] > (CUTS_LPFS + shift[:, None])).sum(axis=-1, dtype=np.int8)


def gaf_ratings(severity: np.ndarray, noise: Answering) -> np.ndarray:
    """(n, t) whole points; the assessor's error is half lasting."""
    return np.clip(np.rint(43 - 6 * severity + 2.5 * noise.gaf + 2.5 * noise.gaf_own), 1, 100)


def observe(people: People, seen: Course, seed: int) -> Scores:
    """Everything that is measured at the assessments, before any of it goes missing."""
    noise = draw_answering(people.size, seed)
    return Scores(
        bsl_items(seen.severity, noise),
        lpfs_items(seen.severity, noise),
        _pid_items(people, seed),
        gaf_ratings(seen.severity, noise),
        rated_mentalizing(seen.mentalizing),
        np.clip(np.rint(seen.regulation), 16, 80),
    )


def rated_mentalizing(latent: np.ndarray) -> np.ndarray:
    """In half points, −1 to 9."""
    return np.clip(np.rint(2 * latent) / 2, -1, 9)


def _pid_items(people: People, seed: int) -> np.ndarray:
    """(n, 36) six domains that share severity; the items of a domain as the instrument's key has them."""
    rng = stream(seed, "traits")
    share = np.array([0.7, 0.45, 0.25, 0.5, 0.35, 0.1])
    trait = share * people.severity[:, None] + np.sqrt(1 - share**2) * rng.standard_normal((people.size, DOMAINS))
    keys = (
        (1, 19, 7, 25, 13, 31),
        (4, 22, 10, 28, 16, 34),
        (2, 20, 8, 26, 14, 32),
        (3, 21, 9, 27, 15, 33),
        (5, 23, 11, 29, 17, 35),
        (6, 12, 18, 24, 30, 36),
    )
    domain = np.zeros(PID, dtype=int)
    for number, items in enumerate(keys):
        domain[np.array(items) - 1] = number
    latent = 0.68 * trait[:, domain] + np.sqrt(1 - 0.68**2) * rng.standard_normal((people.size, PID))
    return (latent[..., None] > CUTS_PID).sum(axis=-1, dtype=np.int8)
