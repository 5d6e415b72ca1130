"""What a programme of treatment is made of, as its papers say it.

Every type is frozen. What a paper does not say is absent (None, or an empty tuple) or, where planning needs a value, named in
`assumed` with a `Gap` that says so. docs/design/programmes.md says the same key by key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from forwhom.programme.guidance.words import Words

Unit = Literal["day", "week", "month", "year"]
PARTS = (
    "roles", "phases", "sessions", "assessments", "plans", "agreements", "modules", "principles", "adherence", "gates",
    "duties", "alerts", "guidance", "gaps",
)  # fmt: skip
"""The lists of a programme, in the order of its file."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where something stands: document (id in the ledger's documents.toml), place, line of its text."""

    document: str
    place: str = ""
    line: int | None = None
    to: int | None = None

    def __str__(self) -> str:
        """For a reader.

        >>> str(Source("S2", "Basic interventions", 140))
        'S2 line 140'
        """
        if self.line is None:
            return f"{self.document}, {self.place}" if self.place else self.document
        return f"{self.document} line{'s' if self.to else ''} {self.line}{f'–{self.to}' if self.to else ''}"


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time, or how often: every `value` units."""

    value: int
    unit: Unit

    def __str__(self) -> str:
        """For a reader.

        >>> str(Length(12, "week")), str(Length(1, "week"))
        ('12 weeks', '1 week')
        """
        return f"{self.value} {self.unit}{'' if self.value == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact of a programme has.

    id : unique among its kind
    label : for a reader
    source : where the paper says it; None only for a value that is ours and stands among the gaps
    claim : id of a claim in the ledger of evidence
    assumed : keys whose value is ours, for planning, because the paper is silent
    """

    id: str
    label: str = ""
    source: Source | None = None
    claim: str = ""
    assumed: tuple[str, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        """The label, or the id where there is none."""
        return self.label or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Fact):
    """Who takes part. Training in days, experience in years, where the paper states them."""

    training_days: int | None = None
    experience_years: int | None = None
    experience_years_disorder: int | None = None
    does: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase(Fact):
    """A stretch of the programme.

    begins : counted from the start of the programme; None when it follows `after`
    after : id of the phase at whose end it begins
    length : None when it goes on until the end of the programme
    move_on : what must be there before the next phase begins, ``"plans.crisis"``; see `Programme.thing`
    beside : True where it runs beside others on purpose
    """

    begins: Length | None = None
    after: str = ""
    length: Length | None = None
    move_on: tuple[str, ...] = ()
    beside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Fact):
    """A kind of appointment. `every` None: the paper does not say how often; `required`: one cannot do without."""

    phases: tuple[str, ...] = ()
    format: str = ""
    minutes: int | None = None
    every: Length | None = None
    led_by: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment(Fact):
    """What is assessed or reviewed.

    at : counted from the start of the programme in `unit`; or, without it, once within `phase`
    window : days before and after an occasion within which it still counts
    trial : True for what the trial of the paper measured, which the treatment itself does not ask for
    """

    kind: str = "outcome"
    phase: str = ""
    at: tuple[int, ...] = ()
    unit: Unit = "month"
    window: int | None = None
    by: tuple[str, ...] = ()
    informant: str = ""
    measures: tuple[str, ...] = ()
    looks_at: tuple[str, ...] = ()
    trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Fact):
    """What is worked out together and written down: the formulation, the crisis plan."""

    phase: str = ""
    by: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    review: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement(Fact):
    """What is agreed before it goes on."""

    phase: str = ""
    between: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Module(Fact):
    """A part of what is taught, with its topics and the sessions it is taught in."""

    session: str = ""
    topics: tuple[str, ...] = ()
    length: Length | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Principle(Fact):
    """What a programme holds to. `kind`: focus, theory, engagement, attachment, activity, services, manual …"""

    kind: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Fact):
    """What supervision rates. `of`: stance, technique, activity …; `wanted` False for what should not be there."""

    of: str = "stance"
    says: str = ""
    wanted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Fact):
    """What may not be done while a rule of the guidance says so. `shuts`: actions of the guidance, ``"level 3 to 4"``."""

    rule: str
    shuts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Fact):
    """Who owes what to whom: hand-over, disclosure, supervision."""

    says: str
    by: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Fact):
    """What must reach somebody.

    on, what : event, missed, item or off-track, and of which kinds; an empty `what` means any
    threshold : of an item, or how many sessions missed in a row
    to : roles, the next told where the one before has not answered `within` that many hours
    """

    on: str
    to: tuple[str, ...]
    what: tuple[str, ...] = ()
    threshold: float | None = None
    below: bool = False
    within: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Fact):
    """If-then guidance. `rule` in the language of docs/reference/guidance.md; `why` in our words; `grade` of its evidence."""

    rule: str
    why: str
    grade: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What the papers do not say. `of` names the fact that stands in for it: ``"phases.assessment.length"``."""

    what: str
    needed_for: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Programme:
    """A treatment as data; its lists are in the order of the file.

    length : of the whole, from the first day
    treatment : id among the treatments of the ledger's vocabulary
    words : of the guidance, those that ship with forwhom and the programme's own
    """

    id: str
    title: str
    disorder: str
    about: str = ""
    length: Length | None = None
    setting: str = ""
    treatment: str = ""
    source: Source | None = None
    claim: str = ""
    note: str = ""
    roles: tuple[Role, ...] = ()
    phases: tuple[Phase, ...] = ()
    sessions: tuple[Session, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    plans: tuple[Plan, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    modules: tuple[Module, ...] = ()
    principles: tuple[Principle, ...] = ()
    adherence: tuple[Item, ...] = ()
    gates: tuple[Gate, ...] = ()
    duties: tuple[Duty, ...] = ()
    alerts: tuple[Alert, ...] = ()
    guidance: tuple[Rule, ...] = ()
    gaps: tuple[Gap, ...] = ()
    words: Words = field(default_factory=Words)
    file: str = ""

    def phase(self, name: str) -> Phase | None:
        """The phase of this id."""
        return next((phase for phase in self.phases if phase.id == name), None)

    def facts(self) -> Iterator[tuple[str, Fact]]:
        """Every fact with its path, ``"phases.assessment"``, in the order of the file."""
        for part in PARTS[:-1]:
            for fact in getattr(self, part):
                yield f"{part}.{fact.id}", fact

    def thing(self, path: str) -> Fact | None:
        """The fact a path leads to; None when it leads nowhere.

        >>> from forwhom import programme
        >>> programme.shipped("mbt").thing("plans.crisis").name
        'Crisis plan'
        """
        return next((fact for name, fact in self.facts() if name == path), None)
