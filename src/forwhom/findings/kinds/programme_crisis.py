"""What the page of a crisis plan is drawn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a crisis plan, in the patient's words.

    reach : how somebody is reached; "" for a means of one's own
    answers : when somebody answers, in words; "" where that is not written down
    """

    what: str
    reach: str = ""
    answers: str = ""


@dataclass(frozen=True, slots=True)
class CrisisPlanDetail:
    """A version of a crisis plan, in the order in which it is used; help in an emergency stands apart, since it asks for no step.

    version, latest : number of this version and of the newest one
    written : day it was written; signed, unsigned : who has signed it, and who has not
    missing : (what is not written down, why it matters, what that rests on)
    """

    version: int
    latest: int
    written: str
    emergency: tuple[str, ...]
    when: str
    signs: tuple[str, ...]
    own: tuple[PlanStep, ...]
    people: tuple[PlanStep, ...]
    professional: tuple[PlanStep, ...]
    signed: tuple[str, ...]
    unsigned: tuple[str, ...]
    missing: tuple[tuple[str, str, str], ...] = ()
