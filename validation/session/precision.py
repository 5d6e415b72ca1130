"""How often a code found in AnnoMI is right, by stored judgements: python validation/session/precision.py (AnnoMI for its last column)."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from pathlib import Path

from scipy.stats import beta

from forwhom.io.transcripts import Options, read_transcripts
from forwhom.programme.session import CodedTurn, code

HERE = Path(__file__).parent
JUDGED = HERE / "annomi-precision.csv"
"""Code, hits in the half, session, turn, rule, verdict; no words."""


def limits(right: int, n: int) -> tuple[float, float]:
    """Exact 95 % limits of a share."""
    low = float(beta.ppf(0.025, right, n - right + 1)) if right else 0.0
    return low, float(beta.ppf(0.975, right + 1, n - right)) if right < n else 1.0


def coded_now() -> dict[tuple[str, str], CodedTurn]:
    data = Path(os.environ.get("FORWHOM_SHARED_DATA", HERE.parents[2] / "shared" / "data"))
    file = data / "h_transcripts" / "annomi_simple.csv"
    if not file.is_file():
        return {}
    read = read_transcripts(file, Options(columns={"session": "transcript_id"}))
    return {
        (each.transcript.name.rpartition(" ")[2], str(turn.turn)): turn
        for each in read
        for turn in code(each.transcript).turns
    }


def main() -> None:
    judged: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(JUDGED.open(encoding="utf-8")):
        judged[row["code"]].append(row)
    now = coded_now()
    print("| Code | hits | judged | right | share (95 %) | of the judged still found: right / wrong |")
    print("|---|---|---|---|---|---|")
    for name, rows in judged.items():
        right = sum(row["verdict"] == "right" for row in rows)
        low, high = limits(right, len(rows))
        still = {"right": 0, "wrong": 0}
        for row in rows:
            turn = now.get((row["session"], row["turn"]))
            mark = turn.mark(name) if turn is not None else None
            if mark is not None and mark.confidence >= 0.5:
                still[row["verdict"]] += 1
        left = f"{still['right']} / {still['wrong']}" if now else "not run"
        share = f"{100 * right / len(rows):.0f} % ({100 * low:.0f} to {100 * high:.0f})"
        print(f"| `{name}` | {rows[0]['hits']} | {len(rows)} | {right} | {share} | {left} |")


if __name__ == "__main__":
    main()
