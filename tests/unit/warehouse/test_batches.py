"""Reading a table so many rows at a time."""

from collections.abc import Callable
from typing import Any

import pyarrow.compute as pc

from warehouse.lake import Lake

MakeRow = Callable[..., dict[str, Any]]
Put = Callable[..., None]


def test_batches_give_the_rows_that_read_gives_of_the_columns_and_version_asked_for(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    for start in (0, 10, 20):
        names = [f"f{number:02}" for number in range(start, start + 10)]
        put(functions=[row("functions", function_id=name, program=name[:2]) for name in names])
    wanted = pc.field("program") != "f1"
    batches = list(lake.batches("functions", columns=["function_id"], where=wanted, rows=4))
    assert {batch.schema.names[0] for batch in batches} == {"function_id"}
    assert max(batch.num_rows for batch in batches) <= 4
    found = [name for batch in batches for name in batch.column("function_id").to_pylist()]
    assert sorted(found) == [f"f{number:02}" for number in (*range(10), *range(20, 30))]
    earlier = lake.version("functions") - 1
    assert (
        sum(b.num_rows for b in lake.batches("functions", columns=["name"], version=earlier)) == 20
    )


def test_a_table_without_rows_has_no_batches(lake: Lake) -> None:
    assert list(lake.batches("winners", columns=["function_id"])) == []
