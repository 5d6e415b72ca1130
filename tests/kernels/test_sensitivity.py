"""Sensitivity to missing scores: against rbmi, dense formulas, the analysis of complete data, and itself by brute force."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from forwhom.kernels.imputation import draw_missing_model
from forwhom.kernels.rubin import pool
from forwhom.kernels.sensitivity import (
    ASSUMPTIONS,
    compare_arms,
    delta_curve,
    impute_and_compare,
    tipping_point,
)

RBMI = dict(zip(ASSUMPTIONS, ("MAR", "JR", "CIR", "CR", "LMCF"), strict=True))


@pytest.fixture(scope="module")
def btheb(root: Path) -> tuple[np.ndarray, np.ndarray]:
    with (root / "examples" / "beat-the-blues" / "btheb_computer_cbt.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m")
    y = np.array([[float(row[c]) if row[c] else np.nan for c in columns] for row in rows])
    return y, np.array([row["treatment"] for row in rows])


@pytest.fixture(scope="module")
def reference(root: Path) -> dict[str, Any]:
    return dict(json.loads((root / "validation" / "sensitivity" / "reference.json").read_text(encoding="utf-8")))


def trial(
    n: int = 80, occasions: int = 4, gaps: float = 0.0, seed: int = 5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    arm, age = np.arange(n) % 2, rng.normal(size=n)
    y = 25 + 2 * age[:, None] + rng.normal(0, 5, (n, 1)) + np.cumsum(rng.normal(0, 3, (n, occasions)), axis=1)
    y -= np.outer(1 + arm, np.arange(occasions)) * 1.5
    last = np.where(rng.random(n) < 0.3, rng.integers(0, occasions - 1, n), occasions - 1)
    y[np.arange(occasions) > last[:, None]] = np.nan
    if gaps:
        y[rng.random(y.shape) < gaps] = np.nan
    return y, arm, age


class Still:
    """A generator without noise: every drawn parameter is its estimate and every residual zero."""

    def standard_normal(self, size: Any) -> np.ndarray:
        return np.zeros(size)

    def chisquare(self, df: float, size: Any) -> np.ndarray:
        return np.full(size, float(df))


def still_model(y, arm, covariates=None, **options):
    return draw_missing_model(y, arm, covariates, reference=0, target=1, rng=Still(), n_imputations=2, **options)


def ancova(y, arm, baseline, covariates=None):
    """Difference and squared standard error by the textbook formulas."""
    extra = [] if covariates is None else [covariates]
    x = np.column_stack([np.ones(arm.size), arm, baseline, *extra])
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ y
    df = arm.size - x.shape[1]
    return beta[1], ((y - x @ beta) ** 2).sum() / df * inverse[1, 1], df


def conditional_means(y, arm, covariates, assumption):
    """Dense oracle: joint moments of the follow-ups given baseline, then the formulas of Carpenter et al. (2013).

    Regressions occasion by occasion give maximum likelihood under monotone loss; their joint mean and covariance
    are assembled, the reference's rows of the covariance put into place, and each person filled by
    mu2 + S21 inverse(S11) (y1 - mu1).
    """
    n, occasions = y.shape
    x = np.column_stack([np.ones(n), y[:, 0]] + ([] if covariates is None else [covariates]))
    moments = {}
    for code in (0, 1):
        link, slopes, variance = np.eye(occasions - 1), np.zeros((occasions - 1, x.shape[1])), np.zeros(occasions - 1)
        for j in range(1, occasions):
            rows = (arm == code) & np.isfinite(y[:, j])
            design = np.column_stack([x[rows], y[rows, 1:j]])
            beta = np.linalg.lstsq(design, y[rows, j], rcond=None)[0]
            slopes[j - 1], link[j - 1, : j - 1] = beta[: x.shape[1]], -beta[x.shape[1] :]
            variance[j - 1] = np.mean((y[rows, j] - design @ beta) ** 2)
        inverse = np.linalg.inv(link)
        moments[code] = (x @ (inverse @ slopes).T, inverse @ np.diag(variance) @ inverse.T)
    filled = y.copy()
    for i in range(n):
        k = int(np.flatnonzero(np.isfinite(y[i]))[-1])
        if k == occasions - 1:
            continue
        own, ref = moments[arm[i]], moments[0]
        mean, covariance = own[0][i].copy(), own[1]
        if assumption == "last mean carried forward":
            mean[k:] = mean[k - 1]
        elif arm[i] == 1 and assumption == "copy reference":
            mean, covariance = ref[0][i], ref[1]
        elif arm[i] == 1 and assumption != "missing at random":
            mean[k:], covariance = ref[0][i][k:], ref[1]
            if assumption == "copy increments in reference" and k > 0:
                mean[k:] += own[0][i][k - 1] - ref[0][i][k - 1]
        carried = covariance[k:, :k] @ np.linalg.solve(covariance[:k, :k], y[i, 1 : k + 1] - mean[:k]) if k else 0.0
        filled[i, k + 1 :] = mean[k:] + carried
    return filled[:, -1]


@pytest.mark.parametrize("assumption", ASSUMPTIONS)
@pytest.mark.parametrize("adjusted", [False, True])
def test_without_noise_equals_dense_conditional_means(assumption, adjusted):
    y, arm, age = trial()
    if assumption == "last mean carried forward":
        y[np.isnan(y[:, 1]), 1] = 20.0  # the oracle conditions on baseline and has no mean there to carry
    covariates = age if adjusted else None
    filled = conditional_means(y, arm, covariates, assumption)
    found = compare_arms(still_model(y, arm, covariates), assumption)
    expected, variance, _ = ancova(filled, arm, y[:, 0], covariates)
    assert found.difference == pytest.approx(expected, abs=1e-9)
    assert found.within == pytest.approx(variance, rel=1e-9)
    gone = np.isnan(y[:, -1])
    assert found.imputed_mean_target == pytest.approx(filled[gone & (arm == 1)].mean())
    assert found.imputed_mean_reference == pytest.approx(filled[gone & (arm == 0)].mean())


@pytest.mark.parametrize("assumption", ASSUMPTIONS[:4])
def test_btheb_against_rbmi_conditional_means(btheb, reference, assumption):
    """rbmi, conditional mean imputation, ML, own slopes and covariance per arm: mmrm's optimiser stops near 1e-4."""
    y, arm = btheb
    model = still_model(y, (arm == "BtheB").astype(int))
    expected = reference["btheb"]["conditional_mean"][RBMI[assumption]]["est"]
    assert compare_arms(model, assumption).difference == pytest.approx(expected, abs=1e-3)
    if assumption == "missing at random":
        for delta, row in reference["btheb"]["delta"].items():
            assert delta_curve(model, [float(delta)]).difference[0] == pytest.approx(row["est"], abs=1e-3)


