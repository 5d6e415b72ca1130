"""Counts per arm into risks, differences, ratios and numbers needed to treat: shared by response, events and leaving."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.analysis.words import listed, number, percent
from forwhom.findings import Estimate
from forwhom.findings.kinds import ContrastRow, Interval, RiskRow
from forwhom.kernels.risk import (
    Contrast,
    clopper_pearson,
    number_needed_to_treat,
    risk_difference,
    risk_ratio,
)

MIETTINEN = "Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226."
CLOPPER = (
    "Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of the binomial. "
    "Biometrika 1934;26:404-413."
)
ALTMAN = "Altman DG. Confidence intervals for the number needed to treat. BMJ 1998;317:1309-1312."


def risk_rows(counts: Sequence[tuple[str, str, int, int]], level: float) -> tuple[RiskRow, ...]:
    """Risk per arm with exact limits. counts : (arm, label, events, people)."""
    rows = []
    for arm, label, events, n in counts:
        if n:
            limits = clopper_pearson(events, n, level=level)
            rows.append(RiskRow(arm, label, events, n, Interval(limits.value, limits.low, limits.high)))
        else:
            rows.append(RiskRow(arm, label, 0, 0, Interval(None)))
    return tuple(rows)


def risk_estimates(
    what: str, rows: Sequence[RiskRow], level: float, *, good: bool, scale: str | None = None, time: float | None = None
) -> tuple[list[Estimate], tuple[ContrastRow, ...]]:
    """Risks, and each further arm against the first: difference, ratio, number needed to treat.

    what : the event as a noun phrase, e.g. "leaving"
    good : True when the event is good for the patient
    """
    estimates = [
        Estimate(
            f"share with {what}, {row.label}",
            row.risk.value,
            row.risk.low,
            row.risk.high,
            level,
            "exact (Clopper-Pearson)",
            "proportion",
            n=row.n,
            arm=row.arm,
            scale=scale,
            time=time,
            why_absent=None if row.n else "nobody to count",
        )
        for row in rows
    ]
    contrasts: list[ContrastRow] = []
    first = rows[0] if rows else None
    for row in rows[1:]:
        if first is None or not row.n or not first.n:
            continue
        pair = f"{row.label} − {first.label}"
        difference = risk_difference(row.events, row.n, first.events, first.n, level=level)
        ratio = risk_ratio(row.events, row.n, first.events, first.n, level=level)
        needed = number_needed_to_treat(difference, event_is_good=good)
        favoured = "above 0 favours" if good else "below 0 favours"
        for contrast, label, direction in (
            (difference, f"risk difference of {what}, {pair}", f"{favoured} {row.label}"),
            (ratio, f"risk ratio of {what}, {row.label} / {first.label}", f"{favoured.replace('0', '1')} {row.label}"),
        ):
            estimates.append(_estimate(contrast, label, direction, row, first, scale, time))
            contrasts.append(
                ContrastRow(
                    contrast.measure,
                    row.arm,
                    first.arm,
                    Interval(contrast.value, contrast.low, contrast.high),
                    contrast.words,
                )
            )
        ends = [end for end in (needed.low, needed.high) if end is not None]
        side = {"benefit": " (benefit)", "harm": " (harm)"}.get(needed.direction, "")
        estimates.append(
            Estimate(
                f"number needed to treat{side}, {what}, {row.label}",
                needed.value,
                None if needed.through_infinity else min(ends, default=None),
                None if needed.through_infinity else max(ends, default=None),
                level,
                "reciprocal of the limits of the risk difference"
                + ("; runs through infinity" if needed.through_infinity else ""),
                "people",
                direction=needed.words,
                n=row.n + first.n,
                arm=row.arm,
                reference=first.arm,
                scale=scale,
                time=time,
                why_absent="the risks are equal" if needed.value is None else None,
            )
        )
        contrasts.append(
            ContrastRow(
                "number needed to treat",
                row.arm,
                first.arm,
                Interval(needed.value, *((None, None) if needed.through_infinity else (needed.low, needed.high))),
                needed.words,
            )
        )
    return estimates, tuple(contrasts)


def _estimate(
    contrast: Contrast, name: str, direction: str, row: RiskRow, first: RiskRow, scale: str | None, time: float | None
) -> Estimate:
    return Estimate(
        name,
        contrast.value,
        contrast.low,
        contrast.high,
        contrast.level,
        contrast.method + (f"; {contrast.words}" if contrast.words else ""),
        "proportion" if contrast.measure == "risk difference" else "ratio",
        direction,
        row.n + first.n,
        p=contrast.p,
        arm=row.arm,
        reference=first.arm,
        scale=scale,
        time=time,
        why_absent=contrast.words if contrast.value is None else None,
    )


def shares_words(rows: Sequence[RiskRow]) -> str:
    """Shares per arm in words: "36 % of 48 in Treatment as usual and …"."""
    return listed([f"{percent(row.risk.value)} of {row.n:,} in {row.label}" for row in rows])


def difference_words(contrasts: Sequence[ContrastRow], labels: dict[str, str], level: float) -> str:
    """Each risk difference in percentage points with its interval."""
    parts = []
    for row in contrasts:
        if row.measure != "risk difference" or row.estimate.value is None:
            continue
        low, high = row.estimate.low, row.estimate.high
        parts.append(
            f"{labels[row.arm]} against {labels[row.reference]}: {_points(row.estimate.value)} percentage points "
            f"({100 * level:g} % interval {_points(low)} to {_points(high)})"
        )
    return "; ".join(parts)


def _points(value: float | None) -> str:
    if value is None:
        return "not known"
    text = number(100 * value, 0)
    return f"+{text}" if value > 0 and text != "0" else text
