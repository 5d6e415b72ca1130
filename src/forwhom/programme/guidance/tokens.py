"""A rule's text as words with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = re.compile(r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*")
RESERVED = frozenset(
    [
        "when",
        "then",
        "always",
        "is",
        "not",
        "and",
        "or",
        "one",
        "of",
        "at",
        "least",
        "most",
        "between",
        "to",
        "consider",
        "avoid",
        "be-careful-with",
    ]
)
_TOKEN = re.compile(r"(?P<space>\s+)|(?P<word>[^\W_][\w.-]*)|(?P<mark>[(),])|(?P<other>.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark; `at` counts characters of the text from 1. The end of the text is a token without text."""

    text: str
    at: int

    def __str__(self) -> str:
        """For a message."""
        return (
            f"'{self.text if len(self.text) <= 40 else self.text[:39] + '…'}'" if self.text else "the end of the rule"
        )


def tokens(text: str) -> list[Token]:
    """Words and marks in lower case, then the end.

    >>> [token.text for token in tokens("when a.b is (low)")]
    ['when', 'a.b', 'is', '(', 'low', ')', '']
    """
    found = [
        Token(match.group().casefold(), match.start() + 1)
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "space"
    ]
    return [*found, Token("", len(text) + 1)]
