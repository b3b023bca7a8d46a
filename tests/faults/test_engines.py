"""The same campaign on every engine, one of them killed: the tables of a quiet local run."""

import os
import signal
from collections.abc import Callable

import pytest

from tests.faults.campaigns import TUNE, Rows, Run, done, each_once, in_its_middle, rows_of
from tests.faults.processes import below, is_alive, listening, parent_of, wait_until, workers

DASK = (*TUNE, "--engine", "dask", "--workers", "2")
RAY = (*TUNE, "--engine", "ray", "--workers", "2")


@pytest.mark.parametrize("command", [DASK, RAY], ids=["dask", "ray"])
def test_a_campaign_whose_machines_are_lost_ends_in_the_rows_of_a_local_one(
    command: tuple[str, ...], start: Callable[..., Run], undisturbed: Rows
) -> None:
    run = start(*command)
    in_its_middle(run)
    os.kill(parent_of(workers(run.process.pid)[0]), signal.SIGKILL)
    assert run.wait() == 0, run.said
    assert rows_of(run.lake) == undisturbed
    assert each_once(run.lake)


def test_a_campaign_that_began_on_one_engine_goes_on_on_another(
    start: Callable[..., Run], undisturbed: Rows
) -> None:
    run = start(*RAY)
    in_its_middle(run)
    started = workers(run.process.pid)
    run.process.kill()
    assert run.wait() == -signal.SIGKILL
    wait_until(lambda: not any(map(is_alive, started)))  # Ray's own agents take their time
    before = done(run.lake)
    again = start(*DASK)
    assert again.wait() == 0, again.said
    assert f"{len(before)} tasks were finished before" in again.said
    assert rows_of(run.lake) == undisturbed
    assert each_once(run.lake)


@pytest.mark.parametrize("command", [DASK, RAY], ids=["dask", "ray"])
def test_a_cluster_of_its_own_listens_on_the_loopback_interface_alone(
    command: tuple[str, ...], start: Callable[..., Run]
) -> None:
    run = start(*command)
    wait_until(lambda: workers(run.process.pid))
    open_to = listening(run.process.pid, *below(run.process.pid))
    assert open_to, "an engine listens somewhere"
    assert {one for one in open_to if not one.startswith("127.")} == set()


@pytest.mark.parametrize("command", [DASK, RAY], ids=["dask", "ray"])
def test_workers_of_a_cluster_of_its_own_are_as_nice_as_their_driver(
    command: tuple[str, ...], start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_worker_niceness")
    run = start(*command)
    wait_until(lambda: workers(run.process.pid))
    one = workers(run.process.pid)[0]
    assert os.getpriority(os.PRIO_PROCESS, one) == os.getpriority(os.PRIO_PROCESS, 0)
