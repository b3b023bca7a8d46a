"""The trainer's RayJob: its entry point beside a head and two nodes that start as it says."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.k8s.manifests import ROOT, rendered
from tests.unit.trainer.small_runs import export
from trainer.checkpoint import latest

BIN = Path(sys.executable).parent
STARTED = b"Ray runtime started."
(JOB,) = (one["spec"] for one in rendered("trainer-ray") if one["kind"] == "RayJob")
CLUSTER = JOB["rayClusterSpec"]

pytestmark = pytest.mark.timeout(900)  # processes that import torch, on a machine with other work


def options(group: dict[str, Any], **changes: str) -> list[str]:
    """What KubeRay makes of `rayStartParams`, less what this machine has not: GPUs, a dashboard."""
    missing = ("num-gpus", "dashboard-host")
    given = {**group["rayStartParams"], **changes}
    return [f"--{name}={value}" for name, value in given.items() if name not in missing]


def ray_start(
    folder: Path, *arguments: str, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    """A part of the cluster, once it says that it runs."""
    said = folder.with_suffix(".out")
    with said.open("wb") as out:
        part = subprocess.Popen(
            [BIN / "ray", "start", "--block", "--node-ip-address=127.0.0.1", *arguments],
            stdout=out,
            stderr=out,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
        )
    while STARTED not in said.read_bytes():
        with suppress(subprocess.TimeoutExpired):
            part.wait(0.2)
        assert part.returncode is None, said.read_text()
    return part


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """That of a driver in the cluster of the manifest: a head without CPUs, a node per worker."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    # As in a pod that a RayJob starts; what a cluster of another test left behind decides nothing.
    here = {
        "RAY_ADDRESS": f"127.0.0.1:{port}",
        "RAY_AUTH_MODE": "disabled",
        "RAY_USAGE_STATS_ENABLED": "0",
        # A busy machine leaves nothing to workers of niceness 15, and a node takes its time there.
        "RAY_worker_niceness": "0",
        "RAY_raylet_start_wait_time_s": "120",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }
    environment = os.environ | here
    (workers,) = CLUSTER["workerGroupSpecs"]
    parts = []
    # Short: names of Unix sockets have at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        try:
            head = ["--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={folder}"]
            head += options(CLUSTER["headGroupSpec"])
            parts.append(ray_start(Path(folder, "head"), *head, environment=environment))
            for number in range(workers["replicas"]):
                node = [f"--address=127.0.0.1:{port}", *options(workers, **{"num-cpus": "1"})]
                name = Path(folder, f"node-{number}")
                parts.append(ray_start(name, *node, environment=environment))
            yield environment
        finally:
            for part in reversed(parts):
                part.terminate()
                with suppress(subprocess.TimeoutExpired):
                    part.wait(30)
                with suppress(ProcessLookupError):
                    os.killpg(part.pid, signal.SIGKILL)
                part.wait()


def test_the_entry_point_trains_with_a_process_on_each_node(
    environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    program, command, recipe, *rest = shlex.split(JOB["entrypoint"])
    assert (program, command, recipe) == ("passlake", "train", "small")
    tiny = ["tests.unit.trainer.small_runs:long", "--data", str(export(tmp_path / "data"))]
    few = ["--output", str(folder), "--steps", "3", "--json"]
    ended = subprocess.run(
        [BIN / program, command, *tiny, *rest, *few],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["steps"] == 3
    saved = latest(folder / "checkpoints")
    assert saved is not None
    manifest = json.loads((saved.folder / "manifest.json").read_text())
    assert (saved.step, manifest["processes"]) == (3, 2)
