"""Each damage that can befall a lake is found and named; a whole lake has none."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.warehouse.small_campaign import (
    CAMPAIGN,
    MakeRow,
    commit_task,
    grow_and_tune,
    search_rows,
)
from warehouse import snapshot, table_log
from warehouse.check import check
from warehouse.lake import Lake


@pytest.fixture(scope="module")
def whole_once(row: MakeRow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = Lake.open(tmp_path_factory.mktemp("whole") / "lake", create=True)
    grow_and_tune(lake, row, 3)
    snapshot.create(lake, "first")
    return lake.folder


@pytest.fixture
def whole(whole_once: Path, lake: Lake) -> Lake:
    shutil.copytree(whole_once, lake.folder, dirs_exist_ok=True)
    return lake


def damages(lake: Lake) -> list[str]:
    return [str(one) for one in check(lake).damages]


def newest(lake: Lake, table: str) -> Path:
    return max(map(Path, lake.files(table)), key=lambda path: path.stat().st_mtime_ns)


def entry(lake: Lake, table: str, version: int) -> Path:
    return table_log.entry_path(lake.folder / table, version)


def test_a_lake_as_drivers_leave_it_has_no_damage(whole: Lake) -> None:
    found = check(whole)
    assert found.damages == ()
    assert (found.unhashed, found.unread) == (0, ())
    assert found.files == 14
    assert found.lines()[-1].startswith("no damage in 14 files")


def test_an_empty_lake_has_no_damage(lake: Lake) -> None:
    assert check(lake).document()["damages"] == []


def test_a_check_writes_nothing(whole: Lake) -> None:
    files = {path: path.stat().st_mtime_ns for path in whole.folder.rglob("*.[jp]*")}
    check(whole)
    assert {path: path.stat().st_mtime_ns for path in whole.folder.rglob("*.[jp]*")} == files


def test_a_file_that_is_gone_cut_off_or_changed_is_named(whole: Lake) -> None:
    gone, cut = newest(whole, "winners"), newest(whole, "evaluations")
    changed = newest(whole, "functions")
    gone.unlink()
    cut.write_bytes(cut.read_bytes()[:-20])
    content = bytearray(changed.read_bytes())
    content[100] ^= 1
    changed.write_bytes(bytes(content))
    found = check(whole)
    assert sorted(found.unread) == ["evaluations", "functions", "winners"]
    assert [(one.where.split("/")[0], " ".join(one.what.split()[:2])) for one in found.damages] == [
        ("functions", "has other"),
        ("evaluations", f"has {len(cut.read_bytes())}"),
        ("winners", "is gone"),
    ]


def test_a_missing_entry_in_the_middle_of_a_log_is_named(whole: Lake) -> None:
    entry(whole, "evaluations", 2).unlink()
    (first, *others) = check(whole).damages
    assert first.where == "evaluations/_delta_log/00000000000000000002.json"
    assert (first.what, first.mendable) == ("is missing", False)
    assert others == []


def test_a_missing_last_entry_is_told_by_the_journal_the_snapshot_and_the_ledger(
    whole: Lake,
) -> None:
    entry(whole, "evaluations", 3).unlink()
    found = "\n".join(damages(whole))
    assert "evaluations/_delta_log has lost batch 3 of campaign" in found
    assert "snapshot first names version 3 of evaluations, which has 2" in found
    assert "tasks rows have another number of rows than their tasks made: 1, as task_id t2" in found


def test_a_torn_entry_is_named(whole: Lake) -> None:
    torn = entry(whole, "winners", 2)
    torn.write_text(torn.read_text()[:100])
    assert damages(whole)[0].startswith("winners/_delta_log/00000000000000000002.json is torn")


def test_a_log_whose_first_entry_says_nothing_of_a_table_is_named(whole: Lake) -> None:
    entry(whole, "passes", 0).write_text('{"commitInfo": {}}\n')
    assert damages(whole)[0].startswith("passes/_delta_log cannot be read")


def test_a_batch_that_was_begun_is_named(whole: Lake) -> None:
    folder = whole.folder / "journal" / CAMPAIGN
    promised = json.loads((folder / "last.json").read_text()) | {"sequence": 4}
    (folder / "4.json").write_text(json.dumps(promised))
    assert damages(whole) == [
        f"journal/{CAMPAIGN}/4.json was begun and never finished: `passlake maintain` puts it right"
    ]


def test_a_broken_entry_of_the_journal_is_named(whole: Lake) -> None:
    (whole.folder / "journal" / CAMPAIGN / "last.json").write_text("{")
    assert damages(whole)[0].startswith(f"journal/{CAMPAIGN} cannot be read")


def test_a_broken_snapshot_is_named(whole: Lake) -> None:
    (whole.folder / "snapshots" / "first.json").write_text("{")
    assert damages(whole)[0].startswith("snapshots/first.json cannot be read")


@pytest.mark.parametrize(
    ("table", "changes", "said"),
    [
        ("functions", {"function_id": "f1"}, "are there more than once by function_id: 1, as f"),
        ("winners", {"function_id": "f9"}, "name a function_id that functions lacks: 1"),
        ("winners", {"campaign_id": "none"}, "name a campaign_id that campaigns lacks: 1"),
        ("winners", {"instructions": 11, "num_passes": 2}, "are larger than -Oz by their own"),
        ("evaluations", {"ordinal": 7}, "of a search are not numbered 0, 1, 2, … once each: 1"),
        ("evaluations", {"pass_ids": [5]}, "have a pass that their pass space lacks: 1"),
        ("evaluations", {"pass_space": "23-0"}, "name a pass_space that passes lacks: 1"),
    ],
)
def test_rows_that_break_a_rule_are_named(
    whole: Lake, row: MakeRow, table: str, changes: dict[str, Any], said: str
) -> None:
    commit_task(whole, "other", "odd", 0, **{table: [row(table, task_id="odd", **changes)]})
    assert any(f"{table} rows {said}" in line for line in damages(whole)), damages(whole)


def test_a_batch_that_was_committed_twice_is_named(whole: Lake, row: MakeRow) -> None:
    commit_task(whole, CAMPAIGN, "t1", 4, **search_rows(row, 1))
    found = "\n".join(damages(whole))
    assert "evaluations rows of a search are not numbered" in found
    assert "winners rows are there more than once" in found
    assert "tasks rows of a campaign are done twice: 1, as task_id t1" in found


def test_rows_without_a_task_are_named(whole: Lake, row: MakeRow, put: Callable[..., None]) -> None:
    put(losses=[{**row("losses", stage="compile", reason="r", count=1), "task_id": "nobody's"}])
    (line,) = damages(whole)
    assert line.startswith("losses rows come from a task that the ledger does not call done: 1")


def test_who_may_only_read_a_lake_can_check_it(
    whole_once: Path, public_folder: Path, take_rights: Callable[[Path, int], None]
) -> None:
    lake = Lake.open(shutil.copytree(whole_once, public_folder / "lake"))
    take_rights(lake.folder / "locks", 0o555)
    assert check(lake).damages == ()
