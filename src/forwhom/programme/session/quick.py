"""Making frozen objects in a third of the time, where a session has hundreds of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, make_dataclass
from typing import TypeVar

T = TypeVar("T")


def thousandths(value: float) -> float:
    """A number between 0 and 1 rounded to three places, halves up. `round` writes it out in digits, which takes five times as long.

    >>> thousandths(0.12345), thousandths(1 / 3)
    (0.123, 0.333)
    """
    return int(1000.0 * value + 0.5) / 1000.0


def maker(of: type[T]) -> Callable[..., T]:
    """A constructor of a frozen dataclass with slots, taking every field by its place. What it makes is frozen like any other.

    A frozen dataclass sets its own fields through a detour that costs more than all the rest. Here they are set on an open twin with the
    same slots, which then takes the class. There are no defaults, and `__post_init__` is not run.

    >>> from forwhom.programme.session.turns import Turn
    >>> made = maker(Turn)(1, "A", "patient", "Yes.", None, None, None)
    >>> made == Turn(1, "A", "patient", "Yes."), type(made) is Turn
    (True, True)
    """
    if hasattr(of, "__post_init__"):
        raise TypeError(f"{of.__name__} has a __post_init__, which would not be run")
    twin = make_dataclass(of.__name__, [(field.name, object) for field in fields(of)], slots=True)  # type: ignore[arg-type]  # T is a dataclass

    def make(*values: object) -> T:
        made: T = twin(*values)
        made.__class__ = of
        return made

    return make
