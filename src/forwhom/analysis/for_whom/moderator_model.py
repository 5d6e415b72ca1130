"""The repeated-measures model with moderators: their main effect at every occasion, arm by moderator after treatment."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.courses import Courses
from forwhom.analysis.outcome.repeated_model import Clusters, Design, design


@dataclass(frozen=True, slots=True)
class InteractionDesign:
    """Rows and columns with arm by moderator.

    rows : as the comparison of arms has them, more columns in `x`; `rows.cell` as there, at moderators of value 0
    interaction : (arms, occasions, c) column of the interaction of that arm (against arm 0) with that moderator at that
        occasion; −1 for arm 0, before treatment (where randomisation makes the arms equal), and where the people seen
        there cannot tell it from the other columns
    """

    rows: Design
    interaction: np.ndarray

    def estimable(self, arm: int, occasion: int) -> bool:
        """Whether every moderator has its interaction with this arm at this occasion."""
        return bool((self.interaction[arm, occasion] >= 0).all() and (self.rows.cell[[0, arm], occasion] >= 0).all())

    def effect(self, arm: int, occasion: int, at: np.ndarray) -> np.ndarray:
        """Contrast row (p,) of arm minus arm 0 at an occasion, for somebody whose moderators are `at` (c,)."""
        row = np.zeros(self.rows.x.shape[1])
        row[self.rows.cell[arm, occasion]] = 1.0
        row[self.rows.cell[0, occasion]] = -1.0
        row[self.interaction[arm, occasion]] += at
        return row

    def slopes(self, arm: int, occasion: int) -> np.ndarray:
        """Contrast rows (c, p): how much more (arm minus arm 0) one unit of each moderator brings."""
        unit: np.ndarray = np.eye(self.rows.x.shape[1])
        return np.asarray(unit[self.interaction[arm, occasion]])


def interaction_design(
    here: Courses, extra: np.ndarray, moderators: np.ndarray, clusters: Clusters | None = None
) -> InteractionDesign:
    """The design of the comparison of arms, with the moderators' main effects and their interactions with arm.

    extra : (n, q) planned covariates (and fixed sites), centred; those the moderators already say are left out
    moderators : (n, c) centred, finite for everybody with a score in `here` (see `only`)
    """
    used = here.allocated & np.isfinite(here.scores).any(axis=1)
    if not np.isfinite(moderators[used]).all():
        raise ValueError(
            "a moderator is absent for somebody in the model; leave that person out (`only`) or fill it in."
        )
    rows = design(here, np.column_stack([np.where(used[:, None], moderators, 0.0), extra]), clusters)
    columns = [rows.x]
    width = rows.x.shape[1]
    interaction = np.full((len(here.arms), here.times.size, moderators.shape[1]), -1, dtype=np.intp)
    for j in np.flatnonzero(~here.before).tolist():
        seen = np.flatnonzero(rows.occasion == j)
        basis = _basis(rows.x[seen])
        for k in range(1, len(here.arms)):
            inside = (here.arm[rows.person[seen]] == k).astype(float)
            for c in range(moderators.shape[1]):
                part = inside * moderators[rows.person[seen], c]
                rest = part - basis @ (basis.T @ part)
                rest -= basis @ (basis.T @ rest)
                size = float(np.linalg.norm(rest))
                if size <= 1e-8 * max(float(np.linalg.norm(part)), 1e-300) or seen.size <= basis.shape[1] + 1:
                    continue
                basis = np.column_stack([basis, rest / size])
                column = np.zeros(rows.person.size)
                column[seen] = part
                columns.append(column[:, None])
                interaction[k, j, c] = width
                width += 1
    return InteractionDesign(replace(rows, x=np.column_stack(columns)), interaction)


def _basis(x: np.ndarray) -> np.ndarray:
    """Orthonormal columns spanning those of x."""
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    return np.asarray(u[:, s > 1e-10 * max(float(s[0]), 1e-300)]) if s.size else np.empty((x.shape[0], 0))


def only(here: Courses, keep: np.ndarray) -> Courses:
    """The courses with everybody else taken out of the arms, so that no model sees them. keep : (n,) True to stay."""
    return replace(here, arm=np.where(keep, here.arm, -1))


def after_treatment(here: Courses) -> Courses:
    """The courses without the occasions before treatment.

    Where the baseline of the outcome itself is the moderator it cannot be an outcome too: given the baseline, its
    own row has no spread left. The model is then an analysis of covariance over the occasions after it.
    """
    kept = np.flatnonzero(~here.before)
    return replace(here, times=here.times[kept], scores=here.scores[:, kept], baseline=0)
