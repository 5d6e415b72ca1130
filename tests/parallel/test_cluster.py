"""A scheduler and two workers as processes of their own: the same bytes, lost workers, and what is said when it is not to be."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from parallel_tasks import fatal, refuse_all, slow
from typer.testing import CliRunner

from forwhom.cli import app
from forwhom.parallel import Cluster, cluster, connect, run
from forwhom.problems import ProblemsFound

pytest.importorskip("distributed", reason="the extra cluster is not installed")
# The client of a cluster that ends leaves sockets and loops for the collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PATIENCE = 40.0
"""Seconds for a process to start on a busy machine."""


@dataclass
class Processes:
    """A scheduler and its workers on this machine. failures : worker after worker lost with a task before it is given up."""

    folder: Path
    address: str = ""
    failures: int = 2
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        """`dask scheduler` or `dask worker`, without a dashboard."""
        command = [sys.executable, "-m", "dask", what, *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(self.failures)}
        log = self.folder / f"{what}-{len(self.started)}.log"
        with log.open("wb") as to:
            process = subprocess.Popen(
                command, cwd=self.folder, env=os.environ | {"PYTHONPATH": paths} | allowed, stdout=to, stderr=to
            )
        self.started.append(process)
        return process

    def scheduler(self) -> str:
        """Start it and wait until it says where it listens."""
        file = self.folder / "scheduler.json"
        self.start("scheduler", "--port", "0", "--scheduler-file", str(file))
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                self.address = json.loads(file.read_text(encoding="utf-8"))["address"]
            except (FileNotFoundError, json.JSONDecodeError):
                time.sleep(0.1)
            else:
                return self.address
        raise TimeoutError("the scheduler did not start")

    def worker(self, threads: int = 1) -> subprocess.Popen[bytes]:
        """One worker without a nurse, so that what is killed stays dead."""
        return self.start("worker", self.address, "--nthreads", str(threads), "--no-nanny")

    def end(self) -> None:
        for process in reversed(self.started):
            process.kill()
            process.wait(10)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    here = Processes(tmp_path)
    try:
        yield here
    finally:
        here.end()


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    here = Processes(tmp_path_factory.mktemp("cluster"))
    try:
        here.scheduler()
        here.worker()
        here.worker()
        with connect(here.address, patience=PATIENCE) as given:
            wait_for(2, given)
        yield here
    finally:
        here.end()


def wait_for(workers: int, given: Cluster) -> None:
    deadline = time.monotonic() + PATIENCE
    while given.size() < workers:
        assert time.monotonic() < deadline, "the workers did not come"
        time.sleep(0.1)


def told(address: str, patience: float = 1.0) -> str:
    """Code of the one problem that connecting meets."""
    with pytest.raises(ProblemsFound) as found, connect(address, patience=patience):
        pass
    assert all(problem.do for problem in found.value.problems)
    codes = {problem.code for problem in found.value.problems}
    assert len(codes) == 1
    return codes.pop()


def test_findings_are_the_same_bytes_whoever_answers(root: Path, two_workers: Processes, tmp_path: Path) -> None:
    study = root / "examples/beat-the-blues"
    ways = {"one": [], "two": ["--workers", "2"], "cluster": ["--cluster", two_workers.address]}
    chosen = ["outcome.arm_difference", "measurement.reliability", "for_whom.recommendation", "for_whom.fair_use"]
    for name, way in ways.items():
        asked = ["report", str(study), "--out", str(tmp_path / name), *(f"--question={each}" for each in chosen)]
        done = CliRunner().invoke(app, [*asked, *way])
        assert done.exit_code == 0, done.output
        assert "Answered" in done.stderr
    one, two, far = ((tmp_path / name / "findings.json").read_bytes() for name in ways)
    assert one == two
    assert one == far
    assert len(json.loads(one)["findings"]) >= 4


def test_everybodys_pages_are_made_there_and_written_here(
    root: Path, two_workers: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forwhom.analysis.one_person.shared.prepare_benefits", lambda study, asking: ())
    for name, way in {"one": [], "cluster": ["--cluster", two_workers.address]}.items():
        asked = ["person", str(root / "examples/beat-the-blues"), "--all", "--out", str(tmp_path / name)]
        done = CliRunner().invoke(app, [*asked, *way])
        assert done.exit_code == 0, done.output
    pages = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(pages) == 201
    assert pages == sorted(path.name for path in (tmp_path / "cluster").iterdir())
    for name in pages:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "cluster" / name).read_bytes()


def test_what_belongs_together_goes_to_one_worker(two_workers: Processes, tmp_path: Path) -> None:
    with connect(two_workers.address, patience=PATIENCE) as given:
        seen: list[int] = []
        found = run(
            partial(slow, tmp_path),
            range(12),
            workers=given,
            together=lambda number: number % 4,
            done=lambda before, _: seen.append(before),
        )
        with pytest.raises(ValueError, match="not allowed"):
            run(refuse_all, [1, 2], workers=given)
    assert [number for number, _ in found] == list(range(12))
    assert seen == list(range(12))
    for key in range(4):
        assert len({process for number, process in found if number % 4 == key}) == 1
    assert os.getpid() not in {process for _, process in found}


def test_another_version_on_a_worker_is_said(two_workers: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = cluster.version
    monkeypatch.setattr(cluster, "version", lambda name: "9.9.9" if name == "forwhom" else ours(name))
    with pytest.raises(ProblemsFound) as found, connect(two_workers.address, patience=PATIENCE):
        pass
    text = str(found.value)
    assert "the scheduler has forwhom" in text
    assert "worker tcp://" in text
    assert "forwhom 9.9.9 (as here)" in text
    assert "numpy" not in text


def test_workers_that_are_killed_one_after_the_other(processes: Processes, tmp_path: Path) -> None:
    assert told(processes.scheduler(), patience=5.0) == "cluster-empty"
    first, second = processes.worker(), processes.worker()
    with connect(processes.address, patience=PATIENCE) as given:
        wait_for(2, given)

        def kill_first(before: int, _: object) -> None:
            if before == 2:
                first.kill()

        found = run(partial(slow, tmp_path), range(10), workers=given, done=kill_first)
        # Nothing is lost with the first: what it had begun, the other begins again.
        assert [number for number, _ in found] == list(range(10))
        short = replace(given, patience=1.0)
        with pytest.raises(ProblemsFound) as lost:
            run(partial(slow, tmp_path), range(8), workers=short, done=lambda *_: second.kill())
    assert [problem.code for problem in lost.value.problems] == ["cluster-lost"]


def test_a_task_that_takes_its_worker_down_and_a_scheduler_that_ends(processes: Processes, tmp_path: Path) -> None:
    processes.failures = 0
    scheduler = (processes.scheduler(), processes.started[0])[1]
    processes.worker(threads=3)
    with connect(processes.address, patience=PATIENCE) as given:
        assert [(notice.code, notice.severity) for notice in given.notices] == [("cluster-threads", "notice")]
        with pytest.raises(ProblemsFound) as found:
            run(fatal, [0, 1, 2], workers=given)
        assert [problem.code for problem in found.value.problems] == ["worker-lost"]
        processes.worker()
        wait_for(1, given)
        short = replace(given, patience=1.0)
        with pytest.raises(ProblemsFound) as found:
            run(partial(slow, tmp_path), range(8), workers=short, done=lambda *_: scheduler.kill())
        assert [problem.code for problem in found.value.problems] == ["cluster-lost"]


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8786", "http://a:1", "tcp://a", "tcp://a:0", "tcp://a:99999", "tcp://a b:1"]
)
def test_an_address_that_is_none(address: str) -> None:
    assert told(address) == "cluster-address"


@pytest.mark.parametrize("says", [None, b"", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_nobody_there_or_nobody_who_speaks_as_dask_does(says: bytes | None) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if says is not None:
            other.listen()
            threading.Thread(target=lambda: answer_once(other, says), daemon=True).start()
        began = time.monotonic()
        assert told(f"tcp://127.0.0.1:{other.getsockname()[1]}") == "cluster-silent"
        assert time.monotonic() - began < 10


def answer_once(other: socket.socket, says: bytes) -> None:
    line, _ = other.accept()
    with line:
        line.sendall(says)
        line.settimeout(5)
        # Until the caller hangs up.
        with suppress(OSError):
            line.recv(1)


def test_the_command_says_it_in_words(root: Path) -> None:
    study = str(root / "examples/beat-the-blues")
    asked = ["report", study, "--question", "outcome.flow"]
    done = CliRunner().invoke(app, [*asked, "--cluster", "nowhere"])
    assert done.exit_code == 2
    assert "tcp://host:port" in done.stderr


def test_without_the_extra_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    assert told("tcp://127.0.0.1:8786") == "cluster-not-installed"
