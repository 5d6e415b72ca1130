"""The supervision page of a session as a record: what departs from the manual, when, and the words it rests on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from forwhom.analysis.answer import FAULTS, stopped
from forwhom.analysis.asking import DEFAULT_SEED, Asking, DraftOf, provenance
from forwhom.findings import Finding, Method, Record, StudyCard
from forwhom.findings.kinds import (
    SessionBalanceDetail,
    SessionCodeRow,
    SessionCodesDetail,
    SessionCount,
    SessionMoment,
    SessionMomentsDetail,
    SessionPoint,
    SessionStep,
    SessionStepsDetail,
    SessionTimelineDetail,
)
from forwhom.findings.model import ProblemNote
from forwhom.findings.record import VERSION
from forwhom.problems import Problem
from forwhom.programme.session import Checked, Coding, Moment, Transcript, check, shipped
from forwhom.programme.session.coverage import (
    aid,
    coded_by,
    covered,
    judged,
    loose_told,
    not_judged,
    nothing_found,
    states_set,
)
from forwhom.programme.session.gate import GateRule
from forwhom.programme.session.model import RULES
from forwhom.programme.session.own_gate import differences
from forwhom.programme.session.risk import CODES, HINT, in_words, without_reasons
from forwhom.programme.session.standing import closed
from forwhom.programme.session.steps import BY_RULE_ORDER, ORDER_CHECKED, STEPS, Episode

PAPER = "Bateman, A., & Fonagy, P. (2013). Mentalization-based treatment. Psychoanalytic Inquiry, 33(6), 595-613."
METHOD = Method("Codes by rule from words and structure, held against the gate", citations=(PAPER,))
MOST_WORDS = 140
"""Letters of a turn that are shown beside a moment."""
BEYOND_WORDS = "They find places to look at; tone, face and what went before are not in them."


@dataclass(frozen=True, slots=True)
class SessionAsked:
    """A session as it is asked.

    words : whether what was said may be shown
    """

    coding: Coding
    transcript: Transcript | None
    checked: Checked
    words: bool = True

    @property
    def fingerprint(self) -> str:
        """Of the transcript, or of the coding where there is none."""
        return (
            self.coding.of
            or (self.transcript.fingerprint if self.transcript else "")
            or "coded by hand, without a transcript"
        )

    def said(self, turn: int | None) -> str:
        """The beginning of a turn, or nothing."""
        if self.transcript is None or not self.words or turn is None:
            return ""
        text = next((each.text for each in self.transcript.turns if each.number == turn), "")
        return text if len(text) <= MOST_WORDS else text[: MOST_WORDS - 1].rstrip() + "…"

    def nameless(self, text: str) -> str:
        """A sentence as it is; where words are left out, without the names of those who speak, so that the page can be sent."""
        if self.words or self.transcript is None:
            return text
        roles = {turn.speaker: turn.role for turn in self.transcript.turns if turn.speaker}
        for name in sorted(roles, key=len, reverse=True):
            known = "speaker" if roles[name] == "unknown" else roles[name]
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", f"[{known}]", text)
        return text


Draft = DraftOf[SessionAsked]


def session_record(
    coding: Coding,
    transcript: Transcript | None = None,
    notices: Sequence[Problem] = (),
    *,
    words: bool = True,
    gate: tuple[GateRule, ...] | None = None,
) -> Record:
    """Everything asked of one session.

    notices : problems met while reading it; words : False leaves out what was said, and the reasons that people wrote
    gate : rules of the user's; those that ship where None

    >>> from forwhom.programme.session import Turn, code
    >>> session = Transcript("s", (Turn(1, "P", "patient", "I just know he hates me."), Turn(2, "T", "therapist", "You must be angry.")))
    >>> [finding.id for finding in session_record(code(session), session).findings][:2]
    ['session.moments', 'session.safe_levels']
    """
    asking = Asking(seed=DEFAULT_SEED)
    shown = coding if words else without_reasons(coding)
    of = SessionAsked(shown, transcript, check(shown, transcript, gate), words)
    findings = tuple(_ask(name, question, answer, of, asking) for name, question, answer in SESSION_QUESTIONS)
    notes = tuple(
        ProblemNote(of.nameless(f"{problem.found}. {problem.do}"), _where(problem), problem.count, problem.severity)
        for problem in notices
    )
    return Record(VERSION, _card(of), findings, notes, provenance(of, asking))


def _where(problem: Problem) -> str:
    return ", ".join(part for part in (problem.file, f"row {problem.row}" if problem.row else None) if part)


def _ask(name: str, question: str, answer: Callable[[Draft], Finding], of: SessionAsked, asking: Asking) -> Finding:
    made = DraftOf(of, asking, f"session.{name}", question, method=METHOD)
    try:
        return answer(made)
    except FAULTS as why:
        return stopped(made, why)


def _card(of: SessionAsked) -> StudyCard:
    b = of.checked.balance
    facts: list[tuple[str, tuple[str, ...]]] = [
        ("Turns", (f"{b.therapist_turns} of the therapist, {b.patient_turns} of the patient",)),
    ]
    if b.minutes is not None:
        facts.append(("Length", (f"{b.minutes:.0f} minutes",)))
    if covered(b):
        facts.append(("Not coded", (covered(b),)))
    facts.append(("Coded by", (coded_by(of.coding),)))
    named = ("changed", "added", "left out")
    own = [f"{what}: {', '.join(ids)}" for what, ids in zip(named, differences(of.checked.rules), strict=True) if ids]
    if own:
        facts.append(("Rules of one's own", tuple(own)))
    if of.transcript is not None and of.transcript.format:
        facts.append(("Read as", (of.transcript.format,)))
    if of.transcript is not None and of.transcript.assumed:
        facts.append(("Assumed", tuple(of.nameless(each) for each in of.transcript.assumed)))
    name = of.coding.session
    title = name if name.casefold().startswith("session") else f"Session {name}"
    return StudyCard(
        name=of.coding.session, title=title, source=None, time_unit="minute", arms=(), scales=(),
        registered=None, primary=None, persons=0, tables={}, simulated=bool(of.transcript and of.transcript.simulated),
        about="session", facts=tuple(facts),
    )  # fmt: skip


# ── the questions ────────────────────────────────────────────────────────────────────────────────


def _safe_levels(made: Draft) -> Finding:
    of = made.of
    made.caution("lexical-aid", f"{aid(of.coding)} {BEYOND_WORDS}")
    high = [turn for turn in of.coding.turns if turn.level in (3, 4)]
    states = [turn for turn in of.coding.turns if turn.mentalizing is not None]
    if not states or not any(turn.level is not None for turn in of.coding.turns):
        return made.decline(
            "it needs turns of both therapist and patient that are coded", "A session in which both speak."
        )
    if of.checked.unjudged:
        made.caution("state-unknown", not_judged(of.checked))
    by_people = states_set(of.coding, reasons=of.words)
    if by_people:
        made.caution("states-set", " ".join(("States that people set:", *map(of.nameless, by_people))))
    gate = of.checked.of("safe-levels")
    looks = [m for check_, _ in _NEAR for m in of.checked.of(check_)]
    others = sum(m not in gate for m in of.checked.deviations)
    told = _levels_told(of, len(high))
    if others:
        told += (
            f" {others} other {'departure' if others == 1 else 'departures'} from the manual: see the moments below."
        )
    minutes = {t.number: t.start / 60 for t in of.transcript.turns if t.start is not None} if of.transcript else {}
    points = tuple(
        SessionPoint(
            t.turn, t.role, t.level or 0, t.mentalizing or "", t.arousal or "", t.mode or "", minutes.get(t.turn)
        )
        for t in of.coding.turns
    )
    flagged, looked = (tuple(m.turn for m in each if m.turn is not None) for each in (gate, looks))
    return made.answer(told, (), SessionTimelineDetail(points, flagged, looked, closed(of.coding.turns)))


_NEAR = (
    ("levels-with-own-part", "then, with one's own part acknowledged"),
    ("levels-while-lost", "while mentalizing seemed lost, with no arousal near it in the words"),
    ("levels-near", "after arousal or doubtful mentalizing"),
)
"""Checks beside the gate itself, and how their moments are told."""


def _levels_told(of: SessionAsked, high: int) -> str:
    """Where the turns of level 3 or 4 stand; those that nothing tells about are never counted as safe."""
    if not high:
        return "No turn of level 3 or 4 is seen."
    at_gate = [m.turn for m in of.checked.of("safe-levels")]
    parts = [
        f"{len(at_gate) or 'none'} came while the patient was aroused and not mentalizing"
        + (f" ({_turns(at_gate)})" if at_gate else "")
        if any(rule.check == "safe-levels" for rule in of.checked.rules)
        else "whether any came while the patient was aroused and not mentalizing was not asked"
    ]
    for check_, words in _NEAR:
        near = [m.turn for m in of.checked.of(check_)]
        if near:
            parts.append(f"{len(near)} {words} ({_turns(near)})")
    if of.checked.unjudged:
        parts.append(f"{len(of.checked.unjudged)} cannot be judged ({_turns(of.checked.unjudged)})")
    turns = "turn" if high == 1 else "turns"
    return f"Of {high} {turns} of level 3 or 4, {'; '.join(parts)}."


def _turns(numbers: Sequence[int | None]) -> str:
    known = [str(n) for n in numbers if n is not None]
    more = f" and {len(known) - 8} more" if len(known) > 8 else ""
    return f"turn {known[0]}" if len(known) == 1 else f"turns {', '.join(known[:8])}{more}"


def _moments(made: Draft) -> Finding:
    of = made.of
    rules = {rule.id: rule for rule in of.checked.rules}
    risk = [m for m in of.checked.moments if rules[m.rule].check in CODES]
    found = sorted(of.checked.moments, key=lambda m: _urgency(rules[m.rule], m))
    if not found:
        made.caution("lexical-aid", f"{aid(of.coding)} {BEYOND_WORDS}")
        parts = (in_words(of.coding), nothing_found(of.checked), not_judged(of.checked), covered(of.checked.balance))
        told = " ".join(filter(None, parts))
        return made.answer(told, (), SessionMomentsDetail(()))
    made.caution("lexical-aid", f"{aid(of.coding)} {BEYOND_WORDS}")
    whose = [rules[m.rule].id for m in found if rules[m.rule].limit_source == "ours"]
    if whose:
        text = f"The limits of {', '.join(dict.fromkeys(whose))} are conventions of this project; the paper gives no number."
        made.caution("limits-ours", text)
    rows = tuple(
        SessionMoment(
            m.turn or 0,
            m.rule,
            m.grade,
            rules[m.rule].title,
            m.why,
            rules[m.rule].source,
            of.said(_before(m, of)),
            of.said(m.turn),
            _led(m, rules[m.rule], of),
        )
        for m in found
    )
    n = sum(m.grade == "deviation" for m in found)
    # Whatever the gate's rules, which somebody may have left out.
    told = f"{in_words(of.coding)} "
    rest = len(found) - n - len(risk)
    if not judged(of.checked.balance):
        return made.answer(f"{told}{covered(of.checked.balance)}", (), SessionMomentsDetail(rows))
    told += (
        f"{n} {'departure' if n == 1 else 'departures'} from the manual and {rest} further "
        f"{'moment' if rest == 1 else 'moments'} to look at."
    )
    return made.answer(told, (), SessionMomentsDetail(rows))


def _urgency(rule: GateRule, moment: Moment) -> tuple[bool, bool, bool, bool]:
    """Risk first, then what may hint at it, then departures, then the looks near the gate."""
    return rule.check not in RISK, rule.check != HINT, moment.grade != "deviation", not rule.check.startswith("levels")


RISK = CODES - {HINT}
"""Checks whose moments stand before all others."""
_CODE = {
    "told-feeling": "telling-feeling", "agreed-easily": "easy-agreement", "explained": "explaining", "past-linked": "link-to-past",
    "distorted": "distortion",
}  # fmt: skip


def _led(moment: Moment, rule: GateRule, of: SessionAsked) -> str:
    """The codes a moment rests on, each with its confidence and its words: its own turn's, then those of the patient's turn before."""
    turns = {t.turn: t for t in of.coding.turns}
    text = {t.number: t.text for t in of.transcript.turns} if of.transcript and of.words else {}
    names = shipped().codes
    told = []
    for number in dict.fromkeys((moment.turn, *moment.because)):
        turn = turns.get(number or 0)
        if turn is None:
            continue
        for mark in turn.marks:
            name = names.get(mark.code)
            speaks = name is not None and (name.lost or name.stirred or mark.code.startswith("risk"))
            own = mark.code == _CODE.get(rule.check, turn.level_why) or (name is not None and name.kind == "step")
            if mark.withdrawn or mark.confidence < 0.4 or not (speaks or own):
                continue
            words = [text[turn.turn][e.start : e.end].strip() for e in mark.evidence[:2] if turn.turn in text]
            shown = ", ".join(f"“{w if len(w) < 40 else w[:38] + '…'}”" for w in words if w)
            told.append(f"turn {turn.turn}: {name.label if name else mark.code} {mark.confidence:.2f} {shown}".rstrip())
    return "; ".join(told[:6])


def _before(moment: Moment, of: SessionAsked) -> int | None:
    """The patient's turn before, which the moment answers."""
    if moment.because:
        return moment.because[-1] if moment.because[-1] != moment.turn else None
    if moment.turn is None:
        return None
    before = [t.turn for t in of.coding.turns if t.turn < moment.turn and t.role in ("patient", "therapist")]
    return before[-1] if before else None


