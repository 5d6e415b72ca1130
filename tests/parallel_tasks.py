"""What the tests of parallel work have done elsewhere: in a module of its own, which other processes can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from forwhom.parallel import generator


def drawn(seed: int, name: str) -> tuple[str, float]:
    return name, float(generator(seed, name).standard_normal(200).sum())


def where(item: str) -> tuple[str, int]:
    # Long enough for the other process to take what it can get.
    time.sleep(0.02)
    return item, os.getpid()


def end_once(mark: Path, number: int) -> int:
    """Takes its own process down."""
    if number == 2 and not mark.exists():
        os._exit(1)
    return number


def refuse(number: int) -> int:
    if number == 3:
        raise OSError("three is not allowed")
    return number


def refuse_all(number: int) -> int:
    raise ValueError(f"{number} is not allowed")


def slow(folder: Path, number: int) -> tuple[int, int]:
    """Leaves a mark that it was begun, then takes its time."""
    (folder / f"begun-{number}-{os.getpid()}").touch()
    time.sleep(0.3)
    return number, os.getpid()


def fatal(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number
