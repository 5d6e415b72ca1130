"""The alliance: its level and growth, where it varies, and whether it comes before better outcomes."""

from __future__ import annotations

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.how.alliance_growth import Growth, grow, shares
from forwhom.analysis.how.alliance_relations import early_alliance, forms, session_to_session
from forwhom.analysis.how.process import process
from forwhom.analysis.how.rupture_sentences import between, places_of, shares_between
from forwhom.analysis.how.rupture_words import of_relations
from forwhom.analysis.how.session_table import SessionTable, alliance_columns, session_table
from forwhom.analysis.outcome.arm_difference import SATTERTHWAITE
from forwhom.analysis.words import decimals_for, level_words, number, p_value, people, percent
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import AllianceDetail, Interval, Relation
from forwhom.kernels.session_courses import within_sd
from forwhom.study import Study

ID = "how.alliance"
MIN_PEOPLE = 10
CITATIONS = (
    "Flückiger C, Del Re AC, Wampold BE, Horvath AO. The alliance in adult psychotherapy: a meta-analytic synthesis. Psychotherapy "
    "2018;55:316-340.",
    "Baldwin SA, Wampold BE, Imel ZE. Untangling the alliance-outcome correlation: exploring the relative importance of therapist and "
    "patient variability in the alliance. J Consult Clin Psychol 2007;75:842-852.",
    "Falkenström F, Granström F, Holmqvist R. Therapeutic alliance predicts symptomatic improvement session by session. J Couns Psychol "
    "2013;60:317-328.",
    "Gouriéroux C, Phillips PCB, Yu J. Indirect inference for dynamic panel models. J Econometrics 2010;157:68-77.",
    SATTERTHWAITE,
)


def alliance(study: Study, asking: Asking) -> Finding:
    """`how.alliance`: level, growth, shares of variance; early alliance and later outcome; session to session; several forms."""
    draft = Draft(study, asking, ID, "How does the alliance develop, and does it come before better outcomes?")
    if study.sessions is None or study.sessions.height == 0:
        return draft.not_applicable("no sessions are recorded.", "[tables.sessions] with a rating of the alliance.")
    columns = alliance_columns(study)
    if not columns:
        return draft.not_applicable(
            "no column of the sessions is named as the alliance.",
            'Name it: [plan.ruptures] column = "…", or a mechanism with family = "alliance".',
        )
    if columns[0] in {each.name for each in study.plan.mechanisms} and study.plan.registered is not None:
        draft.registered = "planned"
    seen = process(study, columns[0])
    assert seen is not None
    if seen.better is None:
        return draft.decline(
            f"nobody said whether a higher {seen.label} is better",
            f'[scales.{seen.name}] better = "higher" (or "lower") in study.toml.',
        )
    table = session_table(seen)
    draft.analysed = 0 if table is None else table.arm.size
    draft.leave_out(
        draft.entered - draft.analysed, f"no session with a rating of {seen.label}, or not allocated to an arm"
    )
    if table is None or table.arm.size < MIN_PEOPLE:
        return draft.decline(
            f"{people(draft.analysed)} rated {seen.label}", f"Ratings after sessions of at least {MIN_PEOPLE} people."
        )
    if not within_sd(table.table) > 0:
        return draft.decline(f"nobody's ratings of {seen.label} vary", "Ratings that differ from session to session.")
    growth = grow(draft, table, asking.level)
    if isinstance(growth, str):
        return draft.decline(
            f"the growth of {seen.label} cannot be estimated: {growth}", "Ratings of more sessions per person."
        )
    draft.method = _method(growth)
    parts = shares(draft, table, asking.level)
    related = [
        *early_alliance(study, draft, table, asking.level),
        *session_to_session(study, draft, table, asking),
        *forms(study, table, columns[1:], asking.level),
    ]
    draft.caution(
        "alliance-not-manipulated",
        "Nobody was allocated to an alliance: whatever makes both a good alliance and a good outcome would look the same. The order in "
        "time and the adjustment for earlier symptoms narrow this down, they do not rule it out.",
    )
    if "therapist" not in growth.random:
        draft.caution_clusters()
    detail = AllianceDetail(seen.label, seen.unit, str(seen.better), growth.curves, parts, tuple(related))
    return draft.answer(
        _statement(growth, parts, related, table, asking.level),
        _estimates(growth, parts, related, asking.level),
        detail,
    )


def _method(growth: Growth) -> Method:
    return Method(
        "Growth model of the alliance over sessions (mixed model), and its relation to what comes later",
        {
            "growth": f"straight line per arm over the numbers of sessions; random {growth.random}; residual independent; Satterthwaite",
            "shares of variance": "random intercepts of people and therapists, given arm and session; the rest lies between sessions of a "
            "person and includes what a rating cannot repeat",
            "later outcome": "mean of the first sessions, per standard deviation, and outcome after the mark given the score at the mark "
            "(so that earlier change of symptoms is taken out), at baseline, and arm; CR2",
            "session to session": "lagged paths within persons, means and straight lines taken out with the bias of short courses "
            "corrected; intervals by resampling people, or therapists where there are enough",
        },
        CITATIONS,
    )


def _statement(
    growth: Growth, parts: tuple[tuple[str, Interval], ...], related: list[Relation], table: SessionTable, level: float
) -> str:
    seen = table.process
    several = len(growth.slopes) > 1
    told = []
    places = min((decimals_for(_half(slope)) for *_, slope in growth.slopes), default=2)
    for label, start, slope in growth.slopes:
        where = f"in {label} " if several else ""
        told.append(
            f"{where}it began at {number(start.value, 1)} {seen.unit} and changed by {number(slope.value, places)} per 10 sessions "
            f"({level_words(level)} {number(slope.low, places)} to {number(slope.high, places)})"
        )
    words = f"{seen.label}: {'; '.join(told)}."
    if parts:
        told = [f"{percent(share.value)} ({shares_between(share)}) lies between {what}" for what, share in parts]
        words += f" Of its variance {' and '.join(told)}."
    for each in related:
        if each.group == "Later outcome" and each.estimate.value is not None:
            outcome = each.what.split(":")[0]
            few = places_of(each.estimate)
            words += (
                f" A standard deviation more of early alliance went with {number(each.estimate.value, few)} {each.unit} of {outcome} "
                f"({between(each.estimate, few)}, {p_value(each.p)}; {each.says})."
            )
            break
    return words


def _half(slope: Interval) -> float | None:
    return None if slope.low is None or slope.high is None else (slope.high - slope.low) / 4


def _estimates(
    growth: Growth, parts: tuple[tuple[str, Interval], ...], related: list[Relation], level: float
) -> list[Estimate]:
    made = list(growth.estimates)
    for what, share in parts:
        bare = share.low is None
        made.append(
            Estimate(
                f"share of the alliance's variance between {what}", share.value, share.low, share.high, None if bare else level,
                "none: could not be made" if bare else "profile likelihood", "share of variance",
            )
        )  # fmt: skip
    return [*made, *of_relations(related, level)]
