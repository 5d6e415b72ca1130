"""What the alliance goes with: later outcome, the next session's symptoms and the other way round, other forms of it."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.courses import column_codes
from forwhom.analysis.how.later import Later, later, regressed, told
from forwhom.analysis.how.process import Process, process, process_columns
from forwhom.analysis.how.refusals import in_words
from forwhom.analysis.how.session_table import SessionTable, alliance_columns
from forwhom.findings.kinds import Interval, Relation
from forwhom.kernels.cluster_robust import robust_mean, robust_t
from forwhom.kernels.cross_lag import within_paths
from forwhom.study import Study

EARLY = 5
"""Sessions whose mean is the early alliance, at the most; at least `LEAST`."""
LEAST = 3
MIN_THERAPISTS = 6
DRAWS = 1000
LATER, NEXT, FORMS = "Later outcome", "Session to session", "Other forms"


def early_alliance(study: Study, draft: Draft, table: SessionTable, level: float) -> list[Relation]:
    """Early alliance and the outcome's change after it, and its parts between and within therapists."""
    after = later(study, table.process.name)
    if isinstance(after, str):
        return [Relation(LATER, "early alliance and later outcome", Interval(None), "points", 0.0, None, 0, "", after)]
    good = "above 0 is better" if after.scale.better == "higher" else "below 0 is better"
    what = f"{after.scale.label} {after.words}"

    def absent(part: str, why: str, n: int = 0) -> list[Relation]:
        return [Relation(LATER, f"{what}: {part}", Interval(None), after.scale.unit, 0.0, None, n, good, why)]

    before = np.cumprod(np.isfinite(table.time) & (table.time <= after.at), axis=1).sum(axis=1)
    if not before.any():
        return absent(
            "early alliance",
            "sessions have no time by which they come before the outcome (time or date in [tables.sessions])",
        )
    used = np.minimum(before, EARLY)
    inside = np.arange(table.table.shape[1]) < used[:, None]
    mean = np.where(inside, np.nan_to_num(table.table), 0.0).sum(axis=1) / np.maximum(used, 1)
    early = np.full(len(after.here.ids), np.nan)
    early[table.people[used >= LEAST]] = mean[used >= LEAST]
    use = after.known & np.isfinite(early)
    spread = float(early[use].std(ddof=1)) if use.sum() > 2 else 0.0
    if not spread > 0:
        return absent(
            "early alliance", f"only {int(use.sum())} people have an early alliance and the later score", int(use.sum())
        )
    standard = np.where(use, (early - early[use].mean()) / spread, 0.0)
    name = f"alliance of the first {LEAST} to {EARLY} sessions, per standard deviation"
    made = _rows(study, after, what, good, [name], standard[:, None], use, level)
    codes, names = column_codes(study, "therapist")
    groups = np.unique(codes[use & (codes >= 0)])
    if len(names) > 1 and groups.size >= MIN_THERAPISTS:
        use = use & (codes >= 0)
        own = np.zeros(early.size)
        for g in groups:
            own[codes == g] = standard[use & (codes == g)].mean()
        parts = [
            "of it between therapists (their patients' mean)",
            "of it within therapists (patient against the therapist's others)",
        ]
        made += _rows(
            study, after, what, good, parts, np.column_stack([own, np.where(use, standard - own, 0.0)]), use, level
        )
        if groups.size < 20:
            draft.caution("few-clusters", f"{groups.size} therapists say little about therapists in general.")
    return made


def _rows(
    study: Study,
    after: Later,
    what: str,
    good: str,
    names: list[str],
    columns: np.ndarray,
    use: np.ndarray,
    level: float,
) -> list[Relation]:
    unit = after.scale.unit
    try:
        fit, first = regressed(study, after, columns, use)
    except ValueError as why:
        n, reason = int(use.sum()), in_words(why)
        return [Relation(LATER, f"{what}: {name}", Interval(None), unit, 0.0, None, n, good, reason) for name in names]
    made = []
    for j, name in enumerate(names):
        test = robust_t(fit, np.eye(fit.beta.size)[first + j], level=level)
        estimate, p, why_not = told(test)
        made.append(Relation(LATER, f"{what}: {name}", estimate, unit, 0.0, p, fit.n, good, why_not))
    return made


