"""One mechanism, one outcome, in order: who is used, what is adjusted for, and the fitted paths."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forwhom.analysis.asking import Asking
from forwhom.analysis.courses import arm_codes, covariates
from forwhom.analysis.for_whom.trial import clusters_by
from forwhom.analysis.how.order import Ordered, Refused
from forwhom.analysis.how.process import Process
from forwhom.analysis.words import listed, people
from forwhom.findings import Caution
from forwhom.kernels.carried_change import Carried, carried_change, people_for_power
from forwhom.study import Study

DRAWS = 1000
FEWEST, FEWEST_IN_ARM, SPARE = 20, 8, 10
"""People with mechanism and outcome: altogether, per arm, and beyond the coefficients of the outcome's equation."""
SEEN = 0.5
"""Share of people who must have a score before the start for it to be adjusted for."""
PER_EXTRA, MOST_EXTRA = 10, 2
"""People for each further score that is used to tell what absent ones would have been, and the most of these."""
MORE = "More people, and scores that differ between them."
UNSOLVED = "the scores hold too little that is their own, so the equations have no solution"
BACKWARDS = "the dates of their sessions run against the numbers, so what came first is not known"
SAME = 1 - 1e-9
"""Correlation from which two scores are one."""
KEPT = 16
"""Fits kept in memory: the comparison of mechanisms shares those of each."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The people of an answer.

    rows : (n,) places in the study; arm : (n,) index into `arms` of (name, label)
    before : (n, c), named; beside : (n, s); cluster : (n,) codes or None
    left_out : (how many, why)
    """

    here: Ordered
    rows: np.ndarray
    arm: np.ndarray
    arms: tuple[tuple[str, str], ...]
    before: np.ndarray
    names: tuple[str, ...]
    beside: np.ndarray
    cluster: np.ndarray | None
    cluster_words: str
    left_out: tuple[tuple[int, str], ...]
    cautions: tuple[Caution, ...]

    @property
    def core(self) -> np.ndarray:
        """(n, 3) mechanism at the end of its window, outcome at the border, outcome at the end."""
        every: np.ndarray = np.column_stack([self.here.m.last, self.here.y.first, self.here.y.last])
        made: np.ndarray = every[self.rows]
        return made

    @property
    def complete(self) -> int:
        """People with all three."""
        return int(np.isfinite(self.core).all(axis=1).sum())