@pytest.mark.parametrize("assumption", ASSUMPTIONS[:4])
def test_btheb_against_rbmi_imputations(btheb, reference, assumption):
    """Approximate Bayesian imputation by refitting to bootstrap samples in rbmi, with its own Monte Carlo error."""
    y, arm = btheb
    found = impute_and_compare(
        y, arm, reference="TAU", target="BtheB", rng=np.random.default_rng(2), assumption=assumption, n_imputations=2000
    )
    expected, drawn = reference["btheb"]["rubin"][RBMI[assumption]], reference["btheb"]["rubin_imputations"]
    assert found.difference == pytest.approx(expected["est"], abs=3 * np.sqrt(found.between / drawn))
    # Samples with repeated people have smaller residual variances than a posterior; see the README there.
    assert found.se == pytest.approx(expected["se"], rel=0.15)


def test_btheb_against_mice(btheb, root):
    """The same posterior drawn by another program: only Monte Carlo error is between them."""
    y, arm = btheb
    expected = json.loads((root / "validation" / "sensitivity" / "mice.json").read_text(encoding="utf-8"))
    found = impute_and_compare(
        y, arm, reference="TAU", target="BtheB", rng=np.random.default_rng(4), n_imputations=6000
    )
    error = np.sqrt(found.between / expected["imputations"])
    assert found.difference == pytest.approx(expected["est"], abs=4 * error)
    assert found.within == pytest.approx(expected["within"], rel=0.02)
    assert found.between == pytest.approx(expected["between"], rel=0.08)
    assert found.df == pytest.approx(expected["df"], rel=0.05)


@pytest.mark.parametrize("assumption", ASSUMPTIONS[:4])
def test_estimate_tends_to_conditional_means(assumption):
    y, arm, age = trial(seed=11)
    found = impute_and_compare(
        y, arm, age, reference=0, target=1, rng=np.random.default_rng(1), assumption=assumption, n_imputations=6000
    )
    expected = ancova(conditional_means(y, arm, age, assumption), arm, y[:, 0], age)[0]
    assert abs(found.difference - expected) < 4 * found.monte_carlo_se
    assert found.monte_carlo_se < 0.02


