"""Choosing among judged claims: ``kind=causal study=schmitt-2016 insula``."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator

from forwhom.evidence.audit.verdicts import VERDICTS, Audited
from forwhom.evidence.file_keys import CLAIM_KINDS
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed, short

FILTERS: dict[str, Callable[[Audited], Iterable[str]]] = {
    "id": lambda each: (each.claim.id,),
    "document": lambda each: (each.claim.document,),
    "section": lambda each: (each.section,),
    "kind": lambda each: (each.claim.kind,),
    "verdict": lambda each: (each.verdict,),
    "condition": lambda each: (condition.code for condition in each.conditions),
    "rule": lambda each: (*each.rules, *(name for name, _ in each.downgraded)),
    "cites": lambda each: each.claim.cites,
    "study": lambda each: (row.study for row in each.rows),
    "sample": lambda each: (row.sample for row in each.rows),
    "alone": lambda each: (str(each.alone).lower(),),
    "unquantified": lambda each: (str(each.unquantified).lower(),),
    "downgraded": lambda each: (str(bool(each.downgraded)).lower(),),
}
"""What a filter compares with."""


def choose(audited: Iterable[Audited], query: str = "") -> tuple[Audited, ...]:
    """Claims that fulfil every filter and hold every word; a comma means or.

    Raises `ProblemsFound` with every unknown filter, and every value that no claim has.

    >>> from forwhom import evidence
    >>> from forwhom.evidence.audit.judging import audit
    >>> [each.claim.id for each in choose(audit(evidence.read()), "document=S1 rule=direction-of-claim inhibitory")]
    ['s1-ifg-inhibition']
    """
    audited = tuple(audited)
    problems: list[Problem] = []
    wanted: list[tuple[str, set[str]]] = []
    words: list[str] = []
    for part in _parts(query):
        key, sign, value = part.partition("=")
        if not sign:
            words.append(part.casefold())
        elif key not in FILTERS:
            do = f"{did_you_mean(key, FILTERS)}Choose one."
            found = f"{short(key)} is no filter of claims"
            problems.append(Problem("unknown-filter", do, column=key, found=found, possible=listed(FILTERS, 20)))
        else:
            values = {each.strip().casefold() for each in value.split(",")}
            wanted.append((key, values))
            problems += _unknown(key, values, audited)
    if problems:
        raise ProblemsFound(problems)
    return tuple(
        each
        for each in audited
        if all(values & {here.casefold() for here in FILTERS[key](each)} for key, values in wanted)
        and all(word in _text(each) for word in words)
    )


def _parts(query: str) -> list[str]:
    try:
        return shlex.split(query)
    except ValueError:
        raise ProblemsFound(
            [Problem("wrong-query", "Close the quotes.", column=query, found="an open quote")]
        ) from None


def _unknown(key: str, values: Iterable[str], audited: tuple[Audited, ...]) -> Iterator[Problem]:
    """Values that no claim has, unless they are of a closed list that some ledger could have."""
    known = dict.fromkeys((*CLOSED.get(key, ()), *(here for each in audited for here in FILTERS[key](each))))
    for value in values:
        if known and value not in {each.casefold() for each in known}:
            do = f"{did_you_mean(value, known)}Choose one."
            found = f"{short(value)} is no {NAMED.get(key, key)} of claims"
            yield Problem("unknown-word", do, column=key, found=found, possible=listed(known, 20))


CLOSED = {
    "verdict": VERDICTS,
    "kind": CLAIM_KINDS,
    "alone": ("true", "false"),
    "unquantified": ("true", "false"),
    "downgraded": ("true", "false"),
}
NAMED = {"verdict": "verdict", "cites": "cited study", "study": "deciding study", "sample": "deciding sample"}


def _text(each: Audited) -> str:
    claim = each.claim
    rows = " ".join(row.said for row in each.rows)
    return f"{claim.id} {claim.says} {claim.place} {claim.note} {each.why} {rows}".casefold()
