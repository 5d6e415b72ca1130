"""Which scales of a case may go into a study: those whose instrument is on file, or whose direction is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from forwhom.instruments import find

Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class ExportedScale:
    """A scale of the study.

    name : in the study: small letters, digits and underscores only
    instrument, subscale : on file; "" for a scale whose direction was given
    """

    name: str
    better: Better | None = None
    instrument: str = ""
    subscale: str = ""
    low: float | None = None
    high: float | None = None

    def fits(self, value: float) -> bool:
        """Whether a score lies within the range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def exported_scale(scale: str, better: Mapping[str, Better]) -> ExportedScale | None:
    """How a recorded scale goes into the study; None where neither instrument nor direction is known.

    scale : as recorded, ``"bsl-23"`` or ``"lpfs-bf-2/self"``
    better : directions of scales without an instrument

    >>> exported_scale("lpfs-bf-2/self", {}).name, exported_scale("mood", {"mood": "higher"}).better
    ('lpfs_bf_2_self', 'higher')
    >>> exported_scale("Anna's own scale", {}) is None
    True
    """
    if scale in better:
        return ExportedScale(_name(scale), better[scale])
    name, _, part = scale.partition("/")
    instrument, _ = find(name)
    if instrument is None or (part and part not in instrument.scores):
        return None
    subscale = part or instrument.default_score or ""
    score = instrument.scores.get(subscale)
    if score is None:
        return None
    known = instrument.name if not part else f"{instrument.name} {part}"
    return ExportedScale(_name(known), None, instrument.name, subscale, score.low, score.high)


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")
