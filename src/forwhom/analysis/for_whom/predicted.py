"""Do predicted effects hold on people they were not learned from: the tests and pictures of one contrast of arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import finite
from forwhom.analysis.for_whom.trial import Trial
from forwhom.findings.kinds import CalibrationGroup, Interval, TargetingPoint
from forwhom.kernels.calibration import calibration_groups, forward_calibration
from forwhom.kernels.crossfit import CrossFit
from forwhom.kernels.over_repeats import OverRepeats
from forwhom.kernels.rank_average import SHARES, forward_rank_average, forward_targeting

QUARTERS_FROM = 200
"""People with a prediction from which groups are quarters; thirds below."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """The contrast of one arm with another, from predictions learned on earlier folds.

    n : people with a prediction in an average repeat
    """

    calibration: OverRepeats
    autoc: OverRepeats
    qini: OverRepeats
    groups: tuple[CalibrationGroup, ...]
    curve: tuple[TargetingPoint, ...]
    n: int

    def test(self, kind: str) -> OverRepeats:
        """The test by its name."""
        return {"calibration": self.calibration, "AUTOC": self.autoc, "Qini": self.qini}[kind]


def predicted(fit: CrossFit, made: Trial, k: int, level: float, against: int = 0) -> Predicted:
    """Calibration and RATE of arm k against another arm; groups and targeting curve where that is the reference.

    The same forward predictions stand behind estimates, tests and pictures, so that they cannot disagree.
    """
    scores = fit.scores[:, :, k] - fit.scores[:, :, against]
    forward = fit.forward[:, :, k] - (fit.forward[:, :, against] if against else 0.0)
    gain, priority = made.sign * scores, made.sign * forward
    n = round(float(np.isfinite(forward).sum(axis=1).mean()))
    groups, curve = (
        _pictures(fit, made, k, level, scores, forward, 4 if n >= QUARTERS_FROM else 3) if against == 0 else ((), ())
    )
    return Predicted(
        calibration=forward_calibration(scores, forward, fit.fold, cluster=fit.cluster, level=level),
        autoc=forward_rank_average(gain, priority, fit.fold, weighting="AUTOC", cluster=fit.cluster, level=level),
        qini=forward_rank_average(gain, priority, fit.fold, weighting="QINI", cluster=fit.cluster, level=level),
        groups=groups,
        curve=curve,
        n=n,
    )


def _pictures(
    fit: CrossFit, made: Trial, k: int, level: float, scores: np.ndarray, forward: np.ndarray, parts: int
) -> tuple[tuple[CalibrationGroup, ...], tuple[TargetingPoint, ...]]:
    """Groups by predicted effect, and the targeting curve, of arm k against the reference."""
    arm, reference = made.arms[k][0], made.arms[0][0]
    groups = calibration_groups(scores, forward, fit.fold, groups=parts, cluster=fit.cluster, level=level)
    curve = forward_targeting(
        made.sign * scores, made.sign * forward, fit.fold, shares=SHARES[:-1], cluster=fit.cluster, level=level
    )
    return (
        tuple(CalibrationGroup(arm, reference, part.predicted, _interval(part.observed), part.n) for part in groups),
        (
            *(
                TargetingPoint(arm, reference, share, _interval(point))
                for share, point in zip(SHARES[:-1], curve, strict=True)
            ),
            # Everybody treated is the average itself, exactly.
            TargetingPoint(arm, reference, 1.0, Interval(0.0, 0.0, 0.0)),
        ),
    )


def _interval(found: OverRepeats) -> Interval:
    return Interval(finite(found.value), finite(found.low), finite(found.high))
