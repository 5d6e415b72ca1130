"""One variable, several parts: declared freely, flagged where two of them meet in one model."""

from __future__ import annotations

import numpy as np
import polars as pl

from forwhom.analysis.answer import answer
from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.roles import MEETING, ROLES, caution_roles, declared, roles
from forwhom.study import Study


def _study(**plan: object) -> Study:
    rng = np.random.default_rng(1)
    ids = [f"p{i}" for i in range(40)]
    frames = [
        pl.DataFrame({"id": ids, "scale": scale, "time": time, "value": rng.normal(20, 4, 40)})
        for scale in ("anger", "bsl")
        for time in (0.0, 6.0)
    ]
    people = pl.DataFrame({"id": ids, "arm": ["a", "b"] * 20, "age": rng.integers(18, 60, 40)})
    scales = {"anger": {"better": "lower", "label": "Aggressiveness"}, "bsl": {"better": "lower"}}
    return Study.from_frames("roles", people, pl.concat(frames), arms={"a": "A", "b": "B"}, scales=scales, plan=plan)


PLAN = {
    "primary": {"scale": "bsl", "at": 6},
    "outcomes": ["anger"],
    "moderators": ["anger", "age"],
    "mechanisms": ["anger"],
}


def test_what_is_declared() -> None:
    assert declared(_study(**PLAN)) == {
        "bsl": ("outcome",),
        "anger": ("outcome", "moderator", "mechanism"),
        "age": ("moderator",),
    }


def test_the_finding_names_parts_and_meetings() -> None:
    finding = roles(_study(**PLAN), Asking())
    assert finding.statement == (
        "The plan gives more than one part to Aggressiveness (outcome, moderator and mechanism). "
        "In one model two parts of Aggressiveness meet; the findings concerned say so."
    )
    assert finding.detail is not None
    assert roles(_study(primary={"scale": "bsl", "at": 6}), Asking()).status == "not_applicable"


def test_a_variable_that_carries_itself_is_flagged() -> None:
    carried = [{"name": "anger", "outcomes": ["anger"]}]
    finding = roles(_study(outcomes=["anger"], mechanisms=carried), Asking())
    assert "meet" in finding.statement
    apart = roles(_study(outcomes=["anger"], mechanisms=[{"name": "anger", "outcomes": ["bsl"]}]), Asking())
    assert "No model holds two of them at once" in apart.statement


def test_the_moderator_finding_says_it() -> None:
    record = answer(_study(**PLAN), questions=["for_whom.moderator"])
    codes = {finding.id: {caution.code for caution in finding.cautions} for finding in record.findings}
    assert "two-roles" in codes["for_whom.moderator.anger.anger"]
    assert "two-roles" not in codes["for_whom.moderator.bsl.anger"]
    assert "other-role" in codes["for_whom.moderator.bsl.anger"]
    assert not {"two-roles", "other-role"} & codes["for_whom.moderator.bsl.age"]


def test_every_pair_of_parts_has_its_words() -> None:
    pairs = {(a, b) for i, a in enumerate(ROLES) for b in ROLES[i + 1 :]}
    assert set(MEETING) == pairs


def test_a_covariate_that_is_the_mechanism() -> None:
    draft = Draft(_study(**PLAN), Asking(), "x", "?")
    caution_roles(draft, {"outcome": ["bsl"], "mechanism": ["age"], "covariate": ["age"]})
    assert [(c.code, "takes away the effect" in c.text) for c in draft.cautions if c.code == "two-roles"] == [
        ("two-roles", True)
    ]
