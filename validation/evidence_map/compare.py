"""The map of the ledger beside the table written by hand: every line, in both directions; and counts by paper beside counts by sample."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from forwhom import evidence
from forwhom.evidence.maps import KINDS, Line, counted

HERE = Path(__file__).parent
Entry = tuple[str, ...]


def by_hand() -> dict[Entry, tuple[str, str]]:
    """By map, modality, place, treatment, scope, contrast and outcome: what each sample found, and the studies."""
    with (HERE / "by_hand.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    keys = ("map", "modality", "place", "treatment", "scope", "contrast", "outcome")
    return {tuple(row[key] for key in keys): (row["found"], row["studies"]) for row in rows}


def by_map(ledger: evidence.Ledger) -> dict[Entry, tuple[str, str]]:
    """The same from the ledger: what the review tells."""
    return {
        key: value
        for of in KINDS
        for key, value in (_entry(of, line) for line in counted(ledger, "document=S1", of=of).lines)
    }


def _entry(of: str, line: Line) -> tuple[Entry, tuple[str, str]]:
    contrast = line.contrast if of in ("brain", "biomarkers") else ""
    key = (of, line.place.modality, "+".join(line.place.ids), line.treatment, line.scope, contrast, line.outcome)
    found = ";".join(f"{mark.unit}={mark.direction}" for mark in sorted(line.marks, key=lambda mark: mark.unit))
    studies = ";".join(sorted({study for mark in line.marks for study in mark.studies}))
    return key, (found, studies)


PAPER = (
    # what the review says, its lines, how many papers it says, query, direction
    ("imaging studies of DBT", "121", 9, "treatment=dbt part=results", ""),
    ("less amygdala activity, most of all in responders", "472-474", 2,
     "treatment=dbt region=amygdala modality=activation", "decrease"),
    ("… of them in all patients", "", None, "treatment=dbt region=amygdala modality=activation scope=all", "decrease"),
    ("… of them in responders", "", None, "treatment=dbt region=amygdala modality=activation scope=responders", "decrease"),
    ("less ACC activity", "487-488", 2, "treatment=dbt region=acc modality=activation scope=all", "decrease"),
    ("less ACC activity in responders", "488-489", 2, "treatment=dbt region=acc modality=activation scope=responders", "decrease"),
    ("more ACC volume", "490-491", 1, "treatment=dbt region=acc modality=volume", "increase"),
    ("left amygdala to dorsal ACC", "491-494", 1, "treatment=dbt seed=amygdala target=dorsal-acc", "increase"),
    ("less anterior insula activity", "508-510", 2, "treatment=dbt region=anterior-insula modality=activation", "decrease"),
    ("more anterior insula activity", "510-511", 1, "treatment=dbt region=anterior-insula modality=activation", "increase"),
    ("inferior frontal gyrus, any change", "522-523", 3, "treatment=dbt region=inferior-frontal", ""),
    ("… less activity with arousing stimuli", "525-526", 1, "treatment=dbt region=inferior-frontal task=passive-viewing", "decrease"),
    ("… more activity in inhibitory control", "526-527", 1, "treatment=dbt region=inferior-frontal task=go-no-go", "increase"),
    ("… more volume", "524-525", 1, "treatment=dbt region=inferior-frontal modality=volume", "increase"),
    ("neurofeedback, less amygdala activity", "596-612", 2, "treatment=neurofeedback region=amygdala", "decrease"),
    ("psychodynamic therapy, neural", "615-633", 3, "treatment=psychodynamic-family", ""),
)  # fmt: skip


def counts(ledger: evidence.Ledger) -> Iterator[tuple[str, str, int | None, int, int]]:
    """What the review says; lines; papers by the review, by the rows, and independent samples."""
    for says, lines, papers, query, direction in PAPER:
        numbers = []
        for by in ("study", "sample"):
            found = counted(ledger, f"document=S1 {query}", by=by, apart=("treatment", "scope"))
            units = {
                mark.unit
                for line in found.lines
                if line.place.modality != "transmission" or "psychodynamic" in query
                for mark in line.marks
                if direction in ("", mark.direction)
            }
            numbers.append(len(units))
        yield says, lines, papers, numbers[0], numbers[1]


def main() -> None:
    """Print what differs, then the counts."""
    ledger = evidence.read()
    hand, found = by_hand(), by_map(ledger)
    for key in sorted(set(hand) | set(found)):
        if hand.get(key) != found.get(key):
            print(f"DIFFERS {key}: by hand {hand.get(key)}, by the map {found.get(key)}")
    print(
        f"{len(set(hand) & set(found))} lines in both, {sum(hand.get(key) == value for key, value in found.items())} equal"
    )
    print("\n| The review | Lines | It counts | Studies | Samples |\n|---|---|---|---|---|")
    for says, lines, papers, studies, samples in counts(ledger):
        print(f"| {says} | {lines} | {'–' if papers is None else papers} | {studies} | {samples} |")


if __name__ == "__main__":
    main()
