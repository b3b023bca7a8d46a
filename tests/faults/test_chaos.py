"""A short run of what `python -m tests.faults.chaos` does by the dozen, on each engine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.chaos_plan import KINDS, draw

ROOT = Path(__file__).parents[2]


def ended(command: list[str]) -> tuple[int, str, int]:
    """How a command ends, what it says, and its number; it never outlives the test."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        said = process.communicate()[0]
    finally:
        process.terminate()
        process.wait()
    return process.returncode, said, process.pid


@pytest.mark.skipif(os.geteuid() != 0, reason="hosts are network namespaces, which root makes")
@pytest.mark.parametrize(
    ("engine", "faults"), [("dask", "scheduler,network,disk"), ("ray", "scheduler")]
)
def test_whatever_happens_to_a_cluster_the_tables_are_those_of_a_quiet_run(
    engine: str, faults: str, golden_corpus: Path, tmp_path: Path
) -> None:
    shutil.copytree(golden_corpus, tmp_path / "corpus")
    chaos = [sys.executable, "-m", "tests.faults.chaos", "--engine", engine, "--faults", faults]
    early = ["--seed", "384", "--functions", "12"]  # faults in the first third of so few tasks
    status, said, pid = ended([*chaos, *early, str(tmp_path)])
    assert status == 0, said
    run, summary = map(json.loads, said.splitlines())
    befell = {one["fault"] for one in run["recoveries"]}
    assert befell == set(faults.split(","))
    assert run["wrong"] == []
    assert summary["summary"]["failed"] == []
    namespaces = subprocess.run(["ip", "netns"], check=True, capture_output=True, text=True)
    assert f"chaos-{pid}-" not in namespaces.stdout


def test_a_seed_draws_the_same_faults_again_and_another_run_others() -> None:
    assert draw(3, 1, KINDS) == draw(3, 1, KINDS)
    assert draw(3, 1, KINDS) != draw(3, 2, KINDS)
    assert {one.kind for one in draw(3, 1, KINDS).faults} | {"workers"} == set(KINDS)
    assert draw(3, 1, ("disk",)).kills == ()
