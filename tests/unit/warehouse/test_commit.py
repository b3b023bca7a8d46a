"""Commits: several tables at once, once each, by many writers, on disks that fill up."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from hypothesis import given
from hypothesis import strategies as st

from warehouse import delta, journal, schema, storage
from warehouse.errors import (
    BadStagedFile,
    LakeFull,
    LeaseTimeout,
    SequenceTaken,
    SnapshotMissing,
    TableDamaged,
)
from warehouse.journal import Batch
from warehouse.lake import Lake
from warehouse.staging import StagedFile

MakeRow = Callable[..., dict[str, Any]]
AtMost = Callable[[int], AbstractContextManager[None]]
Stage = Callable[[str], list[StagedFile]]

NAMES = st.text(min_size=1)


@pytest.fixture
def stage(lake: Lake, row: MakeRow) -> Stage:
    """Stages one function, one evaluation and the ledger's row of a task."""

    def stage_task(task_id: str) -> list[StagedFile]:
        return [
            lake.stage(table, schema.table_of(table, [row(table, task_id=task_id)]), name=task_id)
            for table in ("tasks", "evaluations", "functions")
        ]

    return stage_task


def tasks_in(lake: Lake) -> list[list[str]]:
    """Task ids found in each of the three tables."""
    return [
        sorted(lake.read(table).column("task_id").to_pylist())
        for table in ("tasks", "evaluations", "functions")
    ]


def test_a_batch_enters_all_its_tables_once(lake: Lake, stage: Stage) -> None:
    lake.commit("w", 0, stage("a"))
    assert tasks_in(lake) == [["a"]] * 3


def test_a_batch_is_one_delta_commit_per_table_however_many_files_it_has(
    lake: Lake, stage: Stage
) -> None:
    lake.commit("w", 0, [*stage("a"), *stage("b"), *stage("c")])
    assert [lake.version(table) for table in ("tasks", "evaluations")] == [1, 1]  # 0 makes a table
    assert tasks_in(lake) == [["a", "b", "c"]] * 3


