"""What the papers claim, judged by the rows of the ledger: a finding per document."""

from __future__ import annotations

from collections import Counter

from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.asking import draft
from forwhom.evidence import Ledger
from forwhom.evidence.audit import VERDICTS, Audited, audit, standing_alone
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import ClaimCondition, ClaimRow, ClaimsDetail, SectionVerdicts

METHOD = Method(
    "Rules over the ledger: each claim asks the rows a question; what the rows tell, and do not tell, gives the verdict",
    options={
        "counted": "results of the studies' own parts; repeats in abstracts and discussions do not count",
        "samples": "studies that share people count as one sample",
        "causes": "only randomised arms that differ in what is named as the cause can carry a claim of a cause",
        "compound claims": "each part is judged, and the least supported decides",
    },
)


def claims(ledger: Ledger, asking: Asking) -> tuple[Finding, ...]:
    """Every claim of every document."""
    documents: dict[str, list[Audited]] = {}
    for each in audit(ledger):
        documents.setdefault(each.claim.document, []).append(each)
    return tuple(_of_document(name, found, ledger, asking) for name, found in sorted(documents.items()))


def _of_document(name: str, found: list[Audited], ledger: Ledger, asking: Asking) -> Finding:
    known = ledger.documents.get(name)
    label = known.label if known else name
    made = draft(
        ledger, asking, f"claims.{name.lower()}", f"Which claims of “{label}” hold by the rows of the ledger?", METHOD
    )
    verdicts = Counter(each.verdict for each in found)
    causes = [each for each in found if each.downgraded]
    words = sum(each.unquantified for each in found)
    counted = [each for each in found if each.reproduced is not None]
    right = sum(each.reproduced is True for each in counted)
    parts = [_told(each, verdicts[each]) for each in VERDICTS if verdicts[each]]
    statement = f"Of {_n(len(found), 'claim')}, {_listed(parts)}."
    own = standing_alone(found)
    statement += f" {own}" if own else ""
    contradicted = [each.claim.says.rstrip(".") for each in found if each.verdict == "contradicted"]
    if contradicted:
        statement += f" Contradicted: {'; '.join(f'“{says}”' for says in contradicted)}."
    else:
        statement += " None is contradicted."
    statement += f" {words} give no number."
    if counted:
        wrong = len(counted) - right
        statement += f" Of {_n(len(counted), 'count')}, {right} agree with the rows and {wrong} {'does' if wrong == 1 else 'do'} not."
    if causes:
        statement += f" Behind {_n(len(causes), 'claim')} of a cause stands an association at most."
    if all(row.source.document == name for each in found for row in each.rows):
        made.caution(
            "own-account",
            "All rows are what the document itself tells of the studies; whether the studies' own publications say so was not read.",
        )
    estimates = [Estimate(f"claims {each}", float(verdicts[each]), unit="claims", n=len(found)) for each in VERDICTS]
    estimates.append(
        Estimate("claims of a count that the rows give as printed", float(right), unit="claims", n=len(counted))
    )
    alone = sum(each.alone for each in found)
    supported = sum(each.verdict.startswith("supported") for each in found)
    estimates.append(
        Estimate("supported claims that rest on the document alone", float(alone), unit="claims", n=supported)
    )
    sections: dict[str, Counter[str]] = {}
    for each in found:
        sections.setdefault(each.section, Counter())[each.verdict] += 1
    detail = ClaimsDetail(
        document=name,
        label=label,
        verdicts=VERDICTS,
        sections=tuple(
            SectionVerdicts(section, tuple(counts[each] for each in VERDICTS)) for section, counts in sections.items()
        ),
        rows=tuple(map(_row, found)),
    )
    return made.answer(statement, estimates, detail)


def _told(verdict: str, n: int) -> str:
    if verdict == "recommendation":
        return f"{n} {_is(n)} {'a recommendation' if n == 1 else 'recommendations'}"
    return f"{n} {_is(n)} {verdict}"


def _row(each: Audited) -> ClaimRow:
    claim = each.claim
    return ClaimRow(
        id=claim.id,
        section=each.section,
        place=claim.place,
        line=claim.line,
        kind=claim.kind,
        says=claim.says,
        verdict=each.verdict,
        why=each.why,
        conditions=tuple(ClaimCondition(condition.code, condition.says) for condition in each.conditions),
        rows=_by_study(each),
        studies=each.studies,
        samples=each.samples,
        people=each.people,
        alone=each.alone,
        unquantified=each.unquantified,
        downgraded=tuple(rule for rule, _ in each.downgraded),
        expected=each.expected,
        found=each.found,
        would_take=each.would_take,
    )


SIDE = {"for": "", "against": "against: ", "near": "instead: "}


def _by_study(each: Audited) -> tuple[str, ...]:
    """A line per study and side: its first row with its place, and how many more there are."""
    first: dict[tuple[str, str], list[str]] = {}
    for row in each.rows:
        first.setdefault((row.side, row.study), []).append(f"{row.said} ({row.source})")
    return tuple(
        f"{SIDE[side]}{study}: {rows[0]}" + (f", and {len(rows) - 1} more" if len(rows) > 1 else "")
        for (side, study), rows in first.items()
    )


def _n(n: int, one: str) -> str:
    return f"{n} {one if n == 1 else one + 's'}"


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


def _listed(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
