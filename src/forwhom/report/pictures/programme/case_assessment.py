"""Pictures of an assessment: the mentalizing profile, the trigger map; tables of observations and advice."""

from __future__ import annotations

import math

from markupsafe import Markup

from forwhom.findings.kinds import (
    CaseAdviceDetail,
    MentalizingProfileDetail,
    ProfileSquare,
    StrategiesDetail,
    TriggerLine,
    TriggerMapDetail,
)
from forwhom.report.numbers import DASH
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.programme.matrix import Column, matrix
from forwhom.report.svg import Size, group, marker, svg, tag, text

DEGREES = ("none", "some", "marked")
PARTS = ("Strategy", "Mode", "Feeling", "Act")
STATES = {
    "present": "present",
    "absent": "absent",
    "contested": "observers disagree",
    "not observed": "not observed yet",
}


def _place(name: str, order: tuple[str, ...]) -> int:
    """Where a word stands among those that are known; others come last."""
    return order.index(name) if name in order else len(order)


def strategies(detail: StrategiesDetail, names: Names) -> Table:
    """A row per observation: what it points to, and what was seen."""
    rows = [
        [row.says, row.strategy, STATES.get(row.state, row.state), row.source]
        for row in sorted(detail.rows, key=lambda row: _place(row.state, tuple(STATES)))
    ]
    return table("Observations", ["Observation", "Points to", "Seen", "Source"], rows, (0, 1, 2, 3))


def profile(detail: MentalizingProfileDetail, names: Names) -> Picture:
    """A square per impairment and relationship."""
    describe = _profile_sentence(detail)
    wide, narrow = in_both_sizes(lambda size: _profile(detail, size, describe))
    caption = (
        "Each mark is one way of failing in one relationship. Ring: none. Half filled: some. Filled: marked. A ring around "
        "it: an observer gave more. Dash: not assessed, which is not none."
    )
    return Picture(describe, caption, wide, narrow, (_profile_table(detail),))


def _at(detail: MentalizingProfileDetail) -> dict[tuple[str, str], ProfileSquare]:
    return {(each.impairment, each.context): each for each in detail.squares}


def _profile(detail: MentalizingProfileDetail, size: Size, describe: str) -> Markup:
    squares = _at(detail)

    def draw(i: int, j: int, x: float, y: float, room: float) -> Markup:
        return _degree(squares.get((detail.impairments[i], detail.contexts[j])), x, y, min(room, 11.0))

    columns = [Column(name) for name in detail.contexts]
    drawn, height = matrix([[name] for name in detail.impairments], columns, draw, size)
    return svg(size, height, describe, group(drawn, class_="c1"))


def _degree(square: ProfileSquare | None, x: float, y: float, r: float) -> Markup:
    if square is None or square.low is None or square.high is None:
        return text(x, y + 4, DASH, "quiet", "middle")
    parts = []
    if square.high > square.low:
        parts.append(tag("path", d=marker(0, x, y, r), class_="ring"))
    if square.low == 0:
        parts.append(tag("path", d=marker(0, x, y, r * 0.45), class_="ring"))
    elif square.low == 1:
        parts.append(tag("path", d=marker(0, x, y, r * 0.62), class_="ring"))
        half = r * 0.62
        d = f"M{x - half:.1f} {y:.1f}a{half:.1f} {half:.1f} 0 0 0 {2 * half:.1f} 0z"
        parts.append(tag("path", d=d, class_="fill"))
    else:
        parts.append(tag("path", d=marker(0, x, y, r * 0.8), class_="fill"))
    return group(*parts)


def _words(square: ProfileSquare | None) -> str:
    if square is None or square.low is None or square.high is None:
        return "not assessed"
    low, high = DEGREES[int(square.low)], DEGREES[int(square.high)]
    return low if low == high else f"{low} to {high}"


def _profile_sentence(detail: MentalizingProfileDetail) -> str:
    seen = [
        f"{each.impairment} with {each.context}: {_words(each)}"
        for each in detail.squares
        if each.high is not None and each.high > 0
    ]
    known = sum(each.high is not None for each in detail.squares)
    told = "; ".join(seen) if seen else "nothing impaired"
    return (
        f"Mentalizing profile, {known} of {len(detail.squares)} pairs of impairment and relationship assessed. {told}."
    )


