"""How many people each arm of a row has, and who they are: one reading wherever they are counted or computed with."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.evidence.model import Arm, Result, Study

COMPARED = ("active_control", "usual_care", "waitlist")
OF_ONE_ARM = ("events", "means")
"""Kinds of rows whose n is that of their own arm, whatever they name beside it."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """People in the two arms of a row.

    one, two : in `arm` and in `versus`; None where it cannot be told, and for an arm that is not there
    both : in both together; None where it cannot be told
    shared : the source tells both together, and they are parted as the arms' own numbers are
    """

    one: int | None
    two: int | None
    both: int | None
    shared: bool = False


def size(arm: Arm | None) -> int | None:
    """People of an arm: analysed, else those who began."""
    if arm is None:
        return None
    return arm.analysed if arm.analysed is not None else arm.n


def together(study: Study, result: Result) -> bool:
    """Whether the row's n is that of both its arms: it compares two, and gives no number of the second."""
    return (
        result.kind not in OF_ONE_ARM
        and result.n is not None
        and result.n_versus is None
        and study.arm(result.arm) is not None
        and study.arm(result.versus) is not None
    )


def most(study: Study, result: Result) -> int | None:
    """The largest number that the two arms of a row can have together; None where an arm gives none."""
    arms = study.arm(result.arm), study.arm(result.versus)
    parts = [max((n for n in (arm.n, arm.analysed) if n is not None), default=None) for arm in arms if arm]
    known = [n for n in parts if n is not None]
    return sum(known) if len(known) == 2 else None


def numbers(study: Study, result: Result) -> Numbers:
    """People behind a row, arm by arm.

    n of a row that compares two arms is of both together, unless `n_versus` is given. It is parted exactly where the arms' own
    numbers add up to it, or where one of them gives one; else in proportion to them. No row has more people than its arms.

    >>> from forwhom import evidence
    >>> study = evidence.read().studies["bateman-fonagy-2009"]
    >>> numbers(study, next(each for each in study.results if each.versus))
    Numbers(one=71, two=63, both=134, shared=False)
    """
    one, two = study.arm(result.arm), study.arm(result.versus)
    a, b = size(one), size(two)
    if not together(study, result):
        a = result.n if result.n is not None else a
        b = result.n_versus if result.n_versus is not None else b
        return Numbers(a, b, None if a is None or (two is not None and b is None) else a + (b or 0))
    assert result.n is not None
    assert one is not None
    assert two is not None
    return _parted(result.n, (a, b), (one.n, two.n))


def _parted(n: int, sizes: tuple[int | None, int | None], began: tuple[int | None, int | None]) -> Numbers:
    """A number of both arms as one of each."""
    for a, b in (sizes, began):
        if a is not None and b is not None and a + b == n:
            return Numbers(a, b, n)
    for a, b in (sizes, began):
        if a is not None and b is not None and n < a + b:
            first = round(n * a / (a + b))
            return Numbers(first, n - first, n, shared=True)
    a, b = sizes
    if a is not None and b is not None:
        return Numbers(a, b, a + b)
    if a is not None and n > a:
        return Numbers(a, n - a, n)
    if b is not None and n > b:
        return Numbers(n - b, b, n)
    return Numbers(None, None, n)


def group_of(study: Study, arm: Arm) -> str:
    """Word by which an arm is the same in every paper of its sample: what people got, or its id where two arms got the same."""
    word = _got(arm)
    alone = sum(_got(each) == word for each in study.arms) == 1
    return word if word and alone else arm.id


def people_in(study: Study, arm: Arm) -> str:
    """Who the people of an arm are: in papers of one sample the arm of one treatment is the same people, whatever it is called.

    Two arms of one study that get the same are told apart by their ids.
    """
    return f"{study.sample}/{group_of(study, arm)}"


def _got(arm: Arm) -> str:
    return arm.treatment or arm.control or (arm.role if arm.role in COMPARED else "")
