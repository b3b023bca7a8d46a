"""Answers that come as they are made: larger than memory, and ended by what goes wrong in them."""

import duckdb
import pyarrow as pa
import pytest

from warehouse import sql
from warehouse.answer import fetch, stream
from warehouse.errors import SqlError
from warehouse.lake import Lake
from warehouse.session import Session


def test_the_first_rows_of_an_endless_answer_come_at_once() -> None:
    with duckdb.connect() as connection:
        rows = stream(connection, "SELECT range AS n FROM range(1000000000000)", rows=1000)
        assert next(rows).column("n")[:3].to_pylist() == [0, 1, 2]


def test_all_rows_come_once_and_in_order() -> None:
    with duckdb.connect() as connection:
        text = "SELECT range AS n FROM range(300000) ORDER BY n"
        assert stream(connection, text, rows=7000).read_all() == fetch(connection, text)


def test_sums_are_integers_in_every_batch() -> None:
    with duckdb.connect() as connection:
        text = "SELECT sum(range) AS s FROM range(10000) GROUP BY range"
        rows = stream(connection, text, rows=2048)
        assert rows.schema.field("s").type == pa.int64()
        assert sum(batch.num_rows for batch in rows) == 10000


def test_a_failure_in_a_later_row_ends_the_answer_with_its_reason() -> None:
    text = (
        "SELECT CASE WHEN range = 9000 THEN error('too far') ELSE range END AS n FROM range(9999)"
    )
    with duckdb.connect() as connection, pytest.raises(SqlError, match="too far"):
        stream(connection, text, rows=2048).read_all()


def test_a_sum_that_outgrows_the_first_ones_says_what_to_do() -> None:
    text = (
        "SELECT CASE WHEN range < 9000 THEN 1::HUGEINT ELSE 170141183460469231731::HUGEINT END AS n"
        " FROM range(9999)"
    )
    with duckdb.connect() as connection, pytest.raises(SqlError, match="cast the column"):
        stream(connection, text, rows=2048).read_all()


def test_a_session_asks_again_after_an_answer_was_left(lake: Lake) -> None:
    with Session(lake) as session:
        next(session.ask("SELECT range AS n FROM range(10000000000)"))
        assert session.ask("SELECT 1 AS n").read_all().to_pylist() == [{"n": 1}]


def test_memory_can_be_bounded(lake: Lake) -> None:
    with Session(lake, memory=sql.memory_bytes("100MB")) as session:
        said = session.ask("SELECT current_setting('memory_limit') AS m").read_all()
        assert said.column("m")[0].as_py() == "95.3 MiB"


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 10**9), ("512MiB", 2**29), ("1.5 g", 1_500_000_000), ("100000000", 10**8)],
)
def test_sizes_are_read_as_they_are_written(text: str, size: int) -> None:
    assert sql.memory_bytes(text) == size


@pytest.mark.parametrize("text", ["", "much", "1MB", "-4GB", "4XB", "0"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(SqlError, match="give a size such as 4GB"):
        sql.memory_bytes(text)
