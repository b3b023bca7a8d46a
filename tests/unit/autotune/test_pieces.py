"""Which tasks of a job are cut, how fine, and what becomes of the pieces."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.drive import Done, SetAside, drive, run_in_pieces
from autotune.executors.inline import InlineExecutor
from autotune.pieces import Pieces
from tests.contracts import task_entries as entries
from warehouse.lake import Lake
from warehouse.task import Receipt, Task, finished_tasks


class ByLetter:
    """A task's letters are its units; a receipt's note says which of them it is of."""

    def units(self, task: Task) -> int:
        return len(task.payload["letters"])

    def piece(self, task: Task, start: int, stop: int) -> Task:
        letters = task.payload["letters"][start:stop]
        return replace(
            task,
            task_id=f"{task.task_id}-{start}",
            payload={**task.payload, "letters": letters},
            cost_s=task.cost_s * (stop - start) / self.units(task),
        )

    def joined(self, task: Task, receipts: Sequence[Receipt]) -> Receipt:
        files = tuple(file for one in receipts for file in one.files)
        return replace(receipts[0], task_id=task.task_id, files=files)


def task(task_id: str, letters: str, cost_s: float = 10.0) -> Task:
    return Task(task_id, f"{entries.NAME}:{entries.succeed.__name__}", {"letters": letters}, cost_s)


def sent(tasks: Sequence[Task], workers: int) -> list[Task]:
    return list(Pieces(ByLetter()).out(tasks, lambda: workers))


def receipt(piece: Task) -> Receipt:
    return Receipt(piece.task_id, 1, (), 1.0, 1.0, "here")


@given(
    lengths=st.lists(st.integers(0, 12), max_size=12),
    cost_s=st.sampled_from([0.0, 0.1, 3.0, 10.0]),
    workers=st.integers(1, 5),
)
def test_every_unit_goes_out_once_and_in_its_order(
    lengths: list[int], cost_s: float, workers: int
) -> None:
    tasks = [task(f"t{number}", "x" * length, cost_s) for number, length in enumerate(lengths)]
    pieces = sent(tasks, workers)
    assert len({one.task_id for one in pieces}) == len(pieces)
    for whole in tasks:
        of_it = [one for one in pieces if one.task_id.split("-")[0] == whole.task_id]
        assert "".join(one.payload["letters"] for one in of_it) == whole.payload["letters"]
        assert sum(one.cost_s for one in of_it) == pytest.approx(whole.cost_s)


def test_only_the_last_two_tasks_of_each_worker_are_cut() -> None:
    tasks = [task(f"t{number}", "abcdefghij") for number in range(8)]
    named = {one.task_id for one in sent(tasks, workers=3)}
    assert {one.task_id for one in tasks} & named == {"t0", "t1"}


def test_pieces_get_smaller_towards_the_end() -> None:
    costs = [one.cost_s for one in sent([task(f"t{n}", "x" * 100) for n in range(4)], workers=2)]
    left = [sum(costs[at:]) for at in range(len(costs))]
    unit_s = 0.1
    assert all(
        cost <= max(0.5, rest / (4 * 2)) + unit_s for cost, rest in zip(costs, left, strict=True)
    )
    assert costs[0] == pytest.approx(5.0, abs=0.2)
    assert costs[-1] <= 0.5
    assert len(costs) < 40, "nor are they needlessly many"


def test_tasks_that_are_cheap_already_stay_whole() -> None:
    tasks = [task(f"t{number}", "abc", cost_s=0.5) for number in range(4)]
    assert sent(tasks, workers=2) == tasks


def test_a_task_has_ended_when_its_last_piece_has() -> None:
    pieces = Pieces(ByLetter())
    whole = task("whole", "x" * 40)
    out = list(pieces.out([whole], lambda: 1))
    *first, last = [pieces.back(one, receipt(one)) for one in reversed(out)]
    assert len(first) > 2
    assert set(first) == {None}
    assert last is not None
    assert (last[0].task_id, last[1].task_id) == ("whole", "whole")


def test_pieces_that_end_before_the_rest_is_out_do_not_end_their_task() -> None:
    pieces = Pieces(ByLetter())
    out = pieces.out([task("whole", "x" * 40)], lambda: 1)
    *first, last = [pieces.back(one, receipt(one)) for one in out]
    assert set(first) == {None}
    assert last is not None
    assert last[0].task_id == "whole"


class FailsOn(InlineExecutor):
    """What holds this letter fails, always."""

    def __init__(self, lake: Lake, letter: str) -> None:
        super().__init__(lake)
        self._letter = letter

    def submit(self, task: Task, attempt: int) -> None:
        failing = f"{entries.NAME}:{entries.fail.__name__}"
        bad = self._letter in task.payload["letters"]
        super().submit(replace(task, entry=failing) if bad else task, attempt)


def test_a_task_is_set_aside_once_with_the_piece_that_fails(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    tasks = [task("good", "x" * 30), task("bad", "x" * 15 + "b" + "x" * 13 + "b")]
    ended = list(run_in_pieces(FailsOn(lake, "b"), tasks, ByLetter()))
    assert [(type(one), one.task.task_id) for one in ended] == [(Done, "good"), (SetAside, "bad")]
    assert isinstance(ended[1], SetAside)
    assert ended[1].attempts == 3


def test_the_ledger_knows_whole_tasks_alone(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    tasks = [task("one", "x" * 30), task("two", "x" * 30)]
    assert drive(lake, "job", tasks, InlineExecutor(lake), cut=ByLetter()) == []
    assert finished_tasks(lake, "job") == {"one", "two"}
    assert lake.count("losses") > 2, "a row of each piece"
