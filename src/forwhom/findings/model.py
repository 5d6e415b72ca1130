"""Finding: an answer with its number, its width, whom it is about, and how it was made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from forwhom.findings.kinds import Detail

Status = Literal["answered", "declined", "not_applicable"]
Registered = Literal["planned", "exploratory"]
Chapter = Literal[
    "measurement", "outcome", "for_whom", "how", "company", "one_person", "evidence", "session", "case", "programme"
]
About = Literal["study", "evidence", "session", "case", "programme"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with its width.

    name : what it is, e.g. "difference at 8 months, Beat the Blues − Treatment as usual"
    value, low, high : None when it could not be computed, with the reason in `why_absent`.
        An open end of an interval is None with `interval` saying so (e.g. "to infinity").
    level : of the interval, e.g. 0.95
    interval : kind of interval, e.g. "t, Kenward-Roger"
    unit : e.g. "BDI-II points", "baseline SD", "proportion"
    direction : what a value above or below zero (or one) means for the patient
    arm, reference, time, scale : what the number belongs to, where that applies
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    interval: str = ""
    unit: str = ""
    direction: str = ""
    n: int | None = None
    se: float | None = None
    df: float | None = None
    p: float | None = None
    arm: str | None = None
    reference: str | None = None
    time: float | None = None
    scale: str | None = None
    why_absent: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """People (or rows) an answer could not use, and why."""

    n: int
    why: str
    of: str = "persons"


@dataclass(frozen=True, slots=True)
class Population:
    """Whom the answer is about."""

    entered: int
    analysed: int
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """What was really run: name, the options as used, and whom to cite."""

    name: str
    options: dict[str, str] = field(default_factory=dict)
    citations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caution:
    """Something a reader must know before leaning on the number."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the number comes from: the study's bytes, the versions, the seed."""

    fingerprint: str
    versions: dict[str, str]
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer, or the reason why there is none.

    id : stable, e.g. "outcome.arm_difference.bdi2"; the part before the first dot is the chapter
    statement : one sentence a clinician can read, with the number and its width
    detail : the typed payload a picture and its table are drawn from; of a declined finding, what was seen on the way, if
        anything
    reason : why there is no answer, as a phrase without the words around it; None where there is one
    """

    id: str
    status: Status
    question: str
    statement: str
    population: Population
    method: Method
    registered: Registered
    provenance: Provenance
    estimates: tuple[Estimate, ...] = ()
    cautions: tuple[Caution, ...] = ()
    detail: Detail | None = None
    would_take: str | None = None
    reason: str | None = None

    @property
    def chapter(self) -> str:
        """The question's chapter: measurement, outcome, for_whom, how, company, one_person, evidence, session …"""
        return self.id.split(".", 1)[0]


@dataclass(frozen=True, slots=True)
class StudyCard:
    """What the report says about the study itself, or about what else the record is about.

    simulated : no such people exist, and every page says so (format 1.2)
    about : what was asked: a study, the ledger of evidence, a therapy session, a case, a treatment programme (format 1.3)
    facts : what stands at the top of the page where it is not a study: (name, values)
    """

    name: str
    title: str
    source: str | None
    time_unit: str
    arms: tuple[tuple[str, str], ...]
    scales: tuple[dict[str, str], ...]
    registered: str | None
    primary: str | None
    persons: int
    tables: dict[str, int]
    simulated: bool = False
    about: About = "study"
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ProblemNote:
    """A problem or a set of rows set aside, as the report shows it."""

    text: str
    where: str
    count: int
    severity: str


@dataclass(frozen=True, slots=True)
class Record:
    """findings.json: the only thing the report reads.

    version : of the record's format; a reader refuses a newer major version by name
    person : id of the one person the record is about; None when it is about the study (format 1.1)
    """

    version: str
    study: StudyCard
    findings: tuple[Finding, ...]
    problems: tuple[ProblemNote, ...]
    provenance: Provenance
    person: str | None = None
