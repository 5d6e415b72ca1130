"""Sentences of the maps: how many of how many samples, in whom, with which task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forwhom.evidence import Ledger, Row
from forwhom.evidence.maps import DIRECTIONS, Line, Map, Mark, counted
from forwhom.evidence.samples import of_rows
from forwhom.findings import Estimate

WORDS = {
    "activation": ("more", "less", "no change"),
    "volume": ("more", "less", "no change"),
    "connectivity": ("stronger", "weaker", "no change"),
    "predictors": ("higher", "lower", "no difference"),
    "correlates": ("rises with it", "falls as it rises", "unrelated"),
    "": ("increase", "decrease", "no change"),
}
"""Words for the three directions, by modality or kind of map."""
MOST = 5
"""Places a statement names in full."""
LISTED = 5
"""Places it names where each rests on one sample."""


def words_for(of: str, modality: str = "") -> tuple[tuple[str, str], ...]:
    """The directions of a map with their words."""
    words = WORDS.get(of) or WORDS.get(modality) or WORDS[""]
    return tuple(zip(DIRECTIONS[of], words, strict=True))


def number(n: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> number(1, "sample"), number(2, "study", "studies")
    ('1 sample', '2 studies')
    """
    return f"{n} {one if n == 1 else many or one + 's'}"


def units(n: int, by: str) -> str:
    """Samples or studies."""
    return number(n, by, "studies" if by == "study" else "")


def joined(parts: Sequence[str]) -> str:
    """In a sentence: a, b and c."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def small(label: str) -> str:
    """A label in the middle of a sentence; abbreviations keep their capitals.

    >>> small("Passive viewing"), small("DNA methylation")
    ('passive viewing', 'DNA methylation')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def capital(text: str) -> str:
    """At the begin of a sentence."""
    return text[:1].upper() + text[1:]


def rows_of(lines: Iterable[Line]) -> tuple[Row, ...]:
    """Every counted row once."""
    return tuple({row.id: row for line in lines for mark in line.marks for row in mark.rows}.values())


def size(rows: Sequence[Row]) -> str:
    """Samples, studies and people behind rows."""
    people = of_rows(rows)
    studies = len({row.study.id for row in rows})
    known = len(people.samples) - len(people.unknown)
    told = number(people.distinct, "person", "people") if known else "numbers of people not stated"
    if people.unknown and known:
        told += f" in the {known} that state{'s' if known == 1 else ''} a number"
    return f"{number(len(people.samples), 'independent sample')} ({number(studies, 'study', 'studies')}; {told})"


def main_treatment(lines: Sequence[Line]) -> str:
    """The treatment with the most samples; among equals that with the most lines."""
    samples: dict[str, set[str]] = {}
    for line in lines:
        samples.setdefault(line.treatment, set()).update(mark.unit for mark in line.marks)
    many = [line.treatment for line in lines]
    return max(samples, key=lambda each: (len(samples[each]), many.count(each), each))


def shared_places(lines: Sequence[Line], of: Map, ledger: Ledger) -> list[list[Line]]:
    """Places that more than one sample reports, most samples first; of places inside each other the narrowest."""
    places: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        if of.of == "brain" and line.outcome:
            continue  # groups by one symptom: in the table
        about = line.outcome if of.of in ("predictors", "correlates") else ""
        places.setdefault((line.place.modality, about, *line.place.ids), []).append(line)
    shared = {key: each for key, each in places.items() if len(each[0].reported) > 1}
    kept = [each for key, each in shared.items() if not any(_inside(other, key, ledger) for other in shared)]
    return sorted(kept, key=lambda each: -len(each[0].reported))[:MOST]


def _inside(a: tuple[str, ...], b: tuple[str, ...], ledger: Ledger) -> bool:
    """Whether a is a part of b: modality, outcome, then one region, or the two ends of a connection in any order."""
    if a == b or a[:2] != b[:2] or len(a) != len(b):
        return False
    ways = (b[2:], b[:1:-1])
    broader = ledger.vocabulary.broader
    return any(all(wide in broader("regions", narrow) for narrow, wide in zip(a[2:], way, strict=True)) for way in ways)


def place_sentence(lines: Sequence[Line], of: Map, ledger: Ledger) -> str:
    """One place: how many of the samples that measured its modality report on it, and what they found in whom."""
    first = lines[0]
    every = of.measured.get((first.place.modality, first.treatment), ())
    told = "; ".join(f"{whom(line, ledger)} {found(line, of, ledger)}" for line in lines)
    return f"{first.place.label} ({len(first.reported)} of {len(every)}): {told}."


def whom(line: Line, ledger: Ledger) -> str:
    """The group of people, and the outcome it is about."""
    label = {"all": "all patients", "more-improved": "more improved", "less-improved": "less improved"}
    group = label.get(line.scope) or small(ledger.vocabulary.label("scopes", line.scope))
    return f"{group} ({small(ledger.vocabulary.label('outcomes', line.outcome))})" if line.outcome else group


