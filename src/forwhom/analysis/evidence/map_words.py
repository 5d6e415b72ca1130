"""Sentences of the maps: how many of how many samples, in whom, with which task."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from forwhom.evidence import Ledger, Row
from forwhom.evidence.maps import DIRECTIONS, OTHERS, Line, Map, Mark
from forwhom.evidence.maps.asked import device_counts, device_words, devices_of
from forwhom.evidence.maps.words import CONTRAST_WORDS, direction_of, goes_with, words_of
from forwhom.evidence.overlap import independent, overlaps
from forwhom.evidence.samples import of_rows
from forwhom.evidence.standing import concluded_words
from forwhom.findings import Estimate

MOST = 5
"""Places a statement names in full."""
LISTED = 5
"""Places it names where each rests on one sample."""


def words_for(of: str, modality: str = "") -> tuple[tuple[str, str], ...]:
    """The directions of a map with their words."""
    return tuple(zip(DIRECTIONS[of], words_of(of, modality), strict=True))


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


def size(rows: Sequence[Row], ledger: Ledger, treatments: Collection[str] | None = None) -> str:
    """Samples, studies and people behind rows, and how many of them had the treatment that is asked for."""
    people = of_rows(rows, treatments)
    studies = len({row.study.id for row in rows})
    low, high = independent((sample.id for sample in people.samples), overlaps(ledger))
    samples = number(high, "independent sample") if low == high else f"{low} to {high} independent samples"
    silent = f", {len(people.unknown)} without a number" if people.unknown and people.distinct else ""
    return f"{samples} ({number(studies, 'study', 'studies')}; {people.told}{silent})"


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
    groups: dict[str, list[str]] = {}
    for line in lines:
        compared = CONTRAST_WORDS[line.contrast] if of.of in ("brain", "biomarkers") else ""
        groups.setdefault(whom(line, of, ledger), []).append(f"{compared} {found(line, of, ledger)}".strip())
    told = "; ".join(" ".join((group, ", ".join(each))) for group, each in groups.items())
    within = f" asked with {of.within}" if of.within else ""
    return f"{of.label(first.place)} ({len(first.reported)} of {len(every)}{within}): {told}."


def whom(line: Line, of: Map, ledger: Ledger) -> str:
    """The group of people, and the outcome it is about; a correlate names its outcome in what was found."""
    label = {"all": "all patients", "more-improved": "more improved", "less-improved": "less improved"}
    group = label.get(line.scope) or small(ledger.vocabulary.label("scopes", line.scope))
    outcome = small(ledger.vocabulary.label("outcomes", line.outcome)) if line.outcome and of.of != "correlates" else ""
    return f"{group} ({outcome})" if outcome else group


def found(line: Line, of: Map, ledger: Ledger) -> str:
    """Directions with how many samples and which tasks."""
    parts = []
    for key in (*DIRECTIONS[of.of], *OTHERS):
        marks = [mark for mark in line.marks if mark.direction == key]
        if key == "mixed":
            parts += [f"{_differing(mark, line, of, ledger)} in 1{_by(mark, line, of, ledger)}" for mark in marks]
        elif key == "concluded" and marks:
            said = dict.fromkeys(concluded_words(row) for mark in marks for row in mark.rows)
            parts.append(f"{' or '.join(said)} in {line.how_many(key)}{_asked(marks, line, of, ledger)}")
        elif marks:
            parts.append(f"{word_of(key, line, of, ledger)} in {line.how_many(key)}{_asked(marks, line, of, ledger)}")
    return joined(parts)


def word_of(direction: str, line: Line, of: Map, ledger: Ledger) -> str:
    """A direction in words; of a correlate with its outcome."""
    if direction == "not stated":
        return "a direction not stated"
    if of.of == "correlates":
        return goes_with(direction, line.place.modality, small(ledger.vocabulary.label("outcomes", line.outcome)))
    return dict(words_for(of.of, line.place.modality))[direction]


def _differing(mark: Mark, line: Line, of: Map, ledger: Ledger) -> str:
    """Results of one sample that differ, by what separates them: "less with n-back and more with passive viewing"."""
    by = next((each for each in mark.differ_by if each in BY), "")
    if not by:
        return "results that differ"
    parts: dict[str, dict[str, None]] = {}
    for row in mark.tested:
        parts.setdefault(direction_of(row), {})[BY[by](row, ledger) or "elsewhere"] = None
    told = [f"{word_of(key, line, of, ledger)} {' and '.join(each)}" for key, each in parts.items()]
    return " but ".join(told)


def _task(row: Row, ledger: Ledger) -> str:
    return f"under {task_words(ledger.vocabulary.label('tasks', row.result.task))}" if row.result.task else ""


def _side(row: Row, ledger: Ledger) -> str:
    return {"left": "left", "right": "right", "bilateral": "on both sides"}.get(row.result.hemisphere, "")


def _region(row: Row, ledger: Ledger) -> str:
    return f"in the {small(ledger.vocabulary.label('regions', row.result.region))}" if row.result.region else ""


def _condition(row: Row, ledger: Ledger) -> str:
    return f"({row.result.condition})" if row.result.condition else "as a whole"


BY: dict[str, Callable[[Row, Ledger], str]] = {
    "task": _task,
    "side": _side,
    "region": _region,
    "condition": _condition,
    "study": lambda row, _: f"in {row.study.id}",
}
"""How what separates results that differ is told."""


def _asked(marks: Sequence[Mark], line: Line, of: Map, ledger: Ledger) -> str:
    """Tasks; with the device where the treatment was looked at by several, and with its number where these marks are of several."""
    by_device: dict[str, list[Row]] = {}
    for row in (row for mark in marks for row in mark.rows):
        device = device_words(row.result.modality, ledger) if several(of, line, ledger) else ""
        by_device.setdefault(device, []).append(row)
    told = []
    for device, rows in by_device.items():
        tasks = sorted(
            {task_words(ledger.vocabulary.label("tasks", row.result.task)) for row in rows if row.result.task}
        )
        n = len({row.study.sample if of.by == "sample" else row.study.id for row in rows})
        name = f"{device} {n}" if device and len(by_device) > 1 else device
        told.append(", ".join(each for each in (name, *tasks) if each))
    words = "; ".join(each for each in told if each)
    return f" ({words})" if words else ""


def _by(mark: Mark, line: Line, of: Map, ledger: Ledger) -> str:
    """The device of a mark, where the treatment was looked at by several."""
    by = devices_of(mark.rows, ledger) if several(of, line, ledger) else ()
    return f" ({joined(by)})" if by else ""


def several(of: Map, line: Line, ledger: Ledger) -> bool:
    """Whether more than one device stands behind the modality of a line under its treatment."""
    return len(device_counts(of, line.place.modality, ledger, line.treatment)) > 1


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
        if of.label(line.place) != line.place.label:
            continue  # Its parts are named.
        for mark in line.marks:
            key = f"{_found_once(mark, line, of, ledger)} ({_about(line, of, ledger)})"
            parts.setdefault(key, {})[" – ".join(small(each) for each in of.label(line.place).split(" – "))] = None
    told = []
    for word, places in parts.items():
        names = list(places)
        shown = joined(names) if len(names) <= LISTED else f"{', '.join(names[:LISTED])} and {len(names) - LISTED} more"
        told.append(f"{word}: {shown}")
    return "; ".join(told)


def _found_once(mark: Mark, line: Line, of: Map, ledger: Ledger) -> str:
    if mark.direction == "mixed":
        return _differing(mark, line, of, ledger)
    if mark.direction == "concluded":
        return concluded_words(mark.rows[0])
    return word_of(mark.direction, line, of, ledger)


def _about(line: Line, of: Map, ledger: Ledger) -> str:
    """Whom or what: a predictor is of its outcome, a change of its comparison."""
    if of.of == "predictors":
        return small(ledger.vocabulary.label("outcomes", line.outcome)) if line.outcome else "outcome not named"
    if of.of == "correlates":
        return whom(line, of, ledger)
    told = f"{whom(line, of, ledger)} {CONTRAST_WORDS[line.contrast]}"
    by = devices_of((row for mark in line.marks for row in mark.rows), ledger) if several(of, line, ledger) else ()
    return f"{told}, {joined(by)}" if by else told


def answer(lines: Sequence[Line], of: Map, ledger: Ledger, what: str, who: str = "") -> str:
    """The first sentence: how often the same was found, in the same group of people with the same comparison.

    what : "activation", "predictors" …; only samples that are known to be separate count as two
    """
    main = main_treatment(lines)
    mine = [line for line in lines if line.treatment == main]
    names_ = {mark.unit for line in mine for mark in line.marks}
    low = independent(names_, overlaps(ledger) if of.by == "sample" else ())[0]
    every = _range(names_, of, ledger)
    with_ = "With" if of.of in ("predictors", "correlates") else "After"
    about = f"{with_} {small(ledger.vocabulary.label('treatments', main))}, {what}"
    if low == 1:
        return f"{about}: {every} only, nothing is replicated."
    most = max((line.count(each) for line in mine for each in DIRECTIONS[of.of]), default=0)
    if most < 2:
        alike = (
            "place and outcome" if of.of in ("predictors", "correlates") else "place, group of people and comparison"
        )
        return f"{about}: nothing was found alike in two of {every} (same {alike})."
    best = [line for line in mine if max(line.count(each) for each in DIRECTIONS[of.of]) == most]
    names = list(dict.fromkeys(small(of.label(line.place)) for line in best))[:LISTED]
    rows = [row for line in best for mark in line.marks for row in mark.rows]
    by = devices_of(rows, ledger)
    over = f", counted over {joined(by)}" if len(by) > 1 else ""
    return f"{about}: at most {most} of {every} found the same, on {joined(names)}{over}."


def _range(names: set[str], of: Map, ledger: Ledger) -> str:
    """Units in words; a range where samples may be one."""
    low, high = independent(names, overlaps(ledger) if of.by == "sample" else ())
    return units(high, of.by) if low == high else f"{low} to {units(high, of.by)}"


def told(lines: Sequence[Line], of: Map, ledger: Ledger) -> tuple[str, list[Line]]:
    """The sentences on the treatment with the most samples, then one on the others; and the lines they count."""
    main = main_treatment(lines)
    mine = [line for line in lines if line.treatment == main]
    shared = shared_places(mine, of, ledger)
    if shared:
        says = " ".join(place_sentence(each, of, ledger) for each in shared)
        says += " The rest is reported by one each." if _rest(mine, shared) else ""
    else:
        says = f"{capital(listed_places(mine, of, ledger))}."
    others = sorted({line.treatment for line in lines} - {main})
    if others:
        theirs = {mark.unit for line in lines if line.treatment != main for mark in line.marks}
        says += f" {capital(number(len(others), 'other treatment'))}: {_range(theirs, of, ledger)}."
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
        compared = f", {CONTRAST_WORDS[line.contrast]}" if of.of in ("brain", "biomarkers") else ""
        for key in DIRECTIONS[of.of]:
            n = line.count(key)
            if n:
                about = f"{of.label(line.place)}, {treatment}, {whom(line, of, ledger)}{compared}"
                made.append(Estimate(f"{about}: {word_of(key, line, of, ledger)}", float(n), unit=units(2, of.by)[2:]))
    return made
