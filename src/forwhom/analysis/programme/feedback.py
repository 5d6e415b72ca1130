"""Feedback on a live course: the off-track rules, with what they are worth, learned from a study.

The rules and their worth are those of a study's pages of one person (`analysis/one_person/rules.py`); here they are applied to
somebody who is not in the study. What an alarm is worth there it is worth here only as far as the two are alike; a caution says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.basis import Basis, Error, prepare_scale
from forwhom.analysis.one_person.expected import Expected
from forwhom.analysis.one_person.rules import ALARM, BACK_INSIDE, NO_ALARM, WORSENING, Alarms, alarms, standings
from forwhom.analysis.one_person.starts import starts
from forwhom.analysis.programme.case_asking import CaseAsked, CaseDraft, draft
from forwhom.analysis.programme.live_course import LiveScore, Placed, place, with_live
from forwhom.analysis.words import listed, number, percent
from forwhom.findings import Finding
from forwhom.findings.kinds import AlarmRule, Interval, OnTrackDetail, Standing
from forwhom.problems import Problem, ProblemsFound, did_you_mean
from forwhom.problems import listed as names
from forwhom.study import SELF, Scale, Study
from forwhom.study.parse import UNITS

if TYPE_CHECKING:
    from forwhom.programme.case import Case

FEW = 10
"""Events below which a share of them says next to nothing."""
_STANDINGS: Final[dict[int, Standing]] = {NO_ALARM: "no alarm", BACK_INSIDE: "back inside", ALARM: "alarm"}
WORSE: Final = "reliably worse than the start"
"""An alarm that needs no expected course: it stands where the newest score has none."""
STATUS: Final = {"no alarm": "on track", "back inside": "back inside", "alarm": "off track"}


@dataclass(frozen=True, slots=True)
class Learned:
    """What a study says of the course of one scale.

    basis : the rules, the expected courses and what alarms are worth
    arm : place of the arm whose course is expected
    """

    basis: Basis
    scale: Scale
    arm: int
    title: str
    fingerprint: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Given:
    """Feedback on a course.

    status : "on track", "back inside" (an earlier alarm, none at the latest score), "off track" by the primary rule, or "not known",
        also where the newest score is not judged
    alarms : every rule with an alarm at the latest score
    latest : when that was answered; None without a later score
    """

    finding: Finding
    status: str
    alarms: tuple[str, ...]
    latest: dt.datetime | None


def learn(study: Study, scale: str, arm: str | None, asking: Asking) -> Learned:
    """Learn the expected course of a scale in an arm, and what alarms are worth.

    scale : its name in the study; arm : name of the arm, None where the study has one only

    Cost: fifty models of the course, seconds for a usual trial; nothing of the case goes in, so it may be kept and used for many.
    Raises ProblemsFound for a scale or an arm that is not in the study.
    """
    arms = [each.name for each in study.arms]
    wrong = []
    if scale not in study.scales:
        do = f"{did_you_mean(scale, study.scales)}Name a scale of the study."
        wrong.append(
            Problem("unknown-scale", do, column="--scale", found=f"no scale '{scale}'", possible=names(study.scales))
        )
    if (arm is None and len(arms) > 1) or (arm is not None and arm not in arms):
        what = "the study has several arms" if arm is None else f"no arm '{arm}'"
        do = "Say which arm has the treatment of the case: --arm NAME."
        wrong.append(Problem("unknown-arm", do, column="--arm", found=what, possible=names(arms)))
    if study.time_unit not in UNITS:
        do = "Learn from a study whose times are days, weeks or months."
        what = f"the study counts time in {study.time_unit}s, which have no length"
        wrong.append(Problem("no-length", do, column="[study] time_unit", found=what))
    if wrong:
        raise ProblemsFound(wrong)
    here = starts(study, study.scales[scale], SELF)
    # Neighbours are chosen by the start on this scale alone: of a case nothing else is known in the study's own measures.
    basis = prepare_scale(study, asking, here, here.start[:, None])
    chosen = [name for name, _ in here.arms].index(arm) if arm is not None else 0
    return Learned(basis, study.scales[scale], chosen, study.title, study.fingerprint, study.simulated)


def scores_of(case: Case, scale: Scale, recorded_as: str | None = None) -> tuple[LiveScore, ...]:
    """The scores of a case on a scale of a study.

    recorded_as : how the log names the scale; by default the scale's name or its instrument in the study
    """
    known = {recorded_as} if recorded_as else {scale.name, scale.instrument}
    return tuple(
        LiveScore(each.said.when, each.said.score, each.entry)
        for each in case.events.scores
        if each.said.scale in known and each.said.score is not None
    )


def feedback(of: CaseAsked, learned: Learned, scores: Sequence[LiveScore], asking: Asking) -> Given:
    """Whether the case is on track by the primary rule, which rules raised an alarm, and what their alarms are worth."""
    basis, here = learned.basis, learned.basis.here
    made = draft(
        of,
        asking,
        f"feedback.{learned.scale.name}",
        f"Is the case on track in {learned.scale.label}?",
        "Off-track rules of another study's people",
        **{"learned from": f"{learned.title}, arm {here.arms[learned.arm][1]}", "study": learned.fingerprint[:12]},
    )
    made.entered = made.analysed = 1
    if isinstance(basis.expected, tuple):
        return Given(made.decline(*basis.expected), "not known", (), None)
    wrong = [each for each in scores if not _possible(learned.scale, each.value)]
    placed = place([each for each in scores if each not in wrong], _begins(of.case), here)
    placed = replace(placed, apart=(*placed.apart, *((each, "outside the range of the scale") for each in wrong)))
    _cautions(made, learned, placed)
    newest = placed.unjudged()
    if newest is not None and not placed.scores.size:
        return _not_judged(made, learned, placed, *newest)
    if placed.start is None or not placed.scores.size:
        what = (
            "there is no score yet" if placed.start is None else "there is no score after the start that can be judged"
        )
        detail = OnTrackDetail(learned.scale.name, here.time_unit, basis.rules, basis.caught, ())
        return Given(made.decline(what, "A later score.", (), detail), "not known", (), None)
    found = _applied(basis, basis.expected, placed, learned.arm)
    primary = next(each for each in found if each.primary)
    # An alarm stands although a later score is not judged; that all is well is not said of an earlier one.
    if newest is not None and _standing(primary, placed) != "alarm":
        return _not_judged(made, learned, placed, *newest)
    return _given(made, learned, placed, found)


def _not_judged(made: CaseDraft, learned: Learned, placed: Placed, score: LiveScore, why: str) -> Given:
    """No status where the newest score is not judged: an earlier one does not say how the case stands now."""
    basis, worse = learned.basis, _worse(learned, placed, score)
    says = f"the newest score, {_points(basis, score.value)} on {score.at.date()}, is not judged: {why}"
    detail = OnTrackDetail(learned.scale.name, basis.here.time_unit, basis.rules, basis.caught, ())
    take = "A score near an occasion of the study, or a study that followed people for as long."
    finding = made.decline(f"{says}. {worse}".rstrip(), take, (), detail)
    return Given(finding, "not known", (WORSE,) if worse else (), score.at)


def _worse(learned: Learned, placed: Placed, score: LiveScore) -> str:
    """That a score is worse than the start by more than is due to error; "" where it is not, or that is not known."""
    basis, start = learned.basis, placed.start
    if start is None or not isinstance(basis.error, Error) or not _possible(learned.scale, score.value):
        return ""
    if basis.here.bad * (score.value - start.value) <= basis.error.threshold + 1e-9:
        return ""
    return (
        f"It is reliably worse than the start, {_points(basis, start.value)}: by more than {number(basis.error.threshold, 1)} "
        "points, which error alone seldom makes."
    )


def _points(basis: Basis, value: float) -> str:
    return number(value, min(basis.here.places, 2))


def _begins(case: Case) -> dt.datetime:
    """The end of the first day of treatment: a score of that day is the start."""
    return dt.datetime.combine(case.opened.start + dt.timedelta(days=1), dt.time(0), case.opened.zone)


def _possible(scale: Scale, value: float) -> bool:
    return (scale.low is None or value >= scale.low) and (scale.high is None or value <= scale.high)


def _applied(basis: Basis, made: Expected, placed: Placed, arm: int) -> tuple[Alarms, ...]:
    """Every rule with one more person in its last row."""
    here, expected = with_live(basis.here, made, placed, arm)
    threshold = basis.error.threshold if isinstance(basis.error, Error) else None
    return alarms(here, expected, threshold, here.start[:, None])


def _given(made: CaseDraft, learned: Learned, placed: Placed, found: tuple[Alarms, ...]) -> Given:
    basis = learned.basis
    by_name = {each.rule: each for each in found}
    worth = tuple(_own(rule, by_name[rule.rule], placed, basis) for rule in basis.rules)
    primary = next(each for each in found if each.primary)
    status = STATUS[_standing(primary, placed)]
    last = placed.scores.size - 1
    raised = tuple(each.rule for each in found if each.known[-1] and each.alarm[-1, last])
    detail = OnTrackDetail(learned.scale.name, basis.here.time_unit, worth, basis.caught, ())
    others = [name for name in raised if name != primary.rule]
    text = f"{status.capitalize()} by the primary rule ({primary.rule}): {_against(basis, primary, placed)}"
    if others:
        text += f" Alarm at the latest score also by: {listed(others)}."
    warned = next((each for each in worth if each.primary and each.event == WORSENING), None)
    return Given(made.answer(f"{text} {_worth(warned)}".rstrip(), (), detail), status, raised, placed.judged[-1].at)


def _standing(rule: Alarms, placed: Placed) -> Standing:
    n = placed.scores.size
    return _STANDINGS[int(standings(rule.alarm[[-1]], np.array([n]))[0])]


def _own(worth: AlarmRule, rule: Alarms, placed: Placed, basis: Basis) -> AlarmRule:
    """What a rule is worth in the study, with where the case stands by it."""
    if not rule.known[-1]:
        return worth
    began = float(basis.here.occasions[0]) if basis.here.occasions.size else 0.0
    hits = np.flatnonzero(rule.alarm[-1, : placed.scores.size])
    return replace(
        worth,
        standing=_standing(rule, placed),
        last_alarm=began + float(placed.elapsed[hits[-1]]) if hits.size else None,
        agreement=float(rule.agreement[-1]),
    )


def _against(basis: Basis, rule: Alarms, placed: Placed) -> str:
    """The latest score beside its limit."""
    last = placed.scores.size - 1
    score = _points(basis, float(placed.scores[last]))
    latest = _latest(placed)
    limit = float(rule.boundary[-1, last]) if rule.boundary is not None else float("nan")
    if not np.isfinite(limit):
        return f"{latest} is {score}; the rule has no limit there."
    side = "beyond" if rule.alarm[-1, last] else "on the good side of"
    return f"{latest}, {score}, lies {side} {number(limit, 1)}, the limit for people with the same start."


def _latest(placed: Placed) -> str:
    """What the latest judged score is called: later ones that no rule can judge are said at once."""
    judged = placed.judged[-1].at
    after = sum(each.at > judged for each, _ in placed.apart)
    if not after:
        return "the latest score"
    cannot = "one later score cannot" if after == 1 else f"{after} later scores cannot"
    return f"{cannot} be judged; the latest that can, of {judged.date()}"


def _worth(rule: AlarmRule | None) -> str:
    if rule is None or not rule.event:
        return "What its alarms are worth is not known."
    if not rule.events:
        return f"In the study none of {rule.n} people ended reliably worse, so what the rule would catch is not known."
    return (
        f"In the study the rule caught {rule.caught} of {rule.events} who ended reliably worse, {_share(rule.sensitivity)}, "
        f"{_share(rule.before_last)} before their last score; false alarms in {_share(rule.false_alarms)} of the others."
    )


def _share(share: Interval) -> str:
    if share.value is None:
        return "a share that is not known"
    return f"{percent(share.value)} ({percent(share.low).removesuffix(' %')} to {percent(share.high)})"


def _cautions(made: CaseDraft, learned: Learned, placed: Placed) -> None:
    basis = learned.basis
    made.caution(
        "learned-elsewhere",
        f"The expected course and the worth of alarms come from {learned.title}. Whether they hold for this treatment and its "
        "people is not known.",
    )
    made.caution(
        "alarms-are-data",
        "An alarm says that a score is unusual among people with the same start. It does not say why, and not what to do.",
    )
    if learned.simulated:
        made.caution("simulated", "The study is simulated: its people do not exist, and nothing is known from it.")
    if not isinstance(basis.error, Error):
        made.caution("no-event", f"What the alarms are worth cannot be said: {basis.error}.")
    warned = next((rule for rule in basis.rules if rule.primary and rule.event == WORSENING), None)
    if warned is not None and warned.events < FEW:
        made.caution(
            "few-events",
            f"Only {warned.events} of {warned.n} people of the study ended reliably worse, so the shares caught are next to unknown.",
        )
    for each, why in placed.apart:
        made.caution("not-judged", f"A score of {number(each.value, 1)} on {each.at.date()} is not judged: {why}.")
