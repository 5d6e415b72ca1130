"""The supervision page of a session: the timeline, and what is words as tables."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from forwhom.findings.kinds import (
    SessionBalanceDetail,
    SessionCodesDetail,
    SessionMomentsDetail,
    SessionPoint,
    SessionStepsDetail,
    SessionTimelineDetail,
)
from forwhom.report.numbers import percent
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import (
    Linear,
    Size,
    coordinate,
    foot_axis,
    group,
    line,
    marker,
    svg,
    tag,
    text,
    text_width,
    thinned,
    ticks,
)

LEVELS = {1: "Empathy, support", 2: "Exploring", 3: "Affect focus", 4: "Relationship"}
_HEIGHTS = {"low": 0.08, "raised": 0.5, "high": 1.0, "kept": 0.08, "doubtful": 0.5, "lost": 1.0}
"""Of the strip. Kept and low are a thin line; where nothing was seen there is none."""
_STRIP = 26.0
_STEP = 24.0


def timeline(detail: SessionTimelineDetail, names: Names) -> Picture:
    """Levels above, the patient's state below, turn by turn; where the gate was closed the ground is shaded."""
    describe = _describe(detail)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    caption = (
        "Each dot is a turn of the therapist on its level of the ladder. Below: how far mentalizing seems lost and arousal raised in "
        "the patient's turns, half high for in between, a thin line where mentalizing is kept or arousal low, nothing where no sign "
        "reaches its bound. Shaded: where the patient was last seen aroused and not mentalizing, until a turn shows recovery; only levels "
        "1 and 2 are safe there. A ring marks a turn of level 3 or 4 in such a place, a square one near such a place: see the moments."
    )
    rows = [
        [
            str(p.turn),
            p.who,
            f"level {p.level}" if p.level else p.mentalizing.replace("-", " ") or "–",
            p.arousal.replace("-", " ") or "–",
            p.mode.replace("-", " ") or "–",
            "departure" if p.turn in detail.flagged else "look" if p.turn in detail.looked else "",
        ]
        for p in detail.points
    ]
    head = ["Turn", "Who", "Level, or mentalizing", "Arousal", "Mode", "Gate"]
    return Picture(describe, caption, wide, narrow, (table("Turn by turn", head, rows, (1, 2, 3, 4, 5)),))


def _describe(detail: SessionTimelineDetail) -> str:
    closed, flagged = len(detail.closed), len(detail.flagged)
    told = f"{closed} of the patient's are aroused and not mentalizing, {flagged} of level 3 or 4 follow such a turn"
    return f"{len(detail.points)} turns; {told}."


def _draw(detail: SessionTimelineDetail, size: Size, describe: str) -> Markup:
    labels = {level: str(level) if size.narrow else f"{level} {name}" for level, name in LEVELS.items()}
    strips = ("Mentalizing lost", "Arousal")
    left = 14.0 if size.narrow else max(text_width(words) for words in (*labels.values(), *strips)) + 12
    last = max((p.turn for p in detail.points), default=1)
    across = Linear(0.5, last + 0.5, left, size.width - 6)
    top = 10.0
    at = {level: top + (4 - level) * _STEP + 8 for level in LEVELS}
    below = at[1] + (30 if size.narrow else 18)
    tall = below + 2 * (_STRIP + (20 if size.narrow else 10))
    parts = [_shaded(detail, across, top, tall - 6)]
    for level, y in at.items():
        parts += [line(left, y, size.width - 6, y, "rule"), text(left - 6, y + 4, labels[level], "tick", "end")]
    parts.append(_dots(detail, across, at))
    y = below
    for place, words in enumerate(strips):
        if size.narrow:
            parts.append(text(left, y - 3, words, "quiet"))
        else:
            parts.append(text(left - 6, y + _STRIP - 4, words, "tick", "end"))
        parts.append(_strip(detail.points, across, y, "mentalizing" if place == 0 else "arousal"))
        parts.append(line(left, y + _STRIP, size.width - 6, y + _STRIP, "rule"))
        y += _STRIP + (20 if size.narrow else 10)
    marks = thinned([t for t in ticks(1, last, 5 if size.narrow else 9) if t >= 1] or [1.0], across, 30)
    parts += [foot_axis(across, tall, marks), text((left + size.width) / 2, tall + 33, "Turn", "axistitle", "middle")]
    return svg(size, tall + 40, describe, group(*parts))


