"""How much a trial's result leans on what is assumed about the missing scores.

Reference-based multiple imputation (Carpenter, Roger & Kenward, 2013) and delta adjustment with its tipping
point. Scores imputed after somebody left follow the assumption; gaps before that are always filled as missing at
random. Each completed data set gets an analysis of covariance at the primary occasion on baseline and
covariates, pooled by Rubin's rules. Under reference-based assumptions these give an information-anchored width
(Cro, Carpenter & Kenward, 2019), wider than the sampling variation of the estimate.

Means of reference-based assumptions are taken given a person's own baseline and covariates: randomisation makes
the arms alike there, so a chance difference at baseline is not carried into the imputed scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.imputation import MissingModel, Sequence, draw_missing_model
from forwhom.kernels.rubin import Pooled, pool

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

Assumption = Literal[
    "missing at random",
    "jump to reference",
    "copy increments in reference",
    "copy reference",
    "last mean carried forward",
]
Shifted = Literal["target", "both"]
ASSUMPTIONS: tuple[Assumption, ...] = get_args(Assumption)


@dataclass(frozen=True, slots=True)
class ArmComparison:
    """Target minus reference at the primary occasion, in raw scale points.

    imputed_target, imputed_reference : people whose score there was imputed after they left
    gaps : people whose score there was absent although they came back; always as missing at random
    imputed_mean_target, imputed_mean_reference : mean of the scores imputed after leaving; None without any
    n_target, n_reference : people analysed; never_observed : people without any score, left out
    monte_carlo_se : of `difference`; draw more imputations when it is not small against `se`. Imputations come in
        mirrored pairs, so it is smaller than the square root of `between` / `n_imputations`
    """

    assumption: str
    difference: float
    se: float
    df: float
    low: float
    high: float
    p: float
    level: float
    within: float
    between: float
    missing_information: float
    monte_carlo_se: float
    n_imputations: int
    n_target: int
    n_reference: int
    imputed_target: int
    imputed_reference: int
    gaps: int
    imputed_mean_target: float | None
    imputed_mean_reference: float | None
    never_observed: int


@dataclass(frozen=True, slots=True)
class DeltaCurve:
    """The comparison for each delta: arrays of one length, raw scale points."""

    deltas: Floats
    difference: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    p: Floats
    shifted: str
    assumption: str
    level: float


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """Where the conclusion changes, closest to zero in each direction.

    significant : does the interval leave zero out at delta 0
    rising, falling : smallest delta above, and largest below zero, at which that changes; None when it does not
        within ± `largest`
    delta : the closer of the two, only when there is a conclusion to tip; None otherwise
    """

    significant: bool
    delta: float | None
    rising: float | None
    falling: float | None
    largest: float
    shifted: str
    level: float
    words: str


@dataclass(frozen=True, slots=True)
class _Analyses:
    """Per-imputation estimate and squared standard error as polynomials in delta.

    estimate = e0 + e1 delta; variance = v0 + v1 delta + v2 delta²
    """

    e0: Floats
    e1: Floats
    v0: Floats
    v1: Floats
    v2: Floats
    df: int


def impute_and_compare(
    y: ArrayLike,
    arm: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    reference: Any,
    target: Any,
    rng: np.random.Generator,
    assumption: Assumption = "missing at random",
    n_imputations: int = 500,
    at: int = -1,
    pooled_covariance: bool = False,
    level: float = 0.95,
) -> ArmComparison:
    """Compare two arms under one assumption about the missing: `draw_missing_model`, then `compare_arms`.

    To compare several assumptions draw once and call `compare_arms` for each: they then share their noise, and
    differences between them are not Monte Carlo error.

    >>> rng = np.random.default_rng(7)
    >>> arm = np.repeat([0, 1], 40)
    >>> y = 20 + rng.normal(size=(80, 1)) + rng.normal(size=(80, 3)); y[arm == 1, 2] -= 3; y[60:, 2] = np.nan
    >>> fit = impute_and_compare(y, arm, reference=0, target=1, rng=rng, assumption="jump to reference")
    >>> fit.imputed_target, round(fit.difference)
    (20, -1)
    """
    model = draw_missing_model(
        y,
        arm,
        covariates,
        reference=reference,
        target=target,
        rng=rng,
        n_imputations=n_imputations,
        at=at,
        pooled_covariance=pooled_covariance,
    )
    return compare_arms(model, assumption, level=level)


def compare_arms(
    model: MissingModel, assumption: Assumption = "missing at random", *, level: float = 0.95
) -> ArmComparison:
    """Target against reference at the primary occasion under one assumption (Carpenter et al., 2013).

    "missing at random" : people who left go on like those of their own arm who stayed
    "jump to reference" : from leaving on, the mean of the reference arm
    "copy increments in reference" : from leaving on, the reference arm's change, starting from the own arm's mean
    "copy reference" : as if they had been in the reference arm throughout
    "last mean carried forward" : the own arm's mean stays where it was at the last visit, in both arms
    Under the three reference-based assumptions the reference arm is imputed as missing at random.
    """
    imputed = _impute(model, assumption)
    analyses = _analyse(model, imputed, np.zeros(model.left.size, dtype=bool))
    pooled = _pool(analyses, np.zeros(1), level)
    in_target = model.in_target[model.left]
    came_back = np.isnan(model.y[:, model.primary]) & (model.last > model.primary)
    return ArmComparison(
        assumption, float(pooled.value[0]), float(pooled.se[0]), float(pooled.df[0]), float(pooled.low[0]),
        float(pooled.high[0]), float(pooled.p[0]), level, float(pooled.within[0]), float(pooled.between[0]),
        float(pooled.missing_information[0]), _monte_carlo_se(analyses.e0) if pooled.between[0] > 0 else 0.0, model.n_imputations,
        int(model.in_target.sum()), int((~model.in_target).sum()), int(in_target.sum()), int((~in_target).sum()),
        int(came_back.sum()), _mean(imputed[:, in_target]), _mean(imputed[:, ~in_target]), model.never_observed,
    )  # fmt: skip


def delta_curve(
    model: MissingModel,
    deltas: ArrayLike,
    *,
    shifted: Shifted = "target",
    assumption: Assumption = "missing at random",
    level: float = 0.95,
) -> DeltaCurve:
    """The comparison when every score imputed after leaving is moved by delta.

    deltas : (k,) raw scale points; positive raises the imputed raw scores
    shifted : the people of the target arm only, or of both arms
    The estimate is linear and its within-imputation variance quadratic in delta, so one set of imputations
    gives the whole curve exactly.
    """
    values = np.asarray(deltas, dtype=np.float64).ravel()
    pooled = _pool(_analyse(model, _impute(model, assumption), _shift(model, shifted)), values, level)
    return DeltaCurve(
        values, pooled.value, pooled.se, pooled.df, pooled.low, pooled.high, pooled.p, shifted, assumption, level
    )


def tipping_point(
    model: MissingModel,
    *,
    largest: float,
    shifted: Shifted = "target",
    assumption: Assumption = "missing at random",
    level: float = 0.95,
) -> TippingPoint:
    """The delta at which the interval starts, or ceases, to include zero.

    largest : width of the scale, or another largest shift worth looking at, in raw scale points (> 0)
    Without a significant difference at delta 0 there is no conclusion to tip; `rising` and `falling` then tell
    at which delta it would become significant.
    """
    if not largest > 0 or not np.isfinite(largest):
        raise ValueError("The largest shift must be a positive number of scale points, for example the scale's width.")
    shift = _shift(model, shifted)
    analyses = _analyse(model, _impute(model, assumption), shift)

    def margin(deltas: Floats) -> Floats:
        pooled = _pool(analyses, deltas, level)
        return np.maximum(pooled.low, -pooled.high)

    significant = bool(margin(np.zeros(1))[0] > 0)
    rising, falling = _first_change(margin, largest), _first_change(margin, -largest)
    found = [value for value in (rising, falling) if value is not None]
    delta = min(found, key=abs) if significant and found else None
    words = _tipping_words(significant, delta, rising, falling, largest, int(shift.sum()), shifted)
    return TippingPoint(significant, delta, rising, falling, largest, shifted, level, words)


# ── imputing under an assumption ─────────────────────────────────────────────────────────────────


def _impute(model: MissingModel, assumption: Assumption) -> Floats:
    """(m, d) raw scores at the primary occasion for the people who left before it."""
    if assumption not in ASSUMPTIONS:
        raise ValueError(f"Unknown assumption {assumption!r}. Possible: {', '.join(ASSUMPTIONS)}.")
    primary = model.primary
    result = np.empty((model.n_imputations, model.left.size))
    w = (model.y - model.centre) / model.scale
    for in_target in (True, False):
        for last in range(primary):
            member = (model.in_target[model.left] == in_target) & (model.last[model.left] == last)
            if member.any():
                rows = model.left[member]
                scores = _history(model, w, rows, last)
                own, other = (model.target, model.reference) if in_target else (model.reference, model.reference)
                kind = assumption if in_target or assumption == "last mean carried forward" else "missing at random"
                drawn = _draw(scores, model.z[rows], last, primary, own, other, kind, model.noise[:, member])
                result[:, member] = model.centre + model.scale * drawn
    return result


def _history(model: MissingModel, w: Floats, rows: NDArray[np.int64], last: int) -> Floats:
    """(m, r, last + 1) standardised scores until leaving, gaps filled."""
    known = np.repeat(np.nan_to_num(w[rows, : last + 1])[None], model.n_imputations, axis=0)
    gap = np.isin(rows, model.gaps)
    if gap.any():
        known[:, gap] = model.filled[:, np.searchsorted(model.gaps, rows[gap]), : last + 1]
    return known


def _draw(
    scores: Floats,
    z: Floats,
    last: int,
    primary: int,
    own: Sequence,
    other: Sequence,
    assumption: Assumption,
    noise: Floats,
) -> Floats:
    """(m, r) standardised score at the primary occasion of people last seen at `last`."""
    means, sequence = _assumed_means(scores[:, :, 0], z, last, primary, own, other, assumption)
    deviations = scores - means[:, :, : last + 1]
    for t in range(last + 1, primary + 1):
        expected = np.einsum("mrs,ms->mr", deviations, sequence.earlier[:, t, :t])
        deviation = expected + sequence.sd[:, t, None] * noise[:, :, t]
        deviations = np.concatenate([deviations, deviation[:, :, None]], axis=2)
    return np.asarray(means[:, :, primary] + deviations[:, :, primary])


def _assumed_means(
    baseline: Floats, z: Floats, last: int, primary: int, own: Sequence, other: Sequence, assumption: Assumption
) -> tuple[Floats, Sequence]:
    """Marginal means (m, r, t) given baseline and covariates, and whose regressions carry deviations forward."""
    mine = _means(baseline, z, primary, own)
    if assumption == "missing at random":
        return mine, own
    if assumption == "last mean carried forward":
        if last == 0:
            # Nobody's mean has been seen after baseline: it stays at the own arm's mean at baseline.
            mine = _means(own.intercept[:, None, 0] + np.einsum("rc,mc->mr", z, own.covariate[:, 0]), z, primary, own)
        carried = np.broadcast_to(mine[:, :, last : last + 1], mine[:, :, last + 1 :].shape)
        return np.concatenate([mine[:, :, : last + 1], carried], axis=2), own
    theirs = _means(baseline, z, primary, other)
    if assumption == "copy reference":
        return theirs, other
    later = theirs[:, :, last + 1 :]
    if assumption == "copy increments in reference":
        later = later + (mine - theirs)[:, :, last : last + 1]
    return np.concatenate([mine[:, :, : last + 1], later], axis=2), other


def _means(baseline: Floats, z: Floats, primary: int, sequence: Sequence) -> Floats:
    """(m, r, t) means of an arm given baseline and covariates."""
    means = baseline[:, :, None]
    for t in range(1, primary + 1):
        mean = sequence.intercept[:, None, t] + np.einsum("rc,mc->mr", z, sequence.covariate[:, t])
        mean = mean + np.einsum("mrs,ms->mr", means, sequence.earlier[:, t, :t])
        means = np.concatenate([means, mean[:, :, None]], axis=2)
    return means


# ── analysis of the completed data ───────────────────────────────────────────────────────────────


def _analyse(model: MissingModel, imputed: Floats, shift: Flags) -> _Analyses:
    """Analysis of covariance of every completed data set, and of the shift's indicator beside it."""
    n, m = model.in_target.size, model.n_imputations
    outcome = np.repeat(np.nan_to_num(model.y[:, model.primary])[None], m, axis=0)
    baseline = np.repeat(np.nan_to_num(model.y[:, 0])[None], m, axis=0)
    raw = model.centre + model.scale * model.filled
    for column, values in ((model.primary, outcome), (0, baseline)):
        absent = np.isnan(model.y[model.gaps, column])
        values[:, model.gaps[absent]] = raw[:, absent, column]
    outcome[:, model.left] = imputed
    indicator = np.zeros(n)
    indicator[model.left] = shift
    moving = bool(np.isnan(model.y[:, 0]).any())
    baseline = (baseline if moving else baseline[:1]) - model.centre
    design = np.empty((baseline.shape[0], n, 3 + model.z.shape[1]))
    design[:, :, 0], design[:, :, 1] = 1.0, model.in_target
    design[:, :, 2] = baseline / model.scale
    design[:, :, 3:] = model.z
    df = n - design.shape[2]
    if df < 1:
        raise ValueError(
            "There are no more people than coefficients in the analysis of covariance; use fewer covariates."
        )
    q, r = np.linalg.qr(design)
    if np.abs(np.diagonal(r, axis1=1, axis2=2)).min() < 1e-9 * np.sqrt(n):
        raise ValueError("A covariate is constant or a combination of arm, baseline and others; leave it out.")
    unit = np.zeros(design.shape[2])
    unit[1] = 1.0
    pick = np.linalg.solve(np.swapaxes(r, 1, 2), np.broadcast_to(unit[:, None], (*r.shape[:1], unit.size, 1)))[:, :, 0]
    e0, residual = _regress(q, pick, outcome)
    e1, shift_residual = _regress(q, pick, indicator[None])
    variance = (pick**2).sum(axis=1) / df
    return _Analyses(
        e0,
        np.broadcast_to(e1, e0.shape),
        variance * (residual**2).sum(axis=1),
        variance * 2.0 * (residual * shift_residual).sum(axis=1),
        np.broadcast_to(variance * (shift_residual**2).sum(axis=1), e0.shape),
        df,
    )


