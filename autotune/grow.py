"""Growing a corpus: the corpus floor's tasks on an executor, admitted in their planned order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from autotune.drive import Noting, Progress, SetAside, Silent, drive
from autotune.executors.base import Executor
from corpus.admit import Admission
from corpus.build import JOB, expected_cost_s, plan
from corpus.known import programs_in
from corpus.llvm.toolchain import Toolchain
from corpus.sources.base import Source
from warehouse.lake import Lake


@dataclass(frozen=True)
class GrowthReport:
    """What one `corpus add` came to.

    `added` functions are new in the lake, which now has `functions`; `counts` sums the workers'
    notes: files, how many of them compiled, functions measured, places found, losses.
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


def grow(  # noqa: PLR0913 - what is added to what, where it runs, and who looks on
    lake: Lake,
    sources: Sequence[Source],
    toolchain: Toolchain,
    executor: Executor,
    *,
    retry_losses: bool = False,
    progress: Progress | None = None,
) -> GrowthReport:
    """Add the functions of sources that `open_sources` opened.

    With `retry_losses`, tasks that lost something are done once more although nothing of the
    sources has changed: something else that compiling needs may be there now. Raises what `drive`
    raises, and Held while another process adds.
    """
    give_memory_back()
    counts: Counter[str] = Counter()
    before = lake.count("functions")
    with lake.hold(JOB):
        set_aside = drive(
            lake,
            JOB,
            plan(sources, toolchain, programs_in(lake)),
            executor,
            settlement=Admission(lake),
            in_order=True,
            cost_s=expected_cost_s(sources),
            again=lake.existing("losses", "task_id") if retry_losses else frozenset(),
            progress=Noting(progress or Silent(), lambda notes: counts.update(notes["counts"])),
        )
    after = lake.count("functions")
    return GrowthReport(after - before, after, dict(counts), set_aside)


def give_memory_back() -> None:
    """Have Arrow in this process use the system's memory, which can be given back to it.

    Its own pool keeps what it once had: after 15,000 functions a driver's peak was 246 MiB with it,
    173 MiB without.
    """
    pa.set_memory_pool(pa.system_memory_pool())
