"""Is a person on track, by which rule, and how well that rule has warned in this study."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from forwhom.analysis.one_person.basis import Basis, Error
from forwhom.analysis.one_person.course import CITATIONS, describe
from forwhom.analysis.one_person.expected import DIVISIONS, FOLDS
from forwhom.analysis.one_person.rules import ALARM, BACK_INSIDE, NO_ALARM, WORSENING, Alarms, standings
from forwhom.analysis.one_person.shared import Shared, absent_here
from forwhom.analysis.words import listed, number, people, percent, span
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import AlarmRule, Interval, OnTrackDetail, Standing
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
    draft.method = _method(next(each for each in basis.alarms if each.primary))
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
    rules = tuple(_own(rule, by_name[rule.rule], basis, row) for rule in basis.rules)
    detail = OnTrackDetail(here.scale.name, here.time_unit, rules, basis.caught, PUBLISHED)
    primary = [rule for rule in rules if rule.primary]
    warned = next((rule for rule in primary if rule.event == WORSENING), None)
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
    if not here.later[row]:
        worth = _worth(
            warned, here.time_unit, "the primary rule" if warned is None else f"the primary rule ({warned.rule})"
        )
        return draft.decline(
            f"only the score at the start is known so far. {worth}".rstrip(), "A later score.", estimates, detail
        )
    worth = _worth(warned, here.time_unit, "the primary rule")
    return draft.answer(f"{_so_far(basis, row)} {worth}".rstrip(), estimates, detail)


def _method(primary: Alarms) -> Method:
    return Method(
        "Off-track rules, cross-validated",
        {
            "primary rule": f"{primary.rule}: {primary.says}; fixed in advance, as are all others",
            "standing": "by the latest score: alarm, back inside after an earlier alarm, or no alarm so far",
            "cross-validation": f"{FOLDS} folds of people; what is expected of a person comes from the other folds, and is the mean over "
            f"{DIVISIONS} random divisions into folds",
            "event": "reliable worsening from the start to the last score; as second event no reliable improvement",
            "alarms counted": "at any later measurement, the last included, also where later scores came back inside; shares before the "
            "last score stand beside",
            "by the third": f"alarm at one of the first {THIRD} measurements after the start; for people with fewer that includes the last",
            "intervals": "exact (Clopper-Pearson)",
        },
        (CITATIONS[0], LUTZ, CLOPPER),
    )


_STANDINGS: Final[dict[int, Standing]] = {NO_ALARM: "no alarm", BACK_INSIDE: "back inside", ALARM: "alarm"}


def _own(worth: AlarmRule, rule: Alarms, basis: Basis, row: int) -> AlarmRule:
    """What a rule is worth, with where this person stands by it."""
    if not basis.here.later[row] or not rule.known[row]:
        return worth
    hits = np.flatnonzero(rule.alarm[row])
    return replace(
        worth,
        standing=_STANDINGS[int(standings(rule.alarm[[row]], basis.here.later[[row]])[0])],
        last_alarm=float(basis.here.time[row, hits[-1]]) if hits.size else None,
        agreement=float(rule.agreement[row]),
    )


def _so_far(basis: Basis, row: int) -> str:
    """What the primary rule says of this person, then how many of the others agree."""
    here = basis.here
    primary = next(each for each in basis.alarms if each.primary)
    last = int(here.later[row]) - 1
    hits = np.flatnonzero(primary.alarm[row]).tolist()
    what = f"by the primary rule ({primary.rule})"
    if hits and hits[-1] == last:
        text = (
            f"Off track {what}: the latest score, {_score(basis, row, last)}, lies beyond {_limit(basis, primary, row, last)}, the "
            "limit on the bad side for people with the same start"
        )
        if len(hits) > 1:
            text += f"; so did {len(hits) - 1} of the {last} before, the first at {here.when(here.time[row, hits[0]])}"
    elif hits:
        text = (
            f"Back inside {what}: the latest score, {_score(basis, row, last)}, lies on the good side of its limit, "
            f"{_limit(basis, primary, row, last)}; an earlier one, {_score(basis, row, hits[-1])}, lay beyond "
            f"{_limit(basis, primary, row, hits[-1])}, the limit on the bad side for people with the same start"
        )
        if len(hits) > 1:
            text += f", as did {len(hits) - 1} before it"
    else:
        none = f"none of {last + 1} later scores lay" if last else "the one later score did not lie"
        text = f"On track {what}: {none} beyond its limit"
    text += _close(primary, row)
    others = [each.rule for each in basis.alarms if not each.primary and each.alarm[row, last]]
    if others:
        text += f". Further rules with an alarm at the latest score: {listed(others)}"
    return f"{text}."


def _score(basis: Basis, row: int, j: int) -> str:
    here = basis.here
    return f"{number(float(here.score[row, j]), min(here.places, 2))} at {here.when(here.time[row, j])}"


def _limit(basis: Basis, rule: Alarms, row: int, j: int) -> str:
    """A limit with as many decimals as it takes to tell it from the score."""
    value, score = float(rule.boundary[row, j]) if rule.boundary is not None else float("nan"), basis.here.score[row, j]
    places = min(basis.here.places, 2)
    while places < 6 and number(value, places) == number(float(score), places):
        places += 1
    return number(value, places)


def _close(rule: Alarms, row: int) -> str:
    """That chance had a part in where a person stands, where it had."""
    same = round(float(rule.agreement[row]) * DIVISIONS)
    if same == DIVISIONS:
        return ""
    return (
        f". This is at the limit: taken alone, {same} of the {DIVISIONS} random divisions of the study's people into folds put this "
        "person there"
    )


def _worth(rule: AlarmRule | None, unit: str, named: str) -> str:
    """How well the primary rule has warned, in a sentence or two; `named` is what it is called there."""
    if rule is None or not rule.event:
        return ""
    if not rule.events:
        return f"In this study none of {people(rule.n)} ended reliably worse, so what {named} would catch is not known."
    lead = ""
    if rule.lead.value:
        lead = f"; the first alarm came {span(round(rule.lead.value, 1), unit)} before the last score in the median"
    elif rule.lead.value is not None:
        lead = "; in the median the first alarm was the last score itself"
    return (
        f"In this study {named} caught {rule.caught} of {people(rule.events)} who ended reliably worse (any alarm counts), "
        f"{_share(rule.sensitivity)}: {_share(rule.by_third)} by the third measurement, {_share(rule.before_last)} before the "
        f"last score{lead}. False alarms: {_share(rule.false_alarms)} of those who did not end so; "
        f"{_share(rule.positive_value)} of all alarms came true."
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
