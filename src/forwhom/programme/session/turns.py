"""What was said in a session: turns in order, who spoke, when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

Role = Literal["therapist", "patient", "other", "unknown"]
ROLES: tuple[Role, ...] = ("therapist", "patient", "other", "unknown")


@dataclass(frozen=True, slots=True)
class Turn:
    """One person speaking, until somebody else does.

    number : 1, 2, 3 … in the order of the session
    speaker : as the file names them; "" where it does not
    text : as transcribed; "" for a turn without words
    start, end : seconds from the start of the recording; None where not given or broken
    row : line of the file where the turn begins; None where it was made otherwise
    """

    number: int
    speaker: str
    role: Role
    text: str
    start: float | None = None
    end: float | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A session as it was transcribed.

    name : of the session; without a name of a person in it, the file's
    format : how it was read, e.g. "WebVTT"
    fingerprint : SHA-256 of the bytes it was read from
    assumed : what was guessed while reading it, in sentences
    simulated : nobody said this; every page says so
    """

    name: str
    turns: tuple[Turn, ...]
    format: str = ""
    fingerprint: str = ""
    assumed: tuple[str, ...] = ()
    simulated: bool = False

    def of(self, role: Role) -> tuple[Turn, ...]:
        """The turns of one role."""
        return tuple(turn for turn in self.turns if turn.role == role)

    @property
    def seconds(self) -> float | None:
        """From the first known time to the last; None without times."""
        starts = [turn.start for turn in self.turns if turn.start is not None]
        ends = [t for turn in self.turns for t in (turn.end, turn.start) if t is not None]
        return max(ends) - min(starts) if starts else None


def joined(turns: Iterable[Turn], most_seconds: float = 4.0) -> tuple[Turn, ...]:
    """Captions of one speaker that follow each other as one turn; numbered anew.

    most_seconds : a longer silence begins a new turn, so that a silence is not lost

    >>> parts = [Turn(1, "A", "unknown", "I am", 0, 1), Turn(2, "A", "unknown", "blank.", 1, 2), Turn(3, "B", "unknown", "Yes?")]
    >>> [turn.text for turn in joined(parts)]
    ['I am blank.', 'Yes?']
    """
    every = tuple(turns)
    follows = [a.speaker == b.speaker and _close(a, b, most_seconds) for a, b in pairwise(every)]
    if not any(follows) and all(turn.number == number for number, turn in enumerate(every, 1)):
        return every
    groups = [[turn] for turn in every[:1]]
    for turn, same in zip(every[1:], follows, strict=True):
        if same:
            groups[-1].append(turn)
        else:
            groups.append([turn])
    return tuple([_as_one(group, number) for number, group in enumerate(groups, 1)])


def _as_one(group: list[Turn], number: int) -> Turn:
    """From the first caption with words to the last: a caption without words may be a long silence."""
    if len(group) == 1:
        return _numbered(group[0], number)
    spoken = [part for part in group if part.text] or group
    end = next((part.end for part in reversed(spoken) if part.end is not None), spoken[0].end)
    return replace(group[0], number=number, text=" ".join(part.text for part in spoken), start=spoken[0].start, end=end)


def _numbered(turn: Turn, number: int) -> Turn:
    return Turn(number, turn.speaker, turn.role, turn.text, turn.start, turn.end, turn.row)


def _close(before: Turn, after: Turn, most: float) -> bool:
    if not before.speaker or before.end is None or after.start is None:
        return bool(before.speaker)
    return after.start - before.end <= most
