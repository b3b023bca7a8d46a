"""Maintenance changes no row, keeps what anybody names, repairs what it can, and says so before."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.small_campaign import CAMPAIGN, MakeRow, grow_and_tune
from warehouse import compaction, schema, snapshot, sql, table_log
from warehouse.check import check
from warehouse.errors import Held
from warehouse.lake import Lake
from warehouse.maintenance import maintain

TASKS = 9
GOING = 3 * (TASKS - 1)
"""Files that a merge makes superfluous: those of the journal's last batch stay."""

LONG_AGO = 1_000_000_000


@pytest.fixture(scope="module")
def tuned_once(row: MakeRow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = Lake.open(tmp_path_factory.mktemp("tuned") / "lake", create=True)
    grow_and_tune(lake, row, TASKS)
    return lake.folder


@pytest.fixture
def tuned(tuned_once: Path, lake: Lake) -> Lake:
    shutil.copytree(tuned_once, lake.folder, dirs_exist_ok=True)
    return lake


def rows_of(lake: Lake, **version: int) -> dict[str, list[object]]:
    return {
        table: sorted(lake.read(table, version=version.get(table)).to_pylist(), key=repr)
        for table in schema.TABLES
    }


def parquet_files(lake: Lake) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in lake.folder.rglob("*.parquet")}


def test_small_files_become_one_with_the_same_rows(tuned: Lake) -> None:
    before = rows_of(tuned)
    assert len(tuned.files("evaluations")) == TASKS
    done = maintain(tuned)
    assert [line.split(":")[0] for line in done.merged] == ["evaluations", "winners", "tasks"]
    assert [len(tuned.files(table)) for table in ("evaluations", "winners", "tasks")] == [1, 1, 1]
    assert rows_of(tuned) == before
    assert check(tuned).damages == ()


def test_maintaining_again_does_nothing(tuned: Lake) -> None:
    maintain(tuned, hours=0)
    files = parquet_files(tuned)
    again = maintain(tuned, hours=0)
    assert (again.merged, again.removed, again.repaired, again.left) == ([], [], [], [])
    assert parquet_files(tuned) == files


def test_a_snapshot_reads_the_same_bytes_after_everything_old_is_removed(tuned: Lake) -> None:
    made = snapshot.create(tuned, "paper")
    named = {file for table, one in made.versions.items() for file in tuned.files(table, one)}
    before = {file: Path(file).read_bytes() for file in named}
    best = sql.run(tuned, "FROM best ORDER BY ALL", "paper")
    done = maintain(tuned, hours=0)
    assert done.removed == []
    assert {file: Path(file).read_bytes() for file in named} == before
    assert sql.run(tuned, "FROM best ORDER BY ALL", "paper") == best


def test_what_a_campaign_was_started_with_stays(
    tuned: Lake, row: MakeRow, put: Callable[..., None]
) -> None:
    pinned = tuned.version("winners")
    options = json.dumps({"knowledge": {"versions": {"winners": pinned}}})
    put(campaigns=[row("campaigns", campaign_id="next", options=options, **_times(row))])
    before = rows_of(tuned, winners=pinned)["winners"]
    done = maintain(tuned, hours=0)
    assert {one.path.split("/")[0] for one in done.removed} == {"evaluations", "tasks"}
    assert rows_of(tuned, winners=pinned)["winners"] == before


def _times(row: MakeRow) -> dict[str, object]:
    at = row("tasks")["committed_at"]
    return {"kind": "tune", "function_ids": [], "started_at": at}


def test_merged_files_go_once_they_are_old_enough_and_are_announced(tuned: Lake) -> None:
    names = [f"evaluations/staging/{Path(file).name}" for file in tuned.files("evaluations")]
    merged = set(names[:-1])
    assert maintain(tuned).removed == []
    said: list[str] = []
    done = maintain(tuned, hours=0, tell=said.append)
    assert merged <= {one.path for one in done.removed}
    assert len(done.removed) == GOING
    assert [line.startswith("remove: ") for line in said] == [True] * GOING
    assert not any((tuned.folder / one.path).exists() for one in done.removed)
    assert check(tuned).damages == ()


