"""SQL over a lake: what may be asked, and that nothing else can be done."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from warehouse import schema, sql
from warehouse.ask import ask
from warehouse.errors import SqlError, TableDamaged
from warehouse.lake import Lake

MakeRow = Callable[..., dict[str, Any]]
Put = Callable[..., None]

READING = [
    "SELECT 1 AS n",
    "select 1 AS n;",
    "-- a comment\nSELECT 1 AS n -- another )",
    "/* a comment */ WITH a AS (SELECT 1 AS n) SELECT * FROM a",
    "FROM functions",
    "TABLE functions",
    "VALUES (1)",
    "SHOW TABLES",
    "DESCRIBE best",
    "SUMMARIZE functions",
    "EXPLAIN SELECT * FROM best",
    "explain analyze select * from evaluations",
    "EXPLAIN (FORMAT json) SELECT 1",
    "-- c\nEXPLAIN (ANALYZE) SELECT 1",
    "EXPLAIN (SELECT 1)",
    "PIVOT evaluations ON outcome IN ('ok', 'crashed') USING count(*) GROUP BY function_id",
    "SELECT * FROM raw.winners",
    "SELECT * FROM selection",
    "SELECT 'COPY x TO y; INSTALL z' AS text",
]

WRITING = [
    "INSERT INTO functions VALUES (1)",
    "UPDATE functions SET name = 'x'",
    "DELETE FROM functions",
    "CREATE TABLE mine AS SELECT 1",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "CREATE OR REPLACE VIEW best AS SELECT 1",
    "DROP VIEW best",
    "ALTER TABLE functions RENAME TO other",
    "COMMENT ON VIEW best IS 'x'",
    "COPY (SELECT 1) TO '{inside}'",
    "COPY functions FROM '{inside}'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{inside}'",
    "EXPLAIN (ANALYZE, FORMAT json) COPY (SELECT 1) TO '{inside}'",
    "/* c */ EXPLAIN /* c */ ANALYZE COPY (SELECT 1) TO '{inside}'",
    "WITH a AS (COPY (SELECT 1) TO '{inside}') SELECT * FROM a",
    "WITH a AS MATERIALIZED (COPY (SELECT 1) TO '{inside}' (RETURN_FILES)) SELECT * FROM a",
    "EXPLAIN ANALYZE WITH a AS (COPY (SELECT 1) TO '{inside}') SELECT * FROM a",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{inside}''')",
    "SELECT * FROM query('WITH a AS (COPY (SELECT 1) TO ''{inside}'') SELECT * FROM a')",
    "WITH a AS (INSERT INTO functions VALUES (1) RETURNING *) SELECT * FROM a",
    "EXPORT DATABASE '{inside}'",
    "IMPORT DATABASE '{inside}'",
    "ATTACH '{inside}'",
    "DETACH memory",
    "USE raw",
    "INSTALL httpfs",
    "LOAD httpfs",
    "UPDATE EXTENSIONS",
    "SET threads = 1",
    "RESET threads",
    "SET VARIABLE x = 1",
    "PRAGMA enable_profiling",
    "CALL pragma_version()",
    "CHECKPOINT",
    "VACUUM",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
]

OUTSIDE = [
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_text('{table}/../lake.json')",
    "SELECT * FROM read_text('{table}/../../secret')",
    "SELECT * FROM read_text('https://example.com/')",
    "SELECT * FROM duckdb_secrets()",
]


@pytest.fixture
def filled(lake: Lake, put: Put, row: MakeRow) -> Lake:
    put(
        passes=[row("passes", text="function(sroa)", name="sroa")],
        functions=[row("functions")],
        evaluations=[row("evaluations")],
        winners=[row("winners")],
    )
    return lake


def state(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("statement", READING)
def test_a_statement_that_reads_is_answered(filled: Lake, statement: str) -> None:
    assert sql.run(filled, statement).num_columns > 0


@pytest.mark.parametrize("statement", WRITING)
def test_a_statement_that_writes_is_refused_and_does_nothing(filled: Lake, statement: str) -> None:
    before = state(filled.folder)
    inside = filled.folder / "functions" / "planted"
    with pytest.raises(SqlError) as refused:
        sql.run(filled, statement.format(inside=inside))
    assert "\n" not in str(refused.value)
    assert state(filled.folder) == before


@pytest.mark.parametrize("statement", OUTSIDE)
def test_nothing_outside_the_tables_can_be_read(filled: Lake, statement: str) -> None:
    (filled.folder.parent / "secret").write_text("secret")
    with pytest.raises(SqlError, match=r"disabled by configuration|could not|not exist"):
        sql.run(filled, statement.format(table=filled.folder / "functions"))


def test_settings_are_locked_even_for_the_connection_itself(filled: Lake) -> None:
    with sql.connect(filled) as connection:
        for setting in ("enable_external_access = true", "lock_configuration = false"):
            with pytest.raises(Exception, match="configuration has been locked"):
                connection.execute(f"SET {setting}")


def test_variables_of_the_program_are_no_tables(filled: Lake) -> None:
    planted = pa.table({"n": [1]})
    with pytest.raises(SqlError, match="planted does not exist"):
        sql.run(filled, "SELECT * FROM planted")
    del planted


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("", "there is no statement in ''"),
        ("-- nothing", "there is no statement"),
        ("SELECT 1; SELECT 2", "2 statements were given: give one at a time"),
        ("SELEC 1", r'syntax error at or near "SELEC" \(`passlake sql --schema` lists'),
        ("SELECT 1 +", "syntax error"),
        ("SELECT nope FROM best", r'"nope" not found .*`passlake sql --schema`'),
        ("SELECT * FROM bset", r'bset does not exist! Did you mean "best"\?'),
        ("SELECT 'a'::INT", "Could not convert string 'a'"),
        ("SELECT $1", "Values were not provided"),
        ("PIVOT evaluations ON outcome USING count(*)", "PIVOT has to say its values"),
    ],
)
def test_a_malformed_statement_is_answered_in_one_line(
    filled: Lake, statement: str, said: str
) -> None:
    with pytest.raises(SqlError, match=said) as refused:
        sql.run(filled, statement)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("table", sorted({*schema.TABLES, *schema.VIEWS}))
def test_every_view_of_an_empty_lake_is_empty(lake: Lake, table: str) -> None:
    assert sql.run(lake, f"FROM {table}").num_rows == 0


def test_asking_writes_nothing(filled: Lake) -> None:
    before = state(filled.folder)
    sql.run(filled, "SELECT * FROM best")
    assert state(filled.folder) == before


@pytest.mark.parametrize("name", ["l'ake", "[l]ake*", "läke ?", "a b"])
def test_a_lake_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str, row: MakeRow) -> None:
    lake = Lake.open(tmp_path / name, create=True)
    rows = schema.table_of("functions", [row("functions")])
    lake.commit("w", 0, [lake.stage("functions", rows, name="one")])
    assert sql.run(lake, "SELECT name FROM functions").to_pylist() == [{"name": "main"}]


def test_sums_of_integers_are_integers(filled: Lake) -> None:
    asked = sql.run(
        filled, "SELECT sum(instructions) AS s, 170141183460469231731 AS h FROM functions"
    )
    assert asked.schema.types == [pa.int64(), pa.decimal128(38, 0)]
    assert asked.to_pylist() == [{"s": 8, "h": 170141183460469231731}]


def test_times_are_utc(filled: Lake, put: Put, row: MakeRow) -> None:
    del put
    rows = schema.table_of("tasks", [row("tasks")])
    filled.commit("w", 0, [filled.stage("tasks", rows, name="one")])
    asked = sql.run(filled, "SELECT committed_at::VARCHAR AS at FROM tasks")
    assert asked.to_pylist() == [{"at": "2026-01-01 00:00:00+00"}]


def test_a_file_of_a_table_that_is_gone_is_named(filled: Lake) -> None:
    for file in (filled.folder / "functions" / "staging").iterdir():
        file.unlink()
    with pytest.raises(TableDamaged, match="functions"):
        sql.run(filled, "SELECT * FROM functions")


def test_ctrl_c_ends_a_long_statement_at_once(lake: Lake) -> None:
    def interrupt() -> None:
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        sql.run(lake, "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b")
    assert time.monotonic() - begun < 10


def test_what_does_not_fit_into_memory_is_put_aside_and_taken_away_again(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(sql, "_MEMORY_SHARE", 0.0)
    monkeypatch.setattr(sql, "_LEAST_MEMORY", 100 * 2**20)
    statement = (
        "SELECT count(*) AS n FROM "
        "(SELECT hash(range) AS h, range FROM range(10000000) ORDER BY h, range LIMIT 9999999)"
    )
    assert sql.run(lake, statement).num_rows == 1
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


def test_a_query_that_is_not_there_is_named_with_those_that_are(lake: Lake) -> None:
    with pytest.raises(SqlError, match="no query is called worst; there is: best_passes, "):
        sql.run_named(lake, "worst")


def test_one_thing_is_asked_for_at_a_time(filled: Lake) -> None:
    with ask(filled, "SELECT 1 AS n") as rows:
        assert rows.read_all().to_pylist() == [{"n": 1}]
    with ask(filled, query="outcomes") as rows:
        assert rows.read_all().num_rows == 1
    with ask(None, schema=True) as rows:
        assert {"table", "column", "unit", "meaning"} < set(rows.schema.names)
    with ask(None, queries=True) as rows:
        assert "leaderboard" in rows.read_all().column("query").to_pylist()
    for nothing_or_both in ({}, {"query": "outcomes", "schema": True}):
        with pytest.raises(SqlError, match="give one of"), ask(filled, **nothing_or_both):
            pass


def test_no_progress_is_drawn_where_a_document_is_expected(lake: Lake) -> None:
    with sql.connect(lake) as connection:
        setting = connection.sql("SELECT current_setting('enable_progress_bar')")
        assert setting.fetchall() == [(False,)]
