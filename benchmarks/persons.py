"""Wall time and peak memory of `forwhom person --all` for 1,000 people of a simulated trial, from process start.

There is no peer that does the same work: the target is 60 s on two cores. On a busy machine look at the processor time too: wall time
says what the others left over.

python benchmarks/persons.py [PEOPLE] [WORKERS]
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

TOML = """
[study]
name = "simulated"
title = "A simulated trial of two treatments"
time_unit = "week"

[arms]
usual = "Usual care"
new = "New treatment"

[tables.persons]
file = "people.csv"
id = "id"
arm = "arm"

[[tables.measures]]
file = "people.csv"
id = "id"
scale = "distress"
wide = { "d0" = 0, "d4" = 4, "d8" = 8, "d12" = 12, "d16" = 16, "d20" = 20 }

[scales.distress]
label = "Distress"
better = "lower"
range = [0, 100]
reliability = 0.88
reliability_sd = 12
source = "simulated"

[plan]
primary = { scale = "distress", at = 20 }
covariates = ["age"]
moderators = ["age", "sex", "earlier"]
"""
WEEKS = (0, 4, 8, 12, 16, 20)


def simulate(folder: Path, n: int) -> None:
    """A trial with growth, a small mean effect, an effect that depends on age, and people who leave."""
    rng = np.random.default_rng(20260101)
    folder.joinpath("study.toml").write_text(TOML, encoding="utf-8")
    with folder.joinpath("people.csv").open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file)
        write.writerow(["id", "arm", "age", "sex", "earlier", *(f"d{week}" for week in WEEKS)])
        for i in range(n):
            arm, age = rng.integers(2), rng.normal(40, 10)
            start, slope = rng.normal(55, 10), rng.normal(-0.6 - arm * (0.2 + 0.02 * (age - 40)), 0.6)
            scores = np.clip(start + slope * np.array(WEEKS) + rng.normal(0, 5, len(WEEKS)), 0, 100).round(1)
            left = len(WEEKS) if rng.random() < 0.7 else rng.integers(2, len(WEEKS))
            shown = [score if j < left else "" for j, score in enumerate(scores.tolist())]
            write.writerow(
                [i + 1, ("usual", "new")[arm], round(float(age)), "fm"[rng.integers(2)], rng.poisson(1), *shown]
            )


def against(seconds: float, target: float = 60.0) -> str:
    return f"{target / seconds:.1f} times under" if seconds <= target else f"MISSED, {seconds / target:.1f} times over"


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        simulate(folder, n)
        command = [sys.executable, "-m", "forwhom", "person", place, "--all", "--workers", str(workers)]
        busy, start = os.getloadavg()[0], time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.perf_counter() - start
        pages = list((folder / "report/persons").glob("*.html"))
        size = sum(page.stat().st_size for page in pages) / len(pages) / 1024
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = usage.ru_utime + usage.ru_stime
    print(f"pages for {n:,} people, {workers} workers   {seconds:.1f} s of wall time (target 60 s: {against(seconds)})")
    print(f"processor time                   {used:.1f} s; on {workers} idle cores at least {used / workers:.1f} s")
    print(
        f"load of the machine before       {busy:.1f} on {os.cpu_count()} cores, after {os.getloadavg()[0]:.1f} (with this)"
    )
    print(f"peak memory of a process         {usage.ru_maxrss / 1024:.0f} MB")
    print(f"size of a page                   {size:.0f} KB")


if __name__ == "__main__":
    main()
