"""The seven features that effective treatments tend to share (S2 lines 74–80), looked for in a programme by stated rules.

A rule names what must stand in the programme's file. All of it there: met. Some of it: partly. Nothing: not stated, which is not
the same as not there. Only a stated length can speak against a feature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from forwhom.programme.model import Programme

Status = Literal["met", "partly", "not met", "not stated"]
DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
LONG, MEDIUM = 12, 6
"""Months from which a treatment is long, and from which partly; the bounds are ours. S0 line 67: usually one to three years."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact of the programme that speaks for a feature, or against it."""

    path: str
    says: str
    source: str


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing a feature asks for, and where it is found."""

    asks: str
    find: Callable[[Programme], Iterator[Evidence]]


@dataclass(frozen=True, slots=True)
class Feature:
    """A common feature.

    id : row of the grid common-features of the ledger
    rule : what is asked, in one sentence
    """

    id: str
    label: str
    source: str
    rule: str
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A feature in one programme. `lacks`: what the rule asks and the programme does not state."""

    feature: Feature
    status: Status
    evidence: tuple[Evidence, ...]
    lacks: tuple[str, ...]


def _principles(kind: str) -> Callable[[Programme], Iterator[Evidence]]:
    def find(programme: Programme) -> Iterator[Evidence]:
        for each in programme.principles:
            if each.kind == kind:
                yield Evidence(f"principles.{each.id}", each.says, str(each.source or ""))

    return find


def _phases(programme: Programme) -> Iterator[Evidence]:
    for phase in programme.phases:
        if phase.length is not None and "length" not in phase.assumed:
            yield Evidence(f"phases.{phase.id}", f"{phase.name}: {phase.length}", str(phase.source or ""))


def _sessions(programme: Programme) -> Iterator[Evidence]:
    for each in programme.sessions:
        if each.every is not None and each.minutes is not None and not {"every", "minutes"} & set(each.assumed):
            every = each.every if each.every.value > 1 else each.every.unit
            says = f"{each.name}: {each.minutes} minutes every {every}"
            yield Evidence(f"sessions.{each.id}", says, str(each.source or ""))


def _required(programme: Programme) -> Iterator[Evidence]:
    for agreement in programme.agreements:
        yield Evidence(f"agreements.{agreement.id}", f"Agreed: {agreement.name}", str(agreement.source or ""))


def _length(programme: Programme) -> Iterator[Evidence]:
    if programme.length is not None:
        yield Evidence("length", f"{programme.length} in all", str(programme.source or ""))


FEATURES: tuple[Feature, ...] = (
    Feature(
        "well-structured",
        "Well structured",
        "S2 line 74",
        "A phase of stated length, sessions of stated length and frequency, and a manual.",
        (
            Sign("a phase of stated length", _phases),
            Sign("sessions of stated length and frequency", _sessions),
            Sign("a manual", _principles("manual")),
        ),
    ),
    Feature(
        "effort-on-compliance",
        "Effort to keep patients in treatment",
        "S2 line 75",
        "Something done for engagement, and something agreed with the patient.",
        (Sign("something done for engagement", _principles("engagement")), Sign("an agreement", _required)),
    ),
    Feature(
        "clear-focus",
        "A clear focus",
        "S2 line 76",
        "A focus: a behaviour, or a pattern of relationships.",
        (Sign("a focus", _principles("focus")),),
    ),
    Feature(
        "coherent-to-both",
        "Theoretically coherent to therapist and patient",
        "S2 line 77",
        "A theory, and that the patient is told it.",
        (Sign("a theory", _principles("theory")), Sign("that the patient is told it", _principles("model-explained"))),
    ),
    Feature(
        "long-term",
        "Relatively long",
        "S2 line 78",
        f"Met from {LONG} months on, partly from {MEDIUM}; below, not met. The bounds are ours.",
        (Sign("a length", _length),),
    ),
    Feature(
        "strong-attachment-active-therapist",
        "A strong relationship, an active therapist",
        "S2 line 79",
        "What is done with the relationship, and that the therapist is active.",
        (
            Sign("what is done with the relationship", _principles("attachment")),
            Sign("that the therapist is active", _principles("activity")),
        ),
    ),
    Feature(
        "integrated-with-services",
        "Part of the other services",
        "S2 line 80",
        "A tie to other services: psychiatric care, crises, medication.",
        (Sign("a tie to other services", _principles("services")),),
    ),
)


def judge(programme: Programme) -> tuple[Judged, ...]:
    """Every feature, in the order of the paper.

    >>> from forwhom import programme
    >>> [each.status for each in judge(programme.shipped("dbt-inpatient"))]
    ['partly', 'not stated', 'met', 'partly', 'not met', 'not stated', 'not stated']
    """
    return tuple(_judged(feature, programme) for feature in FEATURES)


def _judged(feature: Feature, programme: Programme) -> Judged:
    found = [tuple(sign.find(programme)) for sign in feature.signs]
    lacks = tuple(sign.asks for sign, facts in zip(feature.signs, found, strict=True) if not facts)
    evidence = tuple(each for facts in found for each in facts)
    if not evidence:
        status: Status = "not stated"
    elif feature.id == "long-term":
        status = _long(programme)
    else:
        status = "partly" if lacks else "met"
    return Judged(feature, status, evidence, lacks)


def _long(programme: Programme) -> Status:
    if programme.length is None:
        return "not stated"
    months = programme.length.value * DAYS[programme.length.unit] / DAYS["month"]
    return "met" if months >= LONG else "partly" if months >= MEDIUM else "not met"
