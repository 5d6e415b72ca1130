"""Diary bursts averaged to one score per burst: the mean over prompts of the mean of the items."""

from __future__ import annotations

import polars as pl

from forwhom.problems import Problem, did_you_mean, listed
from forwhom.study.collect import Collector
from forwhom.study.measures import CELL, TRACE
from forwhom.study.model import SELF
from forwhom.study.persons import Persons
from forwhom.study.spec import NO_ROW, MeasuresSpec, StudySpec


def average_moments(
    spec: StudySpec, block: MeasuresSpec, moments: pl.DataFrame | None, persons: Persons | None, found: Collector
) -> pl.DataFrame:
    """One cell per person and burst; absent with its reason where fewer than `at_least` prompts were answered.

    A prompt counts as answered when every item of the scale has a value, so that no prompt's mean is of other items.
    """
    nothing = pl.DataFrame(schema=CELL | TRACE)
    if moments is None or persons is None:
        if not spec.moments:
            do = 'Add [tables.moments], or remove from = "moments".'
            what = "there is no diary to average"
            found.add(Problem("missing-key", do, spec.file, column=f"{block.source.where} from", found=what))
        return nothing
    if not block.items or not block.burst or not _there(spec, block, moments, found):
        return nothing
    answers = moments.with_columns(
        pl.mean_horizontal([pl.col(item) for item in block.items], ignore_nulls=False).alias("#mean")
    )
    means = answers.group_by("id", "burst").agg(
        pl.col("#mean").mean().alias("value"), pl.col("#mean").is_not_null().sum().alias("#n")
    )
    times = pl.DataFrame({"burst": list(block.burst), "time": list(block.burst.values())})
    grid = persons.frame.select("id").join(times.with_columns(pl.col("time").cast(pl.Float64)), how="cross")
    cells = grid.join(means, on=["id", "burst"], how="left", maintain_order="left")
    few = pl.col("#n") < block.at_least
    plural = "prompt" if block.at_least == 1 else "prompts"
    return cells.select(
        "id",
        pl.lit(block.scale).alias("scale"),
        "time",
        pl.lit(block.informant_is or SELF).alias("informant"),
        pl.when(~few).then("value").alias("value"),
        pl.when(pl.col("#n").is_null())
        .then(pl.lit(NO_ROW))
        .when(few)
        .then(pl.lit(f"fewer than {block.at_least} {plural} answered"))
        .alias("absent"),
        pl.lit(spec.moments[0].source.name).alias("#file"),
        pl.lit(None, pl.Int64).alias("#row"),
        pl.lit(listed(block.items)).alias("#column"),
    )


def _there(spec: StudySpec, block: MeasuresSpec, moments: pl.DataFrame, found: Collector) -> bool:
    if "burst" not in moments.columns:
        do = 'Name the column that tells the bursts apart: burst = "…" in the moments block.'
        found.add(Problem("missing-key", do, spec.file, column="[tables.moments] burst", found="burst is not given"))
        return False
    missing = [item for item in block.items if item not in moments.columns]
    for item in missing:
        found.add(
            Problem(
                "missing-column",
                f"{did_you_mean(item, moments.columns)}Correct items in {block.source.where}.",
                spec.file,
                column=f"{block.source.where} items",
                found=f"the diary has no column '{item}'",
                possible=listed(moments.columns, 30),
            )
        )
    words = [item for item in block.items if item not in missing and not moments.schema[item].is_numeric()]
    for item in words:
        do = f"Correct items in {block.source.where}; only columns of numbers can be averaged."
        what = f"'{item}' of the diary is no column of numbers"
        found.add(Problem("not-a-number", do, spec.file, column=f"{block.source.where} items", found=what))
    seen = set(moments["burst"].drop_nulls())
    for burst in block.burst:
        if burst not in seen:
            found.add(
                Problem(
                    "unknown-burst",
                    "Correct the key.",
                    spec.file,
                    column=f"{block.source.where} burst",
                    found=f"no prompt is of burst '{burst}'",
                    possible=listed(sorted(seen)),
                )
            )
    return not missing and not words
