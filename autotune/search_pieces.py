"""A campaign's task in pieces: some of its functions each, under the whole task's name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import Receipt, Task

_WHOLE = "piece_of"


def named_in_rows(task: Task) -> Task:
    """The task by the id that its rows carry: a piece's are those of the whole."""
    return replace(task, task_id=task.payload.get(_WHOLE, task.task_id))


class SearchPieces:
    """How `search_task`'s tasks are cut; what is committed does not show whether they were."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def units(self, task: Task) -> int:
        """Its functions."""
        return len(task.payload["function_ids"])

    def piece(self, task: Task, start: int, stop: int) -> Task:
        """The functions from `start` to before `stop`."""
        return Task(
            f"{task.task_id}-{start}",
            task.entry,
            {
                **task.payload,
                "function_ids": task.payload["function_ids"][start:stop],
                _WHOLE: task.task_id,
            },
            task.cost_s * (stop - start) / self.units(task),
        )

    def joined(self, task: Task, receipts: Sequence[Receipt]) -> Receipt:
        """All files, but each verdict once, as one task has it. Raises what `Lake.stage` does."""
        notes: Mapping[str, Any] = {}
        for one in receipts:
            notes = _added(notes, one.notes)
        return Receipt(
            task_id=task.task_id,
            attempt=max(one.attempt for one in receipts),
            files=self._files(task, [file for one in receipts for file in one.files]),
            wall_s=sum(one.wall_s for one in receipts),
            cpu_s=sum(one.cpu_s for one in receipts),
            host=receipts[0].host,
            notes=dict(notes),
        )

    def _files(self, task: Task, files: Sequence[StagedFile]) -> tuple[StagedFile, ...]:
        verdicts = [file for file in files if file.table == "verdicts"]
        if len(verdicts) < 2:  # noqa: PLR2004 - there is nothing to be said twice
            return tuple(files)
        rows = pa.concat_tables(self._lake.read_staged(file) for file in verdicts)
        at = {said: row for row, said in reversed(list(enumerate(rows["verdict_id"].to_pylist())))}
        once = rows.take(sorted(at.values()))
        others = [file for file in files if file.table != "verdicts"]
        return (*others, self._lake.stage("verdicts", once, name=task.task_id))


def _added(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """Counts by name, added up: the notes of a search are nothing else."""
    return {
        name: _added(one.get(name, {}), other.get(name, {}))
        if isinstance(one.get(name, other.get(name)), Mapping)
        else one.get(name, 0) + other.get(name, 0)
        for name in {**one, **other}
    }
