"""Maps as plain values for JSON and as lines of text for the terminal."""

from __future__ import annotations

from typing import Any

from forwhom.evidence.filters import Row
from forwhom.evidence.maps.asked import asked, device_counts, part_words, parts
from forwhom.evidence.maps.gaps import LEVELS, UNNAMED, Gaps
from forwhom.evidence.maps.marks import CONTRASTS, DIRECTIONS, OTHERS, Line, Map, Mark
from forwhom.evidence.maps.words import goes_with, words_of
from forwhom.evidence.model import Ledger
from forwhom.evidence.standing import concluded, concluded_words


def plain_map(found: Map, ledger: Ledger) -> dict[str, Any]:
    """Every line with its counts, its marks, and every row behind them; what is not counted, with the reason."""
    return {
        "of": found.of,
        "by": found.by,
        "parents": found.parents,
        "within": found.within,
        "lines": [_line(line, ways, found, ledger) for line, ways in zip(found.lines, parts(found), strict=True)],
        "measured": [
            {"modality": modality, "treatment": treatment, "units": list(units)}
            for (modality, treatment), units in found.measured.items()
        ],
        "asked": [
            {"modality": modality, "treatment": treatment, "device": device, "task": task, "units": list(units)}
            for (modality, treatment, device, task), units in found.asked.items()
        ],
        "left_out": [{"why": each.why, "rows": [row.id for row in each.rows]} for each in found.left_out],
    }


def _line(line: Line, ways: tuple[Line, ...], found: Map, ledger: Ledger) -> dict[str, Any]:
    return {
        "place": list(line.place.ids),
        "label": found.label(line.place),
        "group": line.place.group,
        "modality": line.place.modality,
        "treatment": line.treatment,
        "scope": line.scope,
        "contrast": line.contrast,
        "outcome": line.outcome,
        "device": ",".join(dict.fromkeys(each.device for each in ways if each.device)),
        "task": ",".join(dict.fromkeys(each.task for each in ways if each.task)),
        "by_task": [_part(each, found, ledger) for each in ways],
        "side": line.side,
        "counts": {each: line.count(each) for each in (*DIRECTIONS[found.of], *OTHERS)},
        "at_most": {each: line.most(each) for each in (*DIRECTIONS[found.of], *OTHERS)},
        "reported": list(line.reported),
        "silent": list(found.silent(line)),
        "marks": [_mark(mark) for mark in line.marks],
    }


def _part(part: Line, found: Map, ledger: Ledger) -> dict[str, Any]:
    """What one device with one task found, and how many were asked so; an empty task or device is not told."""
    return {
        "device": part.device,
        "task": part.task,
        "said": part_words(part, found, ledger),
        "counts": {each: part.count(each) for each in (*DIRECTIONS[found.of], *OTHERS)},
        "at_most": {each: part.most(each) for each in (*DIRECTIONS[found.of], *OTHERS)},
        "units": [mark.unit for mark in part.marks],
        "reported": list(part.reported),
        "asked": list(asked(found, part)),
    }


def _mark(mark: Mark) -> dict[str, Any]:
    return {
        "unit": mark.unit,
        "may_be_one_with": mark.group if mark.group != mark.unit else "",
        "direction": mark.direction,
        "n": mark.n,
        "at_least": mark.people.at_least,
        "studies": list(mark.studies),
        "tasks": list(mark.tasks),
        "sides": list(mark.sides),
        "differ_by": list(mark.differ_by),
        "rows": [_row(row) for row in mark.rows],
        "stated_again": [_row(row) for row in mark.again],
        "stated_otherwise": [row.id for row in mark.otherwise],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "direction": row.result.direction,
        "concluded": concluded(row),
        "source": str(row.result.source),
    }


def map_lines(found: Map, ledger: Ledger) -> list[str]:
    """Under each modality and place: treatment, group of people and contrast, and how many units found what, on which side;
    by device and task, each with how many were asked so.

    >>> from forwhom import evidence
    >>> from forwhom.evidence.maps import counted
    >>> ledger = evidence.read()
    >>> lines = map_lines(counted(ledger, "study=goodman-2014 contrast='after against before'"), ledger)
    >>> lines[:2], lines[2].partition(": ")[2]
    (['Activation (fMRI)', '  Amygdala'], 'less 1 (goodman-dbt-outpatient) [reported by 1 of 1 samples]')
    """
    word = ledger.vocabulary.label
    noun = "studies" if found.by == "study" else "samples"
    lines: list[str] = []
    modality, place = None, None
    for line, ways in zip(found.lines, parts(found), strict=True):
        if line.place.modality != modality:
            modality, place = line.place.modality, None
            lines.append((word("modalities", modality) or "Without a scan") + _devices(found, modality, ledger))
        if line.place != place:
            place = line.place
            lines.append(f"  {found.label(place)}")
        about = [
            word("treatments", line.treatment),
            _small(word("scopes", line.scope)),
            _small(word("outcomes", line.outcome)),
            CONTRASTS[line.contrast] if found.of in ("brain", "biomarkers") else "",
            part_words(ways[0], found, ledger) if len(ways) == 1 else "",
        ]
        every = found.measured.get((line.place.modality, line.treatment), ())
        told = f"{', '.join(each for each in about if each)}: {'; '.join(_counts(line, found, ledger))}"
        within = f" asked with {found.within}" if found.within else ""
        lines.append(f"    {told} [reported by {len(line.reported)} of {len(every)} {noun}{within}]")
        for part in ways if len(ways) > 1 else ():
            here = f"{part_words(part, found, ledger)}: {'; '.join(_counts(part, found, ledger))}"
            lines.append(f"      {here} [{len(part.reported)} of {len(asked(found, part))} {noun} asked so]")
    return lines


