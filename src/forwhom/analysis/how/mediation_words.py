"""The words of a mediation finding: what a clinician reads, and what would undo it."""

from __future__ import annotations

from forwhom.analysis.how.carrying import DRAWS, Rows
from forwhom.analysis.how.lagged import Lagged, directions, excludes_none
from forwhom.analysis.words import at_time, decimals_for, higher_lower, level_words, number, percent
from forwhom.findings.kinds import Interval
from forwhom.kernels.carried_change import Carried, Number


def statement(rows: Rows, fit: Carried, within: Lagged | None, level: float) -> str:
    """Did treatment move it, did earlier change go before later change, what follows."""
    parts = [_steps(rows, fit, k, level) for k in range(1, len(rows.arms))] or [_alone(rows, fit, level)]
    if within is not None:
        parts.append(_within(rows, within))
    return " ".join(parts)


def shown(of: Number) -> bool:
    """Whether the interval lies on one side of zero."""
    return of.low > 0 or of.high < 0


def _width(of: Number, places: int, level: float | None = None) -> str:
    ends = f"{number(of.low, places)} to {number(of.high, places)}"
    return ends if level is None else f"{level_words(level)} {ends}"


def _path(rows: Rows, fit: Carried, level: float | None = None) -> str:
    here, of = rows.here, fit.path
    places = decimals_for(of.se)
    return (
        f"each point more of it {_by(here.window.unit, here.window.end, here.unit)} went with {here.outcome.label} "
        f"{higher_lower(of.value, places, here.outcome.unit)} "
        f"{_by(here.outcome_window.unit, here.outcome_window.end, here.unit)} ({_width(of, places, level)})"
    )


def _by(unit: str, end: float, time_unit: str) -> str:
    return f"at session {end:g}" if unit == "session" else f"at {at_time(end, time_unit)}"


def _steps(rows: Rows, fit: Carried, k: int, level: float) -> str:
    here, a, ab, total = rows.here, fit.moved[k - 1], fit.carried[k - 1], fit.total[k - 1]
    m, y = here.mechanism, here.outcome
    places, of_ab = decimals_for(a.se), decimals_for(ab.se)
    arm, reference = rows.arms[k][1], rows.arms[0][1]
    name = f"{m.label[:1].upper()}{m.label[1:]}"
    first = (
        f"{name} came out {higher_lower(a.value, places, m.unit)} in {arm} than in {reference} ({_width(a, places, level)})"
        + (f", and {_path(rows, fit)}." if k == 1 else ".")
    )
    amount, rest = _amount(ab, total, y.unit, of_ab)
    moved, led = shown(a), shown(fit.path)
    if moved and led and shown(ab):
        verdict = f"That is compatible with its carrying {amount}, but no proof: nobody allocated {m.label}."
    elif moved and led:
        verdict = f"Each step is shown by itself; whether it carries anything is open: {amount}."
    elif moved:
        verdict = f"Treatment moved it; that its earlier change brought later change in {y.label} is not shown. By way of it: {amount}."
    elif led:
        verdict = (
            f"Its change went before change in {y.label}; that treatment moved it is not shown. By way of it: {amount}."
        )
    else:
        verdict = (
            f"Neither step is shown, so nothing can be said of it as the way treatment works. By way of it: {amount}."
        )
    return f"{first} {verdict}{rest}"


def _amount(ab: Number, total: Number, unit: str, places: int) -> tuple[str, str]:
    """What is carried, and the whole difference: as a part of it only where there is one, in the same direction and larger."""
    carried = f"{number(ab.value, places)}"
    whole = number(total.value, places)
    if shown(total) and 0 <= ab.value / total.value <= 1:
        return (
            f"{carried} ({_width(ab, places)}) of the {whole} {unit} ({_width(total, places)}) between the arms",
            "",
        )
    of = f"{carried} {unit} ({_width(ab, places)})"
    includes = "" if shown(total) else "; this includes none"
    return of, f" In all the arms differ by {whole} {unit} ({_width(total, places)}{includes})."


def _alone(rows: Rows, fit: Carried, level: float) -> str:
    """One arm: an association in time."""
    m = rows.here.mechanism.label
    text = f"Of {m}, {_path(rows, fit, level)}, the start held equal."
    if shown(fit.path):
        return f"{text} Its change went before change in {rows.here.outcome.label}; what moved it is not known without a comparison."
    return f"{text} That its earlier change goes with later change in {rows.here.outcome.label} is not shown."


def _within(rows: Rows, within: Lagged) -> str:
    """What goes on within persons, each person's own course taken out."""
    here = rows.here
    m, y = here.mechanism.label, here.outcome.label
    usual = "usual" if within.fit else "course"
    on, back = directions(within)
    ahead, reverse = (_lag(path.standard) for path in within.paths[:2])
    numbers = f"{m} before {y} {ahead}; {y} before {m} {reverse}"
    if on and back:
        return f"Within persons each goes before the other: they move in a circle ({numbers})."
    if not on and not back:
        return f"Within persons which changes first cannot be told ({numbers})."
    one, other = (m, y) if on else (y, m)
    clear = within.difference is not None and excludes_none(within.difference)
    rest = "and this path is the stronger one" if clear else "though that the reverse holds too is not ruled out"
    return f"Within persons, {one} above one's own {usual} went before {other}, {rest} ({numbers})."


def _lag(of: Interval) -> str:
    if of.value is None or of.low is None or of.high is None:
        return "no standardised value"
    return f"{number(of.value, 2)} SD, {number(of.low, 2)} to {number(of.high, 2)}"


def lost_words(lost: int) -> str:
    """That draws of the bootstrap had no solution."""
    return (
        f"{lost} of {DRAWS:,} draws had no solution (an arm without people, or without scores that differ) and were left out; the "
        "intervals rest on the others and may be too narrow."
    )


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
