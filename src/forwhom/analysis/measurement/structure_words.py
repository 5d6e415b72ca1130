"""The structure of a scale in sentences."""

from __future__ import annotations

from forwhom.analysis.words import listed, number
from forwhom.findings.kinds import Ladder, StructureDetail, StructureFit
from forwhom.study import Scale

CFI, RMSEA, SRMR = 0.95, 0.06, 0.08
"""Customary bounds of good fit (Hu & Bentler, 1999). They are printed beside the values, and decide nothing."""


def step_words(step: str, ordered: bool) -> str:
    """What is equal at a step, beside what was equal before."""
    return {
        "thresholds": "equal thresholds",
        "metric": "equal loadings",
        "scalar": "equal means of the responses" if ordered else "equal means of the items",
        "strict": "equal residual variances",
    }[step]


def statement(scale: Scale, detail: StructureDetail, level: float) -> str:
    """One short paragraph: how the declared structure fits, what the score's variance is made of, what stayed the same."""
    first = detail.fits[0]
    parts = [f"At {detail.occasion}, {first.model} described the items of {scale.label} {_fit_words(first)}."]
    general = dict(detail.shares).get("omega hierarchical (general factor)")
    total = dict(detail.shares).get("omega total")
    if general is not None and general.value is not None and total is not None:
        parts.append(
            f"Of the variance of the sum, {number(100 * general.value, 0)} % came from one general factor"
            + (
                f" ({100 * level:g} % interval {number(100 * general.low, 0)} to {number(100 * general.high, 0)} %)"
                if general.low is not None and general.high is not None
                else ""
            )
            + f", {number(100 * (total.value or 0) - 100 * general.value, 0)} % from facets."
        )
    parts += [sentence for ladder in detail.ladders for sentence in [_ladder(ladder, detail.ordered)] if sentence]
    return " ".join(parts)


def _fit_words(row: StructureFit) -> str:
    """Indices beside their customary bounds."""
    if row.df == 0:
        return "as it would describe any: with so few items the fit cannot be tested"
    shown, met = [], 0
    known = 0
    if row.cfi is not None:
        shown.append(f"CFI {number(row.cfi, 3)}")
        met, known = met + (row.cfi >= CFI), known + 1
    if row.rmsea.value is not None:
        limits = ""
        if row.rmsea.low is not None and row.rmsea.high is not None:
            limits = f" (90 % interval {number(row.rmsea.low, 3)} to {number(row.rmsea.high, 3)})"
        shown.append(f"RMSEA {number(row.rmsea.value, 3)}{limits}")
        met, known = met + (row.rmsea.value <= RMSEA), known + 1
    if row.srmr is not None:
        shown.append(f"SRMR {number(row.srmr, 3)}")
        met, known = met + (row.srmr <= SRMR), known + 1
    how = "closely" if met == known else "roughly" if 2 * met >= known else "loosely"
    return f"{how} ({', '.join(shown)}; customary bounds .95, .06 and .08 are guides, not gates)"


def _ladder(ladder: Ladder, ordered: bool) -> str:
    """What stayed the same in one ladder; nothing where it was not climbed."""
    if ladder.fit is None or not ladder.steps:
        return ""
    over = "Over arms" if ladder.across == "arms" else "Over time"
    up = [step for step in ladder.steps if step.step != "strict"]
    failed = next((step for step in up if not step.held), None)
    if failed is None:
        return f"{over} ({ladder.where}), the items meant the same: {_reached(up[-1].step, ordered)} held."
    stayed = [step_words(step.step, ordered) for step in up if step.held and not step.released]
    so_far = f" {listed(stayed)} held, but" if stayed else ""
    ended = next((step for step in up if not step.reached), None)
    names = f"; they held once {listed(up[-1].released)} could differ" if ended is None else ""
    none = "; not even with half of the items released" if ended is not None else ""
    tail = (
        " Change in the score may be partly a change of meaning."
        if ladder.across == "occasions"
        else " Differences between arms may be partly differences of meaning."
    )
    return f"{over} ({ladder.where}),{so_far} {step_words(failed.step, ordered)} did not hold{names}{none}.{tail}"


def _reached(step: str, ordered: bool) -> str:
    if step == "scalar":
        return "equal thresholds and loadings" if ordered else "equal loadings and means of items"
    return step_words(step, ordered)


__all__ = ["statement", "step_words"]
