"""A job's progress as Prometheus metrics, over HTTP for as long as the job runs.

Counters and gauges of this run of the command: `passlake_evaluations_total{outcome}`,
`passlake_functions_total`, `passlake_functions_improved_total`, `passlake_tasks_total{state}`,
`passlake_rows_total`, `passlake_cpu_seconds_total`, `passlake_job_share` (0 to 1) and
`passlake_improvement_over_oz` (a fraction).
"""

import time
from collections.abc import Mapping
from typing import Any, Self

from autotune.drive import Done, SetAside
from autotune.errors import BadOption
from autotune.tally import JobTally
from warehouse.task import Task

LOOPBACK = "127.0.0.1"


class Metrics:
    """Serves the metrics of one run of a job on a port of an address; a context manager.

    Whoever reaches the address can read them: only this machine, unless told otherwise. Raises
    BadOption where prometheus-client is not installed or the port cannot be had there.
    """

    def __init__(self, port: int, job: str, address: str = LOOPBACK) -> None:
        try:
            import prometheus_client as prometheus  # noqa: PLC0415 - only for who asked for it
        except ImportError as error:
            raise BadOption(
                "--metrics-port needs prometheus-client: pip install 'passlake[metrics]'"
            ) from error
        # A registry of its own: two jobs in one process share no series.
        self._registry = prometheus.CollectorRegistry()
        self._registry.register(_Collector(self))
        self._job = job
        self._tally = JobTally(time.monotonic())
        try:
            self._server, self._thread = prometheus.start_http_server(
                port, addr=address, registry=self._registry
            )
        except (OSError, OverflowError) as error:
            raise BadOption(
                f"--metrics-port {port}: it cannot be had on {address} ({error}); give another, or"
                " with --metrics-address an address of this machine"
            ) from error

    @property
    def port(self) -> int:
        """The port that it is served on; of use where 0 was asked for."""
        return int(self._server.server_port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def start(self, cost_s: float) -> None:
        """Begin to count."""
        self._tally.cost_s = cost_s

    def skip(self, task: Task) -> None:
        """Count a task that was finished before."""
        self._tally.skip(task)

    def advance(self, ended: Done | SetAside) -> None:
        """Count a task that has ended."""
        self._tally.end(ended, time.monotonic())

    def families(self) -> list[Any]:
        """The metrics now. Made when somebody asks: the driver only counts."""
        from prometheus_client.core import (  # noqa: PLC0415
            CounterMetricFamily,
            GaugeMetricFamily,
        )

        tally, job = self._tally, [self._job]

        def counter(name: str, said: str, values: Mapping[str, float], label: str = "") -> Any:  # noqa: ANN401
            labels = ["job_kind", *([label] if label else [])]
            family = CounterMetricFamily(f"passlake_{name}", said, labels=labels)
            for key, value in list(values.items()):
                family.add_metric([*job, *([key] if label else [])], value)
            return family

        def gauge(name: str, said: str, value: float) -> Any:  # noqa: ANN401
            family = GaugeMetricFamily(f"passlake_{name}", said, labels=["job_kind"])
            family.add_metric(job, value)
            return family

        states = {
            "done": tally.done,
            "set_aside": tally.set_aside,
            "skipped": tally.skipped,
        }
        return [
            counter("evaluations", "Lists evaluated.", dict(tally.outcomes), "outcome"),
            counter("functions", "Functions searched.", {"": tally.functions}),
            counter("functions_improved", "Functions that beat -Oz.", {"": tally.improved}),
            counter("tasks", "Tasks by how they ended.", states, "state"),
            counter("rows", "Rows that tasks made.", {"": tally.rows}),
            counter("cpu_seconds", "CPU time of the tasks.", {"": tally.cpu_s}),
            gauge("job_share", "Share of the job that is done.", tally.share),
            gauge("improvement_over_oz", "Pooled.", tally.improvement_over_oz or 0.0),
        ]


class _Collector:
    """What prometheus-client asks when somebody reads the metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> list[Any]:
        return self._metrics.families()

    def describe(self) -> list[Any]:
        return []
