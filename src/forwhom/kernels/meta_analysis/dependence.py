"""Covariance of effects that share people."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forwhom.kernels.meta_analysis import checks
from forwhom.kernels.meta_analysis.effects import Array


def block_covariance(v: ArrayLike, cluster: ArrayLike, rho: float) -> Array:
    """Sampling covariance (k, k) of effects that correlate rho within a cluster: rho sqrt(v_i v_j) (Hedges et al., 2010).

    v : (k,) sampling variances; cluster : (k,) labels of samples; rho : assumed, 0 to below 1
    The correlation of outcomes measured on the same people is seldom printed, so results are shown for several rho.

    >>> block_covariance([0.04, 0.09, 0.05], ["a", "a", "b"], 0.5).round(3)
    array([[0.04, 0.03, 0.  ],
           [0.03, 0.09, 0.  ],
           [0.  , 0.  , 0.05]])
    """
    if not 0.0 <= rho < 1.0:
        raise ValueError(f"rho is {rho}; give a correlation from 0 to below 1.")
    variance = np.asarray(v, dtype=np.float64)
    group = checks.codes(cluster, variance.size)
    _, variance = checks.effects_and_variances(np.zeros_like(variance), variance)
    same = group[:, None] == group[None, :]
    made = np.where(same, rho * np.sqrt(np.outer(variance, variance)), 0.0)
    np.fill_diagonal(made, variance)
    return made


def shared_control_covariance(
    v: ArrayLike, control: ArrayLike, n_control: ArrayLike, g: ArrayLike | None = None
) -> Array:
    """Sampling covariance (k, k) of effects against the same control group (Gleser & Olkin, 2009, eq. 19.19 and 19.26).

    v : (k,) sampling variances; control : (k,) label of the control group; n_control : (k,) its people
    g : (k,) standardised differences; their covariance is 1/n_control + g_i g_j / (2 N), N the people of both groups,
        recovered from v. None for effects on another scale whose control group has variance 1/n_control.

    >>> shared_control_covariance([0.1, 0.1], ["c", "c"], [20, 20]).round(3)
    array([[0.1 , 0.05],
           [0.05, 0.1 ]])
    """
    variance = np.asarray(v, dtype=np.float64)
    _, variance = checks.effects_and_variances(np.zeros_like(variance), variance)
    group = checks.codes(control, variance.size)
    people = np.asarray(n_control, dtype=np.float64)
    if people.shape != variance.shape or not (people > 0).all():
        raise ValueError("n_control must hold a number of people above 0 for every effect.")
    same = (group[:, None] == group[None, :]) & ~np.eye(variance.size, dtype=bool)
    shared = 1.0 / np.sqrt(np.outer(people, people))
    if g is not None:
        effect = np.asarray(g, dtype=np.float64)
        total = _people_of(variance, effect, people)
        shared = shared + np.outer(effect, effect) / (2.0 * np.sqrt(np.outer(total, total)))
    made = np.where(same, shared, 0.0)
    np.fill_diagonal(made, variance)
    return made


def _people_of(v: Array, g: Array, n2: Array) -> Array:
    """n1 + n2 for which 1/n1 + 1/n2 + g²/(2 (n1 + n2)) is v, by a few Newton steps."""
    n1 = 1.0 / np.maximum(v - 1.0 / n2, 1e-9)
    for _ in range(30):
        excess = 1.0 / n1 + 1.0 / n2 + g**2 / (2.0 * (n1 + n2)) - v
        n1 = np.maximum(n1 + excess / (1.0 / n1**2 + g**2 / (2.0 * (n1 + n2) ** 2)), 0.5)
    return np.asarray(n1 + n2)