def test_the_ledger_is_committed_last(
    lake: Lake, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables: list[str] = []
    append = delta.append

    def recording(folder: Path, files: list[StagedFile], writer: str, sequence: int) -> bool:
        tables.append(folder.name)
        return append(folder, files, writer, sequence)

    monkeypatch.setattr(delta, "append", recording)
    lake.commit("w", 0, stage("a"))
    assert tables == ["functions", "evaluations", "tasks"]


def test_the_same_batch_again_does_nothing(lake: Lake, stage: Stage) -> None:
    files = stage("a")
    lake.commit("w", 0, files)
    lake.commit("w", 0, files[::-1])
    assert tasks_in(lake) == [["a"]] * 3


def test_a_file_that_is_named_twice_is_committed_once(lake: Lake, stage: Stage) -> None:
    files = stage("a")
    lake.commit("w", 0, [*files, *files])
    assert tasks_in(lake) == [["a"]] * 3


def test_other_files_under_a_used_sequence_are_refused(lake: Lake, stage: Stage) -> None:
    lake.commit("w", 0, stage("a"))
    with pytest.raises(SequenceTaken, match=r"batch 0 of w is already in .*\(the last is 0\)"):
        lake.commit("w", 0, stage("b"))
    assert tasks_in(lake) == [["a"]] * 3


def test_a_lake_copied_without_its_journal_still_knows_used_sequences(
    lake: Lake, stage: Stage
) -> None:
    lake.commit("w", 4, stage("a"))
    (lake.folder / "journal" / "w" / "last.json").unlink()
    assert lake.recover("w") == 5
    with pytest.raises(SequenceTaken):
        lake.commit("w", 4, stage("b"))


def test_nothing_to_commit_is_no_batch(lake: Lake) -> None:
    lake.commit("w", 0, [])
    assert lake.recover("w") == 0


def test_each_writer_counts_for_itself(lake: Lake, stage: Stage) -> None:
    lake.commit("one", 0, stage("a"))
    lake.commit("one", 1, stage("b"))
    lake.commit("two", 0, stage("c"))
    assert (lake.recover("one"), lake.recover("two"), lake.recover("three")) == (2, 1, 0)
    assert tasks_in(lake) == [["a", "b", "c"]] * 3


def test_the_next_commit_finishes_a_batch_that_was_cut_off(lake: Lake, stage: Stage) -> None:
    journal.open_entry(lake.folder, Batch("w", 0, tuple(stage("a"))))
    lake.commit("w", 1, stage("b"))
    assert tasks_in(lake) == [["a", "b"]] * 3


def test_recover_finishes_a_batch_that_was_cut_off_between_its_tables(
    lake: Lake, stage: Stage
) -> None:
    files = stage("a")
    journal.open_entry(lake.folder, Batch("w", 0, tuple(files)))
    delta.append(lake.folder / "functions", [files[2]], "w", 0)
    assert lake.recover("w") == 1
    assert tasks_in(lake) == [["a"]] * 3


def test_batches_that_were_cut_off_are_finished_in_their_order(lake: Lake, stage: Stage) -> None:
    for sequence in (9, 10):
        journal.open_entry(lake.folder, Batch("w", sequence, tuple(stage(f"t{sequence}"))))
    assert lake.recover("w") == 11
    assert tasks_in(lake) == [["t10", "t9"]] * 3


@pytest.mark.parametrize("torn", ["", "\0" * 900, '{"commitInfo":{"timest'])
def test_a_log_entry_that_lost_power_tore_is_written_again(
    lake: Lake, stage: Stage, torn: str
) -> None:
    lake.commit("w", 0, stage("a"))
    files = stage("b")
    journal.open_entry(lake.folder, Batch("w", 1, tuple(files)))
    delta.append(lake.folder / "functions", [files[2]], "w", 1)
    (lake.folder / "functions" / "_delta_log" / f"{2:020}.json").write_text(torn)
    assert lake.recover("w") == 2
    assert tasks_in(lake) == [["a", "b"]] * 3


def test_a_file_that_changed_since_it_was_staged_is_refused(lake: Lake, stage: Stage) -> None:
    files = stage("a")
    with (lake.folder / files[0].path).open("ab") as file:
        file.write(b"x")
    with pytest.raises(BadStagedFile, match="has changed since it was staged"):
        lake.commit("w", 0, files)
    assert tasks_in(lake) == [[]] * 3


def test_staged_rows_can_be_looked_at_before_they_are_committed(lake: Lake, stage: Stage) -> None:
    ledger, *_ = stage("a")
    assert lake.read_staged(ledger).column("task_id").to_pylist() == ["a"]
    (lake.folder / ledger.path).write_bytes(b"")
    with pytest.raises(BadStagedFile, match="has changed"):
        lake.read_staged(ledger)


def test_a_staged_file_that_is_gone_is_refused(lake: Lake, stage: Stage) -> None:
    files = stage("a")
    (lake.folder / files[1].path).unlink()
    with pytest.raises(BadStagedFile, match="is gone"):
        lake.commit("w", 0, files)
    assert tasks_in(lake) == [[]] * 3


def test_a_promised_file_that_is_gone_is_named(lake: Lake, stage: Stage) -> None:
    files = stage("a")
    journal.open_entry(lake.folder, Batch("w", 0, tuple(files)))
    (lake.folder / files[1].path).unlink()
    with pytest.raises(BadStagedFile, match=files[1].path):
        lake.recover("w")


def test_a_disk_too_full_for_the_journal_leaves_no_batch(
    lake: Lake, stage: Stage, at_most: AtMost
) -> None:
    files = stage("a")
    with at_most(100), pytest.raises(LakeFull):
        lake.commit("w", 0, files)
    assert lake.recover("w") == 0
    assert tasks_in(lake) == [[]] * 3


def test_a_batch_that_the_disk_was_too_full_for_is_finished_later(
    lake: Lake, stage: Stage, at_most: AtMost
) -> None:
    files = stage("a")
    # Room for the promise in the journal, not for the table's log.
    size = len(Batch("w", 0, tuple(files)).to_json())
    with at_most(size), pytest.raises(LakeFull, match="no room left to write"):
        lake.commit("w", 0, files)
    lake.commit("w", 0, files)
    assert tasks_in(lake) == [["a"]] * 3
    assert lake.recover("w") == 1


def test_many_writers_at_once_lose_nothing(lake: Lake, stage: Stage) -> None:
    def write(writer: str) -> None:
        for number in range(5):
            lake.commit(writer, number, stage(f"{writer}{number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    assert tasks_in(lake) == [sorted(f"{w}{n}" for w in "abcd" for n in range(5))] * 3


def test_waiting_for_another_committer_ends(
    lake: Lake, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = stage("a")
    monkeypatch.setattr("warehouse.lake._LEASE_S", 0.1)
    with (
        storage.locked(lake.folder / "locks" / "commit.lock", wait_s=0),
        pytest.raises(LeaseTimeout, match=r"process \d+ on .* has been committing"),
    ):
        lake.commit("w", 0, files)
    lake.commit("w", 0, files)


def test_a_commit_waits_for_one_that_is_under_way(lake: Lake, stage: Stage) -> None:
    files = stage("a")
    with storage.locked(lake.folder / "locks" / "commit.lock", wait_s=0):
        waiting = threading.Thread(target=lake.commit, args=("w", 0, files))
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join()
    assert tasks_in(lake) == [["a"]] * 3


def test_a_file_in_a_table_carries_its_row_count_and_bounds(lake: Lake, stage: Stage) -> None:
    lake.commit("w", 0, stage("a"))
    facts = DeltaTable(lake.folder / "evaluations").get_add_actions(flatten=True)
    assert facts["num_records"].to_pylist() == [1]
    assert facts["min.task_id"].to_pylist() == facts["max.task_id"].to_pylist() == ["a"]


def test_log_entries_are_kept_for_as_long_as_snapshots_need_them(lake: Lake, stage: Stage) -> None:
    lake.commit("w", 0, stage("a"))
    kept = DeltaTable(lake.folder / "tasks").metadata().configuration
    assert kept["delta.enableExpiredLogCleanup"] == "false"
    assert kept["delta.appendOnly"] == "true"


def test_old_versions_stay_readable_after_checkpoints(
    lake: Lake, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(delta._CONFIGURATION, "delta.checkpointInterval", "5")
    for number in range(12):
        delta.append(lake.folder / "tasks", [stage(f"t{number}")[0]], "w", number)
    log = lake.folder / "tasks" / "_delta_log"
    assert list(log.glob("*.checkpoint*"))
    assert lake.read("tasks", version=1).num_rows == 1
    assert lake.read("tasks", version=11).num_rows == 11
    assert delta.last_sequence(lake.folder / "tasks", "w") == 11


def test_a_table_whose_log_is_broken_is_named(lake: Lake, stage: Stage) -> None:
    lake.commit("w", 0, stage("a"))
    for entry in (lake.folder / "tasks" / "_delta_log").glob("*.json"):
        entry.write_text("{")
    with pytest.raises((TableDamaged, SnapshotMissing), match="tasks"):
        lake.read("tasks")


@given(
    writer=NAMES,
    sequence=st.integers(min_value=0),
    files=st.lists(st.builds(StagedFile, NAMES, NAMES, st.integers(min_value=0), NAMES)),
)
def test_a_batch_survives_the_journal(writer: str, sequence: int, files: list[StagedFile]) -> None:
    batch = Batch(writer, sequence, tuple(files))
    assert Batch.from_json(batch.to_json()) == batch
    json.loads(batch.to_json())
