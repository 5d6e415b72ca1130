"""A trial as the engine of individual effects sees it: one outcome per person, arms, what is known before treatment."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, Draft, scales_measured
from forwhom.analysis.courses import Courses, arm_codes, column_codes, courses, informants
from forwhom.analysis.for_whom.candidates import absent_words, features_of
from forwhom.analysis.outcome.change import reached_threshold
from forwhom.analysis.outcome.events import COMPOSITE, history_of
from forwhom.analysis.outcome.repeated_model import MIN_CLUSTERS
from forwhom.analysis.words import at_time, people
from forwhom.kernels.crossfit import CrossFit, Features, cross_fit
from forwhom.kernels.pseudo_values import pseudo_risk
from forwhom.study import SELF, Scale, Study, Threshold

FOLDS, REPEATS = 5, 10
"""Of every cross-fit, fixed in advance."""
WATCHED = 0.1
"""Share of every arm that must still be watched (and at least `FEWEST_EVENTS` people) at the time a risk is taken at."""
FEWEST_EVENTS = 5
"""People with, and people without, a binary outcome in each arm below which no individual effect is looked for."""
HALF = 0.5
KEPT = 6
"""Fits kept in memory, so that the questions about one outcome share one."""
CHERNOZHUKOV = (
    "Chernozhukov V, et al. Double/debiased machine learning for treatment and structural parameters. Econom J "
    "2018;21:C1-C68."
)
KENNEDY = "Kennedy EH. Towards optimal doubly robust estimation of heterogeneous causal effects. Electron J Stat 2023;17:3008-3049."


@dataclass(frozen=True, slots=True)
class Target:
    """An outcome that effects are asked of: a scale at the planned occasion, a threshold on it, or events.

    name : what the findings' ids end in
    better : "lower" or "higher" values are good; of a binary outcome, whether the event itself is good
    """

    name: str
    label: str
    better: str
    scale: Scale | None = None
    informant: str | None = None
    threshold: Threshold | None = None
    kinds: tuple[str, ...] = ()

    @property
    def binary(self) -> bool:
        """True for a threshold or events."""
        return self.threshold is not None or bool(self.kinds)


@dataclass(frozen=True, slots=True)
class Grouping:
    """A column that groups people (therapist, site, therapy group): code per person, −1 in none."""

    name: str
    codes: np.ndarray
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """The allocated people of one study and their outcome.

    rows : (n,) place of each person in the study
    outcome : (n,) NaN where absent; 0 and 1 when binary
    arm : (n,) index into `arms` of (name, label); 0 is the reference
    cluster : (n,) codes by which intervals are clustered, everybody in none being a cluster of their own; None without
    sd : standard deviation that effects are measured against; None for a binary outcome
    sign : +1 where higher outcomes are better, −1 where lower ones are
    between : (n, s) scores between the start of treatment and the outcome, in time order; None without
    later : follow-up occasions after the target, in words, with the outcome then and what was seen before it
    """

    target: Target
    ids: tuple[str, ...]
    rows: np.ndarray
    outcome: np.ndarray
    arm: np.ndarray
    arms: tuple[tuple[str, str], ...]
    features: Features
    features_words: str
    cluster: np.ndarray | None
    cluster_words: str
    groupings: tuple[Grouping, ...]
    sd: float | None
    unit: str
    places: int
    time_words: str
    between: np.ndarray | None
    later: tuple[tuple[str, np.ndarray, np.ndarray | None], ...]
    courses: Courses | None

    @property
    def better(self) -> str:
        """Which outcomes are good: "lower" or "higher"."""
        return self.target.better

    @property
    def sign(self) -> int:
        """+1 where higher outcomes are better, −1 where lower ones are."""
        return 1 if self.target.better == "higher" else -1

    @property
    def counted(self) -> bool:
        """True when every outcome is 0 or 1; not so for events of people who were lost before."""
        return self.target.binary and bool(np.isin(self.outcome[self.observed], (0.0, 1.0)).all())

    @property
    def observed(self) -> np.ndarray:
        """(n,) True where the outcome is known."""
        known: np.ndarray = np.isfinite(self.outcome)
        return known

    @property
    def smallest_arm(self) -> int:
        """People with an outcome in the smallest arm."""
        return int(np.bincount(self.arm[self.observed], minlength=len(self.arms)).min())

    @property
    def usable_features(self) -> int:
        """Baseline variables that differ between people."""
        return len(self.features.numeric_names) + len(self.features.category_names)


def targets(study: Study) -> tuple[Target, ...]:
    """Every outcome effects may be asked of: scales by informant, planned thresholds, planned events; primary first."""
    scales = list(scales_measured(study))
    primary = study.plan.primary.scale if study.plan.primary else None
    scales.sort(key=lambda scale: (scale.name != primary, scale.name not in study.plan.outcomes))
    made = []
    for scale in scales:
        for who in informants(study, scale.name):
            own = who == SELF
            label = scale.label if own else f"{scale.label} (rated by {who})"
            made.append(Target(scale.name if own else f"{scale.name}.{who}", label, scale.better, scale, who))
        cuts = [cut for cut in study.plan.thresholds if cut.scale == scale.name]
        for number, cut in enumerate(cuts, start=1):
            words = cut.label or (
                f"threshold {cut.score:g}" if cut.score is not None else f"{cut.reduction:.0%} reduction"
            )
            name = f"{scale.name}.threshold_{number}"
            made.append(Target(name, f"{scale.label}: {words}", "higher", scale, informants(study, scale.name)[0], cut))
    if study.events is not None and study.plan.events:
        kinds = study.plan.events
        name = COMPOSITE if len(kinds) > 1 else kinds[0]
        better = "higher" if all(kind in study.plan.good_events for kind in kinds) else "lower"
        made.append(Target(f"events.{name}", " or ".join(k.replace("_", " ") for k in kinds), better, kinds=kinds))
    return tuple(made)


def trial(study: Study, target: Target) -> Trial | tuple[str, str]:
    """The trial as one outcome per person; or why there is none, and what it would take."""
    arm, arms = arm_codes(study)
    if len(arms) < 2:
        return "the study has one arm", "A comparison group, best of all by randomisation."
    here: Courses | None = None
    later: tuple[tuple[int, np.ndarray], ...] = ()
    places, unit, time_words = 2, "proportion", "by the end"
    sd: float | None = None
    between: np.ndarray | None = None
    if target.kinds:
        outcome, time_words = _of_events(study, target, arm)
    else:
        assert target.scale is not None
        here = courses(study, target.scale, target.informant)
        found = _of_scale(study, here, target)
        if isinstance(found[0], str):
            return found
        outcome, later, at = found
        time_words = here.occasion(at)
        time_words = time_words if time_words == "baseline" else f"at {time_words}"
        if target.threshold is None:
            sd, places, unit = _spread(here, outcome, arm), here.places, f"{target.scale.label} {target.scale.unit}"
    inside = np.flatnonzero(arm >= 0)
    if here is not None:
        between = _between(here, at, inside)
    features, words = features_of(study, target.scale)
    cluster, cluster_words, groupings = clusters_by(study, arm, inside)
    ids = study.persons["id"].to_list()
    return Trial(
        target=target,
        ids=tuple(str(ids[i]) for i in inside),
        rows=inside,
        outcome=outcome[inside],
        arm=arm[inside],
        arms=arms,
        features=features.take(inside),
        features_words=words,
        cluster=cluster,
        cluster_words=cluster_words,
        groupings=groupings,
        sd=sd,
        unit=unit,
        places=places,
        time_words=time_words,
        between=between,
        later=tuple(
            (here.occasion(j), values[inside], _between(here, j, inside)) for j, values in later if here is not None
        ),
        courses=here,
    )


def _of_events(study: Study, target: Target, arm: np.ndarray) -> tuple[np.ndarray, str]:
    """Whether it happened by the end of follow-up; where people were lost before without it, pseudo-observations per arm."""
    history = history_of(study, target.kinds)
    happened = history.count > 0
    outcome = np.where(arm < 0, np.nan, happened.astype(float))
    duration = np.where(happened, history.first, history.exposure)
    if not np.isfinite(duration[arm >= 0]).all() or (duration[arm >= 0] < 0).any():
        # Without times, not to have happened is all there is to go by.
        return outcome, "by the end"
    arms = np.unique(arm[arm >= 0])
    watched = [np.sort(history.exposure[arm == k])[::-1] for k in arms]
    end = float(
        min(times[min(times.size, max(FEWEST_EVENTS, math.ceil(WATCHED * times.size))) - 1] for times in watched)
    )
    for k in arms:
        own = arm == k
        outcome[own] = pseudo_risk(duration[own], happened[own], end)
    return outcome, f"by {at_time(end, study.time_unit)}"


_Outcome = tuple[np.ndarray, tuple[tuple[int, np.ndarray], ...], int]


def _of_scale(study: Study, here: Courses, target: Target) -> _Outcome | tuple[str, str]:
    """Score (or threshold reached) at the planned occasion and at those after it."""
    label = here.scale.label
    if not here.scheduled:
        return (
            "people were seen at times of their own, so there is no common occasion to compare at",
            "Occasions shared by most people: occasions = […] in the measures block.",
        )
    at = here.target(study)
    if here.has_baseline and at == here.baseline:
        return f"{label} was not measured after treatment began", "A score after treatment began."
    following = [at, *range(at + 1, here.times.size)]
    values = [here.scores[:, j] for j in following]
    if target.threshold is not None:
        before = here.scores[:, here.baseline]
        reached = []
        for value in values:
            known = np.isfinite(value) & (np.isfinite(before) if target.threshold.reduction is not None else True)
            hit = reached_threshold(here.scale, target.threshold, before, value)[0].astype(float)
            reached.append(np.where(known, hit, np.nan))
        values = reached
    return values[0], tuple(zip(following[1:], values[1:], strict=True)), at


def _between(here: Courses, at: int, inside: np.ndarray) -> np.ndarray | None:
    """Scores after treatment began and before the outcome."""
    first = here.baseline + 1 if here.has_baseline else 0
    return here.scores[inside][:, first:at] if at > first else None


def _spread(here: Courses, outcome: np.ndarray, arm: np.ndarray) -> float | None:
    """Baseline standard deviation; that of the outcome within arms where there is no baseline."""
    sd, df = here.baseline_sd() if here.has_baseline else (float("nan"), 0)
    if df < 1 or not sd > 0:
        parts = [outcome[(arm == k) & np.isfinite(outcome)] for k in range(len(here.arms))]
        squares = sum(float(((part - part.mean()) ** 2).sum()) for part in parts if part.size)
        df = sum(part.size - 1 for part in parts if part.size)
        sd = float(np.sqrt(squares / df)) if df > 0 else float("nan")
    return sd if np.isfinite(sd) and sd > 0 else None


def clusters_by(
    study: Study, arm: np.ndarray, inside: np.ndarray
) -> tuple[np.ndarray | None, str, tuple[Grouping, ...]]:
    """By whom intervals are clustered: therapist, then therapy group, then site, the first with enough of them."""
    groupings = []
    for column in ("therapist", "group", "site"):
        codes, names = column_codes(study, column)
        codes = codes[inside]
        # One that is a whole arm cannot be told from the arm.
        for k in np.unique(arm[inside]):
            mine = np.unique(codes[(arm[inside] == k) & (codes >= 0)])
            if mine.size == 1 and not np.isin(mine[0], codes[arm[inside] != k]):
                codes = np.where(codes == mine[0], -1, codes)
        if np.unique(codes[codes >= 0]).size >= 2:
            groupings.append(Grouping(column, codes, names))
    for each in groupings:
        there = np.unique(each.codes[each.codes >= 0])
        if there.size >= MIN_CLUSTERS:
            own = np.where(each.codes >= 0, each.codes, len(each.groups) + np.arange(inside.size))
            cluster = np.unique(own, return_inverse=True)[1].astype(np.intp)
            return cluster, f"by {each.name} ({there.size})", tuple(groupings)
    if groupings:
        return None, f"none: too few of {' and '.join(each.name for each in groupings)} to cluster by", tuple(groupings)
    return None, "none recorded", ()


def describe(draft: Draft, made: Trial) -> None:
    """Population and cautions that every answer from the engine shares."""
    study = draft.study
    draft.analysed = made.arm.size
    draft.leave_out(study.persons.height - made.arm.size, "not allocated to an arm")
    absent = int((~made.observed).sum())
    if absent:
        known = "arm and baseline" if made.between is None else "arm, baseline and earlier scores"
        draft.caution(
            "outcome-absent",
            f"{people(absent)} of {made.arm.size} have no outcome {made.time_words}. They count through weights and predictions from "
            f"{known}, which is right only if, given these, leaving does not depend on the outcome.",
        )
    gaps = absent_words(made.features)
    if gaps:
        draft.caution(
            "covariate-imputed",
            f"Absent baseline values were filled inside each training fold, with an indicator of absence where ten or more lacked "
            f"one: {gaps}.",
        )
    if made.target.kinds:
        draft.caution(
            "follow-up",
            f"The risk of {made.target.label} is taken {made.time_words}. People lost before without it count by what happened to the "
            "others of their arm (pseudo-observations), which is right only if, within an arm, leaving tells nothing of what would "
            "have happened. Without a recorded time of leaving, everybody without a recorded event counts as free of it.",
        )
    if made.cluster is None and made.groupings:
        draft.caution(
            "clustering-ignored",
            f"People are taken as independent here: {made.cluster_words.removeprefix('none: ')}; intervals may be too narrow.",
        )


def too_little(made: Trial) -> tuple[str, str] | None:
    """Why the outcome tells nobody apart, and what it would take; None when it does.

    With no or hardly any events every spread is close to zero, and intervals would promise an exactness nobody has.
    """
    for k, (_, label) in enumerate(made.arms):
        own = made.outcome[made.observed & (made.arm == k)]
        if made.target.binary:
            happened = int((own > HALF).sum())
            fewest = min(happened, own.size - happened)
            if fewest < FEWEST_EVENTS:
                had = "had it" if happened <= own.size - happened else "did not have it"
                return (
                    f"only {fewest} of {people(own.size)} in {label} {had} ({made.target.label}), and {FEWEST_EVENTS} with and without "
                    "it in every arm are the least to tell people apart by",
                    f"At least {FEWEST_EVENTS} people with and {FEWEST_EVENTS} without it in every arm; far more for a useful answer.",
                )
    within = [made.outcome[made.observed & (made.arm == k)] for k in range(len(made.arms))]
    if all(own.size == 0 or np.ptp(own) == 0 for own in within):
        return f"everybody in an arm has the same outcome {made.time_words}", "An outcome that differs between people."
    return None


_fits: OrderedDict[str, CrossFit] = OrderedDict()


def fitted(asking: Asking, made: Trial) -> CrossFit:
    """Cross-fit of one outcome, made once per process: the same numbers whoever asks first.

    Raises ValueError in words when there is too little to learn from, or the kernel refuses the data.
    """
    refused = too_little(made)
    if refused is not None:
        raise ValueError(refused[0])
    key = _fingerprint(asking, made)
    if key not in _fits:
        _fits[key] = cross_fit(
            made.outcome,
            made.arm,
            made.features,
            arms=len(made.arms),
            cluster=made.cluster,
            binary=made.counted,
            between=made.between,
            folds=FOLDS,
            repeats=REPEATS,
            rng=asking.rng(f"for_whom.cross_fit.{made.target.name}"),
        )
        while len(_fits) > KEPT:
            _fits.popitem(last=False)
    _fits.move_to_end(key)
    return _fits[key]


def _fingerprint(asking: Asking, made: Trial) -> str:
    """Of the numbers themselves: two studies may share a name, and a study may be changed in memory."""
    digest = hashlib.blake2b(f"{asking.seed} {made.target.name} {made.target.binary}".encode(), digest_size=16)
    arrays = (made.outcome, made.arm, made.features.numeric, made.features.categories, made.cluster, made.between)
    for array in arrays:
        digest.update(b"none" if array is None else f"{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