def rows_of(study: Study, here: Ordered) -> Rows | Refused:
    """Who can be used, or why too few can."""
    code, arms = arm_codes(study)
    core = np.column_stack([here.m.last, here.y.first, here.y.last])
    both = np.isfinite(here.m.last) & np.isfinite(here.y.last) & here.usable
    m, y = here.mechanism.label, here.outcome.label
    cautions: list[Caution] = []
    counts = np.array([int((both & (code == k)).sum()) for k in range(len(arms))])
    kept = [k for k in range(len(arms)) if counts[k] >= FEWEST_IN_ARM] or list(range(len(arms)))
    without = [k for k in range(len(arms)) if k not in kept]
    cautions += [
        Caution("arm-without-mechanism", _lost_arm(here, code == k, arms[k][1], comparison=len(kept) > 1))
        for k in without
    ]
    new = np.full(len(arms), -1)
    new[kept] = np.arange(len(kept))
    arm = np.where(code >= 0, new[np.maximum(code, 0)], -1)
    some = np.isfinite(core).any(axis=1)
    used = (arm >= 0) & some & here.usable
    left_out = (
        (int((code < 0).sum()), "not allocated to an arm"),
        (int(((code >= 0) & here.backwards).sum()), BACKWARDS),
        (int(((code >= 0) & here.out_of_order & ~here.backwards).sum()), f"{m} was measured after {y}"),
        (
            int(((code >= 0) & here.unchecked & ~here.out_of_order).sum()),
            "no time of the session, so the order is not known",
        ),
        (int(((code >= 0) & (arm < 0) & here.usable).sum()), f"in an arm with hardly any {m}"),
        (int(((arm >= 0) & here.usable & ~some).sum()), f"neither {m} nor {y} in the windows"),
    )
    before, names, thin = _before(study, here, used)
    cautions += thin
    rows = np.flatnonzero(used)
    same = _same(here, rows, before, names)
    if same is not None:
        return same
    made_arms = tuple(arms[k] for k in kept)
    q = len(made_arms) + len(names) + 2
    complete = int(np.isfinite(core[rows]).all(axis=1).sum())
    need = max(FEWEST, q + SPARE)
    short = [label for k, (_, label) in enumerate(made_arms) if (both & (arm == k)).sum() < FEWEST_IN_ARM]
    if complete < need or short:
        power = people_for_power(q - 1)
        return Refused(
            f"{people(complete)} have {m} and {y} in both windows"
            + (f", fewer than {FEWEST_IN_ARM} of them in {listed(short)}" if short else "")
            + f"; {need} are the least for {q} coefficients",
            f"Some {power} people: with that many, both paths are shown together in 80 % of studies if each is of medium size (partial "
            "correlation 0.30; two tests at 5 %, each with the square root of 80 % power, Fisher's z).",
        )
    cluster, words, _ = clusters_by(study, arm, rows)
    if cluster is None and words != "none recorded":
        cautions.append(
            Caution(
                "clustering-ignored",
                f"People are taken as independent here: {words.removeprefix('none: ')}; intervals may be too narrow.",
            )
        )
    absent = int((~np.isfinite(core[rows])).any(axis=1).sum())
    if absent:
        cautions.append(
            Caution(
                "mechanism-absent",
                f"{people(absent)} of {rows.size} lack {m} or {y} at an end of a window. They count with what was seen of them (full "
                "information maximum likelihood), which is right only if, given that and the arm, absence does not depend on the "
                "absent score.",
            )
        )
    return Rows(
        here, rows, arm[rows], made_arms, before[rows], names, _beside(here, rows, complete - q), cluster, words, left_out,
        tuple(cautions),
    )  # fmt: skip


def _lost_arm(here: Ordered, of: np.ndarray, label: str, *, comparison: bool) -> str:
    """Why an arm is not in the answer."""
    m, y = here.mechanism.label, here.outcome.label
    both = of & np.isfinite(here.m.last) & np.isfinite(here.y.last)
    wrong = int((both & ~here.usable).sum())
    why = (
        f"Of {label}, {people(int(both.sum()))} have both {m} and {y} in their windows, and for {wrong} of them the order of the times "
        "is wrong or not known"
        if wrong
        else f"Fewer than {FEWEST_IN_ARM} people of {label} have both {m} and {y} in their windows"
    )
    return f"{why}, so that arm is not in this answer" + (
        "." if comparison else ", and nothing is said of what treatment does to the mechanism."
    )


def _same(here: Ordered, rows: np.ndarray, before: np.ndarray, names: tuple[str, ...]) -> Refused | None:
    """What no model is needed to see: a score that never varies, or two that are the same but for their units."""
    m, y = here.mechanism, here.outcome
    columns = [*before[rows].T, here.m.last[rows], here.y.first[rows], here.y.last[rows]]
    of: list[Process | None] = [m if name == at_start(m) else y if name == at_start(y) else None for name in names]
    of += [m, y, y]
    when = [*names, f"{m.label} at the end of its window", f"{y.label} where the windows meet", f"{y.label} at the end"]
    for values, process, name in zip(columns, of, when, strict=True):
        seen = values[np.isfinite(values)]
        if seen.size and not np.ptp(seen) > 0:
            never = process is not None and not np.ptp(process.value) > 0
            label = process.label if process is not None and never else name
            return Refused(
                f"{label} never varies: it is {seen[0]:g} for everybody", "Scores that differ between people."
            )
    for i, j in combinations(range(len(columns)), 2):
        both = np.isfinite(columns[i]) & np.isfinite(columns[j])
        if both.sum() < FEWEST_IN_ARM or abs(_correlation(columns[i][both], columns[j][both])) < SAME:
            continue
        return Refused(_same_words(of[i], of[j], when[i], when[j]), "Scores that are each measured by themselves.")
    return None


