"""Codings made by people, and codings that were kept: plain tables in, `Coding` out, every problem told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from forwhom.problems import Problem, did_you_mean, listed, raise_if_errors, short
from forwhom.programme.session.coding import CAPPED, level_of, mode_of, patient_turn, strains
from forwhom.programme.session.model import (
    AROUSAL,
    FROM_RULES,
    LEVELS,
    MENTALIZING,
    MODES,
    NOT_SEEN,
    CodedTurn,
    Coding,
    Evidence,
    Mark,
)
from forwhom.programme.session.risk import CODES
from forwhom.programme.session.rules import RuleSet, shipped

TURN_KEYS = (
    "turn",
    "who",
    "level",
    "codes",
    "mentalizing",
    "arousal",
    "mode",
    "marks",
    "level_why",
    "lost",
    "stirred",
    "patient",
    "unsure",
    "state_why",
)
PASSED = ("text", "note", "place", "stated", "start", "end", "speaker")
"""Keys that may stand in a turn and that no code depends on."""
WHO = {
    "t": "therapist",
    "p": "patient",
    "therapist": "therapist",
    "patient": "patient",
    "client": "patient",
    "other": "other",
    "unknown": "unknown",
}
SEE = "docs/reference/session-files.md"


def read_coding(
    session: Mapping[str, Any], turns: Iterable[Mapping[str, Any]], file: str, rules: RuleSet | None = None
) -> Coding:
    """A coding from plain values: of a session's table and of its turns.

    session : name, coder; optional rules, of
    turns : number and who of each turn; level 1 to 4, codes, mentalizing, arousal, mode where they were coded. A therapist's
        level and a patient's mode follow from the codes where they are not given and codes are
    Raises ProblemsFound with everything that is wrong.

    >>> read_coding({"name": "s", "coder": "anna"}, [{"turn": 1, "who": "T", "codes": "rewind; own-part"}], "s.csv").turns[0].level
    2
    """
    used = rules or shipped()
    reading = _Reading(file, used, by_rule=session.get("coder") == FROM_RULES)
    made = [reading.turn(row, values) for row, values in enumerate(turns, 1)]
    reading.numbers([turn.turn for turn in made if turn is not None])
    raise_if_errors(reading.problems)
    name, coder = (
        str(session.get("name") or file.rpartition(".")[0]),
        str(session.get("coder") or session.get("by") or "by hand"),
    )
    known = _with_states(tuple(turn for turn in made if turn is not None), used)
    return Coding(name, coder, known, str(session.get("rules", "")), str(session.get("of", "")))


def _with_states(turns: tuple[CodedTurn, ...], rules: RuleSet) -> tuple[CodedTurn, ...]:
    """The turns with the states that their codes show, where the coder gave codes of the patient and not one state."""
    if any(turn.mentalizing or turn.arousal for turn in turns):
        return turns
    return tuple(_with_state(turn, rules) if turn.role == "patient" and turn.marks else turn for turn in turns)


def _with_state(turn: CodedTurn, rules: RuleSet) -> CodedTurn:
    found = patient_turn(turn.turn, turn.marks, *strains(turn.marks, rules), rules)
    seen = {what: value for what in ("mentalizing", "arousal") if (value := getattr(found, what)) != NOT_SEEN}
    if turn.mode is not None:
        seen["mentalizing"] = "lost"
    return replace(turn, **seen)


class _Reading:
    """Turns as they are read, with all that is wrong."""

    def __init__(self, file: str, rules: RuleSet, *, by_rule: bool) -> None:
        self.file = file
        self.rules = rules
        self.by_rule = by_rule
        self.problems: list[Problem] = []

    def wrong(self, code: str, row: int, key: str, found: str, do: str, possible: str = "") -> None:
        self.problems.append(Problem(code, do, self.file, row, key, found, possible))

    def turn(self, row: int, values: Mapping[str, Any]) -> CodedTurn | None:
        for key in values:
            if key not in TURN_KEYS and key not in PASSED:
                hint = did_you_mean(str(key), TURN_KEYS)
                self.wrong(
                    "unknown-key",
                    row,
                    str(key),
                    "unknown key",
                    f"{hint}Correct or remove it; see {SEE}.",
                    listed(TURN_KEYS),
                )
        number = _whole(values.get("turn"))
        if number is None or number < 1:
            self.wrong(
                "wrong-turn", row, "turn", f"{short(values.get('turn', ''))} is no number of a turn", "Write 1, 2, 3 …."
            )
            return None
        who = WHO.get(str(values.get("who", "")).strip().casefold())
        if who is None:
            do = "Write T or therapist, P or patient, other."
            self.wrong("wrong-who", row, "who", f"{short(values.get('who', ''))} is nobody known", do, listed(WHO))
            return None
        unsure = self._marks(row, {"codes": values.get("unsure")}, who)
        marks = (*self._marks(row, values, who), *(replace(mark, confidence=CAPPED) for mark in unsure))
        level = self._level(row, values.get("level"), who)
        why = str(values.get("level_why") or ("" if level is None else "as coded"))
        if level is None and who == "therapist" and marks and not values.get("marks") and not self.by_rule:
            level, why = level_of(marks, self.rules)
        mode: Any = self._word(row, values, "mode", MODES, who)
        mentalizing = self._word(row, values, "mentalizing", (*MENTALIZING, NOT_SEEN), who)
        if mode is not None and mentalizing is None:
            # Each of the modes is what is left where mentalizing is lost.
            mentalizing = "lost"
        return CodedTurn(
            number,
            who,
            marks,
            level,
            why,
            mentalizing=mentalizing,
            arousal=self._word(row, values, "arousal", (*AROUSAL, NOT_SEEN), who),
            mode=mode or (mode_of(marks, self.rules) if who == "patient" else None),
            lost=self._number(row, values, "lost"),
            stirred=self._number(row, values, "stirred"),
            patient=str(values.get("patient") or "").strip() if who == "patient" else "",
            state_why=str(values.get("state_why") or ""),
        )

    def _number(self, row: int, values: Mapping[str, Any], key: str) -> float | None:
        value = values.get(key)
        if value in (None, ""):
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self.wrong("wrong-value", row, key, f"{short(value)} is no number", "Give a number, or leave it out.")
            return None
        return number

    def _level(self, row: int, value: Any, who: str) -> int | None:
        if value in (None, ""):
            return None
        level = _whole(value)
        if level not in LEVELS:
            self.wrong(
                "wrong-level",
                row,
                "level",
                f"{short(value)} is no level of the ladder",
                "Give 1, 2, 3 or 4, or leave it out.",
            )
            return None
        if who != "therapist":
            self.wrong(
                "wrong-level", row, "level", f"a level on a turn of the {who}", "Levels are of the therapist's turns."
            )
            return None
        return level

    def _word(self, row: int, values: Mapping[str, Any], key: str, known: tuple[str, ...], who: str) -> Any:
        value = str(values.get(key) or "").strip().casefold().replace(" ", "-")
        if not value:
            return None
        if value not in known or who != "patient":
            found = f"'{value}' is not known" if value not in known else f"{key} on a turn of the {who}"
            self.wrong("wrong-value", row, key, found, "Choose one; it is of the patient's turns.", listed(known))
            return None
        return value

    def _marks(self, row: int, values: Mapping[str, Any], who: str) -> tuple[Mark, ...]:
        kept = self._many(row, values, "marks")
        if kept:
            return tuple(mark for each in kept if (mark := self._kept(row, each)) is not None)
        given = values.get("codes") or ()
        if not isinstance(given, str):
            given = self._many(row, values, "codes")
        names = (
            [part.strip() for part in given.replace(",", ";").split(";")]
            if isinstance(given, str)
            else [str(each) for each in given]
        )
        made = []
        for name in filter(None, names):
            known = self.rules.codes.get(name)
            if known is None:
                hint = did_you_mean(name, self.rules.codes)
                self.wrong(
                    "unknown-code",
                    row,
                    "codes",
                    f"'{name}' is no code",
                    f"{hint}Name a code; see {SEE}.",
                    listed(self.rules.codes, 40),
                )
            elif known.who != who and not (name in CODES and who not in ("therapist", "patient")):
                self.wrong(
                    "wrong-who",
                    row,
                    "codes",
                    f"'{name}' is a code of the {known.who}, the turn is of the {who}",
                    "Correct who or code.",
                )
            else:
                made.append(Mark(name, 1.0, by="hand"))
        return tuple(made)

    def _many(self, row: int, values: Mapping[str, Any], key: str) -> tuple[Any, ...]:
        given = values.get(key) or ()
        if isinstance(given, Iterable) and not isinstance(given, (str, Mapping)):
            return tuple(given)
        self.wrong("wrong-value", row, key, f"{short(given)} is no list", f"Write a list; see {SEE}.")
        return ()

    def _kept(self, row: int, each: Any) -> Mark | None:
        """A mark that was kept in full."""
        try:
            evidence = tuple(Evidence(str(e["rule"]), int(e["start"]), int(e["end"])) for e in each.get("evidence", ()))
            confidence = float(each["confidence"])
            mark = Mark(
                str(each["code"]),
                confidence,
                evidence,
                str(each.get("by", "")),
                bool(each.get("withdrawn", False)),
                str(each.get("withdrawn_by", "")),
                str(each.get("withdrawn_why", "")),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            self.wrong("wrong-mark", row, "marks", f"{short(each)} is no mark", f"Make the file anew; see {SEE}.")
            return None
        if mark.code not in self.rules.codes or not 0 <= confidence <= 1:
            self.wrong(
                "unknown-code", row, "marks", f"'{mark.code}' is no code with a confidence from 0 to 1", "Correct it."
            )
            return None
        return mark

    def numbers(self, numbers: list[int]) -> None:
        seen: set[int] = set()
        for row, number in enumerate(numbers, 1):
            if number in seen:
                self.wrong("turn-twice", row, "turn", f"turn {number} is there twice", "Give each turn one row.")
            seen.add(number)
        if numbers != sorted(numbers):
            self.wrong("turns-order", 1, "turn", "turns are not in order", "Put them in the order of the session.")


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() else None
