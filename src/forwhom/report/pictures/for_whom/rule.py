"""A decision rule as a tree of questions that can be read aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import RuleNode
from forwhom.report.numbers import count
from forwhom.report.picture import Names
from forwhom.report.pictures.effects import colour, says, unit_words
from forwhom.report.pictures.panel import Block
from forwhom.report.svg import BOLD, Size, group, line, marker, tag, text, wrapped

_GAP = 18.0
_LEVEL = 34.0
_MOST_ABREAST = 4
"""Leaves side by side on a page; a wider tree hangs from a line at the side, as on a phone."""


@dataclass(frozen=True, slots=True)
class _Box:
    """What a node's box says, and how tall that is."""

    node: RuleNode
    lines: tuple[tuple[str, str], ...]
    height: float


def tree(rule: Sequence[RuleNode], names: Names, unit: str, size: Size) -> Block:
    """The rule from its first question down to who gets what."""
    if not rule:
        return Markup(""), 0.0
    leaves = [node for node in rule if not _children(rule, node)]
    if size.narrow or len(leaves) > _MOST_ABREAST:
        return _hanging(rule, names, unit, size)
    return _abreast(rule, leaves, names, unit, size)


def _children(rule: Sequence[RuleNode], node: RuleNode) -> list[RuleNode]:
    """The branches of a node, yes before no."""
    return sorted((n for n in rule if n.parent == node.node and n is not node), key=lambda n: n.branch == "no")


def _box(rule: Sequence[RuleNode], node: RuleNode, names: Names, unit: str, width: float) -> _Box:
    room = width - 20
    people = f"{count(node.n)} {'person' if node.n == 1 else 'people'}"
    if _children(rule, node):
        lines = [(words, "label strong") for words in wrapped(_question(node.says), room, 4, BOLD)]
        lines.append((people, "quiet"))
    else:
        arm = names.arm(node.arm) if node.arm else "no arm is named"
        lines = [(words, "label armtext") for words in wrapped(arm, room - 14, 3, BOLD)]
        lines.append((people, "quiet"))
        if node.effect.value is not None:
            gain = f"gain {says(node.effect, unit)} {unit_words(unit)}"
            lines += [(words, "quiet") for words in wrapped(gain, room, 3)]
    return _Box(node, tuple(lines), 15.0 * len(lines) + 15)


def _question(words: str) -> str:
    words = words.strip().rstrip("?")
    return f"{words[:1].upper()}{words[1:]}?" if words else "Everyone"


def _drawn(box: _Box, names: Names, x: float, y: float, width: float, height: float, *, leaf: bool) -> Markup:
    d = f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"
    parts = [tag("path", d=d, class_="box leaf" if leaf else "box")]
    first = x + 10
    if leaf and box.node.arm:
        parts.append(tag("path", d=marker(names.place(box.node.arm), x + 14, y + 16, 4.2), class_="mark"))
        first += 14
    for k, (words, class_) in enumerate(box.lines):
        named = "armtext" in class_
        parts.append(text(first if named else x + 10, y + 20 + 15 * k, words, class_))
    return group(*parts, class_=colour(names, box.node.arm) if leaf and box.node.arm else None)


# ── side by side, for a page ─────────────────────────────────────────────────────────────────────


