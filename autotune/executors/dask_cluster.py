"""Tasks on a Dask cluster: one that runs somewhere, or one of this machine's processes.

Dask is transport: a task goes as JSON text, a receipt comes back as such. Its own retries stay off,
since they end in `KilledWorker` for whatever happened to be near; see `cluster.py` for whose fault
a loss is. A cluster of its own listens on the loopback interface alone.
"""

import itertools
import logging
import queue
import time
from contextlib import suppress
from typing import Any

from distributed import Client, Future, LocalCluster
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from autotune.errors import BadOption, WorkersLost
from autotune.executors.base import Failure
from autotune.executors.cluster import TASK_WALL_S, Book, Sent
from autotune.executors.task_process import forget, import_path, run_task
from warehouse.lake import Lake
from warehouse.task import Receipt, Task

_CONNECT_S = 30.0
_CAPACITY_S = 2.0
"""For how long a count of workers holds."""

_SCHEDULER_GONE_S = 60.0
"""How long a scheduler may be away before the job ends; the same command then continues it."""


class DaskExecutor:
    """Tasks on the scheduler at `address`, or on `workers` processes that it starts here."""

    def __init__(
        self,
        lake: Lake,
        address: str | None = None,
        workers: int | None = None,
        task_wall_s: float = TASK_WALL_S,
    ) -> None:
        """Connect, or start a cluster. Raises BadOption where no scheduler answers."""
        self._lake = lake
        self._wall_s = task_wall_s
        self._book: Book[Future] = Book()
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._sendings = itertools.count()
        self._counted: tuple[float, int] | None = None
        self._away_since: float | None = None
        # Dask logs a trace when a driver ends while its scheduler is away. What of it matters comes
        # back with a task, or as the line that the job ends with.
        for logger in ("distributed", "distributed.client"):
            logging.getLogger(logger).setLevel(logging.CRITICAL)
        self._cluster = None if address else _own_cluster(workers)
        target = self._cluster.scheduler_address if self._cluster else address
        try:
            self._client = Client(
                target, timeout=_CONNECT_S, set_as_default=False, name="passlake-driver"
            )
        except (
            OSError,
            ValueError,
            RuntimeError,
            TypeError,
        ) as error:  # tls:// without certificates
            raise BadOption(
                f"--address {address}: no Dask scheduler answers there ({_line(error)}); give it as"
                " tcp://HOST:8786, or leave --address away for a cluster on this machine"
            ) from None

    @property
    def capacity(self) -> int:
        """Threads of all workers that are there now, at least 1: workers come and go."""
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > _CAPACITY_S:
            with suppress(OSError, TimeoutError):
                self._counted = (now, max(1, sum(self._client.nthreads().values())))
        return self._counted[1] if self._counted else 1

    def submit(self, task: Task, attempt: int) -> None:
        """Send the task to the scheduler."""
        self._send(Sent(task, attempt))

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        """The next task that ended. Raises WorkersLost."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                future = self._ended.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                self._look_for_scheduler()
                return None
            one = self._book.sent.pop(future.key, None)
            if one is None:  # it was cancelled
                continue
            ended = self._what_became(one, future)
            if ended is not None:
                return ended
            self._send(one)

    def cancel(self) -> None:
        """Forget what is queued and end the processes that run something."""
        ended = self._book.round
        futures = [one.handle for one in self._book.sent.values() if one.handle is not None]
        self._book.renew()
        if self._client.status != "running":  # nobody to ask: it would wait half a minute
            return
        if futures:
            with suppress(OSError, TimeoutError):
                self._client.cancel(futures, force=True)
        with suppress(OSError, TimeoutError, ValueError):
            self._client.run(forget, ended, on_error="ignore")

    def close(self) -> None:
        """Stop everything; a cluster that was started here ends, another goes on."""
        if self._client.status != "closed":
            self.cancel()
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None

    def _send(self, one: Sent[Future]) -> None:
        future = self._client.submit(
            run_task,
            *(self._book.round, self._lake.location, one.task.to_json(), one.attempt, self._wall_s),
            # Never one that was used before: Dask would answer with what came of it then.
            key=f"passlake-{one.task.task_id}-{next(self._sendings)}-{self._book.round[:8]}",
            pure=False,
            retries=0,
        )
        one.handle = future
        self._book.sent[future.key] = one
        future.add_done_callback(self._ended.put)

    def _what_became(self, one: Sent[Future], future: Future) -> Receipt | Failure | None:
        one.handle = None
        try:
            # Not `exception()`, which has None to say of what was cancelled.
            text = future.result()
        except (FutureCancelledError, OSError) as gone:  # the scheduler is, or forgot it
            return Book.lost(one, str(gone))
        except KilledWorker as killed:
            return Book.lost(one, f"worker {killed.last_worker.address}")
        except Exception as error:  # noqa: BLE001 - whatever Dask says of a task
            reason = f"{type(error).__name__} in Dask: {_line(error)}"
            return Failure(one.task.task_id, one.attempt, reason)
        return self._book.answered(one, text)

    def _look_for_scheduler(self) -> None:
        """Raise WorkersLost when the scheduler has been away for too long."""
        if self._client.status == "running":
            self._away_since = None
            return
        now = time.monotonic()
        self._away_since = self._away_since or now
        if self._client.status == "closed" or now - self._away_since > _SCHEDULER_GONE_S:
            raise WorkersLost(
                "the Dask scheduler is gone: start it again, then run the same command, which goes"
                " on where this one ended"
            )


def _own_cluster(workers: int | None) -> LocalCluster:
    """Worker processes of one thread each, reachable from this machine alone."""
    options: dict[str, Any] = {"n_workers": workers} if workers else {}
    return LocalCluster(
        **options,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address=None,
        memory_limit=0,  # tasks run in processes of their own, whose limits the sandbox sets
        silence_logs=logging.ERROR,
        env={"PYTHONPATH": import_path()},
    )


def _line(error: object) -> str:
    return " ".join(str(error).split())
