"""Who was screened, who was randomised, and what is known of them before treatment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.design import Design, stream

DIAGNOSES = (2.197, 1.086)
ADVERSITY = (4.5, 1.573)
"""Mean and standard deviation of the two moderators, of the distributions they are drawn from."""


@dataclass(frozen=True, slots=True)
class People:
    """One row per screened person.

    age, adversity, diagnoses, attempts : counts; woman, aspd, employed : 0 or 1
    severity : (n,) latent S before treatment; z_diagnoses, z_adversity : (n,) the moderators in SD
    """

    age: np.ndarray
    woman: np.ndarray
    aspd: np.ndarray
    diagnoses: np.ndarray
    adversity: np.ndarray
    attempts: np.ndarray
    employed: np.ndarray
    severity: np.ndarray

    @property
    def size(self) -> int:
        """How many."""
        return self.age.size

    @property
    def z_diagnoses(self) -> np.ndarray:
        """(n,) number of personality disorders in SD from its mean."""
        return (self.diagnoses - DIAGNOSES[0]) / DIAGNOSES[1]

    @property
    def z_adversity(self) -> np.ndarray:
        """(n,) childhood adversity in SD from its mean."""
        return (self.adversity - ADVERSITY[0]) / ADVERSITY[1]


def draw_people(size: int, seed: int) -> People:
    """People as they come: nothing about them depends on treatment."""
    rng = stream(seed, "people")
    age = np.clip(np.rint(rng.normal(31, 7.6, size)), 18, 58)
    woman = (rng.random(size) < 0.80).astype(int)
    aspd = (rng.random(size) < 0.22).astype(int)
    diagnoses = np.minimum(1 + rng.poisson(1.2, size), 7)
    adversity = rng.binomial(10, 0.45, size)
    attempts = np.minimum(rng.poisson(1.1, size), 8)
    employed = (rng.random(size) < 0.28).astype(int)
    own = rng.standard_normal(size)
    drawn = People(age, woman, aspd, diagnoses, adversity, attempts, employed, own)
    severity = 0.30 * drawn.z_diagnoses + 0.25 * drawn.z_adversity + np.sqrt(1 - 0.30**2 - 0.25**2) * own
    return People(age, woman, aspd, diagnoses, adversity, attempts, employed, severity)


@dataclass(frozen=True, slots=True)
class Allocation:
    """(n,) arm (1 MBT, 0 SCM, −1 not randomised), therapist and therapy group (−1 for none)."""

    arm: np.ndarray
    therapist: np.ndarray
    group: np.ndarray


def allocate(people: People, design: Design, seed: int) -> Allocation:
    """Minimisation on age, gender and antisocial personality disorder; therapists and groups inside the arm.

    The arm with the smaller imbalance is taken with probability 0.8, until an arm is full.
    """
    rng = stream(seed, "allocation")
    arm = np.full(people.size, -1)
    randomised = np.sort(rng.permutation(people.size)[: design.n])
    factors = np.column_stack([people.age > 30, people.woman, people.aspd]).astype(int)
    share = np.array([1 - design.to_mbt / design.n, design.to_mbt / design.n])
    left = np.array([design.n - design.to_mbt, design.to_mbt])
    counts = np.zeros((2, 3, 2))
    places = np.arange(3)
    for i in randomised:
        would = [float((counts[k, places, factors[i]] / share[k]).sum()) for k in (0, 1)]
        first = int(would[1] < would[0]) if would[0] != would[1] else int(rng.random() < share[1])
        taken = first if rng.random() < 0.8 else 1 - first
        taken = taken if left[taken] else 1 - taken
        arm[i] = taken
        left[taken] -= 1
        counts[taken, places, factors[i]] += 1
    therapist = np.full(people.size, -1)
    group = np.full(people.size, -1)
    made = 0
    for k, number in ((0, design.therapists_scm), (1, design.therapists_mbt)):
        members = np.flatnonzero(arm == k)
        therapist[members] = (design.therapists_scm if k else 0) + rng.permutation(members.size) % number
        groups = max(round(members.size / design.group_size), 1)
        # Groups fill one after the other, as people come.
        group[members] = made + np.arange(members.size) * groups // members.size
        made += groups
    return Allocation(arm, therapist, group)
