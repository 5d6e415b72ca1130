"""Pools of what the ledger carries: one for each treatment and outcome that several groups were compared on."""

from __future__ import annotations

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.analysis.evidence.pooling import pooled, slug
from forwhom.evidence import Ledger
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.pairing import comparisons
from forwhom.findings import Finding, Method

METHOD = Method("Meta-analysis of the comparisons whose numbers the ledger holds")


def pools(ledger: Ledger, asking: Asking) -> tuple[Finding, ...]:
    """A finding per treatment and outcome, forms of a package taken as the package."""
    grouped: dict[tuple[str, str], list[Comparison]] = {}
    for each in comparisons(ledger):
        grouped.setdefault((package(ledger, each.treatments), each.outcome), []).append(each)
    if not grouped:
        made = draft(ledger, asking, "pool", "What do studies together say?", METHOD)
        return (
            made.decline("no study of the ledger states numbers of two groups", "Rows of events, means or effects."),
        )
    return tuple(
        pooled(ledger, asking, slug(treatment, outcome), here) for (treatment, outcome), here in sorted(grouped.items())
    )


def package(ledger: Ledger, treatments: tuple[str, ...]) -> str:
    """The package that a treatment is, or is a form of.

    >>> from forwhom import evidence
    >>> package(evidence.read(), ("mbt-outpatient", "mbt"))
    'mbt'
    """
    if not treatments:
        return "treatment"
    term = ledger.vocabulary.sets["treatments"].get(treatments[0])
    return term.form_of if term is not None and term.form_of else treatments[0]
