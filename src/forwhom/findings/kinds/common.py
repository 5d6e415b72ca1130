"""What every kind of answer is made of."""

from __future__ import annotations

from dataclasses import dataclass

Number = float | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its limits; None where there is none."""

    value: Number
    low: Number = None
    high: Number = None
