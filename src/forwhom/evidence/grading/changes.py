"""What would change a level: the least news that lifts or lowers it, or why no news can, and samples without which it falls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations_with_replacement

from forwhom.evidence.grading.facts import Evidence, Fact
from forwhom.evidence.grading.levels import LEVELS, Level, level_of_package, level_of_theory

PACKAGE_NEWS = {
    "a randomised comparison in its favour by another team": Fact("new", (), "for", True, True, True, ()),
    "a randomised comparison in its favour by its developers": Fact("new", (), "for", True, True, False, ()),
    "a randomised comparison without a difference": Fact("new", (), "none", True, True, True, ()),
    "a randomised comparison against it": Fact("new", (), "against", True, True, True, ()),
}
THEORY_NEWS = {
    "a randomised sample in which the mechanism changed before the outcome and carried it": Fact(
        "new", (), "for", True, True, True, (), ordered=True
    ),
    "a randomised sample in which the mechanism did not change": Fact("new", (), "none", True, True, True, ()),
}
MOST_NEWS = 3


UNNAMED = "nothing, before a mechanism is named as that of its theory"


def would_rise(evidence: Evidence) -> tuple[str, str]:
    """The least news that would lift the package's and the theory's level, or why nothing can, in a sentence without its stop."""
    package, theory = _package_of(evidence), _theory_of(evidence)
    against = sum(_counted(fact) and fact.speaks == "against" for fact in evidence.package)
    held = f"no further sample, while {_samples(against)} against it counts" if against == 1 else ""
    held = held or (f"no further sample, while {_samples(against)} against it count" if against else "")
    return (
        _top(package(evidence.package), LEVELS[0])
        or _least(evidence.package, PACKAGE_NEWS, package, up=True)
        or held
        or f"more than {_many(MOST_NEWS)} further samples in its favour",
        (UNNAMED if not evidence.mechanisms else "")
        or _top(theory(evidence.theory), LEVELS[0])
        or _least(evidence.theory, THEORY_NEWS, theory, up=True)
        or f"more than {_many(MOST_NEWS)} further samples in which the mechanism changed before the outcome and carried it",
    )


def would_fall(evidence: Evidence) -> tuple[str, str]:
    """The least news that would lower them, or why none can, and what the withdrawal of one sample would leave."""
    package, theory = _package_of(evidence), _theory_of(evidence)
    made = [fact for fact in evidence.package if _counted(fact)]
    speaking = [fact for fact in made if fact.speaks in ("for", "mixed")]
    changed = [fact for fact in evidence.theory if fact.speaks == "for"]
    return (
        _top(package(evidence.package), LEVELS[2])
        or _and_withdrawn(
            _least(evidence.package, PACKAGE_NEWS, package, up=False) or _kept(_speak(speaking), "none does"),
            evidence.package,
            package,
        ),
        (UNNAMED if not evidence.mechanisms else "")
        or _top(theory(evidence.theory), LEVELS[2])
        or _and_withdrawn(
            _least(evidence.theory, THEORY_NEWS, theory, up=False) or _kept(_changed(changed), "it did in none"),
            evidence.theory,
            theory,
        ),
    )


def _counted(fact: Fact) -> bool:
    return fact.randomised and not fact.head_to_head


def _top(level: Level, end: str) -> str:
    """At an end of the three levels there is nothing beyond."""
    return f"nothing: it stands {'highest' if end == LEVELS[0] else 'lowest'} already" if level.name == end else ""


def _kept(holds: str, every: str) -> str:
    """Why no news lowers it: contradicted means that no sample is left that speaks for it."""
    return f"no further sample, as long as {holds}: contradicted means that {every}" if holds else "no further sample"


def _speak(facts: list[Fact]) -> str:
    n = len({fact.sample for fact in facts})
    return f"{_samples(n)} {'speaks' if n == 1 else 'speak'} for it" if n else ""


def _changed(facts: list[Fact]) -> str:
    n = len({fact.sample for fact in facts})
    return f"the mechanism changed in {_samples(n)}" if n else ""


def _and_withdrawn(news: str, facts: tuple[Fact, ...], level: Callable[[tuple[Fact, ...]], Level]) -> str:
    """With what the withdrawal of any one sample would leave."""
    now = level(facts).name
    leaves: dict[str, list[str]] = {}
    for sample in dict.fromkeys(each.sample for each in facts):
        then = level(tuple(fact for fact in facts if fact.sample != sample)).name
        leaves.setdefault(then, []).append(_called(sample, facts))
    fallen = [f"withdrawal of {_or(names)} leaves: {_level(then)}" for then, names in leaves.items() if then != now]
    if fallen:
        return f"{news}; {'; '.join(fallen)}"
    return f"{news}; withdrawal of any one sample leaves the level as it is" if facts else news


def _called(sample: str, facts: tuple[Fact, ...]) -> str:
    """A sample by its first study, as a reader knows it."""
    studies = list(dict.fromkeys(name for fact in facts if fact.sample == sample for name in fact.studies))
    more = len(studies) - 1
    return f"{studies[0]} and {more} more of one sample" if more > 0 else studies[0] if studies else sample


def _level(name: str) -> str:
    return name.replace("-", " ")


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _many(n: int) -> str:
    return ("one", "two", "three")[n - 1]


def _samples(n: int) -> str:
    return "1 sample" if n == 1 else f"{n} samples"


def _package_of(evidence: Evidence) -> Callable[[tuple[Fact, ...]], Level]:
    return lambda facts: level_of_package(facts, evidence.told)


def _theory_of(evidence: Evidence) -> Callable[[tuple[Fact, ...]], Level]:
    """The level of a set of facts; news is told of this treatment."""

    def level(facts: tuple[Fact, ...]) -> Level:
        named = tuple(replace(f, treatments=(evidence.treatment,)) if f.sample.startswith("new ") else f for f in facts)
        return level_of_theory(named, evidence.mechanisms, evidence.treatment)

    return level


def _rank(level: Level) -> int:
    """Higher is better supported; without facts it stands beside equivocal, for nothing speaks against it."""
    return {"well-supported": 2, "contradicted": 0}.get(level.name, 1)


def _least(
    facts: tuple[Fact, ...], news: dict[str, Fact], level: Callable[[tuple[Fact, ...]], Level], *, up: bool
) -> str:
    now = _rank(level(facts))
    for size in range(1, MOST_NEWS + 1):
        for chosen in combinations_with_replacement(news, size):
            more = tuple(replace(news[name], sample=f"new {i}") for i, name in enumerate(chosen))
            then = _rank(level((*facts, *more)))
            if then > now if up else then < now:
                return _told(chosen)
    return ""


def _told(chosen: tuple[str, ...]) -> str:
    """Two of a kind are said once."""
    counted = {name: chosen.count(name) for name in chosen}
    return " and ".join(
        name if n == 1 else f"{('two', 'three')[n - 2]} of these: {name}" for name, n in counted.items()
    )
