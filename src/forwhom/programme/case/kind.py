"""What every kind of entry brings: its keys, whether it is allowed now, and what it changes.

A topic is a module of this folder (imitate `sessions.py`): a frozen type for what is known, frozen types for the data of its
entries, and `KINDS`. It becomes part of the case with three lines in `state.py`: the import, its `KINDS`, a field of `Case`.
What grows with the log is kept in `Rows`, else the time of a replay grows with the square of its length.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forwhom.keyed import Keys
from forwhom.problems import Problem, listed, short
from forwhom.programme.case.log import Entry

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case
    from forwhom.programme.model import Programme


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an entry is not allowed now.

    rule : id of the rule, to be named in `overrules`
    says : why, one sentence for the person at work
    source : the place it rests on, such as "S2 line 120", or "our rule"
    instead : what would be allowed
    """

    rule: str
    says: str
    source: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """An entry that a rule would have refused.

    why : the reason given; "" where the log was written without one, which is a problem
    """

    entry: str
    rule: str
    says: str
    source: str
    why: str


Apply = Callable[["Case", Entry, Any], "Case"]
Allowed = Callable[["Case", Entry, Any], tuple[Refusal, ...]]
Fits = Callable[["Case", Entry, Any], tuple[Problem, ...]]
Rewritten = Callable[["Case", Any, Any], tuple[Refusal, ...]]


def always(case: Case, entry: Entry, said: Any) -> tuple[Refusal, ...]:
    """Never refused."""
    return ()


def freely(case: Case, was: Any, said: Any) -> tuple[Refusal, ...]:
    """Corrected without a reason."""
    return ()


def fits_anywhere(case: Case, entry: Entry, said: Any) -> tuple[Problem, ...]:
    """Refers to nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry.

    says : what it records, for `forwhom case record --help` and the reference
    keys : reads `data` into a frozen type; every wrong key is told
    apply : the case after it, from (case, entry, what `keys` made). Must neither fail nor look at a clock: time is `entry.at`
    allowed : refusals now, from the same three. An entry that names all their rules in `overrules` and says `why` is recorded
        as a deviation; any other is not written
    correctable : False where a correction would erase what must stay; such an entry is written anew
    staff : True where only staff may correct it or take it back
    own : True where only who recorded it may correct it; others take it back, and record what they say as their own
    fits : problems of what it refers to, such as an alert that is not there; an entry with problems changes nothing.
        A notice is told and hinders nothing
    rewritten : refusals of a correction, from the case, what counted before and what takes its place (None where the entry is
        taken back); a reason overrules them as it does those of `allowed`
    """

    says: str
    keys: Keys
    apply: Apply
    allowed: Allowed = always
    fits: Fits = fits_anywhere
    rewritten: Rewritten = freely
    correctable: bool = True
    staff: bool = False
    own: bool = False


def said_of_mbt(programme: Programme | None, source: str) -> str:
    """The source of a rule that the paper states of MBT: kept under another programme, the rule is ours."""
    other = programme is not None and programme.treatment.partition("-")[0] != "mbt"
    return f"ours; {source.partition(';')[0]} says it of MBT" if other else source


def not_staff(case: Case, entry: Entry, does: str, earliest: dt.datetime | None = None) -> tuple[Problem, ...]:
    """A problem unless the entry is by somebody of the staff who is at work in the case; no reason overrules it.

    earliest : before which it cannot have been done
    """
    at = entry.since if earliest is None else max(entry.since, earliest)
    if case.opened.staff(entry.by, at):
        return ()
    do = "Let the person of the staff who saw to it record it, under their own id."
    found = f"only somebody of the staff {does}, not {short(entry.by)}"
    possible = listed([name for name in case.opened.people if case.opened.staff(name, at)])
    return (Problem("not-staff", do, column="by", found=found, possible=possible),)
