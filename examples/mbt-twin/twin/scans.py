"""Scans before and after treatment of some people in both arms: activation in two conditions, volume, connectivity."""

from __future__ import annotations

import numpy as np
import polars as pl

from twin.design import Design, stream

ACTIVATION = (
    ("amygdala", "left"),
    ("amygdala", "right"),
    ("anterior insula", "left"),
    ("anterior insula", "right"),
    ("dorsal ACC", ""),
    ("dlPFC", "left"),
    ("dlPFC", "right"),
)
VOLUME = (("amygdala", "left"), ("amygdala", "right"), ("dorsal ACC", ""))
CONNECTIVITY = (("amygdala to dmPFC", "left"), ("amygdala to dmPFC", "right"))
EFFECTS = {
    ("activation", "amygdala", "right", "negative"): -0.60,
    ("activation", "anterior insula", "left", "negative"): -0.35,
    ("connectivity", "amygdala to dmPFC", "right", "negative"): 0.45,
}
"""Of MBT on change, in SD of the first scan; everything else does not differ between the arms."""
WITH_SYMPTOMS = {("activation", "amygdala", "right", "negative"): 0.35}
"""Of change per SD of change in S: what fell with symptoms."""
STABLE = 0.6


def draw_scans(
    names: list[str], arm: np.ndarray, change: np.ndarray, seen: np.ndarray, design: Design, seed: int
) -> pl.DataFrame:
    """A row per scan and value.

    change : (n,) of latent S from month 0 to 18; seen : (n,) came to the last assessment
    """
    rng = stream(seed, "scans")
    chosen = np.concatenate(
        [rng.permutation(np.flatnonzero(arm == k))[: round(design.scanned * int((arm == k).sum()))] for k in (0, 1)]
    )
    rows: list[tuple[str, int, str, str, str, str, float]] = []
    kinds = [("activation", *place, condition) for place in ACTIVATION for condition in ("negative", "neutral")]
    kinds += [("volume", *place, "") for place in VOLUME]
    kinds += [("connectivity", *place, "negative") for place in CONNECTIVITY]
    for i in np.sort(chosen):
        usual = rng.standard_normal(len(kinds))
        first, second = rng.standard_normal((2, len(kinds)))
        for k, kind in enumerate(kinds):
            before = np.sqrt(STABLE) * usual[k] + np.sqrt(1 - STABLE) * first[k]
            after = np.sqrt(STABLE) * usual[k] + np.sqrt(1 - STABLE) * second[k]
            after += EFFECTS.get(kind, 0.0) * (arm[i] == 1) + WITH_SYMPTOMS.get(kind, 0.0) * (change[i] + 1.0)
            modality, region, hemisphere, condition = kind
            for month, value in ((0, before), (18, after)):
                if month == 0 or seen[i]:
                    rows.append((names[i], month, modality, region, hemisphere, condition, _in_units(modality, value)))
    columns = ["id", "month", "modality", "region", "hemisphere", "condition", "value"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _in_units(modality: str, value: float) -> float:
    """Percent signal change, cubic millimetres, Fisher z."""
    centre, sd = {"activation": (0.30, 0.20), "volume": (1650.0, 180.0), "connectivity": (0.25, 0.15)}[modality]
    return round(float(centre + sd * value), 3 if modality != "volume" else 0)
