"""From checked arrays to what is searched over: whitened columns, quadrature nodes, starting values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forwhom.kernels.glmm_checks import MODERATE, Checked, separated_words, separation
from forwhom.kernels.glmm_criterion import Setup
from forwhom.kernels.glmm_families import link_of_mean, make_family
from forwhom.kernels.glmm_layout import make_layout
from forwhom.kernels.mixed_groups import Floats, Level

# Rows times nodes that are held at once.
LARGEST_QUADRATURE = 6 * 10**7
# Standard deviation of a whitened effect at the start, on the scale of the linear predictor.
FIRST = 0.5


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model ready to be searched.

    setup : whitened; back : (n, n) x to (beta, theta as given, log shape); x_back : (p, p) part of it
    z_back : per level of the layout (q, q), lower triangular: factor = z_back @ whitened factor
    theta_slices : per level of the layout, where its elements are among the given theta
    """

    setup: Setup
    back: Floats
    x_back: Floats
    z_back: tuple[Floats, ...]


def prepare(ready: Checked, levels: Sequence[Level], family: str, link: str, points: int) -> Prepared:
    """Whiten, lay out, and choose nodes. Raises ValueError where quadrature is not possible."""
    labels = [level.label for level in levels]
    layout = make_layout(ready.columns, ready.codes, labels)
    n, p = ready.X.shape
    root = np.linalg.qr(ready.X / np.sqrt(n), mode="r")
    x_back = np.asarray(np.linalg.inv(root))
    z_back, rows, columns, z_scaled = [], [], [], []
    for k in layout.given:
        z, correlated = ready.columns[k], levels[k].correlated
        back = _lower_whitener(z[ready.codes[k] >= 0], correlated)
        z_back.append(back)
        z_scaled.append(z @ back)
        q = z.shape[1]
        places = [(a, b) for b in range(q) for a in range(b, q) if correlated or a == b]
        rows.append(np.array([a for a, _ in places]))
        columns.append(np.array([b for _, b in places]))
    lengths = {k: len(row) for k, row in zip(layout.given, rows, strict=True)}
    first = {k: p + sum(lengths[j] for j in range(k)) for k in range(len(levels))}
    slices = tuple(slice(first[k], first[k] + lengths[k]) for k in layout.given)
    shaped = family == "negative_binomial"
    back = np.eye(p + sum(lengths.values()) + shaped)
    back[:p, :p] = x_back
    for z_one, row, column, part in zip(z_back, rows, columns, slices, strict=True):
        back[part, part] = z_one[row[:, None], row[None, :]] * (column[:, None] == column[None, :])
    nodes, log_weights = _nodes(points, ready, layout.sizes)
    whitened = make_layout([z_scaled[layout.given.index(k)] for k in range(len(levels))], ready.codes, labels)
    setup = Setup(
        make_family(family, link, ready.y, ready.trials, ready.weights),
        ready.X @ x_back,
        ready.offset,
        whitened,
        tuple(rows),
        tuple(columns),
        slices,
        nodes,
        log_weights,
        shaped,
    )
    return Prepared(setup, back, x_back, tuple(z_back))


def _lower_whitener(z: Floats, correlated: bool) -> Floats:
    """Lower-triangular B such that the columns of z B have mean square 1 and, when correlated, no mean product."""
    product = z.T @ z / len(z)
    if not correlated:
        return np.diag(1 / np.sqrt(np.diagonal(product)))
    upper = np.linalg.cholesky(product[::-1, ::-1])[::-1, ::-1]
    return np.asarray(np.linalg.inv(upper).T)


def _nodes(points: int, ready: Checked, sizes: tuple[int, ...]) -> tuple[Floats, Floats]:
    q = sizes[0]
    if points == 1:
        return np.zeros((1, q)), np.zeros(1)
    if points < 1 or points > 100:
        raise ValueError(f"quadrature_points must lie between 1 (Laplace) and 100; it is {points}.")
    if len(sizes) > 1:
        raise ValueError(
            f"Quadrature with {points} points needs one grouping factor; there are {len(sizes)}. "
            "Use quadrature_points=1 (Laplace), or leave a factor out."
        )
    if points**q * len(ready.y) > LARGEST_QUADRATURE:
        raise ValueError(
            f"{points} points for {q} random effects are {points**q} nodes for each of {len(ready.y)} rows: too many. "
            "Use fewer points."
        )
    node, weight = np.polynomial.hermite_e.hermegauss(points)
    grid = np.stack(np.meshgrid(*[node] * q, indexing="ij"), axis=-1).reshape(-1, q)
    logs = np.stack(np.meshgrid(*[np.log(weight / weight.sum())] * q, indexing="ij"), axis=-1)
    return grid, logs.reshape(-1, q).sum(axis=1) + 0.5 * (grid**2).sum(axis=1)


def fixed_only(prepared: Prepared, ready: Checked, names: Sequence[str]) -> tuple[Floats, Floats]:
    """Whitened coefficients (p,) and information (p, p) of the model without random effects.

    Raises ValueError when outcomes are separated.
    """
    setup = prepared.setup
    family, X = setup.family, setup.X
    shape = 0.0
    mean = float(ready.y.sum() / (ready.trials.sum() if family.name == "binomial" else len(ready.y)))
    level = float(link_of_mean(family.link, np.array([mean]))[0]) - float(setup.offset.mean())
    beta = np.linalg.lstsq(X, np.full(len(X), level), rcond=None)[0]
    if not np.allclose(X @ beta, level):
        beta = np.zeros(X.shape[1])
    eta = X @ beta + setup.offset
    value, settled = float(family.value(eta, shape).sum()), False
    information = np.eye(X.shape[1])
    for _ in range(50):
        terms = family.terms(eta, shape)
        information = X.T @ (terms.weight[:, None] * X)
        slope = X.T @ terms.slope
        step = np.linalg.lstsq(information, slope, rcond=None)[0]
        settled = float(step @ slope) < 1e-10
        for _halving in range(30):
            trial = X @ (beta + step) + setup.offset
            with np.errstate(over="ignore"):
                next_value = float(family.value(trial, shape).sum())
            if np.isfinite(next_value) and next_value >= value - 1e-10 * abs(value):
                break
            step = step / 2
        beta, eta, value = beta + step, trial, next_value
        if settled:
            break
    moderate = float(np.abs(eta - setup.offset).max()) < MODERATE
    if not (settled and moderate):
        counts = family.name != "binomial"
        found = separation(ready.y, ready.X, ready.trials, counts=counts)
        if found is not None:
            raise ValueError(separated_words(found, names))
    return beta, information


def start(prepared: Prepared, beta: Floats, information: Floats, *, first: float = FIRST) -> tuple[Floats, Floats]:
    """x to start from, and a guess of the inverse curvature there; first : standard deviation of all effects together."""
    setup = prepared.setup
    p = setup.X.shape[1]
    x = np.zeros(setup.size)
    x[:p] = beta
    inverse = np.zeros((setup.size, setup.size))
    inverse[:p, :p] = np.linalg.pinv(information)
    for part, row, column, real in zip(setup.slices, setup.rows, setup.columns, setup.layout.real, strict=True):
        x[part] = np.where(row == column, first / np.sqrt(len(setup.slices) * (row.max() + 1)), 0.0)
        inverse[part, part] = np.eye(len(row)) / (0.5 * real)
    if setup.shaped:
        x[-1] = 0.5
        inverse[-1, -1] = 4.0 / len(setup.X)
    return x, inverse
