"""Linear mixed models: a formula of lme4 and a table in, a labelled fit out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from forwhom.kernels.mixed import MixedFit, fit_crossed, fit_mixed
from forwhom.kernels.mixed_rows import Rows
from forwhom.models.mixed_effects.design import Design, design
from forwhom.models.mixed_effects.hypotheses import model_based, table
from forwhom.models.mixed_effects.result import Df, Mixed, Random, standard_deviations
from forwhom.models.mixed_effects.uncertainty import alike_words, serial_of, spread_of, with_errors
from forwhom.models.mixed_effects.words import fit_messages
from forwhom.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from forwhom.models.mixed_effects.generalised import Family, Link
    from forwhom.models.mixed_effects.generalised_result import Generalised


@overload
def mixed(
    formula: str,
    data: Any,
    *,
    reml: bool = True,
    df: Df = "satterthwaite",
    weights: str | None = None,
    ar1: str | bool = False,
    car1: str | None = None,
    within: str | None = None,
    levels: Mapping[str, Sequence[str]] | None = None,
    reference: Mapping[str, str] | None = None,
    profile: bool = False,
    level: float = 0.95,
    family: Literal["gaussian"] = "gaussian",
) -> Mixed: ...


@overload
def mixed(
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
) -> Generalised: ...


def mixed(
    formula: str,
    data: Any,
    *,
    reml: bool = True,
    df: Df = "satterthwaite",
    weights: str | None = None,
    ar1: str | bool = False,
    car1: str | None = None,
    within: str | None = None,
    levels: Mapping[str, Sequence[str]] | None = None,
    reference: Mapping[str, str] | None = None,
    profile: bool = False,
    level: float = 0.95,
    family: Literal["gaussian"] | Family = "gaussian",
    link: Link | None = None,
    quadrature_points: int = 1,
) -> Mixed | Generalised:
    """Fit a linear mixed model, or with `family` one of a binary outcome or a count.

    formula : of lme4: "bdi ~ month * arm + (month | id) + (1 | therapist)"; groupings may be nested or crossed
    data : data frame (polars, pandas, pyarrow …) or mapping of names to columns; rows with an absent value are left out
    reml : restricted likelihood; False for the likelihood
    df : degrees of freedom of the tests: "satterthwaite", "kenward-roger" (REML only), "normal" (z tests)
    weights : column of precision weights: the residual variance of a row is sigma^2 / weight
    ar1 : column of whole-numbered times: residuals of a person correlate rho^(time apart); True takes the order of rows
    car1 : the same for times of any distance (0 < rho < 1)
    within : grouping whose residuals correlate; by default the one with most groups
    levels, reference : of factors, else sorted (numbers as numbers, words by code point, Enum as declared): the first is
        what the others are compared with
    profile : profile likelihood intervals of standard deviations, correlations and fixed effects
    level : of all intervals
    family : "gaussian", or as in `models.generalised`: "binomial", "poisson", "negative_binomial", with `link` and
        `quadrature_points`; these are fitted by maximum likelihood and tested by z

    Raises ProblemsFound with everything that is wrong with the formula or the data. Columns that follow from others are
    left out, and an estimate on the boundary is returned; both are said in `messages`.

    >>> rng = np.random.default_rng(1)
    >>> person, month = np.repeat(np.arange(40), 4), np.tile(np.arange(4), 40)
    >>> bdi = 25 - 2 * month + 4 * rng.standard_normal(40)[person] + rng.standard_normal(160)
    >>> fit = mixed("bdi ~ month + (1 | id)", {"bdi": bdi, "month": month, "id": person})
    >>> [each.term for each in fit.fixed], fit.groups, fit.singular
    (['(Intercept)', 'month'], (('id', 40),), False)
    """
    wrong = _option_problems(reml, df, ar1, car1, level)
    if family != "gaussian":
        from forwhom.models.mixed_effects.generalised import generalised, outcome_of

        wrong += _family_problems(family, df, ar1, car1, within)
        if wrong:
            # Raises these together with what is wrong with formula and table.
            design(
                formula,
                data,
                weights=weights,
                levels=levels,
                reference=reference,
                outcome=outcome_of(family),
                also=wrong,
            )
        return generalised(
            formula,
            data,
            family=family,
            link=link,
            quadrature_points=quadrature_points,
            weights=weights,
            levels=levels,
            reference=reference,
            profile=profile,
            level=level,
        )
    if link is not None or quadrature_points != 1:
        without = "link and quadrature_points belong to binary outcomes and counts"
        wrong.append(Problem("model-option", "Give family='binomial' or another.", found=without))
    times = [name for name in (ar1 if isinstance(ar1, str) else None, car1) if name]
    made = design(formula, data, weights=weights, levels=levels, reference=reference, extra=times, also=wrong)
    method: Literal["REML", "ML"] = "REML" if reml else "ML"
    fit = _fitted(made, method, ar1, car1, within)
    found = labelled(made, fit, df=df, level=level)
    if profile and fit.converged:
        from forwhom.models.mixed_effects.profiled import with_profiles

        return with_profiles(found)
    return found


def _option_problems(reml: bool, df: str, ar1: str | bool, car1: str | None, level: float) -> list[Problem]:
    wrong = []
    if not 0 < level < 1:
        wrong.append(("Give a level between 0 and 1, such as 0.95.", f"level is {level}"))
    if df not in ("satterthwaite", "kenward-roger", "normal"):
        wrong.append(("df is satterthwaite, kenward-roger or normal", f"{df!r} is no method for degrees of freedom"))
    if df == "kenward-roger" and not reml:
        wrong.append(("Fit by REML, or take Satterthwaite.", "Kenward-Roger rests on the restricted likelihood"))
    if df == "kenward-roger" and (ar1 or car1):
        wrong.append(("Take Satterthwaite.", "Kenward-Roger is not available with correlated residuals"))
    if ar1 and car1:
        wrong.append(("Give one of them.", "residuals follow either ar1 or car1"))
    return [Problem("model-option", do, found=found) for do, found in wrong]


def _family_problems(family: str, df: str, ar1: str | bool, car1: str | None, within: str | None) -> list[Problem]:
    """Options that only a linear mixed model has."""
    wrong = []
    if family not in ("binomial", "poisson", "negative_binomial"):
        possible = "gaussian, binomial, poisson, negative_binomial"
        wrong.append(Problem("model-option", "Name a family.", found=f"{family!r} is no family", possible=possible))
    if df == "kenward-roger":
        found = "Kenward-Roger is for linear mixed models"
        wrong.append(Problem("model-option", "Leave df out: tests are z tests.", found=found))
    if ar1 or car1 or within:
        found = "binary outcomes and counts have no residuals that could be autoregressive"
        wrong.append(Problem("model-option", "Leave ar1, car1 and within out.", found=found))
    return wrong


def _fitted(
    made: Design, method: Literal["REML", "ML"], ar1: str | bool, car1: str | None, within: str | None
) -> MixedFit:
    """Run the kernel; what it refuses becomes a Problem. Nested or crossed is read off the design."""
    y = made.y if made.offset is None else made.y - made.offset
    try:
        if ar1 or car1:
            from forwhom.kernels.mixed_autoregressive import fit_autoregressive

            person = _persons(made, within)
            time = (
                made.extra[car1]
                if car1
                else made.extra[ar1]
                if isinstance(ar1, str)
                else np.arange(len(y), dtype=float)
            )
            if ar1 is True:
                time = _place_within(person)
            return fit_autoregressive(
                y,
                made.X,
                made.levels,
                person,
                time,
                continuous=bool(car1),
                weights=made.weights,
                crossed=not made.nested,
                method=method,
            )
        if made.weights is not None:
            from forwhom.kernels.mixed_autoregressive import fit_rows

            rows = Rows(y, made.X, made.levels, made.weights, None, 0.0, False)
            return fit_rows(rows, crossed=not made.nested, method=method)
        return (fit_mixed if made.nested else fit_crossed)(y, made.X, made.levels, method=method)
    except ValueError as why:
        found = "the equations are singular to rounding" if isinstance(why, np.linalg.LinAlgError) else str(why)
        raise ProblemsFound(
            [Problem("model-refused", "Change the model or the data accordingly.", found=found)]
        ) from None


def _persons(made: Design, within: str | None) -> np.ndarray[Any, np.dtype[np.int64]]:
    if within is None:
        return made.random[0].codes
    for one in made.random:
        if one.group == within:
            return one.codes
    possible = ", ".join(dict.fromkeys(one.group for one in made.random))
    found = f"{within!r} is no grouping of the formula"
    raise ProblemsFound([Problem("model-option", "Name a grouping.", found=found, possible=possible)])


def _place_within(person: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Place of each row among the rows of its person, from 0."""
    order = np.argsort(person, kind="stable")
    sorted_ = person[order]
    first = np.flatnonzero(np.r_[True, sorted_[1:] != sorted_[:-1]])
    place = np.arange(len(person)) - np.repeat(first, np.diff(np.r_[first, len(person)]))
    made = np.empty(len(person))
    made[order] = place
    return made


