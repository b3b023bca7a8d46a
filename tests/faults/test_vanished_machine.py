"""A machine that vanishes without a word: no connection of it is closed, nothing answers."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.chaos_clusters import Cluster, Ray
from tests.faults.chaos_hosts import network
from tests.faults.nap_driver import NAP_S, TASKS
from warehouse.lake import Lake

PATIENCE_S = 120.0
AT_THE_LATEST_S = 150.0
"""Ray itself would let tasks wait for 300 seconds."""


@pytest.mark.skipif(os.geteuid() != 0, reason="hosts are network namespaces, which root makes")
def test_tasks_on_a_machine_that_vanished_are_soon_sent_to_another(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    # Short: names of Unix sockets have at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="gone-", ignore_cleanup_errors=True) as scratch:
        engine = Ray(Path(scratch))
        with network(engine.hosts) as hosts:
            cluster = Cluster(engine, hosts, tmp_path)
            (node,) = cluster.nodes
            tended(cluster, lambda: cluster.ready and said(node.log, "Ray runtime started."))
            driver = cluster.head.host.start(
                [sys.executable, "-m", "tests.faults.nap_driver", lake.location, cluster.address],
                cluster.environment,
                tmp_path / "driver.log",
            )
            tended(cluster, lambda: said(tmp_path / "driver.log", "capacity 3"))
            time.sleep(NAP_S / 2)  # each of the three workers naps
            node.host.cut()
            deadline = time.monotonic() + AT_THE_LATEST_S
            while driver.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            assert driver.poll() == 0, (tmp_path / "driver.log").read_text()
        for part in (cluster.head, node):  # which ended with their hosts
            assert part.process is not None
            part.process.wait()
    assert lake.count("losses") == 0
    staged = {file.name.split(".")[0] for file in lake.folder.rglob("staging/*.parquet")}
    assert staged == {f"nap-{number}" for number in range(TASKS)}


def said(log: Path, line: str) -> bool:
    file = log.with_suffix(".out")
    return file.exists() and line in file.read_text()


def tended(cluster: Cluster, ready: Callable[[], bool]) -> None:
    """Keep the cluster running until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < deadline
        cluster.tend()
        time.sleep(0.1)
