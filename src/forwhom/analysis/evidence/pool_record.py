"""One pool as a record: of the ledger's comparisons, or of a table of trials."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.analysis.asking import Asking, Fingerprinted, provenance
from forwhom.analysis.evidence.answer import ledger_card
from forwhom.analysis.evidence.choosing import Choice, chosen, trait_named
from forwhom.analysis.evidence.pooling import Wish, pooled, slug
from forwhom.analysis.evidence.signs import signs
from forwhom.evidence import Ledger
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.pairing import comparisons as of_ledger
from forwhom.findings import Record, StudyCard
from forwhom.findings.model import ProblemNote
from forwhom.findings.record import VERSION
from forwhom.problems import Problem, ProblemsFound


def pool_record(
    ledger: Ledger,
    choice: Choice,
    wish: Wish,
    asking: Asking | None = None,
    *,
    table: Fingerprinted | None = None,
    name: str = "",
    comparisons: Sequence[Comparison] | None = None,
    notices: Sequence[Problem] = (),
) -> Record:
    """Pool what is chosen.

    table, name, comparisons, notices : of a table of trials; None pools the ledger's own comparisons
    wish : its traits may be named as a reader would (dose, severity, risk-of-bias)

    Raises ProblemsFound for words that no comparison has, all at once.
    """
    asking = asking or Asking()
    every = of_ledger(ledger) if comparisons is None else tuple(comparisons)
    problems: list[Problem] = []
    kept: tuple[Comparison, ...] = ()
    try:
        kept = chosen(every, choice, ledger.vocabulary)
    except ProblemsFound as found:
        problems += found.problems
    named: dict[str, str] = {}
    for trait in (*wish.by, *wish.moderators):
        try:
            named[trait] = trait_named(trait, every)
        except ProblemsFound as found:
            problems += found.problems
    if problems:
        raise ProblemsFound(problems)
    meant = Wish(
        wish.measure, tuple(named[each] for each in wish.by), tuple(named[each] for each in wish.moderators), wish.rho
    )
    finding = pooled(
        table or ledger,
        asking,
        slug(choice.treatment, choice.outcome),
        kept,
        meant,
        column=signs(every) if table else None,
    )
    card = ledger_card(ledger) if table is None else _card(name, every)
    notes = tuple(
        ProblemNote(str(each).partition("\n")[0] + " " + each.do, each.file or name, each.count, each.severity)
        for each in notices
    )
    return Record(VERSION, card, (finding,), notes, provenance(table or ledger, asking))


def _card(name: str, every: Sequence[Comparison]) -> StudyCard:
    """What the page says about a table of trials."""
    samples = {each.sample for each in every}
    years = sorted(each.year for each in every if each.year is not None)
    groups: dict[str, float] = {}
    for each in every:
        for group in (each.one, each.two):
            groups[group.id] = max(groups.get(group.id, 0.0), group.n or 0.0)
    people = round(sum(groups.values()))
    outcomes = dict.fromkeys(each.outcome_label for each in every)
    facts: list[tuple[str, tuple[str, ...]]] = [
        ("Comparisons", (f"{len(every)} in {len(samples)} independent samples",)),
        ("People", (f"{people}, each group counted once",)),
        ("Outcomes", tuple(outcomes)[:12]),
    ]
    if years:
        facts.append(("Published", (f"{years[0]} to {years[-1]}",)))
    return StudyCard(
        name="evidence", title=f"Trials of {name}", source=name, time_unit="month", arms=(), scales=(), registered=None,
        primary=None, persons=people, tables={"comparisons": len(every)}, about="evidence", facts=tuple(facts),
    )  # fmt: skip
