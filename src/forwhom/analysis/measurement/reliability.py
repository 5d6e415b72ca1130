"""What can be said of a scale from its items: alpha and omega with their widths, and what each item does."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.measurement.answers import MIN_PERSONS, Answers, answers
from forwhom.analysis.words import level_words, listed, number, percent
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import Interval, ItemRow, ItemsDetail, ReliabilityDetail
from forwhom.kernels.items import item_statistics
from forwhom.kernels.omega import Omega, mcdonald_omega
from forwhom.kernels.reliability import Alpha, cronbach_alpha
from forwhom.study import Scale, Study

ORDINAL_CATEGORIES = 5
"""With this many answer categories or fewer, items are treated as ordinal (Rhemtulla et al., 2012)."""
WEAK_ITEM = 0.30
"""Item-rest correlation below which an item is named (Nunnally & Bernstein, 1994)."""
CRONBACH = "Cronbach LJ. Coefficient alpha and the internal structure of tests. Psychometrika 1951;16:297-334."
FELDT = (
    "Feldt LS, Woodruff DJ, Salih FA. Statistical inference for coefficient alpha. Appl Psychol Meas 1987;11:93-103."
)
MAYDEU = (
    "Maydeu-Olivares A, Coffman DL, Hartmann WM. Asymptotically distribution-free (ADF) interval estimation of coefficient "
    "alpha. Psychol Methods 2007;12:157-176."
)
MCDONALD = "McDonald RP. Test theory: a unified treatment. Erlbaum, 1999."
GREEN = "Green SB, Yang Y. Reliability of summed item scores using structural equation modeling. Psychometrika 2009;74:155-167."
RHEMTULLA = (
    "Rhemtulla M, Brosseau-Liard PE, Savalei V. When can categorical variables be treated as continuous? "
    "Psychol Methods 2012;17:354-373."
)
NUNNALLY = "Nunnally JC, Bernstein IH. Psychometric theory. 3rd ed. McGraw-Hill, 1994."
NEED_ITEMS = (
    "Answers to single items: an items = [...] entry in the measures table, with an instrument that holds the key."
)


def reliability(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`measurement.reliability.<scale>`: alpha and omega at each occasion, beside the published value."""
    draft = Draft(
        study,
        asking,
        f"measurement.reliability.{name or scale.name}",
        f"Do the items of {scale.label} measure one thing consistently?",
    )
    seen = [part for part in answers(study, scale, informant) if part.matrix.shape[0] >= MIN_PERSONS]
    published = _published(scale)
    if not seen:
        return _without_items(draft, study, scale, informant, published)
    first = seen[0]
    if len(first.items) < 2:
        return draft.not_applicable(f"{scale.label} has one item.", "Several items.")
    draft.analysed = first.matrix.shape[0]
    draft.leave_out(study.persons.height - draft.analysed, f"no item answered at {first.occasion}")
    ordinal = first.categories <= ORDINAL_CATEGORIES
    rows: list[tuple[str, str, Interval, int]] = []
    estimates: list[Estimate] = []
    shown: tuple[Alpha, Omega] | None = None
    for part in seen:
        # Feldt's interval is too narrow when answers crowd at one end, as symptoms do (see validation/reliability).
        alpha = cronbach_alpha(part.matrix, level=asking.level, interval="distribution-free")
        feldt = cronbach_alpha(part.matrix, level=asking.level, interval="feldt")
        omega = mcdonald_omega(part.matrix, level=asking.level)
        shown = shown or (alpha, omega)
        for label, result in (
            ("Cronbach's alpha", alpha),
            ("McDonald's omega total", omega),
            ("Cronbach's alpha, limits for normal items (Feldt)", feldt),
        ):
            _add(rows, estimates, label, part, result, asking.level, scale)
        if ordinal:
            categorical = mcdonald_omega(part.matrix, level=asking.level, ordinal=True)
            _add(
                rows, estimates, "categorical omega (polychoric; Green & Yang)", part, categorical, asking.level, scale
            )
            _polychoric_cautions(draft, part, categorical)
    assert shown is not None
    alpha, omega = shown
    if alpha.left_out:
        draft.caution(
            "items-absent",
            f"At {first.occasion}, {alpha.left_out} people with an item missing are not in the coefficients.",
        )
    negative = [first.items[j] for j in omega.negative]
    if negative:
        draft.caution(
            "negative-loading", f"{listed(negative)} run against the other items: check the direction of the key."
        )
    draft.method = Method(
        "Cronbach's alpha, McDonald's omega",
        {
            "alpha interval": alpha.interval,
            "omega": omega.kind,
            "omega interval": omega.interval,
            "items treated as": f"ordinal too ({first.categories} categories)" if ordinal else "continuous",
            "missing answers": "complete cases",
        },
        (CRONBACH, MAYDEU, FELDT, MCDONALD, *((GREEN, RHEMTULLA) if ordinal else ())),
    )
    rows += published
    beside = ""
    if scale.reliability is not None:
        beside = f"; published: {scale.reliability:g} ({scale.reliability_kind or 'kind not stated'})"
    return draft.answer(
        f"At {first.occasion}, the {len(first.items)} items of {scale.label} had alpha {_words(alpha, asking.level)} and omega "
        f"{_words(omega, asking.level)} in {alpha.n} people{beside}.",
        estimates,
        ReliabilityDetail(scale.name, tuple(rows)),
    )