def symptom(study: Study) -> Process | None:
    """A declared column of sessions that is no alliance: the one sudden changes are planned for first, then an outcome's name."""
    bonds, plan = set(alliance_columns(study)), study.plan
    first = plan.sudden_change.name if plan.sudden_change is not None else ""
    known = [name for name in process_columns(study) if name in study.scales and name not in bonds]
    primary = plan.primary.scale if plan.primary else ""
    known.sort(key=lambda name: (name != first, name != primary, name not in plan.outcomes))
    return process(study, known[0]) if known else None


def session_to_session(study: Study, draft: Draft, table: SessionTable, asking: Asking) -> list[Relation]:
    """Within persons: alliance and the symptom of the next session, and symptom and the next alliance."""
    other = symptom(study)
    if other is None:
        return []
    seen = table.process
    first = {
        (int(p), float(s)): float(v)
        for p, s, v in zip(seen.person, seen.session, seen.value, strict=True)
        if np.isfinite(s)
    }
    pairs = [
        (int(p), int(s), first[int(p), float(s)], float(v))
        for p, s, v in zip(other.person, other.session, other.value, strict=True)
        if (int(p), float(s)) in first
    ]
    names = [
        f"{seen.label}, then {other.label} of the next session",
        f"{other.label}, then {seen.label} of the next session",
    ]
    unit = "within-person SD per SD"

    def absent(why: str) -> list[Relation]:
        return [Relation(NEXT, name, Interval(None), unit, 0.0, None, 0, "", why) for name in names]

    if len(pairs) < 10:
        return absent("hardly any session has both ratings and a number")
    person, session, x, y = (np.array(part) for part in zip(*pairs, strict=True))
    most = np.full(len(seen.ids), -1)
    most[table.people] = table.therapist
    groups = most[person]
    therapists = bool((groups >= 0).all()) and np.unique(groups).size >= 20
    try:
        found = within_paths(
            person,
            session,
            x,
            y,
            degree=1,
            unit=groups if therapists else None,
            draws=DRAWS,
            rng=asking.rng("how.alliance lags"),
        )
    except ValueError as why:
        return absent(in_words(why))
    if not found.solved:
        return absent("the lagged paths have no stationary solution")
    if found.lost > 0.05 * DRAWS:
        draft.caution(
            "draws-lost", f"{found.lost} of {DRAWS} resampled sets of people had no solution for the lagged paths."
        )
    made = []
    tail = 50 * (1 - asking.level)
    for name, (to, of) in zip(names, ((1, 0), (0, 1)), strict=True):
        draws = found.standard_draws[:, to, of]
        draws = draws[np.isfinite(draws)]
        low, high = np.percentile(draws, [tail, 100 - tail])
        below = float((draws <= 0).mean())
        p = min(1.0, max(2 * min(below, 1 - below), 2 / (draws.size + 1)))
        value = float(found.standard[to, of])
        says = f"above 0: a higher {(seen, other)[of].label} than the person's usual comes before a higher {(seen, other)[to].label}"
        made.append(
            Relation(
                NEXT,
                name,
                Interval(value, min(float(low), value), max(float(high), value)),
                unit,
                0.0,
                p,
                found.people,
                says,
            )
        )
    return made


def forms(study: Study, table: SessionTable, others: tuple[str, ...], level: float) -> list[Relation]:
    """Other forms of the alliance (another rater, or a component) beside the first: together within and between, and growing alike."""
    seen = table.process
    made: list[Relation] = []
    first = {(int(p), _when(seen, i)): float(v) for i, (p, v) in enumerate(zip(seen.person, seen.value, strict=True))}
    for name in others:
        other = process(study, name)
        if other is None:
            continue
        pairs = [
            (int(p), key[1], first[key], float(v))
            for i, (p, v) in enumerate(zip(other.person, other.value, strict=True))
            if (key := (int(p), _when(other, i))) in first
        ]
        if len(pairs) < 10:
            continue
        person, when, x, y = (np.array(part) for part in zip(*pairs, strict=True))
        made += _together(seen, other, person.astype(np.intp), when, x, y, level)
    return made


