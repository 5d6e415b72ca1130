"""What follows from the events a trial prints: risk ratio, odds ratio, risk difference, number needed to treat."""

from __future__ import annotations

from forwhom.analysis.asking import Asking, finite
from forwhom.analysis.evidence.asking import draft
from forwhom.analysis.evidence.trial_limits import NEWCOMBE, SCORE, counts
from forwhom.evidence import Ledger, Result, Row
from forwhom.evidence.arm_numbers import people_in
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.filters import of_study
from forwhom.evidence.pairing import comparisons
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import Interval, RecomputedDetail, RecomputedRow
from forwhom.kernels import meta_analysis as kernel
from forwhom.kernels.risk import Contrast

METHOD = Method(
    "Effects of events from the counts of both groups",
    {
        "counts": "as printed, or the one number of people whose per cent is printed",
        "ratios": "score intervals of Miettinen and Nurminen",
        "difference, number needed to treat": "Newcombe's interval (1998, method 10), its limits inverted (Bender, 2001)",
    },
    (
        "Miettinen O, Nurminen M (1985). Statistics in Medicine, 4, 213-226.",
        "Newcombe RG (1998). Statistics in Medicine, 17, 873-890.",
        "Bender R (2001). Controlled Clinical Trials, 22, 102-110.",
    ),
)
PRINTED = {"rr": "ratio", "or": "odds", "rd": "difference"}


def recomputed(ledger: Ledger, asking: Asking) -> Finding:
    """Every comparison with events, beside what the source prints."""
    made = draft(ledger, asking, "recomputed", "What follows from the events that trials print?", METHOD)
    every = comparisons(ledger)
    usable = [each for each in every if counts(each) is not None and not each.absent]
    for each in every:
        if each.absent:
            made.leave_out(1, f"{each.label}: {each.absent}", of="comparisons")
    if not usable:
        return made.decline(
            "no study of the ledger states events of two groups", "Rows of events with numbers of people."
        )
    rows = tuple(_row(each, ledger, asking.level) for each in usable)
    made.entered = made.analysed = sum(a[1] + b[1] for a, b in (row.events for row in rows))
    if any(each.made for each in usable):
        made.caution(
            "counts-from-percentages",
            "Where only a per cent is printed, the count is the one number of people that has it; a misprint would change it.",
        )
    estimates = [
        estimate for row, each in zip(rows, usable, strict=True) for estimate in _estimates(row, each, asking.level)
    ]
    return made.answer(_statement(rows, asking.level), estimates, RecomputedDetail(rows))


def _row(one: Comparison, ledger: Ledger, level: float) -> RecomputedRow:
    told = counts(one)
    assert told is not None
    ratio = kernel.risk_ratio_interval(*told, level=level)
    odds = kernel.odds_ratio_interval(*told, level=level)
    difference = kernel.risk_difference_interval(*told, level=level)
    number = kernel.number_needed_to_treat(*told, level, event_is_good=one.better == "higher")
    verdict, why = _beside(one, ledger, {"rr": ratio, "or": odds, "rd": difference})
    return RecomputedRow(
        study=one.label,
        outcome=one.outcome_label,
        arms=(one.one.label, one.two.label),
        events=((told[0], told[1]), (told[2], told[3])),
        made=one.made,
        ratio=_interval(ratio),
        odds=_interval(odds),
        difference=_interval(difference),
        number=number.words,
        printed=one.printed,
        verdict=verdict,
        why=why,
        where=one.where,
    )


def _interval(of: Contrast) -> Interval:
    return Interval(finite(of.value), finite(of.low), finite(of.high))


