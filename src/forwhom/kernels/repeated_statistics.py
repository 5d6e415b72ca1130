"""What a mixed model for repeated measures needs of the data, condensed once so that evaluations cost nothing in n.

Persons of one group who were seen at the same occasions share one covariance matrix. The likelihood depends on their
rows only through sums of products, and those sums are kept as a few artificial persons (a factor of their cross-products).
With a cluster, the sums of rows per cluster and pattern are kept as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.intp]


class NotEstimableError(ValueError):
    """The data hold no information on something the model asks for; the sentence says on what."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Items that belong to numbered segments, ready to be summed."""

    order: Integers
    starts: Integers
    labels: Integers
    size: int

    def sum(self, values: Array) -> Array:
        """(size, ...) sums of `values` (n, ...) by segment; segments without items are 0."""
        result = np.zeros((self.size, *values.shape[1:]))
        if self.order.size:
            result[self.labels] = np.add.reduceat(values[self.order], self.starts, axis=0)
        return result


def segments(index: Integers, size: int) -> Segments:
    """Segments from the segment number of each item."""
    order = np.argsort(index, kind="stable")
    labels, starts = np.unique(index[order], return_index=True)
    return Segments(order, starts.astype(np.intp), labels, size)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Sums of rows per cluster and cell: `rows` (s, m, q), `count` (s,) persons, and where each belongs.

    loading : (m,) weight z of each occasion; the cluster adds tau2 z z' to the covariance of its persons' rows
    """

    loading: Array
    rows: Array
    count: Array
    cell: Integers
    cluster: Integers
    by_cluster: Segments
    by_cell: Segments


@dataclass(frozen=True, slots=True)
class Sufficient:
    """Condensed data.

    seen : (c, m) occasions seen in each cell (a missingness pattern within a group); `group` (c,), `count` (c,) persons
    rows : (l, m, q) artificial persons, columns [X / scale, y - X shift], 0 where not seen; `cell` (l,)
    moments : (g, m, m) starting covariance per group, positive definite
    """

    seen: NDArray[np.bool_]
    group: Integers
    count: Array
    rows: Array
    cell: Integers
    by_cell: Segments
    clusters: Clusters | None
    moments: Array
    scale: Array
    shift: Array
    n_rows: int
    n_persons: int

    @property
    def n_occasions(self) -> int:
        """Number of occasions m."""
        return int(self.seen.shape[1])

    @property
    def n_fixed(self) -> int:
        """Number of columns p of X."""
        return int(self.scale.size)

    @property
    def n_groups(self) -> int:
        """Number of separate covariance matrices."""
        return int(self.moments.shape[0])


def condense(
    y: Array,
    x: Array,
    person: Integers,
    occasion: Integers,
    n_occasions: int,
    group: Integers | None,
    cluster: Integers | None,
    *,
    every_pair: bool,
    loading: Array | None = None,
) -> Sufficient:
    """Check the rows and condense them; rows whose y is NaN were not observed and are left out.

    loading : (m,) weights of the occasions that a cluster acts on, all 1 when None
    """
    if loading is not None and cluster is None:
        raise ValueError("cluster_occasions says on which occasions a cluster acts, but cluster is missing; give both.")
    y, x, person, occasion, group, cluster = _checked(y, x, person, occasion, n_occasions, group, cluster)
    loading = np.ones(n_occasions) if loading is None else _checked_loading(loading, n_occasions)
    scale, shift = _scale_and_shift(y, x)
    table = np.column_stack([x / scale, y - x @ shift])
    first_row = np.flatnonzero(np.diff(person, prepend=-1))
    person_of_row = np.cumsum(np.diff(person, prepend=-1) != 0) - 1
    group_of = _constant_within(group, person_of_row, first_row, "group")
    cluster_of = _constant_within(cluster, person_of_row, first_row, "cluster")
    n_groups = int(group_of.max()) + 1
    pattern = np.bincount(person_of_row, weights=np.ldexp(1.0, occasion)).astype(np.int64)
    cells, cell_of, count = np.unique(
        np.column_stack([group_of, pattern]), axis=0, return_inverse=True, return_counts=True
    )
    cell_of = cell_of.reshape(-1)
    seen = (cells[:, 1][:, None] >> np.arange(n_occasions)) & 1 == 1
    cell_group = cells[:, 0].astype(np.intp)
    _check_pairs(seen, cell_group, n_groups, every_pair)
    rows, cell = _artificial_persons(table, first_row, cell_of, seen)
    return Sufficient(
        seen=seen,
        group=cell_group,
        count=count.astype(float),
        rows=rows,
        cell=cell,
        by_cell=segments(cell, len(cells)),
        clusters=_cluster_sums(table, occasion, person_of_row, cell_of, cluster_of, loading, len(cells)),
        moments=_moments(table[:, -1], occasion, person_of_row, group_of, n_occasions, n_groups),
        scale=scale,
        shift=shift,
        n_rows=int(y.size),
        n_persons=int(first_row.size),
    )


def _checked(
    y: Array,
    x: Array,
    person: Integers,
    occasion: Integers,
    n_occasions: int,
    group: Integers | None,
    cluster: Integers | None,
) -> tuple[Array, Array, Integers, Integers, Integers, Integers]:
    """Same lengths, finite numbers, one row per person and occasion; sorted by person and occasion."""
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    n = y.size
    if y.ndim != 1 or x.ndim != 2 or x.shape[0] != n or x.shape[1] == 0:
        raise ValueError(f"y must be (N,) and X (N, p) with p >= 1; got {y.shape} and {x.shape}.")
    codes = {"person": person, "occasion": occasion, "group": group, "cluster": cluster}
    whole: dict[str, Integers] = {}
    for name, values in codes.items():
        given = np.asarray(
            np.zeros(n) if values is None and name == "group" else np.full(n, -1) if values is None else values
        )
        if given.shape != (n,):
            raise ValueError(f"{name} must have one code per row, shape ({n},); got {given.shape}.")
        if not np.issubdtype(given.dtype, np.integer) and not np.array_equal(given, np.floor(given)):
            raise ValueError(f"{name} must hold integer codes.")
        whole[name] = given.astype(np.intp)
    if not 1 <= n_occasions <= 50:
        raise ValueError(f"n_occasions is {n_occasions}; 1 to 50 are possible. Use a growth model for more.")
    if n and (whole["occasion"].min() < 0 or whole["occasion"].max() >= n_occasions):
        raise ValueError(f"occasion must lie in 0 … {n_occasions - 1}.")
    if n and (whole["group"].min() < 0 or whole["cluster"].min() < -1):
        raise ValueError("group codes start at 0; cluster codes start at 0, with -1 for persons in no cluster.")
    kept = np.flatnonzero(~np.isnan(y))
    if kept.size == 0:
        raise NotEstimableError("No row has an observed y; nothing can be estimated.")
    kept = kept[np.lexsort((whole["occasion"][kept], whole["person"][kept]))]
    y, x = y[kept], x[kept]
    person, occasion = whole["person"][kept], whole["occasion"][kept]
    if not np.isfinite(y).all():
        raise ValueError("y holds an infinite value.")
    bad = np.flatnonzero(~np.isfinite(x).all(axis=0))
    if bad.size:
        raise ValueError(f"column {bad[0]} of X has a missing or infinite value in a row with observed y.")
    twice = np.flatnonzero((np.diff(person) == 0) & (np.diff(occasion) == 0))
    if twice.size:
        where = int(twice[0])
        raise ValueError(f"person {person[where]} has two rows at occasion {occasion[where]}; one is possible.")
    return y, x, person, occasion, whole["group"][kept], whole["cluster"][kept]


def _checked_loading(loading: Array, n_occasions: int) -> Array:
    if loading.shape != (n_occasions,):
        raise ValueError(f"cluster_occasions must be one weight per occasion, ({n_occasions},); got {loading.shape}.")
    if not np.isfinite(loading).all():
        raise ValueError("cluster_occasions has a missing or infinite weight; give 0 where the cluster has no effect.")
    if not loading.any():
        raise ValueError(
            "cluster_occasions is 0 at every occasion; give 1 where the cluster acts, or leave cluster out."
        )
    size = np.abs(loading[loading != 0.0])
    if size.min() < 1e-6 or size.max() > 1e6:
        raise ValueError("cluster_occasions has a weight beyond 1e-6 … 1e6 in size; give weights near 1, or 0.")
    return loading


def _scale_and_shift(y: Array, x: Array) -> tuple[Array, Array]:
    """Column scales of X and the least-squares coefficients; fails at the first column that earlier ones determine."""
    n, p = x.shape
    if n < p:
        raise NotEstimableError(f"{n} rows can not determine {p} coefficients.")
    scale = np.sqrt(np.mean(x**2, axis=0))
    empty = np.flatnonzero(scale == 0)
    if empty.size:
        raise ValueError(f"column {empty[0]} of X is 0 in every row with observed y; leave it out.")
    scaled = x / scale
    gram = scaled.T @ scaled / n
    pivots = _cholesky_pivots(gram)
    if pivots is None or pivots.min() < 1e-5:
        pivots = np.abs(np.diag(np.linalg.qr(scaled, mode="r"))) / np.sqrt(n)
        dependent = np.flatnonzero(pivots < 1e-9)
        if dependent.size:
            raise ValueError(
                f"column {dependent[0]} of X is a linear combination of the columns before it; leave one of them out."
            )
        return scale, np.asarray(np.linalg.lstsq(scaled, y, rcond=None)[0]) / scale
    return scale, np.linalg.solve(gram, scaled.T @ y / n) / scale


def _cholesky_pivots(matrix: Array) -> Array | None:
    try:
        return np.asarray(np.diag(np.linalg.cholesky(matrix)))
    except np.linalg.LinAlgError:
        return None


def _constant_within(values: Integers, person_of_row: Integers, first_row: Integers, name: str) -> Integers:
    of_person = values[first_row]
    if not np.array_equal(of_person[person_of_row], values):
        raise ValueError(f"{name} changes within a person; each person belongs to one {name}.")
    return of_person


def _check_pairs(seen: NDArray[np.bool_], group: Integers, n_groups: int, every_pair: bool) -> None:
    for g in range(n_groups):
        here = seen[group == g].astype(float)
        where = f" in group {g}" if n_groups > 1 else ""
        if here.shape[0] == 0:
            raise NotEstimableError(f"group {g} has no observed row; group codes must run from 0 without gaps.")
        together = here.T @ here
        absent = np.flatnonzero(np.diag(together) == 0)
        if absent.size:
            raise NotEstimableError(f"occasion {absent[0]} was never observed{where}; leave it out of the model.")
        if every_pair and (together == 0).any():
            j, k = np.argwhere(together == 0)[0]
            raise NotEstimableError(
                f"occasions {j} and {k} were never observed in the same person{where}: their covariance, and so an "
                "unstructured matrix, is not estimable. Choose a structured covariance."
            )


def _artificial_persons(
    table: Array, first_row: Integers, cell_of: Integers, seen: NDArray[np.bool_]
) -> tuple[Array, Integers]:
    """Fewest persons with the same sums of products: (l, m, q) rows and the cell of each."""
    m, q = seen.shape[1], table.shape[1]
    parts: list[Array] = []
    order = np.argsort(cell_of, kind="stable")
    bounds = np.searchsorted(cell_of[order], np.arange(len(seen) + 1))
    for c, present in enumerate(seen):
        k = int(present.sum())
        members = first_row[order[bounds[c] : bounds[c + 1]]]
        flat = table[(members[:, None] + np.arange(k)).reshape(-1)].reshape(members.size, k * q)
        factor = _fewest_rows(flat)
        part = np.zeros((factor.shape[0], m, q))
        part[:, present] = factor.reshape(-1, k, q)
        parts.append(part)
    return np.concatenate(parts), np.repeat(np.arange(len(seen)), [len(part) for part in parts])


def _fewest_rows(flat: Array) -> Array:
    """A matrix with the fewest rows and the same cross-products as `flat`: of its singular value decomposition, S V'."""
    used = np.flatnonzero(flat.any(axis=0))
    factor: Array = flat[:, used]
    if factor.shape[0] > used.size:
        factor = np.asarray(np.linalg.qr(factor, mode="r"))
    _, size, vectors = np.linalg.svd(factor, full_matrices=False)
    rank = int(np.sum(size > 1e-15 * np.sqrt(flat.shape[0]) * size.max(initial=0.0)))
    if rank >= flat.shape[0]:
        return flat
    result = np.zeros((max(rank, 1), flat.shape[1]))
    result[:rank, used] = size[:rank, None] * vectors[:rank]
    return result


