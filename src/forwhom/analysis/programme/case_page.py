"""The case page: everything asked of a case, as one record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from forwhom.analysis.answer import FAULTS, stopped
from forwhom.analysis.asking import DEFAULT_SEED, Asking, DraftOf, provenance
from forwhom.analysis.by_name import by_name
from forwhom.analysis.programme.case_alerts import open_alerts
from forwhom.analysis.programme.case_asking import CaseAsked, asked, many
from forwhom.findings import Finding, Record, StudyCard
from forwhom.findings.record import VERSION
from forwhom.programme.case.crisis import emergency
from forwhom.programme.case.due import stands

if TYPE_CHECKING:
    from forwhom.evidence import Ledger
    from forwhom.programme.case import Case


@dataclass(frozen=True, slots=True)
class CaseQuestion:
    """One question to a case: the id of its finding, and the module and function of this folder that answer it."""

    name: str
    function: str

    def ask(self, of: CaseAsked, asking: Asking) -> Finding:
        """The answer."""
        module, name = self.function.split(".")
        function: Callable[[CaseAsked, Asking], Finding] = getattr(
            import_module(f"forwhom.analysis.programme.{module}"), name
        )
        return function(of, asking)


CASE_QUESTIONS = (
    CaseQuestion("case.alerts", "case_alerts.alerts"),
    CaseQuestion("case.formulation", "case_work.formulation"),
    CaseQuestion("case.strategies", "case_assessment.strategies"),
    CaseQuestion("case.profile", "case_assessment.mentalizing"),
    CaseQuestion("case.triggers", "case_assessment.trigger_map"),
    CaseQuestion("case.guidance", "case_assessment.advice"),
    CaseQuestion("case.team", "case_work.team"),
    CaseQuestion("case.stance", "case_stance.stance"),
    CaseQuestion("case.agenda", "case_work.supervision"),
    CaseQuestion("case.training", "case_work.training"),
    CaseQuestion("case.crisis", "crisis.crisis"),
)
"""In the order of the page."""
EMERGENCY, WAITING = "In an emergency", "Alerts that wait"
"""What stands first at the top of every page, whatever was asked."""
NONE_WAIT = ("none",)


def case_record(
    case: Case,
    now: dt.datetime,
    *,
    questions: Iterable[str] = (),
    level: float = 0.95,
    simulated: bool = False,
    ledger: Ledger | None = None,
    name: str = "",
) -> Record:
    """Ask a case every question, or those named, as of a moment.

    questions : names of `CASE_QUESTIONS`, with or without ``"case."``
    simulated : the patient does not exist; every page then says so
    ledger : to say how the claims behind the programme's guidance stand
    name : what the case is called, such as the name of its folder; without it the page has the id of the patient

    Raises ProblemsFound for names that are no question.
    """
    asking = Asking(level=level, seed=DEFAULT_SEED)
    of = asked(case, now, ledger)
    findings = tuple(_ask(question, of, asking) for question in wanted(questions))
    return Record(VERSION, case_card(of, simulated, name), findings, (), provenance(of, asking))


def wanted(names: Iterable[str]) -> tuple[CaseQuestion, ...]:
    """The questions of these names; all when none is named."""
    return by_name(CASE_QUESTIONS, names, chapter="case", to="a case")


def _ask(question: CaseQuestion, of: CaseAsked, asking: Asking) -> Finding:
    try:
        return question.ask(of, asking)
    except FAULTS as why:
        words = question.name.split(".")[1]
        return stopped(DraftOf(of, asking, question.name, f"What can be said of the {words}?"), why)


def _waiting(of: CaseAsked) -> tuple[str, ...]:
    """Alerts nobody has acknowledged, late ones first: what happened, and for whom it waits."""
    told = []
    for each in open_alerts(of):
        whom = f"waits for {' and '.join(each.waiting_for)}" if each.waiting_for else "waits for NOBODY"
        told.append(f"{'LATE: ' if each.late else ''}{each.alert.about}, {stands(each)}, {whom}")
    return tuple(told)


def case_card(of: CaseAsked, simulated: bool, name: str = "") -> StudyCard:
    """What stands at the top of the page."""
    case = of.case
    patient = next((person.id for person in case.opened.people.values() if person.is_patient), "the patient")
    programme = case.programme.title if case.programme is not None else case.opened.programme
    phase = case.programme.phase(case.phases.now) if case.programme is not None and case.phases.now else None
    staff = tuple(
        f"{person.id} ({', '.join(person.roles)})" for person in case.opened.people.values() if not person.is_patient
    )
    weeks = (of.today - case.opened.start).days // 7 + 1
    facts = (
        (EMERGENCY, emergency(case)),
        (WAITING, _waiting(of) or NONE_WAIT),
        ("Programme", (programme,)),
        ("Since", (f"{case.opened.start.isoformat()}, week {weeks}" if weeks > 0 else case.opened.start.isoformat(),)),
        ("Phase", (phase.name if phase is not None else "none entered",)),
        ("Team", staff),
        ("Log", (many(len(case.log), "entry", "entries"), many(len(case.deviations), "deviation"))),
        ("As of", (of.now.isoformat(timespec="minutes"),)),
    )
    return StudyCard(
        name="case",
        title=f"Case {name or patient}",
        source=None,
        time_unit="month",
        arms=(),
        scales=(),
        registered=None,
        primary=None,
        persons=1,
        tables={},
        simulated=simulated,
        about="case",
        facts=facts,
    )
