"""Many weak moderators as one: Kraemer's optimal composite moderator, learned and judged on different people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.for_whom.trial import Target, Trial, trial
from forwhom.analysis.words import level_words, listed, number, people, percent
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import ArmLine, CompositeModeratorDetail, CompositeWeight, EffectAt, Interval
from forwhom.kernels.composite_moderator import CompositeModerator
from forwhom.kernels.composite_moderator import composite_moderator as composite_of
from forwhom.kernels.crossfit import Features
from forwhom.study import Study

FOLDS, REPEATS = 5, 20
MIN_ARM, PER_MODERATOR = 20, 5
"""People with an outcome per arm, and per arm and moderator, below which weights are noise."""
RARE = 10
"""People a level must have for a column of its own."""
SHOWN = 0.05
POINTS = 21
CITATIONS = (
    "Kraemer HC. Discovering, comparing, and combining moderators of treatment on outcome after randomized clinical trials: a "
    "parametric approach. Stat Med 2013;32:1964-1973.",
    "Wallace ML, Frank E, Kraemer HC. A novel approach for developing and interpreting treatment moderator profiles in randomized "
    "clinical trials. JAMA Psychiatry 2013;70:1241-1247.",
)


@dataclass(frozen=True, slots=True)
class _Line:
    """Outcome of one arm along the composite: intercept and slope, and its expected values with limits."""

    intercept: float
    slope: float
    points: tuple[EffectAt, ...]


def composite_moderator(study: Study, asking: Asking, target: Target, arm: int = 1, name: str = "") -> Finding:
    """`for_whom.composite_moderator.<target>`: do all moderators together tell for whom an arm is better?

    arm : index of the arm compared with the first; name : what the id ends in, where there are several
    """
    draft = Draft(
        study,
        asking,
        f"for_whom.composite_moderator.{name or target.name}",
        f"Do the moderators together tell for whom the effect on {target.label} differs?",
    )
    made = trial(study, target)
    if isinstance(made, tuple):
        return draft.not_applicable(*made)
    here = made.observed & ((made.arm == 0) | (made.arm == arm))
    treated = (made.arm[here] == arm).astype(np.intp)
    _population(draft, made, arm, here)
    columns, names, variables = moderator_columns(made.features, here)
    if variables < 2:
        return draft.not_applicable(
            f"there {'is' if variables == 1 else 'are'} {variables or 'no'} baseline variable{'' if variables == 1 else 's'} to "
            "combine.",
            "Two or more moderators in the plan.",
        )
    smallest = int(np.bincount(treated, minlength=2).min())
    needed = max(MIN_ARM, PER_MODERATOR * len(names))
    if smallest < needed:
        return draft.decline(
            f"{people(smallest)} with an outcome stand in the smaller arm, and {len(names)} weights have to be learned in each",
            f"At least {needed} people per arm with {target.label} {made.time_words}, or fewer moderators in the plan.",
        )
    y = made.outcome[here]
    if any(np.ptp(y[treated == k]) == 0 for k in (0, 1)):
        return draft.decline("the outcome is the same for everybody in one arm", "An outcome that varies in both arms.")
    found = composite_of(
        y,
        treated,
        columns,
        folds=FOLDS,
        repeats=REPEATS,
        cluster=None if made.cluster is None else made.cluster[here],
        level=asking.level,
        rng=asking.rng(draft.id),
    )
    lines = tuple(_line(y[treated == k], found.score[treated == k], found.score, asking.level) for k in (0, 1))
    draft.method = Method(
        "Optimal composite moderator, cross-validated",
        {
            "moderators": f"{listed(names)} ({made.features_words})",
            "weights": "regression of the pair's difference in outcome on the average and the difference of its moderators, over "
            "all pairs of one person from each arm; no selection, no shrinkage",
            "cross-validation": f"{FOLDS} folds, {REPEATS} repeats; weights and absent values from the training folds, effect "
            "size in the others",
            "interval": "influence function of one repeat plus variance between repeats, Fisher's transformation",
            "clustering": made.cluster_words,
            "people": f"those with an outcome {made.time_words}",
        },
        CITATIONS,
    )
    return draft.answer(
        _statement(made, found, lines, arm, names, asking.level),
        _estimates(made, found, lines, arm, names, asking.level, y.size),
        _detail(made, found, lines, arm, names),
    )


def moderator_columns(features: Features, here: np.ndarray) -> tuple[np.ndarray, tuple[str, ...], int]:
    """Numbers and indicators of levels as columns (NaN where absent), their names, and how many variables they are.

    A level's column is against the commonest level; levels of fewer than ten people share one.
    """
    columns: list[np.ndarray] = []
    names: list[str] = []
    variables = 0
    for j, name in enumerate(features.numeric_names):
        values = features.numeric[here, j]
        known = values[np.isfinite(values)]
        if known.size > 1 and np.ptp(known) > 0:
            columns.append(values)
            names.append(name)
            variables += 1
    for j, name in enumerate(features.category_names):
        codes = features.categories[here, j]
        counts = np.bincount(codes[codes >= 0], minlength=len(features.levels[j]))
        order = sorted(range(counts.size), key=lambda c: -int(counts[c]))
        own = [c for c in order[1:] if counts[c] >= RARE]
        rare = [c for c in order[1:] if 0 < counts[c] < RARE]
        sets = [([c], features.levels[j][c]) for c in own]
        if counts[rare].sum() >= RARE:
            sets.append((rare, "other (pooled)"))
        for levels, label in sets:
            columns.append(np.where(codes < 0, np.nan, np.isin(codes, levels).astype(float)))
            names.append(f"{name}: {label}")
        variables += bool(sets)
    matrix = np.column_stack(columns) if columns else np.empty((int(here.sum()), 0))
    return matrix, tuple(names), variables


def _population(draft: Draft, made: Trial, arm: int, here: np.ndarray) -> None:
    inside = (made.arm == 0) | (made.arm == arm)
    draft.analysed = int(here.sum())
    draft.leave_out(draft.entered - made.arm.size, "not allocated to an arm")
    draft.leave_out(int((~inside).sum()), "in an arm that is not compared here")
    lost = int((inside & ~made.observed).sum())
    draft.leave_out(lost, f"no outcome {made.time_words}")
    if lost:
        draft.caution(
            "outcome-absent",
            f"{people(lost)} without an outcome are not in this answer, which is right only if, given the moderators and arm, leaving does "
            "not depend on the outcome.",
        )
    gaps = (~np.isfinite(made.features.numeric[here])).any(axis=1) | (made.features.categories[here] < 0).any(axis=1)
    if gaps.any():
        draft.caution(
            "covariate-imputed",
            f"{people(int(gaps.sum()))} lacked a baseline value; the mean of the training folds was used.",
        )
    if made.cluster is None and made.groupings:
        draft.caution(
            "clustering-ignored",
            f"People are taken as independent here ({made.cluster_words}); intervals may be too narrow.",
        )


def _line(y: np.ndarray, score: np.ndarray, everybody: np.ndarray, level: float) -> _Line:
    """Least squares of the outcome on the composite in one arm, with limits of the expected outcome."""
    from scipy.special import stdtrit

    centre = float(score.mean())
    squares = float(((score - centre) ** 2).sum())
    slope = float(((score - centre) * y).sum() / squares) if squares > 0 else 0.0
    intercept = float(y.mean()) - slope * centre
    sigma = float(np.sqrt(((y - intercept - slope * score) ** 2).sum() / (y.size - 2)))
    low, high = np.quantile(everybody, [SHOWN, 1 - SHOWN])
    points = []
    for m in np.linspace(low, high, POINTS).tolist():
        value = intercept + slope * m
        spread = 1 / y.size + ((m - centre) ** 2 / squares if squares > 0 else 0.0)
        half = float(stdtrit(y.size - 2, 0.5 + level / 2)) * sigma * float(np.sqrt(spread))
        points.append(EffectAt(m, Interval(finite(value), finite(value - half), finite(value + half))))
    return _Line(intercept, slope, tuple(points))


def _crossing(lines: tuple[_Line, ...]) -> float | None:
    """Where the arms' lines cross, inside the range shown."""
    apart = lines[1].slope - lines[0].slope
    if apart == 0:
        return None
    m = (lines[0].intercept - lines[1].intercept) / apart
    return m if lines[0].points[0].value < m < lines[0].points[-1].value else None


