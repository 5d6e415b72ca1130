"""Log-likelihoods, residual deviations, R² and AIC of the equations; bounds that name their effect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forwhom import models
from forwhom.models.mediating.result import MediationFit

ROOT = Path(__file__).parents[3]
R: dict[str, Any] = json.loads((ROOT / "validation/mediation/likelihood.json").read_text(encoding="utf-8"))
COVARIATES = ("econ_hard", "sex", "age")


@pytest.fixture(scope="module")
def jobs() -> pl.DataFrame:
    read = pl.read_csv(ROOT / "examples/jobs-ii/jobs2_mediation.csv")
    return read.with_columns(work=(pl.col("work1") == "psyemp").cast(pl.Int64))


def fit(data: Any, **options: Any) -> MediationFit:
    given: dict[str, Any] = {"treatment": "treat", "mediator": "job_seek", "outcome": "depress2", "draws": 40}
    return models.mediation(data, **{**given, "covariates": COVARIATES, "rng": np.random.default_rng(1), **options})


def same(found: object, name: str) -> None:
    for key, value in R[name].items():
        if key != "r2" or not isinstance(value, list):
            assert getattr(found, key) == (value if value is None else pytest.approx(value, rel=1e-9)), (name, key)


def test_equations_are_those_of_lm_and_glm(jobs: pl.DataFrame) -> None:
    found = fit(jobs, interaction=True)
    assert [each.left for each in found.equations] == ["job_seek", "depress2"]
    same(found.equations[0], "mediator")
    same(found.equations[1], "outcome")
    same(fit(jobs, outcome="work", binary_outcome="probit").equations[1], "probit")
    same(fit(jobs, mediator="job_dich", binary_mediator="logit").equations[0], "logit")


def test_the_whole_likelihood_is_that_of_the_path_model(jobs: pl.DataFrame) -> None:
    for name, options in (("both", {}), ("chain", {"serial": True})):
        found = fit(jobs, mediator=["job_seek", "depress1"], **options)
        reference = R[name]
        assert found.likelihood.loglik == pytest.approx(reference["loglik"], rel=1e-8)
        assert found.likelihood.parameters == reference["parameters"]
        assert found.likelihood.aic == pytest.approx(reference["aic"], rel=1e-8)
        assert [each.r2 for each in found.equations] == pytest.approx(reference["r2"], rel=1e-6)
    same(found.equations[1], "chained")
    assert found.equations[1].right == ("treat", *COVARIATES, "job_seek")
    total = sum(each.loglik for each in found.equations if each.loglik is not None)
    assert found.likelihood.loglik == pytest.approx(total)


def test_incomplete_data_share_one_likelihood(jobs: pl.DataFrame) -> None:
    row = pl.int_range(pl.len())
    holes = jobs.with_columns(
        job_seek=pl.when(row % 5 == 0).then(None).otherwise(pl.col("job_seek")),
        depress2=pl.when(row % 3 == 1).then(None).otherwise(pl.col("depress2")),
    )
    found = fit(holes, missing="fiml")
    assert (found.likelihood.loglik, found.likelihood.aic) == pytest.approx((R["fiml"]["loglik"], R["fiml"]["aic"]))
    assert found.likelihood.parameters == R["fiml"]["parameters"]
    # Rows with neither mediator nor outcome are left out here; in lavaan they still count for the spread of the predictors.
    assert [each.r2 for each in found.equations] == pytest.approx(R["fiml"]["r2"], rel=0.01)
    assert all(each.loglik is None and (each.residual_sd or 0) > 0 for each in found.equations)


def test_links_between_mediators_in_order_are_paths(jobs: pl.DataFrame) -> None:
    found = fit(jobs, mediator=["job_seek", "depress1"], serial=True)
    paths = {each.name: each.estimate for each in found.paths}
    chain = paths["job_seek~treat"] * paths["depress1~job_seek"] * paths["depress2~depress1"]
    assert found["through:job_seek>depress1"].estimate == pytest.approx(chain)


def test_grouped_rows_and_moments_have_none_and_say_why(jobs: pl.DataFrame) -> None:
    rng = np.random.default_rng(1)
    clubs = jobs.with_columns(club=pl.Series(rng.integers(0, 30, jobs.height)))
    found = fit(clubs, cluster="club")
    assert found.likelihood.loglik is None
    assert [each.aic for each in found.equations] == [None, None]
    assert "Log-likelihood: none: it would take rows as independent" in found.summary()
    within = fit(clubs, treatment="age", covariates=(), person="club", within=True)
    assert within.equations == ()
    assert "come from moments" in within.summary()


def test_they_are_written_and_printed(jobs: pl.DataFrame) -> None:
    found = fit(jobs)
    plain = json.loads(json.dumps(found.as_dict()))
    assert plain["equations"][0]["loglik"] == pytest.approx(R["mediator"]["loglik"])
    assert plain["aic"] == pytest.approx(2 * plain["parameters"] - 2 * plain["loglik"])
    assert "-985.08" in found.summary()
    assert "1982.16" in found.summary()


def test_every_bound_names_its_effect_and_every_chain_has_its_own(jobs: pl.DataFrame) -> None:
    found = fit(jobs, mediator=["job_seek", "comply"], covariates=(), serial=True)
    told = [(each.effect, each.mediator, each.other) for each in found.sensitivity]
    assert told == [
        ("indirect", "job_seek", "depress2"),
        ("indirect", "comply", "depress2"),
        ("through:job_seek", "job_seek", "depress2"),
        ("through:comply", "comply", "depress2"),
        ("through:job_seek>comply", "job_seek", "comply"),
        ("through:job_seek>comply", "comply", "depress2"),
    ]
    assert {each.effect for each in found.sensitivity} <= {each.name for each in found.effects}
    joint, single, link = (found.sensitivity[i] for i in (0, 2, 4))
    assert "bring the indirect effect of all mediators together to 0" in joint.words
    assert "bring the effect through job_seek to 0" in single.words
    assert "job_seek and comply that correlates" in link.words
    assert link.e_value is None
    # The path through job_seek alone is as fragile as job_seek is without the mediator that does nothing.
    alone = fit(jobs, covariates=()).sensitivity[0]
    assert single.rho_zero == pytest.approx(alone.rho_zero, abs=0.03)
    assert all(each.words in found.summary() for each in found.sensitivity)
