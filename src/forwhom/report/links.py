"""Links to answers: a question asked of several scales is written out once, then only what it is asked of."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.findings.model import Finding

Link = tuple[str, str]
"""(anchor, words)."""


def links(
    findings: Sequence[Finding], anchors: dict[str, str], among: Sequence[Finding]
) -> tuple[tuple[Link, ...], ...]:
    """Links to the findings, those of one question together, in the order of the first of each.

    among : all findings of the page; what their questions share decides what need not be repeated
    """
    shared = _shared(among)
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(_stem(finding), []).append(finding)
    return tuple(
        tuple(
            (anchors[each.id], each.question if k == 0 else _own(each.question, *shared[stem]))
            for k, each in enumerate(alike)
        )
        for stem, alike in grouped.items()
    )


def _stem(finding: Finding) -> str:
    return ".".join(finding.id.split(".", 2)[:2])


def _shared(findings: Sequence[Finding]) -> dict[str, tuple[int, int]]:
    """How many words all questions of a kind begin with, and how many they end with."""
    asked: dict[str, list[list[str]]] = {}
    for finding in findings:
        asked.setdefault(_stem(finding), []).append(_words(finding.question))
    return {stem: (_alike(each), _alike([words[::-1] for words in each])) for stem, each in asked.items()}


def _words(question: str) -> list[str]:
    return question.rstrip("?").split()


def _alike(each: list[list[str]]) -> int:
    shortest = min(len(words) for words in each)
    return next((k for k in range(shortest) if len({words[k] for words in each}) > 1), shortest)


def _own(question: str, before: int, after: int) -> str:
    """What only this question says; all of it when that is nothing.

    >>> _own("Has BSL-23 changed?", 1, 1)
    'BSL-23'
    """
    words = _words(question)
    return " ".join(words[before : len(words) - after]) or question
