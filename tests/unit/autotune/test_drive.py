from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from autotune import drive as driving
from autotune.drive import AsTheyAre, Done, SetAside, Silent, drive, run_tasks
from autotune.errors import StorageFailed
from autotune.executors.base import Executor, Failure
from autotune.executors.inline import InlineExecutor
from autotune.executors.local import LocalExecutor
from tests.contracts import task_entries as entries
from warehouse import delta
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import Receipt, Task, finished_tasks

JOB = "job"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake", create=True)


@pytest.fixture
def two_workers(lake: Lake) -> Iterator[Executor]:
    executor = LocalExecutor(lake, workers=2)
    yield executor
    executor.close()


def task(task_id: str, entry: Callable[..., object] = entries.succeed, **payload: object) -> Task:
    return Task(task_id, f"{entries.NAME}:{entry.__name__}", payload, cost_s=1.0)


def tasks(*task_ids: str, **payload: object) -> list[Task]:
    return [task(task_id, **payload) for task_id in task_ids]


def committed(lake: Lake) -> list[str]:
    """The tasks whose rows are in the lake, one by one."""
    return sorted(lake.read("losses").column("task_id").to_pylist())


class Recorder(InlineExecutor):
    """Inline, and says what it was given and how many tasks were in flight at most."""

    def __init__(self, lake: Lake, capacity: int = 1) -> None:
        super().__init__(lake)
        self.capacity = capacity
        self.in_flight = self.most_in_flight = 0
        self.submitted: list[str] = []

    def submit(self, task: Task, attempt: int) -> None:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.submitted.append(task.task_id)
        super().submit(task, attempt)

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        self.in_flight -= 1
        return super().completed(timeout_s)


class Backwards(InlineExecutor):
    """Of the tasks in flight, the last one ends first."""

    capacity = 8

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        self._queue.reverse()
        ended = super().completed(timeout_s)
        self._queue.reverse()
        return ended


class InterruptAfter(Silent):
    """Ctrl-C when so many tasks have ended."""

    def __init__(self, count: int) -> None:
        self._left = count

    def advance(self, ended: Done | SetAside) -> None:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt(ended.task.task_id)


def test_all_tasks_are_done_and_committed_once(lake: Lake, two_workers: Executor) -> None:
    names = [f"task-{number:02}" for number in range(20)]
    assert drive(lake, JOB, tasks(*names), two_workers) == []
    assert committed(lake) == names
    assert finished_tasks(lake, JOB) == set(names)


def test_a_task_that_kills_its_worker_three_times_is_set_aside_and_the_rest_goes_on(
    lake: Lake, two_workers: Executor
) -> None:
    work = [
        task("a-killer", entries.die_by_kill),
        task("another", entries.die_by_segfault),
        *tasks("b", "c", "d"),
    ]
    set_aside = drive(lake, JOB, work, two_workers)
    assert sorted((one.task.task_id, one.attempts, one.reason) for one in set_aside) == [
        ("a-killer", 3, "its worker ended with status -9"),
        ("another", 3, "its worker ended with status -11"),
    ]
    assert committed(lake) == ["b", "c", "d"]
    ledger = lake.read("tasks").to_pylist()
    assert {(row["task_id"], row["state"], row["attempts"]) for row in ledger} == {
        ("a-killer", "set_aside", 3),
        ("another", "set_aside", 3),
        ("b", "done", 1),
        ("c", "done", 1),
        ("d", "done", 1),
    }


def test_a_job_of_nothing_but_killers_comes_to_its_end(lake: Lake, two_workers: Executor) -> None:
    work = [task(f"killer-{number}", entries.die_by_exit) for number in range(3)]
    assert len(drive(lake, JOB, work, two_workers)) == 3


@pytest.mark.parametrize(("failures", "attempts"), [(0, 1), (1, 2), (2, 3)])
def test_a_task_that_fails_less_often_is_done(failures: int, attempts: int, lake: Lake) -> None:
    work = [task("a", entries.succeed_at_last, failures=failures)]
    assert drive(lake, JOB, work, InlineExecutor(lake)) == []
    (row,) = lake.read("tasks").to_pylist()
    assert (row["state"], row["attempts"], row["reason"]) == ("done", attempts, None)


