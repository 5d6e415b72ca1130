"""Therapy week by week, as far as outcome depends on it: sessions held, ruptures, repairs, leaving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.design import MONTHS, WEEKS_PER_MONTH, Design, stream


@dataclass(frozen=True, slots=True)
class Therapy:
    """(n, weeks) unless said otherwise.

    held : the session took place
    rupture : intensity 1 to 3 in the session where one begins, 0 otherwise; open : one is open, from its beginning on
    repair : an open one is repaired in this session
    left : (n,) week of leaving, −1 for those who stayed
    unrepaired : (n, 4) ruptures that were never repaired, begun before each assessment
    alliance : (n,) usual alliance in SD
    """

    held: np.ndarray
    rupture: np.ndarray
    open: np.ndarray
    repair: np.ndarray
    left: np.ndarray
    unrepaired: np.ndarray
    alliance: np.ndarray


def draw_therapy(size: int, design: Design, seed: int) -> Therapy:
    """Ruptures come alike in both arms and to everybody; leaving depends on whether they are repaired, and on nothing else."""
    rng = stream(seed, "therapy")
    weeks = design.weeks
    alliance = rng.standard_normal(size)
    attended = rng.random((size, weeks)) < design.attendance
    begins = rng.random((size, weeks)) < design.rupture
    leaves = rng.random((size, weeks))
    will_repair = rng.random((size, weeks)) < design.repaired
    lasts = 1 + rng.binomial(2, 0.4, (size, weeks))
    intensity = 1 + rng.binomial(2, 0.45, (size, weeks))
    held = np.zeros((size, weeks), dtype=bool)
    rupture = np.zeros((size, weeks), dtype=np.int8)
    is_open = np.zeros((size, weeks), dtype=bool)
    repair = np.zeros((size, weeks), dtype=bool)
    left = np.full(size, -1)
    ends = np.zeros(size, dtype=int)
    fixing = np.zeros(size, dtype=bool)
    begun = np.zeros((size, weeks), dtype=bool)
    for week in range(weeks):
        stays = left < 0
        here = attended[:, week] & stays
        held[:, week] = here
        closes = here & (ends == 1)
        repair[:, week] = closes & fixing
        ends = np.where(here & (ends > 0), ends - 1, ends)
        new = here & (ends == 0) & ~closes & begins[:, week]
        rupture[:, week] = np.where(new, intensity[:, week], 0)
        fixing = np.where(new, will_repair[:, week], fixing)
        ends = np.where(new, np.where(fixing, lasts[:, week], design.unrepaired_sessions), ends)
        begun[:, week] = new & ~fixing
        is_open[:, week] = ends > 0
        hazard = np.where((ends > 0) & ~fixing, design.leave_unrepaired, design.leave)
        left = np.where(stays & (leaves[:, week] < hazard), week + 1, left)
    limits = [round(month * WEEKS_PER_MONTH) for month in MONTHS]
    unrepaired = np.column_stack([begun[:, :limit].sum(axis=1) for limit in limits])
    return Therapy(held, rupture, is_open & held, repair, left, unrepaired, alliance)
