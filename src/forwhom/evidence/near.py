"""What a study reports instead of what a claim says of it."""

from __future__ import annotations

from forwhom.evidence.filters import FILTERS, Condition, Row, of_study, parse
from forwhom.evidence.model import Claim, Ledger, Study
from forwhom.evidence.naming import key_named, value_named
from forwhom.evidence.standing import SECOND_HAND, baseline

WIDER = "a broader outcome"
FIXED = {"document", "study", "sample"}
"""A row of another document or study is no nearer for being alike."""
MOST = 2
"""A row that fails more conditions is about something else."""
PART = "a part of everybody"
NARROWER = (PART, WIDER)
"""Where a row differs from a claim and still speaks of it; another side, task, time or group is another result."""
OF = {WIDER: "outcome", PART: "scope"}
SUBJECT = ("region", "seed", "target", "marker", "outcome", "mediator", "kind", "treatment")


def nearest(claim: Claim, study: Study, ledger: Ledger) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows of a study that fail the fewest conditions of a claim's query, and the conditions they fail.

    Rows of abstracts and discussions are left out where the query does not ask for them. Empty where nothing is near, and of a
    study that is withdrawn or a draft. A state before treatment fails at least that: it is none of the claim's rows.
    """
    if not study.counts:
        return (), ()
    query = parse(claim.query, ledger)
    parts = any(each.key == "part" for each in query.conditions)
    best: list[Row] = []
    keys: tuple[str, ...] = ()
    fewest = (MOST + 1, True)
    for row in of_study(study):
        if not parts and row.result.source.part in SECOND_HAND:
            continue
        failed = tuple(
            dict.fromkeys(_named(each, row, ledger) for each in query.conditions if not each.holds(row, ledger))
        )
        if FIXED & set(failed):
            continue
        failed = failed or (("baseline",) if baseline(row) else ())
        if not failed:
            continue
        # Of two rows that fail as many, the one on the same subject is nearer.
        far = (len(failed), bool(set(failed) & set(SUBJECT)))
        if far < fewest:
            best, fewest, keys = [row], far, failed
        elif far == fewest and failed == keys:
            best.append(row)
    return (tuple(best), keys) if best else ((), ())


def instead(row: Row, keys: tuple[str, ...], ledger: Ledger) -> str:
    """What a row tells for the keys in which it differs.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> instead(evidence.rows(ledger, "study=mancke-2018 result=angular")[0], ("modality", "time"), ledger)
    'what was measured: Grey matter volume, time: 12'
    """
    told: list[str] = []
    for key in keys:
        name = OF.get(key, key)
        value = next((each for each in FILTERS[name](row, ledger) if each not in (None, "")), None)
        flag = FLAGS.get((name, str(value) if value is not None else ""))
        shown = f"{value:g}" if isinstance(value, (int, float)) else value_named(name, str(value), ledger)
        told.append(flag or (f"{key_named(name)} not told" if value is None else f"{key_named(name)}: {shown}"))
    return ", ".join(told)


FLAGS = {
    ("ended", "false"): "measured before the treatment ended",
    ("ended", ""): "not told when it was measured",
    ("baseline", "true"): "measured before treatment",
    ("significant", ""): "not told whether significant",
    ("developer", ""): "not told by whom",
}


def _named(condition: Condition, row: Row, ledger: Ledger) -> str:
    """The key that is failed; a broader outcome than asked, and a part where everybody is asked, have names of their own."""
    if condition.key == "scope" and (condition.operator, condition.values) == ("=", ("all",)) and row.result.scope:
        return PART
    if condition.key == "outcome":
        measure = row.study.measure(row.result.outcome)
        told = measure.domain if measure else row.result.outcome
        if any(told in ledger.vocabulary.broader("outcomes", each) for each in condition.values):
            return WIDER
    return condition.key


def retold(claim: Claim, study: Study, ledger: Ledger) -> tuple[Row, ...]:
    """Rows of the abstract or discussion that say what a claim says of a study; none of a study that counts nowhere."""
    if not study.counts:
        return ()
    query = parse(claim.query, ledger)
    return tuple(
        row
        for row in of_study(study)
        if row.result.source.part in SECOND_HAND and all(each.holds(row, ledger) for each in query.conditions)
    )
