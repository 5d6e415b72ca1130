"""Sessions: how long coding one of 50 minutes takes, and checking a folder of them.

``python benchmarks/sessions.py [--sessions 400] [--workers 2] [--words 7000]``.
The demand is 10,000 in 60 seconds on two cores, so 6 ms of wall clock each.
Sessions are drawn from the turns of AnnoMI where it is at hand (FORWHOM_SHARED_DATA), else from those of examples/sessions.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from forwhom.cli.session.many import checked_file
from forwhom.io.transcripts import Options, read_transcripts
from forwhom.parallel import run
from forwhom.programme.session import Transcript, Turn, check, code

ROOT = Path(__file__).parents[1]
WORDS = 7000
"""Of a session of 50 minutes at 140 words a minute."""


def pool() -> tuple[str, dict[str, list[str]]]:
    data = (
        Path(os.environ.get("FORWHOM_SHARED_DATA", ROOT.parent / "shared" / "data"))
        / "h_transcripts"
        / "annomi_simple.csv"
    )
    if data.is_file():
        read, name = read_transcripts(data, Options(columns={"session": "transcript_id"})), "AnnoMI"
    else:
        read, name = (
            tuple(r for p in (ROOT / "examples/sessions").glob("*.vtt") for r in read_transcripts(p)),
            "the examples",
        )
    said: dict[str, list[str]] = {"therapist": [], "patient": []}
    for each in read:
        for turn in each.transcript.turns:
            if turn.role in said and turn.text:
                said[turn.role].append(turn.text)
    return name, said


def drawn(said: dict[str, list[str]], rng: np.random.Generator, least: int = WORDS) -> list[tuple[str, str]]:
    turns: list[tuple[str, str]] = []
    words = 0
    while words < least:
        who = ("therapist", "patient")[len(turns) % 2]
        text = said[who][int(rng.integers(len(said[who])))]
        turns.append((who, text))
        words += len(text.split())
    return turns


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--sessions", type=int, default=400)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--words", type=int, default=WORDS, help="words of a session")
    given = asked.parse_args()
    rng = np.random.default_rng(1)
    name, said = pool()
    one = drawn(said, rng, given.words)
    session = Transcript("one", tuple(Turn(k, who, who, text) for k, (who, text) in enumerate(one, 1)))
    code(session)
    began = time.perf_counter()
    for _ in range(10):
        coding = code(session)
    coding_ms = (time.perf_counter() - began) * 100
    began = time.perf_counter()
    for _ in range(10):
        check(coding, session)
    checking_ms = (time.perf_counter() - began) * 100
    print(
        f"one session, {given.words} words in {len(one)} turns from {name}: coded in {coding_ms:.1f} ms, checked in {checking_ms:.1f} ms"
    )
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for k in range(given.sessions):
            path = Path(folder) / f"session-{k:05d}.txt"
            path.write_text(
                "\n".join(f"{who.capitalize()}: {text}" for who, text in drawn(said, rng, given.words)),
                encoding="utf-8",
            )
            paths.append(path)
        run(partial(checked_file, Options(), ()), paths[: 2 * given.workers], workers=given.workers)
        began = time.perf_counter()
        run(partial(checked_file, Options(), ()), paths, workers=given.workers)
        took = time.perf_counter() - began
    print(
        f"{given.sessions} files on {given.workers} workers: {took:.2f} s, {1000 * took / given.sessions:.1f} ms each; "
        f"10,000 would take {10_000 * took / given.sessions:.0f} s"
    )


if __name__ == "__main__":
    main()