def test_what_was_set_aside_is_tried_again_by_the_next_run(lake: Lake) -> None:
    assert len(drive(lake, JOB, [task("a", entries.fail)], InlineExecutor(lake))) == 1
    assert drive(lake, JOB, tasks("a"), InlineExecutor(lake)) == []
    assert committed(lake) == ["a"]


def test_what_the_ledger_calls_done_is_not_run_again(lake: Lake, tmp_path: Path) -> None:
    log = tmp_path / "log"
    drive(lake, JOB, tasks("a", "b", log=str(log)), InlineExecutor(lake))
    drive(lake, JOB, tasks("a", "b", "c", log=str(log)), InlineExecutor(lake))
    assert log.read_text().split() == ["a", "b", "c"]
    assert committed(lake) == ["a", "b", "c"]


def test_jobs_do_not_share_their_ledgers(lake: Lake) -> None:
    drive(lake, "one", tasks("a"), InlineExecutor(lake))
    drive(lake, "two", tasks("a"), InlineExecutor(lake))
    assert committed(lake) == ["a", "a"]


def test_a_bounded_window_is_in_flight(lake: Lake) -> None:
    executor = Recorder(lake, capacity=3)
    ended = list(run_tasks(executor, iter(tasks(*map(str, range(30))))))
    assert len(ended) == 30
    assert executor.most_in_flight == 6


def test_tasks_are_taken_only_when_they_fit_into_the_window(lake: Lake) -> None:
    taken: list[str] = []

    def lazily() -> Iterator[Task]:
        for one in tasks(*map(str, range(100))):
            taken.append(one.task_id)
            yield one

    next(run_tasks(InlineExecutor(lake), lazily()))
    assert taken == ["0", "1"]


def test_results_out_of_order_are_all_taken(lake: Lake) -> None:
    names = [str(number) for number in range(20)]
    ended = list(run_tasks(Backwards(lake), tasks(*names)))
    assert Counter(one.task.task_id for one in ended) == Counter(names)


def test_in_order_the_receipts_are_settled_as_the_tasks_were_planned(lake: Lake) -> None:
    settled: list[str] = []

    class Listen(AsTheyAre):
        def files(self, receipts: Sequence[Receipt]) -> Sequence[StagedFile]:
            settled.extend(receipt.task_id for receipt in receipts)
            return super().files(receipts)

    names = [f"task-{number:02}" for number in range(20)]
    work = tasks(*names)
    work[4] = task("task-04", entries.fail)
    drive(lake, JOB, work, Backwards(lake), settlement=Listen(), in_order=True)
    assert settled == [name for name in names if name != "task-04"]


