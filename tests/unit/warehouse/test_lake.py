"""Opening, reading, staging and holding a lake."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from warehouse import schema, storage
from warehouse.errors import (
    BadName,
    BadRows,
    Held,
    LakeFull,
    LakeMissing,
    LakeTooNew,
    LakeUnreadable,
    LakeUnwritable,
    NotALake,
    SnapshotMissing,
    UnsupportedLocation,
)
from warehouse.lake import Lake

MakeRow = Callable[..., dict[str, Any]]


def files_under(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_lake_that_is_made_can_be_opened_again(tmp_path: Path) -> None:
    made = Lake.open(tmp_path / "a" / "lake", create=True)
    assert Lake.open(str(tmp_path / "a" / "lake")) == made
    assert made.location == str(tmp_path / "a" / "lake")


def test_opening_for_reading_makes_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LakeMissing, match=r"no lake at .*/lake: run `passlake corpus add` first"):
        Lake.open(tmp_path / "lake")
    assert not (tmp_path / "lake").exists()


def test_reading_a_lake_writes_nothing(lake: Lake) -> None:
    before = files_under(lake.folder)
    for table in schema.TABLES:
        Lake.open(lake.folder).read(table)
    assert files_under(lake.folder) == before


def test_a_lake_of_a_newer_schema_is_refused_with_both_versions(lake: Lake) -> None:
    (lake.folder / "lake.json").write_text('{"schema_version": 7}')
    with pytest.raises(LakeTooNew, match=r"schema version 7, this Passlake knows up to \d:"):
        Lake.open(lake.folder)


@pytest.mark.parametrize("content", ["", "{}", "[]", "{"])
def test_a_lake_with_a_broken_marker_is_refused(lake: Lake, content: str) -> None:
    (lake.folder / "lake.json").write_text(content)
    with pytest.raises(NotALake, match=r"lake\.json is broken"):
        Lake.open(lake.folder)


@pytest.mark.parametrize("create", [True, False])
def test_a_folder_of_other_things_is_no_lake_and_stays_as_it_is(
    tmp_path: Path, *, create: bool
) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(NotALake, match="holds other things"):
        Lake.open(tmp_path, create=create)
    assert files_under(tmp_path) == ["thesis.tex"]


def test_a_file_is_no_lake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotALake, match="is a file"):
        Lake.open(tmp_path / "file", create=True)


@pytest.mark.parametrize("address", ["ftp://bucket/lake", "az://a/b", "s3://a bucket/lake"])
def test_an_object_store_is_refused_in_one_clear_line(address: str) -> None:
    with pytest.raises(UnsupportedLocation, match="give a folder, or s3://BUCKET/PREFIX"):
        Lake.open(address, create=True)


@pytest.mark.parametrize("name", ["a%20b", "a\\b", "a\tb"])
def test_a_folder_that_delta_would_take_for_another_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsupportedLocation, match="give another folder"):
        Lake.open(tmp_path / name, create=True)


def test_a_lake_cannot_be_made_inside_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeUnwritable, match=r"cannot write .*/file/lake"):
        Lake.open(tmp_path / "file" / "lake", create=True)


def test_a_lake_cannot_be_made_without_the_right_to_write(
    public_folder: Path, take_rights: Callable[[Path, int], None]
) -> None:
    take_rights(public_folder, 0o555)
    with pytest.raises(LakeUnwritable, match=r"cannot write .* --lake"):
        Lake.open(public_folder / "lake", create=True)


def test_an_unwritable_lake_is_found_out_at_once_and_can_still_be_read(
    public_folder: Path, take_rights: Callable[[Path, int], None]
) -> None:
    Lake.open(public_folder, create=True)
    take_rights(public_folder, 0o555)
    with pytest.raises(LakeUnwritable, match=r"cannot write .* --lake"):
        Lake.open(public_folder, create=True)
    assert Lake.open(public_folder).read("functions").num_rows == 0


def test_a_lake_that_may_not_be_read_is_said_to_be_so(
    public_folder: Path, take_rights: Callable[[Path, int], None]
) -> None:
    Lake.open(public_folder, create=True)
    take_rights(public_folder, 0o000)
    with pytest.raises(LakeUnreadable, match=r"cannot read .* --lake"):
        Lake.open(public_folder)


def test_a_log_that_may_not_be_read_is_no_empty_table(
    public_folder: Path, take_rights: Callable[[Path, int], None], row: MakeRow
) -> None:
    lake = Lake.open(public_folder, create=True)
    rows = schema.table_of("functions", [row("functions")])
    lake.commit("w", 0, [lake.stage("functions", rows, name="one")])
    take_rights(public_folder / "functions" / "_delta_log", 0o000)
    with pytest.raises(LakeUnreadable, match=r"cannot read .*/functions/_delta_log"):
        lake.read("functions")


@pytest.mark.parametrize("table", schema.TABLES)
def test_a_table_without_a_commit_reads_as_empty_with_its_schema(lake: Lake, table: str) -> None:
    assert lake.version(table) == -1
    assert lake.read(table).schema == schema.arrow_schema(table)


def test_rows_come_back_as_they_were_put(
    lake: Lake, put: Callable[..., None], row: MakeRow
) -> None:
    rows = [row("evaluations", pass_ids=[], state_hash=None), row("evaluations", pass_ids=[3, 1])]
    put(evaluations=rows)
    assert lake.read("evaluations").to_pylist() == rows


def test_a_version_reads_the_same_for_ever(
    lake: Lake, put: Callable[..., None], row: MakeRow
) -> None:
    put(functions=[row("functions", function_id="f1")])
    first = lake.version("functions")
    put(functions=[row("functions", function_id="f2")])
    assert lake.existing("functions", "function_id") == {"f1", "f2"}
    ids = lake.read("functions", columns=["function_id"], version=first).to_pydict()
    assert ids == {"function_id": ["f1"]}
    assert lake.read("functions", version=-1).num_rows == 0


def test_a_version_that_is_not_there_is_named(
    lake: Lake, put: Callable[..., None], row: MakeRow
) -> None:
    put(functions=[row("functions")])
    with pytest.raises(SnapshotMissing, match="has no version 99"):
        lake.read("functions", version=99)


def test_reading_takes_columns_and_a_condition(
    lake: Lake, put: Callable[..., None], row: MakeRow
) -> None:
    put(tasks=[row("tasks", task_id="a"), row("tasks", task_id="b", state="set_aside")])
    done = lake.read("tasks", columns=["task_id"], where=pc.field("state") == "done")
    assert done.to_pydict() == {"task_id": ["a"]}


def test_two_attempts_of_one_name_are_two_files(lake: Lake, row: MakeRow) -> None:
    rows = schema.table_of("functions", [row("functions")])
    first = lake.stage("functions", rows, name="task.1")
    second = lake.stage("functions", rows, name="task.1")
    assert first.path != second.path
    assert first.path.startswith("functions/staging/task.1.")
    assert (first.rows, first.sha256) == (second.rows, second.sha256)


def test_a_staged_file_is_compressed_parquet(lake: Lake, row: MakeRow) -> None:
    rows = schema.table_of("functions", [row("functions")])
    staged = lake.stage("functions", rows, name="task.1")
    column = pq.read_metadata(lake.folder / staged.path).row_group(0).column(0)
    assert column.compression == "ZSTD"
    assert "RLE_DICTIONARY" in column.encodings


@pytest.mark.parametrize("name", ["", "../escape", "a/b", ".hidden", "x" * 201, "a b"])
def test_a_name_that_is_no_file_name_is_refused(lake: Lake, name: str) -> None:
    rows = schema.arrow_schema("functions").empty_table()
    with pytest.raises(BadName, match="cannot be used"):
        lake.stage("functions", rows, name=name)


def test_rows_that_do_not_fit_are_refused_and_leave_no_file(lake: Lake) -> None:
    with pytest.raises(BadRows):
        lake.stage("functions", pa.table({"name": ["main"]}), name="task.1")
    assert files_under(lake.folder / "functions") == []


def test_a_full_disk_leaves_nothing_half_written(
    lake: Lake, row: MakeRow, at_most: Callable[[int], AbstractContextManager[None]]
) -> None:
    rows = schema.table_of("functions", [row("functions")])
    with at_most(100), pytest.raises(LakeFull, match="no room left to write"):
        lake.stage("functions", rows, name="task.1")
    assert files_under(lake.folder / "functions") == []


def test_what_the_system_says_of_a_full_disk_becomes_lake_full(tmp_path: Path) -> None:
    def fill(_: object) -> None:
        with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123  (not buffered)
            full.write(b"x")

    with pytest.raises(LakeFull, match=r"no room left to write .*/target"):
        storage.write_file(tmp_path / "target", fill)
    assert files_under(tmp_path) == []


def test_an_error_that_is_no_disk_error_keeps_its_type(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), storage.disk_errors(tmp_path):
        (tmp_path / "missing").read_text()


def test_a_name_is_held_by_one_at_a_time_and_free_afterwards(lake: Lake) -> None:
    with (
        lake.hold("campaign-1"),
        pytest.raises(Held, match=r"campaign-1 is in use by process \d+ on "),
        lake.hold("campaign-1"),
    ):
        pass
    with lake.hold("campaign-1"), lake.hold("campaign-2"):
        pass


_HOLDER = """
import sys, time
from warehouse.lake import Lake
with Lake.open(sys.argv[1]).hold("campaign-1"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_killed_process_lets_go_of_what_it_held(lake: Lake) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, lake.location],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(Held, match=f"process {holder.pid} "), lake.hold("campaign-1"):
            pass
        holder.kill()
        holder.wait()
        with lake.hold("campaign-1"):
            pass


def test_two_that_make_a_lake_at_once_open_the_same(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=Lake.open, args=(tmp_path / "lake",), kwargs={"create": True})
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = json.loads((tmp_path / "lake" / "lake.json").read_text())
    assert said["schema_version"] == schema.SCHEMA_VERSION
