"""How the patient stands when the therapist speaks: what was seen last, until a turn shows something else.

A turn in which nothing was seen shows no recovery: it opens no gate that an earlier turn closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from forwhom.programme.session.coding import DOUBTFUL, HIGH, LOST, OWN_PART, RAISED, RELATIONSHIP
from forwhom.programme.session.model import NOT_SEEN, Arousal, CodedTurn, Mentalizing
from forwhom.programme.session.rules import CodeName, shipped

Where = Literal["safe-levels", "levels-with-own-part", "levels-while-lost", "levels-near", "unjudged", ""]
AROUSED = ("raised", "high")
_BOTH = frozenset((RELATIONSHIP, OWN_PART))
FAR = 8
"""Turns of the patient between arousal and lost mentalizing, both seen by rule, from which on they are not taken together. Ours."""
WEAKEST = 0.05
"""From which on a number below the bounds is a weak sign; one sign of the weakest rule gives more, what is left of one long ago less."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The patient's state as it was judged last.

    mentalizing, arousal : "not-seen" where no turn so far tells, or a weak sign has faded
    of_mentalizing, of_arousal : the turns that tell them; last : the patient's turn before
    since : turns of the patient after the newest of these, in which nothing was seen
    far : by rule, and arousal was seen so long before or after mentalizing was lost that the two are not taken together
    others : how the other patients of a group stand, by name
    """

    mentalizing: Mentalizing = NOT_SEEN
    arousal: Arousal = NOT_SEEN
    of_mentalizing: CodedTurn | None = None
    of_arousal: CodedTurn | None = None
    last: CodedTurn | None = None
    since: tuple[int, ...] = ()
    far: bool = False
    others: tuple[tuple[str, Standing], ...] = ()

    @property
    def closed(self) -> bool:
        """Aroused and not mentalizing."""
        return self.mentalizing == "lost" and self.arousal in AROUSED and not self.far

    def where(self, turn: CodedTurn) -> Where:
        """Which of the four checks on levels a turn of level 3 or 4 belongs to, or that nobody can judge it."""
        if turn.level is None and not self.closed:
            # Only where the gate is closed does it matter that the relationship was named.
            return ""
        if self.mentalizing == "lost":
            if not self.closed:
                return "levels-while-lost"
            return "levels-with-own-part" if OWN_PART in turn.held else "safe-levels"
        unknown = self.mentalizing == NOT_SEEN
        if self.mentalizing == "doubtful" or self.arousal == "high" or (unknown and self.arousal in AROUSED):
            return "levels-near"
        return "unjudged" if unknown else ""

    @property
    def turns(self) -> tuple[int, ...]:
        """The turns it rests on, in order."""
        return tuple(sorted({each.turn for each in (self.of_mentalizing, self.of_arousal) if each is not None}))


def standings(turns: Iterable[CodedTurn]) -> Iterator[tuple[CodedTurn, Standing]]:
    """The therapist's turns of level 3 or 4, each with how the patient who spoke last stands before it.

    Turns that name the relationship and own a part in it count as well, though by rule they have no level.
    Of several patients each has a state of their own; the others stand in `Standing.others`.
    """
    walks: dict[str, _Walk] = {}
    now = _Walk()
    for turn in turns:
        if turn.role == "patient":
            now = walks.setdefault(turn.patient, _Walk())
            now.on(turn)
        elif turn.role == "therapist" and (turn.level in (3, 4) or _repairs(turn)):
            others = {name: walk.standing for name, walk in walks.items() if walk is not now}
            yield turn, replace(now.standing, others=tuple(others.items())) if others else now.standing


def _repairs(turn: CodedTurn) -> bool:
    return turn.level is None and turn.marks != () and turn.held >= _BOTH


def closed(turns: Iterable[CodedTurn]) -> tuple[int, ...]:
    """The patient's turns after which the gate is closed: aroused and not mentalizing as it was judged last."""
    walks: dict[str, _Walk] = {}
    found = []
    for turn in turns:
        if turn.role == "patient":
            now = walks.setdefault(turn.patient, _Walk())
            now.on(turn)
            if now.closed:
                found.append(turn.turn)
    return tuple(found)


