"""File names for persons: safe on every system, one per person, and telling the id where it can."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

_LONGEST = 60
_RESERVED = {"con", "prn", "aux", "nul", "index", *(f"{port}{k}" for port in ("com", "lpt") for k in range(10))}
"""Names that Windows keeps for devices, and that of the list of persons."""


def file_names(ids: Sequence[str]) -> tuple[str, ...]:
    """A file name without ending per id, in order, no two alike even where upper and lower case are one.

    Letters and digits of ASCII, hyphen and underscore stay, and a full stop inside; everything else becomes a hyphen. Where
    that changed the id, or the name is reserved, too long, or another person's but for upper case, eight digits of the id's
    SHA-256 follow.

    >>> file_names(["17", "../../etc", "a", "A", "nul"])
    ('17', 'etc-74ccf3c5', 'a-ca978112', 'A-559aead0', 'nul-99e62427')
    """
    plain = [re.sub(r"[^0-9A-Za-z_.-]+", "-", name).strip(".-")[:_LONGEST].rstrip(".-") for name in ids]
    times = Counter(name.casefold() for name in plain)
    made: list[str] = []
    used: set[str] = set()
    kept = {
        name.casefold()
        for name, given in zip(plain, ids, strict=True)
        if name and name == given and times[name.casefold()] == 1 and not _reserved(name)
    }
    for name, given in zip(plain, ids, strict=True):
        final = name
        if name != given or name.casefold() not in kept:
            digest = hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
            digits = 8
            final = f"{name}-{digest[:digits]}" if name else digest[:digits]
            while final.casefold() in used | kept:
                digits += 8
                final = f"{name}-{digest[:digits]}" if name else digest[:digits]
        used.add(final.casefold())
        made.append(final)
    return tuple(made)


def _reserved(name: str) -> bool:
    """True where a system or this programme needs the name; Windows does not look at what follows a full stop."""
    return name.casefold().partition(".")[0] in _RESERVED
