"""Assessment: what observers marked, what was told of relationships and acts. Nothing marked is ever taken away."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from forwhom.keyed import Keys, mapping, one_of, text
from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.assessment import Catalogue, Episode, Mark, Profile, Rated, TriggerRow, Verdict
from forwhom.programme.assessment import catalogue as catalogue_of
from forwhom.programme.assessment import profile as profile_of
from forwhom.programme.assessment import trigger_map as triggers_of
from forwhom.programme.assessment import verdict as verdict_of
from forwhom.programme.assessment.model import DEGREES, SEEN, Degree, Seen
from forwhom.programme.case.kind import Kind
from forwhom.programme.case.log import Entry
from forwhom.programme.case.readers import day
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

VOICES = ("patient", "therapist")


@dataclass(frozen=True, slots=True)
class Assessment:
    """Marks, ratings and episodes in the order of the log."""

    marks: Rows[Mark] = field(default_factory=Rows)
    ratings: Rows[Rated] = field(default_factory=Rows)
    episodes: Rows[Episode] = field(default_factory=Rows)


@dataclass(frozen=True, slots=True)
class Observed:
    """Data of assessment.observed: observation → present, absent or not observed."""

    marks: dict[str, Seen]
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Profiled:
    """Data of assessment.profiled: in one relationship, impairment → degree."""

    context: str
    degrees: dict[str, Degree]
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Data of assessment.episode."""

    trigger: str
    context: str
    on: dt.date | None = None
    affect: str = ""
    strategy: str = ""
    mode: str = ""
    act: str = "none"
    voice: str = "patient"


def catalogue(case: Case) -> Catalogue | None:
    """What the assessment of the case's programme looks at; None where nothing ships for it."""
    return catalogue_of(case.programme.id if case.programme is not None else case.opened.programme)


def verdict(case: Case, until: dt.date | None = None) -> Verdict | None:
    """The attachment strategy the marks speak for, as of a day; None where the programme has no observations."""
    looked = catalogue(case)
    return None if looked is None else verdict_of(case.assessment.marks, looked, until)


def profile(case: Case, until: dt.date | None = None) -> Profile | None:
    """The mentalizing profile, as of a day; None where the programme has none."""
    looked = catalogue(case)
    return None if looked is None else profile_of(case.assessment.ratings, looked, until)


def triggers(case: Case) -> tuple[TriggerRow, ...]:
    """The trigger map of every episode told."""
    return triggers_of(case.assessment.episodes)


def _day(case: Case, entry: Entry, on: dt.date | None) -> dt.date:
    return on or entry.at.astimezone(case.opened.zone).date()


def _observed(case: Case, entry: Entry, said: Observed) -> Case:
    on = _day(case, entry, said.on)
    marks = (Mark(name, seen, entry.by, on) for name, seen in said.marks.items())
    return replace(case, assessment=replace(case.assessment, marks=case.assessment.marks.plus(*marks)))


def _profiled(case: Case, entry: Entry, said: Profiled) -> Case:
    on = _day(case, entry, said.on)
    made = (Rated(name, said.context, degree, entry.by, on) for name, degree in said.degrees.items())
    return replace(case, assessment=replace(case.assessment, ratings=case.assessment.ratings.plus(*made)))


def _told(case: Case, entry: Entry, said: Told) -> Case:
    made = Episode(
        entry.id,
        said.trigger,
        said.context,
        said.on,
        said.affect,
        said.strategy,
        said.mode,
        said.act,
        said.voice,
        entry.by,
    )
    return replace(case, assessment=replace(case.assessment, episodes=case.assessment.episodes.plus(made)))


def known(case: Case, part: str, column: str, *names: str) -> tuple[Problem, ...]:
    """A problem per name that is not in a part of the catalogue."""
    looked = catalogue(case)
    if looked is None:
        do = "Use a programme that has one, such as mbt."
        return (Problem("no-assessment", do, found=f"no assessment ships for {short(case.opened.programme)}"),)
    ids = [each.id for each in getattr(looked, part)]
    return tuple(
        Problem(
            "unknown-id",
            f"{did_you_mean(name, ids)}Name one of the {part}.",
            column=column,
            found=f"{short(name)} is none of the {part}",
            possible=listed(ids, 40),
        )
        for name in names
        if name and name not in ids
    )


def _fits_observed(case: Case, entry: Entry, said: Observed) -> tuple[Problem, ...]:
    return (*_by_patient(case, entry), *known(case, "observations", "marks", *said.marks))


def _by_patient(case: Case, entry: Entry) -> tuple[Problem, ...]:
    """Observations are the assessor's (S2 line 52); what the patient tells of themselves is an episode."""
    person = case.opened.people.get(entry.by)
    if person is None or not person.is_patient:
        return ()
    do = (
        "Record what the patient tells as assessment.episode, in the patient's voice; observations are by who observed."
    )
    return (Problem("not-an-observer", do, column="by", found="the patient is the one who is observed"),)


def _fits_profiled(case: Case, entry: Entry, said: Profiled) -> tuple[Problem, ...]:
    return (
        *_by_patient(case, entry),
        *known(case, "contexts", "context", said.context),
        *known(case, "impairments", "degrees", *said.degrees),
    )


def _fits_told(case: Case, entry: Entry, said: Told) -> tuple[Problem, ...]:
    return (
        *known(case, "contexts", "context", said.context),
        *known(case, "affects", "affect", said.affect),
        *known(case, "acts", "act", said.act),
        *known(case, "impairments", "mode", said.mode),
    )


KINDS = {
    "assessment.observed": Kind(
        "Observations that point to an attachment strategy, each present, absent or not observed",
        Keys(Observed, {"marks": mapping(one_of(*SEEN)), "on": day}, {"marks": 'Write {"too-calm": "present"}.'}),
        _observed,
        fits=_fits_observed,
    ),
    "assessment.profiled": Kind(
        "How mentalizing fails in one relationship, in degrees",
        Keys(
            Profiled,
            {"context": text, "degrees": mapping(one_of(*DEGREES)), "on": day},
            {"context": "Name a relationship.", "degrees": 'Write {"pretend": "some"}.'},
        ),
        _profiled,
        fits=_fits_profiled,
    ),
    "assessment.episode": Kind(
        "Something that happened: what set it off, in which relationship, what was felt and done",
        Keys(
            Told,
            {
                "trigger": text,
                "context": text,
                "on": day,
                "affect": text,
                "strategy": one_of("hyperactivating", "deactivating"),
                "mode": text,
                "act": text,
                "voice": one_of(*VOICES),
            },
            {"trigger": "Say in a few words what set it off.", "context": "Name a relationship."},
        ),
        _told,
        fits=_fits_told,
    ),
}
