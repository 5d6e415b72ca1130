"""Which changes first: by session, by panel model, and where it cannot be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from forwhom.analysis.answer import answer
from forwhom.analysis.how.alignment import aligned
from forwhom.analysis.how.lagged import _error
from forwhom.analysis.how.process import process
from forwhom.findings import Finding
from forwhom.findings.kinds import TemporalOrderDetail
from forwhom.study import Study

ID = "how.temporal_order.bond.mood"


def _study(
    phi: np.ndarray, n: int = 120, sessions: int = 12, *, seed: int = 1, measures: bool = False, trend: float = 0.0
) -> Study:
    """Two arms, two variables with a strong correlation between persons, and the paths `phi` within."""
    rng = np.random.default_rng(seed)
    level = rng.multivariate_normal([0, 0], [[2, 1.6], [1.6, 2]], size=n)
    slope = rng.normal(size=(n, 1)) * np.array([trend, -trend])
    w, rows = np.zeros((n, 2)), np.empty((n, sessions, 2))
    for t in range(-25, sessions):
        w = w @ phi.T + rng.normal(size=(n, 2))
        if t >= 0:
            rows[:, t] = w + level + slope * t + 0.1 * t
    ids = [f"p{i}" for i in range(n)]
    i, t = np.indices((n, sessions))
    who = [ids[k] for k in i.ravel()]
    time = t.ravel().astype(float)
    table = pl.DataFrame(
        {"id": who, "number": t.ravel() + 1, "time": time, "bond": rows[..., 0].ravel(), "mood": rows[..., 1].ravel()}
    )
    long = [
        {
            "frame": table.select("id", "time", pl.col("mood").alias("value")),
            "id": "id",
            "time": "time",
            "value": "value",
            "scale": "mood",
        }
    ]
    if measures:
        long.append(long[0] | {"frame": table.select("id", "time", pl.col("bond").alias("value")), "scale": "bond"})
    arms = ["a" if k % 2 else "b" for k in range(n)]
    return Study.from_frames(
        "order",
        {"frame": pl.DataFrame({"id": ids, "arm": arms, "therapist": [f"T{k % 8}" for k in range(n)]}), "id": "id", "arm": "arm",
         "therapist": "therapist"},
        long,
        arms={"a": "A", "b": "B"},
        scales={"mood": {"better": "higher"}} | ({"bond": {"better": "higher"}} if measures else {}),
        sessions=None if measures else {"frame": table, "id": "id", "number": "number", "time": "time"},
        plan={"primary": {"scale": "mood", "at": float(sessions - 1)}, "mechanisms": ["bond"]},
        time_unit="week",
    )  # fmt: skip


def _asked(study: Study) -> tuple[Finding, TemporalOrderDetail]:
    finding = answer(study, questions=[ID]).findings[0]
    assert isinstance(finding.detail, TemporalOrderDetail), finding.statement
    return finding, finding.detail


@pytest.mark.parametrize(
    ("phi", "verdict"),
    [
        ([[0.3, 0.0], [0.3, 0.3]], "first"),
        ([[0.3, 0.3], [0.0, 0.3]], "second"),
        ([[0.3, 0.3], [0.3, 0.3]], "both"),
        ([[0.3, 0.0], [0.0, 0.3]], "open"),
    ],
)
def test_each_direction_is_told_by_session(phi: list[list[float]], verdict: str) -> None:
    finding, detail = _asked(_study(np.array(phi)))
    assert detail.verdict == verdict
    assert detail.between is not None
    assert detail.between > 0.4
    assert {path.variant for path in detail.paths} == {
        "person curves taken out", "person trends taken out", "person means taken out",
        "person curves taken out, therapists resampled",
    }  # fmt: skip
    assert detail.paths[0].raw.value == pytest.approx(phi[1][0], abs=0.12)
    assert detail.paths[0].variant == "person curves taken out"
    assert {each.code for each in finding.cautions} >= {"order-is-not-cause", "measured-with-error"}
    assert "uncorrected" in finding.method.options["small number of sessions"]


def test_a_few_occasions_go_to_the_panel_model() -> None:
    finding, detail = _asked(_study(np.array([[0.3, 0.0], [0.4, 0.3]]), n=300, sessions=5, measures=True))
    assert detail.verdict == "first"
    assert detail.model == "random intercept cross-lagged panel model"
    assert {name for name, _ in detail.fit} >= {"CFI", "RMSEA", "Same paths at every occasion"}
    assert detail.paths[0].raw.value == pytest.approx(0.4, abs=0.15)
    assert "clustering-ignored" in {each.code for each in finding.cautions}


def test_trends_that_go_together_are_no_order() -> None:
    finding, detail = _asked(_study(np.array([[0.3, 0.0], [0.0, 0.3]]), n=250, sessions=14, trend=0.12, seed=4))
    assert detail.verdict == "open"
    assert "order-depends-on-trend" in {each.code for each in finding.cautions}


@pytest.mark.parametrize("trend", [0.0, 0.12])
def test_the_answer_is_the_same_version_whatever_the_values(trend: float) -> None:
    finding, detail = _asked(_study(np.array([[0.3, 0.0], [0.3, 0.3]]), n=200, sessions=9, trend=trend))
    assert detail.paths[0].variant == detail.paths[1].variant == "person curves taken out"
    assert "parabola" in finding.method.options["own course"]


def test_too_few_neighbouring_sessions_for_own_courses_are_declined_in_words() -> None:
    study = _study(np.diag([0.3, 0.3]), sessions=14)
    assert study.sessions is not None
    odd = replace(study, sessions=study.sessions.filter(pl.col("number") % 5 != 0))
    finding = answer(odd, questions=[ID]).findings[0]
    assert finding.status == "answered"
    rare = replace(study, sessions=study.sessions.filter(pl.col("number") % 3 != 0).filter(pl.col("number") < 13))
    declined = answer(rare, questions=[ID]).findings[0]
    assert declined.status == "declined"
    assert "person curves taken out" in declined.statement
    assert "5 pairs" in declined.statement


def test_error_in_ratings_is_told_with_its_direction() -> None:
    finding, _ = _asked(_study(np.array([[0.3, 0.0], [-0.3, 0.3]]), n=200, sessions=16))
    said = next(each.text for each in finding.cautions if each.code == "measured-with-error")
    assert "bond → mood" in said or "Bond → mood" in said.replace("bond", "Bond")
    either = "may lie on either side" in said
    assert either or "at least this far from zero" in said


def test_errors_direction_follows_what_the_two_do_at_one_session() -> None:
    from types import SimpleNamespace

    def said(correlation: float, path: float) -> str:
        of = SimpleNamespace(correlation=correlation, phi=np.array([[0.3, 0.0], [path, 0.4]]))
        return _error(of, ("a", "b"), 0, 1)

    assert "at least this far" in said(0.3, -0.2)
    assert "at least this far" in said(0.01, 0.2)
    assert "either side" in said(-0.3, -0.2)
    assert "either side" in said(0.3, 0.2)


def test_two_occasions_cannot_tell() -> None:
    finding = answer(_study(np.diag([0.3, 0.3]), sessions=2, measures=True), questions=[ID]).findings[0]
    assert finding.status == "declined"
    assert "2 occasions" in finding.statement


def test_few_people_cannot_tell() -> None:
    finding = answer(_study(np.diag([0.3, 0.3]), n=20), questions=[ID]).findings[0]
    assert finding.status == "declined"
    assert "30 people" in (finding.would_take or "")


def test_sessions_and_questionnaires_are_set_side_by_side_by_their_times() -> None:
    study = _study(np.diag([0.3, 0.3]), n=40)
    assert study.sessions is not None
    later = study.sessions.drop("mood").with_columns(pl.col("time") - 0.4)
    moved = replace(study, sessions=later)
    a, b = process(moved, "bond"), process(moved, "mood")
    assert a is not None
    assert b is not None
    assert b.where == "measures"
    both = aligned(a, b)
    assert not isinstance(both, str)
    assert both.people == 40
    assert "last session before" in both.how
    one = both.person == 0
    assert both.first[one].tolist() == a.value[a.person == 0].tolist()


@pytest.mark.parametrize(
    ("bond", "words"), [(pl.lit(5.0), "never varies: it is 5"), (pl.col("mood") / 10, "are the same scores")]
)
def test_scores_that_do_not_move_or_are_one_are_seen_before_any_model(bond: pl.Expr, words: str) -> None:
    study = _study(np.diag([0.3, 0.3]), n=30)
    assert study.sessions is not None
    mood = study.measures.select("id", pl.col("time"), pl.col("value").alias("mood"))
    sessions = study.sessions.drop("mood", strict=False).join(mood, on=["id", "time"]).with_columns(bond.alias("bond"))
    finding = answer(replace(study, sessions=sessions), questions=[ID]).findings[0]
    assert finding.status == "declined"
    assert words in finding.statement
