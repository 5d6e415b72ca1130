"""An existing Dask cluster: is somebody there, do they have the same programme, and the work handed to them.

Nothing is sent anywhere unless an address was given. What is sent is what the tasks need: the study's tables among it.
"""

from __future__ import annotations

import re
import socket
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, TypeVar

from forwhom.problems import Problem, ProblemsFound

T = TypeVar("T")
R = TypeVar("R")

MOVES_NUMBERS = ("forwhom", "numpy", "scipy", "scikit-learn", "polars")
"""Packages that can move a number; a worker must have the same versions of them, and of Python."""
ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})")
ALONE = threading.Lock()
"""One part at a time in a worker: questions set what belongs to the whole process (threads, warnings, caches)."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that has answered. Made by `connect`.

    patience : seconds to wait for a worker, when none is left, before giving up
    notices : what should be known of it and does not stop the work
    """

    address: str
    client: Any
    patience: float = 30.0
    notices: tuple[Problem, ...] = ()

    def size(self) -> int:
        """How many workers there are now."""
        return len(self.client.nthreads())

    def work(
        self, task: Callable[[T], R], inputs: Sequence[T], parts: Sequence[tuple[int, ...]]
    ) -> Generator[tuple[tuple[int, ...], list[R]]]:
        """Hand out the parts; yield them as they are finished. What a lost worker held is done again by another."""
        from concurrent.futures import CancelledError

        from distributed.scheduler import KilledWorker

        # The task is the result of a task: it is sent to each worker once, and made again where a worker was lost.
        with warnings.catch_warnings():
            # Dask warns of more than ten megabytes; a study may have them, and each worker gets them once.
            warnings.filterwarnings("ignore", message="Sending large graph")
            held = self.client.submit(_held, task, pure=False)
            waiting = {
                self.client.submit(_work_alone, held, part, [inputs[index] for index in part], pure=False)
                for part in parts
            }
        try:
            while waiting:
                future, (part, answers) = self._arrived(waiting)
                waiting.remove(future)
                if isinstance(answers, Exception):
                    raise answers
                yield part, answers
        except KilledWorker as why:
            raise ProblemsFound(
                [self._problem("worker-lost", f"a task ended worker after worker ({why.task})")]
            ) from why
        except (CancelledError, _GoneError) as why:
            # What a task that failed for good leaves waiting is cancelled too; then the scheduler is still there.
            if isinstance(why, CancelledError) and self._there():
                raise ProblemsFound([self._problem("worker-lost", "tasks ended worker after worker")]) from why
            raise ProblemsFound(
                [self._problem("cluster-lost", "the cluster went away before the work was done")]
            ) from why
        finally:
            if waiting and self.client.status == "running":
                self.client.cancel([held, *waiting])

    def _there(self) -> bool:
        """Whether the scheduler still answers."""
        try:
            _greeted(self.address, 2.0)
        except OSError:
            return False
        return True

    def _arrived(self, waiting: set[Any]) -> tuple[Any, Any]:
        """One that is finished, as soon as there is one, with its result."""
        from distributed import wait
        from distributed.comm import CommClosedError

        last_seen = time.monotonic()
        while True:
            # A line that breaks while a result is fetched is waited for like a result that does not come.
            with suppress(TimeoutError, CommClosedError), self.client.as_current():
                ready = wait(waiting, timeout=2.0, return_when="FIRST_COMPLETED").done
                # A result lies with its worker until it is fetched, and may be lost with it after all; an error is here.
                first = min(ready, key=lambda future: future.status != "error")
                return first, first.result(timeout=10.0)
            workers = 0
            with suppress(CommClosedError):
                workers = self.size() if self.client.status == "running" else 0
            if workers:
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > self.patience:
                raise _GoneError

    def _problem(self, code: str, found: str) -> Problem:
        return Problem(
            code,
            "Look at the log of its workers (memory is the usual cause), or run without --cluster.",
            file=self.address,
            found=found,
        )


class _GoneError(Exception):
    """No worker is left, or no scheduler, and none has come back."""


def _held(task: T) -> T:
    return task


def _work_alone(
    task: Callable[[T], R], part: tuple[int, ...], items: Sequence[T]
) -> tuple[tuple[int, ...], list[R] | Exception]:
    """One part, in a worker of a cluster. What a task raises is a result: the cluster's own trouble then raises alone."""
    from forwhom.parallel.split import work

    with ALONE:
        try:
            return work(task, part, items)
        except Exception as why:
            return part, why


