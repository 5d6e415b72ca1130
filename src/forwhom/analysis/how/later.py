"""What came later: the outcome after a mark in time, given where people stood at the mark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import finite, scales_measured
from forwhom.analysis.courses import Courses, column_codes, courses
from forwhom.findings.kinds import Interval
from forwhom.kernels.cluster_robust import RobustFit, RobustT, fit_robust
from forwhom.study import Scale, Study

LEAST = 12
"""People below which nothing is said about what came later."""


@dataclass(frozen=True, slots=True)
class Later:
    """One outcome at three occasions, so that what happened before the mark can be related to what changed after it.

    before, mark, after : (n,) scores at baseline, at the mark, at the occasion the outcome is about; NaN where absent
    at, end : times of the mark and of the outcome; words : "from 6 months to 18 months"
    """

    here: Courses
    before: np.ndarray
    mark: np.ndarray
    after: np.ndarray
    at: float
    end: float
    words: str

    @property
    def scale(self) -> Scale:
        """The outcome."""
        return self.here.scale

    @property
    def known(self) -> np.ndarray:
        """(n,) people in an arm with scores at the mark and after it."""
        seen: np.ndarray = (self.here.arm >= 0) & np.isfinite(self.mark) & np.isfinite(self.after)
        return seen


def later(study: Study, apart_from: str) -> Later | str:
    """The primary outcome (or the first planned, or measured) after its last occasion before the end; else why there is none.

    apart_from : a scale that is not its own outcome
    """
    plan = study.plan
    first = plan.primary.scale if plan.primary else None
    scales = [scale for scale in scales_measured(study) if scale.name != apart_from]
    if not scales:
        return "no outcome was measured"
    scale = min(scales, key=lambda each: (each.name != first, each.name not in plan.outcomes))
    here = courses(study, scale)
    if not here.scheduled:
        return f"{scale.label} has no common occasions"
    end = here.target(study)
    inner = [j for j in range(end) if here.times[j] > 0 and j != here.baseline]
    if not inner:
        return (
            f"no {scale.label} was taken between the start and {here.occasion(end)}, so what came first cannot be told"
        )
    at = inner[-1]
    return Later(
        here,
        here.scores[:, here.baseline],
        here.scores[:, at],
        here.scores[:, end],
        float(here.times[at]),
        float(here.times[end]),
        f"from {here.occasion(at)} to {here.occasion(end)}",
    )


def told(test: RobustT) -> tuple[Interval, float | None, str]:
    """Estimate with limits, p, and why there are none: a number without a width would be read as one."""
    if test.problem:
        return Interval(None), None, "only people of one therapist (or one person) show it, so its width cannot be told"
    return Interval(finite(test.value), finite(test.low), finite(test.high)), finite(test.p), ""


def regressed(study: Study, found: Later, columns: np.ndarray, use: np.ndarray) -> tuple[RobustFit, int]:
    """The later score on `columns` (n, c), given the score at the mark, at baseline, and arm; position of the first column.

    use : (n,) people; an absent baseline score takes the mean. Standard errors are CR2, by therapist where there are
    several. Raises ValueError where people cannot determine it.
    """
    arm = found.here.arm[use]
    before = found.before[use]
    parts = [(arm == k).astype(float) for k in np.unique(arm)]
    parts.append(found.mark[use] - found.mark[use].mean())
    if np.isfinite(before).any():
        filled = np.where(np.isfinite(before), before, before[np.isfinite(before)].mean())
        if np.ptp(filled) > 0:
            parts.append(filled - filled.mean())
    design = np.column_stack([*parts, columns[use]])
    if use.sum() < max(LEAST, design.shape[1] + 6):
        raise ValueError(f"only {int(use.sum())} people have all that is needed")
    codes, names = column_codes(study, "therapist")
    cluster = codes[use] if len(names) > 1 else None
    return fit_robust(found.after[use], design, cluster), len(parts)
