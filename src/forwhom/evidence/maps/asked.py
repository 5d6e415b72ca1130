"""By which device and with which task: what stands together in a line of a map, taken apart again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from forwhom.evidence.filters import Row
from forwhom.evidence.maps.marks import Line, Map, Mark, direction_of_rows
from forwhom.evidence.maps.words import origin, root
from forwhom.evidence.model import Ledger
from forwhom.evidence.overlap import independent, overlaps

STRUCTURAL = "structural-scan"
"""The word for a scan without a task."""
How = tuple[str, str]
"""A modality as coded (the device, where one is told) and a task; empty where it is not told."""


def how(row: Row) -> How:
    """By which device and with which task a result was found."""
    return row.result.modality, "" if row.result.task == STRUCTURAL else row.result.task


def parts(found: Map) -> tuple[tuple[Line, ...], ...]:
    """For each line of a map the lines it is made of, by device and task. A sample whose results differ by task agrees here.

    >>> from forwhom import evidence
    >>> from forwhom.evidence.maps import counted
    >>> found = counted(evidence.read(), "treatment=dbt region=inferior-frontal-gyrus modality=activation scope=all", parents="wholes")
    >>> [(part.device, part.task, part.count("decrease")) for part in parts(found)[0]]
    [('bold', 'n-back', 0), ('fnirs', 'go-no-go', 1)]
    """
    reported: dict[tuple[object, ...], dict[str, None]] = {}
    for line in found.lines:
        for mark in line.marks:
            for row in mark.rows:
                reported.setdefault((*_about(line, found), how(row)), {})[mark.unit] = None
    return tuple(_split(line, found, reported) for line in found.lines)


def _about(line: Line, found: Map) -> tuple[object, ...]:
    return line.place, line.treatment, line.outcome if found.of in ("predictors", "correlates") else ""


def _split(line: Line, found: Map, reported: dict[tuple[object, ...], dict[str, None]]) -> tuple[Line, ...]:
    ways = dict.fromkeys(how(row) for mark in line.marks for row in mark.rows)
    return tuple(
        replace(
            line,
            device=way[0],
            task=way[1],
            marks=tuple(_only(mark, way) for mark in line.marks if any(how(row) == way for row in mark.rows)),
            reported=tuple(reported[*_about(line, found), way]),
        )
        for way in ways
    )


def _only(mark: Mark, way: How) -> Mark:
    rows = tuple(row for row in mark.rows if how(row) == way)
    ids = {row.id for row in rows}
    again = tuple(row for row in mark.again if origin(row) in ids)
    return replace(mark, direction=direction_of_rows(rows), rows=rows, again=again)


def asked(found: Map, part: Line) -> tuple[str, ...]:
    """Units with any result of its device and task under the same treatment: its denominator."""
    return found.asked.get((part.place.modality, part.treatment, part.device, part.task), ())


def device_words(modality: str, ledger: Ledger) -> str:
    """A device in words; "" for a modality that is not told apart by device.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> [device_words(each, ledger) for each in ("bold", "blood-flow", "activation", "volume", "")]
    ['fMRI', 'PET or SPECT', 'device not told', '', '']
    """
    terms, word = ledger.vocabulary.sets.get("modalities", {}), ledger.vocabulary.label
    top = root("modalities", modality, ledger)
    if modality == top:
        return "device not told" if any(top in term.parents for term in terms.values()) else ""
    return word("modalities", modality).removeprefix(f"{word('modalities', top)}, ")


def part_words(part: Line, found: Map, ledger: Ledger) -> str:
    """Device and task in words; "" where neither arises: a volume has no task."""
    device = device_words(part.device, ledger)
    if part.task:
        label = ledger.vocabulary.label("tasks", part.task)
        task = label if label[1:2].isupper() else label[:1].lower() + label[1:]
    else:
        task = "task not told" if part.place.modality in _with_tasks(found) else ""
    return ", ".join(each for each in (device, task) if each)


def _with_tasks(found: Map) -> set[str]:
    """Modalities that any task is told of."""
    return {modality for modality, _, _, task in found.asked if task}


def devices(found: Map, modality: str, treatment: str | None = None) -> dict[str, tuple[str, ...]]:
    """Units by device of one modality, most units first; of one treatment where it is named."""
    units: dict[str, dict[str, None]] = {}
    for (root_, of, device, _), each in found.asked.items():
        if root_ == modality and treatment in (None, of):
            units.setdefault(device, {}).update(dict.fromkeys(each))
    return {device: tuple(each) for device, each in sorted(units.items(), key=lambda pair: -len(pair[1]))}


def device_counts(
    found: Map, modality: str, ledger: Ledger, treatment: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Devices in words with the number of their units, "1 to 2" where two may be one sample; empty where nothing is told apart."""
    maybe = overlaps(ledger) if found.by == "sample" else ()
    told = []
    for device, units in devices(found, modality, treatment).items():
        low, high = independent(units, maybe)
        told.append((device_words(device, ledger), str(high) if low == high else f"{low} to {high}"))
    return tuple(each for each in told if each[0])


def devices_of(rows: Iterable[Row], ledger: Ledger) -> tuple[str, ...]:
    """The devices behind rows, in words."""
    words = (device_words(row.result.modality, ledger) for row in rows)
    return tuple(dict.fromkeys(each for each in words if each))
