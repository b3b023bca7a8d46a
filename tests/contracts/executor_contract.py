"""What every executor promises, as tests: an engine's own test class adds a fixture `executor`.

`ExecutorContract` is for all of them; `WorkerContract` for those whose tasks run in processes of
their own, which can die, be stopped, and overtake each other.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autotune.executors.base import Executor, Failure
from tests.contracts import task_entries
from warehouse.lake import Lake
from warehouse.task import Receipt, Task

PATIENCE_S = 60.0


def make_task(entry: Callable[..., Any], task_id: str, **payload: object) -> Task:
    return Task(task_id, f"{task_entries.NAME}:{entry.__name__}", payload)


def next_end(executor: Executor) -> Receipt | Failure:
    ended = executor.completed(PATIENCE_S)
    assert ended is not None, f"nothing ended within {PATIENCE_S:g} s"
    return ended


def ends_of(executor: Executor, tasks: list[Task]) -> dict[str, Receipt | Failure]:
    """Submit the tasks and wait until as many have ended."""
    for task in tasks:
        executor.submit(task, 1)
    ended = [next_end(executor) for _ in tasks]
    assert executor.completed(0.0) is None
    return {one.task_id: one for one in ended}


def failure_of(executor: Executor, entry: Callable[..., Any]) -> Failure:
    """How a task that fails ends; one that works after it shows that the executor goes on."""
    failing, working = make_task(entry, "failing"), make_task(task_entries.succeed, "working")
    ended = ends_of(executor, [failing, working])
    assert isinstance(ended["working"], Receipt)
    failure = ended["failing"]
    assert isinstance(failure, Failure)
    assert failure.attempt == 1
    assert "\n" not in failure.reason
    return failure


def wait_for_file(path: Path) -> str:
    """The file's line, once it is there."""
    deadline = time.monotonic() + PATIENCE_S
    while not (path.exists() and path.read_text().endswith("\n")):
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.01)
    return path.read_text().strip()


def is_gone(pid: int) -> bool:
    """Whether the process ends within the time that a test has."""
    deadline = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}").exists()


class ExecutorContract:
    """For every executor, wherever its tasks run."""

    def test_a_task_comes_back_as_its_receipt_with_its_rows_staged(
        self, executor: Executor, lake: Lake
    ) -> None:
        executor.submit(make_task(task_entries.succeed, "one", notes={"seen": [1, "é"]}), 1)
        receipt = next_end(executor)
        assert isinstance(receipt, Receipt)
        assert (receipt.task_id, receipt.attempt, receipt.rows) == ("one", 1, 1)
        assert receipt.notes == {"seen": [1, "é"]}
        assert [lake.folder / file.path for file in receipt.files] == list(
            (lake.folder / "losses" / "staging").iterdir()
        )
        assert lake.version("losses") == -1, "only the driver commits"

    def test_every_task_comes_back_once(self, executor: Executor) -> None:
        tasks = [make_task(task_entries.succeed, f"task-{number}") for number in range(12)]
        assert ends_of(executor, tasks).keys() == {task.task_id for task in tasks}

    def test_the_number_of_the_attempt_reaches_the_task_and_comes_back(
        self, executor: Executor
    ) -> None:
        task = make_task(task_entries.succeed_at_last, "one", failures=1)
        executor.submit(task, 1)
        failure = next_end(executor)
        executor.submit(task, 2)
        receipt = next_end(executor)
        assert (type(failure), failure.attempt) == (Failure, 1)
        assert (type(receipt), receipt.attempt) == (Receipt, 2)

    def test_an_exception_in_a_task_is_its_failure_and_others_go_on(
        self, executor: Executor
    ) -> None:
        failure = failure_of(executor, task_entries.fail)
        assert "RuntimeError" in failure.reason
        assert "attempt 1 of failing" in failure.reason
        assert not failure.storage

    def test_an_entry_that_is_not_installed_is_a_failure(self, executor: Executor) -> None:
        executor.submit(Task("one", "no_such_module:f"), 1)
        failure = next_end(executor)
        assert isinstance(failure, Failure)
        assert "no_such_module:f" in failure.reason
        assert not failure.storage

    def test_a_full_disk_is_told_from_a_faulty_task(self, executor: Executor) -> None:
        failure = failure_of(executor, task_entries.fill_the_lakes_disk)
        assert failure.storage
        assert "run the same command again" in failure.reason

    def test_a_full_disk_elsewhere_is_one_too(self, executor: Executor) -> None:
        failure = failure_of(executor, task_entries.fill_another_disk)
        assert failure.storage
        assert "No space left" in failure.reason
        assert "run the same command again" in failure.reason

    def test_what_a_task_prints_is_no_receipt(self, executor: Executor) -> None:
        tasks = [make_task(task_entries.succeed_and_talk, name) for name in ("one", "two")]
        ended = ends_of(executor, tasks)
        assert all(isinstance(one, Receipt) for one in ended.values())

    def test_tasks_and_receipts_may_be_larger_than_a_pipe(self, executor: Executor) -> None:
        text = "x" * 300_000
        executor.submit(make_task(task_entries.succeed, "one", notes={"text": text}), 1)
        receipt = next_end(executor)
        assert isinstance(receipt, Receipt)
        assert receipt.notes["text"] == text

    def test_nothing_comes_back_where_nothing_was_submitted(self, executor: Executor) -> None:
        assert executor.completed(0.05) is None

    def test_at_least_one_task_runs_at_a_time(self, executor: Executor) -> None:
        assert executor.capacity >= 1

    def test_cancel_forgets_the_queue_and_the_executor_can_be_used_again(
        self, executor: Executor
    ) -> None:
        for number in range(5):
            executor.submit(make_task(task_entries.succeed, f"old-{number}"), 1)
        executor.cancel()
        executor.submit(make_task(task_entries.succeed, "new"), 1)
        seen = next_end(executor)
        while seen.task_id != "new":  # what had ended before may still be collected
            seen = next_end(executor)
        assert executor.completed(0.0) is None

    def test_close_may_come_twice_and_in_the_middle(self, executor: Executor) -> None:
        executor.submit(make_task(task_entries.succeed, "one"), 1)
        executor.close()
        executor.close()


