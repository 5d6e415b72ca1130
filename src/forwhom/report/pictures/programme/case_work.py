"""The stance over sessions as a picture; formulation, team, agenda and training as tables."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import (
    AgendaDetail,
    FormulationDetail,
    StancePoint,
    StanceTrendDetail,
    TeamDetail,
    TrainingDetail,
    TrainingRow,
)
from forwhom.report.numbers import DASH, fixed, percent
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.panel import axes, framed
from forwhom.report.pictures.programme.two_voices import two_voices
from forwhom.report.svg import Size, group, line, lines_of_text, marker, svg, tag, text, wrapped

TOP = 4.0


def formulation(detail: FormulationDetail, names: Names) -> Picture:
    """Both voices side by side, point by point; earlier versions in a table."""
    told = "; ".join(f"{row.point}: {row.result or 'nobody has spoken'}" for row in detail.rows)
    describe = f"The formulation in two voices. {told}."
    wide, narrow = in_both_sizes(lambda size: two_voices(detail, size, describe))
    rows = [
        [row.point, row.patient or DASH, row.therapist or DASH, row.result or DASH, row.dates or DASH]
        for row in detail.rows
    ]
    tables = [table("The formulation", ["Point", "Patient", "Therapist", "Together", "Said on"], rows, (0, 1, 2, 3, 4))]
    if detail.earlier:
        before = [[each.when, each.point, each.voice, each.text] for each in detail.earlier]
        tables.append(table("Earlier versions", ["Said on", "Point", "Voice", "What was said"], before, (0, 1, 2, 3)))
    caption = "What each has said last, in the words that were recorded. Nothing is ever taken out; earlier versions are in the table."
    return Picture(describe, caption, wide, narrow, tuple(tables))


def team(detail: TeamDetail, names: Names) -> Picture:
    """How each component is attended; what must still be shared as a table."""
    told = "; ".join(
        f"{row.component}: {row.held} held, {row.missed} missed by the patient, {row.not_offered} not offered"
        for row in detail.components
    )
    describe = f"Attendance. {told or 'Nothing is recorded of components'}."
    wide, narrow = in_both_sizes(lambda size: _attendance(detail, size, describe))
    tables = [_components(detail)] if detail.components else []
    if detail.owed:
        rows = [[each.item, each.to, each.way, f"{each.rule} ({each.source})"] for each in detail.owed]
        tables.append(table("What must still be shared", ["What", "With", "Way", "Because of"], rows, (0, 1, 2, 3)))
    caption = "Filled: sessions held. Light: missed by the patient. Outlined: not offered."
    return Picture(describe, caption, wide, narrow, tuple(tables))


def _attendance(detail: TeamDetail, size: Size, describe: str) -> Markup:
    if not detail.components:
        return svg(size, 26.0, describe, text(0, 16, "Nothing is recorded of components.", "quiet"))
    most = max(row.held + row.missed + row.not_offered for row in detail.components) or 1
    left, y, parts = min(size.width * 0.36, 170.0), 4.0, []
    unit = (size.width - left - 74) / most
    for row in detail.components:
        agreed = {"yes": "agreed", "no": "refused"}.get(row.agreed, row.agreed)
        name = wrapped(row.component, left - 8, 2)
        below = f"{'required' if row.required else 'not required'}, {agreed}"
        parts.append(lines_of_text(0, y + 12, name, "label"))
        parts.append(text(0, y + 12 + 15 * len(name), below, "quiet"))
        x = left
        for n, class_ in ((row.held, "fill"), (row.missed, "band"), (row.not_offered, "flowline")):
            if n:
                fill = "none" if class_ == "flowline" else None
                parts.append(tag("rect", x=x, y=y + 3, width=n * unit, height=18.0, class_=class_, fill=fill))
                x += n * unit
        share = percent(row.share) if row.share is not None else "none yet"
        parts.append(text(x + 8, y + 16, share, "tick"))
        y += 25 + 15 * len(name)
    return svg(size, y, describe, group(*parts, class_="c1"))


def _components(detail: TeamDetail) -> Table:
    rows = [
        [
            row.component,
            "yes" if row.required else "no",
            row.agreed,
            str(row.held),
            str(row.missed),
            str(row.not_offered),
            str(row.in_a_row),
            percent(row.share) if row.share is not None else DASH,
        ]
        for row in detail.components
    ]
    head = [
        "Component",
        "Required",
        "Agreed",
        "Held",
        "Missed by patient",
        "Not offered",
        "Missed in a row",
        "Attended",
    ]
    return table("Components", head, rows, (0, 1, 2))


def stance(detail: StanceTrendDetail, names: Names) -> Picture:
    """The mean of each rated session, each rater's own, the therapist's own rating apart, and the line through them where there is one."""
    slope = detail.slope
    told = f"{_course(detail.points)}." if detail.points else "Nobody but the therapist rated a session."
    own = f" The therapist's own ratings: {_course(detail.own)}." if detail.own else ""
    trend = (
        f" Trend {fixed(slope.value, 2)} points a month." if slope.value is not None and slope.low is not None else ""
    )
    describe = f"Stance by rated session, from 0 to 4. {told}{trend}{own}"
    wide, narrow = in_both_sizes(lambda size: _stance(detail, size, describe))
    caption = "Filled: mean of the raters. Rings: raters, where there are several. 0 is not seen, 4 is throughout."
    if detail.own:
        caption += " Diamonds: the therapist's own rating, in no mean with the others."
    if slope.value is not None and slope.low is not None:
        caption += " Dashed: the trend, whose interval stands in the sentence above."
    return Picture(describe, caption, wide, narrow, _stance_tables(detail))


def _course(points: tuple[StancePoint, ...]) -> str:
    return ", ".join(f"{fixed(point.month, 1)} months: {fixed(point.mean, 1)}" for point in points)


def _stance(detail: StanceTrendDetail, size: Size, describe: str) -> Markup:
    months = [point.month for point in (*detail.points, *detail.own)]
    panel = framed(
        size, [*months, 0.0], [0.0, TOP], below="Months from the first day", words="Mean of the stance items, 0 to 4"
    )
    x, y = panel.across, panel.up
    parts = [axes(panel)]
    for slope, intercept, points in (
        (detail.slope, detail.intercept, detail.points),
        (detail.own_slope, detail.own_intercept, detail.own if not detail.points else ()),
    ):
        if slope.value is not None and intercept is not None and slope.low is not None and len(points) > 1:
            a, b = min(each.month for each in points), max(each.month for each in points)
            ends = [min(TOP, max(0.0, intercept + slope.value * at)) for at in (a, b)]
            parts.append(line(x(a), y(ends[0]), x(b), y(ends[1]), "cutoff"))
    parts += [tag("path", d=marker(2, x(each.month), y(each.mean), 4.5), class_="openmark") for each in detail.own]
    for point in detail.points:
        if len(point.raters) > 1:
            parts += [
                tag("path", d=marker(0, x(point.month), y(value), 3.2), class_="openmark") for _, value in point.raters
            ]
        parts.append(tag("path", d=marker(0, x(point.month), y(point.mean), 5), class_="mark"))
    return svg(size, panel.height, describe, group(*parts, class_="c1"))


def _stance_tables(detail: StanceTrendDetail) -> tuple[Table, ...]:
    head = ["Item", "Part", "Rating", "Therapist's own", "Sessions", "Source"]
    items = [
        [
            item.item if item.wanted else f"{item.item} (should not be there; turned round)",
            item.of,
            *(DASH if value is None else fixed(value, 1) for value in (item.newest, item.own)),
            str(item.sessions),
            item.source,
        ]
        for item in detail.items
    ]
    if not detail.own:
        head, items = [each for each in head if each != "Therapist's own"], [[*row[:3], *row[4:]] for row in items]
    rated = [("others", point) for point in detail.points] + [("the therapist", point) for point in detail.own]
    points = [
        [
            point.session,
            fixed(point.month, 2),
            fixed(point.mean, 2),
            ", ".join(f"{who} {fixed(value, 2)}" for who, value in point.raters),
            whose,
        ]
        for whose, point in rated
    ]
    made = [
        table("Items in the newest rated session", head, items, (0, 1, len(head) - 1)),
        table("Rated sessions", ["Session", "Month", "Stance", "Raters", "Rated by"], points, (0, 3, 4)),
    ]
    return (*made, _pairs(detail)) if detail.pairs else tuple(made)


def _pairs(detail: StanceTrendDetail) -> Table:
    """How far two raters of a session agree; the therapist's own rating is named as such."""
    rows = [
        [
            each.session,
            f"{each.first}, {each.second}{' (own session)' if each.own else ''}",
            str(each.items),
            str(each.same),
            str(each.within_one),
            DASH if each.difference is None else f"{'+' if each.difference > 0 else ''}{fixed(each.difference, 2)}",
        ]
        for each in detail.pairs
    ]
    head = ["Session", "Raters", "Items rated by both", "The same", "At most one step apart", "Second minus first"]
    return table("Two raters of one session", head, rows, (0, 1))