def _beside(one: Comparison, ledger: Ledger, made: dict[str, Contrast]) -> tuple[str, str]:
    """What other rows of the study print of the same outcome, arms and time."""
    study = ledger.studies[one.study]
    origin = next(row for row in of_study(study) if row.id == one.id)
    words: list[str] = []
    agrees: list[bool] = []
    for row in of_study(study):
        if not _same(row, origin, one):
            continue
        if row.result.statistic in PRINTED:
            said, fits = _value(row.result, made[row.result.statistic])
            words.append(said)
            agrees.append(fits)
        elif row.result.significant is not None and row.result.kind in ("effect", "statement"):
            p = made["rd"].p
            if p is not None:
                fits = (p < 0.05) == row.result.significant
                told = "a significant difference" if row.result.significant else "no significant difference"
                words.append(f"it tells {told}, and these counts give p {_p(p)}")
                agrees.append(fits)
    if not words:
        return "prints no such number", "the source prints the shares alone"
    more = (
        ""
        if any(row_value in PRINTED for row_value in _statistics(one, ledger))
        else "; it prints no ratio, difference or number needed"
    )
    return ("agrees" if all(agrees) else "differs"), "; ".join(words) + more


def _statistics(one: Comparison, ledger: Ledger) -> set[str]:
    return {result.statistic for result in ledger.studies[one.study].results}


def _same(row: Row, origin: Row, one: Comparison) -> bool:
    result = row.result
    versus = row.study.arm(result.versus)
    return (
        (result.outcome, result.arm, result.time) == (origin.result.outcome, origin.result.arm, origin.result.time)
        and versus is not None
        and people_in(row.study, versus) == one.two.id
    )


def _value(result: Result, made: Contrast) -> tuple[str, bool]:
    """Whether the printed value is the recomputed one, rounded as it is printed."""
    text = getattr(result.value, "text", f"{result.value:g}")
    places = len(text.partition(".")[2])
    if made.value is None or result.value is None:
        return f"it prints {text}, and nothing can be recomputed", False
    fits = abs(made.value - result.value) <= 0.5 * 10.0**-places + 1e-9
    return f"it prints {result.statistic.upper()} {text}, and these counts give {made.value:.{max(places, 2)}f}", fits


def _p(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"= {p:.3f}"


def _estimates(row: RecomputedRow, one: Comparison, level: float) -> list[Estimate]:
    bad = one.better != "higher"
    of = f"{row.study}, {row.outcome}"
    way = {
        "ratio": f"{'below' if bad else 'above'} 1 favours {row.arms[0]}",
        "difference": f"{'below' if bad else 'above'} 0 favours {row.arms[0]}",
    }
    people = row.events[0][1] + row.events[1][1]
    return [
        Estimate(
            f"{name}, {of}", i.value, i.low, i.high, level, kind, unit, way[way_], people,
            why_absent=None if i.value is not None else "no events to compare",
        )
        for name, i, kind, unit, way_ in (
            ("risk ratio", row.ratio, SCORE, "ratio", "ratio"),
            ("odds ratio", row.odds, SCORE, "ratio", "ratio"),
            ("risk difference", row.difference, NEWCOMBE, "proportion", "difference"),
        )
    ]  # fmt: skip


def _statement(rows: tuple[RecomputedRow, ...], level: float) -> str:
    first = rows[0]
    (a, n), (b, m) = first.events
    parts = [
        f"{first.study}: {first.outcome.lower()} in {a} of {n} people after {first.arms[0]} and {b} of {m} after {first.arms[1]}"
    ]
    if first.ratio.value is not None and first.ratio.low is not None and first.ratio.high is not None:
        parts.append(
            f"a risk ratio of {first.ratio.value:.2f} ({100 * level:g} % interval {first.ratio.low:.2f} to {first.ratio.high:.2f})"
        )
    number = first.number.replace("NNTB", "number needed to treat for one more to benefit")
    parts.append(number.replace("NNTH", "number needed to treat for one more to be harmed"))
    more = f" The other {len(rows) - 1} comparisons stand in the table." if len(rows) > 1 else ""
    differ = [row.study for row in rows if row.verdict == "differs"]
    told = f" What is printed differs in {', '.join(differ)}." if differ else ""
    return f"{'; '.join(parts)}.{told}{more}"
