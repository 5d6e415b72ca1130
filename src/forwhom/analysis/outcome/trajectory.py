"""How each person moved: a growth model with random intercept and slope, every line, and the arm means with bands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.courses import Courses, column_codes, courses
from forwhom.analysis.outcome.arm_difference import SATTERTHWAITE
from forwhom.analysis.outcome.repeated_model import MIN_CLUSTERS
from forwhom.analysis.words import at_time, decimals_for, favours, level_words, listed, number, p_value
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import Band, PersonLine, TrajectoryDetail
from forwhom.kernels.mixed import Level, MixedFit, fit_mixed
from forwhom.kernels.mixed_df import satterthwaite
from forwhom.kernels.mixed_effects import fitted_values
from forwhom.kernels.repeated_df import Contrasts
from forwhom.study import Scale, Study

LAIRD = "Laird NM, Ware JH. Random-effects models for longitudinal data. Biometrics 1982;38:963-974."
GRID = 25
CURVED = 0.05


@dataclass(frozen=True, slots=True)
class Growth:
    """The rows of the growth model and its fit.

    x : (N, 2 × arms) per arm an intercept at time 0 and a slope, arms in order
    """

    fit: MixedFit
    x: np.ndarray
    y: np.ndarray
    person: np.ndarray
    time: np.ndarray
    levels: tuple[Level, ...]
    random: str


def trajectory(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`outcome.trajectory.<scale>`: how fast scores change per arm, and how much people differ in it."""
    draft = Draft(
        study,
        asking,
        f"outcome.trajectory.{name or scale.name}",
        f"How does {scale.label} move over time, in each person?",
        registered="exploratory",
    )
    here = courses(study, scale, informant)
    rows = here.arm[here.long_person] >= 0
    people = np.unique(here.long_person[rows])
    draft.analysed = people.size
    draft.leave_out(int((~here.allocated).sum()), "not allocated to an arm")
    seen = np.zeros(len(here.ids), dtype=bool)
    seen[people] = True
    draft.leave_out(int((here.allocated & ~seen).sum()), f"no {scale.label} at any occasion")
    if np.unique(here.long_time[rows]).size < 2:
        return draft.not_applicable(f"{scale.label} was measured at one time only.", "A second occasion.")
    thin = [label for k, (_, label) in enumerate(here.arms) if (here.arm[people] == k).sum() < 3]
    if thin:
        return draft.decline(f"fewer than three people have scores in {listed(thin)}.", "More people per arm.")
    growth = _grow(study, draft, here, rows)
    if growth is None:
        return draft.decline(
            "people have too few scores each to tell their own course from chance.",
            "At least two scores per person for most people, three to estimate individual slopes.",
        )
    draft.method = Method(
        "Linear growth model (mixed model)",
        {
            "random effects": growth.random,
            "estimation": "restricted maximum likelihood",
            "degrees of freedom": "Satterthwaite",
            "time": f"in {study.time_unit}s, straight line",
            "covariates": "none: arms are compared as allocated",
            "missing scores": "taken as missing at random given the observed scores and arm",
        },
        (LAIRD, SATTERTHWAITE),
    )
    if "therapist" not in growth.random:
        draft.caution_clusters()
    return _trajectory_answer(draft, here, growth)


def _grow(study: Study, draft: Draft, here: Courses, rows: np.ndarray) -> Growth | None:
    """Random intercept and slope; the slope is left out, with a caution, where it cannot be estimated."""
    person, time, y = here.long_person[rows], here.long_time[rows], here.long_value[rows]
    arm = here.arm[person]
    columns = []
    for k in range(len(here.arms)):
        member = (arm == k).astype(float)
        columns += [member, member * time]
    x = np.column_stack(columns)
    ones = np.ones(y.size)
    outer, outer_words = _outer(study, person, time)
    tries = (
        (np.column_stack([ones, time]), "intercept and slope per person"),
        (ones[:, None], "intercept per person"),
    )
    why = ""
    for z, words in tries:
        try:
            levels = (Level(z, person, label="person"), *outer)
            fit = fit_mixed(y, x, levels)
        except ValueError as refused:
            why = str(refused)
            continue
        if why:
            draft.caution(
                "no-random-slope", f"Individual slopes could not be estimated, so none are shown ({why.rstrip('.')})."
            )
        if fit.singular:
            draft.caution("singular", _edge(fit))
        if not fit.converged:
            draft.caution("not-converged", f"The estimation stopped before its optimum: {fit.message}")
        return Growth(fit, x, y, person, time, levels, words + outer_words)
    return None


