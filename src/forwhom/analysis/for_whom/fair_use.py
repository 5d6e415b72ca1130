"""Does the rule serve everybody alike: its performance in each declared subgroup, with widths."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.for_whom.candidates import column_values
from forwhom.analysis.for_whom.ruled import CLUSTERED, FEW_VALUES, amount, between, no_rule_possible, ruled
from forwhom.analysis.for_whom.trial import Target, Trial, describe, trial
from forwhom.analysis.words import listed, number, p_value, people
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import FairUseDetail, Interval, SubgroupRow
from forwhom.kernels.crossfit import CrossFit
from forwhom.kernels.policy_gain import Gain, Recommendation, mean_gain
from forwhom.kernels.policy_tree import indicated
from forwhom.kernels.subgroups import differ
from forwhom.study import Study

FEW_PEOPLE = 10
"""People below which a subgroup is counted, and nothing is said of how it fares."""
CITATIONS = (
    "Welch BL. On the comparison of several mean values: an alternative approach. Biometrika 1951;38:330-336.",
    "Chouldechova A, Roth A. A snapshot of the frontiers of fairness in machine learning. Commun ACM 2020;63(5):82-89.",
)


@dataclass(frozen=True, slots=True)
class _Variable:
    """One declared column as subgroups. level : (n,) codes into `names`, −1 where not known. cut : True for thirds."""

    name: str
    level: np.ndarray
    names: tuple[str, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """One subgroup. gain, bias : None where it is too small to say."""

    variable: str
    level: str
    n: int
    told: tuple[tuple[str, float], ...]
    gain: Gain | None
    bias: Gain | None


def fair_use(study: Study, asking: Asking, target: Target) -> Finding:
    """`for_whom.fair_use.<target>`: gain of the rule, and error of its predictions, in each subgroup the plan declares."""
    draft = Draft(
        study,
        asking,
        f"for_whom.fair_use.{target.name}",
        f"Would a rule for {target.label} serve all groups of people alike?",
    )
    made = trial(study, target)
    if not isinstance(made, Trial):
        return draft.not_applicable(*made)
    if not study.plan.subgroups:
        return draft.not_applicable(
            "the plan declares no subgroups",
            'Under [plan]: subgroups = ["gender", "age"], with the columns of the persons table that matter for fairness.',
        )
    describe(draft, made)
    why = no_rule_possible(made)
    if why is not None:
        return draft.decline(*why)
    fit, found = ruled(asking, made)
    variables = [_variable(study, made, name) for name in study.plan.subgroups]
    rows = [row for each in variables for row in _rows(made, fit, found, each, asking.level)]
    draft.method = _method(made, found)
    _cautions(draft, variables, rows)
    if found.recommended:
        draft.caution(
            "shares-and-gains",
            "The shares told each arm are those of the rule recommended, which was learned in everybody; the gains are those of rules "
            "learned the same way in four fifths of the people, which may differ from it.",
        )
    detail = FairUseDetail(
        outcome=target.label,
        better=made.better,
        unit=made.unit,
        recommended=found.recommended,
        rows=tuple(
            SubgroupRow(row.variable, row.level, row.n, row.told, _interval(row.gain), _interval(row.bias))
            for row in rows
        ),
    )
    tests = _tests(made, fit, found, variables)
    return draft.answer(
        _statement(made, found, rows, tests, asking.level), _estimates(made, rows, tests, asking.level), detail
    )


def _variable(study: Study, made: Trial, name: str) -> _Variable:
    """A column of persons as levels: words and few numbers as they are, many numbers by thirds."""
    values = column_values(study.persons[name])
    labels = study.labels.get(name, {})
    if values.codes is not None:
        return _Variable(
            name, values.codes[made.rows], tuple(labels.get(level, level) for level in values.levels), False
        )
    assert values.numbers is not None
    numbers = values.numbers[made.rows]
    known = np.isfinite(numbers)
    distinct = np.unique(numbers[known])
    if distinct.size <= FEW_VALUES:
        names = tuple(labels.get(f"{value:g}", f"{value:g}") for value in distinct)
        return _Variable(name, np.where(known, np.searchsorted(distinct, numbers), -1), names, False)
    cuts = np.unique(np.quantile(numbers[known], [1 / 3, 2 / 3], method="closest_observation"))
    level = np.where(known, np.searchsorted(cuts, numbers, side="left"), -1)
    edges = [f"{cut:g}" for cut in cuts]
    words = [f"up to {edges[0]}", *(f"above {low} up to {high}" for low, high in pairwise(edges))]
    return _Variable(name, level, (*words, f"above {edges[-1]}"), True)


def _contrast(made: Trial, found: Recommendation) -> int:
    """The arm whose predicted effect against the reference is checked: the better one, or the best of the others."""
    if found.better:
        return found.better
    return 1 + int(np.argmin([gain.value for gain in found.over[1:]]))


def _errors(made: Trial, fit: CrossFit, found: Recommendation) -> np.ndarray:
    """(n,) predicted effect minus doubly robust effect of the contrast, mean over repeats; outcome units."""
    arm = _contrast(made, found)
    wrong: np.ndarray = (fit.effects[:, :, arm] - (fit.scores[:, :, arm] - fit.scores[:, :, 0])).mean(axis=0)
    return wrong


def _rows(made: Trial, fit: CrossFit, found: Recommendation, each: _Variable, level: float) -> list[_Row]:
    """A row per subgroup that has anybody in it; people whose subgroup is not known come last."""
    gains, errors = found.contributions[:, found.better], _errors(made, fit, found)
    told = indicated(found.rule, made.features)[None] if found.recommended else found.indicated
    rows = []
    for code in (*range(len(each.names)), -1):
        mine = each.level == code
        n = int(mine.sum())
        if n == 0:
            continue
        shares = tuple((arm, float((told[:, mine] == k).mean())) for k, (arm, _) in enumerate(made.arms))
        gain = bias = None
        if n >= FEW_PEOPLE:
            cluster = None if fit.cluster is None else fit.cluster[mine]
            gain, bias = mean_gain(gains[mine], cluster, level), mean_gain(errors[mine], cluster, level)
        rows.append(_Row(each.name, each.names[code] if code >= 0 else "not known", n, shares, gain, bias))
    return rows


def _interval(gain: Gain | None) -> Interval:
    if gain is None:
        return Interval(None)
    if gain.se == 0:
        return Interval(finite(gain.value))
    return Interval(finite(gain.value), finite(gain.low), finite(gain.high))


_Tests = list[tuple[str, str, float | None, float | None, float | None]]


def _tests(made: Trial, fit: CrossFit, found: Recommendation, variables: list[_Variable]) -> _Tests:
    """Per variable, of gains and of errors: name, what, F, denominator df, p; among subgroups large enough."""
    rows: _Tests = []
    for each in variables:
        count = np.bincount(each.level[each.level >= 0], minlength=len(each.names))
        level = np.where((each.level >= 0) & (count[each.level] >= FEW_PEOPLE), each.level, -1)
        for what, values in (
            ("gain", found.contributions[:, found.better]),
            ("error of prediction", _errors(made, fit, found)),
        ):
            test = differ(values, level, fit.cluster)
            rows.append((each.name, what, finite(test.f), finite(test.df_within), finite(test.p)))
    return rows


def _statement(made: Trial, found: Recommendation, rows: list[_Row], tests: _Tests, level: float) -> str:
    better = made.arms[found.better][1]
    who = (
        "Rules learned like the one recommended, each judged in people it was not learned from,"
        if found.recommended
        else "No rule is recommended; those looked at, each judged in people it was not learned from,"
    )
    shown = [(row, row.gain) for row in rows if row.gain is not None]
    if not shown:
        return f"What a rule gains cannot be told in any subgroup: none has {FEW_PEOPLE} people."
    least, most = min(shown, key=lambda one: one[1].value), max(shown, key=lambda one: one[1].value)
    names = listed(list(dict.fromkeys(row.variable for row, _ in shown)))
    told = (
        f"{who} {'gain' if found.recommended else 'would have gained'}, over {better} for everybody, from "
        f"{_says(made, *least, level)} to {_says(made, *most, level)}, among {len(shown)} subgroups of {names}."
    )
    differences = [f"{name} {p_value(p)}" for name, what, _, _, p in tests if what == "gain" and p is not None]
    if differences:
        told += f" Differences in gain: {listed(differences)}."
    known = [(row, gain) for row, gain in shown if np.isfinite(gain.low)]
    without = [f"{row.variable} {row.level}" for row, gain in shown if not np.isfinite(gain.low)]
    if without:
        told += f" There is no width for {listed(without)}: all its people are in one cluster."
    row, loss = min(known, key=lambda one: one[1].low, default=(None, None))
    if row is None or loss is None:
        return told
    if loss.low < 0:
        return f"{told} The widths leave open a loss of {amount(made, -loss.low)} for {row.variable} {row.level}."
    return told if without else f"{told} No interval includes a loss."


def _says(made: Trial, row: _Row, gain: Gain, level: float) -> str:
    """ "2.1 points (95 % interval …) for gender f"."""
    words = amount(made, 0.0) if gain.se == 0 else between(made, gain, level)
    return f"{words} for {row.variable} {row.level}"


def _estimates(made: Trial, rows: list[_Row], tests: _Tests, level: float) -> list[Estimate]:
    estimates = []
    scale = made.target.scale.name if made.target.scale else None
    for row in rows:
        for what, gain, direction in (
            ("gain of the rule over the better arm for everybody", row.gain, "above 0: the rule is better"),
            ("predicted minus observed effect", row.bias, "0: predictions are right on average"),
        ):
            estimates.append(
                Estimate(
                    name=f"{what}, {row.variable}: {row.level}",
                    value=None if gain is None else finite(gain.value),
                    low=_interval(gain).low,
                    high=_interval(gain).high,
                    level=level,
                    interval="none: the rule changes nothing for anybody here" if gain and gain.se == 0 else "t",
                    unit=made.unit,
                    direction=direction,
                    n=row.n,
                    se=None if gain is None else finite(gain.se),
                    df=None if gain is None else finite(gain.df),
                    scale=scale,
                    why_absent=f"fewer than {FEW_PEOPLE} people" if gain is None else None,
                )
            )
    for name, what, f, df, p in tests:
        estimates.append(
            Estimate(
                name=f"difference in {what} between subgroups of {name}",
                value=f,
                interval="none",
                unit="F",
                direction="further from 0: the subgroups differ more",
                df=df,
                p=p,
                scale=scale,
                why_absent=None
                if f is not None
                else "fewer than two subgroups are large enough, or in one the rule changes nothing for anybody",
            )
        )
    return estimates


def _cautions(draft: Draft, variables: list[_Variable], rows: list[_Row]) -> None:
    few = [f"{row.variable} {row.level} ({people(row.n)})" for row in rows if row.gain is None]
    if few:
        draft.caution(
            "subgroup-small",
            f"Fewer than {FEW_PEOPLE} people: {listed(few)}. They are counted; nothing can be said of how a rule would serve them.",
        )
    cut = [each.name for each in variables if each.cut]
    if cut:
        draft.caution(
            "cut-in-thirds",
            f"{listed(cut)}: cut into thirds of this sample, which hides what happens at the extremes and depends on who took part.",
        )
    smallest = min((row.n for row in rows if row.gain is not None), default=0)
    if smallest:
        draft.caution(
            "subgroups-wide",
            f"The smallest subgroup judged has {people(smallest)}. That no difference is seen does not show that there is none.",
        )
    if len(rows) > 3:
        draft.caution(
            "subgroups-many", f"{number(len(rows), 0)} subgroups are shown, unadjusted for how many they are."
        )


def _method(made: Trial, found: Recommendation) -> Method:
    arm, reference = made.arms[_contrast(made, found)][1], made.arms[0][1]
    interval = "Student's t" if made.cluster is None else CLUSTERED
    return Method(
        "Cross-fitted gain and calibration of the policy tree within declared subgroups",
        {
            "gain": f"over {made.arms[found.better][1]} for everybody, from rules learned without the people they are judged in",
            "share told each arm": "by the recommended rule"
            if found.recommended
            else "by the cross-fitted rules, mean over repeats",
            "bias": f"mean predicted minus mean doubly robust effect of {arm} against {reference}",
            "interval": f"{interval}, within the subgroup",
            "test of difference": "Welch" if made.cluster is None else "Wald, cluster robust (CR2, HTZ)",
            "clustering": made.cluster_words,
        },
        CITATIONS,
    )
