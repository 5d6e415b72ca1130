"""The mentalizing profile and the trigger map."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.problems import ProblemsFound
from forwhom.programme.assessment import Episode, Rated, catalogue, profile, read, trigger_map

DAY = dt.date(2026, 1, 5)
MBT = catalogue("mbt")
assert MBT is not None

RATED = st.builds(
    Rated,
    st.sampled_from([each.id for each in MBT.impairments]),
    st.sampled_from([each.id for each in MBT.contexts]),
    st.sampled_from(["none", "some", "marked", "not assessed"]),
    st.sampled_from(["anna", "ben"]),
    st.dates(DAY, DAY + dt.timedelta(days=2)),
)


@settings(deadline=None)
@given(st.lists(RATED, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_ratings_does_not_matter(some: list[Rated], random: Random) -> None:
    assert MBT is not None
    before = profile(some, MBT)
    random.shuffle(some)
    assert profile(some, MBT) == before
    assert before.of == 56


def test_a_square_keeps_what_observers_say_apart() -> None:
    assert MBT is not None
    made = profile(
        [
            Rated("pretend", "partner", "none", "anna", DAY),
            Rated("pretend", "partner", "marked", "anna", DAY + dt.timedelta(days=9)),
            Rated("pretend", "partner", "some", "ben", DAY),
            Rated("teleological", "group", "some", "ben", DAY),
        ],
        MBT,
    )
    square = made.at("partner", "pretend")
    assert (square.low, square.high, square.observers, square.agreed) == ("some", "marked", ("anna", "ben"), False)
    assert not made.at("alone", "pretend").assessed
    assert made.assessed == 2
    assert made.modes == ("pretend", "teleological")
    assert made.widest == ("partner", "group")
    assert profile([Rated("pretend", "partner", "marked", "anna", DAY)], MBT, until=DAY - dt.timedelta(1)).assessed == 0


EPISODE = st.builds(
    Episode,
    st.uuids().map(str),
    st.sampled_from(["Being looked at", "being looked at ", "criticism"]),
    st.sampled_from(["group", "partner"]),
    st.none() | st.dates(DAY, DAY + dt.timedelta(days=9)),
    st.sampled_from(["", "shame", "rejection"]),
    st.sampled_from(["", "hyperactivating", "deactivating"]),
    act=st.sampled_from(["none", "self-harm", "leaving"]),
)


@given(st.lists(EPISODE, max_size=20, unique_by=lambda each: each.id), st.randoms(use_true_random=False))
def test_the_order_of_episodes_does_not_matter_and_none_is_lost(some: list[Episode], random: Random) -> None:
    before = trigger_map(some)
    random.shuffle(some)
    assert trigger_map(some) == before
    assert sum(row.episodes for row in before) == len(some)
    assert sum(sum(row.acts.values()) for row in before) == sum(each.act != "none" for each in some)


def test_every_fact_has_a_place_and_no_two_have_one_id() -> None:
    assert MBT is not None
    for part in (MBT.observations, MBT.contexts, MBT.impairments, MBT.affects, MBT.acts, MBT.points):
        for each in part:
            assert each.source == "ours" or each.source.startswith("S2 line ")
    assert sum(point.summary for point in MBT.points) == 4


def test_a_wrong_catalogue_tells_everything() -> None:
    with pytest.raises(ProblemsFound) as caught:
        read('programme = "x"\n[[observations]]\nid = "a"\npoints_to = "secure"\n', "x.toml")
    codes = [problem.code for problem in caught.value.problems]
    assert "wrong-value" in codes
    assert codes.count("missing-key") >= 7
    with pytest.raises(ProblemsFound):
        read("programme = ", "x.toml")
