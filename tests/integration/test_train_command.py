"""`passlake train` as a user types it: planned, run, registered, interrupted, refused."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.trainer.small_runs import export, fill
from trainer.checkpoint import latest
from warehouse.lake import Lake

ROOT = Path(__file__).parents[2]
SMALL = "tests.unit.trainer.small_runs:small"
LONG = "tests.unit.trainer.small_runs:long"
ENDLESS = "tests.unit.trainer.small_runs:endless"
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}

pytestmark = pytest.mark.timeout(
    900
)  # processes that import torch, on a machine that does other work

Train = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake.open(tmp_path / "lake", create=True)
    fill(lake, "made_up")
    return lake


@pytest.fixture
def train(passlake: Path, tmp_path: Path) -> Train:
    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [passlake, "--lake", tmp_path / "lake", "train", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )

    return run


def test_a_plan_needs_no_lake_and_says_what_the_papers_run_takes(train: Train) -> None:
    planned = train("paper_7b", "--plan", "--gpus", "64", "--gpu", "V100", "--json")
    found = json.loads(planned.stdout)
    assert planned.returncode == 0, planned.stderr
    assert found["parameters"] == 6_738_415_616
    assert (found["steps"], found["tokens"]) == (30_000, 15_728_640_000)
    assert found["days"] > 1


def test_a_run_on_a_snapshot_ends_in_a_model_that_the_lake_knows(train: Train, lake: Lake) -> None:
    ended = train(SMALL, "--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    folder = lake.folder / "runs" / "small-made_up-0"
    assert found["model"] == str(folder / "model")
    assert found["registered"] is True
    (row,) = lake.read("models").to_pylist()
    assert row["model_id"] == found["model_id"]
    assert (row["recipe"], row["snapshot"], row["kind"]) == ("small", "made_up", "language_model")
    assert row["location"] == found["model"]
    assert row["parameters"] == found["parameters"]
    assert json.loads(row["results"])["held_out"] == found["held_out"]
    again = train(SMALL, "--json")
    assert json.loads(again.stdout) == found
    assert lake.count("models") == 1


def test_an_interrupted_run_ends_with_130_and_the_same_command_goes_on(
    passlake: Path, lake: Lake
) -> None:
    command = [passlake, "--lake", lake.location, "train", ENDLESS]
    assert interrupted(command, lake, signal.SIGTERM, after=4) == 130
    saved = (lake.folder / "runs/endless-made_up-0/checkpoints/latest").read_text()
    assert interrupted(command, lake, signal.SIGINT, after=int(saved[5:]) + 8) == 130


def test_ray_starts_the_processes_of_a_run(train: Train, tmp_path: Path) -> None:
    data, folder = export(tmp_path / "data"), tmp_path / "run"
    options = ("--data", data, "--output", folder, "--steps", "3")
    ended = train(LONG, *options, "--processes", "2", "--launcher", "ray", "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["steps"] == 3
    saved = latest(folder / "checkpoints")
    assert saved is not None
    manifest = json.loads((saved.folder / "manifest.json").read_text())
    assert (saved.step, manifest["processes"]) == (3, 2)


def interrupted(command: list[Any], lake: Lake, how: signal.Signals, after: int) -> int:
    """The exit status of a run that is interrupted once a step is saved."""
    checkpoints = lake.folder / "runs" / "endless-made_up-0" / "checkpoints"
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stderr=subprocess.PIPE) as run:
        deadline = time.monotonic() + 250
        while time.monotonic() < deadline and not passed(checkpoints, after):
            time.sleep(0.05)
        run.send_signal(how)
        _, said = run.communicate(timeout=120)
    assert b"interrupted; the same command continues" in said
    return run.returncode


def passed(checkpoints: Path, step: int) -> bool:
    try:
        return int((checkpoints / "latest").read_text()[5:]) >= step
    except FileNotFoundError:
        return False


def test_what_cannot_be_trained_is_refused_in_one_line(train: Train, tmp_path: Path) -> None:
    Lake.open(tmp_path / "lake", create=True)
    for arguments, said in (
        (["tinny"], "no recipe is called tinny: there is debug_cpu"),
        ([SMALL], "has no snapshot to train on: passlake snapshot create NAME"),
        ([SMALL, "--data", tmp_path], "is no exported snapshot"),
        (["paper_7b", "--plan", "--gpu", "TPU"], "--gpu TPU: there is V100"),
    ):
        refused = train(*arguments)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith("passlake: ")
        assert said in refused.stderr
        assert refused.stderr.count("\n") == 1
