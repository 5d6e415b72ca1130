"""Models of a scale's items at one occasion: the declared structure, one factor, a general factor beside or above facets."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import expit, ndtri

from forwhom.findings.kinds import Interval, Loading, StructureFit
from forwhom.models import sem
from forwhom.models.structural.result import Sem

Facets = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Fitted:
    """One model with its name, its fit and what it says of the sum score."""

    name: str
    fit: Sem
    row: StructureFit
    loadings: tuple[Loading, ...]
    shares: tuple[tuple[str, Interval], ...]


def one_factor(matrix: np.ndarray, items: tuple[str, ...], occasion: str, ordered: bool, level: float) -> Fitted:
    """All items on one factor.

    Raises ProblemsFound where it cannot be fitted.
    """
    k = len(items)
    names = [f"x{i + 1}" for i in range(k)]
    lines = ["general =~ " + " + ".join(f"g{i + 1}*{name}" for i, name in enumerate(names))]
    lines += [] if ordered else [f"{name} ~~ e{i + 1}*{name}" for i, name in enumerate(names)]
    common = f"({_sum('g', range(k))})^2"
    lines += [f"omega_total := {common}/({common} + {_left(range(k), ordered, ('g',))})"]
    lines += [] if ordered else [_standard(f"g{i + 1}", f"g{i + 1}^2 + e{i + 1}") for i in range(k)]
    fit = _fit(lines, matrix, names, ordered, level)
    loadings = tuple(_loading(fit, f"g{i + 1}", items[i], "one factor", True) for i in range(k))
    shares = (("omega total of one factor", _share(fit, "omega_total", level)),)
    return Fitted("one factor", fit, structure_fit(fit, "one factor", occasion), loadings, shares)


def correlated(
    matrix: np.ndarray, items: tuple[str, ...], facets: Facets, occasion: str, ordered: bool, level: float
) -> Fitted:
    """Each item on its facet, facets correlated."""
    names = [f"x{i + 1}" for i in range(len(items))]
    lines = [f"f{j + 1} =~ " + " + ".join(f"s{i + 1}*{names[i]}" for i in own) for j, (_, own) in enumerate(facets)]
    if not ordered:
        lines += [f"{name} ~~ e{i + 1}*{name}" for i, name in enumerate(names)]
        lines += [_standard(f"s{i + 1}", f"s{i + 1}^2 + e{i + 1}") for i in range(len(items))]
    fit = _fit(lines, matrix, names, ordered, level)
    loadings = tuple(_loading(fit, f"s{i + 1}", items[i], label, False) for label, own in facets for i in own)
    shares = tuple(
        (f"correlation of {facets[a][0]} and {facets[b][0]}", _correlation(fit, f"f{a + 1}~~f{b + 1}"))
        for a, b in combinations(range(len(facets)), 2)
    )
    name = f"{len(facets)} correlated facets"
    return Fitted(name, fit, structure_fit(fit, name, occasion), loadings, shares)


def general_beside(
    matrix: np.ndarray, items: tuple[str, ...], facets: Facets, occasion: str, ordered: bool, level: float
) -> Fitted:
    """A general factor beside facets, all independent (bifactor), with the shares of the sum score (Reise, 2012)."""
    k = len(items)
    names = [f"x{i + 1}" for i in range(k)]
    lines = ["general =~ " + " + ".join(f"g{i + 1}*{name}" for i, name in enumerate(names))]
    lines += [f"f{j + 1} =~ " + " + ".join(f"s{i + 1}*{names[i]}" for i in own) for j, (_, own) in enumerate(facets)]
    factors = ["general", *(f"f{j + 1}" for j in range(len(facets)))]
    lines += [f"{one} ~~ 0*{other}" for one, other in combinations(factors, 2)]
    lines += [] if ordered else [f"{name} ~~ e{i + 1}*{name}" for i, name in enumerate(names)]
    lines += _shares_beside(facets, k, ordered)
    if not ordered:
        lines += [_standard(f"{x}{i + 1}", f"g{i + 1}^2 + s{i + 1}^2 + e{i + 1}") for x in "gs" for i in range(k)]
    fit = _fit(lines, matrix, names, ordered, level)
    name = "a general factor beside facets"
    loadings = [_loading(fit, f"g{i + 1}", items[i], "general", True) for i in range(k)]
    loadings += [_loading(fit, f"s{i + 1}", items[i], label, False) for label, own in facets for i in own]
    shares = [
        ("omega total", _share(fit, "omega_total", level)),
        ("omega hierarchical (general factor)", _share(fit, "omega_general", level)),
        ("explained common variance of the general factor", _share(fit, "explained", level)),
    ]
    shares += [
        (f"omega hierarchical of {label}, beyond the general factor", _share(fit, f"omega_f{j + 1}", level))
        for j, (label, _) in enumerate(facets)
    ]
    return Fitted(name, fit, structure_fit(fit, name, occasion), tuple(loadings), tuple(shares))


def _shares_beside(facets: Facets, k: int, ordered: bool) -> list[str]:
    """Omega total, omega hierarchical, explained common variance, and omega hierarchical of each facet's own sum."""
    general = f"({_sum('g', range(k))})^2"
    special = " + ".join(f"({_sum('s', own)})^2" for _, own in facets)
    left = _left(range(k), ordered, ("g", "s"))
    made = [
        f"omega_general := {general}/({general} + {special} + {left})",
        f"omega_total := ({general} + {special})/({general} + {special} + {left})",
        f"explained := ({_squares('g', range(k))})/({_squares('g', range(k))} + {_squares('s', range(k))})",
    ]
    for j, (_, own) in enumerate(facets):
        mine, shared = f"({_sum('s', own)})^2", f"({_sum('g', own)})^2"
        made.append(f"omega_f{j + 1} := {mine}/({mine} + {shared} + {_left(own, ordered, ('g', 's'))})")
    return made


