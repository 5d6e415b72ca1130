"""The three levels of a package and of a theory, by rules that are counted out, and what would move them.

Packages follow the criteria of empirically supported treatments: two randomised comparisons by independent teams (Chambless &
Hollon, 1998, J Consult Clin Psychol 66:7). Theories follow the criteria of mechanisms: change of the mechanism under
treatment, before and with the outcome, in more than one sample (Kazdin, 2007, Annu Rev Clin Psychol 3:1). The two
factors are those of David & Montgomery (2011, Clin Psychol Sci Pract 18:89), who leave the counting to the reader.
"""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.evidence.grading.facts import Fact

LEVELS = ("well-supported", "equivocal", "contradicted")
NOTHING = "nothing to place it by"
UNCOMPARED = "followed, never compared"
NAMED = "named as tested, not coded"
NEEDED = 2
"""Independent samples that one alone cannot replace."""


@dataclass(frozen=True, slots=True)
class Level:
    """One factor's level.

    name : of `LEVELS`; or `NOTHING`, `UNCOMPARED` (people were followed and never compared), `NAMED` (trials are named and
        their results are not coded): these three are outside the grid
    rule : name of the rule that decided; why : the counts behind it, in words
    """

    name: str
    rule: str
    why: str


def level_of_package(facts: tuple[Fact, ...], told: tuple[str, ...] = ()) -> Level:
    """Well supported: at least two independent randomised samples speak for it, one of them by another team, none against,
    and more than find no difference. Contradicted: at least two randomised samples speak against it or find no difference,
    and none for it. Anything else that was compared is equivocal. Comparisons with another treatment of its own are told and
    not counted.

    told : samples that are named as evidence, without a comparison that could be read
    """
    apart = [fact for fact in facts if fact.head_to_head]
    made = [fact for fact in facts if fact.randomised and not fact.head_to_head]
    spoke = {word: [fact for fact in made if fact.speaks == word] for word in ("for", "none", "against", "mixed")}
    others = [fact for fact in spoke["for"] if fact.other_team]
    counts = (
        f"{_samples(len(made))} randomised: {len(spoke['for'])} for it ({len(others)} by a team known to be another), "
        f"{len(spoke['none'])} without a difference, {len(spoke['against'])} against it"
        + (f", {len(spoke['mixed'])} mixed" if spoke["mixed"] else "")
        + f"; {_samples(len(facts) - len(made) - len(apart))} not randomised"
        + (f"; {_samples(len(apart))} against another treatment of its own" if apart else "")
    )
    if told and not any(fact.compared and not fact.head_to_head for fact in facts):
        named = f"{_samples(len(told))} {'is' if len(told) == 1 else 'are'} named as evidence, without a result that is coded"
        return Level(NAMED, "package-named", named)
    if not facts:
        return Level(NOTHING, "package-nothing", "No sample of the ledger compares or follows it")
    if not any(fact.compared for fact in facts):
        return Level(UNCOMPARED, "package-uncompared", f"{_samples(len(facts))}, without anybody to compare with")
    if len(apart) == len(facts):
        return Level(
            NOTHING, "package-head-to-head", f"{_samples(len(apart))}, against another treatment of its own only"
        )
    outnumbered = len(spoke["none"]) >= len(spoke["for"])
    if len(spoke["for"]) >= NEEDED and others and not spoke["against"] and not outnumbered:
        return Level("well-supported", "package-two-teams", counts)
    if len(spoke["none"]) + len(spoke["against"]) >= NEEDED and not spoke["for"] and not spoke["mixed"]:
        return Level("contradicted", "package-none-for", counts)
    return Level("equivocal", "package-short-of-both", counts)


def level_of_theory(
    facts: tuple[Fact, ...], mechanisms: tuple[str, ...], treatment: str, observed: tuple[str, ...] = ()
) -> Level:
    """Well supported: at least two independent samples in which the mechanism changed before the outcome and carried it, at
    least one of them randomised, at least one under this treatment. Contradicted: at least two randomised samples in which
    it did not change, and none in which it did. Anything else that looked is equivocal.

    observed : what was seen to change under it, in words; told where no mechanism is named as that of its theory
    """
    if not mechanisms:
        seen = (
            f"; seen to change under it, and placed under no theory of its own: {', '.join(observed)}"
            if observed
            else ""
        )
        return Level(
            NOTHING, "theory-unnamed", f"By what it works, as its own theory has it, the ledger does not say{seen}"
        )
    if not facts:
        return Level(NOTHING, "theory-nothing", "No sample of the ledger looked at its mechanism")
    carried = [fact for fact in facts if fact.ordered and fact.speaks == "for"]
    changed = [fact for fact in facts if fact.speaks == "for"]
    still = [fact for fact in facts if fact.speaks == "none" and fact.randomised]
    own = [fact for fact in facts if treatment in fact.treatments]
    counts = (
        f"{_samples(len(facts))} looked: in {len(changed)} the mechanism changed, in {len(carried)} before the outcome and "
        f"carrying it, in {len(still)} randomised {'one' if len(still) == 1 else 'ones'} it did not change; "
        f"{len(own)} of them looked under this treatment"
    )
    if len(carried) >= NEEDED and any(f.randomised for f in carried) and any(f in own for f in carried):
        return Level("well-supported", "theory-carried-twice", counts)
    if len(still) >= NEEDED and not changed:
        return Level("contradicted", "theory-none-changed", counts)
    return Level("equivocal", "theory-short-of-both", counts)


def _samples(n: int) -> str:
    return "1 sample" if n == 1 else f"{n} samples"
