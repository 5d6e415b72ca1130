"""What in the ledger does not agree, found by rule."""

from __future__ import annotations

from collections import Counter

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.evidence import Ledger, check
from forwhom.evidence.contradictions import Kind
from forwhom.evidence.facts import facts
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import ContradictionRow, ContradictionsDetail

METHOD = Method(
    "Rules over the ledger: what is stated twice is compared, what can be counted is counted again",
    options={"counted": "one fact once, whatever number of rules finds it"},
)
WORDS: dict[Kind, tuple[str, str]] = {
    "contradiction": ("contradiction", "contradictions"),
    "to look at": (
        "result has numbers or words that differ and may both be right",
        "results have numbers or words that differ and may both be right",
    ),
    "over-claim": ("claim goes further than its designs can show", "claims go further than their designs can show"),
    "not reported": (
        "statement has no report of results behind it",
        "statements have no report of results behind them",
    ),
    "may be one": ("group of samples may share people", "groups of samples may share people"),
    "recommendation": ("recommendation has no result yet", "recommendations have no result yet"),
    "not repeatable": ("search cannot be repeated", "searches cannot be repeated"),
    "not counted": (
        "finding is of a draft or a withdrawn publication",
        "findings are of drafts or withdrawn publications",
    ),
}


def contradictions(ledger: Ledger, asking: Asking) -> Finding:
    """Every contradiction, open ones first, with its places; then what is none, by kind."""
    made = draft(ledger, asking, "contradictions", "What do the publications say that does not agree?", METHOD)
    found = facts(check(ledger).contradictions, ledger)
    if not found:
        return made.answer("No rule finds a contradiction in the ledger.", (), ContradictionsDetail(()))
    order = list(WORDS)
    found = tuple(sorted(found, key=lambda each: (order.index(each.kind), each.status)))
    kinds = Counter(each.kind for each in found)
    n = kinds["contradiction"]
    open_ = sum(each.kind == "contradiction" and each.status == "open" for each in found)
    statement = f"Publications contradict themselves or each other in {n} {'place' if n == 1 else 'places'}, {open_} of them open."
    rest = [f"{kinds[kind]} {WORDS[kind][kinds[kind] > 1]}" for kind in order[1:] if kinds[kind]]
    if rest:
        statement += f" Beside that, {', '.join(rest)}."
    estimates = [
        Estimate(f"{WORDS[kind][1]}", float(kinds[kind]), unit="contradictions") for kind in order if kinds[kind]
    ]
    rows = tuple(
        ContradictionRow(
            each.kind,
            ", ".join(each.rules),
            each.says,
            tuple(map(str, each.places)),
            each.settle,
            each.status,
            each.how,
        )
        for each in found
    )
    return made.answer(statement, estimates, ContradictionsDetail(rows))
