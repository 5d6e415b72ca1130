"""Ruptures of the alliance and their repair: how often, how deep, repaired or not, beside what chance makes, and what they go with."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.how.rupture_coded import coded_table
from forwhom.analysis.how.rupture_codes import against_codes, of_codes
from forwhom.analysis.how.rupture_rates import (
    arm_ratios,
    beyond_chance,
    blocks,
    intensity,
    members,
    rate_of,
    repairs,
    therapists_differ,
)
from forwhom.analysis.how.rupture_relations import LEAVING, OUTCOME, relations
from forwhom.analysis.how.rupture_told import LEAST, Told, criteria, repair_words, told
from forwhom.analysis.how.rupture_words import CITATIONS, coded_words, estimates, statement
from forwhom.analysis.how.session_table import DRAWS, SessionTable, alliance, alliance_columns, session_table
from forwhom.analysis.words import listed, number, people
from forwhom.findings import Finding, Method
from forwhom.findings.kinds import PersonSessions, Relation, RupturesDetail
from forwhom.kernels.control_chart import BEYOND, individuals_chart
from forwhom.kernels.session_courses import straight_lines, within_sd
from forwhom.study import Study
from forwhom.study.plan import Ruptures

ID = "how.ruptures"
FEWEST = 3
"""Rated sessions without which a person tells nothing of ruptures."""
MIN_PEOPLE = 5
SHOWN = 8
"""People whose sessions are drawn."""


def ruptures(study: Study, asking: Asking) -> Finding:
    """`how.ruptures`: ruptures and repairs by the planned criterion, or by both where none is planned."""
    plan = study.plan.ruptures or Ruptures()
    named = plan.criterion is not None or bool(plan.codes and not alliance_columns(study))
    chosen = named and study.plan.registered is not None
    question = "How often does the alliance break, is it repaired, and what goes with it?"
    draft = Draft(study, asking, ID, question, registered="planned" if chosen else "exploratory")
    human = of_codes(study, plan.codes, plan.repair_codes, asking.level)
    if study.sessions is None or study.sessions.height == 0:
        return draft.not_applicable("no sessions are recorded.", "[tables.sessions] with a rating of the alliance.")
    seen = alliance(study)
    if seen is None and not human:
        return draft.not_applicable(
            "no column of the sessions is named as the alliance.",
            'Name it: [plan.ruptures] column = "…", or the raters\' codes: codes = ["…"].',
        )
    if seen is None:
        return _codes_only(draft, human, plan)
    if seen.better is None:
        return draft.decline(
            f"nobody said whether a higher {seen.label} is better",
            f'[scales.{seen.name}] better = "higher" (or "lower") in study.toml.',
        )
    table = session_table(seen)
    rated = 0 if table is None else int((table.lengths >= FEWEST).sum())
    draft.analysed = rated
    draft.leave_out(draft.entered - rated, f"fewer than {FEWEST} sessions with a rating of {seen.label}")
    if table is None or rated < MIN_PEOPLE:
        return draft.decline(
            f"{people(rated)} rated {seen.label} after at least {FEWEST} sessions",
            f"Ratings after most sessions ({LEAST} and more) of at least {MIN_PEOPLE} people, some thirty for a useful width.",
        )
    if not within_sd(table.table) > 0:
        return draft.decline(f"nobody's ratings of {seen.label} vary", "Ratings that differ from session to session.")
    found = [told(table, each, asking, ID) for each in criteria(table, study.plan.ruptures)]
    able = [each for each in found if each.sessions.any()]
    if not able:
        longest = int(table.lengths.max())
        return draft.decline(
            f"nobody rated {seen.label} after more than {longest} sessions; a person's own limits take {LEAST}",
            f"Ratings of at least {LEAST} sessions of at least {MIN_PEOPLE} people; or, planned before the data are seen, "
            '[plan.ruptures] criterion = "score_drop", for which two sessions are enough.',
        )
    _cautions(draft, table, found, chosen=plan.criterion is not None)
    draft.method = _method(table, found)
    found = able
    detail = _detail(study, draft, table, found, plan, human)
    _false_alarms(draft, found, detail)
    return draft.answer(statement(detail, asking.level, table), estimates(detail, table, asking.level), detail)


def _codes_only(draft: Draft, human: list[Relation], plan: Ruptures) -> Finding:
    study, level = draft.study, draft.asking.level
    laid = coded_table(study, plan.codes, plan.repair_codes)
    related = list(human)
    if laid is not None:
        table, found = laid
        related += arm_ratios(found, table, level)
        differ = therapists_differ(found, table, draft.asking.rng(f"{ID} therapists {found.criterion.name}"))
        related += [] if differ is None else [differ]
        related += relations(study, table, found, level)
        draft.analysed = table.arm.size
        draft.leave_out(draft.entered - draft.analysed, "no session with a code, or not allocated to an arm")
        draft.caution_clusters()
    else:
        draft.analysed = draft.entered
    detail = RupturesDetail("", "", "", (), (), (), (), (), tuple(related))
    options = {
        "rupture": "at least half of a session's raters gave more than 0",
        "unresolved": "from a coded rupture until a coded repair"
        if plan.repair_codes
        else "from a coded rupture until a coded session without one (repairs are not coded)",
        "leaving": "discrete-time hazard after each coded session (logistic, Firth's penalty), given session and arm",
        "later outcome": "given the score at the mark, at baseline, and arm; codes of sessions before the mark only",
    }
    draft.method = Method("Codes of raters", options, CITATIONS[-4:])
    return draft.answer(coded_words(related, level), estimates(detail, None, level), detail)


def _false_alarms(draft: Draft, found: list[Told], detail: RupturesDetail) -> None:
    """Say what ruptures that noise made do to the relations of all of them."""
    if not any(each.group in (LEAVING, OUTCOME) and each.estimate.value is not None for each in detail.relations):
        return
    alarms = [
        f"{number(float(each.by_line.sum(axis=1).mean()), 0)} of the {int(each.events.sum())} by the {each.criterion.label}"
        for each in found
    ]
    draft.caution(
        "rupture-false-alarms",
        f"Noise alone would make about {listed(alarms)}. Falls that noise made go with nothing, so that odds of leaving and differences "
        "of outcome come out nearer to none than those of real ruptures.",
    )


def _detail(
    study: Study, draft: Draft, table: SessionTable, found: list[Told], plan: Ruptures, human: list[Relation]
) -> RupturesDetail:
    level, asking, seen = draft.asking.level, draft.asking, table.process
    related: list[Relation] = []
    for each in found:
        related.append(beyond_chance(each, level))
        related += arm_ratios(each, table, level)
        differ = therapists_differ(each, table, asking.rng(f"{ID} therapists {each.criterion.name}"))
        related += [differ] if differ is not None else []
        related += intensity(each, table, level)
    for each in found:
        related += relations(study, table, each, level)
    related += human
    for each in found:
        related += against_codes(study, plan.codes, table, each, level)
    rates = [rate_of(each, table, code, who, level) for each in found for code, who in members(table)]
    return RupturesDetail(
        alliance=seen.label,
        unit=seen.unit,
        better=str(seen.better),
        criteria=tuple((each.criterion.label, each.criterion.words) for each in found),
        rates=tuple(rate for rate in rates if rate is not None),
        repairs=tuple(share for each in found for share in repairs(each, table, level)),
        blocks=blocks(found[0], table, level),
        people=some_people(table, found[0]),
        relations=tuple(related),
    )


def _method(table: SessionTable, found: list[Told]) -> Method:
    options = {f"rupture by the {each.criterion.label}": each.criterion.words for each in found}
    options |= {f"repair by the {each.criterion.label}": repair_words(each.criterion) for each in found}
    options["expected by chance"] = (
        f"{DRAWS} sets of courses made of each person's own straight line and normal noise with that person's spread, alike from "
        f"session to session (correlation {straight_lines(table.table).correlation:.2f}); beside it the own ratings in random order"
    )
    options["leaving"] = (
        "discrete-time hazard after each session (logistic, Firth's penalty), given session, arm and mean alliance so far; limits and "
        "ruptures from the sessions up to then only"
    )
    options["later outcome"] = (
        "given the score at the mark, at baseline, and arm; ruptures from sessions before the mark only"
    )
    options["intervals"] = (
        "people are clusters of their sessions; CR2 by therapist for outcomes where there are several"
    )
    return Method("Ruptures and repairs from ratings after sessions", options, CITATIONS)


def _cautions(draft: Draft, table: SessionTable, found: list[Told], *, chosen: bool) -> None:
    draft.caution(
        "rupture-by-chance",
        "A fall of the score is not by itself a rupture: ratings vary from session to session, and every criterion finds some in noise. "
        "How many it would find by chance stands beside every rate. Real ruptures add to the spread that chance is made from, so "
        "the number expected is rather too high.",
    )
    if not chosen and len(found) > 1:
        counts = [f"{int(each.events.sum())} by the {each.criterion.label}" for each in found]
        draft.caution(
            "criteria-differ",
            f"The plan names no criterion, so both published ones are shown: {listed(counts)}. Choosing one after seeing the numbers "
            "would make any rate look planned; name one in [plan.ruptures] criterion.",
        )
    short = int((table.lengths < LEAST).sum())
    if short and found[0].criterion.drop is None:
        draft.caution(
            "sessions-few",
            f"{people(short)} with fewer than {LEAST} rated sessions {'has' if short == 1 else 'have'} no limits of their own and "
            "count for nothing by the control chart.",
        )
    if table.gaps:
        draft.caution(
            "sessions-unrated",
            f"Between the ratings of {people(table.gaps)} lie sessions without one; the next rating is taken as the next session.",
        )
    draft.caution_clusters()


def some_people(table: SessionTable, found: Told, wanted: np.ndarray | None = None) -> tuple[PersonSessions, ...]:
    """People to draw, from the most ruptures to the fewest, with the limits of their own chart.

    wanted : rows of the table; None for `SHOWN` of those with a rupture and limits, evenly over how many they have
    """
    chart = individuals_chart(table.table, least=LEAST)
    sign, e = table.process.sign, found.episodes
    if wanted is None:
        able = np.flatnonzero(chart.charted[:, 0] & (found.events > 0))
        order = able[np.lexsort((able, -table.lengths[able], -found.events[able]))]
        wanted = (
            order[np.unique(np.linspace(0, order.size - 1, min(SHOWN, order.size)).round().astype(int))]
            if order.size
            else order
        )
    made = []
    for i in wanted.tolist():
        m = int(table.lengths[i])
        mine = e.person == i
        back = mine & e.returned
        number = table.number[i, :m]
        sessions = number if np.isfinite(number).all() else np.arange(1.0, m + 1)
        limits: tuple[float | None, float | None, float | None] = (None, None, None)
        if chart.charted[i, 0]:
            centre, reach = float(chart.centre[i, 0]), BEYOND * float(chart.sigma[i, 0])
            ends = sorted((sign * (centre - reach), sign * (centre + reach)))
            limits = (ends[0], sign * centre, ends[1])
        made.append(
            PersonSessions(
                table.process.ids[table.people[i]],
                table.process.arms[table.arm[i]][0],
                tuple(float(v) for v in sessions),
                tuple(float(v) for v in sign * table.table[i, :m]),
                *limits,
                tuple(int(v) for v in e.onset[mine]),
                tuple(int(v) for v in (e.onset + e.duration)[back]),
            )
        )
    return tuple(made)
