"""People counted twice, and one sample described in two ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.model import Ledger, Source, Study
from forwhom.evidence.naming import fact_named, value_named
from forwhom.evidence.overlap import YEARS, families, overlaps


def samples_told_twice(ledger: Ledger) -> Iterator[Contradiction]:
    """Studies with as many people, the same design and disorder and an author in common, that name different samples."""
    alike: dict[tuple[object, ...], list[Study]] = defaultdict(list)
    for study in ledger.studies.values():
        numbers = tuple(sorted(arm.n for arm in study.arms if arm.n is not None and arm.role != "healthy"))
        if numbers and sum(numbers) > 2:
            for name in families(study):
                alike[(numbers, study.design.kind, study.population.disorder, name)].append(study)
    shared: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, studies in alike.items():
        for near in _within_years(studies):
            if len({study.sample for study in near}) > 1:
                shared[tuple(study.id for study in near)].append(str(key[-1]).title())
    for ids, names in shared.items():
        yield Contradiction(
            "one-sample-or-two",
            f"{', '.join(ids)} have as many people, the same design and {', '.join(sorted(names))} among the authors, "
            f"and name different samples.",
            tuple(
                Place(name, "sample", ledger.studies[name].sample, ledger.studies[name].design.source) for name in ids
            ),
            "Dates and places of recruitment, or a register number; else the authors.",
        )


def samples_that_may_be_one(ledger: Ledger) -> Iterator[Contradiction]:
    """Samples with authors, disorder and treatment in common that nothing tells apart: they count as one."""
    told = {frozenset(place.of for place in each.places) for each in samples_told_twice(ledger)}
    for each in overlaps(ledger, every=False):
        if any(set(pair) <= names for pair in each.studies for names in told):
            continue
        ids = dict.fromkeys(name for pair in each.studies for name in pair)
        authors = ", ".join(name.title() for name in each.authors)
        yield Contradiction(
            "may-be-one-sample",
            f"{' and '.join(each.samples)} may be one sample: {authors} among the authors, a disorder and a treatment in common, and "
            "nothing that tells them apart. Where both are in a count, they count as one.",
            tuple(
                Place(name, "sample", ledger.studies[name].sample, ledger.studies[name].design.source) for name in ids
            ),
            "Dates and places of recruitment, or a register number; then one sample, or separate in one of the files.",
        )


def _within_years(studies: list[Study]) -> Iterator[list[Study]]:
    """Studies in order of year, parted where more than `YEARS` lie between two."""
    group: list[Study] = []
    for study in sorted(studies, key=lambda study: (study.citation.year, study.id)):
        if group and study.citation.year - group[-1].citation.year > YEARS:
            yield group
            group = []
        group.append(study)
    if group:
        yield group


def one_sample_that_differs(ledger: Ledger) -> Iterator[Contradiction]:
    """Studies of one sample agree in disorder, setting and how people came into the arms."""
    together: dict[str, list[Study]] = defaultdict(list)
    for study in ledger.studies.values():
        together[study.sample].append(study)
    for studies in together.values():
        for a, b in combinations(studies, 2):
            for key, x, y in (
                (
                    "population.disorder",
                    ", ".join(sorted(a.population.disorder)),
                    ", ".join(sorted(b.population.disorder)),
                ),
                ("population.setting", a.population.setting, b.population.setting),
                ("population.sex", a.population.sex, b.population.sex),
                ("design.randomised", str(a.design.randomised or ""), str(b.design.randomised or "")),
            ):
                if x and y and x != y:
                    yield Contradiction(
                        "one-sample-differs",
                        f"{a.id} and {b.id} share a sample and differ. "
                        f"{fact_named(a, key)}: {_shown(key, x, ledger)}, and {_shown(key, y, ledger)}.",
                        tuple(Place(study.id, key, value, _source(study, key)) for study, value in ((a, x), (b, y))),
                        "Whether one is a part of the other, or they are two samples.",
                    )


def _shown(key: str, value: str, ledger: Ledger) -> str:
    return ", ".join(value_named(key, each, ledger) for each in value.split(", "))


def _source(study: Study, key: str) -> Source | None:
    return study.design.source if key.startswith("design") else study.population.source
