"""Expected courses: whose data shape whose band, closed forms, and whether bands hold what they promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.special import stdtrit

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.course_model import make_model
from forwhom.analysis.one_person.expected import Expected, expected
from forwhom.analysis.one_person.starts import Starts, starts
from forwhom.kernels.residual_limits import log_spread
from forwhom.study import SELF, Arm, Plan, Scale, Study

Make = Callable[..., Study]
SCALE = Scale("y", "Score", "lower", -500, 500)


def of(study: Study) -> Starts:
    return starts(study, study.scales["y"], SELF)


def known(here: Starts, asking: Asking | None = None) -> Expected:
    made = expected(here, asking or Asking())
    assert isinstance(made, Expected), made
    return made


def growing(seed: int, n: int, *, skewed: bool = False, better: str = "lower") -> Study:
    """People seen at times of their own, with random start and slope on the square root of time."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        times = np.r_[0.0, np.sort(rng.uniform(1, 180, rng.integers(2, 14)))].round(1)
        start, slope = rng.multivariate_normal([30, -1.0], [[36, -1], [-1, 0.3]])
        noise = rng.exponential(4, times.size) - 4 if skewed else rng.normal(0, 4, times.size)
        y = start + slope * np.sqrt(times) + noise
        y = y if better == "lower" else -y
        rows += [(str(i), "y", float(t), SELF, float(v), None) for t, v in zip(times, y, strict=True)]
    columns = ["id", "scale", "time", "informant", "value", "absent"]
    types = [pl.String, pl.String, pl.Float64, pl.String, pl.Float64, pl.String]
    measures = pl.DataFrame(rows, schema=dict(zip(columns, types, strict=True)), orient="row")
    return Study(
        name="grown",
        title="Grown",
        time_unit="day",
        time_zone=None,
        source=None,
        arms=(Arm("a", "A"),),
        persons=pl.DataFrame({"id": [str(i) for i in range(n)], "arm": ["a"] * n}),
        measures=measures,
        items=pl.DataFrame(),
        scales={"y": replace(SCALE, better=better)},
        plan=Plan(),
        fingerprint="0" * 64,
    )


def inside(here: Starts, made: Expected, *, updated: bool) -> tuple[float, float]:
    """Share inside the 80 % band, and above it."""
    low, high = (made.boundary(share, updated=updated) for share in (0.1, 0.9))
    seen = np.isfinite(here.score)
    return float(((here.score >= low) & (here.score <= high))[seen].mean()), float((here.score > high)[seen].mean())


def test_a_persons_later_scores_do_not_shape_their_own_band(make_study: Make) -> None:
    rng = np.random.default_rng(3)
    scores = 20 + rng.normal(size=(60, 1)) * 6 + rng.normal(size=(60, 4)) * 3
    arms = (("a", "A"), ("b", "B"))
    for seed in (0, 1):
        one = of(make_study(scores, [0, 1, 2, 3], ["a", "b"] * 30, arms=arms, scale=SCALE))
        changed = scores.copy()
        changed[7, 1:] = [300.0, -200.0, 77.0]
        two = of(make_study(changed, [0, 1, 2, 3], ["a", "b"] * 30, arms=arms, scale=SCALE))
        first, second = known(one, Asking(seed=seed)), known(two, Asking(seed=seed))
        np.testing.assert_array_equal(first.boundary(0.9)[7], second.boundary(0.9)[7])
        np.testing.assert_array_equal(first.boundary(0.1, updated=True)[7, 0], second.boundary(0.1, updated=True)[7, 0])
        # The same change moves what is expected of people in other folds.
        for before, after in zip(first.divisions, second.divisions, strict=True):
            others = before.fold != before.fold[7]
            assert not np.allclose(before.boundary(0.9, first.start)[others], after.boundary(0.9, second.start)[others])


def test_the_same_where_people_come_at_times_of_their_own() -> None:
    study = growing(5, 40)
    moved = study.measures.with_columns(
        pl.when((pl.col("id") == "7") & (pl.col("time") > 0))
        .then(pl.col("value") + 90)
        .otherwise("value")
        .alias("value")
    )
    one, two = of(study), of(replace(study, measures=moved))
    assert one.occasions.size == 0
    np.testing.assert_array_equal(known(one).boundary(0.9)[7], known(two).boundary(0.9)[7])


