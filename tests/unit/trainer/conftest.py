"""A lake on the real disk, and rows to put into it."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from warehouse import schema
from warehouse.lake import Lake

EMPTY: dict[pa.DataType, object] = {
    pa.string(): "",
    pa.int16(): 0,
    pa.int32(): 0,
    pa.int64(): 0,
    pa.float64(): 0.0,
    pa.bool_(): False,
    pa.timestamp("us", tz="UTC"): 0,
}


def rows(table: str, *some: dict[str, Any]) -> pa.Table:
    """Rows with what is said, and with something of the right type where nothing is."""
    columns = schema.TABLES[table].columns
    values = [
        {c.name: None if c.nullable else EMPTY.get(c.type, []) for c in columns} | one
        for one in some
    ]
    return pa.Table.from_pylist(values, schema=schema.arrow_schema(table))


Put = Callable[..., None]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake", create=True)


@pytest.fixture
def put(lake: Lake) -> Put:
    numbers = itertools.count()

    def commit(**tables: list[dict[str, Any]]) -> None:
        files = [
            lake.stage(table, rows(table, *some), name=table) for table, some in tables.items()
        ]
        lake.commit("test", next(numbers), files)

    return commit


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Torch's arithmetic in one thread: its sums are then the same twice."""
    import torch  # noqa: PLC0415 - most tests here do without

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
