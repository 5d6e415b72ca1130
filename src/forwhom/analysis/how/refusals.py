"""Why a model could not be fitted, in the reader's words."""

from __future__ import annotations

import re

import numpy as np

UNDETERMINED = "too few people, or people too alike in what is compared, to determine it"
_OURS = re.compile(r"\b(x|y|z|X|Y|Z|array|matrix|shape|columns? of|rank|rows|singular|finite|SVD|method=)\b|[=()\[\]]")
"""What only whoever wrote the program understands."""


def in_words(why: Exception) -> str:
    """The reason without a full stop; whatever speaks of matrices or of a program's arguments becomes one plain sentence.

    >>> in_words(ValueError("X fits y without error: there is no variance to estimate."))
    'the values are fitted without error, so nothing is left to vary'
    >>> in_words(np.linalg.LinAlgError("Singular matrix")) == UNDETERMINED
    True
    >>> in_words(ValueError("No events: rates cannot be compared."))
    'No events: rates cannot be compared'
    """
    words = str(why).rstrip(".")
    if "fits y without error" in words:
        return "the values are fitted without error, so nothing is left to vary"
    if isinstance(why, np.linalg.LinAlgError) or _OURS.search(words):
        return UNDETERMINED
    return words
