"""How criteria of ruptures, their chance level, and their relations behave in made courses where the truth is known.

python simulate.py [--runs 200]   writes simulated.json
"""

from __future__ import annotations

import argparse
import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np

from forwhom.kernels.cluster_robust import fit_robust, robust_t
from forwhom.kernels.clustered_rate import clustered_rate
from forwhom.kernels.discrete_hazard import discrete_hazard
from forwhom.kernels.ruptures import Episodes, below_limits, score_drops
from forwhom.kernels.session_courses import shuffled, simulated, straight_lines, within_sd

HERE = Path(__file__).parent
NULLS = 100
PLANTED, DEEP = 0.04, 2.5


def courses(rng: np.random.Generator, n: int, m: int, phi: float, planted: float) -> tuple[np.ndarray, np.ndarray]:
    """(n, m) alliance with people's own levels and slopes, noise of SD 1 and correlation phi; (n, m) onsets of real ruptures."""
    noise = rng.standard_normal((n, m))
    for t in range(1, m):
        noise[:, t] = phi * noise[:, t - 1] + np.sqrt(1 - phi**2) * noise[:, t]
    table = rng.normal(5, 1, (n, 1)) + rng.normal(0.02, 0.02, (n, 1)) * np.arange(m) + noise
    onsets = np.zeros((n, m), dtype=bool)
    for i in range(n):
        t = 3
        while planted and t < m:
            if rng.random() < planted:
                onsets[i, t] = True
                stay = int(rng.integers(1, 4))
                table[i, t : t + stay] -= DEEP
                t += stay
            t += 1
    return table, onsets


def find(table: np.ndarray, criterion: str, drop: float) -> Episodes:
    return below_limits(table) if criterion == "control_chart" else score_drops(table, drop)


