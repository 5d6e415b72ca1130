"""Samples that are not known to be separate: they may be one, and never count as two independent ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from forwhom.evidence.model import Ledger, Study
from forwhom.evidence.naming import surname
from forwhom.evidence.vocabulary import plain

AUTHORS = 2
"""One name in common is found among groups that share nobody."""
MOST = 20
"""Studies alike in all that is compared up to which every pair of them is told in any case."""
YEARS = 6
"""Publications of one sample seldom lie further apart."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two samples that may be one. `studies` are the pairs that suggest it, `authors` the names they share."""

    samples: tuple[str, str]
    studies: tuple[tuple[str, str], ...]
    authors: tuple[str, ...]


def families(study: Study) -> set[str]:
    """Family names of the authors."""
    return {family(author) for author in study.citation.authors}


def family(author: str) -> str:
    """The family name of "Domínguez-Clavé E" or "Clarkin, J. F.".

    >>> family("Domínguez-Clavé E"), family("Clarkin, J. F."), family("Linehan")
    ('domínguez clavé', 'clarkin', 'linehan')
    """
    return plain(surname(author))


def overlaps(ledger: Ledger, *, every: bool = True) -> tuple[Overlap, ...]:
    """Pairs of samples whose studies have two authors, a disorder and a treatment in common, at most six years apart.

    every : False gives, of very many studies that are alike in all of this, only the pairs of the first with each other one

    A study that names no treatment may have any. Another setting, another number randomised, or `separate` in one of the
    files, which says that a source tells them apart, keeps two samples apart. Reviews have no sample.

    >>> from forwhom import evidence
    >>> [each.samples for each in overlaps(evidence.read()) if "schmitgen-2019-sample" in each.samples]
    [('dbt-inpatient-fmri', 'schmitgen-2019-sample')]
    """
    of: dict[str, list[Study]] = defaultdict(list)
    for study in ledger.studies.values():
        if study.counts and "synthesis" not in ledger.vocabulary.broader("designs", study.design.kind):
            for name in families(study):
                of[name].append(study)
    treatments = {study.id: _treatments(study, ledger) for studies in of.values() for study in studies}
    heaped = {} if every else _heaps(ledger, treatments)
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, studies in of.items():
        for a, b in _pairs(studies, heaped):
            if a.sample != b.sample and abs(a.citation.year - b.citation.year) <= YEARS:
                shared[a.id, b.id].append(name)
    apart: dict[frozenset[str], bool] = {}
    found: dict[tuple[str, str], tuple[list[tuple[str, str]], dict[str, None]]] = {}
    for (first, second), names in shared.items():
        a, b = ledger.studies[first], ledger.studies[second]
        both = frozenset((a.sample, b.sample))
        apart[both] = apart.get(both, False) or _told_apart(a, b)
        if len(names) >= AUTHORS and not apart[both] and _alike(a, b, treatments):
            pairs, authors = found.setdefault((min(both), max(both)), ([], {}))
            pairs.append((first, second))
            authors.update(dict.fromkeys(sorted(names)))
    return tuple(
        Overlap(samples, tuple(pairs), tuple(authors))
        for samples, (pairs, authors) in found.items()
        if not apart[frozenset(samples)]
    )


def independent(samples: Iterable[str], found: Sequence[Overlap]) -> tuple[int, int]:
    """How many independent samples these are: at least, where all that may be one are one; at most.

    >>> independent(["a", "b", "c"], [Overlap(("a", "b"), (), ())])
    (2, 3)
    """
    names = list(dict.fromkeys(samples))
    return len(set(groups(names, found).values())), len(names)


def groups(samples: Iterable[str], found: Sequence[Overlap]) -> dict[str, str]:
    """Each sample with the first of those that may be one with it, among these samples, in however many steps."""
    first = {name: name for name in samples}
    for each in found:
        a, b = each.samples
        if a in first and b in first:
            keep, give = sorted((first[a], first[b]), key=list(first).index)
            first = {name: keep if to == give else to for name, to in first.items()}
    return first


def _heaps(ledger: Ledger, treatments: Mapping[str, set[str]]) -> dict[str, Study]:
    """Study → the first of a heap: of more than `MOST` studies with nothing that could tell one pair of them from another."""
    studies = [ledger.studies[name] for name in treatments]
    of_sample = Counter(study.sample for study in ledger.studies.values())
    named = {name for study in ledger.studies.values() for name in study.separate}
    alike: dict[tuple[object, ...], list[Study]] = defaultdict(list)
    for study in studies:
        if of_sample[study.sample] == 1 and not study.separate and study.sample not in named:
            p = study.population
            about = (study.citation.year, tuple(sorted(p.disorder)), p.setting, study.design.randomised)
            key = (tuple(sorted(families(study))), *about, tuple(sorted(treatments[study.id])))
            alike[key].append(study)
    return {study.id: heap[0] for heap in alike.values() if len(heap) > MOST for study in heap[1:]}


def _pairs(studies: Sequence[Study], first: Mapping[str, Study]) -> Iterator[tuple[Study, Study]]:
    yield from combinations([study for study in studies if study.id not in first], 2)
    yield from ((first[study.id], study) for study in studies if study.id in first)


def _told_apart(a: Study, b: Study) -> bool:
    """A file says so; or both tell a setting, or how many were randomised, and differ."""
    if a.sample in b.separate or b.sample in a.separate:
        return True
    pairs = ((a.population.setting, b.population.setting), (a.design.randomised, b.design.randomised))
    return any(x and y and x != y for x, y in pairs)


def _alike(a: Study, b: Study, treatments: Mapping[str, set[str]]) -> bool:
    if set(a.population.disorder).isdisjoint(b.population.disorder):
        return False
    mine, others = treatments[a.id], treatments[b.id]
    return not mine or not others or not mine.isdisjoint(others)


def _treatments(study: Study, ledger: Ledger) -> set[str]:
    """Words of the arms with what they are forms and parts of; families, and what holds every treatment, are left out."""
    terms = ledger.vocabulary.sets.get("treatments", {})
    found: set[str] = set()
    for arm in study.arms:
        above = ledger.vocabulary.broader("treatments", arm.treatment) if arm.treatment else ()
        found |= {each for each in above if each == arm.treatment or (each in terms and terms[each].parents)}
    return {each for each in found if not each.endswith("-family")}
