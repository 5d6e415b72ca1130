"""The table of questions: which apply to a study, in which order, and their answers as one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from typing import Literal, cast

from forwhom.analysis.asking import DEFAULT_SEED, Asking, Draft, provenance, scales_measured
from forwhom.analysis.courses import informants
from forwhom.analysis.words import at_time
from forwhom.findings import Finding, ProblemNote, Record, StudyCard
from forwhom.findings.record import VERSION
from forwhom.instruments import score_study
from forwhom.parallel import run
from forwhom.problems import Problem, ProblemsFound
from forwhom.study import SELF, Study

MOST_ROWS = 200
"""Row numbers of rows set aside that are written out; the count is always exact."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the stem of its findings' ids, what it is asked once per, and the function that answers."""

    name: str
    per: Literal["study", "scale", "contrast", "events"]
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
)
"""In the order of the report."""


@dataclass(frozen=True, slots=True)
class Task:
    """One finding to make: the question, and the scale with informant, the kind of event, or the arm it is asked of.

    arm : index of the arm compared with the first; None when the question is about all arms
    arm_name : named in the id when there are more than two arms
    """

    question: Question
    about: str = ""
    informant: str | None = None
    arm: int | None = None
    arm_name: str = ""

    @property
    def suffix(self) -> str:
        """What follows the question's name in the id."""
        who = self.informant if self.informant not in (None, SELF) else ""
        return ".".join(part for part in (self.about, who, self.arm_name) if part)

    @property
    def id(self) -> str:
        """The finding's id."""
        return f"{self.question.name}.{self.suffix}" if self.suffix else self.question.name


def tasks(study: Study, wanted: Iterable[str] = ()) -> tuple[Task, ...]:
    """Every finding the study calls for, the primary scale first.

    wanted : names of questions ("outcome"), ("outcome.trajectory") or findings ("outcome.trajectory.bdi2");
        none means all
    Raises ProblemsFound listing every name that fits nothing, with the nearest that exist.
    """
    scales = list(scales_measured(study))
    primary = study.plan.primary.scale if study.plan.primary else None
    scales.sort(key=lambda scale: (scale.name != primary, scale.name not in study.plan.outcomes))
    made: list[Task] = []
    for question in QUESTIONS:
        if question.per == "study":
            made.append(Task(question))
        elif question.per == "events":
            made += [Task(question, kind) for kind in _event_kinds(study)]
        else:
            arms = _contrasts(study) if question.per == "contrast" else ((None, ""),)
            made += [
                Task(question, scale.name, who, arm, arm_name)
                for scale in scales
                for who in informants(study, scale.name)
                for arm, arm_name in arms
            ]
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


def answer(
    study: Study,
    *,
    questions: Iterable[str] = (),
    workers: int = 1,
    seed: int = DEFAULT_SEED,
    level: float = 0.95,
    progress: Callable[[int, int, Finding], None] | None = None,
) -> Record:
    """Ask a study everything it calls for.

    study : as read from a folder or made from frames; scales that name an instrument are completed first if they were not
    questions : restrict to these (see `tasks`)
    workers : processes; the answers do not depend on it
    seed : of everything random; kept in every finding
    progress : called with (done, total, finding) as answers arrive
    """
    if not study.scored:
        # An instrument that was not applied would leave the direction of its scale a guess.
        study = score_study(study)
    asking = Asking(level=level, seed=seed)
    todo = tasks(study, questions)

    def report(index: int, finding: Finding) -> None:
        if progress is not None:
            progress(index + 1, len(todo), finding)

    found = run(ask, [(study, asking, task) for task in todo], workers=workers, done=report)
    return Record(
        version=VERSION,
        study=study_card(study),
        findings=tuple(found),
        problems=problem_notes(study),
        provenance=provenance(study, asking),
    )


