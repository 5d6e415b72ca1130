"""The update that searches for a maximum share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def bfgs(inverse: Array, moved: Array, turned: Array) -> Array:
    """Inverse metric after a step (Broyden, Fletcher, Goldfarb, Shanno); unchanged where curvature is not positive.

    inverse : (q, q); moved : (q,) the step; turned : (q,) change of the gradient of what is minimised, or minus that of
    what is maximised

    >>> bfgs(np.eye(2), np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [[0.5, 0.0], [0.0, 1.0]]
    """
    along = float(moved @ turned)
    if along <= 1e-10 * float(np.linalg.norm(moved) * np.linalg.norm(turned)):
        return inverse
    ht = inverse @ turned
    outer = np.outer(moved, ht)
    grown: Array = (
        inverse + (along + float(turned @ ht)) / along**2 * np.outer(moved, moved) - (outer + outer.T) / along
    )
    return grown
