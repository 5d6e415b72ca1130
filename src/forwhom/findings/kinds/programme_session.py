"""Kinds of the supervision page of a session. Turns are counted from 1; 0 stands for the whole session, and for no level."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Number


@dataclass(frozen=True, slots=True)
class SessionPoint:
    """One turn. level : 1 to 4, 0 without one; mentalizing, arousal, mode : "" where not of this turn; minute : from the start"""

    turn: int
    who: str
    level: int
    mentalizing: str
    arousal: str
    mode: str
    minute: Number


@dataclass(frozen=True, slots=True)
class SessionMoment:
    """A moment to look at.

    grade : "deviation" or "look"; before, words : what the patient said before and what was said then, shortened; "" where
    words are left out
    led : codes that led to it, each with its confidence and, where words are shown, the words
    """

    turn: int
    rule: str
    grade: str
    title: str
    why: str
    source: str
    before: str
    words: str
    led: str = ""


@dataclass(frozen=True, slots=True)
class SessionTimelineDetail:
    """The session turn by turn. flagged : turns of level 3 or 4 that the gate reports; closed : patient's turns after which it is closed"""

    points: tuple[SessionPoint, ...]
    flagged: tuple[int, ...]
    looked: tuple[int, ...]
    closed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SessionMomentsDetail:
    """Moments to look at, departures first."""

    rows: tuple[SessionMoment, ...]


@dataclass(frozen=True, slots=True)
class SessionStep:
    """One of the six steps in one stretch on the relationship. turn : where it is seen first, 0 for nowhere; late : before what it needs"""

    stretch: int
    number: int
    label: str
    turn: int
    early: str


@dataclass(frozen=True, slots=True)
class SessionStepsDetail:
    """The six steps in every stretch on the relationship. stretches : (first turn, last turn)"""

    stretches: tuple[tuple[int, int], ...]
    rows: tuple[SessionStep, ...]


@dataclass(frozen=True, slots=True)
class SessionCount:
    """A count of the session: what it is, the value in words, what the paper says of it"""

    what: str
    value: str
    says: str


@dataclass(frozen=True, slots=True)
class SessionBalanceDetail:
    """Who spoke, on which level, and how the focus on the relationship moves. levels : (level, turns); parts : share of level 4 by third"""

    levels: tuple[tuple[int, int], ...]
    no_level: int
    parts: tuple[Number, ...]
    rows: tuple[SessionCount, ...]


@dataclass(frozen=True, slots=True)
class SessionCodeRow:
    """A code in the session. turns : where; words : of the surest places; by_hand : given or withdrawn by a person"""

    code: str
    label: str
    who: str
    says: str
    source: str
    turns: tuple[int, ...]
    words: tuple[str, ...]
    by_hand: int


@dataclass(frozen=True, slots=True)
class SessionCodesDetail:
    """Every code that was given, with the words that led to it."""

    rows: tuple[SessionCodeRow, ...]
