"""Is a new result compatible with those that were pooled?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri, stdtr, stdtrit


@dataclass(frozen=True, slots=True)
class Compatibility:
    """A new result against the results a pool of others makes likely.

    difference : new minus pooled, with its limits, standard error and degrees of freedom (None: normal)
    expected_low, expected_high : where the new study's *result* would lie, its own sampling error included; wider than the
        prediction interval, which is of its true effect
    p : of a result at least as far away, were the new study one of the same kind
    """

    difference: float
    low: float
    high: float
    se: float
    df: float | None
    p: float
    expected_low: float
    expected_high: float


def compatibility(
    y: float, v: float, *, pooled: float, se: float, tau2: float, df: float | None, level: float = 0.95
) -> Compatibility:
    """Compare a result with a pooled effect, counting its own error, the pool's, and the variance between studies.

    y, v : the new effect and its sampling variance, on the scale of the pool
    pooled, se, tau2 : of the pool; df : of the pool's t (number of studies − 1), None for normal limits

    The difference y − pooled has variance v + tau2 + se² when the new study is drawn as the others were (Higgins, Thompson &
    Spiegelhalter, 2009, J R Stat Soc A 172:137, eq. 13, with the sampling error of the new study added).

    Raises ValueError for variances that are not positive or not finite, or a level outside (0, 1).

    >>> found = compatibility(-0.10, 0.04, pooled=-0.50, se=0.10, tau2=0.05, df=11)
    >>> round(found.difference, 2), round(found.se, 3), round(found.p, 2)
    (0.4, 0.316, 0.23)
    """
    if not all(map(math.isfinite, (y, v, pooled, se, tau2))) or v <= 0 or se < 0 or tau2 < 0:
        raise ValueError("effects must be finite, the new variance above 0, the pool's not below 0")
    if not 0 < level < 1 or (df is not None and df <= 0):
        raise ValueError("the level lies between 0 and 1, and degrees of freedom above 0")
    difference = y - pooled
    spread = math.sqrt(v + tau2 + se**2)
    tail = 0.5 + level / 2
    reach = spread * float(ndtri(tail) if df is None else stdtrit(df, tail))
    z = -abs(difference) / spread
    p = 2 * float(ndtr(z) if df is None else stdtr(df, z))
    return Compatibility(
        difference, difference - reach, difference + reach, spread, df, p, pooled - reach, pooled + reach
    )
