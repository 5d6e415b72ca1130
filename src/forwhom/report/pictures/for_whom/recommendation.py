"""Can a recommendation be made: the rule, the conditions it must meet, what it gains, and how many people it would take."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import Interval, PolicyValue, PowerPoint, RecommendationDetail, RuleCondition
from forwhom.report.numbers import count, is_share, limits, percent, quantity
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import cells, gains, says, shares_say, unit_words
from forwhom.report.pictures.for_whom.rule import aloud, tree
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.panel import (
    Block,
    axes,
    below_each_other,
    column_width,
    framed,
    side_by_side,
    titled,
    zero_line,
)
from forwhom.report.svg import BOLD, Size, coordinate, group, line, lines_of_text, marker, path, svg, tag, text, wrapped

_USUAL_POWER = 0.8


def picture(detail: RecommendationDetail, names: Names) -> Picture:
    """The rule first where there is one; the conditions first where there is none."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    return Picture(describe, _caption(detail), wide, narrow, _tables(detail, names))


def _caption(detail: RecommendationDetail) -> str:
    told = []
    if detail.rule:
        told.append(
            "The rule, from the first question down; each last box names the arm and what it gains over one arm for all."
        )
    if detail.conditions:
        told.append("A recommendation needs every condition to be met.")
    if detail.values:
        told.append("Gains are in the direction that is better, whatever the scale; above zero the policy does better.")
    if detail.repeats:
        told.append("Each repeat learns the rule and judges it anew on people it was not learned from.")
    if detail.power:
        told.append("Power: the chance that a trial of so many people would show the gain; the dashed line is 80 %.")
    return " ".join(told) or "Nothing was found that could be shown."


def _sentence(detail: RecommendationDetail, names: Names) -> str:
    told = [f"The rule: {aloud(detail.rule, names)}" if detail.rule else "No rule is recommended"]
    if detail.conditions:
        met = sum(c.met is True for c in detail.conditions)
        told.append(f"{met} of {len(detail.conditions)} conditions met")
        told += [f"Not met: {c.condition} ({c.says.rstrip('.')})" for c in detail.conditions if c.met is False]
    told += [
        f"{v.policy}: gain {says(v.gain, detail.unit)} {unit_words(detail.unit)}"
        for v in detail.values
        if v.gain.value is not None
    ]
    return ". ".join(told) + "."


def _draw(detail: RecommendationDetail, names: Names, size: Size, describe: str) -> Markup:
    rule = tree(detail.rule, names, detail.unit, size)
    conditions = titled("Conditions", _conditions(detail.conditions, size), size)
    blocks = [rule, conditions, titled("Gain of each policy", _values(detail, size), size)]
    columns = 2 if detail.repeats and detail.power and not size.narrow else 1
    part = Size(column_width(size, columns), size.narrow)
    panels = [_repeats(detail, part)] if detail.repeats else []
    panels += [_power(detail, part)] if detail.power else []
    drawn, height, _ = side_by_side(panels, part.width, columns)
    blocks += [(drawn, height), titled("Does the gain last?", _later(detail, size), size)]
    whole, height, _ = below_each_other(blocks)
    return svg(size, height, describe, whole)


# ── conditions ───────────────────────────────────────────────────────────────────────────────────


def _conditions(conditions: tuple[RuleCondition, ...], size: Size) -> Block:
    parts, y = [], 2.0
    for c in conditions:
        words = wrapped(c.condition, size.width - 96, 3, BOLD)
        more = wrapped(c.says, size.width - 30, 4) if c.says else []
        parts.append(_sign(9, y + 11, met=c.met))
        parts.append(lines_of_text(28, y + 15, words, "label strong"))
        parts.append(text(size.width, y + 15, _outcome(c), "label strong" if c.met is False else "quiet", "end"))
        parts.append(lines_of_text(28, y + 15 + 15 * len(words), more, "quiet"))
        y += 15.0 * (len(words) + len(more)) + 12
    return group(*parts), y - 2 if conditions else 0.0


_CLASSES = {True: "met", False: "unmet", None: "unknown"}


def _outcome(condition: RuleCondition) -> str:
    return {True: "met", False: "not met", None: "not checked"}[condition.met]


def _sign(x: float, y: float, *, met: bool | None) -> Markup:
    """A tick in a filled square, a cross or (not checked) a dash in an open one: told apart without colour."""
    square = f"M{coordinate(x - 8)} {coordinate(y - 8)}h16v16h-16z"
    drawn = {
        True: f"M{x - 4:.1f} {y + 0.5:.1f}l3 3.5l5.5 -7",
        False: f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8",
        None: f"M{x - 4:.1f} {y:.1f}h8",
    }[met]
    return group(tag("path", d=square, class_="square"), tag("path", d=drawn, class_="sign"), class_=_CLASSES[met])


# ── values, repeats, later ───────────────────────────────────────────────────────────────────────


def _value(v: PolicyValue, unit: str) -> str:
    if v.value.value is None:
        return ""
    if is_share(unit):
        return f"mean {shares_say(v.value)}"
    inside = v.value
    between = (
        ""
        if inside.low is None and inside.high is None
        else f" ({limits(inside.value, inside.low, inside.high, unit)})"
    )
    return f"mean {quantity(inside.value, unit, inside.low, inside.high)}{between}"


