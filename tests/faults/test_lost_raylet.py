"""Ray's own process beside the driver is gone, through which all tasks go."""

import os
import signal
from collections.abc import Callable

from tests.faults.campaigns import TUNE, Rows, Run, each_once, in_its_middle, rows_of
from tests.faults.processes import pids_of


def test_a_campaign_without_a_raylet_ends_with_a_line_and_sets_no_task_aside(
    start: Callable[..., Run], undisturbed: Rows
) -> None:
    run = start(*TUNE, "--engine", "ray", "--workers", "2")
    in_its_middle(run)
    for raylet in pids_of("/raylet/raylet", run.process.pid):
        os.kill(raylet, signal.SIGKILL)
    assert run.wait() == 1
    assert run.said.count("\n") == 1
    assert run.said.startswith("passlake: Ray's own process on this machine is gone")
    again = start()
    assert again.wait() == 0, again.said
    assert rows_of(run.lake) == undisturbed
    assert each_once(run.lake)
