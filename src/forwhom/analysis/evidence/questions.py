"""The table of questions to the ledger, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from forwhom.analysis.asking import Asking
from forwhom.evidence import Ledger
from forwhom.findings import Finding

Found = Finding | tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class LedgerQuestion:
    """One question to the ledger.

    name : the id of its finding, or the first part of the ids of its findings
    function : module and function in this folder; loaded when asked
    """

    name: str
    function: str

    def ask(self, ledger: Ledger, asking: Asking) -> tuple[Finding, ...]:
        """The answer, or the answers."""
        module, name = self.function.split(".")
        function: Callable[[Ledger, Asking], Found] = getattr(
            import_module(f"forwhom.analysis.evidence.{module}"), name
        )
        found = function(ledger, asking)
        return found if isinstance(found, tuple) else (found,)


LEDGER_QUESTIONS = (
    LedgerQuestion("evidence.grade", "grade.grade"),
    LedgerQuestion("evidence.certainty", "certainty.certainties"),
    LedgerQuestion("evidence.claims", "claims.claims"),
    LedgerQuestion("evidence.map", "maps.brain"),
    LedgerQuestion("evidence.biomarkers", "maps.biomarkers"),
    LedgerQuestion("evidence.predictors", "maps.predictors"),
    LedgerQuestion("evidence.correlates", "maps.correlates"),
    LedgerQuestion("evidence.gaps", "gaps.gaps"),
    LedgerQuestion("evidence.grid", "grids.grids"),
    LedgerQuestion("evidence.searches", "search_logs.searches"),
    LedgerQuestion("evidence.pool", "pools.pools"),
    LedgerQuestion("evidence.recomputed", "recomputed.recomputed"),
    LedgerQuestion("evidence.contradictions", "contradictions.contradictions"),
)
