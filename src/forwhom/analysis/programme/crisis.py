"""The crisis plan as a finding, and the record that its printed page is drawn from."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from forwhom.analysis.asking import Asking, provenance
from forwhom.analysis.programme.case_asking import CaseAsked, asked, day, draft, many
from forwhom.analysis.programme.case_page import case_card
from forwhom.findings import Finding, Record
from forwhom.findings.kinds import CrisisPlanDetail, PlanStep
from forwhom.findings.record import VERSION
from forwhom.programme.case.plan_view import PlanView, StepView, view

if TYPE_CHECKING:
    from forwhom.programme.case import Case


def crisis(of: CaseAsked, asking: Asking, version: int | None = None) -> Finding:
    """`case.crisis`: the plan in its order, what is missing, who has signed."""
    made = draft(
        of, asking, "crisis", "What is the crisis plan?", "The plan as it was written", shows="the newest version"
    )
    made.entered = made.analysed = 1
    shown = view(of.case, of.now, version)
    if shown is None:
        return made.decline("no crisis plan has been written", "A plan, written together: crisis.plan-written.")
    made.caution("no-emergency-service", "This page calls nobody. In an emergency the numbers at its top do.")
    if shown.unsigned:
        made.caution("plan-unsigned", f"Version {shown.number} is not signed by {' and '.join(shown.unsigned)}.")
    for each in shown.missing:
        made.caution("plan-incomplete", f"{each.says} {each.why} ({each.source})")
    return made.answer(_statement(shown), (), _detail(of, shown))


def crisis_record(case: Case, now: dt.datetime, version: int | None = None, *, simulated: bool = False) -> Record:
    """The plan alone, as a record."""
    asking = Asking()
    of = asked(case, now)
    finding = crisis(of, asking, version)
    return Record(VERSION, case_card(of, simulated), (finding,), (), provenance(of, asking))


def _statement(shown: PlanView) -> str:
    lacks = f"; {many(len(shown.missing), 'part')} missing" if shown.missing else "; no part is missing"
    signed = f"not signed by {' and '.join(shown.unsigned)}" if shown.unsigned else "signed by both"
    return f"Version {shown.number}, {signed}{lacks}: {many(len(shown.own), 'means', 'means')} of one's own come before any contact."


def _detail(of: CaseAsked, shown: PlanView) -> CrisisPlanDetail:
    return CrisisPlanDetail(
        version=shown.number,
        latest=shown.latest,
        written=day(shown.written, of),
        emergency=shown.emergency,
        when=shown.when,
        signs=shown.signs,
        own=tuple(map(_step, shown.own)),
        people=tuple(map(_step, shown.people)),
        professional=tuple(map(_step, shown.professional)),
        signed=tuple(_name(of, each) for each in shown.signed),
        unsigned=shown.unsigned,
        missing=tuple((each.says, each.why, each.source) for each in shown.missing),
    )


def _step(step: StepView) -> PlanStep:
    return PlanStep(step.what, step.reach, step.absent or step.answers)


def _name(of: CaseAsked, person: str) -> str:
    known = of.case.opened.people.get(person)
    if known is None:
        return person
    return known.name or ("the patient" if known.is_patient else person)
