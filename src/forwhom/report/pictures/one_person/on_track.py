"""Rules that warn when a course goes wrong, side by side: what they catch, how often they warn in vain, how early."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import AlarmRule, Interval, OnTrackDetail
from forwhom.report.numbers import DASH, count, percent, quantity, short, time_text
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import shares_say
from forwhom.report.pictures.panel import Block, axes, below_each_other, framed
from forwhom.report.svg import (
    BOLD,
    Linear,
    Size,
    group,
    line,
    lines_of_text,
    marker,
    path,
    svg,
    tag,
    text,
    wrapped,
)

_MOST_CURVES = 4
"""Rules whose share caught is drawn score by score; the table has the others."""

_MEASURES = (
    ("caught before the last score", "before_last"),
    ("caught by the third score", "by_third"),
    ("false alarms", "false_alarms"),
    ("true alarms", "positive_value"),
)


def picture(detail: OnTrackDetail, names: Names) -> Picture:
    """Rules as rows, what they are worth as columns; below, the share caught score by score."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    note = "The share caught score by score is in the table for the other rules." if _more_curves(detail) else ""
    caption = (
        "Each rule on this study, judged on people it was not made from, with intervals: the share of those who went wrong whom "
        "it caught, the share of the others it warned of in vain, the share of its alarms that came true, and the median time "
        "from first alarm to last score. Here an alarm counts whenever it was raised; where this person stands goes by the latest score. "
        "What is caught by the end is in the table: an alarm at the last score comes too late."
    )
    if detail.published:
        told = "; ".join(f"{what} {percent(share)}" for what, share in detail.published)
        caption += (
            f" Published elsewhere: {told}. A session is not a measurement: the third score may come months later."
        )
    return Picture(describe, caption, wide, narrow, _tables(detail), note)


def _more_curves(detail: OnTrackDetail) -> bool:
    return len({rule for rule, _, _ in detail.caught}) > _MOST_CURVES


def _measure(rule: AlarmRule, name: str) -> Interval:
    found = getattr(rule, name)
    return found if isinstance(found, Interval) else Interval(None)


def _status(rule: AlarmRule, unit: str) -> str:
    if rule.standing is None:
        return "cannot be said"
    if rule.standing == "no alarm":
        return "no alarm so far"
    if rule.standing == "alarm":
        return "alarm at the latest score"
    return "back inside" + ("" if rule.last_alarm is None else f", last alarm at {time_text(rule.last_alarm, unit)}")


def _lead(rule: AlarmRule, unit: str) -> str:
    if rule.lead.value is None:
        return DASH
    words = (
        f"{short(round(rule.lead.value, 1))} {unit}{'' if rule.lead.value == 1 else 's'}"
        if unit
        else short(rule.lead.value)
    )
    if rule.lead.low is None or rule.lead.high is None:
        return words
    return f"{words} ({short(round(rule.lead.low, 1))} to {short(round(rule.lead.high, 1))})"


def _sentence(detail: OnTrackDetail, names: Names) -> str:
    told = [
        f"{rule.rule}: this person {_status(rule, detail.time_unit)}; of {count(rule.events)} with {rule.event} "
        f"{shares_say(rule.before_last)} caught before the last score, {shares_say(rule.by_third)} by the third score and "
        f"{shares_say(rule.sensitivity)} by the end, false alarms "
        f"{shares_say(rule.false_alarms)}, median lead {_lead(rule, detail.time_unit)}"
        for rule in detail.rules
    ]
    return f"Rules for being on track on {names.scale(detail.scale)}. {'. '.join(told)}."


def _draw(detail: OnTrackDetail, size: Size, describe: str) -> Markup:
    blocks: list[Block] = []
    for event in dict.fromkeys(rule.event for rule in detail.rules):
        rules = [rule for rule in detail.rules if rule.event == event]
        blocks.append(_hanging(event, rules, detail, size) if size.narrow else _matrix(event, rules, detail, size))
    if detail.caught:
        blocks.append(_caught(detail, size))
    whole, height, _ = below_each_other(blocks, gap=18)
    return svg(size, max(height, 20.0), describe, whole)


def _heading(event: str, rules: list[AlarmRule]) -> str:
    sizes = {(rule.events, rule.n) for rule in rules}
    events, n = next(iter(sizes))
    of = f" ({count(events)} of {count(n)} people)" if len(sizes) == 1 else ""
    return f"Warning of {event}{of}"


# ── a page: rules as rows, measures as columns ───────────────────────────────────────────────────


def _matrix(event: str, rules: list[AlarmRule], detail: OnTrackDetail, size: Size) -> Block:
    left, lead = 232.0, 84.0
    column = (size.width - left - lead) / len(_MEASURES)
    parts = [text(0, 13, wrapped(_heading(event, rules), size.width, 1, BOLD)[0], "paneltitle")]
    scales = [Linear(0.0, 1.0, left + k * column + 8, left + (k + 1) * column - 14) for k in range(len(_MEASURES))]
    heads = [wrapped(words, column - 10, 3) for words, _ in _MEASURES]
    foot = 19 + 15.0 * max(len(head) for head in heads)
    for head, scale in zip(heads, scales, strict=True):
        parts.append(lines_of_text(scale.start, foot - 15 * (len(head) - 1), head, "axistitle"))
    parts.append(text(size.width, foot, "median lead", "axistitle", "end"))
    y = foot + 8
    for rule in rules:
        name = wrapped(rule.rule, left - 12, 2, BOLD if rule.primary else 12.0)
        parts.append(lines_of_text(0, y + 13, name, "label strong" if rule.primary else "label"))
        parts.append(_verdict(rule, 0, y + 13 + 15 * len(name)))
        height = 15.0 * (len(name) + 1) + 9
        for (_, field), scale in zip(_MEASURES, scales, strict=True):
            parts.append(_share(_measure(rule, field), scale, y + 27, y + 14))
        parts.append(text(size.width, y + 14, _lead(rule, detail.time_unit).split(" (")[0], "value", "end"))
        y += height
        parts.append(line(0, y - 3, size.width, y - 3, "rule"))
    return group(*parts), y


