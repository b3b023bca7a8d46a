"""The command `passlake`, with small tasks and batches, whose attempts on a cluster are noted."""

import sys

from autotune import campaign, drive, pieces
from cli.main import main
from tests.faults import chaos_tasks

campaign.TASK_COST_S = 0.2
pieces._LEAST_S = 0.05
drive._COMMIT_EVERY_S = 0.1

if __name__ == "__main__":
    if "dask" in sys.argv:
        from autotune.executors import dask_cluster

        dask_cluster.run_task = chaos_tasks.run_task
    if "ray" in sys.argv:
        from autotune.executors import ray_cluster

        ray_cluster.run_task = chaos_tasks.run_task
    main()
