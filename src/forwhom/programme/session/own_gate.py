"""A gate of one's own: rules that replace those that ship, or come beside them."""

from __future__ import annotations

from collections.abc import Mapping

from forwhom.keyed import Found, Keys, rows, texts, unique
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed
from forwhom.programme.session.gate import SEE, GateRule, gate_rules, rule_keys

NEEDS_TURNS = ("loss-unanswered", "reaction-followed")
"""Checks that count turns."""


def own_gate(texts_by_file: Mapping[str, str]) -> tuple[GateRule, ...]:
    """The rules that ship, changed by files in their order.

    A rule with the id of one that is there takes its place, another comes after the last; ``without`` names rules to leave out.
    Raises ProblemsFound with everything that is wrong in any of the files.

    >>> [rule.id for rule in own_gate({"mine.toml": 'without = ["MBT-GATE-2"]'})][:2]
    ['MBT-GATE-1', 'MBT-GATE-3']
    """
    import tomli

    held = {rule.id: rule for rule in gate_rules()}
    problems: list[Problem] = []
    for name, said in texts_by_file.items():
        found = Found(name, see=SEE)
        try:
            table = tomli.loads(said)
        except tomli.TOMLDecodeError as why:
            problems.append(Problem("not-toml", f"Correct the file; see {SEE}.", name, found=f"not TOML: {why}"))
            continue
        without = Keys(_ids, {"without": texts}).build({"without": table.pop("without", [])}, "", found)
        own = Keys(_ids, {"rules": rows(rule_keys())}).build(table, "", found) or ()
        unique((rule.id for rule in own), "id", found)
        for rule in own:
            _limits(rule, found)
        held |= {rule.id: rule for rule in own}
        for each in without or ():
            if held.pop(each, None) is None:
                do = f"{did_you_mean(each, held)}Name a rule."
                found.add("unknown-rule", "without", f"there is no rule '{each}'", do, listed(held, 40))
        problems += found.problems
    if problems:
        raise ProblemsFound(problems)
    return tuple(held.values())


def _limits(rule: GateRule, found: Found) -> None:
    """Limits that make a rule point always, or never, are slips."""
    wrong = []
    if not 0 <= rule.share <= 1:
        wrong.append(("share", rule.share, "Give a share from 0 to 1, such as 0.6."))
    if rule.seconds < 0:
        wrong.append(("seconds", rule.seconds, "Give seconds, 0 or more."))
    if rule.check in NEEDS_TURNS and rule.turns < 1:
        wrong.append(("turns", rule.turns, "Give 1 turn or more."))
    for key, value, do in wrong:
        found.add("wrong-value", f"{rule.id} {key}", f"{value} is out of range", do)


def differences(rules: tuple[GateRule, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Ids of rules that were changed, added and left out, against those that ship.

    >>> differences(own_gate({"mine.toml": 'without = ["MBT-GATE-2"]'}))
    ((), (), ('MBT-GATE-2',))
    """
    shipped = {rule.id: rule for rule in gate_rules()}
    there = {rule.id: rule for rule in rules}
    changed = tuple(name for name, rule in there.items() if name in shipped and shipped[name] != rule)
    return changed, tuple(n for n in there if n not in shipped), tuple(n for n in shipped if n not in there)


def _ids(rules: tuple[GateRule, ...] = (), without: tuple[str, ...] = ()) -> tuple[GateRule, ...] | tuple[str, ...]:
    return rules or without
