"""What reads a lake on a disk reads one in a bucket: training, planning, exports, commands."""

import io
import json
import os
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import warehouse
from autotune.plan_figures import table_bytes
from cli.main import app
from tests.object_store.stores import IN_ALL
from tests.unit.warehouse.conftest import _TYPICAL
from tests.unit.warehouse.small_campaign import CAMPAIGN, grow_and_tune
from trainer.find_model import model_folder
from trainer.job import job_of
from trainer.recipes import RECIPES
from trainer.register import register
from trainer.source import LabelSource
from warehouse import schema, snapshot
from warehouse.export import export
from warehouse.lake import Lake
from warehouse.object_path import ObjectPath
from warehouse.pull import pull


def row(table: str, **changes: object) -> dict[str, Any]:
    names = {column.name for column in schema.TABLES[table].columns}
    return {name: value for name, value in _TYPICAL.items() if name in names} | changes


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(tmp_path_factory.mktemp("disk") / "lake", create=True)
    grow_and_tune(lake, row, 3)
    snapshot.create(lake, "s")
    return lake


@pytest.fixture
def address(address: str, on_disk: Lake) -> str:
    """Where a lake is that holds what the one on the disk does."""
    assert pull(Lake.open(address, create=True), on_disk.location, "s").snapshot == "s"
    return address


@IN_ALL
def test_a_bucket_serves_what_a_disk_does(address: str, on_disk: Lake, tmp_path: Path) -> None:
    here, there = (warehouse.open(place).snapshot("s") for place in (on_disk.location, address))
    with here, there:
        assert there.table("best").equals(here.table("best"))
    labels, same = (
        list(LabelSource.of_lake(place, None).labels("train", "instructions"))
        for place in (on_disk.location, address)
    )
    assert labels == same != []
    lake = Lake.open(address)
    assert table_bytes(lake, CAMPAIGN, 3) == table_bytes(on_disk, CAMPAIGN, 3)
    files = [{file.path: file.rows for file in export(one, "s", tmp_path / name).files}
             for one, name in ((lake, "b"), (on_disk, "d"))]  # fmt: skip
    assert files[0] == files[1]


@IN_ALL
def test_threads_that_share_a_file_read_their_own_parts_of_it(store: str) -> None:
    place = ObjectPath.of_url(f"{store}/shared/{os.getpid()}.parquet")
    numbers = np.random.default_rng(0).integers(0, 2**60, 200_000)
    content = io.BytesIO()
    pq.write_table(pa.table({"a": numbers, "b": numbers[::-1]}), content, row_group_size=5_000)
    place.write(content.getvalue())
    found = int(np.bitwise_xor.reduce(numbers))
    with duckdb.connect(":memory:", config={"threads": 4}) as connection:
        connection.register_filesystem(place.filesystem())
        asked = f"SELECT bit_xor(a), bit_xor(b) FROM read_parquet('{place}')"  # noqa: S608
        assert connection.execute(asked).fetchall() == [(found, found)]


def test_a_run_on_a_bucket_lies_here_and_its_model_is_known_there(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = job_of(recipe=RECIPES["mini"](), lake=address, snapshot="s", seed=0)
    assert job.folder == tmp_path / "runs" / f"{job.recipe.name}-s-0"
    assert LabelSource.of_document(json.loads(json.dumps(job.source.document()))) == job.source
    facts = dict.fromkeys(("model_id", "snapshot", "code_version", "tokenizer"), "x")
    info = facts | {
        "recipe": {"name": "mini"},
        "parameters": 1,
        "tokens": 1,
        "seed": 0,
        "results": {},
    }
    job.folder.mkdir(parents=True)
    assert register(job.source, job.folder, info) == "x"
    assert model_folder(Lake.open(address), None) == job.folder


def test_commands_take_a_bucket(address: str) -> None:
    def run(*arguments: str) -> Any:  # noqa: ANN401  (what a command said)
        done = CliRunner().invoke(app, ["--lake", address, *arguments, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    assert run("check")["damages"] == []
    assert run("maintain", "--dry-run")["removed"] == []
    assert [one["name"] for one in run("snapshot", "list")["snapshots"]] == ["s"]
    assert run("sql", "SELECT count(*) AS rows FROM best") == [{"rows": 3}]
