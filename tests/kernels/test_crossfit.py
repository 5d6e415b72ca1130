"""Cross-fitting: known truth, no leaks, determinism, and what may go wrong with the input."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from forwhom.kernels import crossfit
from forwhom.kernels.crossfit import Features, cross_fit, join, one_repeat, prepare, seeds


def numbers(x):
    return Features(np.asarray(x, float), np.zeros((len(x), 0), int), tuple(f"x{j}" for j in range(np.shape(x)[1])))


def trial(n=200, q=3, seed=1, arms=2, tau=1.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, q))
    arm = rng.permutation(n) % arms
    slope = x[:, 0] if q else np.zeros(n)
    y = 10 + 2 * slope + tau * arm * (1 + slope) + rng.normal(size=n)
    return y, arm, numbers(x)


def fit(y, arm, features, *, arms=2, repeats=2, seed=5, **options):
    return cross_fit(y, arm, features, arms=arms, repeats=repeats, rng=np.random.default_rng(seed), **options)


def test_shapes_and_conventions():
    y, arm, features = trial(arms=3)
    result = fit(y, arm, features, arms=3, repeats=4)
    assert result.scores.shape == result.effects.shape == result.forward.shape == (4, 200, 3)
    assert result.by_learner.shape == (len(result.learners), 4, 200, 3)
    assert result.fold.shape == (4, 200)
    assert not result.effects[..., 0].any()
    assert np.isfinite(result.scores).all()
    assert np.isfinite(result.effects).all()
    np.testing.assert_allclose(result.effects, result.by_learner.mean(axis=0))
    np.testing.assert_allclose(result.probability.sum(axis=1), 1)
    assert (np.isnan(result.forward).all(axis=2) == (result.fold == 0)).all()
    last = result.fold == 4
    np.testing.assert_array_equal(result.forward[last], result.effects[last])
    assert not np.array_equal(result.fold[0], result.fold[1])


def test_average_effect_is_unbiased_and_sharper_than_the_difference_of_means():
    errors, plain, widths = [], [], []
    for seed in range(40):
        y, arm, features = trial(n=100, seed=seed, tau=1.0)
        score = fit(y, arm, features, repeats=1, seed=seed).scores[0]
        errors.append((score[:, 1] - score[:, 0]).mean() - 1.0)
        widths.append((score[:, 1] - score[:, 0]).std(ddof=1) / 10)
        plain.append(y[arm == 1].mean() - y[arm == 0].mean() - 1.0)
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(40)
    assert np.std(errors) < 0.75 * np.std(plain)
    assert np.mean(widths) == pytest.approx(np.std(errors), rel=0.35)


def test_without_features_scores_are_those_of_means():
    """Nothing to learn: the mean under an arm is the arm's mean but for the folds left out."""
    y, arm, _ = trial(n=120, q=0)
    result = fit(y, arm, numbers(np.zeros((120, 0))), repeats=1)
    means = result.scores[0].mean(axis=0)
    np.testing.assert_allclose(means, [y[arm == a].mean() for a in (0, 1)], atol=1e-9)
    for k in range(5):
        assert np.ptp(result.effects[0, result.fold[0] == k, 1]) < 1e-12


def test_effects_that_differ_are_found():
    y, arm, features = trial(n=400)
    result = fit(y, arm, features)
    truth = 1 + features.numeric[:, 0]
    found = result.effects.mean(axis=0)[:, 1]
    assert np.corrcoef(found, truth)[0, 1] > 0.9
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.45


def test_permuted_outcomes_predict_nothing():
    """Out of fold, predictions from noise do not go with the scores they are tested on."""
    y, arm, features = trial(n=300)
    slopes = []
    for seed in range(12):
        shuffled = np.random.default_rng(seed).permutation(y)
        result = fit(shuffled, arm, features, repeats=1, seed=seed)
        score = result.scores[0, :, 1] - result.scores[0, :, 0]
        slopes.append(np.mean(score * (result.effects[0, :, 1] - result.effects[0, :, 1].mean())))
    assert np.mean(slopes) < 2.5 * np.std(slopes) / np.sqrt(12)


@pytest.mark.parametrize("binary", [False, True])
def test_nobodys_outcome_touches_a_prediction_in_the_same_fold(binary):
    y, arm, features = trial(n=150)
    y = (y > 11).astype(float) if binary else y
    before = fit(y, arm, features, binary=binary)
    for person in (3, 77):
        changed = y.copy()
        changed[person] = 1 - y[person] if binary else 100.0
        after = fit(changed, arm, features, binary=binary)
        for repeat in range(2):
            fold = before.fold[repeat]
            np.testing.assert_array_equal(fold, after.fold[repeat])
            same = fold == fold[person]
            np.testing.assert_array_equal(before.effects[repeat, same], after.effects[repeat, same])
            np.testing.assert_array_equal(before.by_learner[:, repeat, same], after.by_learner[:, repeat, same])
            earlier = fold <= fold[person]
            np.testing.assert_array_equal(before.forward[repeat, earlier], after.forward[repeat, earlier])
            others = same & (np.arange(150) != person)
            np.testing.assert_array_equal(before.scores[repeat, others], after.scores[repeat, others])
            assert not np.array_equal(before.effects[repeat, ~same], after.effects[repeat, ~same])
            assert before.scores[repeat, person, 1 - arm[person]] == after.scores[repeat, person, 1 - arm[person]]


