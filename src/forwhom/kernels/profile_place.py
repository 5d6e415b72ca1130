"""Where one score stands among others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def percentile_rank(sample: ArrayLike, score: float) -> float | None:
    """Share of the sample below a score, ties halved (Crawford, Garthwaite & Slick, 2009); None with fewer than two scores.

    sample : (n,) raw scores, NaN where absent; the person's own among them

    >>> percentile_rank([1.0, 2.0, 2.0, 5.0], 2.0)
    0.5
    """
    known = np.asarray(sample, dtype=np.float64)
    known = known[np.isfinite(known)]
    if known.size < 2:
        return None
    return float(((known < score).sum() + 0.5 * (known == score).sum()) / known.size)


def z_score(sample: ArrayLike, score: float) -> tuple[float, float]:
    """Distance from the sample's mean in its standard deviations, and that deviation; NaN without any spread.

    >>> z_score([1.0, 2.0, 3.0], 3.0)
    (1.0, 1.0)
    """
    known = np.asarray(sample, dtype=np.float64)
    known = known[np.isfinite(known)]
    sd = float(known.std(ddof=1)) if known.size > 1 else float("nan")
    if not sd > 0:
        return float("nan"), float("nan")
    return float((score - known.mean()) / sd), sd
