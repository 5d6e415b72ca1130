"""What is open about the studies of a pool: contradictions that nobody settled."""

from __future__ import annotations

from collections.abc import Iterable

from forwhom.evidence import Ledger, check
from forwhom.evidence.facts import facts

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
        if fact.kind not in ("contradiction", "to look at") or fact.status == "settled" or fact.places[0].of not in ledger.studies:
            continue
        for name in {place.of for place in fact.places if place.of in ledger.studies}:
            found.setdefault(name, {})[fact.members[0].says] = None
    return {name: tuple(says) for name, says in found.items()}
