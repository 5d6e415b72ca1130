"""A simulated trial in the design of Kramer et al. (2017): a mechanism by session, an outcome by session, truth known.

57 people (or more) in two arms and ten sessions. Treatment moves the mechanism over sessions 1 to 5; its change over them moves
the outcome over sessions 5 to 10. Everything is simulated; nobody stands behind these numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from forwhom.study import Study

SESSIONS = 10
WINDOWS = {"window": {"sessions": [1, 5]}, "outcome_window": {"sessions": [5, 10]}}
SIMULTANEOUS = {"window": {"sessions": [1, 10]}, "outcome_window": {"sessions": [1, 10]}}


def scores(
    rng: np.random.Generator,
    n: int = 57,
    *,
    a: float = 0.8,
    b: float = 0.5,
    direct: float = 0.2,
    confounding: float = 0.0,
    lost: float = 0.0,
    therapists: int = 0,
    nested: bool = False,
) -> dict[str, np.ndarray]:
    """Mechanism and outcome (n, 10), arm, therapist, in standard deviations of change.

    a : arm on the mechanism at session 5; b : mechanism at 5 on the outcome at 10; direct : arm on the outcome at 10
    confounding : path of something unmeasured to both; lost : share that leaves, given the outcome at session 5 (MAR)
    nested : whether a therapist treats in one arm only
    """
    arm = rng.permutation(np.arange(n) % 2)
    level = rng.normal(size=(n, 2)) @ np.linalg.cholesky([[1.0, 0.4], [0.4, 1.0]]).T
    hidden = rng.normal(size=n)
    place = rng.integers(0, therapists, n) if therapists else np.full(n, -1)
    if nested:
        # The first half of them treat in the first arm.
        half = therapists // 2
        place = np.where(arm == 0, place % half, half + place % (therapists - half))
    skill = rng.normal(0, 0.3, therapists)[place] if therapists else 0.0
    m1, y1 = level[:, 0] + 0.5 * rng.normal(size=n), level[:, 1] + 0.5 * rng.normal(size=n)
    m5 = 0.6 * m1 + a * arm + confounding * hidden + skill + rng.normal(0, 0.8, n)
    y5 = 0.7 * y1 + 0.2 * arm + skill + rng.normal(0, 0.7, n)
    y10 = 0.6 * y5 + b * m5 + direct * arm + 0.1 * m1 + confounding * hidden + skill + rng.normal(0, 0.7, n)
    m, y = np.empty((n, SESSIONS)), np.empty((n, SESSIONS))
    for k in range(SESSIONS):
        share = min(k / 4, 1.0)
        m[:, k] = (1 - share) * m1 + share * m5 + (0 if k in (0, 4) else 0.2) * rng.normal(size=n)
        y[:, k] = ((1 - share) * y1 + share * y5 if k <= 4 else y5 + (k - 4) / 5 * (y10 - y5)) + (
            0 if k in (0, 4, 9) else 0.2
        ) * rng.normal(size=n)
    if lost:
        risk = 1 / (1 + np.exp(-(y5 - y5.mean())))
        gone = rng.random(n) < risk * lost / risk.mean()
        m[gone, 5:] = np.nan
        y[gone, 5:] = np.nan
        # Some miss single sessions, whatever happened.
        missed = rng.random((n, SESSIONS)) < 0.05
        m[missed], y[missed] = np.nan, np.nan
    return {"m": m, "y": y, "arm": arm, "therapist": place}


def study(made: dict[str, np.ndarray], windows: dict[str, Any] | None = None, *, name: str = "coping") -> Study:
    """The scores as a study; the outcome's scale is called `distress`, and lower is better."""
    n, sessions = made["m"].shape
    ids = [f"p{i:03d}" for i in range(n)]
    persons = {"id": ids, "arm": [("GPM", "MOTR")[k] for k in made["arm"]]}
    if (made["therapist"] >= 0).all():
        persons["therapist"] = [f"T{k}" for k in made["therapist"]]
    i, k = np.indices((n, sessions))
    values = {
        column: [None if np.isnan(v) else float(v) for v in made[key].ravel()]
        for column, key in ((name, "m"), ("distress", "y"))
    }
    table = pl.DataFrame(
        {"id": [ids[j] for j in i.ravel()], "number": (k + 1).ravel(), "time": (k.ravel()).astype(float), **values}
    )
    return Study.from_frames(
        "kramer-twin",
        {"frame": pl.DataFrame(persons), "id": "id", "arm": "arm"}
        | ({"therapist": "therapist"} if "therapist" in persons else {}),
        {"frame": table.drop("number", name).rename({"distress": "value"}), "id": "id", "scale": "distress", "value": "value",
         "time": "time"},
        arms={"GPM": "Good psychiatric management", "MOTR": "With motive-oriented relationship"},
        scales={"distress": {"better": "lower", "label": "Distress"}},
        sessions={"frame": table, "id": "id", "number": "number", "time": "time"},
        plan={
            "registered": "2010-01-01",
            "primary": {"scale": "distress", "at": float(sessions - 1)},
            "mechanisms": [{"name": name, "family": "coping", **(windows or {})}],
        },
        time_unit="week",
    )  # fmt: skip
