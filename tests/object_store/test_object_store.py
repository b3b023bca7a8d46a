"""A lake in a bucket keeps what one on a disk promises, whoever is killed or stands still."""

import json
import pickle
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.object_store import store_committer as committer
from tests.object_store.stores import IN_ALL
from warehouse import delta, journal, leases, schema, snapshot, sql, storage
from warehouse.errors import (
    Held,
    LakeMissing,
    LakeUnwritable,
    NotALake,
    SequenceTaken,
    SnapshotExists,
    UnsupportedLocation,
)
from warehouse.journal import Batch
from warehouse.lake import Lake
from warehouse.object_path import ObjectPath, Tag

PROGRAM = Path(committer.__file__)


@pytest.fixture
def lake(address: str) -> Lake:
    return Lake.open(address, create=True)


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(PROGRAM), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def told(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


@IN_ALL
def test_rows_are_committed_once_and_read_back(lake: Lake) -> None:
    files = committer.staged(lake, "t0")
    lake.commit("w", lake.recover("w"), files)
    lake.commit("w", 0, files)
    assert committer.rows_of(lake) == {"losses": ["t0"], "passes": ["t0"]}
    assert [batch.num_rows for batch in lake.batches("losses", columns=["task_id"])] == [1]
    assert lake.count("losses") == 1
    with pytest.raises(SequenceTaken):
        lake.commit("w", 0, committer.staged(lake, "t1"))


@IN_ALL
def test_a_snapshot_reads_the_same_for_ever(lake: Lake) -> None:
    lake.commit("w", 0, committer.staged(lake, "t0"))
    snapshot.create(lake, "first")
    lake.commit("w", 1, committer.staged(lake, "t1"))
    text = "SELECT task_id FROM losses ORDER BY task_id"
    assert sql.run(lake, text, "first").to_pylist() == [{"task_id": "t0"}]
    assert sql.run(lake, text).to_pylist() == [{"task_id": "t0"}, {"task_id": "t1"}]
    assert [one.name for one in snapshot.list_(lake)] == ["first"]
    assert [file.rows for file in snapshot.files(lake, snapshot.get(lake, "first"))] == [1, 1]
    with pytest.raises(SnapshotExists):
        snapshot.create(lake, "first")


@IN_ALL
def test_sql_reads_nothing_else_in_the_bucket(lake: Lake, store: str) -> None:
    ObjectPath.of_url(f"{store}/other.csv").write(b"a\n1\n")
    with sql.connect(lake) as connection, pytest.raises(Exception, match="disabled"):
        connection.execute(f"FROM read_csv('{store}/other.csv')")


def test_it_is_known_by_its_address_in_other_processes(lake: Lake, address: str) -> None:
    assert pickle.loads(pickle.dumps(lake)) == Lake.open(address)  # noqa: S301  (our own)
    assert lake.location == address


@pytest.mark.parametrize("store", ["s3", "az"], indirect=True)
def test_places_that_are_no_lake_say_so(store: str) -> None:
    with pytest.raises(LakeMissing):
        Lake.open(f"{store}/none")
    ObjectPath.of_url(f"{store}/full/other.txt").write(b"x")
    with pytest.raises(NotALake):
        Lake.open(f"{store}/full", create=True)
    with pytest.raises(LakeUnwritable, match="no such bucket"):
        Lake.open(f"{store.partition(':')[0]}://nowhere/lake", create=True)


@pytest.mark.parametrize(
    "url", ["abfs://bucket/lake", "s3://bucket/a b", "s3://bucket/a//b", "s3://"]
)
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(UnsupportedLocation):
        Lake.open(url)


def test_a_store_that_takes_no_notice_of_conditions_is_refused(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ObjectPath.write
    monkeypatch.setattr(ObjectPath, "write", lambda place, content, **_: real(place, content))
    with pytest.raises(LakeUnwritable, match="would lose commits"):
        storage.probe(ObjectPath.of_url(f"{s3}/careless"))


@IN_ALL
def test_two_drivers_at_once_lose_and_double_nothing(lake: Lake, address: str) -> None:
    with process("many", address, "a", "6") as one, process("many", address, "b", "6") as two:
        assert told(one) == told(two) == "ready"
        assert (one.wait(), two.wait()) == (0, 0)
    expected = sorted(f"{writer}-{number}" for writer in "ab" for number in range(6))
    assert committer.rows_of(lake) == {"losses": expected, "passes": expected}


@IN_ALL
def test_a_name_that_is_held_elsewhere_is_refused(
    lake: Lake, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "EXPIRES_S", 3.0)
    with process("hold", address, "campaign") as other:
        assert told(other) == "held"
        with pytest.raises(Held, match=f"process {other.pid} on"), lake.hold("campaign"):
            pass
        with lake.hold("another"):
            pass


@IN_ALL
def test_a_name_that_a_killed_process_held_is_free_once_its_lease_has_expired(
    lake: Lake, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "EXPIRES_S", 3.0)
    with process("hold", address, "campaign") as other:
        assert told(other) == "held"
        other.kill()
        other.wait()
        began = time.monotonic()
        with lake.hold("campaign"):
            assert time.monotonic() - began > 1


@IN_ALL
def test_a_lease_is_had_by_one_of_many_that_ask_at_once(lake: Lake) -> None:
    place = ObjectPath.of_url(f"{lake.location}/locks/x.lock")
    with leases.leased(place, wait_s=0) as is_held:
        assert is_held is not None
        assert is_held()
        assert not leases._Lease(place)._write(only_new=True)
        assert not leases._Lease(place)._write(only_over=Tag('"another"', "1000000"))


@IN_ALL
def test_who_stood_still_while_another_finished_the_batch_adds_nothing(lake: Lake) -> None:
    lake.commit("w", 0, committer.staged(lake, "t0"))
    batch = Batch("w", 1, tuple(committer.staged(lake, "t1")))
    journal.open_entry(lake.folder, batch)
    table = delta._open(lake.folder / "losses")
    assert lake.recover("w") == 2  # another finishes it; then the first one wakes up
    with pytest.MonkeyPatch.context() as patch:
        opened = iter([table])
        real = delta._open
        patch.setattr(delta, "_open", lambda *given: next(opened, None) or real(*given))
        file = next(one for one in batch.files if one.table == "losses")
        assert delta.append(lake.folder / "losses", [file], "w", 1) is False
    assert committer.rows_of(lake) == {"losses": ["t0", "t1"], "passes": ["t0", "t1"]}


@pytest.fixture(scope="module")
def kills(s3: str) -> list[dict[str, Any]]:
    """One job killed before each of its writes, each time in a new lake."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "steps", f"{s3}/kills"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_job_is_killed_before_between_and_after_the_commits_of_its_tables(
    kills: list[dict[str, Any]],
) -> None:
    steps = Counter(kill["step"] for kill in kills)
    assert steps["DeltaTable.create"] == steps["DeltaTable.create_write_transaction"] == 2
    assert steps["ObjectPath.write last"] == steps["ObjectPath.unlink 0"] == 1
    assert len(kills) > 12


def test_the_same_job_again_ends_as_if_undisturbed(kills: list[dict[str, Any]]) -> None:
    whole = {"losses": ["t0"], "passes": ["t0"]}
    assert [kill for kill in kills if kill["rows"] != whole] == []


def test_the_schema_of_a_lake_in_a_bucket_is_that_of_any(lake: Lake) -> None:
    described = sql.run(lake, "SELECT * FROM evaluations").schema.names
    assert set(schema.arrow_schema("evaluations").names) <= set(described)
