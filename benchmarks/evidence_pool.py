"""How long a pool takes, with every sample left out, five small-study tests and the splits: ``python benchmarks/evidence_pool.py``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.choosing import Choice, chosen
from forwhom.analysis.evidence.pooling import Wish, pooled
from forwhom.io.metapsy import read_metapsy

TABLE = Path(__file__).parents[1] / "validation" / "evidence_pool" / "synthetic.csv"
MOST = 0.2


def main() -> None:
    """Cold, then warm, in seconds of one core; a table of trials may be given."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    words = evidence.read().vocabulary
    trials = read_metapsy(path, words)
    rows = chosen(trials.comparisons, Choice("BPD severity"), words)
    seconds = []
    for _ in range(8):
        start = time.process_time()
        pooled(trials, Asking(), "x", rows, Wish(by=("control",), moderators=("year",)))
        seconds.append(time.process_time() - start)
    warm = sorted(seconds[1:])[len(seconds) // 2]
    print(f"{len(rows)} comparisons: first {seconds[0]:.2f} s of one core, then {warm:.3f} s (wanted: below {MOST} s)")


if __name__ == "__main__":
    main()
