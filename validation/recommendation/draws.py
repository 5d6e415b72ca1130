"""Made-up trials: without any reason for a rule (nulls), and with one (power)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from forwhom.kernels.crossfit import Features

NULLS = ("zero", "constant", "prognostic", "therapist", "one_arm", "skewed", "binary", "three_arms", "boundary")


@dataclass(frozen=True)
class Draw:
    """One trial. effect : (n, A) true expected outcome of each person's arms against arm 0."""

    y: np.ndarray
    arm: np.ndarray
    features: Features
    effect: np.ndarray
    cluster: np.ndarray | None
    binary: bool


def rng_of(kind: str, n: int, d: float, index: int) -> np.random.Generator:
    """The same draws whoever asks, in whatever order."""
    return np.random.default_rng([20261122, zlib.crc32(f"{kind} {n} {d:g}".encode()), index])


def covariates(n: int, rng: np.random.Generator) -> Features:
    """Five continuous, two yes-or-no, one of six levels; a twentieth of all values absent."""
    numeric = np.column_stack([rng.normal(size=(n, 5)), rng.random((n, 2)) < 0.4]).astype(float)
    numeric[:, 4] = np.exp(0.7 * numeric[:, 4])
    category = rng.choice(6, size=(n, 1), p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05]).astype(np.intp)
    numeric[:, 1:][rng.random((n, 6)) < 0.05] = np.nan
    category[rng.random((n, 1)) < 0.05] = -1
    names = tuple(f"x{j}" for j in range(7))
    return Features(numeric, category, names, ("kind",), (tuple("abcdef"),))


def true_effect(kind: str, d: float, features: Features, arms: int) -> np.ndarray:
    """(n, A) by what the person is like."""
    n = features.numeric.shape[0]
    x0, x2 = features.numeric[:, 0], np.nan_to_num(features.numeric[:, 2])
    effect = np.zeros((n, arms))
    effect[:, 1:] = {
        "constant": 0.5,
        "prognostic": 0.3,
        "skewed": 0.3,
        "boundary": np.where(x0 > 0, 0.6, 0.0)[:, None],
        "crossing": np.where(x0 > 0, d, -d)[:, None],
        "two_questions": np.where((x0 > 0) & (x2 > 0), 1.5 * d, -0.5 * d)[:, None],
        "slope": (d * x0)[:, None],
    }.get(kind, 0.0)
    return effect


def draw(kind: str, n: int, d: float, index: int) -> Draw:
    """Trial number `index` of a cell."""
    rng = rng_of(kind, n, d, index)
    features = covariates(n, rng)
    arms = 3 if kind == "three_arms" else 2
    arm = rng.permutation(np.arange(n) % arms).astype(np.intp)
    effect = true_effect(kind, d, features, arms)
    x = np.nan_to_num(features.numeric)
    cluster = None
    noise = rng.normal(size=n)
    mean = 0.3 * x[:, 1] + effect[np.arange(n), arm]
    if kind == "prognostic":
        mean = mean + 0.8 * x[:, 0] + 0.6 * x[:, 2] + 0.5 * x[:, 0] * x[:, 3]
    if kind == "skewed":
        noise = (rng.exponential(size=n) ** 1.5 - 1.33) / 2.0
    if kind == "therapist":
        cluster = rng.permutation(np.arange(n) % 20).astype(np.intp)
        own, more = rng.normal(size=20) * 0.33, rng.normal(size=20) * 0.3
        mean = mean + own[cluster] + more[cluster] * (arm == 1)
    if kind == "one_arm":
        # Five therapists in arm 1, everybody in arm 0 alone; a fifth of the variance in arm 1 lies between them.
        own = 0.5 * rng.normal(size=5)
        therapist = rng.integers(0, 5, n)
        mean = mean + own[therapist] * (arm == 1)
        cluster = np.where(arm == 1, therapist, 5 + np.arange(n)).astype(np.intp)
    y = mean + noise
    if kind == "binary":
        y = (rng.random(n) < 1 / (1 + np.exp(0.8 - 0.6 * x[:, 1]))).astype(float)
    if kind not in {"therapist", "one_arm"}:
        y[rng.random(n) < 0.2 / (1 + np.exp(-x[:, 0]))] = np.nan
    return Draw(y, arm, features, effect, cluster, kind == "binary")
