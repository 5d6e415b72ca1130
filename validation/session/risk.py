"""Where the list of risk points to in demonstrations of motivational interviewing: python validation/session/risk.py (needs AnnoMI)."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from forwhom.io.transcripts import Options, read_transcripts
from forwhom.programme.session import Transcript, Turn, code
from forwhom.programme.session.risk import CODES, places

HERE = Path(__file__).parent
READ = {
    "95": (6, 10, 14, 18, 20, 22, 24, 30, 32),
    "107": (2, 6, 8, 10, 12, 14, 16, 18),
}
"""Turns of the patient that speak of self-harm or death, or answer to it, by reading these two demonstrations."""


def main() -> None:
    data = Path(os.environ.get("FORWHOM_SHARED_DATA", HERE.parents[2] / "shared" / "data")) / "h_transcripts"
    read = read_transcripts(data / "annomi_simple.csv", Options(columns={"session": "transcript_id"}))
    turns: Counter[str] = Counter()
    sessions = 0
    for each in read:
        coded = code(each.transcript)
        for turn in coded.turns:
            turns[turn.role] += 1
            for name in turn.codes & CODES:
                turns[name] += 1
        found = {place.turn for place in places(coded, each.transcript)}
        sessions += bool(found)
        known = READ.get(each.part)
        if known:
            print(
                f"demonstration {each.part}: {len(found & set(known))} of {len(known)} turns found, missed {sorted(set(known) - found)}"
            )
    print(f"{len(read)} demonstrations, {sessions} with a place; {dict(turns)}")
    _unread()


def _unread() -> None:
    """How much of what was written after the list, and never used to change it, is found."""
    found: Counter[str] = Counter()
    written: Counter[str] = Counter()
    for line in (HERE / "risk-unread.txt").read_text(encoding="utf-8").split("\n"):
        name, _, words = line.partition("\t")
        if words:
            written[name] += 1
            found[name] += bool(places(code(Transcript("s", (Turn(1, "P", "patient", words),)))))
    print("sentences never used:", ", ".join(f"{name} {found[name]} of {n}" for name, n in written.items()))


if __name__ == "__main__":
    main()
