"""What a fitted model says in words: the summary, and what to know before reading it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.dwls import DwlsFit
from forwhom.kernels.sem.fit import SemFit
from forwhom.kernels.sem.indices import Indices
from forwhom.models.structural.result import Estimate, Sem
from forwhom.models.structural.table import Model

Array = NDArray[np.float64]
SECTIONS = (
    ("=~", "Loadings"),
    ("~", "Regressions"),
    ("~~", "Variances and covariances"),
    ("~1", "Means and intercepts"),
    ("|", "Thresholds"),
    ("~*~", "Scales"),
)
PERSONS_PER_PARAMETER = 5
"""Below this many persons per free parameter, standard errors of maximum likelihood are known to be too small."""


def messages(model: Model, fit: SemFit | DwlsFit, parameters: tuple[Estimate, ...], free: int) -> tuple[str, ...]:
    """What is wrong or doubtful with a solution, one sentence each."""
    made: list[str] = []
    if not fit.converged:
        made.append(f"{fit.message} No standard errors are given.")
    for each in parameters:
        residual = each.free or each.left in model.ordered
        if each.operator == "~~" and each.left == each.right and residual and each.estimate < 0:
            made.append(
                f"The variance of {each.left}{_of(each)} is negative ({each.estimate:.3f}): an improper solution "
                "(Heywood case). The model is wrong there, or the sample too small for it."
            )
        elif each.standardised is not None and abs(each.standardised) > 1 and _bounded(each, parameters):
            made.append(
                f"{each.name}{_of(each)} is {each.standardised:.3f} when standardised, beyond 1: an improper solution, "
                "or predictors that say nearly the same."
            )
    for group, at in enumerate(fit.implied):
        p = len(model.observed)
        latent = at.inner[p:, p:]
        if model.latent and _indefinite(latent) and not any("negative" in one for one in made):
            place = f" in group {group + 1}" if len(fit.implied) > 1 else ""
            made.append(
                f"The covariance matrix of the latent variables is not positive definite{place}: "
                "a variance is negative, or latent variables cannot be told apart."
            )
    if fit.n < PERSONS_PER_PARAMETER * free:
        made.append(
            f"{fit.n} persons for {free} free parameters: standard errors, p values and fit indices are unreliable."
        )
    return tuple(dict.fromkeys(made))


def _of(each: Estimate) -> str:
    return f" in group {each.group}" if each.group is not None else ""


def _bounded(each: Estimate, parameters: tuple[Estimate, ...]) -> bool:
    """Whether a standardised value beyond 1 is improper: correlations, and loadings of indicators of one factor."""
    if each.operator == "~~":
        return each.left != each.right and each.free
    if each.operator != "=~":
        return False
    causes = [
        one
        for one in parameters
        if one.group == each.group
        and ((one.operator == "=~" and one.right == each.right) or (one.operator == "~" and one.left == each.right))
    ]
    return len(causes) == 1


def _indefinite(matrix: Array) -> bool:
    size = np.sqrt(np.abs(np.diagonal(matrix)))
    if (size == 0).any():
        matrix, size = matrix[np.ix_(size > 0, size > 0)], size[size > 0]
    return bool(size.size) and bool(np.linalg.eigvalsh(matrix / np.outer(size, size))[0] < -1e-8)


def summary(sem: Sem) -> str:
    """See `Sem.summary`."""
    how = {"fiml": "every observed value (FIML)", "pairwise": "pairs of answers"}
    where = how.get(sem.missing, "persons without missing values")
    if sem.estimator == "DWLS":
        lines = [f"Structural equation model, ordered answers, diagonally weighted least squares (WLSMV), {where}"]
    else:
        lines = [f"Structural equation model, maximum likelihood, {where}" + (", robust (MLR)" if sem.robust else "")]
    lines += [
        f"{sem.n:,} persons"
        + (f" ({', '.join(f'{label}: {n:,}' for label, n in sem.groups)})" if sem.groups else "")
        + f", {sem.patterns} pattern{'s' * (sem.patterns != 1)} of missing values, {sem.free} free parameters",
        *(f"Left out: {rows:,} rows, {reason}." for reason, rows in sem.left_out),
        *(f"! {message}" for message in sem.messages),
        "",
        *_fit_lines("", sem.fit),
        *(_fit_lines("Scaled: ", sem.scaled) if sem.scaled else []),
        *(_robust_line(sem.robust_fit) if sem.robust_fit else []),
        f"SRMR {sem.srmr:.3f}"
        + ("" if sem.loglik is None else f"   log likelihood {sem.loglik:.3f}   AIC {sem.aic:.1f}   BIC {sem.bic:.1f}"),
    ]
    labels: list[str | None] = [label for label, _ in sem.groups]
    for label in labels or [None]:
        if label is not None:
            lines += ["", f"Group {label}"]
        for operator, title in SECTIONS:
            rows = [each for each in sem.parameters if each.group == label and each.operator == operator]
            if operator == "~*~" and not any(each.free for each in rows):
                continue
            if operator == "~1":
                rows = [each for each in rows if each.free or each.left not in sem.ordered]
            lines += _table(title, rows, sem.level) if rows else []
    lines += _table("Defined", list(sem.defined), sem.level) if sem.defined else []
    return "\n".join(lines)


def _fit_lines(head: str, fit: Indices) -> list[str]:
    if fit.df == 0:
        return [f"{head}The model is saturated (df 0): its fit cannot be tested."]
    rmsea = f"{_show(fit.rmsea)} [{_show(fit.rmsea_low)}, {_show(fit.rmsea_high)}] (90 %)"
    return [
        f"{head}Chi-square {fit.chisq:.3f}, df {fit.df}, p {_p(fit.p)}",
        f"{head}CFI {_show(fit.cfi)}   TLI {_show(fit.tli)}   RMSEA {rmsea}, p of close fit {_p(fit.close)}",
    ]


def _robust_line(fit: Indices) -> list[str]:
    rmsea = f"{_show(fit.rmsea)} [{_show(fit.rmsea_low)}, {_show(fit.rmsea_high)}] (90 %)"
    return [f"Robust: CFI {_show(fit.cfi)}   TLI {_show(fit.tli)}   RMSEA {rmsea}"]


def _show(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _p(value: float | None) -> str:
    return "–" if value is None else "< .001" if value < 0.001 else f"{value:.3f}"


def _table(title: str, rows: list[Estimate], level: float) -> list[str]:
    interval = f"{100 * level:g} % interval"
    width = max(30, *(len(_named(each)) + 2 for each in rows))
    head = f"{title:<{width}}{'estimate':>10}{'se':>9}{'z':>9}{'p':>8}  {interval:>20}{'std':>9}"
    made = ["", head]
    for each in rows:
        bounds = "" if each.low is None or each.high is None else f"[{each.low:.3f}, {each.high:.3f}]"
        made.append(
            f"{_named(each):<{width}}{each.estimate:>10.3f}{_cell(each.se):>9}{_cell(each.z):>9}"
            f"{'' if each.p is None else _p(each.p):>8}  {bounds:>20}{_cell(each.standardised):>9}"
        )
    return made


def _named(each: Estimate) -> str:
    if each.operator == ":=":
        return f"{each.left} := {each.right}"
    shown = f"{each.left} ~ 1" if each.operator == "~1" else f"{each.left} {each.operator} {each.right}"
    return f"{shown} ({each.label})" if each.label and not each.label.startswith(".") else shown


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