def _edge(fit: MixedFit) -> str:
    """Which part of how people differ was estimated at the edge of what is possible, in words."""
    tau = fit.tau[0]
    if tau.shape[0] > 1 and tau[1, 1] <= 0:
        what = "people's slopes do not differ beyond chance"
    elif tau[0, 0] <= 0:
        what = "people's starting points do not differ beyond chance"
    elif tau.shape[0] > 1 and abs(tau[0, 1]) >= 0.999 * float(np.sqrt(tau[0, 0] * tau[1, 1])):
        what = "starting points and slopes go together perfectly"
    else:
        what = "therapists do not differ beyond chance"
    return f"In the fitted model {what}, which no real sample does: there are too few scores to tell how people differ."


def _outer(study: Study, person: np.ndarray, time: np.ndarray) -> tuple[tuple[Level, ...], str]:
    """A random slope per therapist, where there are enough of them.

    Before treatment a therapist has had no effect: therapists differ in how fast their patients change.
    """
    codes, _ = column_codes(study, "therapist")
    groups = np.unique(codes[person][codes[person] >= 0])
    if groups.size < MIN_CLUSTERS:
        return (), ""
    return (Level(time[:, None], codes[person], label="therapist"),), f"; slope per therapist ({groups.size})"


def _trajectory_answer(draft: Draft, here: Courses, growth: Growth) -> Finding:
    asking, scale, fit = draft.asking, here.scale, growth.fit
    arms = here.arms
    p = growth.x.shape[1]
    rows = [np.eye(p)[i] for i in range(2 * len(arms))]
    rows += [np.eye(p)[2 * k + 1] - np.eye(p)[1] for k in range(1, len(arms))]
    grid = np.linspace(float(growth.time.min()), float(growth.time.max()), GRID)
    for k in range(len(arms)):
        for t in grid:
            row = np.zeros(p)
            row[2 * k], row[2 * k + 1] = 1.0, t
            rows.append(row)
    result = satterthwaite(fit, np.array(rows), level=asking.level)
    per = f"{scale.unit} per {here.time_unit}"
    estimates: list[Estimate] = []

    def add(index: int, name: str, unit: str, direction: str, arm: str | None, reference: str | None = None) -> None:
        estimates.append(
            Estimate(
                name,
                finite(result.estimate[index]),
                finite(result.low[index]),
                finite(result.high[index]),
                asking.level,
                "t, Satterthwaite",
                unit,
                direction,
                draft.analysed,
                se=finite(result.se[index]),
                df=finite(result.df[index]),
                p=finite(result.p[index]),
                arm=arm,
                reference=reference,
                scale=scale.name,
            )
        )

    for k in range(1, len(arms)):
        add(
            2 * len(arms) + k - 1,
            f"difference in slope, {arms[k][1]} − {arms[0][1]}",
            per,
            favours(scale, arms[k][1], arms[0][1]),
            arms[k][0],
            arms[0][0],
        )
    for k, (code, label) in enumerate(arms):
        add(2 * k + 1, f"slope, {label}", per, "below 0: the score fell", code)
        add(2 * k, f"mean at time 0, {label}", scale.unit, "", code)
    estimates += _spread_estimates(growth, scale, per)
    _check_line(draft, here, growth)
    start = 2 * len(arms) + len(arms) - 1
    bands = tuple(
        Band(
            code or None,
            label,
            tuple(float(t) for t in grid),
            *(
                tuple(float(v) for v in column[start + k * GRID : start + (k + 1) * GRID])
                for column in (result.estimate, result.low, result.high)
            ),
        )
        for k, (code, label) in enumerate(arms)
    )
    detail = TrajectoryDetail(
        scale.name, scale.better, here.time_unit, scale.low, scale.high, _lines(here, growth), bands
    )
    return draft.answer(
        _trajectory_words(here, growth, result, asking.level),
        estimates,
        detail,
    )


