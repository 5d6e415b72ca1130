"""Corrections of codes: an append-only list of who changed what, when and why, replayed over a coding.

A correction never deletes what the rules said: a code that does not hold is kept as withdrawn, a level keeps its first value in words.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.session.coding import level_of, mode_of
from forwhom.programme.session.model import AROUSAL, LEVELS, MENTALIZING, MODES, CodedTurn, Coding, Mark
from forwhom.programme.session.rules import RuleSet, shipped

What = Literal["add", "withdraw", "level", "mentalizing", "arousal", "mode"]
WHATS: tuple[What, ...] = ("add", "withdraw", "level", "mentalizing", "arousal", "mode")
NONE = "none"
"""The value that takes a level or a mode away."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One change.

    at : with its offset from UTC; by : who; why : the reason, never empty
    value : the code to add or withdraw, or the level, state or mode that holds instead
    of : fingerprint of the transcript it was made on
    row : line in the file
    """

    turn: int
    what: What
    value: str
    by: str
    at: dt.datetime
    why: str
    of: str = ""
    row: int = 0


def line(correction: Correction) -> str:
    """One correction as a line of JSON, without its end."""
    values = {
        "turn": correction.turn, "what": correction.what, "value": correction.value, "by": correction.by,
        "at": correction.at.isoformat(), "why": correction.why, "of": correction.of,
    }  # fmt: skip
    return json.dumps(values, ensure_ascii=False)


def wrong(correction: Correction, coding: Coding, rules: RuleSet | None = None) -> tuple[Problem, ...]:
    """Why a correction cannot be made; empty where it can."""
    used = rules or shipped()
    turn = next((each for each in coding.turns if each.turn == correction.turn), None)
    problems: list[Problem] = []
    if not correction.by.strip() or not correction.why.strip():
        problems.append(
            Problem("no-reason", "Say who corrects and why.", found="a correction needs a name and a reason")
        )
    if correction.at.tzinfo is None:
        problems.append(Problem("no-zone", "Give the time with its zone.", found="the time has no zone"))
    if turn is None:
        problems.append(
            Problem("unknown-turn", "Give the number of a turn.", found=f"there is no turn {correction.turn}")
        )
        return tuple(problems)
    known = _values(correction.what, turn.role, used)
    if correction.value not in known:
        hint = did_you_mean(correction.value, known)
        found = f"'{correction.value}' is no {_NOUN[correction.what]} of a turn of the {turn.role}"
        problems.append(Problem("unknown-value", f"{hint}Choose one.", found=found, possible=listed(known, 40)))
    return tuple(problems)


_NOUN = {
    "add": "code",
    "withdraw": "code",
    "level": "level",
    "mentalizing": "state",
    "arousal": "arousal",
    "mode": "mode",
}


def _values(what: What, role: str, rules: RuleSet) -> tuple[str, ...]:
    if what in ("add", "withdraw"):
        return tuple(code.id for code in rules.codes.values() if code.who == role)
    if what == "level":
        return (*map(str, LEVELS), NONE) if role == "therapist" else ()
    if role != "patient":
        return ()
    return {"mentalizing": MENTALIZING, "arousal": AROUSAL, "mode": (*MODES, NONE)}[what]


def read_corrections(text: str, file: str) -> tuple[tuple[Correction, ...], tuple[Problem, ...]]:
    """Every correction that can be read; a line that is none is told and passed over, the others hold."""
    kept: list[Correction] = []
    problems: list[Problem] = []
    for row, raw in enumerate(text.split("\n"), 1):
        if not raw.strip():
            continue
        try:
            kept.append(_correction(json.loads(raw), row))
        except (ValueError, KeyError, TypeError) as why:
            last = row == text.count("\n") + 1
            found = (
                "the last line is not whole: writing it was interrupted"
                if last
                else f"the line is no correction: {short(why)}"
            )
            problems.append(
                Problem("broken-line", "Make that correction again.", file, row, found=found, severity="notice")
            )
    return tuple(kept), tuple(problems)


def _correction(values: Mapping[str, Any], row: int) -> Correction:
    at = dt.datetime.fromisoformat(values["at"])
    if at.tzinfo is None:
        raise ValueError("its time has no zone")
    if values["what"] not in WHATS:
        raise ValueError(f"'{values['what']}' cannot be corrected")
    return Correction(
        int(values["turn"]),
        values["what"],
        str(values["value"]),
        str(values["by"]),
        at,
        str(values["why"]),
        str(values.get("of", "")),
        row,
    )


def replay(
    coding: Coding, corrections: Iterable[Correction], file: str = "", rules: RuleSet | None = None
) -> tuple[Coding, tuple[Problem, ...]]:
    """The coding with its corrections, in their order; of two on one thing the later holds.

    Corrections that do not fit the coding are told and left out. Those made on another version of the transcript are applied by
    the number of the turn, and told.
    """
    used = rules or shipped()
    made = tuple(corrections)
    if not made:
        return coding, ()
    turns = {turn.turn: turn for turn in coding.turns}
    problems: list[Problem] = []
    elsewhere = 0
    for each in made:
        found = wrong(each, coding, used)
        if found:
            problems += [
                replace(problem, file=file or None, row=each.row or None, severity="notice") for problem in found
            ]
            continue
        elsewhere += bool(each.of and coding.of and each.of != coding.of)
        turns[each.turn] = _APPLY[each.what](turns[each.turn], each, used)
    if elsewhere:
        words = "corrections were made on another version of the transcript; they are applied by the number of the turn"
        problems.append(
            Problem(
                "other-transcript", "Check these turns.", file or None, found=words, severity="notice", count=elsewhere
            )
        )
    return replace(coding, turns=tuple(turns[turn.turn] for turn in coding.turns)), tuple(problems)


def _added(turn: CodedTurn, each: Correction, rules: RuleSet) -> CodedTurn:
    kept = tuple(mark for mark in turn.marks if mark.code != each.value or mark.by == "rules")
    if any(mark.code == each.value and mark.by == "rules" for mark in kept):
        kept = tuple(replace(mark, withdrawn=False) if mark.code == each.value else mark for mark in kept)
    return _settled(turn, (*kept, Mark(each.value, 1.0, by=each.by)), rules)


def _withdrawn(turn: CodedTurn, each: Correction, rules: RuleSet) -> CodedTurn:
    return _settled(
        turn, tuple(replace(mark, withdrawn=True) if mark.code == each.value else mark for mark in turn.marks), rules
    )


def _settled(turn: CodedTurn, marks: tuple[Mark, ...], rules: RuleSet) -> CodedTurn:
    """Level and mode follow the codes, unless a person has set the level."""
    if turn.role == "therapist" and not turn.level_why.startswith("set by"):
        level, why = level_of(marks, rules)
        return replace(turn, marks=marks, level=level, level_why=why)
    return replace(turn, marks=marks, mode=mode_of(marks, rules) if turn.role == "patient" else None)


def _level(turn: CodedTurn, each: Correction, rules: RuleSet) -> CodedTurn:
    before, _ = level_of([mark for mark in turn.marks if mark.by == "rules"], rules)
    first = f"level {before}" if before is not None else "no level"
    return replace(
        turn, level=None if each.value == NONE else int(each.value), level_why=f"set by {each.by}, by rule {first}"
    )


def _state(name: str) -> Callable[[CodedTurn, Correction, RuleSet], CodedTurn]:
    def change(turn: CodedTurn, each: Correction, rules: RuleSet) -> CodedTurn:
        changed: Any = {name: None if each.value == NONE else each.value}
        return replace(turn, **changed)

    return change


_APPLY: dict[What, Callable[[CodedTurn, Correction, RuleSet], CodedTurn]] = {
    "add": _added,
    "withdraw": _withdrawn,
    "level": _level,
    "mentalizing": _state("mentalizing"),
    "arousal": _state("arousal"),
    "mode": _state("mode"),
}