def _steps(made: Draft) -> Finding:
    checked = made.of.checked
    episodes = checked.episodes
    if not episodes and checked.loose is not None:
        span = (checked.loose.first, checked.loose.last)
        detail = SessionStepsDetail((span,), tuple(_rows(1, checked.loose, {})))
        return made.answer(loose_told(checked.loose), (), detail)
    if not episodes:
        return made.not_applicable("no turn of level 4 is seen, so the steps were not asked, as far as words show it")
    rows: list[SessionStep] = []
    wrong = other = 0
    for place, episode in enumerate(episodes, 1):
        early = {step.number: ", ".join(missing) for step, _, missing in episode.out_of_order}
        turned = {
            step.number: ", ".join(f"after step {later.number} in turn {n}" for later, n in before)
            for step, _, before in episode.reversed
        }
        wrong += len(early)
        other += len(turned)
        rows += _rows(place, episode, early | turned)
    stretches = "one stretch" if len(episodes) == 1 else f"{len(episodes)} stretches"
    most = max(len(episode.seen) for episode in episodes)
    order = "none of them too early" if not wrong else f"{wrong} too early"
    order += f", {other} in another order than suggested" if other else ""
    told = f"The relationship is taken up in {stretches}; at most {most} of the six steps are seen in one, {order}. {ORDER_CHECKED}"
    if made.of.coding.by == RULES:
        told += f" {BY_RULE_ORDER}"
    spans = tuple((episode.first, episode.last) for episode in episodes)
    return made.answer(told, (), SessionStepsDetail(spans, tuple(rows)))


