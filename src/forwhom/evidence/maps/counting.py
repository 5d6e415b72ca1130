"""Counting by independent sample: a sample is one mark in a line, and one that disagrees with itself counts for no side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from forwhom.evidence.filters import Condition, Query, Row
from forwhom.evidence.maps.marks import CONTRASTS, LeftOutRows, Line, Map, Mark, Place, direction_of_rows
from forwhom.evidence.maps.words import (
    above,
    asked_for,
    contrast_of,
    mapped_outcome,
    origin,
    package,
    root,
    scope_of,
)
from forwhom.evidence.model import Ledger
from forwhom.evidence.overlap import Overlap, groups, overlaps
from forwhom.evidence.standing import baseline, only_discussed

KINDS: Mapping[str, str] = {
    "brain": "brain",
    "biomarkers": "biomarker",
    "predictors": "prediction",
    "correlates": "association",
}
"""Kind of results by kind of map."""

APART = ("treatment", "scope", "contrast", "task", "side")
"""What lines can keep apart. Modality and outcome always are."""

DEFAULT_APART = ("treatment", "scope", "contrast")
WHOLES = "wholes"
"""Count results of parts at their whole, too, where the vocabulary names it as one: the anterior cingulate cortex."""
DISCUSSED = "told in a discussion only, and not among the results of the same document"
NARROWING = frozenset(
    (
        "region",
        "seed",
        "target",
        "hemisphere",
        "direction",
        "contrast",
        "marker",
        "result",
        "statistic",
        "p",
        "n",
        "part",
    )
)
"""Filters on where was looked and what was found; the denominator is counted without them."""
ASKING = ("modality", "task", "condition", "scope", "versus", "control", "time", "outcome", "domain")
"""Filters on how, of whom and against what was asked: the denominator is of those who asked so, too."""

Key = tuple[Place, str, str, str, str, str, str]


def counted(
    ledger: Ledger,
    query: str | Query = "",
    *,
    of: str = "brain",
    by: str = "sample",
    parents: bool | str = False,
    apart: Iterable[str] = DEFAULT_APART,
) -> Map:
    """The map of what a query finds.

    of : ``"brain"`` change of regions and connections; ``"biomarkers"``; ``"predictors"`` measured before treatment;
        ``"correlates"`` that go with an outcome
    by : ``"sample"`` (studies that share people are one) or ``"study"``
    parents : count each result at every region its own is part of, too; ``"wholes"`` : only at regions that the vocabulary calls
        a whole. A broader region that would only repeat one of its parts is left out, unless the query names it
    apart : of `APART`; activation, volume and connectivity are apart whatever is asked

    A filter on how was asked (`ASKING`: task, scope, modality …) narrows the denominators, too; one on the place or on what was
    found does not. `maps.parts` takes a line apart by device and task.

    The same result stated in two places counts once, at its first. Dropping out is told as the other side of completing.
    Results of groups without the treatment, states before it, and what a review tells in its discussion only are left out and
    told. Samples that may be one never count as two (`Line.count`).

    Raises ValueError for another `of`, `by` or `apart`, `ProblemsFound` for a query
    that cannot be read.

    >>> from forwhom import evidence
    >>> found = counted(evidence.read(), "treatment=dbt region=acc modality=activation scope=all", parents=True)
    >>> [(line.contrast, line.count("decrease")) for line in found.lines if line.place.ids == ("acc",)]
    [('time', 1), ('healthy', 1)]
    """
    keep = tuple(apart)
    if of not in KINDS or by not in ("sample", "study") or not set(keep) <= set(APART):
        raise ValueError(f"of is one of {', '.join(KINDS)}; by is sample or study; apart are of {', '.join(APART)}")
    asked, found = asked_for(ledger, query)
    restated = any(condition.key == "part" for condition in asked.conditions)
    used, again, left = _sorted_out(found, ledger, of, restated)
    groups_: dict[Key, dict[str, list[Row]]] = {}
    reported: dict[tuple[Place, str, str], dict[str, None]] = {}
    for row in used:
        unit, treatment = _unit(row, by), _treatment(row, ledger, keep)
        for place in places(row, ledger, parents=parents):
            key = _key(row, place, treatment, keep, ledger)
            groups_.setdefault(key, {}).setdefault(unit, []).append(row)
            reported.setdefault(_about(key, of), {})[unit] = None
    stated_again = _by_origin(again, used, left)
    maybe = overlaps(ledger) if by == "sample" else ()
    named = {value for each in asked.conditions if each.key in ("region", "marker") for value in each.values}
    repeated = _repeated(groups_, named, ledger) if parents else set()
    lines = [
        Line(*key, _marks(units, stated_again, maybe), tuple(reported[_about(key, of)]))
        for key, units in groups_.items()
        if key[:2] not in repeated
    ]
    measured = _measured(ledger, asked, of, by, keep)
    within = " ".join(_typed(each) for each in asked.conditions if _narrows(each, ledger))
    ordered = tuple(sorted(lines, key=_order(ledger)))
    return Map(of, by, parents, ordered, _by_treatment(measured), tuple(left), measured, within)


def places(row: Row, ledger: Ledger, *, parents: bool | str = False) -> Iterator[Place]:
    """Where a row counts: its region, connection, marker or predictor; with `parents` also what that is part of."""
    result = row.result

    def up(kind: str, name: str) -> tuple[str, ...]:
        if not parents:
            return (name,)
        broader, terms = above(kind, name, ledger), ledger.vocabulary.sets.get(kind, {})
        keep = (each for each in broader if each == name or (each in terms and terms[each].whole))
        return broader if parents is True else tuple(keep)

    modality = root("modalities", result.modality, ledger)
    word = ledger.vocabulary.label
    ends = [each for each in (result.seed or result.region, result.target) if each]
    if result.seed or result.target:
        ways = [up("regions", end) if parents is True else (end,) for end in ends]
        for pair in dict.fromkeys(tuple(sorted(each)) for each in product(*ways)):
            if len(ends) == 1 or pair[0] != pair[1]:
                label = " – ".join(word("regions", each) for each in pair)
                yield Place(pair, label, modality, _group("regions", pair[0], ledger))
    elif result.region:
        for region in up("regions", result.region):
            yield Place((region,), word("regions", region), modality, _group("regions", region, ledger))
    elif result.marker:
        for marker in up("markers", result.marker):
            yield Place((marker,), word("markers", marker), modality, _group("markers", marker, ledger))
    elif result.predictor:
        yield Place((result.predictor.casefold(),), result.predictor, modality, "Clinical")


def _group(kind: str, name: str, ledger: Ledger) -> str:
    return ledger.vocabulary.label(kind, root(kind, name, ledger))


def _repeated(found: Mapping[Key, Mapping[str, list[Row]]], named: set[str], ledger: Ledger) -> set[tuple[Place, str]]:
    """Broader places that hold nothing but the results of one of their parts, under one treatment; not those that were named."""
    held: dict[tuple[Place, str], dict[str, Row]] = {}
    for key, units in found.items():
        held.setdefault(key[:2], {}).update({row.id: row for rows in units.values() for row in rows})
    by_rows: dict[tuple[str, frozenset[str]], list[Place]] = {}
    for (place, treatment), rows in held.items():
        by_rows.setdefault((treatment, frozenset(rows)), []).append(place)
    return {
        (place, treatment)
        for (treatment, _), alike in by_rows.items()
        for place in alike
        if not named & set(place.ids) and any(other != place and _inside(other, place, ledger) for other in alike)
    }


def _inside(narrow: Place, wide: Place, ledger: Ledger) -> bool:
    """Whether one place is a part of the other: a region or marker, or both ends of a connection in any order."""
    if narrow.modality != wide.modality or len(narrow.ids) != len(wide.ids):
        return False
    kind = "regions" if wide.ids[0] in ledger.vocabulary.sets.get("regions", {}) else "markers"
    ways = (wide.ids, wide.ids[::-1])
    return any(all(w in above(kind, n, ledger) for n, w in zip(narrow.ids, way, strict=True)) for way in ways)


def _sorted_out(
    found: Iterable[Row], ledger: Ledger, of: str, restated: bool
) -> tuple[list[Row], list[Row], list[LeftOutRows]]:
    """Rows that count, rows that state one of them again, and the others with the reason."""
    used: list[Row] = []
    again: list[Row] = []
    left: dict[str, list[Row]] = {}
    discussed = set() if restated else {row.id for row in only_discussed(ledger)}
    for row in found:
        if row.result.kind != KINDS[of]:
            continue
        why = _why_not(row, ledger, of) or (DISCUSSED if row.id in discussed else "")
        if why:
            left.setdefault(why, []).append(row)
        elif row.result.same_as and not restated:
            again.append(row)
        else:
            used.append(row)
    return used, again, [LeftOutRows(why, tuple(rows)) for why, rows in left.items()]


def _why_not(row: Row, ledger: Ledger, of: str) -> str:
    result = row.result
    if "synthesis" in above("designs", row.study.design.kind, ledger):
        return "of reviews, which are no sample of their own"
    if row.arm is None or not row.arm.treatment:
        return "of groups without a treatment: healthy controls, usual care, patients who were only examined"
    if of == "predictors":
        return "measured after treatment began" if result.time else ""
    if baseline(row):
        return "measured before treatment"
    if not (result.region or result.seed or result.target or result.marker or result.predictor):
        return "without a region, marker or predictor"
    return ""


def _about(key: Key, of: str) -> tuple[Place, str, str]:
    """What a denominator is of: the place under a treatment, and the outcome where rows are about one."""
    return key[0], key[1], key[4] if of in ("predictors", "correlates") else ""


def _by_origin(again: Iterable[Row], used: Iterable[Row], left: list[LeftOutRows]) -> dict[str, list[Row]]:
    """Restatements by the id of what they restate; those of a result that is not in the map are told."""
    there = {row.id for row in used}
    found: dict[str, list[Row]] = {}
    lost: list[Row] = []
    for row in again:
        if origin(row) in there:
            found.setdefault(origin(row), []).append(row)
        else:
            lost.append(row)
    if lost:
        left.append(LeftOutRows("that state again a result which is not asked for", tuple(lost)))
    return found


def _unit(row: Row, by: str) -> str:
    return row.study.sample if by == "sample" else row.study.id


def _treatment(row: Row, ledger: Ledger, keep: tuple[str, ...]) -> str:
    return package(row.arm.treatment, ledger) if row.arm and "treatment" in keep else ""


def _key(row: Row, place: Place, treatment: str, keep: tuple[str, ...], ledger: Ledger) -> Key:
    contrast = contrast_of(row, ledger)
    return (
        place,
        treatment,
        scope_of(row, ledger) if "scope" in keep else "",
        contrast if "contrast" in keep or contrast == "level" else "",
        mapped_outcome(row),
        row.result.task if "task" in keep else "",
        row.result.hemisphere if "side" in keep else "",
    )


def _marks(
    units: Mapping[str, list[Row]], stated_again: Mapping[str, list[Row]], maybe: tuple[Overlap, ...]
) -> tuple[Mark, ...]:
    first = groups(units, maybe)
    marks = []
    for unit, rows in units.items():
        again = [each for row in rows for each in stated_again.get(row.id, ())]
        marks.append(Mark(unit, direction_of_rows(rows), tuple(rows), tuple(again), first[unit]))
    return tuple(marks)


def _measured(
    ledger: Ledger, asked: Query, of: str, by: str, keep: tuple[str, ...]
) -> dict[tuple[str, str, str, str], tuple[str, ...]]:
    """Units with any result of a modality, by treatment, device and task: conditions on places and findings do not narrow it."""
    broad = Query(tuple(each for each in asked.conditions if each.key not in NARROWING))
    used, _, _ = _sorted_out(asked_for(ledger, broad)[1], ledger, of, restated=False)
    units: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for row in used:
        device, task = row.result.modality, "" if row.result.task == "structural-scan" else row.result.task
        key = (root("modalities", device, ledger), _treatment(row, ledger, keep), device, task)
        units.setdefault(key, {})[_unit(row, by)] = None
    return {key: tuple(each) for key, each in units.items()}


def _by_treatment(
    measured: Mapping[tuple[str, str, str, str], tuple[str, ...]],
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The same whatever the device and task."""
    units: dict[tuple[str, str], dict[str, None]] = {}
    for (modality, treatment, _, _), each in measured.items():
        units.setdefault((modality, treatment), {}).update(dict.fromkeys(each))
    return {key: tuple(each) for key, each in units.items()}