def test_the_generator_decides_everything():
    y, arm, features = trial(n=100)
    one, two, three = (fit(y, arm, features, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.effects, two.effects)
    np.testing.assert_array_equal(one.scores, two.scores)
    assert not np.array_equal(one.effects, three.effects)


def test_repeats_may_run_anywhere():
    y, arm, features = trial(n=100)
    prepared = prepare(y, arm, features, arms=2)
    tasks = [pickle.loads(pickle.dumps((prepared, seed))) for seed in seeds(np.random.default_rng(5), 2)]
    apart = join([one_repeat(task) for task in tasks])
    np.testing.assert_array_equal(apart.effects, fit(y, arm, features).effects)
    np.testing.assert_array_equal(apart.forward, fit(y, arm, features).forward)


def test_unit_and_origin_of_the_outcome_do_not_matter():
    y, arm, features = trial(n=150)
    one, other = fit(y, arm, features), fit(4 * y - 64, arm, features)
    np.testing.assert_allclose(other.effects, 4 * one.effects, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(other.scores, 4 * one.scores - 64, rtol=1e-6, atol=1e-8)


def test_unit_and_origin_of_a_feature_do_not_matter():
    y, arm, features = trial(n=150)
    moved = numbers(features.numeric * 8 + 1)
    np.testing.assert_allclose(fit(y, arm, moved).effects, fit(y, arm, features).effects, atol=0.05)


def test_labels_of_two_active_arms_may_be_swapped(monkeypatch):
    """With the same folds, swapping arms 1 and 2 swaps their columns."""
    y, arm, features = trial(n=180, arms=3)
    fixed = np.random.default_rng(0).permutation(180) % 5
    halves = np.arange(36) % 2
    monkeypatch.setattr(crossfit, "make_folds", lambda stratum, cluster, folds, rng: halves if folds == 2 else fixed)
    swapped = np.array([0, 2, 1])[arm]
    one, other = fit(y, arm, features, arms=3, repeats=1), fit(y, swapped, features, arms=3, repeats=1)
    np.testing.assert_allclose(other.scores[..., [0, 2, 1]], one.scores, atol=1e-9)
    np.testing.assert_allclose(other.effects[..., [0, 2, 1]], one.effects, atol=1e-6)


def test_three_arms_have_their_own_effects():
    y, arm, features = trial(n=450, arms=3)
    effects = fit(y, arm, features, arms=3).effects.mean(axis=0)
    np.testing.assert_allclose(effects.mean(axis=0), [0, 1, 2], atol=0.4)
    assert np.corrcoef(effects[:, 2], features.numeric[:, 0])[0, 1] > 0.9


def test_binary_outcomes_give_risk_differences():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(800, 2))
    arm = rng.permutation(800) % 2
    y = (rng.random(800) < 0.3 + 0.3 * arm * (x[:, 0] > 0)).astype(float)
    result = fit(y, arm, numbers(x), binary=True)
    score = result.scores.mean(axis=0)
    assert (score[:, 1] - score[:, 0]).mean() == pytest.approx(0.15, abs=0.09)
    effect = result.effects.mean(axis=0)[:, 1]
    assert effect[x[:, 0] > 0].mean() - effect[x[:, 0] < 0].mean() > 0.05


def test_outcomes_missing_by_a_feature_do_not_bias_the_average_effect():
    errors, plain = [], []
    for seed in range(30):
        y, arm, features = trial(n=300, seed=seed)
        rng = np.random.default_rng(1000 + seed)
        towards = np.where(arm == 1, 1.0, -1.0) * features.numeric[:, 0]
        y[rng.random(300) < 1 / (1 + np.exp(1.0 - 1.2 * towards))] = np.nan
        score = fit(y, arm, features, repeats=1, seed=seed).scores[0]
        errors.append((score[:, 1] - score[:, 0]).mean() - 1)
        plain.append(np.nanmean(y[arm == 1]) - np.nanmean(y[arm == 0]) - 1)
    assert abs(np.mean(plain)) > 0.5
    assert abs(np.mean(errors)) < 0.1  # three standard errors


def test_clipped_probabilities_are_counted():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1500, 1)) * 2
    y = x[:, 0] + rng.normal(size=1500)
    y[rng.random(1500) < 1 / (1 + np.exp(-1 - 1.5 * x[:, 0]))] = np.nan
    result = fit(y, np.arange(1500) % 2, numbers(x), repeats=1)
    assert 0 < result.clipped < 0.2
    assert np.abs(result.scores).max() < 200
    assert fit(*trial(n=100)).clipped == 0.0


def test_clusters_stay_in_one_fold():
    y, arm, features = trial(n=200)
    cluster = np.arange(200) // 10
    result = fit(y, arm, features, cluster=cluster)
    for repeat in range(2):
        for code in range(20):
            assert np.unique(result.fold[repeat, cluster == code]).size == 1


