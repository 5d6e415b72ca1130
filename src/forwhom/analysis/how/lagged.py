"""Lagged paths within persons, both ways: session by session, or by a random intercept cross-lagged panel model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.how.alignment import Aligned
from forwhom.analysis.outcome.repeated_model import MIN_CLUSTERS
from forwhom.analysis.words import number, p_value
from forwhom.findings import Caution
from forwhom.findings.kinds import Interval, LaggedPath
from forwhom.kernels.carried_change import of_draws, widened
from forwhom.kernels.cross_lag import WithinPaths, within_paths

FEW_WAVES, MANY = 3, 8
"""Common occasions from which order in time can be asked, and from which it is asked session by session."""
FEWEST_PEOPLE = 30
DRAWS = 500
MEANS, TRENDS, CURVES = "person means taken out", "person trends taken out", "person curves taken out"
STRETCH = 16
"""Least steps from first to last session of a stretch with a parabola of its own; longer ones bend (validation/how_mediation)."""
VERSIONS: dict[str, tuple[int, int | None]] = {CURVES: (2, STRETCH), TRENDS: (1, None), MEANS: (0, None)}
"""Degree and stretch of what is taken out of each person. The first is the answer, whatever the values; the others stand beside it."""
HARDLY = 0.05
"""Correlation within a session below which the two do not go together."""
PANEL = "equal paths at every occasion"


@dataclass(frozen=True, slots=True)
class Lagged:
    """Both directions, model by model; the first two paths are the answer.

    model : in words; between : correlation of the two persons' averages; fit : of a panel model, (name, says)
    trouble : what a reader must know
    """

    paths: tuple[LaggedPath, ...]
    model: str
    people: int
    between: float
    fit: tuple[tuple[str, str], ...]
    trouble: tuple[Caution, ...]
    difference: Interval | None
    options: dict[str, str]


def lagged(of: Aligned, labels: tuple[str, str], rng: np.random.Generator, level: float) -> Lagged | tuple[str, str]:
    """The paths, or why there are none and what it would take."""
    if of.occasions < FEW_WAVES:
        return (
            f"{labels[0]} and {labels[1]} were measured together at {of.occasions} occasion{'' if of.occasions == 1 else 's'}; from two "
            "or fewer, what is stable in a person cannot be told from what changes",
            f"Both at {FEW_WAVES} or more occasions, better at every session.",
        )
    counts = np.bincount(np.unique(of.person, return_inverse=True)[1].ravel())
    enough = int((counts >= FEW_WAVES).sum())
    if enough < FEWEST_PEOPLE:
        return (
            f"only {enough} people have {labels[0]} and {labels[1]} at {FEW_WAVES} or more occasions",
            f"{FEWEST_PEOPLE} people with both at {FEW_WAVES} or more occasions are the least; some 100 for a useful width.",
        )
    if of.occasions >= MANY:
        return _by_session(of, labels, rng, level)
    from forwhom.analysis.how.panel import panel

    return panel(of, labels, level)


def _by_session(
    of: Aligned, labels: tuple[str, str], rng: np.random.Generator, level: float
) -> Lagged | tuple[str, str]:
    main = _tried(of, rng, CURVES)
    if isinstance(main, str):
        return f"with {CURVES}, {main}", "More neighbouring sessions with both values per person."
    paths = list(_both(main, labels, CURVES, level))
    trouble: list[Caution] = []
    for name in (TRENDS, MEANS):
        other = _tried(of, rng, name)
        if isinstance(other, str):
            continue
        paths += _both(other, labels, name, level)
        if _shown(paths[:2]) != _shown(paths[-2:]) and not any(
            each.code == "order-depends-on-trend" for each in trouble
        ):
            trouble.append(
                Caution(
                    "order-depends-on-trend",
                    f"With {name} only, the picture is another: {_told(paths[-2])}; {_told(paths[-1])}. Courses of people's own that "
                    f"stay in look like carry-over and like paths; the answer has {CURVES}.",
                )
            )
    trouble += _rest(main, labels, level)
    known = of.therapist >= 0
    nested = np.unique(of.therapist[known])
    if nested.size >= MIN_CLUSTERS:
        unit = np.where(known, of.therapist, of.therapist.max() + 1 + of.person)
        among = _tried(of, rng, CURVES, unit=unit)
        if isinstance(among, WithinPaths):
            paths += _both(among, labels, f"{CURVES}, therapists resampled", level)
    elif nested.size > 1:
        trouble.append(
            Caution(
                "few-clusters",
                f"{nested.size} therapists are too few to resample; intervals take people as independent.",
            )
        )
    contrast = np.abs(main.standard_draws[:, 1, 0]) - np.abs(main.standard_draws[:, 0, 1])
    contrast = contrast[np.isfinite(contrast)]
    value = float(abs(main.standard[1, 0]) - abs(main.standard[0, 1]))
    of_both = of_draws(
        value, contrast, level=widened(level, main.units, main.units - 1), df=main.units - 1, n=main.units
    )
    return Lagged(
        paths=tuple(paths),
        model="session-level lagged paths within persons",
        people=main.people,
        between=between(of),
        fit=(),
        trouble=tuple(trouble),
        difference=Interval(of_both.value, of_both.low, of_both.high),
        options=_options(of, main, labels),
    )


def _options(of: Aligned, main: WithinPaths, labels: tuple[str, str]) -> dict[str, str]:
    return {
        "small number of sessions": "corrected: centred cross-products set equal to their expectation for a stationary process "
        f"(uncorrected {labels[0]} → {labels[1]}: {main.uncorrected[1, 0]:.3f}, {labels[1]} → {labels[0]}: "
        f"{main.uncorrected[0, 1]:.3f})",
        "lag": "one session; pairs of neighbouring sessions only",
        "average course": "taken out, arm by arm and session by session, estimated beside people's own courses",
        "own course": f"a parabola of each person, taken out of each stretch of {STRETCH + 1} or more sessions (one where there are fewer)",
        "carry-over": f"{labels[0]} {main.phi[0, 0]:.2f}, {labels[1]} {main.phi[1, 1]:.2f} of a deviation remain at the next session",
        "at the same session": f"correlation {main.correlation:.2f} within persons",
        "beyond the paths": "correlation with itself two sessions on less what the paths leave: "
        + ", ".join(f"{label} {value:.3f}" for label, value in zip(labels, main.further, strict=True)),
        "intervals": f"bootstrap of {main.units} persons, percentile, widened for their number",
        "pairs of sessions": f"{main.pairs:,}",
        "bringing together": of.how,
    }


def _rest(main: WithinPaths, labels: tuple[str, str], level: float) -> list[Caution]:
    """What the model leaves over, and what error of measurement does to the paths."""
    trouble = []
    tail = (1 - level) / 2
    more = []
    for k, label in enumerate(labels):
        draws = main.further_draws[:, k]
        draws = draws[np.isfinite(draws)]
        if draws.size < DRAWS / 2:
            continue
        low, high = np.quantile(draws, [tail, 1 - tail])
        if low > 0:
            more.append(f"{label} by {number(float(main.further[k]), 3)} ({number(low, 3)} to {number(high, 3)})")
    if more:
        trouble.append(
            Caution(
                "rest-hangs-together",
                f"Two sessions on, what is left around people's own courses is more like itself than the paths make it: {'; '.join(more)}. "
                "So it is where ratings hold error, where courses move in ways the curves do not follow, or where a third variable "
                "carries on; paths then come out too near zero as a rule, and are lower bounds of their size.",
            )
        )
    said = [_error(main, labels, cause, 1 - cause) for cause in (0, 1)]
    trouble.append(
        Caution(
            "measured-with-error",
            f"One rating a session cannot tell how much error of measurement it holds. So far as it does: {said[0]}; {said[1]}.",
        )
    )
    return trouble


def _error(main: WithinPaths, labels: tuple[str, str], cause: int, effect: int) -> str:
    """Error in the cause draws its path to zero; error in the effect gives the cause part of the effect's own carry-over."""
    borrowed = main.correlation * main.phi[effect, effect]
    named = f"{labels[cause]} → {labels[effect]}"
    if abs(main.correlation) < HARDLY or borrowed * main.phi[effect, cause] <= 0:
        return f"{named} is measured with error, and the true path is at least this far from zero"
    return (
        f"{named} is drawn towards zero by error in {labels[cause]}, and away from it by error in {labels[effect]} (the two go together at "
        f"the same session, {number(main.correlation, 2)}), so the true path may lie on either side"
    )


