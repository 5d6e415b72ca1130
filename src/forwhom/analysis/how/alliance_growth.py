"""Level and growth of the alliance per arm, and where its variance lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Draft, finite
from forwhom.analysis.how.refusals import in_words
from forwhom.analysis.how.session_table import SessionTable
from forwhom.findings import Estimate
from forwhom.findings.kinds import Band, Interval
from forwhom.kernels.mixed import Level, MixedFit, fit_mixed
from forwhom.kernels.mixed_df import satterthwaite
from forwhom.kernels.mixed_icc import intraclass_correlation

GRID = 21
PER = 10.0
MIN_THERAPISTS = 5


@dataclass(frozen=True, slots=True)
class Growth:
    """slopes : (arm's label, level at the first session, change per 10 sessions) per arm; random : in words."""

    curves: tuple[Band, ...]
    slopes: tuple[tuple[str, Interval, Interval], ...]
    estimates: tuple[Estimate, ...]
    random: str


def _rows(table: SessionTable) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) row of the table, session counted from 0, raw value of every rating."""
    person, column = np.nonzero(np.isfinite(table.table))
    number = table.number[person, column]
    session = number - 1.0 if np.isfinite(number).all() else column.astype(float)
    return person, session, table.process.sign * table.table[person, column]


def grow(draft: Draft, table: SessionTable, level: float) -> Growth | str:
    """Straight lines per arm with random intercepts and slopes of people (and slopes of therapists where there are enough)."""
    person, session, y = _rows(table)
    seen, unit = table.process, table.process.unit
    arm = table.arm[person]
    present = np.unique(arm)
    columns = [part for k in present for part in ((arm == k).astype(float), (arm == k) * session)]
    x = np.column_stack(columns)
    ones = np.ones(y.size)
    therapist = table.therapist[person]
    enough = np.unique(therapist[therapist >= 0]).size >= MIN_THERAPISTS
    outer = (
        [((Level(np.column_stack([ones, session]), therapist, label="therapist"),), "; the same per therapist")]
        if enough
        else []
    )
    tries = [
        (
            (Level(np.column_stack([ones, session]), person, label="person"), *more),
            f"intercept and slope per person{words}",
        )
        for more, words in [*outer, ((), "")]
    ]
    tries.append(((Level(ones[:, None], person, label="person"),), "intercept per person"))
    fit, random, why = _first_fit(y, x, tries)
    if fit is None:
        return why
    if fit.singular:
        draft.caution(
            "singular",
            f"In the fitted growth model of the alliance an estimate lies at the edge of what is possible: {fit.message}.",
        )
    p = x.shape[1]
    eye = np.eye(p)
    rows = [eye[2 * i] for i in range(present.size)] + [PER * eye[2 * i + 1] for i in range(present.size)]
    rows += [PER * (eye[2 * i + 1] - eye[1]) for i in range(1, present.size)]
    grid = np.linspace(0.0, float(session.max()), GRID)
    rows += [eye[2 * i] + t * eye[2 * i + 1] for i in range(present.size) for t in grid]
    result = satterthwaite(fit, np.array(rows), level=level)

    def interval(i: int) -> Interval:
        return Interval(finite(result.estimate[i]), finite(result.low[i]), finite(result.high[i]))

    arms = [seen.arms[k] for k in present]
    q = present.size
    good = f"above 0: {'better' if seen.better == 'higher' else 'worse'} with time"
    estimates = []
    names = [(f"alliance at the first session, {label}", code, None, unit, "") for code, label in arms]
    names += [(f"change per 10 sessions, {label}", code, None, f"{unit} per 10 sessions", good) for code, label in arms]
    names += [
        (
            f"difference in change per 10 sessions, {label} − {arms[0][1]}",
            code,
            arms[0][0],
            f"{unit} per 10 sessions",
            f"above 0: steeper in {label}",
        )
        for code, label in arms[1:]
    ]
    for i, (name, code, reference, of, says) in enumerate(names):
        value = interval(i)
        estimates.append(
            Estimate(
                name, value.value, value.low, value.high, level, "t, Satterthwaite", of, says, int(np.unique(person).size),
                se=finite(result.se[i]), df=finite(result.df[i]), p=None if i < q else finite(result.p[i]), arm=code or None,
                reference=reference, why_absent=None if value.value is not None else "could not be computed",
            )
        )  # fmt: skip
    first = len(names)
    curves = []
    for i, (code, label) in enumerate(arms):
        at = slice(first + i * GRID, first + (i + 1) * GRID)
        part = [tuple(float(v) for v in each[at]) for each in (result.estimate, result.low, result.high)]
        curves.append(Band(code, label, tuple(float(t) + 1 for t in grid), *part))
    slopes = tuple((label, interval(i), interval(q + i)) for i, (_, label) in enumerate(arms))
    return Growth(tuple(curves), slopes, tuple(estimates), random)


def _first_fit(
    y: np.ndarray, x: np.ndarray, tries: list[tuple[tuple[Level, ...], str]]
) -> tuple[MixedFit | None, str, str]:
    """The first model that can be fitted, what it is, and why an earlier one could not."""
    why = ""
    for levels, words in tries:
        try:
            return fit_mixed(y, x, levels), words, why
        except ValueError as refused:
            why = in_words(refused)
    return None, "", why


def shares(draft: Draft, table: SessionTable, level: float) -> tuple[tuple[str, Interval], ...]:
    """Share of the variance between people, and between therapists where there are enough, given arm and session."""
    person, session, y = _rows(table)
    arm = table.arm[person]
    x = np.column_stack([*[(arm == k).astype(float) for k in np.unique(arm)], session - session.mean()])
    ones = np.ones((y.size, 1))
    therapist = table.therapist[person]
    groups = np.unique(therapist[therapist >= 0]).size
    levels = [Level(ones, person, label="person")]
    names = ["people"]
    if groups >= 3:
        levels.append(Level(ones, therapist, label="therapist"))
        names.append("therapists")
        if groups < MIN_THERAPISTS:
            draft.caution("few-clusters", f"{groups} therapists say little about therapists in general.")
    try:
        fit = fit_mixed(y, x, levels)
        made = []
        for i, name in enumerate(names):
            share = intraclass_correlation(fit, i, level=level)
            empty = share.high <= 1e-9
            made.append(
                (
                    name,
                    Interval(
                        finite(share.estimate),
                        None if empty else finite(share.low),
                        None if empty else finite(share.high),
                    ),
                )
            )
    except ValueError as why:
        draft.caution("grouping-not-estimable", f"Where the alliance varies could not be told: {in_words(why)}.")
        return ()
    return tuple(made)
