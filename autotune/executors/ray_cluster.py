"""Tasks on a Ray cluster: one that runs somewhere, or one of this machine's processes.

Ray is transport, as Dask is: its own retries stay off (those after memory ran out have no end), and
what `task_process.run_task` says is all that comes back. A head that is started again begins a new
cluster, of which Ray does not tell: what was sent to the old one would be waited for without end.
So the head is looked at every few seconds, and the job ends when it is another or is gone; the same
command then continues. A cluster of its own listens on the loopback interface alone.
"""

import math
import os
import socket
import time
from contextlib import suppress
from typing import Any

import ray
from ray import exceptions as faults
from ray._private import worker as of_ray
from ray.core.generated.gcs_pb2 import GcsNodeInfo

from autotune.errors import BadOption, WorkersLost
from autotune.executors.base import Failure
from autotune.executors.cluster import TASK_WALL_S, Book, Sent
from autotune.executors.task_process import import_path, run_task
from warehouse.lake import Lake
from warehouse.task import Receipt, Task

_LOOK_S = 2.0
"""For how long a look at the cluster holds, and how long the head may take to answer one."""

_HEAD_GONE_S = 45.0
"""How long a head may be away before the job ends. Ray ends the process after 60 seconds, with a
trace of its own code."""

_CONNECT_S = 10.0

_KEEPALIVE_MS = 20_000
"""How often the driver asks a silent worker whether it is still there, and how long that may take.
Ray's own five minutes are how long tasks waited whose machine had vanished without a word."""

_MACHINE_LOST = (
    faults.WorkerCrashedError,
    faults.NodeDiedError,
    faults.ObjectLostError,
    faults.OutOfMemoryError,
    faults.RaySystemError,
    faults.RuntimeEnvSetupError,
)


