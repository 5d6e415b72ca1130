"""Whether sessions are dated in the order of their numbers."""

from __future__ import annotations

import polars as pl

from forwhom.problems import Problem
from forwhom.study.collect import Collector


def notice_order(frame: pl.DataFrame, file: str, column: str | None, found: Collector) -> None:
    """A notice where a session lies before one of a lower number of the same person.

    frame : sessions with their row of the file as "#row"; column : that counts the sessions

    >>> rows = pl.DataFrame({"id": ["a", "a"], "number": [1, 2], "time": [3.0, 1.0], "#row": [2, 3]})
    >>> found = Collector()
    >>> notice_order(rows, "s.csv", "session", found)
    >>> found.problems[0].found
    'numbers and dates of 1 person contradict each other: session 2 lies before session 1'
    """
    when = next((role for role in ("date", "time") if role in frame.columns and frame[role].count()), None)
    if when is None or "number" not in frame.columns:
        return
    told = frame.drop_nulls(["id", "number", when]).sort("id", "number", maintain_order=True)
    told = told.with_columns(
        pl.col(when).cum_max().shift(1).over("id").alias("#latest"),
        pl.col("number").shift(1).over("id").alias("#before"),
    )
    late = told.filter((pl.col(when) < pl.col("#latest")) & (pl.col("number") > pl.col("#before")))
    if not late.height:
        return
    first = late.row(0, named=True)
    earlier = told.filter(
        (pl.col("id") == first["id"]) & (pl.col("number") < first["number"]) & (pl.col(when) == first["#latest"])
    )
    people = late["id"].n_unique()
    found.add(
        Problem(
            "sessions-out-of-order",
            "Correct the numbers or the dates. Until then people concerned are left out where the order matters.",
            file,
            int(first["#row"]),
            column,
            f"numbers and dates of {people} {'person' if people == 1 else 'people'} contradict each other: session {first['number']} "
            f"lies before session {earlier['number'][0]}",
            severity="notice",
            count=late.height,
        )
    )


__all__ = ["notice_order"]
