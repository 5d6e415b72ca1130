"""What a printed number may have been before it was rounded."""

from __future__ import annotations

from forwhom.evidence.model import Printed


def decimals(number: float) -> int:
    """Decimals as printed; of a plain float those of its shortest form.

    >>> decimals(Printed("3.30")), decimals(57), decimals(2.5)
    (2, 0, 1)
    """
    text = number.text if isinstance(number, Printed) else repr(number)
    if "e" in text.lower():
        return max(0, -int(text.lower().split("e")[1]))
    after = text.partition(".")[2]
    return 0 if not isinstance(number, Printed) and after == "0" else len(after)


def half(number: float) -> float:
    """Half a unit of the last printed digit, with room for the machine's own rounding."""
    return 0.5 * 10.0 ** -decimals(number) * (1 + 1e-9) + 1e-12


def agree(a: float, b: float) -> bool:
    """Whether two printed numbers can be the same number, rounded differently.

    >>> agree(Printed("0.39"), Printed("0.4")), agree(31, 32)
    (True, False)
    """
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return abs(a - b) <= max(half(a), half(b))