def _profile_table(detail: MentalizingProfileDetail) -> Table:
    squares = _at(detail)
    rows = [
        [name, *(_words(squares.get((name, context))) for context in detail.contexts)] for name in detail.impairments
    ]
    columns = tuple(range(len(detail.contexts) + 1))
    return table("Mentalizing profile", ["Impairment", *detail.contexts], rows, columns)


def triggers(detail: TriggerMapDetail, names: Names) -> Picture:
    """A row per trigger and relationship, a column for what was told with any of them."""
    describe = _trigger_sentence(detail)
    wide, narrow = in_both_sizes(lambda size: _triggers(detail, size, describe))
    caption = "How often each was told with the trigger: the number of episodes, and its area. One or two are single accounts."
    return Picture(describe, caption, wide, narrow, (_trigger_table(detail),))


def _triggers(detail: TriggerMapDetail, size: Size, describe: str) -> Markup:
    found = {(each.part, each.what) for row in detail.rows for each in row.counts}
    columns = sorted(found, key=lambda each: (_place(each[0], PARTS), *each))
    counts = [{(each.part, each.what): each.n for each in row.counts} for row in detail.rows]
    if not columns:
        return svg(
            size, 30.0, describe, text(0, 16, "Nothing was told with the triggers; the table lists them.", "quiet")
        )
    most = max(n for row in counts for n in row.values())

    def draw(i: int, j: int, x: float, y: float, room: float) -> Markup:
        n = counts[i].get(columns[j], 0)
        if not n:
            return text(x, y + 4, "·", "quiet", "middle")
        r = max(7.5, min(room, 15.0) * math.sqrt(n / most))
        return group(
            tag("path", d=marker(0, x, y, r), class_="band"),
            tag("path", d=marker(0, x, y, r), class_="whisker thin"),
            text(x, y + 4, str(n), "", "middle"),
        )

    rows = [
        [row.trigger, f"{row.context}, {row.episodes} {'episode' if row.episodes == 1 else 'episodes'}"]
        for row in detail.rows
    ]
    drawn, height = matrix(rows, [Column(name, part) for part, name in columns], draw, size)
    return svg(size, height, describe, group(drawn, class_="c1"))


def _trigger_sentence(detail: TriggerMapDetail) -> str:
    told = []
    for row in detail.rows:
        counted = ", ".join(f"{each.what} {each.n}" for each in row.counts) or "nothing with it"
        told.append(f"{row.trigger} ({row.context}, {row.episodes} told): {counted}")
    return f"Trigger map. {'; '.join(told)}."


def _trigger_table(detail: TriggerMapDetail) -> Table:
    rows = [
        [
            row.trigger,
            row.context,
            str(row.episodes),
            *(_of_part(row, part) for part in PARTS),
            row.when or DASH,
            row.voices,
        ]
        for row in detail.rows
    ]
    head = ["Trigger", "With whom", "Episodes", *PARTS, "When", "Told by"]
    return table("Trigger map", head, rows, (0, 1, 3, 4, 5, 6, 7, 8))


def _of_part(row: TriggerLine, part: str) -> str:
    return ", ".join(f"{each.what} ({each.n})" for each in row.counts if each.part == part) or DASH


def advice(detail: CaseAdviceDetail, names: Names) -> Table | None:
    """A row per rule that holds, then those that wait."""
    rows = [
        [
            row.rule,
            row.advises,
            row.why,
            row.because,
            f"{row.source}, {row.grade}{'; ' if row.standing else ''}{row.standing}",
        ]
        for row in detail.rows
    ]
    rows += [[rule, DASH, DASH, f"Not known yet: {asks}", DASH] for rule, asks in detail.waiting]
    if not rows:
        return None
    head = ["Rule", "Says", "Because", "In this case", "Source, grade, evidence"]
    return table("Guidance", head, rows, (0, 1, 2, 3, 4))