@pytest.mark.parametrize("assumption", ASSUMPTIONS)
def test_complete_data_give_the_analysis_of_covariance(assumption):
    rng = np.random.default_rng(0)
    arm, age = np.arange(40) % 2, rng.normal(size=40)
    y = rng.normal(20, 5, (40, 3))
    found = impute_and_compare(y, arm, age, reference=0, target=1, rng=rng, assumption=assumption, n_imputations=5)
    value, variance, df = ancova(y[:, 2], arm, y[:, 0], age)
    assert found.difference == pytest.approx(value, abs=1e-10)
    assert found.se**2 == pytest.approx(variance, rel=1e-10)
    assert (found.df, found.between, found.monte_carlo_se, found.missing_information) == (df, 0.0, 0.0, 0.0)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(value) / np.sqrt(variance), df))
    assert (found.imputed_target, found.imputed_mean_target) == (0, None)


def test_nobody_missing_in_the_target_makes_reference_based_equal_missing_at_random():
    y, arm, _ = trial()
    y[arm == 1] = np.where(
        np.isnan(y[arm == 1]), 20 + np.arange(4) + np.random.default_rng(0).normal(size=(40, 4)), y[arm == 1]
    )
    model = draw_missing_model(y, arm, reference=0, target=1, rng=np.random.default_rng(1), n_imputations=20)
    found = {compare_arms(model, a).difference for a in ASSUMPTIONS[:4]}
    assert len(found) == 1


def em_conditional_means(y, arm):
    """Slow oracle for gaps: EM for a multivariate normal in each arm, any pattern; expected scores at the end."""
    filled = y.copy()
    for code in (0, 1):
        rows = np.flatnonzero(arm == code)
        part = y[rows]
        mean, covariance = np.nanmean(part, axis=0), np.diag(np.nanvar(part, axis=0))
        for _ in range(60):
            total, expected = np.zeros_like(covariance), part.copy()
            for i, person in enumerate(part):
                q = np.isnan(person)
                if q.any():
                    weight = covariance[np.ix_(q, ~q)] @ np.linalg.inv(covariance[np.ix_(~q, ~q)])
                    expected[i, q] = mean[q] + weight @ (person[~q] - mean[~q])
                    total[np.ix_(q, q)] += covariance[np.ix_(q, q)] - weight @ covariance[np.ix_(~q, q)]
            mean = expected.mean(axis=0)
            covariance = (total + (expected - mean).T @ (expected - mean)) / rows.size
        filled[rows] = expected
    return filled


def test_gaps_tend_to_maximum_likelihood():
    """With gaps and loss, missing at random, the estimate is that of maximum likelihood up to terms of order 1/n."""
    y, arm, _ = trial(n=300, gaps=0.15, seed=3)
    y[:, 0] = trial(n=300, seed=3)[0][:, 0]
    found = impute_and_compare(y, arm, reference=0, target=1, rng=np.random.default_rng(1), n_imputations=1500)
    filled = em_conditional_means(y, arm)
    expected = ancova(filled[:, -1], arm, filled[:, 0])[0]
    assert abs(found.difference - expected) < 4 * found.monte_carlo_se + 0.03 * found.se


def test_augmentation_has_converged():
    y, arm, _ = trial(n=120, gaps=0.15, seed=4)
    options = {"reference": 0, "target": 1, "n_imputations": 400}
    found = [
        compare_arms(
            draw_missing_model(y, arm, rng=np.random.default_rng(k), iterations=k, **options), "jump to reference"
        )
        for k in (25, 60)
    ]
    error = np.hypot(found[0].monte_carlo_se, found[1].monte_carlo_se)
    assert abs(found[0].difference - found[1].difference) < 4 * error
    assert found[0].se == pytest.approx(found[1].se, rel=0.03)


def test_who_came_back_after_the_primary_occasion_is_a_gap():
    y, arm, _ = trial(n=120, occasions=5, seed=6)
    y[:6, 3], y[:6, 4] = np.nan, 15.0
    model = draw_missing_model(y, arm, reference=0, target=1, rng=np.random.default_rng(0), n_imputations=30, at=3)
    found = compare_arms(model, "jump to reference")
    assert found.gaps == 6
    gone = np.isnan(y[:, 3:]).all(axis=1)
    assert found.imputed_target == int((gone & (arm == 1)).sum())
    cut = impute_and_compare(y[6:, :4], arm[6:], reference=0, target=1, rng=np.random.default_rng(0), n_imputations=30)
    later = impute_and_compare(
        y[6:], arm[6:], reference=0, target=1, rng=np.random.default_rng(0), n_imputations=30, at=3
    )
    assert later == cut


