"""What must fit together inside a record, beyond each field's type: lists that belong to each other, counts, names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from forwhom.findings.kinds import (
    AlignedMean,
    AllianceDetail,
    CertaintyStep,
    DistributionDetail,
    FlowDetail,
    MissingDetail,
    RecommendationDetail,
    RiskDetail,
    RuleNode,
    RupturesDetail,
    TrajectoryDetail,
)
from forwhom.findings.model import Finding, Record
from forwhom.problems import Problem

_LARGEST_COUNT = 2**53
_BELOW_ZERO = {(RuleNode, "parent"), (AlignedMean, "step"), (CertaintyStep, "steps")}
"""Whole numbers of a detail that are no counts."""

_FURTHEST = 1e100
"""Numbers of a detail are drawn: further from zero than this, differences of them are no longer finite."""

Fault = tuple[str, str, str]
"""(field inside the finding, what was found, what is possible)"""


def inconsistencies(record: Record) -> tuple[Problem, ...]:
    """Everything in a record that cannot be shown, naming the finding and the field; empty for what forwhom wrote.

    Refused: lists of a detail that belong together but differ in length, counts below zero or beyond what a number
    can hold, numbers of a detail beyond 1e100, edges of a histogram that do not rise, a rule whose nodes are no tree, two
    findings of one id.
    """
    problems = [
        _problem(f"record.findings[{index}].{where}", f"finding {finding.id!r}: {found}", possible)
        for index, finding in enumerate(record.findings)
        for where, found, possible in _faults(finding)
    ]
    plain = (("study", record.study), ("problems", record.problems))
    for name, value in plain:
        problems += [_problem(f"record.{where}", found, possible) for where, found, possible in _sizes(value, name)]
    ids = Counter(finding.id for finding in record.findings)
    problems += [
        _problem("record.findings", f"{n} findings have the id {id_!r}", "one finding per id")
        for id_, n in ids.items()
        if n > 1
    ]
    return tuple(problems)


def _problem(where: str, found: str, possible: str) -> Problem:
    do = "Make the record anew with forwhom report; it is not meant to be edited by hand."
    return Problem("record-field", do, column=where, found=found, possible=possible)


def _faults(finding: Finding) -> Iterator[Fault]:
    for f in fields(finding):
        if f.name not in {"detail", "provenance"}:
            yield from _sizes(getattr(finding, f.name), f.name)
    if finding.detail is None:
        return
    yield from _sizes(finding.detail, "detail", drawn=True)
    check = _LENGTHS.get(type(finding.detail))
    if check is not None:
        for name, n, expected, of in check(finding.detail):
            if n != expected:
                yield f"detail.{name}", f"{n} values for {expected} {of}", f"{expected} values"
    if isinstance(finding.detail, RecommendationDetail):
        yield from _tree(finding.detail.rule)


def _tree(rule: tuple[RuleNode, ...]) -> Iterator[Fault]:
    """Whether the nodes are one tree, told from the top: parents before children, at most one node per branch."""
    seen: set[int] = set()
    taken: set[tuple[int, str]] = set()
    for k, node in enumerate(rule):
        where = f"detail.rule[{k}]"
        if node.node in seen:
            yield f"{where}.node", f"a second node {node.node}", "one node per number"
        if (node.parent == -1) != (k == 0) or (k and node.parent not in seen):
            yield (
                f"{where}.parent",
                f"{node.parent} is no node before this one",
                "-1 for the first node, else one before",
            )
        if (node.branch not in {"yes", "no"}) == bool(k) or (node.parent, node.branch) in taken:
            yield f"{where}.branch", f"{node.branch!r}", "nothing for the first node, else yes and no, once each"
        seen.add(node.node)
        taken.add((node.parent, node.branch))


def _sizes(value: object, where: str, *, drawn: bool = False) -> Iterator[Fault]:
    """Numbers that are too large, at any depth; `drawn` also refuses counts below zero."""
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, float):
        if drawn and abs(value) > _FURTHEST:
            yield where, f"{value:g} is too far from zero to be drawn", "a number nearer to zero"
    elif isinstance(value, int):
        if abs(value) > _LARGEST_COUNT or (drawn and value < 0):
            yield where, "a whole number that cannot be a count", "0 or more"
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _sizes(item, f"{where}[{index}]", drawn=drawn)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _sizes(item, f"{where}[{key!r}]", drawn=drawn)
    elif is_dataclass(value):
        for f in fields(value):
            counts = drawn and (type(value), f.name) not in _BELOW_ZERO
            yield from _sizes(getattr(value, f.name), f"{where}.{f.name}", drawn=counts)


# ── lengths: (field, how many, how many there must be, of what) ──────────────────────────────────

Length = tuple[str, int, int, str]


def _trajectory(detail: TrajectoryDetail) -> Iterator[Length]:
    for k, person in enumerate(detail.lines):
        for name in ("values", "fitted"):
            yield f"lines[{k}].{name}", len(getattr(person, name)), len(person.times), "times"
    for k, band in enumerate(detail.bands):
        for name in ("values", "low", "high"):
            yield f"bands[{k}].{name}", len(getattr(band, name)), len(band.times), "times"


def _distribution(detail: DistributionDetail) -> Iterator[Length]:
    for k, occasion in enumerate(detail.occasions):
        bins = max(len(detail.edges) - 1, 0)
        yield f"occasions[{k}][6]", len(occasion[6]), bins, f"intervals between {len(detail.edges)} edges"
    rising = len(dict.fromkeys(sorted(detail.edges))) if tuple(sorted(detail.edges)) == detail.edges else 0
    yield "edges", len(detail.edges), rising, "that rise"


def _flow(detail: FlowDetail) -> Iterator[Length]:
    for k, arm in enumerate(detail.arms):
        yield f"arms[{k}].seen", len(arm.seen), len(detail.occasions), "occasions"
    yield "analysed", len(detail.analysed), len(detail.arms), "arms"


def _missing(detail: MissingDetail) -> Iterator[Length]:
    arms, occasions = len(detail.arms), len(detail.occasions)
    for k, pattern in enumerate(detail.patterns):
        yield f"patterns[{k}].observed", len(pattern.observed), occasions, "occasions"
        yield f"patterns[{k}].counts", len(pattern.counts), arms, "arms"
    yield "observed", len(detail.observed), arms, "arms"
    for k, seen in enumerate(detail.observed):
        yield f"observed[{k}]", len(seen), occasions, "occasions"
    yield "totals", len(detail.totals), arms, "arms"


def _risk(detail: RiskDetail) -> Iterator[Length]:
    for k, curve in enumerate(detail.curves):
        for name in ("survival", "low", "high", "at_risk"):
            yield f"curves[{k}].{name}", len(getattr(curve, name)), len(curve.times), "times"


def _ruptures(detail: RupturesDetail) -> Iterator[Length]:
    for k, person in enumerate(detail.people):
        yield f"people[{k}].values", len(person.values), len(person.sessions), "sessions"


def _alliance(detail: AllianceDetail) -> Iterator[Length]:
    for k, band in enumerate(detail.curves):
        for name in ("values", "low", "high"):
            yield f"curves[{k}].{name}", len(getattr(band, name)), len(band.times), "times"


_LENGTHS: dict[type, Callable[[Any], Iterator[Length]]] = {
    TrajectoryDetail: _trajectory,
    DistributionDetail: _distribution,
    FlowDetail: _flow,
    MissingDetail: _missing,
    RiskDetail: _risk,
    RupturesDetail: _ruptures,
    AllianceDetail: _alliance,
}
