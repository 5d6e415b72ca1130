"""Who does the work of a command: this process, several, or a cluster; and how it is stopped."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer

from forwhom.cli.printing import err, print_problems, stop_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from forwhom.parallel import Cluster

STOPS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that stop a command. Left alone, all but the first would end this process and leave its workers behind."""


@contextmanager
def hands(
    workers: int,
    cluster: str | None,
    as_json: bool = False,
    stopped: Callable[[], str] = lambda: "Stopped. Nothing was written.",
) -> Iterator[int | Cluster]:
    """What `workers` of `forwhom.parallel.run` shall be; problems with workers inside the block are printed, exit code 1.

    cluster : address of a scheduler; None for processes of this machine
    stopped : what to say when somebody stops it: by then no process is left, and the exit code is that of the signal
    """
    from forwhom.parallel import connect
    from forwhom.problems import ProblemsFound

    try:
        with _stoppable():
            if cluster is None:
                yield workers
                return
            with connect(cluster) as given:
                print_problems(given.notices)
                yield given
    except KeyboardInterrupt as why:
        err.print(stopped(), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(128 + (why.args[0] if why.args else signal.SIGINT)) from why
    except ProblemsFound as found:
        wrong_usage = {problem.code for problem in found.problems} == {"cluster-address"}
        stop_with(found.problems, as_json, code=2 if wrong_usage else 1)


class _Stop:
    """Handler of the signals that stop a command. held : what is being done is finished first; came : a signal meanwhile"""

    def __init__(self) -> None:
        self.held = False
        self.came: int | None = None

    def __call__(self, number: int, _: FrameType | None) -> None:
        if not self.held:
            raise KeyboardInterrupt(number)
        self.came = number


_STOP = _Stop()


@contextmanager
def unstopped() -> Iterator[None]:
    """What is short and must be done wholly or not at all, inside `hands`: a signal to stop takes effect after the block."""
    _STOP.held = True
    try:
        yield
    finally:
        _STOP.held = False
    if _STOP.came is not None:
        number, _STOP.came = _STOP.came, None
        raise KeyboardInterrupt(number)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Signals that end a process raise KeyboardInterrupt inside the block, and what was started is ended first."""
    from forwhom.parallel import end_processes

    numbers = [getattr(signal, name) for name in STOPS if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    usual = (signal.SIG_DFL, signal.default_int_handler)
    # Whoever has it ignored (nohup) or handled otherwise goes on so.
    before = {number: now for number in numbers if (now := signal.getsignal(number)) in usual}
    for number in before:
        signal.signal(number, _STOP)
    try:
        yield
    except KeyboardInterrupt:
        with suppress(KeyboardInterrupt):
            end_processes()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
