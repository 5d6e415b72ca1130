"""Multiple imputation of a repeated continuous outcome, arm by arm, for two arms of a randomised trial.

In each arm the scores follow a multivariate normal distribution with unstructured covariance, given the
covariates. It is written as a sequence of regressions, each occasion on the covariates and on all earlier
occasions, because for people who left for good these can be drawn from their posterior directly. People with
gaps before they left are handled by data augmentation: gaps given parameters, parameters given filled gaps
(monotone data augmentation: Schafer, 1997, section 6.5; Tang, 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SPARE = 3
"""Residual degrees of freedom each regression needs, so that the variance of its drawn coefficients is finite."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Drawn regressions of one arm, on standardised scores.

    intercept, sd : (m, t) per imputation and occasion; sd is residual
    covariate : (m, t, c); earlier : (m, t, t) with zeros from the diagonal on
    """

    intercept: Floats
    covariate: Floats
    earlier: Floats
    sd: Floats


@dataclass(frozen=True, slots=True)
class MissingModel:
    """Drawn parameters and noise from which scores are imputed under any assumption.

    y : (n, t) raw scores, NaN where absent; rows in an order of their own; `primary` is the column compared
    z : (n, c) standardised covariates; in_target : (n,) the target arm; last : (n,) last occasion observed
    centre, scale : of the standardised scores, the same at all occasions; the sign of `scale` orients them
    filled : (m, r, t) standardised scores of the people with gaps, gaps filled; gaps : (r,) their rows
    noise : (m, d, t) standard normal, for the d people in rows `left` who left before the primary occasion
    never_observed : people without any score, left out
    """

    y: Floats
    z: Floats
    in_target: Flags
    last: Ints
    centre: float
    scale: float
    target: Sequence
    reference: Sequence
    filled: Floats
    gaps: Ints
    noise: Floats
    left: Ints
    primary: int
    n_imputations: int
    never_observed: int
    pooled_covariance: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    y: Floats
    z: Floats
    in_target: Flags
    last: Ints
    centre: float
    scale: float
    primary: int
    never_observed: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that share one set of regressions, with one or two intercept columns."""

    name: str
    intercepts: Floats
    rows: Ints


def draw_missing_model(
    y: ArrayLike,
    arm: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    reference: Any,
    target: Any,
    rng: np.random.Generator,
    n_imputations: int = 500,
    at: int = -1,
    pooled_covariance: bool = False,
    iterations: int = 25,
) -> MissingModel:
    """Draw what is needed to impute the scores of two arms, once for all assumptions.

    y : (n, t) raw scores, baseline first, NaN where absent
    arm : (n,) codes; people in other arms than `reference` and `target` take no part
    covariates : (n, c) baseline covariates without absences, or None
    at : column of the primary occasion
    pooled_covariance : one covariance (and so one set of slopes) for both arms, each with its own means; for
        arms too small for their own
    n_imputations : drawn in mirrored pairs (the normal noise of one is that of the other with its sign changed),
        which removes most of the Monte Carlo error of an estimate; each by itself is an ordinary draw
    iterations : cycles of data augmentation, run only when somebody has gaps before leaving
    The prior is flat on coefficients and log residual standard deviations. The same people in another order,
    or on a reversed scale, give the same imputations.
    Raises ValueError when a covariance cannot be estimated: too few people observed, scores determined by others.

    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(40, 3)); y[30:, 2] = np.nan
    >>> model = draw_missing_model(y, np.arange(40) % 2, reference=0, target=1, rng=rng, n_imputations=20)
    >>> model.noise.shape, model.gaps.size
    ((20, 10, 3), 0)
    """
    if n_imputations < 2:
        raise ValueError("At least two imputations are needed; 500 is a sensible number.")
    data = _prepare(y, arm, covariates, reference=reference, target=target, at=at)
    groups = _groups(data, reference, target, pooled=pooled_covariance)
    w = (data.y - data.centre) / data.scale
    gaps = _with_gaps(data)
    filled = np.repeat(np.nan_to_num(w[gaps])[None], n_imputations, axis=0)
    for group in groups:
        _check_estimable(data, group)
    rounds = iterations if gaps.size else 1
    sequences = _draw_sequences(data, w, groups, gaps, filled, rng)
    for _ in range(rounds - 1):
        _fill_gaps(data, w, gaps, filled, sequences, rng)
        sequences = _draw_sequences(data, w, groups, gaps, filled, rng)
    if gaps.size:
        _fill_gaps(data, w, gaps, filled, sequences, rng)
    left = np.flatnonzero(data.last < data.primary)
    noise = _mirrored(rng, n_imputations, left.size, data.primary + 1)
    return MissingModel(
        data.y, data.z, data.in_target, data.last, data.centre, data.scale, sequences[0], sequences[1],
        filled, gaps, noise, left, data.primary, n_imputations, data.never_observed, pooled_covariance,
    )  # fmt: skip


