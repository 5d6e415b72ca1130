"""The random intercept cross-lagged panel model of two scores at a few common occasions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, ndtri

from forwhom.analysis.how.alignment import Aligned
from forwhom.analysis.how.lagged import PANEL, Lagged, between
from forwhom.findings import Caution
from forwhom.findings.kinds import Interval, LaggedPath
from forwhom.problems import ProblemsFound

if TYPE_CHECKING:
    from forwhom.models.structural.result import Estimate, Sem

MOST_WAVES = 7
EQUAL = 0.05
"""p of the test of equal paths below which they are said to differ from occasion to occasion."""
TAKES = "More people, or more occasions with both; a score at every session allows a simpler model."


def panel(of: Aligned, labels: tuple[str, str], level: float) -> Lagged | tuple[str, str]:
    """Paths of the model with the same lags at every occasion, tested against free ones; or why there are none."""
    from forwhom import models

    columns, waves, scale = _columns(of)
    series = {"a": [f"a{t}" for t in range(waves)], "b": [f"b{t}" for t in range(waves)]}
    try:
        equal = models.sem(models.recipes.ri_clpm(series, equal_lags=True), columns, robust=True, level=level)
        free = models.sem(models.recipes.ri_clpm(series), columns, level=level) if waves > 2 else None
    except ProblemsFound as why:
        found = "; ".join(each.found.rstrip(".") for each in why.problems)
        return f"the panel model could not be estimated: {found}", TAKES
    if not equal.converged:
        return "the panel model did not settle on a solution", TAKES
    improper = _improper(equal)
    if "within" in improper:
        return "the panel model has an impossible solution (a negative variance within persons)", TAKES
    trouble = [
        Caution(
            "panel-improper",
            "The variance of stable differences between persons came out negative or zero for one score, so stable and passing "
            "differences are hardly told apart here.",
        )
    ] if improper else []  # fmt: skip
    paths = [_path(equal, cause, effect, labels, scale) for cause, effect in (("a", "b"), ("b", "a"))]
    fit = _fit(equal)
    if free is not None and free.converged:
        df = equal.fit.df - free.fit.df
        chisq = max(equal.fit.chisq - free.fit.chisq, 0.0)
        p = float(chdtrc(df, chisq))
        fit += (("Same paths at every occasion", f"chi-square {chisq:.2f} on {df} df, p {p:.2g}"),)
        if p < EQUAL:
            paths += _free_paths(free, labels, waves, scale)
            trouble.append(
                Caution(
                    "lags-differ",
                    f"The paths differ from occasion to occasion (p = {p:.2g}); those shown are a compromise, and the single ones are in "
                    "the table.",
                )
            )
    if not of.even:
        trouble.append(
            Caution(
                "occasions-uneven",
                "The occasions lie at unequal distances, so a path from one to the next is not one thing.",
            )
        )
    return Lagged(
        paths=tuple(paths),
        model="random intercept cross-lagged panel model",
        people=equal.n,
        between=between(of),
        fit=fit,
        trouble=tuple(trouble),
        difference=_difference(equal, paths, level),
        options={
            "lags": "the same at every occasion, tested against free ones",
            "estimation": "full information maximum likelihood, robust standard errors (MLR)",
            "average course": "taken out, arm by arm and occasion by occasion",
            "occasions": f"{waves}" + ("" if waves == of.occasions else f" of {of.occasions}, those most people have"),
            "bringing together": of.how,
        },
    )


def _columns(of: Aligned) -> tuple[dict[str, np.ndarray], int, dict[str, float]]:
    """A column per score and occasion, standardised over all occasions so that the search is well conditioned."""
    at, place, counts = np.unique(of.occasion, return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_WAVES])
    who, person = np.unique(of.person, return_inverse=True)
    order = {int(old): new for new, old in enumerate(kept)}
    made, scale = {}, {}
    for name, values in (("a", of.first_left), ("b", of.second_left)):
        table = np.full((who.size, at.size), np.nan)
        scale[name] = _scale(values)
        table[person.ravel(), place.ravel()] = values / scale[name]
        for old, new in order.items():
            made[f"{name}{new}"] = table[:, old]
    seen = np.isfinite(np.column_stack(list(made.values()))).any(axis=1)
    return {name: column[seen] for name, column in made.items()}, int(kept.size), scale


def _scale(values: np.ndarray) -> float:
    spread = float(np.std(values))
    return spread if spread > 0 else 1.0


def _path(fit: Sem, cause: str, effect: str, labels: tuple[str, str], scale: dict[str, float]) -> LaggedPath:
    each = fit[f"{cause}_to_{effect}"]
    same = [one.standardised for one in fit.parameters if one.label == f"{cause}_to_{effect}"]
    return _told(each, [one for one in same if one is not None], cause, effect, labels, scale, PANEL)


def _free_paths(fit: Sem, labels: tuple[str, str], waves: int, scale: dict[str, float]) -> list[LaggedPath]:
    """The paths of the model in which they may differ, occasion by occasion."""
    made = []
    for t in range(2, waves + 1):
        for cause, effect in (("a", "b"), ("b", "a")):
            each = fit[f"{effect}_within{t}~{cause}_within{t - 1}"]
            same = [] if each.standardised is None else [each.standardised]
            made.append(_told(each, same, cause, effect, labels, scale, f"occasion {t - 1} to {t}"))
    return made


def _told(
    each: Estimate,
    standardised: list[float],
    cause: str,
    effect: str,
    labels: tuple[str, str],
    scale: dict[str, float],
    variant: str,
) -> LaggedPath:
    label = dict(zip("ab", labels, strict=True))
    back = scale[effect] / scale[cause]
    ratio = float(np.mean(standardised)) / each.estimate if standardised and each.estimate else float("nan")
    return LaggedPath(label[cause], label[effect], variant, _times(each, back), _times(each, ratio), each.p)


def _times(each: Estimate, factor: float) -> Interval:
    if not np.isfinite(factor) or each.low is None or each.high is None:
        return Interval(each.estimate * factor if np.isfinite(factor) else None)
    return Interval(each.estimate * factor, each.low * factor, each.high * factor)


def _improper(fit: Sem) -> tuple[str, ...]:
    """Where a variance is negative: "between" or "within"."""
    found = [
        "between" if each.left.endswith("_between") else "within"
        for each in fit.parameters
        if each.operator == "~~" and each.left == each.right and each.free and each.estimate <= 0
    ]
    return tuple(dict.fromkeys(found))


def _fit(fit: Sem) -> tuple[tuple[str, str], ...]:
    """How well the model fits, in words."""
    at = fit.scaled or fit.fit
    made = [("Chi-square", f"{at.chisq:.2f} on {at.df} df" + (f", p {at.p:.2g}" if at.p is not None else ""))]
    if at.cfi is not None:
        made.append(("CFI", f"{at.cfi:.3f}"))
    if at.rmsea is not None and at.rmsea_low is not None and at.rmsea_high is not None:
        made.append(("RMSEA", f"{at.rmsea:.3f} ({at.rmsea_low:.3f} to {at.rmsea_high:.3f})"))
    made.append(("SRMR", f"{fit.srmr:.3f}"))
    return tuple(made)


def _difference(fit: Sem, paths: list[LaggedPath], level: float) -> Interval | None:
    """Standardised path of the first direction minus that of the other, sizes only, by the delta method."""
    one, two = (fit[name] for name in ("a_to_b", "b_to_a"))
    if one.se is None or two.se is None or paths[0].standard.value is None or paths[1].standard.value is None:
        return None
    covariance = np.asarray(fit.kernel.covariance if fit.kernel.robust is None else fit.kernel.robust)
    place = {each.label: each.free for each in fit.model.parameters if each.label and each.free is not None}
    rows = [place["a_to_b"], place["b_to_a"]]
    slope = np.array(
        [abs(path.standard.value or 0.0) / each.estimate for path, each in zip(paths, (one, two), strict=False)]
    )
    slope[1] *= -1
    se = float(np.sqrt(max(slope @ covariance[np.ix_(rows, rows)] @ slope, 0.0)))
    value = abs(paths[0].standard.value) - abs(paths[1].standard.value)
    half = float(ndtri((1 + level) / 2)) * se
    return Interval(value, value - half, value + half)
