"""One group compared with another at one time: what an effect is computed from, whatever file it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forwhom.evidence.vocabulary import Better

MEANS, CHANGE, EVENTS, GIVEN = "means", "change", "events", "given"


@dataclass(frozen=True, slots=True)
class Group:
    """People of one arm behind a comparison.

    id : the same in every comparison these people take part in
    word : term of the vocabulary, or the source's own code; label : as a reader should see it
    n : people behind the numbers; events : people with the event
    change, sd_change : mean change from start to end, end minus start, and the sd of the changes
    """

    id: str
    word: str
    label: str
    n: float | None = None
    mean: float | None = None
    sd: float | None = None
    events: float | None = None
    change: float | None = None
    sd_change: float | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An effect as the source gives it, group one against group two.

    statistic : g, d, smd, md, t, f, p, rr, or, rd, log_rr, log_or
    toward : +1 when the source says that it favours group one, −1 group two, None when it does not say
    """

    statistic: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    se: float | None = None
    df: float | None = None
    p: float | None = None
    toward: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Group one (the treatment) against group two at one time, on one measure.

    id : names it; where : place in the source, for a reader
    study : the publication; sample : independent people, the same for studies that share them; label : for a reader
    outcome : term of the vocabulary, or the source's own word; measure : the instrument
    better : direction of the scale (of events: whether more of them is good) that is declared; None when nothing declares it
    declared_by : what declares it: "row", "measure", "instrument", "outcome"
    treatments, controls, disorders : the word itself, and everything it is part of
    time : "during", "post", "follow-up", or "" when the source does not say; months : since the start of treatment
    traits : what may moderate: words and numbers by name, absent where the source does not state them
    absent : why there is no number that could be used; "" when there is
    parted : the source prints one number of people for both groups, parted here in proportion to the arms
    """

    id: str
    study: str
    sample: str
    label: str
    outcome: str
    outcome_label: str
    measure: str
    one: Group
    two: Group
    better: Better | None = None
    declared_by: str = ""
    given: Given | None = None
    outcomes: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    disorders: tuple[str, ...] = ()
    time: str = ""
    months: float | None = None
    year: int | None = None
    traits: Mapping[str, str | float] = field(default_factory=dict)
    where: str = ""
    printed: str = ""
    made: str = ""
    absent: str = ""
    parted: bool = False

    @property
    def kind(self) -> str:
        """What its numbers are: means, change, events or given; "" when nothing is complete.

        >>> Comparison("a", "s", "s", "S", "x", "X", "", Group("1", "", "", 9, events=2), Group("2", "", "", 9, events=3)).kind
        'events'
        """
        one, two = self.one, self.two
        if None not in (one.n, two.n):
            if None not in (one.events, two.events):
                return EVENTS
            if None not in (one.mean, one.sd, two.mean, two.sd):
                return MEANS
            if None not in (one.change, one.sd_change, two.change, two.sd_change):
                return CHANGE
        return GIVEN if self.given is not None else ""

    @property
    def sign(self) -> int | None:
        """+1 where higher scores (more events) are better, −1 where lower are, None where nothing declares it."""
        return {"higher": 1, "lower": -1}.get(self.better or "")

    @property
    def people(self) -> float | None:
        """In both groups; None where one number is absent."""
        return None if self.one.n is None or self.two.n is None else self.one.n + self.two.n
