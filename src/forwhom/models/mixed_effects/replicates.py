"""One formula fitted to many tables at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from forwhom.kernels.mixed_replicates import Replicates, fit_replicates
from forwhom.models.frames import frame_of
from forwhom.models.mixed_effects.design import design
from forwhom.problems import Problem, ProblemsFound


def mixed_replicates(
    formula: str,
    data: Any,
    by: str,
    *,
    reml: bool = True,
    levels: Mapping[str, Sequence[str]] | None = None,
    reference: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Fit the same mixed model to every part of a table: replicates of a simulation, regions, items.

    formula : of lme4, with one grouping; data : table with all parts one below the other; by : column that tells parts apart
    reml, levels, reference : as for `mixed`; levels of factors are those of the whole table

    One row per part and fixed effect: `by`, term, estimate, se, df, t, p (Satterthwaite), loglik, converged, singular.
    The numbers are those of `mixed` on each part. Raises ProblemsFound with everything that is wrong.

    >>> rng = np.random.default_rng(1)
    >>> data = {"y": rng.standard_normal(240), "id": np.tile(np.repeat(np.arange(20), 3), 4), "rep": np.repeat(range(4), 60)}
    >>> mixed_replicates("y ~ 1 + (1 | id)", data, "rep").shape
    (4, 10)
    """
    frame = frame_of(data)
    if by not in frame.columns:
        found = "there is no such column"
        raise ProblemsFound([Problem("model-column", "Name the column of the parts.", column=by, found=found)])
    made = design(formula, frame, levels=levels, reference=reference)
    if len(made.random) != 1 or made.dropped:
        found = (
            "it has several random terms"
            if len(made.random) != 1
            else f"{', '.join(made.dropped)} follow from other columns"
        )
        raise ProblemsFound([Problem("model-formula", "Fit the parts one by one with models.mixed.", found=found)])
    parts = frame[by].gather(made.rows)
    names = parts.unique(maintain_order=True)
    code = parts.replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy()
    y = made.y if made.offset is None else made.y - made.offset
    try:
        found_fits = fit_replicates(y, made.X, made.random[0].level, code, method="REML" if reml else "ML")
    except ValueError as why:
        found = "the equations of a part are singular" if isinstance(why, np.linalg.LinAlgError) else str(why)
        raise ProblemsFound(
            [Problem("model-refused", "Leave that part out, or simplify the model.", found=found)]
        ) from None
    return _table(found_fits, names, made.terms, by)


def _table(found: Replicates, names: pl.Series, terms: tuple[str, ...], by: str) -> pl.DataFrame:
    repeats, p = len(found.replicate), len(terms)
    columns = {name: getattr(found, name).ravel() for name in ("beta", "se", "df", "t", "p")}
    each = {"loglik": -found.deviance / 2, "converged": found.converged, "singular": found.singular}
    return pl.DataFrame(
        [
            names.gather(np.repeat(np.arange(repeats), p)).alias(by),
            pl.Series("term", list(terms) * repeats),
            *(pl.Series("estimate" if name == "beta" else name, values) for name, values in columns.items()),
            *(pl.Series(name, np.repeat(values, p)) for name, values in each.items()),
        ]
    )


__all__ = ["mixed_replicates"]
