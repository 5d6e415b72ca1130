"""What the report says about the study itself, and about its input."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.analysis.words import at_time
from forwhom.findings import ProblemNote, StudyCard
from forwhom.study import Study

MOST_ROWS = 200
"""Row numbers of rows set aside that are written out; the count is always exact."""


def study_card(study: Study) -> StudyCard:
    """What the report says about the study itself."""
    plan = study.plan
    sizes: Sequence[tuple[str, int]] = [
        (name, frame.height)
        for name in ("persons", "measures", "items", "sessions", "moments", "ratings", "events", "scans")
        if (frame := getattr(study, name)) is not None and frame.height
    ]
    primary = None
    if plan.primary is not None and plan.primary.scale in study.scales:
        primary = f"{study.scales[plan.primary.scale].label} at {at_time(plan.primary.at, study.time_unit)}"
    return StudyCard(
        name=study.name,
        title=study.title,
        source=study.source,
        time_unit=study.time_unit,
        arms=tuple((arm.name, arm.label) for arm in study.arms),
        scales=tuple(
            {
                "name": scale.name,
                "label": scale.label,
                "better": scale.better,
                "range": f"{scale.low:g} to {scale.high:g}" if scale.low is not None and scale.high is not None else "",
                "unit": scale.unit,
                "source": scale.source or "",
            }
            for scale in study.scales.values()
        ),
        registered=plan.registered.isoformat() if plan.registered else None,
        primary=primary,
        persons=study.persons.height,
        tables=dict(sizes),
        simulated=study.simulated,
    )


def problem_notes(study: Study) -> tuple[ProblemNote, ...]:
    """Everything that was set aside, with its rows, and everything else that needs saying about the input."""
    aside = tuple(
        ProblemNote(
            text=f"Rows not used: {part.why} ({_rows(part.rows)}).",
            where=f"{part.file} ({part.table})",
            count=part.count,
            severity="notice",
        )
        for part in study.set_aside
    )
    told = {(part.file, part.count, part.why) for part in study.set_aside}
    notices = tuple(
        ProblemNote(
            text=f"{problem.found.rstrip('.')}. {problem.do}",
            where=", ".join(
                part
                for part in (problem.file, f"row {problem.row}" if problem.row is not None else None, problem.column)
                if part
            ),
            count=problem.count,
            severity=problem.severity,
        )
        for problem in study.notices
        if (problem.file, problem.count, problem.found.partition(" set aside: ")[2]) not in told
    )
    return aside + notices


def _rows(rows: tuple[int, ...]) -> str:
    """Row numbers in words, the first of many."""
    shown = ", ".join(str(row) for row in rows[:MOST_ROWS])
    word = "row" if len(rows) == 1 else "rows"
    return f"{word} {shown}" + (f" and {len(rows) - MOST_ROWS} more" if len(rows) > MOST_ROWS else "")
