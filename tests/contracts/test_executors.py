import shutil
from collections.abc import Iterator

import pytest

from autotune.errors import BadOption, WorkersLost
from autotune.executors.engines import EngineChoice
from autotune.executors.inline import InlineExecutor
from autotune.executors.local import LocalExecutor
from tests.contracts import task_entries
from tests.contracts.executor_contract import (
    ExecutorContract,
    WorkerContract,
    make_task,
    next_end,
)
from warehouse.lake import Lake
from warehouse.task import Receipt, Task


class TestInline(ExecutorContract):
    @pytest.fixture
    def executor(self, lake: Lake) -> InlineExecutor:
        return InlineExecutor(lake)


class TestLocal(ExecutorContract, WorkerContract):
    @pytest.fixture
    def executor(self, lake: Lake) -> Iterator[LocalExecutor]:
        executor = LocalExecutor(lake, workers=2)
        yield executor
        executor.close()

    def test_workers_that_cannot_start_end_the_job_and_not_its_tasks(
        self, executor: LocalExecutor, lake: Lake
    ) -> None:
        shutil.rmtree(lake.folder)
        executor.submit(make_task(task_entries.succeed, "one"), 1)
        with pytest.raises(WorkersLost, match=r"5 workers in a row.*no lake at"):
            executor.completed(60)

    def test_workers_import_what_the_caller_can(
        self,
        executor: LocalExecutor,
        tmp_path_factory: pytest.TempPathFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        folder = tmp_path_factory.mktemp("imports")
        (folder / "plugged_in.py").write_text(f"from {task_entries.NAME} import succeed\n")
        monkeypatch.setenv("PYTHONPATH", str(folder))
        executor.submit(Task("one", "plugged_in:succeed"), 1)
        assert isinstance(next_end(executor), Receipt)


def test_as_many_workers_as_processors_unless_told_otherwise(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(7)))
    with EngineChoice("local", None).executor(lake) as executor:
        assert executor.capacity == 7
    with EngineChoice("local", 3).executor(lake) as executor:
        assert executor.capacity == 3


@pytest.mark.parametrize(("engine", "workers"), [("nowhere", None), ("local", 0), ("dask", -1)])
def test_an_engine_or_number_of_workers_that_there_is_not_is_refused(
    engine: str, workers: int | None
) -> None:
    with pytest.raises(BadOption, match=f"{engine}|{workers}"):
        EngineChoice(engine, workers)
