"""What is made quickly is the same as what is made slowly, and as frozen."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from forwhom.programme.session.model import CodedTurn, Evidence, Mark
from forwhom.programme.session.quick import maker
from forwhom.programme.session.turns import Turn

VALUES = {
    Turn: (3, "A", "patient", "Yes.", 1.5, None, 7),
    CodedTurn: (3, "patient", (), None, "", "kept", "low", None, 0.1, 0.2, "2", ""),
    Mark: ("just", 0.4, (Evidence("P-JUST", 0, 4),), "rules", False, "", ""),
    Evidence: ("P-JUST", 0, 4),
}


@pytest.mark.parametrize("of", VALUES)
def test_it_is_the_same_thing(of: type) -> None:
    slow, quick = of(*VALUES[of]), maker(of)(*VALUES[of])
    assert quick == slow
    assert hash(quick) == hash(slow)
    assert repr(quick) == repr(slow)
    assert type(quick) is of


def test_it_is_frozen() -> None:
    made = maker(Turn)(*VALUES[Turn])
    with pytest.raises(FrozenInstanceError):
        made.text = "No."
    assert replace(made, text="No.").text == "No."


def test_every_field_is_asked_for() -> None:
    with pytest.raises(TypeError):
        maker(Turn)(1, "A")


def test_a_class_that_checks_itself_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        n: int

        def __post_init__(self) -> None: ...

    with pytest.raises(TypeError, match="__post_init__"):
        maker(Checked)