class WorkerContract:
    """For executors with workers: `executor` has a capacity of two."""

    @pytest.mark.parametrize(
        ("entry", "sign"),
        [
            (task_entries.die_by_kill, signal.SIGKILL),
            (task_entries.die_by_segfault, signal.SIGSEGV),
            (task_entries.die_by_exit, -3),
        ],
    )
    def test_a_worker_that_dies_costs_its_own_task_only(
        self, entry: Callable[..., Any], sign: int, executor: Executor
    ) -> None:
        failure = failure_of(executor, entry)
        assert f"status {-sign}" in failure.reason
        assert not failure.storage

    def test_a_slow_task_does_not_hold_up_the_others(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        began, go = tmp_path / "began", tmp_path / "go"
        slow = make_task(task_entries.succeed_when_told, "slow", began=str(began), go=str(go))
        executor.submit(slow, 1)
        wait_for_file(began)
        ended = ends_of(executor, [make_task(task_entries.succeed, "a")])
        go.touch()
        assert ended.keys() == {"a"}
        assert next_end(executor).task_id == "slow"

    def test_a_submitted_task_does_not_make_its_caller_wait(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        began, go = tmp_path / "began", tmp_path / "go"
        slow = make_task(task_entries.succeed_when_told, "slow", began=str(began), go=str(go))
        executor.submit(slow, 1)
        wait_for_file(began)
        started = time.monotonic()
        assert executor.completed(0.2) is None
        assert time.monotonic() - started < PATIENCE_S
        go.touch()
        assert isinstance(next_end(executor), Receipt)

    def test_cancel_and_close_stop_what_runs(self, executor: Executor, tmp_path: Path) -> None:
        pids = []
        for stop in (executor.cancel, executor.close):
            began, never = tmp_path / f"began-{stop.__name__}", tmp_path / "never"
            payload = {"began": str(began), "go": str(never)}
            executor.submit(make_task(task_entries.succeed_when_told, "slow", **payload), 1)
            pids.append(int(wait_for_file(began)))
            stop()
        assert all(map(is_gone, pids))

    def test_a_worker_that_dies_while_it_waits_costs_no_task(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        go = tmp_path / "go"
        go.touch()
        for name in ("first", "second", "third"):
            began = tmp_path / name
            payload = {"began": str(began), "go": str(go)}
            executor.submit(make_task(task_entries.succeed_when_told, name, **payload), 1)
            assert isinstance(next_end(executor), Receipt)
            os.kill(int(wait_for_file(began)), signal.SIGKILL)
            assert executor.completed(0.3) is None