def test_two_occasions_are_a_regression_on_the_start(make_study: Make) -> None:
    rng = np.random.default_rng(8)
    before = 30 + 5 * rng.normal(size=40)
    scores = np.column_stack([before, 10 + 0.6 * before + 4 * rng.normal(size=40)])
    here = of(make_study(scores, [0, 5], [None] * 40, arms=(), scale=SCALE))
    train = np.arange(1, 40)
    model = make_model(here, train, "unstructured")
    found = model.expect(np.array([0]), np.array([[0.0, 5.0]]), np.array([[scores[0, 0], np.nan]]))
    slope, cut = np.polyfit(scores[train, 0], scores[train, 1], 1)
    assert found.start_mean[0, 1] == pytest.approx(cut + slope * scores[0, 0])
    # Variance: residual of the regression with n − 1 in the denominator, and that share of it the means are uncertain by.
    residual = scores[train, 1] - cut - slope * scores[train, 0]
    assert found.start_sd[0, 1] ** 2 == pytest.approx((residual**2).sum() / 38 * (1 + 1 / 39), rel=1e-6)
    # Residuals of the people behind the model: of every fifth, by the regression of the others.
    z, order = [], []
    for part in range(5):
        out = train[np.arange(39) % 5 == part]
        rest = np.setdiff1d(train, out)
        slope, cut = np.polyfit(scores[rest, 0], scores[rest, 1], 1)
        left = scores[rest, 1] - cut - slope * scores[rest, 0]
        spread = np.sqrt((left**2).sum() / (rest.size - 1) * (1 + 1 / rest.size))
        z += ((scores[out, 1] - cut - slope * scores[out, 0]) / spread).tolist()
        order += scores[out, 0].tolist()
    np.testing.assert_allclose(np.sort(model.residuals[0]), np.sort(z), rtol=1e-6)
    # Fewer than a hundred: Student's t, times the spread that residuals have at that start.
    trend = log_spread(z, order)
    alike = np.array(z) / trend.at(order)
    rms = np.sqrt(np.mean(np.square(alike)))
    assert model.limit(0.9, np.array(order), updated=False) == pytest.approx(
        rms * float(stdtrit(model.df, 0.9)) * trend.at(order), rel=0.02
    )


