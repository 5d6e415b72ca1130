"""Wall time and memory of `forwhom report` on the trial that ships, from process start; and of importing forwhom.

There is no peer that does the same work: the targets are 3 s, 300 MB and 0.3 s on two cores.

python benchmarks/report.py [RUNS]
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def timed(command: list[str], runs: int) -> tuple[float, float]:
    """Median and best wall time in seconds; the first run only warms the disk."""
    seconds = []
    for run in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        if run:
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), min(seconds)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "forwhom", "report", str(ROOT / "examples/beat-the-blues"), "--out", out]
        median, best = timed(command, runs)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"report on Beat the Blues   median {median:.2f} s, best {best:.2f} s (target 3 s: {3 / median:.1f} times under)"
    )
    print(f"peak memory                {memory:.0f} MB (target 300 MB)")
    bare, _ = timed([sys.executable, "-c", "pass"], runs)
    loaded, _ = timed([sys.executable, "-c", "import forwhom"], runs)
    print(f"import forwhom             {loaded - bare:.3f} s beyond an empty interpreter (target 0.3 s)")


if __name__ == "__main__":
    main()
