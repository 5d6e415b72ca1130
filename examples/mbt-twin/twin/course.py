"""Severity, mentalizing and emotion regulation at the four assessments, in either arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.design import Design, stream
from twin.people import People
from twin.therapy import Therapy


@dataclass(frozen=True, slots=True)
class Noise:
    """What is random in a course, drawn before the arm is known: the same for both courses a person could have had.

    therapist : (n,) effect of the person's therapist, in SD of therapists
    """

    slope: np.ndarray
    residual: np.ndarray
    therapist: np.ndarray
    mentalizing: np.ndarray
    regulation: np.ndarray


@dataclass(frozen=True, slots=True)
class Course:
    """(n, 4) latent severity S, mentalizing in points of the rating, difficulties in emotion regulation in points.

    line : (n, 4) severity without what is of one assessment only: where sessions between the assessments lie
    """

    severity: np.ndarray
    line: np.ndarray
    mentalizing: np.ndarray
    regulation: np.ndarray


def draw_noise(size: int, therapist: np.ndarray | None, design: Design, seed: int) -> Noise:
    """Noise of everybody. therapist : (n,) codes; None where every person has a therapist of their own (populations)."""
    rng = stream(seed, "course")
    effects = rng.standard_normal(size if therapist is None else design.therapists_mbt + design.therapists_scm)
    own = effects if therapist is None else np.where(therapist >= 0, effects[np.maximum(therapist, 0)], 0.0)
    return Noise(
        rng.standard_normal(size),
        rng.standard_normal((size, 4)),
        own,
        rng.standard_normal((size, 4)),
        rng.standard_normal((size, 4)),
    )


def course(
    people: People, therapy: Therapy, noise: Noise, arm: np.ndarray, design: Design, carrier: np.ndarray | None = None
) -> Course:
    """The course under an arm.

    arm : (n,) 1 MBT, 0 SCM (and not randomised)
    carrier : (n,) arm that mentalizing follows where it shall differ, for natural direct and indirect effects
    """
    mentalizing = _mentalizing(people, noise, arm if carrier is None else carrier, design)
    change = mentalizing[:, 1] - mentalizing[:, 0]
    mean, carried, direct, through, ally, rupture, diagnoses, adversity, growing = (
        np.array(part)
        for part in (
            design.mean,
            design.carried,
            design.direct,
            design.by_mentalizing,
            design.by_alliance,
            design.by_rupture,
            design.by_diagnoses,
            design.by_adversity,
            design.growing,
        )
    )
    here = arm[:, None] == 1
    usual = np.outer(people.severity, carried) + mean + np.outer(change - design.mentalizing_change, through)
    effect = direct + np.outer(people.z_diagnoses, diagnoses) + np.outer(people.z_adversity, adversity)
    lasting = design.person_sd * noise.slope + design.therapist_sd * noise.therapist
    first = np.array([0.0, 1.0, 1.0, 1.0])  # before treatment S is what the person came with
    line = (
        usual
        + here * effect
        + np.outer(therapy.alliance, ally)
        + therapy.unrepaired * rupture
        + np.outer(lasting, growing)
    )
    severity = line + design.residual_sd * noise.residual * first
    return Course(severity, line, mentalizing, _regulation(people, noise, arm, design))


def _mentalizing(people: People, noise: Noise, arm: np.ndarray, design: Design) -> np.ndarray:
    start = design.mentalizing_mean + design.mentalizing_sd * (
        -0.3 * people.severity + np.sqrt(1 - 0.3**2) * noise.mentalizing[:, 0]
    )
    change = (
        design.mentalizing_change
        + design.mentalizing_effect * (arm == 1)
        - 0.25 * (start - design.mentalizing_mean)
        + design.mentalizing_residual_sd * noise.mentalizing[:, 1]
    )
    later = 0.15 + 0.10 * (arm == 1)[:, None] + 0.5 * noise.mentalizing[:, 2:]
    return np.column_stack([start, start + change, (start + change)[:, None] + np.cumsum(later, axis=1)])


def _regulation(people: People, noise: Noise, arm: np.ndarray, design: Design) -> np.ndarray:
    """Difficulties fall more with MBT, and carry nothing."""
    start = 54 + 9 * (0.45 * people.severity + np.sqrt(1 - 0.45**2) * noise.regulation[:, 0])
    change = -3 + design.regulation_effect * (arm == 1) - 0.25 * (start - 54) + 6 * noise.regulation[:, 1]
    later = -1 + 4 * noise.regulation[:, 2:]
    return np.column_stack([start, start + change, (start + change)[:, None] + np.cumsum(later, axis=1)])
