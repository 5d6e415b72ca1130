"""File names for persons are safe and one per person, whatever the ids."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom.io.person_names import file_names

SAFE = re.compile(r"[0-9A-Za-z_-]([0-9A-Za-z_.-]*[0-9A-Za-z_-])?")


@given(st.lists(st.text(max_size=90), unique=True, max_size=12))
def test_names_are_safe_and_unique_without_regard_to_case(ids: list[str]) -> None:
    names = file_names(ids)
    assert len({name.casefold() for name in names}) == len(ids)
    for name in names:
        assert SAFE.fullmatch(name), name
        assert len(name) <= 130
        assert name.casefold().split(".")[0] not in {"con", "nul", "com1", "index"}


@pytest.mark.parametrize(
    "name", ["..", "../x", "a/b", "a\\b", "a:b", ".hidden", "CON", "com3.txt", "index", " 7", "7 ", "", "é"]
)
def test_what_is_not_safe_is_changed(name: str) -> None:
    (made,) = file_names([name])
    assert made != name
    assert "/" not in made
    assert not made.startswith(".")


def test_ordinary_ids_stay() -> None:
    ids = ["1", "P-017", "site_3.0042", "Ärzte"]
    assert file_names(ids)[:3] == ("1", "P-017", "site_3.0042")


def test_a_name_like_another_name_with_its_digits_gives_way() -> None:
    (clash,) = file_names(["a/b"])
    names = file_names(["a/b", clash])
    assert names[1] == clash
    assert names[0] != clash


def test_a_name_does_not_depend_on_order() -> None:
    assert set(file_names(["a", "A", "b"])) == set(file_names(["b", "A", "a"]))
