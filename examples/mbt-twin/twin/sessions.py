"""The session by session record: alliance, mentalizing, emotion regulation, coping, symptoms, and raters' codes of ruptures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from twin.course import Course
from twin.design import MONTHS, WEEKS_PER_MONTH, Design, stream
from twin.therapy import Therapy

PROCESSES = ("m", "s", "r", "c")
INNOVATION = {"m": 0.5, "s": 0.6, "r": 0.6, "c": 0.7}


@dataclass(frozen=True, slots=True)
class Within:
    """(n, k) fluctuations within the person around their own line, by number of the session held, in points."""

    m: np.ndarray
    s: np.ndarray
    r: np.ndarray
    c: np.ndarray


def fluctuations(size: int, length: int, design: Design, rng: np.random.Generator) -> Within:
    """From one session held to the next. What acts on what is in the design; the first 30 steps are thrown away."""
    noise = {name: INNOVATION[name] * rng.standard_normal((size, length + 30)) for name in PROCESSES}
    made = {name: np.zeros((size, length + 30)) for name in PROCESSES}
    for k in range(1, length + 30):
        m, s, r, c = (made[name][:, k - 1] for name in PROCESSES)
        made["m"][:, k] = design.m_to_m * m + design.s_to_m * s + noise["m"][:, k]
        made["s"][:, k] = design.s_to_s * s + design.m_to_s * m + design.r_to_s * r + noise["s"][:, k]
        made["r"][:, k] = design.r_to_r * r + design.s_to_r * s + noise["r"][:, k]
        made["c"][:, k] = design.c_to_c * c + noise["c"][:, k]
    return Within(**{name: made[name][:, 30:] for name in PROCESSES})


def standardised(design: Design) -> dict[tuple[str, str], float]:
    """What each variable does to each other from one session to the next, in standard deviations of the fluctuations.

    Stationary covariance V = F V F' + Q, solved exactly.
    """
    place = {name: k for k, name in enumerate(PROCESSES)}
    paths = {
        ("m", "m"): design.m_to_m,
        ("s", "m"): design.s_to_m,
        ("s", "s"): design.s_to_s,
        ("m", "s"): design.m_to_s,
        ("r", "s"): design.r_to_s,
        ("r", "r"): design.r_to_r,
        ("s", "r"): design.s_to_r,
        ("c", "c"): design.c_to_c,
    }
    matrix = np.zeros((4, 4))
    for (cause, effect), size in paths.items():
        matrix[place[effect], place[cause]] = size
    noise = np.diag([INNOVATION[name] ** 2 for name in PROCESSES])
    covariance = np.linalg.solve(np.eye(16) - np.kron(matrix, matrix), noise.ravel()).reshape(4, 4)
    sd = np.sqrt(np.diag(covariance))
    return {
        (a, b): float(matrix[place[b], place[a]] * sd[place[a]] / sd[place[b]]) for a in PROCESSES for b in PROCESSES
    }


def draw_sessions(
    names: list[str], therapists: list[str], seen: Course, therapy: Therapy, design: Design, seed: int
) -> pl.DataFrame:
    """A row per session held.

    names, therapists : (n,) of the people randomised, as are `seen` and `therapy`
    """
    rng = stream(seed, "sessions")
    n, weeks = therapy.held.shape
    number = np.cumsum(therapy.held, axis=1)
    month = np.arange(1, weeks + 1) / WEEKS_PER_MONTH
    place = np.maximum(number - 1, 0)
    within = fluctuations(n, weeks, design, rng)
    moved = {name: np.take_along_axis(getattr(within, name), place, axis=1) for name in PROCESSES}
    line = {name: _between(getattr(seen, name), month) for name in ("line", "mentalizing", "regulation")}
    alliance = _alliance(therapy, place, design, rng)
    columns = {
        "alliance": np.clip(alliance, 1, 7),
        "alliance_therapist": np.clip(0.6 * (alliance - 5) + 4.9 + 0.35 * rng.standard_normal((n, weeks)), 1, 7),
        "mentalizing": np.clip(line["mentalizing"] + moved["m"], -1, 9),
        "emotion_regulation": np.clip(5 - 0.08 * (line["regulation"] - 54) + moved["r"], 0, 10),
        "coping": np.clip(4.5 + 0.6 * rng.standard_normal((n, 1)) + moved["c"], 0, 10),
        "symptoms": np.clip(5.5 + 1.2 * line["line"] + moved["s"] + _sudden(n, weeks, design, rng), 0, 10),
    }
    codes = _codes(therapy, design, rng)
    row, week = np.nonzero(therapy.held)
    return pl.DataFrame(
        {
            "id": [names[i] for i in row],
            "session": number[row, week],
            "month": np.round(month[week], 2),
            "therapist": [therapists[i] for i in row],
            **{name: np.round(values[row, week], 1) for name, values in columns.items()},
            **{name: values[row, week] for name, values in codes.items()},
        }
    )


def _between(values: np.ndarray, month: np.ndarray) -> np.ndarray:
    """(n, weeks) straight lines between the assessments."""
    right = np.clip(np.searchsorted(MONTHS, month), 1, len(MONTHS) - 1)
    start, end = np.array(MONTHS)[right - 1], np.array(MONTHS)[right]
    share = (month - start) / (end - start)
    lines: np.ndarray = values[:, right - 1] * (1 - share) + values[:, right] * share
    return lines


def _alliance(therapy: Therapy, place: np.ndarray, design: Design, rng: np.random.Generator) -> np.ndarray:
    """Around the person's usual alliance; lower while a rupture is open, by its intensity."""
    n, weeks = therapy.held.shape
    drift = np.zeros((n, weeks))
    noise = 0.28 * rng.standard_normal((n, weeks))
    for k in range(1, weeks):
        drift[:, k] = 0.35 * drift[:, k - 1] + noise[:, k]
    usual = 5.0 + 0.55 * therapy.alliance[:, None] + design.alliance_gain * place
    depth = np.zeros((n, weeks))
    current = np.zeros(n)
    for week in range(weeks):
        current = np.where(therapy.rupture[:, week] > 0, therapy.rupture[:, week], current)
        depth[:, week] = np.where(therapy.open[:, week], 0.7 + 0.3 * current / 2, 0.0)
    return usual + np.take_along_axis(drift, place, axis=1) - design.rupture_drop * depth


def _sudden(n: int, weeks: int, design: Design, rng: np.random.Generator) -> np.ndarray:
    """(n, weeks) what some people carry until one session, and no longer from the next week on."""
    at = rng.integers(8, 40, n)
    gains = rng.random(n) < design.sudden
    return design.sudden_size * (gains[:, None] & (np.arange(weeks) < at[:, None]))


def _codes(therapy: Therapy, design: Design, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Two raters who see most ruptures and repairs, and now and then one that was none, independently of each other."""
    codes: dict[str, np.ndarray] = {}
    shape = therapy.held.shape
    for rater in ("a", "b"):
        seen = (therapy.rupture > 0) & (rng.random(shape) < design.hit)
        false = (therapy.rupture == 0) & (rng.random(shape) < design.false_alarm)
        off = rng.choice([-1, 0, 1], size=shape, p=[0.12, 0.76, 0.12])
        codes[f"rupture_{rater}"] = np.where(seen, np.clip(therapy.rupture + off, 1, 3), np.where(false, 1, 0))
        repaired = np.where(therapy.repair, rng.random(shape) < design.hit, rng.random(shape) < design.false_alarm / 2)
        codes[f"repair_{rater}"] = repaired.astype(np.int8)
    return codes
