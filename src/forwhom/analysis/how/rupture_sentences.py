"""What is said of ruptures in sentences: repaired or not, and what goes with them, each number with its width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forwhom.analysis.how.rupture_relations import LEAVING, MODERATION, OUTCOME, PER_ANY, PER_FAILED
from forwhom.analysis.words import decimals_for, number, p_value, percent
from forwhom.findings.kinds import Interval, Relation, RepairShare
from forwhom.kernels.ruptures import WITHIN

FEWEST = 10


def between(interval: Interval, places: int) -> str:
    """Two limits, or the one there is.

    >>> between(Interval(2.0, 1.0, 4.0), 1), between(Interval(0.0, None, 4.0), 1), between(Interval(2.0), 1)
    ('1.0 to 4.0', 'up to 4.0', 'no interval')
    """
    low, high = interval.low, interval.high
    if low is None and high is None:
        return "no interval"
    if low is None:
        return f"up to {number(high, places)}"
    return f"{number(low, places)} and more" if high is None else f"{number(low, places)} to {number(high, places)}"


def shares_between(interval: Interval) -> str:
    """Limits of a share."""
    if interval.low is None or interval.high is None:
        return "no interval"
    return f"{percent(interval.low)} to {percent(interval.high)}"


def places_of(interval: Interval) -> int:
    """Decimals by the width."""
    if interval.low is None or interval.high is None:
        return 1
    return decimals_for((interval.high - interval.low) / 4)


def repaired(repairs: Iterable[RepairShare], leading: str) -> str:
    """How many were repaired, beside what noise alone repairs."""
    share = next((each for each in repairs if each.criterion == leading and each.arm == ""), None)
    if share is None or share.share.value is None:
        return ""
    known = share.repaired + share.unrepaired
    chance = share.expected
    noise = ""
    if chance.value is not None:
        noise = f"; falls that are noise: {percent(chance.value)}, {shares_between(chance)}"
    still = f"; {share.open} were open when sessions ended" if share.open else ""
    return (
        f" Of {known} that can be told, {percent(share.share.value)} were repaired within {WITHIN} sessions "
        f"({shares_between(share.share)}{noise}){still}."
    )


def goes_with(relations: Sequence[Relation], leading: str, ruptures: int) -> str:
    """One sentence on leaving, later outcome and moderation by one criterion, and why some of it could not be told.

    ruptures : found in all; with fewer than `FEWEST` moderators of their rate stay with the numbers
    """
    mine = [each for each in relations if each.what.endswith(leading)]
    told, untold = [], []
    leaving = next((each for each in mine if each.group == LEAVING), None)
    if leaving is not None and leaving.estimate.value is not None:
        told.append(
            f"after a session with an unresolved rupture the odds of leaving were {number(leaving.estimate.value, 2)} times those after "
            f"one without ({between(leaving.estimate, 2)}, {p_value(leaving.p)})"
        )
    elif leaving is not None:
        untold.append(f"leaving ({_reason(leaving)})")
    outcome = _first(mine, OUTCOME, PER_FAILED) or _first(mine, OUTCOME, PER_ANY)
    if outcome is not None:
        what, _, rest = outcome.what.partition(": per rupture")
        kind = "each rupture not repaired" if PER_FAILED.endswith(rest.rpartition(", ")[0]) else "each rupture"
        told.append(
            f"{kind} went with {_signed(outcome)} {outcome.unit} of {what} ({_limits(outcome)}; {outcome.says})"
        )
    else:
        untold += [f"later outcome ({_reason(each)})" for each in mine if each.group == OUTCOME][:1]
    if ruptures >= FEWEST:
        told += _moderation(mine)
    first = f" {_capital('; '.join(told))}." if told else ""
    return first + (f" Not told: {'; '.join(untold)}." if untold else "")


def _reason(each: Relation) -> str:
    return each.why_absent.partition(" (")[0] or "not estimable"


def _moderation(mine: Sequence[Relation]) -> list[str]:
    """The rate by the first moderator, and whether ruptures mean more with it."""
    rates = [each for each in mine if each.group == MODERATION and each.unit == "rate ratio"]
    known = [each for each in rates if each.estimate.value is not None]
    if not known:
        return []
    rate = known[0]
    by = rate.what.removeprefix("rate of ruptures by ").rpartition(", ")[0]
    said = f"with {by}, the rate was {number(rate.estimate.value, 2)} times as high ({between(rate.estimate, 2)}, {p_value(rate.p)})"
    same = next(
        (each for each in mine if f", {PER_FAILED} by {by}," in each.what and each.estimate.value is not None), None
    )
    if same is not None:
        said += f", and a rupture not repaired meant {_signed(same)} {same.unit} more for the outcome ({_limits(same)})"
    return [said]


def _first(rows: Sequence[Relation], group: str, words: str) -> Relation | None:
    return next(
        (each for each in rows if each.group == group and words in each.what and each.estimate.value is not None), None
    )


def _signed(each: Relation) -> str:
    return number(each.estimate.value, places_of(each.estimate))


def _limits(each: Relation) -> str:
    return f"{between(each.estimate, places_of(each.estimate))}, {p_value(each.p)}"


def agreement(relations: Sequence[Relation]) -> str:
    """Kappa of the raters on presence, where there are several."""
    found = next((each for each in relations if each.what.startswith("agreement on the presence of ruptures")), None)
    if found is None or found.estimate.value is None:
        return ""
    name = found.what.rpartition(", ")[2]
    return f" {_capital(name)} on the presence of ruptures: {number(found.estimate.value, 2)} ({between(found.estimate, 2)})."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