def _same_words(one: Process | None, other: Process | None, first: str, second: str) -> str:
    if one is None or other is None:
        return (
            f"{first} and {second} are the same scores (one is the other in other units), so the model cannot hold both"
        )
    if one is other:
        return f"{one.label} did not change: {first} and {second} are the same scores"
    return f"{one.label} and {other.label} are the same scores (one is the other in other units), so neither can carry the other"


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if not np.ptp(a) > 0 or not np.ptp(b) > 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def at_start(of: Process) -> str:
    """The name of a score before."""
    return f"{of.label} at the start"


def _before(study: Study, here: Ordered, used: np.ndarray) -> tuple[np.ndarray, tuple[str, ...], list[Caution]]:
    """Mechanism and outcome before, and the planned covariates."""
    columns: list[np.ndarray] = []
    names: list[str] = []
    cautions: list[Caution] = []
    candidates = ((here.m.first if here.m_before else None, here.mechanism), (here.y_before, here.outcome))
    for values, of in candidates:
        if values is None:
            continue
        share = float(np.isfinite(values[used]).mean()) if used.any() else 0.0
        if share < SEEN or not np.ptp(values[used & np.isfinite(values)]) > 0:
            cautions.append(
                Caution(
                    "start-absent",
                    f"{of.label} at the start is known of {share:.0%} of the people only and not adjusted for.",
                )
            )
            continue
        columns.append(values)
        names.append(at_start(of))
    extra = covariates(study, tuple(c for c in study.plan.covariates if c in study.persons.columns), used)
    if extra.absent[used].any():
        cautions.append(
            Caution(
                "covariate-absent",
                f"{people(int(extra.absent[used].sum()))} lacked a baseline covariate; its mean was used.",
            )
        )
    columns += list(extra.matrix.T)
    names += list(extra.names)
    made = np.column_stack(columns) if columns else np.empty((used.size, 0))
    return made, tuple(names), cautions


def _beside(here: Ordered, rows: np.ndarray, room: int) -> np.ndarray:
    """Scores between the ends, latest first, that tell of absent ones; none where nothing is absent or people are few."""
    core = np.column_stack([here.m.last, here.y.first, here.y.last])[rows]
    if np.isfinite(core).all():
        return np.empty((rows.size, 0))
    every = np.column_stack([here.y.between, here.m.between])[rows][:, ::-1]
    seen = np.isfinite(every)
    good = [k for k in range(every.shape[1]) if seen[:, k].mean() >= SEEN and np.ptp(every[seen[:, k], k]) > 0]
    made: np.ndarray = every[:, good[: min(max(room // PER_EXTRA, 0), MOST_EXTRA)]]
    return made


_fits: OrderedDict[str, Carried] = OrderedDict()


def fit_rows(asking: Asking, of: Rows, name: str) -> Carried | Refused:
    """The paths of one mechanism, made once per process; drawn from the generator of the finding called `name`."""
    key = _fingerprint(asking, of, name)
    if key not in _fits:
        core = of.core
        first = (at_start(of.here.mechanism),)
        try:
            _fits[key] = carried_change(
                core[:, 0],
                core[:, 1],
                core[:, 2],
                of.before,
                of.arm,
                arms=len(of.arms),
                mechanism_before=0 if of.here.m_before and of.names[:1] == first else None,
                beside=of.beside,
                unit=of.cluster,
                draws=DRAWS,
                level=asking.level,
                rng=asking.rng(name),
            )
        except np.linalg.LinAlgError:
            return Refused(f"the paths cannot be estimated: {UNSOLVED}", MORE)
        except ValueError as why:
            return Refused(f"the paths cannot be estimated: {why}".rstrip("."), MORE)
        while len(_fits) > KEPT:
            _fits.popitem(last=False)
    _fits.move_to_end(key)
    return _fits[key]


def _fingerprint(asking: Asking, of: Rows, name: str) -> str:
    """Of the numbers themselves: two studies may share a name."""
    digest = hashlib.blake2b(f"{asking.seed} {asking.level} {name} {of.names}".encode(), digest_size=16)
    for array in (of.core, of.before, of.beside, of.arm, of.cluster):
        digest.update(b"none" if array is None else f"{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