@contextmanager
def connect(address: str, *, patience: float = 5.0) -> Iterator[Cluster]:
    """The cluster whose scheduler listens at `address`, as long as the block lasts.

    address : "tcp://host:port", as the scheduler prints it when it starts
    patience : seconds to wait for an answer, and then for the first worker
    Raises ProblemsFound when the extra is not installed, the address is none, nobody answers, there is no worker, or
    scheduler and workers differ from this machine in what can move a number.
    """
    _check(address)
    client = _client(address, patience)
    try:
        deadline = time.monotonic() + patience
        while not client.nthreads() and time.monotonic() < deadline:
            time.sleep(0.1)
        if not client.nthreads():
            raise ProblemsFound(
                [
                    Problem(
                        "cluster-empty",
                        f"Start one: dask worker {address} --nthreads 1",
                        file=address,
                        found="the scheduler answers, but it has no workers",
                    )
                ]
            )
        _same_versions(client, address)
        yield Cluster(address, client, notices=_threads(client, address))
    finally:
        client.close(timeout=patience)


def _check(address: str) -> None:
    """Raise unless the address could be one and the extra is there."""
    parts = ADDRESS.fullmatch(address)
    if parts is None or not 0 < int(parts[3]) < 65536:
        raise ProblemsFound(
            [
                Problem(
                    "cluster-address",
                    "Give the address that the scheduler prints when it starts.",
                    column="--cluster",
                    found=f"'{address}' is no address of a scheduler",
                    possible="tcp://host:port, such as tcp://127.0.0.1:8786",
                )
            ]
        )
    if find_spec("distributed") is None:
        raise ProblemsFound(
            [
                Problem(
                    "cluster-not-installed",
                    "Install it here and on every worker: pip install 'forwhom[cluster]'",
                    column="--cluster",
                    found="a cluster needs the package distributed, which is not installed",
                )
            ]
        )


def _client(address: str, patience: float) -> Any:
    """A client of the scheduler at this address."""
    import distributed

    try:
        _greeted(address, patience)
        return distributed.Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError, TypeError) as why:
        raise ProblemsFound(
            [
                Problem(
                    "cluster-silent",
                    "Check that `dask scheduler` is running there and that this machine may reach it.",
                    file=address,
                    found=f"no Dask scheduler answered within {patience:g} seconds",
                )
            ]
        ) from why


def _greeted(address: str, patience: float) -> None:
    """Raise OSError unless whoever listens there opens as Dask does; the client would wait for the others for ever."""
    protocol, host, port = ADDRESS.fullmatch(address).groups()  # type: ignore[union-attr]  # checked before
    with socket.create_connection((host.strip("[]"), int(port)), timeout=patience) as line:
        line.settimeout(patience)
        if protocol == "tls":
            return
        # A message begins with its length; the first one is short.
        opening = line.recv(8, socket.MSG_WAITALL)
        if len(opening) < 8 or int.from_bytes(opening, "little") > 1_000_000:
            raise OSError("not a Dask scheduler")


def _same_versions(client: Any, address: str) -> None:
    """Raise with every difference between this machine and the others in what can move a number."""
    told = client.get_versions(packages=list(MOVES_NUMBERS))
    here = _numbers(told["client"]) | {name: version(name) for name in MOVES_NUMBERS}
    others = {"the scheduler": told["scheduler"]} | {f"worker {name}": one for name, one in told["workers"].items()}
    problems = []
    for who, one in others.items():
        there = _numbers(one)
        differing = [name for name in here if there.get(name) != here[name]]
        if differing:
            problems.append(
                Problem(
                    "cluster-differs",
                    "Install the same versions there (pip install -c constraints.txt), and start it again.",
                    file=address,
                    found=f"{who} has " + ", ".join(f"{name} {there.get(name) or 'not at all'}" for name in differing),
                    possible=", ".join(f"{name} {here[name]}" for name in differing) + " (as here)",
                )
            )
    if problems:
        raise ProblemsFound(problems)


def _numbers(told: dict[str, Any]) -> dict[str, str | None]:
    """Versions of Python and of the packages that can move a number."""
    packages = told.get("packages", {})
    python = ".".join(str(packages.get("python", "")).split(".")[:3])
    return {"python": python} | {name: packages.get(name) for name in MOVES_NUMBERS}


def _threads(client: Any, address: str) -> tuple[Problem, ...]:
    """A notice when workers have threads that will stand idle."""
    many = [name for name, threads in client.nthreads().items() if threads > 1]
    if not many:
        return ()
    return (
        Problem(
            "cluster-threads",
            "To use every core start one worker per core: dask worker ADDRESS --nworkers auto --nthreads 1",
            file=address,
            found=f"{len(many)} of the workers have several threads, of which one is used",
            severity="notice",
        ),
    )
