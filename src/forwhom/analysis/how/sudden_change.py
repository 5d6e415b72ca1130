"""Sudden gains and losses: large steps between two neighbouring sessions, how lasting they are, and how many chance makes."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.how.later import later, regressed, told
from forwhom.analysis.how.process import process
from forwhom.analysis.how.refusals import in_words
from forwhom.analysis.how.rupture_sentences import shares_between
from forwhom.analysis.how.rupture_words import of_relations
from forwhom.analysis.how.session_table import DRAWS, SessionTable, session_table
from forwhom.analysis.how.sudden_lasting import large_at_the_ends
from forwhom.analysis.how.sudden_numbers import (
    BY_NOISE,
    GAIN,
    KINDS,
    MIN_GROUP,
    Found,
    aligned,
    look,
    of_changes,
    shares,
)
from forwhom.analysis.how.sudden_table import Layout, layout, no_step, smallest_step
from forwhom.analysis.words import decimals_for, level_words, number, p_value, people, percent
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import Interval, Relation, SuddenChangeDetail, SuddenShare
from forwhom.kernels.cluster_robust import robust_t
from forwhom.kernels.session_courses import straight_lines
from forwhom.study import Study

ID = "how.sudden_change"
MIN_PEOPLE = 10
CITATIONS = (
    "Tang TZ, DeRubeis RJ. Sudden gains and critical sessions in cognitive-behavioral therapy for depression. J Consult Clin Psychol "
    "1999;67:894-904.",
    "Lutz W, et al. The ups and downs of psychotherapy: sudden gains and sudden losses identified with session reports. Psychother Res "
    "2013;23:14-24.",
    "Wiedemann M, Thew GR, Stott R, Ehlers A. suddengains: an R package to identify sudden gains in longitudinal data. PLoS ONE "
    "2020;15:e0230276.",
    "Jacobson NS, Truax P. Clinical significance: a statistical approach to defining meaningful change in psychotherapy research. J "
    "Consult Clin Psychol 1991;59:12-19.",
)


def sudden_change(study: Study, asking: Asking, name: str = "") -> Finding:
    """`how.sudden_change.<name>`: sudden gains and losses of a scale or a column of sessions.

    name : of the scale; "" when the study has none with scores enough
    """
    plan = study.plan.sudden_change
    chosen = plan is not None and plan.name == name and study.plan.registered is not None
    seen = process(study, name) if name else None
    label = seen.label if seen is not None else name
    draft = Draft(
        study,
        asking,
        f"{ID}.{name}" if name else ID,
        f"Does {label} change suddenly, and does it last?" if name else "Do scores change suddenly, and does it last?",
        registered="planned" if chosen else "exploratory",
    )
    table = session_table(seen) if seen is not None else None
    if seen is None or table is None:
        return draft.not_applicable(
            "no scale has scores from session to session (six and more of most people)",
            'Scores after sessions; and [plan] sudden_change = "…" names the scale.',
        )
    if seen.better is None or seen.scale is None:
        return draft.decline(
            f"nobody said whether a higher {label} is better",
            f'[scales.{name}] better = "lower" (or "higher") in study.toml.',
        )
    step = smallest_step(study, draft, seen, table)
    if isinstance(step, str):
        return draft.decline(f"the smallest step of {label} that counts is not known: {step}", no_step(seen))
    points, source = step
    by = layout(table)
    found = look(table, by, points, asking, f"{ID}.{name}")
    able = found[0].people
    draft.analysed = int(able.sum())
    draft.leave_out(
        draft.entered - draft.analysed,
        f"no two neighbouring {by.label}s of {label} with two scores on either side of the step",
    )
    if draft.analysed < MIN_PEOPLE:
        return draft.decline(
            f"{people(draft.analysed)} had scores enough to find a sudden change in",
            f"Scores of {label} after most sessions, of at least {MIN_PEOPLE} people.",
        )
    draft.method = Method(
        "Sudden gains and losses by three criteria",
        {
            "first criterion": f"a step of at least {number(points, decimals_for(points / 20))} {seen.unit} ({source})",
            "second criterion": "at least 25 % of the score before it",
            "third criterion": "means of the up to three sessions before and after differ by more than the t quantile (5 %, two-sided, "
            "degrees of freedom by the sessions known) times their pooled standard deviation",
            "losses": "the same in the other direction",
            "reversed": "any later session lost more than half of the step again (Tang & DeRubeis); beside it the share "
            f"that noise alone would call so, had all lasted: {DRAWS} sets of courses with the own straight line, the steps found, and "
            "noise of what is left",
            "neighbours": f"{by.label}s next to each other; a step beside an absent one is not tested",
            "expected by chance": f"{DRAWS} sets of courses made of each person's own straight line and normal noise, alike from one "
            f"score to the next (correlation {straight_lines(table.table).correlation:.2f}), through the same criteria",
        },
        CITATIONS,
    )
    _cautions(draft, table, by)
    _ends(draft, large_at_the_ends(table, by, points, found[0].changes), by.label)
    detail = _detail(study, draft, table, by, found, points)
    return draft.answer(
        _statement(detail, dict(seen.arms), asking.level), _estimates(detail, dict(seen.arms), asking.level), detail
    )


def _detail(
    study: Study, draft: Draft, table: SessionTable, by: Layout, found: tuple[Found, ...], points: float
) -> SuddenChangeDetail:
    seen, level = table.process, draft.asking.level
    raw = by.spread(seen.sign * table.table)
    related = [
        each
        for one in found
        for each in of_changes(one, table, by, points, draft.asking.rng(f"{draft.id} {one.kind} lasting"), level)
    ]
    related += _later(study, table, found[0], level)
    return SuddenChangeDetail(
        scale=seen.name,
        label=seen.label,
        unit=seen.unit,
        better=str(seen.better),
        points=points,
        shares=tuple(share for one in found for share in shares(one, table, level)),
        aligned=tuple(mean for one in found for mean in aligned(one, raw, level)),
        timing=tuple(
            (one.kind, int(session) + 1, int(count))
            for one in found
            for session, count in zip(*np.unique(one.changes.session, return_counts=True), strict=True)
        ),
        relations=tuple(related),
    )


def _later(study: Study, table: SessionTable, gains: Found, level: float) -> list[Relation]:
    """Change of the outcome after a mark, of people with a sudden gain before it."""
    after = later(study, table.process.name)
    if isinstance(after, str):
        return []
    good = "above 0 is better" if after.scale.better == "higher" else "above 0 is worse"
    what = f"{after.scale.label} {after.words}: sudden gain of {table.process.label} before against none"

    def absent(why: str, n: int = 0) -> list[Relation]:
        return [Relation("Later outcome", what, Interval(None), after.scale.unit, 0.0, None, n, good, why)]

    if not np.isfinite(table.time).any():
        return absent("sessions have no time by which they come before the outcome (time or date in [tables.sessions])")
    changes = gains.changes
    # The third criterion looks at three sessions after the step; all of these must lie before the mark.
    count = np.cumprod(np.isfinite(table.time) & (table.time <= after.at), axis=1).sum(axis=1)
    early = np.zeros(table.arm.size, dtype=bool)
    early[changes.person[changes.session + 3 < count[changes.person]]] = True
    n = len(after.here.ids)
    has, use = np.zeros(n), np.zeros(n, dtype=bool)
    has[table.people], use[table.people] = early, gains.people & (count >= 4)
    use &= after.known
    sizes = (int((use & (has > 0)).sum()), int((use & (has == 0)).sum()))
    if min(sizes) < MIN_GROUP:
        return absent(f"only {sizes[0]} people with a gain before and {sizes[1]} without", int(use.sum()))
    try:
        fit, first = regressed(study, after, has[:, None], use)
    except ValueError as why:
        return absent(in_words(why), int(use.sum()))
    test = robust_t(fit, np.eye(fit.beta.size)[first], level=level)
    estimate, p, why_not = told(test)
    return [Relation("Later outcome", what, estimate, after.scale.unit, 0.0, p, fit.n, good, why_not)]


def _cautions(draft: Draft, table: SessionTable, by: Layout) -> None:
    draft.caution(
        "sudden-by-chance",
        "People with a sudden gain are chosen by their own scores, so they improve more than others even where nothing is sudden. What the "
        "choice makes by itself is shown beside the difference; a sudden gain is no proof of what caused it.",
    )
    if by.label == "score":
        steps = np.diff(table.time, axis=1)
        known = steps[np.isfinite(steps)]
        if known.size and np.percentile(known, 90) > 2 * np.median(known):
            draft.caution(
                "sudden-uneven",
                f"Neighbouring scores lie {number(float(np.median(known)), 1)} {draft.study.time_unit}s apart at the median and more than "
                f"{number(float(np.percentile(known, 90)), 1)} in a tenth of cases: a step over a long gap need not have been sudden.",
            )
    draft.caution_clusters()


def _ends(draft: Draft, large: int, label: str) -> None:
    draft.caution(
        "sudden-ends",
        f"The third criterion needs two {label}s on either side, so that a step from the first {label} or to the last one cannot be "
        f"tested. {people(large).capitalize()} had a gain of that size there; {'it counts' if large == 1 else 'these count'} for nothing.",
    )


def _statement(detail: SuddenChangeDetail, arms: dict[str, str], level: float) -> str:
    parts = [_kind_words(kind, [share for share in detail.shares if share.kind == kind], arms, level) for kind in KINDS]
    return f"{' '.join(parts)}{_against_chance(detail)}{_stable(detail)}"


def _against_chance(detail: SuddenChangeDetail) -> str:
    beyond = next((r for r in detail.relations if r.what.startswith(f"people with a sudden {GAIN}")), None)
    if beyond is None or beyond.p is None:
        return ""
    seen = sum(share.people_with for share in detail.shares if share.kind == GAIN)
    if beyond.p < 0.05 and (beyond.estimate.value or 2.0) > 1:
        if seen < MIN_GROUP:
            return f" Gains of {people(seen)} are too few to set against chance ({p_value(beyond.p)})."
        return f" Gains are more frequent than chance makes them ({p_value(beyond.p)})."
    return f" Gains are no more frequent than chance makes them ({p_value(beyond.p)})."


def _stable(detail: SuddenChangeDetail) -> str:
    """How many gains were reversed, beside what noise would call so."""
    mine = [r for r in detail.relations if r.group == "Sudden gains" and r.estimate.value is not None]
    back = next((r for r in mine if "reversed later" in r.what), None)
    if back is None:
        return ""
    noise = next((r for r in mine if r.what == BY_NOISE), None)
    beside = ""
    if noise is not None:
        beside = f"; had all lasted, noise would make {percent(noise.estimate.value)} ({shares_between(noise.estimate)}) look so"
    return (
        f" Of {back.n} gains with later sessions, {percent(back.estimate.value)} ({shares_between(back.estimate)}) lost more than half "
        f"of the step again in some later session{beside}."
    )


def _kind_words(kind: str, rows: list[SuddenShare], arms: dict[str, str], level: float) -> str:
    told = []
    for row in rows:
        arm = f" in {arms.get(row.arm, row.arm)}" if len(arms) > 1 else ""
        told.append(
            f"{row.people_with} of {people(row.people)}{arm} ({percent(row.share.value)}, {level_words(level)} "
            f"{percent(row.share.low)} to {percent(row.share.high)}; by chance {percent(row.expected.value)})"
        )
    return f"A sudden {kind} was found in {'; '.join(told)}."


def _estimates(detail: SuddenChangeDetail, arms: dict[str, str], level: float) -> list[Estimate]:
    made = []
    for row in detail.shares:
        arm = f", {arms.get(row.arm, row.arm)}" if len(arms) > 1 else ""
        made += [
            Estimate(
                f"share with a sudden {row.kind}{arm}", row.share.value, row.share.low, row.share.high, level,
                "exact (Clopper-Pearson)", "proportion", n=row.people, arm=row.arm or None, scale=detail.scale,
            ),
            Estimate(
                f"share with a sudden {row.kind} expected by chance{arm}", row.expected.value, row.expected.low, row.expected.high,
                level, "range of null courses", "proportion", n=row.people, arm=row.arm or None, scale=detail.scale,
            ),
        ]  # fmt: skip
    return [*made, *of_relations(detail.relations, level)]
