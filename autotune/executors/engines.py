"""The executors by the names that `--engine` takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from autotune.errors import BadOption
from autotune.executors.base import Executor
from autotune.executors.local import LocalExecutor
from warehouse.lake import Lake


@dataclass(frozen=True)
class EngineChoice:
    """What `--engine` and `--workers` say; `workers` None means one per processor."""

    engine: str
    workers: int | None

    def __post_init__(self) -> None:
        """Raise BadOption for an engine there is not, before anything is begun on it."""
        if self.engine != "local":
            raise BadOption(f"--engine {self.engine}: there is local")
        if self.workers is not None and self.workers < 1:
            raise BadOption(f"--workers {self.workers}: at least 1 is needed")

    @contextmanager
    def executor(self, lake: Lake) -> Iterator[Executor]:
        """An executor for the length of the block."""
        executor = LocalExecutor(lake, self.workers)
        try:
            yield executor
        finally:
            executor.close()
