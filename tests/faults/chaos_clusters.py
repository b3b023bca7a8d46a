"""Clusters whose parts are processes on hosts of their own, started as an operator starts them."""

import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.faults.chaos_hosts import Host, send, tree
from tests.faults.chaos_plan import Victim
from tests.faults.processes import WORKER

ROOT = Path(__file__).parents[2]
_BIN = Path(sys.executable).parent
_PROBE_S = 3.0


class Engine(Protocol):
    """How an engine's parts are started; the first host is the scheduler's or head's."""

    name: str
    environment: dict[str, str]
    hosts: int
    head_works: bool
    worker: str
    """What is found in the command lines of its workers, of which each runs a task at a time."""
    heart: str
    """What the command line of a process contains without which a part that started is dead."""
    started: bytes
    """What the scheduler or head says once it can be used; under Ray each node."""

    def address(self, head: Host) -> str:
        """What `--address` takes."""

    def head(self, host: Host) -> list[str]:
        """The command of the scheduler or head."""

    def node(self, host: Host, head: Host) -> list[str]:
        """The command of a worker or a node of workers."""


class Dask:
    """A scheduler, and three hosts with a worker of one thread each."""

    name = "dask"
    hosts = 4
    head_works = False
    worker = "dask worker"
    heart = ""
    started = b"Scheduler at:"

    def __init__(self) -> None:
        self.environment = {
            # The least that it takes: a host that is cut off is lost after 11 seconds, not 30.
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s",
        }

    def address(self, head: Host) -> str:
        return f"tcp://{head.address}:8786"

    def head(self, host: Host) -> list[str]:
        here = ["--host", host.address, "--port", "8786", "--no-dashboard", "--no-show"]
        return [str(_BIN / "dask"), "scheduler", *here]

    def node(self, host: Host, head: Host) -> list[str]:
        here = ["--host", host.address, "--nthreads", "1", "--memory-limit", "0"]
        plain = ["--no-nanny", "--no-dashboard", "--death-timeout", "60"]
        return [str(_BIN / "dask"), "worker", self.address(head), *here, *plain]


class Ray:
    """A head with one worker, and a node with two."""

    name = "ray"
    hosts = 2
    head_works = True
    worker = "ray::(run_task|IDLE)"
    heart = "raylet/raylet"
    started = b"Ray runtime started."

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.environment = {
            "RAY_USAGE_STATS_ENABLED": "0",
            # Else a token that some other cluster left in the home folder decides.
            "RAY_AUTH_MODE": "disabled",
            # A node that is cut off is lost after some 6 seconds, not 30.
            "RAY_health_check_initial_delay_ms": "2000",
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_timeout_ms": "2000",
            "RAY_health_check_failure_threshold": "3",
            "RAY_raylet_start_wait_time_s": "120",  # on a busy machine a node takes a minute
            "RAY_worker_niceness": "0",  # Ray's 15 leaves workers nothing of a busy machine
        }

    def address(self, head: Host) -> str:
        return f"{head.address}:6379"

    def head(self, host: Host) -> list[str]:
        here = ["--head", "--port", "6379", "--num-cpus", "1", "--include-dashboard", "false"]
        return [*self._start(host), *here, "--temp-dir", str(self._folder)]

    def node(self, host: Host, head: Host) -> list[str]:
        return [*self._start(host), "--address", self.address(head), "--num-cpus", "2"]

    @staticmethod
    def _start(host: Host) -> list[str]:
        store = ["--object-store-memory", "80000000"]  # receipts are some KB
        return [
            *(str(_BIN / "ray"), "start", "--block", "--node-ip-address", host.address),
            *store,
        ]


@dataclass
class Part:
    """A host's part of the cluster; started again at `due` when it is not there."""

    host: Host
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    log: Path = Path("/dev/null")
    due: float = 0.0
    probe: float = 0.0


class Cluster:
    """The parts of a cluster, kept running by `tend`."""

    def __init__(self, engine: Engine, hosts: list[Host], folder: Path) -> None:
        self.engine = engine
        self._folder = folder
        self.environment = engine.environment | {"PYTHONPATH": str(ROOT)}
        first = hosts[0]
        self.head = Part(first, engine.head(first))
        self.nodes = [Part(host, engine.node(host, first)) for host in hosts[1:]]
        self.starts = 0

    @property
    def address(self) -> str:
        return self.engine.address(self.head.host)

    @property
    def ready(self) -> bool:
        """The scheduler or head can be used: nodes and drivers are started only then."""
        return self.head.process is not None and self._has_started(self.head)

    def tend(self) -> None:
        """Start what is not there and is due."""
        now = time.monotonic()
        for part in (self.head, *(self.nodes if self.ready else [])):
            if part.process is not None and not self._alive(part, part.process):
                self._kill(part, 0.5)
            if part.process is None and now >= part.due:
                self.starts += 1
                part.log = self._folder / f"part.{self.starts}.log"
                part.process = part.host.start(part.command, self.environment, part.log)

    def _alive(self, part: Part, process: subprocess.Popen[bytes]) -> bool:
        """As a probe sees it: `ray start --block` outlives a raylet that ended by itself."""
        if process.poll() is not None:
            return False
        now = time.monotonic()
        if not self.engine.heart or now < part.probe or not self._has_started(part):
            return True
        part.probe = now + _PROBE_S
        return any(self.engine.heart in line for line in tree(process).values())

    def _has_started(self, part: Part) -> bool:
        said = (part.log, part.log.with_suffix(".out"))
        return any(self.engine.started in file.read_bytes() for file in said)

    def kill_head(self, restart_s: float) -> None:
        """Kill the scheduler or head; under Ray its nodes are of no use then."""
        parts = [self.head, *(self.nodes if self.engine.head_works else [])]
        for part in parts:
            self._kill(part, restart_s)

    def kill(self, what: Victim, target: int, restart_s: float) -> str | None:
        """Kill a worker, a task's process or a machine; what it was, None where there is none."""
        found = [
            (part, pid)
            for part in self.working
            if part.process is not None
            for pid, line in tree(part.process).items()
            if re.search(WORKER if what == "task" else self.engine.worker, line)
        ]
        if not found:
            return None
        part, pid = found[target % len(found)]
        if what == "task":
            send([pid], signal.SIGKILL)
            return "task"
        if what == "machine" or part.process is None or pid == part.process.pid:
            part = part if part is not self.head else self.nodes[0]
            self._kill(part, restart_s)
            return "machine"
        send([pid], signal.SIGKILL)
        return "worker"

    @property
    def working(self) -> list[Part]:
        """The parts in which tasks run."""
        return [*([self.head] if self.engine.head_works else []), *self.nodes]

    @staticmethod
    def _kill(part: Part, restart_s: float) -> None:
        if part.process is not None:
            send(list(tree(part.process)), signal.SIGKILL)
            part.process.wait()
            part.process = None
        part.due = time.monotonic() + restart_s
