"""How often ruptures happen, how deep they are and what becomes of them: by arm, by session, by therapist."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forwhom.analysis.asking import finite
from forwhom.analysis.how.by_chance import over_chance
from forwhom.analysis.how.refusals import in_words
from forwhom.analysis.how.rupture_told import Told
from forwhom.analysis.how.session_table import SessionTable
from forwhom.findings.kinds import Interval, Relation, RepairShare, RuptureRate, SessionBlock
from forwhom.kernels.cluster_robust import robust_mean
from forwhom.kernels.clustered_rate import clustered_rate
from forwhom.kernels.rates import rate_regression
from forwhom.kernels.session_courses import within_sd
from forwhom.kernels.survival import kaplan_meier

PER = 10.0
"""Sessions a rate is given for."""
BLOCKS = 10
"""Stretches of sessions on the timeline, at the most."""
MIN_THERAPISTS = 5
SHUFFLES = 2000
MIN_SETS = 20
"""Sets of null courses with a rupture, without which nothing is said of their repair."""


def members(table: SessionTable) -> Iterator[tuple[str, np.ndarray]]:
    """Each arm that has anybody, as its name and (n,) who is in it."""
    for k, (code, _) in enumerate(table.process.arms):
        if (table.arm == k).any():
            yield code, table.arm == k


def rate_of(found: Told, table: SessionTable, code: str, who: np.ndarray, level: float) -> RuptureRate | None:
    """Rate of one arm with the rate of null courses; None where nobody has sessions enough."""
    who = who & (found.sessions > 0)
    if not who.any():
        return None
    rate = clustered_rate(found.events[who], found.sessions[who], level=level)
    whole = float(found.sessions[who].sum())
    null = found.by_line[:, who].sum(axis=1) / whole * PER
    tail = 50 * (1 - level)
    low, high = np.percentile(null, [tail, 100 - tail])
    return RuptureRate(
        found.criterion.label,
        code,
        _scaled(rate.value, rate.low, rate.high),
        Interval(float(null.mean()), float(low), float(high)),
        float(found.by_order[:, who].sum() / len(found.by_order) / whole * PER),
        int(rate.events),
        int(whole),
        int(who.sum()),
        int((found.events[who] > 0).sum()),
    )


def beyond_chance(found: Told, level: float) -> Relation:
    """Ruptures found over those of null courses, everybody together."""
    what = f"found over expected by chance, {found.criterion.label}"
    null = found.by_line.sum(axis=1).astype(float)
    return over_chance("Rate", what, float(found.events.sum()), null, int((found.sessions > 0).sum()), level)


def arm_ratios(found: Told, table: SessionTable, level: float) -> list[Relation]:
    """Rate ratio of each further arm against the first with sessions."""
    use = found.sessions > 0
    present = np.unique(table.arm[use])
    made: list[Relation] = []
    if present.size < 2:
        return made
    arms = table.process.arms
    x = np.column_stack([(table.arm[use] == k).astype(float) for k in present[1:]])
    what = [f"{arms[k][1]} / {arms[present[0]][1]}, {found.criterion.label}" for k in present[1:]]
    try:
        fit = rate_regression(found.events[use], found.sessions[use], x, level=level)
    except ValueError as why:
        return [ratio_row("Rate by arm", each, None, int(use.sum()), in_words(why)) for each in what]
    return [
        ratio_row("Rate by arm", each, ratio, int(use.sum()), ratio.words)
        for each, ratio in zip(what, fit.ratios, strict=True)
    ]


def ratio_row(
    group: str, what: str, ratio: object, n: int, why: str, says: str = "above 1: more ruptures in the first"
) -> Relation:
    """A rate ratio as a relation."""
    values = [finite(getattr(ratio, name, None)) for name in ("value", "low", "high", "p")]
    absent = "" if values[0] is not None else why or "not estimable"
    return Relation(group, what, Interval(*values[:3]), "rate ratio", 1.0, values[3], n, says, absent)


def therapists_differ(found: Told, table: SessionTable, rng: np.random.Generator) -> Relation | None:
    """Whether therapists' rates differ more than they would with people dealt to them anew within arms."""
    use = (found.sessions > 0) & (table.therapist >= 0)
    codes = np.unique(table.therapist[use], return_inverse=True)[1]
    if not use.any() or codes.max() + 1 < MIN_THERAPISTS:
        return None
    events, sessions, arm = found.events[use].astype(float), found.sessions[use].astype(float), table.arm[use]
    expected = np.zeros(events.size)
    for k in np.unique(arm):
        expected[arm == k] = sessions[arm == k] * events[arm == k].sum() / sessions[arm == k].sum()
    apart = events - expected

    def spread(labels: np.ndarray) -> float:
        weight = np.maximum(np.bincount(labels, expected), 1e-12)
        return float((np.bincount(labels, apart) ** 2 / weight).sum())

    seen = spread(codes)
    orders = []
    for _ in range(SHUFFLES):
        dealt = codes.copy()
        for k in np.unique(arm):
            dealt[arm == k] = rng.permutation(codes[arm == k])
        orders.append(spread(dealt))
    mean = float(np.mean(orders))
    p = (1 + float((np.array(orders) >= seen * (1 - 1e-12)).sum())) / (1 + SHUFFLES)
    what = f"spread of therapists' rates over that of people dealt to them anew, {found.criterion.label}"
    says = f"1: {codes.max() + 1} therapists differ no more than chance makes them"
    value = seen / mean if mean > 0 else None
    absent = "" if value is not None else "no ruptures"
    return Relation("Rate by therapist", what, Interval(value), "ratio", 1.0, p, int(use.sum()), says, absent)