def _cluster_sums(
    table: Array,
    occasion: Integers,
    person_of_row: Integers,
    cell_of: Integers,
    cluster_of: Integers,
    loading: Array,
    n_cells: int,
) -> Clusters | None:
    n_occasions = loading.size
    inside = cluster_of >= 0
    if not inside.any():
        return None
    # Persons seen only where their cluster has no effect are as persons in no cluster, and leave no cluster of theirs.
    inside &= np.bincount(person_of_row, weights=loading[occasion] != 0.0, minlength=cluster_of.size) > 0
    if not inside.any():
        raise NotEstimableError(
            "no person in a cluster was observed at an occasion with a weight in cluster_occasions other than 0: the "
            "variance between clusters is not estimable. Leave cluster out or correct the weights."
        )
    codes, number = np.unique(cluster_of[inside], return_inverse=True)
    of_person = np.full(cluster_of.size, -1, dtype=np.intp)
    of_person[inside] = number.reshape(-1)
    pairs, which, count = np.unique(
        np.column_stack([of_person[inside], cell_of[inside]]), axis=0, return_inverse=True, return_counts=True
    )
    pair_of = np.full(cluster_of.size, -1, dtype=np.intp)
    pair_of[inside] = which.reshape(-1)
    row_pair = pair_of[person_of_row]
    used = row_pair >= 0
    place = segments(row_pair[used] * n_occasions + occasion[used], len(pairs) * n_occasions)
    rows = place.sum(table[used]).reshape(len(pairs), n_occasions, table.shape[1])
    cluster, cell = pairs[:, 0].astype(np.intp), pairs[:, 1].astype(np.intp)
    by_cluster, by_cell = segments(cluster, codes.size), segments(cell, n_cells)
    return Clusters(loading, rows, count.astype(float), cell, cluster, by_cluster, by_cell)


