"""From a map of the ledger to what its picture is drawn from."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.analysis.evidence.map_words import task_words, words_for
from forwhom.evidence import Ledger, Row
from forwhom.evidence.maps import CONTRASTS, DIRECTIONS, OTHERS, WHOLES, Line, Map, Mark, counted, parts
from forwhom.evidence.maps.asked import asked, device_counts, devices_of, part_words
from forwhom.evidence.maps.plain import side_words
from forwhom.evidence.maps.words import CONTRAST_WORDS, FAMILY, contrast_of, outcome_label, reversed_outcome, root
from forwhom.evidence.overlap import overlaps
from forwhom.evidence.samples import of_rows
from forwhom.evidence.standing import concluded, concluded_words
from forwhom.findings.kinds import EvidenceMap, MapCount, MapMark, MapResult, MapRow, MapSample

CONTROLLED = ("usual-care", "other-treatment", "untreated")


def map_of(ledger: Ledger, query: str, of: str, *, by: str = "sample", parents: bool = False) -> Map:
    """The map that list, sentence and picture share: what is compared is kept apart, wholes are counted with their parts."""
    return counted(ledger, query, of=of, by=by, parents=parents or WHOLES)


def detail(ledger: Ledger, of: Map, modality: str | None = None) -> EvidenceMap:
    """What the picture and its tables hold; only one modality where one is named."""
    lines = shown(of, modality)
    counts = [pair for pair in zip(of.lines, parts(of), strict=True) if modality in (None, pair[0].place.modality)]
    return EvidenceMap(
        words_for(of.of, modality or ""),
        of.by,
        of.parents is True,
        tuple(_row(line, of, ledger) for line in lines),
        tuple(_count(line, ways, of, ledger) for line, ways in counts),
        _samples(lines, of, ledger),
        left_out(of, modality, ledger),
        of.within,
    )


def shown(of: Map, modality: str | None = None) -> list[Line]:
    """Lines that are drawn and told: levels compared with other people are no change, and stand in the table of counts."""
    return [line for line in of.lines if line.contrast != "level" and modality in (None, line.place.modality)]


def left_out(of: Map, modality: str | None, ledger: Ledger) -> tuple[tuple[int, str], ...]:
    """How many results the map does not count, and which; only those of one modality where one is named."""
    found = []
    for each in of.left_out:
        rows = [row for row in each.rows if modality in (None, root("modalities", row.result.modality, ledger))]
        if rows:
            found.append((len(rows), each.why))
    return tuple(found)


def _row(line: Line, of: Map, ledger: Ledger) -> MapRow:
    word = ledger.vocabulary.label
    return MapRow(
        line.place.group,
        of.label(line.place),
        word("modalities", line.place.modality),
        word("treatments", line.treatment),
        abbreviation(line.treatment, ledger),
        word("scopes", line.scope),
        group_of(line.scope, ledger),
        word("outcomes", line.outcome),
        tuple(_mark(mark, ledger) for mark in line.marks),
        len(line.reported),
        len(of.measured.get((line.place.modality, line.treatment), ())),
        CONTRAST_WORDS[line.contrast] if of.of in ("brain", "biomarkers") and line.contrast != "time" else "",
    )


def abbreviation(treatment: str, ledger: Ledger) -> str:
    """The treatment's abbreviation where the vocabulary has one, else its label.

    >>> from forwhom import evidence
    >>> abbreviation("dbt", evidence.read())
    'DBT'
    """
    term = ledger.vocabulary.sets.get("treatments", {}).get(treatment)
    family = treatment.endswith(FAMILY)
    names = [each for each in (term.synonyms if term and not family else ()) if each.isupper() and len(each) < 7]
    return names[0] if names else ledger.vocabulary.label("treatments", treatment)


def group_of(scope: str, ledger: Ledger) -> str:
    """The group of people a scope belongs to, for the shape of a mark."""
    top = root("scopes", scope, ledger)
    return "all" if top == "completers" else top


def _mark(mark: Mark, ledger: Ledger) -> MapMark:
    word = ledger.vocabulary.label
    results = [_result(row, ledger, again=False) for row in mark.rows]
    results += [_result(row, ledger, again=True) for row in mark.again]
    return MapMark(
        mark.unit,
        mark.direction,
        any(contrast_of(row, ledger) in CONTROLLED for row in mark.rows),
        mark.n,
        tuple(task_words(word("tasks", each)) for each in mark.tasks),
        side_words(mark),
        mark.differ_by,
        tuple(str(row.result.source) for row in mark.otherwise),
        tuple(results),
        concluded_words(mark.rows[0]) if mark.direction == "concluded" else "",
    )


def _result(row: Row, ledger: Ledger, *, again: bool) -> MapResult:
    result, word = row.result, ledger.vocabulary.label
    ends = [word("regions", each) for each in (result.seed, result.target) if each]
    what = " – ".join(ends) or word("regions", result.region) or word("markers", result.marker) or result.predictor
    contrast = CONTRASTS[contrast_of(row, ledger)] if result.kind in ("brain", "biomarker") else ""
    return MapResult(
        row.study.id,
        what,
        result.hemisphere,
        word("tasks", result.task),
        contrast,
        _direction(row, ledger),
        str(result.source),
        again,
    )


def _direction(row: Row, ledger: Ledger) -> str:
    """As the source has it: a concluded sign is said to be one, an outcome told from its other side is named."""
    told = row.result.direction or "not stated"
    if concluded(row):
        return concluded_words(row)
    return f"{told}, told of {outcome_label(row, ledger).lower()}" if reversed_outcome(row) else told


def _part(part: Line, of: Map, ledger: Ledger) -> str:
    """What one device with one task found: "fMRI, n-back: more 1, in 1 of 1"."""
    words = dict(words_for(of.of, part.place.modality))
    told = [
        f"{words.get(key, OTHER_WORDS.get(key, key))} {part.how_many(key)}"
        for key in (*words, *OTHERS)
        if part.most(key)
    ]
    about = part_words(part, of, ledger)
    return f"{about}: {', '.join(told)} ({len(part.reported)} of {len(asked(of, part))})" if about else ""


OTHER_WORDS = {"mixed": "differs", "concluded": "concluded, not tested"}


def _count(line: Line, ways: tuple[Line, ...], of: Map, ledger: Ledger) -> MapCount:
    word = ledger.vocabulary.label
    found = (*DIRECTIONS[of.of], *OTHERS)
    return MapCount(
        of.label(line.place),
        word("modalities", line.place.modality),
        word("treatments", line.treatment),
        word("scopes", line.scope),
        CONTRASTS[line.contrast] if of.of in ("brain", "biomarkers") else "",
        word("outcomes", line.outcome),
        tuple(line.how_many(each) for each in found),
        len(line.reported),
        len(of.measured.get((line.place.modality, line.treatment), ())),
        tuple(each for each in (_part(part, of, ledger) for part in ways) if each),
    )


def _samples(lines: Sequence[Line], of: Map, ledger: Ledger) -> tuple[MapSample, ...]:
    rows: dict[str, dict[str, Row]] = {}
    for line in lines:
        for mark in line.marks:
            rows.setdefault(mark.unit, {}).update({row.id: row for row in mark.rows})
    may_be: dict[str, list[str]] = {}
    for each in overlaps(ledger) if of.by == "sample" else ():
        for one, other in (each.samples, each.samples[::-1]):
            may_be.setdefault(one, []).append(other)
    many = any(len(device_counts(of, each, ledger)) > 1 for each in {line.place.modality for line in lines})
    return tuple(
        _sample(unit, each, may_be.get(unit, []), devices_of(each, ledger) if many else ())
        for unit, each in ((unit, tuple(each.values())) for unit, each in rows.items())
    )


def _sample(unit: str, rows: tuple[Row, ...], may_be: list[str], devices: tuple[str, ...]) -> MapSample:
    people = of_rows(rows)
    studies = tuple(dict.fromkeys(row.study.id for row in rows))
    return MapSample(
        unit, studies, None if people.unknown else people.distinct, people.at_least, tuple(may_be), devices
    )
