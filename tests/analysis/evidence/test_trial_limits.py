"""One trial's numbers have one set of limits, wherever they are shown."""

from __future__ import annotations

import math

import pytest
from analysis.evidence.test_pool_twins import events

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.effects import MEASURES, Measure, effects_of
from forwhom.analysis.evidence.pool import pool_effects
from forwhom.analysis.evidence.pooling import Wish, pooled
from forwhom.analysis.evidence.recomputed import recomputed
from forwhom.analysis.evidence.trial_limits import limits_of, number_needed
from forwhom.evidence.pairing import comparisons
from forwhom.findings import Finding
from forwhom.findings.kinds import PoolDetail, RecomputedDetail


@pytest.fixture(scope="module")
def shipped() -> evidence.Ledger:
    return evidence.read()


def pool(shipped: evidence.Ledger, measure: Measure) -> Finding:
    return pooled(shipped, Asking(), "x", comparisons(shipped), Wish(measure))


@pytest.mark.parametrize(("measure", "key"), [("rr", "ratio"), ("or", "odds"), ("rd", "difference")])
def test_pool_forest_and_recomputed_agree(shipped: evidence.Ledger, measure: Measure, key: str) -> None:
    other = recomputed(shipped, Asking()).detail
    detail = pool(shipped, measure).detail
    assert isinstance(other, RecomputedDetail)
    assert isinstance(detail, PoolDetail)
    theirs = getattr(other.rows[0], key)
    for mine in (detail.pooled, detail.rows[0].effect):
        assert (mine.value, mine.low, mine.high) == pytest.approx((theirs.value, theirs.low, theirs.high))


def test_the_limits_are_those_computed_by_hand(shipped: evidence.Ledger) -> None:
    """16 of 71 and 36 of 63: Newcombe from Wilson's limits of both shares; the number needed from its inverted limits."""

    def wilson(k: int, n: int, side: int) -> float:
        z = 1.959963984540054
        p = k / n
        return (p + z**2 / (2 * n) + side * z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))) / (1 + z**2 / n)

    p, q = 16 / 71, 36 / 63
    low = p - q - math.hypot(p - wilson(16, 71, -1), wilson(36, 63, 1) - q)
    high = p - q + math.hypot(wilson(16, 71, 1) - p, q - wilson(36, 63, -1))
    made = pool_effects(effects_of(comparisons(shipped), "rd").effects, "rd")
    assert (made.low, made.high) == pytest.approx((low, high), abs=1e-9)
    assert pool(shipped, "rd").statement.count(
        f"Number needed to treat for one more to benefit {1 / (q - p):.1f} (95 % CI {-1 / low:.1f} to {-1 / high:.1f})"
    )
    assert "umber needed" not in pool(shipped, "rr").statement


def test_empty_cells_keep_normal_limits_and_say_so(shipped: evidence.Ledger) -> None:
    (effect,) = effects_of([events("one", 0, 30, 9, 30)], "rr").effects
    _, low, _, how = limits_of(effect, "rr", 0.95)
    assert (how, effect.half) == ("normal", True)
    assert low == pytest.approx(effect.value - 1.959964 * effect.variance**0.5, abs=1e-6)
    found = pooled(shipped, Asking(), "x", [events("one", 0, 30, 9, 30)], Wish("rr"))
    assert "empty-cells" in {each.code for each in found.cautions}


def test_a_difference_needs_nothing_added_to_empty_cells(shipped: evidence.Ledger) -> None:
    found = pooled(shipped, Asking(), "x", [events("one", 0, 30, 9, 30)], Wish("rd"))
    assert "risk difference −30.0 %" in found.statement
    assert "empty-cells" not in {each.code for each in found.cautions}
    assert isinstance(found.detail, PoolDetail)
    assert found.detail.rows[0].effect == found.detail.pooled
    several = [events("one", 0, 30, 9, 30), events("two", 3, 30, 9, 30)]
    assert "empty-cells" in {each.code for each in pooled(shipped, Asking(), "x", several, Wish("rd")).cautions}


def test_of_several_trials_each_row_has_its_own_limits_and_the_pool_its_own() -> None:
    rows = [events(f"s{i}", 5 + i, 40, 12, 41) for i in range(4)]
    for measure in MEASURES[1:]:
        one = pool_effects(effects_of(rows, measure).effects, measure)
        assert one.limits == ""
        effect = effects_of(rows[:1], measure).effects
        alone = pool_effects(effect, measure)
        _, low, high, _ = limits_of(effect[0], measure, 0.95)
        ends = (low, high) if measure == "rd" else (math.exp(low), math.exp(high))
        assert (alone.low, alone.high) == pytest.approx(ends)


def test_the_number_needed_through_infinity_is_said() -> None:
    told = number_needed(-0.05, -0.20, 0.10, 0.95, event_is_good=False)
    assert told.startswith("number needed to treat for one more to benefit 20")
    assert "harmed" in told or "∞" in told or "infinity" in told
