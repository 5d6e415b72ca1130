"""Sudden gains and losses of a study in numbers: shares of people, what chance makes of them, courses around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, finite
from forwhom.analysis.how.by_chance import over_chance
from forwhom.analysis.how.later import told
from forwhom.analysis.how.refusals import in_words
from forwhom.analysis.how.rupture_rates import members
from forwhom.analysis.how.session_table import SessionTable, null_courses
from forwhom.analysis.how.sudden_lasting import reversed_by_noise
from forwhom.analysis.how.sudden_table import Layout
from forwhom.analysis.words import p_value
from forwhom.findings.kinds import AlignedMean, Interval, Relation, SuddenShare
from forwhom.kernels.cluster_robust import fit_robust, robust_mean, robust_t
from forwhom.kernels.clustered_rate import clustered_rate
from forwhom.kernels.risk import clopper_pearson, risk_difference
from forwhom.kernels.sudden_change import SuddenChanges, sudden_changes

GAIN, LOSS = "gain", "loss"
KINDS = (GAIN, LOSS)
MIN_GROUP = 5
BY_NOISE = "the same in courses where all of them last"
MIN_SETS = 20
"""Sets of such courses with a change, without which nothing is said of them."""
STEPS = range(-2, 4)


@dataclass(frozen=True, slots=True)
class Found:
    """One kind of change in the scores, and in null courses of the same people.

    people : (n,) whose scores could be tested; null : (draws, n) changes of each person
    improved : (n,) points better at the last score than at the first; null_improved : (draws, n)
    """

    kind: str
    changes: SuddenChanges
    people: np.ndarray
    null: np.ndarray
    improved: np.ndarray
    null_improved: np.ndarray


def look(table: SessionTable, by: Layout, points: float, asking: Asking, name: str) -> tuple[Found, ...]:
    """Gains and losses."""
    sign = table.process.sign
    falling = {GAIN: sign < 0, LOSS: sign > 0}
    seen = {kind: sudden_changes(by.spread(sign * table.table), points, falling=falling[kind]) for kind in KINDS}
    n = table.arm.size
    null: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
    moved: list[np.ndarray] = []
    for made in null_courses(table, asking.rng(f"{name} null"), "line"):
        scores = by.spread(sign * made)
        moved.append(_improved(made).reshape(-1, n))
        for kind in KINDS:
            null[kind].append(sudden_changes(scores, points, falling=falling[kind]).per_person.reshape(-1, n))
    able: np.ndarray = np.asarray(seen[GAIN].tested.any(axis=1))
    return tuple(
        Found(kind, seen[kind], able, np.vstack(null[kind]), _improved(table.table), np.vstack(moved)) for kind in KINDS
    )


def shares(found: Found, table: SessionTable, level: float) -> Iterator[SuddenShare]:
    """People with such a change, per arm, beside null courses."""
    tail = 50 * (1 - level)
    for code, who in members(table):
        mine = who & found.people
        if not mine.any():
            continue
        counts = found.changes.per_person[mine]
        limits = clopper_pearson(int((counts > 0).sum()), int(mine.sum()), level=level)
        by_chance = (found.null[:, mine] > 0).mean(axis=1)
        low, high = np.percentile(by_chance, [tail, 100 - tail])
        yield SuddenShare(
            found.kind,
            code,
            Interval(limits.value, limits.low, limits.high),
            Interval(float(by_chance.mean()), float(low), float(high)),
            int((counts > 0).sum()),
            int(mine.sum()),
            int(counts.sum()),
        )


def aligned(found: Found, scores: np.ndarray, level: float) -> Iterator[AlignedMean]:
    """Mean raw score around the first change of each person. scores : (n, width)."""
    first = _first(found.changes)
    person = found.changes.person[first]
    before = found.changes.session[first]
    for step in STEPS:
        at = before + step
        inside = (at >= 0) & (at < scores.shape[1])
        values = scores[person[inside], at[inside]]
        values = values[np.isfinite(values)]
        if values.size >= 3:
            mean = robust_mean(values, level=level)
            limits = (finite(mean.low), finite(mean.high)) if mean.se > 0 else (None, None)
            yield AlignedMean(found.kind, step, Interval(finite(mean.value), *limits), int(values.size))


def of_changes(
    found: Found, table: SessionTable, by: Layout, points: float, rng: np.random.Generator, level: float
) -> list[Relation]:
    """Against chance; size, timing and stability; improvement of those with against those without; difference of arms."""
    unit = table.process.unit
    changes, group = found.changes, f"Sudden {found.kind}{'es' if found.kind == LOSS else 's'}"
    made = [_beyond(found, group, level)]
    if changes.size.size:
        made += _size(found, group, unit, level)
        made += _noise_reverses(found, group, table, by, points, rng, level)
    made += _arms(found, table, group, level)
    made += _improvement(found, table, group, unit, level)
    return made


def _beyond(found: Found, group: str, level: float) -> Relation:
    seen = float((found.changes.per_person[found.people] > 0).sum())
    null = (found.null[:, found.people] > 0).sum(axis=1).astype(float)
    what = f"people with a sudden {found.kind}, found over expected by chance"
    return over_chance(group, what, seen, null, int(found.people.sum()), level)


def _size(found: Found, group: str, unit: str, level: float) -> list[Relation]:
    changes, n = found.changes, int(found.changes.size.size)
    plural = f"sudden {found.kind}{'es' if found.kind == LOSS else 's'}"

    def row(what: str, estimate: Interval, unit: str, n: int, says: str) -> Relation:
        return Relation(group, what, estimate, unit, None, None, n, says)

    several = np.unique(changes.person).size > 1
    mean = robust_mean(changes.size, changes.person, level=level) if several else None
    width = (finite(mean.low), finite(mean.high)) if mean is not None and mean.se > 0 else (None, None)
    made = [
        row(f"mean size of a sudden {found.kind}", Interval(float(changes.size.mean()), *width), unit, n, "of the step")
    ]
    later = changes.known_later > 0
    if later.any():
        per = np.bincount(changes.person[later], minlength=found.people.size).astype(float)
        back = np.bincount(changes.person[later], changes.reversed[later].astype(float), minlength=found.people.size)
        rate = clustered_rate(back, per, share=True, level=level)
        words, estimate = f"{plural} reversed later (half lost again)", Interval(rate.value, rate.low, rate.high)
        made.append(row(words, estimate, "share", int(later.sum()), "of those with later sessions"))
    middle = Interval(float(np.median(changes.session)) + 1)
    made.append(row(f"median session before a sudden {found.kind}", middle, "session", n, "counted from the first"))
    known = changes.share_of_change[np.isfinite(changes.share_of_change)]
    if known.size and found.kind == GAIN:
        what = "median share of the whole change (first to last score) that the gain makes up"
        share = Interval(float(np.median(known)))
        made.append(
            row(what, share, "share", int(known.size), "over 100 %: more than the whole change, the rest was lost")
        )
    return made


def _noise_reverses(
    found: Found, group: str, table: SessionTable, by: Layout, points: float, rng: np.random.Generator, level: float
) -> list[Relation]:
    """The share that noise would call reversed, had all changes lasted."""
    later = found.changes.known_later > 0
    if not later.any():
        return []
    falling = (found.kind == GAIN) == (table.process.sign < 0)
    again, lost = reversed_by_noise(table, by, found.changes, points, rng, falling=falling)
    some = again > 0
    if some.sum() < MIN_SETS:
        return []
    null = lost[some] / again[some]
    seen = float(found.changes.reversed[later].mean())
    tail = 50 * (1 - level)
    low, high = np.percentile(null, [tail, 100 - tail])
    p = (1 + int((null >= seen - 1e-12).sum())) / (1 + null.size)
    value = float(lost.sum() / again.sum())
    says = f"noise alone, had each of them lasted; p: as many as were seen, {p_value(p)}"
    return [
        Relation(group, BY_NOISE, Interval(value, float(low), float(high)), "share", None, p, int(later.sum()), says)
    ]


def _arms(found: Found, table: SessionTable, group: str, level: float) -> list[Relation]:
    """Difference of each further arm from the first in the share of people with such a change."""
    arms = table.process.arms
    present = [k for k in range(len(arms)) if (found.people & (table.arm == k)).any()]
    made = []
    has = found.changes.per_person > 0
    for k in present[1:]:
        cells = [
            (int((has & who).sum()), int(who.sum()))
            for who in (found.people & (table.arm == j) for j in (k, present[0]))
        ]
        contrast = risk_difference(*cells[0], *cells[1], level=level)
        made.append(
            Relation(
                group, f"share with a sudden {found.kind}, {arms[k][1]} − {arms[present[0]][1]}",
                Interval(finite(contrast.value), finite(contrast.low), finite(contrast.high)), "share", 0.0, finite(contrast.p),
                cells[0][1] + cells[1][1], f"above 0: more often in {arms[k][1]}",
            )
        )  # fmt: skip
    return made


def _improvement(found: Found, table: SessionTable, group: str, unit: str, level: float) -> list[Relation]:
    """How much more (or less) those with a change improved from first to last score, as seen and as chance makes it."""
    has = found.changes.per_person > 0
    use = found.people & np.isfinite(found.improved)
    sizes = (int((has & use).sum()), int((~has & use).sum()))
    what = f"improvement from first to last score, people with a sudden {found.kind} − people without"
    says = "above 0: those with it improved more"
    n = int(use.sum())
    if min(sizes) < MIN_GROUP:
        why = f"only {sizes[0]} people with and {sizes[1]} without"
        return [Relation(group, what, Interval(None), unit, 0.0, None, n, says, why)]
    arm = table.arm[use]
    x = np.column_stack([has[use].astype(float), *[(arm == k).astype(float) for k in np.unique(arm)]])
    try:
        test = robust_t(fit_robust(found.improved[use], x), np.eye(x.shape[1])[0], level=level)
    except ValueError as why_not:
        return [Relation(group, what, Interval(None), unit, 0.0, None, n, says, in_words(why_not))]
    estimate, p, absent = told(test)
    made = [Relation(group, what, estimate, unit, 0.0, p, n, says, absent)]
    null = [
        _adjusted(moved[use], (counts[use] > 0), arm)
        for counts, moved in zip(found.null, found.null_improved, strict=True)
        if 0 < (counts[use] > 0).sum() < n
    ]
    if len(null) >= 20:
        tail = 50 * (1 - level)
        low, high = np.percentile(null, [tail, 100 - tail])
        chance = Interval(float(np.mean(null)), float(low), float(high))
        beyond = (1 + 2 * min(sum(v >= test.value for v in null), sum(v <= test.value for v in null))) / (1 + len(null))
        words = "the same difference in null courses, where no change is sudden"
        says = f"what choosing people by their own steps makes; what was seen, against it: {p_value(min(1.0, beyond))}"
        made.append(Relation(group, words, chance, unit, 0.0, None, n, says))
    return made


def _adjusted(y: np.ndarray, has: np.ndarray, arm: np.ndarray) -> float:
    """Difference of means, given arm."""
    x = np.column_stack([has.astype(float), *[(arm == k).astype(float) for k in np.unique(arm)]])
    return float(np.linalg.lstsq(x, y, rcond=None)[0][0])


def _improved(turned: np.ndarray) -> np.ndarray:
    """(n,) last minus first value of tables turned so that higher is better; NaN with one value."""
    lengths = np.isfinite(turned).sum(axis=1)
    change: np.ndarray = turned[np.arange(len(turned)), np.maximum(lengths - 1, 0)] - turned[:, 0]
    return np.where(lengths > 1, change, np.nan)


def _first(changes: SuddenChanges) -> np.ndarray:
    """Positions of each person's first change."""
    return np.unique(changes.person, return_index=True)[1]
