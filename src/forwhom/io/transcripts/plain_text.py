"""Plain text: ``Speaker: what was said``, a turn per line or over several; or a line with name and time above the words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from forwhom.io.transcripts.cues import seconds
from forwhom.io.transcripts.decoding import line_breaks
from forwhom.io.transcripts.names import Headed, Names, headed
from forwhom.problems import Problem
from forwhom.programme.session.quick import maker
from forwhom.programme.session.turns import Turn

_turn = maker(Turn)

_STAMP = re.compile(r"^\s*[\[(]?(\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?)[\])]?\s*[-–]?\s*(?=\S)")
_ABOVE = re.compile(r"^\s*\[?([^\W\d_][^:<>\[\]\n]{0,39}?)\]?[\s,|]+\(?(\d{1,3}:\d{2}(?::\d{2})?(?:\.\d{1,3})?)\)?\s*$")
"""A name and a time alone on a line, as meeting programs export them; the words stand below."""
_MAY_END_A_TIME = frozenset("0123456789) \t\v\f")


def read_plain(text: str, file: str, told: Iterable[str] = ()) -> tuple[tuple[Turn, ...], tuple[Problem, ...]]:
    """A turn begins at a speaker's name with a colon; lines without one go on with the turn before. A time may stand before the name.

    told : speakers that were given, as the file names them
    Name and time alone on a line, with the words below, are read where that recurs.

    >>> turns, _ = read_plain("T: What was that?\\nP: Nothing.\\nReally.", "s.txt")
    >>> [(turn.speaker, turn.text) for turn in turns]
    [('T', 'What was that?'), ('P', 'Nothing. Really.')]
    """
    lines = _lines(text)
    above = _above([line for _, _, line in lines])
    if above is None:
        above = [("", "")] * len(lines)
        found = [headed(line) for _, _, line in lines]
    else:
        found = [None if name else headed(line) for (_, _, line), (name, _) in zip(lines, above, strict=True)]
    names = Names.of([*found, *(Headed(name, "", "") for name, _ in above if name)], told)
    turns: list[tuple[str, list[str], float | None, int]] = []
    for (row, stamp, line), (name, time), each in zip(lines, above, found, strict=True):
        if name:
            turns.append((name, [], seconds(time), row))
            continue
        speaker, rest = names.read(line, each, row)
        if speaker is not None:
            turns.append((speaker, [rest], seconds(stamp) if stamp else None, row))
        elif turns:
            turns[-1][1].append(line.strip())
        else:
            turns.append(("", [line.strip()], None, row))
    made = tuple(
        [
            _turn(
                number,
                speaker,
                "unknown",
                words[0] if len(words) == 1 else " ".join([part for part in words if part]),
                start,
                None,
                row,
            )
            for number, (speaker, words, start, row) in enumerate(turns, 1)
        ]
    )
    return made, (*empty_turns(made, file), *names.problems(file))


def _lines(text: str) -> list[tuple[int, str, str]]:
    """Row, time before the name, and the rest of every line with something in it."""
    made = []
    for row, raw in enumerate(line_breaks(text).split("\n"), 1):
        if raw[:1].isalpha():
            made.append((row, "", raw))
        elif raw and not raw.isspace():
            stamp = _STAMP.match(raw)
            made.append((row, stamp[1], raw[stamp.end() :]) if stamp else (row, "", raw))
    return made


def _above(lines: Sequence[str]) -> list[tuple[str, str]] | None:
    """Name and time of every line that holds nothing else; None where that does not recur."""
    found: dict[int, tuple[str, str]] = {}
    for place, line in enumerate(lines):
        # Nearly no line ends in a figure.
        if line[-1:] in _MAY_END_A_TIME:
            match = _ABOVE.match(line.rstrip())
            if match and len(match[1].split()) <= 4:
                found[place] = (match[1].strip(), match[2])
    if len(found) > 1 and all(name[:1].isupper() for name, _ in found.values()):
        return [found.get(place, ("", "")) for place in range(len(lines))]
    return None


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
