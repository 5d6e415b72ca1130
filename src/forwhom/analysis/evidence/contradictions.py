"""What in the ledger does not agree, found by rule."""

from __future__ import annotations

from collections import Counter

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.evidence import Ledger, check
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import ContradictionRow, ContradictionsDetail

METHOD = Method("Rules over the ledger: what is stated twice is compared, what can be counted is counted again")


def contradictions(ledger: Ledger, asking: Asking) -> Finding:
    """Every contradiction, open ones first, with both places."""
    made = draft(ledger, asking, "contradictions", "What do the publications say that does not agree?", METHOD)
    checked = check(ledger)
    found = sorted(checked.contradictions, key=lambda each: each.status)
    if not found:
        return made.answer("No rule finds a contradiction in the ledger.", (), ContradictionsDetail(()))
    rules = Counter(each.rule for each in found)
    most = ", ".join(f"{_words(rule)} ({n})" for rule, n in rules.most_common(3))
    statement = (
        f"The rules find {_many(len(found))} of what publications state, {len(checked.open)} of them open. "
        f"Most are of the {'kinds' if len(rules) > 1 else 'kind'} {most}."
    )
    estimates = [
        Estimate(f"contradictions by the rule {_words(rule)}", float(n), unit="contradictions")
        for rule, n in rules.items()
    ]
    rows = tuple(
        ContradictionRow(each.rule, each.says, tuple(map(str, each.places)), each.settle, each.status, each.how)
        for each in found
    )
    return made.answer(statement, estimates, ContradictionsDetail(rows))


def _many(n: int) -> str:
    return "1 contradiction" if n == 1 else f"{n} contradictions"


def _words(rule: str) -> str:
    return rule.replace("-", " ")
