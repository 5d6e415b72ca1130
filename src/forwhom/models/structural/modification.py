"""What a model leaves out: modification indices with the change to expect, in names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from forwhom.kernels.sem.dwls import DwlsFit
from forwhom.kernels.sem.ordered_score_tests import ordered_score_tests
from forwhom.kernels.sem.score_tests import Cell, score_tests
from forwhom.models.structural.result import Sem
from forwhom.models.structural.table import Model


@dataclass(frozen=True, slots=True)
class Modification:
    """One parameter that could be freed.

    what : "add" one that is absent or fixed, "release" one from an equality
    index : expected fall of chi-square, 1 df; change : expected value less its value now, in the units of the parameter
    standardised : change with every variable at variance 1; None where a variance is not positive
    """

    left: str
    operator: str
    right: str
    group: str | None
    what: Literal["add", "release"]
    index: float
    change: float
    standardised: float | None

    @property
    def name(self) -> str:
        """As read: "f=~x4"."""
        return f"{self.left}{self.operator}{self.right}"


def modification(fit: Sem, *, least: float = 3.84) -> tuple[Modification, ...]:
    """Modification indices of a fitted model, largest first: loadings, covariances of residuals and of latent variables,
    fixed means, and members of equalities. Exploratory by nature: what they suggest needs other data. With ordered answers
    the index is the fall of the unadjusted chi-square: only its order is to be read. The expected information is used, given
    the patterns of missing values: where the model is wrong, which is where indices are large, the observed one overstates
    what freeing would gain.

    fit : from `sem`, converged; least : smallest index given

    Raises ValueError for a fit that did not converge.

    >>> from forwhom.models import sem
    >>> rng = np.random.default_rng(1)
    >>> trait, twin = rng.standard_normal((2, 500))
    >>> data = {f"x{i}": trait + rng.standard_normal(500) + (0.7 * twin if i < 3 else 0) for i in range(1, 8)}
    >>> modification(sem("f =~ x1 + x2 + x3 + x4 + x5 + x6 + x7", data))[0].name
    'x1~~x2'
    """
    if not fit.converged:
        raise ValueError("the model did not converge, so nothing can be said about what it leaves out.")
    model = fit.model
    place = {name: i for i, name in enumerate((*model.observed, *model.latent))}
    tried = [*_absent(model), *_shared(model)]
    first = {name: sum(size - 1 for _, size in model.sizes[:k]) for k, (name, _) in enumerate(model.sizes)}
    cells = [_cell(each, place, first) for each in tried]
    if not cells:
        return ()
    kernel = fit.kernel
    tests = ordered_score_tests(kernel, cells) if isinstance(kernel, DwlsFit) else score_tests(kernel, cells)
    labels = [label for label, _ in fit.groups]
    made = []
    for (left, operator, right, group, what), index, change in zip(tried, tests.index, tests.change, strict=True):
        if np.isfinite(index) and index >= least:
            std = _standard(fit, place, (left, operator, right), group)
            shown = None if std is None else float(change * std)
            label = labels[group] if labels else None
            made.append(Modification(left, operator, right, label, what, float(index), float(change), shown))
    return tuple(sorted(made, key=lambda each: -each.index))


Tried = tuple[str, str, str, int, Literal["add", "release"]]


def _absent(model: Model) -> Iterator[Tried]:
    """Loadings, covariances and means that are not in the model, or fixed in it."""
    measured = list(dict.fromkeys(each.right for each in model.parameters if each.operator == "=~"))
    items = [name for name in measured if name in model.observed]
    for group in range(model.groups):
        own = [each for each in model.parameters if each.group == group]
        free = {(each.operator, frozenset((each.left, each.right))) for each in own if each.free is not None}
        explained = {frozenset((each.left, each.right)) for each in own if each.operator == "~"}
        for factor in model.latent:
            yield from (
                (factor, "=~", item, group, "add") for item in items if ("=~", frozenset((factor, item))) not in free
            )
        for names in (items, model.latent):
            for one, other in combinations(names, 2):
                pair = frozenset((one, other))
                if ("~~", pair) not in free and pair not in explained and ("=~", pair) not in free:
                    yield one, "~~", other, group, "add"
        for each in own:
            if each.operator == "~1" and each.free is None and each.left not in model.ordered:
                yield each.left, "~1", "", group, "add"
            elif each.operator == "~" and each.free is None:
                yield each.left, "~", each.right, group, "add"


def _shared(model: Model) -> Iterator[Tried]:
    """Parameters that stand in more than one place; of a pair only the second, as releasing either is the same."""
    times = Counter(each.free for each in model.parameters if each.free is not None)
    seen: set[int] = set()
    for each in model.parameters:
        if each.free is None or times[each.free] < 2 or each.operator == "~*~":
            continue
        again = each.free in seen
        seen.add(each.free)
        if again or times[each.free] > 2:
            yield each.left, each.operator, each.right, each.group, "release"


def _cell(tried: Tried, place: dict[str, int], first: dict[str, int]) -> Cell:
    left, operator, right, group, _ = tried
    if operator == "|":
        return Cell(group, "thresholds", first[left] + int(right[1:]) - 1, 0)
    if operator == "=~":
        return Cell(group, "paths", place[right], place[left])
    if operator == "~":
        return Cell(group, "paths", place[left], place[right])
    if operator == "~~":
        return Cell(group, "covariances", place[left], place[right])
    return Cell(group, "means", place[left], 0)


def _standard(fit: Sem, place: dict[str, int], named: tuple[str, str, str], group: int) -> float | None:
    """What a change is multiplied by to be standardised."""
    left, operator, right = named
    variance = np.diagonal(fit.kernel.implied[group].inner)
    one = float(variance[place[left]])
    if operator == "|":
        return float(one**-0.5) if one > 0 else None
    other = float(variance[place[right]]) if right else 1.0
    if operator == "~~":
        label = fit.groups[group][0] if fit.groups else None
        own = {
            e.left: e.estimate for e in fit.parameters if e.operator == "~~" and e.left == e.right and e.group == label
        }
        one, other = own.get(left, 0.0), own.get(right, 0.0)
    if one <= 0 or other <= 0:
        return None
    ratio = {"=~": one / other, "~": other / one, "~~": 1 / (one * other), "~1": 1 / one}[operator]
    return float(np.sqrt(ratio))


__all__ = ["Modification", "modification"]
