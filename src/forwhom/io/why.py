"""What went wrong with a file, in words."""

from __future__ import annotations

import os

KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (PermissionError, "you may not open it"),
    (MemoryError, "the memory of this machine is too small for it"),
    (UnicodeError, "it holds bytes that are no text"),
    (FileNotFoundError, "it is no longer there"),
)


def why(error: BaseException) -> str:
    """The reason in plain words, never the name of a class.

    >>> why(PermissionError(13, "Permission denied")), why(ValueError("ComputeError: …"))
    ('you may not open it', 'its contents are damaged, or not what its name says')
    """
    for kind, words in KINDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return "its contents are damaged, or not what its name says"