def detection(rng: np.random.Generator, runs: int) -> list[dict[str, object]]:
    rows = []
    for m in (8, 20, 60):
        for phi in (0.0, 0.4, 0.7):
            for planted in (0.0, PLANTED):
                told: dict[str, list[tuple[float, ...]]] = {"control_chart": [], "score_drop": []}
                for _ in range(runs):
                    table, onsets = courses(rng, 40, m, phi, planted)
                    drop = within_sd(table)
                    lines = straight_lines(table)
                    nulls, orders = simulated(lines, NULLS, rng), shuffled(table, NULLS // 4, rng)
                    for name, kept in told.items():
                        found = find(table, name, drop)
                        sessions = found.at_risk.sum() / 10
                        null = find(nulls, name, drop).per_person.reshape(NULLS, -1).sum(axis=1)
                        order = find(orders, name, drop).onset.size / (NULLS // 4)
                        p = (1 + (null >= found.onset.size).sum()) / (1 + NULLS)
                        seen = np.zeros(onsets.shape, dtype=bool)
                        seen[found.person, found.onset] = True
                        hit = (seen & onsets).sum() / max(onsets.sum(), 1)
                        kept.append(
                            (
                                found.onset.size / sessions,
                                null.mean() / sessions,
                                order / sessions,
                                float(p <= 0.05),
                                hit,
                            )
                        )
                for name, kept in told.items():
                    rate, line, order, rejected, hit = np.mean(kept, axis=0)
                    rows.append({
                        "criterion": name, "sessions": m, "correlation": phi, "planted": planted, "rate": rate, "by_chance": line,
                        "shuffled": order, "more_than_chance": rejected, "real_found": hit if planted else None,
                    })  # fmt: skip
    return rows


def leaving(rng: np.random.Generator, runs: int) -> list[dict[str, object]]:
    """Share of runs in which leaving is said to follow unresolved ruptures; log odds 0 is type I error."""
    rows = []
    for n in (40, 134):
        for effect in (0.0, 1.5):
            told: dict[str, list[float]] = {"control_chart": [], "score_drop": []}
            covered: dict[str, list[float]] = {"control_chart": [], "score_drop": []}
            for _ in range(runs):
                table, _ = courses(rng, n, 40, 0.3, PLANTED)
                drop = within_sd(table)
                for name, kept in told.items():
                    state = below_limits(table, so_far=True) if name == "control_chart" else score_drops(table, drop)
                    level = np.cumsum(table, axis=1) / np.arange(1, 41)
                    going = -5.2 + effect * state.unresolved + 0.3 * (5 - level)
                    leave = rng.random(table.shape) < 1 / (1 + np.exp(-going))
                    last = np.where(leave.any(axis=1), leave.argmax(axis=1), 39)
                    session = np.arange(40)
                    risk = (session <= last[:, None]) & (session < 39) & (state.at_risk | state.unresolved)
                    i, t = np.nonzero(risk)
                    y, open_ = leave[i, t], state.unresolved[i, t]
                    if y.sum() < 5 or min(open_.sum(), (~open_).sum()) < 5:
                        continue
                    ratio = discrete_hazard(y, np.column_stack([open_, np.log(t + 1.0), level[i, t]]), [0]).ratios[0]
                    kept.append(float(ratio.p < 0.05))
                    low, high = ratio.low or 0.0, ratio.high or np.inf
                    covered[name].append(float(low <= np.exp(effect) <= high))
            rows += [
                {"n": n, "log_odds": effect, "criterion": name, "rejected": float(np.mean(kept)), "covered": float(np.mean(covered[name])),
                 "runs": len(kept)}
                for name, kept in told.items()
            ]  # fmt: skip
    return rows


def outcome(rng: np.random.Generator, runs: int) -> list[dict[str, object]]:
    """The same for the outcome after a mark, where low alliance and symptoms go together at the mark but nothing follows."""
    rows = []
    for n in (24, 40, 134):
        for effect in (0.0, 0.5):
            kept, covered = [], []
            for _ in range(runs):
                table, _ = courses(rng, n, 20, 0.3, PLANTED)
                found = score_drops(table, within_sd(table))
                open_ = found.unresolved[:, -1].astype(float)
                if min(open_.sum(), (1 - open_).sum()) < 5:
                    continue
                mark = rng.normal(0, 1, n) + 0.8 * open_
                after = 0.6 * mark + effect * open_ + rng.normal(0, 0.8, n)
                fit = fit_robust(after, np.column_stack([np.ones(n), mark, open_]))
                test = robust_t(fit, [0, 0, 1])
                kept.append(float(test.p < 0.05))
                covered.append(float(test.low <= effect <= test.high))
            rows.append(
                {"n": n, "effect": effect, "rejected": np.mean(kept), "covered": np.mean(covered), "runs": len(kept)}
            )
    return rows


def coverage(rng: np.random.Generator, runs: int) -> list[dict[str, object]]:
    """Coverage of the rate per session when people's rates differ (gamma with the given coefficient of variation)."""
    rows = []
    for n in (12, 40, 134, 200):
        for mean in (0.01, 0.04):
            for spread in (0.0, 1.0):
                inside = []
                for _ in range(10 * runs):
                    sessions = rng.integers(8, 61, n)
                    own = mean * (rng.gamma(1 / spread**2, spread**2, n) if spread else np.ones(n))
                    rate = clustered_rate(rng.poisson(own * sessions), sessions)
                    inside.append(rate.low is not None and rate.low <= mean <= (rate.high or 0.0))
                rows.append({"n": n, "rate": mean, "people_vary": spread, "covered": float(np.mean(inside))})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    rng = np.random.default_rng(20260101)
    made = {
        "runs": runs,
        "versions": {name: version(name) for name in ("forwhom", "numpy", "scipy")}
        | {"python": platform.python_version()},
        "detection": detection(rng, runs),
        "leaving": leaving(rng, runs),
        "outcome": outcome(rng, 5 * runs),
        "coverage": coverage(rng, runs),
    }
    rounded = json.loads(json.dumps(made, default=float), parse_float=lambda text: round(float(text), 4))
    (HERE / "simulated.json").write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
