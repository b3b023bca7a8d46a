"""Growing a corpus: the corpus floor's tasks on an executor, admitted in their planned order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autotune.drive import Done, Progress, SetAside, Silent, drive
from autotune.executors.base import Executor
from corpus.admit import admit
from corpus.build import JOB, plan
from corpus.llvm.toolchain import Toolchain
from corpus.sources.base import Source
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import Receipt


@dataclass(frozen=True)
class GrowthReport:
    """What one `corpus add` came to.

    `added` functions are new in the lake, which now has `functions`; `counts` sums the workers'
    notes: files compiled and failed, functions found and lost.
    """

    added: int
    functions: int
    counts: dict[str, int]
    set_aside: Sequence[SetAside]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "added": self.added,
            "functions": self.functions,
            **self.counts,
            "tasks_set_aside": [one.document() for one in self.set_aside],
        }

    def lines(self) -> Sequence[str]:
        """For a person."""
        lost = [str(one) for one in self.set_aside]
        counts = ", ".join(
            f"{name.replace('_', ' ')} {count}" for name, count in self.counts.items()
        )
        said = f"{self.added} functions added, {self.functions} in the lake"
        return [*lost, *([counts] if counts else []), said]


def grow(
    lake: Lake,
    sources: Sequence[Source],
    toolchain: Toolchain,
    executor: Executor,
    *,
    progress: Progress | None = None,
) -> GrowthReport:
    """Add the functions of sources that `open_sources` opened.

    Raises what `drive` raises, and Held while another process adds.
    """
    notes = _Notes(progress or Silent())
    before = lake.read("functions", columns=["function_id"]).num_rows

    def settle(receipts: Sequence[Receipt]) -> Sequence[StagedFile]:
        return admit(lake, receipts)

    with lake.hold(JOB):
        tasks = list(plan(sources, toolchain))
        set_aside = drive(lake, JOB, tasks, executor, settle=settle, in_order=True, progress=notes)
    after = lake.read("functions", columns=["function_id"]).num_rows
    return GrowthReport(after - before, after, dict(notes.counts), set_aside)


class _Notes:
    """Passes progress on and sums what the workers noted."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.counts: Counter[str] = Counter()

    def start(self, tasks: int, cost_s: float, finished: int) -> None:
        self._progress.start(tasks, cost_s, finished)

    def advance(self, ended: Done | SetAside) -> None:
        if isinstance(ended, Done):
            self.counts.update(ended.receipt.notes)
        self._progress.advance(ended)
