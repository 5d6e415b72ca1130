"""Whether a session is going on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forwhom.problems import Problem, short

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case


def needs_open(case: Case, session: str) -> tuple[Problem, ...]:
    """A problem unless the session is going on."""
    if session in case.sessions.open:
        return ()
    found = f"no session {short(session)} is going on"
    known = ", ".join(case.sessions.open) or "none"
    return (Problem("no-session", "Record session.begun first.", column="session", found=found, possible=known),)
