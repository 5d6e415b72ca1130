"""The stored simulation is that of this engine, and what it is said to show is in it."""

from __future__ import annotations

import csv
import importlib.util

import numpy as np
import pytest


@pytest.fixture(scope="module")
def simulation(root):
    folder = root / "validation" / "crossfit"
    with (folder / "ours.csv").open(encoding="utf-8") as file:
        ours = {(row["engine"], row["kind"], row["n"], row["draw"]): row for row in csv.DictReader(file)}
    with (folder / "effects.csv").open(encoding="utf-8") as file:
        cells = {(row["kind"], int(row["n"]), row["engine"]): row for row in csv.DictReader(file)}
    spec = importlib.util.spec_from_file_location("crossfit_draws", folder / "draws.py")
    assert spec is not None
    assert spec.loader is not None
    draws = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draws)
    return ours, cells, draws


@pytest.mark.parametrize(("kind", "n"), [("none", 100), ("linear", 200), ("step", 200)])
def test_the_stored_values_are_those_of_this_engine(simulation, kind, n):
    """Within 0.01: the trees' thresholds may fall otherwise where the arithmetic of a processor differs."""
    from forwhom.kernels.crossfit import Features, cross_fit

    ours, _, draws = simulation
    one = draws.draw(kind, n, 0)
    features = Features(one["x"], np.zeros((n, 0), dtype=np.intp), tuple(f"x{j + 1}" for j in range(8)))
    half = np.full((n, 2), 0.5)
    rng = np.random.default_rng(0)
    fit = cross_fit(one["y"], one["arm"], features, arms=2, probability=half, rng=rng)
    stored = ours["forwhom", kind, str(n), "0"]
    rmse = np.sqrt(np.mean((fit.effects.mean(axis=0)[:, 1] - one["tau"]) ** 2))
    ate = (fit.scores[:, :, 1] - fit.scores[:, :, 0]).mean() - one["tau"].mean()
    assert rmse == pytest.approx(float(stored["rmse"]), abs=0.01)
    assert ate == pytest.approx(float(stored["ate_error"]), abs=0.01)


@pytest.mark.parametrize("n", [100, 200, 500, 1000])
def test_linear_effects_are_recovered_better_than_by_grf(simulation, n):
    _, cells, _ = simulation
    assert float(cells["linear", n, "forwhom"]["rmse"]) < float(cells["linear", n, "grf"]["rmse"])


@pytest.mark.parametrize("kind", ["none", "step"])
@pytest.mark.parametrize("n", [100, 200, 500, 1000])
def test_elsewhere_not_worse_than_the_peers_by_more_than_an_eighth_and_the_simulation_error(simulation, kind, n):
    _, cells, _ = simulation
    best = min((cells[kind, n, engine] for engine in ("grf", "econml")), key=lambda row: float(row["rmse"]))
    allowed = 1.125 * float(best["rmse"]) + 2 * float(best["rmse_se"])
    assert float(cells[kind, n, "forwhom"]["rmse"]) < allowed
