"""The gate: a coded session held against the rules of mentalization-based treatment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

from forwhom.keyed import Found, Keys, count, number, one_of, rows, text
from forwhom.problems import ProblemsFound
from forwhom.programme.session.balance import Balance, balance
from forwhom.programme.session.model import CodedTurn, Coding
from forwhom.programme.session.risk import ASKED, CHILD, FROM_OTHERS, HINT, OTHERS, SAID, WEAPON, Place, of_code, places
from forwhom.programme.session.standing import Standing, Where, standings, told, weak
from forwhom.programme.session.steps import Episode, stretches
from forwhom.programme.session.turns import Transcript

Grade = Literal["deviation", "look"]
SEE = "docs/reference/session-rules.md"
TAKES_UP = frozenset(
    {
        "empathy",
        "validation",
        "support",
        "rewind",
        "how-held",
        "own-part",
        "challenge",
        "not-knowing",
        "what-question",
        "clarification",
    }
)
"""Techniques that answer lost mentalizing (S2 lines 140, 214 to 226)."""


@dataclass(frozen=True, slots=True)
class GateRule:
    """A rule a session is held against.

    grade : "deviation" departs from what the paper asks, "look" is worth a look
    turns, share, least, seconds : limits, where the check has one; `limit_source` says whose they are
    """

    id: str
    check: str
    grade: Grade
    title: str
    says: str
    source: str
    turns: int = 0
    share: float = 0.0
    least: int = 0
    seconds: float = 0.0
    limit_source: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a rule points to.

    turn : number; None where the whole session is meant
    why : what led to it, in a sentence
    because : numbers of the turns it rests on
    """

    rule: str
    grade: Grade
    turn: int | None
    why: str
    because: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """A session held against the rules.

    moments : in the order of the session, those of the whole session last
    unjudged : numbers of turns of level 3 or 4 before which no state of the patient is known; they are not called safe
    weak : those of them before which only signs below the bounds stand
    rules : those it was held against
    loose : steps seen in a session without a turn of level 4, which are held against nothing
    read_first : numbers of the turns with words of danger, or that answer to them, whatever the rules
    """

    moments: tuple[Moment, ...]
    episodes: tuple[Episode, ...]
    balance: Balance
    unjudged: tuple[int, ...] = ()
    rules: tuple[GateRule, ...] = ()
    weak: tuple[int, ...] = ()
    loose: Episode | None = None
    read_first: tuple[int, ...] = ()

    @property
    def deviations(self) -> tuple[Moment, ...]:
        """Departures from what the paper asks."""
        return tuple(moment for moment in self.moments if moment.grade == "deviation")

    def of(self, check: str) -> tuple[Moment, ...]:
        """Moments of the rules with one check, whatever their ids."""
        ids = {rule.id for rule in self.rules if rule.check == check}
        return tuple(moment for moment in self.moments if moment.rule in ids)


@cache
def gate_rules() -> tuple[GateRule, ...]:
    """The rules that come with forwhom."""
    import tomli

    source = files("forwhom.programme.session").joinpath("gate.toml").read_text(encoding="utf-8")
    return read_gate("gate.toml", tomli.loads(source))


def read_gate(name: str, table: Mapping[str, object]) -> tuple[GateRule, ...]:
    """Rules from a table of TOML. Raises ProblemsFound with everything that is wrong."""
    found = Found(name, see=SEE)
    made = Keys(lambda rules=(): rules, {"rules": rows(rule_keys())}).build(table, "", found)
    if found.problems:
        raise ProblemsFound(found.problems)
    return tuple(made)


def rule_keys() -> Keys:
    """What a rule of the gate says."""
    return Keys(
        GateRule,
        {
            "id": text, "check": one_of(*CHECKS), "grade": one_of("deviation", "look"), "title": text, "says": text, "source": text,
            "turns": count, "share": number, "least": count, "seconds": number, "limit_source": text,
        },
        dict.fromkeys(("id", "check", "grade", "title", "says", "source"), "Give it."),
    )  # fmt: skip


def check(coding: Coding, transcript: Transcript | None = None, rules: tuple[GateRule, ...] | None = None) -> Checked:
    """Hold a coded session against the rules.

    transcript : for what needs words and times; without it these are not asked
    The time grows with the length of the session alone.

    >>> turns = (CodedTurn(1, "patient", mentalizing="lost", arousal="high"), CodedTurn(2, "therapist", level=4, level_why="relationship"))
    >>> [(moment.rule, moment.turn) for moment in check(Coding("s", "anna", turns)).deviations]
    [('MBT-GATE-1', 2)]
    """
    view = _View(coding, transcript)
    used = gate_rules() if rules is None else rules
    found = [moment for rule in used for moment in CHECKS[rule.check](rule, view)]
    last = len(coding.turns) + 1
    order = {turn.turn: place for place, turn in enumerate(coding.turns)}
    found.sort(key=lambda moment: order.get(moment.turn, last) if moment.turn is not None else last)
    first = tuple(dict.fromkeys(place.turn for place in view.risk))
    return Checked(
        tuple(found), view.episodes, view.balance, tuple(view.unjudged), used, tuple(view.weak), view.loose, first
    )


