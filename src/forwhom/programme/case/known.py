"""What a case lets guidance know: facts in the words of guidance, each with what it rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forwhom.programme.case.assessment import catalogue, verdict
from forwhom.programme.guidance import Advised, advise, parse_all, shipped_words

if TYPE_CHECKING:
    from forwhom.programme.assessment import Verdict
    from forwhom.programme.case.state import Case


@dataclass(frozen=True, slots=True)
class Known:
    """A fact for guidance: its value, and what of the case it rests on."""

    value: str
    because: str


OBSERVED = {
    "lost-when-probed": ("probing.mentalizing", "lost", "kept"),
    "no-examples": ("patient.gives-examples", "no", "yes"),
    "too-calm": ("patient.calmer-than-topic", "yes", "no"),
}
"""Observation → the variable it says something of, its value where present, its value where absent."""


ASKED = ("patient.attachment", "patient.fears-group", "treatment.week", *(name for name, _, _ in OBSERVED.values()))
"""Variables that the log of a case can tell. What moves from moment to moment in a session is not among them."""


def known(case: Case, on: dt.date) -> dict[str, Known]:
    """What is known of the case on a day. What nobody has recorded, or observers disagree about, is not there.

    No attachment strategy is told while the verdict is undetermined.
    """
    facts: dict[str, Known] = {}
    said = verdict(case, on)
    if said is not None:
        facts |= _of_assessment(case, said)
    group = case.team.agreement("group")
    if group is not None and group.worries.strip():
        facts["patient.fears-group"] = Known("yes", "worries told when the group was agreed on")
    days = (on - case.opened.start).days
    if days >= 0:
        facts["treatment.week"] = Known(str(days // 7 + 1), "days since the start of treatment")
    return facts


def _of_assessment(case: Case, said: Verdict) -> dict[str, Known]:
    facts: dict[str, Known] = {}
    if said.strategy != "undetermined":
        because = f"{said.behind} of {said.of} observations marked"
        facts["patient.attachment"] = Known(said.strategy, because if said.settled else f"{because}, not settled")
    looked = catalogue(case)
    words = {each.id: each.says for each in looked.observations} if looked else {}
    for observation, (variable, present, absent) in OBSERVED.items():
        for side in said.sides:
            if observation in side.present:
                facts[variable] = Known(present, words.get(observation, observation))
            elif observation in side.absent:
                facts[variable] = Known(absent, f"looked for and not seen: {words.get(observation, observation)}")
    return facts


def advised(case: Case, facts: Mapping[str, Known], rules: Iterable[str] | None = None) -> Advised:
    """What the programme's guidance says in these facts; rules that do not read are left out.

    rules : ids of the rules that are asked; all by default
    """
    programme = case.programme
    if programme is None:
        return advise({}, {}, shipped_words())
    asked = None if rules is None else set(rules)
    told = [(rule.id, rule.rule) for rule in programme.guidance if asked is None or rule.id in asked]
    guides, _ = parse_all(told, programme.words)
    return advise(guides, {name: each.value for name, each in facts.items()}, programme.words)
