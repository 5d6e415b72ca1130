"""Which changes first, in daily diaries of people with personality disorders: real data, read where they lie.

    FORWHOM_SHARED_DATA=… python validation/how_mediation/real_diary.py

Beside the paths of `within_paths` stand those of the half-panel jackknife (Dhaene & Jochmans 2015, Rev Econ Stud 82, 991-1030), another
way to take the bias of few occasions out: twice the estimate less the mean of those of each half of everybody's days.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl

from forwhom.analysis.how.alignment import _without_course
from forwhom.kernels.cross_lag import within_paths

FILE = "c_esm/wright_pd_daily_diary.csv"
NEGATIVE = ["afraid", "nervous", "hostile", "ashamed", "upset"]
POSITIVE = ["active", "alert", "attentive", "determined", "inspired"]


def main() -> None:
    """Print both."""
    folder = Path(os.environ.get("FORWHOM_SHARED_DATA", "../shared/data"))
    d = pl.read_csv(folder / FILE, null_values=["NA", ""], infer_schema_length=None)
    d = d.with_columns(pl.mean_horizontal(NEGATIVE).alias("negative"), pl.mean_horizontal(POSITIVE).alias("positive"))
    d = d.select("id", "day", "negative", "positive").drop_nulls().unique(["id", "day"], keep="first").sort("id", "day")
    person, day = d["id"].to_numpy(), d["day"].to_numpy().astype(int)
    none = np.zeros(len(day), dtype=int)
    a, b = (_without_course(d[name].to_numpy(), day, none) for name in ("negative", "positive"))
    rng = np.random.default_rng(1)
    for trend in (False, True):
        made = within_paths(person, day, a, b, trend=trend, draws=500, rng=rng)
        low, high = np.nanquantile(made.draws, [0.025, 0.975], axis=0)
        print(f"trend taken out: {trend}; {made.people} people, {made.pairs} pairs of days")
        for name, i, j in (
            ("negative to positive", 1, 0),
            ("positive to negative", 0, 1),
            ("negative", 0, 0),
            ("positive", 1, 1),
        ):
            print(
                f"  {name}: {made.phi[i, j]:.4f} ({low[i, j]:.4f} to {high[i, j]:.4f}); uncorrected {made.uncorrected[i, j]:.4f}"
            )
        if not trend:
            half = np.empty(day.size, dtype=bool)
            for who in np.unique(person):
                rows = person == who
                half[rows] = day[rows] <= np.median(day[rows])
            halves = [within_paths(person[h], day[h], a[h], b[h], draws=0, rng=rng).uncorrected for h in (half, ~half)]
            jackknife = 2 * made.uncorrected - (halves[0] + halves[1]) / 2
            print("  half-panel jackknife:", jackknife.round(4).tolist())


if __name__ == "__main__":
    main()
