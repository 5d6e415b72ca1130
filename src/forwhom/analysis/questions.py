"""The table of questions: which apply to a study, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from typing import Literal, cast

from forwhom.analysis.asking import Asking, scales_measured
from forwhom.analysis.courses import informants
from forwhom.analysis.for_whom.candidates import moderators_of
from forwhom.analysis.for_whom.profiles import profiles
from forwhom.analysis.for_whom.trial import Target, targets
from forwhom.analysis.how.planned_pairs import carried_outcomes, pairs
from forwhom.analysis.how.sudden_table import sudden_names
from forwhom.findings import Finding
from forwhom.problems import Problem, ProblemsFound
from forwhom.study import SELF, Scale, Study

Per = Literal[
    "study", "scale", "contrast", "events", "target", "target_contrast", "moderator", "profile", "region", "modality",
    "pair", "carried", "sudden", "published",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the stem of its findings' ids, what it is asked once per, and the function that answers."""

    name: str
    per: Per
    function: str

    def load(self) -> Callable[..., Finding]:
        """The function; its module is imported only when the question is asked."""
        module, name = self.function.rsplit(".", 1)
        return cast("Callable[..., Finding]", getattr(import_module(f"forwhom.analysis.{module}"), name))


QUESTIONS: tuple[Question, ...] = (
    Question("measurement.distribution", "scale", "measurement.scores.distribution"),
    Question("measurement.reliability", "scale", "measurement.reliability.reliability"),
    Question("measurement.retest", "scale", "measurement.scores.retest"),
    Question("measurement.precision", "scale", "measurement.scores.precision"),
    Question("measurement.items", "scale", "measurement.reliability.items"),
    Question("measurement.structure", "scale", "measurement.structure.structure"),
    Question("measurement.item_drift", "scale", "measurement.item_drift.item_drift"),
    Question("measurement.profile", "study", "measurement.profile.profile"),
    Question("outcome.flow", "study", "outcome.flow.flow"),
    Question("outcome.arm_difference", "scale", "outcome.arm_difference.arm_difference"),
    Question("outcome.change", "scale", "outcome.arm_difference.change_in_one_arm"),
    Question("outcome.trajectory", "scale", "outcome.trajectory.trajectory"),
    Question("outcome.reliable_change", "scale", "outcome.change.change_of"),
    Question("outcome.response", "scale", "outcome.change.response"),
    Question("outcome.events", "events", "outcome.events.events"),
    Question("outcome.leaving", "study", "outcome.leaving.leaving"),
    Question("outcome.missing", "scale", "outcome.flow.missing"),
    Question("outcome.missing_sensitivity", "contrast", "outcome.sensitivity.missing_sensitivity"),
    Question("outcome.clustering", "scale", "outcome.clustering.clustering"),
    Question("for_whom.recommendation", "target", "for_whom.recommendation.recommendation"),
    Question("for_whom.heterogeneity", "target", "for_whom.heterogeneity.heterogeneity"),
    Question("for_whom.individual", "target", "for_whom.individual.individual"),
    Question("for_whom.moderator", "moderator", "for_whom.moderator.moderator"),
    Question("for_whom.composite_moderator", "target_contrast", "for_whom.composite.composite_moderator"),
    Question("for_whom.fair_use", "target", "for_whom.fair_use.fair_use"),
    Question("for_whom.dimensional", "profile", "for_whom.dimensional.dimensional"),
    Question("how.mediation", "pair", "how.asked.mediation"),
    Question("how.mechanisms", "carried", "how.asked.mechanisms"),
    Question("how.temporal_order", "pair", "how.asked.temporal_order"),
    Question("how.alliance", "study", "how.alliance.alliance"),
    Question("how.ruptures", "study", "how.ruptures.ruptures"),
    Question("how.sudden_change", "sudden", "how.sudden_change.sudden_change"),
    Question("how.roles", "study", "roles.roles"),
    Question("how.brain", "region", "how.brain.brain"),
    Question("how.brain_prediction", "modality", "how.brain_prediction.brain_prediction"),
    Question("evidence.published", "published", "evidence.published.published"),
)
"""In the order of the report."""


