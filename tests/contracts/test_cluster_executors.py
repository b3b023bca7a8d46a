import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster
from ray.cluster_utils import Cluster

from autotune.errors import BadOption, WorkersLost
from autotune.executors.base import Failure
from autotune.executors.dask_cluster import DaskExecutor
from autotune.executors.ray_cluster import RayExecutor
from autotune.executors.task_process import import_path
from tests.contracts import task_entries
from tests.contracts.executor_contract import (
    PATIENCE_S,
    ExecutorContract,
    WorkerContract,
    make_task,
    next_end,
    wait_for_file,
)
from tests.faults.processes import parent_of
from warehouse.lake import Lake
from warehouse.task import Receipt

Made = Callable[..., DaskExecutor | RayExecutor]


class ClusterContract:
    """For executors whose workers are machines, which can be lost; `make` makes one of two."""

    def test_a_machine_that_is_lost_costs_its_task_no_attempt(
        self, executor: DaskExecutor | RayExecutor, tmp_path: Path
    ) -> None:
        began, go = tmp_path / "began", tmp_path / "go"
        payload = {"began": str(began), "go": str(go)}
        executor.submit(make_task(task_entries.succeed_when_told, "one", **payload), 1)
        process = int(wait_for_file(began))
        machine = parent_of(process)
        began.unlink()
        os.kill(machine, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE_S
        while not began.exists() and time.monotonic() < deadline:
            assert executor.completed(0.1) is None
        assert int(wait_for_file(began)) != process
        go.touch()
        receipt = next_end(executor)
        assert (type(receipt), receipt.attempt) == (Receipt, 1)
        assert executor.completed(0.0) is None, "it came back twice"

    def test_a_task_that_never_ends_is_its_own_failure(
        self,
        executor: DaskExecutor | RayExecutor,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(executor, "_wall_s", 0.5)
        payload = {"began": str(tmp_path / "began"), "go": str(tmp_path / "never")}
        executor.submit(make_task(task_entries.succeed_when_told, "hangs", **payload), 1)
        failure = next_end(executor)
        executor.submit(make_task(task_entries.succeed, "working"), 1)
        assert isinstance(next_end(executor), Receipt)
        assert isinstance(failure, Failure)
        assert failure.reason == "it did not end in 0.5 s"

    def test_a_lake_that_workers_do_not_see_ends_the_job_and_not_its_tasks(
        self, executor: DaskExecutor | RayExecutor, lake: Lake
    ) -> None:
        lake.folder.rename(lake.folder.with_name("moved"))
        executor.submit(make_task(task_entries.succeed, "one"), 1)
        with pytest.raises(WorkersLost, match="no lake at"):
            executor.completed(60)

    def test_a_worker_that_could_not_begin_is_asked_again_and_not_what_it_said(
        self,
        executor: DaskExecutor | RayExecutor,
        lake: Lake,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("autotune.executors.cluster.MOST_UNABLE", 50)
        moved = lake.folder.rename(lake.folder.with_name("moved"))
        executor.submit(make_task(task_entries.succeed, "one"), 1)
        assert executor.completed(5) is None
        moved.rename(lake.folder)
        assert isinstance(next_end(executor), Receipt)

    def test_an_address_where_nobody_answers_is_refused(self, make: Made) -> None:
        with pytest.raises(BadOption, match=r"127\.0\.0\.1:9.*leave --address away"):
            make(address="127.0.0.1:9")


@pytest.fixture(scope="class")
def scheduler() -> Iterator[str]:
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        worker_dashboard_address=None,
        memory_limit=0,
        env={"PYTHONPATH": import_path()},
    ) as cluster:
        yield cluster.scheduler_address


class TestDask(ExecutorContract, WorkerContract, ClusterContract):
    @pytest.fixture
    def make(self, lake: Lake, scheduler: str, monkeypatch: pytest.MonkeyPatch) -> Made:
        monkeypatch.setattr("autotune.executors.dask_cluster._CONNECT_S", 1.0)
        return lambda address=scheduler: DaskExecutor(lake, address)

    @pytest.fixture
    def executor(self, make: Made) -> Iterator[DaskExecutor | RayExecutor]:
        executor = make()
        yield executor
        executor.close()


@pytest.fixture
def killed_later() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler in a process of its own: its address, and whom to kill."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    host, port = address.split(":")
    here = ["--host", host, "--port", port, "--no-dashboard", "--no-show"]
    process = subprocess.Popen(
        [Path(sys.executable).parent / "dask", "scheduler", *here],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield f"tcp://{address}", process
    process.kill()
    process.wait()


def test_who_stops_while_the_scheduler_is_away_is_told_nothing_by_dask(
    lake: Lake, killed_later: tuple[str, subprocess.Popen[bytes]]
) -> None:
    """Its client would log how it failed to connect again, in front of Passlake's own line."""
    address, process = killed_later
    executor = DaskExecutor(lake, address)
    said: list[logging.LogRecord] = []
    ear = logging.Handler()
    ear.emit = said.append  # type: ignore[method-assign]
    logging.getLogger("distributed.client").addHandler(ear)
    process.kill()
    deadline = time.monotonic() + PATIENCE_S
    while executor._client.status != "connecting":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    executor.close()
    logging.getLogger("distributed.client").removeHandler(ear)
    assert said == []


def test_a_reply_that_is_lost_with_the_scheduler_is_a_task_to_be_sent_again(
    lake: Lake, killed_later: tuple[str, subprocess.Popen[bytes]]
) -> None:
    """It goes in the moment between the news that a task has ended and its reply."""
    address, process = killed_later
    here = ["--host", "127.0.0.1", "--nthreads", "1", "--memory-limit", "0", "--no-nanny"]
    worker = subprocess.Popen(
        [Path(sys.executable).parent / "dask", "worker", address, *here, "--no-dashboard"],
        env=os.environ | {"PYTHONPATH": import_path()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    executor = DaskExecutor(lake, address)
    executor.submit(make_task(task_entries.succeed, "one"), 1)
    deadline = time.monotonic() + PATIENCE_S
    while executor._ended.empty():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGSTOP)
    threading.Timer(1.0, process.kill).start()
    assert executor.completed(3.0) is None
    (again,) = executor._book.sent.values()
    assert (again.task.task_id, again.attempt) == ("one", 1)
    assert 1 <= again.losses <= 2, "lost, and where it was sent at once, forgotten"
    executor.close()
    worker.kill()
    worker.wait()


@pytest.fixture(scope="class")
def head() -> Iterator[str]:
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 2, "node_ip_address": "127.0.0.2"}
    )
    yield cluster.address
    cluster.shutdown()


class TestRay(ExecutorContract, WorkerContract, ClusterContract):
    @pytest.fixture
    def make(self, lake: Lake, head: str) -> Made:
        return lambda address=head: RayExecutor(lake, address)

    @pytest.fixture
    def executor(self, make: Made) -> Iterator[DaskExecutor | RayExecutor]:
        executor = make()
        yield executor
        executor.close()
