"""Corrections of codes: an append-only list of who changed what, when and why, replayed over a coding.

A correction never deletes what was coded before: a code that does not hold is kept as withdrawn, a level keeps its first value in
words. What rests on a corrected sign is worked out anew (`settling`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.session.model import AROUSAL, LEVELS, MENTALIZING, MODES, RULES, CodedTurn, Coding, Mark
from forwhom.programme.session.rules import ANYBODY, RuleSet, shipped
from forwhom.programme.session.settling import settled
from forwhom.programme.session.turns import Transcript

What = Literal["add", "withdraw", "level", "mentalizing", "arousal", "mode"]
WHATS: tuple[What, ...] = ("add", "withdraw", "level", "mentalizing", "arousal", "mode")
NONE = "none"
"""The value that takes a level or a mode away."""
NOBODY = (RULES, "hand", "by hand")
"""Names that stand for no person: those of the rules, and of a coding by hand whose coder is not named."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One change.

    at : with its offset from UTC; by : who; why : the reason, never empty
    value : the code to add or withdraw, or the level, state or mode that holds instead
    of : fingerprint of the transcript it was made on
    row : line in the file
    session : what tells the sessions of one file apart; "" where there is one
    words : digest of the turn's words, by `digest_of`; "" where the turn was seen without them
    """

    turn: int
    what: What
    value: str
    by: str
    at: dt.datetime
    why: str
    of: str = ""
    row: int = 0
    session: str = ""
    words: str = ""


def digest_of(text: str) -> str:
    """Digest of a turn's words, by which a correction finds its turn again; spaces do not matter.

    >>> digest_of("I  know.") == digest_of("I know."), len(digest_of(""))
    (True, 16)
    """
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def line(correction: Correction) -> str:
    """One correction as a line of JSON, without its end."""
    values = {
        "turn": correction.turn, "what": correction.what, "value": correction.value, "by": correction.by,
        "at": correction.at.isoformat(), "why": correction.why, "of": correction.of,
    }  # fmt: skip
    tied = {"session": correction.session, "words": correction.words}
    return json.dumps(values | {key: value for key, value in tied.items() if value}, ensure_ascii=False)


def wrong(correction: Correction, coding: Coding, rules: RuleSet | None = None) -> tuple[Problem, ...]:
    """Why a correction cannot be made; empty where it can."""
    used = rules or shipped()
    turn = next((each for each in coding.turns if each.turn == correction.turn), None)
    problems: list[Problem] = []
    if not correction.by.strip() or not correction.why.strip():
        problems.append(
            Problem("no-reason", "Say who corrects and why.", found="a correction needs a name and a reason")
        )
    elif _machine(correction.by, coding):
        do = f"Give the name of a person, with more than '{correction.by}' where somebody is called so."
        found = f"'{correction.by}' stands for no person, but for how codes were made"
        problems.append(Problem("no-person", do, found=found))
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
    elif correction.what == "withdraw" and correction.value not in turn.codes:
        held = listed(sorted(turn.codes), 40) or "none"
        found = f"turn {correction.turn} has no '{correction.value}' that holds"
        problems.append(Problem("not-there", "Withdraw a code that the turn has.", found=found, possible=held))
    return tuple(problems)


def _machine(name: str, coding: Coding) -> bool:
    """Whether a name stands for no person: one of `NOBODY`, or that of a coder who is a program.

    A program's codes stand beside the words of the rules; who coded by hand may correct under the same name.
    """
    programs = (*NOBODY, coding.by) if coding.rules else NOBODY
    return name.strip().casefold() in {each.casefold() for each in programs}


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
        if role not in ("therapist", "patient"):
            return tuple(dict.fromkeys(rule.code for rule in rules.rules if rule.who == ANYBODY))
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
        except (ValueError, KeyError, TypeError, OverflowError) as why:
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
    turn = float(values["turn"])
    if not turn.is_integer():
        raise ValueError(f"{turn} is no number of a turn")
    return Correction(
        int(turn),
        values["what"],
        str(values["value"]),
        str(values["by"]),
        at,
        str(values["why"]),
        str(values.get("of", "")),
        row,
        str(values.get("session", "")),
        str(values.get("words", "")),
    )


def replay(
    coding: Coding,
    corrections: Iterable[Correction],
    file: str = "",
    rules: RuleSet | None = None,
    *,
    transcript: Transcript | None = None,
    session: str = "",
    sessions: Sequence[str] = (),
) -> tuple[Coding, tuple[Problem, ...]]:
    """The coding with its corrections, in their order; of two on one thing the later holds, and what a person set holds over what
    follows from signs.

    transcript : so that a correction is held to the words of its turn, and states are worked out anew
    session, sessions : which of the file's sessions this is, and all of them, by what tells them apart
    Corrections that do not fit are told and left out: of a turn or code that is not there, of another session, of a turn that has
    other words now.
    """
    used = rules or shipped()
    made = tuple(corrections)
    if not made:
        return coding, ()
    of_session = _Elsewhere(coding, transcript, session, tuple(sessions))
    now = coding
    kept: list[Correction] = []
    problems: list[Problem] = []
    for each in made:
        found = of_session.why_not(each)
        if found is None:
            continue
        found = found or wrong(each, now, used)
        if found:
            problems += [
                replace(problem, file=file or None, row=each.row or None, severity="notice") for problem in found
            ]
            continue
        kept.append(each)
        if each.what in ("add", "withdraw"):
            turns = tuple(_marked(turn, each, coding.by) if turn.turn == each.turn else turn for turn in now.turns)
            now = replace(now, turns=turns)
    chosen: dict[int, dict[str, Correction]] = {}
    for each in kept:
        if each.what not in ("add", "withdraw"):
            chosen.setdefault(each.turn, {})[each.what] = each
    states = {turn: {what: each.value for what, each in of.items()} for turn, of in chosen.items()}
    now, more = settled(now, coding, transcript, states, used)
    first = {turn.turn: turn.level for turn in coding.turns}
    turns = tuple(_set(turn, chosen.get(turn.turn, {}), first[turn.turn], coding.by) for turn in now.turns)
    return replace(now, turns=turns), (*problems, *(replace(each, file=file or None) for each in more))


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """Whether a correction was made on this session and on these words."""

    coding: Coding
    transcript: Transcript | None
    session: str
    sessions: tuple[str, ...]

    def why_not(self, each: Correction) -> tuple[Problem, ...] | None:
        """Nothing where it was; None where it belongs to another session of the file."""
        if len(self.sessions) > 1 and not each.session:
            do = "Make it again with --session NAME."
            return (Problem("which-session", do, found="it names no session, and the file has several; not applied"),)
        if each.session and each.session != self.session:
            if each.session in self.sessions:
                return None
            do = "Read the file with the column of sessions it was made with, or make it again."
            return (Problem("unknown-session", do, found=f"there is no session '{each.session}'; not applied"),)
        do = "Look at the turn, and make the correction again where it belongs."
        if each.words and self.transcript is not None:
            said = next((turn.text for turn in self.transcript.turns if turn.number == each.turn), None)
            if said is not None and digest_of(said) != each.words:
                found = f"turn {each.turn} has other words than when it was corrected; not applied"
                return (Problem("other-words", do, found=found),)
            alike = self._alike(each.words) if self._other_version(each) else ()
            if len(alike) > 1:
                turns = f"turns {listed(map(str, alike), 40)} have its words"
                found = f"turn {each.turn} was corrected in another version of the transcript, and {turns}; not applied"
                return (Problem("same-words", do, found=found),)
        elif self._other_version(each):
            found = f"turn {each.turn} was corrected in another version of the transcript; not applied"
            return (Problem("other-transcript", do, found=found),)
        return ()

    def _other_version(self, each: Correction) -> bool:
        """Whether the transcript is known to have changed since."""
        return bool(each.of and self.coding.of and each.of != self.coding.of)

    def _alike(self, words: str) -> tuple[int, ...]:
        """Numbers of the turns that have these words."""
        turns = self.transcript.turns if self.transcript else ()
        return tuple(turn.number for turn in turns if digest_of(turn.text) == words)


def _marked(turn: CodedTurn, each: Correction, coder: str) -> CodedTurn:
    """The turn with a code added or withdrawn; marks of others stay as they are."""
    if each.what == "withdraw":
        return replace(
            turn,
            marks=tuple(
                replace(mark, withdrawn=True, withdrawn_by=each.by, withdrawn_why=each.why)
                if mark.code == each.value and not mark.withdrawn
                else mark
                for mark in turn.marks
            ),
        )
    kept = []
    for mark in turn.marks:
        if mark.code != each.value or mark.by in (RULES, coder):
            again = mark.code == each.value and mark.withdrawn
            kept.append(replace(mark, withdrawn=False, withdrawn_by="", withdrawn_why="") if again else mark)
    return replace(turn, marks=(*kept, Mark(each.value, 1.0, by=each.by)))


def _set(turn: CodedTurn, chosen: Mapping[str, Correction], first: int | None, coder: str) -> CodedTurn:
    """The turn with what a person set: level, states, mode. first : the level before any correction"""
    for what, each in chosen.items():
        value: Any = None if each.value == NONE else each.value
        if what == "level":
            was = f"level {first}" if first is not None else "no level"
            by = "rule" if coder == RULES else coder
            turn = replace(
                turn, level=None if value is None else int(value), level_why=f"set by {each.by}, by {by} {was}"
            )
        else:
            number = {"mentalizing": "lost", "arousal": "stirred"}.get(what)
            was = getattr(turn, what) or "none"
            told = f"{what} set to {each.value} by {each.by}, was {was}: {' '.join(each.why.split())}"
            changed: Any = {what: value} | ({number: None} if number else {})
            turn = replace(turn, **changed, state_why="\n".join(filter(None, (turn.state_why, told))))
    return _of_one_mind(turn, chosen)


def _of_one_mind(turn: CodedTurn, chosen: Mapping[str, Correction]) -> CodedTurn:
    """Without a mode of lost mentalizing where a person set mentalizing to kept and said nothing of the mode."""
    kept = "mentalizing" in chosen and chosen["mentalizing"].value == "kept"
    return replace(turn, mode=None) if kept and "mode" not in chosen else turn
