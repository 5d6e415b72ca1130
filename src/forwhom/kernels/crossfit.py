"""Cross-fitted doubly robust scores and effect predictions from a randomised trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of people before treatment.

    numeric : (n, q) numbers, NaN where absent
    categories : (n, c) codes of levels, −1 where absent
    levels : per category, its levels in the order of the codes
    """

    numeric: Array
    categories: Codes
    numeric_names: tuple[str, ...]
    category_names: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()

    def take(self, rows: Codes) -> Features:
        """The features of these people."""
        return Features(
            self.numeric[rows], self.categories[rows], self.numeric_names, self.category_names, self.levels
        )


@dataclass(frozen=True, slots=True)
class CrossFit:
    """R repeats of K-fold cross-fitting on n people and A arms. Arm 0 is the reference.

    scores : (R, n, A) doubly robust score of each person's mean outcome under each arm, learned without the person's fold
    effects : (R, n, A) predicted effect of each arm against arm 0, out of fold; column 0 is 0; mean of the learners
    forward : (R, n, A) the same, learned from earlier folds only; NaN in the first fold
    by_learner : (L, R, n, A) the learners one by one, named by `learners`
    fold : (R, n) fold of each person
    probability : (n, A) of allocation
    arm, observed : (n,) arm got; True where the outcome was seen
    cluster : (n,) codes, or None
    """

    scores: Array
    effects: Array
    forward: Array
    by_learner: Array
    learners: tuple[str, ...]
    fold: Codes
    probability: Array
    arm: Codes
    observed: NDArray[np.bool_]
    cluster: Codes | None
    binary: bool
