"""Ask a study everything it calls for: the answers as one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from forwhom.analysis.asking import DEFAULT_SEED, Asking, Draft, DraftOf, provenance
from forwhom.analysis.card import problem_notes, study_card
from forwhom.analysis.measurement.meaning import with_meaning
from forwhom.analysis.questions import Task, tasks
from forwhom.findings import Finding, Record
from forwhom.findings.record import VERSION
from forwhom.instruments import score_study
from forwhom.parallel import Cluster, run
from forwhom.study import Study

if TYPE_CHECKING:
    from forwhom.evidence.beside import Beside


def answer(
    study: Study,
    *,
    questions: Iterable[str] = (),
    workers: int | Cluster = 1,
    seed: int = DEFAULT_SEED,
    level: float = 0.95,
    beside: Beside | None = None,
    progress: Callable[[int, int, Finding], None] | None = None,
) -> Record:
    """Ask a study everything it calls for.

    study : as read from a folder or made from frames; scales that name an instrument are completed first if they were not
    questions : restrict to these (see `tasks`)
    workers : processes, or a cluster (`forwhom.parallel.connect`); the answers do not depend on it
    seed : of everything random; kept in every finding
    beside : what is published, where the study says what it is called there (`forwhom.io.beside.read_beside`)
    progress : called with (done, total, finding) as answers arrive
    """
    if not study.scored:
        # An instrument that was not applied would leave the direction of its scale a guess.
        study = score_study(study)
    asking = Asking(level=level, seed=seed, beside=beside)
    todo = tasks(study, questions)

    def report(done: int, finding: Finding) -> None:
        if progress is not None:
            progress(done + 1, len(todo), finding)

    found = run(
        partial(ask, study, asking), todo, workers=workers, together=lambda task: task.shares or None, done=report
    )
    return Record(
        version=VERSION,
        study=study_card(study),
        findings=with_meaning(tuple(found)),
        problems=problem_notes(study),
        provenance=provenance(study, asking),
    )


FAULTS = (ValueError, ArithmeticError, LookupError, TypeError)
"""What stops one answer and not the others."""


def ask(study: Study, asking: Asking, task: Task) -> Finding:
    """Answer one task. A kernel that refuses the numbers becomes a declined finding with its reason.

    A fault of ours becomes a declined finding too, which says so: the other answers are not lost with it.
    """
    try:
        return task.ask(study, asking)
    except FAULTS as why:
        question = f"What can be said of {task.question.name.split('.')[1].replace('_', ' ')}?"
        return stopped(Draft(study, asking, task.id, question), why)


def stopped(draft: DraftOf[Any], why: BaseException) -> Finding:
    """The declined finding that stands for an answer which an error stopped."""
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
