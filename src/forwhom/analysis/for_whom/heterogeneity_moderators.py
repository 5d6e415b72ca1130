"""Moderators that pass their own test of moderation, so that a verdict over all of them does not hide one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from forwhom.analysis.asking import Asking, finite
from forwhom.analysis.for_whom.candidates import moderators_of
from forwhom.analysis.for_whom.moderator_fit import Moderation, moderation
from forwhom.analysis.for_whom.trial import Trial
from forwhom.analysis.words import listed, p_value
from forwhom.kernels.holm import holm
from forwhom.study import Study

NAMED = 3
"""Moderators named in the sentence; the caution names all."""


@dataclass(frozen=True, slots=True)
class Passing:
    """One moderator whose interaction is told from zero after the adjustment for its own family.

    finding : id of the finding about it; p : Holm-adjusted over `tested` moderators, all planned or all exploratory
    """

    label: str
    finding: str
    planned: bool
    p: float
    tested: int


def passing(study: Study, asking: Asking, made: Trial) -> tuple[Passing, ...]:
    """What `for_whom.moderator` calls more than chance, after its adjustment, for this outcome; smallest p first.

    Empty for thresholds and events, of which no single moderators are asked. The fits are those of the moderators' own
    findings, made once per process.
    """
    target = made.target
    if target.binary or target.scale is None or made.courses is None:
        return ()
    # Rated by somebody else, the scale is named so in the findings that share these fits.
    here = replace(made.courses, scale=replace(made.courses.scale, label=target.label))
    family = moderators_of(study, target.scale)
    found = []
    for planned in (True, False):
        mine = [one for one in family if one.planned == planned]
        fits = [moderation(study, asking, here, one) for one in mine]
        p = [finite(fit.any_arm.p) if isinstance(fit, Moderation) else None for fit in fits]
        tested = sum(value is not None for value in p)
        found += [
            Passing(one.label, f"for_whom.moderator.{target.name}.{one.name}", planned, adjusted, tested)
            for one, adjusted in zip(mine, holm(p), strict=True)
            if adjusted is not None and adjusted < 1.0 - asking.level
        ]
    return tuple(sorted(found, key=lambda one: one.p))


def alone_words(alone: Sequence[Passing], effects: str) -> str:
    """The sentence that points to them; empty without any. effects : "it" or "them"."""
    if not alone:
        return ""
    told = [
        f"{one.label} ({'planned' if one.planned else 'exploratory'}, Holm-adjusted {p_value(one.p)})"
        for one in alone[:NAMED]
    ]
    if len(alone) > NAMED:
        told.append(f"{len(alone) - NAMED} more")
    verb, where = ("changes", "its own finding") if len(alone) == 1 else ("change", "their own findings")
    return f" Tested alone, {listed(told)} {verb} {effects} by more than chance: see {where}."


def alone_caution(alone: Sequence[Passing]) -> str:
    """Where to read on, and how the two answers go together."""
    return (
        f"{listed([one.finding for one in alone])}: adjusted for the other moderators of its kind, not for the tests here. A test "
        "of many moderators together can miss one that matters, and one found among many needs a second study."
    )
