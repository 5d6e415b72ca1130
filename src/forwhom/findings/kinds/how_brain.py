"""Kinds of the chapter on how it works: the brain."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number


@dataclass(frozen=True, slots=True)
class BrainChange:
    """Change of one cell: of one arm, or of an arm beyond the reference.

    cell : in words; modality, hemisphere, condition : as recorded, "" where not
    arm, reference : names of arms; reference is None for the change of one arm by itself
    effect : last occasion minus baseline in the modality's own unit; standardised : in baseline standard deviations
    p, holm : of no difference; adjusted over the family (all planned, or all other, comparisons of arms)
    n : people with both occasions
    """

    cell: str
    modality: str
    hemisphere: str
    condition: str
    arm: str
    reference: str | None
    effect: Interval
    standardised: Interval
    p: Number
    holm: Number
    n: int


@dataclass(frozen=True, slots=True)
class BrainSymptom:
    """Correlation of a cell's change with the change of symptoms within arms.

    r : Pearson with Fisher limits; rank : of ranks; least, most : r without the one person who moves it most
    extreme : people whose change lies further than 5 robust standard deviations (of the median deviation) from their arm
    points : (arm, change of the cell, change of symptoms) per person
    """

    cell: str
    modality: str
    r: Interval
    rank: Interval
    least: Number
    most: Number
    p: Number
    holm: Number
    n: int
    extreme: int
    points: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class BrainDetail:
    """One region: change by arm, difference between hemispheres, and what goes with symptoms.

    symptom : the outcome in words; better : its direction; laterality : left minus right, of the difference between arms
        (or of the change, in a study of one arm)
    """

    region: str
    symptom: str
    better: str
    unit: str
    changes: tuple[BrainChange, ...]
    laterality: tuple[BrainChange, ...]
    symptoms: tuple[BrainSymptom, ...]


@dataclass(frozen=True, slots=True)
class BrainPredictionDetail:
    """Do baseline regions foretell the outcome beyond the baseline score: out of sample, against chance.

    gain : share of the error of prediction that the regions take away in people not learned from; below zero they add error
    in_sample : the same in the people learned from: what must not be reported
    chance : gains under permutation
    observed, predicted : (outcome, prediction) per person
    """

    modality: str
    outcome: str
    predictors: tuple[str, ...]
    gain: float
    in_sample: float
    p: float
    holm: Number
    covariate_r2: float
    full_r2: float
    chance: tuple[float, ...]
    people: tuple[tuple[str, float, float], ...]