def _shaded(detail: SessionTimelineDetail, across: Linear, top: float, foot: float) -> Markup:
    """From each turn that closed the gate to the patient's next turn."""
    closed = set(detail.closed)
    patient = [p.turn for p in detail.points if p.who == "patient"]
    end = max((p.turn for p in detail.points), default=1)
    d = ""
    for place, turn in enumerate(patient):
        if turn in closed:
            until = patient[place + 1] if place + 1 < len(patient) else end + 1
            left, right = coordinate(across(turn - 0.5)), coordinate(across(until - 0.5))
            d += f"M{left} {coordinate(top)}H{right}V{coordinate(foot)}H{left}z"
    return tag("path", d=d, class_="noband") if d else Markup("")


def _dots(detail: SessionTimelineDetail, across: Linear, at: dict[int, float]) -> Markup:
    r = max(1.6, min(4.0, (across.end - across.start) / max(len(detail.points), 1) * 0.8))
    flagged, looked = set(detail.flagged), set(detail.looked)
    safe = "".join(marker(0, across(p.turn), at[p.level], r) for p in detail.points if p.level in (1, 2))
    high = "".join(marker(2, across(p.turn), at[p.level], r * 0.95) for p in detail.points if p.level in (3, 4))
    rings = "".join(
        marker(0, across(p.turn), at[p.level], r + 4) for p in detail.points if p.turn in flagged and p.level
    )
    squares = "".join(
        marker(1, across(p.turn), at[p.level], r + 3.4) for p in detail.points if p.turn in looked and p.level
    )
    return group(
        tag("path", d=squares, class_="square") if squares else "",
        group(tag("path", d=safe, class_="mark") if safe else "", class_="c1"),
        group(tag("path", d=high, class_="mark") if high else "", class_="c0"),
        tag("path", d=rings, class_="alarm") if rings else "",
    )


def _strip(points: Sequence[SessionPoint], across: Linear, y: float, what: str) -> Markup:
    """A bar per patient's turn, as wide as until their next: half high in between, full at the worst."""
    wide = max(1.0, across(2.0) - across(1.0))
    half, full = "", ""
    for p in points:
        height = _HEIGHTS.get(p.mentalizing if what == "mentalizing" else p.arousal)
        if not height:
            continue
        left, up, right = (
            coordinate(each)
            for each in (across(p.turn) - wide / 2, y + _STRIP * (1 - height), across(p.turn) + wide / 2)
        )
        box = f"M{left} {coordinate(y + _STRIP)}V{up}H{right}V{coordinate(y + _STRIP)}z"
        if height == 1.0:
            full += box
        else:
            half += box
    colour = "c3" if what == "mentalizing" else "c4"
    return group(
        tag("path", d=half, class_="bars") if half else "",
        tag("path", d=full, class_="fill") if full else "",
        class_=colour,
    )


def moments(detail: SessionMomentsDetail, names: Names) -> Table | None:
    """A row per moment: where, what, why, what was said."""
    if not detail.rows:
        return None
    with_words = any(row.words for row in detail.rows)
    head = [
        "Turn",
        "What, and why",
        "Codes that led to it, confidence",
        *(["Said before", "Said"] if with_words else []),
        "Rule",
    ]
    rows = [
        [
            str(row.turn) if row.turn else "all",
            f"{'Departure' if row.grade == 'deviation' else 'Look'}: {row.title}. {row.why}",
            row.led or "–",
            *([f"“{row.before}”" if row.before else "–", f"“{row.words}”" if row.words else "–"] if with_words else []),
            f"{row.rule}, {row.source}",
        ]
        for row in detail.rows
    ]
    return table("Moments to look at: risk, then departures", head, rows, range(len(head)), stacked=True)


