"""A small made-up table of trials in Metapsy format, with everything that is hard to pool: ``python make_table.py``."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

HEAD = (
    "study", "condition_arm1", "condition_arm2", "multi_arm1", "multi_arm2", "outcome_type", "outcome_domain", "instrument", "time",
    "time_weeks", "mean_arm1", "sd_arm1", "n_arm1", "mean_arm2", "sd_arm2", "n_arm2", "baseline_m_arm1", "event_arm1", "totaln_arm1",
    "event_arm2", "totaln_arm2", "n_sessions_ig", "format", "overall_RoB", "year", "diagnosis", "full_ref", ".g", ".g_se",
)  # fmt: skip


def rows(rng: np.random.Generator) -> list[dict[str, object]]:
    """Fourteen trials: scores of two instruments (one of them better when higher), a shared control group, follow-ups, events."""
    made: list[dict[str, object]] = []
    for i in range(14):
        n1, n2 = (int(n) for n in rng.integers(14, 60, 2))
        truth = 0.35 + 0.25 * rng.standard_normal()
        study = f"Study {chr(65 + i)}, {2004 + i}"
        base = {
            "study": study, "condition_arm1": "dbt" if i % 2 else "mbt", "condition_arm2": ("TAU", "CTBE")[i % 3 == 0],
            "outcome_domain": "BPD severity", "time": "post", "time_weeks": 52, "n_sessions_ig": int(rng.integers(10, 80)),
            "format": ("ind", "grp")[i % 2], "overall_RoB": ("high", "low", "some concerns")[i % 3], "year": 2004 + i,
            "diagnosis": "bpd", "full_ref": f"Author A, Author {chr(66 + i)} ({2004 + i}). A made-up trial.",
        }  # fmt: skip
        made.append({**base, **_means(rng, truth, n1, n2, 30.0, 9.0, "bpdsi", -1)})
        if i % 4 == 1:
            made.append({**base, **_means(rng, 0.7 * truth, n1, n2, 50.0, 15.0, "whoqol-bref", 1)})
        if i % 5 == 2:
            made.append(
                {**base, "time": "FU", "time_weeks": 78, **_means(rng, 0.8 * truth, n1, n2, 28.0, 9.0, "bpdsi", -1)}
            )
        if i == 6:
            made[-1] |= {"multi_arm1": "a", "multi_arm2": "c"}
            other = _means(rng, 0.5 * truth, n1 + 3, n2, 30.0, 9.0, "bpdsi", -1)
            same = {name: made[-1][name] for name in ("mean_arm2", "sd_arm2", "n_arm2")}
            made.append({**base, **other, **same, "multi_arm1": "b", "multi_arm2": "c"})
        if i % 3 != 1:
            made.append(
                {**base, "outcome_domain": "suicidal behaviour", **_events(rng, n1, n2, none=i == 5, empty=i == 8)}
            )
    return made


def _means(
    rng: np.random.Generator, g: float, n1: int, n2: int, at: float, sd: float, instrument: str, better: int
) -> dict[str, object]:
    one = at + better * g * sd + sd * rng.standard_normal(n1)
    two = at + sd * rng.standard_normal(n2)
    return {
        "outcome_type": "msd", "instrument": instrument, "mean_arm1": round(float(one.mean()), 2), "n_arm1": n1, "n_arm2": n2,
        "sd_arm1": round(float(one.std(ddof=1)), 2), "mean_arm2": round(float(two.mean()), 2), "sd_arm2": round(float(two.std(ddof=1)), 2),
        "baseline_m_arm1": round(at + 5.0 + float(rng.standard_normal()), 1),
    }  # fmt: skip


def _events(rng: np.random.Generator, n1: int, n2: int, *, none: bool, empty: bool) -> dict[str, object]:
    e1, e2 = int(rng.binomial(n1, 0.2)), int(rng.binomial(n2, 0.35))
    return {
        "outcome_type": "dich", "instrument": "count", "event_arm1": 0 if none or empty else e1, "event_arm2": 0 if none else e2,
        "totaln_arm1": n1, "totaln_arm2": n2,
    }  # fmt: skip


def main() -> None:
    """Write synthetic.csv beside this file; one row gives an effect and nothing else."""
    found = rows(np.random.default_rng(20261123))
    for row in found:
        if row["outcome_type"] == "msd":
            pooled = (
                ((row["n_arm1"] - 1) * row["sd_arm1"] ** 2 + (row["n_arm2"] - 1) * row["sd_arm2"] ** 2)
                / (row["n_arm1"] + row["n_arm2"] - 2)
            ) ** 0.5
            df = row["n_arm1"] + row["n_arm2"] - 2
            row[".g"] = round((1 - 3 / (4 * df - 1)) * (row["mean_arm1"] - row["mean_arm2"]) / pooled, 4)
            row[".g_se"] = round((1 / row["n_arm1"] + 1 / row["n_arm2"] + row[".g"] ** 2 / (2 * (df + 2))) ** 0.5, 4)
    with (Path(__file__).parent / "synthetic.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEAD, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


if __name__ == "__main__":
    main()
