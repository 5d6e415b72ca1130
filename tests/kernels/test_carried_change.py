"""Paths of earlier and later change: special cases, another kernel, properties."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forwhom.kernels.carried_change import (
    Carried,
    basis,
    carried_change,
    draw_counts,
    of_draws,
    people_for_power,
    widened,
)
from forwhom.kernels.carried_together import carried_together
from forwhom.kernels.mediation.linear import mediate
from forwhom.kernels.mediation.sensitivity import sensitivity
from forwhom.models.structural.model import sem

MODEL = """
m5 ~ arm + m1 + y1
y5 ~ arm + m1 + y1
y10 ~ arm + m5 + y5 + m1 + y1
m5 ~~ y5
arm ~~ m1 + y1
m1 ~~ y1
"""


def _trial(n: int = 200, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    before = rng.normal(size=(n, 2))
    m = 0.8 * arm + 0.5 * before[:, 0] + rng.normal(size=n)
    y1 = 0.3 * arm + 0.6 * before[:, 1] + 0.2 * m + rng.normal(size=n)
    y2 = 0.4 * m + 0.5 * y1 + 0.1 * arm + rng.normal(size=n)
    return {"m": m, "y1": y1, "y2": y2, "before": before, "arm": arm}


def _fit(t: dict[str, np.ndarray], *, draws: int = 200, **more: Any) -> Carried:
    return carried_change(
        t["m"], t["y1"], t["y2"], t["before"], t["arm"], arms=2, mechanism_before=0, draws=draws,
        rng=np.random.default_rng(7), **more,
    )  # fmt: skip


def test_complete_data_give_the_parallel_model_of_the_other_kernel() -> None:
    t = _trial()
    ours = _fit(t)
    theirs = mediate(
        t["arm"].astype(float), np.column_stack([t["m"], t["y1"]]), t["y2"], t["before"], draws=20,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    assert ours.carried[0].value == pytest.approx(theirs.of("indirect_1")[0], rel=1e-8)
    assert ours.earlier[0].value == pytest.approx(theirs.of("indirect_2")[0], rel=1e-8)
    assert ours.direct[0].value == pytest.approx(theirs.of("direct")[0], rel=1e-8)
    assert ours.total[0].value == pytest.approx(theirs.of("total")[0], rel=1e-8)


def test_the_correlation_that_undoes_it_is_that_of_imai() -> None:
    """With the border unrelated to everything the sensitivity is that of one mediator."""
    t = _trial(400)
    rng = np.random.default_rng(2)
    noise = rng.normal(size=400)
    x = np.column_stack([np.ones(400), t["arm"], t["before"], t["m"], t["y2"]])
    noise -= x @ np.linalg.lstsq(x, noise, rcond=None)[0]
    ours = _fit(t | {"y1": noise})
    one = mediate(t["arm"].astype(float), t["m"], t["y2"], t["before"], draws=20, rng=rng)
    assert ours.correlation == pytest.approx(sensitivity(one).rho_zero, abs=1e-8)


def test_parts_add_up_and_arms_have_paths_of_their_own() -> None:
    made = _fit(_trial())
    assert made.total[0].value == pytest.approx(
        made.direct[0].value + made.carried[0].value + made.earlier[0].value, rel=1e-9
    )
    assert made.interaction[0].value == pytest.approx(made.arm_path[1].value - made.arm_path[0].value)
    assert made.arm_carried[1].value == pytest.approx(made.moved[0].value * made.arm_path[1].value)
    assert made.joint_p[0] == max(made.moved[0].p, made.path.p)


def test_turning_a_scale_turns_the_signs() -> None:
    t = _trial()
    one, other = _fit(t), _fit(t | {"y1": -t["y1"], "y2": -t["y2"]})
    assert other.carried[0].value == pytest.approx(-one.carried[0].value)
    assert other.carried[0].low == pytest.approx(-one.carried[0].high)


def test_missing_at_random_is_not_seen_in_the_paths() -> None:
    """Loss by the border biases complete cases, and not these."""
    t = _trial(8000)
    lost = t["y1"] > 0.8
    y2 = np.where(lost, np.nan, t["y2"])
    made = _fit(t | {"y2": y2}, draws=20)
    assert made.path.value == pytest.approx(0.4, abs=0.05)
    assert made.total[0].value == pytest.approx(0.1 + 0.8 * 0.4 + 0.5 * (0.3 + 0.16), abs=0.08)
    whole = ~lost
    x = np.column_stack([np.ones(whole.sum()), t["arm"][whole], t["before"][whole]])
    crude = np.linalg.lstsq(x, y2[whole], rcond=None)[0][1]
    assert abs(crude - made.total[0].value) > 0.1


def test_groups_are_drawn_whole() -> None:
    rng = np.random.default_rng(4)
    n, groups = 200, 10
    unit = np.arange(n) // 20
    t = _trial(n)
    shift = rng.normal(0, 2, groups)[unit]
    t["m"] = t["m"] + shift
    t["y2"] = t["y2"] + 2 * shift
    alone, together = _fit(t), _fit(t, unit=unit)
    assert together.units == groups
    # Therapists of both arms.
    assert together.df == groups - 1
    assert together.path.high - together.path.low > 1.3 * (alone.path.high - alone.path.low)


def test_few_therapists_are_drawn_within_their_arm() -> None:
    """Two in either arm: an eighth of the draws across arms would hold one arm only."""
    t = _trial(80)
    t["arm"] = np.repeat([0, 1], 40)
    unit = np.repeat(np.arange(4), 20)
    drawn = draw_counts(unit, t["arm"], 300, np.random.default_rng(1))
    assert set(drawn[:, t["arm"] == 0].sum(axis=1)) == {40.0}
    made = _fit(t, unit=unit)
    assert made.lost == 0
    assert made.df == 2
    each = [made.moved[0], made.path, made.total[0]]
    # From two therapists no width of an arm's own path can be told.
    assert made.arm_path == ()
    assert all(np.isfinite([of.se, of.low, of.high, of.p]).all() for of in each)


def test_draws_without_an_arm_are_dropped_and_counted() -> None:
    """Three therapists, of whom one treated in both arms."""
    t = _trial(90)
    t["arm"] = np.repeat([0, 1], 45)
    made = _fit(t, unit=np.repeat([0, 1, 2], [30, 30, 30]))
    assert 5 < made.lost < 40
    assert made.draws["moved"].shape[0] == 200 - made.lost
    assert all(np.isfinite(each.se) for each in (made.path, made.total[0], *made.arm_path))


def test_therapists_of_a_small_arm_are_not_made_up_for_by_the_other() -> None:
    groups, arm = np.arange(12).repeat(10), np.repeat([0, 1], [20, 100])
    assert basis(groups, arm, 120, 6)[1] == pytest.approx(4 / (1 / 1 + 1 / 9))
    assert basis(np.arange(120), arm, 110, 6) == (110, 104)


def test_interval_se_and_p_of_an_arms_own_path_agree() -> None:
    """Each from the same draws at the same degrees of freedom, persons or therapists drawn."""
    for seed in range(12):
        t = _trial(66, seed)
        t["arm"] = np.repeat([0, 1], 33)
        for unit in (None, np.repeat(np.arange(6), 11)):
            made = _fit(t, unit=unit)
            for of in (*made.arm_path, *made.interaction, *made.arm_carried, made.path, made.total[0]):
                assert (of.p < 0.05) == (of.low > 0 or of.high < 0), of


def test_one_arm_has_only_the_path() -> None:
    t = _trial(60)
    made = carried_change(
        t["m"], t["y1"], t["y2"], t["before"], np.zeros(60), arms=1, draws=100, rng=np.random.default_rng(1)
    )
    assert made.carried == ()
    assert made.path.low < made.path.value < made.path.high
    assert len(made.correlation_from) == 1


def test_small_arms_have_no_paths_of_their_own() -> None:
    t = {key: value[:24] for key, value in _trial().items()}
    assert _fit(t, draws=100).arm_path == ()


def test_intervals_widen_with_few_people() -> None:
    assert widened(0.95, 20, 10) > widened(0.95, 200, 190) > 0.95
    assert people_for_power(4, r=0.5) < people_for_power(4, r=0.3)


def test_p_agrees_with_the_interval() -> None:
    rng = np.random.default_rng(1)
    for shift in np.linspace(0.5, 6, 60):
        draws = rng.normal(shift, 1, 1000)
        df, n = (35, 40) if shift < 3 else (3, 4)
        made = of_draws(shift, draws, level=widened(0.95, n, df), df=df, n=n)
        assert (made.p < 0.05) == (made.low > 0 or made.high < 0)


def test_mechanisms_together_share_what_they_have_in_common() -> None:
    rng = np.random.default_rng(1)
    n = 400
    arm = np.arange(n) % 2
    real = arm + rng.normal(size=n)
    copy = real + 0.7 * rng.normal(size=n)
    y = 0.5 * real + rng.normal(size=n)
    none = np.empty((n, 0))
    alone = carried_change(copy, rng.normal(size=n), y, none, arm, arms=2, draws=200, rng=rng)
    both = carried_together(np.column_stack([real, copy]), rng.normal(size=n), y, none, arm, arms=2, draws=200, rng=rng)
    assert alone.carried[0].low > 0
    assert both.carried[0][0].low > 0
    assert both.carried[0][1].low < 0 < both.carried[0][1].high
    assert both.all_carried[0].value == pytest.approx(sum(each.value for each in both.carried[0]))
    assert both.correlation[0, 1] > 0.7


def test_scores_that_are_functions_of_each_other_are_refused() -> None:
    t = _trial(60)
    with pytest.raises(ValueError, match="functions of each other"):
        _fit(t | {"y1": t["m"] * 2})


def test_incomplete_data_give_the_estimates_of_lavaan(root: Path) -> None:
    """Full information maximum likelihood; the script that made the values lies beside them."""
    folder = root / "validation/how_mediation"
    theirs = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    frame = pl.read_csv(folder / "reference.csv", null_values="NA").cast(pl.Float64).fill_null(float("nan"))
    d = {name: frame[name].to_numpy() for name in frame.columns}
    made = carried_change(
        d["m5"], d["y5"], d["y10"], np.column_stack([d["m1"], d["y1"]]), d["arm"].astype(int), arms=2, mechanism_before=0,
        draws=400, rng=np.random.default_rng(1),
    )  # fmt: skip
    ours = {
        "a": made.moved[0], "d": made.border[0], "c": made.direct[0], "b": made.path, "g": made.persistence,
        "carried": made.carried[0], "earlier": made.earlier[0], "total": made.total[0],
    }  # fmt: skip
    for name, each in ours.items():
        # lavaan stops 3e-6 short of the maximum; our own structural equations, another algorithm, go the whole way.
        assert each.value == pytest.approx(theirs[name]["estimate"], abs=5e-6), name
        # A bootstrap of 80 people beside the information of a normal model: of the same size.
        assert each.se == pytest.approx(theirs[name]["se"], rel=0.4), name
    fit = sem(MODEL, d, fixed_x=False)
    assert fit.fit.df == 0
    assert made.moved[0].value == pytest.approx(fit["m5~arm"].estimate, abs=1e-9)
    assert made.path.value == pytest.approx(fit["y10~m5"].estimate, abs=1e-9)
    assert made.direct[0].value == pytest.approx(fit["y10~arm"].estimate, abs=1e-9)
