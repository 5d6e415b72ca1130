"""Minus twice the approximate log-likelihood of a generalised mixed model, with its exact gradient.

    eta = X beta + offset + Z Lambda u,   u ~ N(0, I)

Laplace's approximation around the mode of u (Bates et al. 2015; Breslow & Clayton 1993, JASA 88, eq. 4 with observed weights),
and with one grouping factor adaptive Gauss-Hermite quadrature (Pinheiro & Bates 1995, J Comput Graph Stat 4, 12-35), of
which Laplace is the case of one node. The gradient follows the mode and the scale of the nodes, so that it is the
slope of the number given, not of the integral approximated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.kernels.glmm_families import Family, Terms
from forwhom.kernels.glmm_layout import Layout
from forwhom.kernels.glmm_solve import Solver, factor, inverse_parts, inverted, local, solve
from forwhom.kernels.mixed_groups import Floats, Ints

# The mode is found when the squared length of a Newton step, in its own metric, is below this; the next is its square.
STEP = 1e-11
MOST_STEPS = 100
# Half of a log-likelihood is all that a single step may be expected to gain before it is shortened.
SHORTEN = 40


@dataclass(frozen=True, slots=True)
class Setup:
    """What does not change during a search.

    X : (N, p) and the columns behind `layout` (whitened); offset : (N,)
    rows, columns : per level of the layout, places of the free elements of its factor; slices : where they are in x
    nodes : (J, q) standard nodes, log_weights : (J,) including their normal density; one node at 0 for Laplace
    shaped : the last element of x is the logarithm of a shape
    """

    family: Family
    X: Floats
    offset: Floats
    layout: Layout
    rows: tuple[Ints, ...]
    columns: tuple[Ints, ...]
    slices: tuple[slice, ...]
    nodes: Floats
    log_weights: Floats
    shaped: bool

    @property
    def size(self) -> int:
        """Length of x: fixed effects, elements of the factors, shape."""
        return int(self.X.shape[1]) + sum(len(one) for one in self.rows) + int(self.shaped)


@dataclass(frozen=True, slots=True)
class Mode:
    """The mode of the random effects given the parameters.

    u : (columns,) spherical effects; eta : (N,); penalised : minus log density of y and u, up to constants
    fronts : products of the columns weighted (unscaled); solver : of the curvature; scale : Lambda of a front
    found : the search ended at a mode
    """

    u: Floats
    eta: Floats
    terms: Terms
    penalised: float
    fronts: Floats
    solver: Solver
    scale: Floats
    found: bool


@dataclass(frozen=True, slots=True)
class Value:
    """Criterion at x; gradient (p + k,) is empty when not asked for; value infinite where no mode was found."""

    value: float
    gradient: Floats
    u: Floats


def factors(setup: Setup, x: Floats) -> list[Floats]:
    """Lower-triangular factor (q, q) of each level, in the order of the layout."""
    made = []
    for q, row, column, part in zip(setup.layout.sizes, setup.rows, setup.columns, setup.slices, strict=True):
        one = np.zeros((q, q))
        one[row, column] = x[part]
        made.append(one)
    return made


def spread(setup: Setup, lambdas: list[Floats], u: Floats) -> Floats:
    """Lambda u (columns,)."""
    layout = setup.layout
    ends = (*layout.starts[1:], layout.columns)
    parts = [
        (u[start:end].reshape(-1, q) @ one.T).ravel()
        for start, end, q, one in zip(layout.starts, ends, layout.sizes, lambdas, strict=True)
    ]
    return np.concatenate(parts)


def shape_of(setup: Setup, x: Floats) -> float:
    """Logarithm of the shape; 0 for families without."""
    return float(x[-1]) if setup.shaped else 0.0


def find_mode(setup: Setup, x: Floats, u: Floats) -> Mode:
    """Newton's method with step halving from u, all groups at once."""
    layout, family = setup.layout, setup.family
    lambdas = factors(setup, x)
    transposed = [one.T for one in lambdas]
    scale = local(layout, lambdas)
    shape = shape_of(setup, x)
    fixed = setup.X @ x[: setup.X.shape[1]] + setup.offset

    def at(u: Floats) -> tuple[Floats, float]:
        eta = fixed + layout.rows @ spread(setup, lambdas, u)
        return eta, 0.5 * float(u @ u) - float(family.value(eta, shape).sum())

    eta, value = at(u)
    if not np.isfinite(value):
        u = np.zeros_like(u)
        eta, value = at(u)
    closing = False
    for _ in range(MOST_STEPS):
        terms = family.terms(eta, shape)
        fronts = (layout.products.T @ terms.weight).reshape(-1, layout.front, layout.front)
        scaled = scale.T @ fronts @ scale if len(scale) > 1 else fronts * scale[0, 0] ** 2
        solver = factor(layout, scaled)
        if closing or not np.isfinite(value):
            return Mode(u, eta, terms, value, fronts, solver, scale, bool(np.isfinite(value)))
        slope = spread(setup, transposed, layout.rows.T @ terms.slope) - u
        step = solve(solver, slope)
        gain = float(step @ slope)
        closing = gain < STEP
        for _halving in range(SHORTEN):
            next_eta, next_value = at(u + step)
            if np.isfinite(next_value) and next_value <= value + 1e-12 * (1 + abs(value)):
                break
            step = step / 2
        else:
            return Mode(u, eta, terms, value, fronts, solver, scale, closing)
        u, eta, value = u + step, next_eta, next_value
    return Mode(u, eta, terms, value, fronts, solver, scale, False)