def _values(detail: RecommendationDetail, size: Size) -> Block:
    if not detail.values:
        return Markup(""), 0.0
    rows = [_policy(v, detail.unit) for v in detail.values]
    return forest(rows, size, zero=0.0, sides=gains(), percent=is_share(detail.unit))


def _policy(v: PolicyValue, unit: str) -> Row:
    """A policy without a gain is the one the others are compared with: its place is zero by definition."""
    compared = v.gain.value is None and v.gain.low is None and v.gain.high is None
    gain = Interval(0.0) if compared else v.gain
    return Row(v.policy, _value(v, unit), gain, "compared with this" if compared else says(gain, unit), 2, "c1")


def _later(detail: RecommendationDetail, size: Size) -> Block:
    if not detail.later:
        return Markup(""), 0.0
    rows = [Row(words, "", gain, says(gain, detail.unit), 2, "c1") for words, gain in detail.later]
    return forest(rows, size, zero=0.0, sides=gains(), percent=is_share(detail.unit))


def _repeats(detail: RecommendationDetail, size: Size) -> Block:
    values = [v for r in detail.repeats for v in (r.value, r.low, r.high)]
    panel = framed(
        size,
        [0.5, len(detail.repeats) + 0.5],
        [*values, 0.0],
        title="Gain in each repeat",
        words=f"Gain ({unit_words(detail.unit)})",
        below="Repeat",
        percent=(False, is_share(detail.unit)),
        height=150,
    )
    marks = []
    for k, r in enumerate(detail.repeats):
        x = panel.across(k + 1)
        if r.low is not None and r.high is not None:
            marks.append(tag("path", d=path([(x, panel.up(r.low)), (x, panel.up(r.high))]), class_="whisker"))
        if r.value is not None:
            marks.append(tag("path", d=marker(2, x, panel.up(r.value), 4), class_="mark"))
    return group(axes(panel), zero_line(panel), group(*marks, class_="c1")), panel.height


def _power(detail: RecommendationDetail, size: Size) -> Block:
    named = list(dict.fromkeys(p.gain for p in detail.power))
    key = 17.0 * len(named) + 4
    panel = framed(
        size,
        [p.n for p in detail.power],
        [0.0, 1.0],
        title="People it would take",
        words="Power",
        below="People in the trial",
        percent=(False, True),
        height=150,
        pad=(0.03, 0.02),
    )
    usual = panel.up(_USUAL_POWER)
    parts = [axes(panel), line(panel.across.start - 4, usual, size.width, usual, "cutoff")]
    for k, gain in enumerate(named):
        place = k + 1
        points = sorted((p for p in detail.power if p.gain == gain), key=lambda p: p.n)
        at = [(panel.across(p.n), panel.up(p.power)) for p in points]
        parts.append(
            group(
                tag("path", d=path(at), class_="curve"),
                tag("path", d="".join(marker(place, x, y, 3.4) for x, y in at), class_="mark"),
                line(0, panel.height + 17 * k + 8, 22, panel.height + 17 * k + 8, "curve"),
                tag("path", d=marker(place, 11, panel.height + 17 * k + 8, 3.4), class_="mark"),
                text(29, panel.height + 17 * k + 12, wrapped(gain, size.width - 32, 1)[0], "label"),
                class_=f"c{place % 6}",
            )
        )
    return group(*parts), panel.height + key


# ── tables ───────────────────────────────────────────────────────────────────────────────────────


def _tables(detail: RecommendationDetail, names: Names) -> tuple[Table, ...]:
    unit = unit_words(detail.unit)
    tables = []
    if detail.rule:
        rows = [
            [
                str(node.node),
                f"{node.parent}: {node.branch}" if node.parent >= 0 else "first",
                node.says or "–",
                names.arm(node.arm) if node.arm else "–",
                count(node.n),
                *cells(node.effect, detail.unit),
            ]
            for node in detail.rule
        ]
        head = ["Box", "Comes after", "Question", "Arm", "n", f"Gain ({unit})", "Interval"]
        tables.append(table("The rule", head, rows, (0, 1, 2, 3)))
    if detail.conditions or not detail.rule:
        rows = [[c.condition, _outcome(c), c.says] for c in detail.conditions]
        tables.append(table("Conditions", ["Condition", "Met", "What was found"], rows, (0, 1, 2)))
    if detail.values:
        rows = [
            [v.policy, _value(v, detail.unit).removeprefix("mean ") or "–", *cells(v.gain, detail.unit)]
            for v in detail.values
        ]
        head = ["Policy", f"Mean {detail.outcome} (interval)", f"Gain ({unit})", "Interval"]
        tables.append(table("What policies are worth", head, rows))
    if detail.repeats:
        rows = [[str(k + 1), *cells(r, detail.unit)] for k, r in enumerate(detail.repeats)]
        tables.append(table("Gain in each repeat", ["Repeat", f"Gain ({unit})", "Interval"], rows))
    if detail.later:
        rows = [[words, *cells(gain, detail.unit)] for words, gain in detail.later]
        tables.append(table("Gain later", ["Occasion", f"Gain ({unit})", "Interval"], rows))
    if detail.power:
        tables.append(_power_table(detail.power))
    return tuple(tables)


def _power_table(points: tuple[PowerPoint, ...]) -> Table:
    rows = [[p.gain, count(p.n), percent(p.power)] for p in points]
    return table("Power", ["To show", "People", "Power"], rows)
