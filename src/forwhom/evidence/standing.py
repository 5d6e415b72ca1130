"""What a row may stand for: a result, a state before treatment, a sign that was concluded, or what only a discussion tells.

Maps, grades and the audit of claims ask these same functions.
"""

from __future__ import annotations

from collections import defaultdict

from forwhom.evidence.filters import Row, of_study
from forwhom.evidence.model import Ledger, Result
from forwhom.evidence.same_result import apart

SECOND_HAND = ("abstract", "introduction", "discussion", "conclusion")
"""Parts that repeat results; a claim is not counted over them, so that it cannot prove itself."""
STATES = ("brain", "biomarker", "means", "events", "statement")
"""Kinds that tell a state or its change; a prediction is measured before treatment and is none."""
CHANGES = {
    ("decrease", "increase"): "loss of a deactivation",
    ("increase", "decrease"): "loss of an activation",
}
"""Before treatment, and the sign of change that was concluded from it: in words."""


def baseline(row: Row) -> bool:
    """Whether it tells the state before treatment: no evidence that treatment changes anything.

    >>> from forwhom import evidence
    >>> rows = evidence.rows(evidence.read(), "study=niedtfeld-2017 region=amygdala arm=dbt part=results")
    >>> [(row.result.id, baseline(row), concluded(row)) for row in rows]
    [('amygdala-pain-before', True, False), ('amygdala-pain-change', False, True)]
    """
    return row.result.time == 0 and row.result.kind in STATES


def concluded(row: Row) -> bool:
    """Whether its direction was concluded here, and no test or number of the change is told."""
    result = row.result
    return result.computed and bool(result.direction) and result.value is None and result.p is None


def concluded_words(row: Row) -> str:
    """A concluded sign in words: from what state before treatment, and that nobody tested it.

    >>> from forwhom import evidence
    >>> rows = evidence.rows(evidence.read(), "study=niedtfeld-2017 result=amygdala-pain-change")
    >>> concluded_words(rows[0])
    'loss of a deactivation (concluded, not tested)'
    """
    mine = row.result
    for each in of_study(row.study):
        its = each.result
        if baseline(each) and _subject(its) == _subject(mine) and (its.direction, mine.direction) in CHANGES:
            return f"{CHANGES[its.direction, mine.direction]} (concluded, not tested)"
    return f"{mine.direction} (concluded, not tested)"


def _subject(result: Result) -> tuple[str, ...]:
    return (result.arm, result.scope, result.region, result.seed, result.target, result.modality, result.marker,
            result.task, result.condition)  # fmt: skip


def only_discussed(ledger: Ledger) -> tuple[Row, ...]:
    """Rows that an abstract or discussion tells and that no other part of the same document reports: not counted anywhere.

    The document reports other results of the study, and results of this kind, in its own parts. Where it reports a whole kind in
    the discussion only (predictors under a heading of their own), that is their report.

    >>> from forwhom import evidence
    >>> sorted(row.id for row in only_discussed(evidence.read()) if row.study.id == "niedtfeld-2017")
    ['niedtfeld-2017/amygdala-acc-connectivity']
    """
    reported: dict[tuple[str, str], list[Result]] = defaultdict(list)
    kinds: set[tuple[str, str]] = set()
    for study in ledger.studies.values():
        for result in study.results:
            if result.source.part not in SECOND_HAND:
                reported[study.id, result.source.document].append(result)
                kinds.add((result.source.document, result.kind))
    found = []
    for study in ledger.studies.values():
        for row in of_study(study):
            mine = row.result
            here = reported[study.id, mine.source.document]
            second = mine.source.part in SECOND_HAND and mine.direction and not mine.same_as
            if not second or not here or (mine.source.document, mine.kind) not in kinds:
                continue
            if not any(mine.kind == each.kind and not apart(mine, each, study, ledger) for each in here):
                found.append(row)
    return tuple(found)
