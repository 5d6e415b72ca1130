"""The six steps in mentalizing the relationship, and whether they come in order (S2 lines 148 to 152)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forwhom.programme.session.model import RULES, CodedTurn, Coding


@dataclass(frozen=True, slots=True)
class Step:
    """One of the six steps. codes : techniques that show it; needs : steps that must have come before"""

    number: int
    label: str
    codes: frozenset[str]
    needs: tuple[int, ...] = ()


STEPS = (
    Step(1, "validate the feeling", frozenset({"validation", "empathy"})),
    Step(2, "explore what led to it", frozenset({"what-question", "clarification", "rewind"})),
    Step(3, "accept one's own part", frozenset({"own-part"})),
    Step(4, "look for another perspective together", frozenset({"alternative", "challenge"}), (1, 2, 3)),
    Step(5, "put the perspective together", frozenset({"summary"}), (1, 2, 3)),
    Step(6, "follow both reactions", frozenset({"monitoring"})),
)
ORDER_CHECKED = (
    "Checked is that another perspective, and its summary, come after the feeling was validated, explored and one's own part accepted. "
    "The order of steps 1 to 3 among themselves, of 4 before 5, and of 6 is not checked."
)
"""The paper orders all six (S2 line 152). Reported is what it warns of (S2 lines 148, 150); words do not tell the rest well enough."""
TIES = "on-therapist"
"""The sign of the patient's turn that ties the therapist's answer to the relationship."""
OWN_PART = "own-part"
LEAD = 4
"""Turns of the therapist before the first on the relationship in which steps 1 to 3 may have been taken, where they are tied to it."""
GAP = 3
"""Turns of the therapist with neither the relationship nor a step from the third on that end a stretch. LEAD and GAP are ours."""


_LATER = frozenset(code for step in STEPS if step.number > 2 for code in step.codes)
"""Techniques that go on with a stretch on the relationship, though they do not name it."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of the session on the relationship.

    first, last : turns of the therapist on the relationship
    seen, last_seen : step → turn in which it is seen first, and last
    """

    first: int
    last: int
    seen: dict[int, int]
    last_seen: dict[int, int]

    @property
    def out_of_order(self) -> tuple[tuple[Step, int, tuple[str, ...]], ...]:
        """Steps taken before those they need: (step, turn, labels of what was missing); the first of each step."""
        wrong = []
        for step in STEPS:
            turn = self.seen.get(step.number)
            if turn is None:
                continue
            missing = [STEPS[n - 1].label for n in step.needs if self.seen.get(n, turn + 1) > turn]
            if missing:
                wrong.append((step, turn, tuple(missing)))
        return tuple(wrong)


def episodes(coding: Coding) -> tuple[Episode, ...]:
    """Stretches on the relationship, with the steps seen in each.

    A step counts where the turn is on the relationship, owns a part, answers a patient who speaks of the therapist, or stands between
    two turns on the relationship; empathy with what happened elsewhere is no step.
    """
    turns, tied = _tied(coding)
    runs: list[list[int]] = []
    until = -GAP - 1
    for place, turn in enumerate(turns):
        goes_on = place - until <= GAP
        if turn.level == 4:
            if goes_on:
                runs[-1].append(place)
            else:
                runs.append([place])
            until = place
        elif goes_on and _held(turn) & _LATER:
            until = place
    made = []
    free = 0
    for run in runs:
        end = min(run[-1] + GAP, len(turns))
        made.append(_episode(turns, tied, max(free, run[0] - LEAD), run[0], run[-1], end))
        free = end
    return tuple(made)


def _tied(coding: Coding) -> tuple[list[CodedTurn], list[bool]]:
    """The therapist's turns, and which of them are on the relationship or tied to it."""
    turns, tied = [], []
    # Somebody who codes by hand without the tie means what they code: their steps count as they stand.
    by_hand = coding.by != RULES and not any(TIES in _held(turn) for turn in coding.turns)
    of_therapist = False
    for turn in coding.turns:
        if turn.role == "therapist":
            turns.append(turn)
            tied.append(by_hand or turn.level == 4 or of_therapist or OWN_PART in _held(turn))
            of_therapist = False
        elif turn.role == "patient":
            of_therapist = TIES in _held(turn)
    return turns, tied


def _episode(turns: Sequence[CodedTurn], tied: Sequence[bool], lead: int, first: int, last: int, end: int) -> Episode:
    seen: dict[int, int] = {}
    last_seen: dict[int, int] = {}
    for place in range(lead, end):
        turn = turns[place]
        if not tied[place] and not first < place < last:
            continue
        held = _held(turn)
        for step in STEPS:
            # Before the relationship is taken up, only what prepares it counts.
            if step.codes & held and (place >= first or step.number <= 3):
                seen.setdefault(step.number, turn.turn)
                last_seen[step.number] = turn.turn
    return Episode(turns[first].turn, turns[last].turn, seen, last_seen)


def _held(turn: CodedTurn) -> set[str]:
    return {mark.code for mark in turn.marks if not mark.withdrawn and mark.confidence >= 0.5}