@pytest.mark.parametrize("shifted", ["target", "both"])
@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_delta_curve_equals_analysing_again(shifted, gaps):
    """Brute force: complete every data set, add delta by hand, analyse and pool each time."""
    y, arm, age = trial(gaps=gaps, seed=8)
    model = draw_missing_model(y, arm, age, reference=0, target=1, rng=np.random.default_rng(3), n_imputations=15)
    deltas = np.array([-7.0, 0.0, 4.5, 30.0])
    curve = delta_curve(model, deltas, shifted=shifted)
    for k, delta in enumerate(deltas):
        estimates, variances = [], []
        for m in range(15):
            outcome, baseline = completed(model, m)
            moved = model.left if shifted == "both" else model.left[model.in_target[model.left]]
            outcome[moved] += delta
            value, variance, df = ancova(outcome, model.in_target.astype(float), baseline, model.z)
            estimates.append(value)
            variances.append(variance)
        expected = pool(estimates, variances, complete_df=df)
        for name in ("difference", "se", "df", "low", "high", "p"):
            theirs = expected.value if name == "difference" else getattr(expected, name)
            assert getattr(curve, name)[k] == pytest.approx(float(theirs), rel=1e-8, abs=1e-12)
    base = compare_arms(model)
    assert curve.difference[1] == pytest.approx(base.difference)
    assert (curve.low[1], curve.p[1]) == pytest.approx((base.low, base.p))


def completed(model, m):
    """One completed data set under missing at random, person by person."""
    primary = model.primary
    outcome, baseline = model.y[:, primary].copy(), model.y[:, 0].copy()
    for i in range(outcome.size):
        w = (model.y[i] - model.centre) / model.scale
        if i in model.gaps:
            w[: model.last[i] + 1] = model.filled[m, np.flatnonzero(model.gaps == i)[0], : model.last[i] + 1]
        arm = model.target if model.in_target[i] else model.reference
        for t in range(model.last[i] + 1, primary + 1):
            person = np.flatnonzero(model.left == i)[0]
            w[t] = arm.intercept[m, t] + model.z[i] @ arm.covariate[m, t] + w[:t] @ arm.earlier[m, t, :t]
            w[t] += arm.sd[m, t] * model.noise[m, person, t]
        outcome[i], baseline[i] = model.centre + model.scale * w[primary], model.centre + model.scale * w[0]
    return outcome, baseline


def test_tipping_point_is_where_the_interval_touches_zero():
    y, arm, _ = trial(n=200, seed=2)
    model = draw_missing_model(y, arm, reference=0, target=1, rng=np.random.default_rng(3), n_imputations=100)
    base = compare_arms(model)
    assert base.high < 0
    tip = tipping_point(model, largest=60)
    assert tip.significant
    assert tip.delta == tip.rising
    assert tip.falling is None
    around = delta_curve(model, [tip.delta - 1e-4, tip.delta + 1e-4])
    assert around.high[0] < 0 < around.high[1]
    assert "first includes zero" in tip.words
    assert "higher than expected" in tip.words
    assert "no shift up to 0.5 points" in tipping_point(model, largest=0.5).words


def test_without_a_significant_difference_there_is_nothing_to_tip(btheb):
    y, arm = btheb
    model = draw_missing_model(y, arm, reference="TAU", target="BtheB", rng=np.random.default_rng(1))
    tip = tipping_point(model, largest=63)
    assert not tip.significant
    assert tip.delta is None
    assert "no conclusion to tip" in tip.words
    low = delta_curve(model, [tip.falling + 1e-3, tip.falling - 1e-3]).high
    assert low[0] > 0 > low[1]
    high = delta_curve(model, [tip.rising - 1e-3, tip.rising + 1e-3]).low
    assert high[0] < 0 < high[1]


def test_same_seed_same_answer_whatever_the_order_of_people():
    y, arm, age = trial(gaps=0.1)
    order = np.random.default_rng(0).permutation(arm.size)

    def run(rows):
        model = draw_missing_model(
            y[rows], arm[rows], age[rows], reference=0, target=1, rng=np.random.default_rng(5), n_imputations=20
        )
        return [compare_arms(model, a) for a in ASSUMPTIONS]

    for one, two in zip(run(np.arange(arm.size)), run(order), strict=True):
        assert one.difference == pytest.approx(two.difference, abs=1e-10)
        assert one.se == pytest.approx(two.se, abs=1e-10)
    assert run(order) == run(order)


