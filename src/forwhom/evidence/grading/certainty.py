"""Certainty of one effect, after GRADE, by rules that are counted out (Guyatt et al., 2008, BMJ 336:924)."""

from __future__ import annotations

from dataclasses import dataclass

CERTAINTIES = ("very low", "low", "moderate", "high")
NOT_ASSESSED = "not assessed"
OPTIMAL_PEOPLE = 400
OPTIMAL_EVENTS = 300
"""Rules of thumb of the GRADE working group for the optimal information size (Guyatt et al., 2011, J Clin Epidemiol 64:1283)."""
MUCH = 0.50
"""I² from which effects are said to disagree."""
TELLABLE = 10
"""Samples from which a test of small-study effects is worth making."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of evidence on one outcome of one treatment.

    randomised : all of it; samples, people, events : behind it (events None for a scale)
    estimated : whether a number could be pooled or read; crosses : its interval includes no difference (None where none could be made)
    agree : whether all samples point the same way; i2 : None for one sample; prediction_crosses : None where there is none
    risks : of bias per domain, the worst of its samples: low, some, high, not stated
    other_disorder : people of another disorder than asked for; against : what it was compared with, in words
    developers_only : True where every sample comes from the treatment's developers; None where that is unknown
    by_names : that follows from the authors' names, for some sample
    asymmetry : p of the test of small-study effects; None where it was not made
    large : the effect is large (risk ratio below 0.5 or above 2, g above 0.8), and its interval excludes no difference
    """

    randomised: bool
    samples: int
    people: int | None
    events: int | None = None
    estimated: bool = False
    crosses: bool | None = None
    agree: bool = True
    i2: float | None = None
    prediction_crosses: bool | None = None
    risks: tuple[tuple[str, str], ...] = ()
    other_disorder: bool = False
    against: str = ""
    developers_only: bool | None = None
    by_names: bool = False
    asymmetry: float | None = None
    large: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One reason why the certainty went down or up, and what would take it away."""

    domain: str
    steps: int
    why: str
    change: str


@dataclass(frozen=True, slots=True)
class Certainty:
    """The certainty, where it began, and every step on the way. Steps of 0 are told too: they were looked at.

    name : of `CERTAINTIES`, or `NOT_ASSESSED` where no number is there to be certain of
    """

    name: str
    began: str
    steps: tuple[Step, ...]


def certainty(body: Body) -> Certainty:
    """High for randomised evidence, low for the rest, down by risk of bias, inconsistency, indirectness, imprecision and
    small-study effects, up by a large effect of evidence that was not randomised and not lowered.

    >>> certainty(Body(True, 2, 900, 320, True, False, True, 0.1, False, (("randomisation", "low"),))).name
    'high'
    """
    began = 3 if body.randomised else 1
    steps = (_bias(body), _inconsistency(body), _indirectness(body), _imprecision(body), _small_studies(body))
    down = sum(step.steps for step in steps)
    up = Step("large effect", 0, "", "")
    if not body.randomised and body.large and down == 0:
        up = Step(
            "large effect",
            1,
            "The effect is large and its interval excludes no difference",
            "A smaller effect in new samples",
        )
    level = min(max(began + down + up.steps, 0), 3)
    name = CERTAINTIES[level] if body.estimated else NOT_ASSESSED
    return Certainty(name, CERTAINTIES[began], (*steps, *((up,) if up.steps else ())))


def _bias(body: Body) -> Step:
    domain = "risk of bias"
    high = [name for name, risk in body.risks if risk == "high"]
    silent = [name for name, risk in body.risks if risk == "not stated"]
    some = [name for name, risk in body.risks if risk == "some"]
    if len(high) > 1:
        return Step(domain, -2, f"High risk in {_and(high)}", "Trials without these flaws")
    if high:
        return Step(domain, -1, f"High risk in {_and(high)}", "Trials without this flaw")
    if silent or not body.risks:
        what = (
            f"how {_and(silent)} {'was' if len(silent) == 1 else 'were'} handled"
            if silent
            else "how any of it was handled"
        )
        return Step(domain, -1, f"The sources do not say {what}", "Reading the trials' own reports")
    if len(some) > 1:
        return Step(domain, -1, f"Some concerns in {_and(some)}", "Trials without these concerns")
    return Step(domain, 0, "Low in every domain" if not some else f"Some concerns in {_and(some)} only", "")


def _inconsistency(body: Body) -> Step:
    domain = "inconsistency"
    if body.samples < 2:
        return Step(domain, 0, "One sample cannot disagree with itself", "")
    if not body.agree:
        return Step(domain, -1, "Samples point different ways", "Finding out what they differ in")
    if body.i2 is not None and body.i2 >= MUCH:
        why = f"{body.i2 * 100:.0f} % of the variance lies between samples"
        if body.prediction_crosses:
            return Step(
                domain, -2, f"{why}, and the effect of a new sample may be none", "Finding out what they differ in"
            )
        return Step(domain, -1, why, "Finding out what they differ in")
    if body.prediction_crosses and body.crosses is False:
        return Step(
            domain, -1, "The effect of a new sample may be none", "More samples, or finding out what they differ in"
        )
    return Step(domain, 0, "Samples point the same way", "")


def _indirectness(body: Body) -> Step:
    if body.other_disorder:
        return Step("indirectness", -1, "Some people have another disorder than asked for", "Trials in this disorder")
    return Step("indirectness", 0, f"The disorder asked for{f', against {body.against}' if body.against else ''}", "")


def _imprecision(body: Body) -> Step:
    domain = "imprecision"
    if not body.estimated:
        return Step(domain, 0, "Cannot be looked at: no number is coded", "The numbers of the trials")
    few = []
    if body.events is not None and body.events < OPTIMAL_EVENTS:
        few.append(f"{body.events} events (fewer than {OPTIMAL_EVENTS})")
    elif body.events is None and (body.people is None or body.people < OPTIMAL_PEOPLE):
        few.append(
            f"{'an unknown number of' if body.people is None else body.people} people (fewer than {OPTIMAL_PEOPLE})"
        )
    if body.crosses is not False and few:
        return Step(domain, -2, f"The interval includes no difference; {few[0]}", "More people")
    if body.crosses is not False:
        return Step(domain, -1, "The interval includes no difference", "More people")
    if few:
        return Step(domain, -1, few[0][:1].upper() + few[0][1:], "More people")
    return Step(domain, 0, "Enough people, and the interval excludes no difference", "")


def _small_studies(body: Body) -> Step:
    domain = "small-study effects and allegiance"
    if body.asymmetry is not None and body.asymmetry < 0.10 and body.samples >= TELLABLE:
        return Step(domain, -1, f"Small samples show larger effects (p {body.asymmetry:.2f})", "Unpublished results")
    if body.developers_only:
        known = ", as far as names of authors tell" if body.by_names else ""
        return Step(
            domain, -1, f"Every sample comes from those who developed the treatment{known}", "A trial by another team"
        )
    if body.developers_only is None:
        return Step(domain, 0, "Who made the studies is not known for all of them", "")
    return Step(domain, 0, "Other teams than the developers are among them", "")


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
