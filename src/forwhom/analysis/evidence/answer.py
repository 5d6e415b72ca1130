"""Ask the ledger everything: the answers as one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from forwhom.analysis.answer import FAULTS, stopped
from forwhom.analysis.asking import DEFAULT_SEED, Asking, DraftOf, provenance
from forwhom.analysis.by_name import by_name
from forwhom.analysis.evidence.questions import LEDGER_QUESTIONS, LedgerQuestion
from forwhom.evidence import Ledger
from forwhom.evidence.overlap import independent, overlaps
from forwhom.evidence.samples import People, of_treatment
from forwhom.evidence.searches import imported
from forwhom.findings import Finding, Record, StudyCard
from forwhom.findings.record import VERSION


def answer(
    ledger: Ledger,
    *,
    questions: Iterable[str] = (),
    seed: int = DEFAULT_SEED,
    level: float = 0.95,
    progress: Callable[[int, int, str], None] | None = None,
) -> Record:
    """Ask the ledger every question, or those named.

    questions : names of `LEDGER_QUESTIONS`, with or without ``"evidence."``
    progress : called with (done, total, name of the question)

    Raises ProblemsFound for names that are no question.

    >>> from forwhom import evidence
    >>> record = answer(evidence.read(), questions=["contradictions"])
    >>> [finding.id for finding in record.findings]
    ['evidence.contradictions']
    """
    asking = Asking(level=level, seed=seed)
    todo = wanted(questions)
    found: list[Finding] = []
    for done, question in enumerate(todo):
        if progress is not None:
            progress(done, len(todo), question.name)
        found += _ask(question, ledger, asking)
    return Record(VERSION, ledger_card(ledger), tuple(found), (), provenance(ledger, asking))


def wanted(names: Iterable[str]) -> tuple[LedgerQuestion, ...]:
    """The questions of these names; all when none is named."""
    return by_name(LEDGER_QUESTIONS, names, chapter="evidence", to="the ledger")


def _ask(question: LedgerQuestion, ledger: Ledger, asking: Asking) -> tuple[Finding, ...]:
    try:
        return question.ask(ledger, asking)
    except FAULTS as why:
        words = question.name.split(".")[1].replace("_", " ")
        return (stopped(DraftOf(ledger, asking, question.name, f"What can be said of {words}?"), why),)


def ledger_card(ledger: Ledger) -> StudyCard:
    """What the page says about the ledger."""
    studies = ledger.studies.values()
    samples = {study.sample for study in studies}
    low, high = independent(samples, overlaps(ledger))
    many = f"{high} samples" if low == high else f"{low} to {high} samples: some may be one"
    behind = of_treatment(ledger)
    years = sorted(study.citation.year for study in studies)
    coded = [study.extraction.date for study in studies if study.extraction]
    facts: list[tuple[str, tuple[str, ...]]] = [
        ("Studies", (f"{len(ledger.studies)} of {many}",)),
        ("People treated", (_treated(behind, ledger),)),
    ]
    if years:
        facts.append(("Published", (f"{years[0]} to {years[-1]}",)))
    facts.append(("Claims", (str(len(ledger.claims)),)))
    if ledger.documents:
        facts.append(("Coded from", tuple(document.label for document in ledger.documents.values())))
    if coded:
        logged = any(imported(search) for search in ledger.searches.values())
        how = "imports of searches are logged" if logged else "from other papers and no systematic search"
        facts.append(("Coded", (f"last on {max(coded).isoformat()}, {how}",)))
    return StudyCard(
        name="evidence",
        title="What is known",
        source=None,
        time_unit="month",
        arms=(),
        scales=(),
        registered=None,
        primary=None,
        persons=behind.distinct,
        tables={"studies": len(ledger.studies), "claims": len(ledger.claims)},
        about="evidence",
        facts=tuple(facts),
    )


def _treated(behind: People, ledger: Ledger) -> str:
    """At least how many, each sample once, and the trials that tell a total of all their groups only."""
    told = f"{'at least ' if behind.at_least else ''}{behind.distinct}, each sample counted once"
    totals = {
        study.sample: study.design.randomised or study.design.analysed
        for study in ledger.studies.values()
        if study.sample in behind.unknown
        and any(arm.treatment for arm in study.arms)
        and (study.design.randomised or study.design.analysed)
    }
    if totals:
        numbers = " and ".join(str(n) for n in totals.values())
        told += f"; {len(totals)} more {'tells' if len(totals) == 1 else 'tell'} only a total of all groups ({numbers})"
    return told