def general_above(
    matrix: np.ndarray, items: tuple[str, ...], facets: Facets, occasion: str, ordered: bool, level: float
) -> Fitted:
    """Facets under one general factor (second order), three facets or more."""
    names = [f"x{i + 1}" for i in range(len(items))]
    lines = [
        f"f{j + 1} =~ " + " + ".join([f"1*{names[own[0]]}", *(names[i] for i in own[1:])])
        for j, (_, own) in enumerate(facets)
    ]
    lines += ["general =~ " + " + ".join(f"c{j + 1}*f{j + 1}" for j in range(len(facets))), "general ~~ 1*general"]
    lines += [f"f{j + 1} ~~ NA*f{j + 1} + v{j + 1}*f{j + 1}" for j in range(len(facets))]
    lines += [f"d_c{j + 1} := c{j + 1}/sqrt(c{j + 1}^2 + v{j + 1})" for j in range(len(facets))]
    fit = _fit(lines, matrix, names, ordered, level)
    name = "facets under a general factor"
    loadings = tuple(
        _loading(fit, f"c{j + 1}", label, "general", True, defined=True) for j, (label, _) in enumerate(facets)
    )
    return Fitted(name, fit, structure_fit(fit, name, occasion), loadings, ())


def _fit(lines: list[str], matrix: np.ndarray, names: list[str], ordered: bool, level: float) -> Sem:
    data = {name: matrix[:, i] for i, name in enumerate(names)}
    return sem("\n".join(lines), data, ordered=names if ordered else (), robust=not ordered, std_lv=True, level=level)


def _sum(letter: str, places: range | tuple[int, ...]) -> str:
    return " + ".join(f"{letter}{i + 1}" for i in places)


def _squares(letter: str, places: range | tuple[int, ...]) -> str:
    return " + ".join(f"{letter}{i + 1}^2" for i in places)


def _left(places: range | tuple[int, ...], ordered: bool, factors: tuple[str, ...]) -> str:
    """Sum of residual variances; of ordered items, what the loadings leave of 1."""
    if not ordered:
        return _sum("e", places)
    taken = " - ".join(f"{letter}{i + 1}^2" for i in places for letter in factors)
    return f"{len(places)} - {taken}"


def structure_fit(fit: Sem, name: str, occasion: str) -> StructureFit:
    """Fit of one model, robust indices where these exist."""
    used = fit.robust_fit or fit.scaled or fit.fit
    test = fit.scaled or fit.fit
    return StructureFit(
        name,
        occasion,
        fit.n,
        test.chisq if test.df else None,
        test.df,
        test.p,
        used.cfi if used.df else None,
        used.tli,
        Interval(used.rmsea, used.rmsea_low, used.rmsea_high),
        fit.srmr,
    )


def _standard(label: str, variance: str) -> str:
    """Definition of a standardised loading, so that its interval carries the error of the variance too."""
    return f"d_{label} := {label}/sqrt({variance})"


def _loading(fit: Sem, label: str, item: str, factor: str, general: bool, *, defined: bool = False) -> Loading:
    """A standardised loading: of ordered items the loading as it is, otherwise as defined by `_standard`."""
    found = fit[label] if fit.ordered and not defined else fit[f"d_{label}"]
    value = found.estimate if np.isfinite(found.estimate) else None
    return Loading(item, factor, Interval(value, found.low, found.high), general)


def _share(fit: Sem, name: str, level: float) -> Interval:
    """A share with limits on the logit scale (Kelley & Pornprasertmanit, 2016)."""
    found = fit[name]
    value = found.estimate
    if not np.isfinite(value):
        return Interval(None)
    if found.se is None or not 0 < value < 1:
        return Interval(float(value))
    half = float(ndtri(0.5 + level / 2)) * found.se / (value * (1 - value))
    centre = float(np.log(value / (1 - value)))
    return Interval(float(value), float(expit(centre - half)), float(expit(centre + half)))


def _correlation(fit: Sem, name: str) -> Interval:
    found = fit[name]
    return Interval(found.standardised, found.low, found.high)


__all__ = ["Fitted", "correlated", "general_above", "general_beside", "one_factor", "structure_fit"]