def _statement(
    made: Trial, found: CompositeModerator, lines: tuple[_Line, ...], arm: int, names: tuple[str, ...], level: float
) -> str:
    e, label, reference = found.effect_size, made.arms[arm][1], made.arms[0][1]
    text = (
        f"{len(names)} moderators combined have a moderator effect size of {number(e.value, 2)} ({level_words(level)} "
        f"{number(e.low, 2)} to {number(e.high, 2)}; 0 none, 1 complete) for {label} − {reference} in {made.target.label} "
        f"{made.time_words}, in people the weights were not learned from; in those they were learned from it looks like "
        f"{number(found.in_sample, 2)}."
    )
    if e.low <= 0:
        return f"Exploratory: {text} This does not show that the composite tells for whom the effect differs."
    crossing = _crossing(lines)
    if crossing is None:
        return f"Exploratory: {text} Along the composite the same arm stays ahead; how far changes."
    high_good = made.sign * (lines[1].slope - lines[0].slope) > 0
    share = float((found.score > crossing).mean())
    first = label if high_good else reference
    return (
        f"Exploratory: {text} The arms' lines cross at {number(crossing, 2)}: above it, where {percent(share)} of the people are, "
        f"{first} is ahead, below it {reference if high_good else label}."
    )


def _estimates(
    made: Trial,
    found: CompositeModerator,
    lines: tuple[_Line, ...],
    arm: int,
    names: tuple[str, ...],
    level: float,
    n: int,
) -> list[Estimate]:
    (code, label), (reference, reference_label) = made.arms[arm], made.arms[0]
    scale = made.target.scale.name if made.target.scale else None
    pair = f"{label} − {reference_label}"
    size = "moderator effect size (a correlation)"
    direction = f"above 0: {pair} rises with the moderator"

    def row(
        name: str, value: float, low: float | None, high: float | None, kind: str, unit: str, **more: float
    ) -> Estimate:
        return Estimate(
            name, finite(value), finite(low), finite(high), level if low is not None else None, kind, unit, direction, n=n, arm=code,
            reference=reference, scale=scale, **more,  # type: ignore[arg-type]  # keywords of several types
        )  # fmt: skip

    e = found.effect_size
    made_rows = [
        row(
            f"composite, cross-validated, {pair}",
            e.value,
            e.low,
            e.high,
            "influence function and repeats, Fisher's transformation",
            size,
            se=e.se,
        ),
        row(
            f"composite in the people it was learned from, {pair}",
            found.in_sample,
            None,
            None,
            "none: it flatters",
            size,
        ),
        row(
            f"optimism of the composite, {pair}",
            found.optimism,
            None,
            None,
            "none: a difference of two estimates",
            size,
        ),
    ]
    for j, name in enumerate(names):
        alone = found.alone[j]
        made_rows.append(
            row(
                f"{name} alone, {pair}",
                alone.value,
                alone.low,
                alone.high,
                "influence function, Fisher's transformation",
                size,
            )
        )
        made_rows.append(
            row(
                f"weight of {name} in the composite, {pair}",
                float(found.weights[j]),
                float(found.weights_low[j]),
                float(found.weights_high[j]),
                "t, robust standard error (HC3)",
                f"{made.unit} per standard deviation",
            )
        )
    crossing = _crossing(lines)
    if crossing is not None:
        made_rows.append(
            row(
                f"composite at which the lines cross, {pair}",
                crossing,
                None,
                None,
                "none: a crossing point",
                "SD of the composite",
            )
        )
    return made_rows


def _detail(
    made: Trial, found: CompositeModerator, lines: tuple[_Line, ...], arm: int, names: tuple[str, ...]
) -> CompositeModeratorDetail:
    weights = tuple(
        CompositeWeight(
            name,
            Interval(finite(found.weights[j]), finite(found.weights_low[j]), finite(found.weights_high[j])),
            Interval(finite(found.alone[j].value), finite(found.alone[j].low), finite(found.alone[j].high)),
        )
        for j, name in enumerate(names)
    )
    e = found.effect_size
    return CompositeModeratorDetail(
        outcome=made.target.label,
        better=made.better,
        unit=made.unit,
        arm=made.arms[arm][0],
        reference=made.arms[0][0],
        weights=weights,
        effect_size=Interval(finite(e.value), finite(e.low), finite(e.high)),
        lines=tuple(ArmLine(made.arms[k][0], line.points) for k, line in zip((0, arm), lines, strict=True)),
    )
