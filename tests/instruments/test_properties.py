"""Properties every sum or mean must have, whatever the form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.instruments import Instrument, instrument, names, score
from forwhom.instruments.scorer import items_of

FORMS = [name for name in names() if instrument(name).k]


def drawn(form: Instrument, seed: int, missing: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    columns = []
    for item in range(1, form.k + 1):
        limits = form.coding_of(item)
        columns.append(limits.low + limits.step * rng.integers(0, limits.options, size=6))
    answers = np.column_stack(columns)
    answers[rng.random(answers.shape) < missing] = np.nan
    return answers


@given(name=st.sampled_from(FORMS), seed=st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_flipping_every_answer_flips_every_score_between_its_ends(name: str, seed: int) -> None:
    form = instrument(name)
    answers = drawn(form, seed)
    ends = np.array([form.coding_of(i).low + form.coding_of(i).high for i in range(1, form.k + 1)])
    there, back = score(form, answers), score(form, ends - answers)
    for part in form.scores.values():
        if part.kind != "given" and not part.recode:
            assert there[part.name].values + back[part.name].values == pytest.approx(part.low + part.high, abs=1e-8)


@given(name=st.sampled_from(FORMS), seed=st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_people_are_scored_alone(name: str, seed: int) -> None:
    """Order of people does not matter, and somebody without answers changes nobody."""
    form = instrument(name)
    answers = drawn(form, seed, missing=0.05)
    order = np.random.default_rng(seed).permutation(len(answers))
    alone = score(form, answers)
    shuffled = score(form, answers[order])
    beside = score(form, np.vstack([answers, np.full((1, form.k), np.nan)]))
    for part in alone.scores:
        np.testing.assert_array_equal(alone[part].values[order], shuffled[part].values)
        np.testing.assert_array_equal(alone[part].values, beside[part].values[:-1])


@given(name=st.sampled_from(FORMS), seed=st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_items_outside_a_score_do_not_touch_it(name: str, seed: int) -> None:
    form = instrument(name)
    answers = drawn(form, seed)
    for part in form.scores.values():
        if part.kind == "given":
            continue
        inside = np.isin(np.arange(1, form.k + 1), items_of(form, part))
        erased = np.where(inside, answers, np.nan)
        np.testing.assert_array_equal(score(form, erased)[part.name].values, score(form, answers)[part.name].values)


@given(name=st.sampled_from(FORMS), seed=st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_prorated_scores_stay_within_the_range_and_complete_ones_are_never_prorated(name: str, seed: int) -> None:
    form = instrument(name)
    result = score(form, drawn(form, seed, missing=0.1))
    for part in form.scores.values():
        if part.kind == "given":
            continue
        values = result[part.name].values
        there = ~np.isnan(values)
        assert np.all(values[there] >= part.low - 1e-9)
        assert np.all(values[there] <= part.high + 1e-9)
        if part.items:
            assert not np.any(result[part.name].prorated & (result[part.name].answered == len(part.items)))
