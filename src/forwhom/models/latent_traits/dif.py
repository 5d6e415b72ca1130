"""Differential item functioning: likelihood-ratio tests of items against anchors, with how large the difference is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri

from forwhom.kernels.graded_groups import GradedGroups
from forwhom.kernels.holm import holm
from forwhom.models.frames import frame_of
from forwhom.models.latent_traits.data import Answered, answered
from forwhom.models.latent_traits.dif_result import Dif, DifItem
from forwhom.models.latent_traits.dif_size import item_sizes, total_sizes
from forwhom.models.latent_traits.joining import joined
from forwhom.models.latent_traits.model import fitted, item_parameters, populations
from forwhom.models.latent_traits.words import turned
from forwhom.problems import Problem, ProblemsFound

MOST_ROUNDS = 10
Tests = list[tuple[float, int, float] | None]


def differential_functioning(
    data: Any,
    items: Sequence[str],
    group: str,
    *,
    anchors: Sequence[str] = (),
    person: str | None = None,
    rng: np.random.Generator | None = None,
    alpha: float = 0.05,
    level: float = 0.95,
) -> Dif:
    """Which items act differently between groups at equal trait (Thissen, Steinberg & Wainer, 1993).

    data, items : as for `graded_response`; answers that fewer than five persons of a group gave are joined with a neighbour
    group : column of groups: arms, gender, or occasions
    anchors : items known to act alike; none: all items are held equal, items whose test is significant after Holm's correction are
        freed, and all are tested again, until the set stays the same (iterative purification)
    person : column of persons where one stands in several rows (occasions as groups): one row of each is drawn, since the test
        takes rows as independent; needs `rng`
    alpha : of the tests, all items together; level : of intervals

    Raises ProblemsFound as `graded_response` does.

    >>> rng = np.random.default_rng(1)
    >>> arm = np.repeat(["a", "b"], 400)
    >>> latent = 1.5 * rng.standard_normal((800, 1)) + rng.logistic(size=(800, 6))
    >>> latent[arm == "b", 0] += 1.0
    >>> data = {"arm": arm} | {f"q{j + 1}": np.digitize(latent[:, j], [-1.0, 1.0]) for j in range(6)}
    >>> found = differential_functioning(data, [f"q{j + 1}" for j in range(6)], "arm")
    >>> found.differing, found.items[0].sizes[0].shift.estimate < 0
    (('q1',), True)
    """
    frame = frame_of(data)
    unknown = [name for name in anchors if name not in items]
    if unknown:
        raise ProblemsFound(
            [
                Problem(
                    "item-anchor",
                    "Take anchors from among the items.",
                    found=f"{', '.join(unknown)} is no item here",
                    possible=", ".join(items),
                )
            ]
        )
    keep = _one_row_each(frame, person, rng)
    whole = answered(frame, items, group, keep=keep, whole=f"another row of the same {person}")
    found, said, why_not = joined(whole)
    start = fitted(found)
    testable = [j for j in range(len(items)) if not why_not[j]]
    if anchors:
        free = [j for j in testable if found.items[j] not in anchors]
        base, rounds = fitted(found, free, start), 0
        notes: list[str] = []
        tests = _against(found, base, free, testable)
        for j in [k for k in testable if k not in free]:
            tests[j] = None
    else:
        base, tests, rounds, notes = _purified(found, start, testable, alpha)
    adjusted = holm([None if each is None else each[2] for each in tests])
    differing = [j for j in range(len(items)) if (q := adjusted[j]) is not None and q < alpha]
    if sorted(base.free) != differing:
        base = fitted(found, differing, start)
    z = float(ndtri((1 + level) / 2))
    made = []
    for j, name in enumerate(found.items):
        test = tests[j]
        own = base if j in base.free else fitted(found, [*base.free, j], base) if test is not None else None
        sizes = item_sizes(found, own, j, z) if own is not None else ()
        reason = why_not[j] or ("it is an anchor" if test is None else "")
        made.append(
            DifItem(
                name,
                test[0] if test else None,
                test[1] if test else 0,
                test[2] if test else None,
                adjusted[j],
                j in differing,
                sizes,
                said[j],
                reason,
            )
        )
    total, total_sd = total_sizes(found, base, z)
    parameters = item_parameters(found, base, z)
    notes = [*notes, *(turned(each) for each in parameters if each.slope.estimate < 0)]
    if not base.converged:
        notes.append(f"{base.message} No standard errors are given.")
    return Dif(
        group=group,
        items=tuple(made),
        anchors=tuple(name for j, name in enumerate(found.items) if j not in base.free),
        rounds=rounds,
        populations=populations(found, base, z),
        equal=populations(found, start, z),
        total=total,
        total_sd=total_sd,
        level=level,
        alpha=alpha,
        left_out=found.left_out,
        parameters=parameters,
        messages=tuple(notes),
    )


def _purified(
    found: Answered, start: GradedGroups, testable: Sequence[int], alpha: float
) -> tuple[GradedGroups, Tests, int, list[str]]:
    """Free what differs, test again against the rest, until nothing changes."""
    base = start
    free: list[int] = []
    seen: list[list[int]] = [[]]
    tests: Tests = []
    for rounds in range(1, MOST_ROUNDS + 1):
        tests = _against(found, base, free, testable)
        adjusted = holm([None if each is None else each[2] for each in tests])
        flagged = [j for j, q in enumerate(adjusted) if q is not None and q < alpha]
        if len(flagged) >= len(found.items) - 1:
            return base, tests, rounds, ["Nearly every item differs: there are no anchors to tell item from trait by."]
        if flagged == free:
            return base, tests, rounds, []
        if flagged in seen:
            return base, tests, rounds, ["The set of differing items did not settle; the last one is given."]
        seen.append(flagged)
        free, base = flagged, fitted(found, flagged, base)
    return base, tests, MOST_ROUNDS, ["The set of differing items did not settle; the last one is given."]


def _against(found: Answered, base: GradedGroups, free: Sequence[int], testable: Sequence[int]) -> Tests:
    """Test of each item: free against equal, the other free items staying free."""
    tests: Tests = [None] * len(found.items)
    groups = len(found.codes)
    for j in testable:
        if j in free:
            equal, loose = fitted(found, [k for k in free if k != j], base, errors=False), base
        else:
            equal, loose = base, fitted(found, [*free, j], base, errors=False)
        chisq = max(2 * (loose.loglik - equal.loglik), 0.0)
        df = (groups - 1) * len(found.values[j])
        if equal.converged and loose.converged:
            tests[j] = (chisq, df, float(chdtrc(df, chisq)))
    return tests


def _one_row_each(frame: pl.DataFrame, person: str | None, rng: np.random.Generator | None) -> NDArray[np.bool_] | None:
    if person is None:
        return None
    if person not in frame.columns:
        raise ProblemsFound(
            [
                Problem(
                    "model-person",
                    "Correct the name of the column.",
                    column=person,
                    found="there is no such column",
                    possible=", ".join(frame.columns[:30]),
                )
            ]
        )
    if rng is None:
        raise ValueError("drawing one row per person needs rng, such as np.random.default_rng(1).")
    order = rng.permutation(frame.height)
    who = frame[person].cast(pl.String).fill_null("").to_numpy()[order]
    _, first = np.unique(who, return_index=True)
    keep = np.zeros(frame.height, dtype=bool)
    keep[order[first]] = True
    return keep


__all__ = ["differential_functioning"]
