"""Three arms through the whole question: how often each test and the verdict say that effects differ. Writes level_arms.csv.

OMP_NUM_THREADS=1 python level_arms.py [trials] [level_arms.csv]
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import polars as pl

from forwhom.analysis.asking import Asking
from forwhom.analysis.for_whom.heterogeneity import heterogeneity
from forwhom.analysis.for_whom.omnibus import Omnibus, omnibus
from forwhom.analysis.for_whom.trial import Trial, targets, trial
from forwhom.study import Study


def made_up(n: int, opposed: float, rng: np.random.Generator) -> Study:
    """Arms 1 and 2 gain 0.5 SD on average, and `opposed` more or less per SD of x: arm 1 where it is large, arm 2 where small."""
    x, other, before = rng.normal(size=n), rng.normal(size=n), rng.normal(size=n)
    arm = rng.permutation(np.arange(n) % 3)
    side = np.array([0.0, 1.0, -1.0])[arm]
    after = 0.5 * before - 0.5 * (arm > 0) + opposed * side * x + rng.normal(size=n)
    frame = pl.DataFrame(
        {"id": np.arange(n), "arm": [f"a{k}" for k in arm], "x": x, "other": other, "before": before, "after": after}
    )
    return Study.from_frames(
        "three arms",
        {"frame": frame.drop("before", "after"), "id": "id", "arm": "arm"},
        {"frame": frame, "id": "id", "scale": "s", "wide": {"before": 0, "after": 3}},
        arms={f"a{k}": f"Arm {k}" for k in range(3)},
        scales={"s": {"better": "lower"}},
        plan={"primary": {"scale": "s", "at": 3}, "moderators": ["x", "other"]},
    )


def found(n: int, opposed: float, rng: np.random.Generator) -> dict[str, bool]:
    study = made_up(n, opposed, rng)
    finding = heterogeneity(study, Asking(seed=int(rng.integers(2**31))), targets(study)[0])
    tests = {
        f"{test.test.split(':')[0].split(' by ')[0]} {test.arm} {test.reference}".strip(): test.p is not None
        and test.p < 0.05
        for test in finding.detail.tests
    }
    return tests | {"verdict": finding.statement.startswith("Evidence")}


def of_moderators(n: int, trials: int, rng: np.random.Generator) -> np.ndarray:
    """Rejections at 5 % without differing effects: over all arms, of arm 1 and of arm 2; no predictions, so many trials."""
    rows = []
    for _ in range(trials):
        study = made_up(n, 0.0, rng)
        here = trial(study, targets(study)[0])
        assert isinstance(here, Trial)
        tests = omnibus(study, Asking(), here)
        assert isinstance(tests, Omnibus)
        rows.append([each.p is not None and each.p < 0.05 for each in (tests.any_arm, tests.tests[1], tests.tests[2])])
    return np.mean(rows, axis=0)


def main(trials: int, to: Path) -> None:
    with to.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["n", "opposed", "trials", "test", "below .05"])
        for number, (n, opposed) in enumerate([(150, 0.0), (150, 0.3)]):
            rng = np.random.default_rng([number, 11])
            count = trials if opposed == 0.0 else trials // 2
            rows = [found(n, opposed, rng) for _ in range(count)]
            for test in rows[0]:
                share = np.mean([row[test] for row in rows])
                writer.writerow([n, opposed, count, test, round(float(share), 4)])
                print(n, opposed, test, share, flush=True)
        shares = of_moderators(150, 5 * trials, np.random.default_rng(77))
        for test, share in zip(("all 3 arms", "arm a1 a0", "arm a2 a0"), shares, strict=True):
            writer.writerow([150, 0.0, 5 * trials, f"{test}, alone", round(float(share), 4)])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300, Path(sys.argv[2] if len(sys.argv) > 2 else "level_arms.csv"))