class _Walk:
    """How the patient stands, turn after turn.

    What a person coded stands until a person codes something else. Of what the rules saw, lost mentalizing and high arousal stand
    until a sign speaks for the contrary, and so does raised arousal beside lost mentalizing; weaker states fade as they are counted.
    """

    def __init__(self) -> None:
        self.mentalizing: Mentalizing = NOT_SEEN
        self.arousal: Arousal = NOT_SEEN
        self.of: tuple[CodedTurn | None, CodedTurn | None] = (None, None)
        self.last: CodedTurn | None = None
        self.since: list[int] = []
        self.n, self.at = 0, [0, 0]
        self.codes = shipped().codes

    @property
    def standing(self) -> Standing:
        """As it is now."""
        return Standing(self.mentalizing, self.arousal, *self.of, self.last, tuple(self.since), self.far)

    @property
    def closed(self) -> bool:
        """As `Standing.closed`."""
        return self.mentalizing == "lost" and self.arousal in AROUSED and not self.far

    @property
    def far(self) -> bool:
        """Seen by rule, and too far from each other."""
        m, a = self.of
        by_rule = m is not None and a is not None and m.lost is not None and a.lost is not None
        return by_rule and abs(self.at[0] - self.at[1]) >= FAR

    def on(self, turn: CodedTurn) -> None:
        """One more turn of the patient."""
        self.last = turn
        self.n += 1
        by_hand = turn.lost is None
        shown = _shown(turn, self.codes)
        if shown is None:
            self.since.append(turn.turn)
            if not by_hand:
                self._fade(turn)
            return
        seen = False
        mentalizing, arousal = turn.mentalizing or NOT_SEEN, turn.arousal or NOT_SEEN
        again = ("lost",) if self.mentalizing == "lost" and not by_hand else ("lost", "doubtful")
        if shown.kept or (shown.lost and mentalizing in again):
            self.mentalizing, self.of, seen = mentalizing, (turn, self.of[1]), True
            self.at[0] = self.n
        again = ("high",) if self.arousal == "high" and not by_hand else AROUSED
        if shown.low or (shown.stirred and arousal in again):
            self.arousal, self.of, seen = arousal, (self.of[0], turn), True
            self.at[1] = self.n
        elif shown.kept:
            # Reflecting shows that whatever stirred was not too much.
            self.arousal, self.of = arousal, (self.of[0], None if arousal == NOT_SEEN else self.of[1])
        if not by_hand:
            self._fade(turn)
        self.since = [] if seen else [*self.since, turn.turn]

    def _fade(self, turn: CodedTurn) -> None:
        """What was seen weakly, or by half, is no longer there when the numbers say so."""
        if self.of[0] is not turn and self.of[0] is not None and self.mentalizing != "lost":
            self.mentalizing = turn.mentalizing or NOT_SEEN
            if self.mentalizing == NOT_SEEN:
                self.of = (None, self.of[1])
        if self.of[1] is not turn and self.of[1] is not None and self.arousal != "high" and self.mentalizing != "lost":
            self.arousal = turn.arousal or NOT_SEEN
            if self.arousal == NOT_SEEN:
                self.of = (self.of[0], None)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a turn shows by itself, not what it carries on of the turn before."""

    lost: bool
    stirred: bool
    kept: bool
    low: bool


def _shown(turn: CodedTurn, codes: Mapping[str, CodeName]) -> _Shown | None:
    """None where it shows nothing."""
    m, a = turn.mentalizing, turn.arousal
    if m in (None, NOT_SEEN) and a in (None, NOT_SEEN):
        return None
    if turn.lost is None or any(mark.code not in codes for mark in turn.marks):
        return _Shown(m in ("lost", "doubtful"), a in AROUSED, m == "kept", a == "low")
    there = [(codes[mark.code], mark.holds) for mark in turn.marks if not mark.withdrawn]
    kept = m == "kept" or any(code.lost < 0 and holds for code, holds in there)
    low = a == "low" or any(code.stirred < 0 and holds for code, holds in there)
    lost, stirred = any(code.lost > 0 for code, _ in there), any(code.stirred > 0 for code, _ in there)
    # A state that the number does not give was set by a person, and needs no sign.
    lost |= m in ("lost", "doubtful") and m != _band(turn.lost, (DOUBTFUL, "doubtful"), (LOST, "lost"))
    stirred |= a in AROUSED and a != _band(turn.stirred or 0.0, (RAISED, "raised"), (HIGH, "high"))
    return _Shown(lost, stirred, kept, low)


def _band(value: float, low: tuple[float, str], high: tuple[float, str]) -> str:
    return high[1] if value >= high[0] else low[1] if value >= low[0] else ""


# ── in words ─────────────────────────────────────────────────────────────────────────────────────


def told(now: Standing) -> str:
    """The state in a clause, with the turns it was seen in and those since that show nothing."""
    m, a = now.of_mentalizing, now.of_arousal
    if m is not None and a is not None and m.turn != a.turn:
        first, second = (_lost(now), _stirred(now)) if m.turn < a.turn else (_stirred(now), _lost(now))
        one, two = sorted((m.turn, a.turn))
        words = f"turn {one}, in which {first}, and turn {two}, in which {second}"
    else:
        known = m or a
        words = f"turn {known.turn if known else '?'}, in which {_stirred(now)} and {_lost(now)}"
    return words + _since(now)


def _since(now: Standing) -> str:
    if not now.since:
        return ""
    named = [str(n) for n in now.since[-3:]]
    if len(now.since) > 3:
        return f"; {len(now.since)} turns of the patient since, the last {named[-1]}, show no clear recovery"
    if len(named) == 1:
        return f"; turn {named[0]} of the patient since shows no clear recovery"
    return f"; turns {', '.join(named[:-1])} and {named[-1]} of the patient since show no clear recovery"


def _lost(now: Standing) -> str:
    of = now.of_mentalizing
    if now.mentalizing == NOT_SEEN or of is None:
        return _unseen(now.of_arousal or now.last, "mentalizing", DOUBTFUL, "doubtful")
    if now.mentalizing == "doubtful":
        return f"mentalizing is doubtful{_against(of.lost, LOST, 'lost')}"
    mode = f" ({of.mode.replace('-', ' ')})" if of.mode is not None else ""
    return f"mentalizing is {now.mentalizing}{mode}"


def _stirred(now: Standing) -> str:
    of = now.of_arousal
    if now.arousal == NOT_SEEN or of is None:
        return _unseen(now.of_mentalizing or now.last, "arousal", RAISED, "raised")
    bound = _against(of.stirred, HIGH, "high") if now.mentalizing != "lost" else ""
    return f"arousal is {now.arousal}{bound}"


def _unseen(turn: CodedTurn | None, what: Literal["mentalizing", "arousal"], bound: float, called: str) -> str:
    """That nothing is known of one of the two: never told as no sign where a weak one stands."""
    if turn is None or getattr(turn, what) is None:
        return f"{what} is not known"
    value = turn.lost if what == "mentalizing" else turn.stirred
    if (value or 0.0) >= bound:
        return f"{what} was at least {called} ({value:.2f}, from {bound:.2f}), a sign that has faded since"
    if (value or 0.0) >= WEAKEST:
        return f"only weak signs tell {what} ({value:.2f}; {called} from {bound:.2f})"
    return f"no sign tells {what}"


def _against(value: float | None, bound: float, called: str) -> str:
    return "" if value is None else f" ({value:.2f}; {called} from {bound:.2f})"


def weak(turn: CodedTurn | None) -> bool:
    """Signs stand in the patient's turn, none of the states reaches its bound."""
    return turn is not None and max(turn.lost or 0.0, turn.stirred or 0.0) >= WEAKEST