def ask(what: tuple[Study, Asking, Task]) -> Finding:
    """Answer one task. A kernel that refuses the numbers becomes a declined finding with its reason.

    A fault of ours becomes a declined finding too, which says so: the other answers are not lost with it.
    """
    study, asking, task = what
    function = task.question.load()
    try:
        if task.question.per == "study":
            return function(study, asking)
        if task.question.per == "events":
            return function(study, asking, task.about)
        scale = study.scales[task.about]
        if task.informant not in (None, SELF):
            scale = replace(scale, label=f"{scale.label} (rated by {task.informant})")
        if task.arm is not None:
            return function(study, asking, scale, task.informant, task.suffix, task.arm)
        return function(study, asking, scale, task.informant, task.suffix)
    except (ValueError, ArithmeticError, LookupError, TypeError) as why:
        draft = Draft(
            study, asking, task.id, f"What can be said of {task.question.name.split('.')[1].replace('_', ' ')}?"
        )
        module, line = _place(why)
        if module.startswith("forwhom.kernels"):
            return draft.decline(f"the numbers do not allow it: {why}", "Data that differ in what the reason names.")
        draft.caution("fault", f"{type(why).__name__} in {module}, line {line}.")
        return draft.decline(
            "a fault of forwhom, not of your data, stopped this answer", "Please report it with the caution below."
        )


def _place(error: BaseException) -> tuple[str, int]:
    """Innermost module of ours that the error came through, and the line there."""
    place = ("", 0)
    trace = error.__traceback__
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if name.startswith("forwhom"):
            place = (name, trace.tb_lineno)
        trace = trace.tb_next
    return place


def study_card(study: Study) -> StudyCard:
    """What the report says about the study itself."""
    plan = study.plan
    sizes: Sequence[tuple[str, int]] = [
        (name, frame.height)
        for name in ("persons", "measures", "items", "sessions", "moments", "ratings", "events", "scans")
        if (frame := getattr(study, name)) is not None and frame.height
    ]
    primary = None
    if plan.primary is not None and plan.primary.scale in study.scales:
        primary = f"{study.scales[plan.primary.scale].label} at {at_time(plan.primary.at, study.time_unit)}"
    return StudyCard(
        name=study.name,
        title=study.title,
        source=study.source,
        time_unit=study.time_unit,
        arms=tuple((arm.name, arm.label) for arm in study.arms),
        scales=tuple(
            {
                "name": scale.name,
                "label": scale.label,
                "better": scale.better,
                "range": f"{scale.low:g} to {scale.high:g}" if scale.low is not None and scale.high is not None else "",
                "unit": scale.unit,
                "source": scale.source or "",
            }
            for scale in study.scales.values()
        ),
        registered=plan.registered.isoformat() if plan.registered else None,
        primary=primary,
        persons=study.persons.height,
        tables=dict(sizes),
    )


def problem_notes(study: Study) -> tuple[ProblemNote, ...]:
    """Everything that was set aside, with its rows, and everything else that needs saying about the input."""
    aside = tuple(
        ProblemNote(
            text=f"Rows not used: {part.why} ({_rows(part.rows)}).",
            where=f"{part.file} ({part.table})",
            count=part.count,
            severity="notice",
        )
        for part in study.set_aside
    )
    told = {(part.file, part.count, part.why) for part in study.set_aside}
    notices = tuple(
        ProblemNote(
            text=f"{problem.found.rstrip('.')}. {problem.do}",
            where=", ".join(
                part
                for part in (problem.file, f"row {problem.row}" if problem.row is not None else None, problem.column)
                if part
            ),
            count=problem.count,
            severity=problem.severity,
        )
        for problem in study.notices
        if (problem.file, problem.count, problem.found.partition(" set aside: ")[2]) not in told
    )
    return aside + notices


def _rows(rows: tuple[int, ...]) -> str:
    """Row numbers in words, the first of many."""
    shown = ", ".join(str(row) for row in rows[:MOST_ROWS])
    word = "row" if len(rows) == 1 else "rows"
    return f"{word} {shown}" + (f" and {len(rows) - MOST_ROWS} more" if len(rows) > MOST_ROWS else "")
