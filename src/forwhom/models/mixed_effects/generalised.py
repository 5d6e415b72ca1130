"""Mixed models of binary outcomes and counts: a formula of lme4 and a table in, a labelled fit out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import polars as pl

from forwhom.kernels.glmm import GlmmFit, fit_glmm
from forwhom.kernels.glmm_boundary import NO_LIMIT, boundaries
from forwhom.kernels.glmm_checks import separated_words, separation
from forwhom.kernels.mixed_spread import glmm_spread
from forwhom.models.frames import frame_of
from forwhom.models.mixed_effects.design import Design, design
from forwhom.models.mixed_effects.generalised_result import Coefficient, Generalised
from forwhom.models.mixed_effects.result import IntervalKind, ProfileInterval, Random, standard_deviations
from forwhom.models.mixed_effects.rows import Kind, problem
from forwhom.models.mixed_effects.uncertainty import ALIKE, NOT_FITTED, alike_words, holds, other, with_errors
from forwhom.models.mixed_effects.variables import Floats
from forwhom.problems import ProblemsFound

Family = Literal["binomial", "poisson", "negative_binomial"]
Link = Literal["logit", "probit", "cloglog", "log"]

# With fewer rows per group than this, Laplace's approximation of 0/1 outcomes is noticeably off.
FEW_ROWS = 10.0


def generalised(
    formula: str,
    data: Any,
    *,
    family: Family,
    link: Link | None = None,
    quadrature_points: int = 1,
    weights: str | None = None,
    levels: Mapping[str, Sequence[str]] | None = None,
    reference: Mapping[str, str] | None = None,
    profile: bool = False,
    level: float = 0.95,
) -> Generalised:
    """Fit a generalised linear mixed model; `models.mixed(..., family=...)` is the same.

    formula : of lme4: "remitted ~ month * arm + (1 | id)", "cbind(hits, misses) ~ …", "days ~ arm + offset(log(exposure)) + …"
    family : "binomial" for an outcome of 0 and 1, True and False, or two levels; "poisson" and "negative_binomial" for counts
    link : "logit" (default), "probit" or "cloglog" for a binomial outcome; counts have "log"
    quadrature_points : 1 for Laplace's approximation; 7 to 25 for adaptive quadrature, with one grouping only
    weights : column that says how often each row occurred
    levels, reference, profile, level : as in `models.mixed`

    Raises ProblemsFound with everything that is wrong, among it outcomes that a fixed effect tells apart without error.

    >>> rng = np.random.default_rng(1)
    >>> person, month = np.repeat(np.arange(60), 4), np.tile(np.arange(4), 60)
    >>> well = rng.random(240) < 1 / (1 + np.exp(1 - 0.5 * month - rng.standard_normal(60)[person]))
    >>> fit = generalised("well ~ month + (1 | id)", {"well": well, "month": month, "id": person}, family="binomial")
    >>> [each.term for each in fit.fixed], fit["month"].ratio > 1
    (['(Intercept)', 'month'], True)
    """
    wrong = []
    if not 0 < level < 1:
        wrong.append(problem("model-option", f"level is {level}", "Give a level between 0 and 1, such as 0.95."))
    frame = frame_of(data)
    made = design(
        formula,
        frame,
        weights=weights,
        levels=levels,
        reference=reference,
        outcome=outcome_of(family),
        also=wrong,
    )
    arrays = _arrays(made, weights, family)
    fit = _fitted(made, arrays, family, link, quadrature_points)
    return _labelled(made, frame[made.rows], fit, level, profile)


def outcome_of(family: str) -> Kind:
    """What values the outcome of a family has."""
    return "binary" if family == "binomial" else "count" if family in ("poisson", "negative_binomial") else "number"


def _arrays(made: Design, weights: str | None, family: Family) -> dict[str, Floats | None]:
    """Successes and trials; the design holds shares, and trials among its weights."""
    shares = family == "binomial" and not np.isin(made.y, (0.0, 1.0)).all()
    counted = family == "binomial" and (shares or made.response.startswith("cbind"))
    if not counted:
        return {"y": made.y, "trials": None, "weights": made.weights}
    if weights is not None:
        found = "weights beside numbers of successes and failures"
        raise ProblemsFound([problem("model-option", found, "Repeat the rows instead, or leave the weights out.")])
    trials = np.ones(len(made.y)) if made.weights is None else made.weights
    return {"y": np.round(made.y * trials), "trials": trials, "weights": None}


def _fitted(made: Design, arrays: dict[str, Floats | None], family: Family, link: Link | None, points: int) -> GlmmFit:
    """Run the kernel; what it refuses becomes a Problem."""
    y = arrays["y"]
    assert y is not None
    try:
        return fit_glmm(
            y,
            made.X,
            made.levels,
            family=family,
            link=link,
            trials=arrays["trials"],
            weights=arrays["weights"],
            offset=made.offset,
            quadrature_points=points,
            names=made.terms,
        )
    except ValueError as why:
        apart = separation(y, made.X, arrays["trials"], counts=family != "binomial")
        code = "model-separation" if apart is not None else "model-refused"
        found = str(why) if apart is None else separated_words(apart, made.terms)
        do = "Change the model or the data accordingly."
        raise ProblemsFound([problem(code, found, do)]) from None


def _labelled(made: Design, frame: pl.DataFrame, fit: GlmmFit, level: float, profile: bool) -> Generalised:
    counts = dict.fromkeys(one.group for one in made.random)
    groups = tuple((name, next(len(one.labels) for one in made.random if one.group == name)) for name in counts)
    deviance = fit.deviance
    spread = glmm_spread(fit) if fit.converged else None
    random = with_errors(standard_deviations(made, fit.tau), made.random, spread, level)
    return Generalised(
        formula=made.formula.text,
        family=fit.family,
        link=fit.link,
        quadrature_points=fit.quadrature_points,
        level=level,
        fixed=coefficients(fit, np.eye(len(fit.beta)), made.terms, level),
        random=_with_profiles(made, fit, random, level) if profile and fit.converged else random,
        profiled=_profiled(made, fit, level) if profile and fit.converged else (),
        shape=fit.shape,
        dispersion=None
        if fit.shape is None
        else other(fit.shape, np.nan if spread is None else spread.shape, "log", "" if spread else NOT_FITTED, level),
        n=fit.n_rows,
        groups=groups,
        left_out=made.left_out,
        dropped=made.dropped,
        loglik=fit.loglik,
        deviance=deviance,
        aic=deviance + 2 * fit.n_parameters,
        bic=deviance + fit.n_parameters * float(np.log(fit.n_rows)),
        parameters=fit.n_parameters,
        converged=fit.converged,
        singular=fit.singular,
        messages=(*made.messages, *_said(made, fit), *alike_words(made.random, spread)),
        design=made,
        kernel=fit,
        rows=frame,
    )


def coefficients(fit: GlmmFit, rows: Floats, labels: Sequence[str], level: float) -> tuple[Coefficient, ...]:
    """Weighted sums of fixed effects with Wald tests; estimates alone where the fit has not converged."""
    from scipy.special import ndtr, ndtri

    made = []
    width = float(ndtri((1 + level) / 2))
    for label, row in zip(labels, rows, strict=True):
        estimate = float(row @ fit.beta)
        variance = float(row @ fit.beta_cov @ row)
        ratio = float(np.exp(estimate)) if fit.link != "probit" else None
        if not fit.converged or not variance > 0:
            made.append(Coefficient(label, estimate, None, None, None, None, None, ratio, None, None))
            continue
        se = float(np.sqrt(variance))
        low, high = estimate - width * se, estimate + width * se
        ends = (float(np.exp(low)), float(np.exp(high))) if ratio is not None else (None, None)
        p = float(2 * ndtr(-abs(estimate / se)))
        made.append(Coefficient(label, estimate, se, estimate / se, p, low, high, ratio, *ends))
    return tuple(made)


def _with_profiles(made: Design, fit: GlmmFit, rows: tuple[Random, ...], level: float) -> tuple[Random, ...]:
    """Profile intervals in the place of Wald intervals; none where parameters cannot be told apart."""
    from forwhom.kernels.glmm_profile import profile_correlation, profile_sd

    done = []
    for each in rows:
        if each.reason == ALIKE:
            done.append(each)
            continue
        which = next(k for k, term in enumerate(made.random) if holds(term, each))
        at = made.random[which].columns.index(each.term)
        if each.other is None:
            found = profile_sd(fit, which, at, level=level)
        else:
            found = profile_correlation(fit, which, at, made.random[which].columns.index(each.other), level=level)
        kind: IntervalKind | None = None if found.low is None and found.high is None else "profile"
        done.append(replace(each, low=found.low, high=found.high, interval=kind))
    return tuple(done)


def _profiled(made: Design, fit: GlmmFit, level: float) -> tuple[ProfileInterval, ...]:
    from forwhom.kernels.glmm_profile import profile_fixed

    found = [profile_fixed(fit, row, level=level) for row in np.eye(len(fit.beta))]
    return tuple(
        ProfileInterval(term, float(beta), one.low, one.high)
        for term, beta, one in zip(made.terms, fit.beta, found, strict=True)
    )


def _said(made: Design, fit: GlmmFit) -> tuple[str, ...]:
    said = []
    for one in boundaries(fit.search.prepared, fit.search.x):
        term = made.random[one.level]
        if one.zero:
            which = ", ".join(term.columns[k] for k in one.zero)
            said.append(f"Singular fit: between groups of {term.group} the variance of {which} is estimated as 0.")
        elif one.correlation is not None:
            said.append(
                f"Singular fit: between groups of {term.group} the correlation of {term.columns[0]} and "
                f"{term.columns[1]} is estimated as {one.correlation:g}."
            )
        else:
            said.append(
                f"Singular fit: the {len(term.columns)} random effects of {term.group} vary in only {one.rank} "
                "directions; some of their correlations are at the limit."
            )
    if NO_LIMIT in fit.message:
        said.append(f"{NO_LIMIT[0].upper()}{NO_LIMIT[1:]}.")
    if not fit.converged:
        said.append(f"Estimates are not to be used: {fit.message}. Simplify the random effects.")
    rows = fit.n_rows / max(fit.n_groups)
    binary = fit.family == "binomial" and bool((fit.search.ready.trials == 1).all())
    if binary and fit.quadrature_points == 1 and rows < FEW_ROWS and not fit.singular:
        better = (
            f"Compare quadrature_points={15 if len(fit.tau[0]) == 1 else 7}."
            if len(fit.tau) == 1
            else "Quadrature, which would show by how much, takes one grouping only."
        )
        said.append(
            f"Laplace's approximation tends to put variances and effects too near to 0 with {rows:.1f} outcomes of 0 or 1 per "
            f"group of the finest grouping. {better}"
        )
    return tuple(said)


__all__ = ["coefficients", "generalised", "outcome_of"]
