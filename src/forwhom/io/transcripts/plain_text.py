"""Plain text: ``Speaker: what was said``, a turn per line or over several."""

from __future__ import annotations

import re

from forwhom.io.transcripts.cues import headed, seconds
from forwhom.problems import Problem
from forwhom.programme.session.turns import Turn

_STAMP = re.compile(r"^\s*[\[(]?(\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?)[\])]?\s*[-–]?\s*(?=\S)")


def read_plain(text: str, file: str) -> tuple[tuple[Turn, ...], tuple[Problem, ...]]:
    """A turn begins at a name with a colon; lines without one go on with the turn before. A time may stand before the name.

    >>> turns, _ = read_plain("T: What was that?\\nP: Nothing.\\nReally.", "s.txt")
    >>> [(turn.speaker, turn.text) for turn in turns]
    [('T', 'What was that?'), ('P', 'Nothing. Really.')]
    """
    turns: list[tuple[str, list[str], float | None, int]] = []
    for row, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if not raw.strip():
            continue
        stamp = None if raw[0].isalpha() else _STAMP.match(raw)
        line = raw[stamp.end() :] if stamp else raw
        name, rest = headed(line)
        if name is not None:
            turns.append((name, [rest], seconds(stamp[1]) if stamp else None, row))
        elif turns:
            turns[-1][1].append(line.strip())
        else:
            turns.append(("", [line.strip()], None, row))
    made = tuple(
        Turn(
            number,
            speaker,
            "unknown",
            words[0] if len(words) == 1 else " ".join([part for part in words if part]),
            start,
            None,
            row,
        )
        for number, (speaker, words, start, row) in enumerate(turns, 1)
    )
    return made, empty_turns(made, file)


def empty_turns(turns: tuple[Turn, ...], file: str) -> tuple[Problem, ...]:
    """One notice for all turns without words."""
    rows = [turn.row for turn in turns if not turn.text]
    if not rows:
        return ()
    found = "turns without words; they are kept and not coded"
    return (
        Problem(
            "empty-turn",
            "Nothing, or write what was said.",
            file,
            rows[0],
            found=found,
            severity="notice",
            count=len(rows),
        ),
    )
