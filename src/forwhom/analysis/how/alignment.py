"""Two processes on one clock: the occasions at which both were seen, with the average course of each arm taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.how.clocks import NEAR, grid
from forwhom.analysis.how.process import Process
from forwhom.kernels.common_course import without_common_course


@dataclass(frozen=True, slots=True)
class Aligned:
    """Rows with both values, by person and occasion.

    person : (n,) row in the study; occasion : (n,) whole numbers; first, second : (n,) raw values
    first_left, second_left : without the average course of the person's arm
    arm : (n,) code of the person's arm
    therapist : (n,) code of the person's commonest therapist, −1 when unknown
    occasions : how many different ones; unit : "session" or "occasion"; even : whether they lie at equal distances
    how : in words, how the two were brought together
    """

    person: np.ndarray
    occasion: np.ndarray
    first: np.ndarray
    second: np.ndarray
    first_left: np.ndarray
    second_left: np.ndarray
    arm: np.ndarray
    therapist: np.ndarray
    occasions: int
    unit: str
    even: bool
    how: str

    @property
    def people(self) -> int:
        """Persons with at least one row."""
        return int(np.unique(self.person).size)


def aligned(a: Process, b: Process) -> Aligned | str:
    """Both processes occasion by occasion, or why they cannot be brought together."""
    if a.where == b.where == "sessions":
        keys = a.session, b.session
        if not (np.isfinite(keys[0]).any() and np.isfinite(keys[1]).any()):
            return "the sessions have no number, so which one follows which is not known"
        return _joined(a, b, *keys, "session", "both from the same session", even=True)
    if a.where == b.where == "measures":
        return _on_grid(a, b)
    swapped = a.where == "measures"
    sessions, scores = (b, a) if swapped else (a, b)
    if not np.isfinite(sessions.time).any():
        return f"the sessions have no time, so {sessions.label} cannot be set beside {scores.label}"
    shared = grid(scores.time, scores.person, "time")
    if not shared.size:
        return f"{scores.label} was measured at times of each person's own"
    last = _last_before(sessions, shared)
    made = (scores, last) if swapped else (last, scores)
    return _on_grid(*made, how=f"{sessions.label} of the last session before each occasion of {scores.label}")


def _last_before(of: Process, shared: np.ndarray) -> Process:
    """Of each stretch between two occasions the last session's value, as if it had been seen at the occasion."""
    from dataclasses import replace

    known = np.isfinite(of.time)
    place = np.searchsorted(shared, of.time - NEAR, side="left")
    keep = known & (place < shared.size)
    rows = np.flatnonzero(keep)
    rows = rows[np.lexsort((of.time[rows], place[rows], of.person[rows]))]
    key = of.person[rows] * (shared.size + 1) + place[rows]
    final = rows[np.append(np.diff(key) != 0, True)] if rows.size else rows
    return replace(
        of,
        person=of.person[final],
        session=of.session[final],
        time=shared[place[final]],
        value=of.value[final],
        therapist=of.therapist[final],
        where="measures",
    )


def _on_grid(a: Process, b: Process, how: str = "both from the same occasion") -> Aligned | str:
    first, second = grid(a.time, a.person, "time"), grid(b.time, b.person, "time")
    if not (first.size and second.size):
        return "people were seen at times of their own, so there are no common occasions"
    common = np.intersect1d(first, second)
    if not common.size:
        return f"{a.label} and {b.label} were never measured at the same occasion"
    gaps = np.diff(common)
    even = common.size < 3 or bool(gaps.max() <= 1.5 * gaps.min())
    keys = tuple(_place(each.time, common) for each in (a, b))
    return _joined(a, b, keys[0], keys[1], "occasion", how, even=even)


def _place(time: np.ndarray, common: np.ndarray) -> np.ndarray:
    place = np.searchsorted(common, time - NEAR)
    hit = place < common.size
    hit[hit] = np.abs(common[place[hit]] - time[hit]) <= NEAR
    return np.where(hit, place.astype(float), np.nan)


def _joined(
    a: Process, b: Process, of_a: np.ndarray, of_b: np.ndarray, unit: str, how: str, *, even: bool
) -> Aligned | str:
    there = {(p, o): k for k, (p, o) in enumerate(zip(b.person.tolist(), of_b.tolist(), strict=True)) if np.isfinite(o)}
    rows = [
        (i, k)
        for i, (p, o) in enumerate(zip(a.person.tolist(), of_a.tolist(), strict=True))
        if (k := there.get((p, o))) is not None
    ]
    if not rows:
        return f"{a.label} and {b.label} were never measured together"
    mine, other = (np.array(each, dtype=np.intp) for each in zip(*rows, strict=True))
    person, occasion = a.person[mine], of_a[mine].astype(np.intp)
    first, second = a.value[mine], b.value[other]
    therapist = np.where(a.therapist[mine] >= 0, a.therapist[mine], _named(b, a)[other])
    arm = a.arm[person]
    return Aligned(
        person=person,
        occasion=occasion,
        first=first,
        second=second,
        first_left=without_course(first, occasion, arm, person),
        second_left=without_course(second, occasion, arm, person),
        arm=arm,
        therapist=_commonest(person, therapist),
        occasions=int(np.unique(occasion).size),
        unit=unit,
        even=even,
        how=how,
    )


def _named(b: Process, a: Process) -> np.ndarray:
    """Therapists of the second process by the codes of the first; −1 where the first does not know them."""
    index = {name: k for k, name in enumerate(a.therapists)}
    code = np.array([index.get(name, -1) for name in b.therapists] + [-1], dtype=np.intp)
    return np.asarray(code[b.therapist])


def without_course(value: np.ndarray, occasion: np.ndarray, arm: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Values minus their arm's average course, which is estimated within persons; what is left averages 0 in each arm."""
    own = np.unique(person, return_inverse=True)[1].ravel()
    group = np.unique(arm, return_inverse=True)[1].ravel()
    left = without_common_course(value, occasion, group, own)
    count = np.bincount(group)
    return np.asarray(left - (np.bincount(group, left) / count)[group])


def _commonest(person: np.ndarray, therapist: np.ndarray) -> np.ndarray:
    """Each person's commonest therapist, for all their rows."""
    made = np.full(person.size, -1, dtype=np.intp)
    for who in np.unique(person):
        rows = person == who
        seen = therapist[rows]
        seen = seen[seen >= 0]
        if seen.size:
            made[rows] = np.bincount(seen).argmax()
    return made
