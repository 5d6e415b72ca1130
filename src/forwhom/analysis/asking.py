"""What every question needs beside what it is asked of: level, seed, and the parts of a finding that are always the same."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from forwhom.findings import Caution, Estimate, Finding, LeftOut, Method, Population, Provenance
from forwhom.findings.kinds import Detail
from forwhom.findings.model import Registered, Status
from forwhom.parallel import MOVES_NUMBERS, generator
from forwhom.study import SELF, Scale, Study

if TYPE_CHECKING:
    from forwhom.evidence.beside import Beside

DEFAULT_SEED = 20260101


class Fingerprinted(Protocol):
    """What questions are asked of: a study, the ledger of evidence, a session."""

    @property
    def fingerprint(self) -> str:
        """Names the bytes it was read from."""
        ...


S = TypeVar("S", bound=Fingerprinted)


@dataclass(frozen=True, slots=True)
class Asking:
    """How a question is asked.

    level : of every interval
    seed : of everything random; each question draws from its own generator
    imputations : how many in multiple imputation
    beside : what is published, where the study says what it is called there
    """

    level: float = 0.95
    seed: int = DEFAULT_SEED
    imputations: int = 1000
    beside: Beside | None = None

    def rng(self, name: str) -> np.random.Generator:
        """The generator of the finding called `name`."""
        return generator(self.seed, name)


@cache
def versions() -> dict[str, str]:
    """Versions of everything that can move a number."""
    numbers = {name: version(name) for name in MOVES_NUMBERS}
    return {"forwhom": numbers["forwhom"], "python": platform.python_version()} | numbers


def provenance(of: Fingerprinted, asking: Asking) -> Provenance:
    """Where the numbers of this run come from."""
    return Provenance(of.fingerprint, versions(), asking.seed)


def is_planned(study: Study, scale: str | None = None, informant: str | None = None) -> Registered:
    """Planned when a registered plan names the scale, rated by the participant (or, without a scale, when registered).

    Only answers to what a plan can name are asked this: the comparison on its scales, its thresholds and events, and the
    participant flow. Everything else is exploratory.
    """
    plan = study.plan
    if plan.registered is None or informant not in (None, SELF):
        return "exploratory"
    named = {plan.primary.scale} if plan.primary else set()
    return "planned" if scale is None or scale in named | set(plan.outcomes) else "exploratory"


@dataclass(slots=True)
class DraftOf(Generic[S]):
    """A finding in the making: one question, its population and cautions, then `answer`, `decline` or `not_applicable`.

    of : what the question is asked of
    """

    of: S
    asking: Asking
    id: str
    question: str
    registered: Registered = "exploratory"
    entered: int = 0
    analysed: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    cautions: list[Caution] = field(default_factory=list)
    method: Method = field(default_factory=lambda: Method("none"))

    def caution(self, code: str, text: str) -> None:
        """Add a caution once."""
        caution = Caution(code, text)
        if caution not in self.cautions:
            self.cautions.append(caution)

    def leave_out(self, n: int, why: str, of: str = "persons") -> None:
        """Count what could not be used; nothing when n is 0."""
        if n > 0:
            self.left_out.append(LeftOut(n, why, of))

    def answer(self, statement: str, estimates: Sequence[Estimate], detail: Detail | None = None) -> Finding:
        """An answer was found."""
        return self._finish("answered", statement, tuple(estimates), detail, None)

    def decline(
        self, why: str, would_take: str, estimates: Sequence[Estimate] = (), detail: Detail | None = None
    ) -> Finding:
        """The data cannot carry an answer: why, what it would take, and (with `detail`) what was seen on the way."""
        reason = why.rstrip(".")
        return self._finish("declined", f"No answer: {reason}.", tuple(estimates), detail, would_take, reason)

    def not_applicable(self, why: str, would_take: str | None = None) -> Finding:
        """The question does not arise in this study."""
        reason = why.rstrip(".")
        return self._finish("not_applicable", f"Not applicable: {reason}.", (), None, would_take, reason)

    def _finish(
        self,
        status: Status,
        statement: str,
        estimates: tuple[Estimate, ...],
        detail: Detail | None,
        take: str | None,
        reason: str | None = None,
    ) -> Finding:
        return Finding(
            id=self.id,
            status=status,
            question=self.question,
            statement=statement,
            population=Population(self.entered, self.analysed, tuple(self.left_out)),
            method=self.method,
            registered=self.registered,
            provenance=provenance(self.of, self.asking),
            estimates=estimates,
            cautions=tuple(self.cautions),
            detail=detail,
            would_take=take,
            reason=reason,
        )


@dataclass(slots=True)
class Draft(DraftOf[Study]):
    """A finding of a study in the making."""

    def __post_init__(self) -> None:
        self.entered = self.entered or self.study.persons.height

    @property
    def study(self) -> Study:
        """The study."""
        return self.of

    def caution_clusters(self) -> None:
        """Say that people of one therapist, site or group are taken as independent here, where such are recorded."""
        grouped = [
            column
            for column in ("therapist", "site", "group")
            if column in self.study.persons.columns and self.study.persons[column].n_unique() > 1
        ]
        if grouped:
            self.caution(
                "clustering-ignored",
                f"People are taken as independent here although {' and '.join(grouped)} {'is' if len(grouped) == 1 else 'are'} "
                "recorded; intervals may be too narrow.",
            )


def finite(value: float | np.floating | None) -> float | None:
    """A plain float, or None where there is no finite number.

    >>> finite(np.float64("nan")) is None, finite(np.float64(2.0))
    (True, 2.0)
    """
    if value is None or not np.isfinite(value):
        return None
    return float(value)


def scales_measured(study: Study) -> tuple[Scale, ...]:
    """The declared scales that have at least one value, in the order of the study."""
    seen = set(study.measures.drop_nulls("value")["scale"].unique().to_list())
    return tuple(scale for name, scale in study.scales.items() if name in seen)
