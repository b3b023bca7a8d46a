"""A lake in a bucket is checked, kept in order and pulled as one on a disk is."""

import os
from pathlib import Path

import pytest

from tests.object_store import store_committer as committer
from tests.object_store.stores import IN_ALL
from tests.unit.warehouse.conftest import _TYPICAL
from tests.unit.warehouse.small_campaign import commit_task
from warehouse import compaction, leases, object_path, schema, snapshot, storage, table_log
from warehouse.check import check
from warehouse.contents import contents
from warehouse.errors import RemoteDamaged, RemoteMissing
from warehouse.freshness import winners_mark
from warehouse.lake import Lake
from warehouse.maintenance import maintain
from warehouse.object_path import ObjectPath
from warehouse.pull import pull

COMMITS = 4
LONG_S = 8 * 86_400.0


def commit(lake: Lake, count: int, writer: str = "w") -> None:
    begin = lake.recover(writer)
    for number in range(begin, begin + count):
        task_id = f"{writer}{number}"
        commit_task(lake, writer, task_id, number, losses=[committer.losses(task_id)])


def tasks_of(lake: Lake) -> list[str]:
    return sorted(lake.read("losses", columns=["task_id"]).column("task_id").to_pylist())


@pytest.fixture
def lake(address: str) -> Lake:
    return Lake.open(address, create=True)


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "FEWEST", 3)


@pytest.fixture
def grown(lake: Lake) -> Lake:
    commit(lake, 2)
    snapshot.create(lake, "paper")
    commit(lake, COMMITS - 2)
    return lake


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's clock is eight days on."""
    real = storage.now_s
    monkeypatch.setattr(storage, "now_s", lambda folder: real(folder) + LONG_S)


@IN_ALL
def test_small_files_become_one_with_the_same_rows(grown: Lake) -> None:
    before = tasks_of(grown)
    assert check(grown).damages == ()
    done = maintain(grown)
    assert [line.split(":")[0] for line in done.merged] == ["losses", "tasks"]
    assert [len(grown.files(table)) for table in ("losses", "tasks")] == [1, 1]
    assert tasks_of(grown) == before
    assert check(grown).damages == ()


def test_readers_have_a_day_however_short_the_time(grown: Lake) -> None:
    maintain(grown, hours=0)
    assert maintain(grown, hours=0).removed == []


@IN_ALL
@pytest.mark.usefixtures("later")
def test_what_nothing_names_goes_and_was_announced(grown: Lake) -> None:
    stale = committer.staged(grown, "never-committed")[0]
    said: list[str] = []
    planned = maintain(grown, dry_run=True, tell=said.append)
    assert f"remove: {stale.path}, " in " ".join(said)
    assert (grown.folder / stale.path).exists()
    done = maintain(grown, hours=0)
    assert {one.path for one in planned.removed} <= {one.path for one in done.removed}
    assert not any((grown.folder / one.path).exists() for one in done.removed)
    # All files were merged away: two of each table are the snapshot's, one the journal's last.
    assert len([one for one in done.removed if not one.uncommitted]) == 2 * (COMMITS - 3)
    assert contents(grown, "paper", check=True).damaged == []
    assert check(grown).damages == ()


