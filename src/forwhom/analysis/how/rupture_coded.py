"""Ruptures from raters' codes alone, laid out so that the same relations can be asked of them as of ratings of the alliance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.how.process import process
from forwhom.analysis.how.rupture_codes import coded, majority
from forwhom.analysis.how.rupture_told import Told
from forwhom.analysis.how.session_table import SessionTable, session_table
from forwhom.kernels.ruptures import WITHIN, Episodes
from forwhom.study import Study

NAME = "codes"
NONE, REPAIRED, BROKEN = 0.0, -0.5, -1.0
"""Values of the table: no rupture, a rupture repaired in its session, a rupture that was not; a repair alone is above 0."""
REPAIR = 0.5


@dataclass(frozen=True, slots=True)
class Codes:
    """What raters agreed on, in the place of a criterion. repairs : repairs were coded as well."""

    repairs: bool
    name: str = NAME
    drop: None = None

    @property
    def label(self) -> str:
        """In two words."""
        return "raters' codes"

    @property
    def words(self) -> str:
        """What counts."""
        return "at least half of a session's raters gave more than 0"

    def find(self, table: np.ndarray, *, so_far: bool = False) -> Episodes:
        """Ruptures of a table of codes; none is judged by later sessions, so that `so_far` changes nothing."""
        del so_far
        return episodes(table, repairs=self.repairs)


def episodes(table: np.ndarray, *, repairs: bool) -> Episodes:
    """An entry for every run of coded ruptures: it ends with a coded repair, or (where none are coded) a session without a rupture.

    table : (n, m) coded sessions, NaN after the last
    """
    n, m = table.shape
    current = np.full(n, -1)
    open_after = np.zeros((n, m), dtype=bool)
    ended: list[tuple[int, int, int, bool]] = []
    for t in range(m):
        now = table[:, t]
        known = np.isfinite(now)
        begins = known & (now < NONE) & (current < 0)
        current[begins] = t
        over = known & (current >= 0) & (np.isin(now, (REPAIRED, REPAIR)) if repairs else now >= NONE)
        ended += [(i, int(current[i]), t - int(current[i]), True) for i in np.flatnonzero(over).tolist()]
        current[over] = -1
        open_after[:, t] = known & (current >= 0)
    lengths = np.isfinite(table).sum(axis=1)
    still = np.flatnonzero(current >= 0).tolist()
    ended += [(i, int(current[i]), int(lengths[i]) - 1 - int(current[i]), False) for i in still]
    ended.sort()
    person, onset, duration = (np.array([each[k] for each in ended], dtype=np.intp) for k in range(3))
    back = np.array([each[3] for each in ended], dtype=bool)
    zero = np.zeros(person.size)
    return Episodes(person, onset, zero, zero - 1.0, zero + 1.0, duration, back, WITHIN, np.isfinite(table), open_after)


def coded_table(
    study: Study, columns: Sequence[str], repair_columns: Sequence[str]
) -> tuple[SessionTable, Told] | None:
    """Coded sessions side by side, and the ruptures in them; None where nobody in an arm has a code."""
    keys, codes = coded(study, columns)
    seen = next((each for each in (process(study, name) for name in columns) if each is not None), None)
    if not keys or seen is None:
        return None
    repair_keys, repair_codes = coded(study, repair_columns)
    mended = dict(zip(repair_keys, majority(repair_codes).tolist(), strict=True)) if repair_keys else {}
    of = _sessions(study, columns)
    value = [
        (REPAIRED if mended.get(key) else BROKEN) if broken else (REPAIR if mended.get(key) else NONE)
        for key, broken in zip(keys, majority(codes).tolist(), strict=True)
    ]
    person = np.array([key[0] for key in keys], dtype=np.intp)
    session, time, therapist = (np.array(part) for part in zip(*(of[key] for key in keys), strict=True))
    made = replace(
        seen, better="higher", unit="", scale=None, person=person, session=session, time=time, value=np.array(value),
        therapist=therapist.astype(np.intp),
    )  # fmt: skip
    table = session_table(made)
    if table is None:
        return None
    return table, _told(table, Codes(bool(mended)))


def _told(table: SessionTable, criterion: Codes) -> Told:
    found = criterion.find(table.table)
    n = table.arm.size
    broken = (table.table < NONE).sum(axis=1)
    none = np.zeros((0, n))
    sessions = table.lengths
    return Told(criterion, found, broken, sessions, none, none, np.zeros(table.table.shape), none, none)


def _sessions(study: Study, columns: Sequence[str]) -> dict[tuple[int, float], tuple[float, float, int]]:
    """Number, time and therapist of every session with a code by anybody."""
    made: dict[tuple[int, float], tuple[float, float, int]] = {}
    for name in columns:
        seen = process(study, name)
        if seen is None:
            continue
        when = np.where(np.isfinite(seen.session), seen.session, seen.time)
        rows = zip(
            seen.person.tolist(),
            when.tolist(),
            seen.session.tolist(),
            seen.time.tolist(),
            seen.therapist.tolist(),
            strict=True,
        )
        for person, at, session, time, therapist in rows:
            made.setdefault((person, at), (session, time, therapist))
    return made
