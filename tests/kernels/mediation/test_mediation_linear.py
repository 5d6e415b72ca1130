"""Linear mediation: against regressions of one draw at a time, closed forms, and special cases that must coincide."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.mediation.columns import columns
from forwhom.kernels.mediation.drawing import counted
from forwhom.kernels.mediation.linear import Mediation, mediate
from forwhom.kernels.mediation.paths import products, solve, standardised

N = 90


def made(seed: int = 1, k: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, N).astype(float)
    c = rng.normal(size=(N, 2)) + 50
    m = 0.6 * x[:, None] + 0.1 * c[:, :1] + rng.normal(size=(N, k)) + 100
    for j in range(1, k):
        m[:, j] += 0.5 * m[:, j - 1]
    y = 0.3 * x + m @ np.full(k, 0.4) + 0.2 * c[:, 1] + 0.3 * x * m[:, 0] + rng.normal(size=N)
    return {"treatment": x, "mediators": m, "outcome": y, "covariates": c}


def fit(data: dict[str, np.ndarray], **options: object) -> Mediation:
    given = {"draws": 50, "rng": np.random.default_rng(3), **options}
    return mediate(**data, **given)


def ols(columns: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(columns, y, rcond=None)[0]


def slow(data: dict[str, np.ndarray], rows: np.ndarray) -> dict[str, float]:
    """Definitions taken literally: predicted outcomes of every person under every combination, averaged."""
    x, m, y, c = (data[name][rows] for name in ("treatment", "mediators", "outcome", "covariates"))
    one = np.ones(len(x))
    a = ols(np.column_stack([one, x, c]), m[:, 0])
    b = ols(np.column_stack([one, x, c, m, x * m[:, 0]]), y)

    def mean(x_of_y: float, x_of_m: float) -> float:
        mediator = a[0] + a[1] * x_of_m + c @ a[2:]
        return float(np.mean(b[0] + b[1] * x_of_y + c @ b[2:4] + b[4] * mediator + b[5] * x_of_y * mediator))

    return {
        "total": mean(1, 1) - mean(0, 0),
        "direct_pure": mean(1, 0) - mean(0, 0),
        "direct_total": mean(1, 1) - mean(0, 1),
        "indirect_pure": mean(0, 1) - mean(0, 0),
        "indirect_total": mean(1, 1) - mean(1, 0),
        "controlled_direct": b[1] + b[5] * float(data["mediators"].mean()),
    }


def test_effects_with_interaction_are_the_definitions_taken_literally() -> None:
    data = made()
    found = fit(data, interaction=True)
    for name, value in slow(data, np.arange(N)).items():
        assert found.of(name)[0] == pytest.approx(value, rel=1e-9), name


def test_every_draw_is_the_regression_of_the_rows_drawn() -> None:
    data = made()
    found = fit(data, interaction=True)
    counts = next(counted(N, 50, np.random.default_rng(3)))
    for draw in (0, 7, 49):
        rows = np.repeat(np.arange(N), counts[draw].astype(int))
        for name, value in slow(data, rows).items():
            assert found.draws[draw, 0, found.names.index(name)] == pytest.approx(value, rel=1e-8), (draw, name)


def test_limits_and_standard_errors_are_those_of_the_draws() -> None:
    found = fit(made(), draws=400, level=0.9)
    draws = found.draws[:, 0, found.names.index("indirect")]
    _, se, low, high, p = found.of("indirect")
    assert (low, high) == pytest.approx(tuple(np.quantile(draws, [0.05, 0.95])))
    assert se == pytest.approx(draws.std(ddof=1))
    assert p == pytest.approx(min(1.0, 2 * (min((draws <= 0).sum(), (draws >= 0).sum()) + 1) / 401))


def test_without_interaction_total_is_direct_and_indirect_and_the_regression_without_mediators() -> None:
    for k in (1, 3):
        found = fit(made(k=k))
        values = dict(zip(found.names, found.estimate[0], strict=True))
        assert values["total"] == pytest.approx(values["direct"] + values["indirect"], rel=1e-12)
        assert values["total"] == pytest.approx(found.total.coefficients[1], rel=1e-9)
        if k > 1:
            single = [values[f"indirect_{j + 1}"] for j in range(k)]
            assert sum(single) == pytest.approx(values["indirect"], rel=1e-9)
            assert values["indirect_1-indirect_3"] == pytest.approx(single[0] - single[2])


def test_chains_are_products_of_their_links_and_add_up() -> None:
    data = made(k=3)
    found = fit(data, serial=True)
    values = dict(zip(found.names, found.estimate[0], strict=True))
    x, m, y, c = (data[name] for name in ("treatment", "mediators", "outcome", "covariates"))
    one = np.ones(N)
    first = ols(np.column_stack([one, x, c]), m[:, 0])
    second = ols(np.column_stack([one, x, c, m[:, 0]]), m[:, 1])
    third = ols(np.column_stack([one, x, c, m[:, :2]]), m[:, 2])
    last = ols(np.column_stack([one, x, c, m]), y)
    assert values["through_1"] == pytest.approx(first[1] * last[4], rel=1e-8)
    assert values["through_2_3"] == pytest.approx(second[1] * third[5] * last[6], rel=1e-8)
    assert values["through_1_2_3"] == pytest.approx(first[1] * second[4] * third[5] * last[6], rel=1e-8)
    assert sum(v for name, v in values.items() if name.startswith("through")) == pytest.approx(values["indirect"])
    assert values["indirect"] == pytest.approx(fit(data).of("indirect")[0], rel=1e-9)


def test_groups_are_drawn_whole() -> None:
    data = made()
    group = np.arange(N) % 10
    found = fit(data, cluster=np.array([f"t{g}" for g in group]), interaction=True)
    counts = next(counted(10, 50, np.random.default_rng(3)))
    rows = np.repeat(np.arange(N), counts[4][group].astype(int))
    assert found.units == 10
    for name, value in slow(data, rows).items():
        assert found.draws[4, 0, found.names.index(name)] == pytest.approx(value, rel=1e-8)
    with pytest.raises(ValueError, match="3 groups are too few"):
        fit(data, cluster=np.arange(N) % 3)


def test_units_of_measurement_and_order_of_rows_do_not_matter() -> None:
    data = made()
    plain = fit(data, interaction=True)
    turned = {name: values[::-1] for name, values in data.items()}
    assert fit(turned, interaction=True).estimate == pytest.approx(plain.estimate, rel=1e-9)
    scaled = {**data, "mediators": 1000 * data["mediators"] - 7, "outcome": -2 * data["outcome"] + 5}
    other = fit(scaled, interaction=True, mediator_at=1000 * data["mediators"].mean() - 7)
    share = plain.names.index("proportion")
    factor = np.full(len(plain.names), -2.0)
    factor[share] = 1.0
    assert other.estimate == pytest.approx(plain.estimate * factor, rel=1e-7)


def test_arms_share_one_model_and_each_is_compared_with_the_first() -> None:
    data = made()
    arm = np.arange(N) % 3
    both = {**data, "treatment": np.column_stack([arm == 1, arm == 2]).astype(float)}
    found = fit(both, treated=np.eye(2), control=np.zeros(2))
    assert found.estimate.shape[0] == 2
    m, y, c = data["mediators"][:, 0], data["outcome"], data["covariates"]
    wide = np.column_stack([np.ones(N), both["treatment"], c])
    a, b = ols(wide, m), ols(np.column_stack([wide, m]), y)
    assert found.of("indirect", 1)[0] == pytest.approx(a[2] * b[5], rel=1e-9)
    assert found.of("direct", 0)[0] == pytest.approx(b[1], rel=1e-9)


def test_monte_carlo_draws_have_the_moments_of_the_coefficients() -> None:
    data = made()
    found = fit(data, interval="monte carlo", draws=40_000)
    a, b = found.mediators[0], found.outcome
    se_a, se_b = a.se[1], b.se[4]
    expected = np.sqrt(a.coefficients[1] ** 2 * se_b**2 + b.coefficients[4] ** 2 * se_a**2 + (se_a * se_b) ** 2)
    assert found.of("indirect")[1] == pytest.approx(expected, rel=0.02)
    assert found.of("direct")[1] == pytest.approx(b.se[1], rel=0.02)


def test_bca_leans_where_the_draws_are_skewed() -> None:
    rng = np.random.default_rng(11)
    x = np.repeat([0.0, 1.0], 40)
    m = 0.7 * x + rng.normal(size=80)
    y = 0.6 * m + rng.normal(size=80)
    plain = mediate(x, m, y, draws=4000, rng=np.random.default_rng(1))
    bent = mediate(x, m, y, draws=4000, interval="bca", rng=np.random.default_rng(1))
    # The product of two positive coefficients is skewed to the right, and so is the corrected interval.
    assert bent.of("indirect")[2] > plain.of("indirect")[2]
    assert bent.of("indirect")[3] > plain.of("indirect")[3]


def test_the_same_generator_gives_the_same_limits_however_many_are_held_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = fit(made(), draws=64)
    monkeypatch.setattr("forwhom.kernels.mediation.drawing.TOGETHER", 3 * N)
    assert fit(made(), draws=64).low == pytest.approx(first.low, rel=1e-9)


def test_draws_without_a_solution_are_counted() -> None:
    rng = np.random.default_rng(2)
    x = np.zeros(12)
    x[:2] = 1.0
    found = mediate(x, rng.normal(size=12) + x, rng.normal(size=12), draws=500, rng=rng)
    assert 0 < found.lost < 250
    assert len(found.draws) == 500 - found.lost
    assert np.isfinite(found.of("indirect")[2])


def test_draws_that_lost_an_arm_are_flagged() -> None:
    near, _ = standardised(columns(np.r_[1.0, np.zeros(9)], np.arange(10.0) ** 2, np.sin(np.arange(10.0))))
    counts = np.ones((2, 10))
    counts[1, 0] = 0
    assert solve(near, counts @ products(near))[1].tolist() == [True, False]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mediators": np.ones(N)}, "Mediator 1 is constant"),
        ({"mediators": np.column_stack([np.arange(N), 2 * np.arange(N)])}, "Mediator 2 is determined"),
        ({"covariates": made()["treatment"] * 3}, "Covariate 1 is determined"),
        ({"outcome": np.full(N, np.nan)}, "absent or infinite"),
        ({"outcome": np.ones(N), "mediators": np.ones(N)}, "outcome is constant. Mediator 1 is constant"),
    ],
)
def test_data_that_hold_no_model_are_refused_in_words(change: dict[str, np.ndarray], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit({**made(), **change})


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        mediate([0, 1, 0, 1], [1, 2, 3, 5], [1, 0, 3, 2], rng=np.random.default_rng(1))
