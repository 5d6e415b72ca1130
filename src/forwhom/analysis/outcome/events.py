"""Self-harm, attempts, admissions and other events: risk per arm, time to the first, and how often they come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.asking import Asking, Draft, finite, is_planned
from forwhom.analysis.courses import arm_codes
from forwhom.analysis.outcome.leaving import KAPLAN, survival_curves, time_to_event
from forwhom.analysis.outcome.risks import (
    ALTMAN,
    CLOPPER,
    MIETTINEN,
    difference_words,
    risk_estimates,
    risk_rows,
    shares_words,
)
from forwhom.analysis.words import at_time, listed, number
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import ContrastRow, Interval, RiskDetail
from forwhom.kernels.rates import poisson_rate, rate_regression
from forwhom.study import Study

COMPOSITE = "composite"
DISAGREE = 0.2
"""Distance on the log scale between crude and modelled rate ratio that a reader must be told of."""
LAWLESS = "Lawless JF. Negative binomial and mixed Poisson regression. Can J Stat 1987;15:209-225."
GARWOOD = "Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;28:437-442."


@dataclass(frozen=True, slots=True)
class History:
    """Events of one kind (or a composite) person by person, from time 0.

    count : (n,) events; first : (n,) time of the first, NaN when none has a time
    exposure : (n,) time followed, in the study's unit
    """

    count: np.ndarray
    first: np.ndarray
    exposure: np.ndarray
    before: int
    untimed: int
    follow_up: str


def event_kinds(study: Study) -> tuple[str, ...]:
    """The planned composite first, then every kind of event on record."""
    if study.events is None:
        return ()
    kinds = tuple(sorted(str(kind) for kind in study.events["kind"].drop_nulls().unique().to_list()))
    return ((COMPOSITE,) if len(study.plan.events) > 1 else ()) + kinds


def events(study: Study, asking: Asking, kind: str) -> Finding:
    """`outcome.events.<kind>`: risk, time to first event and rate of one kind, or of the planned composite."""
    if study.events is None or not kind:
        draft = Draft(study, asking, "outcome.events", "How often did self-harm, admissions or other events happen?")
        return draft.not_applicable("the study has no events.", "A table of events: [[tables.events]] in study.toml.")
    kinds = study.plan.events if kind == COMPOSITE else (kind,)
    what = " or ".join(name.replace("_", " ") for name in kinds)
    planned = is_planned(study) if kind == COMPOSITE or study.plan.events == (kind,) else "exploratory"
    draft = Draft(study, asking, f"outcome.events.{kind}", f"How often did {what} happen?", registered=planned)
    arm, arms = arm_codes(study)
    inside = arm >= 0
    draft.analysed = int(inside.sum())
    draft.leave_out(int((~inside).sum()), "not allocated to an arm")
    history = history_of(study, kinds)
    draft.leave_out(history.before, "before time 0", of="events")
    if history.untimed:
        draft.caution(
            "untimed-events", f"{history.untimed} events have no time; they count in the risk, not in the time to it."
        )
    draft.caution(
        "follow-up",
        f"Everybody without a recorded event counts as free of it; time is counted {history.follow_up}.",
    )
    happened = history.count > 0
    rows = risk_rows(
        [
            (code, label, int((happened & (arm == k)).sum()), int((arm == k).sum()))
            for k, (code, label) in enumerate(arms)
        ],
        asking.level,
    )
    good = all(name in study.plan.good_events for name in kinds)
    estimates, contrasts = risk_estimates(what, rows, asking.level, good=good)
    duration = np.where(happened, history.first, history.exposure)
    usable = inside & np.isfinite(duration) & (duration >= 0)
    draft.leave_out(
        int((inside & ~happened & ~usable).sum()), "time followed unknown or ending before time 0 (in the risk only)"
    )
    curves = survival_curves(duration, happened, arm, arms, usable, asking.level) if usable.any() else ()
    estimates += time_to_event(duration, happened, arm, arms, usable, asking.level, what)
    rates, rate_contrasts, rate_words = _rates(draft, history, arm, arms, inside, what, good)
    estimates += rates
    draft.method = Method(
        "Risk, time to first event, and rate",
        {
            "events": listed(kinds),
            "intervals": "exact for risks, Miettinen-Nurminen for differences and ratios, profile likelihood for hazard "
            "and rate ratios",
            "rates": rate_words,
            "time followed": history.follow_up,
        },
        (CLOPPER, MIETTINEN, ALTMAN, KAPLAN, GARWOOD, LAWLESS),
    )
    draft.caution_clusters()
    detail = RiskDetail(what, rows, (*contrasts, *rate_contrasts), curves, study.time_unit, good)
    total = int(history.count[inside].sum())
    compared = difference_words(contrasts, dict(arms), asking.level)
    needed = "; ".join(row.words for row in contrasts if row.measure == "number needed to treat" and row.words)
    statement = (
        f"{what[0].upper()}{what[1:]} happened to {shares_words(rows)}"
        f"{' (' + compared + ')' if compared else ''}{'; ' + needed if needed else ''}; {total} events in all."
    )
    return draft.answer(statement, estimates, detail)


def history_of(study: Study, kinds: tuple[str, ...]) -> History:
    """Events of these kinds per person, and how long each person was followed."""
    n = study.persons.height
    count, first = np.zeros(n, dtype=np.intp), np.full(n, np.nan)
    place = {person: i for i, person in enumerate(study.persons["id"].to_list())}
    table = study.events if study.events is not None else pl.DataFrame(schema={"id": pl.String, "time": pl.Float64})
    rows = table.filter(pl.col("kind").is_in(list(kinds))) if table.height else table
    times = rows["time"].cast(pl.Float64).to_list() if "time" in rows.columns else [None] * rows.height
    before = untimed = 0
    for person, time in zip(rows["id"].to_list(), times, strict=True):
        if time is not None and time < 0:
            before += 1
            continue
        i = place[person]
        count[i] += 1
        if time is None:
            untimed += 1
        elif not first[i] <= time:
            first[i] = time
    end, words = _end_of_study(study)
    exposure = np.full(n, end)
    if "left" in study.persons.columns:
        left = study.persons["left"].cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)
        if (_last_event(study, place) > left).any():
            words += ": events were recorded after people left, so leaving did not end their follow-up"
        else:
            exposure = np.where(np.isfinite(left), left, end)
            words = f"until the person left, else {words}"
    return History(count, first, exposure, before, untimed, words)


def _last_event(study: Study, place: dict[str, int]) -> np.ndarray:
    """(n,) time of each person's last event of any kind, NaN without one."""
    last = np.full(len(place), np.nan)
    if study.events is not None:
        timed = study.events.drop_nulls("time")
        for person, time in zip(timed["id"].to_list(), timed["time"].to_list(), strict=True):
            last[place[person]] = np.fmax(last[place[person]], float(time))
    return last


