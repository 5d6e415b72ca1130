"""Effects with their sampling variances, one per comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effects:
    """k effects.

    value, variance : (k,); NaN where the effect cannot be computed
    problem : (k,) why, "" where it can
    measure : what value is, e.g. "Hedges' g", "log risk ratio"
    """

    value: Array
    variance: Array
    problem: tuple[str, ...]
    measure: str

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Where there is an effect, (k,)."""
        return np.isfinite(self.value) & np.isfinite(self.variance)


class Numbers:
    """Printed numbers brought to one length, and the problems found in them, effect by effect."""

    __slots__ = ("problems", "size", "values")

    def __init__(self, **given: ArrayLike) -> None:
        arrays = {name: np.asarray(value, dtype=np.float64) for name, value in given.items()}
        for name, value in arrays.items():
            if value.ndim > 1:
                raise ValueError(f"{name} has shape {value.shape}; one number per effect, (k,), is needed.")
        try:
            together = np.broadcast_arrays(*(np.atleast_1d(value) for value in arrays.values()))
        except ValueError:
            shapes = ", ".join(f"{name} {value.shape}" for name, value in arrays.items())
            raise ValueError(f"One number per effect is needed in each; found {shapes}.") from None
        self.values = dict(zip(arrays, together, strict=True))
        self.size = together[0].size
        self.problems: list[list[str]] = [[] for _ in range(self.size)]
        for name, value in self.values.items():
            self.refuse(~np.isfinite(value), f"{name} is absent")

    def __getitem__(self, name: str) -> Array:
        return self.values[name]

    def refuse(self, where: Array | NDArray[np.bool_], why: str) -> None:
        """Note why some effects cannot be computed."""
        for i in np.flatnonzero(where):
            self.problems[i].append(why)

    def positive(self, *names: str) -> None:
        """These must be above 0."""
        for name in names:
            self.refuse(self[name] <= 0, f"{name} is not above 0")

    def people(self, *names: str, least: float = 2.0) -> None:
        """These are numbers of people."""
        for name in names:
            self.refuse(self[name] < least, f"{name} is below {least:g}")

    def effects(self, value: Array, variance: Array, measure: str) -> Effects:
        """The result, NaN where something was refused."""
        wrong = np.array([bool(why) for why in self.problems], dtype=bool)
        reasons = tuple("; ".join(why) for why in self.problems)
        return Effects(np.where(wrong, np.nan, value), np.where(wrong, np.nan, variance), reasons, measure)


def correction(df: Array) -> Array:
    """Exact J(df) (Hedges, 1981, eq. 6e); NaN at df of 1 and below.

    >>> correction(np.array([10.0])).round(4)
    array([0.9227])
    """
    safe = np.where(df > 1.0, df, 2.0)
    exact = np.exp(gammaln(safe / 2.0) - gammaln((safe - 1.0) / 2.0) - 0.5 * np.log(safe / 2.0))
    # Large logarithms differ by rounding only; Hedges' approximation errs by less than 1e-10 there.
    made = np.where(safe > 1e5, 1.0 - 3.0 / (4.0 * safe - 1.0), exact)
    return np.where(df > 1.0, made, np.nan)
