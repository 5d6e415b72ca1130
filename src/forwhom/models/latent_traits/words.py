"""What a fitted graded response model says in words: the summary, and what to know before reading it."""

from __future__ import annotations

import numpy as np

from forwhom.kernels.graded_groups import GradedGroups
from forwhom.models.latent_traits.data import ADVISED_PERSONS, Answered
from forwhom.models.latent_traits.result import GradedFit, ItemParameters, Scores, Value

RARE = 5
STEEP = 5.0
"""A slope above which an item hardly leaves a doubt about the trait."""
LOCAL = 0.2
"""Q3 above the mean of all pairs by this much is taken for local dependence (Christensen, Makransky & Horton, 2017)."""
MOST_PAIRS = 5


def messages(
    found: Answered, fit: GradedGroups, parameters: tuple[ItemParameters, ...], scores: Scores
) -> tuple[str, ...]:
    """What is wrong or doubtful with a solution, one sentence each."""
    made = [] if fit.converged else [f"{fit.message} No standard errors are given."]
    for g, codes in enumerate(found.codes):
        if codes.shape[0] < ADVISED_PERSONS:
            where = f" in {found.labels[g]}" if found.labels else ""
            made.append(
                f"{codes.shape[0]} persons{where}: below {ADVISED_PERSONS}, slopes come out too large and their intervals can miss."
            )
    for each in parameters:
        place = f" in {each.group}" if each.group is not None else ""
        if each.slope.estimate < 0:
            made.append(turned(each))
        elif each.slope.estimate > STEEP:
            made.append(
                f"{each.item}{place} has a slope of {each.slope.estimate:.1f}: the item nearly is the trait, or says the same as another."
            )
        rare = [f"{value:g}" for value, count in zip(each.answers, each.counts, strict=True) if count < RARE]
        if rare:
            answers = f"answer {rare[0]}" if len(rare) == 1 else f"answers {', '.join(rare)}"
            made.append(
                f"{each.item}{place}: fewer than {RARE} persons gave {answers}; locations beside are poorly known."
            )
        gaps = _unused(each.answers)
        if gaps and each.group in (None, *found.labels[:1]):
            made.append(f"{each.item}: nobody gave answer {', '.join(gaps)}; the steps around are one.")
    if scores == "ml":
        ends = sum(int(_at_an_end(codes, found, fit, g).sum()) for g, codes in enumerate(found.codes))
        if ends:
            made.append(f"{ends} persons have no maximum likelihood score: every answer is at one end.")
    return tuple(made)


def turned(each: ItemParameters) -> str:
    """What is said of an item of negative slope."""
    place = f" in {each.group}" if each.group is not None else ""
    return (
        f"{each.item}{place} has a slope of {each.slope.estimate:.2f}: high answers go with less of the trait. "
        "Was it not reversed?"
    )


def _unused(answers: tuple[float, ...]) -> list[str]:
    return [f"{value:g}" for value in np.arange(answers[0], answers[-1]) if value not in answers]


def _at_an_end(codes: np.ndarray, found: Answered, fit: GradedGroups, g: int) -> np.ndarray:
    top = np.array([len(values) - 1 for values in found.values])
    there = np.isfinite(codes)
    up, down = np.where(fit.slope[g] > 0, top, 0), np.where(fit.slope[g] > 0, 0, top)
    made: np.ndarray = ((codes == up) | ~there).all(axis=1) | ((codes == down) | ~there).all(axis=1)
    return made


def summary(fit: GradedFit) -> str:
    """The fit as text."""
    lines = [
        f"Graded response model · {fit.n} persons · {fit.free} free parameters",
        f"log likelihood {fit.loglik:.3f} · AIC {fit.aic:.1f} · BIC {fit.bic:.1f}",
        f"reliability of the scores {fit.reliability:.3f} (marginal {fit.marginal_reliability:.3f})",
    ]
    lines += [f"left out: {rows} rows, {reason}" for reason, rows in fit.left_out]
    if fit.overall is not None and fit.overall.chisq is not None:
        o = fit.overall
        lines.append(
            f"C2 {o.chisq:.2f}, df {o.df}, p {shown_p(o.p)} · RMSEA {o.rmsea:.3f} (90 % {o.rmsea_low:.3f} to {o.rmsea_high:.3f}) · "
            f"SRMSR {o.srmsr:.3f}"
        )
    lines += [f"! {each}" for each in fit.messages]
    if len(fit.populations) > 1:
        lines += ["", "Trait by group"]
        lines += [
            f"  {each.group}: n {each.n}, mean {shown(each.mean)}, SD {shown(each.sd)}, reliability {each.reliability:.3f}"
            for each in fit.populations
        ]
    width = max(len(_name(each)) for each in fit.items)
    lines += ["", f"Items (slope, then locations, {100 * fit.level:g} % limits)"]
    for each in fit.items:
        lines.append(f"  {_name(each):<{width}}  {shown(each.slope)}   {'; '.join(map(shown, each.locations))}")
    if fit.item_fit:
        lines += ["", "Item fit (S-X2)"]
        for row in fit.item_fit:
            name = f"{row.item} ({row.group})" if row.group else row.item
            if row.chisq is None or row.rmsea is None:
                lines.append(f"  {name:<{width}}  no degree of freedom")
                continue
            p = f"p {shown_p(row.p)}  Holm {shown_p(row.p_holm)}"
            lines.append(f"  {name:<{width}}  {row.chisq:8.2f}  df {row.df:3d}  {p}  RMSEA {row.rmsea:.3f}")
    tied = [pair for pair in fit.pairs if pair.above > LOCAL][:MOST_PAIRS]
    if tied:
        lines += ["", "Items that hang together beyond the trait (Q3, above the mean of all pairs)"]
        lines += [f"  {pair.first}, {pair.second}  {pair.q3:.2f} (+{pair.above:.2f})" for pair in tied]
    return "\n".join(lines)


def _name(each: ItemParameters) -> str:
    return f"{each.item} ({each.group})" if each.group is not None else each.item


def shown(value: Value) -> str:
    """An estimate with its limits."""
    if value.low is None or value.high is None:
        return _two(value.estimate)
    return f"{_two(value.estimate)} ({_two(value.low)} to {_two(value.high)})"


def _two(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"


def shown_p(p: float | None) -> str:
    """A p value as printed."""
    return "–" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"