class RayExecutor:
    """Tasks on the cluster at `address`, or on `workers` processes that it starts here."""

    def __init__(
        self,
        lake: Lake,
        address: str | None = None,
        workers: int | None = None,
        task_wall_s: float = TASK_WALL_S,
    ) -> None:
        """Connect, or start a cluster. Raises BadOption where no cluster answers.

        Ray has one connection per process: one of these at a time.
        """
        self._lake = lake
        self._wall_s = task_wall_s
        self._book: Book[Any] = Book()
        self._came: list[Any] = []
        self._processors = 1
        self._looked = self._seen = -math.inf
        own: dict[str, Any] = {
            "num_cpus": workers or len(os.sched_getaffinity(0)),
            "num_gpus": 0,
            "include_dashboard": False,
            "_node_ip_address": "127.0.0.1",
            "runtime_env": {"env_vars": {"PYTHONPATH": import_path()}},
        }
        # What Ray says of its nodes goes to standard output, whatever `log_to_driver` is, into the
        # middle of a JSON document. What of it matters to a task comes back with the task.
        of_ray.print_to_stdstream = _say_nothing
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
        for name in ("time", "timeout"):
            setting = f"RAY_grpc_client_keepalive_{name}_ms"
            os.environ.setdefault(setting, str(_KEEPALIVE_MS))
        if not address:
            # Not Ray's 15: workers take the share of this machine that those of other engines do.
            os.environ.setdefault("RAY_worker_niceness", "0")
        try:
            if address:
                _knock(address)
            ray.init(
                address=address or "local",
                namespace="passlake",
                log_to_driver=False,
                logging_level="error",
                **({} if address else own),
            )
        except (OSError, ValueError, RuntimeError, faults.RayError) as error:
            raise BadOption(
                f"--address {address}: no Ray cluster answers there ({_line(error)});"
                " give it as HOST:6379, with RAY_AUTH_MODE=token where it asks for one, or leave"
                " --address away for a cluster on this machine"
            ) from None
        self._open = True
        self._seen = time.monotonic()
        # Not as many times as Ray likes: a loss is counted in one place, `cluster.py`.
        self._run = ray.remote(num_cpus=1, max_retries=0, max_calls=0)(run_task)

    @property
    def capacity(self) -> int:
        """Processors of all nodes that are there now, at least 1: nodes come and go.

        Raises WorkersLost.
        """
        self._look_at_cluster()
        return self._processors

    def submit(self, task: Task, attempt: int) -> None:
        """Send the task to the cluster."""
        self._send(Sent(task, attempt))

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        """The next task that ended. Raises WorkersLost."""
        deadline = time.monotonic() + timeout_s
        while True:
            if not self._came:
                self._came = self._wait(max(0.0, deadline - time.monotonic()))
            if not self._came:
                self._look_at_cluster()
                return None
            reference = self._came.pop()
            one = self._book.sent.pop(reference.hex(), None)
            if one is None:  # it was cancelled
                continue
            ended = self._what_became(one, reference)
            if ended is not None:
                return ended
            self._send(one)

    def cancel(self) -> None:
        """Forget what is queued and end the workers that run something, and so their processes."""
        references = [one.handle for one in self._book.sent.values()]
        self._book.renew()
        self._came = []
        for reference in references:
            with suppress(faults.RayError, ValueError):
                ray.cancel(reference, force=True)

    def close(self) -> None:
        """Stop everything; a cluster that was started here ends, another goes on."""
        if self._open:
            self.cancel()
            self._open = False
            ray.shutdown()

    def _send(self, one: Sent[Any]) -> None:
        one.handle = self._run.remote(
            self._book.round, self._lake.location, one.task.to_json(), one.attempt, self._wall_s
        )
        self._book.sent[one.handle.hex()] = one

    def _wait(self, timeout_s: float) -> list[Any]:
        """References whose tasks have ended, all that there are once there is one."""
        references = [one.handle for one in self._book.sent.values()]
        if not references:
            time.sleep(timeout_s)
            return []
        try:
            ready, rest = ray.wait(references, timeout=timeout_s)
            if ready and rest:
                more, _ = ray.wait(rest, num_returns=len(rest), timeout=0)
                ready += more
        except faults.RayError as error:
            raise _gone(error) from None
        return list(ready)

    def _look_at_cluster(self) -> None:
        """Count processors; raise WorkersLost when the head is another, or away for too long.

        Not by `ray.cluster_resources`, which ends the process where the head is another.
        """
        now = time.monotonic()
        if now - self._looked < _LOOK_S:
            return
        try:
            nodes = of_ray.global_worker.gcs_client.get_all_node_info(timeout=_LOOK_S)
        except faults.AuthenticationError:  # of the cluster: it has another id
            raise WorkersLost(
                "the Ray head was started again, which begins a new cluster: run the same command,"
                " which goes on where this one ended"
            ) from None
        except faults.RayError as error:
            if now - self._seen > _HEAD_GONE_S:
                raise _gone(error) from None
        else:
            self._seen = time.monotonic()
            there = [node for node in nodes.values() if node.state == GcsNodeInfo.ALIVE]
            self._processors = max(1, int(sum(node.resources_total["CPU"] for node in there)))
        self._looked = time.monotonic()

    def _what_became(self, one: Sent[Any], reference: Any) -> Receipt | Failure | None:  # noqa: ANN401 - Ray's type is generic over what it does not check
        one.handle = None
        try:
            return self._book.answered(one, ray.get(reference))
        except faults.LocalRayletDiedError as error:  # no task gets past it any more
            raise WorkersLost(
                f"Ray's own process on this machine is gone ({_line(error)}): start it again, then"
                " run the same command, which goes on where this one ended"
            ) from None
        except _MACHINE_LOST as error:
            return Book.lost(one, str(error))
        except faults.RayError as error:
            reason = f"{type(error).__name__} in Ray: {_line(error)}"
            return Failure(one.task.task_id, one.attempt, reason)


def _knock(address: str) -> None:
    """Raise OSError where nobody listens, for which Ray itself waits minutes.

    Ray's client protocol, ray://, raises ValueError: with it nobody sees whether the head is there.
    """
    if address.startswith("ray://"):
        raise ValueError("ray:// is not supported")
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), _CONNECT_S).close()


def _say_nothing(said: object, *, ignore_prefix: bool) -> None:
    """Stands in for how Ray prints."""


def _gone(error: object) -> WorkersLost:
    return WorkersLost(
        f"the Ray cluster is gone ({_line(error)}): start it again, then run the same command,"
        " which goes on where this one ended"
    )


def _line(error: object) -> str:
    return " ".join(str(error).split())