def test_an_arm_treated_by_two_clusters_does_not_break_anything():
    y, _, features = trial(n=120)
    cluster = np.r_[np.repeat(np.arange(10), 8), np.repeat([10, 11], 20)]
    result = fit(y, (cluster >= 10).astype(int), features, cluster=cluster)
    assert np.isfinite(result.scores).all()
    assert np.isfinite(result.effects).all()


def test_categories_with_many_levels_and_absent_features():
    y, arm, features = trial(n=200)
    rng = np.random.default_rng(3)
    x = features.numeric.copy()
    x[rng.random(x.shape) < 0.2] = np.nan
    x[:, 2] = np.nan
    codes = np.column_stack([rng.integers(-1, 60, size=200), np.zeros(200, int)])
    levels = (tuple(f"site {i}" for i in range(60)), ("only",))
    result = fit(y, arm, Features(x, codes, ("a", "b", "c"), ("site", "one"), levels))
    assert np.isfinite(result.effects).all()
    assert np.corrcoef(result.effects.mean(axis=0)[:, 1], features.numeric[:, 0])[0, 1] > 0.6


@pytest.mark.parametrize("q", [0, 1, 2])
@pytest.mark.parametrize("binary", [False, True])
def test_sixty_people(q, binary):
    y, arm, features = trial(n=60, q=q)
    y = (y > np.median(y)).astype(float) if binary else y
    y[[0, 7, 20]] = np.nan
    result = fit(y, arm, features, binary=binary)
    assert np.isfinite(result.scores).all()
    assert np.isfinite(result.effects).all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_outcome_that_is_the_same_for_all(value):
    _, arm, features = trial(n=60)
    for binary in (False, True):
        result = fit(np.full(60, value), arm, features, binary=binary)
        np.testing.assert_allclose(result.effects, 0, atol=0.05)


def test_allocation_as_given():
    y, arm, features = trial(n=200)
    as_shares = fit(y, arm, features)
    given = fit(y, arm, features, probability=np.full((200, 2), 0.5))
    np.testing.assert_allclose(given.scores, as_shares.scores)
    uneven = fit(y, arm, features, probability=np.tile([0.4, 0.6], (200, 1)))
    assert not np.allclose(uneven.scores, as_shares.scores)


def bad(**changes):
    y, arm, features = trial(n=60)
    return {"y": y, "arm": arm, "features": features, "arms": 2} | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y": np.where(np.arange(60) < 50, np.nan, 1.0)}, "people with an outcome; 5 folds need at least 10"),
        ({"y": np.full(60, np.inf)}, "infinite"),
        ({"binary": True}, "other than 0, 1"),
        ({"arm": np.arange(59) % 2}, "arm 59"),
        ({"arm": np.arange(60) % 3}, "every arm code from 0 to 1"),
        ({"arms": 1}, "2 or more"),
        ({"arms": 3}, "Arm 2 has 0 people"),
        ({"folds": 2}, "folds is 2"),
        ({"cluster": np.zeros(3, int)}, "cluster 3"),
        ({"features": numbers(np.zeros((61, 2)))}, "features.numeric 61"),
        ({"features": numbers(np.full((60, 2), np.inf))}, "x0, x1"),
        ({"probability": np.full((60, 2), 0.4)}, "sum to 1"),
        ({"probability": np.tile([0.0, 1.0], (60, 1))}, "above 0"),
        ({"probability": np.full(60, 0.5)}, "shape"),
        ({"repeats": 0}, "repeats is 0"),
    ],
)
def test_bad_input_is_said_in_words(changes, words):
    with pytest.raises(ValueError, match=words):
        cross_fit(**bad(**changes), rng=np.random.default_rng(1))


def test_a_level_without_a_name_is_an_error():
    y, arm, _ = trial(n=60)
    features = Features(np.zeros((60, 0)), np.arange(60)[:, None] % 3, (), ("site",), (("a", "b"),))
    with pytest.raises(ValueError, match="site"):
        cross_fit(y, arm, features, arms=2, rng=np.random.default_rng(1))


def test_scores_in_between_account_for_leaving_that_depends_on_them() -> None:
    """Truth 0 in both arms; in arm 1 those who are badly off halfway leave. Baseline alone cannot know."""
    means: dict[str, list[float]] = {"with": [], "without": []}
    for seed in range(12):
        rng = np.random.default_rng(seed)
        n = 600
        arm = rng.permutation(n) % 2
        half = rng.normal(size=n)
        y = half + 0.5 * rng.normal(size=n)
        y[(arm == 1) & (half > 0) & (rng.random(n) < 0.7)] = np.nan
        none = np.zeros((n, 0), dtype=np.intp)
        features, between = Features(rng.normal(size=(n, 1)), none, ("x",)), half[:, None]
        for name, extra in (("with", between), ("without", None)):
            fit = cross_fit(y, arm, features, arms=2, repeats=1, between=extra, rng=np.random.default_rng(seed))
            means[name].append(float((fit.scores[0, :, 1] - fit.scores[0, :, 0]).mean()))
    assert abs(np.mean(means["with"])) < 0.06
    assert np.mean(means["without"]) < -0.25
