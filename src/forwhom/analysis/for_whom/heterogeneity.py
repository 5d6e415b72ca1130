"""Is there evidence that effects differ between people at all: omnibus tests side by side, none chosen by its result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite, is_planned
from forwhom.analysis.for_whom.heterogeneity_moderators import Passing, alone_caution, passing
from forwhom.analysis.for_whom.heterogeneity_words import Row, answer_words, end_of_scale, method_of, titled
from forwhom.analysis.for_whom.omnibus import Omnibus, omnibus
from forwhom.analysis.for_whom.predicted import Predicted, predicted
from forwhom.analysis.for_whom.trial import Target, Trial, describe, fitted, too_little, trial
from forwhom.analysis.words import level_words, number, p_value, people
from forwhom.findings import Estimate, Finding
from forwhom.findings.kinds import HeterogeneityDetail, HeterogeneityTest, Interval
from forwhom.kernels.calibration import smallest_detectable
from forwhom.kernels.holm import holm
from forwhom.kernels.over_repeats import OverRepeats
from forwhom.kernels.variance_ratio import VarianceRatio, variance_ratio
from forwhom.study import Study

FEWEST = 10
"""People with an outcome in the smallest arm below which the question is declined."""
FEWEST_LEARNED = 20
"""The same for tests of predicted effects: with fewer, folds hold a handful of people per arm."""


def heterogeneity(study: Study, asking: Asking, target: Target) -> Finding:
    """`for_whom.heterogeneity.<target>`: do effects differ between people, and what could the sample have shown?"""
    draft = Draft(
        study,
        asking,
        f"for_whom.heterogeneity.{target.name}",
        f"Is there evidence that the effect on {target.label} differs between people?",
    )
    made = trial(study, target)
    if isinstance(made, tuple):
        return draft.not_applicable(*made)
    describe(draft, made)
    if made.smallest_arm < FEWEST:
        return draft.decline(
            f"{people(made.smallest_arm)} with an outcome {made.time_words} in the smallest arm say next to nothing about "
            "differences between people",
            f"At least {FEWEST} people per arm for any of these tests; effects that differ by as much as they are large take "
            "several times the people that showing the average effect takes, so some hundreds.",
        )
    short = too_little(made)
    if short is not None:
        return draft.decline(*short)
    together = omnibus(study, asking, made)
    learned = _learned(asking, made)
    rows = _rows(draft, made, together, learned)
    if all(row.shown.estimate.value is None for row in rows):
        return draft.decline(
            f"none of the tests could be made: {'; '.join(dict.fromkeys(row.absent for row in rows if row.absent))}",
            "Baseline variables that may moderate, named in the plan, and people with an outcome in every arm.",
        )
    joint = together.moderators if isinstance(together, Omnibus) else ()
    # The only moderator there is stands alone in the joint test already.
    alone = tuple(one for one in passing(study, asking, made) if joint != (one.label,))
    _cautions(draft, made, together, learned, rows, alone)
    if isinstance(together, Omnibus) and together.planned and target.scale is not None:
        draft.registered = is_planned(study, target.scale.name, target.informant)
    draft.method = method_of(made, together, learned, asking.level)
    parts = [] if isinstance(learned, str) else list(learned.values())
    detail = HeterogeneityDetail(
        outcome=target.label,
        better=made.better,
        unit=made.unit,
        tests=tuple(row.shown for row in rows),
        calibration=tuple(group for part in parts for group in part.groups),
        targeting=tuple(point for part in parts for point in part.curve),
    )
    estimates = [row.estimate for row in rows] + _further(made, rows, asking.level)
    return draft.answer(answer_words(draft, made, together, rows, alone), estimates, detail)


_Learned = dict[tuple[int, int], Predicted]


def _learned(asking: Asking, made: Trial) -> _Learned | str:
    """Tests of cross-fitted predictions by pair of arms, a rule being about any two of them; or why there are none."""
    if made.usable_features == 0:
        return "no baseline variable tells people apart, so no differing effects can be predicted"
    if made.smallest_arm < FEWEST_LEARNED:
        return (
            f"{people(made.smallest_arm)} with an outcome in the smallest arm are too few to predict effects: at least "
            f"{FEWEST_LEARNED} are needed"
        )
    try:
        fit = fitted(asking, made)
    except ValueError as why:
        return f"effects could not be predicted: {why}"
    return {(k, j): predicted(fit, made, k, asking.level, j) for k in range(1, len(made.arms)) for j in range(k)}


def _rows(draft: Draft, made: Trial, together: Omnibus | str, learned: _Learned | str) -> list[Row]:
    """Every test in one order whatever their results: all arms at once, each against the reference, then the other pairs."""
    rows = [_any_arm(draft, made, together)] if len(made.arms) > 2 else []
    for k in range(1, len(made.arms)):
        rows.append(_interaction(draft, made, together, k))
        rows += [_of_prediction(draft, made, learned, kind, k) for kind in ("calibration", "AUTOC", "Qini")]
        if not made.target.binary:
            rows.append(_spread(draft, made, k))
    # The two that the joint test of the moderators and the ranking leave out would only make the list longer.
    others = [(k, j) for k in range(2, len(made.arms)) for j in range(1, k)]
    rows += [_of_prediction(draft, made, learned, kind, *pair) for pair in others for kind in ("calibration", "AUTOC")]
    return rows


def _any_arm(draft: Draft, made: Trial, together: Omnibus | str) -> Row:
    """The one test that sees every pair of arms: no moderator changes any of their differences."""
    arms = len(made.arms)
    if isinstance(together, str) or together.any_arm.f is None:
        absent = together if isinstance(together, str) else together.any_arm.problem
        name = f"all {arms} arms by all moderators together (F)"
        return _row(draft, made, "any arm", name, None, None, absent=absent or "no test")
    test, what = together.any_arm, _moderators(together)
    f = f"F({test.df1}, {number(test.df2, 1)}) = {number(test.f, 2)}, {p_value(test.p)}"
    return _row(
        draft, made, "any arm", f"all {arms} arms by {what} together (F)", None, Interval(test.f), test.p,
        short=f"all arms by {what} together {f}",
        says=f"{f}. Does any of them change the difference between any two arms?",
        unit=f"F on {test.df1} and {number(test.df2, 1)} degrees of freedom", made_by="none: a test statistic",
        n=together.analysed, df=test.df2,
    )  # fmt: skip


def _moderators(together: Omnibus) -> str:
    count = len(together.moderators)
    return f"{count} {'planned' if together.planned else 'exploratory'} moderator{'' if count == 1 else 's'}"


def _interaction(draft: Draft, made: Trial, together: Omnibus | str, k: int) -> Row:
    absent = together if isinstance(together, str) else together.tests[k].problem
    if isinstance(together, str) or together.tests[k].f is None:
        return _row(
            draft, made, "interaction", "arm by all moderators together (F)", k, None, absent=absent or "no test"
        )
    test = together.tests[k]
    what = _moderators(together)
    f = f"F({test.df1}, {number(test.df2, 1)}) = {number(test.f, 2)}, {p_value(test.p)}"
    return _row(
        draft, made, "interaction", f"arm by {what} together (F)", k, Interval(test.f), test.p,
        short=f"arm by {what} together {f}",
        says=f"{f}. Does any of them change the effect of {made.arms[k][1]}?",
        unit=f"F on {test.df1} and {number(test.df2, 1)} degrees of freedom", made_by="none: a test statistic",
        n=together.analysed, df=test.df2, detectable=test.detectable,
    )  # fmt: skip


def _of_prediction(draft: Draft, made: Trial, learned: _Learned | str, kind: str, k: int, against: int = 0) -> Row:
    names = {
        "calibration": "calibration slope of predicted effects",
        "AUTOC": "AUTOC: benefit found by ranking on predicted benefit, the first few counting most",
        "Qini": "Qini: benefit found by ranking on predicted benefit, by the share treated",
    }
    if isinstance(learned, str):
        return _row(draft, made, kind, names[kind], k, None, against=against, absent=learned)
    found: OverRepeats = learned[k, against].test(kind)
    if found.value is None:
        absent = "the predicted effects are the same for everybody in every repeat"
        return _row(draft, made, kind, names[kind], k, None, against=against, absent=absent)
    slope = kind == "calibration"
    places = 2 if slope or made.target.binary else max(made.places, 1)
    unit = "ratio" if slope else made.unit
    direction = (
        "0: predicted differences say nothing; 1: they are right; above 1: too small, as is usual of what few people can teach"
        if slope
        else "above 0: those predicted to gain most do gain more than the average (benefit, whichever way the scale runs)"
    )
    shown = Interval(found.value, found.low, found.high)
    width = f"{level_words(draft.asking.level)} {number(found.low, places)} to {number(found.high, places)}"
    name = "calibration slope" if slope else kind
    return _row(
        draft, made, kind, names[kind], k, shown, found.p_above,
        short=f"{name} {number(found.value, places)} ({width})",
        says=direction + (
            f"; {found.repeats - found.informative} of {found.repeats} repeats predicted the same effect for everybody"
            if found.informative < found.repeats else ""
        ),
        unit=unit, made_by=f"normal scale, average over {found.repeats} repeats; p one-sided", n=learned[k, against].n,
        se=found.se, direction=direction, against=against,
    )  # fmt: skip


def _spread(draft: Draft, made: Trial, k: int) -> Row:
    name = "log ratio of standard deviations of the outcome (lnVR)"
    inside = made.observed & ((made.arm == 0) | (made.arm == k))
    try:
        found: VarianceRatio = variance_ratio(
            made.outcome[inside], made.arm[inside] == k,
            cluster=None if made.cluster is None else made.cluster[inside], level=draft.asking.level,
        )  # fmt: skip
    except ValueError as why:
        return _row(draft, made, "spread", name, k, None, absent=str(why).rstrip("."))
    arm, reference = made.arms[k][1], made.arms[0][1]
    sds = f"SD {number(found.sd[0], made.places)} in {arm}, {number(found.sd[1], made.places)} in {reference}"
    return _row(
        draft, made, "spread", name, k, Interval(found.value, found.low, found.high), found.p,
        short=f"log ratio of outcome SDs {number(found.value, 2)} ({number(found.low, 2)} to {number(found.high, 2)})",
        says=f"{sds}. Equal spread does not prove equal effects, and a {end_of_scale(made)} of the scale changes spread without "
        "differing effects.",
        unit="log ratio", made_by=found.method, n=sum(found.n), se=found.se, df=found.df,
        direction=f"above 0: outcomes vary more in {arm}",
    )  # fmt: skip


def _row(
    draft: Draft,
    made: Trial,
    kind: str,
    name: str,
    k: int | None,
    shown: Interval | None,
    p: float | None = None,
    *,
    against: int = 0,
    short: str = "",
    says: str = "",
    unit: str = "",
    made_by: str = "",
    absent: str = "",
    direction: str = "",
    n: int | None = None,
    se: float | None = None,
    df: float | None = None,
    detectable: float | None = None,
) -> Row:
    """One test in its three forms. A test that was not made keeps its place, with the reason. k : None for all arms."""
    arm, reference = (("", ""), ("", "")) if k is None else (made.arms[k], made.arms[against])
    interval = Interval(None) if shown is None else Interval(finite(shown.value), finite(shown.low), finite(shown.high))
    estimate = Estimate(
        name if k is None else f"{name}, {arm[1]} − {reference[1]}",
        interval.value,
        interval.low,
        interval.high,
        None if shown is None or shown.low is None else draft.asking.level,
        made_by,
        unit,
        direction,
        n=n,
        se=finite(se),
        df=finite(df),
        p=finite(p),
        arm=arm[0] or None,
        reference=reference[0] or None,
        scale=made.target.scale.name if made.target.scale is not None else None,
        why_absent=absent or None,
    )
    test = HeterogeneityTest(
        name, arm[0], reference[0], interval, finite(p), f"Not computed: {absent}." if absent else says
    )
    return Row(kind, k or 0, test, estimate, short, detectable, absent, against)


def _further(made: Trial, rows: Sequence[Row], level: float) -> list[Estimate]:
    """What the tests against the reference could have shown, and what the two spreads imply."""
    scale = made.target.scale.name if made.target.scale is not None else None
    extra = []
    for row in rows:
        if row.against:
            continue
        pair = f"{made.arms[row.k][1]} − {made.arms[0][1]}"
        if row.detectable is not None:
            extra.append(
                Estimate(
                    f"smallest standard deviation of effects, carried by the moderators, found with 80 % power, {pair}",
                    finite(row.detectable),
                    interval="none: from the width of this test",
                    unit=made.unit,
                    arm=made.arms[row.k][0],
                    reference=made.arms[0][0],
                    scale=scale,
                )
            )
        if row.kind == "AUTOC" and row.estimate.se:
            extra.append(
                Estimate(
                    f"smallest AUTOC found with 80 % power, {pair}",
                    smallest_detectable(row.estimate.se, alpha=1.0 - level),
                    interval="none: from the width of this test",
                    unit=made.unit,
                    arm=made.arms[row.k][0],
                    reference=made.arms[0][0],
                    scale=scale,
                )
            )
        if row.kind == "spread" and row.estimate.value is not None:
            extra.append(_least_spread(made, row))
    return extra


def _least_spread(made: Trial, row: Row) -> Estimate:
    """What two standard deviations imply for the spread of effects: at least their difference (Frechet bound)."""
    sds = [float(np.std(made.outcome[made.observed & (made.arm == k)], ddof=1)) for k in (row.k, 0)]
    return Estimate(
        f"smallest standard deviation of individual effects that the two outcome SDs allow, {made.arms[row.k][1]} − {made.arms[0][1]}",
        abs(sds[0] - sds[1]),
        interval="none: a bound from the sample SDs, 0 when they are equal; the largest is their sum",
        unit=made.unit,
        arm=made.arms[row.k][0],
        reference=made.arms[0][0],
        scale=made.target.scale.name if made.target.scale is not None else None,
    )


def _cautions(
    draft: Draft,
    made: Trial,
    together: Omnibus | str,
    learned: _Learned | str,
    rows: Sequence[Row],
    alone: Sequence[Passing],
) -> None:
    if isinstance(together, Omnibus):
        for caution in together.cautions:
            draft.caution(caution.code, caution.text)
        if not together.planned:
            draft.caution(
                "moderators-not-planned",
                "The plan names no moderators, so the joint test is of every baseline variable and exploratory.",
            )
    if alone:
        draft.caution("single-moderator", alone_caution(alone))
    for row in rows:
        if row.absent:
            draft.caution("test-not-made", f"{titled(made, row)}: not computed, because {row.absent}.")
    tested = [row for row in rows if row.estimate.p is not None]
    if len(tested) > 1:
        adjusted = holm([row.estimate.p for row in tested])
        draft.caution(
            "several-tests",
            f"{len(tested)} tests stand side by side and none was chosen by its result; their Holm-adjusted p values: "
            + "; ".join(f"{titled(made, row)} {p_value(p)}" for row, p in zip(tested, adjusted, strict=True))
            + ".",
        )
    if any(row.kind == "spread" and not row.absent for row in rows):
        draft.caution(
            "spread",
            "Equal standard deviations do not prove equal effects: effects that go against where a person would have been can leave "
            "the spread as it is. Unequal ones do not prove differing effects either where scores crowd at an end of the scale.",
        )
    if not isinstance(learned, str):
        draft.caution(
            "learned-from-few",
            "Tests of predicted effects see only differences that the learners find from the people of earlier folds; where they "
            "find none, effects may still differ in ways that this many people cannot teach.",
        )
