"""The executors by the names that `--engine` takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from autotune.errors import BadOption
from autotune.executors.base import Executor
from autotune.executors.local import LocalExecutor
from warehouse.lake import Lake


@contextmanager
def open_executor(engine: str, lake: Lake, workers: int | None) -> Iterator[Executor]:
    """An executor for the length of the block. Raises BadOption for an engine there is not."""
    if engine != "local":
        raise BadOption(f"--engine {engine}: there is local")
    if workers is not None and workers < 1:
        raise BadOption(f"--workers {workers}: at least 1 is needed")
    executor = LocalExecutor(lake, workers)
    try:
        yield executor
    finally:
        executor.close()
