"""What is open about the studies of a pool: contradictions that nobody settled."""

from __future__ import annotations

from collections.abc import Iterable

from forwhom.evidence import Ledger, check
from forwhom.evidence.facts import facts

MAY_BE_ONE = ("one-sample-or-two", "may-be-one-sample", "same-numbers")
"""Rules of `evidence.check` that find samples which may share people."""
_last: tuple[str, dict[str, tuple[str, ...]]] = ("", {})


def open_about(ledger: Ledger, studies: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Study → what is contradictory in it and open; only studies of which something is.

    >>> from forwhom import evidence
    >>> open_about(evidence.read(), ["bateman-fonagy-2009", "goodman-2014"]).keys()
    dict_keys(['bateman-fonagy-2009'])
    """
    global _last
    if _last[0] != ledger.fingerprint:
        _last = (ledger.fingerprint, _by_study(ledger))
    return {name: _last[1][name] for name in dict.fromkeys(studies) if name in _last[1]}


def _by_study(ledger: Ledger) -> dict[str, tuple[str, ...]]:
    """Of all studies; a claim on a study is the claim's matter."""
    found: dict[str, dict[str, None]] = {}
    for fact in facts(check(ledger).contradictions, ledger):
        if (
            fact.kind not in ("contradiction", "to look at")
            or fact.status == "settled"
            or fact.places[0].of not in ledger.studies
        ):
            continue
        for name in {place.of for place in fact.places if place.of in ledger.studies}:
            found.setdefault(name, {})[fact.members[0].says] = None
    return {name: tuple(says) for name, says in found.items()}


def may_be_one(ledger: Ledger) -> tuple[tuple[frozenset[str], str], ...]:
    """Studies of different samples that may share people, with the sentence of the rule; what somebody settled is left out."""
    return tuple(
        (frozenset(place.of for place in each.places), each.says)
        for each in check(ledger).contradictions
        if each.rule in MAY_BE_ONE and each.status == "open"
    )
