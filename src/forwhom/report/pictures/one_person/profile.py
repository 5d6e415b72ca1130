"""One person's baseline dimensions in standard deviations of the sample, with norms beside them."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import Interval, ProfileDetail, ProfileRow
from forwhom.report.numbers import DASH, fixed, limits, percent, quantity
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import Size, lines_of_text, svg, wrapped


def picture(detail: ProfileDetail, names: Names) -> Picture:
    """One row per dimension."""
    describe = _sentence(detail)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    caption = (
        "Each dimension before treatment, in standard deviations from the mean of this study (0); the line is what error of "
        "measurement leaves open."
    )
    if not any(row.sample_z is not None or row.norm_z is not None for row in detail.rows):
        caption = "What else is known from before treatment is in the table."
    norms = list(dict.fromkeys(row.norm for row in detail.rows if row.norm_z is not None and row.norm))
    if norms:
        caption += f" Open marks: the same score against norms ({'; '.join(norms)})."
    return Picture(describe, caption, wide, narrow, _tables(detail))


def _z(row: ProfileRow) -> Interval:
    return row.z if row.z is not None else Interval(row.sample_z)


def _score(row: ProfileRow) -> str:
    s = row.score
    value = quantity(s.value, "points", s.low, s.high)
    return value if s.low is None and s.high is None else f"{value} ({limits(s.value, s.low, s.high, 'points')})"


def _range(row: ProfileRow) -> str:
    if row.low is None or row.high is None:
        return ""
    return f" of {quantity(row.low, 'people')} to {quantity(row.high, 'people')}"


def _sd(value: float | None) -> str:
    return DASH if value is None else f"{fixed(value, 1)} SD"


def _worse(row: ProfileRow) -> str:
    return f"{row.severe} is worse" if row.severe in {"higher", "lower"} else row.severe


def _sentence(detail: ProfileDetail) -> str:
    told = []
    for row in detail.rows:
        norm = f", {_sd(row.norm_z)} against norms" if row.norm_z is not None else ""
        told.append(
            f"{row.label} {_score(row)}, above {percent(row.sample)} of the sample, {_sd(row.sample_z)} from its mean{norm}"
        )
    more = "; ".join(f"{name} {value}" for name, value in detail.covariates)
    return f"Profile before treatment. {'; '.join(told)}.{f' {more}.' if more else ''}"


def _draw(detail: ProfileDetail, size: Size, describe: str) -> Markup:
    known = [row for row in detail.rows if row.sample_z is not None or row.norm_z is not None]
    same = {row.severe for row in detail.rows}
    side = {"higher": ("better", "worse"), "lower": ("worse", "better")}
    rows = [
        Row(
            row.label,
            _under(row, several=len(same) > 1, narrow=size.narrow),
            _z(row),
            _score(row),
            0,
            "c1",
            second=row.norm_z,
        )
        for row in known
    ]
    if not rows:
        words = "No score before treatment, or none to compare it with."
        return svg(size, 40.0, describe, lines_of_text(0, 14, wrapped(words, size.width, 2), "quiet"))
    words_aside = side.get(next(iter(same))) if len(same) == 1 else None
    drawn, height = forest(rows, size, zero=0.0, include=(-2.0, 2.0), sides=words_aside)
    return svg(size, height, describe, drawn)


def _under(row: ProfileRow, *, several: bool, narrow: bool) -> str:
    told = [f"above {percent(row.sample)} of the sample"] if row.sample is not None else []
    told += [_worse(row)] if several and row.severe and not narrow else []
    return ", ".join(told)


def _tables(detail: ProfileDetail) -> tuple[Table, ...]:
    rows = [
        [
            row.label,
            f"{_score(row)}",
            _range(row).removeprefix(" of ") or DASH,
            percent(row.sample),
            _sd(row.sample_z),
            _sd(row.norm_z),
            row.norm or DASH,
            row.severe or DASH,
        ]
        for row in detail.rows
    ]
    head = ["Dimension", "Score (limits of error)", "Range", "Sample below", "Sample", "Norms", "Which norms", "Worse"]
    tables = [table("Profile before treatment", head, rows, (0, 6, 7))]
    if detail.covariates:
        tables.append(
            table("Known before treatment", ["What", "Value"], [list(pair) for pair in detail.covariates], (0, 1))
        )
    return tuple(tables)
