"""Agreement of two codings of the same sessions: per code, per level and state, and per session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forwhom.kernels.agreement import Coefficient, intraclass_correlations
from forwhom.kernels.clustered_agreement import ClusteredAgreement, clustered_agreement
from forwhom.kernels.coder_agreement import krippendorff_alpha, two_coders
from forwhom.problems import Problem
from forwhom.programme.session import RuleSet, shipped
from forwhom.programme.session.model import AROUSAL, FROM_RULES, LEVELS, MENTALIZING, RULES, CodedTurn, Coding

ABSENT = "neither coding gives it"


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """Agreement on one thing that is coded.

    what : id of a code, or "level", "mentalizing", "arousal"; ordered : its categories have an order
    n : turns that both coded; first, second : turns to which each gives the code (or any level, or
        anything but the lowest state; where n is 0, any state)
    sessions : in which these turns are; from three on every limit is a jackknife over sessions, below that limits take turns as
        independent and are too narrow, and adjusted has none
    kappa : Cohen's
    linear, quadratic, alpha, icc : where the categories have an order; icc is the single form for agreement, ICC(2,1)
    """

    what: str
    label: str
    who: str
    ordered: bool
    n: int
    first: int
    second: int
    observed: float | None
    kappa: Coefficient
    linear: Coefficient | None
    quadratic: Coefficient | None
    ac1: Coefficient
    adjusted: Coefficient
    alpha: Coefficient | None
    icc: Coefficient | None
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class SessionAgreement:
    """How often both give a code in a session, over sessions. icc : ICC(2,1) of the counts; sessions : how many"""

    what: str
    label: str
    icc: Coefficient
    first: tuple[int, ...]
    second: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two codings compared.

    one_only : turns that one of them lacks, or gives to another speaker; they are not compared
    uncoded : turns not compared on codes, as one of the two gave none there: see `coded_until`
    """

    first: str
    second: str
    sessions: tuple[str, ...]
    turns: int
    one_only: int
    rows: tuple[CodeAgreement, ...]
    per_session: tuple[SessionAgreement, ...]
    level: float
    uncoded: int = 0


def agree(pairs: Sequence[tuple[Coding, Coding]], *, rules: RuleSet | None = None, level: float = 0.95) -> Agreement:
    """Compare two codings, session by session.

    pairs : for each session the first coding and the second
    A code counts as given from a confidence of 0.5 on. Codes that neither gives are left out of the table; level, mentalizing and
    arousal always have a row, with the reason where no turn has them in both codings.

    >>> from forwhom.programme.session.hand import read_coding
    >>> rows = [{"turn": k, "who": "T", "level": 1 + k % 2} for k in range(1, 9)]
    >>> one = read_coding({"name": "s", "coder": "anna"}, rows, "s.csv")
    >>> found = agree([(one, one)]).rows[0]
    >>> found.what, found.n, found.kappa.value
    ('level', 8, 1.0)
    """
    used = rules or shipped()
    matched: list[tuple[int, CodedTurn, CodedTurn]] = []
    one_only = 0
    for number, (one, two) in enumerate(pairs):
        other = {turn.turn: turn for turn in two.turns}
        both = [
            (turn, other[turn.turn]) for turn in one.turns if turn.turn in other and other[turn.turn].role == turn.role
        ]
        one_only += len(one.turns) + len(two.turns) - 2 * len(both)
        matched += [(number, a, b) for a, b in both]
    rows = [_ordered(*each, matched, level) for each in _ORDERED]
    gave = all(any(map(_has_codes, side)) for side in zip(*pairs, strict=True))
    until = [min(coded_until(one), coded_until(two)) if gave else 0 for one, two in pairs]
    with_codes = [each for each in matched if each[1].turn <= until[each[0]]]
    for code in used.codes.values():
        row = _code(code.id, code.label, code.who, with_codes, level)
        if row is not None:
            rows.append(row)
    return Agreement(
        first=pairs[0][0].by if pairs else "",
        second=pairs[0][1].by if pairs else "",
        sessions=tuple(one.session for one, _ in pairs),
        turns=len(matched),
        one_only=one_only,
        rows=tuple(rows),
        per_session=tuple(_counts(used, with_codes, len(pairs), level)),
        level=level,
        uncoded=len(matched) - len(with_codes),
    )


def coded_until(coding: Coding) -> float:
    """The last turn that a coding has come to; 0 where it has nothing at all.

    Rules code every turn. Whoever codes by hand may not have come to the end: that a code is not there says nothing then.

    >>> from forwhom.programme.session.hand import read_coding
    >>> rows = [{"turn": 1, "who": "T", "codes": "rewind"}, {"turn": 2, "who": "T", "level": 2}, {"turn": 3, "who": "T"}]
    >>> coded_until(read_coding({"name": "s", "coder": "anna"}, rows, "s.csv"))
    2
    """
    if _by_rule(coding):
        return float("inf")
    told = (each.turn for each in coding.turns if each.marks or each.level or each.mentalizing or each.arousal)
    return max(told, default=0)


def _by_rule(coding: Coding) -> bool:
    return bool(coding.rules) or coding.by in (RULES, FROM_RULES)


def _has_codes(coding: Coding) -> bool:
    """Whether codes were given at all; whoever coded levels alone gave none."""
    return _by_rule(coding) or any(turn.marks for turn in coding.turns)


