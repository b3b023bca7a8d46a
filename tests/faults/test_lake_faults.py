"""A trial of each kind that `python -m tests.faults.lake_faults` runs by the hundred."""

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.lake_faults import KINDS

ROOT = Path(__file__).parents[2]


def test_whatever_goes_wrong_no_committed_row_is_lost_or_doubled() -> None:
    # In a process of its own: trials fork, and nothing here may have started a thread.
    trials = [sys.executable, "-m", "tests.faults.lake_faults", str(len(KINDS)), "2"]
    done = subprocess.run(trials, cwd=ROOT, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["failed"] == []
    assert [sum(found.values()) for found in report["outcomes"].values()] == [1] * len(KINDS)