@dataclass
class _View:
    """The session as the checks look at it, each part made once."""

    coding: Coding
    transcript: Transcript | None
    episodes: tuple[Episode, ...] = ()
    loose: Episode | None = None
    unjudged: list[int] = field(default_factory=list)
    weak: list[int] = field(default_factory=list)
    with_code: dict[str, list[CodedTurn]] = field(default_factory=dict)
    above: dict[Where, list[tuple[CodedTurn, Standing]]] = field(default_factory=dict)
    beside: list[tuple[CodedTurn, Standing]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for turn in self.coding.turns:
            for mark in turn.marks:
                if mark.holds:
                    self.with_code.setdefault(mark.code, []).append(turn)
        for turn, standing in standings(self.coding.turns):
            where = standing.where(turn)
            if turn.level is not None and where != "safe-levels" and any(each.closed for _, each in standing.others):
                self.beside.append((turn, standing))
            self.above.setdefault(where, []).append((turn, standing))
            if where == "unjudged":
                self.unjudged.append(turn.turn)
                if weak(standing.last):
                    self.weak.append(turn.turn)
        self.risk: tuple[Place, ...] = places(self.coding, self.transcript)
        self.episodes, self.loose = stretches(self.coding)
        self.balance: Balance = balance(self.coding, self.transcript)

    def of(self, role: str) -> Iterator[CodedTurn]:
        """The turns of one role."""
        return (turn for turn in self.coding.turns if turn.role == role)


def _moment(rule: GateRule, turn: int | None, why: str, *because: int) -> Moment:
    return Moment(rule.id, rule.grade, turn, why, because)


def _levels(where: Where, besides: str = "") -> Callable[[GateRule, _View], Iterator[Moment]]:
    def found(rule: GateRule, view: _View) -> Iterator[Moment]:
        for turn, standing in view.above.get(where, ()):
            level = "The relationship is named" if turn.level is None else f"Level {turn.level} ({_named(turn)})"
            who = f" of patient {standing.last.patient}" if standing.others and standing.last is not None else ""
            why = f"{level}{besides} after {told(standing)}{who}."
            yield _moment(rule, turn.turn, why, *standing.turns)

    return found


def _others_closed(rule: GateRule, view: _View) -> Iterator[Moment]:
    """Whom of a group the therapist speaks to, the words do not tell."""
    for turn, standing in view.beside:
        for name, other in standing.others:
            if other.closed:
                level = f"Level {turn.level} ({_named(turn)})"
                why = f"{level}, said after another patient spoke; patient {name} was last seen in {told(other)}."
                yield _moment(rule, turn.turn, why, *other.turns)


def _named(turn: CodedTurn) -> str:
    return turn.level_why.replace("-", " ") or "as coded"


def _steps_in_order(rule: GateRule, view: _View) -> Iterator[Moment]:
    for episode in view.episodes:
        for step, turn, missing in episode.out_of_order:
            named = " and ".join(missing)
            yield _moment(rule, turn, f"Step {step.number} ({step.label}) before {named}.", episode.first)


def _steps_in_sequence(rule: GateRule, view: _View) -> Iterator[Moment]:
    for episode in view.episodes:
        for step, turn, later in episode.reversed:
            before = " and ".join(
                f"step {other.number} ({other.label}, turn {n}{episode.sure(n, other)})" for other, n in later
            )
            own = episode.sure(turn, step).removeprefix(", ")
            named = f"{step.label}; {own}" if own else step.label
            why = f"Step {step.number} ({named}) is first seen here, after {before}."
            yield _moment(rule, turn, why, *dict.fromkeys(n for _, n in later))


def _reaction_followed(rule: GateRule, view: _View) -> Iterator[Moment]:
    numbers = [turn.turn for turn in view.of("therapist")]
    for episode in view.episodes:
        offered, followed = episode.seen.get(5), episode.last_seen.get(6)
        if offered is None:
            continue
        after = [n for n in numbers if n >= offered][: rule.turns + 1]
        if followed is None or followed < offered or followed > after[-1]:
            yield _moment(
                rule, offered, f"No question about the reaction in the next {rule.turns} turns of the therapist."
            )


def _with_code(code: str, why: str) -> Callable[[GateRule, _View], Iterator[Moment]]:
    def found(rule: GateRule, view: _View) -> Iterator[Moment]:
        for turn in view.with_code.get(code, ()):
            yield _moment(rule, turn.turn, why)

    return found


def _told_feeling(rule: GateRule, view: _View) -> Iterator[Moment]:
    for turn in view.with_code.get("telling-feeling", ()):
        told, softened = turn.mark("telling-feeling"), turn.mark("marked-statement")
        if told is not None and softened is not None and softened.confidence >= told.confidence:
            continue
        yield _moment(rule, turn.turn, "A feeling is stated as a fact and not marked as the therapist's own thought.")


def _why_share(rule: GateRule, view: _View) -> Iterator[Moment]:
    why, what = view.balance.why_questions, view.balance.what_questions
    if why >= rule.least and why > rule.share * (why + what):
        yield _moment(rule, None, f"{why} why-questions and {what} what-questions.")


def _loss_unanswered(rule: GateRule, view: _View) -> Iterator[Moment]:
    run: list[int] = []
    for turn in view.coding.turns:
        if turn.role == "patient":
            run = [*run, turn.turn] if turn.mentalizing == "lost" else []
            if len(run) == rule.turns:
                yield _moment(
                    rule, run[0], f"Mentalizing is lost in turns {run[0]} to {run[-1]} and nothing takes it up.", *run
                )
        elif turn.role == "therapist" and turn.codes & TAKES_UP:
            run = []


def _little_said(rule: GateRule, view: _View) -> Iterator[Moment]:
    share = view.balance.therapist_words
    if share is not None and share < rule.share:
        yield _moment(rule, None, f"{100 * share:.0f} % of the words are the therapist's.")


def _much_said(rule: GateRule, view: _View) -> Iterator[Moment]:
    share = view.balance.therapist_words
    if share is not None and share > rule.share:
        yield _moment(rule, None, f"{100 * share:.0f} % of the words are the therapist's.")


def _long_silence(rule: GateRule, view: _View) -> Iterator[Moment]:
    for turn, seconds in view.balance.silences:
        if seconds >= rule.seconds:
            yield _moment(rule, turn, f"{seconds:.0f} seconds of silence before it.")


def _no_affect(rule: GateRule, view: _View) -> Iterator[Moment]:
    levels = view.balance.levels
    known = sum(levels.values())
    if known >= rule.least and not levels.get(3) and not levels.get(4):
        yield _moment(
            rule,
            None,
            f"None of {known} turns of the therapist with a level is on the feeling here or on the relationship.",
        )


def _relationship_first(rule: GateRule, view: _View) -> Iterator[Moment]:
    first = next((turn for turn in view.of("therapist") if turn.level is not None), None)
    if first is not None and first.level == 4:
        yield _moment(rule, first.turn, "It is the first turn of the therapist with a level.")


def _risk(code: str) -> Callable[[GateRule, _View], Iterator[Moment]]:
    def found(rule: GateRule, view: _View) -> Iterator[Moment]:
        for place in of_code(view.risk, code):
            yield _moment(rule, place.turn, place.why, *place.because)

    return found


CHECKS: dict[str, Callable[[GateRule, _View], Iterator[Moment]]] = {
    "safe-levels": _levels("safe-levels"),
    "levels-while-lost": _levels("levels-while-lost"),
    "levels-near": _levels("levels-near"),
    "levels-with-own-part": _levels("levels-with-own-part", ", with one's own part acknowledged,"),
    "levels-beside-others": _others_closed,
    "steps-in-order": _steps_in_order,
    "steps-in-sequence": _steps_in_sequence,
    "reaction-followed": _reaction_followed,
    "distorted": _with_code("distortion", "What the patient sees is put down to the patient."),
    "told-feeling": _told_feeling,
    "agreed-easily": _with_code("easy-agreement", "Agreed at once, in a few words."),
    "explained": _with_code("explaining", "A reason is supplied."),
    "past-linked": _with_code("link-to-past", "The past is brought in by the therapist."),
    "why-share": _why_share,
    "loss-unanswered": _loss_unanswered,
    "little-said": _little_said,
    "much-said": _much_said,
    "long-silence": _long_silence,
    "no-affect": _no_affect,
    "relationship-first": _relationship_first,
    "leaving": _with_code("wants-to-leave", "Going, or not coming back, is spoken of."),
    "risk-words": _risk(SAID),
    "risk-asked": _risk(ASKED),
    "risk-others": _risk(OTHERS),
    "risk-child": _risk(CHILD),
    "risk-from-others": _risk(FROM_OTHERS),
    "risk-weapon": _risk(WEAPON),
    "risk-hint": _risk(HINT),
}
"""What a rule can check, by name."""