def _verdict(rule: AlarmRule, x: float, y: float) -> Markup:
    alarm = rule.standing == "alarm"
    mark = tag("circle", cx=x + 5, cy=y - 4, r=4.5, class_="alarm") if alarm else ""
    shift = 15 if alarm else 0
    return group(mark, text(x + shift, y, f"this person: {rule.standing or 'cannot be said'}", "quiet"))


def _share(i: Interval, scale: Linear, bar: float, y: float | None = None) -> Markup:
    """A share on a line from 0 to 100 %, with its number at height `y`."""
    parts: list[Markup] = []
    if i.low is not None and i.high is not None:
        low, high = (scale(min(max(v, 0.0), 1.0)) for v in (i.low, i.high))
        parts.append(line(low, bar, high, bar, "whisker"))
    if i.value is not None:
        parts.append(tag("path", d=marker(0, scale(min(max(i.value, 0.0), 1.0)), bar, 4.2), class_="mark"))
    number = text(scale.start, y, quantity(i.value, "proportion"), "value") if y is not None else ""
    return group(line(scale.start, bar, scale.end, bar, "rule thick"), group(*parts, class_="c1"), number)


# ── a phone: measures below each rule ────────────────────────────────────────────────────────────


def _hanging(event: str, rules: list[AlarmRule], detail: OnTrackDetail, size: Size) -> Block:
    heading = wrapped(_heading(event, rules), size.width, 2, BOLD)
    parts = [lines_of_text(0, 13, heading, "paneltitle")]
    y = 15.0 * len(heading) + 8
    scale = Linear(0.0, 1.0, 190.0, size.width - 6)
    for rule in rules:
        name = wrapped(rule.rule, size.width, 2, BOLD)
        parts.append(lines_of_text(0, y + 13, name, "label strong" if rule.primary else "label"))
        parts.append(_verdict(rule, 0, y + 13 + 15 * len(name)))
        y += 15.0 * (len(name) + 1) + 6
        for words, field in _MEASURES:
            i = _measure(rule, field)
            parts.append(text(0, y + 13, words.removeprefix("caught "), "quiet"))
            parts.append(text(182, y + 13, quantity(i.value, "proportion"), "value", "end"))
            parts.append(_share(i, scale, y + 9))
            y += 18
        parts.append(text(0, y + 13, f"median lead {_lead(rule, detail.time_unit)}", "quiet"))
        y += 28
    return group(*parts), y


# ── share caught, score by score ─────────────────────────────────────────────────────────────────


def _caught(detail: OnTrackDetail, size: Size) -> Block:
    rules = list(dict.fromkeys(rule for rule, _, _ in detail.caught))[:_MOST_CURVES]
    numbers = [float(number) for _, number, _ in detail.caught]
    panel = framed(
        size,
        [0.0, *numbers],
        [0.0, 1.0],
        words="Share caught so far",
        below="Scores after the start",
        percent=(False, True),
        height=105,
        pad=(0.02, 0.02),
    )
    parts = [axes(panel)]
    columns = 1 if size.narrow else 2
    room = size.width / columns
    for k, rule in enumerate(rules):
        x0, y = (k % columns) * room, panel.height + 4 + 17 * (k // columns)
        at = sorted((number, share) for name, number, share in detail.caught if name == rule)
        points = [(panel.across(number), panel.up(share)) for number, share in at]
        place = k % 6
        parts.append(
            group(
                tag("path", d=path(points), class_="curve"),
                tag("path", d="".join(marker(place, x, y_, 3.6) for x, y_ in points), class_="mark"),
                line(x0, y + 6, x0 + 22, y + 6, "curve"),
                tag("path", d=marker(place, x0 + 11, y + 6, 3.6), class_="mark"),
                text(x0 + 29, y + 10, wrapped(rule, room - 40, 1)[0], "label"),
                class_=f"c{place}",
            )
        )
    return group(*parts), panel.height + 4 + 17 * -(-len(rules) // columns)


def _tables(detail: OnTrackDetail) -> tuple[Table, ...]:
    rows = [
        [
            rule.rule + (" (chosen in advance)" if rule.primary else ""),
            rule.event,
            _status(rule, detail.time_unit),
            f"{count(rule.caught)} of {count(rule.events)}",
            *(shares_say(_measure(rule, field)) for field in _FIELDS),
            count(rule.alarms),
            _lead(rule, detail.time_unit),
            rule.says,
        ]
        for rule in detail.rules
    ]
    head = [
        "Rule",
        "Warns of",
        "This person",
        "Caught",
        "Caught by the end",
        "By the third score",
        "Before the last score",
        "False alarms",
        "False, before the last score",
        "Alarms that came true",
        "People with an alarm",
        "Median lead (quartiles)",
        "What it does",
    ]
    tables = [table("Rules for being on track", head, rows, (0, 1, 2, 12))]
    if detail.caught:
        shares = [[rule, count(number), percent(share)] for rule, number, share in detail.caught]
        tables.append(table("Share caught", ["Rule", "Scores after the start", "Caught so far"], shares))
    if detail.published:
        tables.append(
            table(
                "Published elsewhere", ["What", "Share"], [[what, percent(share)] for what, share in detail.published]
            )
        )
    return tuple(tables)


_FIELDS = ("sensitivity", "by_third", "before_last", "false_alarms", "false_before_last", "positive_value")
