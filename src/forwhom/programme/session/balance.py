"""Who speaks how much, on which level, and how the session moves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from forwhom.programme.session.model import Coding
from forwhom.programme.session.turns import Transcript

PARTS = 3
LEAST_SILENCE = 10.0
"""Seconds; shorter silences are part of talking."""
_ODD_BLANKS = ("  ", *(sign for sign in map(chr, range(1, 0x3001)) if sign.isspace() and sign != " "))
"""Between words, where it is not one blank."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Counts of a session; None where they cannot be told.

    therapist_words : share of the words that are the therapist's
    levels : level → turns of the therapist; `no_level` : their turns without one
    parts : share of level 4 among turns with a level, in each third of the session; None where a third has none
    silences : (turn after it, seconds), longest first
    """

    therapist_turns: int
    patient_turns: int
    other_turns: int
    therapist_words: float | None
    minutes: float | None
    levels: dict[int, int]
    no_level: int
    questions: int
    what_questions: int
    why_questions: int
    parts: tuple[float | None, ...]
    silences: tuple[tuple[int, float], ...]
    lost_turns: int
    aroused_turns: int


def balance(coding: Coding, transcript: Transcript | None = None) -> Balance:
    """Counts of a coded session; words and times need the transcript."""
    roles = Counter(turn.role for turn in coding.turns)
    mine = [turn for turn in coding.turns if turn.role == "therapist"]
    codes = Counter(code for turn in mine if turn.marks for code in turn.codes)
    levels = Counter(turn.level for turn in mine if turn.level is not None)
    patient = [turn for turn in coding.turns if turn.role == "patient"]
    seconds = transcript.seconds if transcript else None
    return Balance(
        therapist_turns=len(mine),
        patient_turns=len(patient),
        other_turns=sum(roles.values()) - len(mine) - len(patient),
        therapist_words=_share_of_words(transcript) if transcript else None,
        minutes=seconds / 60 if seconds is not None else None,
        levels={level: levels[level] for level in sorted(levels)},
        no_level=sum(turn.level is None for turn in mine),
        questions=codes["question"],
        what_questions=codes["what-question"],
        why_questions=codes["why-question"],
        parts=_parts(coding),
        silences=_silences(transcript) if transcript else (),
        lost_turns=sum(turn.mentalizing == "lost" for turn in patient),
        aroused_turns=sum(turn.arousal in ("raised", "high") for turn in patient),
    )


def _share_of_words(transcript: Transcript) -> float | None:
    therapist, patient = (
        _words(" ".join([turn.text for turn in transcript.turns if turn.role == role and turn.text]))
        for role in ("therapist", "patient")
    )
    return therapist / (therapist + patient) if therapist and patient else None


def _words(text: str) -> int:
    """As ``len(text.split())``; most texts have one blank between two words, and to count those takes a tenth of the time."""
    if any(map(text.__contains__, _ODD_BLANKS)) or text[:1] == " " or text[-1:] == " ":
        return len(text.split())
    return text.count(" ") + bool(text)


def _parts(coding: Coding) -> tuple[float | None, ...]:
    n = len(coding.turns)
    shares: list[float | None] = []
    for part in range(PARTS):
        known = [t.level for t in coding.turns[part * n // PARTS : (part + 1) * n // PARTS] if t.level is not None]
        shares.append(sum(level == 4 for level in known) / len(known) if known else None)
    return tuple(shares)


def _silences(transcript: Transcript) -> tuple[tuple[int, float], ...]:
    found = []
    until: float | None = None
    for turn in transcript.turns:
        if not turn.text:
            # Nobody speaks in a caption without words.
            continue
        if turn.start is not None and until is not None and turn.start - until >= LEAST_SILENCE:
            found.append((turn.number, turn.start - until))
        # A turn without an end says nothing about when the silence began, nor does one without any time.
        until = None if turn.end is None else max(turn.end, until or turn.end)
    return tuple(sorted(found, key=lambda each: -each[1]))