def labelled(made: Design, fit: MixedFit, *, df: Df, level: float) -> Mixed:
    """Labels around what the kernel returned."""
    counts = dict.fromkeys(one.group for one in made.random)
    groups = tuple((name, next(len(one.labels) for one in made.random if one.group == name)) for name in counts)
    serial = fit.rows is not None and fit.rows.series is not None
    parameters = fit.n_parameters + int(serial)
    rho = fit.rows.rho if serial and fit.rows is not None else None
    said: tuple[str, ...] = ()
    every = np.eye(len(fit.beta))
    try:
        fixed = table(fit, every, made.terms, df, level)
    except (ValueError, np.linalg.LinAlgError) as why:
        fixed = model_based(fit, every, made.terms)
        called = "Kenward-Roger" if df == "kenward-roger" else "Satterthwaite"
        reason = "the equations are singular to rounding" if isinstance(why, np.linalg.LinAlgError) else str(why)
        said = (
            f"{called} cannot be computed here ({reason.rstrip('.')}): standard errors are model-based, without degrees of "
            "freedom, tests and intervals. Take df='normal' for z tests, or leave out a random effect.",
        )
    spread = spread_of(fit)
    return Mixed(
        formula=made.formula.text,
        method=fit.method,
        df=df,
        level=level,
        fixed=fixed,
        random=with_errors(random_parameters(made, fit), made.random, spread, level),
        profiled=(),
        autocorrelation=rho,
        serial=serial_of(fit, spread, level),
        n=fit.n_rows,
        groups=groups,
        left_out=made.left_out,
        dropped=made.dropped,
        loglik=fit.loglik,
        deviance=fit.deviance,
        aic=fit.deviance + 2 * parameters,
        bic=fit.deviance + parameters * float(np.log(fit.n_rows)),
        parameters=parameters,
        converged=fit.converged,
        singular=fit.singular,
        messages=(*made.messages, *fit_messages(made, fit), *alike_words(made.random, spread), *said),
        design=made,
        kernel=fit,
    )


def random_parameters(made: Design, fit: MixedFit) -> tuple[Random, ...]:
    """Standard deviations and correlations of every random term, and the residual's."""
    sigma2 = fit.sigma2
    return (
        *standard_deviations(made, fit.tau),
        Random("Residual", "", None, sigma2, float(np.sqrt(sigma2)), None, None),
    )


def refitted(fit: Mixed, method: Literal["REML", "ML"]) -> Mixed:
    """The same model by the other method; the tests fall back from Kenward-Roger to Satterthwaite under ML."""
    made, rows = fit.design, fit.kernel.rows
    df: Df = "satterthwaite" if fit.df == "kenward-roger" and method == "ML" else fit.df
    if rows is not None and rows.series is not None:
        from forwhom.kernels.mixed_autoregressive import fit_again

        again = fit_again(fit.kernel, crossed=not made.nested, method=method)
    else:
        again = _fitted(made, method, False, None, None)
    return labelled(made, again, df=df, level=fit.level)


__all__ = ["labelled", "mixed", "random_parameters", "refitted"]
