"""The state of a case: what its log says, by topic, replayed from the beginning.

The same programme, case.toml and log give the same state. Nothing here reads a clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forwhom.keyed import Found
from forwhom.problems import Problem, did_you_mean, errors, listed, short
from forwhom.programme.case import (
    adherence,
    alerts,
    assessment,
    crisis,
    events,
    feedback,
    formulation,
    gate,
    noted,
    notes,
    phases,
    sessions,
    team,
    training,
)
from forwhom.programme.case.kind import Deviation, Kind, Refusal
from forwhom.programme.case.log import LOG, Entry
from forwhom.programme.case.opened import Opened
from forwhom.programme.case.rows import Rows
from forwhom.programme.case.rules import AlertRule, alert_rules
from forwhom.programme.case.times import ahead
from forwhom.programme.case.watching import silent, watch
from forwhom.programme.model import Programme

# A topic is a module with KINDS and a frozen type of its own; a new one is a line here and a field of Case.
KINDS: Mapping[str, Kind] = {
    **notes.KINDS,
    **noted.KINDS,
    **phases.KINDS,
    **sessions.KINDS,
    **gate.KINDS,
    **crisis.KINDS,
    **alerts.KINDS,
    **events.KINDS,
    **feedback.KINDS,
    **assessment.KINDS,
    **formulation.KINDS,
    **team.KINDS,
    **adherence.KINDS,
    **training.KINDS,
}


@dataclass(frozen=True, slots=True)
class Case:
    """Everything known of a case after some entries.

    rules : what raises an alert, of the programme and of case.toml, each with the people of its chain
    log : every entry as it was written
    deviations : entries that a rule would have refused, with their reason
    problems : entries that do not say what their kind needs; they change nothing
    noted : what case.toml said when it was last entered in the log; the people and rules that its entries went by
    corrected : id of an entry → id of the entry that took its place
    """

    programme: Programme | None
    opened: Opened
    rules: tuple[AlertRule, ...] = ()
    log: Rows[Entry] = field(default_factory=Rows)
    deviations: Rows[Deviation] = field(default_factory=Rows)
    problems: Rows[Problem] = field(default_factory=Rows)
    corrected: Mapping[str, str] = field(default_factory=dict)
    noted: noted.Noted | None = None
    phases: phases.Phases = field(default_factory=phases.Phases)
    sessions: sessions.Sessions = field(default_factory=sessions.Sessions)
    gate: gate.Gate = field(default_factory=gate.Gate)
    crisis: crisis.Crisis = field(default_factory=crisis.Crisis)
    alerts: alerts.Alerts = field(default_factory=alerts.Alerts)
    events: events.Events = field(default_factory=events.Events)
    feedback: feedback.Feedback = field(default_factory=feedback.Feedback)
    assessment: assessment.Assessment = field(default_factory=assessment.Assessment)
    formulation: formulation.Formulation = field(default_factory=formulation.Formulation)
    team: team.Team = field(default_factory=team.Team)
    adherence: adherence.Adherence = field(default_factory=adherence.Adherence)
    training: training.Training = field(default_factory=training.Training)


LISTS = "`forwhom case kinds`"
"""Where a user finds every kind of entry, its keys and an example."""
WITHDRAWN = "entry.withdrawn"
REWRITES = (gate.REWRITTEN, gate.RECODED)
"""Rules that a correction alone overrules."""
CORRECTED_SINCE = "recorded against the rule, and corrected later"
TAKEN_BACK = "recorded against the rule, and taken back later"


def replay(programme: Programme | None, opened: Opened, entries: Iterable[Entry]) -> Case:
    """The case after these entries, in their order.

    An entry that another one corrects counts with the corrected data, at its own place and time; `Case.alerts` alone goes by
    what was written, so that no correction takes an alert back. An entry that a rule would have refused is a deviation; one
    that does not say what its kind needs is a problem and changes nothing.
    """
    written = tuple(entries)
    run = _Run(written, opened)
    # Who was there before case.toml was first entered is who was entered first: a later change makes no past entry wrong.
    case = Case(programme, opened, alert_rules(programme, opened), noted=run.noted)
    for entry in written:
        case = _step(case, entry, run)
    return replace(case, corrected=run.by) if run.by else case


def after(case: Case, entry: Entry) -> Case:
    """The case after one more entry: the same as replaying all of them."""
    first = entry.kind == noted.CHANGED and case.noted is None
    if entry.corrects is None and entry.kind != WITHDRAWN and not first:
        run = _Run(case.log, case.opened)
        run.ids = {each.id for each in case.log}
        return _step(case, entry, run)
    return replay(case.programme, case.opened, (*(_as_written(each) for each in case.log), entry))


def as_of(case: Case, entries: Iterable[Entry], at: dt.datetime) -> tuple[Case, tuple[Entry, ...]]:
    """The case as it stood at a moment, and the entries recorded later, which do not count.

    entries : all that `case` was made from, as they were written
    """
    written = tuple(entries)
    later = tuple(each for each in written if each.since > at)
    if not later:
        return case, ()
    return replay(case.programme, case.opened, (each for each in written if each.since <= at)), later


def _as_written(entry: Entry) -> Entry:
    """The entry with the id that its line has, where it was told apart from another by its number."""
    name, apart, number = entry.id.rpartition("#")
    return replace(entry, id=name) if apart and number == str(entry.seq) else entry


class _Run:
    """What must be known of all entries before one is applied: which are corrected, by what, and who was there first.

    noted : what case.toml said when it was first entered in the log; None where it never was
    vouched : entries that somebody of the case has corrected or taken back, and so answers for
    """

    def __init__(self, entries: Iterable[Entry], opened: Opened) -> None:
        entries = tuple(entries)
        self.noted = next((said for each in entries if not each.corrects and (said := _entered(each))), None)
        self.ids: set[str] = set()
        self.vouched: set[str] = set()
        self.by: dict[str, str] = {}
        self.final: dict[str, Entry | None] = {}
        self._first: dict[str, Entry] = {}
        self._root: dict[str, str] = {}
        self.overruled: dict[str, dict[str, str]] = {}
        self.before: dict[tuple[int, str], Entry] = {}
        there = noted.then(self.noted, opened) if self.noted is not None else opened
        for entry in entries:
            self._take(entry, there)
            said = _entered(entry) if self.root(entry) is None else None
            there = noted.then(said, opened) if said is not None else there

    def _take(self, entry: Entry, there: Opened) -> None:
        root = self.root(entry)
        if root is None:
            self._first.setdefault(entry.id, entry)
        elif self.unlike(entry, root, there) is None and not _said(entry)[1]:
            self.before[entry.seq, entry.id] = self.final.get(root) or self._first[root]
            more = {rule: entry.why for rule in entry.overrules if rule not in REWRITES}
            self.overruled[root] = self.overruled.get(root, {}) | more
            self.final[root] = None if entry.kind == WITHDRAWN else entry
            self._root[entry.id] = root
            self.by[root] = entry.id
            if entry.by in there.people:
                self.vouched |= {root, entry.corrects or root}

    def unlike(self, entry: Entry, root: str, there: Opened) -> tuple[str, str, str] | None:
        """Why an entry cannot correct another: code, what is wrong, what to do.

        there : the case with the people of the time of the entry
        """
        kind = self._first[root].kind
        if kind in KINDS and not KINDS[kind].correctable:
            return (
                "not-correctable",
                f"{kind} is not corrected",
                "Write it anew; what was there before stays beside it.",
            )
        if kind in KINDS and KINDS[kind].staff and not there.staff(entry.by, entry.since):
            return "not-staff", f"only somebody of the staff corrects {kind}", "Let somebody of the staff record it."
        by = self._first[root].by
        if kind in KINDS and KINDS[kind].own and entry.kind != WITHDRAWN and entry.by != by:
            do = f"Record {kind} of your own; {WITHDRAWN} takes a mistaken one back."
            return "not-own", f"only {short(by)} corrects what {short(by)} recorded as {kind}", do
        if entry.kind not in (WITHDRAWN, kind):
            do = f"Correct it with {kind}, or take it back with {WITHDRAWN}."
            return "wrong-kind", f"{entry.kind} cannot correct {kind}", do
        return None

    def root(self, entry: Entry) -> str | None:
        """The first of the entries that this one corrects; None when it corrects none that is there."""
        if entry.corrects is None:
            return None
        root = self._root.get(entry.corrects, entry.corrects)
        return root if root in self._first and root != entry.id else None


def _said(entry: Entry) -> tuple[Any, tuple[Problem, ...]]:
    """The entry's data as its kind reads them, with what is wrong with them."""
    kind = KINDS.get(entry.kind)
    if kind is None:
        hint = did_you_mean(entry.kind, KINDS)
        do = f"{hint}See {LISTS}."
        return None, (Problem("unknown-kind", do, LOG, entry.row, "kind", short(entry.kind), listed(KINDS, 60)),)
    found = Found(LOG, see=LISTS)
    made = kind.keys.build(entry.data, "", found)
    return made, tuple(replace(each, row=entry.row) for each in found.problems)


