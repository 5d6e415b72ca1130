"""Silence: what a paper does not say is a gap, and every value of ours stands among the gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from forwhom.problems import Problem, did_you_mean, listed
from forwhom.programme.checks.names import Names, problem
from forwhom.programme.keys import SEE
from forwhom.programme.model import Fact, Programme

NEEDED: dict[str, tuple[str, ...]] = {
    "sessions": ("every", "minutes", "led_by"),
    "alerts": ("within",),
}
"""Keys that planning needs: given, or a gap."""


def unsaid(programme: Programme, names: Names) -> Iterator[Problem]:
    """Values of ours that no gap tells of, needed values that are neither given nor a gap, and gaps that are none."""
    gaps = {gap.of for gap in programme.gaps if gap.of}
    for path, fact in programme.facts():
        for key in fact.assumed:
            if not hasattr(fact, key):
                do = f"{did_you_mean(key, _keys(fact))}Name a key of this table."
                yield problem(programme, f"{path} assumed", f"'{key}' is no key", do, listed(_keys(fact), 20))
            elif not _given(fact, key):
                do = "Give it a value, or take it from assumed."
                yield problem(programme, f"{path} {key}", "assumed, but not given", do, code="not-given")
            elif f"{path}.{key}" not in gaps:
                yield _no_gap(programme, f"{path}.{key}", "is ours, and no gap says so")
        for key in NEEDED.get(path.partition(".")[0], ()):
            if not _given(fact, key) and f"{path}.{key}" not in gaps:
                yield _no_gap(programme, f"{path}.{key}", "is not given, and no gap says so")
    yield from _gaps(programme, names)


def _no_gap(programme: Programme, of: str, found: str) -> Problem:
    do = f'Add [[gaps]] with what, needed_for and of = "{of}"; see {SEE}.'
    return problem(programme, of, found, do, code="no-gap")


def _gaps(programme: Programme, names: Names) -> Iterator[Problem]:
    seen: set[str] = set()
    for gap in programme.gaps:
        if not gap.of:
            continue
        part, _, rest = gap.of.partition(".")
        name, _, key = rest.partition(".")
        at = f"gaps {gap.of}"
        if gap.of in seen:
            yield problem(programme, at, "told twice", "Keep one.", code="duplicate-id")
        seen.add(gap.of)
        fact = programme.thing(f"{part}.{name}")
        if fact is None:
            if name not in names.get(part, ()):
                known = [path for path, _ in programme.facts()]
                do = f'{did_you_mean(f"{part}.{name}", known)}Write of = "phases.assessment.length".'
                yield problem(programme, at, f"'{part}.{name}' names nothing", do)
        elif not hasattr(fact, key):
            do = f"{did_you_mean(key, _keys(fact))}Name a key of it."
            yield problem(programme, at, f"'{key}' is no key of {part}", do, listed(_keys(fact), 20))
        elif _given(fact, key) and key not in fact.assumed:
            do = "Take the gap away, or name the key in assumed."
            yield problem(programme, at, "the value is given, so it is no gap", do, code="no-gap")


def _given(fact: Fact, key: str) -> bool:
    return getattr(fact, key) not in (None, "", ())


def _keys(fact: Fact) -> list[str]:
    return [each.name for each in fields(fact)]
