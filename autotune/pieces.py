"""The last tasks of a job in pieces, so that all workers come to its end at about the same time.

A task is worth ten seconds and more. Were the last ones sent out whole, most workers would wait for
the few that began one late, or that are slow. So the last `_LAST` tasks per worker go out in
pieces, the smaller the less is left to do.

A piece is a task for executors alone: the ledger, and whoever looks on, know whole tasks. One has
ended when all its pieces have, and its receipt is theirs, joined. A job that is ended before that
runs the whole task again, like any other that has not ended.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from warehouse.task import Receipt, Task

_LAST: Final = 2
"""Tasks per worker that are cut: what one may have in flight when the others find no more."""

_SHARES: Final = 4
"""A piece is worth so many times less than what is left for each worker."""

_LEAST_S: Final = 0.5
"""No piece is expected to cost less: a start costs some hundredths of a second."""


class Cut(Protocol):
    """How tasks of one kind are cut, and how what came of the pieces becomes one receipt."""

    def units(self, task: Task) -> int:
        """In how many pieces it can be cut at most."""

    def piece(self, task: Task, start: int, stop: int) -> Task:
        """The units from `start` to before `stop`, as a task with an id of its own."""

    def joined(self, task: Task, receipts: Sequence[Receipt]) -> Receipt:
        """The receipt of the whole task. Raises what `Lake.stage` and `Lake.read_staged` do."""


@dataclass
class _Whole:
    """A task that is out in pieces; `cut` once there are no more of them."""

    task: Task
    out: int = 0
    cut: bool = False
    lost: bool = False
    receipts: list[Receipt] = field(default_factory=list)


class Pieces:
    """Tasks on their way out, and what ended on its way back."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._wholes: dict[str, _Whole] = {}

    def out(self, tasks: Iterable[Task], workers: Callable[[], int]) -> Iterator[Task]:
        """The tasks, the last of them in pieces. `workers` says how many there are now."""
        last: deque[Task] = deque()
        for task in tasks:
            last.append(task)
            while len(last) > _LAST * workers():
                yield last.popleft()
        left_s = sum(task.cost_s for task in last)
        for task in last:
            units = self._cut.units(task)
            each_s = task.cost_s / max(1, units)
            whole = _Whole(task)
            start = 0
            while start < max(1, units) and not whole.lost:
                wanted_s = max(_LEAST_S, left_s / (_SHARES * workers()))
                count = max(1, int(wanted_s / each_s)) if each_s > 0 else units
                stop = min(units, start + count)
                left_s -= (stop - start) * each_s
                yield task if start == 0 and stop == units else self._piece(whole, start, stop)
                start = max(1, stop)

    def back(self, piece: Task, receipt: Receipt) -> tuple[Task, Receipt] | None:
        """The whole task that has ended with this one; None while others of its pieces are out."""
        whole = self._wholes.pop(piece.task_id, None)
        if whole is None:
            return piece, receipt
        whole.out -= 1
        whole.receipts.append(receipt)
        if whole.lost or whole.out or not whole.cut:
            return None
        # Nobody needs the payload any more.
        return replace(whole.task, payload={}), self._cut.joined(whole.task, whole.receipts)

    def lost(self, piece: Task) -> Task | None:
        """The whole task that is lost with this one; None where it was lost before.

        What comes of its other pieces is forgotten.
        """
        whole = self._wholes.pop(piece.task_id, None)
        if whole is None:
            return piece
        first, whole.lost = not whole.lost, True
        return whole.task if first else None

    def _piece(self, whole: _Whole, start: int, stop: int) -> Task:
        piece = self._cut.piece(whole.task, start, stop)
        whole.out += 1
        whole.cut = stop == self._cut.units(whole.task)
        self._wholes[piece.task_id] = whole
        return piece