def _without_items(
    draft: Draft, study: Study, scale: Scale, informant: str | None, published: list[tuple[str, str, Interval, int]]
) -> Finding:
    few = answers(study, scale, informant)
    if few:
        n = max(part.matrix.shape[0] for part in few)
        return draft.decline(
            f"only {n} people answered the items; {MIN_PERSONS} are the least for a width.", "More people."
        )
    if published:
        beside = f" The published {scale.reliability_kind or 'reliability'} of {scale.reliability:g} is used where one is needed."
        return draft.not_applicable(
            f"the study has {scale.label} scores, not the answers behind them.{beside}", NEED_ITEMS
        )
    return draft.not_applicable(f"the study has {scale.label} scores, not the answers behind them.", NEED_ITEMS)


def _published(scale: Scale) -> list[tuple[str, str, Interval, int]]:
    if scale.reliability is None:
        return []
    return [
        (
            scale.reliability_kind or "reliability",
            f"published: {scale.source or 'source not stated'}",
            Interval(scale.reliability),
            0,
        )
    ]


def _add(
    rows: list[tuple[str, str, Interval, int]],
    estimates: list[Estimate],
    label: str,
    part: Answers,
    result: Alpha | Omega,
    level: float,
    scale: Scale,
) -> None:
    rows.append(
        (label, part.occasion, Interval(finite(result.value), finite(result.low), finite(result.high)), result.n)
    )
    estimates.append(
        Estimate(
            f"{label} at {part.occasion}",
            finite(result.value),
            finite(result.low),
            finite(result.high),
            level,
            result.interval,
            "coefficient",
            "1 would be free of error",
            result.n,
            time=part.time,
            scale=scale.name,
            why_absent=result.why_absent,
        )
    )


def _polychoric_cautions(draft: Draft, part: Answers, omega: Omega) -> None:
    if omega.polychoric is not None and omega.value is not None and part.matrix.shape[0] < 200:
        draft.caution(
            "polychoric-small",
            f"Polychoric correlations rest on {part.matrix.shape[0]} people at {part.occasion}; below about 200 they are unsteady.",
        )


def _words(result: Alpha | Omega, level: float) -> str:
    if result.value is None:
        return f"not known ({(result.why_absent or 'could not be computed').rstrip('.')})"
    return f"{number(result.value, 2)} ({level_words(level)} {number(result.low, 2)} to {number(result.high, 2)})"


def items(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`measurement.items.<scale>`: what each item does at the first occasion."""
    draft = Draft(
        study,
        asking,
        f"measurement.items.{name or scale.name}",
        f"Does each item of {scale.label} do its part?",
    )
    seen = [part for part in answers(study, scale, informant) if part.matrix.shape[0] >= MIN_PERSONS]
    if not seen or len(seen[0].items) < 2:
        return draft.not_applicable(
            f"the study has {scale.label} scores, not the answers behind them (or too few of them).", NEED_ITEMS
        )
    part = seen[0]
    draft.analysed = part.matrix.shape[0]
    draft.leave_out(study.persons.height - draft.analysed, f"no item answered at {part.occasion}")
    result = item_statistics(part.matrix, lowest=part.low.tolist(), highest=part.high.tolist())
    omega = mcdonald_omega(part.matrix, level=asking.level, interval="none") if len(part.items) > 2 else None
    loadings = omega.loadings if omega is not None and omega.loadings else (None,) * len(part.items)
    rows = tuple(
        ItemRow(
            item=item,
            reversed=part.is_reversed[j],
            n=result.n[j],
            mean=result.mean[j],
            sd=result.sd[j],
            r_rest=result.r_rest[j],
            alpha_without=result.alpha_without[j],
            loading=loadings[j],
            floor=result.floor[j],
            ceiling=result.ceiling[j],
            shares=result.shares[j],
        )
        for j, item in enumerate(part.items)
    )
    estimates = [
        Estimate(
            f"item-rest correlation of {row.item}",
            row.r_rest,
            interval="none: descriptive",
            unit="correlation",
            n=result.persons,
            scale=scale.name,
            why_absent="the item does not vary" if row.r_rest is None else None,
        )
        for row in rows
    ]
    known = [(row.r_rest, row.item) for row in rows if row.r_rest is not None]
    weak = [item for r, item in known if r < WEAK_ITEM]
    draft.method = Method(
        "Item statistics", {"occasion": part.occasion, "items": "in the scale's direction"}, (NUNNALLY,)
    )
    if not known:
        return draft.decline("no item varies between people.", "Answers that differ.")
    low, high = min(known), max(known)
    end = (
        f"; {listed(weak)} {'lies' if len(weak) == 1 else 'lie'} below {WEAK_ITEM:g}"
        if weak
        else f"; none lies below {WEAK_ITEM:g}"
    )
    absent = float(np.mean(~np.isfinite(part.matrix)))
    return draft.answer(
        f"At {part.occasion}, each item's correlation with the rest of {scale.label} ran from {number(low[0], 2)} ({low[1]}) to "
        f"{number(high[0], 2)} ({high[1]}){end}; {percent(absent, 1)} of the answers are absent.",
        estimates,
        ItemsDetail(scale.name, part.occasion, rows),
    )
