"""Items that move by themselves: what is found, what must not be, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.item_drift import item_drift


def answers(n: int, change: float, shift: float, seed: int, noise: float = 0.7) -> np.ndarray:
    """Ten items of unequal loadings; the third moves by itself, everybody changes."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1, 0.5], [0.5, 1]]).T - [0, change]
    made = np.linspace(0.6, 1.0, 10) * factor[:, :, None] + noise * rng.standard_normal((n, 2, 10))
    made[:, 1, 2] += shift
    return made


def test_the_shift_is_in_points_and_only_the_item_that_moved_is_named() -> None:
    found = item_drift(answers(400, 1.0, 0.6, 1))
    assert found.flagged.nonzero()[0].tolist() == [2]
    assert found.shift[2] == pytest.approx(0.6, abs=0.12)
    assert found.low[2] < 0.6 < found.high[2]
    assert (found.people, found.df) == (400, 399)
    assert item_drift(-answers(400, 1.0, 0.6, 1)).shift == pytest.approx(-found.shift)


def test_change_of_everybody_is_no_drift_of_an_item() -> None:
    # Without the regression correction unreliable others would leave a share of the change in every item.
    shifts = np.array([item_drift(answers(300, 1.5, 0.0, seed, noise=1.2)).shift for seed in range(12)])
    assert np.abs(shifts.mean(axis=0)).max() < 0.1
    assert np.abs(shifts.mean()) < 0.02


def test_a_model_without_curve_and_correction_is_the_ordinary_one() -> None:
    """An item that is its true score plus noise: the shift agrees with least squares on the known factor."""
    values = answers(500, 0.5, 0.4, 4, noise=0.1)
    others = np.delete(values, 2, 2).mean(axis=2)
    x = np.column_stack([np.ones(1000), others.ravel(), np.tile([-0.5, 0.5], 500)])
    plain = np.linalg.lstsq(x, values[:, :, 2].ravel(), rcond=None)[0][-1]
    assert item_drift(values).shift[2] == pytest.approx(plain, abs=0.01)


def test_absent_answers_cost_people_not_the_answer() -> None:
    values = answers(300, 1.0, 0.8, 6)
    values[np.random.default_rng(2).random(values.shape) < 0.1] = np.nan
    values[:20, 1] = np.nan
    found = item_drift(values)
    assert found.people == 280
    assert found.flagged.nonzero()[0].tolist() == [2]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((80, 3, 8)), "two occasions"),
        (answers(40, 0, 0, 1), "40 persons"),
        (answers(80, 0, 0, 1)[:, :, :4], "4 items"),
        (np.random.default_rng(1).standard_normal((60, 2, 6)) * [1, -1, 1, -1, 1, -1], "do not go together"),
    ],
)
def test_what_cannot_be_told_is_refused(values: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        item_drift(values)


def test_an_item_nobody_answers_differently_is_refused() -> None:
    values = answers(80, 0, 0, 1)
    values[:, :, 4] = 2.0
    with pytest.raises(ValueError, match="item 5"):
        item_drift(values)
