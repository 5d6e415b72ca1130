"""The words of a mediation finding: what a clinician reads, and what would undo it."""

from __future__ import annotations

from forwhom.analysis.how.carrying import Rows
from forwhom.analysis.how.clocks import span_words
from forwhom.analysis.how.lagged import Lagged, excludes_none
from forwhom.analysis.words import decimals_for, higher_lower, level_words, number, percent, spread
from forwhom.findings.kinds import Interval
from forwhom.kernels.carried_change import Carried, Number


def statement(rows: Rows, fit: Carried, within: Lagged | None, level: float) -> str:
    """Did treatment move it, did it carry, what follows."""
    parts = [_moved(rows, fit, k, level) for k in range(1, len(rows.arms))]
    parts.append(_path(rows, fit, level))
    parts += [_carried(rows, fit, k, level) for k in range(1, len(rows.arms))]
    if within is not None:
        parts.append(_within(rows, within))
    return " ".join(parts)


def shown(of: Number) -> bool:
    """Whether the interval lies on one side of zero."""
    return of.low > 0 or of.high < 0


def _moved(rows: Rows, fit: Carried, k: int, level: float) -> str:
    here, of = rows.here, fit.moved[k - 1]
    places = decimals_for(of.se)
    when = span_words(here.window, here.unit)
    ends = f"{level_words(level)} {spread(of.low, of.high, places)}"
    open_ = "" if shown(of) else "; this includes no difference"
    return (
        f"{when[:1].upper()}{when[1:]}, {here.mechanism.label} came out {higher_lower(of.value, places, here.mechanism.unit)} in "
        f"{rows.arms[k][1]} than in {rows.arms[0][1]} ({ends}{open_})."
    )


def _path(rows: Rows, fit: Carried, level: float) -> str:
    here, of = rows.here, fit.path
    places = decimals_for(of.se)
    arms = "of the same arm with the same start" if len(rows.arms) > 1 else "with the same start"
    open_ = "" if shown(of) else "; this includes none"
    return (
        f"Among people {arms}, each point of {here.mechanism.label} more went with {here.outcome.label} "
        f"{higher_lower(of.value, places, here.outcome.unit)} at the end of the time after it, "
        f"{span_words(here.outcome_window, here.unit)} ({level_words(level)} {spread(of.low, of.high, places)}{open_})."
    )


def _carried(rows: Rows, fit: Carried, k: int, level: float) -> str:
    here, of, total = rows.here, fit.carried[k - 1], fit.total[k - 1]
    places = decimals_for(of.se)
    a, b = shown(fit.moved[k - 1]), shown(fit.path)
    m = here.mechanism.label
    amount = (
        f"What this amounts to by way of {m} is {number(of.value, places)} ({level_words(level)} {number(of.low, places)} to "
        f"{number(of.high, places)}) of a total difference of {number(total.value, places)} {here.outcome.unit} between "
        f"{rows.arms[k][1]} and {rows.arms[0][1]}."
    )
    if a and b and shown(of):
        verdict = (
            f"That is compatible with {m} carrying part of the effect; it is no proof, because nobody allocated {m}."
        )
    elif a and b:
        verdict = f"Each step is seen by itself; whether {m} carries anything is left open by the interval of the two together."
    elif a:
        verdict = f"Treatment moved {m}, but that its earlier change brought later change in {here.outcome.label} is not shown."
    elif b:
        verdict = f"Change in {m} went before change in {here.outcome.label}, but that one treatment moved it more is not shown."
    else:
        verdict = f"Neither step is shown, so nothing can be said of {m} as the way it works."
    return f"{amount} {verdict}"


def _within(rows: Rows, within: Lagged) -> str:
    here = rows.here
    on, back = within.paths[0], within.paths[1]
    return (
        f"Within persons, {here.mechanism.label} above one's own usual was followed by {here.outcome.label} "
        f"{_lag(on.standard)}; the other way round {_lag(back.standard)}."
    )


def _lag(of: Interval) -> str:
    if of.value is None or of.low is None or of.high is None:
        return "by an amount that could not be told"
    seen = "" if excludes_none(of) else ", which includes none"
    return f"{higher_lower(of.value, 2, 'SD')} ({number(of.low, 2)} to {number(of.high, 2)}{seen})"


def sensitivity_words(rows: Rows, fit: Carried) -> str:
    """What an unmeasured cause would have to be to explain the path, beside the strongest that was measured."""
    here = rows.here
    m, y = here.mechanism.label, here.outcome.label
    r = abs(fit.correlation)
    text = (
        f"{m} was not allocated to anybody, so something unmeasured may have moved both {m} and {y}; the answer assumes there is no such "
        f"thing beyond what is adjusted for (sequential ignorability). One behind {percent(r)} of what is unexplained in each of the two "
        f"would explain the whole path (a correlation of {number(r, 2)})"
    )
    nearest = max(fit.correlation_from, key=abs)
    text += (
        "; the interval holds none without any such cause."
        if nearest == 0
        else f"; from {number(abs(nearest), 2)} on the interval holds none."
    )
    if rows.names and fit.r2:
        k = max(range(len(fit.r2)), key=lambda j: fit.r2[j][0] * fit.r2[j][1])
        of_m, of_y = (max(v, 0.0) for v in fit.r2[k])
        text += (
            f" For comparison, the strongest thing measured, {rows.names[k]}, explains {percent(of_m)} and {percent(of_y)} of them, a "
            f"correlation of {number((of_m * of_y) ** 0.5, 2)}."
        )
    return text
