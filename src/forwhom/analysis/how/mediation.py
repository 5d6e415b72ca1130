"""Did treatment move a mechanism, and did earlier change in it carry later change in the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.courses import arm_codes
from forwhom.analysis.how.alignment import aligned
from forwhom.analysis.how.carrying import DRAWS, Rows, fit_rows, rows_of
from forwhom.analysis.how.clocks import span_words
from forwhom.analysis.how.lagged import Lagged, lagged
from forwhom.analysis.how.mediation_words import lost_words, sensitivity_words, statement
from forwhom.analysis.how.order import Ordered, Refused, ordered
from forwhom.analysis.how.planned_pairs import mechanism_of, registered_pair
from forwhom.analysis.roles import caution_roles
from forwhom.analysis.words import p_value, people
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import CarriedContrast, Interval, MechanismInArm, MediationDetail, WindowSpan
from forwhom.kernels.carried_change import Carried, Number
from forwhom.study import Study

FEW = 50
"""People below which an answer carries a caution."""
INTERACTS = 0.05
LOST = 0.01
"""Share of draws without a solution from which an answer says so."""
CITATIONS = (
    "Kraemer HC, Wilson GT, Fairburn CG, Agras WS. Mediators and moderators of treatment effects in randomized clinical trials. "
    "Arch Gen Psychiatry 2002;59:877-883.",
    "MacKinnon DP, Lockwood CM, Hoffman JM, West SG, Sheets V. A comparison of methods to test mediation and other intervening "
    "variable effects. Psychol Methods 2002;7:83-104.",
    "Imai K, Keele L, Yamamoto T. Identification, inference and sensitivity analysis for causal mediation effects. Stat Sci "
    "2010;25:51-71.",
    "Hesterberg TC. What teachers should know about the bootstrap. Am Stat 2015;69:371-386.",
)


def carried_by(study: Study, asking: Asking, name: str, outcome: str) -> Finding:
    """`how.mediation.<mechanism>.<scale>` of a mechanism the plan names."""
    ident = f"how.mediation.{name}.{outcome}"
    planned = mechanism_of(study, name)
    here = ordered(study, planned, outcome)
    label = study.scales[name].label if name in study.scales else name.replace("_", " ")
    draft = Draft(
        study,
        asking,
        ident,
        f"Does earlier change in {label} carry later change in {study.scales[outcome].label}?",
        registered=registered_pair(study, planned, outcome),
    )
    if isinstance(here, Refused):
        return draft.decline(here.why, here.would_take)
    if planned.window is None or planned.outcome_window is None:
        draft.caution(
            "windows-derived",
            f"The plan gives no windows; forwhom took {here.words()}, from the occasions there are. The answer is exploratory.",
        )
    rows = rows_of(study, here)
    if isinstance(rows, Refused):
        return draft.decline(rows.why, rows.would_take)
    fit = fit_rows(asking, rows, ident)
    if isinstance(fit, Refused):
        return draft.decline(fit.why, fit.would_take)
    draft.analysed = rows.rows.size
    for n, why in rows.left_out:
        draft.leave_out(n, why)
    for each in rows.cautions:
        draft.caution(each.code, each.text)
    caution_roles(draft, {"outcome": [outcome], "mechanism": [name], "covariate": study.plan.covariates})
    within = _within(asking, here, name, outcome)
    draft.method = _method(rows, fit, within)
    _cautions(draft, rows, fit, within)
    return draft.answer(
        statement(rows, fit, within if isinstance(within, Lagged) else None, asking.level),
        _estimates(rows, fit, within, asking.level),
        _detail(rows, fit, within),
    )


def _within(asking: Asking, here: Ordered, name: str, outcome: str) -> Lagged | tuple[str, str]:
    """Lagged paths within persons: the numbers of the finding on order in time."""
    both = aligned(here.mechanism, here.outcome)
    if isinstance(both, str):
        return both, ""
    rng = asking.rng(f"how.temporal_order.{name}.{outcome}")
    return lagged(both, (here.mechanism.label, here.outcome.label), rng, asking.level)


def _method(rows: Rows, fit: Carried, within: Lagged | tuple[str, str]) -> Method:
    here = rows.here
    options = {
        "windows": here.words() + ("" if here.planned else " (not planned)"),
        "order": f"the mechanism's window ends where or before the outcome's begins; {people(here.checked)} checked on their own times",
        "adjusted for": "; ".join((*rows.names, f"{here.outcome.label} at the border (in the outcome's equation)")),
        "intervals": f"bootstrap of {fit.units} {'persons' if rows.cluster is None else 'groups and single persons'}, {DRAWS:,} draws, "
        f"percentile, widened for {fit.df:.0f} degrees of freedom; t times the standard error where too few are drawn for percentiles",
        "missing scores": "full information maximum likelihood (missing at random given what was seen and the arm)",
        "clustering": rows.cluster_words,
        "test of what is carried": "both paths must be shown (joint significance)",
    }
    if isinstance(within, Lagged):
        options["within persons"] = within.model
    return Method("Path model of earlier change in a mechanism and later change in an outcome", options, CITATIONS)


def _cautions(draft: Draft, rows: Rows, fit: Carried, within: Lagged | tuple[str, str]) -> None:
    here = rows.here
    draft.caution("mechanism-not-randomised", sensitivity_words(rows, fit))
    arms = arm_codes(draft.study)[1]
    if len(arms) < 2:
        draft.caution(
            "no-comparison",
            "The study has one arm: what moved the mechanism is not known, and the path to the outcome is an association in time.",
        )
    if len(rows.arms) > 1 and not here.m_before:
        draft.caution(
            "mechanism-level-only",
            f"{here.mechanism.label} was not measured before treatment, so its level stands for its change: the difference between arms "
            "is not affected, but the path to the outcome also holds lasting differences between people.",
        )
    if fit.complete < FEW:
        draft.caution(
            "few-people",
            f"Only {people(fit.complete)} have every score: intervals are wide and depend on single people.",
        )
    if fit.lost > LOST * DRAWS:
        draft.caution("draws-lost", lost_words(fit.lost))
    if len(rows.arms) > 1 and not fit.interaction:
        draft.caution(
            "interaction-not-tested",
            "An arm is too small to see whether the path differs between arms; it is taken to be the same.",
        )
    for k, each in enumerate(fit.interaction, start=1):
        if each.p < INTERACTS:
            draft.caution(
                "path-differs",
                f"The path from {here.mechanism.label} to {here.outcome.label} differs between {rows.arms[k][1]} and {rows.arms[0][1]} "
                f"({p_value(each.p)}): with each arm's own path what is carried is another number, given below.",
            )
    if not isinstance(within, Lagged):
        draft.caution(
            "between-only",
            f"One change per person holds only what differs between persons, not what goes on within one: {within[0]}.",
        )
    else:
        for caution in within.trouble:
            draft.caution(caution.code, caution.text)


def _interval(of: Number) -> Interval:
    return Interval(finite(of.value), finite(of.low), finite(of.high))


def _estimates(rows: Rows, fit: Carried, within: Lagged | tuple[str, str], level: float) -> list[Estimate]:
    here = rows.here
    m, y = here.mechanism, here.outcome
    kind = "bootstrap, percentile, widened for the number of people"
    m_unit, y_unit = f"{m.label} {m.unit}", f"{y.label} {y.unit}"
    better = "" if y.better is None else f"{'below' if y.better == 'lower' else 'above'} 0: better {y.label}"

    def one(
        name: str, of: Number, unit: str, direction: str = "", p: float | None = None, arm: int | None = None
    ) -> Estimate:
        against = rows.arms[0] if arm else None
        return Estimate(
            name if arm is None else f"{name}, {rows.arms[arm][1]}" + (f" − {rows.arms[0][1]}" if against else ""),
            finite(of.value), finite(of.low), finite(of.high), level, kind, unit, direction, rows.rows.size, finite(of.se),
            finite(fit.df), finite(of.p) if p is None else finite(p), None if arm is None else rows.arms[arm][0] or None,
            against[0] if against else None, scale=y.name,
        )  # fmt: skip

    made: list[Estimate] = []
    for k in range(1, len(rows.arms)):
        made += [
            one("carried by way of the mechanism", fit.carried[k - 1], y_unit, better, fit.joint_p[k - 1], k),
            one(f"difference in {m.label} {_when(here, 'mechanism')}", fit.moved[k - 1], m_unit, "", None, k),
        ]
    unit = f"{y_unit} per point of {m.label}"
    made.append(one(f"path from {m.label} to later {y.label}", fit.path, unit))
    for k in range(1, len(rows.arms)):
        made += [
            one("not by way of the mechanism", fit.direct[k - 1], y_unit, better, None, k),
            one("already there where the windows meet", fit.earlier[k - 1], y_unit, better, None, k),
            one("total difference", fit.total[k - 1], y_unit, better, None, k),
        ]
    for k, of in enumerate(fit.interaction, start=1):
        made.append(one("difference between the arms' own paths (interaction)", of, unit, "", None, k))
    made += [
        _named(one(f"carried, with the path of {rows.arms[k][1]}", of, y_unit, better), rows, k)
        for k, of in enumerate(fit.arm_carried)
    ]
    made += [_named(one(f"path within {rows.arms[k][1]}", of, unit), rows, k) for k, of in enumerate(fit.arm_path)]
    what = "change" if here.m_before else "level"
    made += [
        _named(one(f"{what} of {m.label} in {label or 'everyone'}", fit.arm_change[k], m_unit), rows, k)
        for k, (_, label) in enumerate(rows.arms)
    ]
    made += _sensitivity(rows, fit)
    if isinstance(within, Lagged):
        made += lag_estimates(within, level, y.name)
    return made


def _named(estimate: Estimate, rows: Rows, k: int) -> Estimate:
    return replace(estimate, arm=rows.arms[k][0] or None)


def _sensitivity(rows: Rows, fit: Carried) -> list[Estimate]:
    none = "none: a bound, not an estimate"
    made = [
        Estimate(
            "correlation by something unmeasured at which the path would be none", finite(fit.correlation), interval=none,
            unit="correlation", n=rows.rows.size, scale=rows.here.outcome.name,
        )
    ]  # fmt: skip
    for k, value in enumerate(fit.correlation_from):
        arm = rows.arms[k + 1] if len(rows.arms) > 1 else None
        made.append(
            Estimate(
                "correlation from which the interval holds none" + (f", {arm[1]} − {rows.arms[0][1]}" if arm else ""),
                finite(value), interval=none, unit="correlation", n=rows.rows.size, arm=arm[0] if arm else None,
                reference=rows.arms[0][0] if arm else None, scale=rows.here.outcome.name,
            )
        )  # fmt: skip
    return made


def lag_estimates(within: Lagged, level: float, scale: str) -> list[Estimate]:
    """Every lagged path, standardised within persons."""
    made = []
    for path in within.paths:
        s = path.standard
        made.append(
            Estimate(
                f"within persons, {path.cause} → {path.effect} at the next occasion ({path.variant})",
                s.value, s.low, s.high, level if s.low is not None else None,
                "none: not given by this model" if s.low is None else
                "bootstrap, percentile" if within.fit == () else "normal, robust (MLR)",
                "within-person SD", f"above 0: more {path.cause} than usual, then more {path.effect} than usual", within.people,
                p=path.p, scale=scale, why_absent=None if s.value is not None else "the model gives no standardised value",
            )
        )  # fmt: skip
    return made


def _when(here: Ordered, role: str) -> str:
    return span_words(here.window if role == "mechanism" else here.outcome_window, here.unit)


def _detail(rows: Rows, fit: Carried, within: Lagged | tuple[str, str]) -> MediationDetail:
    here = rows.here
    spans = ((here.window, here.mechanism, "mechanism"), (here.outcome_window, here.outcome, "outcome"))
    windows = tuple(
        WindowSpan(
            role, of.label, w.start, w.end, "session" if w.unit == "session" else here.unit, span_words(w, here.unit)
        )
        for w, of, role in spans
    )
    contrasts = tuple(
        CarriedContrast(
            rows.arms[k][0],
            rows.arms[0][0],
            _interval(fit.moved[k - 1]),
            _interval(fit.carried[k - 1]),
            _interval(fit.earlier[k - 1]),
            _interval(fit.direct[k - 1]),
            _interval(fit.total[k - 1]),
            finite(fit.joint_p[k - 1]),
        )
        for k in range(1, len(rows.arms))
    )
    arms = tuple(
        MechanismInArm(
            code,
            int((rows.arm == k).sum()),
            _interval(fit.arm_change[k]),
            _interval(fit.arm_path[k]) if fit.arm_path else None,
        )
        for k, (code, _) in enumerate(rows.arms)
    )
    nearest: Sequence[float] = sorted(fit.correlation_from, key=abs, reverse=True)
    return MediationDetail(
        mechanism=here.mechanism.label,
        outcome=here.outcome.label,
        better=here.outcome.better or "",
        unit=here.outcome.unit,
        mechanism_unit=here.mechanism.unit,
        windows=windows,
        contrasts=contrasts,
        path=_interval(fit.path),
        path_p=finite(fit.path.p),
        arms=arms,
        correlation=finite(fit.correlation),
        correlation_from=finite(nearest[0]) if nearest else None,
        within=within.paths if isinstance(within, Lagged) else (),
    )