def unmatched(pairs: Sequence[tuple[Coding, Coding]], file: str = "") -> tuple[Problem, ...]:
    """A notice where turns of one coding have none in the other."""
    n = agree(pairs).one_only
    if not n:
        return ()
    found = "turns are in one coding only, or belong to different speakers; they are not compared"
    return (
        Problem(
            "turns-differ",
            "Check that both code the same transcript.",
            file or None,
            found=found,
            severity="notice",
            count=n,
        ),
    )


_ORDERED: tuple[tuple[str, str, str, Callable[[CodedTurn], int | None], tuple[int, ...]], ...] = (
    ("level", "Level of the ladder", "therapist", lambda turn: turn.level, LEVELS),
    (
        "mentalizing", "Mentalizing", "patient",
        lambda turn: MENTALIZING.index(turn.mentalizing) if turn.mentalizing in MENTALIZING else None, (0, 1, 2),
    ),
    ("arousal", "Arousal", "patient", lambda turn: AROUSAL.index(turn.arousal) if turn.arousal in AROUSAL else None, (0, 1, 2)),
)  # fmt: skip

_Matched = Sequence[tuple[int, CodedTurn, CodedTurn]]


def _ordered(
    what: str,
    label: str,
    who: str,
    of: Callable[[CodedTurn], int | None],
    known: tuple[int, ...],
    matched: _Matched,
    level: float,
) -> CodeAgreement:
    of_role = [(k, of(a), of(b)) for k, a, b in matched if a.role == who]
    given = [(k, a, b) for k, a, b in of_role if a is not None and b is not None]
    if not given:
        return _nothing(
            what, label, who, [a is not None for _, a, _ in of_role], [b is not None for _, _, b in of_role]
        )
    sessions, one, two = (np.array(each, dtype=np.float64) for each in zip(*given, strict=True))
    plain = two_coders(one, two, categories=known, level=level)
    linear = two_coders(one, two, categories=known, weights="linear", level=level).kappa
    quadratic = two_coders(one, two, categories=known, weights="quadratic", level=level).kappa
    both = np.column_stack([one, two])
    icc = (
        intraclass_correlations(both, level=level).agreement
        if len(given) > 1
        else Coefficient(None, why_absent="One turn only.")
    )
    alpha = krippendorff_alpha(both, metric="ordinal", level=level).alpha
    over = clustered_agreement(one, two, sessions, categories=known, level=level)
    lowest = known[0]
    return CodeAgreement(
        what, label, who, True, len(given),
        sum(a is not None and (what == "level" or a > lowest) for _, a, _ in of_role),
        sum(b is not None and (what == "level" or b > lowest) for _, _, b in of_role),
        plain.observed, _limited(plain.kappa, over.kappa, over), _limited(linear, over.linear, over),
        _limited(quadratic, over.quadratic, over), _limited(plain.ac1, over.ac1, over), _adjusted(plain.adjusted, over),
        _limited(alpha, over.alpha, over), _limited(icc, over.icc, over), over.clusters,
    )  # fmt: skip


def _nothing(what: str, label: str, who: str, first: Sequence[bool], second: Sequence[bool]) -> CodeAgreement:
    """The row of what no turn has in both codings, and why there is nothing to compare."""
    n, a, b = len(first), sum(first), sum(second)
    why = (
        f"nothing to compare: of {n} {'turn' if n == 1 else 'turns'} of the {who} the first coding tells it in {a}, the second in {b}, "
        "none in both"
        if n
        else f"nothing to compare: no turn of the {who} is in both codings"
    )
    none = Coefficient(None, why_absent=why)
    return CodeAgreement(what, label, who, True, 0, a, b, None, none, None, None, none, none, None, None)


def _given(turn: CodedTurn, code: str) -> bool:
    return code in turn.held


def _code(what: str, label: str, who: str, matched: _Matched, level: float) -> CodeAgreement | None:
    given = [(k, _given(a, what), _given(b, what)) for k, a, b in matched if a.role == who]
    if not any(a or b for _, a, b in given):
        return None
    sessions, one, two = (np.array(each, dtype=np.float64) for each in zip(*given, strict=True))
    found = two_coders(one, two, categories=(0, 1), level=level)
    over = clustered_agreement(one, two, sessions, categories=(0, 1), level=level)
    return CodeAgreement(
        what, label, who, False, len(given), int(one.sum()), int(two.sum()), found.observed,
        _limited(found.kappa, over.kappa, over), None, None, _limited(found.ac1, over.ac1, over), _adjusted(found.adjusted, over),
        None, None, over.clusters,
    )  # fmt: skip


LEAST = 3
"""Sessions from which on limits are a jackknife over them."""


def _limited(alone: Coefficient, over: Coefficient, found: ClusteredAgreement) -> Coefficient:
    """Limits that know that turns of one session belong together, from three sessions on."""
    if alone.value is None or found.clusters < LEAST:
        return alone
    return replace(over, value=alone.value)


def _adjusted(alone: Coefficient, found: ClusteredAgreement) -> Coefficient:
    if alone.value is None or found.clusters >= LEAST:
        return _limited(alone, found.adjusted, found)
    return replace(alone, why_absent="It has limits from three sessions on.")


def _counts(rules: RuleSet, matched: _Matched, sessions: int, level: float) -> list[SessionAgreement]:
    if sessions < 3:
        return []
    made = []
    for code in rules.codes.values():
        counts = np.zeros((sessions, 2))
        for k, a, b in matched:
            counts[k] += (_given(a, code.id), _given(b, code.id))
        if counts.any():
            icc = intraclass_correlations(counts, level=level).agreement
            first, second = (tuple(int(each) for each in column) for column in counts.T)
            made.append(SessionAgreement(code.id, code.label, icc, first, second))
    return made
