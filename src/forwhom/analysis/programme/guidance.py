"""Guidance and the ledger of evidence together: what a rule says, and how its claim stands among the studies.

A rule is weakened where the ledger contradicts its claim, where no row supports a claim that names studies or a way to test it, and
where its grade says that evidence exists and the ledger holds none any more. A claim that nobody ever tested leaves the rule what it
is: advice, and said to be untested.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from forwhom.evidence import Ledger
from forwhom.evidence.audit import Audited, audit
from forwhom.programme import Programme
from forwhom.programme.guidance import Conflict, Fired, Waiting, advise, parse_all
from forwhom.programme.model import Rule

Word = Literal["supported", "supported with conditions", "weakened", "untested", "no claim"]
CLAIMS_EVIDENCE = ("tested", "observed")
"""Grades that say that a study bears on the rule."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rule stands.

    why : the reason, one or two sentences
    conditions : what a reader must add
    rows : the rows of the ledger that decided
    """

    word: Word
    why: str
    conditions: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A rule that holds, with what makes it hold and how it stands."""

    rule: Rule
    fired: Fired
    standing: Standing


@dataclass(frozen=True, slots=True)
class Open:
    """A rule that may hold, with what would have to be known."""

    rule: Rule
    waiting: Waiting
    standing: Standing


@dataclass(frozen=True, slots=True)
class Guided:
    """What a programme's guidance says in what is known. Untested and weakened rules are there like the others, and say so."""

    said: tuple[Said, ...]
    open: tuple[Open, ...]
    silent: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def standings(programme: Programme, ledger: Ledger) -> dict[str, Standing]:
    """How every rule of the programme stands in a ledger, by its id.

    >>> from forwhom import evidence, programme
    >>> standings(programme.shipped("mbt"), evidence.read())["begin-with-empathy"].word
    'no claim'
    """
    wanted = {rule.claim for rule in programme.guidance if rule.claim}
    audited = {each.claim.id: each for each in audit(ledger) if each.claim.id in wanted} if wanted else {}
    return {rule.id: standing(rule, audited) for rule in programme.guidance}


def standing(rule: Rule, audited: Mapping[str, Audited]) -> Standing:
    """How one rule stands.

    audited : verdicts by id of the claim
    """
    if not rule.claim:
        return Standing("no claim", "The paper advises it; no claim of the ledger stands behind it.")
    found = audited.get(rule.claim)
    if found is None:
        return Standing("weakened", f"Its claim, {rule.claim}, is not in the ledger.")
    conditions = tuple(each.says for each in found.conditions)
    rows = tuple(f"{each.side} {each}" for each in found.rows)
    if found.verdict == "contradicted":
        return Standing("weakened", f"The ledger contradicts its claim. {found.why}", conditions, rows)
    if found.verdict == "not checkable":
        return _without_support(rule, found, conditions, rows)
    word: Word = "supported" if found.verdict == "supported" else "supported with conditions"
    return Standing(word, found.why, conditions, rows)


def _without_support(rule: Rule, found: Audited, conditions: tuple[str, ...], rows: tuple[str, ...]) -> Standing:
    claim = found.claim
    if rule.grade in CLAIMS_EVIDENCE:
        why = f"It is graded {rule.grade}, and the ledger holds no support for its claim any more. {found.why}"
        return Standing("weakened", why, conditions, rows)
    if (claim.query or claim.cites) and not found.rows:
        return Standing("weakened", f"Its claim is not supported. {found.why}", conditions, rows)
    return Standing("untested", found.why, conditions, rows)


def guided(programme: Programme, facts: Mapping[str, str], stands: Mapping[str, Standing]) -> Guided:
    """What the rules say, each with its standing.

    facts : see `programme.guidance.read_facts`
    stands : see `standings`

    >>> from forwhom import evidence, programme
    >>> mbt = programme.shipped("mbt")
    >>> known = {"patient.arousal": "high", "mentalizing": "lost"}
    >>> [each.rule.id for each in guided(mbt, known, standings(mbt, evidence.read())).said]
    ['safe-levels', 'ask-what', 'present', 'activity']
    """
    guides, _ = parse_all(((rule.id, rule.rule) for rule in programme.guidance), programme.words)
    rules = {rule.id: rule for rule in programme.guidance}
    found = advise(guides, facts, programme.words)
    return Guided(
        tuple(Said(rules[each.rule], each, stands[each.rule]) for each in found.fired),
        tuple(Open(rules[each.rule], each, stands[each.rule]) for each in found.waiting),
        found.silent,
        found.conflicts,
    )


def weakened(stands: Mapping[str, Standing]) -> Iterable[str]:
    """Ids of rules whose claim lost its support."""
    return (name for name, each in stands.items() if each.word == "weakened")
