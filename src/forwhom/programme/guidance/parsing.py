"""From text to a rule. Grammar in docs/reference/guidance.md; every mistake says where, what was expected, what was meant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from forwhom.problems import Problem, did_you_mean, listed
from forwhom.programme.guidance.model import Advice, All, Condition, Either, Guide, Not, Test, Verb
from forwhom.programme.guidance.tokens import NAME, RESERVED, Token, tokens
from forwhom.programme.guidance.words import Action, Variable, Words

SEE = "docs/reference/guidance.md"
DEEPEST = 40
"""Brackets and "not" within each other; a rule that needs more cannot be read by people either."""
VERBS: Mapping[str, Verb] = {"consider": "consider", "avoid": "avoid", "be-careful-with": "be-careful-with"}
T = TypeVar("T")


class _Stop(Exception):
    """A mistake after which nothing can be made of the text."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.found)
        self.problem = problem


def parse(text: str, words: Words, where: str = "") -> tuple[Guide | None, tuple[Problem, ...]]:
    """The rule, or None and why not. Never raises, whatever the text.

    The text is read up to the first mistake of form; unknown names and values are all told.

    >>> from forwhom.programme.guidance.words import shipped_words
    >>> rule, _ = parse("when mentalizing is lost then avoid level 3 to 4", shipped_words())
    >>> str(rule)
    'when mentalizing is lost then avoid level 3 to 4'
    >>> _, (problem,) = parse("when mentalizing is lots then avoid level 4", shipped_words())
    >>> problem.found, problem.possible
    ("character 21: 'lots' is no value of mentalizing", 'lost, some, steady')
    """
    reading = _Reading(text, words)
    try:
        rule = reading.rule()
    except _Stop as stop:
        reading.problems.append(stop.problem)
        rule = None
    problems = tuple(replace(each, column=where or None) for each in reading.problems)
    return (None if problems else rule), problems


