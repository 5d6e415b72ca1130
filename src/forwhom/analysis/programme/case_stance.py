"""The therapist's stance over rated sessions, with what so few sessions leave open."""

from __future__ import annotations

from forwhom.analysis.asking import Asking
from forwhom.analysis.programme.case_asking import CaseAsked, draft, many
from forwhom.analysis.programme.exported_rows import month
from forwhom.findings import Estimate, Finding
from forwhom.findings.kinds import Interval, RaterPair, StanceItem, StancePoint, StanceTrendDetail
from forwhom.kernels.monotone_trend import MonotoneTrend, monotone_trend
from forwhom.programme.case.adherence import items
from forwhom.programme.case.raters import Whose, mean, pairs, ratings_of

FEW = 5
"""Rated sessions below which no limits of a trend exist at 95 %."""
CITATIONS = (
    "Sen PK. Estimates of the regression coefficient based on Kendall's tau. J Am Stat Assoc 1968;63:1379-1389.",
    "Mann HB. Nonparametric tests against trend. Econometrica 1945;13:245-259.",
)


def stance(of: CaseAsked, asking: Asking) -> Finding:
    """`case.stance`: the mean of the stance items per rated session, its trend, every item in the newest session.

    Ratings of others, and those of the therapist whose session it is, are two courses.
    """
    made = draft(
        of,
        asking,
        "stance",
        "Does the therapist keep the stance?",
        "Mean over items, raters first; slope: the median of those between every two sessions (Theil-Sen), with Kendall's test",
    )
    stances = tuple(item.id for item in items(of.case, "stance"))
    others, own = (_points(of, stances, whose) for whose in WHOSE)
    if not others and not own:
        return made.decline(
            "no session has been rated", "Ratings of the programme's adherence items after some sessions."
        )
    found, by_own = (
        monotone_trend([p.month for p in points], [p.mean for p in points], level=asking.level)
        for points in (others, own)
    )
    beside = _pairs(of)
    detail = StanceTrendDetail(
        others,
        _items(of, others, own),
        Interval(found.slope, found.low, found.high),
        found.intercept,
        own,
        Interval(by_own.slope, by_own.low, by_own.high),
        by_own.intercept,
        beside,
    )
    made.caution(
        "own-scale",
        "The scale from 0 (not seen) to 4 (throughout) is ours and untested: the source names items and no scale.",
    )
    if not others:
        made.caution(
            "own-rating", "Only the therapist's own ratings are there; how others would rate the sessions is not known."
        )
    if max(len(others), len(own)) >= FEW:
        made.caution(
            "neighbours", "Sessions next to each other are alike, so that the interval of a trend may be too narrow."
        )
    told = " ".join(filter(None, (_told(others, found), _told_own(own, by_own, bool(others)), _told_pairs(beside))))
    estimates = [*_estimates(others, found, asking, ""), *_estimates(own, by_own, asking, OWN)]
    return made.answer(told, estimates, detail)


WHOSE: tuple[Whose, Whose] = ("others", "own")
OWN = ", by the therapist's own rating"


def _rated(of: CaseAsked, whose: Whose) -> list[str]:
    rated = {each.session for each in of.case.adherence.rated}
    held = sorted((each for each in of.case.sessions.held if each.id in rated), key=lambda each: each.started)
    return [each.id for each in held if ratings_of(of.case, each.id, whose)]


def _items(of: CaseAsked, others: tuple[StancePoint, ...], own: tuple[StancePoint, ...]) -> tuple[StanceItem, ...]:
    case = of.case
    rated = [
        {
            item
            for whose in WHOSE
            for one in ratings_of(case, name, whose).values()
            for item in one
            if one[item] is not None
        }
        for name in dict.fromkeys(name for whose in WHOSE for name in _rated(of, whose))
    ]
    return tuple(
        StanceItem(
            item.label or item.says or item.id,
            item.of,
            mean(case, others[-1].session, (item.id,)) if others else None,
            sum(item.id in seen for seen in rated),
            str(item.source or "ours"),
            item.wanted,
            mean(case, own[-1].session, (item.id,), "own") if own else None,
        )
        for item in items(case)
    )


