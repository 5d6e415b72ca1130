"""How long a thousand study files take to be read, checked and indexed: ``python benchmarks/evidence.py``.

The files are made from the shipped studies, each with its own numbers and words, so that their length is that of real ones.
"""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from forwhom import evidence
from forwhom.evidence.index import Index

FILES = 1000


def make(folder: Path, files: int = FILES) -> int:
    """Write study files; gives their length in bytes."""
    shipped = sorted((evidence.SHIPPED / "studies").glob("*.toml"))
    (folder / "studies").mkdir(parents=True)
    (folder / "documents.toml").write_bytes((evidence.SHIPPED / "documents.toml").read_bytes())
    length = 0
    for i in range(files):
        source = shipped[i % len(shipped)]
        name = f"made-{i:04d}"
        text = source.read_text(encoding="utf-8").replace(f'id = "{source.stem}"', f'id = "{name}"')
        text = text.replace('sample = "', f'sample = "s{i}-', 1)
        text = (
            text.replace('title = "', f'title = "{i} ')
            .replace('doi = "', f'doi = "10.1000/{i}.')
            .replace('pmid = "', f'pmid = "{i}')
            .replace("cited_as", "# ")
        )
        (folder / "studies" / f"{name}.toml").write_text(text, encoding="utf-8")
        length += len(text)
    return length


def seconds(folder: Path) -> dict[str, float]:
    """Each step, in seconds."""
    marks = [time.perf_counter()]
    ledger = evidence.read(folder, shipped=False)
    marks.append(time.perf_counter())
    evidence.check(ledger)
    marks.append(time.perf_counter())
    index = Index(ledger)
    marks.append(time.perf_counter())
    index.search("region=amygdala direction=decrease reappraisal")
    marks.append(time.perf_counter())
    steps = dict(
        zip(
            ("read and validate", "rules", "index", "search"),
            (b - a for a, b in pairwise(marks)),
            strict=True,
        )
    )
    return {**steps, "read, validate, rules and index": marks[3] - marks[0]}


def main() -> None:
    """Print the best of three."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "ledger"
        length = make(folder, int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
        runs = [seconds(folder) for _ in range(3)]
    print(f"{length / 1e6:.1f} MB")
    for step in runs[0]:
        print(f"{step:<34}{min(run[step] for run in runs):7.2f} s")


if __name__ == "__main__":
    main()