@dataclass(frozen=True, slots=True)
class Task:
    """One finding to make: the question, and the scale with informant, the kind of event, the arm, the moderator it is asked of.

    arm : index of the arm compared with the first; None when the question is about all arms
    arm_name : named in the id when there are more than two arms
    target : the outcome that the engine of individual effects is asked about
    column : the moderator
    """

    question: Question
    about: str = ""
    informant: str | None = None
    arm: int | None = None
    arm_name: str = ""
    target: Target | None = None
    column: str = ""

    @property
    def suffix(self) -> str:
        """What follows the question's name in the id."""
        if self.target is not None:
            return ".".join(part for part in (self.target.name, self.arm_name) if part)
        who = self.informant if self.informant not in (None, SELF) else ""
        return ".".join(part for part in (self.about, who, self.arm_name, self.column) if part)

    @property
    def id(self) -> str:
        """The finding's id."""
        return f"{self.question.name}.{self.suffix}" if self.suffix else self.question.name

    @property
    def shares(self) -> str:
        """Tasks of one name share costly work, and are best answered by one process; empty when there is none to share."""
        if self.target is not None:
            return f"target {self.target.name}"
        if self.question.per == "region":
            return "regions"
        if self.question.per in ("pair", "carried"):
            return f"mechanisms of {self.column or self.about}"
        return f"moderators {self.about} {self.informant}" if self.column else ""

    def ask(self, study: Study, asking: Asking) -> Finding:
        """The answer."""
        function = self.question.load()
        per = self.question.per
        if per == "study":
            return function(study, asking)
        if per in ("events", "profile", "region", "modality", "carried", "sudden"):
            return function(study, asking, self.about)
        if per == "published":
            return function(study, asking, self.about, self.arm, self.suffix)
        if per == "pair":
            return function(study, asking, self.about, self.column)
        if per == "target_contrast":
            return function(study, asking, self.target, self.arm, self.suffix)
        if per == "target":
            return function(study, asking, self.target)
        scale = study.scales[self.about]
        if self.informant not in (None, SELF):
            scale = replace(scale, label=f"{scale.label} (rated by {self.informant})")
        extra = {"contrast": (self.arm,), "moderator": (self.column,)}.get(per, ())
        return function(study, asking, scale, self.informant, self.suffix, *extra)


def tasks(study: Study, wanted: Iterable[str] = ()) -> tuple[Task, ...]:
    """Every finding the study calls for, the primary scale first.

    wanted : names of questions ("outcome"), ("outcome.trajectory") or findings ("outcome.trajectory.bdi2");
        none means all
    Raises ProblemsFound listing every name that fits nothing, with the nearest that exist.
    """
    made = [task for question in QUESTIONS for task in _LISTED[question.per](study, question)]
    wanted = tuple(wanted)
    if not wanted:
        return tuple(made)
    kept = tuple(task for task in made if any(task.id == name or task.id.startswith(f"{name}.") for name in wanted))
    known = sorted({part for task in made for part in _stems(task.id)})
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ProblemsFound(
            Problem(
                "unknown-question",
                "Name a chapter, a question or a finding of this study.",
                found=f"'{name}' is no question of this study",
                possible=", ".join(get_close_matches(name, known, 5, 0.4) or known[:12]),
            )
            for name in unknown
        )
    return kept


def _once(study: Study, question: Question) -> list[Task]:
    return [Task(question)]


def _per_scale(study: Study, question: Question) -> list[Task]:
    return [Task(question, scale.name, who) for scale in _scales(study) for who in informants(study, scale.name)]


def _per_contrast(study: Study, question: Question) -> list[Task]:
    return [
        replace(task, arm=arm, arm_name=name) for task in _per_scale(study, question) for arm, name in _contrasts(study)
    ]


