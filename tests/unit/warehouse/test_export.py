"""Exports: what is in them, that it is whole, and that nothing is taken that may not be."""

# ruff: noqa: S106  (a pass list is no password)

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from warehouse import export_layouts, schema, snapshot, sql
from warehouse.errors import BadLicense, SnapshotMissing, TargetTaken
from warehouse.export import export
from warehouse.lake import Lake
from warehouse.snapshot import LeftOut

MakeRow = Callable[..., dict[str, Any]]
Put = Callable[..., None]

LICENCES = {"f1": "MIT", "f2": "GPL-2.0-only OR Zlib", "f3": "GPL-3.0-only"}
SPLITS = {"f1": "train", "f2": "valid", "f3": "train"}


@pytest.fixture
def filled(lake: Lake, put: Put, row: MakeRow) -> Lake:
    """Three functions of three programs, licences and searches; a list that programs refute."""
    put(
        functions=[
            row(
                "functions", function_id=f, name=f, program=f"p|{f}", license=under, split=SPLITS[f]
            )
            for f, under in LICENCES.items()
        ],
        passes=[row("passes", text="function(sroa)", name="sroa")],
        losses=[row("losses", program=f"p|{f}", stage="compile", count=1) for f in LICENCES],
        evaluations=[row("evaluations", function_id=f) for f in LICENCES],
        winners=[row("winners", function_id=f) for f in LICENCES],
        verdicts=[
            row("verdicts", verdict_id="v0", function_id=None, pass_list="bad", verdict="refuted"),
            row("verdicts", function_id="f1"),
            row("verdicts", verdict_id="v3", function_id="f3"),
        ],
        tasks=[row("tasks", host="secret-machine")],
    )
    snapshot.create(lake, "s")
    return lake


def ids(folder: Path, relation: str) -> list[str]:
    rows = pq.read_table(folder / relation).column("function_id").to_pylist()
    return sorted(str(one) for one in rows)


def test_a_folder_has_what_sql_users_see_of_the_snapshot(filled: Lake, tmp_path: Path) -> None:
    done = export(filled, "s", tmp_path / "out")
    folders = {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()}
    seen = {row["table"] for row in schema.describe()}
    assert folders == seen - export_layouts.LEFT_HERE
    assert done.functions == 3
    best = pq.read_table(tmp_path / "out" / "best")
    asked = sql.run(filled, "FROM best ORDER BY function_id", "s")
    assert best.to_pylist() == asked.to_pylist()
    whole = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"secret-machine" not in whole


def test_the_manifest_names_every_file_with_its_hash(filled: Lake, tmp_path: Path) -> None:
    export(filled, "s", tmp_path / "out")
    out = tmp_path / "out"
    manifest = json.loads((out / "MANIFEST.json").read_text())
    files = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    assert {file["path"] for file in manifest["files"]} == files - {"MANIFEST.json", "SHA256SUMS"}
    sums = dict(line.split("  ")[::-1] for line in (out / "SHA256SUMS").read_text().splitlines())
    assert sums.keys() == files - {"SHA256SUMS"}
    for path, sha256 in sums.items():
        assert hashlib.sha256((out / path).read_bytes()).hexdigest() == sha256
    rows = {file["path"]: file["rows"] for file in manifest["files"]}
    assert rows["functions/0000.parquet"] == 3
    assert manifest["snapshot"]["name"] == "s"


def test_the_same_snapshot_gives_the_same_tables(filled: Lake, tmp_path: Path) -> None:
    files = [export(filled, "s", tmp_path / name).files for name in ("one", "two")]
    tables = [[file for file in some if file.rows is not None] for some in files]
    assert tables[0] == tables[1]


