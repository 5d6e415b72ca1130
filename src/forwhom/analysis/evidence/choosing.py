"""Which comparisons a question is about: words for outcome, treatment, control, disorder and time, with what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields

from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.vocabulary import Vocabulary, plain
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed


@dataclass(frozen=True, slots=True)
class Choice:
    """Words of the question; "" takes all. A broader word takes what is part of it; the source's own codes are words too."""

    outcome: str = ""
    treatment: str = ""
    control: str = ""
    disorder: str = ""
    time: str = ""


_KINDS = {"outcome": "outcomes", "treatment": "treatments", "control": "controls", "disorder": "disorders", "time": ""}
_WORDS: dict[str, Callable[[Comparison], tuple[str, ...]]] = {
    "outcome": lambda one: (*one.outcomes, one.outcome),
    "treatment": lambda one: one.treatments,
    "control": lambda one: one.controls,
    "disorder": lambda one: one.disorders,
    "time": lambda one: (one.time,) if one.time else (),
}


def chosen(comparisons: Sequence[Comparison], choice: Choice, words: Vocabulary) -> tuple[Comparison, ...]:
    """The comparisons that every word fits.

    Raises ProblemsFound for words that no comparison has, with those there are and the nearest of them.
    """
    problems: list[Problem] = []
    kept = list(comparisons)
    for part in fields(choice):
        word = getattr(choice, part.name)
        if not word:
            continue
        meant = _meant(word, part.name, words)
        there = {plain(each) for one in comparisons for each in _WORDS[part.name](one)}
        if not meant & there:
            problems.append(_unknown(part.name, word, comparisons, words))
        kept = [one for one in kept if meant & {plain(each) for each in _WORDS[part.name](one)}]
    if problems:
        raise ProblemsFound(problems)
    return tuple(kept)


def _meant(word: str, part: str, words: Vocabulary) -> set[str]:
    """A word as it is, and the terms that it names; a control may be named by the treatment it is."""
    kinds = [_KINDS[part], "treatments"] if part == "control" else [_KINDS[part]] if _KINDS[part] else []
    terms = [words.find(kind, word) for kind in kinds]
    return {plain(word)} | {plain(term) for term in terms if term}


def _unknown(part: str, word: str, comparisons: Iterable[Comparison], words: Vocabulary) -> Problem:
    there = sorted({each for one in comparisons for each in _WORDS[part](one)})
    labels = {words.label(_KINDS[part], each): each for each in there}
    # A word that means something is no slip of the hand.
    known = bool(_KINDS[part]) and words.find(_KINDS[part], word) is not None
    hint = "" if known else did_you_mean(word, [*there, *labels])
    return Problem(
        "nothing-to-pool", f"{hint}Choose among these, or leave --{part} out.", column=f"--{part}",
        found=f"no comparison has the {part} '{word}'", possible=listed(there, 30) or "none: no comparison states one",
    )  # fmt: skip


ALIASES = {
    "dose": "sessions", "severity": "baseline", "risk-of-bias": "bias", "rob": "bias", "measure": "instrument", "sex": "women",
    "follow-up": "months",
}  # fmt: skip


def trait_named(name: str, comparisons: Sequence[Comparison]) -> str:
    """The trait that a word names; ProblemsFound with those the comparisons state."""
    there = {key for one in comparisons for key in one.traits} | (
        {"months"} if any(c.months for c in comparisons) else set()
    )
    wanted = name.casefold().replace("-", "_").replace(" ", "_")
    trait = ALIASES.get(name.casefold(), wanted)
    if trait in there:
        return trait
    known = sorted(there | {alias for alias, of in ALIASES.items() if of in there})
    raise ProblemsFound(
        [
            Problem(
                "unknown-trait", f"{did_you_mean(name, known)}Choose one that the sources state.", column=name,
                found=f"no comparison states '{name}'", possible=listed(known, 40),
            )
        ]
    )  # fmt: skip


def trait_of(one: Comparison, trait: str) -> str | float | None:
    """The value of a trait; None where the source does not state it."""
    return one.months if trait == "months" else one.traits.get(trait)
