"""Which rules hold in what is known of a case. What is not known is not false: the rule waits, and says for what.

Kleene's strong logic of three values (Kleene, 1952, §64): a conjunction with one false part is false whatever the others are. So
to know more never takes back a rule that held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.guidance.model import Advice, All, Condition, Guide, Not, Test, tests_of
from forwhom.programme.guidance.parsing import place, value_problem
from forwhom.programme.guidance.words import Words

Facts = Mapping[str, str]
"""What is known: variable → value, both as the vocabulary writes them. What is not there is not known."""
UNKNOWN = ("unknown", "?", "")


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that holds. `because`: the facts that make it hold, ``"patient.arousal = high"``."""

    rule: str
    guide: Guide
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A rule that may hold.

    needs : variables that would have to be known
    asks : what of them, as the rule says it
    because : what is known already of what it asks
    """

    rule: str
    guide: Guide
    needs: tuple[str, ...]
    asks: tuple[str, ...]
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules that hold and cannot both be followed."""

    rules: tuple[str, str]
    says: str


@dataclass(frozen=True, slots=True)
class Advised:
    """What a set of rules says in what is known. `silent`: rules that do not hold."""

    fired: tuple[Fired, ...]
    waiting: tuple[Waiting, ...]
    silent: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def advise(rules: Mapping[str, Guide], facts: Facts, words: Words) -> Advised:
    """Every rule against what is known; rules keep their order.

    facts : values of the vocabulary; see `read_facts`

    >>> from forwhom.programme.guidance.parsing import parse_all
    >>> from forwhom.programme.guidance.words import shipped_words
    >>> words = shipped_words()
    >>> rules, _ = parse_all([("safe", "when mentalizing is lost and patient.arousal is high then avoid level 3 to 4")], words)
    >>> [each.rule for each in advise(rules, {"mentalizing": "lost", "patient.arousal": "high"}, words).fired]
    ['safe']
    >>> advise(rules, {"mentalizing": "lost"}, words).waiting[0].needs
    ('patient.arousal',)
    >>> advise(rules, {"mentalizing": "steady"}, words).silent
    ('safe',)
    """
    fired: list[Fired] = []
    waiting: list[Waiting] = []
    silent: list[str] = []
    for name, guide in rules.items():
        value = True if guide.when is None else truth(guide.when, facts, words)
        if value:
            fired.append(Fired(name, guide, _because(guide.when, facts)))
        elif value is None and guide.when is not None:
            asks = tuple(dict.fromkeys(_open(guide.when, facts, words)))
            needs = tuple(dict.fromkeys(test.variable for test in asks))
            waiting.append(Waiting(name, guide, needs, tuple(map(str, asks)), _because(guide.when, facts)))
        else:
            silent.append(name)
    return Advised(tuple(fired), tuple(waiting), tuple(silent), conflicts(fired, words))


def truth(condition: Condition, facts: Facts, words: Words) -> bool | None:
    """True, False, or None where too little is known."""
    if isinstance(condition, Test):
        return _tested(condition, facts, words)
    if isinstance(condition, Not):
        inside = truth(condition.of, facts, words)
        return None if inside is None else not inside
    decides = not isinstance(condition, All)
    parts = [truth(each, facts, words) for each in condition.of]
    if decides in parts:
        return decides
    return None if None in parts else not decides


def _tested(test: Test, facts: Facts, words: Words) -> bool | None:
    value = facts.get(test.variable)
    variable = words.variables.get(test.variable)
    here = place(variable, value) if variable is not None and value is not None else None
    if variable is None or here is None:
        return None
    places = [place(variable, each) for each in test.values]
    if test.compare in ("is", "is one of"):
        return here in places
    if test.compare == "is not":
        return here not in places
    known = [each for each in places if each is not None]
    if len(known) != len(places):
        return None
    if test.compare == "is at least":
        return here >= known[0]
    if test.compare == "is at most":
        return here <= known[0]
    return known[0] <= here <= known[1]


def _open(condition: Condition, facts: Facts, words: Words) -> list[Test]:
    """Tests that are not known and could still decide the condition."""
    if truth(condition, facts, words) is not None:
        return []
    if isinstance(condition, Test):
        return [condition]
    parts = (condition.of,) if isinstance(condition, Not) else condition.of
    return [test for part in parts for test in _open(part, facts, words)]


def _because(condition: Condition | None, facts: Facts) -> tuple[str, ...]:
    used = dict.fromkeys(test.variable for test in tests_of(condition))
    return tuple(f"{name} = {facts[name]}" for name in used if name in facts)


def conflicts(fired: Iterable[Fired], words: Words) -> tuple[Conflict, ...]:
    """Pairs of rules that hold, of which one advises what the other warns of, or of which each advises its own only way."""
    found = []
    for one, other in combinations(tuple(fired), 2):
        for a in one.guide.then:
            for b in other.guide.then:
                says = against(a, b, words)
                if says:
                    found.append(Conflict((one.rule, other.rule), says))
    return tuple(found)


def against(a: Advice, b: Advice, words: Words) -> str:
    """Why two pieces of advice cannot both be followed; "" when they can."""
    if a.action != b.action:
        return ""
    same = _same(a, b)
    if {a.verb, b.verb} == {"consider", "avoid"} and same:
        return f"{a} stands against {b}"
    action = words.actions.get(a.action)
    if a.verb == b.verb == "consider" and not same and action is not None and action.alone:
        return f"{a} and {b} cannot both be followed"
    return ""


def _same(a: Advice, b: Advice) -> bool:
    return bool(set(a.steps) & set(b.steps)) if a.steps else a.value == b.value


def read_facts(given: Iterable[str], words: Words) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """Facts as they are typed: ``patient.arousal=high, mentalizing=lost``. `unknown` or ? says that it is not known.

    >>> from forwhom.programme.guidance.words import shipped_words
    >>> read_facts(["patient.arousal=high, mentalizing=?"], shipped_words())[0]
    {'patient.arousal': 'high'}
    """
    facts: dict[str, str] = {}
    problems: list[Problem] = []
    parts = [part.strip() for text in given for part in text.replace(";", ",").replace("\n", ",").split(",")]
    for part in filter(None, parts):
        name, sign, value = (each.strip().casefold() for each in part.partition("="))
        problem = _fact_problem(part, name, sign, value, words)
        if problem is None and name in facts and facts[name] != value:
            found = f"{name} is {facts[name]} and {value}"
            problem = Problem("two-values", "Give it once.", column=name, found=found)
        if problem is not None:
            problems.append(problem)
        elif value not in UNKNOWN:
            facts[name] = value
    return facts, tuple(problems)


def _fact_problem(part: str, name: str, sign: str, value: str, words: Words) -> Problem | None:
    variable = words.variables.get(name)
    if not sign:
        return Problem("no-value", "Write it as patient.arousal=high.", column=short(part), found="there is no = in it")
    if variable is None:
        do = f"{did_you_mean(name, words.variables)}Correct it."
        return Problem("unknown-name", do, found=f"{short(name)} is no variable", possible=listed(words.variables))
    wrong = "" if value in UNKNOWN else value_problem(variable, value)
    if not wrong:
        return None
    hint = did_you_mean(value, variable.values)
    return Problem("wrong-value", f"{hint}Write one of them.", column=name, found=wrong, possible=variable.possible)
