"""What the page of a session is drawn from, made up."""

from __future__ import annotations

from forwhom.findings.kinds import (
    SessionBalanceDetail,
    SessionCodeRow,
    SessionCodesDetail,
    SessionCount,
    SessionMoment,
    SessionMomentsDetail,
    SessionPoint,
    SessionStep,
    SessionStepsDetail,
    SessionTimelineDetail,
)

NAMES = ("safe_levels", "moments", "steps", "balance", "codes")


def safe_levels() -> SessionTimelineDetail:
    """Six turns, the fourth in a closed gate, the last while mentalizing seems lost."""
    points = (
        SessionPoint(1, "therapist", 2, "", "", "", 0.1),
        SessionPoint(2, "patient", 0, "doubtful", "low", "", 0.3),
        SessionPoint(3, "patient", 0, "lost", "high", "teleological", 0.5),
        SessionPoint(4, "therapist", 4, "", "", "", 0.9),
        SessionPoint(5, "patient", 0, "lost", "low", "", None),
        SessionPoint(6, "therapist", 3, "", "", "", None),
    )
    return SessionTimelineDetail(points, (4,), (6,), (3,))


def moments() -> SessionMomentsDetail:
    """One of a turn and one of the whole session."""
    return SessionMomentsDetail(
        (
            SessionMoment(
                4, "MBT-GATE-1", "deviation", "Level 4 too early", "Why.", "S2 line 140", "I <go> now.", "With me?"
            ),
            SessionMoment(0, "MBT-WHY-1", "look", "Many why-questions", "Why.", "S2 line 103", "", ""),
        )
    )


def steps() -> SessionStepsDetail:
    """One step seen, one too early, one not seen."""
    rows = (
        SessionStep(1, 1, "validate", 2, ""),
        SessionStep(1, 4, "look", 4, "explore"),
        SessionStep(1, 6, "follow", 0, ""),
    )
    return SessionStepsDetail(((4, 6),), rows)


def balance() -> SessionBalanceDetail:
    """Three levels of four."""
    rows = (SessionCount("Words that are the therapist's", "44 %", "Active"),)
    return SessionBalanceDetail(((2, 5), (3, 1), (4, 2)), 3, (0.0, None, 0.5), rows)


def codes() -> SessionCodesDetail:
    """Two codes, one with a correction."""
    return SessionCodesDetail(
        (
            SessionCodeRow("just", "“Just”", "patient", "Ends it", "S2 line 220", (3, 5), ("just know",), 0),
            SessionCodeRow("rewind", "Rewind", "therapist", "Goes back", "S2 line 226", (), (), 1),
        )
    )
