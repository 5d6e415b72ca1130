"""The formulation in two voices: every version stays, agreement is of two versions and ages with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from forwhom.keyed import Found, Keys, flag, one_of, text
from forwhom.problems import Problem
from forwhom.programme.assessment.model import Point
from forwhom.programme.case.assessment import VOICES, catalogue, known
from forwhom.programme.case.kind import Kind, Refusal
from forwhom.programme.case.log import LOG, Entry
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

Voice = Literal["patient", "therapist"]
Result = Literal["agreed", "partly", "different", "open"]
RESULTS: tuple[Result, ...] = ("agreed", "partly", "different", "open")


@dataclass(frozen=True, slots=True)
class Version:
    """What one voice said on one point.

    number : 1, 2 … within point and voice; 0 for a version whose record was corrected or taken back
    own_words : True where these are the patient's own words, False where another person sums them up
    """

    entry: str
    number: int
    point: str
    voice: Voice
    text: str
    at: dt.datetime
    by: str
    own_words: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """How far both see it alike, and of which versions that was said."""

    entry: str
    point: str
    result: Result
    text: str
    at: dt.datetime
    by: str
    patient: int
    therapist: int


@dataclass(frozen=True, slots=True)
class Formulation:
    """Versions by (point, voice), oldest first, and every comparison by point."""

    versions: Mapping[tuple[str, str], Rows[Version]] = field(default_factory=dict)
    compared: Mapping[str, Rows[Compared]] = field(default_factory=dict)

    def now(self, point: str, voice: str) -> Version | None:
        """The newest version; None where the voice has not spoken on the point."""
        rows = self.versions.get((point, voice))
        return rows[-1] if rows else None


@dataclass(frozen=True, slots=True)
class Side:
    """One point of the formulation, both voices side by side.

    result : "one voice", "not compared", or what the newest comparison says
    outdated : that comparison was made of earlier versions
    """

    point: Point
    patient: Version | None
    therapist: Version | None
    compared: Compared | None
    result: str
    outdated: bool
    earlier: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Data of formulation.said."""

    point: str
    voice: Voice
    text: str
    own_words: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """Data of formulation.compared."""

    point: str
    result: Result
    text: str = ""


def side_by_side(case: Case) -> tuple[Side, ...]:
    """Every point of the catalogue, both voices, with what was said before."""
    looked = catalogue(case)
    return tuple(_side(case.formulation, point) for point in looked.points) if looked else ()


def _side(formulation: Formulation, point: Point) -> Side:
    patient, therapist = (formulation.now(point.id, voice) for voice in VOICES)
    compared = formulation.compared.get(point.id)
    newest = compared[-1] if compared else None
    outdated = newest is not None and (newest.patient, newest.therapist) != (
        patient.number if patient else 0,
        therapist.number if therapist else 0,
    )
    result: str = newest.result if newest else "not compared"
    if patient is None or therapist is None:
        result = "nobody yet" if patient is None and therapist is None else "one voice"
    earlier = [each for voice in VOICES for each in list(formulation.versions.get((point.id, voice), ()))[:-1]]
    return Side(point, patient, therapist, newest, result, outdated, tuple(sorted(earlier, key=lambda each: each.at)))


def every_version(case: Case) -> tuple[Version, ...]:
    """Everything that was ever said, in the order of the log, also what a later entry corrected or took back."""
    count: dict[str, int] = {
        version.entry: version.number for rows in case.formulation.versions.values() for version in rows
    }
    made = []
    for entry in case.log:
        if entry.kind != "formulation.said":
            continue
        said = KINDS[entry.kind].keys.build(entry.data, "", Found(LOG))
        if said is not None:
            number = count.get(entry.id, 0) if entry.id not in case.corrected else 0
            made.append(
                Version(entry.id, number, said.point, said.voice, said.text, entry.at, entry.by, said.own_words)
            )
    return tuple(made)


def _said(case: Case, entry: Entry, said: Said) -> Case:
    key = (said.point, said.voice)
    before = case.formulation.versions.get(key, Rows[Version]())
    made = Version(entry.id, len(before) + 1, *key, said.text, entry.at, entry.by, said.own_words)
    versions = {**case.formulation.versions, key: before.plus(made)}
    return replace(case, formulation=replace(case.formulation, versions=versions))


def _compared(case: Case, entry: Entry, said: Compare) -> Case:
    numbers = [version.number if version else 0 for version in (case.formulation.now(said.point, v) for v in VOICES)]
    made = Compared(entry.id, said.point, said.result, said.text, entry.at, entry.by, *numbers)
    before = case.formulation.compared.get(said.point, Rows[Compared]())
    compared = {**case.formulation.compared, said.point: before.plus(made)}
    return replace(case, formulation=replace(case.formulation, compared=compared))


def _after_assessment(case: Case, entry: Entry, said: Said) -> tuple[Refusal, ...]:
    if len(case.assessment.marks) or len(case.assessment.ratings) or len(case.assessment.episodes):
        return ()
    says = "The formulation follows the assessment of mentalizing, and nothing of it is recorded yet."
    return (Refusal("formulation.after-assessment", says, "S2 line 92", "Record what was observed first."),)


def _two_voices(case: Case, entry: Entry, said: Compare) -> tuple[Refusal, ...]:
    silent = [voice for voice in VOICES if case.formulation.now(said.point, voice) is None]
    if not silent:
        return ()
    says = f"Both perspectives are put beside each other before they are compared; the {' and the '.join(silent)} has not spoken."
    return (Refusal("formulation.two-voices", says, "S2 line 92", "Record what the other voice says first."),)


def _fits(case: Case, entry: Entry, said: Said | Compare) -> tuple[Problem, ...]:
    found = known(case, "points", "point", said.point)
    if isinstance(said, Said) and not said.text.strip():
        found += (Problem("empty-text", "Write what was said.", column="text", found="nothing was said"),)
    return found


_POINT = {"point": "Name a point of the formulation."}
KINDS = {
    "formulation.said": Kind(
        "What the patient or the therapist says on one point of the formulation",
        Keys(
            Said,
            {"point": text, "voice": one_of(*VOICES), "text": text, "own_words": flag},
            {**_POINT, "voice": "patient or therapist.", "text": "Write what was said."},
        ),
        _said,
        _after_assessment,
        _fits,
    ),
    "formulation.compared": Kind(
        "How far patient and therapist see a point alike",
        Keys(
            Compare,
            {"point": text, "result": one_of(*RESULTS), "text": text},
            {**_POINT, "result": "agreed, partly, different or open."},
        ),
        _compared,
        _two_voices,
        _fits,
    ),
}
