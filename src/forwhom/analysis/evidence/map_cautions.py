"""What a reader of a map must know before leaning on counts."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.analysis.evidence.asking import LedgerDraft
from forwhom.analysis.evidence.map_words import number, units
from forwhom.evidence import Ledger, Row
from forwhom.evidence.maps import Line, Map
from forwhom.evidence.maps.asked import device_counts
from forwhom.evidence.maps.gaps import level_of
from forwhom.evidence.overlap import overlaps
from forwhom.evidence.samples import of_rows
from forwhom.evidence.standing import concluded, concluded_words


def add_cautions(made: LedgerDraft, found: Map, lines: Sequence[Line], rows: Sequence[Row], ledger: Ledger) -> None:
    """Those that hold for these lines and their rows."""
    of = found.of
    made.caution(
        "counts-not-effects",
        "A count says in how many samples something was reported, not how large or how certain it is. What was not found is "
        "told less often, and a place that nobody names may not have been looked at.",
    )
    people = of_rows(rows)
    sizes = [(sample.most, sample.at_least) for sample in people.samples if sample.most is not None]
    if sizes:
        most, least = max(sizes)
        unknown = len(people.unknown)
        more = f"; {unknown} state{'s' if unknown == 1 else ''} no number" if unknown else ""
        made.caution(
            "small-samples",
            f"The largest sample has {'at least ' if least else ''}{number(most, 'person', 'people')}{more}.",
        )
    maybe = [each for each in overlaps(ledger) if {row.study.sample for row in rows} & set(each.samples)]
    if maybe:
        pairs = "; ".join(f"{' and '.join(each.samples)} ({', '.join(_names(each.authors))})" for each in maybe)
        made.caution(
            "samples-may-be-one",
            f"Authors, disorder and treatment in common, and nothing that tells them apart: {pairs}. Where both are in a count, they "
            "count as one.",
        )
    for modality in dict.fromkeys(line.place.modality for line in lines):
        devices = device_counts(found, modality, ledger)
        if len(devices) > 1:
            told = ", ".join(f"{words} {n}" for words, n in devices)
            label = ledger.vocabulary.label("modalities", modality)
            made.caution(
                "devices-together",
                f"{label} holds several devices ({units(2, found.by)[2:]}: {told}). They see other signals and other parts of the "
                "brain; each count names its device and task, and the table tells them apart.",
            )
    signs = [row for row in rows if concluded(row)]
    if signs:
        told = "; ".join(f"{row.study.id}: {concluded_words(row)}" for row in signs)
        made.caution("concluded-not-tested", f"No test of this change is told, and it counts for no direction: {told}.")
    if of in ("brain", "biomarkers"):
        made.caution("change-without-comparison", f"{causal(rows, ledger)} {NOT_CAUSE}")
    second = {row.study.id for row in rows if row.result.source.document != "self"}
    if second:
        studies = number(len({row.study.id for row in rows}), "study", "studies")
        made.caution(
            "told-by-others",
            f"{len(second)} of {studies} {'is' if len(second) == 1 else 'are'} coded as other papers tell "
            f"{'it' if len(second) == 1 else 'them'}, not from {'its' if len(second) == 1 else 'their'} own publication.",
        )
    other = [row for line in lines for mark in line.marks for row in mark.otherwise]
    if other:
        where = "; ".join(dict.fromkeys(f"{row.study.id}: {row.result.source}" for row in other))
        made.caution(
            "stated-otherwise",
            f"A counted result is stated with another direction or side elsewhere; the first statement counts ({where}).",
        )
    if of == "predictors":
        made.caution(
            "predictors-untested",
            "A difference before treatment between people with one outcome and with another is no prediction: that takes "
            "people whom the rule has not seen.",
        )


def _names(authors: Sequence[str]) -> list[str]:
    names = [each.title() for each in authors]
    return names if len(names) < 4 else [*names[:3], f"{len(names) - 3} more"]


NOT_CAUSE = (
    "Change over time, or beside healthy people, also holds what would have come without the treatment. It does not show that the "
    "treatment is the cause."
)


def causal(rows: Sequence[Row], ledger: Ledger) -> str:
    """How far the designs carry a claim that the treatment is the cause."""
    by_chance, compared = set(), set()
    for row in rows:
        level = level_of(row, ledger)
        if level == "randomised":
            by_chance.add(row.study.sample)
        if level in ("randomised", "comparison"):
            compared.add(row.study.sample)
    n = len({row.study.sample for row in rows})
    whole = number(n, "sample")
    if by_chance:
        return (
            f"{len(by_chance)} of {whole} {'has' if len(by_chance) == 1 else 'have'} a comparison of randomised groups."
        )
    if not compared:
        return "No result compares treated with other patients."
    has = "has" if len(compared) == 1 else "have"
    return f"No result compares randomised groups; {len(compared)} of {whole} {has} a comparison with other patients."
