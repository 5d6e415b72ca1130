"""The tables of the study folder, every file's name beginning with "simulated"."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import polars as pl

from twin.course import Course, course, draw_noise
from twin.design import MONTHS, Design, stream
from twin.happenings import assessed, draw_events, leaving
from twin.others import draw_diary, draw_ratings
from twin.people import Allocation, People, allocate, draw_people
from twin.scans import draw_scans
from twin.scores import BSL, LPFS, PID, Scores, observe
from twin.sessions import draw_sessions
from twin.therapy import Therapy, draw_therapy

SKIPPED = -99


@dataclass(frozen=True, slots=True)
class Twin:
    """The tables by file name."""

    tables: dict[str, pl.DataFrame]


def make(design: Design, seed: int) -> Twin:
    """One trial. The same design and seed give the same tables."""
    size = design.seen_at_screening
    people = draw_people(size, seed)
    where = allocate(people, design, seed)
    therapy = draw_therapy(size, design, seed)
    randomised = where.arm >= 0
    course_seen = course(people, therapy, draw_noise(size, where.therapist, design, seed), where.arm, design)
    scores = observe(people, course_seen, seed)
    left, why = leaving(therapy, randomised, seed)
    seen = assessed(scores.bsl.mean(axis=2), left, randomised, design, seed)
    width = max(len(str(size)), 3)
    names = [f"S{i + 1:0{width}d}" for i in range(size)]
    diary, partners = draw_diary(names, course_seen.severity[:, [0, 3]], where.arm, seen[:, [0, 3]], design, seed)
    change = course_seen.severity[:, 3] - course_seen.severity[:, 0]
    tables = {
        "simulated_persons.csv": _persons(names, people, where, left, why, partners, design),
        "simulated_assessments.csv": _assessments(names, scores, seen, design, seed),
        "simulated_traits.csv": _traits(names, scores),
        "simulated_sessions.csv": _sessions(names, where, course_seen, therapy, design, seed),
        "simulated_events.csv": draw_events(names, people, where.arm, design, seed),
        "simulated_group_ratings.csv": draw_ratings(names, people, where, left, seed),
        "simulated_diary.csv": diary,
        "simulated_scans.csv": draw_scans(names, where.arm, change, seen[:, 3], design, seed),
    }
    return Twin(tables)


def write(twin: Twin, folder: Path) -> None:
    """Every table as CSV: UTF-8, line feeds, empty cells where nothing is known."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in twin.tables.items():
        (folder / name).write_bytes(table.write_csv(line_terminator="\n").encode())


def _persons(
    names: list[str],
    people: People,
    where: Allocation,
    left: np.ndarray,
    why: list[str | None],
    partners: list[str | None],
    design: Design,
) -> pl.DataFrame:
    words = {-1: None, 0: "SCM", 1: "MBT"}
    return pl.DataFrame(
        {
            "id": names,
            "arm": [words[int(k)] for k in where.arm],
            "therapist": [_therapist(int(k), design) for k in where.therapist],
            "therapy_group": [None if k < 0 else f"G{k + 1:02d}" for k in where.group],
            "partner": partners,
            "age": people.age.astype(int),
            "gender": np.where(people.woman == 1, "woman", "man"),
            "antisocial_pd": _yes(people.aspd),
            "diagnoses": people.diagnoses,
            "adversity": people.adversity,
            "earlier_attempts": people.attempts,
            "employed": _yes(people.employed),
            "left_month": pl.Series(left, dtype=pl.Float64).fill_nan(None),
            "left_reason": why,
        }
    )


def _therapist(code: int, design: Design) -> str | None:
    if code < 0:
        return None
    return f"SCM-{code + 1}" if code < design.therapists_scm else f"MBT-{code - design.therapists_scm + 1}"


def _yes(values: np.ndarray) -> np.ndarray:
    return np.where(values == 1, "yes", "no")


def _assessments(names: list[str], scores: Scores, seen: np.ndarray, design: Design, seed: int) -> pl.DataFrame:
    """A row per person and assessment they came to; a few answers are skipped."""
    rng = stream(seed, "skipped")
    frames = []
    for k, month in enumerate(MONTHS):
        here = np.flatnonzero(seen[:, k])
        columns: dict[str, object] = {
            "id": [names[i] for i in here],
            "month": [int(month)] * here.size,
            "gaf": scores.gaf[here, k].astype(int),
            "reflective_functioning": scores.mentalizing[here, k],
            "ders16": scores.regulation[here, k].astype(int),
        }
        for stem, items, count in (("bsl", scores.bsl, BSL), ("lpfs", scores.lpfs, LPFS)):
            answers = np.where(rng.random((here.size, count)) < design.skipped_item, SKIPPED, items[here, k])
            columns |= {f"{stem}{j + 1}": answers[:, j] for j in range(count)}
        frames.append(pl.DataFrame(columns))
    return pl.concat(frames).sort("id", "month")


def _traits(names: list[str], scores: Scores) -> pl.DataFrame:
    """A row per person, before treatment."""
    return pl.DataFrame({"id": names, **{f"pid{j + 1}": scores.pid[:, j] for j in range(PID)}})


def _sessions(
    names: list[str], where: Allocation, seen: Course, therapy: Therapy, design: Design, seed: int
) -> pl.DataFrame:
    chosen = np.flatnonzero(where.arm >= 0)
    part = Course(**{field.name: getattr(seen, field.name)[chosen] for field in fields(Course)})
    held = Therapy(**{field.name: getattr(therapy, field.name)[chosen] for field in fields(Therapy)})
    therapists = [_therapist(int(where.therapist[i]), design) or "" for i in chosen]
    return draw_sessions([names[i] for i in chosen], therapists, part, held, design, seed)
