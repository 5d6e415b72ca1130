"""Who does the work of a command: this process, several, or a cluster."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from forwhom.cli.printing import print_problems, stop_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forwhom.parallel import Cluster


@contextmanager
def hands(workers: int, cluster: str | None, as_json: bool = False) -> Iterator[int | Cluster]:
    """What `workers` of `forwhom.parallel.run` shall be; problems with workers inside the block are printed, exit code 1.

    cluster : address of a scheduler; None for processes of this machine
    """
    from forwhom.parallel import connect
    from forwhom.problems import ProblemsFound

    try:
        if cluster is None:
            yield workers
            return
        with connect(cluster) as given:
            print_problems(given.notices)
            yield given
    except ProblemsFound as found:
        wrong_usage = {problem.code for problem in found.problems} == {"cluster-address"}
        stop_with(found.problems, as_json, code=2 if wrong_usage else 1)
