"""How often the 80 % bands hold, over all and by where people start: simulated studies of 24 to 300 people. Writes coverage.json.

python validation/off_track/coverage.py [PEOPLE]: so many people per cell; at least 4 studies
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person import expected as expected_courses
from forwhom.analysis.one_person.expected import Expected, expected
from forwhom.analysis.one_person.starts import Starts
from forwhom.study import Scale

SCALE = Scale("y", "Score", "lower")
DIVISIONS = 2
"""Of the people into folds, instead of five, which take longer and change the bands of a single study little."""
MONTHS = np.array([0.0, 1.0, 2.0, 4.0, 6.0])


def study(rng: np.random.Generator, n: int, kind: str, shape: str) -> Starts:
    """Two arms. `occasions`: five common ones, a fifth of the later scores absent; `irregular`: 3 to 12 times of their own.

    shape : "normal"; "skewed" errors (exponential); "floor": scores below 0 are 0, as in most symptom scales; "spread": normal,
        with slopes and errors that vary more in people of a higher level: by exp(0.4) per standard deviation
    """
    arm = np.arange(n) % 2
    width = 4 if kind == "occasions" else 12
    if kind == "occasions":
        elapsed = np.tile(MONTHS[1:], (n, 1))
        gone = rng.random((n, 4)) < 0.2
    else:
        elapsed = np.sort(rng.uniform(1, 180, (n, width)), axis=1)
        gone = np.arange(width) >= rng.integers(3, width + 1, n)[:, None]
    level, slope = rng.multivariate_normal([0, 0], [[36, -1], [-1, 0.3]], n).T
    time = np.column_stack([np.zeros(n), elapsed])
    pace = np.sqrt(time * (1 if kind == "irregular" else 30))
    wide = np.exp(0.4 * level / 6)[:, None] if shape == "spread" else np.ones((n, 1))
    mean = (
        (12 if shape == "floor" else 30) + level[:, None] + (slope[:, None] * wide - (0.8 + 0.3 * arm)[:, None]) * pace
    )
    error = rng.exponential(4, time.shape) - 4 if shape == "skewed" else 4 * rng.normal(size=time.shape)
    y = mean + wide * error
    if shape == "floor":
        y = np.maximum(y, 0.0)
    later, when = y[:, 1:].copy(), elapsed.copy()
    later[gone], when[gone] = np.nan, np.nan
    order = np.argsort(when, axis=1)
    return Starts(
        SCALE, "y", "self", 1, "month", arm, (("a", "A"), ("b", "B")), y[:, 0], np.zeros(n),
        np.take_along_axis(when, order, axis=1), np.take_along_axis(later, order, axis=1), tuple(() for _ in range(n)),
        MONTHS if kind == "occasions" else np.empty(0),
    )  # fmt: skip


def held(here: Starts, made: Expected) -> np.ndarray:
    """(8, 2) scores inside and scores in all: over all and for thirds of starts, for the band at the start and the updated one;
    then scores above the two bands."""
    seen = np.isfinite(here.score) & np.isfinite(made.mean())
    third = np.digitize(here.start, np.quantile(here.start, [1 / 3, 2 / 3]))
    inside, above = [], []
    for updated in (False, True):
        low, high = (made.boundary(share, updated=updated) for share in (0.1, 0.9))
        hit = (here.score >= low) & (here.score <= high)
        above.append([(here.score > high)[seen].sum(), seen.sum()])
        for part in (None, 0, 1, 2):
            mine = seen if part is None else seen & (third == part)[:, None]
            inside.append([hit[mine].sum(), mine.sum()])
    return np.array(inside + above, dtype=float)


NAMES = (
    "inside",
    "low",
    "middle",
    "high",
    "updated_inside",
    "updated_low",
    "updated_middle",
    "updated_high",
    "above",
    "updated_above",
)


def main() -> None:
    expected_courses.DIVISIONS = DIVISIONS
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    rows = []
    for kind in ("occasions", "irregular"):
        for shape in ("normal", "skewed", "floor", "spread"):
            for n in (24, 60, 300):
                rng = np.random.default_rng([n, len(kind), sum(map(ord, shape))])
                found = []
                for k in range(max(4, people // n)):
                    here = study(rng, n, kind, shape)
                    made = expected(here, Asking(seed=k))
                    if isinstance(made, Expected):
                        found.append(held(here, made))
                shares = np.array([each[:, 0] / each[:, 1] for each in found])
                row = {"kind": kind, "shape": shape, "n": n, "studies": len(found)}
                row |= {name: round(float(value), 4) for name, value in zip(NAMES, shares.mean(axis=0), strict=True)}
                se = shares.std(axis=0, ddof=1) / np.sqrt(len(found))
                row["se"] = round(float(se[[0, 4, 8, 9]].max()), 4)
                row["se_third"] = round(float(se[[1, 2, 3, 5, 6, 7]].max()), 4)
                rows.append(row)
                print(row, flush=True)
    out = {"versions": {name: version(name) for name in ("numpy", "scipy")}, "promised": 0.8, "rows": rows}
    Path(__file__).with_name("coverage.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
