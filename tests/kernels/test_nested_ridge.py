"""Nested ridge: its predictions equal a slow oracle, noise is not found, and in-sample gains are seen through."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.nested_ridge import PENALTIES, _predict, foretell


def _data(n: int = 30, q: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, before = rng.normal(size=(n, q)), rng.normal(size=(n, 1))
    return before[:, 0] + x[:, 0] + rng.normal(size=n), x, before


def test_predictions_equal_a_slow_oracle() -> None:
    """Ridge solved by its normal equations, with the penalty of the least error when each is left out and all is refitted."""
    y, x, before = _data()
    test = np.arange(30) >= 24
    base = np.column_stack([np.ones(30), before])
    mean, sd = x[~test].mean(axis=0), x[~test].std(axis=0)
    z = (x - mean) / sd
    free = np.eye(base.shape[1] + x.shape[1])
    free[: base.shape[1], : base.shape[1]] = 0

    def solve(rows: np.ndarray, penalty: float) -> np.ndarray:
        design = np.column_stack([base[rows], z[rows]])
        return np.linalg.solve(design.T @ design + penalty * free, design.T @ y[rows])

    train = np.flatnonzero(~test)
    off = np.linalg.qr(base[train])[0]
    within = z[train] - off @ (off.T @ z[train])
    top = np.linalg.svd(within)[1][0] ** 2
    every = np.column_stack([base, z])

    def left_out(penalty: float) -> float:
        return sum((y[i] - every[i] @ solve(train[train != i], penalty)) ** 2 for i in train)

    best = min(np.geomspace(top * 1e-3, top * 1e3, PENALTIES), key=left_out)
    full, alone = _predict(y[~test][:, None], x, base, test)
    assert full[:, 0] == pytest.approx(every[test] @ solve(train, best), abs=1e-8)
    ordinary = np.linalg.lstsq(base[train], y[train], rcond=None)[0]
    assert alone[:, 0] == pytest.approx(base[test] @ ordinary)


def test_what_is_there_is_found() -> None:
    y, x, before = _data(80)
    found = foretell(y, x, before, permutations=199, repeats=4, rng=np.random.default_rng(1))
    assert found.gain > 0.2
    assert found.p == 1 / 200
    assert found.full_r2 > found.covariate_r2


def test_noise_is_not_found_where_in_sample_it_would_be() -> None:
    rng = np.random.default_rng(5)
    found = []
    for seed in range(40):
        y, _, before = _data(30, seed=seed)
        noise = rng.normal(size=(30, 25))
        found.append(foretell(y, noise, before, permutations=99, repeats=2, rng=rng))
    assert sum(each.p <= 0.05 for each in found) <= 6  # 2 expected; 7 or more has probability 0.003
    assert np.mean([each.gain for each in found]) < 0
    assert np.mean([each.in_sample for each in found]) > 0.05


def test_absent_predictors_and_people_without_outcome() -> None:
    y, x, before = _data(40)
    x[::7, 1], y[3] = np.nan, np.nan
    found = foretell(y, x, before, permutations=19, repeats=2, rng=np.random.default_rng(1))
    assert found.n == 39
    assert np.isnan(found.predicted[3])
    assert np.isfinite(np.delete(found.predicted, 3)).all()


def test_the_same_generator_gives_the_same_answer() -> None:
    y, x, before = _data(40)
    first, second = (foretell(y, x, before, permutations=19, rng=np.random.default_rng(7)) for _ in range(2))
    assert first.gain == second.gain
    assert (first.chance == second.chance).all()


@pytest.mark.parametrize(
    ("n", "constant", "words"), [(12, False, "20 are the least"), (30, True, "no predictor varies")]
)
def test_what_cannot_be_answered(n: int, constant: bool, words: str) -> None:
    y, x, before = _data(n)
    with pytest.raises(ValueError, match=words):
        foretell(y, np.ones_like(x) if constant else x, before, rng=np.random.default_rng(1))
