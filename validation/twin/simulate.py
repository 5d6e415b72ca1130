"""Trials like the twin, many times: does what is found hold what is true?

    python validation/twin/simulate.py --seeds 2000 2020 --out validation/twin/coverage.csv
    python validation/twin/simulate.py --seeds 1000 2000 --workers 2 --raw /tmp/twin.csv --out validation/twin/coverage.csv

Every seed is a trial of its own, written as a folder, read and asked like any other; only findings of truth.toml are asked.
`--set n=60` (see `generate.py --list`) makes other trials; their truth is computed first where a number other than n changes.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
import tomllib
from functools import partial
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TWIN = ROOT / "examples" / "mbt-twin"
sys.path.insert(0, str(TWIN))

SIZES = {"n", "mbt", "screened"}
"""Numbers of the design that leave what is true as it is."""
FIELDS = ("seed", "finding", "estimate", "truth", "none", "null", "status", "value", "low", "high", "p")


def one_trial(settings: list[str], truth: list[dict], seed: int) -> list[dict]:
    """What one trial finds beside what is true: a row per true value."""
    sys.path.insert(0, str(TWIN))
    from twin.design import Design, varied
    from twin.writing import make, write

    from forwhom.analysis.answer import answer
    from forwhom.analysis.questions import tasks
    from forwhom.io.folder import read_and_score

    with tempfile.TemporaryDirectory() as folder:
        write(make(varied(Design(), settings), seed), Path(folder))
        (Path(folder) / "study.toml").write_bytes((TWIN / "study.toml").read_bytes())
        study = read_and_score(folder)
    asked = {task.id for task in tasks(study)}
    wanted = {each["finding"] for each in truth} & asked
    found = {f.id: f for f in answer(study, questions=sorted(wanted)).findings if f.id in wanted}
    rows = []
    for each in truth:
        finding = found.get(each["finding"])
        match = [e for e in finding.estimates if e.name.startswith(each["estimate"])] if finding else []
        status = finding.status if finding else "not asked"
        row = {"seed": seed, "finding": each["finding"], "estimate": each["estimate"], "truth": each["value"]}
        row |= {
            "none": each["none"],
            "null": each["null"],
            "status": status if match or status != "answered" else "no such estimate",
        }
        row |= {name: getattr(match[0], name) if match else None for name in ("value", "low", "high", "p")}
        rows.append(row)
    return rows


def summary(rows: list[dict]) -> list[dict]:
    """A row per true value: bias, coverage with its own interval, and how often zero (or no effect) was excluded."""
    from scipy.stats import beta

    together: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        together.setdefault((row["finding"], row["estimate"]), []).append(row)
    made = []
    for (finding, estimate), each in together.items():
        truth = each[0]["truth"]
        values = [row["value"] for row in each if row["value"] is not None]
        wide = [row for row in each if row["low"] is not None and row["high"] is not None]
        hits = sum(row["low"] <= truth <= row["high"] for row in wide)
        none = each[0]["none"]
        excluded = sum(not row["low"] <= none <= row["high"] for row in wide)
        n = len(values)
        centre = sum(values) / n if n else None
        spread = (sum((v - centre) ** 2 for v in values) / (n - 1)) ** 0.5 if n > 1 else None
        limits = (
            (
                beta.ppf(0.025, hits, len(wide) - hits + 1) if hits else 0.0,
                beta.ppf(0.975, hits + 1, len(wide) - hits) if hits < len(wide) else 1.0,
            )
            if wide
            else (None, None)
        )
        made.append(
            {
                "finding": finding,
                "estimate": estimate,
                "null": each[0]["null"],
                "trials": len(each),
                "answered": sum(row["status"] == "answered" for row in each),
                "declined": sum(row["status"] == "declined" for row in each),
                "truth": truth,
                "mean": _short(centre),
                "bias_in_sd": _short((centre - truth) / spread if spread else None),
                "sd": _short(spread),
                "coverage": _short(hits / len(wide) if wide else None),
                "coverage_low": _short(limits[0]),
                "coverage_high": _short(limits[1]),
                "excludes_none": _short(excluded / len(wide) if wide else None),
            }
        )
    return made


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def truth_of(settings: list[str]) -> list[dict]:
    """The stored truth, or a truth of its own where the settings change it."""
    if all(setting.partition("=")[0] in SIZES for setting in settings):
        text = (TWIN / "truth.toml").read_text(encoding="utf-8")
    else:
        from twin.design import Design, varied
        from twin.truth import truth_text

        text = truth_text(varied(Design(), settings), 200_000)
    return tomllib.loads(text)["value"]


def main() -> None:
    from forwhom.parallel import run

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs=2, default=(2000, 2020), metavar=("FROM", "TO"))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER")
    parser.add_argument("--only", default="", help="beginning of the findings' ids, e.g. how.")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--raw", type=Path, help="every estimate of every trial")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    truth = [each for each in truth_of(given.set) if each["finding"].startswith(given.only)]
    began = time.perf_counter()
    rows = [
        row
        for part in run(partial(one_trial, given.set, truth), range(*given.seeds), workers=given.workers)
        for row in part
    ]
    if given.raw:
        with given.raw.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    made = summary(rows)
    with given.out.open("w", newline="", encoding="utf-8") as file:
        versions = ", ".join(f"{name} {version(name)}" for name in ("forwhom", "numpy", "scipy", "polars"))
        settings = ", ".join(given.set) or "as shipped"
        file.write(
            f"# SIMULATED trials; seeds {given.seeds[0]} to {given.seeds[1] - 1}; design {settings}; {versions}\n"
        )
        writer = csv.DictWriter(file, made[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)
    print(f"{given.seeds[1] - given.seeds[0]} trials in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
