"""What a study reports instead of what a claim says of it."""

from __future__ import annotations

from forwhom.evidence.checks.places import SECOND_HAND
from forwhom.evidence.filters import Row, of_study, parse
from forwhom.evidence.model import Claim, Ledger, Study

MOST = 2
"""A row that fails more conditions is about something else."""
NARROWER = ("scope", "hemisphere", "task", "time", "versus")
"""Keys in which a row may be narrower than a claim and still speak of it."""
SUBJECT = ("region", "seed", "target", "marker", "outcome", "mediator", "kind", "treatment")


def nearest(claim: Claim, study: Study, ledger: Ledger) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows of a study that fail the fewest conditions of a claim's query, and the conditions they fail.

    Rows of abstracts and discussions are left out where the query does not ask for them. Empty where nothing is near.
    """
    query = parse(claim.query, ledger)
    parts = any(each.key == "part" for each in query.conditions)
    best: list[Row] = []
    keys: tuple[str, ...] = ()
    fewest = MOST + 1
    for row in of_study(study):
        if not parts and row.result.source.part in SECOND_HAND:
            continue
        failed = tuple(dict.fromkeys(each.key for each in query.conditions if not each.holds(row, ledger)))
        if len(failed) < fewest or (len(failed) == fewest and failed == keys):
            best = [row] if len(failed) < fewest else [*best, row]
            fewest, keys = len(failed), failed
    return (tuple(best), keys) if best else ((), ())


def retold(claim: Claim, study: Study, ledger: Ledger) -> tuple[Row, ...]:
    """Rows of the abstract or discussion that say what a claim says of a study."""
    query = parse(claim.query, ledger)
    return tuple(
        row
        for row in of_study(study)
        if row.result.source.part in SECOND_HAND and all(each.holds(row, ledger) for each in query.conditions)
    )