class _Reading:
    """The words of one rule, and how far they were read."""

    def __init__(self, text: str, words: Words) -> None:
        self.tokens = tokens(text)
        self.words = words
        self.next = 0
        self.problems: list[Problem] = []

    @property
    def here(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        token = self.here
        self.next = min(self.next + 1, len(self.tokens) - 1)
        return token

    def took(self, *texts: str) -> bool:
        """Take these words if they are next."""
        ahead = [token.text for token in self.tokens[self.next : self.next + len(texts)]]
        if ahead != list(texts):
            return False
        self.next += len(texts)
        return True

    def told(self, token: Token, found: str, do: str, possible: str = "", code: str = "unknown-name") -> Problem:
        return Problem(code, do, found=f"character {token.at}: {found}", possible=possible)

    def stop(self, expected: Collection[str], told: str = "") -> _Stop:
        """Something else was expected here."""
        hint = did_you_mean(self.here.text, expected) if self.here.text else ""
        found = f"{self.here} where {told or listed(expected)} was expected"
        problem = self.told(self.here, found, f"{hint}Correct it; see {SEE}.", listed(expected), "not-a-rule")
        return _Stop(problem)

    def rule(self) -> Guide:
        if self.took("always"):
            when = None
        elif self.took("when"):
            when = self.either(0)
            if not self.took("then"):
                raise self.stop(("then", "and", "or"))
        else:
            raise self.stop(("when", "always"))
        then = [self.advice()]
        while self.took("and"):
            then.append(self.advice())
        if self.here.text:
            raise self.stop(("and",), "'and' or the end of the rule")
        return Guide(when, tuple(then))

    def either(self, depth: int) -> Condition:
        return self.chain("or", lambda: self.all(depth), Either)

    def all(self, depth: int) -> Condition:
        return self.chain("and", lambda: self.one(depth), All)

    def chain(self, by: str, read: Callable[[], Condition], make: type[All] | type[Either]) -> Condition:
        found = [read()]
        while self.took(by):
            found.append(read())
        return found[0] if len(found) == 1 else make(tuple(found))

    def one(self, depth: int) -> Condition:
        if depth >= DEEPEST:
            problem = self.told(self.here, "too many brackets", "Make two rules of it.", code="too-deep")
            raise _Stop(problem)
        if self.took("not"):
            return Not(self.one(depth + 1))
        if self.took("("):
            inside = self.either(depth + 1)
            if not self.took(")"):
                raise self.stop((")", "and", "or"))
            return inside
        return self.test()

    def test(self) -> Test:
        token = self.here
        variable = self.name(self.words.variables, "variable", "a variable, not or (")
        if not self.took("is"):
            raise self.stop(("is",))
        return self.compared(token.text, variable)

    def compared(self, name: str, variable: Variable | None) -> Test:
        if self.took("not"):
            return Test(name, "is not", (self.value(variable),))
        if self.took("one", "of"):
            values = [self.value(variable)]
            while self.took(","):
                values.append(self.value(variable))
            return Test(name, "is one of", tuple(values))
        for words in (("at", "least"), ("at", "most")):
            if self.took(*words):
                return Test(name, f"is at {words[1]}", (self.value(variable, ordered=True),))  # type: ignore[arg-type]  # least or most
        if self.took("between"):
            low = self.value(variable, ordered=True)
            if not self.took("and"):
                raise self.stop(("and",))
            return self.ascending(variable, Test(name, "is between", (low, self.value(variable, ordered=True))))
        return Test(name, "is", (self.value(variable),))

    def ascending(self, variable: Variable | None, test: Test) -> Test:
        places = [place(variable, value) for value in test.values] if variable else []
        if len(places) == 2 and places[0] is not None and places[1] is not None and places[0] > places[1]:
            found = f"{' and '.join(test.values)} go down"
            self.problems.append(self.told(self.here, found, "Write the lower one first."))
        return test

    def value(self, variable: Variable | None, ordered: bool = False) -> str:
        token = self.plain("a value")
        if variable is None:
            return token.text
        wrong = value_problem(variable, token.text)
        if wrong:
            hint = did_you_mean(token.text, variable.values)
            self.problems.append(self.told(token, wrong, f"{hint}Write one of them.", variable.possible))
        elif ordered and variable.kind != "number" and not variable.ordered:
            found = f"the values of {variable.id} have no order"
            self.problems.append(self.told(token, found, "Write is, is not or is one of.", variable.possible))
        return token.text

    def advice(self) -> Advice:
        verb = VERBS.get(self.here.text)
        if verb is None:
            raise self.stop(VERBS)
        self.take()
        token = self.here
        action = self.name(self.words.actions, "action", "an action")
        first = self.step(action)
        last = self.step(action) if self.took("to") else ""
        if action is not None and last:
            if action.low is None:
                self.problems.append(self.told(token, f"{action.id} has no steps", "Name one value.", action.possible))
            elif _whole(first) and _whole(last) and int(first) >= int(last):
                found = f"{first} to {last} goes down or stays"
                self.problems.append(self.told(token, found, "Write the lower step first.", action.possible))
        return Advice(verb, token.text, first, last)

    def step(self, action: Action | None) -> str:
        token = self.plain("what of it")
        if action is None:
            return token.text
        if action.low is None or action.high is None:
            right = token.text in action.values
        else:
            right = _whole(token.text) and action.low <= int(token.text) <= action.high
        if not right:
            hint = did_you_mean(token.text, action.values)
            found = f"{token} is no {action.id}"
            self.problems.append(self.told(token, found, f"{hint}Write one of them.", action.possible))
        return token.text

    def name(self, known: Mapping[str, T], what: str, expected: str) -> T | None:
        token = self.here
        if token.text in RESERVED or not token.text or not token.text[0].isalpha():
            raise self.stop(list(known), expected)
        self.take()
        if token.text in known:
            return known[token.text]
        hint = did_you_mean(token.text, known)
        do = f"{hint}Correct it, or add it to the words of the programme; see {SEE}."
        self.problems.append(self.told(token, f"{token} is no {what}", do, listed(known)))
        return None

    def plain(self, what: str) -> Token:
        """A value: a word that is no part of the grammar, or a number."""
        token = self.here
        if token.text in RESERVED or (not NAME.fullmatch(token.text) and _number(token.text) is None):
            raise self.stop((), what)
        return self.take()


def value_problem(variable: Variable, value: str) -> str:
    """Why a value cannot be one of this variable; "" when it can."""
    if variable.kind != "number":
        return "" if value in variable.values else f"'{value}' is no value of {variable.id}"
    number = _number(value)
    if number is None:
        return f"'{value}' is no number"
    if (variable.low is not None and number < variable.low) or (variable.high is not None and number > variable.high):
        return f"{value} is outside {variable.id}"
    return ""


def place(variable: Variable, value: str) -> float | None:
    """Where a value stands among those of its variable; None for one that is none."""
    if variable.kind == "number":
        return _number(value)
    return float(variable.values.index(value)) if value in variable.values else None


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < 16 else None


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6


def parse_all(rules: Iterable[tuple[str, str]], words: Words) -> tuple[dict[str, Guide], tuple[Problem, ...]]:
    """Rules by id, and the problems of all."""
    made: dict[str, Guide] = {}
    problems: list[Problem] = []
    for name, text in rules:
        rule, wrong = parse(text, words, f"[[guidance]] {name} rule")
        problems += wrong
        if rule is not None:
            made[name] = rule
    return made, tuple(problems)
