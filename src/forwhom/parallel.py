"""One seam for work that splits: by person, by group, by replicate, by question.

Local cores by default; an existing cluster when joblib is given its backend
(``with joblib.parallel_config(backend="dask"): ...``). The results come back in the order of the tasks and
do not depend on the number of workers: every task carries its own random generator or none.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
R = TypeVar("R")


def run(
    task: Callable[[T], R], inputs: Sequence[T], *, workers: int = 1, done: Callable[[int, R], None] | None = None
) -> list[R]:
    """Apply `task` to every input, in order.

    workers : 1 stays in this process; more starts that many processes
    done : called with (index, result) as results arrive, for progress

    >>> run(abs, [-2, 3, -1])
    [2, 3, 1]
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}. It must be 1 or more.")
    results: list[R] = []
    if workers == 1 or len(inputs) < 2:
        for index, item in enumerate(inputs):
            results.append(task(item))
            if done is not None:
                done(index, results[-1])
        return results
    from joblib import Parallel, delayed

    stream = Parallel(n_jobs=min(workers, len(inputs)), return_as="generator")(delayed(task)(item) for item in inputs)
    for index, result in enumerate(stream):
        results.append(result)
        if done is not None:
            done(index, result)
    return results


def generator(seed: int, name: str) -> np.random.Generator:
    """The random generator of one task: fixed by the seed and the task's name, whoever runs it and when.

    >>> bool(generator(1, "a").integers(100) == generator(1, "a").integers(100))
    True
    """
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
