"""Functional domains: one variable may be outcome, moderator and mechanism; in one model it should be one of them.

Aggressiveness may be what a treatment is to change, what tells who gains, and what carries the gain. Each is a question of its
own. Where two of them meet in one model the answer to each changes, and the finding says how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.words import listed
from forwhom.findings import Finding, Method
from forwhom.findings.kinds import RoleRow, RolesDetail
from forwhom.study import Study

Role = Literal["outcome", "moderator", "mechanism", "covariate"]
ROLES: tuple[Role, ...] = ("outcome", "moderator", "mechanism", "covariate")

MEETING: dict[tuple[Role, Role], str] = {
    (
        "outcome",
        "moderator",
    ): "its score before treatment is the moderator and its later score the outcome: chance in the "
    "baseline works on both sides, so people far from the mean seem to change more",
    (
        "outcome",
        "mechanism",
    ): "it cannot carry a change in itself: a path from it to itself is stability, not mediation",
    ("outcome", "covariate"): "its baseline is held constant in its own model, which is as it should be",
    (
        "moderator",
        "mechanism",
    ): "its score before treatment says for whom, its change during treatment says how: an effect through it that "
    "depends on it mixes both",
    ("moderator", "covariate"): "its main effect is in the model twice over in words, once in fact: nothing is lost",
    (
        "mechanism",
        "covariate",
    ): "holding its baseline constant is right, holding its later score constant takes away the effect it carries",
}
"""What it means that one variable plays both parts in one model."""
HARMLESS = {("outcome", "covariate"), ("moderator", "covariate")}


def declared(study: Study) -> dict[str, tuple[Role, ...]]:
    """Every variable of the plan with the parts it was given, in the order of the plan."""
    plan = study.plan
    named: tuple[tuple[Role, Sequence[str]], ...] = (
        ("outcome", [*([plan.primary.scale] if plan.primary else []), *plan.outcomes]),
        ("moderator", plan.moderators),
        ("mechanism", [each.name for each in plan.mechanisms]),
        ("covariate", plan.covariates),
    )
    made: dict[str, tuple[Role, ...]] = {}
    for role, names in named:
        for name in dict.fromkeys(names):
            made[name] = (*made.get(name, ()), role)
    return made


def caution_roles(draft: Draft, model: Mapping[Role, Sequence[str]]) -> None:
    """Say of every variable that plays two parts in this model what that does, and of one that plays another elsewhere that it does.

    model : the variables of this model by the part they play in it
    """
    planned = declared(draft.study)
    for name in dict.fromkeys(name for names in model.values() for name in names):
        here = [role for role in ROLES if name in model.get(role, ())]
        label = draft.study.scales[name].label if name in draft.study.scales else name
        for i, first in enumerate(here):
            for second in here[i + 1 :]:
                if (first, second) not in HARMLESS:
                    draft.caution(
                        "two-roles", f"{label} is both {first} and {second} in this model: {MEETING[first, second]}."
                    )
        elsewhere = [role for role in planned.get(name, ()) if role not in here and role != "covariate"]
        if here != ["covariate"] and elsewhere:
            draft.caution(
                "other-role",
                f"The plan also names {label} as {listed(elsewhere)}. Here it is the {listed(here)} only; the two answers are not two "
                "pieces of evidence for one another.",
            )


def roles(study: Study, asking: Asking) -> Finding:
    """`how.roles`: which variables the plan gives more than one part, and in which models the parts meet."""
    draft = Draft(study, asking, "how.roles", "Which variables play more than one part?")
    several = {name: parts for name, parts in declared(study).items() if len(parts) > 1}
    if not several:
        return draft.not_applicable("the plan gives no variable two parts (outcome, moderator, mechanism, covariate).")
    rows = tuple(_row(study, name, parts) for name, parts in several.items())
    flagged = [row.label for row in rows if row.meets]
    draft.analysed = draft.entered
    draft.method = Method("Reading of the plan; nothing is estimated")
    told = listed([f"{row.label} ({listed(list(row.roles))})" for row in rows])
    end = (
        f" In one model two parts of {listed(flagged)} meet; the findings concerned say so."
        if flagged
        else " No model holds two of them at once."
    )
    return draft.answer(f"The plan gives more than one part to {told}.{end}", (), RolesDetail(rows))


def _row(study: Study, name: str, parts: tuple[Role, ...]) -> RoleRow:
    meets = tuple(
        f"{first} and {second}: {MEETING[first, second]}"
        for i, first in enumerate(parts)
        for second in parts[i + 1 :]
        if (first, second) not in HARMLESS and _in_one_model(study, name, first, second)
    )
    label = study.scales[name].label if name in study.scales else name
    return RoleRow(name, label, parts, meets)


def _in_one_model(study: Study, name: str, first: Role, second: Role) -> bool:
    """Whether a question of the report puts both parts of the variable into one model."""
    if (first, second) == ("outcome", "mechanism"):
        own = next(each for each in study.plan.mechanisms if each.name == name)
        return name in own.outcomes
    return (first, second) in {("outcome", "moderator"), ("mechanism", "covariate")}
