"""What is found over what chance makes, in words and with the range of the null courses."""

from __future__ import annotations

import numpy as np

from forwhom.findings.kinds import Interval, Relation


def over_chance(group: str, what: str, seen: float, null: np.ndarray, n: int, level: float) -> Relation:
    """Found over expected, its limits from the range of what null courses give, and the share of these with as many.

    null : (draws,) counts. The limits say how far chance counts scatter, not how well a true excess is known.
    """
    mean = float(null.mean())
    p = (1 + float((null >= seen).sum())) / (1 + null.size)
    says = "1: as many as noise around everybody's own straight line makes"
    if not mean > 0:
        return Relation(group, what, Interval(None), "ratio", 1.0, p, n, says, "chance makes none of these")
    if not seen > 0:
        return Relation(group, what, Interval(0.0), "ratio", 1.0, p, n, says)
    tail = 50 * (1 - level)
    few, many = (max(float(q), 0.5) for q in np.percentile(null, [tail, 100 - tail]))
    low, high = seen / many, seen / few
    return Relation(
        group, what, Interval(seen / mean, min(low, seen / mean), max(high, seen / mean)), "ratio", 1.0, p, n, says
    )