def _entered(entry: Entry) -> noted.Noted | None:
    """What an entry says of case.toml; None where it says nothing of it."""
    if entry.kind != noted.CHANGED:
        return None
    said, wrong = _said(entry)
    return said if isinstance(said, noted.Noted) and not wrong else None


def _step(case: Case, entry: Entry, run: _Run) -> Case:
    """One entry further, by the people and rules of its time."""
    made = _taken(noted.in_force(case), entry, run)
    return replace(made, opened=case.opened, rules=case.rules)


def _taken(case: Case, entry: Entry, run: _Run) -> Case:
    problems: list[Problem] = []
    if entry.id in run.ids:
        apart = f"{entry.id}#{entry.seq}"
        found = f"there is an entry {short(entry.id)} already"
        do = f"Give each entry an id of its own. One that stands in the log counts as {short(apart)}."
        problems.append(_problem(entry, "duplicate-id", "id", found, do))
        entry = replace(entry, id=apart)
    run.ids.add(entry.id)
    problems += _people(case, entry, run)
    root = run.root(entry)
    if entry.corrects is not None and root is None:
        do = "Name an entry that stands before this one."
        problems.append(_problem(entry, "unknown-entry", "corrects", f"there is no entry {short(entry.corrects)}", do))
    said, wrong = _said(entry)
    problems += wrong
    problems += ahead(entry, said)
    now = replace(case, log=case.log.plus(entry))
    if not wrong:
        now = watch(now, entry, said, root)
        problems += silent(now, entry, said)
    if root is None:
        now, more = _effective(now, entry, said, wrong, run)
        problems += more
    elif (unlike := run.unlike(entry, root, case.opened)) is not None:
        problems.append(_problem(entry, unlike[0], "corrects", *unlike[1:]))
    elif not wrong:
        now = _rewritten(now, entry, said, run)
    return replace(now, problems=now.problems.plus(*problems)) if problems else now