def test_reversing_the_scale_flips_the_sign_and_units_scale():
    y, arm, age = trial(gaps=0.1)

    def run(values):
        options = {"reference": 0, "target": 1, "rng": np.random.default_rng(5), "n_imputations": 20}
        return impute_and_compare(values, arm, age, assumption="copy increments in reference", **options)

    here, reversed_, tenfold = run(y), run(60 - y), run(10 * y + 3)
    assert reversed_.difference == pytest.approx(-here.difference, abs=1e-9)
    assert (reversed_.low, reversed_.high) == pytest.approx((-here.high, -here.low), abs=1e-9)
    assert tenfold.difference == pytest.approx(10 * here.difference, abs=1e-8)


def test_people_without_scores_or_in_other_arms_change_nothing():
    y, arm, _ = trial()
    more = np.vstack([y, np.full((2, 4), np.nan), 99 * np.ones((3, 4))])
    codes = np.concatenate([arm, [0, 1], [2, 2, 2]])
    one, two = (
        impute_and_compare(a, b, reference=0, target=1, rng=np.random.default_rng(5), n_imputations=20)
        for a, b in ((y, arm), (more, codes))
    )
    assert two.never_observed == 2
    assert one.difference == two.difference
    assert one.n_target == two.n_target


def test_small_arms_decline_and_pooling_helps():
    rng = np.random.default_rng(0)
    y, arm = rng.normal(size=(24, 5)), np.arange(24) % 2
    y[8:, 4] = np.nan
    options = {"reference": 0, "target": 1, "n_imputations": 5}
    with pytest.raises(ValueError, match=r"Only 4 people in the arm 1 were observed at occasion 5.*pooled_covariance"):
        impute_and_compare(y, arm, rng=rng, **options)
    y[14:16, 4] = 1.0, 2.0
    found = impute_and_compare(y, arm, rng=rng, pooled_covariance=True, **options)
    assert np.isfinite(found.se)


def test_pooled_covariance_with_equal_slopes_is_one_regression():
    """Two occasions, one covariance: the imputed mean is that of one regression with two intercepts."""
    y, arm, _ = trial(n=60, occasions=2, seed=9)
    found = compare_arms(still_model(y, arm, pooled_covariance=True))
    seen = np.isfinite(y[:, 1])
    assert found.difference == pytest.approx(ancova(y[seen, 1], arm[seen], y[seen, 0])[0], abs=1e-9)


def test_pooled_covariance_against_rbmi(btheb, reference):
    y, arm = btheb
    model = still_model(y, (arm == "BtheB").astype(int), pooled_covariance=True)
    for assumption in ("missing at random", "jump to reference"):
        expected = reference["btheb"]["conditional_mean_common"][RBMI[assumption]]["est"]
        assert compare_arms(model, assumption).difference == pytest.approx(expected, abs=1e-3)


def test_stored_coverage(root: Path):
    """The simulation under validation/sensitivity: coverage within its Monte Carlo error of the level, or above."""
    stored = json.loads((root / "validation" / "sensitivity" / "coverage.json").read_text(encoding="utf-8"))
    for cell in stored["cells"]:
        error = 2.6 * np.sqrt(0.05 * 0.95 / stored["replicates"])
        assert cell["coverage"] > 0.95 - error
        assert abs(cell["bias"]) < 3 * cell["sampling_sd"] / np.sqrt(stored["replicates"]) + 0.01


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reference": 1}, "same"),
        ({"reference": 7}, "Nobody in the arm 7"),
        ({"n_imputations": 1}, "two imputations"),
        ({"at": 0}, "follow-up"),
        ({"at": 9}, "follow-up"),
        ({"covariates": np.full(80, np.nan)}, "present for everybody"),
        ({"covariates": np.ones(80)}, "exact function"),
        ({"y": np.full((80, 4), np.inf)}, "infinite"),
        ({"arm": np.zeros(3)}, "one arm per person"),
        ({"assumption": "hope"}, "Unknown assumption"),
    ],
)
def test_bad_input_says_what_to_do(change, says):
    y, arm, _ = trial()
    given = {"y": y, "arm": arm, "reference": 0, "target": 1, "rng": np.random.default_rng(0)} | change
    with pytest.raises(ValueError, match=says):
        impute_and_compare(given.pop("y"), given.pop("arm"), given.pop("covariates", None), **given)


def test_an_occasion_nobody_reached_is_named():
    y, arm, _ = trial()
    y[:, 3] = np.nan
    with pytest.raises(ValueError, match="occasion 4"):
        impute_and_compare(y, arm, reference=0, target=1, rng=np.random.default_rng(0))
