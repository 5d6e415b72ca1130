"""Agreement of two codings of several sessions: which limits know that turns of one session belong together."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.analysis.programme.session_agreement import CodeAgreement, agree
from forwhom.programme.session import Coding
from forwhom.programme.session.hand import read_coding

ORDERED = ("kappa", "linear", "quadratic", "ac1", "adjusted", "alpha", "icc")


def coding(levels: list[int], coder: str, codes: list[str] | None = None) -> Coding:
    rows = [
        {"turn": k, "who": "T", "level": level, "codes": codes[k - 1] if codes else ""}
        for k, level in enumerate(levels, 1)
    ]
    return read_coding({"name": "s", "coder": coder}, rows, "s.csv")


def two_levels(sessions: int) -> list[tuple[Coding, Coding]]:
    """Twenty turns a session of level 2 or 3; the second coder errs in the first three sessions only."""
    rng = np.random.default_rng(1)
    pairs = []
    for k in range(sessions):
        base = rng.random(20) < (0.8 if k % 2 else 0.1)
        flip = rng.random(20) < (0.4 if k < 3 else 0.0)
        one, two = ([2 + int(each) for each in turns] for turns in (base, base ^ flip))
        names = [["rewind" if level == 3 else "" for level in levels] for levels in (one, two)]
        pairs.append((coding(one, "a", names[0]), coding(two, "b", names[1])))
    return pairs


def width(row: CodeAgreement, name: str) -> float:
    found = getattr(row, name)
    return float(found.high - found.low)


def test_from_three_sessions_on_every_limit_is_one_over_sessions() -> None:
    rows = {row.what: row for row in agree(two_levels(6)).rows}
    row = rows["level"]
    assert row.sessions == 6
    kappa = row.kappa
    assert kappa.low is not None
    for each in (row.linear, row.quadratic):
        assert each is not None
        assert (each.value, each.low, each.high) == pytest.approx((kappa.value, kappa.low, kappa.high), abs=1e-12)
    alone = agree([_joined(two_levels(6))]).rows[0]
    for name in ORDERED:
        assert getattr(row, name).value == pytest.approx(getattr(alone, name).value, abs=1e-12)
        if name != "adjusted":
            assert width(row, name) > 1.5 * width(alone, name), name
    code = rows["rewind"]
    assert (code.kappa.low, code.kappa.high) == pytest.approx((kappa.low, kappa.high), abs=1e-12)
    assert width(code, "ac1") > 0.2
    assert width(code, "adjusted") > 0.2


def _joined(pairs: list[tuple[Coding, Coding]]) -> tuple[Coding, Coding]:
    """All sessions as if they were one."""
    one, two = ([turn.level or 0 for pair in pairs for turn in pair[k].turns] for k in (0, 1))
    return coding(one, "a"), coding(two, "b")


def test_with_two_sessions_limits_stay_those_by_turn_and_the_row_says_so() -> None:
    row = agree(two_levels(2)).rows[0]
    assert row.sessions == 2
    assert row.kappa.low is not None
    assert row.adjusted.low is None
    assert "three sessions" in (row.adjusted.why_absent or "")


def test_a_row_counts_only_sessions_that_have_it() -> None:
    pairs = two_levels(2)
    silent = read_coding({"name": "s", "coder": "a"}, [{"turn": 1, "who": "P"}], "s.csv")
    rows = {row.what: row for row in agree([*pairs, (silent, silent)]).rows}
    assert rows["level"].sessions == 2
    assert rows["mentalizing"].sessions == 0


def test_full_agreement_has_a_value_and_no_width() -> None:
    pairs = [(one, one) for one, _ in two_levels(4)]
    row = agree(pairs).rows[0]
    for name in ORDERED:
        found = getattr(row, name)
        assert (found.value, found.low) == (1.0, None)
        assert found.why_absent


def test_a_code_of_one_session_alone_has_no_limits_over_sessions() -> None:
    given, none = ["rewind", "", "rewind", ""], [""] * 4
    levels = [1, 2, 1, 2]
    pairs = [(coding(levels, "a", each), coding(levels, "b", each)) for each in (given, none, none)]
    row = {row.what: row for row in agree(pairs).rows}["rewind"]
    assert (row.kappa.value, row.kappa.low) == (1.0, None)
    assert "Without one of the sessions" in (row.kappa.why_absent or "")