def _tried(of: Aligned, rng: np.random.Generator, name: str, unit: np.ndarray | None = None) -> WithinPaths | str:
    degree, stretch = VERSIONS[name]
    try:
        made = within_paths(
            of.person,
            of.occasion,
            of.first,
            of.second,
            degree=degree,
            stretch=stretch,
            common=of.arm,
            unit=unit,
            draws=DRAWS,
            rng=rng,
        )
    except ValueError as why:
        return str(why).rstrip(".")
    if made.solved and made.lost <= DRAWS / 2:
        return made
    return "the lagged equations have no stationary solution in these data, as when scores drift without end"


def _both(of: WithinPaths, labels: tuple[str, str], variant: str, level: float) -> tuple[LaggedPath, LaggedPath]:
    """First to second, then second to first."""
    n, df = of.units, max(of.units - 1, 1)
    wide = widened(level, n, df)

    def path(cause: int, effect: int) -> LaggedPath:
        raw, standard = (
            of_draws(
                float(value[effect, cause]),
                draws[np.isfinite(draws[:, effect, cause]), effect, cause],
                level=wide,
                df=df,
                n=n,
            )
            for value, draws in ((of.phi, of.draws), (of.standard, of.standard_draws))
        )
        return LaggedPath(
            labels[cause],
            labels[effect],
            variant,
            Interval(raw.value, raw.low, raw.high),
            Interval(standard.value, standard.low, standard.high),
            raw.p if np.isfinite(raw.p) else None,
        )

    return path(0, 1), path(1, 0)


def between(of: Aligned) -> float:
    """Correlation of the persons' averages; NaN where one is the same for everybody."""
    code = np.unique(of.person, return_inverse=True)[1].ravel()
    n = np.bincount(code)
    means = [np.bincount(code, weights=each) / n for each in (of.first_left, of.second_left)]
    if not all(np.ptp(each) > 0 for each in means):
        return float("nan")
    return float(np.corrcoef(means[0], means[1])[0, 1])


def excludes_none(interval: Interval) -> bool:
    """Whether an interval lies on one side of zero."""
    return interval.low is not None and interval.high is not None and (interval.low > 0 or interval.high < 0)


def _shown(paths: list[LaggedPath]) -> tuple[bool, ...]:
    return tuple(excludes_none(path.raw) for path in paths)


def _told(path: LaggedPath) -> str:
    s = path.standard
    return f"{path.cause} → {path.effect} {number(s.value, 2)} ({number(s.low, 2)} to {number(s.high, 2)}; {p_value(path.p)})"


def directions(of: Lagged) -> tuple[bool, bool]:
    """Whether first to second is shown, and the reverse, by the answer's model."""
    on, back = (excludes_none(path.raw) for path in of.paths[:2])
    return on, back
