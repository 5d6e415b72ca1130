"""Which changes first: lagged paths within persons, both ways."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.how.alignment import Aligned, aligned
from forwhom.analysis.how.lagged import Lagged, directions, excludes_none, lagged
from forwhom.analysis.how.mediation import lag_estimates
from forwhom.analysis.how.process import process
from forwhom.analysis.words import higher_lower, level_words, number, p_value
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import LaggedPath, TemporalOrderDetail
from forwhom.study import Study

SAME = 1 - 1e-12
"""Correlation beyond which two scores are one."""
HAMAKER = (
    "Hamaker EL, Kuiper RM, Grasman RPPP. A critique of the cross-lagged panel model. Psychol Methods 2015;20:102-116."
)
NICKELL = "Nickell S. Biases in dynamic models with fixed effects. Econometrica 1981;49:1417-1426."
INDIRECT = (
    "Gouriéroux C, Phillips PCB, Yu J. Indirect inference for dynamic panel models. J Econometrics 2010;157:68-77."
)
FALKENSTROM = (
    "Falkenström F, Finkel S, Sandell R, Rubel JA, Holmqvist R. Dynamic models of individual change in psychotherapy process "
    "research. J Consult Clin Psychol 2017;85:537-549."
)


def which_first(study: Study, asking: Asking, name: str, outcome: str) -> Finding:
    """`how.temporal_order.<a>.<b>` of a mechanism the plan names and its outcome."""
    ident = f"how.temporal_order.{name}.{outcome}"
    a, b = process(study, name), process(study, outcome)
    labels = tuple(
        study.scales[each].label if each in study.scales else each.replace("_", " ") for each in (name, outcome)
    )
    draft = Draft(study, asking, ident, f"Which changes first, {labels[0]} or {labels[1]}?")
    if a is None or b is None or not a.value.size or not b.value.size:
        lost = labels[0] if a is None or not a.value.size else labels[1]
        return draft.decline(f"{lost} was not measured repeatedly as numbers", f"{lost} at three or more occasions.")
    both = aligned(a, b)
    takes = "Both at the same three or more occasions, better at every session."
    if isinstance(both, str):
        return draft.decline(both, takes)
    still = _without_movement(both, a.label, b.label)
    if still:
        return draft.decline(still, "Scores that differ between occasions, from two different measures.")
    found = lagged(both, (a.label, b.label), asking.rng(ident), asking.level)
    if not isinstance(found, Lagged):
        return draft.decline(*found)
    draft.analysed = found.people
    draft.leave_out(draft.entered - found.people, "too few neighbouring occasions with both")
    draft.method = Method(
        found.model[:1].upper() + found.model[1:],
        found.options,
        (HAMAKER,) if found.fit else (NICKELL, INDIRECT, FALKENSTROM),
    )
    draft.caution(
        "order-is-not-cause",
        "To go before is not to bring about: whatever changes from occasion to occasion and moves both, the one sooner, looks the same.",
    )
    for each in found.trouble:
        draft.caution(each.code, each.text)
    if found.fit:
        draft.caution_clusters()
    statement = _statement(found, both, asking.level)
    if verdict(found) != "open" and any(each.code == "order-depends-on-trend" for each in found.trouble):
        rests = "This rests on how each person's own course is taken out; without that, or with less of it, the paths differ."
        statement = f"{statement} {rests}"
    return draft.answer(statement, _estimates(found, asking.level, outcome), _detail(found, both))


def _without_movement(both: Aligned, first: str, second: str) -> str:
    """What no model is needed to see: a score that never varies, or two that are the same but for their units."""
    for label, values in ((first, both.first), (second, both.second)):
        if values.size and np.ptp(values) == 0:
            return f"{label} never varies: it is {values[0]:g} for everybody at every occasion"
    if both.first.size > 2 and abs(np.corrcoef(both.first, both.second)[0, 1]) > SAME:
        return f"{first} and {second} are the same scores (one is the other in other units), so neither can go first"
    return ""


def verdict(of: Lagged) -> str:
    """ "first", "second", "both" or "open"."""
    on, back = directions(of)
    return "both" if on and back else "first" if on else "second" if back else "open"


def _statement(of: Lagged, both: Aligned, level: float) -> str:
    on, back = of.paths[:2]
    a, b = on.cause, on.effect
    unit = "session" if both.unit == "session" else "occasion"
    usual = "usual" if of.fit else "course"
    told = (
        f"When {a} was above a person's own {usual}, {b} was {_size(on, level)} at the next {unit}; when {b} was, {a} was "
        f"{_size(back, level)}."
    )
    seen = verdict(of)
    if seen == "both":
        return f"{told} Each goes before the other: they move in a circle."
    if seen == "open":
        return f"{told} Which changes first cannot be told."
    one, other = (a, b) if seen == "first" else (b, a)
    clear = of.difference is not None and excludes_none(of.difference)
    rest = (
        f"and this path is the stronger one (by {number(abs(of.difference.value or 0.0), 2)} SD)."
        if clear and of.difference is not None
        else f"though that {other} goes before {one} too is not ruled out."
    )
    return f"{told} Change in {one} went before change in {other}, {rest}"


def _size(path: LaggedPath, level: float) -> str:
    s = path.standard
    if s.value is None or s.low is None or s.high is None:
        return f"moved by an amount without a standardised value ({p_value(path.p)})"
    open_ = "" if excludes_none(path.raw) else "; this includes none"
    return f"{higher_lower(s.value, 2, 'SD')} ({level_words(level)} {number(s.low, 2)} to {number(s.high, 2)}{open_})"


def _estimates(of: Lagged, level: float, scale: str) -> list[Estimate]:
    made = lag_estimates(of, level, scale)
    if of.difference is not None:
        made.append(
            Estimate(
                f"size of {of.paths[0].cause} → {of.paths[0].effect} minus size of the other direction",
                finite(of.difference.value), finite(of.difference.low), finite(of.difference.high), level,
                "normal, robust (MLR)" if of.fit else "bootstrap, percentile", "within-person SD",
                f"above 0: {of.paths[0].cause} leads", of.people, scale=scale,
            )
        )  # fmt: skip
    made.append(
        Estimate(
            "correlation of the two persons' averages (between persons)", finite(of.between),
            interval="none: for comparison only", unit="correlation", n=of.people, scale=scale,
            why_absent=None if finite(of.between) is not None else "one of them is the same for everybody",
        )
    )  # fmt: skip
    return made


def _detail(of: Lagged, both: Aligned) -> TemporalOrderDetail:
    return TemporalOrderDetail(
        first=of.paths[0].cause,
        second=of.paths[0].effect,
        occasions=both.occasions,
        model=of.model,
        verdict=verdict(of),
        paths=of.paths,
        between=finite(of.between),
        fit=of.fit,
    )
