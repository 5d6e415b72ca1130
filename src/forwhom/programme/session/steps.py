"""The six steps in mentalizing the relationship, and whether they come in order (S2 lines 148 to 152)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from forwhom.programme.session.model import FROM_RULES, RULES, CodedTurn, Coding


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
    "Another perspective, or its summary, before the feeling was validated, explored and one's own part accepted departs "
    "(S2 lines 148, 150). "
    "Any other order than the suggested one is a look: the paper suggests the sequence and calls no other a fault (S2 line 152)."
)
"""What is told of the order; the paper orders all six (S2 line 152)."""
BY_RULE_ORDER = (
    "Steps are read from words, each with its confidence: half of what such codes find elsewhere was not meant so."
)
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
    confidence : (turn, step) → of the rule's code that shows it first; empty where people coded
    """

    first: int
    last: int
    seen: dict[int, int]
    last_seen: dict[int, int]
    confidence: dict[tuple[int, int], float] = field(default_factory=dict)

    def sure(self, turn: int, step: Step) -> str:
        """The confidence of a step where rules coded it, in words."""
        value = self.confidence.get((turn, step.number))
        return "" if value is None else f", confidence {value:.2f}"

    @property
    def reversed(self) -> tuple[tuple[Step, int, tuple[tuple[Step, int], ...]], ...]:
        """Steps first seen after one that follows them: (step, turn, those before it with their turns), without `out_of_order`."""
        early = {step.number: turn for step, turn, _ in self.out_of_order}
        found = []
        for step in STEPS:
            turn = self.seen.get(step.number)
            # A reaction may be asked for more than once: what counts is that it is asked for in the end.
            later = [
                (other, n)
                for other in STEPS[step.number :]
                if (n := (self.last_seen if other is STEPS[-1] else self.seen).get(other.number)) is not None
                and other.number not in early
            ]
            before = tuple((other, n) for other, n in later if turn is not None and n < turn)
            if turn is not None and before and step.number not in early:
                found.append((step, turn, before))
        return tuple(found)

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


def stretches(coding: Coding) -> tuple[tuple[Episode, ...], Episode | None]:
    """Stretches on the relationship, with the steps seen in each; where no turn is of level 4, the steps seen without it.

    A step counts where the turn is on the relationship, owns a part, answers a patient who speaks of the therapist, or stands between
    two turns on the relationship; a summary and the question about the reaction also right after the last. Empathy with what
    happened elsewhere is no step.
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
        elif goes_on and turn.held & _LATER:
            until = place
    made = []
    free = 0
    for run in runs:
        end = min(run[-1] + GAP, len(turns))
        made.append(_episode(coding, turns, tied, max(free, run[0] - LEAD), run[0], run[-1], end))
        free = end
    return tuple(made), None if runs else _loose(coding, turns, tied)


def _tied(coding: Coding) -> tuple[list[CodedTurn], list[bool]]:
    """The therapist's turns, and which of them are on the relationship or tied to it."""
    turns, tied = [], []
    # Somebody who codes by hand means what they code: their steps count as they stand. A coder that is a program may name the tie.
    by_people = not coding.rules and coding.by not in (RULES, FROM_RULES)
    by_hand = by_people or (coding.by != RULES and not any(TIES in turn.held for turn in coding.turns))
    of_therapist = False
    for turn in coding.turns:
        if turn.role == "therapist":
            turns.append(turn)
            tied.append(by_hand or turn.level == 4 or of_therapist or (turn.marks != () and OWN_PART in turn.held))
            of_therapist = False
        elif turn.role == "patient":
            of_therapist = turn.marks != () and TIES in turn.held
    return turns, tied


def _episode(
    coding: Coding, turns: Sequence[CodedTurn], tied: Sequence[bool], lead: int, first: int, last: int, end: int
) -> Episode:
    found = Episode(turns[first].turn, turns[last].turn, {}, {})
    for place in range(lead, end):
        if tied[place] or first < place < last:
            # Before the relationship is taken up, only what prepares it counts.
            _count(found, turns[place], STEPS if place >= first else STEPS[:3], coding.by == RULES)
        elif place > last:
            # What was looked at is summed up, and the reaction asked for, without naming the relationship again.
            _count(found, turns[place], STEPS[4:], coding.by == RULES)
    return found


def _count(found: Episode, turn: CodedTurn, steps: Sequence[Step], by_rule: bool) -> None:
    held = {mark.code: mark.confidence for mark in turn.marks if mark.holds}
    for step in steps:
        shown = [held[code] for code in step.codes if code in held]
        if shown:
            found.seen.setdefault(step.number, turn.turn)
            found.last_seen[step.number] = turn.turn
            if by_rule:
                found.confidence[turn.turn, step.number] = max(shown)


def _loose(coding: Coding, turns: Sequence[CodedTurn], tied: Sequence[bool]) -> Episode | None:
    """Steps in turns that own a part or answer a patient who speaks of the therapist, in a session without any turn of level 4.

    Nothing is held against the manual there; None where no such step is seen.
    """
    places = [place for place, own in enumerate(tied) if own]
    if not places:
        return None
    found = Episode(turns[places[0]].turn, turns[places[-1]].turn, {}, {})
    for place in places:
        _count(found, turns[place], STEPS, coding.by == RULES)
    return found if found.seen else None
