"""A lake on the real disk, rows to put into it, and a user without rights."""

import itertools
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from warehouse import schema, snapshot
from warehouse.lake import Lake

Row = dict[str, Any]
MakeRow = Callable[..., Row]
Add = Callable[..., None]

_TYPICAL: Row = {
    "campaign_id": "campaign",
    "function_id": "f1",
    "name": "main",
    "program": "zlib",
    "version": "1.3",
    "origin": "debian",
    "language": "c",
    "license": "Zlib",
    "triple": "x86_64-pc-linux-gnu",
    "split": "train",
    "ir": "define i32 @main() { ret i32 0 }",
    "text": "define i32 @main() { ret i32 0 }",
    "normaliser": "1",
    "source_file": "main.c",
    "frontend_flags": "-O0",
    "toolchain": "llvm-22",
    "pass_space": "22-00000000",
    "strategy": "random",
    "objective": "instructions",
    "seed": 0,
    "pass_list": "function(sroa)",
    "num_passes": 1,
    "instructions": 8,
    "object_bytes": 80,
    "oz_instructions": 10,
    "oz_object_bytes": 100,
    "oz_plain_instructions": 11,
    "oz_plain_object_bytes": 110,
    "optimised_ir": "define i32 @main() { ret i32 0 }",
    "evaluations": 300,
    "compilations": 200,
    "cpu_s": 1.5,
    "stable": True,
    "gate": "not_run",
    "code_version": "0",
    "ordinal": 0,
    "pass_ids": [0],
    "outcome": "ok",
    "state_hash": -1,
    "cpu_us": 250,
    "verdict_id": "v1",
    "verdict": "agreed",
    "kind": "function",
    "inputs": 100,
    "reason": "",
    "decided_at": datetime(2026, 1, 1, tzinfo=UTC),
    "pass_id": 0,
    "level": "function",
    "task_id": "task",
    "entry": "module:function",
    "state": "done",
    "attempts": 1,
    "rows": 1,
    "wall_s": 1.0,
    "host": "here",
    "committed_at": datetime(2026, 1, 1, tzinfo=UTC),
}


@pytest.fixture(scope="session")
def row() -> Callable[..., Row]:
    """Makes a typical row of a table, with the given changes."""

    def make(table: str, **changes: object) -> Row:
        names = {column.name for column in schema.TABLES[table].columns}
        typical = {key: value for key, value in _TYPICAL.items() if key in names}
        return typical | changes

    return make


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake", create=True)


@pytest.fixture
def put(lake: Lake) -> Callable[..., None]:
    """Puts rows into tables in one batch: `put(functions=[...], winners=[...])`."""
    sequences = itertools.count()

    def put_rows(**tables: list[Row]) -> None:
        files = [
            lake.stage(table, schema.table_of(table, rows), name=table)
            for table, rows in tables.items()
        ]
        lake.commit("test", next(sequences), files)

    return put_rows


@pytest.fixture
def at_most() -> Callable[[int], AbstractContextManager[None]]:
    """For a `with`: the system lets no file grow beyond some bytes, as a full disk would."""

    @contextmanager
    def limit(file_bytes: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that any user can reach (pytest's own are closed to others)."""
    with TemporaryDirectory(prefix="passlake-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def take_rights() -> Iterator[Callable[[Path, int], None]]:
    """Sets a folder's mode, and has it mean something to root as well, until the test ends."""
    with ExitStack() as afterwards:

        def take(folder: Path, mode: int) -> None:
            folder.chmod(mode)
            afterwards.callback(folder.chmod, 0o755)
            afterwards.enter_context(_as_nobody())

        yield take


@contextmanager
def _as_nobody() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    nobody = 65534
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def add(row: MakeRow) -> Add:
    """Commits one search of some functions to a lake, as a campaign's task of one name."""

    def commit(lake: Lake, job: str, *functions: str, **changes: object) -> None:
        tables = {
            "functions": [row("functions", function_id=f, task_id=job) for f in functions],
            "evaluations": [
                row("evaluations", campaign_id=job, function_id=f, task_id=job) for f in functions
            ],
            "winners": [
                row("winners", campaign_id=job, function_id=f, task_id=job, **changes)
                for f in functions
            ],
            "passes": [row("passes", text="a", name="a"), row("passes", pass_id=None, text="b")],
            "tasks": [row("tasks", campaign_id=job, task_id=job)],
        }
        rows = {name: schema.table_of(name, some) for name, some in tables.items()}
        files = [lake.stage(name, some, name=job) for name, some in rows.items()]
        lake.commit(job, 0, files)

    return commit


@pytest.fixture
def other(tmp_path: Path, add: Add) -> Lake:
    """Another lake, with a snapshot `s`."""
    other = Lake.open(tmp_path / "other", create=True)
    add(other, "one", "f1", "f2")
    snapshot.create(other, "s")
    return other
