"""Processes: every observed value, in order, with its session, time, therapist and direction."""

from __future__ import annotations

import numpy as np
import polars as pl

from forwhom.analysis.how.process import process, process_columns
from forwhom.study import Study

PEOPLE = pl.DataFrame({"id": ["p", "q", "r"], "arm": ["a", "b", None], "therapist": ["T1", "T2", "T2"]})
MEASURES = pl.DataFrame({"id": ["p", "p", "q"], "scale": "bdi", "time": [0, 6, 0], "value": [20, 10, 22]})
SESSIONS = pl.DataFrame(
    {
        "id": ["q", "p", "p", "p", "r"],
        "number": [1, 3, 1, 2, 1],
        "therapist": [None, "T9", None, None, None],
        "wai": [3.0, 5.0, 4.0, None, 1.0],
        "note": ["a", "b", "c", "d", "e"],
    }
)


def _study() -> Study:
    return Study.from_frames(
        "small",
        PEOPLE,
        MEASURES,
        arms={"a": "A", "b": "B"},
        scales={"bdi": {"better": "lower"}, "wai": {"better": "higher", "label": "Alliance"}},
        sessions=SESSIONS,
    )


def test_a_column_of_sessions() -> None:
    wai = process(_study(), "wai")
    assert wai is not None
    assert (wai.where, wai.better, wai.label, wai.sign) == ("sessions", "higher", "Alliance", 1.0)
    assert wai.person.tolist() == [0, 0, 1]  # the person in no arm has no rows, nor the session without a value
    assert wai.session.tolist() == [1, 3, 1]
    assert wai.value.tolist() == [4, 5, 3]
    assert [wai.therapists[each] for each in wai.therapist] == ["T1", "T9", "T2"]
    assert wai.starts.tolist() == [0, 2, 3]
    assert process_columns(_study()) == ("wai",)


def test_a_scale_of_measures() -> None:
    bdi = process(_study(), "bdi")
    assert bdi is not None
    assert (bdi.where, bdi.sign) == ("measures", -1.0)
    assert bdi.time.tolist() == [0, 6, 0]
    assert np.isnan(bdi.session).all()


def test_what_is_neither() -> None:
    assert process(_study(), "note") is None
    assert process(_study(), "hope") is None