def _rows(place: int, episode: Episode, told: Mapping[int, str]) -> list[SessionStep]:
    return [
        SessionStep(place, step.number, step.label, episode.seen.get(step.number, 0), told.get(step.number, ""))
        for step in STEPS
    ]


def _balance(made: Draft) -> Finding:
    b = made.of.checked.balance
    known = sum(b.levels.values())
    if not b.therapist_turns or not b.patient_turns:
        return made.decline("only one of the two speaks", "A session in which both speak.")
    words = f"{100 * b.therapist_words:.0f} %" if b.therapist_words is not None else "not known"
    rows = [
        SessionCount(
            "Words that are the therapist's",
            words,
            "The therapist is active, and does not use free association (S2 line 180)",
        ),
        SessionCount("What-questions", str(b.what_questions), "Asked for descriptions (S2 line 103)"),
        SessionCount(
            "Why-questions", str(b.why_questions), "Asked for explanations; what is better than why (S2 line 103)"
        ),
        SessionCount(
            "Patient's turns with mentalizing lost", f"{b.lost_turns} of {b.patient_turns}", "As far as words show it"
        ),
        SessionCount(
            "Patient's turns with arousal raised or high",
            f"{b.aroused_turns} of {b.patient_turns}",
            "As far as words show it",
        ),
    ]
    if b.silences:
        turn, seconds = b.silences[0]
        rows.append(
            SessionCount(
                "Longest silence",
                f"{seconds:.0f} s, before turn {turn}",
                "A silence can be felt as being looked at (S2 line 224)",
            )
        )
    told = f"{words} of the words are the therapist's; " if b.therapist_words is not None else ""
    told += (
        f"of {known} turns of the therapist with a level {_commonest(b.levels)}, "
        f"{b.levels.get(3, 0) + b.levels.get(4, 0)} {'is' if b.levels.get(3, 0) + b.levels.get(4, 0) == 1 else 'are'} of level 3 or 4."
        if b.levels
        else "no turn of the therapist shows a level."
    )
    known_parts = [part for part in b.parts if part is not None]
    if len(known_parts) == len(b.parts) and known:
        first, last = b.parts[0] or 0.0, b.parts[-1] or 0.0
        told += f" The share of level 4 is {100 * first:.0f} % in the first third and {100 * last:.0f} % in the last."
    told = told[:1].upper() + told[1:]
    return made.answer(told, (), SessionBalanceDetail(tuple(b.levels.items()), b.no_level, b.parts, tuple(rows)))


