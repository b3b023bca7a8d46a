"""Training that is killed goes on as if it had not been; on more or fewer processes, nearly so."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.trainer.small_runs import export
from trainer.checkpoint import latest

PROGRAM = Path(__file__).with_name("kill_trainer.py")
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
MOMENTS = (
    "between saves",
    "while tensors are written",
    "before the manifest",
    "before the folder has its name",
    "before the pointer",
    "while an old one is removed",
)
pytestmark = pytest.mark.timeout(
    900
)  # processes that import torch, on a machine that does other work

SUMS_IN_ANOTHER_ORDER = 1e-5
"""How far losses may lie apart, relatively, where two processes sum what one does at once."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path_factory.mktemp("killed"))],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found, done.stderr
    return {one["run"]: one for one in found}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_of_a_save_or_between_the_losses_are_the_same_bits(
    moment: str, runs: dict[str, Any]
) -> None:
    assert runs["undisturbed"]["statuses"] == [0]
    assert runs[moment]["statuses"] == [-signal.SIGKILL, 0]
    assert len(runs[moment]["losses"]) == 30
    assert runs[moment]["losses"] == runs["undisturbed"]["losses"]


def test_two_processes_take_the_steps_of_one(runs: dict[str, Any]) -> None:
    two, one = runs["two processes"], runs["undisturbed"]
    assert two["statuses"] == [0, 0]
    assert two["tokens"] == one["tokens"]
    assert two["losses"] == pytest.approx(one["losses"], rel=SUMS_IN_ANOTHER_ORDER)


def test_two_processes_go_on_where_two_were_with_the_same_bits(runs: dict[str, Any]) -> None:
    again = runs["two, then two"]
    assert again["statuses"] == [-signal.SIGKILL, -signal.SIGKILL, 0, 0]
    assert again["losses"] == runs["two processes"]["losses"]


def test_one_process_goes_on_where_two_were_with_the_samples_that_were_next(
    runs: dict[str, Any],
) -> None:
    fewer, one = runs["two, then one"], runs["undisturbed"]
    assert fewer["statuses"] == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert fewer["tokens"] == one["tokens"]
    assert fewer["losses"] == pytest.approx(one["losses"], rel=SUMS_IN_ANOTHER_ORDER)


def test_a_process_that_dies_ends_the_run_in_one_line_and_spares_the_last_checkpoint(
    passlake: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    command = [passlake, "train", "tests.unit.trainer.small_runs:endless", "--processes", "2"]
    with subprocess.Popen(
        [*command, "--data", export(tmp_path / "data"), "--output", folder],
        env=ENVIRONMENT,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        try:
            saved(folder, 4)
            os.kill(process_of_rank(1, folder), signal.SIGKILL)
            _, said = run.communicate(timeout=250)
        finally:
            run.kill()
    assert run.returncode == 1
    last = said.strip().splitlines()[-1]
    assert last.startswith("passlake: process 1 of 2 ended (signal 9), and so did the others;")
    found = latest(folder / "checkpoints")
    assert found is not None
    assert found.step >= 4


def saved(folder: Path, step: int) -> None:
    """Wait until a checkpoint is complete."""
    deadline = time.monotonic() + 250
    while time.monotonic() < deadline:
        if (folder / "checkpoints" / f"step-{step:08}").exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"no checkpoint of step {step}")


def process_of_rank(rank: int, folder: Path) -> int:
    """The process that a launcher started as this rank of a run."""
    wanted = f"RANK={rank}".encode()
    for process in Path("/proc").iterdir():
        try:
            said = (process / "environ").read_bytes().split(b"\0")
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if wanted in said and str(folder).encode() in command:
            return int(process.name)
    raise AssertionError(f"no process of rank {rank}")