def _moments(
    residual: Array, occasion: Integers, person_of_row: Integers, group_of: Integers, m: int, n_groups: int
) -> Array:
    """Covariances of the least-squares residuals over the persons seen twice, pulled to the diagonal until positive."""
    if not np.any(np.abs(residual) > 0):
        raise NotEstimableError("y is exactly explained by X; there is no variance left to estimate.")
    wide = np.zeros((group_of.size, m))
    seen = np.zeros((group_of.size, m))
    wide[person_of_row, occasion] = residual
    seen[person_of_row, occasion] = 1.0
    pooled = float(np.mean(residual**2))
    result = np.empty((n_groups, m, m))
    for g in range(n_groups):
        here = group_of == g
        together = seen[here].T @ seen[here]
        products = wide[here].T @ wide[here]
        # Two pooled observations keep occasions with one or two persons away from variance 0.
        variances = (np.diag(products) + 2.0 * pooled) / (np.diag(together) + 2.0)
        covariances = products / (together + 2.0)
        result[g] = _positive(covariances, variances)
    return result


def _positive(covariances: Array, variances: Array) -> Array:
    scale = np.sqrt(np.outer(variances, variances))
    correlation = covariances / scale
    np.fill_diagonal(correlation, 1.0)
    lowest = float(np.linalg.eigvalsh(correlation)[0])
    if lowest < 0.02:
        keep = (1.0 - 0.02) / (1.0 - lowest)
        correlation *= keep
        np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation * scale)
