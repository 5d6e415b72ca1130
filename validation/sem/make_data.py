"""The simulated tables that reference.R and the tests read: seeded, rounded, written once.

python validation/sem/make_data.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def growth(n: int = 300) -> dict[str, np.ndarray]:
    """Five waves of a growing score; a predictor, two groups, a distal outcome; a fifth of the scores missing."""
    rng = np.random.default_rng(20260401)
    x = rng.standard_normal(n)
    group = np.where(np.arange(n) % 2, "b", "a")
    u = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[3.0, -0.3], [-0.3, 0.3]]).T
    level, slope = 10 + 0.5 * x + u[:, 0], -0.6 + 0.2 * x - 0.3 * (group == "b") + u[:, 1]
    y = level[:, None] + slope[:, None] * np.arange(5) + 1.2 * rng.standard_normal((n, 5))
    y[rng.random(y.shape) < 0.2] = np.nan
    end = 1 + 0.4 * slope + rng.standard_t(5, n)
    return {"group": group, "x": x, **{f"y{t + 1}": y[:, t] for t in range(5)}, "end": end}


def panel(n: int = 250, waves: int = 4) -> dict[str, np.ndarray]:
    """Two scores over four waves: stable differences between persons, and deviations that carry over."""
    rng = np.random.default_rng(20260402)
    stable = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1.0, 0.4], [0.4, 0.8]]).T
    w = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1.0, 0.3], [0.3, 1.0]]).T
    made = {"age": rng.standard_normal(n)}
    for t in range(waves):
        if t:
            noise = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[0.7, 0.15], [0.15, 0.7]]).T
            w = w @ np.array([[0.35, 0.12], [0.2, 0.3]]).T + noise
        made[f"x{t + 1}"] = 3 + 0.1 * t + stable[:, 0] + w[:, 0] + 0.2 * made["age"]
        made[f"z{t + 1}"] = 2 - 0.1 * t + stable[:, 1] + w[:, 1]
    for name in list(made)[1:]:
        made[name] = np.where(rng.random(n) < 0.15, np.nan, made[name])
    return made


def facets(n: int = 400) -> dict[str, np.ndarray]:
    """Nine items: one general factor and three facets."""
    rng = np.random.default_rng(20260403)
    general = rng.standard_normal(n)
    made = {}
    for facet in range(3):
        own = rng.standard_normal(n)
        for item in range(3):
            loading, special = 0.6 + 0.1 * item, 0.5 + 0.1 * ((facet + item) % 3)
            made[f"i{3 * facet + item + 1}"] = loading * general + special * own + 0.6 * rng.standard_normal(n)
    return made


def ordinal(n: int = 400, missing: float = 0.0) -> dict[str, np.ndarray]:
    """Answers of two and a half scales: a1 to a4 with 4 categories, b1 to b4 with 3, d1 to d4 with 2, y continuous."""
    rng = np.random.default_rng(20260404)
    group = np.where(np.arange(n) % 2, "one", "two")
    f = rng.standard_normal((n, 3)) @ np.linalg.cholesky([[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]]).T
    f += 0.3 * (group == "two")[:, None]
    cuts = {"a": [-0.9, 0.1, 1.0], "b": [-0.3, 0.8], "d": [0.4]}
    made: dict[str, np.ndarray] = {"group": group}
    for k, (letter, at) in enumerate(cuts.items()):
        for item in range(4):
            loading = 0.85 - 0.08 * item
            behind = loading * f[:, k] + np.sqrt(1 - loading**2) * rng.standard_normal(n)
            made[f"{letter}{item + 1}"] = 1.0 + np.digitize(behind, np.array(at) + 0.15 * (item - 1.5))
    made["y"] = 2 + 0.5 * f[:, 0] - 0.3 * f[:, 1] + rng.standard_normal(n)
    lost = rng.random((n, 13)) < missing
    return {
        name: value if name == "group" else np.where(lost[:, k - 1], np.nan, value)
        for k, (name, value) in enumerate(made.items())
    }


def main() -> None:
    tables = {"growth": growth(), "panel": panel(), "facets": facets()}
    tables |= {"ordinal": ordinal(), "ordinal_missing": ordinal(missing=0.15)}
    for name, made in tables.items():
        columns = list(made)
        rows = zip(*(made[column] for column in columns), strict=True)
        shown = [
            ",".join(
                v
                if isinstance(v, str)
                else ""
                if np.isnan(v)
                else f"{v:.0f}"
                if name.startswith("ordinal") and v == round(v)
                else f"{v:.6f}"
                for v in row
            )
            for row in rows
        ]
        (HERE / f"{name}.csv").write_text("\n".join([",".join(columns), *shown]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
