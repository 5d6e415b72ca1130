"""Attachment strategies from marks: the rule, its oracle, order, revision."""

from __future__ import annotations

import datetime as dt
from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.assessment import Mark, catalogue, verdict
from forwhom.programme.assessment.model import Catalogue, Observation, Seen

DAY = dt.date(2026, 1, 5)
MBT = catalogue("mbt")
assert MBT is not None
SMALL = Catalogue(
    "small",
    tuple(
        Observation(f"{side[0]}{i}", "…", side, "ours")
        for side, n in (("hyperactivating", 4), ("deactivating", 4), ("mixed", 2))
        for i in range(n)
    ),
    (), (), (), (), (),
)  # fmt: skip
NAMES = [each.id for each in SMALL.observations]


def marks(seen: str, *names: str, observer: str = "anna", on: dt.date = DAY) -> list[Mark]:
    return [Mark(name, seen, observer, on) for name in names]


def slow(seen: dict[str, str]) -> str:
    """The rule again, said differently."""
    shown = {}
    for side, needed in (("h", 3), ("d", 3), ("m", 2)):
        yes = [name for name in seen if name[0] == side and seen[name] == "present"]
        no = [name for name in seen if name[0] == side and seen[name] == "absent"]
        shown[side] = len(yes) >= needed and len(yes) > len(no)
    if shown["m"] or (shown["h"] and shown["d"]):
        return "mixed"
    return "hyperactivating" if shown["h"] else "deactivating" if shown["d"] else "undetermined"


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["present", "absent"]), min_size=4))
def test_what_could_become_is_what_brute_force_finds(seen: dict[str, str]) -> None:
    said = verdict([Mark(name, how, "anna", DAY) for name, how in seen.items()], SMALL)
    assert said.strategy == slow(seen)
    still = [name for name in NAMES if name not in seen]
    reached: dict[str, int] = {}
    for filled in product(["present", "absent", None], repeat=len(still)):
        more = {name: how for name, how in zip(still, filled, strict=True) if how}
        other = slow(seen | more)
        if other != said.strategy:
            reached[other] = min(len(more), reached.get(other, 99))
    assert set(said.could_become) == set(reached)
    assert said.fewest == (min(reached.values()) if reached else None)
    assert said.settled == (not reached)
    assert bool(said.settle) == bool(reached)


MARK = st.builds(
    Mark,
    st.sampled_from([each.id for each in MBT.observations]),
    st.sampled_from(["present", "absent", "not observed"]),
    st.sampled_from(["anna", "ben", "cleo"]),
    st.dates(DAY, DAY + dt.timedelta(days=3)),
)


@settings(deadline=None)
@given(st.lists(MARK, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_marks_does_not_matter(some: list[Mark], random: Random) -> None:
    assert MBT is not None
    before = verdict(some, MBT)
    random.shuffle(some)
    assert verdict(some, MBT) == before
    for side in before.sides:
        together = (*side.present, *side.absent, *side.contested, *side.unseen)
        assert sorted(together) == sorted(each.id for each in MBT.observations if each.points_to == side.strategy)


def test_each_verdict() -> None:
    assert MBT is not None
    hyper = marks("present", "close-fast", "too-intense", "turns-hostile")
    deact = marks("present", "too-calm", "no-examples", "lives-apart")
    assert verdict([], MBT).strategy == "undetermined"
    assert verdict(hyper[:2], MBT).strategy == "undetermined"
    assert verdict(hyper, MBT).strategy == "hyperactivating"
    assert verdict(deact, MBT).strategy == "deactivating"
    assert verdict(hyper + deact, MBT).strategy == "mixed"
    assert verdict(marks("present", "strategies-alternate", "mentalizing-swings"), MBT).strategy == "mixed"
    absent = marks("absent", "idealises", "oversteps", "slow-recovery")
    assert verdict(hyper + absent, MBT).strategy == "undetermined"


def test_observers_who_disagree_settle_it_first() -> None:
    assert MBT is not None
    three = marks("present", "close-fast", "too-intense", "turns-hostile")
    said = verdict(three + marks("absent", "turns-hostile", observer="ben"), MBT)
    assert said.strategy == "undetermined"
    assert said.sides[0].contested == ("turns-hostile",)
    assert said.settle[0] == "turns-hostile"
    assert said.fewest == 1
    assert said.observers == ("anna", "ben")


def test_a_newer_mark_takes_the_place_of_the_observers_older_one_and_the_past_can_be_asked() -> None:
    assert MBT is not None
    later = DAY + dt.timedelta(days=30)
    some = marks("present", "close-fast", "too-intense", "turns-hostile") + marks("absent", "close-fast", on=later)
    assert verdict(some, MBT).strategy == "undetermined"
    assert verdict(some, MBT, until=DAY).strategy == "hyperactivating"
    gone = marks("not observed", "close-fast", on=later)
    assert "close-fast" in verdict(some[:3] + gone, MBT).sides[0].unseen


def test_one_observer_who_says_both_on_one_day_is_contested() -> None:
    assert MBT is not None
    both: list[Seen] = ["present", "absent"]
    said = verdict([Mark("too-calm", each, "anna", DAY) for each in both], MBT)
    assert said.sides[1].contested == ("too-calm",)


def test_everything_marked_is_settled() -> None:
    assert MBT is not None
    said = verdict(marks("absent", *(each.id for each in MBT.observations)), MBT)
    assert (said.strategy, said.settled, said.fewest, said.settle) == ("undetermined", True, None, ())
    assert said.behind == said.of == 25