def criterion(setup: Setup, x: Floats, u: Floats, *, gradient: bool = True) -> Value:
    """Minus twice the log-likelihood at x without the family's constant; u : where the search for the mode starts."""
    with np.errstate(over="ignore", invalid="ignore"):
        mode = find_mode(setup, x, u)
    if not mode.found or not np.isfinite(mode.solver.logdet):
        return Value(np.inf, np.zeros(0), u)
    if len(setup.nodes) == 1:
        value = 2.0 * mode.penalised + mode.solver.logdet
        if not gradient:
            return Value(value, np.zeros(0), mode.u)
        parts = inverse_parts(mode.solver)[0]
        pull = _Pull(-2.0 * mode.terms.slope, None, parts, np.zeros_like(mode.u), 0.0)
        if setup.shaped:
            pull = _with_shape(setup, x, mode, pull)
        return Value(value, _gradient(setup, x, mode, pull), mode.u)
    value, adjoint = _quadrature(setup, x, mode)
    return Value(value, _gradient(setup, x, mode, adjoint) if gradient else np.zeros(0), mode.u)


@dataclass(frozen=True, slots=True)
class _Pull:
    """How the criterion changes with what it is computed from.

    eta : (N,) with the linear predictor, effects held; factor : (q, q) with Lambda, effects held (None: from eta at the mode)
    curvature : (G, F, F) with the scaled curvature; u : (columns,) with the mode; shape : with the logarithm of the shape
    """

    eta: Floats
    factor: Floats | None
    curvature: Floats
    u: Floats
    shape: float


def _with_shape(setup: Setup, x: Floats, mode: Mode, pull: _Pull) -> _Pull:
    assert setup.family.shape_terms is not None
    direct = -2.0 * float(setup.family.shape_terms(mode.eta, shape_of(setup, x)).loglik.sum())
    return _Pull(pull.eta, pull.factor, pull.curvature, pull.u, direct)


