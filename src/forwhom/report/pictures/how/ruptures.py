"""Ruptures: rates beside chance, the rate along treatment, some people's sessions with their limits, falls and repairs."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import Interval, PersonSessions, RupturesDetail, SessionBlock
from forwhom.report.numbers import DASH, count, quantity, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import colour, shares_say
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.how.relations import drawn_relations, per_ten, tables
from forwhom.report.pictures.how.sessions import small_multiples
from forwhom.report.pictures.panel import Block, Panel, axes, below_each_other, framed, titled
from forwhom.report.svg import Size, group, line, marker, path, svg, tag, text, text_width, wrapped

RELATED = ("Leaving afterwards", "Later outcome", "Diagnosis and severity")


def picture(detail: RupturesDetail, names: Names) -> Picture | Table:
    """Rates, timeline, people; a table of the codes where there is nothing else."""
    if not detail.rates:
        return _codes(detail)
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    by = f" by the {detail.criteria[0][0]}" if detail.criteria else ""
    caption = (
        "Ruptures per 10 sessions with their interval; the open diamond is what each person's own straight line with noise would give. "
        f"Along treatment{by}: dots with intervals, and the same chance level as a dashed line "
        "(an arrow: the interval goes on beyond the picture)."
    )
    if detail.people:
        caption += (
            f" Then sessions of {count(len(detail.people))} people, from the most ruptures to the fewest: the band spans the limits of "
            "their own chart, a red ring is a rupture, a filled diamond where the alliance was back."
        )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _codes(detail: RupturesDetail) -> Picture | Table:
    """What goes with coded ruptures; their table where nothing could be told."""
    made = tables(detail.relations)
    if not any(each.group in RELATED and each.estimate.value is not None for each in detail.relations):
        return made[0] if made else table("Human codes", ["Number"], [])
    first = detail.relations[0]
    describe = f"What goes with ruptures that raters coded: {first.what}, {shares_say(first.estimate)}."

    def drawn(size: Size) -> Markup:
        parts, height, _ = below_each_other(drawn_relations(detail.relations, RELATED, size))
        return svg(size, height, describe, parts)

    wide, narrow = in_both_sizes(drawn)
    return Picture(
        describe, "What goes with ruptures that raters coded; the line marks no relation.", wide, narrow, made
    )


def _arm(names: Names, arm: str) -> str:
    return names.arm(arm) if arm else "Everyone"


def _sentence(detail: RupturesDetail, names: Names) -> str:
    told = [
        f"{_arm(names, r.arm)}, {r.criterion}: {per_ten(r.rate)}, by chance {per_ten(r.expected)}, {count(r.ruptures)} ruptures in "
        f"{count(r.sessions)} sessions of {count(r.people)} people"
        for r in detail.rates
    ]
    return f"Ruptures per 10 sessions of {detail.alliance}. {'; '.join(told)}."


def _draw(detail: RupturesDetail, names: Names, size: Size, describe: str) -> Markup:
    blocks: list[Block] = [_rates(detail, names, size)]
    if detail.blocks:
        blocks.append(_timeline(detail, names, size))
    if detail.people:
        blocks.append(
            titled("People and their sessions", small_multiples(detail.people, names, size, detail.alliance), size)
        )
    blocks += drawn_relations(detail.relations, RELATED, size)
    drawn, height, _ = below_each_other(blocks)
    return svg(size, height, describe, drawn)


def _rates(detail: RupturesDetail, names: Names, size: Size) -> Block:
    several = len({r.criterion for r in detail.rates}) > 1
    rows = [
        Row(
            f"{_arm(names, r.arm)}{f', {r.criterion}' if several else ''}",
            f"{count(r.ruptures)} in {count(r.sessions)} sessions, {count(r.people_with)} of {count(r.people)} people",
            r.rate,
            per_ten(r.rate),
            names.place(r.arm),
            colour(names, r.arm),
            second=r.expected.value,
        )
        for r in detail.rates
    ]
    return titled("Ruptures per 10 sessions", forest(rows, size, include=(0.0,)), size)


def _timeline(detail: RupturesDetail, names: Names, size: Size) -> Block:
    arms = list(dict.fromkeys(b.arm for b in detail.blocks))
    ys = [v for b in detail.blocks for v in (b.rate.value, b.rate.high if _drawn(b) else None, b.expected)]
    panel = framed(
        size, [v for b in detail.blocks for v in (b.first, b.last)], [*ys, 0.0], words="Ruptures per 10 sessions",
        below="Rated session", title="Along treatment", height=150.0 if size.narrow else 170.0,
    )  # fmt: skip
    parts: list[Markup] = [axes(panel)]
    for k, arm in enumerate(arms):
        mine = [b for b in detail.blocks if b.arm == arm]
        shift = (k - (len(arms) - 1) / 2) * 7.0
        parts.append(
            group(_chance(mine, panel), *(_dot(b, panel, shift, names) for b in mine), class_=colour(names, arm))
        )
    key, room = _key(arms, names, size, chance=any(b.expected is not None for b in detail.blocks))
    return group(*parts, tag("g", key, transform=f"translate(0 {panel.height + 4:.1f})")), panel.height + room + 4


def _drawn(block: SessionBlock) -> bool:
    """A whisker that would dwarf everything ends at the top with an arrow; its end is in the table."""
    return block.rate.high is not None and block.rate.high < 6 * max(block.rate.value or 0.0, 0.5)


def _middle(block: SessionBlock) -> float:
    return (block.first + block.last) / 2


def _chance(mine: list[SessionBlock], panel: Panel) -> Markup:
    at = [(panel.across(_middle(b)), panel.up(b.expected)) for b in mine if b.expected is not None]
    return tag("path", d=path(at), class_="curve chance", stroke_dasharray="5 4") if len(at) > 1 else Markup("")


def _dot(block: SessionBlock, panel: Panel, shift: float, names: Names) -> Markup:
    if block.rate.value is None:
        return Markup("")
    x, y = panel.across(_middle(block)) + shift, panel.up(block.rate.value)
    whisker = Markup("")
    if block.rate.low is not None and block.rate.high is not None:
        end = panel.up(block.rate.high) if _drawn(block) else panel.top
        whisker = line(x, panel.up(block.rate.low), x, end, "whisker thin")
        if not _drawn(block):
            arrow = f"M{x - 3:.1f} {end + 5:.1f}L{x:.1f} {end:.1f}L{x + 3:.1f} {end + 5:.1f}"
            whisker += tag("path", d=arrow, class_="whisker thin", fill="none")
    return group(whisker, tag("path", d=marker(names.place(block.arm), x, y, 4.0), class_="mark"))


def _key(arms: list[str], names: Names, size: Size, *, chance: bool) -> tuple[Markup, float]:
    """Arms with their marks, then the dashed line."""
    parts, x, y = [], 0.0, 12.0
    for arm in [*arms, None] if chance else arms:
        label = wrapped("by chance" if arm is None else _arm(names, arm), size.width - 40, 1)[0]
        wide = 24 + text_width(label) + (14 if arm is None else 0)
        if x and x + wide > size.width:
            x, y = 0.0, y + 17
        if arm is None:
            # In the colour of each arm, as the lines are.
            part = 28 / max(len(arms), 1)
            for k, each in enumerate(arms):
                d = f"M{x + k * part:.1f} {y - 4:.1f}h{part - 4:.1f}"
                dashed = tag("path", d=d, class_="curve chance", stroke_dasharray="5 2")
                parts.append(group(dashed, class_=colour(names, each)))
            x += 14
        else:
            mark = tag("path", d=marker(names.place(arm), x + 6, y - 4, 4.0), class_="mark")
            parts.append(group(mark, class_=colour(names, arm)))
        parts.append(text(x + 16, y, label, "quiet"))
        x += wide - (14 if arm is None else 0) + 12
    return group(*parts), y + 6


def _tables(detail: RupturesDetail, names: Names) -> tuple[Table, ...]:
    rates = [
        [_arm(names, r.arm), r.criterion, per_ten(r.rate), per_ten(r.expected), _bare(r.shuffled), count(r.ruptures), count(r.sessions),
         f"{count(r.people_with)} of {count(r.people)}"]
        for r in detail.rates
    ]  # fmt: skip
    head = [
        "Arm",
        "Criterion",
        "Per 10 sessions",
        "By chance",
        "Own order shuffled",
        "Ruptures",
        "Sessions",
        "People with any",
    ]
    made = [table("Rate of ruptures", head, rates, (0, 1))]
    repairs = [
        [_arm(names, r.arm), r.criterion, shares_say(r.share), _noise(r.expected), count(r.repaired), count(r.unrepaired), count(r.open),
         DASH if r.median is None else short(r.median)]
        for r in detail.repairs
    ]  # fmt: skip
    head = [
        "Arm",
        "Criterion",
        "Repaired",
        "Of falls that are noise",
        "Repaired, n",
        "Not repaired, n",
        "Open at the end, n",
        "Median sessions until back",
    ]
    made.append(table("What became of the ruptures", head, repairs, (0, 1)))
    along = [
        [
            _arm(names, b.arm),
            f"{b.first} to {b.last}" if b.last > b.first else str(b.first),
            per_ten(b.rate),
            _bare(b.expected),
            count(b.sessions),
        ]
        for b in detail.blocks
    ]
    made.append(
        table("Along treatment", ["Arm", "Rated session", "Per 10 sessions", "By chance", "Sessions"], along, (0, 1))
    )
    if detail.people:
        made.append(_people(detail, names))
    return (*made, *tables(detail.relations))


def _noise(share: Interval) -> str:
    return DASH if share.value is None else shares_say(share)


def _people(detail: RupturesDetail, names: Names) -> Table:
    rows = [
        [
            p.id,
            _arm(names, p.arm),
            count(len(p.values)),
            _bare(p.centre),
            _bare(p.low),
            _sessions(p, p.falls),
            _sessions(p, p.repairs),
        ]
        for p in detail.people
    ]
    return table(
        "People shown",
        ["Person", "Arm", "Rated sessions", "Mean", "Lower limit", "Ruptures at session", "Back at session"],
        rows,
        (0, 1, 5, 6),
    )


def _sessions(person: PersonSessions, at: tuple[int, ...]) -> str:
    return ", ".join(short(person.sessions[k]) for k in at if 0 <= k < len(person.sessions)) or DASH


def _bare(value: float | None) -> str:
    return DASH if value is None else f"{value:.2f}" if abs(value) < 10 else quantity(value, "points")