def found(line: Line, of: Map, ledger: Ledger) -> str:
    """Directions with how many samples and which tasks."""
    parts = []
    more = (("mixed", "results that differ"), ("not stated", "a direction not stated"))
    for key, word in (*words_for(of.of, line.place.modality), *more):
        marks = [mark for mark in line.marks if mark.direction == key]
        if marks:
            parts.append(f"{word} in {len(marks)}{_tasks(marks, ledger)}")
    return joined(parts)


def _tasks(marks: Sequence[Mark], ledger: Ledger) -> str:
    tasks = {task for mark in marks for task in mark.tasks}
    labels = sorted(task_words(ledger.vocabulary.label("tasks", each)) for each in tasks)
    return f" ({', '.join(labels)})" if labels else ""


def task_words(label: str) -> str:
    """A task in a few words.

    >>> task_words("Passive viewing of emotional pictures"), task_words("n-back")
    ('passive viewing', 'n-back')
    """
    return small(label.split(" of ")[0].split(" from ")[0].split(",")[0])


def listed_places(lines: Sequence[Line], of: Map, ledger: Ledger) -> str:
    """Places of which each rests on one sample, by group, outcome and direction."""
    parts: dict[str, dict[str, None]] = {}
    for line in lines:
        words = dict(words_for(of.of, line.place.modality)) | {
            "mixed": "differing",
            "not stated": "direction not stated",
        }
        for mark in line.marks:
            key = f"{words[mark.direction]} ({_about(line, of, ledger)})"
            parts.setdefault(key, {})[" – ".join(small(each) for each in line.place.label.split(" – "))] = None
    told = []
    for word, places in parts.items():
        names = list(places)
        shown = joined(names) if len(names) <= LISTED else f"{', '.join(names[:LISTED])} and {len(names) - LISTED} more"
        told.append(f"{word}: {shown}")
    return "; ".join(told)


def _about(line: Line, of: Map, ledger: Ledger) -> str:
    """Whom or what: a predictor is of its outcome."""
    if of.of in ("predictors", "correlates"):
        return small(ledger.vocabulary.label("outcomes", line.outcome)) if line.outcome else "outcome not named"
    return whom(line, ledger)


def told(lines: Sequence[Line], rolled: Map, of: Map, ledger: Ledger) -> tuple[str, list[Line]]:
    """The sentences on the treatment with the most samples, then one on the others; and the lines they count.

    lines : of the map as coded; rolled : the map in which narrower regions count as part of broader ones
    """
    main = main_treatment(lines)
    modality = {line.place.modality for line in lines}
    mine = [line for line in lines if line.treatment == main]
    wide = [line for line in rolled.lines if line.treatment == main and line.place.modality in modality]
    n = len({mark.unit for line in mine for mark in line.marks})
    shared = shared_places(wide, rolled, ledger)
    with_ = "With" if of.of in ("predictors", "correlates") else "After"
    begin = f"{with_} {small(ledger.vocabulary.label('treatments', main))}, {units(n, of.by)}"
    if shared:
        says = f"{begin}. " + " ".join(place_sentence(each, rolled, ledger) for each in shared)
        says += " The rest is reported by one each." if _rest(mine, shared) else ""
    else:
        says = f"{begin}, nothing reported by more than one. {capital(listed_places(mine, of, ledger))}."
    others = sorted({line.treatment for line in lines} - {main})
    if others:
        many = len({mark.unit for line in lines if line.treatment != main for mark in line.marks})
        says += f" {capital(number(len(others), 'other treatment'))}: {units(many, of.by)}."
    return says, [line for each in shared for line in each]


def _rest(mine: Sequence[Line], shared: Sequence[Sequence[Line]]) -> bool:
    named = {row.id for each in shared for line in each for mark in line.marks for row in mark.rows}
    rest = {line.place for line in mine if not {row.id for mark in line.marks for row in mark.rows} <= named}
    return bool(rest) and all(len({m.unit for m in line.marks}) == 1 for line in mine if line.place in rest)


def estimates(lines: Sequence[Line], of: Map, ledger: Ledger) -> list[Estimate]:
    """A number for each direction of each place that a statement names."""
    made = []
    for line in lines:
        treatment = ledger.vocabulary.label("treatments", line.treatment)
        for key, word in words_for(of.of, line.place.modality):
            n = line.count(key)
            if n:
                name = f"{line.place.label}, {treatment}, {whom(line, ledger)}: {word}"
                made.append(Estimate(name, float(n), unit=units(2, of.by)[2:]))
    return made


def rolled(ledger: Ledger, query: str, of: str, by: str) -> Map:
    """The map with every result at everything its region is part of, contrasts together."""
    return counted(ledger, query, of=of, by=by, parents=True, apart=("treatment", "scope"))