def _spread_estimates(growth: Growth, scale: Scale, per: str) -> list[Estimate]:
    """How much people differ: standard deviations of starting points and slopes, and of what the lines leave."""
    tau = growth.fit.tau[0]
    width = "none: profile intervals are not computed here"
    rows = [("standard deviation of people's starting points", float(np.sqrt(tau[0, 0])), scale.unit)]
    if tau.shape[0] > 1:
        rows.append(("standard deviation of people's slopes", float(np.sqrt(tau[1, 1])), per))
        if tau[0, 0] > 0 and tau[1, 1] > 0:
            rows.append(
                (
                    "correlation of starting point and slope",
                    float(tau[0, 1] / np.sqrt(tau[0, 0] * tau[1, 1])),
                    "correlation",
                )
            )
    if len(growth.fit.tau) > 1:
        rows.append(("standard deviation of slopes between therapists", float(np.sqrt(growth.fit.tau[1][0, 0])), per))
    rows.append(("standard deviation of scores around a person's line", float(np.sqrt(growth.fit.sigma2)), scale.unit))
    return [Estimate(name, finite(value), interval=width, unit=unit, scale=scale.name) for name, value, unit in rows]


def _check_line(draft: Draft, here: Courses, growth: Growth) -> None:
    """A caution when the mean course bends: the straight line then misplaces the change in time."""
    if np.unique(growth.time).size < 3:
        return
    bend = np.column_stack([growth.x, growth.time**2])
    try:
        curved = fit_mixed(growth.y, bend, growth.levels)
        test = satterthwaite(curved, np.eye(bend.shape[1])[-1:], level=draft.asking.level)
    except ValueError:
        return
    if np.isfinite(test.p[0]) and test.p[0] < CURVED:
        draft.caution(
            "course-bends",
            f"The mean course bends ({p_value(float(test.p[0]))} for a quadratic term), so the straight line shows the overall "
            "direction but not when change happened; the occasion means show that.",
        )


def _lines(here: Courses, growth: Growth) -> tuple[PersonLine, ...]:
    """Every person's scores and fitted line, in the order of the study."""
    fitted = fitted_values(growth.fit, growth.x, growth.levels)
    edges = np.flatnonzero(np.diff(growth.person)) + 1
    lines = []
    for part in np.split(np.arange(growth.y.size), edges):
        i = growth.person[part[0]]
        lines.append(
            PersonLine(
                here.ids[i],
                here.arms[here.arm[i]][0] or None,
                tuple(float(v) for v in growth.time[part]),
                tuple(float(v) for v in growth.y[part]),
                tuple(round(float(v), 3) for v in fitted[part]),
            )
        )
    return tuple(lines)


def _trajectory_words(here: Courses, growth: Growth, result: Contrasts, level: float) -> str:
    """The slopes, their difference, and how much people differ, in a sentence or two."""
    scale, arms = here.scale, here.arms
    value, low, high = result.estimate, result.low, result.high
    places = decimals_for(float(result.se[1]), here.places)
    per = f"{scale.unit} per {here.time_unit}"
    slopes = listed(
        [
            f"{number(abs(value[2 * k + 1]), places)} {per} {'down' if value[2 * k + 1] < 0 else 'up'}"
            + (
                f" in {label}"
                if len(arms) > 1
                else f" (slope {level_words(level)} {number(low[1], places)} to {number(high[1], places)})"
            )
            for k, (_, label) in enumerate(arms)
        ]
    )
    words = f"On a straight line to {at_time(float(growth.time.max()), here.time_unit)}, {scale.label} went {slopes}"
    for k in range(1, len(arms)):
        i = 2 * len(arms) + k - 1
        words += (
            f"; slope in {arms[k][1]} against {arms[0][1]} {number(value[i], places)} ({level_words(level)} "
            f"{number(low[i], places)} to {number(high[i], places)}; {p_value(float(result.p[i]))})"
        )
    tau = growth.fit.tau[0]
    if tau.shape[0] > 1:
        words += (
            f". The estimated standard deviation of individual slopes is {number(float(np.sqrt(tau[1, 1])), places)}"
        )
    return words + "."
