"""A process: one variable followed from session to session, or from occasion to occasion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from forwhom.analysis.courses import NOBODY, arm_codes, informants
from forwhom.study import SELF, Scale, Study
from forwhom.study.model import Better

Where = Literal["sessions", "measures"]


@dataclass(frozen=True, slots=True)
class Process:
    """Every observed value of one variable, a row each, by person and then in the order of time.

    name, label, better, unit : from [scales.<name>] where it is declared; better is None otherwise: direction is never
        guessed
    where : the table it comes from
    person : (N,) row of `ids`; session : (N,) number of the session, NaN in measures and where it has none
    time : (N,) in the study's time unit, NaN where unknown; value : (N,)
    therapist : (N,) code of the therapist of that session, else of the person; −1 when unknown
    therapists : their names
    arm, arms : (n,) per person, as `Courses` has them. People in no arm have no rows
    """

    name: str
    label: str
    better: Better | None
    unit: str
    where: Where
    scale: Scale | None
    ids: tuple[str, ...]
    person: np.ndarray
    session: np.ndarray
    time: np.ndarray
    value: np.ndarray
    therapist: np.ndarray
    therapists: tuple[str, ...]
    arm: np.ndarray
    arms: tuple[tuple[str, str], ...]

    @property
    def sign(self) -> float:
        """+1 when higher is better or nobody said, −1 when lower is."""
        return -1.0 if self.better == "lower" else 1.0

    @property
    def starts(self) -> np.ndarray:
        """(people + 1,) first row of each person with rows, and the end."""
        new = np.flatnonzero(np.diff(self.person)) + 1
        return np.concatenate([[0], new, [self.person.size]]) if self.person.size else np.zeros(1, dtype=np.intp)


def process(study: Study, name: str, informant: str | None = None) -> Process | None:
    """The variable called `name`: a numeric column of sessions, else a scale of measures; None when it is neither.

    informant : of a scale; the participant by default, else the first there is
    """
    if study.sessions is not None and name in study.sessions.columns and study.sessions.schema[name].is_numeric():
        return _of_sessions(study, study.sessions, name)
    measured = set(study.measures.drop_nulls("value")["scale"].unique().to_list())
    return _of_measures(study, name, informant) if name in measured else None


def process_columns(study: Study) -> tuple[str, ...]:
    """The numeric columns of sessions that are no role."""
    if study.sessions is None:
        return ()
    return tuple(
        name
        for name, kind in study.sessions.schema.items()
        if name not in ("id", "number", "date", "time", "therapist", "format") and kind.is_numeric()
    )


def _of_sessions(study: Study, sessions: pl.DataFrame, name: str) -> Process:
    rows = sessions.filter(pl.col(name).is_not_null())
    order = [column for column in ("number", "date", "time") if column in rows.columns]
    session, time = (_floats(rows, column) for column in ("number", "time"))
    key = next((rows[column].rank("dense").fill_null(0).to_numpy() for column in order), np.arange(rows.height))
    therapist = rows["therapist"].to_list() if "therapist" in rows.columns else None
    return _made(study, name, "sessions", rows["id"].to_list(), session, time, _floats(rows, name), key, therapist)


def _of_measures(study: Study, name: str, informant: str | None) -> Process:
    who = informant or informants(study, name)[0] or SELF
    rows = study.measures.filter(
        (pl.col("scale") == name) & (pl.col("informant") == who) & pl.col("value").is_not_null()
    )
    time = _floats(rows, "time")
    session = np.full(time.size, np.nan)
    return _made(study, name, "measures", rows["id"].to_list(), session, time, _floats(rows, "value"), time, None)


def _floats(rows: pl.DataFrame, column: str) -> np.ndarray:
    if column not in rows.columns:
        return np.full(rows.height, np.nan)
    return rows[column].cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)


def _made(
    study: Study,
    name: str,
    where: Where,
    who: list[str],
    session: np.ndarray,
    time: np.ndarray,
    value: np.ndarray,
    key: np.ndarray,
    seen_by: list[str | None] | None,
) -> Process:
    ids = tuple(study.persons["id"].to_list())
    place = {person: i for i, person in enumerate(ids)}
    person = np.array([place[each] for each in who], dtype=np.intp)
    arm, arms = arm_codes(study)
    therapist, therapists = _therapists(study, person, seen_by)
    kept = np.isfinite(value) & (arm[person] >= 0)
    order = np.flatnonzero(kept)[np.lexsort((key[kept], person[kept]))]
    scale = study.scales.get(name)
    return Process(
        name=name,
        label=scale.label if scale is not None else name.replace("_", " "),
        better=scale.better if scale is not None else None,
        unit=scale.unit if scale is not None else "points",
        where=where,
        scale=scale,
        ids=ids,
        person=person[order],
        session=session[order],
        time=time[order],
        value=value[order],
        therapist=therapist[order],
        therapists=therapists,
        arm=arm,
        arms=arms,
    )


def _therapists(
    study: Study, person: np.ndarray, seen_by: list[str | None] | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Who held each session; where the session does not say, the person's therapist."""
    column = study.persons["therapist"].to_list() if "therapist" in study.persons.columns else None
    named = [
        own if own is not None else column[row] if column is not None else None
        for own, row in zip(seen_by or [None] * person.size, person.tolist(), strict=True)
    ]
    known = [None if each is None or str(each).strip().lower() in NOBODY else str(each) for each in named]
    names = tuple(sorted({each for each in known if each is not None}))
    code = {each: i for i, each in enumerate(names)}
    return np.array([-1 if each is None else code[each] for each in known], dtype=np.intp), names
