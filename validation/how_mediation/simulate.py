"""Coverage and type I error of mediation and of order in time, on simulated people whose truth is known.

    python validation/how_mediation/simulate.py carried --samples 300
    python validation/how_mediation/simulate.py lags --samples 300
    python validation/how_mediation/simulate.py panel --samples 300
    python validation/how_mediation/simulate.py bends --samples 300
    python validation/how_mediation/simulate.py clustered --samples 300

With --quick a few cells only.

Each writes a table beside this script: a row per cell, with the share of intervals that hold the truth and of false claims.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from twin import scores

from forwhom.analysis.how.alignment import Aligned, without_course
from forwhom.analysis.how.lagged import Lagged, directions, lagged
from forwhom.kernels.carried_change import carried_change

DRAWS = 500
"""Of each bootstrap; the analysis takes 1,000."""


def carried(samples: int, *, quick: bool) -> Iterator[dict[str, object]]:
    """Mediation in the design of `twin.py`."""
    paths = ((0.0, 0.0), (0.8, 0.0), (0.0, 0.5), (0.8, 0.5))
    few = product((40, 100), (0.0, 0.3), paths[1:], (0,))
    cells = few if quick else product((40, 57, 100, 200, 400), (0.0, 0.3), paths, (0, 10))
    for n, lost, (a, b), therapists in cells:
        if therapists and (n < 100 or lost):
            continue
        yield one_cell(samples, n, lost, a, b, therapists)


def clustered(samples: int, *, quick: bool) -> Iterator[dict[str, object]]:
    """Few therapists, each in one arm (five and six), or in both."""
    for nested, therapists, (a, b) in product((True, False), (11,), ((0.0, 0.0), (0.8, 0.5))):
        yield one_cell(samples, 134, 0.0, a, b, therapists, nested=nested)
    if not quick:
        yield one_cell(samples, 80, 0.0, 0.8, 0.5, 6, nested=True)


def one_cell(
    samples: int, n: int, lost: float, a: float, b: float, therapists: int, *, nested: bool | None = None
) -> dict[str, object]:
    """Coverage in one design. nested : whether therapists treat in one arm only; None for the columns of `carried`."""
    total = 0.2 + a * b + 0.6 * 0.2
    truth = {"moved": a, "path": b, "carried": a * b, "total": total} | ({} if nested is None else {"own_path": b})
    hits = dict.fromkeys(truth, 0)
    estimate: dict[str, list[float]] = {name: [] for name in truth}
    joint = interval = refused = draws_lost = 0
    for k in range(samples):
        rng = np.random.default_rng([n, int(100 * lost), int(10 * a), int(10 * b), therapists, k])
        made = scores(rng, n, a=a, b=b, lost=lost, therapists=therapists, nested=bool(nested))
        m, y = made["m"], made["y"]
        some = np.isfinite(np.column_stack([m[:, 4], y[:, 4], y[:, 9]])).any(axis=1)
        try:
            fit = carried_change(
                m[some, 4], y[some, 4], y[some, 9], np.column_stack([m[:, 0], y[:, 0]])[some], made["arm"][some], arms=2,
                mechanism_before=0, unit=made["therapist"][some] if therapists else None, draws=DRAWS, rng=rng,
            )  # fmt: skip
        except ValueError:
            refused += 1
            continue
        parts = {"moved": fit.moved[0], "path": fit.path, "carried": fit.carried[0], "total": fit.total[0]}
        if nested is not None:
            parts["own_path"] = fit.arm_path[1]
        for name, each in parts.items():
            hits[name] += each.low <= truth[name] <= each.high
            estimate[name].append(each.value)
        joint += fit.joint_p[0] < 0.05
        interval += fit.carried[0].low > 0 or fit.carried[0].high < 0
        draws_lost += fit.lost
    done = samples - refused
    return {
        "n": n, "lost": lost, "a": a, "b": b, "therapists": therapists, "samples": samples, "refused": refused,
        **({} if nested is None else {"nested": nested, "draws_lost": draws_lost}),
        **{f"covers_{name}": round(float(hits[name] / done), 4) for name in truth},
        **{f"bias_{name}": round(float(np.mean(estimate[name])) - truth[name], 4) for name in truth},
        "shown_joint": round(joint / done, 4), "shown_interval": round(float(interval / done), 4),
    }  # fmt: skip


def rows(
    rng: np.random.Generator, n: int, sessions: int, phi: np.ndarray, *, between: float, missed: float, trend: float
) -> Aligned:
    """Two variables with the paths phi within persons, a correlation between persons, own trends, and missed sessions."""
    level = rng.multivariate_normal([0, 0], [[2, 2 * between], [2 * between, 2]], size=n)
    slope = rng.normal(size=(n, 1)) * np.array([trend, -trend])
    w, z = np.zeros((n, 2)), np.empty((n, sessions, 2))
    root = np.linalg.cholesky([[1.0, 0.2], [0.2, 1.0]])
    for t in range(-25, sessions):
        w = w @ phi.T + rng.normal(size=(n, 2)) @ root.T
        if t >= 0:
            z[:, t] = w + level + slope * t + 0.1 * t
    return some(rng, z, missed)


def some(rng: np.random.Generator, z: np.ndarray, missed: float) -> Aligned:
    """(n, sessions, 2) values less what was missed; every other person in either arm."""
    i, t = (each.ravel() for each in np.indices(z.shape[:2]))
    kept = rng.random(i.size) >= missed
    i, t, z = i[kept], t[kept], z.reshape(-1, 2)[kept]
    arm = i % 2
    left = [without_course(z[:, k], t, arm, i) for k in (0, 1)]
    none = np.full(i.size, -1, dtype=np.intp)
    return Aligned(i, t, z[:, 0], z[:, 1], *left, arm, none, int(np.unique(t).size), "session", True, "simulated")


BENT_WITH = -0.6
"""Correlation of the two variables' own courses: where one rises, the other falls."""
MOVES = (1.5, 1.0, 0.7)
"""Standard deviations of own lines, parabolas and kinks from first to last session, where one session's chance is about 1."""
GAINS, GAIN = 0.15, 2.5
"""Share of people with a sudden gain in the second variable, and its size."""


