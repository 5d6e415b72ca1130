"""Maps of the ledger: what was found where, counted by independent sample, and where nothing was looked for."""

from forwhom.evidence.maps.asked import parts
from forwhom.evidence.maps.counting import APART, DISCUSSED, KINDS, WHOLES, counted
from forwhom.evidence.maps.gaps import LEVELS, UNNAMED, Cell, Gaps, gaps
from forwhom.evidence.maps.marks import CONTRASTS, DIRECTIONS, OTHERS, LeftOutRows, Line, Map, Mark, Place
from forwhom.evidence.maps.words import package

__all__ = [
    "APART",
    "CONTRASTS",
    "DIRECTIONS",
    "DISCUSSED",
    "KINDS",
    "LEVELS",
    "OTHERS",
    "UNNAMED",
    "WHOLES",
    "Cell",
    "Gaps",
    "LeftOutRows",
    "Line",
    "Map",
    "Mark",
    "Place",
    "counted",
    "gaps",
    "package",
    "parts",
]