def _prepare(
    y: ArrayLike, arm: ArrayLike, covariates: ArrayLike | None, *, reference: Any, target: Any, at: int
) -> _Prepared:
    scores = np.asarray(y, dtype=np.float64)
    codes = np.asarray(arm)
    if scores.ndim != 2 or codes.shape != (scores.shape[0],):
        raise ValueError(
            f"Give scores (people, occasions) and one arm per person; got {scores.shape} and {codes.shape}."
        )
    if reference == target:
        raise ValueError("The target arm and the reference arm are the same; name two arms.")
    z = np.empty((codes.size, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    z = z[:, None] if z.ndim == 1 else z
    if z.shape[0] != codes.size or not np.isfinite(z).all():
        raise ValueError("Covariates must be present for everybody; fill or leave out the incomplete ones.")
    if not -scores.shape[1] <= at < scores.shape[1] or at % scores.shape[1] == 0:
        raise ValueError("The primary occasion must be a follow-up: a column of the scores after the first.")
    if np.isinf(scores).any():
        raise ValueError("A score is infinite; correct it, or mark it absent with NaN.")
    used = (codes == reference) | (codes == target)
    keep = used & np.isfinite(scores).any(axis=1)
    for code in (reference, target):
        if not (keep & (codes == code)).any():
            raise ValueError(f"Nobody in the arm {code!r} has a score; arms in the data: {np.unique(codes).tolist()}.")
    never = int((used & ~keep).sum())
    scores, primary = _needed_occasions(scores[keep], at % scores.shape[1])
    return _standardised(scores, z[keep], codes[keep] == target, primary, never)


def _needed_occasions(scores: Floats, primary: int) -> tuple[Floats, int]:
    """Without the occasions after the primary one, unless somebody with a gap came back after it."""
    seen = np.isfinite(scores)
    came_back = seen[:, primary + 1 :].any(axis=1) & ~seen[:, : primary + 1].all(axis=1)
    scores = scores if came_back.any() else scores[:, : primary + 1]
    empty = np.flatnonzero(~np.isfinite(scores).any(axis=0))
    if empty.size:
        raise ValueError(f"Nobody was observed at occasion {empty[0] + 1}: leave it out.")
    return scores, primary


def _standardised(scores: Floats, z: Floats, in_target: Flags, primary: int, never: int) -> _Prepared:
    # One centre and one scale for all occasions: assumptions carry means from one occasion to another.
    centre, spread = float(np.nanmean(scores)), float(np.nanstd(scores))
    scale = spread if spread > 0 else 1.0
    w = (scores - centre) / scale
    # Skewness changes sign with the scale, so it ties the orientation of the draws to the data.
    orientation = -1.0 if np.nansum(w**3) < 0 else 1.0
    w = w * orientation
    z_spread = z.std(axis=0)
    zw = (z - z.mean(axis=0)) / np.where(z_spread > 0, z_spread, 1.0)
    keys = [w[:, j].round(9) for j in range(w.shape[1])] + [zw[:, j] for j in range(zw.shape[1])] + [in_target]
    order = np.lexsort(tuple(keys))
    last = w.shape[1] - 1 - np.argmax(np.isfinite(w[order])[:, ::-1], axis=1)
    return _Prepared(scores[order], zw[order], in_target[order], last, centre, orientation * scale, primary, never)


def _groups(data: _Prepared, reference: Any, target: Any, *, pooled: bool) -> tuple[_Rows, ...]:
    if pooled:
        both = np.column_stack([data.in_target, ~data.in_target]).astype(np.float64)
        return (_Rows("in both arms together", both, np.arange(data.in_target.size)),)
    return tuple(
        _Rows(f"in the arm {code!r}", np.ones((int(member.sum()), 1)), np.flatnonzero(member))
        for code, member in ((target, data.in_target), (reference, ~data.in_target))
    )


def _with_gaps(data: _Prepared) -> Ints:
    before = np.arange(data.y.shape[1]) <= data.last[:, None]
    return np.flatnonzero((np.isnan(data.y) & before).any(axis=1))


def _check_estimable(data: _Prepared, group: _Rows) -> None:
    advice = "Use pooled_covariance=True, fewer covariates or fewer occasions."
    if group.intercepts.shape[1] > 1:
        advice = "Use fewer covariates or fewer occasions."
    for j in range(data.y.shape[1]):
        need = group.intercepts.shape[1] + data.z.shape[1] + j + SPARE
        stayed = data.last[group.rows] >= j
        seen = int(np.isfinite(data.y[group.rows, j]).sum())
        if seen < need:
            raise ValueError(
                f"Only {seen} people {group.name} were observed at occasion {j + 1}; "
                f"an unstructured covariance with these covariates needs {need}. {advice}"
            )
        if any(not stayed[column > 0].any() for column in group.intercepts.T):
            raise ValueError(
                f"In one of the arms nobody was observed at occasion {j + 1} or later: nothing to impute from."
            )


def _draw_sequences(
    data: _Prepared, w: Floats, groups: tuple[_Rows, ...], gaps: Ints, filled: Floats, rng: np.random.Generator
) -> tuple[Sequence, Sequence]:
    drawn = [_draw_group(data, w, group, gaps, filled, rng) for group in groups]
    if len(drawn) == 2:
        return _sequence(drawn[0], 0), _sequence(drawn[1], 0)
    return _sequence(drawn[0], 0), _sequence(drawn[0], 1)


def _mirrored(rng: np.random.Generator, m: int, *shape: int) -> Floats:
    """(m, …) standard normal; the second half is the first with its sign changed."""
    half = rng.standard_normal(((m + 1) // 2, *shape))
    return np.concatenate([half, -half])[:m]


def _sequence(drawn: tuple[Floats, Floats, Floats, Floats], arm: int) -> Sequence:
    intercepts, covariate, earlier, sd = drawn
    return Sequence(intercepts[:, :, arm], covariate, earlier, sd)


def _draw_group(
    data: _Prepared, w: Floats, group: _Rows, gaps: Ints, filled: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats]:
    """One draw per imputation from the posterior of every regression of a group."""
    m, occasions = filled.shape[0], w.shape[1]
    a, c = group.intercepts.shape[1], data.z.shape[1]
    grams = _grams(data, w, group, gaps, filled)
    last = data.last[group.rows]
    intercepts, covariate = np.zeros((m, occasions, a)), np.zeros((m, occasions, c))
    earlier, sd = np.zeros((m, occasions, occasions)), np.zeros((m, occasions))
    for j in range(occasions):
        k = a + c + j
        n = int((last >= j).sum())
        root = _root(grams[j][:, : k + 1, : k + 1], n, f"{group.name} at occasion {j + 1}")
        chi = rng.chisquare(n - k, size=(m + 1) // 2)
        sd[:, j] = root[:, k, k] / np.sqrt(np.concatenate([chi, chi])[:m])
        right = root[:, k, :k] + sd[:, j, None] * _mirrored(rng, m, k)
        upper = np.broadcast_to(np.swapaxes(root[:, :k, :k], 1, 2), (m, k, k))
        coefficients = np.linalg.solve(upper, right[:, :, None])[:, :, 0]
        intercepts[:, j], covariate[:, j] = coefficients[:, :a], coefficients[:, a : a + c]
        earlier[:, j, :j] = coefficients[:, a + c :]
    return intercepts, covariate, earlier, sd


def _root(gram: Floats, n: int, where: str) -> Floats:
    """Cholesky factor of cross-products of predictors and outcome, the outcome last."""
    words = f"The scores {where}, or the covariates there, are an exact function of others: leave one out."
    try:
        root: Floats = np.asarray(np.linalg.cholesky(gram), dtype=np.float64)
    except np.linalg.LinAlgError as error:
        raise ValueError(words) from error
    if (np.diagonal(root, axis1=1, axis2=2) ** 2).min() < 1e-10 * n:
        raise ValueError(words)
    return root


def _grams(data: _Prepared, w: Floats, group: _Rows, gaps: Ints, filled: Floats) -> list[Floats]:
    """For each occasion the cross-products (1 or m, q, q) over the people who stayed at least until then."""
    occasions = w.shape[1]
    moving = np.isin(group.rows, gaps)
    fixed = np.concatenate([group.intercepts, data.z[group.rows], np.nan_to_num(w[group.rows])], axis=1)
    last = data.last[group.rows]
    total: list[Floats] = []
    position = np.searchsorted(gaps, group.rows[moving])
    scores = filled[:, position]
    lead = np.broadcast_to(fixed[moving, :-occasions], (filled.shape[0], position.size, fixed.shape[1] - occasions))
    filled_rows = np.concatenate([lead, scores], axis=2)
    running: Floats = np.zeros((1, fixed.shape[1], fixed.shape[1]))
    for j in reversed(range(occasions)):
        here = fixed[~moving & (last == j)]
        running = running + here.T @ here
        some = filled_rows[:, last[moving] == j]
        if some.shape[1]:
            running = running + np.swapaxes(some, 1, 2) @ some
        total.append(running)
    return total[::-1]


def _fill_gaps(
    data: _Prepared,
    w: Floats,
    gaps: Ints,
    filled: Floats,
    sequences: tuple[Sequence, Sequence],
    rng: np.random.Generator,
) -> None:
    """Draw the gaps before leaving given the person's scores on both sides of them; `filled` is updated."""
    observed = np.isfinite(w[gaps])
    label = np.column_stack([data.in_target[gaps], data.last[gaps], observed])
    patterns, member = np.unique(label, axis=0, return_inverse=True)
    for index in range(patterns.shape[0]):
        rows = np.flatnonzero(member.ravel() == index)
        here, last = gaps[rows], int(patterns[index, 1])
        sequence = sequences[0] if patterns[index, 0] else sequences[1]
        missing = np.flatnonzero(~observed[rows[0], : last + 1])
        weight = 1.0 / sequence.sd[:, : last + 1, None]
        link = (np.eye(last + 1) - sequence.earlier[:, : last + 1, : last + 1]) * weight
        mean = sequence.intercept[:, None, : last + 1] + np.einsum(
            "rc,mtc->mrt", data.z[here], sequence.covariate[:, : last + 1]
        )
        # Residuals of the sequence are independent: the gaps are a regression of what the rest leaves over.
        known = np.nan_to_num(w[here, : last + 1])
        rest = mean * weight[:, None, :, 0] - known @ np.swapaxes(link, 1, 2)
        root = np.linalg.cholesky(np.swapaxes(link[:, :, missing], 1, 2) @ link[:, :, missing])
        right = np.linalg.solve(root, np.swapaxes(rest @ link[:, :, missing], 1, 2))
        right = right + _mirrored(rng, *right.shape)
        drawn = np.linalg.solve(np.swapaxes(root, 1, 2), right)
        filled[:, rows[:, None], missing] = np.swapaxes(drawn, 1, 2)