def _effective(
    case: Case, entry: Entry, said: Any, wrong: tuple[Problem, ...], run: _Run
) -> tuple[Case, tuple[Problem, ...]]:
    """The case after an entry as it stands once corrected."""
    if entry.id in run.final:
        last = run.final[entry.id]
        if last is None:
            # What was done against a rule is no secret once the entry is taken back.
            why = dict.fromkeys(entry.overrules, entry.why) | run.overruled.get(entry.id, {})
            back = (Deviation(entry.id, rule, TAKEN_BACK, "ours", because) for rule, because in why.items())
            return replace(case, deviations=case.deviations.plus(*back)), ()
        # What a correction alone overrules is told with the correction.
        more = tuple(each for each in last.overrules if each not in REWRITES)
        overrules = tuple(dict.fromkeys((*entry.overrules, *more)))
        earlier = {rule: why for rule, why in run.overruled.get(entry.id, {}).items() if rule not in overrules}
        between = (Deviation(entry.id, rule, CORRECTED_SINCE, "ours", why) for rule, why in earlier.items())
        case = replace(case, deviations=case.deviations.plus(*between)) if earlier else case
        entry = replace(entry, data=last.data, overrules=overrules, why=last.why or entry.why)
        said, wrong = _said(entry)
    if wrong:
        return case, ()
    kind = KINDS[entry.kind]
    told = tuple(replace(each, file=LOG, row=entry.row) for each in kind.fits(case, entry, said))
    if errors(told):
        return case, told
    refused = kind.allowed(case, entry, said)
    if refused or entry.overrules:
        case = replace(case, deviations=case.deviations.plus(*_deviations(entry, refused)))
    return kind.apply(case, entry, said), told


def _rewritten(case: Case, entry: Entry, said: Any, run: _Run) -> Case:
    """The case with what a correction opens that was shut by the words it takes the place of: a deviation of its own."""
    before = run.before.get((entry.seq, entry.id))
    kind = KINDS.get(before.kind) if before is not None else None
    if before is None or kind is None:
        return case
    was, wrong = _said(before)
    refused = () if wrong else kind.rewritten(case, was, None if entry.kind == WITHDRAWN else said)
    return replace(case, deviations=case.deviations.plus(*_deviations(entry, refused))) if refused else case


def _deviations(entry: Entry, refused: tuple[Refusal, ...]) -> list[Deviation]:
    made = [
        Deviation(entry.id, each.rule, each.says, each.source, entry.why if each.rule in entry.overrules else "")
        for each in refused
    ]
    known = {each.rule for each in refused}
    made += [
        Deviation(entry.id, rule, "nothing refuses it any more", "", entry.why)
        for rule in entry.overrules
        if rule not in known
    ]
    return made


def _people(case: Case, entry: Entry, run: _Run) -> tuple[Problem, ...]:
    """What is wrong with who recorded an entry, until somebody of the case has corrected it or taken it back."""
    found = _person(case, entry)
    if found is None or entry.id in run.vouched:
        return ()
    if entry.kind not in crisis.NEVER_REFUSED:
        return (found,)
    do = f"Say who: record {entry.kind} again with --corrects {entry.id} and --by. It counts all the same."
    return (replace(found, do=do, severity="notice"),)


def _person(case: Case, entry: Entry) -> Problem | None:
    # Who enters a new case.toml may have come with it.
    said = _entered(entry)
    people = {**case.opened.people, **said.people} if said is not None else case.opened.people
    person = people.get(entry.by)
    if not entry.by.strip():
        do = "Say who: an id of case.toml, with --by."
        return _problem(entry, "unknown-person", "by", "nothing says who recorded it", do, listed(case.opened.people))
    if person is None:
        do = f"{did_you_mean(entry.by, case.opened.people)}Add the person to case.toml."
        known = listed(case.opened.people)
        return _problem(entry, "unknown-person", "by", f"{short(entry.by)} is nobody of the case", do, known)
    if entry.role and entry.role not in person.roles:
        do = "Correct the role, or add it to the person in case.toml."
        return _problem(entry, "unknown-role", "role", f"{entry.by} is not {entry.role}", do, listed(person.roles))
    return None


def _problem(entry: Entry, code: str, column: str, found: str, do: str, possible: str = "") -> Problem:
    return Problem(code, do, LOG, entry.row, column, found, possible)
