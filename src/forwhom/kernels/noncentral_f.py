"""How large an effect a joint F test finds."""

from __future__ import annotations

from scipy.special import fdtri, ncfdtr


def noncentrality(df1: int, df2: float, *, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Noncentrality lambda at which an F test at alpha has this power; None below one denominator degree of freedom.

    With df1 = 1 and many df2 it is (1.96 + 0.84)^2 = 7.85.

    >>> round(noncentrality(1, 1e6), 2), round(noncentrality(3, 40.0), 2)
    (7.85, 12.03)
    """
    if df1 < 1 or not 0.0 < alpha < 1.0 or not alpha < power < 1.0:
        raise ValueError(
            f"df1 {df1}, alpha {alpha}, power {power}: give df1 of 1 or more and alpha below power below 1."
        )
    if df2 < 1.0:
        return None
    cut = float(fdtri(df1, df2, 1.0 - alpha))
    low, high = 0.0, 10.0
    while ncfdtr(df1, df2, high, cut) > 1.0 - power:
        high *= 2.0
        if high > 1e7:
            return None
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if ncfdtr(df1, df2, middle, cut) > 1.0 - power else (low, middle)
    return 0.5 * (low + high)
