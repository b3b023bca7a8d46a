"""Starting the processes of a run: torch's own launcher on this machine, or Ray Train on a cluster.

On several machines without Ray, `torchrun` starts `passlake train` itself on each of them; the
command sees in its environment that it is one of several. A process that dies ends all of them:
what is lost are the steps since the last checkpoint, from which the same command goes on.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from trainer.errors import BadRecipe, TrainingFailed
from trainer.parallel import within_group
from trainer.train import train

if TYPE_CHECKING:
    from trainer.job import Job

LAUNCHERS: Final = ("torchrun", "ray")

_BY_OUR_WORD: Final = {1: "it said why above", 2: "it said why above", 130: "it was interrupted"}


def launch(
    job: Job, processes: int | None, launcher: str = "torchrun", address: str | None = None
) -> dict[str, Any]:
    """Run a job in so many processes, by default one for each GPU; what came of it.

    Raises what `train` raises, and TrainingFailed where a process died.
    """
    if launcher not in LAUNCHERS:
        raise BadRecipe(f"--launcher {launcher}: there is {' and '.join(LAUNCHERS)}")
    if within_group():
        if processes is not None:
            raise BadRecipe("--processes: torchrun has started several already; leave it out")
        return train(job)
    if launcher == "ray":
        from trainer.launch_ray import launch_on_ray

        launch_on_ray(job, processes or 1, address)
    else:
        wanted = processes or _gpus() or 1
        if wanted == 1:
            return train(job)
        _launch_here(job, wanted)
    results = job.results()
    if results is None:
        raise TrainingFailed(f"{job.folder} has no results: the same command goes on with it")
    return results


def _gpus() -> int:
    import torch

    return torch.cuda.device_count()


def _launch_here(job: Job, processes: int) -> None:
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=job.run,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        monitor_interval=0.5,
    )
    # As torchrun does: each would take all cores otherwise.
    os.environ.setdefault("OMP_NUM_THREADS", str(max((os.cpu_count() or 1) // processes, 1)))
    command = ["-m", "trainer.rank", json.dumps(job.document())]
    try:
        elastic_launch(config, sys.executable)(*command)
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        status = failure.exitcode
        if status == _INTERRUPTED:
            raise KeyboardInterrupt from error
        why = _BY_OUR_WORD.get(status) or (
            f"signal {-status}" if status < 0 else f"status {status}"
        )
        raise TrainingFailed(
            f"process {rank} of {processes} ended ({why}), and so did the others; the last"
            " checkpoint is as it was, and the same command goes on from there"
        ) from error


_INTERRUPTED: Final = 130
