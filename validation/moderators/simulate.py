"""How often intervals and tests hold what they promise: the composite, one moderator, a profile.

python simulate.py [trials] > simulated.csv
"""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import polars as pl

from forwhom.analysis.asking import Asking
from forwhom.analysis.courses import courses
from forwhom.analysis.for_whom.candidates import moderators_of
from forwhom.analysis.for_whom.dimensional import dimensional
from forwhom.analysis.for_whom.moderator_fit import Moderation, moderation
from forwhom.kernels.composite_moderator import composite_moderator
from forwhom.study import Arm, Plan, Primary, Scale, Study

TRIALS = int(sys.argv[1]) if len(sys.argv) > 1 else 500


def composite(n: int, p: int, gain: float) -> None:
    """Coverage of the mean cross-validated effect size, and how often its limits exclude zero."""
    rows = []
    for seed in range(TRIALS):
        rng = np.random.default_rng([n, p, int(100 * gain), seed])
        m, arm = rng.normal(size=(n, p)), rng.permutation(np.arange(n) % 2)
        y = m @ np.full(p, 0.3) + arm * (0.3 + gain * m[:, :2].sum(axis=1)) + rng.normal(size=n)
        found = composite_moderator(y, arm, m, rng=rng, repeats=10)
        e = found.effect_size
        rows.append((e.value, e.se, e.low, e.high, found.in_sample))
    v = np.array(rows)
    mean = v[:, 0].mean()
    report(
        "composite", f"n {n}; {p} moderators; gain {gain}", mean=mean, sd=v[:, 0].std(ddof=1), se=v[:, 1].mean(),
        coverage=((v[:, 2] <= mean) & (v[:, 3] >= mean)).mean(), above=(v[:, 2] > 0).mean(), in_sample=v[:, 4].mean(),
    )  # fmt: skip


def study_of(scales: dict[str, np.ndarray], times: list[float], arm: np.ndarray, x: np.ndarray) -> Study:
    """Scores (n, occasions) per scale."""
    n = arm.size
    ids = [str(i) for i in range(n)]
    frames = [
        pl.DataFrame(
            {
                "id": np.repeat(ids, len(times)),
                "scale": name,
                "time": np.tile(times, n),
                "informant": "self",
                "value": [None if np.isnan(v) else float(v) for v in scores.ravel()],
                "absent": None,
            },
            schema_overrides={"absent": pl.String, "value": pl.Float64},
        )
        for name, scores in scales.items()
    ]
    names = list(scales)
    return Study(
        name="simulated", title="", time_unit="month", time_zone=None, source=None, arms=(Arm("0", "A"), Arm("1", "B")),
        persons=pl.DataFrame({"id": ids, "arm": [str(k) for k in arm], "x": x}), measures=pl.concat(frames), items=pl.DataFrame(),
        scales={name: Scale(name, name, "higher") for name in names},
        plan=Plan(registered=dt.date(2020, 1, 1), primary=Primary(names[0], times[-1]), outcomes=tuple(names[1:]), moderators=("x",)),
        fingerprint="0", covariates=("x",),
    )  # fmt: skip


def one_moderator(n: int, slope: float) -> None:
    """Three occasions, a third lost by the last; the interaction and its test."""
    rows = []
    for seed in range(TRIALS):
        rng = np.random.default_rng([n, int(100 * slope), seed])
        x, arm, person = rng.normal(size=n), np.arange(n) % 2, rng.normal(size=n)
        y = person[:, None] + 0.3 * x[:, None] + rng.normal(size=(n, 3))
        y[:, 1:] += (arm * (0.5 + slope * x))[:, None]
        lost = rng.random(n) < 0.33
        y[lost, 2] = np.nan
        y[lost & (rng.random(n) < 0.5), 1] = np.nan
        study = study_of({"y": y}, [0.0, 3.0, 6.0], arm, x)
        scale = study.scales["y"]
        found = moderation(study, Asking(), courses(study, scale), moderators_of(study, scale)[0])
        if isinstance(found, Moderation):
            each = found.interactions[1][0]
            sd = found.prepared.sd
            rows.append((each.value / sd, each.se / sd, each.low <= slope * sd <= each.high, each.p < 0.05))
    v = np.array(rows, dtype=float)
    report(
        "moderator", f"n {n}; slope {slope}", mean=v[:, 0].mean(), sd=v[:, 0].std(ddof=1), se=v[:, 1].mean(), coverage=v[:, 2].mean(),
        above=v[:, 3].mean(), in_sample=float("nan"),
    )  # fmt: skip


def profile(n: int, effects: tuple[float, ...]) -> None:
    """How often a profile is called specific (column `above`) and general (column `in_sample`)."""
    rows = []
    for seed in range(TRIALS):
        rng = np.random.default_rng([n, len(effects), int(100 * effects[-1]), seed])
        arm, common = np.arange(n) % 2, rng.normal(size=n)
        scales = {}
        for j, effect in enumerate(effects):
            before = 0.6 * common + 0.8 * rng.normal(size=n)
            scales[f"s{j}"] = np.column_stack(
                [before, 0.6 * before + 0.5 * common + 0.5 * rng.normal(size=n) + arm * effect]
            )
        found = dimensional(study_of(scales, [0.0, 6.0], arm, common), Asking(), "outcomes")
        e = found.estimates[0]
        truth = float(np.mean(effects))
        held = e.low is not None and e.high is not None and e.low <= truth <= e.high
        rows.append((e.value, e.se, held, "is specific" in found.statement, "one general" in found.statement))
    v = np.array(rows, dtype=float)
    report(
        "profile", f"n {n}; effects {' '.join(map(str, effects))}", mean=v[:, 0].mean(), sd=v[:, 0].std(ddof=1), se=v[:, 1].mean(),
        coverage=v[:, 2].mean() if len(set(effects)) == 1 else float("nan"), above=v[:, 3].mean(), in_sample=v[:, 4].mean(),
    )  # fmt: skip


def report(what: str, cell: str, **values: float) -> None:
    print(f"{what},{cell},{TRIALS},{','.join(f'{v:.4f}' for v in values.values())}", flush=True)


if __name__ == "__main__":
    print("what,cell,trials,mean,sd,se,coverage,above,in_sample")
    for n, slope in ((40, 0.0), (100, 0.0), (40, 0.5), (100, 0.5)):
        one_moderator(n, slope)
    for n, effects in (
        (40, (0.4,) * 3),
        (100, (0.4,) * 3),
        (200, (0.0, 0.0, 0.5)),
        (400, (0.8,) * 3),
        (60, (0.4,) * 6),
    ):
        profile(n, effects)
    for n, p, gain in (
        (60, 3, 0.0),
        (100, 5, 0.0),
        (200, 5, 0.0),
        (400, 10, 0.0),
        (100, 3, 0.4),
        (200, 5, 0.4),
        (400, 5, 0.6),
    ):
        composite(n, p, gain)
