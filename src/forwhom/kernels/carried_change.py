"""Does earlier change in a mechanism carry later change in an outcome: the path model, from incomplete data.

    mechanism after  = a x + before + e1                        a : did treatment move it
    border           = d x + before + e2                        the outcome where the mechanism's window ends
    outcome after    = c x + b mechanism + g border + before + e3

with x the arms against the reference and `before` everything known before (mechanism, outcome, covariates). Then
total = c + a b + d g: the part past both, the part carried by the mechanism, the part already there at the border. The
mechanism is judged by what the outcome does after the border only.

Every equation has all its paths, so maximum likelihood estimates under missing at random are functions of the
means and covariances (`incomplete_moments`). Intervals are percentiles of a bootstrap of persons or groups, at a level widened
for small samples (Hesterberg 2015, Am Stat 69, 371-386, "expanded percentiles"). Persons, and groups that lie in one arm
each, are drawn within arms; groups whose people are in several arms are drawn as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from forwhom.kernels.incomplete_moments import (
    Moments,
    coefficients,
    drawn_moments,
    incomplete,
    sample_moments,
)

Floats = NDArray[np.float64]
Basis = tuple[float, float]
"""Units drawn, and degrees of freedom."""
SPARE = 8
"""Residual degrees of freedom each arm needs for paths of its own."""
LEAST_DF = 2
"""Of a path within one arm."""
RHO = np.round(np.arange(-0.99, 1.0, 0.01), 2)
BEYOND = 2
"""Draws that must lie outside an end for it to be read off them; with fewer units than that needs, t times se is taken."""


@dataclass(frozen=True, slots=True)
class Number:
    """An estimate with its bootstrap: se, low, high and p, which is 1 minus the level at which the interval reaches 0.

    All from the same draws, widened alike.
    """

    value: float
    se: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Carried:
    """The paths. Per contrast: one entry per arm but the first, against the first; empty without arms.

    moved : a; border : d; carried : a b; earlier : d g; direct : c; total
    path : b; persistence : g
    joint_p : per contrast, the larger p of a and b (MacKinnon et al. 2002, Psychol Methods 7, 83-104, joint significance)
    arm_path : b within each arm; arm_change : mean change (level where there is no mechanism before) in each arm
    interaction : b of each arm minus that of the first; arm_carried : a times that arm's own b; empty where arms are too small
    correlation : of what is left of mechanism and outcome given everything else in b's equation: at this correlation of
        their errors nothing would be carried (Imai, Keele & Yamamoto 2010, Stat Sci 25, 51-71)
    correlation_from : the correlation nearest 0 at which the interval of the carried part holds 0, per contrast; of the path
        itself without arms; 0 where it does already
    r2 : shares of what is left of (mechanism, outcome) that each of `before` explains, for comparison with that correlation
    standard : b in standard deviations of what is left of both; left : these standard deviations, of mechanism and outcome
    n : rows; complete : with mechanism, border and outcome; units drawn; df of the intervals; lost draws
    """

    moved: tuple[Number, ...]
    border: tuple[Number, ...]
    carried: tuple[Number, ...]
    earlier: tuple[Number, ...]
    direct: tuple[Number, ...]
    total: tuple[Number, ...]
    path: Number
    persistence: Number
    joint_p: tuple[float, ...]
    arm_path: tuple[Number, ...]
    arm_change: tuple[Number, ...]
    interaction: tuple[Number, ...]
    arm_carried: tuple[Number, ...]
    correlation: float
    correlation_from: tuple[float, ...]
    r2: tuple[tuple[float, float], ...]
    standard: float
    left: tuple[float, float]
    n: int
    complete: int
    units: int
    df: float
    lost: int
    draws: dict[str, Floats] = field(repr=False)


def widened(level: float, n: float, df: float) -> float:
    """Level of percentiles that covers as t with `df` does, n rows drawn (Hesterberg 2015, section 5.3).

    >>> round(widened(0.95, 20, 19), 4), round(widened(0.95, 10_000, 9_990), 3)
    (0.9682, 0.95)
    """
    return float(1 - 2 * ndtr(-np.sqrt(n / max(df, 1.0)) * stdtrit(max(df, 1.0), (1 + level) / 2)))


def carried_change(
    mechanism: ArrayLike,
    border: ArrayLike,
    outcome: ArrayLike,
    before: ArrayLike,
    arm: ArrayLike,
    *,
    arms: int,
    mechanism_before: int | None = None,
    beside: ArrayLike | None = None,
    unit: ArrayLike | None = None,
    draws: int = 1000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Carried:
    """Estimate the paths.

    mechanism, border, outcome : (n,) NaN where absent; n rows have at least one of them
    before : (n, c) mechanism and outcome before, covariates; NaN where absent
    arm : (n,) codes 0 … arms - 1
    mechanism_before : column of `before` that holds the mechanism's earlier score; None when there is none
    beside : (n, s) further scores that tell of absent ones (MAR given them) and are in no equation
    unit : (n,) codes of people drawn together; None for persons

    Raises ValueError when the moments cannot be estimated, or hardly a draw can.

    >>> rng = np.random.default_rng(1)
    >>> x = np.repeat([0, 1], 100)
    >>> m = x + rng.normal(size=200)
    >>> y1 = rng.normal(size=200)
    >>> y2 = 0.5 * m + 0.5 * y1 + rng.normal(size=200)
    >>> made = carried_change(m, y1, y2, np.empty((200, 0)), x, arms=2, draws=200, rng=rng)
    >>> bool(np.isclose(made.total[0].value, made.direct[0].value + made.carried[0].value + made.earlier[0].value))
    True
    """
    code = np.asarray(arm, dtype=np.intp)
    known = np.asarray(before, dtype=np.float64).reshape(code.size, -1)
    core = [np.asarray(each, dtype=np.float64) for each in (mechanism, border, outcome)]
    extra = np.empty((code.size, 0)) if beside is None else np.asarray(beside, dtype=np.float64).reshape(code.size, -1)
    variables = np.column_stack([known, *core, extra])
    groups = np.arange(code.size) if unit is None else np.unique(np.asarray(unit), return_inverse=True)[1].ravel()
    counts = draw_counts(groups, code, draws, rng)
    dummies = (
        np.column_stack([(code == k).astype(float) for k in range(1, arms)]) if arms > 1 else np.empty((code.size, 0))
    )
    layout = _Layout(arms - 1, known.shape[1], mechanism_before)
    of = incomplete(np.column_stack([dummies, variables]))
    sample = sample_moments(of)
    if not sample.good[0]:
        raise ValueError(
            "the scores are functions of each other, or too few were seen, so their paths cannot be estimated."
        )
    drawn = drawn_moments(of, counts, start=sample)
    if drawn.good.sum() < draws / 2:
        raise ValueError(
            f"only {int(drawn.good.sum())} of {draws} draws have a solution: too few people for this model."
        )
    whole = np.isfinite(np.column_stack(core)).all(axis=1)
    complete = int(whole.sum())
    n, df = basis(groups, code, complete, arms + known.shape[1] + 2)
    of_level = widened(level, n, df)
    value, spread = _paths(layout, sample), _paths(layout, drawn)
    number = _numbers(value, spread, drawn.good, of_level, df, n)
    own = _own_paths(variables, code, arms, groups, counts, layout, level, number, spread, drawn.good)
    path = number("path")
    moved = _per(number, "moved", arms)
    at, every = _left(layout, sample), _left(layout, drawn)
    return Carried(
        moved=moved,
        border=_per(number, "border", arms),
        carried=_per(number, "carried", arms),
        earlier=_per(number, "earlier", arms),
        direct=_per(number, "direct", arms),
        total=_per(number, "total", arms),
        path=path,
        persistence=number("persistence"),
        joint_p=tuple(float(max(each.p, path.p)) for each in moved),
        arm_path=own[0],
        arm_change=_per(number, "change", arms, first=0),
        interaction=own[1],
        arm_carried=own[2],
        correlation=float(at[0][0]),
        correlation_from=_hold_zero(value, spread, every, drawn.good, of_level, arms, at),
        r2=_explained(layout, sample),
        standard=float(value["path"][0, 0] * at[1][0]),
        left=(float(at[2][0]), float(at[3][0])),
        n=code.size,
        complete=complete,
        units=int(groups.max()) + 1,
        df=df,
        lost=int(draws - drawn.good.sum()),
        draws={name: each[drawn.good] for name, each in spread.items()},
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """Places of the variables among the cross-products: constant, arms, before, mechanism, border, outcome."""

    x: int
    before: int
    mechanism_before: int | None

    @property
    def first(self) -> list[int]:
        return list(range(1 + self.x + self.before))

    @property
    def mechanism(self) -> int:
        return 1 + self.x + self.before


def nested(groups: NDArray[np.intp], code: NDArray[np.intp]) -> bool:
    """Whether every group has people of one arm only.

    >>> nested(np.array([0, 0, 1]), np.array([0, 0, 1])), nested(np.array([0, 0, 1]), np.array([0, 1, 1]))
    (True, False)
    """
    return len(np.unique(np.column_stack([groups, code]), axis=0)) == int(groups.max()) + 1


def draw_counts(groups: NDArray[np.intp], code: NDArray[np.intp], draws: int, rng: np.random.Generator) -> Floats:
    """(draws, n) how often each row is drawn.

    Persons, and groups that lie in one arm each, within arms; groups with people of several arms as they are, and then people
    without a group within arms.

    >>> groups, arm = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 0, 0, 0, 1, 1, 1, 1])
    >>> made = draw_counts(groups, arm, 50, np.random.default_rng(1))
    >>> bool((made[:, arm == 1].sum(axis=1) == 4).all())
    True
    """
    units = int(groups.max()) + 1
    times = np.zeros((draws, units))
    if nested(groups, code):
        arm_of = np.zeros(units, dtype=np.intp)
        arm_of[groups] = code
        strata = [np.flatnonzero(arm_of == k) for k in np.unique(code)]
    else:
        alone = np.bincount(groups)[groups] == 1
        strata = [groups[alone & (code == k)] for k in np.unique(code[alone])] + [np.unique(groups[~alone])]
    for each in strata:
        times[:, each] = rng.multinomial(each.size, np.full(each.size, 1 / each.size), size=draws)
    return np.asarray(times[:, groups])


def basis(groups: NDArray[np.intp], code: NDArray[np.intp], complete: int, coefficients: int) -> Basis:
    """Units an interval rests on, and its degrees of freedom.

    Persons: those with every score, less the coefficients. Groups within arms: those of Welch and Satterthwaite where the arms
    have equal shares of the variance, so that two therapists in one arm are not made up for by ten in the other. Groups across
    arms: one less than there are.

    >>> basis(np.repeat(np.arange(10), 8), np.repeat([0, 1], 40), 80, 6)
    (10.0, 8.0)
    """
    units = int(groups.max()) + 1
    most = max(complete - coefficients, 1)
    if units == code.size:
        return float(complete), float(most)
    if not nested(groups, code):
        return float(min(units, complete)), float(max(min(most, units - 1), 1))
    of_arms = np.array([np.unique(groups[code == k]).size for k in np.unique(code)], dtype=np.float64)
    own = np.maximum(of_arms - 1, 1)
    df = float(min(of_arms.size**2 / (1 / own).sum(), most))
    return float(df * ((own + 1) / own).mean()), df


def _paths(at: _Layout, of: Moments) -> dict[str, Floats]:
    """Every path per draw: (b,) or (b, contrasts)."""
    s, m = of.products, at.mechanism
    x = slice(1, 1 + at.x)
    a = coefficients(s, m, at.first)[0][:, x]
    d = coefficients(s, m + 1, at.first)[0][:, x]
    full = coefficients(s, m + 2, [*at.first, m, m + 1])[0]
    b, g = full[:, -2], full[:, -1]
    arms = list(range(1 + at.x))
    levels = coefficients(s, m, arms)[0]
    if at.mechanism_before is not None:
        levels = levels - coefficients(s, 1 + at.x + at.mechanism_before, arms)[0]
    levels[:, 1:] += levels[:, :1]
    return {
        "moved": a,
        "border": d,
        "path": b[:, None],
        "persistence": g[:, None],
        "carried": a * b[:, None],
        "earlier": d * g[:, None],
        "direct": full[:, x],
        "total": coefficients(s, m + 2, at.first)[0][:, x],
        "change": levels,
    }


_Named = Callable[..., Number]


def _numbers(
    value: dict[str, Floats], spread: dict[str, Floats], good: NDArray[np.bool_], level: float, df: float, n: float
) -> _Named:
    def number(name: str, k: int = 0) -> Number:
        return _number(float(value[name][0, k]), spread[name][good, k], level, df, n)

    return number


def _number(value: float, draws: Floats, level: float, df: float, n: float) -> Number:
    """level : widened for n and df."""
    se = float(draws.std(ddof=1) * np.sqrt(n / df))
    tail = (1 - level) / 2
    if tail * draws.size < BEYOND:
        half = -float(ndtri(tail)) * np.sqrt(df / n) * se
        p = float(2 * stdtr(df, -abs(value) / se)) if se > 0 else float("nan")
        return Number(value, se, value - half, value + half, p)
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Number(value, se, float(min(low, value)), float(max(high, value)), _p(value, draws, se, df, n))


def _p(value: float, draws: Floats, se: float, df: float, n: float) -> float:
    """1 minus the level at which the widened interval reaches 0; where no draw does, from t = value / se if that is smaller."""
    if not se > 0:
        return float("nan")
    ordered = np.sort(draws)
    # The place of 0 among the draws as `quantile` counts it, so that p and the ends of the interval cannot disagree.
    place = float(np.interp(0.0, ordered, np.linspace(0.0, 1.0, draws.size)))
    inside = 0.0 < place < 1.0
    tail = min(place, 1 - place) if inside else 1 / (draws.size + 1)
    p = float(min(2 * stdtr(df, ndtri(tail) * np.sqrt(df / n)), 1.0))
    return p if inside else min(p, float(2 * stdtr(df, -abs(value) / se)))


def _per(number: _Named, name: str, arms: int, *, first: int = 1) -> tuple[Number, ...]:
    return tuple(number(name, k) for k in range(arms - first))


_Own = tuple[tuple[Number, ...], tuple[Number, ...], tuple[Number, ...]]


def _own_paths(
    variables: Floats,
    code: NDArray[np.intp],
    arms: int,
    groups: NDArray[np.intp],
    counts: Floats,
    at: _Layout,
    level: float,
    number: _Named,
    spread: dict[str, Floats],
    good: NDArray[np.bool_],
) -> _Own:
    """b within each arm, differences from the first arm's, and what is carried with an arm's own b."""
    none: _Own = ((), (), ())
    if arms < 2:
        return none
    alone = _Layout(0, at.before, at.mechanism_before)
    predictors = [*alone.first, alone.mechanism, alone.mechanism + 1]
    # Scores beside the model cost covariances that a single arm cannot pay.
    used = variables[:, : at.before + 3]
    complete = np.asarray(np.isfinite(used).all(axis=1))
    values, draws, bases = [], [], []
    for k in range(arms):
        mine = (code == k) & np.isfinite(used).any(axis=1)
        whole = int(complete[mine].sum())
        if whole < len(predictors) + SPARE:
            return none
        try:
            of = incomplete(used[mine])
        except ValueError:
            return none
        sample = sample_moments(of)
        if not sample.good[0]:
            return none
        times = counts[:, mine]
        there = times.sum(axis=1) > 0
        drawn = drawn_moments(of, np.where(there[:, None], times, 1.0), start=sample)
        values.append(coefficients(sample.products, alone.mechanism + 2, predictors)[0][0, -2])
        draws.append(coefficients(drawn.products, alone.mechanism + 2, predictors)[0][:, -2])
        bases.append(basis(np.unique(groups[mine], return_inverse=True)[1].ravel(), code[mine], whole, len(predictors)))
        good = good & drawn.good & there
        if bases[-1][1] < LEAST_DF:
            return none
    if good.sum() < good.size / 2:
        return none
    n, df = basis(groups, code, int(complete.sum()), len(predictors) * arms)

    def all_arms(value: float, spread: Floats) -> Number:
        return _number(value, spread, widened(level, n, df), df, n)

    of_arms = tuple(
        _number(float(v), d[good], widened(level, *each), each[1], each[0])
        for v, d, each in zip(values, draws, bases, strict=True)
    )
    differences = tuple(all_arms(float(values[k] - values[0]), draws[k][good] - draws[0][good]) for k in range(1, arms))
    carried = tuple(
        all_arms(
            number("moved", max(k - 1, 0)).value * float(values[k]),
            spread["moved"][good, max(k - 1, 0)] * draws[k][good],
        )
        for k in range(arms)
    )
    return of_arms, differences, carried


def _left(at: _Layout, of: Moments) -> tuple[Floats, Floats, Floats, Floats]:
    """What is left of mechanism and outcome given all else: correlation, ratio of spreads (m over y), both spreads."""
    s, m = of.products, at.mechanism
    rest = [*at.first, m + 1]
    b = coefficients(s, m + 2, [*rest, m])[0][:, -1]
    of_m, of_y = coefficients(s, m, rest)[1], coefficients(s, m + 2, rest)[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.sqrt(of_m / of_y)
        return b * ratio, ratio, np.sqrt(of_m), np.sqrt(of_y)


def _hold_zero(
    value: dict[str, Floats],
    spread: dict[str, Floats],
    every: tuple[Floats, ...],
    good: NDArray[np.bool_],
    level: float,
    arms: int,
    at: tuple[Floats, ...],
) -> tuple[float, ...]:
    """The correlation of errors nearest 0 at which the interval of the effect holds 0; 0 where it does without any."""
    sign = 1.0 if at[0][0] >= 0 else -1.0
    grid = RHO[RHO >= 0]
    r, ratio = (each[good] for each in every[:2])
    # b(rho) = [r - rho sqrt((1 - r^2) / (1 - rho^2))] / ratio
    b = (r[:, None] - sign * grid * np.sqrt((1 - r[:, None] ** 2) / (1 - grid**2))) / ratio[:, None]
    tails = [(1 - level) / 2, (1 + level) / 2]
    made = []
    for k in range(max(arms - 1, 1)):
        effect = b * spread["moved"][good, k][:, None] if arms > 1 else b
        low, high = np.quantile(effect, tails, axis=0)
        holds = np.flatnonzero((low <= 0) & (high >= 0))
        made.append(sign * float(grid[holds[0]]) if holds.size else sign * float(grid[-1]))
    return tuple(made)


def _explained(at: _Layout, of: Moments) -> tuple[tuple[float, float], ...]:
    """Of what is left of mechanism and outcome given arms and the rest of `before`, the share each column explains."""
    s, m = of.products, at.mechanism
    made = []
    for k in range(at.before):
        column = 1 + at.x + k
        rest = [each for each in [*at.first, m + 1] if each != column]
        shares = []
        for target in (m, m + 2):
            without, with_ = coefficients(s, target, rest)[1][0], coefficients(s, target, [*rest, column])[1][0]
            shares.append(float(1 - with_ / without))
        made.append((shares[0], shares[1]))
    return tuple(made)


def people_for_power(predictors: int, *, r: float = 0.3, power: float = 0.8, level: float = 0.95) -> int:
    """People it takes so that both paths, each of partial correlation r, are shown together with this power.

    Both tests (Fisher's z, two-sided) must succeed, each with probability sqrt(power), the tests being independent.

    >>> people_for_power(4)
    115
    """
    need = (ndtri((1 + level) / 2) + ndtri(np.sqrt(power))) / np.arctanh(r)
    return int(np.ceil(need**2 + 3 + predictors))


def of_draws(value: float, draws: ArrayLike, *, level: float, df: float, n: float) -> Number:
    """A number with its interval from draws of it; level already widened.

    >>> of_draws(0.0, np.linspace(-1, 1, 101), level=0.9, df=50, n=50).low.__round__(2)
    -0.9
    """
    return _number(value, np.asarray(draws, dtype=np.float64), level, df, n)


__all__ = [
    "Carried",
    "Number",
    "basis",
    "carried_change",
    "draw_counts",
    "nested",
    "of_draws",
    "people_for_power",
    "widened",
]
