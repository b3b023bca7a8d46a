import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from autotune import verify as replaying
from autotune.campaign import Campaign, run_campaign
from autotune.errors import TasksSetAside
from autotune.executors.inline import InlineExecutor
from autotune.tune_options import TuneOptions
from autotune.verify import Replay, verify
from corpus.llvm.toolchain import find_toolchain
from corpus.selection import Selection, select
from warehouse.lake import Lake

TOOLCHAIN = find_toolchain()


@pytest.fixture(scope="module")
def _tuned_once(golden_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuned") / "lake"
    shutil.copytree(golden_corpus, folder)
    lake = Lake.open(folder)
    options = TuneOptions("random", "instructions", evaluations=40, cpu_seconds=None, seed=0)
    selected = select(lake, Selection(max_instructions=20))
    campaign = Campaign.freeze(options, TOOLCHAIN, selected)
    run_campaign(lake, campaign, TOOLCHAIN, InlineExecutor(lake))
    return folder


@pytest.fixture
def tuned(_tuned_once: Path, tmp_path: Path) -> Lake:
    """A lake of its own in which a few small functions were searched."""
    shutil.copytree(_tuned_once, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


def plant(lake: Lake, **lie: object) -> str:
    """Commit a copy of one winner's row that says something else; the function's id."""
    winner = lake.read("winners").sort_by("function_id").slice(0, 1).to_pylist()[0]
    row = winner | {"campaign_id": "planted"} | lie
    schema = lake.read("winners").schema
    rows = pa.Table.from_pylist([row], schema=schema)
    lake.commit("planted", 0, [lake.stage("winners", rows, name="planted")])
    return str(winner["function_id"])


def replay(lake: Lake) -> Replay:
    functions = lake.read("functions").column("function_id").to_pylist()
    return verify(lake, TOOLCHAIN, functions, InlineExecutor(lake))


def first_winner(lake: Lake) -> dict[str, Any]:
    row: dict[str, Any] = lake.read("winners").sort_by("function_id").slice(0, 1).to_pylist()[0]
    return row


def test_every_row_of_an_honest_lake_reproduces(tuned: Lake) -> None:
    found = replay(tuned)
    assert found.rows == tuned.read("winners").num_rows > 0
    assert found.differing == []
    assert found.lines() == [f"{found.rows} rows replayed, 0 differ"]


def test_a_wrong_count_is_reported_with_what_opt_says(tuned: Lake) -> None:
    true = first_winner(tuned)["instructions"]
    function_id = plant(tuned, instructions=true - 1)
    (wrong,) = replay(tuned).differing
    assert wrong["function_id"] == function_id
    assert (wrong["instructions"], wrong["replayed_instructions"]) == (true - 1, true)
    assert wrong["outcome"] == "ok"


def test_a_wrong_size_is_reported_too(tuned: Lake) -> None:
    true = first_winner(tuned)
    plant(tuned, object_bytes=true["object_bytes"] + 1, num_passes=0)
    (wrong,) = replay(tuned).differing
    assert wrong["replayed_object_bytes"] == true["object_bytes"]


def test_a_list_that_opt_does_not_take_is_reported_with_its_reason(tuned: Lake) -> None:
    unknown = "no-such-pass"
    plant(tuned, pass_list=unknown, instructions=1)
    (wrong,) = replay(tuned).differing
    assert wrong["outcome"] == "rejected"
    assert "no-such-pass" in wrong["reason"]
    assert wrong["replayed_instructions"] is None


def test_rows_of_another_toolchain_are_left_out_and_counted(tuned: Lake) -> None:
    plant(tuned, toolchain="llvm-23.0.0-x", instructions=1)
    found = replay(tuned)
    assert (found.other_toolchain, found.differing) == (1, [])
    assert found.lines()[0].endswith("1 of other toolchains left out")


def test_rows_are_replayed_in_several_tasks(tuned: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "ROWS_PER_TASK", 2)
    found = replay(tuned)
    assert found.rows == tuned.read("winners").num_rows > 2
    assert found.differing == []


def test_only_the_selected_functions_are_replayed(tuned: Lake) -> None:
    function_id = first_winner(tuned)["function_id"]
    assert verify(tuned, TOOLCHAIN, [function_id], InlineExecutor(tuned)).rows == 1


def test_rows_that_cannot_be_replayed_at_all_are_an_error_and_no_success(
    tuned: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "measure_with_opt", None)
    with pytest.raises(TasksSetAside, match=r"^\d+ rows: TypeError"):
        replay(tuned)


def test_the_command_ends_with_1_and_names_the_row(tuned: Lake, passlake: Path) -> None:
    function_id = plant(tuned, instructions=1)
    command = [passlake, "--lake", tuned.location, "verify"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert function_id in ended.stdout
    assert "1 differ" in ended.stdout
