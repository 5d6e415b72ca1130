"""The therapist's stance over rated sessions, with what so few sessions leave open."""

from __future__ import annotations

from forwhom.analysis.asking import Asking
from forwhom.analysis.programme.case_asking import CaseAsked, draft, many
from forwhom.analysis.programme.exported_rows import month
from forwhom.findings import Estimate, Finding
from forwhom.findings.kinds import Interval, StanceItem, StancePoint, StanceTrendDetail
from forwhom.kernels.monotone_trend import MonotoneTrend, monotone_trend
from forwhom.programme.case.adherence import items, mean, ratings_of

FEW = 5
"""Rated sessions below which no limits of a trend exist at 95 %."""
CITATIONS = (
    "Sen PK. Estimates of the regression coefficient based on Kendall's tau. J Am Stat Assoc 1968;63:1379-1389.",
    "Mann HB. Nonparametric tests against trend. Econometrica 1945;13:245-259.",
)


def stance(of: CaseAsked, asking: Asking) -> Finding:
    """`case.stance`: the mean of the stance items per rated session, its trend, every item in the newest session."""
    made = draft(
        of,
        asking,
        "stance",
        "Does the therapist keep the stance?",
        "Mean over items, raters first; slope: the median of those between every two sessions (Theil-Sen), with Kendall's test",
    )
    case = of.case
    stances = tuple(item.id for item in items(case, "stance"))
    points = _points(of, stances)
    if not points:
        return made.decline(
            "no session has been rated", "Ratings of the programme's adherence items after some sessions."
        )
    found = monotone_trend([p.month for p in points], [p.mean for p in points], level=asking.level)
    rated = {
        name: {item for one in ratings_of(case, name).values() for item in one if one[item] is not None}
        for name in _rated(of)
    }
    detail = StanceTrendDetail(
        points,
        tuple(
            StanceItem(
                item.label or item.says or item.id,
                item.of,
                mean(case, points[-1].session, (item.id,)),
                sum(item.id in seen for seen in rated.values()),
                str(item.source or "ours"),
                item.wanted,
            )
            for item in items(case)
        ),
        Interval(found.slope, found.low, found.high),
        found.intercept,
    )
    made.caution(
        "own-scale",
        "The scale from 0 (not seen) to 4 (throughout) is ours and untested: the source names items and no scale.",
    )
    if len(points) >= FEW:
        made.caution(
            "neighbours", "Sessions next to each other are alike, so that the interval of a trend may be too narrow."
        )
    return made.answer(_told(points, found), _estimates(points, found, asking), detail)


def _rated(of: CaseAsked) -> list[str]:
    rated = {each.session for each in of.case.adherence.rated}
    held = sorted((each for each in of.case.sessions.held if each.id in rated), key=lambda each: each.started)
    return [each.id for each in held]


def _points(of: CaseAsked, stances: tuple[str, ...]) -> tuple[StancePoint, ...]:
    case = of.case
    started = {each.id: each.started for each in case.sessions.held}
    points = []
    for name in _rated(of):
        value = mean(case, name, stances)
        if value is None:
            continue
        raters = []
        for rater, said in sorted(ratings_of(case, name).items()):
            own = [rating for item in stances if (rating := said.get(item)) is not None]
            if own:
                raters.append((rater, sum(own) / len(own)))
        points.append(StancePoint(name, month(case, started[name]), value, tuple(raters)))
    return tuple(points)


def _told(points: tuple[StancePoint, ...], found: MonotoneTrend) -> str:
    newest = points[-1]
    told = f"In the newest of {many(len(points), 'rated session')} the stance was {newest.mean:.1f} of 4. "
    if len(points) < FEW or found.slope is None:
        who = "One session says" if len(points) == 1 else "So few sessions say"
        return f"{told}{who} nothing of a trend: {FEW} are the least, and a dozen tell something."
    if found.low is None or found.high is None or found.p is None:
        return f"{told}No limits of a trend can be given."
    way = "up" if found.slope > 0 else "down"
    if found.low > 0 or found.high < 0:
        return f"{told}It goes {way} by {abs(found.slope):.2f} points a month (95 % interval {found.low:.2f} to {found.high:.2f})."
    return (
        f"{told}No trend is shown: {found.slope:+.2f} points a month, and {found.low:+.2f} to {found.high:+.2f} are possible "
        f"(95 % interval)."
    )


def _estimates(points: tuple[StancePoint, ...], found: MonotoneTrend, asking: Asking) -> list[Estimate]:
    made = [
        Estimate(
            "stance in the newest rated session",
            points[-1].mean,
            unit="points of 4",
            direction="higher is closer to the stance",
            n=len(points[-1].raters),
        )
    ]
    if len(points) > 1:
        made.append(
            Estimate(
                "trend of the stance",
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
