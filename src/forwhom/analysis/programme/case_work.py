"""The work on a case as findings: formulation, team, supervision agenda, training."""

from __future__ import annotations

from collections import Counter

from forwhom.analysis.asking import Asking
from forwhom.analysis.programme.case_asking import CaseAsked, day, draft, many
from forwhom.findings import Finding
from forwhom.findings.kinds import (
    AgendaDetail,
    AgendaRow,
    ComponentRow,
    EarlierVersion,
    FormulationDetail,
    OwedRow,
    TeamDetail,
    TrainingDetail,
    TrainingRow,
    VoiceRow,
)
from forwhom.problems import listed
from forwhom.programme.case.attendance import Attendance, attendance
from forwhom.programme.case.formulation import Side, every_version, side_by_side
from forwhom.programme.case.sharing import owed, unread
from forwhom.programme.case.supervising import agenda
from forwhom.programme.case.training import hours, may_see_patients, treats

RESULTS = {
    "agreed": "Both see it alike",
    "partly": "Alike in part",
    "different": "Seen differently",
    "open": "Left open",
    "not compared": "Not compared yet",
    "one voice": "One voice only",
    "nobody yet": "",
}


def formulation(of: CaseAsked, asking: Asking) -> Finding:
    """`case.formulation`: both voices on every point, and what was said before."""
    made = draft(
        of,
        asking,
        "formulation",
        "How do patient and therapist understand the problem?",
        "Both voices as recorded, newest versions side by side",
    )
    sides = side_by_side(of.case)
    if not sides:
        return made.not_applicable("the programme of this case ships without points of a formulation")
    spoken = [side for side in sides if side.patient or side.therapist]
    if not spoken:
        return made.decline(
            "nobody has said anything yet", "What patient and therapist each say on the points of the formulation."
        )
    both = [side for side in spoken if side.patient and side.therapist]
    results = Counter(side.result for side in both)
    told = f"Both have spoken on {len(both)} of {len(sides)} points. "
    counted = [
        f"alike on {results['agreed']}" if results["agreed"] else "",
        f"alike in part on {results['partly']}" if results["partly"] else "",
        f"differently on {results['different']}" if results["different"] else "",
    ]
    if any(counted):
        told += f"They see it {', '.join(filter(None, counted))}. "
    single = [side for side in spoken if side.result == "one voice"]
    if single:
        told += f"Only one voice is heard on {many(len(single), 'point')}. "
    outdated = sum(side.outdated for side in sides)
    if outdated:
        told += f"On {many(outdated, 'point')} somebody has said something new since they were compared. "
    told += "Neither voice has more right; the record shows both."
    labels = {side.point.id: side.point.label for side in sides}
    now = {version.entry for side in sides for version in (side.patient, side.therapist) if version}
    earlier = tuple(
        EarlierVersion(labels.get(each.point, each.point), each.voice, each.text, day(each.at, of))
        for each in every_version(of.case)
        if each.entry not in now or not each.number
    )
    return made.answer(told, (), FormulationDetail(tuple(_voices(side, of) for side in sides), earlier))


def _voices(side: Side, of: CaseAsked) -> VoiceRow:
    result = RESULTS[side.result]
    if side.compared is not None and side.compared.text:
        result += f": {side.compared.text}"
    if side.outdated:
        result += " (of earlier versions)"
    dates = dict.fromkeys(day(each.at, of) for each in (side.patient, side.therapist) if each)
    return VoiceRow(
        side.point.label,
        side.patient.text if side.patient else "",
        side.therapist.text if side.therapist else "",
        result,
        ", ".join(dates),
    )


