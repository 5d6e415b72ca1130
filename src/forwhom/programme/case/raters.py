"""Who rated a session: others, or the therapist who led it. The two are never averaged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from forwhom.programme.case.attendance import planned

if TYPE_CHECKING:
    from forwhom.programme.case.sessions import Session
    from forwhom.programme.case.state import Case

Whose = Literal["others", "own"]
"""Ratings by others than who led the session, or by the therapist whose session it is."""
Ratings = dict[str, dict[str, int | None]]
_SEVERAL = re.compile(r"\s*[,;&/+]\s*|\s+and\s+")


@dataclass(frozen=True, slots=True)
class Pair:
    """What two raters said of one session.

    whose : "own" where one of the two led the session: that one comes second
    items : rated by both; same, within_one : of these, with the same rating, and at most one step apart
    difference : mean of second minus first, in points of 4, as they were rated; None where they rated nothing in common
    """

    session: str
    first: str
    second: str
    whose: Whose
    items: int
    same: int
    within_one: int
    difference: float | None


def whose(case: Case, session: str, rater: str) -> Whose:
    """ "own" where the rater led the session, or may have: nobody knows who did and the rater's role leads such sessions."""
    made = _session(case, session)
    if made is None:
        return "others"
    if made.leader:
        return "own" if rater in (made.leader, *_SEVERAL.split(made.leader)) else "others"
    person, kind = case.opened.people.get(rater), planned(case, made.format)
    leads = person is not None and kind is not None and bool(set(person.roles) & set(kind.led_by))
    return "own" if leads else "others"


def ratings_of(case: Case, session: str, of: Whose = "others") -> Ratings:
    """Each rater's newest ratings of a session: rater → item → rating."""
    newest: Ratings = {}
    for each in case.adherence.rated:
        if each.session == session:
            newest[each.rater] = {**newest.get(each.rater, {}), **each.items}
    return {rater: rated for rater, rated in newest.items() if whose(case, session, rater) == of}


def mean(case: Case, session: str, items: tuple[str, ...], of: Whose = "others") -> float | None:
    """The mean rating of a session over items, raters first; None where none of them was rated.

    Items that should not be there count the other way round (4 − rating).
    """
    wanted = {item.id: item.wanted for item in (case.programme.adherence if case.programme is not None else ())}
    ratings = ratings_of(case, session, of)
    means = []
    for item in items:
        said = [rated[item] for rated in ratings.values() if rated.get(item) is not None]
        values = [each if wanted.get(item, True) else 4 - each for each in said if each is not None]
        if values:
            means.append(sum(values) / len(values))
    return sum(means) / len(means) if means else None


def pairs(case: Case, session: str) -> tuple[Pair, ...]:
    """Every two raters of a session: others among themselves first, then each beside the therapist's own rating."""
    others, own = (sorted(ratings_of(case, session, each).items()) for each in ("others", "own"))
    among = [_pair(session, one, two, "others") for one, two in combinations(others, 2)]
    return (*among, *(_pair(session, one, two, "own") for one in others for two in own))


_Rater = tuple[str, dict[str, int | None]]


def _pair(session: str, one: _Rater, two: _Rater, of: Whose) -> Pair:
    (first, left), (second, right) = one, two
    both = [(a, b) for item in left if (a := left[item]) is not None and (b := right.get(item)) is not None]
    apart = [b - a for a, b in both]
    near = sum(abs(each) <= 1 for each in apart)
    mean_apart = sum(apart) / len(apart) if apart else None
    return Pair(session, first, second, of, len(both), apart.count(0), near, mean_apart)


def _session(case: Case, name: str) -> Session | None:
    done = (each for each in case.sessions.done if each.id == name)
    return case.sessions.open.get(name) or next(done, None)
