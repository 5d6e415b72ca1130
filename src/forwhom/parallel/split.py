"""Tasks into parts, parts to workers, results back in order."""

from __future__ import annotations

import sys
import warnings
import zlib
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TypeVar

import numpy as np

from forwhom.parallel.cluster import Cluster
from forwhom.problems import Problem, ProblemsFound

T = TypeVar("T")
R = TypeVar("R")

PARTS_A_WORKER = 8
"""Loose inputs are dealt out in about so many parts a worker: coarse enough to send, fine enough to share the load."""


def run(
    task: Callable[[T], R],
    inputs: Sequence[T],
    *,
    workers: int | Cluster = 1,
    together: Callable[[T], Hashable | None] | None = None,
    done: Callable[[int, R], None] | None = None,
) -> list[R]:
    """Apply `task` to every input; results in the order of the inputs.

    task : what every input needs travels inside it (``functools.partial(ask, study)``): once per part here, once per
        worker on a cluster. It must be importable: no lambda
    workers : 1 stays in this process; more starts that many processes; a `Cluster` uses its workers
    together : key of an input. Inputs of one key go to one worker, one after the other, so that what they share is
        computed once; None means that an input may go anywhere. With several workers parts of a key go first, being the longest
    done : called with (number done before, result) as results arrive. With several workers a part arrives at once
    Raises what a task raises; ProblemsFound ("worker-lost", "cluster-lost") when processes end before their work.

    >>> run(abs, [-2, 3, -1])
    [2, 3, 1]
    """
    results: dict[int, R] = {}
    with closing(arriving(task, inputs, workers=workers, together=together)) as finished:
        for index, result in finished:
            if done is not None:
                done(len(results), result)
            results[index] = result
    return [results[index] for index in range(len(inputs))]


def arriving(
    task: Callable[[T], R],
    inputs: Sequence[T],
    *,
    workers: int | Cluster = 1,
    together: Callable[[T], Hashable | None] | None = None,
) -> Generator[tuple[int, R]]:
    """As `run`, but each result is given with its place as it is finished, and none is kept: results may be large.

    Close it (``contextlib.closing``) when you stop before the end, so that the work under way is called off.

    >>> list(arriving(abs, [-2, 3]))
    [(0, 2), (1, 3)]
    """
    if isinstance(workers, int) and workers < 1:
        raise ValueError(f"workers is {workers}. It must be 1 or more.")
    if isinstance(workers, int) and (workers == 1 or len(inputs) < 2):
        yield from _here(task, inputs, together)
        return
    parts = split(inputs, together, workers if isinstance(workers, int) else workers.size())
    made = _processes(task, inputs, parts, workers) if isinstance(workers, int) else workers.work(task, inputs, parts)
    with closing(made):
        for part, answers in made:
            yield from zip(part, answers, strict=True)


def split(
    inputs: Sequence[T], together: Callable[[T], Hashable | None] | None, workers: int
) -> tuple[tuple[int, ...], ...]:
    """Indices of the inputs that one worker does in one go: a part per key, then the loose ones in runs.

    >>> split("aXbXcd", {"X": 1}.get, 2)
    ((1, 3), (0,), (2,), (4,), (5,))
    """
    keyed: dict[Hashable, list[int]] = {}
    loose: list[int] = []
    for index, item in enumerate(inputs):
        key = together(item) if together is not None else None
        (loose if key is None else keyed.setdefault(key, [])).append(index)
    size = max(1, len(loose) // (PARTS_A_WORKER * workers))
    runs = [loose[start : start + size] for start in range(0, len(loose), size)]
    return tuple(tuple(part) for part in [*keyed.values(), *runs])


def _here(
    task: Callable[[T], R], inputs: Sequence[T], together: Callable[[T], Hashable | None] | None
) -> Iterator[tuple[int, R]]:
    """In this process, one after the other; those of a key follow its first, while what they share is still remembered."""
    first: dict[Hashable, int] = {}
    order: list[tuple[int, int]] = []
    for index, item in enumerate(inputs):
        key = together(item) if together is not None else None
        order.append((index if key is None else first.setdefault(key, index), index))
    with one_thread("blas"):
        for _, index in sorted(order):
            yield index, task(inputs[index])


def _processes(
    task: Callable[[T], R], inputs: Sequence[T], parts: Sequence[tuple[int, ...]], workers: int
) -> Generator[tuple[tuple[int, ...], list[R]]]:
    """In processes of this machine; parts as they are finished."""
    from concurrent.futures import BrokenExecutor

    from joblib import Parallel, delayed

    # Arrays are sent, not mapped: mapped ones would be read-only, and a task must not be able to tell where it runs.
    pool = Parallel(n_jobs=min(workers, len(parts)), return_as="generator_unordered", max_nbytes=None, batch_size=1)
    answers = pool(delayed(work)(task, part, [inputs[index] for index in part]) for part in parts)
    try:
        for answer in answers:  # noqa: UP028  (what is closed from outside is closed below, without joblib's warning)
            yield answer
    except BrokenExecutor as why:
        raise ProblemsFound(
            [
                Problem(
                    "worker-lost",
                    "Try again with fewer --workers: each needs memory of its own.",
                    found="a worker process ended before its work was done; most often the machine had no memory left",
                )
            ]
        ) from why
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            answers.close()


def end_processes() -> None:
    """End the processes that `run` has started and keeps for the next time, without waiting for what they do."""
    if "joblib" not in sys.modules:
        return
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)


def work(task: Callable[[T], R], part: tuple[int, ...], items: Sequence[T]) -> tuple[tuple[int, ...], list[R]]:
    """One part, in a worker."""
    with one_thread():
        return part, [task(item) for item in items]


@contextmanager
def one_thread(kind: str | None = None) -> Iterator[None]:
    """Linear algebra on one thread: workers do not crowd each other out, and sums keep their last digit.

    kind : "blas" leaves other thread pools alone
    """
    # Only libraries that are loaded can be held, and SciPy brings a BLAS of its own.
    import scipy.linalg  # noqa: F401 (loaded so that it is held)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api=kind):
        yield


def generator(seed: int, name: str) -> np.random.Generator:
    """The random generator of one task: fixed by the seed and the task's name, whoever runs it and when.

    >>> bool(generator(1, "a").integers(100) == generator(1, "a").integers(100))
    True
    """
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
