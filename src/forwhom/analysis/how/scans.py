"""Scans as cells: one modality, region, hemisphere and condition, over people and occasions. Cells are never mixed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.courses import Courses, arm_codes
from forwhom.study import Scale, Study

SIDES = {"l": "left", "lh": "left", "left": "left", "r": "right", "rh": "right", "right": "right"}
"""How the sides are written in tables."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One measured place: what was recorded of it, over people and occasions.

    modality, region, hemisphere, condition : as written in the study; "" where not recorded
    here : the values as courses, in the unit of the modality (no direction: `Scale.better` means nothing here)
    """

    modality: str
    region: str
    hemisphere: str
    condition: str
    here: Courses

    @property
    def label(self) -> str:
        """The cell in words, the modality last."""
        where = " ".join(part for part in (self.hemisphere, self.region) if part)
        during = f", {self.condition}" if self.condition else ""
        return f"{where}{during} ({self.modality or 'modality not recorded'})"

    @property
    def start(self) -> int | None:
        """Index of the occasion before treatment; None without one."""
        return self.here.baseline if self.here.has_baseline else None

    @property
    def end(self) -> int:
        """Index of the last occasion."""
        return int(self.here.times.size - 1)

    def change(self) -> np.ndarray:
        """(n,) last minus baseline, NaN where either is absent."""
        if self.start is None or self.start == self.end:
            return np.full(self.here.scores.shape[0], np.nan)
        change: np.ndarray = self.here.scores[:, self.end] - self.here.scores[:, self.start]
        return change


def slug(region: str) -> str:
    """The name of a region or modality as part of an id.

    >>> slug("Anterior insula"), slug("dlPFC (BA 9/46)")
    ('anterior_insula', 'dlpfc_ba_9_46')
    """
    return re.sub(r"[^0-9a-z]+", "_", region.lower()).strip("_") or "unnamed"


def regions(study: Study) -> tuple[str, ...]:
    """Every region with a value, the planned ones first, then in the order of the table."""
    if study.scans is None:
        return ()
    seen = study.scans.filter(pl.col("value").is_not_null() & pl.col("region").is_not_null())["region"]
    names = [str(name) for name in seen.unique(maintain_order=True)]
    return tuple(sorted(names, key=lambda name: name not in study.plan.regions))


def cells(study: Study) -> tuple[Cell, ...]:
    """Every cell with a value, by region in the order of `regions`, then modality, condition, hemisphere."""
    if study.scans is None:
        return ()
    keys = ["modality", "region", "hemisphere", "condition"]
    rows = study.scans.filter(pl.col("value").is_not_null() & pl.col("time").is_not_null())
    rows = rows.with_columns(pl.col(key).cast(pl.String).fill_null("") for key in keys)
    ids = tuple(study.persons["id"].to_list())
    place = {person: i for i, person in enumerate(ids)}
    arm, arms = arm_codes(study)
    made = [
        _cell(key, part, study, ids, place, arm, arms)
        for key, part in rows.partition_by(keys, as_dict=True, maintain_order=True).items()
    ]
    order = {region: k for k, region in enumerate(regions(study))}
    return tuple(sorted(made, key=lambda c: (order.get(c.region, len(order)), c.modality, c.condition, c.hemisphere)))


def _cell(
    key: tuple[object, ...],
    rows: pl.DataFrame,
    study: Study,
    ids: tuple[str, ...],
    place: dict[str, int],
    arm: np.ndarray,
    arms: tuple[tuple[str, str], ...],
) -> Cell:
    modality, region, hemisphere, condition = (str(part) for part in key)
    hemisphere = SIDES.get(hemisphere.lower(), hemisphere)
    person = np.array([place[name] for name in rows["id"].to_list()], dtype=np.intp)
    time, value = rows["time"].to_numpy().astype(float), rows["value"].to_numpy().astype(float)
    seen = arm[person] >= 0
    person, time, value = person[seen], time[seen], value[seen]
    times, column = np.unique(time, return_inverse=True)
    scores = np.full((len(ids), times.size), np.nan)
    scores[person, column] = value
    before = np.flatnonzero(times <= 0)
    name = "_".join(part for part in (hemisphere, region, condition) if part)
    order = np.lexsort((time, person))
    here = Courses(
        scale=Scale(name, name, "higher", unit=f"units of {modality}" if modality else "units"),
        ids=ids,
        arm=arm,
        arms=arms,
        times=times,
        scores=scores,
        baseline=int(before[-1]) if before.size else 0,
        time_unit=study.time_unit,
        long_person=person[order],
        long_time=time[order],
        long_value=value[order],
        scheduled=True,
        informant="",
    )
    return Cell(modality, region, hemisphere, condition, here)
