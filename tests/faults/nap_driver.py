"""Tasks that take their time on a Ray cluster, from a process that a test starts on a host."""

import sys

from autotune.drive import Done, run_tasks
from autotune.executors.ray_cluster import RayExecutor
from tests.contracts import task_entries
from warehouse.lake import Lake
from warehouse.task import Task

NAP_S = 6.0
TASKS = 6


def main(location: str, address: str) -> None:
    """Say `capacity` and a number, and `done` once all tasks have ended well."""
    lake = Lake.open(location)
    entry = f"{task_entries.NAME}:{task_entries.succeed_after_a_nap.__name__}"
    executor = RayExecutor(lake, address)
    sys.stdout.write(f"capacity {executor.capacity}\n")
    sys.stdout.flush()
    tasks = [Task(f"nap-{number}", entry, {"nap_s": NAP_S}) for number in range(TASKS)]
    ended = list(run_tasks(executor, tasks))
    assert [type(one) for one in ended] == [Done] * TASKS, ended
    sys.stdout.write("done\n")
    executor.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