def _devices(found: Map, modality: str, ledger: Ledger) -> str:
    """The devices of a modality, each with its number where there are several: they are counted together in its lines."""
    told = device_counts(found, modality, ledger)
    if len(told) < 2:
        return "".join(f" ({words})" for words, _ in told)
    noun = "studies" if found.by == "study" else "samples"
    return f" ({', '.join(f'{words} {n}' for words, n in told)} {noun}; lines hold all, and say which)"


def _counts(line: Line, found: Map, ledger: Ledger) -> list[str]:
    """What was found, by how many, by which: "less 1 (goodman-dbt-outpatient, left)"."""
    words = dict(zip(DIRECTIONS[found.of], words_of(found.of, line.place.modality), strict=True))
    if found.of == "correlates":
        outcome = _small(ledger.vocabulary.label("outcomes", line.outcome))
        words = {each: goes_with(each, line.place.modality, outcome) for each in words}
    told = []
    for each in (*DIRECTIONS[found.of], *OTHERS):
        marks = [mark for mark in line.marks if mark.direction == each]
        if not marks:
            continue
        what = words.get(each) or {"mixed": "results that differ", "not stated": "direction not stated"}.get(each, "")
        what = what or " or ".join(dict.fromkeys(concluded_words(row) for mark in marks for row in mark.rows))
        who = "; ".join(", ".join((mark.unit, *side_words(mark))) for mark in marks)
        told.append(f"{what} {line.how_many(each)} ({who})")
    return told


SIDES = {"left": "left", "right": "right", "bilateral": "both sides", "midline": "midline"}


def side_words(mark: Mark) -> tuple[str, ...]:
    """Hemispheres in words; in part where some of the mark's results name none."""
    part = "" if all(row.result.hemisphere for row in mark.rows) else " in part"
    return tuple(f"{SIDES.get(each, each)}{part}" for each in mark.sides)


def _small(label: str) -> str:
    return label[:1].lower() + label[1:]


def plain_gaps(found: Gaps) -> dict[str, Any]:
    """Every cell with something in it, what the grid spans, and what is nowhere."""
    return {
        "levels": dict(LEVELS),
        "disorders": list(found.disorders),
        "treatments": list(found.treatments),
        "outcomes": {each: found.labels[each] for each in found.outcomes},
        "never": list(found.never),
        "cells": [
            {
                "disorder": cell.disorder,
                "treatment": cell.treatment,
                "outcome": cell.outcome,
                "level": cell.level,
                "samples": {level: list(samples) for level, samples in cell.at.items()},
                "people": cell.people.distinct if cell.people else None,
                "at_least": cell.people.at_least if cell.people else False,
                "without_number": list(cell.people.unknown) if cell.people else [],
                "rows": [row.id for row in cell.rows],
            }
            for cell in found.cells.values()
        ],
        "uncoded": [
            {"disorder": disorder, "treatment": treatment, "studies": [study.id for study in studies]}
            for (disorder, treatment), studies in found.uncoded.items()
        ],
        "left_out": [{"why": each.why, "rows": [row.id for row in each.rows]} for each in found.left_out],
    }


def gap_lines(found: Gaps, ledger: Ledger) -> list[str]:
    """Under each disorder and treatment: outcomes by best design with the number of samples, and how many hold nothing."""
    word = ledger.vocabulary.label
    named = [outcome for outcome in found.outcomes if outcome != UNNAMED]
    lines: list[str] = []
    for disorder in found.disorders:
        lines.append(word("disorders", disorder))
        nothing = []
        for treatment in found.treatments:
            cells = [found.cell(disorder, treatment, outcome) for outcome in found.outcomes]
            known = found.uncoded.get((disorder, treatment), ())
            if all(cell.level == "nothing" for cell in cells) and not known:
                nothing.append(word("treatments", treatment))
                continue
            lines.append(f"  {word('treatments', treatment)}")
            for level in [each for each in LEVELS if each not in ("uncoded", "nothing")]:
                here = [
                    f"{found.labels[cell.outcome]} ({len(cell.at[level])})" for cell in cells if cell.level == level
                ]
                if here:
                    lines.append(f"    {LEVELS[level]}: {', '.join(here)}")
            if known:
                lines.append(f"    {LEVELS['uncoded']}: {', '.join(study.id for study in known)}")
            empty = sum(found.cell(disorder, treatment, outcome).level in ("uncoded", "nothing") for outcome in named)
            lines.append(f"    {LEVELS['nothing']}: {empty} of {len(named)} outcomes")
        if nothing:
            lines.append(f"  {LEVELS['nothing']} under: {', '.join(nothing)}")
    return lines
