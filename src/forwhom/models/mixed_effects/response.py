"""The outcome of a formula as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from forwhom.models.mixed_effects.grammar import Call, Name, Node
from forwhom.models.mixed_effects.variables import Floats, Learned, variable


@dataclass(frozen=True, slots=True)
class Response:
    """y : (N,) numbers, or shares of successes; trials : (N,) behind each share, None for one each; messages."""

    y: Floats
    trials: Floats | None = None
    messages: tuple[str, ...] = ()


def response_of(
    node: Node, frame: pl.DataFrame, learned: Learned, outcome: Literal["number", "binary", "count"]
) -> Response:
    """The outcome in every row. Raises ValueError in words."""
    if isinstance(node, Call) and node.function == "cbind":
        return _of_two(node, frame, learned, outcome)
    if outcome == "binary" and isinstance(node, Name) and frame[node.name].dtype == pl.Boolean:
        return _checked(Response(frame[node.name].cast(pl.Float64).to_numpy()), outcome)
    found = variable(node, frame, learned)
    if found.levels is not None and found.codes is not None:
        if outcome != "binary":
            raise ValueError("it holds words, where numbers are expected")
        if len(found.levels) != 2:
            raise ValueError(
                f"it has {len(found.levels)} levels, where two are expected ({', '.join(found.levels[:10])})"
            )
        said = f"{found.levels[1]} of {found.name} counts as 1, {found.levels[0]} as 0."
        return _checked(Response(found.codes.astype(np.float64), None, (said,)), outcome)
    assert found.values is not None
    if found.values.shape[1] != 1:
        raise ValueError("the outcome must be one column")
    return _checked(Response(found.values[:, 0]), outcome)


def _of_two(node: Call, frame: pl.DataFrame, learned: Learned, outcome: str) -> Response:
    if outcome != "binary" or len(node.arguments) != 2:
        raise ValueError("cbind(successes, failures) is for binary outcomes")
    both = [variable(each, frame, learned).values for each in node.arguments]
    if both[0] is None or both[1] is None:
        raise ValueError("cbind() takes two columns of numbers")
    success, failure = both[0][:, 0], both[1][:, 0]
    if (success < 0).any() or (failure < 0).any() or ((success + failure) <= 0).any():
        raise ValueError("successes and failures must be 0 or more, and not both 0 in a row")
    trials = success + failure
    return _checked(Response(success / trials, trials), outcome)


def _checked(found: Response, outcome: str) -> Response:
    y = found.y
    if not np.isfinite(y).all():
        raise ValueError(f"it has no finite value in {int((~np.isfinite(y)).sum())} rows")
    if np.ptp(y) == 0.0:
        raise ValueError(f"every value is {y[0]:g}")
    if outcome == "binary" and found.trials is None and not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("a binary outcome is 0 or 1, True or False, or of two levels")
    if outcome == "count" and ((y < 0) | (y % 1 != 0)).any():
        raise ValueError("counts are whole numbers from 0")
    return found


__all__ = ["Response", "response_of"]
