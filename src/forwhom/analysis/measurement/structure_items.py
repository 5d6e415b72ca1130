"""Items of a scale side by side: persons by occasions by items, its facets, and categories that few chose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.courses import informants
from forwhom.analysis.words import at_time
from forwhom.study import Scale, Study

FEW = 5
"""Answers below which a category is merged with its neighbour, where places are compared or the fit needs it."""

PARAMETERS = 5
"""Persons per parameter below which no structure is fitted (loadings, residual variances, covariances of factors)."""
LEAST = 100
"""Persons below which no structure is fitted at all."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Answers in the scale's direction.

    values : (n, occasions, items) NaN where absent; persons without any answer are not in it
    persons : (n,) rows of `Study.persons`; times : (occasions,); facets : (label, places of its items), empty without any
    """

    values: np.ndarray
    persons: np.ndarray
    items: tuple[str, ...]
    times: tuple[float, ...]
    occasions: tuple[str, ...]
    facets: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def categories(self) -> int:
        """Largest number of different answers given to an item."""
        flat = self.values.reshape(-1, len(self.items))
        return max(np.unique(column[np.isfinite(column)]).size for column in flat.T)

    def seen(self, occasion: int) -> np.ndarray:
        """Who answered any item then, (n,)."""
        return np.asarray(np.isfinite(self.values[:, occasion]).any(axis=1))


def sheet_of(study: Study, scale: Scale, informant: str | None) -> Sheet | None:
    """The answers to a scale's items; None when the study has none."""
    if study.keyed is None:
        return None
    who = informant or informants(study, scale.name)[0]
    mine = study.keyed.filter(pl.col("informant") == who)
    rows = mine.filter((pl.col("scale") == scale.name) & pl.col("value").is_not_null() & pl.col("time").is_not_null())
    if rows.height == 0:
        return None
    items = tuple(str(name) for name in rows["item"].unique(maintain_order=True).to_list())
    times = tuple(float(time) for time in sorted(rows["time"].unique().to_list()))
    place = {person: k for k, person in enumerate(study.persons["id"].to_list())}
    people = sorted({place[person] for person in rows["id"].to_list() if person in place})
    row = {study.persons["id"][k]: i for i, k in enumerate(people)}
    values = np.full((len(people), len(times), len(items)), np.nan)
    column, occasion = ({name: k for k, name in enumerate(each)} for each in (items, times))
    for person, time, item, value in rows.select("id", "time", "item", "value").iter_rows():
        if person in row:
            values[row[person], occasion[float(time)], column[str(item)]] = value
    return Sheet(
        values,
        np.array(people),
        items,
        times,
        tuple(at_time(time, study.time_unit) for time in times),
        _facets(study, scale, items, mine),
    )


def _facets(
    study: Study, scale: Scale, items: tuple[str, ...], rows: pl.DataFrame
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Subscales that share out this scale's items among them, two items or more each; none unless every item is in one."""
    own = set(items)
    found: list[tuple[str, tuple[int, ...]]] = []
    taken: set[str] = set()
    for name, other in study.scales.items():
        if name == scale.name or other.instrument != scale.instrument:
            continue
        part = {str(item) for item in rows.filter(pl.col("scale") == name)["item"].unique().to_list()}
        if 2 <= len(part) < len(own) and part <= own and not part & taken:
            taken |= part
            found.append((other.label, tuple(k for k, item in enumerate(items) if item in part)))
    return tuple(found) if taken == own and len(found) > 1 else ()


def merged(places: list[np.ndarray]) -> tuple[list[np.ndarray], tuple[int, ...]]:
    """Answers with categories that fewer than `FEW` chose in some place put together with the neighbour towards the middle.

    places : (n, items) each, occasions or groups; returns them as category numbers from 1, and which items were changed
    """
    made = [np.full(place.shape, np.nan) for place in places]
    changed: list[int] = []
    for k in range(places[0].shape[1]):
        values = np.unique(np.concatenate([place[np.isfinite(place[:, k]), k] for place in places]))
        counts = np.array([[(place[:, k] == value).sum() for value in values] for place in places])
        groups = [[i] for i in range(values.size)]
        while len(groups) > 2:
            least = [int(counts[:, group].sum(axis=1).min()) for group in groups]
            worst = int(np.argmin(least))
            if least[worst] >= FEW:
                break
            inward = worst + 1 if worst < len(groups) / 2 else worst - 1
            inward = min(max(inward, 0), len(groups) - 1)
            first, second = sorted((worst, inward))
            groups[first : second + 1] = [groups[first] + groups[second]]
        if len(groups) < values.size:
            changed.append(k)
        code = {float(values[i]): float(number) for number, group in enumerate(groups, start=1) for i in group}
        for place, out in zip(places, made, strict=True):
            there = np.isfinite(place[:, k])
            out[there, k] = [code[float(value)] for value in place[there, k]]
    return made, tuple(changed)


def needed(items: int, facets: int) -> int:
    """Persons without whom a structure of so many items is not fitted.

    Thresholds and means are told by each item alone and not counted.
    """
    parameters = 2 * items + (facets * (facets - 1) // 2 if facets > 1 else 0)
    return max(LEAST, PARAMETERS * parameters)


__all__ = ["Sheet", "merged", "needed", "sheet_of"]
