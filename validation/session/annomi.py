"""What the rules find in demonstrations of motivational interviewing: python validation/session/annomi.py (needs AnnoMI)."""

from __future__ import annotations

import csv
import os
import time
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np

from forwhom.io.transcripts import Options, read_transcripts
from forwhom.io.transcripts.tables import rows_of
from forwhom.kernels.coder_agreement import two_coders
from forwhom.kernels.kappa import kappa
from forwhom.programme.session import check, code

HERE = Path(__file__).parent


def main() -> None:
    data = (
        Path(os.environ.get("FORWHOM_SHARED_DATA", HERE.parents[2] / "shared" / "data"))
        / "h_transcripts"
        / "annomi_simple.csv"
    )
    rows = list(csv.DictReader(data.open(encoding="utf-8")))
    quality = {row["transcript_id"]: row["mi_quality"] for row in rows}
    began = time.process_time()
    read = read_transcripts(data, Options(columns={"session": "transcript_id"}))
    reading = time.process_time() - began
    began = time.process_time()
    coded = [(each.transcript, code(each.transcript)) for each in read]
    checked = [(t, c, check(c, t)) for t, c in coded]
    words = sum(len(turn.text.split()) for t, _ in coded for turn in t.turns)
    print(
        f"{len(read)} sessions, {words} words: read in {reading:.2f} s, coded and checked in {time.process_time() - began:.2f} s\n"
    )
    _flags(checked, quality)
    _outside(coded, data)


def _flags(checked: list, quality: dict[str, str]) -> None:
    sessions: Counter[str] = Counter()
    moments: dict[tuple[str, str], int] = defaultdict(int)
    having: dict[tuple[str, str], int] = defaultdict(int)
    turns: Counter[str] = Counter()
    states: Counter[tuple[str, str]] = Counter()
    for t, c, found in checked:
        q = quality[t.name.rpartition(" ")[2]]
        sessions[q] += 1
        turns[q] += found.balance.therapist_turns
        for turn in c.turns:
            if turn.mentalizing:
                states[q, f"mentalizing {turn.mentalizing}"] += 1
                states[q, f"arousal {turn.arousal}"] += 1
            elif turn.role == "therapist":
                states[q, f"level {turn.level or 'none'}"] += 1
        for rule, n in Counter(m.rule for m in found.moments).items():
            moments[q, rule] += n
            having[q, rule] += 1
    print(
        "| Rule | high quality: sessions with it | per 100 turns of the therapist | low quality: sessions with it | per 100 turns |"
    )
    print("|---|---|---|---|---|")
    for rule in sorted({rule for _, rule in moments}):
        cells = [
            f"{having[q, rule]} of {sessions[q]} | {100 * moments[q, rule] / turns[q]:.2f}" for q in ("high", "low")
        ]
        print(f"| {rule} | {' | '.join(cells)} |")
    for q in ("high", "low"):
        of = {k: n for (g, k), n in sorted(states.items()) if g == q}
        print(f"{q}: {of}")


def _outside(coded: list, data: Path) -> None:
    table = rows_of(data.read_text(encoding="utf-8"), data.name)
    place = table.header.index("main_therapist_behaviour")
    labels = {row: cells[place] for row, cells in table.rows}
    # A turn of several rows has several labels, and is left out.
    begins = {turn.row for t, _ in coded for turn in t.turns}
    alone = {row for row, after in pairwise((*labels, 0)) if after in begins or not after}
    for name, codes in (("question", {"question"}), ("reflection", {"clarification", "empathy", "validation"})):
        given, ours, cluster = [], [], []
        for k, (t, c) in enumerate(coded):
            for said, turn in zip(t.turns, c.turns, strict=True):
                if turn.role == "therapist" and said.row in alone and labels[said.row]:
                    given.append(labels[said.row] == name)
                    ours.append(any((m := turn.mark(each)) is not None and m.confidence >= 0.5 for each in codes))
                    cluster.append(k)
        a, b = np.array(given, float), np.array(ours, float)
        plain, limits = two_coders(a, b), kappa(np.column_stack([a, b]), np.array(cluster))
        hit, clear = b[a == 1].mean(), 1 - b[a == 0].mean()
        print(
            f"\n{name} against {'/'.join(sorted(codes))}: n = {a.size}, annotated {a.mean():.2f}, by rule {b.mean():.2f}, "
            f"sensitivity {hit:.2f}, "
            f"specificity {clear:.2f}, kappa {plain.kappa.value:.2f}"
            f" (by session {limits.low:.2f} to {limits.high:.2f}), AC1 {plain.ac1.value:.2f}"
        )


if __name__ == "__main__":
    main()
