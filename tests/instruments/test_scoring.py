"""One scorer, worked by hand for each family of forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forwhom.instruments import instrument, score
from forwhom.instruments.scorer import items_of, points_of

NAN = math.nan


def total(name: str, answers: list[float], part: str = "total", **options: str) -> float:
    return float(score(instrument(name), np.array([answers], dtype=float), **options)[part].values[0])


def test_sum_without_reversal() -> None:
    assert total("phq-9", [0, 1, 2, 3, 0, 1, 2, 3, 1]) == 13
    assert total("bdi-ii", [1] * 20 + [3]) == 23


def test_sum_with_reversed_items() -> None:
    """CES-D: all zero means the four positive items count three each; CORE-10: items 2 and 3 count four each."""
    assert total("ces-d", [0] * 20) == 12
    assert total("ces-d", [0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 1]) == 1
    assert total("core-10", [0] * 10) == 8
    assert total("core-10", [4, 0, 0, 4, 4, 4, 4, 4, 4, 4]) == 40


def test_core_om_clinical_score_is_ten_times_the_mean() -> None:
    """Answers all 1: 26 items of one point, 8 reversed ones of three: 50 / 34 x 10."""
    assert total("core-om", [1] * 34) == pytest.approx(500 / 34)
    assert total("core-om", [1] * 34, "wellbeing") == pytest.approx(10 * (1 + 1 + 3 + 3) / 4)
    assert total("core-om", [1] * 34, "risk") == 10


def test_mean_score() -> None:
    assert total("bsl-23", [4] * 11 + [0] * 12) == pytest.approx(44 / 23)
    assert total("scl-90-r", [1] * 45 + [0] * 45, "gsi") == 0.5


def test_doubled_sum() -> None:
    answers = [0.0] * 21
    for item in (3, 5, 10, 13, 16, 17, 21):
        answers[item - 1] = 2
    assert [total("dass-21", answers, s) for s in ("depression", "anxiety", "stress")] == [28, 0, 0]


def test_ders_by_hand() -> None:
    """All answers 2: 25 items of 2 and 11 reversed ones of 4."""
    assert total("ders", [2] * 36) == 25 * 2 + 11 * 4
    assert total("ders", [2] * 36, "awareness") == 24
    assert total("ders", [2] * 36, "impulse") == 5 * 2 + 4
    assert total("ders", [2] * 36, "strategies") == 7 * 2 + 4
    parts = ("nonacceptance", "goals", "impulse", "awareness", "strategies", "clarity")
    varied = [float(1 + (7 * i) % 5) for i in range(36)]
    assert sum(total("ders", varied, part) for part in parts) == total("ders", varied)


def test_domain_is_the_mean_of_three_facets_not_of_their_items() -> None:
    """PID-5 negative affectivity: emotional lability 7 items, anxiousness 9, separation insecurity 7."""
    answers = np.zeros((1, 220))
    pid = instrument("pid-5")
    for name, value in (("emotional_lability", 3.0), ("anxiousness", 0.0), ("separation_insecurity", 1.0)):
        answers[0, [item - 1 for item in pid.scores[name].items]] = value
    reverse = [item - 1 for item in pid.reverse]
    answers[0, reverse] = 3 - answers[0, reverse]
    scores = score(pid, answers)
    assert scores["negative_affectivity"].values[0] == pytest.approx((3 + 0 + 1) / 3)
    assert scores["psychoticism"].values[0] == 0
    assert scores["total"].values[0] == pytest.approx((7 * 3 + 7 * 1) / 220)


def test_pid5_brief_form_by_hand() -> None:
    answers = [0.0] * 25
    for item in (8, 9, 10, 11, 15):
        answers[item - 1] = 3
    assert total("pid-5-bf", answers, "negative_affectivity") == 3
    assert total("pid-5-bf", answers) == 15 / 25
    assert total("pid-5-bf", answers, "detachment") == 0


def test_pid5_plus_total_leaves_out_anankastia() -> None:
    answers = [0.0] * 36
    for item in (6, 12, 18, 24, 30, 36):
        answers[item - 1] = 3
    assert total("pid5bf-m", answers) == 0
    assert total("pid5bf-m", answers, "anankastia") == 3


def test_rfq8_recoding() -> None:
    """Certainty scores strong disagreement, uncertainty strong agreement; item 7 runs the other way."""
    answers = [1, 1, 2, 3, 7, 6, 1, 5]
    certainty = (3 + 3 + 2 + 1 + 0 + 0) / 6
    uncertainty = (0 + 0 + 3 + 2 + 3 + 1) / 6
    assert total("rfq-8", answers, "certainty") == pytest.approx(certainty)
    assert total("rfq-8", answers, "uncertainty") == pytest.approx(uncertainty)
    assert total("rfq-8", [4] * 8, "certainty") == total("rfq-8", [4] * 8, "uncertainty") == 0


def test_ctq_minimisation_counts_only_the_highest_answer() -> None:
    answers = [3.0] * 28
    answers[9], answers[15], answers[21] = 5, 4, 5
    assert total("ctq-sf", answers, "minimisation") == 2
    assert total("ctq-sf", [1] * 28, "emotional_neglect") == 25
    assert total("ctq-sf", [1] * 28, "physical_abuse") == 5
    assert total("ctq-sf", [1] * 28) == 7 * 5 + 18


def test_ecr_rs_by_hand() -> None:
    answers = [7, 7, 7, 7, 1, 1, 4, 5, 6]
    assert total("ecr-rs", answers, "avoidance") == 1
    assert total("ecr-rs", answers, "anxiety") == 5


def test_wai_and_rosenberg_point_upwards() -> None:
    assert total("wai-sr", [5] * 12) == 60
    assert total("wai-sr", [1, 1, 5, 2, 5, 2, 5, 2, 5, 1, 2, 1], "bond") == 20
    assert instrument("wai-sr").scores["total"].better == "higher"
    best = [0.0 if item in (2, 5, 6, 8, 9) else 3.0 for item in range(1, 11)]
    assert total("rses-a", best) == 30
    assert total("rses-b", best) == pytest.approx(3 * 6)


def test_hamilton_items_have_their_own_ranges() -> None:
    top = [4, 4, 4, 2, 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 4, 2, 2]
    assert total("hrsd-17", top) == 52
    with pytest.raises(ValueError, match="first in item 4: 0 to 2"):
        total("hrsd-17", [4] * 17)


def test_circumplex_vectors() -> None:
    """Raising only the domineering octant by one moves dominance by a quarter and affiliation not at all; equal
    octants cancel; the intrusive octant at 45 degrees moves both alike."""
    iip = instrument("iip-sc")
    flat = np.full((1, 32), 2.0)
    pa, no = flat.copy(), flat.copy()
    pa[0, [i - 1 for i in iip.scores["pa"].items]] += 1
    no[0, [i - 1 for i in iip.scores["no"].items]] += 1
    scores = score(iip, np.vstack([flat, pa, no]))
    assert scores["dominance"].values == pytest.approx([0, 0.25, 0.25 / math.sqrt(2)])
    assert scores["affiliation"].values == pytest.approx([0, 0, 0.25 / math.sqrt(2)])
    assert scores["elevation"].values == pytest.approx([2, 2.125, 2.125])


@pytest.mark.parametrize("form", ["iip-32", "iip-64", "iip-sc"])
def test_circumplex_weights_are_sines_and_cosines_of_the_octants(form: str) -> None:
    angles = np.deg2rad([90, 135, 180, 225, 270, 315, 0, 45])
    scores = instrument(form).scores
    assert scores["dominance"].weights == pytest.approx(np.sin(angles) / 4, abs=1e-12)
    assert scores["affiliation"].weights == pytest.approx(np.cos(angles) / 4, abs=1e-12)


def test_other_codings_are_brought_to_the_own_one() -> None:
    lpfs = instrument("lpfs-bf-2")
    own = np.array([[1, 2, 3, 4] * 3], dtype=float)
    assert score(lpfs, own - 1, coding="0-3")["total"].values == score(lpfs, own)["total"].values == [30]
    assert total("whodas-12", [1] * 12, coding="1-5") == 0
    with pytest.raises(ValueError, match="no coding '9-9'"):
        total("lpfs-bf-2", [1] * 12, coding="9-9")


def test_who5_percentage() -> None:
    assert total("who-5", [5, 4, 3, 2, 1], "percentage") == 60


def test_impossible_answers_and_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"needs answers of shape \(n, 9\)"):
        score(instrument("phq-9"), np.zeros((2, 8)))
    with pytest.raises(ValueError, match="not possible in PHQ-9, the first in item 9"):
        total("phq-9", [0] * 8 + [4])
    with pytest.raises(ValueError, match="not possible"):
        total("phq-9", [0] * 8 + [1.5])
    assert total("ors", [0.1, 9.9, 5.5, 10]) == pytest.approx(25.5)


def test_given_scores_are_not_computed() -> None:
    oq = score(instrument("oq-45"), np.zeros((1, 45)))
    assert oq["total"].values == [9 * 4]
    assert "symptom_distress" not in oq.scores


def test_points_as_they_enter_a_score() -> None:
    core, answers = instrument("core-10"), np.array([[1.0, 1, 0, 4, NAN, 0, 0, 0, 0, 0]])
    points = {p.position: p for p in points_of(core, core.scores["total"], answers)}
    assert points[2].values == [3]
    assert points[2].reversed
    assert points[1].values == [1]
    assert not points[1].reversed
    assert np.isnan(points[5].values[0])
    rfq = instrument("rfq-8")
    recoded = {p.position: p for p in points_of(rfq, rfq.scores["certainty"], np.full((1, 8), 1.0))}
    assert (recoded[1].values[0], recoded[1].low, recoded[1].high, recoded[1].reversed) == (3, 0, 3, True)


def test_items_of_a_score_made_of_scores() -> None:
    pid = instrument("pid-5")
    assert len(items_of(pid, pid.scores["negative_affectivity"])) == 7 + 9 + 7
