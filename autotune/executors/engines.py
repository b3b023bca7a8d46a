"""The executors by the names that `--engine` takes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from autotune.errors import BadOption
from autotune.executors.base import Executor
from autotune.executors.local import LocalExecutor
from warehouse.lake import Lake

ENGINES = ("local", "dask", "ray")


@dataclass(frozen=True)
class EngineChoice:
    """What `--engine`, `--address` and `--workers` say.

    `workers` None means one per processor; `address` None a cluster of this machine's processes.
    """

    engine: str
    workers: int | None
    address: str | None = None

    def __post_init__(self) -> None:
        """Raise BadOption for what there is not, before anything is begun on it."""
        if self.engine not in ENGINES:
            raise BadOption(f"--engine {self.engine}: there are {', '.join(ENGINES)}")
        if self.workers is not None and self.workers < 1:
            raise BadOption(f"--workers {self.workers}: at least 1 is needed")
        if self.address is not None and self.engine == "local":
            raise BadOption("--address: --engine local has none; name dask or ray")
        if self.address is not None and self.workers is not None:
            raise BadOption(
                "--workers: the cluster at --address has its own; leave one of them away"
            )

    @contextmanager
    def executor(self, lake: Lake) -> Iterator[Executor]:
        """An executor for the length of the block. Raises BadOption where none can be had."""
        executor = self._make(lake)
        try:
            yield executor
        finally:
            executor.close()

    def _make(self, lake: Lake) -> Executor:
        """Engines are imported here alone: each takes seconds, and may not be installed."""
        try:
            if self.engine == "dask":
                from autotune.executors.dask_cluster import DaskExecutor

                return DaskExecutor(lake, self.address, self.workers)
            if self.engine == "ray":
                if self.address is None:
                    # Ray's own name for: this machine alone. Without it a cluster of this machine's
                    # processes listens on every interface. It is read when Ray is imported.
                    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
                from autotune.executors.ray_cluster import RayExecutor

                return RayExecutor(lake, self.address, self.workers)
        except ModuleNotFoundError as error:
            raise BadOption(
                f"--engine {self.engine}: {error.name} is not installed:"
                f" pip install 'passlake[{self.engine}]'"
            ) from error
        return LocalExecutor(lake, self.workers)
