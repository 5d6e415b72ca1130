"""In company: how members of a therapy group see each other, and diaries of patients and their partners."""

from __future__ import annotations

import numpy as np
import polars as pl

from twin.design import Design, stream
from twin.people import Allocation, People

TRAITS = ("warm", "trustworthy", "dominant")
RATED = (3.0, 15.0)
DAYS, BEEPS = 6, 5


def draw_ratings(names: list[str], people: People, where: Allocation, left: np.ndarray, seed: int) -> pl.DataFrame:
    """Everybody in a therapy group rates everybody else, 1 to 7, at months 3 and 15, as long as both still come.

    Perceiver, target and relationship parts with standard deviations 0.6, 0.5 and 0.8; perceiver and target parts
    correlate 0.3, the two relationships of a pair 0.3. More severe people see others as less trustworthy (−0.2 per SD) and
    are seen so (−0.15); with MBT the first fades by month 15.
    """
    rng = stream(seed, "ratings")
    rows = []
    for group in np.unique(where.group[where.group >= 0]):
        members = np.flatnonzero(where.group == group)
        for trait in TRAITS:
            parts = rng.multivariate_normal([0, 0], [[0.36, 0.09], [0.09, 0.25]], members.size)
            pair = rng.normal(0, 0.8, (members.size, members.size))
            pair = (pair + 0.154 * pair.T) / np.hypot(1, 0.154)
            for month in RATED:
                here = [k for k, i in enumerate(members) if not left[i] <= month]
                noise = rng.normal(0, 0.5, (members.size, members.size))
                for a in here:
                    for b in here:
                        if a == b:
                            continue
                        i, j = members[a], members[b]
                        fades = month == RATED[1] and where.arm[i] == 1
                        trust = trait == "trustworthy"
                        sees = -0.2 * people.severity[i] * trust * (not fades)
                        evokes = -0.15 * people.severity[j] * trust
                        value = 4.2 + parts[a, 0] + parts[b, 1] + pair[a, b] + noise[a, b] + sees + evokes
                        rows.append(
                            (f"G{group + 1:02d}", names[i], names[j], trait, month, int(np.clip(round(value), 1, 7)))
                        )
    return pl.DataFrame(rows, schema=["group", "perceiver", "target", "trait", "month", "value"], orient="row")


def draw_diary(
    names: list[str], severity: np.ndarray, arm: np.ndarray, seen: np.ndarray, design: Design, seed: int
) -> tuple[pl.DataFrame, list[str | None]]:
    """Two bursts of six days with five prompts, months 0 and 18; half of the diarists have a partner who answers too.

    severity : (n, 2) latent S at both bursts; seen : (n, 2) who was assessed then
    From one prompt to the next of a day: own distress carries over 0.35, the partner's 0.15 (0.25 from patient to partner).
    Returns the diary, and each person's partner.
    """
    rng = stream(seed, "diary")
    randomised = np.flatnonzero(arm >= 0)
    diarists = np.sort(rng.permutation(randomised)[: round(design.diary * randomised.size)])
    paired = set(rng.permutation(diarists)[: round(design.coupled * diarists.size)].tolist())
    partners: list[str | None] = [None] * len(names)
    rows = []
    for i in diarists:
        together = int(i) in paired
        partners[i] = f"{names[i]}-partner" if together else None
        usual = rng.normal(0, 0.5, 2)
        for burst in range(2):
            for day in range(1, DAYS + 1):
                own, other = rng.normal(0, 0.7, 2)
                for beep in range(1, BEEPS + 1):
                    new = 0.35 * own + 0.15 * other * together + rng.normal(0, 0.7)
                    other = 0.35 * other + 0.25 * own + rng.normal(0, 0.6)
                    own = new
                    if not seen[i, burst] or rng.random() > 0.78:
                        continue
                    level = 2.6 + 0.6 * severity[i, burst] + usual[0] + own
                    items = [int(np.clip(round(level + rng.normal(0, 0.6)), 0, 6)) for _ in range(3)]
                    close = int(np.clip(round(4 - 0.5 * own - 0.4 * other + rng.normal(0, 0.7)), 0, 6))
                    his = int(np.clip(round(1.8 + usual[1] + other), 0, 6))
                    rows.append((names[i], burst, day, beep, *items, *((close, his) if together else (None, None))))
    columns = ["id", "burst", "day", "beep", "sad", "tense", "angry", "closeness", "partner_distress"]
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None), partners
