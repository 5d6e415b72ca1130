"""Many sessions, each in a line, and how the focus on the relationship moves over them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forwhom.programme.session import Coding, Transcript, check
from forwhom.programme.session.coverage import judged
from forwhom.programme.session.gate import GateRule


@dataclass(frozen=True, slots=True)
class Summary:
    """One session in numbers.

    departures, looks : moments by grade; rules : how often each rule points to something
    risk : turns to read first, for words of self-harm, death or harm to others or what was asked about them, whatever the gate's rules
    unjudged : turns of level 3 or 4 that nobody can judge
    read_first : their numbers; lines : of the file, where no turn of both is coded and the lines are known
    uncoded : turns of nobody known as therapist or patient; judged : turns of both are coded
    assumed : what was guessed while reading it; of : fingerprint of the transcript it was coded from
    high : turns of level 3 or 4; gate : of these while aroused and not mentalizing
    relationship : share of level 4 among the therapist's turns with a level; None without any
    therapist_words : share of the words; None where it cannot be told
    """

    session: str
    turns: int
    departures: int
    looks: int
    high: int
    gate: int
    relationship: float | None
    therapist_words: float | None
    minutes: float | None
    rules: dict[str, int]
    risk: int = 0
    uncoded: int = 0
    judged: bool = True
    read_first: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()
    unjudged: tuple[int, ...] = ()
    assumed: tuple[str, ...] = ()
    of: str = ""


def summary(coding: Coding, transcript: Transcript | None = None, gate: tuple[GateRule, ...] | None = None) -> Summary:
    """A session held against the rules, in numbers. gate : rules of the user's; those that ship where None"""
    checked = check(coding, transcript, gate)
    b = checked.balance
    known = sum(b.levels.values())
    rules = Counter(moment.rule for moment in checked.moments)
    first = checked.read_first
    rows = {turn.number: turn.row for turn in transcript.turns if turn.row is not None} if transcript else {}
    return Summary(
        session=coding.session,
        turns=len(coding.turns),
        departures=len(checked.deviations),
        looks=len(checked.moments) - len(checked.deviations),
        high=b.levels.get(3, 0) + b.levels.get(4, 0),
        gate=len(checked.of("safe-levels")),
        relationship=b.levels.get(4, 0) / known if known else None,
        therapist_words=b.therapist_words,
        minutes=b.minutes,
        rules=dict(sorted(rules.items())),
        risk=len(first),
        uncoded=b.other_turns,
        judged=judged(b),
        read_first=first,
        unjudged=checked.unjudged,
        assumed=transcript.assumed if transcript else (),
        of=coding.of,
        lines=() if judged(b) else tuple(rows[n] for n in first if n in rows),
    )


FEW = 8
"""Sessions below which the words say how little so few can show. Ours."""


@dataclass(frozen=True, slots=True)
class FocusTrend:
    """How the share of level 4 moves over the sessions of one treatment.

    sessions : names in the order that was used; shares : of level 4 among turns with a level, None where a session has none
    change : median change of the share a session; low, high : 95 % limits, None where so few sessions give none
    p : two-sided, exact; n : sessions with a share
    told : the same in words, with what it leans on
    """

    sessions: tuple[str, ...]
    shares: tuple[float | None, ...]
    change: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    told: tuple[str, ...]


def focus_trend(sessions: Sequence[tuple[str, float | None]]) -> FocusTrend:
    """The trend of the focus on the relationship over sessions of one treatment.

    sessions : (name, share of level 4); they are taken in the order of their names, numbers in them by their size
    The paper lets the focus rise with the process (S2 line 127) and names no pace, so that no trend is right or wrong.

    >>> focus_trend([("s10", 0.2), ("s2", 0.0), ("s1", 0.0)]).told[0]
    'Three sessions are too few to tell a trend. The share of level 4 went from 0 % in s1 to 20 % in s10.'
    """
    from forwhom.kernels.monotone_trend import MOST, monotone_trend

    ordered = sorted(sessions, key=lambda each: _by_number(each[0]))
    names, shares = tuple(name for name, _ in ordered), tuple(share for _, share in ordered)
    known = [(name, share) for name, share in ordered if share is not None]
    if len(known) < 2 or len(ordered) > MOST:
        why = (
            f"{len(ordered)} sessions are more than {MOST}, and more than one treatment has."
            if len(ordered) > MOST
            else f"A trend needs two sessions with a level; {_number(len(known))} has one."
        )
        return FocusTrend(names, shares, None, None, None, None, len(known), (why,))
    found = monotone_trend(range(1, len(ordered) + 1), [float("nan") if share is None else share for share in shares])
    (first, before), (last, after) = known[0], known[-1]
    went = f"The share of level 4 went from {100 * before:.0f} % in {first} to {100 * after:.0f} % in {last}."
    return FocusTrend(
        names, shares, found.slope, found.low, found.high, found.p, found.n,
        _words(found.slope or 0.0, found.low, found.high, found.p, found.n, went, len(ordered) - len(known)),
    )  # fmt: skip


def _words(
    change: float, low: float | None, high: float | None, p: float | None, n: int, went: str, absent: int
) -> tuple[str, ...]:
    if low is None or high is None or p is None:
        told = [f"{_number(n).capitalize()} sessions are too few to tell a trend. {went}"]
    else:
        way = "rises" if low > 0 else "falls" if high < 0 else "shows no clear direction"
        limits = f"{100 * low:+.1f} to {100 * high:+.1f}"
        moves = f"{100 * change:+.1f} percentage points a session (95 % {limits}; p = {p:.3f})"
        told = [f"Over {n} sessions the share of level 4 {way}: {moves}. {went}"]
        if n < FEW:
            told.append(f"With {n} sessions only a trend that hardly ever turns back would be seen.")
        told.append("Sessions next to each other are alike, so that these limits may be too narrow.")
    if absent:
        told.append(
            f"{absent} {'session has' if absent == 1 else 'sessions have'} no turn with a level; their place is kept."
        )
    told.append(
        "Sessions were taken in the order of their names and as those of one treatment. The paper lets the focus rise and names no pace."
    )
    return tuple(told)


def _number(n: int) -> str:
    return ("none", "one", "two", "three", "four", "five")[n] if n < 6 else str(n)


def _by_number(name: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers by size, letters by letter."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in re.findall(r"\d+|\D+", name)
    )
