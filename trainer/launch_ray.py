"""Ray Train as a launcher: one worker of a Ray cluster for each process of a run.

Ray only starts processes and lets them meet; data, checkpoints and log are the run's own, in a
folder that all workers share.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from trainer.errors import BadRecipe, TrainingFailed

if TYPE_CHECKING:
    from trainer.job import Job


def launch_on_ray(job: Job, processes: int, address: str | None) -> None:
    """Run a job in so many workers, each with a GPU where the cluster has any.

    Raises BadRecipe where Ray Train is not installed, TrainingFailed where a worker failed.
    """
    try:
        import ray
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer
    except ImportError as error:
        raise BadRecipe(
            "--launcher ray: Ray Train is not installed (pip install 'ray[train]')"
        ) from error
    ours = address is None and "RAY_ADDRESS" not in os.environ
    # A head that is started for one run needs no dashboard; of one that runs nothing is said.
    ray.init(address=address, **({"include_dashboard": False} if ours else {}))
    try:
        trainer = TorchTrainer(
            take_part,
            train_loop_config=job.document(),
            scaling_config=ScalingConfig(
                num_workers=processes, use_gpu=ray.cluster_resources().get("GPU", 0) >= processes
            ),
            run_config=RunConfig(
                name=job.run,
                storage_path=str(job.folder.absolute() / "ray"),
                failure_config=FailureConfig(max_failures=0),
            ),
        )
        trainer.fit()
    except Exception as error:  # Ray wraps what a worker raised in errors of many types
        lines = str(error).strip().splitlines()
        raise TrainingFailed(
            f"Ray Train: {lines[-1] if lines else type(error).__name__}; the last checkpoint is as"
            " it was, and the same command goes on from there"
        ) from error
    finally:
        ray.shutdown()


def take_part(document: dict[str, Any]) -> None:
    """What each worker does."""
    from trainer.job import Job
    from trainer.train import train

    train(Job.of_document(document))