def _per_event(study: Study, question: Question) -> list[Task]:
    return [Task(question, kind) for kind in _event_kinds(study)]


def _per_target(study: Study, question: Question) -> list[Task]:
    if len(study.arms) < 2:
        return [Task(question, target=target) for target in targets(study)[:1]]
    return [Task(question, target=target) for target in targets(study)]


def _per_target_contrast(study: Study, question: Question) -> list[Task]:
    return [
        replace(task, arm=arm, arm_name=name)
        for task in _per_target(study, question)
        for arm, name in _contrasts(study)
    ]


def _per_sudden(study: Study, question: Question) -> list[Task]:
    return [Task(question, name) for name in sudden_names(study)]


def _per_published(study: Study, question: Question) -> list[Task]:
    """Every outcome that study.toml names in the words of the ledger; one empty task when there is none."""
    if study.published is None or not study.published.outcomes or len(study.arms) < 2:
        return [Task(question)]
    return [
        Task(question, name, arm=arm, arm_name=arm_name)
        for name in study.published.outcomes
        for arm, arm_name in _contrasts(study)
    ]


def _per_profile(study: Study, question: Question) -> list[Task]:
    return [Task(question, name) for name in [each.name for each in profiles(study)] or [""]]


def _per_region(study: Study, question: Question) -> list[Task]:
    """Every region scanned; one empty name when there are none, so that the report says so."""
    if study.scans is None:
        return [Task(question)]
    from forwhom.analysis.how.scans import regions, slug

    return [Task(question, name) for name in dict.fromkeys(slug(each) for each in regions(study)) or [""]]


def _per_modality(study: Study, question: Question) -> list[Task]:
    if study.scans is None:
        return [Task(question)]
    from forwhom.analysis.how.brain_prediction import modalities
    from forwhom.analysis.how.scans import slug

    return [Task(question, name) for name in dict.fromkeys(slug(each) for each in modalities(study)) or [""]]


def _per_pair(study: Study, question: Question) -> list[Task]:
    """Every planned mechanism with each of its outcomes; one empty name when there are none, so that the report says so."""
    return [Task(question, each.name, column=name) for each, name in pairs(study)] or [Task(question)]


def _per_carried(study: Study, question: Question) -> list[Task]:
    return [Task(question, name) for name in carried_outcomes(study) or ("",)]


def _per_moderator(study: Study, question: Question) -> list[Task]:
    if len(study.arms) < 2:
        return []
    return [
        replace(task, column=each.name)
        for task in _per_scale(study, question)
        for each in moderators_of(study, study.scales[task.about])
    ]


def _scales(study: Study) -> list[Scale]:
    """The measured scales, the primary one and the planned ones first."""
    primary = study.plan.primary.scale if study.plan.primary else None
    return sorted(
        scales_measured(study), key=lambda scale: (scale.name != primary, scale.name not in study.plan.outcomes)
    )


def _event_kinds(study: Study) -> tuple[str, ...]:
    """Every kind of event; one empty name when there are none, so that the report says so."""
    if study.events is None or study.events.height == 0:
        return ("",)
    from forwhom.analysis.outcome.events import event_kinds

    return event_kinds(study)


def _contrasts(study: Study) -> tuple[tuple[int | None, str], ...]:
    """Each further arm against the first; its name only where there are several."""
    if len(study.arms) < 3:
        return ((1, ""),)
    return tuple((k, arm.name) for k, arm in enumerate(study.arms) if k)


def _stems(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


_LISTED: dict[Per, Callable[[Study, Question], list[Task]]] = {
    "study": _once,
    "scale": _per_scale,
    "contrast": _per_contrast,
    "events": _per_event,
    "target": _per_target,
    "target_contrast": _per_target_contrast,
    "moderator": _per_moderator,
    "profile": _per_profile,
    "sudden": _per_sudden,
    "region": _per_region,
    "modality": _per_modality,
    "pair": _per_pair,
    "carried": _per_carried,
    "published": _per_published,
}
