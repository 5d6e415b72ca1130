"""Which mechanism is asked to carry which outcome: what the plan names."""

from __future__ import annotations

from forwhom.analysis.asking import is_planned, scales_measured
from forwhom.findings.model import Registered
from forwhom.study import Study
from forwhom.study.plan import Mechanism


def outcomes_of(study: Study, mechanism: Mechanism) -> tuple[str, ...]:
    """The outcomes of one mechanism: its own, else the primary and the planned ones, else the first scale with scores."""
    named = outcomes_asked(study, mechanism)
    if not named:
        named = tuple(scale.name for scale in scales_measured(study) if scale.name != mechanism.name)[:1]
    return tuple(name for name in named if name != mechanism.name)


def outcomes_asked(study: Study, mechanism: Mechanism) -> tuple[str, ...]:
    """Those the plan names, the mechanism's own or the plan's, itself included."""
    plan = study.plan
    return mechanism.outcomes or tuple(
        dict.fromkeys(([plan.primary.scale] if plan.primary else []) + list(plan.outcomes))
    )


def pairs(study: Study) -> tuple[tuple[Mechanism, str], ...]:
    """Every planned mechanism with each of its outcomes, in the order of the plan."""
    return tuple((each, name) for each in study.plan.mechanisms for name in outcomes_of(study, each))


def carried_outcomes(study: Study) -> tuple[str, ...]:
    """Outcomes that more than one mechanism is asked to carry."""
    names = [name for _, name in pairs(study)]
    return tuple(name for name in dict.fromkeys(names) if names.count(name) > 1)


def mechanism_of(study: Study, name: str) -> Mechanism:
    """The planned mechanism called `name`."""
    return next(each for each in study.plan.mechanisms if each.name == name)


def registered_pair(study: Study, mechanism: Mechanism, outcome: str) -> Registered:
    """Planned when a registered plan names the mechanism, both its windows, and the outcome (the mechanism's own, or the plan's)."""
    if mechanism.window is None or mechanism.outcome_window is None or study.plan.registered is None:
        return "exploratory"
    return "planned" if outcome in mechanism.outcomes else is_planned(study, outcome)


def only_itself(study: Study) -> tuple[str, ...]:
    """Mechanisms whose only outcome is the mechanism."""
    return tuple(each.name for each in study.plan.mechanisms if outcomes_asked(study, each) == (each.name,))
