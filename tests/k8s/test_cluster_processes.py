"""What the manifests start, started here: Dask with its certificates, and what it exposes."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from autotune.errors import BadOption
from autotune.executors.dask_cluster import DaskExecutor
from autotune.metrics import Metrics
from tests.contracts import task_entries
from tests.k8s.manifests import K8S, ROOT, rendered
from warehouse.lake import Lake
from warehouse.task import Receipt

SETTINGS = yaml.safe_load((K8S / "components/dask-tls/settings.yaml").read_text())["data"]
DASK = Path(sys.executable).parent / "dask"
MADE = """
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.crt
openssl req -newkey rsa:2048 -nodes -subj /CN=passlake -keyout tls.key -out tls.csr
openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out tls.crt
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of the component, with certificates made as the README says."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["bash", "-ec", MADE], cwd=folder, check=True, capture_output=True)
    return {name: value.replace("/tls/", f"{folder}/") for name, value in SETTINGS.items()}


@pytest.fixture(scope="module")
def scheduler(certified: dict[str, str]) -> Iterator[tuple[str, int]]:
    """A scheduler and a worker as the manifests start them, on loopback: address, HTTP port."""
    port, http = free_port(), free_port()
    environment = os.environ | certified | {"PYTHONPATH": str(ROOT)}
    address = f"tls://127.0.0.1:{port}"
    here = ("--host", "127.0.0.1", "--protocol=tls")
    worker = ("worker", address, "--nthreads", "1", "--memory-limit", "0", "--no-nanny", *here)
    commands = [
        ("scheduler", *here, "--port", str(port), "--dashboard-address", f"127.0.0.1:{http}"),
        (*worker, "--no-dashboard", "--death-timeout", "60"),
    ]
    processes = [
        subprocess.Popen(
            [DASK, *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for command in commands
    ]
    yield address, http
    for process in processes:
        process.kill()
        process.wait()


def listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while not listens(port):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def in_dask(certified: dict[str, str], program: str) -> subprocess.CompletedProcess[str]:
    """Run a program with these settings, which Dask reads once, when it is imported."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | certified | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_tasks_run_over_tls_with_the_settings_of_the_manifests(
    scheduler: tuple[str, int], certified: dict[str, str], tmp_path: Path
) -> None:
    address, http = scheduler
    wait_for(http)
    Lake.open(tmp_path / "lake", create=True)
    done = in_dask(
        certified,
        "from autotune.executors.dask_cluster import DaskExecutor\n"
        "from warehouse.lake import Lake\n"
        "from warehouse.task import Task\n"
        f"lake = Lake.open({str(tmp_path / 'lake')!r})\n"
        f"executor = DaskExecutor(lake, {address!r})\n"
        f"executor.submit(Task('one', '{task_entries.NAME}:succeed'), 1)\n"
        "print(executor.completed(60).to_json())\n"
        "executor.close()\n",
    )
    assert done.returncode == 0, done.stderr
    assert Receipt.from_json(done.stdout).task_id == "one"


def test_who_has_no_certificate_is_refused(
    scheduler: tuple[str, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address, http = scheduler
    wait_for(http)
    monkeypatch.setattr("autotune.executors.dask_cluster._CONNECT_S", 3.0)
    lake = Lake.open(tmp_path / "lake", create=True)
    for told in (address, address.replace("tls://", "tcp://")):
        with pytest.raises(BadOption, match="no Dask scheduler answers there"):
            DaskExecutor(lake, told)


def series(text: str) -> set[str]:
    """Names of what is exposed, those without a value yet included."""
    return set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))


def test_the_dashboard_asks_for_series_that_driver_and_scheduler_expose(
    scheduler: tuple[str, int],
) -> None:
    wait_for(scheduler[1])
    with urllib.request.urlopen(f"http://127.0.0.1:{scheduler[1]}/metrics") as answer:
        exposed = series(answer.read().decode())
    with Metrics(0, "tune") as metrics:
        metrics.start(1.0)
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics") as answer:
            exposed |= series(answer.read().decode())
    (dashboard,) = [
        json.loads(one["data"]["passlake.json"])
        for one in rendered("dask-spot")
        if one["metadata"]["name"] == "passlake-dashboard"
    ]
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    wanted = set(re.findall(r"\b(?:passlake|dask)_\w+", asked))
    assert len(wanted) >= 8
    assert wanted <= exposed
