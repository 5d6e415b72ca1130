"""Rules of guidance and gates: they can be read, can hold, and do not speak against themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, pairwise, product
from typing import Any

from forwhom.problems import Problem, did_you_mean, listed
from forwhom.programme.checks.names import Names, problem, written
from forwhom.programme.guidance.evaluating import against, truth
from forwhom.programme.guidance.model import Guide, tests_of
from forwhom.programme.guidance.parsing import parse, parse_all
from forwhom.programme.guidance.words import Variable, Words
from forwhom.programme.model import Programme

MOST = 5000
"""Combinations of values that are tried before a rule is taken on trust."""


def guidance(programme: Programme) -> Iterator[Problem]:
    """Rules that cannot be read, can never hold, always hold, or contradict themselves."""
    rules, problems = parse_all(((rule.id, rule.rule) for rule in programme.guidance), programme.words)
    for each in problems:
        yield replace(each, file=programme.file)
    for name, guide in rules.items():
        at = f"guidance.{name} rule"
        if guide.when is not None:
            values = possible(guide, programme.words)
            if values == {False}:
                yield problem(programme, at, "can never hold", "Correct its condition.", code="never-holds")
            if values == {True}:
                do = "Write always, or correct its condition."
                yield problem(programme, at, "holds whatever is the case", do, code="always-holds")
        for i, a in enumerate(guide.then):
            for b in guide.then[i + 1 :]:
                says = against(a, b, programme.words)
                if says:
                    yield problem(programme, at, says, "Keep one of the two.", code="contradicts-itself")


def unread_rules(programme: Programme, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Rules of rows in which some other key is wrong: their text is checked all the same."""
    read = {rule.id for rule in programme.guidance}
    rows = raw.get("guidance")
    for row in rows if isinstance(rows, list) else ():
        name, text = (row.get("id"), row.get("rule")) if isinstance(row, Mapping) else (None, None)
        if isinstance(name, str) and isinstance(text, str) and name not in read:
            for each in parse(text, programme.words, f"[[guidance]] {name} rule")[1]:
                yield replace(each, file=programme.file)


def possible(guide: Guide, words: Words) -> set[bool]:
    """What a rule's condition can be, over all values of what it asks; both where there are too many to try."""
    names = list(dict.fromkeys(test.variable for test in tests_of(guide.when)))
    values = [_values(words.variables[name], guide) for name in names]
    found: set[bool] = set()
    for i, each in enumerate(islice(product(*values), MOST + 1)):
        if i == MOST:
            return {True, False}
        facts: Mapping[str, str] = dict(zip(names, each, strict=True))
        held = truth(guide.when, facts, words) if guide.when is not None else True
        found.add(bool(held))
        if len(found) == 2:
            break
    return found


def _values(variable: Variable, guide: Guide) -> list[str]:
    """Every value; of a number, those that the rule names, and one below, between and above."""
    if variable.kind != "number":
        return list(variable.values)
    named = sorted(
        {float(value) for test in tests_of(guide.when) if test.variable == variable.id for value in test.values}
    )
    tried = {*named, *((a + b) / 2 for a, b in pairwise(named)), named[0] - 1, named[-1] + 1}
    low = variable.low if variable.low is not None else min(tried)
    high = variable.high if variable.high is not None else max(tried)
    return [f"{value:g}" for value in sorted(tried) if low <= value <= high and value >= 0]


def gates(programme: Programme, names: Names) -> Iterator[Problem]:
    """Gates without a rule, and gates that shut what their rule does not warn of."""
    rules, _ = parse_all(((rule.id, rule.rule) for rule in programme.guidance), programme.words)
    for gate in programme.gates:
        at = f"gates.{gate.id}"
        if gate.rule not in names["guidance"]:
            hint = did_you_mean(gate.rule, names["guidance"])
            found = f"'{gate.rule}' is no rule of the guidance"
            do = f"{hint}Name a rule, or add it to [[guidance]]."
            yield problem(programme, f"{at} rule", found, do, listed(names["guidance"], 8), code="gate-without-rule")
        for what in gate.shuts:
            shut, problems = parse(f"always avoid {what}", programme.words, written(f"{at} shuts"))
            for each in problems:
                yield replace(each, file=programme.file, found=f"'{what}': {each.found.partition(': ')[2]}")
            guide = rules.get(gate.rule)
            if shut is not None and guide is not None and shut.then[0] not in guide.then:
                found = f"shuts {what}, but its rule does not say: avoid {what}"
                yield problem(programme, f"{at} shuts", found, "Let both say the same.", code="gate-without-rule")
