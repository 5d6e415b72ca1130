"""Individual effects as a finding: what it says, for whom it declines, and what must coincide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from forwhom.analysis.asking import Asking
from forwhom.analysis.for_whom import trial as engine
from forwhom.analysis.for_whom.individual import individual
from forwhom.analysis.for_whom.trial import targets
from forwhom.findings import Finding
from forwhom.findings.kinds import IndividualDetail
from forwhom.study import Plan, Primary, Scale, Study, Threshold

ARMS = (("a", "Usual care"), ("b", "New"))
SCALE = Scale("y", "Score", "lower", 0.0, 63.0, 1.0)


@pytest.fixture(autouse=True)
def _one_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """One repeat says the same in a tenth of the time; answers of other repeats are not shared."""
    monkeypatch.setattr(engine, "REPEATS", 1)
    monkeypatch.setattr(engine, "_fits", type(engine._fits)())


def ask(study: Study, which: int = 0) -> Finding:
    return individual(study, Asking(), targets(study)[which])


def detail(finding: Finding) -> IndividualDetail:
    assert isinstance(finding.detail, IndividualDetail)
    return finding.detail


def scores_of(n: int, arms: int = 2, seed: int = 1, effect: float = -4.0) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    before = rng.normal(30, 6, n)
    arm = np.arange(n) % arms
    after = 10 + 0.5 * before + rng.normal(0, 4, n) + effect * (arm > 0)
    return np.column_stack([before, after]), [chr(97 + k) for k in arm]


def test_beat_the_blues(btheb: Study) -> None:
    finding = ask(btheb)
    assert finding.status == "answered"
    assert finding.id == "for_whom.individual.bdi2"
    # No moderators are planned.
    assert finding.registered == "exploratory"
    shown = detail(finding)
    contrast = shown.contrasts[0]
    assert (contrast.arm, contrast.reference, shown.better) == ("BtheB", "TAU", "lower")
    assert len(contrast.people) == 100
    for person in contrast.people:
        low, value, high = person.effect.low, person.effect.value, person.effect.high
        assert low is not None
        assert value is not None
        assert high is not None
        assert low < value < high
    codes = {caution.code for caution in finding.cautions}
    assert {"outcome-absent", "honest-on-average", "index-observed-only"} <= codes
    groups = {group.group: group for group in contrast.indicated}
    assert groups["got the indicated arm"].n + groups["got another arm"].n == pytest.approx(52, abs=1)
    difference = next(e for e in finding.estimates if e.name.startswith("outcome of people who got"))
    got, other = groups["got the indicated arm"].mean.value, groups["got another arm"].mean.value
    assert got is not None
    assert other is not None
    assert difference.value == pytest.approx(got - other)
    assert difference.direction == "below 0 speaks for following the predictions"
    assert "middle 80 %" in finding.statement
    assert "of 100." in finding.statement
    assert "(lower is better)" in finding.statement
    assert len(finding.statement) < 480
    assert {"learners", "folds", "repeats", "prior", "imputation"} <= set(finding.method.options)


def test_planned_when_outcome_and_moderators_are(btheb: Study) -> None:
    study = replace(btheb, plan=replace(btheb.plan, moderators=("drug",)))
    assert ask(study).registered == "planned"


def test_the_average_effect_is_found(make_study: Callable[..., Study]) -> None:
    scores, arm = scores_of(120)
    finding = ask(make_study(scores, [0.0, 2.0], arm, arms=ARMS, scale=SCALE))
    average = finding.estimates[0]
    assert average.name.startswith("average expected difference")
    assert average.low is not None
    assert average.high is not None
    assert average.low < -4.0 < average.high
    assert average.direction == "below 0 favours New"
    shares = [e.value for e in finding.estimates if e.name.startswith("share of people for whom")]
    assert shares[0] == pytest.approx(1 - (shares[1] or 0))
    assert (shares[1] or 0) > 0.9
    assert "index-includes-average" in {caution.code for caution in finding.cautions}


def test_the_other_direction_indicates_the_other_arm(make_study: Callable[..., Study]) -> None:
    scores, arm = scores_of(60)
    one = ask(make_study(scores, [0.0, 2.0], arm, arms=ARMS, scale=SCALE))
    two = ask(make_study(scores, [0.0, 2.0], arm, arms=ARMS, scale=replace(SCALE, better="higher")))
    assert [p.effect for p in detail(one).contrasts[0].people] == [p.effect for p in detail(two).contrasts[0].people]
    first = [e.value for e in one.estimates if e.name.startswith("share of people for whom")]
    second = [e.value for e in two.estimates if e.name.startswith("share of people for whom")]
    assert first == pytest.approx(second[::-1])
    assert two.estimates[0].direction == "above 0 favours New"
    assert "(higher is better)" in two.statement


def test_a_threshold_is_about_risks(make_study: Callable[..., Study]) -> None:
    scores, arm = scores_of(80)
    plan = Plan(dt.date(2020, 1, 1), Primary("y", 2.0), moderators=("y",), thresholds=(Threshold("y", score=22.0),))
    study = make_study(scores, [0.0, 2.0], arm, arms=ARMS, scale=SCALE, plan=plan)
    finding = ask(study, 1)
    assert finding.id == "for_whom.individual.y.threshold_1"
    people = detail(finding).contrasts[0].people
    assert min(p.effect.low or 0 for p in people) >= -1
    assert max(p.effect.high or 0 for p in people) <= 1
    assert finding.statement.startswith(
        "Expected difference in share reaching Score: threshold 22 at 2 months (higher is better, in percentage points)"
    )
    assert "had a share" in finding.statement
    assert "risk" not in finding.statement
    assert detail(finding).unit == "proportion"


def test_three_arms(make_study: Callable[..., Study]) -> None:
    scores, arm = scores_of(90, arms=3)
    finding = ask(make_study(scores, [0.0, 2.0], arm, arms=(*ARMS, ("c", "Other")), scale=SCALE))
    contrasts = detail(finding).contrasts
    assert [(c.arm, c.reference) for c in contrasts] == [("b", "a"), ("c", "a")]
    # Indicated is the best of all arms, so there is one comparison, told once.
    assert [len(c.indicated) for c in contrasts] == [4, 0]
    assert sum(e.name.startswith("share of people for whom") for e in finding.estimates) == 3


def test_declines_in_words(make_study: Callable[..., Study]) -> None:
    scores, arm = scores_of(30)
    few = ask(make_study(scores, [0.0, 2.0], arm, arms=ARMS, scale=SCALE))
    assert few.status == "declined"
    assert "15 people with an outcome" in few.statement
    assert "20 people" in (few.would_take or "")
    scores, arm = scores_of(60)
    nothing = ask(make_study(scores[:, 1:], [2.0], arm, arms=ARMS, scale=SCALE))
    assert nothing.status == "declined"
    assert "no baseline variable" in nothing.statement
    same = scores.copy()
    same[:, 1] = 5.0
    assert ask(make_study(same, [0.0, 2.0], arm, arms=ARMS, scale=SCALE)).status == "declined"
    one = ask(make_study(scores, [0.0, 2.0], ["a"] * 60, arms=ARMS[:1], scale=SCALE))
    assert one.status == "not_applicable"


def test_many_levels_are_said_to_be_pooled(make_study: Callable[..., Study]) -> None:
    scores, arm = scores_of(60)
    job = [f"job {i % 30}" if i % 3 == 0 else "none" for i in range(60)]
    study = make_study(scores, [0.0, 2.0], arm, arms=ARMS, scale=SCALE, persons={"job": job}, covariates=("job",))
    pooled = [caution.text for caution in ask(study).cautions if caution.code == "levels-pooled"]
    assert len(pooled) == 1
    assert "job (10 of 11)" in pooled[0]
