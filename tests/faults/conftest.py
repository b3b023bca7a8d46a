"""Campaigns that are disturbed, and one that is not, to compare them with."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.campaigns import Rows, Run, rows_of
from warehouse.lake import Lake


@pytest.fixture
def start(golden_lake: Lake) -> Iterator[Callable[..., Run]]:
    """Starts the command on the test's own lake; nothing of it outlives the test."""
    started: list[Run] = []

    def start_one(*arguments: str, workers: int = 2) -> Run:
        started.append(Run(golden_lake, *arguments, workers=workers))
        return started[-1]

    yield start_one
    for run in started:
        run.process.kill()
        run.process.wait()


@pytest.fixture(scope="session")
def undisturbed(golden_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What the command leaves when nothing happens to it."""
    folder = tmp_path_factory.mktemp("undisturbed") / "lake"
    subprocess.run(["/bin/cp", "-r", golden_corpus, folder], check=True)
    run = Run(Lake.open(folder))
    assert run.wait() == 0, run.said
    return rows_of(run.lake)