def test_many_people_take_residuals_of_their_own_model(make_study: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    before = 30 + 5 * rng.normal(size=40)
    scores = np.column_stack([before, 10 + 0.6 * before + 4 * rng.normal(size=40)])
    here = of(make_study(scores, [0, 5], [None] * 40, arms=(), scale=SCALE))
    monkeypatch.setattr("forwhom.analysis.one_person.course_model.MANY", 40)
    model = make_model(here, np.arange(40), "unstructured")
    # They have covariance V − XΦX', so their sum of squares is that of the regression over a variance with (1 − 1 / n).
    assert (model.residuals[0] ** 2).sum() == pytest.approx(39 / (1 - 1 / 40))


@pytest.mark.parametrize("skewed", [False, True])
def test_bands_hold_what_they_promise_where_people_come_at_times_of_their_own(skewed: bool) -> None:
    here = of(growing(11, 250, skewed=skewed))
    made = known(here)
    for updated in (False, True):
        share, above = inside(here, made, updated=updated)
        assert share == pytest.approx(0.80, abs=0.03)
        assert above == pytest.approx(0.10, abs=0.02)


def test_bands_hold_what_they_promise_at_occasions(make_study: Make) -> None:
    rng = np.random.default_rng(12)
    n = 240
    arm = ["a", "b"] * (n // 2)
    base = 30 + 6 * rng.normal(size=n)
    drop = np.array([1.0 if a == "b" else 0.3 for a in arm])
    scores = np.column_stack([base + 3 * rng.normal(size=n) - drop * t * 2 for t in range(4)])
    scores[:, 1:][rng.random((n, 3)) < 0.15] = np.nan
    here = of(make_study(scores, [0, 1, 2, 3], arm, arms=(("a", "A"), ("b", "B")), scale=SCALE))
    made = known(here)
    for updated in (False, True):
        share, above = inside(here, made, updated=updated)
        assert share == pytest.approx(0.80, abs=0.04)
        assert above == pytest.approx(0.10, abs=0.03)
    assert made.structure == "unstructured"


def uneven(seed: int, n: int) -> Starts:
    """Five occasions; people who began higher spread more around what is expected of them."""
    rng = np.random.default_rng(seed)
    level = 6 * rng.normal(size=(n, 1))
    spread = np.exp(0.4 * level / 6)
    y = 30 + level - 2 * np.arange(5) + 4 * spread * rng.normal(size=(n, 5))
    months = np.arange(5.0)
    return Starts(
        SCALE, "y", "self", 1, "month", np.zeros(n, dtype=int), (("a", "A"),), y[:, 0], np.zeros(n),
        np.tile(months[1:], (n, 1)), y[:, 1:], tuple(() for _ in range(n)), months,
    )  # fmt: skip


def by_third(here: Starts, made: Expected, *, updated: bool = False) -> list[float]:
    """Share inside the 80 % band for the lower, middle and upper third of starts."""
    low, high = (made.boundary(share, updated=updated) for share in (0.1, 0.9))
    inside = (here.score >= low) & (here.score <= high)
    third = np.digitize(here.start, np.quantile(here.start, [1 / 3, 2 / 3]))
    return [float(inside[third == part].mean()) for part in range(3)]


@pytest.mark.parametrize(("n", "close"), [(60, 0.09), (300, 0.05)])
def test_bands_hold_wherever_people_begin(n: int, close: float) -> None:
    """Spread that rises with the start: limits from everybody alike would hold some 0.91 of the low and 0.67 of the high starts."""
    shares = []
    for seed in range(900 // n):
        here = uneven(seed, n)
        made = known(here)
        shares.append(by_third(here, made) + by_third(here, made, updated=True))
    np.testing.assert_allclose(np.mean(shares, axis=0), 0.8, atol=close)


def test_the_mean_over_divisions_depends_less_on_the_seed() -> None:
    here = of(growing(15, 60))
    seen = np.isfinite(here.score)
    made = [known(here, Asking(seed=seed)) for seed in range(4)]
    alone = np.std([each.divisions[0].boundary(0.9, here.start)[seen] for each in made], axis=0).mean()
    together = np.std([each.boundary(0.9)[seen] for each in made], axis=0).mean()
    assert together < 0.7 * alone


def test_reversing_a_scale_mirrors_its_bands() -> None:
    up, down = of(growing(13, 40)), of(growing(13, 40, better="higher"))
    one, two = known(up), known(down)
    seen = np.isfinite(up.score)
    np.testing.assert_allclose(one.boundary(0.9)[seen], -two.boundary(0.1)[seen], rtol=1e-4)


def test_the_start_of_people_seen_at_times_of_their_own() -> None:
    study = growing(14, 30)
    rows = [("0", "y", -5.0, SELF, 11.0, None), ("1", "y", -2.0, SELF, 12.0, None)]
    extra = pl.DataFrame(rows, schema=study.measures.schema, orient="row")
    early = study.measures.filter((pl.col("id") != "1") | (pl.col("time") > 0))
    here = of(replace(study, measures=pl.concat([early, extra])))
    # Person 0 has a score at 0 as well: that is the start, the earlier one is only shown. Person 1 starts at −2.
    assert here.start_time[0] == 0.0
    assert here.earlier[0] == ((-5.0, 11.0),)
    assert (here.start_time[1], here.start[1]) == (-2.0, 12.0)


def test_too_few_people_are_declined_in_words(make_study: Make) -> None:
    few = np.random.default_rng(1).normal(size=(12, 3))
    found = expected(of(make_study(few, [0, 1, 2], ["a"] * 12, arms=(("a", "A"),), scale=SCALE)), Asking())
    assert isinstance(found, tuple)
    assert found[0].startswith("only 12 people have a score at the start and a later one")
    alike = np.full((30, 2), 5.0)
    found = expected(of(make_study(alike, [0, 1], ["a"] * 30, arms=(("a", "A"),), scale=SCALE)), Asking())
    assert isinstance(found, tuple)
    assert "could be estimated" in found[0]