def test_a_dry_run_says_the_same_and_changes_nothing(tuned: Lake) -> None:
    stale = tuned.folder / "winners" / "staging" / "stale.parquet"
    stale.write_bytes(b"left by a killed worker")
    os.utime(stale, (LONG_AGO, LONG_AGO))
    files = parquet_files(tuned)
    said: list[str] = []
    planned = maintain(tuned, dry_run=True, tell=said.append)
    assert parquet_files(tuned) == files
    assert len(planned.merged) == 3
    assert [one.path for one in planned.removed] == ["winners/staging/stale.parquet"]
    assert said[0] == "remove: winners/staging/stale.parquet, 23 bytes, staged and never committed"
    assert maintain(tuned).removed == planned.removed


def test_young_files_and_files_from_the_future_stay(tuned: Lake) -> None:
    staging = tuned.folder / "winners" / "staging"
    for name, at in (("young", None), ("future", (9_000_000_000, 9_000_000_000))):
        (staging / f"{name}.parquet").write_bytes(b"rows")
        os.utime(staging / f"{name}.parquet", at)
    assert maintain(tuned).removed == []


def test_drafts_and_lists_of_snapshots_that_were_cut_off_go(tuned: Lake) -> None:
    drafts = [".lake.json.1.ab.tmp", "snapshots/never.0123.parquet", "tasks/staging/.a.1.b.tmp"]
    (tuned.folder / "snapshots").mkdir()
    for name in drafts:
        (tuned.folder / name).write_bytes(b"draft")
        os.utime(tuned.folder / name, (LONG_AGO, LONG_AGO))
    assert {one.path for one in maintain(tuned).removed} == set(drafts)


