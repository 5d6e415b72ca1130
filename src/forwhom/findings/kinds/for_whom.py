"""Kinds of the chapter on what works for whom: moderators, individual effects, recommendation.

Effects are those of `arm` minus `reference` on the scale of the outcome (raw points, or a difference of shares);
whether a value below zero is good, `better` says ("lower" or "higher").
"""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number


@dataclass(frozen=True, slots=True)
class HeterogeneityTest:
    """One omnibus test of whether effects differ. `says` is what the number means, in words."""

    test: str
    arm: str
    reference: str
    estimate: Interval
    p: Number
    says: str


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """People grouped by predicted effect: the mean prediction, and the effect observed in them."""

    arm: str
    reference: str
    predicted: float
    observed: Interval
    n: int


@dataclass(frozen=True, slots=True)
class TargetingPoint:
    """Targeting operator characteristic: benefit of treating the `share` who are predicted to gain most, above the average."""

    arm: str
    reference: str
    share: float
    gain: Interval


@dataclass(frozen=True, slots=True)
class HeterogeneityDetail:
    """Do effects differ: tests side by side, calibration of predictions, targeting curve."""

    outcome: str
    better: str
    unit: str
    tests: tuple[HeterogeneityTest, ...]
    calibration: tuple[CalibrationGroup, ...]
    targeting: tuple[TargetingPoint, ...]


@dataclass(frozen=True, slots=True)
class EffectAt:
    """The effect at one value of a continuous moderator."""

    value: float
    effect: Interval


@dataclass(frozen=True, slots=True)
class EffectCurve:
    """Effect of an arm along a continuous moderator; `regions` is where its interval excludes zero (Johnson-Neyman)."""

    arm: str
    reference: str
    points: tuple[EffectAt, ...]
    regions: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class LevelEffect:
    """Simple effect: of an arm among the people of one level of a moderator."""

    arm: str
    reference: str
    level: str
    n: int
    effect: Interval


@dataclass(frozen=True, slots=True)
class ModeratorDetail:
    """Effect of each arm against the reference by moderator: curves when it is continuous, levels when it is not.

    observed : the moderator's values, for the marks along the axis
    time : in words, the occasion the effects belong to
    """

    outcome: str
    better: str
    unit: str
    moderator: str
    time: str
    curves: tuple[EffectCurve, ...]
    levels: tuple[LevelEffect, ...]
    observed: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CompositeWeight:
    """One moderator in the composite: its weight (per standard deviation) and its own moderator effect size."""

    moderator: str
    weight: Interval
    alone: Interval


@dataclass(frozen=True, slots=True)
class ArmLine:
    """Expected outcome of one arm along the composite."""

    arm: str
    points: tuple[EffectAt, ...]


@dataclass(frozen=True, slots=True)
class CompositeModeratorDetail:
    """Kraemer's optimal composite moderator of one contrast: weights, cross-validated effect size, outcome lines per arm."""

    outcome: str
    better: str
    unit: str
    arm: str
    reference: str
    weights: tuple[CompositeWeight, ...]
    effect_size: Interval
    lines: tuple[ArmLine, ...]


@dataclass(frozen=True, slots=True)
class PersonEffect:
    """One person's expected difference between two arms. `arm` of the detail minus `reference`."""

    id: str
    assigned: str
    effect: Interval


@dataclass(frozen=True, slots=True)
class IndicatedGroup:
    """Mean outcome of people who by chance got the arm predicted to be better for them, and of those who did not."""

    group: str
    n: int
    mean: Interval


@dataclass(frozen=True, slots=True)
class IndividualContrast:
    """Everybody's expected difference for one contrast, the average, and how much is shrunken away (0 none, 1 all)."""

    arm: str
    reference: str
    average: Interval
    shrunken: Number
    people: tuple[PersonEffect, ...]
    indicated: tuple[IndicatedGroup, ...]


@dataclass(frozen=True, slots=True)
class IndividualDetail:
    """Expected individual differences between arms."""

    outcome: str
    better: str
    unit: str
    contrasts: tuple[IndividualContrast, ...]


@dataclass(frozen=True, slots=True)
class RuleNode:
    """A node of the decision rule: `says` is the question ("age below 35") or, at a leaf, empty with an `arm`.

    parent : number of the node above, −1 at the root; branch : "yes", "no", or "" at the root
    effect : of the indicated arm against the better arm for everyone, among the people of a leaf
    """

    node: int
    parent: int
    branch: str
    says: str
    arm: str | None
    n: int
    effect: Interval


@dataclass(frozen=True, slots=True)
class RuleCondition:
    """One condition a recommendation must meet, and whether it does; None where it could not be checked."""

    condition: str
    met: bool | None
    says: str


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """Mean outcome if everybody were treated by a policy ("all Beat the Blues", "by the rule"), cross-fitted."""

    policy: str
    value: Interval
    gain: Interval


@dataclass(frozen=True, slots=True)
class PowerPoint:
    """Power to show a gain with n people; `gain` says which gain."""

    gain: str
    n: int
    power: float


@dataclass(frozen=True, slots=True)
class RecommendationDetail:
    """Who should get what: the rule (empty when none is recommended), the conditions, what policies are worth, N needed.

    repeats : cross-fitted gain in each repeat, with its limits
    later : gain at occasions after the one the rule was made for
    """

    outcome: str
    better: str
    unit: str
    rule: tuple[RuleNode, ...]
    conditions: tuple[RuleCondition, ...]
    values: tuple[PolicyValue, ...]
    repeats: tuple[Interval, ...]
    later: tuple[tuple[str, Interval], ...]
    power: tuple[PowerPoint, ...]


@dataclass(frozen=True, slots=True)
class SubgroupRow:
    """The rule in one subgroup: how many, share indicated each arm, gain, and predicted minus observed effect."""

    variable: str
    level: str
    n: int
    indicated: tuple[tuple[str, float], ...]
    gain: Interval
    bias: Interval


@dataclass(frozen=True, slots=True)
class FairUseDetail:
    """Performance of the rule per declared subgroup."""

    outcome: str
    better: str
    unit: str
    recommended: bool
    rows: tuple[SubgroupRow, ...]


@dataclass(frozen=True, slots=True)
class ScaleEffect:
    """Standardised effect on one scale of a profile (baseline standard deviations, above 0: better)."""

    scale: str
    label: str
    effect: Interval
    deviation: Interval


@dataclass(frozen=True, slots=True)
class DimensionalContrast:
    """One contrast: effects scale by scale, the common effect, and the test of whether they differ."""

    arm: str
    reference: str
    scales: tuple[ScaleEffect, ...]
    common: Interval
    p: Number


@dataclass(frozen=True, slots=True)
class DimensionalDetail:
    """Is the effect general or specific over the scales of a profile?"""

    profile: str
    contrasts: tuple[DimensionalContrast, ...]
