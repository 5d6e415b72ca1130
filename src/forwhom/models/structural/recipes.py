"""Model texts written out for the usual designs. Each returns syntax to be read, changed and handed to `sem`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal

from forwhom.models.structural.measurement_text import groups_text, occasions_text


def latent_growth(
    columns: Sequence[str],
    times: Sequence[float] | None = None,
    *,
    quadratic: bool = False,
    covariates: Sequence[str] = (),
    equal_residuals: bool = False,
) -> str:
    """Latent growth: level, slope and, where asked, curve (Meredith & Tisak, 1990).

    columns : one score, occasion by occasion; times : of the occasions, 0 where the level is meant; None for 0, 1, 2 …
    covariates : what explains level and slope (and curve); equal_residuals : one residual variance for all occasions

    Raises ValueError for fewer occasions than the course needs, and for times that do not fit the columns.

    >>> print(latent_growth(["y0", "y1", "y2"], [0, 1, 3]))
    # Latent growth of y0 to y2
    level =~ 1*y0 + 1*y1 + 1*y2
    slope =~ 0*y0 + 1*y1 + 3*y2
    y0 ~ 0*1
    y1 ~ 0*1
    y2 ~ 0*1
    level ~ 1
    slope ~ 1
    level ~~ slope
    """
    at = [float(k) for k in range(len(columns))] if times is None else [float(time) for time in times]
    if len(at) != len(columns):
        raise ValueError(f"there are {len(columns)} columns and {len(at)} times. Give one time per column.")
    needed = 4 if quadratic else 3
    if len(set(at)) < needed:
        raise ValueError(
            f"{len(set(at))} occasions; this course needs {needed}. Compare two occasions by their change."
        )
    powers = {"level": 0, "slope": 1} | ({"curve": 2} if quadratic else {})
    lines = [f"# Latent growth of {columns[0]} to {columns[-1]}"]
    lines += [
        f"{factor} =~ " + " + ".join(f"{time**power:g}*{name}" for name, time in zip(columns, at, strict=True))
        for factor, power in powers.items()
    ]
    lines += [f"{name} ~ 0*1" for name in columns]
    lines += [f"{factor} ~ 1" for factor in powers]
    lines += [f"{one} ~~ {other}" for one, other in combinations(powers, 2)]
    if equal_residuals:
        lines += [f"{name} ~~ residual*{name}" for name in columns]
    if covariates:
        lines += [f"{factor} ~ {' + '.join(covariates)}" for factor in powers]
    return "\n".join(lines)


def latent_change(
    columns: Sequence[str], other: Sequence[str] = (), *, proportional: bool = True, names: tuple[str, str] = ("x", "z")
) -> str:
    """Latent change scores: change from occasion to occasion as constant and proportional to where one stands
    (McArdle, 2009); with a second score, change of each also follows where the other stood.

    columns, other : one score each, occasion by occasion at equal distances; names : what they are called in the model
    proportional : whether change depends on the score before; coupling between scores needs it

    Raises ValueError for fewer than three occasions, or scores with different numbers of them.

    >>> print(latent_change(["y1", "y2", "y3"]).splitlines()[1])
    x_state1 =~ 1*y1
    """
    series = {names[0]: list(columns)} | ({names[1]: list(other)} if other else {})
    _same_length(series, 3)
    if other and not proportional:
        raise ValueError("coupled change needs proportional=True.")
    lines = [f"# Latent change of {' and '.join(f'{own[0]} to {own[-1]}' for own in series.values())}"]
    for name, own in series.items():
        lines += _change_of(name, own, proportional, next((each for each in series if each != name), None))
    if other:
        a, b = series
        lines += [f"{one} ~~ {two}" for one in (f"{a}_state1", f"{a}_change") for two in (f"{b}_state1", f"{b}_change")]
        lines += [f"{one} ~~ residual_{a}{b}*{two}" for one, two in zip(columns, other, strict=True)]
    return "\n".join(lines)


def _change_of(name: str, columns: Sequence[str], proportional: bool, other: str | None) -> list[str]:
    later = range(2, len(columns) + 1)
    lines = [f"{name}_state{t} =~ 1*{column}" for t, column in enumerate(columns, start=1)]
    lines += [f"{name}_step{t} =~ 1*{name}_state{t}" for t in later]
    lines += [f"{name}_change =~ " + " + ".join(f"1*{name}_step{t}" for t in later)]
    lines += [f"{name}_state{t} ~ 1*{name}_state{t - 1}" for t in later]
    if proportional:
        lines += [f"{name}_step{t} ~ proportion_{name}*{name}_state{t - 1}" for t in later]
    if other is not None:
        lines += [f"{name}_step{t} ~ {other}_to_{name}*{other}_state{t - 1}" for t in later]
    lines += [f"{column} ~~ residual_{name}*{column}" for column in columns]
    lines += [f"{column} ~ 0*1" for column in columns]
    lines += [f"{name}_state{t} ~~ 0*{name}_state{t}" for t in later] + [
        f"{name}_step{t} ~~ 0*{name}_step{t}" for t in later
    ]
    lines += [
        f"{name}_state1 ~ 1",
        f"{name}_change ~ 1",
        f"{name}_state1 ~~ {name}_state1",
        f"{name}_change ~~ {name}_change",
    ]
    return [*lines, f"{name}_state1 ~~ {name}_change"]


def ri_clpm(
    series: Mapping[str, Sequence[str]],
    *,
    covariates: Sequence[str] = (),
    covariates_on: Literal["intercepts", "waves"] = "intercepts",
    equal_lags: bool = False,
    equal_residuals: bool = False,
    equal_means: bool = False,
    indirect: tuple[str, str, str] | None = None,
) -> str:
    """Random intercept cross-lagged panel model (Hamaker, Kuiper & Grasman, 2015): stable differences between persons
    apart from deviations that carry over from wave to wave.

    series : name of each score and its columns, wave by wave; two scores, or three for mediation inside
    covariates : stable predictors of the random intercepts or, with covariates_on="waves", of every score with effects that
        may change from wave to wave (Mulder & Hamaker, 2021)
    equal_lags : the same lagged paths at every wave; equal_residuals : and the same residual (co)variances;
        equal_means : and the same mean of each score
    indirect : names (cause, mediator, outcome) of three scores: the within-person effect of the cause at one wave, through
        the mediator at the next, on the outcome one later still; with free lags one for every start, named by its wave

    Raises ValueError for fewer than two scores, fewer than three waves, or scores with different numbers of waves.

    >>> print(ri_clpm({"x": ["x1", "x2", "x3"], "z": ["z1", "z2", "z3"]}).splitlines()[1])
    x_between =~ 1*x1 + 1*x2 + 1*x3
    """
    if len(series) < 2:
        raise ValueError("the model is about at least two scores.")
    waves = _same_length(series, 3)
    if indirect is not None and (len(set(indirect)) != 3 or not set(indirect) <= set(series)):
        raise ValueError("an indirect effect needs three different names of the scores: cause, mediator, outcome.")
    names = list(series)
    lines = [f"# Random intercept cross-lagged panel model of {' and '.join(names)} over {waves} waves"]
    lines += [f"{name}_between =~ " + " + ".join(f"1*{column}" for column in own) for name, own in series.items()]
    lines += [
        f"{name}_within{t} =~ 1*{column}" for name, own in series.items() for t, column in enumerate(own, start=1)
    ]
    lines += [f"{column} ~~ 0*{column}" for own in series.values() for column in own]
    for t in range(2, waves + 1):
        for name in names:
            causes = [f"{_lag(cause, name, t - 1, equal_lags, indirect)}{cause}_within{t - 1}" for cause in names]
            lines.append(f"{name}_within{t} ~ {' + '.join(causes)}")
    for t in range(1, waves + 1):
        same = equal_residuals and t > 1
        lines += [f"{name}_within{t} ~~ {f'residual_{name}*' if same else ''}{name}_within{t}" for name in names]
        lines += [
            f"{a}_within{t} ~~ {f'residual_{a}_{b}*' if same else ''}{b}_within{t}" for a, b in combinations(names, 2)
        ]
    lines += [f"{name}_between ~~ {name}_between" for name in names]
    lines += [f"{a}_between ~~ {b}_between" for a, b in combinations(names, 2)]
    lines += [f"{a}_between ~~ " + " + ".join(f"0*{b}_within1" for b in names) for a in names]
    if equal_means:
        lines += [f"{column} ~ mean_{name}*1" for name, own in series.items() for column in own]
    if covariates and covariates_on == "intercepts":
        lines += [f"{name}_between ~ {' + '.join(covariates)}" for name in names]
        # Explained by something and explaining nothing, both would otherwise be given a covariance by default.
        lines += [f"{a}_between ~~ " + " + ".join(f"0*{b}_within{waves}" for b in names) for a in names]
    elif covariates:
        lines += [f"{column} ~ {' + '.join(covariates)}" for own in series.values() for column in own]
    if indirect is not None:
        cause, mediator, outcome = indirect
        if equal_lags:
            lines.append(f"indirect := {cause}_to_{mediator}*{mediator}_to_{outcome}")
        else:
            lines += [
                f"indirect{t} := {cause}_to_{mediator}_{t}*{mediator}_to_{outcome}_{t + 1}" for t in range(1, waves - 1)
            ]
    return "\n".join(lines)


def _lag(cause: str, effect: str, wave: int, equal: bool, indirect: tuple[str, str, str] | None) -> str:
    """Label of a lagged path that leaves a wave: shared over waves, or its own where an indirect effect is made of it."""
    if equal:
        return f"{cause}_to_{effect}*"
    chained = indirect is not None and (cause, effect) in ((indirect[0], indirect[1]), (indirect[1], indirect[2]))
    return f"{cause}_to_{effect}_{wave}*" if chained else ""


def bifactor(facets: Mapping[str, Sequence[str]], *, general: str = "general") -> str:
    """One general factor beside facets, all independent of each other, at variance 1 (Reise, 2012).

    facets : name of each facet and its items, at least two; two facets at least

    Raises ValueError where that is not so.

    >>> print(bifactor({"a": ["i1", "i2", "i3"], "b": ["i4", "i5", "i6"]}).splitlines()[2])
    a =~ NA*i1 + i2 + i3
    """
    items = _facets(facets, 2)
    factors = [general, *facets]
    return "\n".join(
        [
            f"# One general factor beside {len(facets)} facets",
            f"{general} =~ " + _free(items),
            *(f"{facet} =~ " + _free(own) for facet, own in facets.items()),
            *(f"{factor} ~~ 1*{factor}" for factor in factors),
            *(f"{one} ~~ 0*{other}" for one, other in combinations(factors, 2)),
        ]
    )


def second_order(facets: Mapping[str, Sequence[str]], *, general: str = "general") -> str:
    """Facets measured by items, and a general factor, at variance 1, measured by the facets.

    facets : name of each facet and its items, at least two; three facets at least

    Raises ValueError where that is not so.

    >>> print(second_order({"a": ["i1", "i2"], "b": ["i3", "i4"], "c": ["i5", "i6"]}).splitlines()[-2])
    general =~ NA*a + b + c
    """
    _facets(facets, 3)
    return "\n".join(
        [
            f"# {len(facets)} facets under one general factor",
            *(f"{facet} =~ " + " + ".join(own) for facet, own in facets.items()),
            f"{general} =~ " + _free(list(facets)),
            f"{general} ~~ 1*{general}",
        ]
    )


def _free(items: Sequence[str]) -> str:
    return " + ".join([f"NA*{items[0]}", *items[1:]])


def _facets(facets: Mapping[str, Sequence[str]], least: int) -> list[str]:
    if len(facets) < least:
        raise ValueError(f"{len(facets)} facets; at least {least} are needed.")
    small = [name for name, own in facets.items() if len(own) < 2]
    if small:
        raise ValueError(f"facet {small[0]} has fewer than two items.")
    items = [item for own in facets.values() for item in own]
    if len(set(items)) < len(items):
        raise ValueError("an item stands in two facets.")
    return items


def _same_length(series: Mapping[str, Sequence[str]], least: int) -> int:
    sizes = {len(own) for own in series.values()}
    if len(sizes) > 1:
        raise ValueError("the scores have different numbers of occasions.")
    (size,) = sizes
    if size < least:
        raise ValueError(f"{size} occasions; at least {least} are needed.")
    return size


__all__ = ["bifactor", "groups_text", "latent_change", "latent_growth", "occasions_text", "ri_clpm", "second_order"]