def test_nothing_is_removed_while_somebody_reads(
    tuned: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.maintenance._READERS_WAIT_S", 0.05)
    maintain(tuned)
    with sql.connect(tuned) as connection:
        done = maintain(tuned, hours=0)
        assert done.left == [
            f"{GOING} files stay, as somebody reads the lake: run the same command later"
        ]
        assert connection.sql("SELECT count(*) FROM winners").fetchall() == [(TASKS,)]
    del connection
    assert len(maintain(tuned, hours=0).removed) == GOING


def test_what_was_staged_today_stays_however_short_the_time(tuned: Lake, row: MakeRow) -> None:
    rows = schema.table_of("winners", [row("winners")])
    staged = tuned.stage("winners", rows, name="soon")
    assert maintain(tuned, hours=0).merged != []
    assert (tuned.folder / staged.path).exists()


def test_nothing_is_removed_where_a_campaign_does_not_say_what_it_needs(
    tuned: Lake, row: MakeRow, put: Callable[..., None]
) -> None:
    maintain(tuned)
    put(campaigns=[row("campaigns", campaign_id="odd", options="{", **_times(row))])
    done = maintain(tuned, hours=0)
    assert done.removed == []
    (said,) = done.left
    assert said.startswith("nothing is removed while it is not known what to keep: the options of")


def test_two_maintenances_exclude_each_other(tuned: Lake) -> None:
    with tuned.hold("maintenance"), pytest.raises(Held, match="maintenance is in use"):
        maintain(tuned)


def test_a_batch_that_was_begun_is_finished(tuned: Lake) -> None:
    folder = tuned.folder / "journal" / CAMPAIGN
    before = rows_of(tuned)
    (folder / "last.json").rename(folder / f"{TASKS}.json")
    for table in ("tasks", "winners"):
        table_log.entry_path(tuned.folder / table, TASKS + (table == "tasks")).unlink()
    assert maintain(tuned, dry_run=True).repaired == [
        f"journal/{CAMPAIGN}/{TASKS}.json was begun and never finished"
    ]
    assert maintain(tuned).repaired == [f"journal/{CAMPAIGN}/{TASKS}.json: the batch is finished"]
    assert rows_of(tuned) == before
    assert check(tuned).damages == ()


@pytest.mark.parametrize(
    ("table", "fault"), [("evaluations", "missing"), ("tasks", "torn"), ("winners", "empty")]
)
def test_an_entry_that_the_journal_still_tells_is_written_again(
    tuned: Lake, row: MakeRow, put: Callable[..., None], table: str, fault: str
) -> None:
    lost = table_log.entry_path(tuned.folder / table, tuned.version(table))
    before = rows_of(tuned)
    {
        "missing": lost.unlink,
        "torn": lambda: lost.write_text(lost.read_text()[:-9]),
        "empty": lambda: lost.write_text(""),
    }[fault]()
    assert check(tuned).damages != ()
    assert len(maintain(tuned).repaired) == 1
    assert check(tuned).damages == ()
    assert rows_of(tuned) == before
    put(losses=[row("losses", stage="s", reason="r", count=1, task_id="grow")])


def test_what_cannot_be_repaired_is_left_and_nothing_is_removed(tuned: Lake) -> None:
    stale = tuned.folder / "winners" / "staging" / "stale.parquet"
    stale.write_bytes(b"left by a killed worker")
    table_log.entry_path(tuned.folder / "evaluations", 4).unlink()
    done = maintain(tuned, hours=0)
    assert done.repaired == []
    assert done.left == [
        "nothing is removed while the logs of evaluations are damaged: see `passlake check`"
    ]
    assert stale.exists()


def test_a_damaged_file_is_never_merged_into_a_whole_one(tuned: Lake) -> None:
    damaged = Path(tuned.files("winners")[0])
    content = bytearray(damaged.read_bytes())
    content[60] ^= 1
    damaged.write_bytes(bytes(content))
    done = maintain(tuned)
    assert done.left == ["winners is not merged: a file is damaged, see `passlake check`"]
    assert len(tuned.files("winners")) == TASKS


def test_a_merge_of_what_left_the_table_meanwhile_is_dropped(tuned: Lake) -> None:
    log = table_log.read(tuned.folder / "winners")
    (order,) = compaction.merges("winners", log)
    assert compaction.merge(tuned, order)
    assert not compaction.merge(tuned, order)
    assert tuned.count("winners") == TASKS


def test_a_long_log_gets_a_checkpoint(tuned: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.maintenance._CHECKPOINT_EVERY", 5)
    assert set(maintain(tuned).checkpoints) == {"evaluations", "winners", "tasks"}
    assert list((tuned.folder / "winners" / "_delta_log").glob("*.checkpoint.parquet"))
    assert maintain(tuned).checkpoints == []
    assert check(tuned).damages == ()


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 40), min_size=8, max_size=9), group=st.integers(1, 30))
def test_a_merge_keeps_every_row_in_its_order(
    tmp_path: Path, row: MakeRow, monkeypatch: pytest.MonkeyPatch, sizes: list[int], group: int
) -> None:
    monkeypatch.setattr(compaction, "_GROUP_ROWS", group)
    shutil.rmtree(tmp_path / "own", ignore_errors=True)
    lake = Lake.open(tmp_path / "own", create=True)
    numbers = iter(range(1000))
    for sequence, size in enumerate(sizes):
        rows = [row("evaluations", ordinal=next(numbers)) for _ in range(size)]
        table = schema.table_of("evaluations", rows)
        lake.commit("w", sequence, [lake.stage("evaluations", table, name=f"{sequence:03}")])
    before = lake.read("evaluations")
    (order,) = compaction.merges("evaluations", table_log.read(lake.folder / "evaluations"))
    assert compaction.merge(lake, order)
    after = lake.read("evaluations")
    assert after.column("ordinal").to_pylist() == list(range(sum(sizes)))
    assert sorted(map(str, after.to_pylist())) == sorted(map(str, before.to_pylist()))
