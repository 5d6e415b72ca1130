"""What a session's coding covers: how much of it was coded, by whom, and what can be said where nothing was found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from forwhom.programme.session.balance import Balance
from forwhom.programme.session.corrections import NOBODY
from forwhom.programme.session.gate import Checked
from forwhom.programme.session.model import RULES, Coding
from forwhom.programme.session.steps import STEPS, Episode

_SET_BY = re.compile(r"set by (.*), by ")
_STATE_BY = re.compile(r"(?:mentalizing|arousal|mode) set to [\w-]+ by (.*?), was ")


def judged(b: Balance) -> bool:
    """Whether turns of both are coded, without which nothing that the manual asks can be held against them."""
    return bool(b.patient_turns and b.therapist_turns)


def covered(b: Balance) -> str:
    """What is not coded, in a sentence; "" where all is."""
    total = b.therapist_turns + b.patient_turns + b.other_turns
    parts = []
    absent = [who for who, n in (("patient", b.patient_turns), ("therapist", b.therapist_turns)) if not n]
    if absent:
        who = " and none of the ".join(absent)
        parts.append(f"No turn of the {who} is coded: states, gate and steps could not be asked.")
    if b.other_turns:
        are = "turns is" if b.other_turns == 1 else "turns are"
        parts.append(
            f"{b.other_turns} of {total} {are} of nobody known as therapist or patient and not coded; only words of self-harm, death or "
            "harm to others were looked for there."
        )
    return " ".join(parts)


def nothing_found(checked: Checked) -> str:
    """What is said where no rule points anywhere: never more than was looked at."""
    b = checked.balance
    if not judged(b):
        return "Nothing could be held against the rules."
    told = "Nothing departs from the rules, as far as words show it."
    if b.other_turns:
        coded = b.therapist_turns + b.patient_turns
        are = "one is" if b.other_turns == 1 else f"{b.other_turns} are"
        told = (
            f"Nothing departs from the rules in the {coded} turns that are coded, as far as words show it; {are} not."
        )
    return told


def not_judged(checked: Checked) -> str:
    """The turns of level 3 or 4 that nobody can judge, by number; "" where there is none."""
    if not checked.unjudged:
        return ""
    n = len(checked.unjudged)
    blank = [turn for turn in checked.unjudged if turn not in checked.weak]
    whys = []
    if blank:
        whys.append(f"no sign of the patient's state is seen before {numbered(blank)}")
    if checked.weak:
        whys.append(
            f"what is seen before {numbered(checked.weak)} is weak, has passed, or is of arousal or mentalizing alone"
        )
    turns = f"{n} turn{'' if n == 1 else 's'} of level 3 or 4 cannot be judged ({numbered(checked.unjudged)})"
    return f"{turns}: {'; '.join(whys)}. Not judged is not safe."


def loose_told(found: Episode | None) -> str:
    """Steps seen without any turn of level 4, in a sentence; "" where there are none."""
    if found is None:
        return ""
    steps = ", ".join(f"{n} {STEPS[n - 1].label} (turn {turn})" for n, turn in sorted(found.seen.items()))
    return (
        "No turn of level 4 is seen, so the order of the six steps was not asked. In turns that own a part, or answer a patient who "
        f"speaks of the therapist, these are seen: {steps}."
    )


def numbered(turns: Sequence[int]) -> str:
    """Turns by number, all of them."""
    known = [str(turn) for turn in turns]
    return f"turn {known[0]}" if len(known) == 1 else f"turns {', '.join(known[:-1])} and {known[-1]}"


def coded_by(coding: Coding) -> str:
    """Who coded, and who corrected, in words."""
    if coding.by == RULES:
        told = f"rules {coding.rules}".strip()
    elif coding.rules:
        told = f"{coding.by}, with the rules' words of self-harm and death"
    else:
        told = coding.by
    people = correctors(coding)
    return f"{told}; corrected by {', '.join(people)}" if people else told


def correctors(coding: Coding) -> tuple[str, ...]:
    """People who added or withdrew a code, or set a level or a state, in the order of their turns."""
    machine = {*NOBODY, coding.by, ""}
    found: list[str] = []
    for turn in coding.turns:
        for mark in turn.marks:
            found += [mark.by, mark.withdrawn_by]
        set_by = _SET_BY.match(turn.level_why)
        if set_by:
            found.append(set_by[1])
        found += _STATE_BY.findall(turn.state_why)
    return tuple(name for name in dict.fromkeys(found) if name not in machine)


def states_set(coding: Coding, *, reasons: bool = True) -> tuple[str, ...]:
    """What people set in the place of coded states, a sentence a turn: such a state opens or closes the gate.

    reasons : False leaves out why
    """
    told = []
    for turn in coding.turns:
        if turn.state_why:
            parts = [part if reasons else part.partition(": ")[0] for part in turn.state_why.split("\n")]
            told.append(f"Turn {turn.turn}: {'; '.join(parts)}.")
    return tuple(told)


def aid(coding: Coding) -> str:
    """What the codes are, by who made them."""
    if coding.by == RULES:
        made = "Codes are made from words by rule."
    elif coding.rules:
        made = f"Codes were proposed by {coding.by}; words of self-harm, death and harm to others come from the rules as well."
    else:
        made = f"Coded by {coding.by}; the rules only hold the codes against the manual."
    return f"{made} They help to look; they do not measure mentalizing."