def _when(seen: Process, i: int) -> float:
    return float(seen.session[i] if np.isfinite(seen.session[i]) else seen.time[i])


def _together(
    seen: Process, other: Process, person: np.ndarray, when: np.ndarray, x: np.ndarray, y: np.ndarray, level: float
) -> list[Relation]:
    codes = np.unique(person, return_inverse=True)[1]
    counts = np.bincount(codes).astype(float)
    mean_x, mean_y = np.bincount(codes, x) / counts, np.bincount(codes, y) / counts
    pair = f"{seen.label} and {other.label}"
    made = []
    kept = counts >= LEAST
    if kept.sum() >= 10 and min(np.ptp(mean_x[kept]), np.ptp(mean_y[kept])) > 0:
        r = float(np.corrcoef(mean_x[kept], mean_y[kept])[0, 1])
        half = 1.96 if level == 0.95 else _quantile(level)
        z, width = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), half / np.sqrt(kept.sum() - 3)
        limits = (float(np.tanh(z - width)), float(np.tanh(z + width)))
        made.append(
            Relation(
                FORMS,
                f"{pair}: correlation between people (means)",
                Interval(r, *limits),
                "correlation",
                0.0,
                None,
                int(kept.sum()),
                "",
            )
        )
    dx, dy = x - mean_x[codes], y - mean_y[codes]
    if (dx**2).sum() > 0 and (dy**2).sum() > 0:
        r = float((dx @ dy) / np.sqrt((dx @ dx) * (dy @ dy)))
        # A jackknife over people, because their sessions are no independent draws.
        cross, left, right = (np.bincount(codes, part) for part in (dx * dy, dx**2, dy**2))
        with np.errstate(invalid="ignore", divide="ignore"):
            each = (cross.sum() - cross) / np.sqrt((left.sum() - left) * (right.sum() - right))
        each = each[np.isfinite(each)]
        se = float(np.sqrt((each.size - 1) / each.size * ((each - each.mean()) ** 2).sum()))
        half = _quantile(level) * se
        made.append(
            Relation(
                FORMS, f"{pair}: correlation within people (session by session)",
                Interval(r, max(-1.0, r - half), min(1.0, r + half)), "correlation", 0.0, None, int(counts.size), "",
            )
        )  # fmt: skip
    same = (
        seen.scale is not None
        and other.scale is not None
        and (seen.scale.low, seen.scale.high) == (other.scale.low, other.scale.high)
    )
    if same and counts.size >= LEAST:
        gap = robust_mean(mean_y - mean_x, level=level)
        apart = Interval(finite(gap.value), finite(gap.low), finite(gap.high))
        words, says = f"{other.label} − {seen.label}, mean", f"above 0: {other.label} is higher"
        made.append(Relation(FORMS, words, apart, seen.unit, 0.0, finite(gap.p), int(counts.size), says))
        slopes = _slopes(codes, when, np.abs(y - x))
        if slopes.size >= 10:
            drift = robust_mean(10 * slopes, level=level)
            made.append(
                Relation(
                    FORMS, f"{pair}: change of their distance per 10 sessions",
                    Interval(finite(drift.value), finite(drift.low), finite(drift.high)), seen.unit, 0.0, finite(drift.p), int(slopes.size),
                    "below 0: they converge",
                )
            )  # fmt: skip
    return made


def _slopes(codes: np.ndarray, when: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Least-squares slope of each person with at least four sessions."""
    made = []
    for g in np.unique(codes):
        mine = codes == g
        if mine.sum() >= 4 and np.ptp(when[mine]) > 0:
            made.append(np.polyfit(when[mine], value[mine], 1)[0])
    return np.array(made)


def _quantile(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2))