def _end_of_study(study: Study) -> tuple[float, str]:
    """The last time on record anywhere: everyone is taken to have been watched until then."""
    times = [study.measures["time"].drop_nulls().to_numpy()]
    if study.events is not None and "time" in study.events.columns:
        times.append(study.events["time"].drop_nulls().to_numpy().astype(float))
    every = np.concatenate(times)
    end = float(every.max()) if every.size else float("nan")
    return end, f"until the last time on record ({at_time(end, study.time_unit) if np.isfinite(end) else 'none'})"


def _rates(
    draft: Draft,
    history: History,
    arm: np.ndarray,
    arms: tuple[tuple[str, str], ...],
    inside: np.ndarray,
    what: str,
    good: bool,
) -> tuple[list[Estimate], tuple[ContrastRow, ...], str]:
    """Events per unit of time in each arm, and the rate ratio of each further arm (negative binomial)."""
    level, unit = draft.asking.level, draft.study.time_unit
    usable = inside & np.isfinite(history.exposure) & (history.exposure > 0)
    estimates: list[Estimate] = []
    for k, (code, label) in enumerate(arms):
        member = usable & (arm == k)
        if member.any():
            rate = poisson_rate(int(history.count[member].sum()), float(history.exposure[member].sum()), level=level)
            estimates.append(
                Estimate(
                    f"rate of {what}, {label}",
                    rate.value,
                    rate.low,
                    rate.high,
                    level,
                    "exact Poisson (Garwood): too narrow when the same people have several",
                    f"events per person-{unit}",
                    n=int(member.sum()),
                    arm=code,
                )
            )
    present = [k for k in range(1, len(arms)) if (usable & (arm == k)).any()]
    if not present or not history.count[usable].any() or not (usable & (arm == 0)).any():
        return estimates, (), "per arm"
    design = np.column_stack([(arm[usable] == k).astype(float) for k in present])
    fit = rate_regression(history.count[usable], history.exposure[usable], design, level=level)
    contrasts = []
    for k, ratio in zip(present, fit.ratios, strict=True):
        if (
            ratio.value
            and (crude := _crude_ratio(history, arm, usable, k))
            and abs(np.log(ratio.value / crude)) > DISAGREE
        ):
            draft.caution(
                "rates-disagree",
                f"The ratio of the crude rates of {arms[k][1]} and {arms[0][1]} is {number(crude, 2)}, that of the model "
                f"{number(ratio.value, 2)}: people were followed for different times, and the two weigh them differently.",
            )
        estimates.append(
            Estimate(
                f"rate ratio of {what}, {arms[k][1]} / {arms[0][1]}",
                finite(ratio.value),
                finite(ratio.low),
                finite(ratio.high),
                level,
                f"profile likelihood, {fit.model} model" + (f"; {ratio.words}" if ratio.words else ""),
                "ratio",
                f"{'above' if good else 'below'} 1 favours {arms[k][1]}",
                int(usable.sum()),
                p=finite(ratio.p),
                arm=arms[k][0],
                reference=arms[0][0],
                why_absent=ratio.words or "not estimable" if ratio.value is None else None,
            )
        )
        contrasts.append(
            ContrastRow(
                "rate ratio",
                arms[k][0],
                arms[0][0],
                Interval(finite(ratio.value), finite(ratio.low), finite(ratio.high)),
                ratio.words,
            )
        )
    return estimates, tuple(contrasts), f"{fit.model} regression, dispersion {number(fit.dispersion, 2)}"


def _crude_ratio(history: History, arm: np.ndarray, usable: np.ndarray, k: int) -> float | None:
    """Events per time in arm k over those in the first arm; None without events in either."""
    rates = []
    for code in (k, 0):
        member = usable & (arm == code)
        rates.append(float(history.count[member].sum() / history.exposure[member].sum()))
    return rates[0] / rates[1] if rates[0] > 0 and rates[1] > 0 else None
