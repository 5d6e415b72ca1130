"""Kinds of the case page: assessment, formulation, team, stance, agenda, training. Days and times are texts."""

from __future__ import annotations

from dataclasses import dataclass, field

from forwhom.findings.kinds.common import Interval, Number


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """One observation of the checklist.

    strategy : that it points to; state : present, absent, contested or not observed
    """

    says: str
    strategy: str
    state: str
    source: str


@dataclass(frozen=True, slots=True)
class StrategiesDetail:
    """Every observation, and which of the open ones would settle the verdict."""

    verdict: str
    rows: tuple[ObservationRow, ...]
    settle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileSquare:
    """One impairment in one relationship.

    low, high : lowest and highest degree that observers gave: 0 none, 1 some, 2 marked; None where not assessed
    """

    context: str
    impairment: str
    low: Number
    high: Number
    observers: int
    on: str


@dataclass(frozen=True, slots=True)
class MentalizingProfileDetail:
    """Impairment by relationship, both in the order they are shown; `source` of each impairment."""

    contexts: tuple[str, ...]
    impairments: tuple[str, ...]
    squares: tuple[ProfileSquare, ...]


@dataclass(frozen=True, slots=True)
class TriggerCount:
    """How often something was told with a trigger; `part`: Strategy, Mode, Feeling or Act."""

    part: str
    what: str
    n: int


@dataclass(frozen=True, slots=True)
class TriggerLine:
    """One trigger in one relationship, with how many episodes were told of it, when, and by whom."""

    trigger: str
    context: str
    episodes: int
    counts: tuple[TriggerCount, ...]
    when: str
    voices: str


@dataclass(frozen=True, slots=True)
class TriggerMapDetail:
    """Triggers as rows; the columns are what was told with any of them."""

    rows: tuple[TriggerLine, ...]


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """A rule of guidance that holds: what it advises, why, what of the case makes it hold, and what it rests on.

    standing : of its claim in the ledger of evidence; "" where none was asked
    """

    rule: str
    advises: str
    why: str
    because: str
    source: str
    grade: str
    standing: str


@dataclass(frozen=True, slots=True)
class CaseAdviceDetail:
    """Rules that hold, and rules that wait with what they wait for."""

    rows: tuple[AdviceRow, ...]
    waiting: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VoiceRow:
    """One point of the formulation in two voices; "" where a voice has not spoken.

    result : how far both see it alike; dates : of the two newest versions
    """

    point: str
    patient: str
    therapist: str
    result: str
    dates: str


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """What was said before."""

    point: str
    voice: str
    text: str
    when: str


@dataclass(frozen=True, slots=True)
class FormulationDetail:
    """Both voices side by side, and every earlier version."""

    rows: tuple[VoiceRow, ...]
    earlier: tuple[EarlierVersion, ...]


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """How one component is agreed on and attended."""

    component: str
    required: bool
    agreed: str
    held: int
    missed: int
    not_offered: int
    in_a_row: int
    share: Number


@dataclass(frozen=True, slots=True)
class OwedRow:
    """What somebody of the team must still be told, and what stands in the way."""

    item: str
    to: str
    way: str
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class TeamDetail:
    """Components and what the team owes each other."""

    components: tuple[ComponentRow, ...]
    owed: tuple[OwedRow, ...]


@dataclass(frozen=True, slots=True)
class StancePoint:
    """One rated session: months from the first day, the mean over raters, each rater's mean."""

    session: str
    month: float
    mean: float
    raters: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class StanceItem:
    """One item in the newest session that others rated, and in the newest that the therapist did; None where nobody rated it."""

    item: str
    of: str
    newest: Number
    sessions: int
    source: str
    wanted: bool
    own: Number = None


@dataclass(frozen=True, slots=True)
class RaterPair:
    """Two raters of one session.

    own : one of them is its therapist, and comes second
    items : rated by both; same, within_one : of these; difference : mean of second minus first, in points of 4
    """

    session: str
    first: str
    second: str
    own: bool
    items: int
    same: int
    within_one: int
    difference: Number


@dataclass(frozen=True, slots=True)
class StanceTrendDetail:
    """The stance over sessions that others rated. `slope`: points per month; `intercept`: at the first day.

    own, own_slope, own_intercept : the same of the therapist's own ratings, which are never averaged with those of others
    """

    points: tuple[StancePoint, ...]
    items: tuple[StanceItem, ...]
    slope: Interval
    intercept: Number
    own: tuple[StancePoint, ...] = ()
    own_slope: Interval = field(default_factory=lambda: Interval(None))
    own_intercept: Number = None
    pairs: tuple[RaterPair, ...] = ()


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """A point for supervision, with its id, to be named once it was spoken of."""

    part: str
    says: str
    why: str
    rule: str
    source: str
    when: str
    id: str


@dataclass(frozen=True, slots=True)
class AgendaDetail:
    """What supervision should speak of."""

    rows: tuple[AgendaRow, ...]


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """A therapist's training and supervision; `lacks`: what speaks against seeing patients, "" for nothing."""

    person: str
    role: str
    days: float
    supervisor: str
    supervisions: int
    hours: float
    last: str
    sessions: int
    lacks: str


@dataclass(frozen=True, slots=True)
class TrainingDetail:
    """Everybody who treats."""

    rows: tuple[TrainingRow, ...]
