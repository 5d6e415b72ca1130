"""Kinds of the chapter on what is known: maps of what was found where, by independent sample, and of what is missing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MapResult:
    """One result behind a mark, with its place.

    study : id; what : region, connection, marker or predictor as coded; side : hemisphere
    contrast : with what the change is compared; direction : as printed there
    again : states a result of the same mark once more
    """

    study: str
    what: str
    side: str
    task: str
    contrast: str
    direction: str
    place: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class MapMark:
    """One independent sample in a row.

    sample : id; direction : of `EvidenceMap.directions`, or ``concluded`` (from states, not tested), ``mixed`` (its results differ),
        ``not stated``
    controlled : any of its results is a comparison with other patients; n : people, None where nothing says
    differs : what separates results that differ: study, task, side …
    otherwise : places that state one of its results with another direction or side
    says : a concluded sign in words
    """

    sample: str
    direction: str
    controlled: bool
    n: int | None
    tasks: tuple[str, ...]
    sides: tuple[str, ...]
    differs: tuple[str, ...]
    otherwise: tuple[str, ...]
    results: tuple[MapResult, ...]
    says: str = ""


@dataclass(frozen=True, slots=True)
class MapRow:
    """A place under one treatment in one group of people with one comparison.

    group : lobe, system, kind of marker; short : the treatment's abbreviation; scope : of whom; scope_id : its word
    outcome : what a predictor foretells, or a group is formed by; empty where that does not arise
    contrast : with what a change is compared, in words; empty where it is change over time, or no change
    reported : samples that report anything on the place; measured : samples that report anything of its modality
    """

    group: str
    place: str
    modality: str
    treatment: str
    short: str
    scope: str
    scope_id: str
    outcome: str
    marks: tuple[MapMark, ...]
    reported: int
    measured: int
    contrast: str = ""


@dataclass(frozen=True, slots=True)
class MapCount:
    """How many samples found what, contrasts kept apart.

    counts : in the order of `EvidenceMap.directions`, then concluded, mixed and not stated; "1 to 2" where two may be one sample
    parts : the same by device and task, in words, each with how many were asked so
    """

    place: str
    modality: str
    treatment: str
    scope: str
    contrast: str
    outcome: str
    counts: tuple[str, ...]
    reported: int
    measured: int
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MapSample:
    """A sample with its studies.

    n : patients, None where nothing says; at_least : there were more; may_be : samples that may be one with it, in words
    devices : by what it was measured, where the map holds several devices
    """

    sample: str
    studies: tuple[str, ...]
    n: int | None
    at_least: bool = False
    may_be: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceMap:
    """What was found where.

    directions : what can be found, with the words for it
    by : sample or study; parents : results count at everything their region is part of, not only at what the field calls a whole
    rows : a mark per sample; counts : the same as numbers
    left_out : (number of results, which)
    within : the conditions of the query that "measured" fulfils, too, as typed; empty without
    """

    directions: tuple[tuple[str, str], ...]
    by: str
    parents: bool
    rows: tuple[MapRow, ...]
    counts: tuple[MapCount, ...]
    samples: tuple[MapSample, ...]
    left_out: tuple[tuple[int, str], ...]
    within: str = ""


@dataclass(frozen=True, slots=True)
class BrainMapDetail:
    """Change of the brain after treatment: one modality."""

    modality: str
    map: EvidenceMap


@dataclass(frozen=True, slots=True)
class MarkersDetail:
    """Biomarkers, predictors or correlates. `of` says which."""

    of: str
    map: EvidenceMap


@dataclass(frozen=True, slots=True)
class GapCell:
    """One disorder, treatment and outcome with something in it.

    level : the best design; samples : (level, number of samples), best first; people : None where no sample gives a number;
    unknown : samples without a number; studies : ids; at_least : there were more people, a group gives no number
    """

    disorder: str
    treatment: str
    outcome: str
    level: str
    samples: tuple[tuple[str, int], ...]
    people: int | None
    unknown: int
    studies: tuple[str, ...]
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceGapsDetail:
    """Which designs looked at what, and what nobody looked at.

    levels : (key, words), best first; disorders, treatments, outcomes : (key, label); short : of treatments
    cells : by outcome; over : all outcomes of a disorder and treatment together
    never : outcomes without any result
    """

    levels: tuple[tuple[str, str], ...]
    disorders: tuple[tuple[str, str], ...]
    treatments: tuple[tuple[str, str], ...]
    short: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, str], ...]
    cells: tuple[GapCell, ...]
    over: tuple[GapCell, ...]
    never: tuple[str, ...]