def bent(
    rng: np.random.Generator, n: int, sessions: int, phi: np.ndarray, *, missed: float, bend: float, error: float
) -> Aligned:
    """Courses that bend: shared by the arm, of one's own, and with sudden gains; error : SD of error in both ratings."""
    u = np.arange(sessions) / (sessions - 1)
    root = np.linalg.cholesky([[1.0, BENT_WITH], [BENT_WITH, 1.0]])
    own = np.zeros((n, sessions, 2))
    for size, shape in zip(MOVES, (u - 0.5, 4 * (u - 0.5) ** 2, 1.5 * np.maximum(u - 1 / 3, 0)), strict=True):
        own += size * (rng.normal(size=(n, 2)) @ root.T)[:, None, :] * shape[None, :, None]
    arm = (1 + 0.5 * (np.arange(n) % 2))[:, None, None]
    own += arm * (1 - np.exp(-4 * u))[None, :, None] * np.array([1.0, -1.5])
    until = rng.integers(sessions // 10, sessions // 2, n)
    gains = rng.random(n) < GAINS
    own[:, :, 1] += GAIN * (gains[:, None] & (np.arange(sessions) < until[:, None]))
    level = rng.multivariate_normal([0, 0], [[2, -1.2], [-1.2, 2]], size=n)[:, None]
    w, z = np.zeros((n, 2)), np.empty((n, sessions, 2))
    chance = np.linalg.cholesky([[1.0, 0.2], [0.2, 1.0]])
    for t in range(-25, sessions):
        w = w @ phi.T + rng.normal(size=(n, 2)) @ chance.T
        if t >= 0:
            z[:, t] = w
    return some(rng, z + level + bend * own + error * rng.normal(size=z.shape), missed)


PATHS = {
    "none": ((0.3, 0.0), (0.0, 0.3)),
    "first to second": ((0.3, 0.0), (0.2, 0.3)),
    "second to first": ((0.3, 0.2), (0.0, 0.3)),
    "both": ((0.3, 0.15), (0.15, 0.3)),
    "first lowers second": ((0.3, 0.0), (-0.2, 0.3)),
}


def order(samples: int, cells: Iterator[tuple[int, int, str, float, float, float]]) -> Iterator[dict[str, object]]:
    """Lagged paths both ways."""
    for n, sessions, name, between, missed, trend in cells:
        phi = np.array(PATHS[name])
        hits = np.zeros(2)
        claims = np.zeros(2)
        means = np.zeros(2)
        alone = np.zeros(2)
        refused = 0
        for k in range(samples):
            rng = np.random.default_rng([n, sessions, list(PATHS).index(name), int(100 * missed), int(100 * trend), k])
            of = rows(rng, n, sessions, phi, between=between, missed=missed, trend=trend)
            made = lagged(of, ("first", "second"), rng, 0.95)
            if not isinstance(made, Lagged):
                refused += 1
                continue
            for j, truth in enumerate((phi[1, 0], phi[0, 1])):
                path = made.paths[j].raw
                if path.low is None or path.high is None or path.value is None:
                    continue
                hits[j] += path.low <= truth <= path.high
                alone[j] += path.low > 0 or path.high < 0
                means[j] += path.value
            claims += directions(made)
        done = max(samples - refused, 1)
        yield {
            "n": n, "occasions": sessions, "paths": name, "between": between, "missed": missed, "trend": trend,
            "samples": samples, "refused": refused,
            "covers_on": round(float(hits[0]) / done, 4), "covers_back": round(float(hits[1]) / done, 4),
            "mean_on": round(float(means[0]) / done, 4), "mean_back": round(float(means[1]) / done, 4),
            "interval_on": round(float(alone[0]) / done, 4), "interval_back": round(float(alone[1]) / done, 4),
            "shown_on": round(float(claims[0]) / done, 4), "shown_back": round(float(claims[1]) / done, 4),
        }  # fmt: skip


def bends(samples: int, *, quick: bool) -> Iterator[dict[str, object]]:
    """Session by session, where courses bend: every version beside each other."""
    sizes = (40, 100) if quick else (40, 100, 134)
    cells = [(n, t, name, 0.3, 1.0, 0.0) for n, t, name in product(sizes, (20, 78), ("none", "first lowers second"))]
    cells += [(n, t, "none", 0.3, 1.0, 0.0) for n, t in product(sizes[:2], (10, 12))]
    cells += [(100, t, "none", 0.0, 1.0, 0.0) for t in (8, 10)] + [(100, 10, "first lowers second", 0.0, 1.0, 0.0)]
    cells += [(n, t, "first lowers second", 0.0, 1.0, 0.0) for n, t in product(sizes[:2], (12, 20))]
    cells += [(100, t, name, 0.3, 1.0, 0.6) for t, name in product((20, 78), ("none", "first lowers second"))]
    for n, sessions, name, missed, bend, error in cells:
        phi = np.array(PATHS[name])
        seen: dict[str, list[list[float]]] = {}
        refused, rest = 0, 0
        for k in range(samples):
            rng = np.random.default_rng([n, sessions, list(PATHS).index(name), int(10 * missed), int(10 * error), k])
            of = bent(rng, n, sessions, phi, missed=missed, bend=bend, error=error)
            made = lagged(of, ("first", "second"), rng, 0.95)
            if not isinstance(made, Lagged):
                refused += 1
                continue
            rest += any(each.code == "rest-hangs-together" for each in made.trouble)
            for on, back in zip(made.paths[::2], made.paths[1::2], strict=True):
                row = []
                for path, truth in ((on.raw, phi[1, 0]), (back.raw, phi[0, 1])):
                    low, high = path.low or 0.0, path.high or 0.0
                    row += [path.value or 0.0, float(low <= truth <= high), float(low > 0 or high < 0)]
                seen.setdefault(on.variant, []).append(row)
        for k, (variant, each) in enumerate(seen.items()):
            mean = np.mean(each, axis=0).round(4).tolist()
            yield {
                "n": n, "sessions": sessions, "paths": name, "missed": missed, "error": error, "samples": samples, "refused": refused,
                "version": variant, "answer": k == 0, "mean_on": mean[0], "mean_back": mean[3], "covers_on": mean[1],
                "covers_back": mean[4], "shown_on": mean[2], "shown_back": mean[5],
                "rest_hangs_together": round(rest / max(samples - refused, 1), 4),
            }  # fmt: skip


def lags(samples: int, *, quick: bool) -> Iterator[dict[str, object]]:
    """Session by session."""
    names = list(PATHS)[:4]
    grid = ((40, 100), (8,), names, (0.0, 0.3)) if quick else ((40, 100, 400), (8, 12, 20), names, (0.0, 0.3))
    cells = [(n, sessions, name, 0.8, missed, 0.0) for n, sessions, name, missed in product(*grid)]
    cells += [(n, sessions, "none", 0.8, 0.0, 0.1) for n, sessions in product(grid[0], grid[1])]
    return order(samples, iter(cells))


def panel(samples: int, *, quick: bool) -> Iterator[dict[str, object]]:
    """A few occasions."""
    sizes = (60, 200) if quick else (60, 200, 400)
    cells = ((n, 4, name, 0.8, missed, 0.0) for n, name, missed in product(sizes, list(PATHS)[:4], (0.0, 0.3)))
    return order(samples, cells)


def main() -> None:
    """Run one part and write its table."""
    parts = {"carried": carried, "lags": lags, "panel": panel, "bends": bends, "clustered": clustered}
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=parts)
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="the cells where trouble is likeliest")
    asked = parser.parse_args()
    path = HERE / f"{asked.part}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = None
        for row in parts[asked.part](asked.samples, quick=asked.quick):
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow(row)
            file.flush()
            print(row, flush=True)


if __name__ == "__main__":
    main()
