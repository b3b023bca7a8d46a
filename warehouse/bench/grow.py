"""Write a lake of made-up rows as tasks and their driver write it, and note what that took.

One process does both: each batch is staged as a worker stages it, and committed with its row of the
ledger. Made again in the same folder it goes on where it ended, since the lake knows how many
batches it has; `written.jsonl` beside the lake has a line for each.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from warehouse import snapshot
from warehouse.bench.made_rows import Maker
from warehouse.bench.made_table import CAMPAIGNS
from warehouse.bench.population import Population, Size
from warehouse.clock import cpu_clock_s
from warehouse.errors import BadBench
from warehouse.lake import Lake
from warehouse.task import LedgerEntry, Receipt, Task, ledger_rows, stage_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from warehouse.staging import StagedFile

SNAPSHOT = "bench"
_WRITER = "bench"
_FUNCTIONS_PER_TASK = 10_000


@dataclass(frozen=True)
class Written:
    """One batch: the job it belongs to, its rows and bytes by table, and seconds it took."""

    sequence: int
    job: str
    rows: dict[str, int]
    bytes: dict[str, int]
    stage_s: float
    commit_s: float
    cpu_s: float


@dataclass(frozen=True)
class Batch:
    """What one task leaves, made when it is its turn."""

    job: str
    task_id: str
    make: Callable[[], dict[str, pa.Table]]


def grow(folder: Path, size: Size, passes: pa.Table, say: Callable[[str], None]) -> Lake:
    """The lake of this size in a folder: made, or made whole, or as it is if it is whole.

    Raises:
        BadBench: the folder has one of another size.
        LakeFull, LakeUnwritable: as `Lake.commit`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _check_size(folder / "size.json", size)
    lake = Lake.open(folder / "lake", create=True)
    batches = list(_batches(Maker(Population.draw(size), passes)))
    begun = lake.recover(_WRITER)
    for sequence in range(begun, len(batches)):
        done = _write(lake, sequence, batches[sequence])
        with (folder / "written.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(done)) + "\n")
        if (sequence + 1) % 50 == 0:
            say(f"{sequence + 1} of {len(batches)} batches are written")
    if SNAPSHOT not in [one.name for one in snapshot.list_(lake)]:
        say("a snapshot is made")
        snapshot.create(lake, SNAPSHOT)
    return lake


def written(folder: Path) -> list[Written]:
    """What is noted of every batch of a folder's lake."""
    lines = (folder / "written.jsonl").read_text(encoding="utf-8").splitlines()
    return [Written(**json.loads(line)) for line in lines]


def _check_size(note: Path, size: Size) -> None:
    wanted = asdict(size)
    if not note.exists():
        note.write_text(json.dumps(wanted), encoding="utf-8")
    found = json.loads(note.read_text(encoding="utf-8"))
    if found != wanted:
        raise BadBench(
            f"{note.parent} has a lake of {found}, not of {wanted}: give another --folder, or the"
            " same sizes"
        )


def _batches(maker: Maker) -> Iterator[Batch]:
    who = maker.population
    yield Batch(
        "setup",
        "setup",
        lambda: {
            "passes": maker.passes,
            "coresets": maker.coresets("setup"),
            "campaigns": maker.campaigns(),
        },
    )
    for first in range(0, who.size.functions, _FUNCTIONS_PER_TASK):
        last = min(first + _FUNCTIONS_PER_TASK, who.size.functions)
        task_id = f"corpus-{first:09}"
        yield Batch("corpus", task_id, partial(maker.functions, first, last, task_id))
    for campaign, job in enumerate(CAMPAIGNS):
        for number in range(who.size.tasks):
            task_id = f"{job}-{number:06}"
            yield Batch(job, task_id, partial(maker.searches, campaign, number, task_id))


def _write(lake: Lake, sequence: int, batch: Batch) -> Written:
    tables = batch.make()
    started_s, cpu_s = time.perf_counter(), cpu_clock_s()
    task = Task(batch.task_id, "warehouse.bench:made_up")
    files: list[StagedFile] = list(stage_tables(lake, task, tables))
    staged_s = time.perf_counter()
    receipt = Receipt(batch.task_id, 1, tuple(files), staged_s - started_s, 0.0, "here")
    ledger = ledger_rows(batch.job, [LedgerEntry.done(task, receipt)])
    files.append(lake.stage("tasks", ledger, name=batch.task_id))
    lake.commit(_WRITER, sequence, files)
    return Written(
        sequence,
        batch.job,
        {file.table: file.rows for file in files},
        {file.table: (lake.folder / file.path).stat().st_size for file in files},
        staged_s - started_s,
        time.perf_counter() - staged_s,
        cpu_clock_s() - cpu_s,
    )