def team(of: CaseAsked, asking: Asking) -> Finding:
    """`case.team`: components agreed on and attended, and what must still be shared."""
    made = draft(
        of, asking, "team", "Are both components carried, and does the team know what it must?", "Counted from the log"
    )
    rows, debts, notes = attendance(of.case), owed(of.case, of.now), unread(of.case)
    if not rows and not of.case.team.items and not of.case.team.notes:
        return made.decline(
            "nothing is recorded of components or of the team", "Agreements, sessions, or items the team must know."
        )
    told = " ".join(_component(row) for row in rows)
    waits = f"{many(len(debts), 'thing')} {'waits' if len(debts) == 1 else 'wait'}" if debts else "Nothing waits"
    told += f" {waits} to be shared."
    untold = sum(not each.told for each in debts)
    if untold:
        which = "it" if len(debts) == 1 else "any of them" if untold == len(debts) else f"{untold} of them"
        told += f" The patient has not been told yet of {which}."
    objected = {item.id: len(item.objected()) for item in of.case.team.items.values() if item.objected()}
    if objected:
        told += f" The patient has objected to sharing {listed(objected)}; what was said later does not take that back."
    if notes:
        told += f" {many(len(notes), 'hand-over note')} {'is' if len(notes) == 1 else 'are'} unread."
    components = tuple(
        ComponentRow(
            row.name,
            row.required,
            "not asked" if row.agreed is None else "yes" if row.agreed else "no",
            row.held,
            row.missed,
            row.not_offered,
            row.in_a_row,
            row.share,
        )
        for row in rows
    )
    ways = tuple(
        OwedRow(
            each.item,
            each.to,
            "The patient objects" if each.objects else "Free to share" if each.told else "Tell the patient first",
            each.rule,
            each.source,
        )
        for each in debts
    )
    return made.answer(told.strip(), (), TeamDetail(components, ways))


def _component(row: Attendance) -> str:
    told = f"{row.name}: {many(row.held, 'session')} held, {row.missed} missed by the patient"
    told += f", {row.in_a_row} of them in a row at the end" if row.in_a_row > 1 else ""
    if row.required and row.agreed is not True:
        told += "; required, and not agreed on" if row.agreed is None else "; required, and refused"
    return f"{told}."


def supervision(of: CaseAsked, asking: Asking) -> Finding:
    """`case.agenda`: what supervision should speak of."""
    made = draft(
        of,
        asking,
        "agenda",
        "What should supervision speak of?",
        "Rules over deviations, coded sessions, ratings and the log",
    )
    points = agenda(of.case, of.now)
    if not points:
        return made.answer("No rule finds anything that supervision has not spoken of.", (), AgendaDetail(()))
    parts = Counter(point.part for point in points)
    counted = ", ".join(f"{part} ({n})" for part, n in parts.items())
    rows = tuple(
        AgendaRow(each.part, each.says, each.why, each.rule, each.source, day(each.at, of), each.id) for each in points
    )
    made.caution(
        "list-not-judgement",
        "A point is a place to look at, not a fault. Some of the numbers behind it are ours; the source says which.",
    )
    return made.answer(f"{many(len(points), 'point')}: {counted}.", (), AgendaDetail(rows))


def training(of: CaseAsked, asking: Asking) -> Finding:
    """`case.training`: training and supervision of everybody who treats."""
    made = draft(
        of,
        asking,
        "training",
        "Is everybody trained and supervised who treats?",
        "What the programme's papers ask for, against what is recorded",
    )
    case = of.case
    rows = []
    for person in case.opened.people.values():
        led = sum(each.leader == person.id for each in case.sessions.held)
        if person.is_patient or not treats(case.programme, person.roles):
            continue
        had = hours(case, person.id)
        lacks = may_see_patients(case.training, person.id, person.roles, case.programme, of.today)
        rows.append(
            TrainingRow(
                person.id,
                ", ".join(person.roles),
                case.training.days(person.id, case.programme.id if case.programme else "", of.today),
                case.training.supervisor(person.id, of.today),
                had.times,
                had.minutes / 60,
                day(had.last, of),
                led,
                " ".join(each.says for each in lacks),
            )
        )
    if not rows:
        return made.not_applicable("nobody of the case treats")
    short = [row for row in rows if row.lacks]
    whole = len(rows) - len(short)
    told = f"{whole} of {many(len(rows), 'therapist')} {'has' if whole == 1 else 'have'} on record all that the programme's papers ask for."
    if short:
        told += f" Something is missing for {', '.join(row.person for row in short)}."
    return made.answer(told, (), TrainingDetail(tuple(rows)))