def _narrows(condition: Condition, ledger: Ledger) -> bool:
    """Whether a condition is on how was asked; a whole modality is none, as denominators are of one modality anyway."""
    whole = all(root("modalities", word, ledger) == word for word in condition.values)
    return condition.key in ASKING and not (condition.key == "modality" and condition.operator == "=" and whole)


def _typed(condition: Condition) -> str:
    return f"{condition.key}{condition.operator}{','.join(condition.values)}"


def _order(ledger: Ledger) -> Callable[[Line], tuple[object, ...]]:
    """By modality, group and region in the order of the vocabulary, then treatment, scope and contrast."""
    regions = list(ledger.vocabulary.sets.get("regions", {}))
    groups = {ledger.vocabulary.label("regions", each): i for i, each in enumerate(regions)}
    modalities = list(ledger.vocabulary.sets.get("modalities", {}))
    scopes = list(ledger.vocabulary.sets.get("scopes", {}))
    contrasts = list(CONTRASTS)

    def at(names: list[str], name: str) -> int:
        return names.index(name) if name in names else len(names)

    def key(line: Line) -> tuple[object, ...]:
        place = line.place
        return (
            at(modalities, place.modality),
            groups.get(place.group, len(groups)),
            place.group,
            tuple(at(regions, each) for each in place.ids),
            place.label,
            line.treatment,
            line.outcome,
            at(scopes, line.scope),
            at(contrasts, line.contrast),
            line.task,
            line.side,
        )

    return key