@pytest.mark.usefixtures("later")
def test_who_lost_the_lease_removes_nothing(grown: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    committer.staged(grown, "never-committed")
    monkeypatch.setattr(leases._Lease, "is_held", lambda _: False)
    done = maintain(grown)
    assert done.removed == []
    assert done.left == [
        "2 files stay, as others may commit to the lake again: run the same command later"
    ]


def test_a_lease_is_known_to_be_lost_when_another_has_it(lake: Lake) -> None:
    place = lake.folder / "locks" / "x.lock"
    assert isinstance(place, ObjectPath)
    lease = leases._Lease(place)
    assert lease.acquire(0)
    assert lease.is_held()
    place.write(b"another's")
    lease._written_s -= leases.EXPIRES_S
    assert not lease.is_held()


def test_a_lost_entry_is_told_and_written_again(grown: Lake) -> None:
    before = tasks_of(grown)
    table_log.entry_path(grown.folder / "losses", grown.version("losses")).unlink()
    assert "has lost batch" in check(grown).damages[0].what
    assert len(maintain(grown).repaired) == 1
    assert check(grown).damages == ()
    assert tasks_of(grown) == before


def test_a_changed_and_a_lost_file_are_told(grown: Lake) -> None:
    changed, lost = (ObjectPath.of_url(path) for path in grown.files("losses")[:2])
    content = bytearray(changed.read_bytes())
    content[60] ^= 1
    changed.write(bytes(content))
    lost.unlink()
    assert sorted(one.what for one in check(grown).damages) == [
        "has other contents than were committed",
        "is gone",
    ]


@pytest.fixture
def on_disk(tmp_path: Path) -> Lake:
    lake = Lake.open(tmp_path / "disk", create=True)
    commit(lake, 3, "d")
    snapshot.create(lake, "s")
    return lake


@IN_ALL
def test_a_snapshot_comes_into_a_bucket_and_its_next_one_costs_what_is_new(
    lake: Lake, on_disk: Lake
) -> None:
    done = pull(lake, on_disk.location, "s")
    assert (done.files_copied, done.rows_new, done.snapshot) == (6, 6, "s")
    assert contents(lake, "s", check=True).damaged == []
    assert tasks_of(lake) == tasks_of(on_disk)
    commit(on_disk, 1, "d")
    snapshot.create(on_disk, "t")
    assert pull(lake, on_disk.location, "t").files_copied == 2
    again = pull(lake, on_disk.location, "t")
    assert (again.files_copied, again.rows_new) == (0, 0)
    assert check(lake).damages == ()


def test_rows_that_a_bucket_has_are_known(grown: Lake, on_disk: Lake) -> None:
    commit(on_disk, 1, "w")  # `w0` is in both
    snapshot.create(on_disk, "t")
    done = pull(grown, on_disk.location, "t")
    assert done.snapshot is None
    assert tasks_of(grown) == ["d0", "d1", "d2", *(f"w{number}" for number in range(COMMITS))]
    assert (done.rows_new, done.rows_known) == (6, 2)


def test_a_pull_into_a_bucket_goes_on_where_it_was_cut_off(
    lake: Lake, on_disk: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = iter(range(100))
    real = ObjectPath.write

    def failing(self: ObjectPath, *given: object, **options: object) -> object:
        if self.key.endswith(".parquet") and next(writes) == 2:
            raise OSError("the line is cut")
        return real(self, *given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ObjectPath, "write", failing)
    with pytest.raises(OSError, match="the line is cut"):
        pull(lake, on_disk.location, "s")
    assert tasks_of(lake) == []
    done = pull(lake, on_disk.location, "s")
    assert (done.files_copied, done.files, done.snapshot) == (4, 6, "s")


@IN_ALL
def test_a_snapshot_comes_out_of_a_bucket(grown: Lake, tmp_path: Path, store: str) -> None:
    here = Lake.open(tmp_path / "here", create=True)
    assert pull(here, grown.location, "paper").rows_new == 4
    assert contents(here, "paper", check=True).damaged == []
    there = Lake.open(f"{store}/another/{os.getpid()}", create=True)
    assert pull(there, grown.location, "paper").snapshot == "paper"
    with pytest.raises(RemoteMissing):
        pull(there, grown.location, "none")


def test_a_file_with_another_hash_does_not_come_in(grown: Lake, tmp_path: Path) -> None:
    file = snapshot.files(grown, snapshot.get(grown, "paper"))[0]
    place = grown.folder / file.path
    content = bytearray(place.read_bytes())
    content[60] ^= 1
    storage.write_bytes(place, bytes(content))
    here = Lake.open(tmp_path / "here", create=True)
    with pytest.raises(RemoteDamaged, match="another hash"):
        pull(here, grown.location, "paper")
    assert list((here.folder / file.table / "staging").iterdir()) == []


@IN_ALL
def test_new_winners_are_seen(lake: Lake) -> None:
    names = {column.name for column in schema.TABLES["winners"].columns}
    row = {name: value for name, value in _TYPICAL.items() if name in names}
    assert winners_mark(lake.location) == ""
    marks = []
    for number in range(2):
        rows = schema.table_of("winners", [row])
        lake.commit("w", number, [lake.stage("winners", rows, name="w")])
        marks.append(winners_mark(lake.location))
    assert marks[0] < marks[1] == winners_mark(lake.location)
    assert winners_mark(f"{lake.location}/nowhere") == ""


@IN_ALL
def test_a_large_object_is_written_in_parts_and_read_in_pieces(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_path, "_PIECE_BYTES", 2**20)
    content = os.urandom(2**20) * 6
    place = lake.folder / "large"
    storage.write_bytes(place, content)
    assert place.stat().st_size == len(content)
    with place.open("rb") as file:
        file.seek(-5, os.SEEK_END)
        assert file.read() == content[-5:]
        file.seek(0)
        assert file.read() == content
