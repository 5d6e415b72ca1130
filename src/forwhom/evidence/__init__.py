"""Published studies as data: the ledger, what may stand in it, and what in it does not agree.

>>> from forwhom import evidence
>>> ledger = evidence.read()
>>> len(evidence.rows(ledger, "study=schmitt-2016 modality=connectivity direction=increase"))
9
"""

from forwhom.evidence.audit import Audited, audit
from forwhom.evidence.checks import Checked, check
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.filters import Query, Row, parse, rows
from forwhom.evidence.index import Hit, Index, search
from forwhom.evidence.model import (
    Allegiance,
    Arm,
    Bias,
    Citation,
    Claim,
    Design,
    Document,
    Extraction,
    Grid,
    Ledger,
    Measure,
    Population,
    Printed,
    Result,
    Search,
    Source,
    Stated,
    Study,
)
from forwhom.evidence.reading import SHIPPED, read, read_with_problems
from forwhom.evidence.samples import People, of_rows, of_treatment, people
from forwhom.evidence.vocabulary import Term, Vocabulary

__all__ = [
    "SHIPPED",
    "Allegiance",
    "Arm",
    "Audited",
    "Bias",
    "Checked",
    "Citation",
    "Claim",
    "Contradiction",
    "Design",
    "Document",
    "Extraction",
    "Grid",
    "Hit",
    "Index",
    "Ledger",
    "Measure",
    "People",
    "Place",
    "Population",
    "Printed",
    "Query",
    "Result",
    "Row",
    "Search",
    "Source",
    "Stated",
    "Study",
    "Term",
    "Vocabulary",
    "audit",
    "check",
    "of_rows",
    "of_treatment",
    "parse",
    "people",
    "read",
    "read_with_problems",
    "rows",
    "search",
]