def test_only_code_of_the_wanted_licences_is_taken(filled: Lake, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = export(filled, "s", out, licences=["permissive"])
    assert done.licences == ["GPL-2.0-only OR Zlib", "MIT"]
    for relation in ("functions", "best", "winners", "evaluations", "candidates"):
        assert ids(out, relation) == ["f1", "f2"]
    assert ids(out, "verdicts") == ["None", "f1"]
    assert pq.read_table(out / "losses").column("program").to_pylist() == ["p|f1", "p|f2"]
    assert "GPL-3.0-only" not in (out / "LICENSES.md").read_text()


def test_a_selection_and_licences_narrow_together(filled: Lake, tmp_path: Path) -> None:
    export(filled, "s", tmp_path / "out", functions=["f1", "f3"], licences=["GPL-3.0-only"])
    assert ids(tmp_path / "out", "functions") == ["f3"]


def test_licences_that_nothing_is_under_are_said_with_those_that_are(
    filled: Lake, tmp_path: Path
) -> None:
    with pytest.raises(BadLicense, match=r"no function is under ISC; there is: GPL-2\.0-only OR"):
        export(filled, "s", tmp_path / "out", licences=["ISC"])
    assert list(tmp_path.iterdir()) == [filled.folder]


def test_what_the_snapshot_leaves_out_is_in_no_export(filled: Lake, tmp_path: Path) -> None:
    left = {"kind": "near", "similarity": 0.9, "held_out_id": "f2", "held_out_program": "p"}
    rows = pa.Table.from_pylist([{"function_id": "f1", **left}], schema=schema.left_out_schema())
    snapshot.create(filled, "less", lambda _: LeftOut(rows, "rule", {"near": 1}))
    out = tmp_path / "out"
    export(filled, "less", out)
    assert ids(out, "functions") == ids(out, "winners") == ["f2", "f3"]
    assert ids(out, "left_out") == ["f1"]
    assert "1 training functions are left out" in (out / "README.md").read_text()


def test_one_file_has_tables_views_and_the_named_queries(filled: Lake, tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    export(filled, "s", path, layout="duckdb")
    with duckdb.connect(str(path), read_only=True) as opened:
        count = opened.execute("SELECT count(*) FROM functions").fetchall()
        best = opened.execute("SELECT function_id FROM best ORDER BY 1").fetchall()
        board = opened.execute("SELECT method, functions FROM queries.leaderboard").fetchall()
        about = opened.execute("SELECT content FROM about WHERE name = 'README.md'").fetchall()
        views = opened.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
        ).fetchall()
        version = opened.execute(
            "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"
        ).fetchall()
    assert count == [(3,)]
    assert best == [("f1",), ("f2",), ("f3",)]
    assert ("random", 3) in board
    assert about[0][0].startswith("# s\n")
    assert {name for (name,) in views} >= {"best", "candidates", "selection"}
    assert version[0][0].startswith("v1.2.0")  # what DuckDB 1.2 and later open


def test_queries_answer_in_the_file_as_in_the_lake(filled: Lake, tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    export(filled, "s", path, layout="duckdb")
    with duckdb.connect(str(path), read_only=True) as opened:
        for name in ("leaderboard", "biggest_wins", "outcomes", "pass_pairs"):
            given = opened.sql(f"FROM queries.{name}").to_arrow_table().to_pylist()
            assert given == sql.run_named(filled, name, "s").to_pylist()


def test_a_data_set_for_hugging_face_has_configurations_and_splits(
    filled: Lake, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export(filled, "s", out, layout="huggingface")
    head = yaml.safe_load((out / "README.md").read_text().split("---\n")[1])
    assert [one["config_name"] for one in head["configs"]] == ["best", "evaluations"]
    assert head["size_categories"] == ["n<1K"]
    for configuration in head["configs"]:
        for part in configuration["data_files"]:
            files = sorted(out.glob(part["path"]))
            assert (
                sum(pq.read_metadata(file).num_rows for file in files)
                == {
                    "train": 2,
                    "validation": 1,
                }[part["split"]]
            )
    assert ids(out, "best/train") == ["f1", "f3"]
    sample = pq.read_table(out / "best" / "train").to_pylist()[0]
    assert {"ir", "text", "pass_list", "oz_instructions", "license"} < sample.keys()


def test_one_licence_is_named_in_the_card(filled: Lake, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(filled, "s", out, layout="huggingface", licences=["MIT"])
    assert "license: mit\n" in (out / "README.md").read_text()


def test_names_that_would_break_a_table_are_made_harmless(filled: Lake, tmp_path: Path) -> None:
    export(filled, "s", tmp_path / "out")
    assert "| p/f1 | 1 | train | MIT |" in (tmp_path / "out" / "README.md").read_text()


def test_large_relations_are_cut_into_files(
    filled: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_layouts, "_FILE_BYTES", 1)
    monkeypatch.setattr(export_layouts, "_BATCH_ROWS", {True: 1, False: 1})
    export(filled, "s", tmp_path / "out")
    assert len(list((tmp_path / "out" / "functions").iterdir())) > 1
    assert ids(tmp_path / "out", "functions") == ["f1", "f2", "f3"]


def test_what_is_there_is_not_written_over(filled: Lake, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(TargetTaken, match="give a place where nothing is yet"):
        export(filled, "s", tmp_path / "out")


def test_a_place_inside_a_file_is_refused(filled: Lake, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetTaken, match="give another place"):
        export(filled, "s", tmp_path / "file" / "out")


def test_a_snapshot_that_is_not_there_leaves_no_trace(filled: Lake, tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing):
        export(filled, "none", tmp_path / "out")
    assert list(tmp_path.iterdir()) == [filled.folder]


def test_an_export_that_was_cut_off_leaves_nothing(
    filled: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.export._describe", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export(filled, "s", tmp_path / "out")
    assert list(tmp_path.iterdir()) == [filled.folder]
