"""The normal log likelihood of moments given data condensed by pattern, with derivatives by the moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.patterns import Patterns

Array = NDArray[np.float64]
LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Moments:
    """-2 log likelihood of one group at (Sigma, mu), and what its derivatives are made of.

    deviance : -2 log likelihood, inf where Sigma is not positive definite
    q : (p, p), r : (p,) its derivatives by Sigma (cell by cell) and mu
    inverse : (K, p, p) inverse of Sigma over the observed entries of each pattern, 0 elsewhere
    off : (K, p) mean of the pattern less mu, 0 elsewhere; scatter : (K, p, p) cross + off off'
    """

    deviance: float
    q: Array
    r: Array
    inverse: Array
    off: Array
    scatter: Array


def moments(data: Patterns, sigma: Array, mu: Array) -> Moments | None:
    """Likelihood at (sigma, mu); None where sigma is not positive definite over some pattern."""
    seen = data.seen
    both = seen[:, :, None] & seen[:, None, :]
    each = np.where(both, sigma, 0.0)
    p = sigma.shape[0]
    place = np.arange(p)
    each[:, place, place] = np.where(seen, np.diagonal(sigma), 1.0)
    try:
        root = np.linalg.cholesky(each)
    except np.linalg.LinAlgError:
        return None
    logdet = 2 * np.log(root[:, place, place]).sum(axis=1)
    inverse = np.where(both, np.linalg.inv(each), 0.0)
    off = np.where(seen, data.mean - mu, 0.0)
    scatter = data.cross + off[:, :, None] * off[:, None, :]
    weighted = inverse * data.count[:, None, None]
    fit = float(np.einsum("kij,kij->", weighted, scatter))
    deviance = fit + float(data.count @ (logdet + seen.sum(axis=1) * LOG_2PI))
    if not np.isfinite(deviance):
        return None
    q = weighted.sum(axis=0) - (weighted @ scatter @ inverse).sum(axis=0)
    r = -2 * np.einsum("kij,kj->i", weighted, off)
    return Moments(deviance, (q + q.T) / 2, r, inverse, off, scatter)


@dataclass(frozen=True, slots=True)
class Directions:
    """How the moments move with each of c free cells, as few vectors: dSigma = weight (x y' + y x'), dmu = shift z.

    vectors : (p, b); x, y, z : (c,) columns of it; weight, shift : (c,) 0 where a cell does not move that moment
    """

    vectors: Array
    x: NDArray[np.intp]
    y: NDArray[np.intp]
    z: NDArray[np.intp]
    weight: Array
    shift: Array


def information(data: Patterns, at: Moments, along: Directions, *, observed: bool) -> Array:
    """Information (c, c) about the free cells: expected given the patterns, or observed less the moments' own curvature.

    The products of at most b vectors are made once per pattern; pairs of cells then only look them up.
    """
    count = data.count[:, None, None]
    b = along.vectors
    inner = b.T @ at.inverse @ b
    if observed:
        middle = at.inverse @ at.scatter @ at.inverse
        other = b.T @ middle @ b
        pull = (at.off[:, None, :] @ at.inverse @ b)[:, 0, :]
    sig = np.flatnonzero(along.weight)
    mea = np.flatnonzero(along.shift)
    x, y, z = along.x[sig], along.y[sig], along.z[mea]
    out = np.zeros((along.x.size, along.x.size))
    covariances = np.zeros((sig.size, sig.size))
    mixed = np.zeros((sig.size, mea.size))
    for k in range(data.count.size):
        p = inner[k]
        pxx, pyy, pxy = p[np.ix_(x, x)], p[np.ix_(y, y)], p[np.ix_(x, y)]
        if observed:
            r = other[k]
            rxx, ryy, rxy = r[np.ix_(x, x)], r[np.ix_(y, y)], r[np.ix_(x, y)]
            part = (
                pxy.T * (rxy - 0.5 * pxy)
                + pxx * (ryy - 0.5 * pyy)
                + pyy * (rxx - 0.5 * pxx)
                + pxy * (rxy.T - 0.5 * pxy.T)
            )
            gone = pull[k]
            mixed += data.count[k] * (gone[x][:, None] * p[np.ix_(y, z)] + gone[y][:, None] * p[np.ix_(x, z)])
        else:
            part = pxy.T * pxy + pxx * pyy
        covariances += data.count[k] * part
    out[np.ix_(sig, sig)] = covariances * np.outer(along.weight[sig], along.weight[sig])
    out[np.ix_(mea, mea)] += (inner * count).sum(axis=0)[np.ix_(z, z)] * np.outer(along.shift[mea], along.shift[mea])
    crossed = mixed * np.outer(along.weight[sig], along.shift[mea])
    out[np.ix_(sig, mea)] += crossed
    out[np.ix_(mea, sig)] += crossed.T
    return (out + out.T) / 2
