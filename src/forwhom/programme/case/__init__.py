"""The case: a log that is only added to, and the state that follows from it."""

from forwhom.programme.case.kind import Deviation, Kind, Refusal
from forwhom.programme.case.log import Entry, line, read_entries, read_log
from forwhom.programme.case.opened import Opened, Person
from forwhom.programme.case.state import KINDS, Case, after, replay

__all__ = [
    "KINDS",
    "Case",
    "Deviation",
    "Entry",
    "Kind",
    "Opened",
    "Person",
    "Refusal",
    "after",
    "line",
    "read_entries",
    "read_log",
    "replay",
]
