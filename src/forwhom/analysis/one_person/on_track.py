"""Is a person on track, by which rule, and how well that rule has warned in this study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forwhom.analysis.one_person.basis import Basis, Error
from forwhom.analysis.one_person.course import CITATIONS, describe
from forwhom.analysis.one_person.expected import FOLDS
from forwhom.analysis.one_person.rules import EVENTS, Alarms
from forwhom.analysis.one_person.shared import Shared, absent_here
from forwhom.analysis.words import listed, number, people, percent, span
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import AlarmRule, Interval, OnTrackDetail
from forwhom.kernels.off_track import THIRD

FEW = 10
"""Events below which a share of them says next to nothing."""
PUBLISHED = (
    ("caught by the end, leading closed product", 1.0),
    ("caught by the third session, leading closed product", 0.85),
)
"""Claimed elsewhere, with alarms at the last score counted, and published without false alarms or lead time."""
LUTZ = (
    "Lutz W, Leach C, Barkham M, et al. Predicting change for individual psychotherapy clients on the basis of their nearest "
    "neighbors. J Consult Clin Psychol 2005;73:904-913."
)
CLOPPER = (
    "Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika "
    "1934;26:404-413."
)


def on_track(shared: Shared, basis: Basis, row: int) -> Finding:
    """`one_person.on_track.<scale>`: alarms so far, and sensitivity, false alarms and lead time of every rule."""
    here = basis.here
    draft = shared.draft(f"on_track.{here.name}", f"Is this person on track in {here.label}?")
    describe(draft, basis)
    declined = absent_here(shared, basis, row, draft)
    if declined is not None:
        return declined
    if isinstance(basis.expected, tuple):
        return draft.decline(*basis.expected)
    draft.method = _method()
    if not isinstance(basis.error, Error):
        draft.caution(
            "no-event",
            f"How well the rules warn cannot be said: {basis.error}, so nobody can be said to have become reliably worse.",
        )
    else:
        for caution in basis.error.cautions:
            if caution.code != "no-cutoff":
                draft.caution(caution.code, caution.text)
    by_name = {each.rule: each for each in basis.alarms}
    rules = tuple(replace(rule, on_track=_still(by_name[rule.rule], row, here.later[row] > 0)) for rule in basis.rules)
    detail = OnTrackDetail(here.scale.name, here.time_unit, rules, basis.caught, PUBLISHED)
    primary = [rule for rule in rules if rule.primary]
    warned = next((rule for rule in primary if rule.event == EVENTS[0][0]), None)
    if warned is not None and warned.events < FEW:
        draft.caution(
            "few-events",
            f"Only {people(warned.events)} in this study ended reliably worse, so the shares caught are next to unknown.",
        )
    draft.caution(
        "alarms-are-data",
        "An alarm says that a score is unusual among people with the same start. It does not say why, and not what to do.",
    )
    estimates = _estimates(primary, shared.asking.level, here.scale.name, here.time_unit)
    worth = _worth(warned, here.time_unit)
    if not here.later[row]:
        return draft.decline(
            f"only the score at the start is known so far. {worth}".rstrip(), "A later score.", estimates, detail
        )
    return draft.answer(f"{_so_far(basis, row)} {worth}".rstrip(), estimates, detail)


def _method() -> Method:
    return Method(
        "Off-track rules, cross-validated",
        {
            "primary rule": "expected recovery: beyond the 80 % band of people with the same start in the same arm, on the bad side; "
            "fixed in advance, as are all others",
            "cross-validation": f"{FOLDS} folds of people; what is expected of a person comes from the other folds",
            "event": "reliable worsening from the start to the last score; as second event no reliable improvement",
            "alarms counted": "at any later measurement, the last included; shares before the last score stand beside",
            "by the third": f"alarm at one of the first {THIRD} measurements after the start; for people with fewer that includes the last",
            "intervals": "exact (Clopper-Pearson)",
        },
        (CITATIONS[0], LUTZ, CLOPPER),
    )


def _still(rule: Alarms, row: int, later: bool) -> bool | None:
    """True without an alarm so far, None when the rule cannot judge this person."""
    if not later or not rule.known[row]:
        return None
    return not bool(rule.alarm[row].any())


def _so_far(basis: Basis, row: int) -> str:
    """What the primary rule says of this person, then how many of the others agree."""
    here = basis.here
    primary = next(each for each in basis.alarms if each.primary)
    places = min(here.places, 2)
    hits = np.flatnonzero(primary.alarm[row])
    last = int(here.later[row]) - 1
    if hits.size:
        first = int(hits[0])
        limit = float(primary.boundary[row, first]) if primary.boundary is not None else float("nan")
        text = (
            f"Off track by the primary rule ({primary.rule}): the score at {here.when(here.time[row, first])} "
            f"({number(float(here.score[row, first]), places)}) lay beyond {number(limit, places)}, the limit on the bad side for people "
            "with the same start"
        )
        if hits[-1] == last and hits.size > 1:
            text += f"; so did {hits.size} of {last + 1} scores, the latest among them"
        elif hits[-1] != last:
            text += "; the latest score lies on the good side of its limit again"
    else:
        none = f"none of {last + 1} later scores lay" if last else "the one later score did not lie"
        text = f"On track by the primary rule ({primary.rule}): {none} beyond its limit"
    others = [each.rule for each in basis.alarms if not each.primary and each.alarm[row].any()]
    if others:
        text += f". Further rules with an alarm: {listed(others)}"
    return f"{text}."


def _worth(rule: AlarmRule | None, unit: str) -> str:
    """How well the primary rule has warned, in a sentence or two."""
    if rule is None or not rule.event:
        return ""
    if not rule.events:
        return (
            f"In this study none of {people(rule.n)} ended reliably worse, so what the rule would catch is not known."
        )
    lead = ""
    if rule.lead.value:
        lead = f"; the first alarm came {span(round(rule.lead.value, 1), unit)} before the last score in the median"
    elif rule.lead.value is not None:
        lead = "; in the median the first alarm was the last score itself"
    return (
        f"In this study it caught {rule.caught} of {people(rule.events)} who ended reliably worse, {_share(rule.sensitivity)}: "
        f"{_share(rule.by_third)} by the third measurement, {_share(rule.before_last)} before the last score{lead}. False alarms: "
        f"{_share(rule.false_alarms)} of those who did not end so; {_share(rule.positive_value)} of all alarms came true."
    )


def _share(share: Interval) -> str:
    if share.value is None:
        return "not known"
    return f"{percent(share.value)} ({percent(share.low).removesuffix(' %')} to {percent(share.high)})"


def _estimates(rules: list[AlarmRule], level: float, scale: str, unit: str) -> list[Estimate]:
    """The primary rule's operating characteristics for both events."""
    made = []
    for rule in rules:
        if not rule.event:
            continue
        without = rule.n - rule.events
        for name, share, n, good in (
            (f"sensitivity by the end ({rule.event})", rule.sensitivity, rule.events, "higher is better"),
            (f"sensitivity by the third measurement ({rule.event})", rule.by_third, rule.events, "higher is better"),
            (f"sensitivity before the last score ({rule.event})", rule.before_last, rule.events, "higher is better"),
            (f"false alarms ({rule.event})", rule.false_alarms, without, "lower is better"),
            (f"false alarms before the last score ({rule.event})", rule.false_before_last, without, "lower is better"),
            (f"alarms that came true ({rule.event})", rule.positive_value, rule.alarms, "higher is better"),
        ):
            made.append(
                Estimate(
                    name,
                    share.value,
                    share.low,
                    share.high,
                    level,
                    "exact (Clopper-Pearson)",
                    "proportion",
                    good,
                    n,
                    scale=scale,
                    why_absent=None if n else "nobody to count",
                )
            )
        made.append(
            Estimate(
                f"median lead time ({rule.event})",
                rule.lead.value,
                rule.lead.low,
                rule.lead.high,
                0.5,
                "quartiles",
                unit,
                "longer is better",
                rule.caught,
                scale=scale,
                why_absent=None if rule.lead.value is not None else "no event was caught",
            )
        )
    return made
