"""Rows that cannot all hold, or that point away from each other: a whole and its parts, two papers of one sample,
a level before treatment in those with an outcome and without it, a change that goes further from the healthy level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from forwhom.evidence.checks.places import of_result
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.filters import Row, of_study
from forwhom.evidence.model import Ledger, Result, Study
from forwhom.evidence.standing import SECOND_HAND, baseline, concluded

PARTS = (("more-improved", "less-improved"), ("responders", "non-responders"), ("completers", "non-completers"))
"""Scopes that together are everybody."""
WELL = ("more-improved", "responders", "best-responders", "completers")
OTHERS = (("completion", "dropout"),)
"""Outcomes of which everybody has one."""
TURNED = {"increase": "decrease", "decrease": "increase"}
FALLS = {"increase": "rises", "decrease": "falls"}
PUBLICATION = "The publication of the study itself, with the numbers of every part."


def whole_against_its_parts(ledger: Ledger) -> Iterator[Contradiction]:
    """Everybody moves one way, and both parts that make up everybody the other way."""
    for study in ledger.studies.values():
        rows = _changes(study, ledger)
        whole = [row for row in rows if row.result.scope in ("", "all")]
        for one, other in PARTS:
            for a in (row for row in rows if row.result.scope == one):
                for b in (row for row in rows if row.result.scope == other):
                    same = a.result.region == b.result.region and a.result.outcome == b.result.outcome
                    if not same or not _alike(a, b, ledger) or a.result.direction != b.result.direction:
                        continue
                    against = [
                        row
                        for row in whole
                        if row.result.direction == TURNED[a.result.direction] and _alike(row, a, ledger)
                    ]
                    if against:
                        yield Contradiction(
                            "whole-against-parts",
                            f"Over everybody {_named(against, ledger)} {_verb(against, ledger)}, and {_named([a], ledger)} "
                            f"{FALLS[a.result.direction]} both in {_scope(a, ledger)} and in {_scope(b, ledger)}"
                            f"{_about(a, ledger)}.",
                            tuple(map(_place, (*against, a, b))),
                            PUBLICATION,
                        )


def improvement_against_parts(ledger: Ledger) -> Iterator[Contradiction]:
    """A change goes with improvement over everybody; those who improved less show it too, or those who improved more do not."""
    for study in ledger.studies.values():
        changes = _changes(study, ledger)
        told: dict[tuple[int | None, str], list[tuple[Row, tuple[Row, ...]]]] = defaultdict(list)
        for row in _associations(study, ledger):
            way = _with_improvement(row, ledger)
            against = tuple(
                each
                for each in changes
                if each.result.scope in ("more-improved", "less-improved")
                and each.result.direction == (TURNED[way] if each.result.scope in WELL else way)
                and _akin("outcomes", _domain(each), _domain(row), ledger)
                and _alike(row, each, ledger)
            )
            if against:
                told[row.result.source.line, way].append((row, against))
        for (_, way), found in told.items():
            rows = [row for row, _ in found]
            parts = tuple({each.id: each for _, these in found for each in these}.values())
            shown = "; ".join(
                f"{_named([each], ledger)} {FALLS[each.result.direction]} in {_scope(each, ledger)}{_about(each, ledger)}"
                for each in parts
            )
            yield Contradiction(
                "improvement-against-parts",
                f"Over everybody improvement goes with {'more' if way == 'increase' else 'less'} activity of {_named(rows, ledger)}; "
                f"by part, {shown}.",
                tuple(map(_place, (*rows, *parts))),
                PUBLICATION,
            )


def one_sample_two_ways(ledger: Ledger) -> Iterator[Contradiction]:
    """Two papers of one sample: improvement goes with more activity in one and with less in the other, in regions that touch."""
    together: dict[str, list[Study]] = defaultdict(list)
    for study in ledger.studies.values():
        if study.counts:
            together[study.sample].append(study)
    for studies in together.values():
        for a, b in combinations(studies, 2):
            pairs = [
                (x, y)
                for x in _associations(a, ledger)
                for y in _associations(b, ledger)
                if _with_improvement(x, ledger) != _with_improvement(y, ledger) and _alike(x, y, ledger, beside=True)
            ]
            pairs += [
                (x, y)
                for x in _changes(a, ledger)
                for y in _changes(b, ledger)
                if y.result.direction == TURNED[x.result.direction]
                and (x.result.scope or "all") == (y.result.scope or "all")
                and x.result.outcome == y.result.outcome
                and _alike(x, y, ledger)
            ]
            if pairs:
                mine, its = ({row.id: row for row in side}.values() for side in zip(*pairs, strict=True))
                yield Contradiction(
                    "one-sample-two-ways",
                    f"In one sample: {_ways(mine, ledger)} ({a.id}), and {_ways(its, ledger)} ({b.id}).",
                    tuple(map(_place, (*mine, *its))),
                    "The publications themselves; whether outcome, task or part of the region differ.",
                )


def lower_in_both(ledger: Ledger) -> Iterator[Contradiction]:
    """A level before treatment is lower in those with an outcome, and lower in those without it."""
    for study in ledger.studies.values():
        found = [
            row
            for row in of_study(study)
            if row.result.kind == "prediction"
            and row.result.direction in ("higher", "lower")
            and not row.result.same_as
        ]
        for one, other in OTHERS:
            here = [row for row in found if row.result.outcome == one]
            there = [row for row in found if row.result.outcome == other]
            for a in here:
                against = [
                    b
                    for b in there
                    if b.result.direction == a.result.direction and _subject(a, b, ledger) and _alike(a, b, ledger)
                ]
                if against:
                    label = ledger.vocabulary.label
                    yield Contradiction(
                        "lower-in-both",
                        f"Before treatment {_named([a], ledger)} is {a.result.direction} in those with "
                        f"{label('outcomes', one).lower()} and {a.result.direction} in those with {label('outcomes', other).lower()}.",
                        tuple(map(_place, (a, *against))),
                        "The publication of the study itself: which parts of the region are meant.",
                    )


def away_from_healthy(ledger: Ledger) -> Iterator[Contradiction]:
    """Patients differ from healthy people in one direction, and after treatment go further in it."""
    levels = [
        row
        for study in ledger.studies.values()
        if study.counts
        for row in of_study(study)
        if row.arm is not None
        and row.arm.role == "patients"
        and row.result.kind == "brain"
        and row.result.direction in TURNED
        and row.result.region
    ]
    if not levels:
        return
    treated = [
        row
        for study in ledger.studies.values()
        if study.counts
        for row in _changes(study, ledger)
        if row.arm is not None and row.arm.role == "treatment" and row.result.source.part not in SECOND_HAND
    ]
    for level in levels:
        further = [
            row
            for row in treated
            if row.result.direction == level.result.direction
            and set(row.study.population.disorder) & set(level.study.population.disorder)
            and _alike(level, row, ledger)
        ]
        if further:
            word = {"increase": "more", "decrease": "less"}[level.result.direction]
            shown = ", ".join(dict.fromkeys(f"{row.study.id}{_of_whom(row, ledger)}" for row in further))
            yield Contradiction(
                "away-from-healthy",
                f"{_first(_named([level], ledger))} is {word} active in patients ({level.study.id}) and {FALLS[level.result.direction]} "
                f"further after treatment ({shown}): away from the level of healthy people.",
                tuple(map(_place, (level, *further))),
                "Levels of patients and healthy people before and after, in one study with one task.",
            )


def _changes(study: Study, ledger: Ledger) -> list[Row]:
    """Rows of a change of the brain or a marker, each told once, none concluded from something else."""
    return [
        row
        for row in of_study(study)
        if row.result.kind in ("brain", "biomarker")
        and row.result.direction in TURNED
        and not (row.result.same_as or baseline(row) or concluded(row))
    ]


def _associations(study: Study, ledger: Ledger) -> list[Row]:
    return [
        row
        for row in of_study(study)
        if row.result.kind == "association"
        and row.result.region
        and not row.result.same_as
        and row.result.direction in ("positive", "negative")
        and _better(row, ledger) in ("lower", "higher")
    ]


def _with_improvement(row: Row, ledger: Ledger) -> str:
    """Which way activity goes where people improve."""
    return "increase" if (row.result.direction == "positive") == (_better(row, ledger) == "higher") else "decrease"


def _domain(row: Row) -> str:
    measure = row.study.measure(row.result.outcome)
    return row.result.domain or (measure.domain if measure else row.result.outcome)


def _better(row: Row, ledger: Ledger) -> str:
    measure = row.study.measure(row.result.outcome)
    term = ledger.vocabulary.sets.get("outcomes", {}).get(_domain(row))
    return row.result.better or (measure.better if measure else None) or (term.better if term else None) or ""


def _alike(a: Row, b: Row, ledger: Ledger, *, beside: bool = False) -> bool:
    """Whether two rows are of the same thing, as far as both say: arm, region and side, connection, marker, modality, task.

    beside : regions that are parts of one region are alike too
    """
    x, y = a.result, b.result
    if (a.study is b.study and x.arm != y.arm) or not _subject(a, b, ledger, beside=beside):
        return False
    sides = {x.hemisphere, y.hemisphere} - {"", "bilateral"}
    tasks = not x.task or not y.task or _akin("tasks", x.task, y.task, ledger)
    modalities = not x.modality or not y.modality or _akin("modalities", x.modality, y.modality, ledger)
    return len(sides) < 2 and tasks and modalities


def _subject(a: Row, b: Row, ledger: Ledger, *, beside: bool = False) -> bool:
    x, y = a.result, b.result
    if bool(x.region) != bool(y.region) or (x.seed, x.target, x.marker) != (y.seed, y.target, y.marker):
        return False
    return not x.region or _near(x.region, y.region, ledger, beside=beside)


def _near(a: str, b: str, ledger: Ledger, *, beside: bool) -> bool:
    """The same region, or one a part of the other by one step: a lobe says little of its gyri."""
    terms = ledger.vocabulary.sets.get("regions", {})
    up, other = (set(terms[word].parents) if word in terms else set() for word in (a, b))
    return a == b or a in other or b in up or (beside and bool(up & other))


def _akin(kind: str, a: str, b: str, ledger: Ledger) -> bool:
    return a == b or b in ledger.vocabulary.broader(kind, a) or a in ledger.vocabulary.broader(kind, b)


def _named(rows: Iterable[Row], ledger: Ledger) -> str:
    return " and ".join(dict.fromkeys(_what(row.result, ledger) for row in rows))


def _verb(rows: Sequence[Row], ledger: Ledger) -> str:
    one = FALLS[rows[0].result.direction]
    return one if len({_what(row.result, ledger) for row in rows}) == 1 else one[:-1]


def _what(result: Result, ledger: Ledger) -> str:
    label = ledger.vocabulary.label
    side = f"{result.hemisphere} " if result.hemisphere in ("left", "right") else ""
    if result.region:
        return f"{side}{_small(label('regions', result.region))}"
    if result.marker:
        return label("markers", result.marker)
    return f"{_small(label('regions', result.seed))} to {_small(label('regions', result.target))}"


def _small(label: str) -> str:
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _scope(row: Row, ledger: Ledger) -> str:
    return _small(ledger.vocabulary.label("scopes", row.result.scope))


def _of_whom(row: Row, ledger: Ledger) -> str:
    return f", {_scope(row, ledger)}" if row.result.scope not in ("", "all") else ""


def _about(row: Row, ledger: Ledger) -> str:
    return f" ({_small(ledger.vocabulary.label('outcomes', _domain(row)))})" if row.result.outcome else ""


def _ways(rows: Iterable[Row], ledger: Ledger) -> str:
    told = []
    for row in rows:
        if row.result.kind == "association":
            word = {"increase": "more", "decrease": "less"}[_with_improvement(row, ledger)]
            told.append(f"improvement{_about(row, ledger)} goes with {word} activity of {_what(row.result, ledger)}")
        else:
            told.append(f"{_what(row.result, ledger)} {FALLS[row.result.direction]}")
    return " and ".join(dict.fromkeys(told))


def _place(row: Row) -> Place:
    result = row.result
    told = [result.hemisphere, result.region or result.marker, result.direction, result.outcome, result.scope]
    return of_result(row.study, result, " ".join(each for each in told if each), "direction")
