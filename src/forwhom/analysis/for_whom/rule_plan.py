"""How many people it would take to show that a rule gains something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.for_whom.ruled import amount
from forwhom.analysis.for_whom.trial import Trial
from forwhom.analysis.words import people
from forwhom.findings.kinds import PowerPoint
from forwhom.kernels.crossfit import CrossFit
from forwhom.kernels.policy_gain import Recommendation, gains_worth, mean_gain, needed, otherwise_sds, power

SMALL_D, SMALL_SHARE = 0.2, 0.05
"""The gain worth planning for: 0.2 SD, or five percentage points of a binary outcome."""
SIZES = (50, 100, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200, 4800, 6400, 9600)


@dataclass(frozen=True, slots=True)
class Planned:
    """People needed for the gain seen and for a small one, in words and as curves. None where no number would do."""

    seen: int | None
    small: int | None
    small_gain: float
    points: tuple[PowerPoint, ...]
    words: str


def planned(made: Trial, fit: CrossFit, found: Recommendation, level: float) -> Planned:
    """People needed for 80 % power, for the gain seen and for one worth having.

    Each must show over every arm, as a recommendation demands, and both with the same spreads and clusters: so a larger
    gain never needs more people than a smaller one.
    """
    scores, better = made.sign * fit.scores.mean(axis=0), made.arms[found.better][1]
    half = otherwise_sds(scores, found.better, fit.cluster)
    sds = [max(gain.sd, sd) for gain, sd in zip(found.over, half, strict=True)]
    units = _units(scores, fit, found, level)
    small_gain = SMALL_SHARE if made.sd is None else SMALL_D * made.sd
    small_words = "five percentage points" if made.sd is None else f"0.2 SD ({amount(made, small_gain)})"
    small_gains, seen_gains = gains_worth(scores, found.better, small_gain), tuple(one.value for one in found.over)
    small, seen = (needed(gains, sds, level, units=units) for gains in (small_gains, seen_gains))
    most = 1.5 * max(n for n in (seen if (seen or 10**9) < 10_000 else None, small, 400) if n is not None)
    sizes = [n for n in SIZES if n <= most] or list(SIZES[:3])
    seen_words = f"the gain seen ({amount(made, found.gain.value)} over {better})"
    curves = [(f"a gain of {small_words}", small_gains)]
    if seen is not None:
        curves.append((f"the gain seen ({amount(made, found.gain.value)})", seen_gains))
    points = [PowerPoint(name, n, power(gains, sds, n, level, units=units)) for name, gains in curves for n in sizes]
    first = (
        f"{_so_many(made, seen)} for 80 % power to show {seen_words}"
        if seen is not None
        else "The gain seen is not above zero, so no number of people can be named for it"
    )
    second = f"; {_so_many(made, small)} for a gain of {small_words}" if small is not None else ""
    wider = any(gain.sd > sd for gain, sd in zip(found.over, half, strict=True))
    spread = (
        "whose gain varies between people as it did for the rules found here"
        if wider
        else f"which tells half of the people another arm than {better}"
    )
    words = (
        f"{first}{second}, in all arms together. Both are for a rule already found, {spread}; finding one takes more."
    )
    return Planned(seen, small, small_gain, tuple(points), words)


def _units(scores: np.ndarray, fit: CrossFit, found: Recommendation, level: float) -> float:
    """Degrees of freedom that a person brings: the fewest of the gains found and of the differences between arms."""
    apart = [
        mean_gain(scores[:, a] - scores[:, found.better], fit.cluster, level)
        for a in range(scores.shape[1])
        if a != found.better
    ]
    return min(one.units for one in (*found.over, *apart))


def _so_many(made: Trial, n: int) -> str:
    """ "1,958 people (52 therapists with as many people each as here)"."""
    name = made.cluster_words.removeprefix("by ").partition(" (")[0]
    by = next((each for each in made.groupings if each.name == name), None)
    if made.cluster is None or by is None:
        return people(n)
    many = int(np.unique(by.codes[by.codes >= 0]).size)
    return f"{people(n)} ({int(np.ceil(n * many / made.arm.size)):,} {name}s with as many people each as here)"
