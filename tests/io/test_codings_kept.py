"""A coding that is written and read again is judged as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forwhom.io.codings import as_csv, as_dict, read_coding_file
from forwhom.io.transcripts import read_transcripts
from forwhom.programme.session import Coding, check, code

EXAMPLES = sorted((Path(__file__).parents[2] / "examples/sessions").glob("*.vtt"))
CARRIED = (
    "P: I'm furious! She hates me, she always does. That's just how it is. I don't want to talk about it.\n"
    "T: Mm.\nP: We went to the shop and then home.\nT: How do you feel about me right now, between us?\n"
)


def judged(coding: Coding) -> list[tuple[str, int | None, tuple[int, ...]]]:
    found = check(coding)
    gate = [(m.rule, m.turn, m.because) for m in found.moments if m.rule.startswith("MBT-GATE")]
    return [*gate, ("unjudged", None, found.unjudged)]


@pytest.mark.parametrize("ending", ["csv", "json"])
@pytest.mark.parametrize("file", [*EXAMPLES, "carried"], ids=str)
def test_the_gate_says_the_same_of_what_was_kept(file: Path | str, ending: str, tmp_path: Path) -> None:
    if isinstance(file, str):
        (file := tmp_path / "s.txt").write_text(CARRIED)
    transcript = read_transcripts(file)[0].transcript
    coding = code(transcript)
    (kept := tmp_path / f"kept.{ending}").write_text(
        as_csv(coding) if ending == "csv" else json.dumps(as_dict(coding, transcript))
    )
    assert judged(read_coding_file(kept)) == judged(coding)


def test_a_departure_after_a_turn_that_shows_nothing_is_kept(tmp_path: Path) -> None:
    (file := tmp_path / "s.txt").write_text(CARRIED)
    assert ("MBT-GATE-1", 4) in [each[:2] for each in judged(code(read_transcripts(file)[0].transcript))]
