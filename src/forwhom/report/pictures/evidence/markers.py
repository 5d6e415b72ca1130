"""Biomarkers, predictors and correlates: a mark per independent sample."""

from __future__ import annotations

from forwhom.findings.kinds import MarkersDetail
from forwhom.report.picture import Names, Picture, in_both_sizes
from forwhom.report.pictures.evidence.brain_map import asked_words, sentence
from forwhom.report.pictures.evidence.dots import draw
from forwhom.report.pictures.evidence.map_tables import tables

SAYS = {
    "biomarkers": ("Change of biological markers", "Whether the marker rose or fell with treatment."),
    "predictors": (
        "Measured before treatment",
        "Whether people with the outcome named under each row began higher or lower than the others.",
    ),
    "correlates": (
        "What goes with outcome",
        "Whether it rises or falls as the score of the outcome rises. Where a high score is bad, what falls with it goes with improvement "
        "when it rises.",
    ),
}


def picture(detail: MarkersDetail, names: Names) -> Picture:
    """One kind of marker."""
    begin, how = SAYS.get(detail.of, (detail.of, ""))
    describe = sentence(begin, detail.map.rows, dict(detail.map.directions))
    wide, narrow = in_both_sizes(lambda size: draw(detail.map, size, describe, tasks=True))
    noun = "study" if detail.map.by == "study" else "independent sample"
    caption = (
        f"{how} One mark for each {noun}; its letter is in the key, behind it task and side.{asked_words(detail.map)}"
    )
    return Picture(describe, caption.strip(), wide, narrow, tables(detail.map))
