"""Sessions: begun, ended, held, missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from forwhom.keyed import Found, Keys, flag, one_of, text
from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.case.attendance import only_leader
from forwhom.programme.case.event_kinds import normal
from forwhom.programme.case.gate import forgotten, shut_later, told_later
from forwhom.programme.case.going_on import needs_open
from forwhom.programme.case.kind import Kind
from forwhom.programme.case.log import Entry
from forwhom.programme.case.readers import moment, span
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case


@dataclass(frozen=True, slots=True)
class Session:
    """One session.

    started, ended : None where not recorded; ended stays None for a missed session
    with_ : who led it, as recorded
    only : the only one there at that time who leads such sessions; "" where there were several or none
    missed_by : "" where it was held
    """

    id: str
    format: str
    started: dt.datetime
    ended: dt.datetime | None = None
    with_: str = ""
    missed_by: str = ""
    notice: bool | None = None
    only: str = ""

    @property
    def leader(self) -> str:
        """Who led it: as recorded, else the only one of that time who leads such sessions; "" if unknown."""
        return self.with_ or self.only


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions in the order of the log; `open` are begun and not ended, by id. An id stands for one session of a case."""

    done: Rows[Session] = field(default_factory=Rows)
    open: Mapping[str, Session] = field(default_factory=dict)

    @property
    def ids(self) -> frozenset[str]:
        """Ids of every session, whether it took place, was missed or goes on."""
        return frozenset((*self.open, *(each.id for each in self.done)))

    @property
    def held(self) -> tuple[Session, ...]:
        """Those that took place and are over."""
        return tuple(each for each in self.done if not each.missed_by)

    @property
    def missed(self) -> tuple[Session, ...]:
        """Those that did not take place."""
        return tuple(each for each in self.done if each.missed_by)


@dataclass(frozen=True, slots=True)
class Begun:
    """Data of session.begun."""

    session: str
    format: str
    with_: str = ""


@dataclass(frozen=True, slots=True)
class Over:
    """Data of session.ended."""

    session: str


@dataclass(frozen=True, slots=True)
class Held:
    """Data of session.held: a session recorded when it is over."""

    session: str
    format: str
    started: dt.datetime
    length: dt.timedelta
    with_: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """Data of session.missed."""

    session: str
    format: str
    planned: dt.datetime
    by: str = "patient"
    notice: bool | None = None


def _begun(case: Case, entry: Entry, said: Begun) -> Case:
    only = only_leader(case, said.format, entry.at)
    session = Session(said.session, said.format, entry.at, with_=said.with_, only=only)
    return replace(
        forgotten(case, said.session),
        sessions=replace(case.sessions, open={**case.sessions.open, said.session: session}),
    )


def _over(case: Case, entry: Entry, said: Over) -> Case:
    rest = {name: each for name, each in case.sessions.open.items() if name != said.session}
    session = replace(case.sessions.open[said.session], ended=entry.at)
    case = forgotten(shut_later(case, said.session, ended=entry.at), said.session)
    return replace(case, sessions=Sessions(case.sessions.done.plus(session), rest))


def _held(case: Case, entry: Entry, said: Held) -> Case:
    # Times of the clock do not add up across a change to summer time; moments do.
    ended = (said.started.astimezone(dt.UTC) + said.length).astimezone(said.started.tzinfo)
    only = only_leader(case, said.format, said.started)
    session = Session(said.session, said.format, said.started, ended, said.with_, only=only)
    return replace(case, sessions=replace(case.sessions, done=case.sessions.done.plus(session)))


def _missed(case: Case, entry: Entry, said: Missed) -> Case:
    session = Session(said.session, said.format, said.planned, missed_by=said.by, notice=said.notice)
    return replace(case, sessions=replace(case.sessions, done=case.sessions.done.plus(session)))


def _format_known(case: Case, entry: Entry, said: Any) -> tuple[Problem, ...]:
    """As `_is_new`; and a notice where the programme has no sessions of such a format."""
    told = list(_is_new(case, entry, said))
    if not said.format.strip():
        told.append(Problem("no-format", _NEEDED["format"], column="format", found="it is empty"))
    elif case.programme is not None and case.programme.sessions:
        there = dict.fromkeys(name for each in case.programme.sessions for name in (each.id, each.format) if name)
        own = [normal(each) for rule in case.rules if rule.on == "missed" for each in rule.what]
        if said.format not in (*map(normal, there), *own):
            do = f"{did_you_mean(said.format, there)}It is counted apart from other sessions; correct it where it is one of them."
            found = f"{short(said.format)} is no session of the programme"
            told.append(
                Problem("unknown-format", do, column="format", found=found, possible=listed(there), severity="notice")
            )
    return tuple(told)


def _is_open(case: Case, entry: Entry, said: Any) -> tuple[Problem, ...]:
    return needs_open(case, said.session)


def _may_end(case: Case, entry: Entry, said: Over) -> tuple[Problem, ...]:
    """As `_is_open`; and a notice of every intervention above the safe levels that was given after this end."""
    return _is_open(case, entry, said) or told_later(case, shut_later(case, said.session, ended=entry.at), entry)


def _is_new(case: Case, entry: Entry, said: Any) -> tuple[Problem, ...]:
    if not said.session.strip():
        return (Problem("no-session", "Give the session an id.", column="session", found="the id is empty"),)
    if said.session in case.sessions.open:
        found = f"the session {short(said.session)} is going on"
        return (Problem("session-open", "End it first, or give another id.", column="session", found=found),)
    if said.session in case.sessions.ids:
        found = f"a session {short(said.session)} is there already"
        do = "Give every session an id of its own; correct the first entry where it was wrong."
        return (Problem("session-known", do, column="session", found=found),)
    return ()


def _format(value: Any, where: str, found: Found) -> str:
    # Written now so, now otherwise, it is one format wherever sessions are counted.
    return normal(text(value, where, found))


_NEEDED = {"session": "Give the session an id.", "format": "individual, group, or as the programme names it."}
KINDS = {
    "session.begun": Kind(
        "A session begins",
        Keys(Begun, {"session": text, "format": _format, "with_": text}, _NEEDED),
        _begun,
        fits=_format_known,
    ),
    "session.ended": Kind(
        "A session ends", Keys(Over, {"session": text}, {"session": "Name the session."}), _over, fits=_may_end
    ),
    "session.held": Kind(
        "A session that is over",
        Keys(
            Held,
            {"session": text, "format": _format, "started": moment, "length": span, "with_": text},
            {**_NEEDED, "started": "When it began.", "length": 'How long it was: "50 min".'},
        ),
        _held,
        fits=_format_known,
    ),
    "session.missed": Kind(
        "A session did not take place",
        Keys(
            Missed,
            {
                "session": text,
                "format": _format,
                "planned": moment,
                "by": one_of("patient", "therapist", "service"),
                "notice": flag,
            },
            {**_NEEDED, "planned": "When it was to begin."},
        ),
        _missed,
        fits=_format_known,
    ),
}
