"""Which way the effect column of a table of trials points: told from the numbers beside it, never assumed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from forwhom.evidence.comparisons import CHANGE, EVENTS, GIVEN, MEANS, Comparison


@dataclass(frozen=True, slots=True)
class Sign:
    """Which way the effect column points for one outcome, or one instrument of it.

    outcome, label, measure : what for, as a term and as a reader knows it; measure "" for the whole outcome
    kind : "means" (also changes) or "events"
    favours : "positive" or "negative" values favour group one; "both" when rows disagree; "unknown" when no row can tell
    fit, against, silent : ids of the rows that say so, that say the opposite, that cannot tell (no difference, or none of the
        numbers, or no declared direction)
    """

    outcome: str
    label: str
    measure: str
    kind: str
    favours: str
    fit: tuple[str, ...]
    against: tuple[str, ...]
    silent: tuple[str, ...]


def benefit(one: Comparison) -> int | None:
    """+1 when the numbers favour group one, −1 group two, 0 when they do not differ; None when they or the direction are absent."""
    raw = raw_difference(one)
    if raw is None or one.sign is None:
        return None
    return one.sign * ((raw > 0) - (raw < 0))


def raw_difference(one: Comparison) -> float | None:
    """Group one less group two: means, changes, or shares with the event; None without the numbers."""
    a, b = one.one, one.two
    if a.mean is not None and b.mean is not None:
        return a.mean - b.mean
    if a.events is not None and b.events is not None and a.n and b.n:
        return a.events / a.n - b.events / b.n
    if a.change is not None and b.change is not None:
        return a.change - b.change
    return None


def signs(comparisons: Iterable[Comparison]) -> tuple[Sign, ...]:
    """The direction of the effect column per outcome, then per instrument, of rows that give one beside their numbers."""
    rows = [each for each in comparisons if each.given is not None and each.given.value is not None]
    outcomes: dict[tuple[str, str], list[Comparison]] = {}
    for each in rows:
        outcomes.setdefault((each.outcome, form(each)), []).append(each)
    found = []
    for (outcome, kind), here in outcomes.items():
        found.append(_sign(outcome, "", kind, here))
        found += [
            _sign(outcome, measure, kind, [each for each in here if each.measure == measure])
            for measure in dict.fromkeys(each.measure for each in here)
        ]
    return tuple(found)


def form(one: Comparison) -> str:
    """Whether the numbers are means or events; of rows without numbers nothing is known."""
    return {MEANS: MEANS, CHANGE: MEANS, EVENTS: EVENTS, GIVEN: GIVEN}.get(one.kind, GIVEN)


def _vote(one: Comparison) -> int:
    """+1 when a positive effect favours group one, −1 when a negative one does, 0 when the row cannot tell."""
    better = benefit(one)
    value = one.given.value if one.given else None
    if not better or not value:
        return 0
    return better * (1 if value > 0 else -1)


def _sign(outcome: str, measure: str, kind: str, rows: Sequence[Comparison]) -> Sign:
    label = rows[0].outcome_label
    votes = {each.id: _vote(each) for each in rows}
    up, down = [n for n, v in votes.items() if v > 0], [n for n, v in votes.items() if v < 0]
    silent = tuple(n for n, v in votes.items() if v == 0)
    if not up and not down:
        return Sign(outcome, label, measure, kind, "unknown", (), (), silent)
    if len(up) == len(down):
        return Sign(outcome, label, measure, kind, "both", tuple(up), tuple(down), silent)
    fit, against = (up, down) if len(up) > len(down) else (down, up)
    return Sign(
        outcome, label, measure, kind, "positive" if fit is up else "negative", tuple(fit), tuple(against), silent
    )


def directed(comparisons: Sequence[Comparison], found: Sequence[Sign]) -> tuple[Comparison, ...]:
    """Rows that only give an effect get the direction that the rows of their outcome show, where these agree without exception.

    A row whose outcome shows no direction, or both, stays as it is and cannot be used; one of exactly 0 is like the others.
    """
    by_outcome: dict[str, set[str]] = {}
    for sign in found:
        if not sign.measure and sign.kind != GIVEN:
            told = "both" if sign.against else sign.favours
            by_outcome.setdefault(sign.outcome, set()).add(told)
    made = []
    for each in comparisons:
        if each.kind == GIVEN and each.given is not None and each.given.value is not None and each.given.toward is None:
            ways = by_outcome.get(each.outcome, set()) - {"unknown"}
            if ways <= {"positive", "negative"} and len(ways) == 1:
                positive = each.given.value >= 0
                toward = 1 if positive == (ways == {"positive"}) else -1
                made.append(replace(each, given=replace(each.given, toward=toward)))
                continue
        made.append(each)
    return tuple(made)


def by_word_alone(comparisons: Sequence[Comparison]) -> dict[str, str]:
    """Printed effects whose sign only a word tells ("better", "worse"), where others of the same kind have no such word: id → why not.

    A difference that was not found has no such word. To keep those that have one would choose by the result: of effects on one
    outcome and instrument whose direction nothing declares, and of F and p, all can be signed or none is taken.
    """
    groups: dict[tuple[str, str, str], list[Comparison]] = {}
    for each in comparisons:
        given = each.given
        if each.kind != GIVEN or given is None or each.absent or each.where.startswith("row"):
            continue
        if given.statistic in ("f", "p"):
            groups.setdefault((each.outcome, each.measure, given.statistic), []).append(each)
        elif each.sign is None and given.statistic not in ("rr", "or", "hr", "irr", "rd", "log_rr", "log_or"):
            groups.setdefault((each.outcome, each.measure, ""), []).append(each)
    return {
        each.id: f"others on {each.measure or each.outcome_label} tell no direction, and to keep this one would choose by the result"
        for here in groups.values()
        if any(_unsigned(each) for each in here)
        for each in here
        if not _unsigned(each)
    }


def _unsigned(one: Comparison) -> bool:
    return one.given is not None and one.given.toward is None
