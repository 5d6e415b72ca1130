"""The seam in one process and in several: order, togetherness, progress, faults."""

from __future__ import annotations

import os
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parallel_tasks import drawn, end_once, refuse, where

from forwhom.parallel import arriving, end_processes, generator, run
from forwhom.parallel.split import one_thread, split
from forwhom.problems import ProblemsFound


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_inputs_and_are_the_same(workers: int) -> None:
    names = [f"finding {k}" for k in range(23)]
    assert run(partial(drawn, 7), names, workers=workers) == [drawn(7, name) for name in names]


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_counts_every_result_once(workers: int) -> None:
    seen: list[tuple[int, int]] = []
    run(abs, range(-20, 0), workers=workers, done=lambda before, result: seen.append((before, result)))
    assert [before for before, _ in seen] == list(range(20))
    assert sorted(result for _, result in seen) == list(range(1, 21))


def test_what_belongs_together_is_done_by_one_process() -> None:
    items = [f"{key}{k}" for k in range(4) for key in "abcd"]
    found = run(where, items, workers=2, together=lambda item: item[0])
    assert [item for item, _ in found] == items
    for key in "abcd":
        assert len({process for item, process in found if item[0] == key}) == 1
    assert os.getpid() not in {process for _, process in found}


def test_what_belongs_together_follows_its_first_in_one_process_too() -> None:
    done: list[str] = []
    found = run(str, "axbxax", together={"x": 1}.get, done=lambda _, result: done.append(result))
    assert found == list("axbxax")
    assert done == list("axxxba")


@given(st.lists(st.sampled_from([None, "x", "y", "z"]), max_size=60), st.integers(1, 5))
def test_parts_hold_every_input_once_and_keys_whole(keys: list[str | None], workers: int) -> None:
    parts = split(keys, lambda key: key, workers)
    assert sorted(index for part in parts for index in part) == list(range(len(keys)))
    assert all(part == tuple(sorted(part)) for part in parts)
    for key in {"x", "y", "z"} & set(keys):
        mine = [part for part in parts if any(keys[index] == key for index in part)]
        assert len(mine) == 1
        assert {keys[index] for index in mine[0]} == {key}


def test_a_thousand_loose_inputs_are_not_a_thousand_parcels() -> None:
    assert 16 <= len(split(range(1000), None, 2)) <= 20


def test_nothing_to_do() -> None:
    assert run(abs, [], workers=2) == []


def test_no_worker_is_no_number_of_workers() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        run(abs, [1], workers=0)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_comes_through(workers: int) -> None:
    with pytest.raises(OSError, match="three"):
        run(refuse, [1, 2, 3, 4], workers=workers)


def test_a_process_that_dies_is_a_problem_with_advice(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        run(partial(end_once, tmp_path / "never"), [1, 2, 3, 4], workers=2)
    assert [problem.code for problem in found.value.problems] == ["worker-lost"]
    assert "--workers" in found.value.problems[0].do


def test_linear_algebra_keeps_to_one_thread_and_gives_it_back() -> None:
    from threadpoolctl import threadpool_info

    np.linalg.inv(np.eye(2))
    before = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    with one_thread("blas"):
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
    after = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert after[: len(before)] == before


def test_generators_differ_by_seed_and_name_only() -> None:
    first = generator(1, "a").integers(1 << 60)
    assert first == generator(1, "a").integers(1 << 60)
    assert len({first, generator(2, "a").integers(1 << 60), generator(1, "b").integers(1 << 60)}) == 3


@pytest.mark.parametrize("workers", [1, 2])
def test_results_as_they_arrive_and_a_stop_before_the_end(workers: int) -> None:
    with closing(arriving(abs, range(40), workers=workers)) as finished:
        assert sorted(finished) == [(k, abs(k)) for k in range(40)]
    with closing(arriving(abs, range(40), workers=workers)) as finished:
        index, result = next(finished)
        assert result == abs(index)
    end_processes()
    assert run(abs, range(4), workers=workers) == [abs(k) for k in range(4)]