def agenda(detail: AgendaDetail, names: Names) -> Table | None:
    """A row per point, part by part."""
    rows = [
        [
            f"{each.part.capitalize()}{', ' if each.when else ''}{each.when}",
            f"{each.says} Reason given: {each.why}" if each.why else each.says,
            f"{each.rule} ({each.source})",
            each.id,
        ]
        for each in detail.rows
    ]
    return table("Agenda", ["Part, when", "What", "Rule and source", "Id"], rows, (0, 1, 2, 3)) if rows else None


def training(detail: TrainingDetail, names: Names) -> Table:
    """A row per therapist."""
    rows = [
        [
            f"{row.person}, {row.role.replace('-', ' ')}",
            str(row.sessions),
            f"{row.days:g}",
            _supervised(row),
            row.lacks or "nothing",
        ]
        for row in detail.rows
    ]
    head = ["Therapist", "Sessions led", "Days trained", "Supervision", "Missing on record"]
    return table("Training and supervision", head, rows, (0, 3, 4))


def _supervised(row: TrainingRow) -> str:
    by = f"by {row.supervisor}" if row.supervisor else "by nobody"
    if not row.supervisions:
        return f"{by}; none recorded"
    times = "once" if row.supervisions == 1 else f"{row.supervisions} times"
    return f"{by}; {times}, {fixed(row.hours, 1)} hours, last on {row.last}"