def _regress(q: Floats, pick: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    centred = outcome - outcome.mean(axis=1, keepdims=True)
    projection = (np.swapaxes(q, 1, 2) @ centred[:, :, None])[:, :, 0] if q.shape[0] > 1 else centred @ q[0]
    fitted = (q @ projection[:, :, None])[:, :, 0] if q.shape[0] > 1 else projection @ q[0].T
    return (projection * pick).sum(axis=1), centred - fitted


def _pool(analyses: _Analyses, deltas: Floats, level: float) -> Pooled:
    estimates = analyses.e0[:, None] + analyses.e1[:, None] * deltas
    variances = analyses.v0[:, None] + analyses.v1[:, None] * deltas + analyses.v2[:, None] * deltas**2
    return pool(estimates, variances, complete_df=analyses.df, level=level)


def _monte_carlo_se(estimates: Floats) -> float:
    """Of the pooled estimate, from the spread of the means of mirrored pairs."""
    pairs = estimates.size // 2
    half = estimates.size - pairs
    means = 0.5 * (estimates[:pairs] + estimates[half:])
    return float(means.std(ddof=1) / np.sqrt(pairs)) if pairs > 1 else float(np.abs(estimates[0] - estimates[-1]) / 2)


def _shift(model: MissingModel, shifted: Shifted) -> Flags:
    if shifted not in ("target", "both"):
        raise ValueError(f"Shift the imputed scores of the 'target' arm or of 'both'; {shifted!r} was given.")
    return model.in_target[model.left] if shifted == "target" else np.ones(model.left.size, dtype=bool)


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if values.size else None


# ── tipping ──────────────────────────────────────────────────────────────────────────────────────


def _first_change(margin: Callable[[Floats], Floats], end: float) -> float | None:
    """The delta between 0 and `end` closest to 0 at which the margin changes sign."""
    grid = np.linspace(0.0, end, 401)
    sign = margin(grid) > 0
    changed = np.flatnonzero(sign != sign[0])
    if changed.size == 0:
        return None
    inner, outer = float(grid[changed[0] - 1]), float(grid[changed[0]])
    for _ in range(60):
        middle = 0.5 * (inner + outer)
        if bool(margin(np.array([middle]))[0] > 0) == bool(sign[0]):
            inner = middle
        else:
            outer = middle
        if abs(outer - inner) < 1e-9 * abs(end):
            break
    return outer


def _tipping_words(
    significant: bool,
    delta: float | None,
    rising: float | None,
    falling: float | None,
    largest: float,
    moved: int,
    shifted: str,
) -> str:
    whose = "the target arm" if shifted == "target" else "either arm"
    if moved == 0:
        return f"nobody in {whose} left before the primary occasion: there is nothing to shift"
    if significant and delta is not None:
        return (
            f"the interval first includes zero when the scores imputed for those who left {whose} "
            f"are {abs(delta):.1f} points {'higher' if delta > 0 else 'lower'} than expected"
        )
    if significant:
        return f"no shift up to {largest:g} points, in either direction, makes the interval include zero"
    parts = [
        f"{abs(value):.1f} points {side}"
        for value, side in ((rising, "higher"), (falling, "lower"))
        if value is not None
    ]
    start = "the interval includes zero without any shift: there is no conclusion to tip"
    if not parts:
        return f"{start}; no shift up to {largest:g} points would make it leave zero out"
    return f"{start}; it would leave zero out if the imputed scores were {' or '.join(parts)} than expected"