def _abreast(rule: Sequence[RuleNode], leaves: Sequence[RuleNode], names: Names, unit: str, size: Size) -> Block:
    n = len(leaves)
    width = min((size.width - _GAP * (n - 1)) / n, 250.0)
    start = (size.width - n * width - _GAP * (n - 1)) / 2
    ordered = _leaves_in_order(rule, rule[0])
    centre = {leaf.node: start + k * (width + _GAP) + width / 2 for k, leaf in enumerate(ordered)}
    depth = {rule[0].node: 0}
    for node in rule[1:]:
        depth[node.node] = depth[node.parent] + 1
    for node in reversed(rule):
        children = _children(rule, node)
        if children:
            centre[node.node] = sum(centre[c.node] for c in children) / len(children)
    boxes = {node.node: _box(rule, node, names, unit, width) for node in rule}
    levels = range(max(depth.values()) + 1)
    tallest = [max(boxes[node.node].height for node in rule if depth[node.node] == level) for level in levels]
    tops = [sum(tallest[:level]) + _LEVEL * level for level in levels]
    parts: list[Markup] = []
    for node in rule:
        x, y = centre[node.node], tops[depth[node.node]]
        parts += [
            _branch(x, y + boxes[node.node].height, centre[child.node], tops[depth[child.node]], child.branch)
            for child in _children(rule, node)
        ]
    for node in rule:
        box, leaf = boxes[node.node], not _children(rule, node)
        height = tallest[depth[node.node]] if leaf else box.height
        parts.append(
            _drawn(box, names, centre[node.node] - width / 2, tops[depth[node.node]], width, height, leaf=leaf)
        )
    return group(*parts), tops[-1] + tallest[-1] + 2


def _leaves_in_order(rule: Sequence[RuleNode], node: RuleNode) -> list[RuleNode]:
    children = _children(rule, node)
    return [leaf for child in children for leaf in _leaves_in_order(rule, child)] if children else [node]


def _branch(x: float, y: float, to_x: float, to_y: float, word: str) -> Markup:
    turn = to_y - _LEVEL / 2 - 3
    d = f"M{x:.1f} {y:.1f}V{turn:.1f}H{to_x:.1f}V{to_y:.1f}"
    left = to_x < x
    return group(
        tag("path", d=d, class_="flowline"),
        text(to_x + (6 if left else -6), to_y - 6, word, "label", "start" if left else "end"),
    )


# ── one under the other, for a phone and for wide trees ──────────────────────────────────────────


def _hanging(rule: Sequence[RuleNode], names: Names, unit: str, size: Size) -> Block:
    depth = {rule[0].node: 0}
    for node in rule[1:]:
        depth[node.node] = depth[node.parent] + 1
    deepest = max(depth.values())
    step = min(34.0 if size.narrow else 60.0, (size.width - 150) / max(deepest, 1))
    parts: list[Markup] = []
    y = 0.0
    foot: dict[int, float] = {}
    for node in _from_the_top(rule, rule[0]):
        x = step * depth[node.node]
        width = min(size.width - x - 1, 420.0)
        leaf = not _children(rule, node)
        box = _box(rule, node, names, unit, width)
        if node is not rule[0]:
            y += 22
            spine = x - step + min(12.0, step / 2)
            middle = y + min(box.height / 2, 16)
            parts.append(line(spine, foot[node.parent], spine, middle, "flowline"))
            parts.append(line(spine, middle, x, middle, "flowline"))
            parts.append(text(x, y - 5, node.branch, "label"))
        parts.append(_drawn(box, names, x, y, width, box.height, leaf=leaf))
        y += box.height
        foot[node.node] = y
    return group(*parts), y + 2


def _from_the_top(rule: Sequence[RuleNode], node: RuleNode) -> list[RuleNode]:
    found = [node]
    for child in _children(rule, node):
        found += _from_the_top(rule, child)
    return found


def aloud(rule: Sequence[RuleNode], names: Names) -> str:
    """The rule as sentences: one per leaf."""
    by_number = {node.node: node for node in rule}
    told = []
    for leaf in (node for node in rule if not _children(rule, node)):
        steps: list[str] = []
        node = leaf
        while node.parent in by_number and node is not rule[0]:
            above = by_number[node.parent]
            steps.append(above.says if node.branch == "yes" else f"not {above.says}")
            node = above
        when = f"if {' and '.join(reversed(steps))}" if steps else "for everyone"
        told.append(f"{when}: {names.arm(leaf.arm) if leaf.arm else 'no arm'} (n {count(leaf.n)})")
    return "; ".join(told)
