"""Pseudonyms of a case's people: keyed, so that nobody without the key can make or test them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

LENGTH = 12
"""Hexadecimal digits of a pseudonym."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Pseudonyms under two keys; HMAC-SHA256 (RFC 2104), shortened.

    key : of the case, for the patient; it stays in the case folder
    shared : for staff, the same over all cases of one export, so that a therapist of two cases is one therapist

    >>> Pseudonyms(b"k", b"s").patient("c1") == Pseudonyms(b"k", b"t").patient("c1")
    True
    >>> Pseudonyms(b"k", b"s").staff("ida") == Pseudonyms(b"other", b"s").staff("ida")
    True
    """

    key: bytes
    shared: bytes

    def patient(self, name: str) -> str:
        """The pseudonym of the patient, "P" and twelve digits."""
        return f"P{_short(self.key, f'patient {name}')}"

    def staff(self, name: str) -> str:
        """The pseudonym of one of the staff, "T" and twelve digits."""
        return f"T{_short(self.shared, f'staff {name}')}"


def _short(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:LENGTH]
