"""What the rules of feedback said of the live course, as it was computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from forwhom.keyed import Keys, text, texts
from forwhom.problems import Problem, short
from forwhom.programme.case.kind import Kind
from forwhom.programme.case.log import Entry
from forwhom.programme.case.readers import moment

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case


@dataclass(frozen=True, slots=True)
class Computed:
    """Data of feedback.computed.

    alarms : rules that raised an alarm at the latest score
    learned_from : digest or name of what the expected course was learned from
    """

    scale: str
    status: str
    latest: dt.datetime
    alarms: tuple[str, ...] = ()
    learned_from: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """The latest feedback per scale."""

    latest: Mapping[str, Computed] = field(default_factory=dict)


def _computed(case: Case, entry: Entry, said: Computed) -> Case:
    return replace(case, feedback=Feedback({**case.feedback.latest, said.scale: said}))


def _again(case: Case, entry: Entry, said: Computed) -> tuple[Problem, ...]:
    """A notice where the same score was judged before."""
    before = case.feedback.latest.get(said.scale)
    if before is None or before.latest != said.latest or entry.corrects is not None:
        return ()
    found = f"the score of {short(said.scale)} of {said.latest:%Y-%m-%d %H:%M} was judged before ({before.status})"
    do = "Nothing: one score raises an alert once. Record a later score to ask anew."
    return (Problem("judged-before", do, column="latest", found=found, severity="notice"),)


KINDS = {
    "feedback.computed": Kind(
        "What the rules of feedback said of the course of a scale",
        Keys(
            Computed,
            {"scale": text, "status": text, "latest": moment, "alarms": texts, "learned_from": text},
            {
                "scale": "Name the scale.",
                "status": "Say how it stands.",
                "latest": "When the latest score was answered.",
            },
        ),
        _computed,
        fits=_again,
    ),
}
