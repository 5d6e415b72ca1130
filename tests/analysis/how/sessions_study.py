"""A simulated study with sessions: alliance by two people, codes of two raters, symptoms, leaving. Nothing in it is real."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from forwhom.study import SELF, Arm, Plan, Primary, Scale, Study
from forwhom.study.plan import Ruptures, SuddenChange

MEASURES = {
    "id": pl.String, "scale": pl.String, "time": pl.Float64, "informant": pl.String, "value": pl.Float64, "absent": pl.String,
}  # fmt: skip
SCALES = {
    "alliance": Scale("alliance", "Alliance (patient)", "higher", 1.0, 7.0, 0.25),
    "alliance_t": Scale("alliance_t", "Alliance (therapist)", "higher", 1.0, 7.0),
    "mood": Scale("mood", "Mood after session", "lower", 0.0, 60.0, 1.0, reliability=0.9, reliability_sd=8.0, source="invented"),
    "bdi": Scale("bdi", "Depression", "lower", 0.0, 63.0, 1.0, reliability=0.9, reliability_sd=9.0, source="invented"),
}  # fmt: skip


def sessions_study(
    n: int = 80,
    most: int = 40,
    *,
    seed: int = 1,
    planted: float = 0.05,
    harm: float = 4.0,
    leave: float = 2.0,
    correlation: float = 0.3,
    codes: bool = True,
    gains: float = 0.3,
    plan: Plan | None = None,
    **changes: Any,
) -> Study:
    """Two arms, 8 therapists, `most` weekly sessions, depression at 0, 6 and 12 months.

    planted : chance per session that a true rupture of 2 points begins, half of them for good
    harm : points of depression after 6 months in those with a lasting rupture before; leave : log odds of leaving in one
    """
    rng = np.random.default_rng(seed)
    arm, therapist = rng.permutation(np.arange(n) % 2), rng.integers(0, 8, n)
    pd = rng.integers(0, 2, n)
    sessions: list[dict[str, Any]] = []
    left: list[float | None] = []
    scores = np.full((n, 3), np.nan)
    for i in range(n):
        level = 5.0 + rng.normal(0, 0.5) + 0.2 * np.sin(therapist[i])
        wave, broken, lasting, jump = (
            rng.normal(0, 0.5),
            0,
            False,
            rng.integers(5, most - 5) if rng.random() < gains else most + 9,
        )
        base, stayed = rng.normal(28, 5), True
        lasting_by_mark = False
        for t in range(most):
            wave = correlation * wave + np.sqrt(1 - correlation**2) * rng.normal(0, 0.5)
            if broken == 0 and t > 2 and rng.random() < planted * (1 + pd[i]):
                lasting = rng.random() < 0.5
                broken = most if lasting else int(rng.integers(1, 4))
            in_rupture = broken > 0
            broken = max(0, broken - 1)
            time = (t + 1) * 12.0 / most
            if in_rupture and lasting and time <= 6:
                lasting_by_mark = True
            value = float(np.clip(level + 0.01 * t + wave - 2.0 * in_rupture, 1, 7))
            mood = base - 0.2 * t - 12.0 * (t > jump) - 2.0 * wave + rng.normal(0, 2.5)
            row = {
                "id": str(i + 1), "number": t + 1, "time": time, "therapist": f"T{therapist[i] + 1}", "alliance": value,
                "alliance_t": float(np.clip(0.5 * value + 2.6 + rng.normal(0, 0.4), 1, 7)), "mood": float(np.clip(round(mood), 0, 60)),
            }  # fmt: skip
            if codes and t % 2 == 0:
                deep = 2 if in_rupture and rng.random() < 0.5 else int(in_rupture)
                for rater in ("rater_a", "rater_b"):
                    row[rater] = deep if rng.random() < 0.9 else int(rng.integers(0, 3))
                row["repair_a"] = float(in_rupture and not lasting)
            sessions.append(row)
            if rng.random() < 1 / (1 + np.exp(4.5 - leave * (in_rupture and lasting))) and t < most - 1:
                stayed = False
                break
        left.append(None if stayed else (t + 1) * 12.0 / most)
        mark = base - 6 + rng.normal(0, 5)
        end = 0.7 * mark + 5 - 3 * arm[i] + harm * lasting_by_mark + rng.normal(0, 4)
        scores[i] = np.clip([base, mark, end], 0, 63)
    ids = [str(i + 1) for i in range(n)]
    rows = [
        {"id": ids[i], "scale": "bdi", "time": when, "informant": SELF, "value": float(scores[i, j]), "absent": None}
        for i in range(n)
        for j, when in enumerate((0.0, 6.0, 12.0))
    ]
    study = Study(
        name="sessions",
        title="A simulated study with sessions",
        time_unit="month",
        time_zone=None,
        source=None,
        arms=(Arm("TAU", "Clinical management"), Arm("MBT", "MBT")),
        persons=pl.DataFrame(
            {
                "id": ids,
                "arm": [("TAU", "MBT")[k] for k in arm],
                "therapist": [f"T{k + 1}" for k in therapist],
                "left": pl.Series(left, dtype=pl.Float64),
                "diagnosis": [("none", "PD")[k] for k in pd],
            }
        ),
        measures=pl.DataFrame(rows, schema=MEASURES),
        items=pl.DataFrame(),
        scales=dict(SCALES),
        plan=plan
        or Plan(
            registered=dt.date(2020, 1, 1),
            primary=Primary("bdi", 12.0),
            moderators=("diagnosis",),
            ruptures=Ruptures(
                "alliance",
                "control_chart",
                codes=("rater_a", "rater_b") if codes else (),
                repair_codes=("repair_a",) if codes else (),
            ),
            sudden_change=SuddenChange("mood"),
        ),
        fingerprint="0" * 64,
        sessions=pl.DataFrame(sessions, infer_schema_length=None),
        covariates=("diagnosis",),
    )
    from dataclasses import replace

    return replace(study, **changes) if changes else study