def intensity(found: Told, table: SessionTable, level: float) -> list[Relation]:
    """Mean depth of the ruptures in points, and in standard deviations within people."""
    e = found.episodes
    if not e.depth.size:
        return []
    cluster = e.person
    mean = None if np.unique(cluster).size < 2 else robust_mean(e.depth, cluster, level=level)
    sd = within_sd(table.table)
    made = []
    for scale, unit in ((1.0, table.process.unit), (sd, "within-person SD")):
        if not scale > 0:
            continue
        limits = (None, None) if mean is None else (finite(mean.low / scale), finite(mean.high / scale))
        inside = limits[0] is not None and limits[1] is not None
        estimate = Interval(float(e.depth.mean()) / scale, *(limits if inside else (None, None)))
        made.append(
            Relation(
                "Intensity",
                f"mean depth of a rupture, {found.criterion.label}",
                estimate,
                unit,
                None,
                None,
                e.depth.size,
                "from the session before to the lowest of the rupture",
            )
        )
    return made


def repairs(found: Told, table: SessionTable, level: float) -> list[RepairShare]:
    """What became of the ruptures: of all, then of each arm where there are several."""
    e = found.episodes
    groups = [("", np.ones(table.arm.size, dtype=bool)), *members(table)]
    made = []
    for code, who in groups if len(groups) > 2 else groups[:1]:
        mine = who[e.person]
        good, bad = mine & e.repaired, mine & e.unrepaired
        known = np.bincount(e.person[good | bad], minlength=who.size)
        back = np.bincount(e.person[good], minlength=who.size)
        share = Interval(None)
        if known.sum():
            rate = clustered_rate(back, known, share=True, level=level)
            share = Interval(rate.value, rate.low, rate.high)
        followed = mine & (e.duration > 0)
        curve = kaplan_meier(e.duration[followed], e.returned[followed]) if followed.any() else None
        made.append(
            RepairShare(
                found.criterion.label,
                code,
                share,
                int(good.sum()),
                int(bad.sum()),
                int(mine.sum() - good.sum() - bad.sum()),
                None if curve is None else finite(curve.median),
                _null_repairs(found, who, level),
            )
        )
    return made


def _null_repairs(found: Told, who: np.ndarray, level: float) -> Interval:
    """Share repaired of the ruptures that null courses make: all sets together, with the range of single sets."""
    back, known = found.null_back[:, who].sum(axis=1), found.null_known[:, who].sum(axis=1)
    some = known > 0
    if some.sum() < MIN_SETS:
        return Interval(None)
    tail = 50 * (1 - level)
    low, high = np.percentile(back[some] / known[some], [tail, 100 - tail])
    return Interval(float(back.sum() / known.sum()), float(low), float(high))


def blocks(found: Told, table: SessionTable, level: float) -> tuple[SessionBlock, ...]:
    """Rates along treatment: stretches of equal numbers of sessions (places in the row of ratings), by arm."""
    e = found.episodes
    longest = int(table.lengths.max())
    step = max(1, -(-(longest - 1) // BLOCKS))
    made = []
    for code, who in members(table):
        for first in range(1, longest, step):
            inside = slice(first, min(first + step, longest))
            sessions = e.at_risk[:, inside].sum(axis=1) * who
            if not sessions.sum():
                continue
            mine = (e.onset >= first) & (e.onset < first + step) & who[e.person]
            events = np.bincount(e.person[mine], minlength=who.size)
            rate = clustered_rate(events, sessions, level=level)
            expected = float((found.onsets_by_line[:, inside].sum(axis=1) * who).sum() / sessions.sum() * PER)
            made.append(
                SessionBlock(
                    code,
                    first + 1,
                    min(first + step, longest),
                    _scaled(rate.value, rate.low, rate.high),
                    expected,
                    int(sessions.sum()),
                )
            )
    return tuple(made)


def _scaled(value: float, low: float | None, high: float | None) -> Interval:
    return Interval(PER * value, None if low is None else PER * low, None if high is None else PER * high)
