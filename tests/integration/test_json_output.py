"""`--json`: one JSON document on standard output and nothing else there, for every command."""

import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warehouse.lake import Lake

Document = Callable[..., Any]


@pytest.fixture
def document(passlake: Path, golden_lake: Lake) -> Document:
    """Runs a command on a lake with golden functions; the document that it prints."""

    def run(*arguments: str | Path) -> object:
        command = [passlake, "--lake", golden_lake.location, *arguments, "--json"]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
        assert ended.stdout.endswith("\n")
        return json.loads(ended.stdout, parse_constant=pytest.fail)

    return run


def test_doctor(document: Document) -> None:
    found = document("doctor")
    assert found["ready"] is True
    assert {"name", "found", "detail", "fix", "required"} <= found["checks"][0].keys()


def test_corpus_add(document: Document, golden_source: Path) -> None:
    found = document("corpus", "add", golden_source)
    assert (found["added"], found["functions"], found["tasks_set_aside"]) == (0, 43, [])


def test_corpus_stats(document: Document) -> None:
    assert document("corpus", "stats")["functions"] == 43


def test_tune_verify_leaderboard_and_sql(document: Document) -> None:
    tuned = document(
        "tune", "--evaluations", "40", "--strategy", "random", "--max-instructions", "20"
    )
    assert tuned["functions"] > 3
    assert tuned["tasks_set_aside"] == []
    replayed = document("verify")
    assert (replayed["rows"], replayed["differing"]) == (tuned["functions"], [])
    ranked = {row["method"]: row for row in document("leaderboard")["rows"]}
    assert ranked["random"]["functions"] == tuned["functions"]
    assert ranked["random"].keys() >= {
        "method",
        "functions",
        "improvement_over_oz",
        "improvement_over_oz_plain",
        "functions_improved",
        "functions_regressed",
        "instructions_saved",
        "instructions_regressed",
        "compilations",
        "cpu_s",
    }
    rows = document("sql", "SELECT function_id, pass_list FROM best")
    assert len(rows) == tuned["functions"]
    assert rows[0].keys() == {"function_id", "pass_list"}
    assert len(document("sql", "--query", "biggest_wins")) >= tuned["functions_improved"] > 0


def test_leaderboard_of_a_lake_where_nothing_was_searched(document: Document) -> None:
    assert document("leaderboard") == {"rows": []}


def test_sql_schema(document: Document) -> None:
    assert {row["table"] for row in document("sql", "--schema")} > {"functions", "best"}


def test_sql_values_that_json_has_no_word_for(document: Document) -> None:
    statement = (
        "SELECT 'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b, [1.5, 'nan'::DOUBLE] AS c, NULL AS d"
    )
    assert document("sql", statement) == [{"a": None, "b": None, "c": [1.5, None], "d": None}]


def test_snapshot_create_and_list(document: Document) -> None:
    made = document("snapshot", "create", "first")
    assert made["name"] == "first"
    assert made["versions"]["functions"] >= 0
    assert document("snapshot", "list") == {"snapshots": [made]}


def test_bench_engine(document: Document) -> None:
    figures = document("bench", "engine", "--lists", "1")
    batches = figures["batches"]
    assert batches.keys() >= {"random", "random_without_meta"}
    for batch in batches.values():
        assert batch["counts_compared"] == batch["evaluations"] >= figures["functions"]
        assert batch["counts_equal"] >= 0.99 * batch["counts_compared"]
        assert batch["opt_compared"] == batch["opt_equal"] == figures["functions"]
        known = batch["by_prefix"] + batch["by_no_op"] + batch["by_state"]
        assert batch["ran"] + known == batch["asked"]
        ratio = batch["plain_per_s"] / batch["opt_per_s"]
        assert math.isclose(batch["ratio"], ratio, rel_tol=0.01)


def test_bench_warehouse(document: Document) -> None:
    size = ["--functions", "1000", "--evaluations", "20000"]
    figures = document(
        "bench", "warehouse", *size, "--commits", "3", "--compared", "5000", "--runs", "1"
    )
    assert figures["evaluations"] == 20_000
    assert figures["bytes_per_evaluation"] <= 20
    assert len(figures["queries"]) == len({one["query"] for one in figures["queries"]}) > 20
    assert {store["store"] for store in figures["stores"]} == {"lake", "plain_parquet", "sqlite"}


def test_an_error_leaves_standard_output_empty(passlake: Path, tmp_path: Path) -> None:
    command = [passlake, "--lake", tmp_path / "none", "leaderboard", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
