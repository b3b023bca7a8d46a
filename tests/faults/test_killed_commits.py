"""No row lost and none twice, wherever a committing process is killed."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from warehouse import snapshot
from warehouse.lake import Lake

PROGRAM = Path(__file__).with_name("kill_committer.py")
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
UNDISTURBED = {
    "evaluations": ["t0"] * 3 + ["t1"] * 3,
    "losses": ["t0", "t1"],
    "tasks": ["t0", "t1"],
}


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """One job killed at each of its touches of the disk, each time in a new lake."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "steps", str(tmp_path_factory.mktemp("kills"))],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_job_is_killed_before_between_and_after_the_commits_of_its_tables(
    kills: list[dict[str, Any]],
) -> None:
    steps = Counter(kill["step"] for kill in kills)
    assert {kill["signal"] for kill in kills} == {9}
    assert steps["before create_write_transaction"] == 6  # two batches of three tables
    assert steps["after create_write_transaction"] == 6
    assert steps["os.link 0"] == steps["os.rename 0"] == 1  # the journal's entry comes and goes
    assert len(kills) > 80


def test_recovery_leaves_a_batch_in_all_its_tables_or_in_none(kills: list[dict[str, Any]]) -> None:
    whole = [
        {"evaluations": ids * 3, "losses": ids, "tasks": ids} for ids in ([], ["t0"], ["t0", "t1"])
    ]
    for batches in whole:
        batches["evaluations"].sort()
    torn = [kill for kill in kills if kill["recovered"] not in whole]
    assert torn == []


def test_the_same_job_again_ends_as_if_undisturbed(kills: list[dict[str, Any]]) -> None:
    assert [kill for kill in kills if kill["continued"] != UNDISTURBED] == []


def test_a_committer_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Kills from outside, so inside delta-rs as well; each round continues in the same lake."""
    lake = Lake.open(tmp_path / "lake", create=True)
    moments = random.Random(20260101)
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, str(PROGRAM), "endless", lake.location],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
        ) as committer:
            assert committer.stdout is not None
            committer.stdout.readline()
            try:
                committer.wait(moments.uniform(0.05, 0.6))
            except subprocess.TimeoutExpired:
                committer.kill()
    lake.recover("job")
    done = lake.read("tasks").column("task_id").to_pylist()
    assert len(done) == len(set(done)) > 8
    assert Counter(lake.read("evaluations").column("task_id").to_pylist()) == Counter(done * 3)
    assert Counter(lake.read("losses").column("task_id").to_pylist()) == Counter(done)
    snapshot.create(lake, "afterwards")
