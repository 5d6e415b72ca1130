"""Instruments: questionnaires as data (keys, ranges, norms), and one scorer for all of them."""

from forwhom.instruments.loading import find, instrument, names
from forwhom.instruments.model import (
    Coding,
    Cutoff,
    Instrument,
    MissingRule,
    Norm,
    Recode,
    Reliability,
    SafetyItem,
    Source,
    Subscale,
)
from forwhom.instruments.parsing import parse
from forwhom.instruments.scorer import Score, Scores, score
from forwhom.instruments.scoring import score_study

__all__ = [
    "Coding",
    "Cutoff",
    "Instrument",
    "MissingRule",
    "Norm",
    "Recode",
    "Reliability",
    "SafetyItem",
    "Score",
    "Scores",
    "Source",
    "Subscale",
    "find",
    "instrument",
    "names",
    "parse",
    "score",
    "score_study",
]