def _points(of: CaseAsked, stances: tuple[str, ...], whose: Whose) -> tuple[StancePoint, ...]:
    case = of.case
    started = {each.id: each.started for each in case.sessions.held}
    points = []
    for name in _rated(of, whose):
        value = mean(case, name, stances, whose)
        if value is None:
            continue
        raters = []
        for rater, said in sorted(ratings_of(case, name, whose).items()):
            own = [rating for item in stances if (rating := said.get(item)) is not None]
            if own:
                raters.append((rater, sum(own) / len(own)))
        points.append(StancePoint(name, month(case, started[name]), value, tuple(raters)))
    return tuple(points)


def _pairs(of: CaseAsked) -> tuple[RaterPair, ...]:
    names = dict.fromkeys(name for whose in WHOSE for name in _rated(of, whose))
    return tuple(
        RaterPair(
            each.session,
            each.first,
            each.second,
            each.whose == "own",
            each.items,
            each.same,
            each.within_one,
            each.difference,
        )
        for name in names
        for each in pairs(of.case, name)
        if each.items
    )


def _told(points: tuple[StancePoint, ...], found: MonotoneTrend) -> str:
    if not points:
        return "Nobody but the therapist has rated a session."
    return f"In the newest of {many(len(points), 'rated session')} the stance was {points[-1].mean:.1f} of 4. {_trend(points, found)}"


def _told_own(points: tuple[StancePoint, ...], found: MonotoneTrend, beside: bool) -> str:
    if not points:
        return ""
    apart = "The therapist's own ratings are kept apart: " if beside else "By the therapist's own ratings it was "
    told = f"{apart}{points[-1].mean:.1f} of 4 in the newest of {many(len(points), 'session')}."
    return told if len(points) < FEW and beside else f"{told} {_trend(points, found)}"


def _told_pairs(beside: tuple[RaterPair, ...]) -> str:
    told = []
    for own, who in ((False, "that two others rated"), (True, "that the therapist and somebody else rated")):
        mine = [each for each in beside if each.own == own]
        n = sum(each.items for each in mine)
        if n:
            same, near = (sum(getattr(each, name) for each in mine) for name in ("same", "within_one"))
            told.append(
                f"Of {many(n, 'item')} {who} in the same session, {same} got the same rating and {near} at most one step apart."
            )
    return " ".join(told)


def _trend(points: tuple[StancePoint, ...], found: MonotoneTrend) -> str:
    if len(points) < FEW or found.slope is None:
        who = "One session says" if len(points) == 1 else "So few sessions say"
        return f"{who} nothing of a trend: {FEW} are the least, and a dozen tell something."
    if found.low is None or found.high is None or found.p is None:
        return "No limits of a trend can be given."
    way = "up" if found.slope > 0 else "down"
    if found.low > 0 or found.high < 0:
        return f"It goes {way} by {abs(found.slope):.2f} points a month (95 % interval {found.low:.2f} to {found.high:.2f})."
    return (
        f"No trend is shown: {found.slope:+.2f} points a month, and {found.low:+.2f} to {found.high:+.2f} are possible "
        f"(95 % interval)."
    )


def _estimates(points: tuple[StancePoint, ...], found: MonotoneTrend, asking: Asking, whose: str) -> list[Estimate]:
    """The newest value and the trend of one course; `whose`: "" for the ratings of others."""
    if not points:
        return []
    made = [
        Estimate(
            f"stance in the newest rated session{whose}",
            points[-1].mean,
            unit="points of 4",
            direction="higher is closer to the stance",
            n=len(points[-1].raters),
        )
    ]
    if len(points) > 1:
        made.append(
            Estimate(
                f"trend of the stance{whose}",
                found.slope,
                found.low,
                found.high,
                asking.level if found.low is not None else None,
                "Sen, by Kendall's test" if found.low is not None else "",
                "points per month",
                "above 0: closer to the stance",
                n=found.n,
                p=found.p,
                why_absent=None if found.slope is not None else found.why_absent,
            )
        )
    return made
