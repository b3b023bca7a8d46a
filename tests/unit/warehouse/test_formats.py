"""Answers as bytes that other tools read."""

import csv
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.formats import WRITERS

ROWS = [
    {"name": 'ma"in', "aliases": ["a", "b"], "gain": 0.5, "at": datetime(2026, 1, 1, tzinfo=UTC)},
    {"name": None, "aliases": None, "gain": None, "at": None},
]
TABLE = pa.Table.from_pylist(ROWS)


def written(format_: str, table: pa.Table = TABLE) -> bytes:
    to = io.BytesIO()
    WRITERS[format_](table.to_reader(max_chunksize=1), to)
    return to.getvalue()


def test_json_is_a_list_of_objects() -> None:
    first, second = json.loads(written("json"))
    assert first == ROWS[0] | {"at": "2026-01-01 00:00:00+00:00"}
    assert second == ROWS[1]


def test_csv_has_a_header_and_writes_lists_as_json() -> None:
    first, second = csv.DictReader(io.StringIO(written("csv").decode()))
    assert first["name"] == 'ma"in'
    assert json.loads(first["aliases"]) == ["a", "b"]
    assert second["gain"] == ""


def test_arrow_and_parquet_come_back_whole() -> None:
    assert pa.ipc.open_stream(written("arrow")).read_all() == TABLE
    assert pq.read_table(io.BytesIO(written("parquet"))) == TABLE


def test_no_rows_are_written_too() -> None:
    nothing = TABLE.slice(0, 0)
    assert json.loads(written("json", nothing)) == []
    assert written("csv", nothing).decode().strip() == '"name","aliases","gain","at"'
