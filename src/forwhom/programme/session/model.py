"""What coding a session gives: marks on turns, each with the words that led to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["technique", "sign", "step"]
Mentalizing = Literal["kept", "doubtful", "lost", "not-seen"]
Arousal = Literal["low", "raised", "high", "not-seen"]
Mode = Literal["psychic-equivalence", "pretend", "teleological"]
LEVELS = (1, 2, 3, 4)
MENTALIZING: tuple[Mentalizing, ...] = ("kept", "doubtful", "lost")
AROUSAL: tuple[Arousal, ...] = ("low", "raised", "high")
NOT_SEEN: Literal["not-seen"] = "not-seen"
"""No sign stands in the words: the state is not known, and is neither kept nor low. Not on the order of the others."""
MODES: tuple[Mode, ...] = ("psychic-equivalence", "pretend", "teleological")
RULES = "rules"
"""Who coded, where it was the machine."""
FROM_RULES = "a table from the rules, changed or not"
"""Who coded, where somebody may have changed what the machine wrote, and gave no name."""
HOLDS = 0.5
"""Confidence from which on a code counts for level, state and gate."""
_NO_CODES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that led to a mark.

    rule : id of the rule; start, end : places in the turn's text, end not included; (0, 0) where the whole turn is meant
    """

    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mark:
    """One code on one turn.

    confidence : 0 to 1, from the weights of the rules that agree; no probability unless it was calibrated
    by : "rules", or who coded or corrected it
    withdrawn : a correction says it does not hold; it is kept, with who said so and why
    """

    code: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    by: str = RULES
    withdrawn: bool = False
    withdrawn_by: str = ""
    withdrawn_why: str = ""

    @property
    def holds(self) -> bool:
        """Sure enough to count, and not withdrawn."""
        return self.confidence >= HOLDS and not self.withdrawn


@dataclass(frozen=True, slots=True)
class CodedTurn:
    """A turn with its codes.

    level : of the ladder, 1 to 4, of a therapist's turn; None where the words show none, and on other turns
    level_why : the code that the level comes from, or who set it
    mentalizing, arousal, mode : of a patient's turn; None elsewhere, or where it was not coded; "not-seen" where it was and no sign
        stands in the words
    lost, stirred : 0 to 1, what `mentalizing` and `arousal` were read from; None where a person coded them
    patient : which of several patients speaks, as in a group; "" in a session of one
    state_why : who set a state in the place of what was coded, what it was, and why, a line for each; "" where nobody did
    """

    turn: int
    role: str
    marks: tuple[Mark, ...] = ()
    level: int | None = None
    level_why: str = ""
    mentalizing: Mentalizing | None = None
    arousal: Arousal | None = None
    mode: Mode | None = None
    lost: float | None = None
    stirred: float | None = None
    patient: str = ""
    state_why: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """Codes that were not withdrawn, however sure."""
        return frozenset([mark.code for mark in self.marks if not mark.withdrawn]) if self.marks else _NO_CODES

    @property
    def held(self) -> frozenset[str]:
        """Codes sure enough to count."""
        return held(self.marks) if self.marks else _NO_CODES

    def mark(self, code: str) -> Mark | None:
        """The mark of a code that was not withdrawn."""
        return next((mark for mark in self.marks if mark.code == code and not mark.withdrawn), None)


def held(marks: Sequence[Mark]) -> frozenset[str]:
    """Codes of the marks that hold."""
    return frozenset([mark.code for mark in marks if mark.holds])


@dataclass(frozen=True, slots=True)
class Coding:
    """A coded session.

    by : "rules", a coder's name, or the module of a local model
    rules : version and digest of the rules that made it; "" where people coded
    of : fingerprint of the transcript; "" where there is none
    """

    session: str
    by: str
    turns: tuple[CodedTurn, ...]
    rules: str = ""
    of: str = ""