def _gradient(setup: Setup, x: Floats, mode: Mode, pull: _Pull) -> Floats:
    """Slopes in x: through the curvature, through the mode (by its implicit derivative), and directly."""
    layout, terms = setup.layout, mode.terms
    lambdas = factors(setup, x)
    transposed = [one.T for one in lambdas]
    leverage = layout.products @ (mode.scale @ pull.curvature @ mode.scale.T).ravel()
    bend = leverage * terms.turn
    right = spread(setup, transposed, layout.rows.T @ bend) + pull.u
    a = solve(mode.solver, right)
    along = layout.rows @ spread(setup, lambdas, a)
    moved = bend - terms.weight * along
    out = np.zeros(setup.size)
    p = setup.X.shape[1]
    out[:p] = setup.X.T @ (pull.eta + moved)
    direct = layout.rows.T @ (moved if pull.factor is not None else pull.eta + moved)
    score = layout.rows.T @ terms.slope
    width = layout.front
    shared = np.tensordot(mode.fronts @ mode.scale, pull.curvature, axes=([0, 2], [0, 1])) if width > 1 else None
    ends = (*layout.starts[1:], layout.columns)
    for level, (start, end, q) in enumerate(zip(layout.starts, ends, layout.sizes, strict=True)):
        part = slice(start, end)
        own = direct[part].reshape(-1, q).T @ mode.u[part].reshape(-1, q)
        own += score[part].reshape(-1, q).T @ a[part].reshape(-1, q)
        if pull.factor is not None:
            own += pull.factor
        if shared is None:
            own += 2.0 * mode.scale[0, 0] * float(mode.fronts.ravel() @ pull.curvature.ravel())
        else:
            own += 2.0 * sum(shared[places[:, None], places] for places in layout.blocks[level])
        out[setup.slices[level]] = own[setup.rows[level], setup.columns[level]]
    if setup.shaped:
        assert setup.family.shape_terms is not None
        shape = setup.family.shape_terms(mode.eta, shape_of(setup, x))
        out[-1] = pull.shape + float(leverage @ shape.weight) + float(along @ shape.slope)
    return out


def _roots(curvature: Floats) -> Floats:
    """Upper-triangular C (G, q, q) with C C' the inverse of the curvature."""
    if curvature.shape[1] == 1:
        return 1.0 / np.sqrt(curvature)
    return np.ascontiguousarray(np.linalg.inv(np.linalg.cholesky(curvature)).transpose(0, 2, 1))


def _quadrature(setup: Setup, x: Floats, mode: Mode) -> tuple[float, _Pull]:
    """Adaptive Gauss-Hermite quadrature for the groups of one factor."""
    layout, family = setup.layout, setup.family
    q, shape = layout.sizes[0], shape_of(setup, x)
    lambdas = factors(setup, x)
    index = layout.index[0]
    curvature = mode.scale.T @ mode.fronts @ mode.scale + np.eye(q)
    root = _roots(curvature)
    center = mode.u.reshape(-1, q)
    groups = len(center)
    fixed = setup.X @ x[: setup.X.shape[1]] + setup.offset
    logs = np.empty((len(setup.nodes), groups))
    places, etas = [], []
    for j, node in enumerate(setup.nodes):
        place = center + root @ node
        eta = fixed + layout.rows @ spread(setup, lambdas, place.ravel())
        row = np.bincount(index, weights=family.value(eta, shape), minlength=groups)
        logs[j] = row - 0.5 * (place**2).sum(axis=1) + setup.log_weights[j]
        places.append(place)
        etas.append(eta)
    top = logs.max(axis=0)
    weight = np.exp(logs - top)
    total = weight.sum(axis=0)
    value = mode.solver.logdet - 2.0 * float((top + np.log(total)).sum())
    share = weight / total
    pull_eta = np.zeros(len(fixed))
    pull_factor = np.zeros((q, q))
    pull_u = np.zeros((groups, q))
    pull_root = np.zeros((groups, q, q))
    pull_shape = 0.0
    for node, place, eta, of_group in zip(setup.nodes, places, etas, share, strict=True):
        of_row = of_group[index]
        slope = of_row * family.slope(eta, shape)
        pull_eta += slope
        scores = (layout.rows.T @ slope).reshape(groups, q)
        pull_factor += scores.T @ place
        to_place = scores @ lambdas[0] - of_group[:, None] * place
        pull_u += to_place
        pull_root += to_place[:, :, None] * node
        if family.shape_terms is not None:
            pull_shape += float(of_row @ family.shape_terms(eta, shape).loglik)
    inner = pull_root.transpose(0, 2, 1) @ root
    masked = np.tril(inner)
    masked[:, np.arange(q), np.arange(q)] *= 0.5
    middle = masked + masked.transpose(0, 2, 1)
    inverse, _ = inverted(curvature)
    pull_curvature = inverse + root @ middle @ root.transpose(0, 2, 1)
    return value, _Pull(-2.0 * pull_eta, -2.0 * pull_factor, pull_curvature, -2.0 * pull_u.ravel(), -2.0 * pull_shape)
