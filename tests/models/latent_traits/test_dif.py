"""Differential item functioning: found where it is, with its size, and nowhere else."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from graded_answers import ITEMS, simulated

from forwhom import models
from forwhom.problems import ProblemsFound


def test_the_moved_item_is_found_with_its_size() -> None:
    # On a slope of 1.5, 0.9 more of the latent answer is 0.6 SD less of the trait.
    found = models.differential_functioning(simulated(n=1200, shift=0.5, q2=0.9), ITEMS, "arm")
    assert found.differing == ("q2",)
    assert found.anchors == ("q1", "q3", "q4", "q5", "q6")
    size = found.items[1].sizes[0]
    assert size.shift.low is not None
    assert size.shift.low < -0.6 < (size.shift.high or 0)
    assert size.points.estimate > 0.2
    assert found.total[0].estimate == pytest.approx(size.points.estimate, abs=1e-6)
    assert found.populations[1].mean.estimate < found.equal[1].mean.estimate
    assert found.parameters[1].group == "a"


def test_the_test_is_twice_the_difference_of_two_fits() -> None:
    data = simulated(n=600, q2=0.5)
    found = models.differential_functioning(data, ITEMS, "arm", anchors=["q1", "q3", "q4", "q5", "q6"])
    equal = models.graded_response(data, ITEMS, group="arm", checks=False)
    loose = models.graded_response(data, ITEMS, group="arm", free=["q2"], checks=False)
    assert found.items[1].chisq == pytest.approx(2 * (loose.loglik - equal.loglik), abs=1e-5)
    assert found.items[1].df == 4
    assert found.items[0].untested == "it is an anchor"


def test_nothing_is_found_where_nothing_is() -> None:
    found = models.differential_functioning(simulated(seed=4, shift=1.0), ITEMS, "arm")
    assert found.differing == ()
    assert found.total[0].estimate == 0.0
    assert found.rounds == 1


def test_rare_answers_are_joined_and_said() -> None:
    data = simulated(n=600)
    data = data.with_columns(q1=pl.when((pl.col("arm") == "b") & (pl.col("q1") == 4)).then(3).otherwise(pl.col("q1")))
    found = models.differential_functioning(data, ITEMS, "arm")
    assert found.items[0].answers_joined == "3, 4"
    assert found.items[0].df == 3


def test_one_row_of_each_person_is_drawn() -> None:
    data = pl.concat([simulated(n=400, seed=s).with_columns(id=pl.int_range(400), time=pl.lit(s)) for s in (1, 2)])
    found = models.differential_functioning(data, ITEMS, "time", person="id", rng=np.random.default_rng(1))
    assert found.left_out == (("another row of the same id", 400),)
    assert sum(each.n for each in found.populations) == 400
    again = models.differential_functioning(data, ITEMS, "time", person="id", rng=np.random.default_rng(1))
    assert again.items[0].chisq == found.items[0].chisq
    with pytest.raises(ValueError, match="needs rng"):
        models.differential_functioning(data, ITEMS, "time", person="id")


def test_wrong_names_are_told() -> None:
    with pytest.raises(ProblemsFound, match="q9"):
        models.differential_functioning(simulated(), ITEMS, "arm", anchors=["q9"])
    with pytest.raises(ProblemsFound, match="no such column"):
        models.differential_functioning(simulated(), ITEMS, "arm", person="who", rng=np.random.default_rng(1))


def test_what_is_written() -> None:
    found = models.differential_functioning(simulated(n=600, q2=1.2), ITEMS, "arm")
    read = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert [each["item"] for each in read["items"] if each["differs"]] == ["q2"]
    assert read["effect_on_the_sum"][0]["group"] == "b"
    text = str(found)
    assert "Differing: q2" in text
    assert "b against a" in text
