"""Covariance matrices over the occasions of one person, with their derivatives.

Parameters are those SAS PROC MIXED prints: every variance and covariance (unstructured), or variances and one
correlation. `local` gives unconstrained coordinates around the present value, in which Newton steps can never leave the
positive definite matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CovarianceName = Literal[
    "unstructured", "heterogeneous_ar1", "ar1", "heterogeneous_compound_symmetry", "compound_symmetry"
]
COVARIANCES: tuple[CovarianceName, ...] = (
    "unstructured",
    "heterogeneous_ar1",
    "ar1",
    "heterogeneous_compound_symmetry",
    "compound_symmetry",
)


@dataclass(frozen=True, slots=True)
class LocalStep:
    """Coordinates around one parameter value.

    jacobian : (r, r) derivative of the parameters by the coordinates, at 0
    curvature : (r, r) sum over parameters of gradient x second derivative by the coordinates
    move : coordinates (r,) -> new parameters (r,), always a positive definite matrix
    """

    jacobian: Array
    curvature: Array
    move: Callable[[Array], Array]


class Structure(Protocol):
    """What the likelihood needs to know of a covariance structure with r parameters over m occasions."""

    names: tuple[str, ...]
    linear: bool

    def matrix(self, theta: Array) -> Array:
        """Covariance matrix (m, m)."""

    def first(self, theta: Array) -> Array:
        """First derivatives (r, m, m)."""

    def second(self, theta: Array) -> Array | None:
        """Second derivatives (r, r, m, m), None where all vanish."""

    def start(self, moments: Array) -> Array:
        """Starting parameters from a positive definite matrix of moments (m, m)."""

    def local(self, theta: Array, gradient: Array) -> LocalStep:
        """Unconstrained coordinates around `theta`."""


class Unstructured:
    """Every variance and covariance free; parameters run row-wise through the lower triangle."""

    linear = True

    def __init__(self, n_occasions: int) -> None:
        self._rows, self._columns = np.tril_indices(n_occasions)
        size = self._rows.size
        self._basis = np.zeros((size, n_occasions, n_occasions))
        self._basis[np.arange(size), self._rows, self._columns] = 1.0
        self._basis[np.arange(size), self._columns, self._rows] = 1.0
        self._lower = np.tril(self._basis) * np.where(self._rows == self._columns, 0.5, 1.0)[:, None, None]
        self.names = tuple(
            f"covariance[{j},{k}]" if j != k else f"variance[{j}]"
            for j, k in zip(self._rows.tolist(), self._columns.tolist(), strict=True)
        )

    def matrix(self, theta: Array) -> Array:
        """Covariance matrix (m, m)."""
        return np.tensordot(theta, self._basis, axes=1)

    def first(self, theta: Array) -> Array:
        """First derivatives (r, m, m): constant."""
        return self._basis

    def second(self, theta: Array) -> None:
        """Vanish: the matrix is linear in its entries."""

    def start(self, moments: Array) -> Array:
        """The moments themselves."""
        return np.asarray(moments[self._rows, self._columns])

    def local(self, theta: Array, gradient: Array) -> LocalStep:
        """Matrix = L T^-1 T'^-1 L' with L the present Cholesky factor and T = I - K, K lower triangular, the coordinates.

        In these the likelihood of data that are complete or end early is convex, so Newton steps are safe far from the
        optimum and near singular matrices alike.
        """
        chol = np.asarray(np.linalg.cholesky(self.matrix(theta)))
        jacobian = (chol @ self._basis @ chol.T)[:, self._rows, self._columns].T
        half = np.where(self._rows == self._columns, gradient, gradient / 2.0)
        pulled = chol.T @ np.tensordot(half, self._basis, axes=1) @ chol
        left = pulled @ self._lower
        # K_r K_s' from the product of the two factors, K_r K_s and K_s K_r from the second order of each inverse.
        within = np.einsum("rij,sij->rs", left, self._lower)
        across = np.einsum("rij,sji->rs", left, self._lower)
        return LocalStep(jacobian, 2.0 * (within + across + across.T), lambda step: self._moved(chol, step))

    def _moved(self, chol: Array, step: Array) -> Array:
        factor = np.eye(chol.shape[0]) - np.tensordot(step, self._lower, axes=1)
        # A deviation may at most grow twentyfold in one step; the damping takes care of the rest.
        np.fill_diagonal(factor, np.maximum(np.diag(factor), 0.05))
        root = chol @ np.linalg.inv(factor)
        return np.asarray((root @ root.T)[self._rows, self._columns])


class Correlated:
    """Variances (one, or one per occasion) and one correlation: AR(1) or compound symmetry.

    Compound symmetry with one variance is linear in (variance, covariance); the correlation is used in its place
    because everything computed from first derivatives and the information matrix is the same in both.
    """

    def __init__(self, n_occasions: int, *, decay: bool, heterogeneous: bool) -> None:
        m = n_occasions
        lag = np.abs(np.subtract.outer(np.arange(m), np.arange(m))).astype(float)
        self._lag = lag if decay else np.minimum(lag, 1.0)
        self._lowest = -1.0 if decay else -1.0 / (m - 1)
        self._heterogeneous = heterogeneous
        self._tie = np.eye(m) if heterogeneous else np.ones((1, m))
        self._share = (np.eye(m)[:, :, None] + np.eye(m)[:, None, :]) / 2.0
        self.linear = not decay and not heterogeneous
        self.names = (*([f"variance[{j}]" for j in range(m)] if heterogeneous else ["variance"]), "correlation")

    def _parts(self, theta: Array) -> tuple[Array, Array, Array, Array]:
        variances, rho = self._tie.T @ theta[:-1], theta[-1]
        scale = np.sqrt(np.outer(variances, variances))
        power = self._lag
        correlation = rho**power
        slope = np.where(power >= 1, power * rho ** np.maximum(power - 1, 0), 0.0)
        bend = np.where(power >= 2, power * (power - 1) * rho ** np.maximum(power - 2, 0), 0.0)
        return variances, scale * correlation, scale * slope, scale * bend

    def matrix(self, theta: Array) -> Array:
        """Covariance matrix (m, m)."""
        return self._parts(theta)[1]

    def first(self, theta: Array) -> Array:
        """First derivatives (r, m, m)."""
        variances, matrix, slope, _ = self._parts(theta)
        by_variance = self._share / variances[:, None, None]
        return np.concatenate([np.tensordot(self._tie, by_variance * matrix, axes=1), slope[None]])

    def second(self, theta: Array) -> Array:
        """Second derivatives (r, r, m, m)."""
        variances, matrix, slope, bend = self._parts(theta)
        by_variance = self._share / variances[:, None, None]
        both = by_variance[:, None] * by_variance[None]
        diagonal = np.arange(variances.size)
        both[diagonal, diagonal] -= self._share / (variances**2)[:, None, None]
        tied = np.einsum("ra,sb,abjk->rsjk", self._tie, self._tie, both * matrix)
        cross = np.tensordot(self._tie, by_variance * slope, axes=1)
        r = theta.size
        result = np.empty((r, r, *matrix.shape))
        result[:-1, :-1], result[:-1, -1], result[-1, :-1], result[-1, -1] = tied, cross, cross, bend
        return result

    def start(self, moments: Array) -> Array:
        """Variances from the diagonal, correlation from the neighbours (AR) or from all pairs (compound symmetry)."""
        variances = np.diag(moments)
        correlation = moments / np.sqrt(np.outer(variances, variances))
        rho = float(np.mean(correlation[self._lag == 1.0]))
        low = self._lowest
        rho = min(max(rho, low + 0.05 * (1 - low)), 0.95)
        return np.append(variances if self._heterogeneous else [float(np.mean(variances))], rho)

    def local(self, theta: Array, gradient: Array) -> LocalStep:
        """Logarithms of the variances, logit of the correlation between its limits."""
        low, rho = self._lowest, theta[-1]
        share = (rho - low) / (1.0 - low)
        slope = (1.0 - low) * share * (1.0 - share)
        first = np.append(theta[:-1], slope)
        second = np.append(theta[:-1], slope * (1.0 - 2.0 * share))

        def move(step: Array) -> Array:
            logit = np.clip(np.log(share) - np.log1p(-share) + step[-1], -30.0, 30.0)
            moved = theta[:-1] * np.exp(np.clip(step[:-1], -20.0, 20.0))
            return np.append(moved, low + (1.0 - low) / (1.0 + np.exp(-logit)))

        return LocalStep(np.diag(first), np.diag(gradient * second), move)


def structure(name: CovarianceName, n_occasions: int) -> Structure:
    """The structure called `name`. With a single occasion all of them are one variance.

    >>> structure("ar1", 3).matrix(np.array([4.0, 0.5]))
    array([[4., 2., 1.],
           [2., 4., 2.],
           [1., 2., 4.]])
    """
    if name not in COVARIANCES:
        raise ValueError(f"covariance {name!r} is not known. Known: {', '.join(COVARIANCES)}.")
    if name == "unstructured" or n_occasions == 1:
        return Unstructured(n_occasions)
    return Correlated(n_occasions, decay="ar1" in name, heterogeneous=name.startswith("heterogeneous"))