def _commonest(levels: Mapping[int, int]) -> str:
    most = max(levels.values())
    leading = [level for level, n in levels.items() if n == most]
    if len(leading) > 1:
        return f"levels {' and '.join(map(str, leading))} are the commonest ({most} each)"
    if 2 * most > sum(levels.values()):
        return f"most are of level {leading[0]} ({most})"
    return f"level {leading[0]} is the commonest ({most})"


def _codes(made: Draft) -> Finding:
    of = made.of
    names = shipped().codes
    rows = []
    hands = 0
    machine = {RULES, of.coding.by} if of.coding.rules else {RULES}
    for code in names.values():
        held = [
            (t, mark) for t in of.coding.turns for mark in t.marks if mark.code == code.id and mark.confidence >= 0.5
        ]
        by_hand = sum(mark.by not in machine or (mark.withdrawn and mark.withdrawn_by != RULES) for _, mark in held)
        hands += by_hand
        standing = [(t, mark) for t, mark in held if not mark.withdrawn]
        if not held:
            continue
        surest = sorted(standing, key=lambda pair: -pair[1].confidence)
        words: list[str] = []
        if of.transcript is not None and of.words:
            text = {t.number: t.text for t in of.transcript.turns}
            words = [text[t.turn][e.start : e.end].strip() for t, mark in surest for e in mark.evidence[:1]]
        shown = tuple(dict.fromkeys(each if len(each) < 50 else each[:48] + "…" for each in words if each))[:4]
        turns = tuple(dict.fromkeys(t.turn for t, _ in standing))
        used = {e.rule for _, mark in standing for e in mark.evidence}
        whose = sorted({rule.whose_words for rule in shipped().rules if rule.id in used})
        source = f"The code: {code.source}" + (f"; the wordings: {', '.join(whose)}" if whose else "")
        rows.append(SessionCodeRow(code.id, code.label, code.who, code.says, source, turns, shown, by_hand))
    if not rows:
        return made.answer("No code was given.", (), SessionCodesDetail(()))
    told = "; ".join(
        f"{who}: {_most(rows, who)}" for who in ("therapist", "patient") if any(r.who == who for r in rows)
    )
    told = f"Seen most often, {told}." + (f" {hands} marks were set or withdrawn by a person." if hands else "")
    return made.answer(told, (), SessionCodesDetail(tuple(rows)))


def _most(rows: Sequence[SessionCodeRow], who: str) -> str:
    """The three codes with most turns."""
    of = sorted((row for row in rows if row.who == who), key=lambda row: (-len(row.turns), row.label))[:3]
    return ", ".join(f"{row.label.lower()} ({len(row.turns)})" for row in of)


SESSION_QUESTIONS: tuple[tuple[str, str, Callable[[Draft], Finding]], ...] = (
    ("moments", "Which moments should be read first?", _moments),
    (
        "safe_levels",
        "Where did level 3 or 4 meet an aroused or not mentalizing patient, as far as words tell?",
        _safe_levels,
    ),
    ("steps", "When the relationship was taken up, which of the six steps are seen?", _steps),
    ("balance", "Who spoke, on which level, and how did the focus move?", _balance),
    ("codes", "What was coded, and from which words?", _codes),
)
"""In the order of the page: the end of the finding's id, the question, its answer."""