def test_an_interrupted_job_commits_what_had_ended_and_then_continues(
    lake: Lake, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    work = tasks("a", "b", "c", "d", "e", log=str(log))
    with pytest.raises(KeyboardInterrupt):
        drive(lake, JOB, work, InlineExecutor(lake), progress=InterruptAfter(2))
    assert committed(lake) == ["a", "b"]
    drive(lake, JOB, work, InlineExecutor(lake))
    assert committed(lake) == ["a", "b", "c", "d", "e"]
    assert log.read_text().split() == ["a", "b", "c", "d", "e"]


def test_an_interrupt_between_the_tables_of_a_commit_neither_loses_nor_doubles_rows(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, calls = delta.append, Counter[str]()

    def interrupted_once(folder: Path, *batch: object) -> bool:
        done: bool = append(folder, *batch)  # type: ignore[arg-type]
        calls[folder.name] += 1
        if calls.total() == 1:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(delta, "append", interrupted_once)
    monkeypatch.setattr(driving, "_COMMIT_EVERY_S", 0.0)
    with pytest.raises(KeyboardInterrupt):
        drive(lake, JOB, tasks("a", "b"), InlineExecutor(lake))
    assert committed(lake) == ["a"]
    assert finished_tasks(lake, JOB) == {"a"}
    drive(lake, JOB, tasks("a", "b"), InlineExecutor(lake))
    assert committed(lake) == ["a", "b"]


def test_a_full_disk_in_a_task_ends_the_job_with_what_had_ended_committed(lake: Lake) -> None:
    work = [task("a"), task("b", entries.fill_the_lakes_disk), task("c")]
    with pytest.raises(StorageFailed, match=r"no room left.*run the same command again$"):
        drive(lake, JOB, work, InlineExecutor(lake))
    assert committed(lake) == ["a"]
    drive(lake, JOB, tasks("a", "b", "c"), InlineExecutor(lake))
    assert committed(lake) == ["a", "b", "c"]


def test_long_jobs_commit_on_the_way(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []

    class Look(Silent):
        def advance(self, ended: Done | SetAside) -> None:
            seen.append((ended.task.task_id, len(committed(lake))))

    monkeypatch.setattr(driving, "_COMMIT_EVERY_S", 0.0)
    drive(lake, JOB, tasks("a", "b", "c"), InlineExecutor(lake), progress=Look())
    assert seen == [("a", 1), ("b", 2), ("c", 3)]


def test_progress_hears_what_is_left_and_what_it_will_cost(lake: Lake) -> None:
    heard: list[tuple[str, object]] = []

    class Hear(Silent):
        def start(self, cost_s: float) -> None:
            heard.append(("start", cost_s))

        def skip(self, task: Task) -> None:
            heard.append(("skip", task.task_id))

        def advance(self, ended: Done | SetAside) -> None:
            heard.append(("end", ended.task.task_id))

    drive(lake, JOB, tasks("a"), InlineExecutor(lake), progress=Hear())
    drive(lake, JOB, tasks("a", "b"), InlineExecutor(lake), progress=Hear())
    assert heard == [("start", 1.0), ("end", "a"), ("start", 2.0), ("skip", "a"), ("end", "b")]


def test_a_job_may_be_planned_while_it_runs(lake: Lake) -> None:
    ended: list[str] = []
    ahead: list[int] = []

    class Count(Silent):
        def advance(self, one: Done | SetAside) -> None:
            ended.append(one.task.task_id)

    def planned() -> Iterator[Task]:
        for number in range(40):
            ahead.append(number - len(ended))
            yield task(str(number))

    drive(lake, JOB, planned(), InlineExecutor(lake), cost_s=40.0, progress=Count())
    assert len(ended) == 40
    assert max(ahead) <= 2


def test_in_order_one_slow_task_holds_back_a_bounded_number(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "_HELD", 2)

    class FirstIsSlow(Backwards):
        """The first task ends when nothing else is left in the queue."""

        def completed(self, timeout_s: float) -> Receipt | Failure | None:
            taken.append(len(self._queue))
            return super().completed(timeout_s)

    taken: list[int] = []
    ended = run_tasks(FirstIsSlow(lake), tasks(*map(str, range(60))), in_order=True)
    assert [one.task.task_id for one in ended] == [str(number) for number in range(60)]
    assert max(taken) <= 16


def test_a_finished_task_runs_again_when_it_is_named(lake: Lake, tmp_path: Path) -> None:
    log = tmp_path / "log"
    drive(lake, JOB, tasks("a", "b", log=str(log)), InlineExecutor(lake))
    drive(lake, JOB, tasks("a", "b", log=str(log)), InlineExecutor(lake), again={"b", "elsewhere"})
    assert log.read_text().split() == ["a", "b", "b"]


def test_a_receipt_waits_without_the_payload_of_its_task(lake: Lake) -> None:
    [done] = run_tasks(InlineExecutor(lake), tasks("a", text="x" * 1000))
    assert done.task.payload == {}
    [set_aside] = run_tasks(InlineExecutor(lake), [task("a", entries.fail, text="x")])
    assert set_aside.task.payload == {"text": "x"}


def test_a_job_without_tasks_does_nothing(lake: Lake) -> None:
    assert drive(lake, JOB, [], InlineExecutor(lake)) == []
    assert lake.version("tasks") == -1
