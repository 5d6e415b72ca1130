"""What ruptures go with: leaving afterwards, later change of the outcome, diagnosis or severity. Never future ruptures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.asking import finite
from forwhom.analysis.for_whom.candidates import Values, moderators_of, values_of
from forwhom.analysis.how.later import Later, later, regressed, told
from forwhom.analysis.how.refusals import in_words
from forwhom.analysis.how.rupture_rates import ratio_row
from forwhom.analysis.how.rupture_told import Told
from forwhom.analysis.how.session_table import SessionTable
from forwhom.analysis.outcome.flow import main_scale
from forwhom.analysis.outcome.leaving import STAYED
from forwhom.findings.kinds import Interval, Relation
from forwhom.kernels.cluster_robust import robust_t
from forwhom.kernels.discrete_hazard import discrete_hazard
from forwhom.kernels.rates import rate_regression
from forwhom.study import Study

PER_FAILED, PER_ANY = "per rupture not repaired by then", "per rupture before then"
"""What the later outcome is counted by; the second where repairs are not told."""
MIN_EVENTS = 5
MIN_GROUP = 5
"""People with and without an unresolved rupture that are needed to compare them."""
CODED = "codes"
LEAVING, OUTCOME, MODERATION = "Leaving afterwards", "Later outcome", "Diagnosis and severity"


def relations(study: Study, table: SessionTable, found: Told, level: float) -> list[Relation]:
    """Every relation one criterion can be asked for."""
    after = later(study, table.process.name)
    made = [_leaving(study, table, found, level), *_outcome(study, table, found, after, level)]
    return [*made, *_moderation(study, table, found, after, level)]


def left_early(study: Study) -> np.ndarray | None:
    """(persons,) who left before the end; None when nobody recorded it."""
    if "left" not in study.persons.columns:
        return None
    left: np.ndarray = study.persons["left"].is_not_null().to_numpy()
    if "left_reason" in study.persons.columns:
        reason = study.persons["left_reason"].cast(pl.String).str.to_lowercase()
        left = left | ~reason.is_in(STAYED).fill_null(True).to_numpy()
    return left


def _leaving(study: Study, table: SessionTable, found: Told, level: float) -> Relation:
    """Odds of leaving after a session in an unresolved rupture, given session, arm and the alliance so far."""
    label = found.criterion.label
    what = f"leaving after a session with an unresolved rupture against one without, {label}"
    says = "above 1: unresolved ruptures come before leaving"

    def absent(why: str, n: int = 0) -> Relation:
        return Relation(LEAVING, what, Interval(None), "odds ratio", 1.0, None, n, says, why)

    left = left_early(study)
    if left is None:
        return absent("nobody's leaving is recorded (left = … in [tables.persons])")
    values, lengths = table.table, table.lengths
    state = found.criterion.find(values, so_far=True)
    column = np.arange(values.shape[1])
    inside = column < lengths[:, None]
    gone = left[table.people]
    # The last session of those who finished is not followed by anything they could leave.
    at_risk = inside & (gone[:, None] | (column < lengths[:, None] - 1)) & (state.at_risk | state.unresolved)
    event = gone[:, None] & (column == lengths[:, None] - 1)
    mean = np.cumsum(np.where(inside, values, 0.0), axis=1) / (column + 1)
    person, session = np.nonzero(at_risk)
    y, open_ = event[person, session], state.unresolved[person, session]
    people = int(np.unique(person).size)
    if y.sum() < MIN_EVENTS:
        return absent(f"{int(y.sum())} people left after a session that could be judged, too few to relate", people)
    if min(open_.sum(), (~open_).sum()) < MIN_EVENTS:
        return absent(f"{int(open_.sum())} sessions with an unresolved rupture, too few to relate", people)
    present = np.unique(table.arm[person])
    arms = [(table.arm[person] == k).astype(float) for k in present[1:]]
    # Codes have no level of their own besides the ruptures asked about.
    level_so_far = [mean[person, session]] if found.criterion.name != CODED else []
    x = np.column_stack([open_.astype(float), np.log(session + 1.0), *level_so_far, *arms])
    try:
        ratio = discrete_hazard(y, x, [0], level=level).ratios[0]
    except ValueError as why:
        return absent(in_words(why), people)
    return Relation(
        LEAVING, what, Interval(finite(ratio.value), ratio.low, ratio.high), "odds ratio", 1.0, finite(ratio.p), people, says
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Marked:
    """What had happened by the mark. count : (n,) sessions up to it, 0 where no rupture could have been found in them

    open : (n,) a rupture was unresolved then; resolved : (n,) some were; failed : (n,) how many were not repaired by then
    """

    count: np.ndarray
    open: np.ndarray
    resolved: np.ndarray
    failed: np.ndarray


def _by_mark(table: SessionTable, found: Told, at: float) -> _Marked | None:
    """What ruptures had done by the mark; None without times of sessions.

    Ruptures are told anew from the sessions up to the mark, so that no later session has a say.
    """
    if not np.isfinite(table.time).any():
        return None
    kept = np.isfinite(table.time) & (table.time <= at)
    # Without a time a session cannot be placed: only an unbroken beginning is used.
    count = np.cumprod(kept, axis=1).sum(axis=1)
    if not count.any():
        return None
    width = int(count.max())
    cut = np.where(np.arange(width) < count[:, None], table.table[:, :width], np.nan)
    early = found.criterion.find(cut)
    last = np.maximum(count - 1, 0)
    open_ = early.unresolved[np.arange(count.size), last] & (count > 0)
    resolved = np.bincount(early.person[early.returned], minlength=count.size)
    count = np.where(early.at_risk.any(axis=1), count, 0)
    # Where nobody says what was repaired, every rupture counts.
    counted = early.person[~early.repaired] if found.criterion.repairs else early.person
    failed = np.bincount(counted, minlength=count.size)
    return _Marked(count, open_, resolved > 0, failed)


def _outcome(study: Study, table: SessionTable, found: Told, after: Later | str, level: float) -> list[Relation]:
    """Change after the mark of people whose last rupture was unresolved then, and of people with resolved ones only."""
    label = found.criterion.label
    if isinstance(after, str):
        return [Relation(OUTCOME, f"later change, {label}", Interval(None), "points", 0.0, None, 0, "", after)]
    scale = after.scale
    good = "above 0 is better" if scale.better == "higher" else "above 0 is worse"
    names = [
        f"{scale.label} {after.words}: {kind} against no rupture, {label}" for kind in ("unresolved rupture", "repaired ruptures only")
    ]  # fmt: skip

    def absent(why: str, n: int = 0) -> list[Relation]:
        return [Relation(OUTCOME, what, Interval(None), scale.unit, 0.0, None, n, good, why) for what in names]

    marked = _by_mark(table, found, after.at)
    if marked is None:
        return absent("sessions have no time by which they come before the outcome (time or date in [tables.sessions])")
    count, open_, resolved = marked.count, marked.open, marked.resolved
    n = len(after.here.ids)
    columns, use = np.zeros((n, 2)), np.zeros(n, dtype=bool)
    columns[table.people] = np.column_stack([open_, resolved & ~open_])
    use[table.people] = count > 0
    use &= after.known
    made = [_per_failed(study, table, found, after, marked, level)]
    sizes = [int(columns[use, j].sum()) for j in range(2)]
    none = int(use.sum()) - sum(sizes)
    kept = [j for j in range(2) if sizes[j] >= MIN_GROUP]
    fit = None
    if none >= MIN_GROUP and kept:
        inside = use & ~columns[:, [j for j in range(2) if j not in kept]].any(axis=1)
        try:
            fit, first = regressed(study, after, columns[:, kept], inside)
        except ValueError as why:
            return [*made, *absent(in_words(why), int(use.sum()))]
    for j, what in enumerate(names):
        if fit is None or j not in kept:
            few = f"{sizes[j]} people with {('an unresolved rupture', 'repaired ruptures only')[j]} and {none} without any"
            made.append(
                Relation(OUTCOME, what, Interval(None), scale.unit, 0.0, None, int(use.sum()), good, f"only {few}")
            )
            continue
        test = robust_t(fit, np.eye(fit.beta.size)[first + kept.index(j)], level=level)
        estimate, p, why_not = told(test)
        made.append(Relation(OUTCOME, what, estimate, scale.unit, 0.0, p, fit.n, good, why_not))
    return made


def _per(found: Told) -> str:
    return PER_FAILED if found.criterion.repairs else PER_ANY


def _failed(table: SessionTable, marked: _Marked, after: Later) -> tuple[np.ndarray, np.ndarray]:
    """(persons,) ruptures not repaired by the mark, and who can be used."""
    n = len(after.here.ids)
    number, use = np.zeros(n), np.zeros(n, dtype=bool)
    number[table.people], use[table.people] = marked.failed, marked.count > 0
    return number, use & after.known


def _per_failed(
    study: Study, table: SessionTable, found: Told, after: Later, marked: _Marked, level: float
) -> Relation:
    """Change after the mark per rupture not repaired by then: few people have one open, more have had one."""
    scale = after.scale
    good = "above 0 is better" if scale.better == "higher" else "above 0 is worse"
    what = f"{scale.label} {after.words}: {_per(found)}, {found.criterion.label}"
    number, use = _failed(table, marked, after)
    kind = _per(found).removeprefix("per ").replace("rupture", "a rupture", 1)
    n, some = int(use.sum()), int((number[use] > 0).sum())
    if min(some, n - some) < MIN_GROUP:
        why = f"only {some} people with {kind} and {n - some} without any"
        return Relation(OUTCOME, what, Interval(None), scale.unit, 0.0, None, n, good, why)
    try:
        fit, first = regressed(study, after, number[:, None], use)
        test = robust_t(fit, np.eye(fit.beta.size)[first], level=level)
    except ValueError as error:
        return Relation(OUTCOME, what, Interval(None), scale.unit, 0.0, None, n, good, in_words(error))
    estimate, p, why_not = told(test)
    return Relation(OUTCOME, what, estimate, scale.unit, 0.0, p, fit.n, good, why_not)


def _moderation(study: Study, table: SessionTable, found: Told, after: Later | str, level: float) -> list[Relation]:
    """Whether ruptures are more frequent, or their relation to the outcome another, with a diagnosis or more severity."""
    scale = main_scale(study) if isinstance(after, str) else after.scale
    family = moderators_of(study, scale)
    chosen = [each for each in family if each.planned] or [each for each in family if each.of_scale][:1]
    made: list[Relation] = []
    for each in chosen:
        for words, numbers in _numbers(values_of(study, each), each.label):
            made.append(_rate_by(table, found, words, numbers[table.people], level))
            if not isinstance(after, str):
                made.append(_outcome_by(study, table, found, after, words, numbers, level))
    return made


def _numbers(values: Values, label: str) -> list[tuple[str, np.ndarray]]:
    """A moderator as columns: a number per standard deviation, each level of a category against the commonest."""
    if values.numbers is not None:
        known = values.numbers[np.isfinite(values.numbers)]
        two = np.unique(known).size == 2
        scale = float(known.std()) if known.size > 1 else 0.0
        if not scale > 0:
            return []
        if two:
            return [
                (f"{label} {known.max():g} against {known.min():g}", (values.numbers - known.min()) / np.ptp(known))
            ]
        return [(f"{label}, per standard deviation", (values.numbers - known.mean()) / scale)]
    assert values.codes is not None
    absent = values.codes < 0
    return [
        (f"{label}: {level} against {values.levels[0]}", np.where(absent, np.nan, (values.codes == k).astype(float)))
        for k, level in enumerate(values.levels[1:4], start=1)
    ]


def _rate_by(table: SessionTable, found: Told, words: str, value: np.ndarray, level: float) -> Relation:
    use = (found.sessions > 0) & np.isfinite(value)
    what = f"rate of ruptures by {words}, {found.criterion.label}"
    says = "above 1: more ruptures with it"
    present = np.unique(table.arm[use]) if use.any() else np.zeros(0)
    x = np.column_stack([value[use], *[(table.arm[use] == k).astype(float) for k in present[1:]]])
    try:
        ratio = rate_regression(found.events[use], found.sessions[use], x, level=level).ratios[0]
    except ValueError as why:
        return ratio_row(MODERATION, what, None, int(use.sum()), in_words(why), says)
    return ratio_row(MODERATION, what, ratio, int(use.sum()), ratio.words, says)


def _outcome_by(
    study: Study, table: SessionTable, found: Told, after: Later, words: str, value: np.ndarray, level: float
) -> Relation:
    """Interaction: how much a rupture that was not repaired means more, or less, with the moderator."""
    what = f"{after.scale.label} {after.words}, {_per(found)} by {words}, {found.criterion.label}"
    says = "0: it means the same whatever the moderator"

    def absent(why: str, n: int = 0) -> Relation:
        return Relation(MODERATION, what, Interval(None), after.scale.unit, 0.0, None, n, says, why)

    marked = _by_mark(table, found, after.at)
    if marked is None:
        return absent("sessions have no time by which they come before the outcome")
    kind = _per(found).removeprefix("per ").replace("rupture", "a rupture", 1)
    state, use = _failed(table, marked, after)
    use &= np.isfinite(value)
    groups = [int((state[use] == 0).sum()), int((state[use] > 0).sum())]
    if min(groups) < 2 * MIN_GROUP:
        return absent(f"only {groups[1]} people with {kind} and {groups[0]} without", int(use.sum()))
    columns = np.column_stack([state * value, state, value])
    same = bool(np.ptp(np.where(np.isfinite(after.before[use]), after.before[use], 0.0)) > 0) and _same(
        value, after, use
    )
    try:
        fit, first = regressed(study, after, np.nan_to_num(columns[:, : 2 if same else 3]), use)
    except ValueError as why:
        return absent(in_words(why), int(use.sum()))
    test = robust_t(fit, np.eye(fit.beta.size)[first], level=level)
    estimate, p, why_not = told(test)
    return Relation(MODERATION, what, estimate, after.scale.unit, 0.0, p, fit.n, says, why_not)


def _same(value: np.ndarray, after: Later, use: np.ndarray) -> bool:
    """True when the moderator is the baseline score, which is in the model already."""
    both = use & np.isfinite(after.before)
    if both.sum() < 3 or not (np.ptp(value[both]) > 0 and np.ptp(after.before[both]) > 0):
        return False
    return bool(abs(np.corrcoef(value[both], after.before[both])[0, 1]) > 1 - 1e-9)