def steps(detail: SessionStepsDetail, names: Names) -> Table | None:
    """A row per step, a column per stretch on the relationship."""
    if not detail.rows:
        return None
    head = [
        "Step",
        *(f"Turns {first} to {last}" if first != last else f"Turn {first}" for first, last in detail.stretches),
    ]
    rows = []
    for number in sorted({row.number for row in detail.rows}):
        of = [row for row in detail.rows if row.number == number]
        cells = [
            "not seen" if not row.turn else f"turn {row.turn}" + (f", before: {row.early}" if row.early else "")
            for row in of
        ]
        rows.append([f"{number} {of[0].label}", *cells])
    return table("The six steps, with the turn in which each is seen first", head, rows, range(len(head)))


def balance(detail: SessionBalanceDetail, names: Names) -> Picture:
    """Bars of turns per level, the counts as a table."""
    known = dict(detail.levels)
    told = ", ".join(f"level {level} {n}" for level, n in detail.levels) or "none with a level"
    describe = f"Turns of the therapist by level: {told}; without a level {detail.no_level}."
    wide, narrow = in_both_sizes(lambda size: _bars(known, detail.no_level, size, describe))
    counts = table(
        "Counts", ["What", "Value", "Note"], [[row.what, row.value, row.says] for row in detail.rows], (0, 2)
    )
    parts = [
        [f"{name} third", percent(part) if part is not None else "–"]
        for name, part in zip(("First", "Middle", "Last"), detail.parts, strict=False)
    ]
    return Picture(
        describe,
        "Turns of the therapist by level of the ladder.",
        wide,
        narrow,
        (counts, table("Share of level 4 among turns with a level", ["Part of the session", "Share"], parts)),
    )


def _bars(known: dict[int, int], none: int, size: Size, describe: str) -> Markup:
    rows = [(f"{level} {name}", known.get(level, 0), "c0" if level > 2 else "c1") for level, name in LEVELS.items()]
    rows.append(("No level seen", none, "c5"))
    left = max(text_width(words) for words, _, _ in rows) + 10
    most = max((n for _, n, _ in rows), default=0) or 1
    across = Linear(0, most, left, size.width - 34)
    parts = []
    for place, (words, n, colour) in enumerate(rows):
        y = 6 + 22 * place
        parts.append(text(left - 8, y + 12, words, "tick", "end"))
        bar = f"M{coordinate(left)} {coordinate(y)}H{coordinate(across(n))}v15H{coordinate(left)}z"
        parts.append(group(tag("path", d=bar, class_="fill"), class_=colour))
        parts.append(text(across(n) + 6, y + 12, str(n), "tick"))
    return svg(size, 6 + 22 * len(rows), describe, group(*parts))


def codes(detail: SessionCodesDetail, names: Names) -> Table | None:
    """A row per code with the turns and the words."""
    if not detail.rows:
        return None
    with_words = any(row.words for row in detail.rows)
    head = ["Code", "Who", "Turns", *(["Words that led to it"] if with_words else []), "Means", "Source"]
    rows = [
        [
            row.label,
            row.who,
            _listed(row.turns) + (f" ({row.by_hand} by hand)" if row.by_hand else ""),
            *([", ".join(f"“{each}”" for each in row.words) or "–"] if with_words else []),
            row.says,
            row.source,
        ]
        for row in detail.rows
    ]
    return table("Codes with a confidence of 0.5 or more", head, rows, range(len(head)), stacked=True)


def _listed(turns: Sequence[int], most: int = 10) -> str:
    shown = ", ".join(map(str, turns[:most])) or "withdrawn"
    return f"{shown} and {len(turns) - most} more" if len(turns) > most else shown
