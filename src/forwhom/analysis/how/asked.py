"""The questions on mechanisms. A study that names none is told so without loading what answers them."""

from __future__ import annotations

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.how.planned_pairs import only_itself
from forwhom.analysis.words import listed
from forwhom.findings import Finding
from forwhom.study import Study


def mediation(study: Study, asking: Asking, name: str = "", outcome: str = "") -> Finding:
    """`how.mediation.<mechanism>.<scale>`: did treatment move it, and did earlier change in it carry later change?"""
    if name:
        from forwhom.analysis.how.mediation import carried_by

        return carried_by(study, asking, name, outcome)
    draft = Draft(study, asking, "how.mediation", "Did treatment work by way of a mechanism?")
    if own := only_itself(study):
        return draft.decline(*_itself(study, own))
    return draft.not_applicable(
        "the plan names no mechanism.",
        'mechanisms = […] in [plan], with their windows: { name = "coping", window = { sessions = [1, 5] }, outcome_window = '
        "{ sessions = [5, 10] } }.",
    )


def mechanisms(study: Study, asking: Asking, outcome: str = "") -> Finding:
    """`how.mechanisms.<scale>`: the planned mechanisms of one outcome side by side."""
    if outcome:
        from forwhom.analysis.how.mechanisms import compared

        return compared(study, asking, outcome)
    draft = Draft(study, asking, "how.mechanisms", "Which of several mechanisms carries the change?")
    return draft.not_applicable(
        "the plan names fewer than two mechanisms of one outcome.", "Several mechanisms in the plan."
    )


def temporal_order(study: Study, asking: Asking, name: str = "", outcome: str = "") -> Finding:
    """`how.temporal_order.<a>.<b>`: do deviations in one go before deviations in the other, within persons?"""
    if name:
        from forwhom.analysis.how.temporal_order import which_first

        return which_first(study, asking, name, outcome)
    draft = Draft(study, asking, "how.temporal_order", "Which changes first, a mechanism or the outcome?")
    if own := only_itself(study):
        return draft.decline(*_itself(study, own))
    return draft.not_applicable("the plan names no mechanism.", "mechanisms = […] in [plan].")


def _itself(study: Study, names: tuple[str, ...]) -> tuple[str, str]:
    labels = [study.scales[name].label if name in study.scales else name.replace("_", " ") for name in names]
    one = len(names) == 1
    return (
        f"the plan names {listed(labels)} as {'a mechanism' if one else 'mechanisms'} and as the only outcome "
        f"{'it is' if one else 'each is'} to carry: a variable cannot carry a change in itself",
        'Another outcome: outcomes = ["…"] of the mechanism, or outcomes = ["…"] in [plan].',
    )
