"""Brain: change by place and arm, what goes with symptoms, and baseline scans against chance."""

from __future__ import annotations

import math

from markupsafe import Markup

from forwhom.findings.kinds import BrainChange, BrainDetail, BrainPredictionDetail, BrainSymptom
from forwhom.report.numbers import DASH, count, fixed, limits, p_text, percent, quantity
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import colour, contrast
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.panel import Block, axes, below_each_other, column_width, framed, side_by_side, titled
from forwhom.report.svg import Size, group, line, marker, path, svg, tag, text

_BINS = 24


def picture(detail: BrainDetail, names: Names) -> Picture:
    """Changes in baseline SD by modality, then correlations, then the people behind the strongest of these."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = (
        "Change from the scan before treatment to the last, in baseline standard deviations, each modality by itself. Diamonds: one "
        "arm; bold rows: the difference between arms, with its p adjusted for all regions looked at."
        + (
            f" Below: how far change goes together with change in {detail.symptom}, within arms."
            if detail.symptoms
            else ""
        )
    )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def prediction(detail: BrainPredictionDetail, names: Names) -> Picture:
    """Gain over chance, and what was predicted of each person."""
    low, high = _quantile(detail.chance, 0.025), _quantile(detail.chance, 0.975)
    describe = (
        f"Baseline regions ({detail.modality}) take away {percent(detail.gain)} of the error of predicting {detail.outcome}, out of "
        f"sample; permutations give {percent(low)} to {percent(high)}; p {p_text(detail.p)}."
    )
    wide, narrow = in_both_sizes(lambda size: _draw_prediction(detail, names, size, describe))
    caption = (
        "Left: what the regions add (line) among what permuted data add (bars); below zero they make predictions worse. Right: each "
        "person's outcome and what was predicted of it by a model that had not seen the person; on the line both are the same."
    )
    return Picture(describe, caption, wide, narrow, _prediction_tables(detail))


def _two(value: float | None) -> str:
    return DASH if value is None else fixed(value, 2)


def _about(change: BrainChange, names: Names) -> str:
    return names.arm(change.arm) if change.reference is None else contrast(names, change.arm, change.reference)


def _sentence(detail: BrainDetail, names: Names) -> str:
    said = [
        f"{c.cell}, {_about(c, names)}: {quantity(c.standardised.value, 'SD')} "
        f"({limits(c.standardised.value, c.standardised.low, c.standardised.high, 'SD')})"
        for c in detail.changes
        if c.reference is not None or len({d.arm for d in detail.changes}) == 1
    ]
    return f"Change of the {detail.region} in baseline standard deviations. {'; '.join(said)}."


def _draw(detail: BrainDetail, names: Names, size: Size, describe: str) -> Markup:
    blocks: list[Block] = []
    for modality in dict.fromkeys(c.modality for c in detail.changes):
        for title, changes in (("", detail.changes), (": left minus right", detail.laterality)):
            mine = [c for c in changes if c.modality == modality]
            rows = [_row(c, names) for c in mine]
            if rows:
                drawn = forest(rows, size, zero=0.0, sides=("fell", "rose"))
                blocks.append(titled(f"{(modality or 'modality not recorded').capitalize()}{title}", drawn, size))
    if detail.symptoms:
        rows = [_symptom_row(each) for each in detail.symptoms]
        drawn = forest(rows, size, zero=0.0, include=(-1.0, 1.0))
        blocks.append(titled(f"Correlation with change in {detail.symptom}", drawn, size))
        best = min(detail.symptoms, key=lambda each: each.p if each.p is not None else 2.0)
        blocks.append(_scatter(best, detail, names, size))
    whole, height, _ = below_each_other(blocks)
    return svg(size, height, describe, whole)


def _row(change: BrainChange, names: Names) -> Row:
    i = change.standardised
    says = f"{quantity(i.value, 'SD')} ({limits(i.value, i.low, i.high, 'SD')})"
    alone = change.reference is None
    where = ", ".join(part for part in (change.hemisphere or "no side recorded", change.condition) if part)
    # The p stands beside the place: names of two arms fill the second line.
    if not alone:
        where = f"{where} (p {p_text(change.holm)})"
    return Row(where, _about(change, names), i, says, 2 if alone else 0, colour(names, change.arm), strong=not alone)


def _symptom_row(each: BrainSymptom) -> Row:
    says = f"{_two(each.r.value)} ({_two(each.r.low)} to {_two(each.r.high)})"
    return Row(each.cell, f"n = {count(each.n)}, adjusted p {p_text(each.holm)}", each.r, says, 0, "c1")


def _scatter(each: BrainSymptom, detail: BrainDetail, names: Names, size: Size) -> Block:
    panel = framed(
        size,
        [x for _, x, _ in each.points],
        [y for _, _, y in each.points],
        title=each.cell,
        below=f"Change of the {detail.region} ({each.modality or 'units of the scan'})",
        words=f"Change in {detail.symptom} ({detail.unit}; {detail.better} is better)",
    )
    marks = [
        group(
            tag("path", d=marker(names.place(arm), panel.across(x), panel.up(y)), class_="mark"),
            class_=colour(names, arm),
        )
        for arm, x, y in each.points
    ]
    zeros = [
        line(panel.across(0), panel.top, panel.across(0), panel.foot, "rule")
        if panel.across.low <= 0 <= panel.across.high
        else "",
        line(panel.across.start, panel.up(0), panel.size.width, panel.up(0), "rule")
        if panel.up.low <= 0 <= panel.up.high
        else "",
    ]
    return group(axes(panel), *zeros, *marks), panel.height


def _tables(detail: BrainDetail, names: Names) -> tuple[Table, ...]:
    rows = [
        [
            c.cell,
            _about(c, names),
            count(c.n),
            quantity(c.effect.value, "", c.effect.low, c.effect.high),
            limits(c.effect.value, c.effect.low, c.effect.high),
            quantity(c.standardised.value, "SD"),
            limits(c.standardised.value, c.standardised.low, c.standardised.high, "SD"),
            p_text(c.p),
            p_text(c.holm),
        ]
        for c in (*detail.changes, *detail.laterality)
    ]
    head = ["Place", "Arm or comparison", "n", "Change", "Interval", "In baseline SD", "Interval (SD)", "p", "p, Holm"]
    with_symptoms = [
        [
            each.cell,
            count(each.n),
            _two(each.r.value),
            f"{_two(each.r.low)} to {_two(each.r.high)}",
            _two(each.rank.value),
            f"{_two(each.rank.low)} to {_two(each.rank.high)}",
            f"{_two(each.least)} to {_two(each.most)}",
            p_text(each.p),
            p_text(each.holm),
        ]
        for each in detail.symptoms
    ]
    second = ["Place", "n", "r", "Interval", "Ranks", "Interval (ranks)", "r without one person", "p", "p, Holm"]
    made = [table(f"Change of the {detail.region}", head, rows, (0, 1))]
    if with_symptoms:
        made.append(table(f"Correlation with change in {detail.symptom}", second, with_symptoms))
    return tuple(made)


def _draw_prediction(detail: BrainPredictionDetail, names: Names, size: Size, describe: str) -> Markup:
    columns = 1 if size.narrow else 2
    part = Size(column_width(size, columns), size.narrow)
    blocks = [_chance(detail, part), _people(detail, names, part)]
    whole, height, _ = side_by_side(blocks, part.width, columns)
    return svg(size, height, describe, whole)


def _chance(detail: BrainPredictionDetail, size: Size) -> Block:
    values = [v for v in detail.chance if math.isfinite(v)]
    low, high = min([*values, detail.gain]), max([*values, detail.gain])
    width = (high - low) / _BINS or 1.0
    counts = [0] * (_BINS + 1)
    for v in values:
        counts[min(int((v - low) / width), _BINS)] += 1
    shares = [n / max(len(values), 1) for n in counts]
    panel = framed(
        size,
        [low, high, 0.0],
        [0.0, max(shares)],
        title="Against chance",
        below="Share of the error of prediction taken away",
        words="Share of permutations",
        percent=(True, True),
    )
    steps = [(panel.across(low), panel.foot)]
    for k, share in enumerate(shares):
        steps += [
            (panel.across(low + k * width), panel.up(share)),
            (panel.across(low + (k + 1) * width), panel.up(share)),
        ]
    steps.append((panel.across(low + (_BINS + 1) * width), panel.foot))
    at = panel.across(detail.gain)
    drawn = group(
        axes(panel),
        group(
            tag("path", d=path(steps) + "z", class_="bars"),
            line(at, panel.top, at, panel.foot, "meanline"),
            class_="c1",
        ),
        text(at, panel.top - 3, f"observed {percent(detail.gain)}", "label haloed", "middle"),
    )
    return drawn, panel.height


def _people(detail: BrainPredictionDetail, names: Names, size: Size) -> Block:
    observed, predicted = [y for _, y, _ in detail.people], [y for _, _, y in detail.people]
    both = [*observed, *predicted]
    panel = framed(
        size,
        both,
        both,
        title="Person by person",
        below=f"Predicted {detail.outcome}",
        words=f"Observed {detail.outcome}",
    )
    low, high = min(both), max(both)
    marks = [
        group(
            tag("path", d=marker(names.place(arm), panel.across(x), panel.up(y)), class_="mark"),
            class_=colour(names, arm),
        )
        for arm, y, x in detail.people
    ]
    same = line(panel.across(low), panel.up(low), panel.across(high), panel.up(high), "cutoff")
    return group(axes(panel), same, *marks), panel.height


def _prediction_tables(detail: BrainPredictionDetail) -> tuple[Table, ...]:
    rows = [
        ["Error taken away by the regions, out of sample", percent(detail.gain)],
        ["p of chance", p_text(detail.p)],
        ["p, adjusted for the modalities", p_text(detail.holm)],
        ["R squared of baseline score and arm, out of sample", _two(detail.covariate_r2)],
        ["R squared with the regions, out of sample", _two(detail.full_r2)],
        ["The same share in the people learned from (not evidence)", percent(detail.in_sample)],
    ]
    regions = [[name] for name in detail.predictors]
    return table("What baseline regions add", ["Quantity", "Value"], rows), table("Regions", ["Place"], regions)


def _quantile(values: tuple[float, ...], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0
